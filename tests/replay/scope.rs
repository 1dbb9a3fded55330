//! Which recorded requests concern the sandbox.

use super::recording::Interaction;

/// What a request is for.
pub(crate) enum Scope {
    /// Something that the sandbox is meant to serve.
    Served,
    /// The status of an operation, by its recorded path.
    Poll,
    /// Somebody else's, named.
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
        return if is_poll(&lower) {
            Scope::Poll
        } else {
            Scope::Served
        };
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

fn is_poll(lower: &[&str]) -> bool {
    let kind = lower.len().checked_sub(2).map(|at| lower[at]);
    matches!(
        kind,
        Some("operations" | "operationresults" | "operationstatuses")
    )
}

fn registry(rest: &[&str], names: &[&str], lower: &[&str]) -> Scope {
    let served = [
        "replications",
        "privateendpointconnections",
        "listusages",
        "operationstatuses",
    ];
    match rest {
        ["registries", _, child, ..] if !served.contains(child) => {
            Scope::Foreign(format!("registries/{}", names[3]))
        }
        _ if is_poll(lower) => Scope::Poll,
        _ => Scope::Served,
    }
}

fn network(rest: &[&str], names: &[&str], lower: &[&str]) -> Scope {
    match rest {
        _ if is_poll(lower) => Scope::Poll,
        [] | ["virtualnetworks", ..] | ["register" | "unregister"] => Scope::Served,
        ["locations", _, "virtualnetworkavailableendpointservices"] => Scope::Served,
        _ => Scope::Foreign(format!("Microsoft.Network/{}", names[1])),
    }
}
