//! Permissions: which one a request needs, and which there are to be denied.

use axum::http::Method;

/// The permissions of the two providers that the sandbox checks, by their names in the operations lists of Azure's
/// documentation (resource-provider-operations).
const CHECKED: &[&str] = &[
    "Microsoft.ContainerRegistry/checkNameAvailability/read",
    "Microsoft.ContainerRegistry/locations/operationResults/read",
    "Microsoft.ContainerRegistry/register/action",
    "Microsoft.ContainerRegistry/registries/delete",
    "Microsoft.ContainerRegistry/registries/listUsages/read",
    "Microsoft.ContainerRegistry/registries/operationStatuses/read",
    "Microsoft.ContainerRegistry/registries/privateEndpointConnections/delete",
    "Microsoft.ContainerRegistry/registries/privateEndpointConnections/operationStatuses/read",
    "Microsoft.ContainerRegistry/registries/privateEndpointConnections/read",
    "Microsoft.ContainerRegistry/registries/privateEndpointConnections/write",
    "Microsoft.ContainerRegistry/registries/read",
    "Microsoft.ContainerRegistry/registries/replications/delete",
    "Microsoft.ContainerRegistry/registries/replications/operationStatuses/read",
    "Microsoft.ContainerRegistry/registries/replications/read",
    "Microsoft.ContainerRegistry/registries/replications/write",
    "Microsoft.ContainerRegistry/registries/write",
    "Microsoft.ContainerRegistry/unregister/action",
    "Microsoft.Network/locations/operationResults/read",
    "Microsoft.Network/locations/operations/read",
    "Microsoft.Network/locations/virtualNetworkAvailableEndpointServices/read",
    "Microsoft.Network/register/action",
    "Microsoft.Network/unregister/action",
    "Microsoft.Network/virtualNetworks/checkIpAddressAvailability/read",
    "Microsoft.Network/virtualNetworks/delete",
    "Microsoft.Network/virtualNetworks/read",
    "Microsoft.Network/virtualNetworks/subnets/delete",
    "Microsoft.Network/virtualNetworks/subnets/read",
    "Microsoft.Network/virtualNetworks/subnets/write",
    "Microsoft.Network/virtualNetworks/write",
];

/// The permission that a request needs, such as `Microsoft.ContainerRegistry/registries/write`; `path` follows the
/// subscription.
pub(crate) fn needed(method: &Method, path: &[&str]) -> Option<String> {
    let provider = path
        .iter()
        .rposition(|segment| segment.eq_ignore_ascii_case("providers"));
    let Some(at) = provider.filter(|at| at + 2 < path.len()) else {
        return Some(format!("{}/{}", resources_type(path)?, verb(method)));
    };
    let rest = &path[at + 1..];
    let types: Vec<&str> = rest[1..].iter().step_by(2).copied().collect();
    let verb = match types.as_slice() {
        // A POST, but a read by the operations list.
        [only] if only.eq_ignore_ascii_case("checkNameAvailability") => "read",
        _ => verb(method),
    };
    Some(format!("{}/{}/{verb}", rest[0], types.join("/")))
}

fn verb(method: &Method) -> &'static str {
    match *method {
        Method::GET | Method::HEAD => "read",
        Method::PUT | Method::PATCH => "write",
        Method::DELETE => "delete",
        _ => "action",
    }
}

fn resources_type(path: &[&str]) -> Option<&'static str> {
    let first = path.first()?.to_ascii_lowercase();
    match (first.as_str(), path.len()) {
        ("resourcegroups", 1 | 2) => Some("Microsoft.Resources/subscriptions/resourceGroups"),
        ("resources", _) | ("resourcegroups", _) => Some("Microsoft.Resources/subscriptions/resources"),
        ("providers", _) => Some("Microsoft.Resources/subscriptions/providers"),
        ("operationresults", _) => Some("Microsoft.Resources/subscriptions/operationresults"),
        _ => None,
    }
}

/// Whether a pattern is of the action: the same, or with a `*` at its end the beginning of it.
pub(crate) fn covers(pattern: &str, action: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => action
            .get(..start.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(start)),
        None => pattern.eq_ignore_ascii_case(action),
    }
}

/// Why a pattern of denied actions denies nothing, where it does.
pub(crate) fn mistake(pattern: &str) -> Option<String> {
    let (namespace, rest) = pattern.split_once('/').unwrap_or_default();
    if pattern != "*" && (!namespace.contains('.') || rest.is_empty()) {
        return Some(format!(
            "`{pattern}` is no action; expected such as `Microsoft.ContainerRegistry/registries/write`"
        ));
    }
    let stars = pattern.matches('*').count();
    if stars > 1 || stars == 1 && !pattern.ends_with('*') {
        return Some(format!(
            "a `*` in `{pattern}` that is not at its end stands for nothing"
        ));
    }
    let ours = ["Microsoft.ContainerRegistry", "Microsoft.Network"];
    let ours = ours.iter().any(|known| known.eq_ignore_ascii_case(namespace));
    if !ours || CHECKED.iter().any(|action| covers(pattern, action)) {
        return None;
    }
    if pattern.to_ascii_lowercase().contains("/join") {
        return Some(format!(
            "`{pattern}` is never asked for; `deniedJoins` lists the subnets that the caller may not join"
        ));
    }
    let known: Vec<&str> = CHECKED
        .iter()
        .copied()
        .filter(|action| covers(&format!("{namespace}/*"), action))
        .collect();
    Some(format!(
        "`{pattern}` is never asked for; expected one of {}",
        known.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_checked_action_is_needed_by_a_request() {
        let registry = "resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";
        let network = "resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet";
        let location = "providers/Microsoft.Network/locations/eastus";
        let all = [Method::GET, Method::PUT, Method::DELETE];
        let (get, post) = ([Method::GET], [Method::POST]);
        let rows: Vec<(String, &[Method])> = vec![
            (registry.to_owned(), &all),
            (format!("{registry}/listUsages"), &get),
            (format!("{registry}/replications/westus"), &all),
            (format!("{registry}/privateEndpointConnections/a"), &all),
            (format!("{registry}/operationStatuses/a"), &get),
            (
                format!("{registry}/replications/westus/operationStatuses/a"),
                &get,
            ),
            (
                format!("{registry}/privateEndpointConnections/a/operationStatuses/a"),
                &get,
            ),
            (network.to_owned(), &all),
            (format!("{network}/subnets/a"), &all),
            (format!("{network}/checkIpAddressAvailability"), &get),
            (format!("{location}/operations/a"), &get),
            (format!("{location}/operationResults/a"), &get),
            (
                format!("{location}/virtualNetworkAvailableEndpointServices"),
                &get,
            ),
            (
                "providers/Microsoft.ContainerRegistry/locations/eastus/operationResults/a".to_owned(),
                &get,
            ),
            (
                "providers/Microsoft.ContainerRegistry/checkNameAvailability".to_owned(),
                &post,
            ),
            ("providers/Microsoft.ContainerRegistry/register".to_owned(), &post),
            (
                "providers/Microsoft.ContainerRegistry/unregister".to_owned(),
                &post,
            ),
            ("providers/Microsoft.Network/register".to_owned(), &post),
            ("providers/Microsoft.Network/unregister".to_owned(), &post),
        ];
        let mut found: Vec<String> = Vec::new();
        for (path, methods) in rows {
            let path: Vec<&str> = path.split('/').collect();
            found.extend(methods.iter().filter_map(|method| needed(method, &path)));
        }
        found.sort();
        assert_eq!(found, CHECKED);
    }

    #[test]
    fn an_action_that_denies_nothing_is_a_mistake() {
        let rows = [
            ("*", ""),
            ("Microsoft.Network/*", ""),
            ("microsoft.network/virtualnetworks/sub*", ""),
            ("Microsoft.Resources/subscriptions/resourceGroups/read", ""),
            ("Microsoft.ContainerRegistry/registries/write", ""),
            ("Microsoft.ContainerRegistry/*/write", "not at its end"),
            ("*/read", "is no action"),
            ("**", "is no action"),
            ("Microsoft.*", "is no action"),
            (
                "Microsoft.ContainerRegistry/registry/write",
                "never asked for; expected one of Microsoft.ContainerRegistry/checkName",
            ),
            (
                "Microsoft.ContainerRegistry/checkNameAvailability/action",
                "never asked for",
            ),
            (
                "Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action",
                "`deniedJoins`",
            ),
        ];
        for (pattern, want) in rows {
            let found = mistake(pattern).unwrap_or_default();
            assert!(
                found.contains(want) && found.is_empty() == want.is_empty(),
                "{pattern}: {found}"
            );
        }
    }
}
