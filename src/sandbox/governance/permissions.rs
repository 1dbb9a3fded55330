//! Checks the permissions that a test denies against those that requests need.

use std::collections::BTreeSet;

use super::conditions::covers;
use crate::sandbox::forms::types::PROVIDERS;
use crate::sandbox::routes::routes;

/// Returns the permissions of the two providers that requests need, sorted, by their names in the operations lists of
/// Azure's documentation (resource-provider-operations).
fn checked() -> Vec<String> {
    let mut checked = BTreeSet::new();
    for route in routes() {
        for endpoint in route.endpoints {
            // A registration needs a permission of the provider that is registered.
            for provider in PROVIDERS {
                let permission = endpoint.permission.replace("{namespace}", provider);
                if permission.starts_with(&format!("{provider}/")) {
                    checked.insert(permission);
                }
            }
        }
    }
    checked.into_iter().collect()
}

/// Returns the mistake of a pattern that denies no request; `None` for a pattern that does.
pub(crate) fn mistake(pattern: &str) -> Option<String> {
    let (namespace, rest) = pattern.split_once('/').unwrap_or_default();
    if pattern != "*" && (!namespace.contains('.') || rest.is_empty()) {
        return Some(format!(
            "invalid action `{pattern}`; expected one such as `Microsoft.ContainerRegistry/registries/write`"
        ));
    }
    // Only a `*` at the end has a meaning.
    let stars = pattern.matches('*').count();
    if stars > 1 || stars == 1 && !pattern.ends_with('*') {
        return Some(format!(
            "invalid action `{pattern}`: a `*` may only be at its end"
        ));
    }
    // Permissions of other providers are not checked, so any may be denied.
    let checked = checked();
    let ours = PROVIDERS
        .iter()
        .any(|known| known.eq_ignore_ascii_case(namespace));
    if !ours || checked.iter().any(|action| covers(pattern, action)) {
        return None;
    }
    // Joining a subnet is a permission that no path needs, but a rule does.
    if pattern.to_ascii_lowercase().contains("/join") {
        return Some(format!(
            "no request needs `{pattern}`; `deniedJoins` lists the subnets that the caller may not join"
        ));
    }
    let all = format!("{namespace}/*");
    let mut known = checked;
    known.retain(|action| covers(&all, action));
    Some(format!(
        "no request needs `{pattern}`; expected one of {}",
        known.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::*;

    /// The operations lists of Azure's documentation name actions so (resource-provider-operations).
    #[test]
    fn permissions_fit_their_methods() {
        for route in routes() {
            for endpoint in route.endpoints {
                // Most are in lower case in the lists, and `Microsoft.Web/sites/Read` is not.
                let permission = endpoint.permission.to_ascii_lowercase();
                let verb = match endpoint.method {
                    Method::GET | Method::HEAD => "/read",
                    Method::PUT | Method::PATCH => "/write",
                    Method::DELETE => "/delete",
                    // A name check and a query are reads.
                    _ if permission.contains("checknameavailability") => "/read",
                    _ if permission.contains("/workspaces/query/") => "/read",
                    _ => "/action",
                };
                assert!(
                    permission.is_empty() || permission.ends_with(verb),
                    "{} {}: {permission}",
                    endpoint.method,
                    route.path
                );
            }
        }
    }

    #[test]
    fn registrations_need_a_permission_of_their_provider() {
        let checked = checked();
        for provider in PROVIDERS {
            assert!(
                checked.contains(&format!("{provider}/register/action")),
                "{provider}"
            );
        }
    }

    #[test]
    fn action_that_no_request_needs_is_a_mistake() {
        let rows = [
            ("*", ""),
            ("Microsoft.Network/*", ""),
            ("microsoft.network/virtualnetworks/sub*", ""),
            ("Microsoft.Resources/subscriptions/resourceGroups/read", ""),
            ("Microsoft.ContainerRegistry/registries/write", ""),
            ("Microsoft.ContainerRegistry/*/write", "only be at its end"),
            ("*/read", "invalid action"),
            ("**", "invalid action"),
            ("Microsoft.*", "invalid action"),
            (
                "Microsoft.ContainerRegistry/registry/write",
                "no request needs `Microsoft.ContainerRegistry/registry/write`; expected one of Microsoft.ContainerRegistry/checkName",
            ),
            (
                "Microsoft.ContainerRegistry/checkNameAvailability/action",
                "no request needs",
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
