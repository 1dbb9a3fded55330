//! Selection of the recorded requests that the sandbox serves.

use super::recording::Interaction;

/// The service that a request is for.
pub(crate) enum Scope {
    /// A request that the sandbox should serve.
    Served,
    /// A poll of an operation, by its recorded path.
    Poll,
    /// Another service, by name.
    Foreign(String),
}

pub(crate) fn of(interaction: &Interaction) -> Scope {
    let host = interaction.url.host_str().unwrap_or_default();
    if !host.contains("management.") {
        return Scope::Foreign(format!("host {host}"));
    }
    if interaction.status == 429 || interaction.status >= 500 {
        return Scope::Foreign("a fault or throttling of that moment".to_owned());
    }
    let segments = interaction.segments();
    let lower: Vec<String> = segments
        .iter()
        .map(|segment| segment.to_ascii_lowercase())
        .collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let Some(at) = lower.iter().rposition(|segment| *segment == "providers") else {
        return subscription(&lower);
    };
    let (names, rest) = (&segments[at + 1..], &lower[at + 1..]);
    match rest {
        ["microsoft.containerregistry", rest @ ..] => registry(rest, names, &lower),
        ["microsoft.network", rest @ ..] => network(rest, names, &lower),
        [
            "microsoft.resourcegraph" | "microsoft.authorization",
            "resources" | "locks",
        ] => Scope::Served,
        [_] | [_, "register" | "unregister"] if at == 2 => Scope::Served,
        [_, ..] => Scope::Foreign(names[0].to_owned()),
        [] => Scope::Served,
    }
}

/// Requests to a subscription without a provider: groups, the generic list, operations of groups.
fn subscription(lower: &[&str]) -> Scope {
    match lower {
        _ if is_poll(lower) => Scope::Poll,
        ["subscriptions", _, "resources" | "resourcegroups"]
        | ["subscriptions", _, "resourcegroups", _] => Scope::Served,
        ["subscriptions", _, "resourcegroups", _, "resources"] => Scope::Served,
        [] => Scope::Foreign("/".to_owned()),
        [.., last] => Scope::Foreign(format!("/{}/…/{last}", lower[0])),
    }
}

fn is_poll(lower: &[&str]) -> bool {
    let kind = lower.len().checked_sub(2).map(|at| lower[at]);
    matches!(
        kind,
        Some("operations" | "operationresults" | "operationstatuses")
    )
}

fn registry(rest: &[&str], names: &[&str], lower: &[&str]) -> Scope {
    match rest {
        _ if is_poll(lower) && rest.get(2) != Some(&"agentpools") => Scope::Poll,
        [] | ["register" | "unregister" | "checknameavailability"] => Scope::Served,
        ["registries"] | ["registries", _] | ["registries", _, "listusages"] => Scope::Served,
        ["registries", _, "replications" | "privateendpointconnections", ..] => Scope::Served,
        ["registries", _, ..] => Scope::Foreign(format!("registries/{}", names[3])),
        _ => Scope::Foreign(format!("Microsoft.ContainerRegistry/{}", names[1])),
    }
}

fn network(rest: &[&str], names: &[&str], lower: &[&str]) -> Scope {
    match rest {
        _ if is_poll(lower) => Scope::Poll,
        [] | ["register" | "unregister"] => Scope::Served,
        ["virtualnetworks"] | ["virtualnetworks", _] => Scope::Served,
        ["virtualnetworks", _, "subnets" | "checkipaddressavailability", ..] => Scope::Served,
        ["locations", _, "virtualnetworkavailableendpointservices"] => Scope::Served,
        ["virtualnetworks", _, ..] => Scope::Foreign(format!("virtualNetworks/{}", names[3])),
        _ => Scope::Foreign(format!("Microsoft.Network/{}", names[1])),
    }
}
