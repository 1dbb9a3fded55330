//! What would let a client in. Opening the registry to everyone is never among it.

use super::facts::Facts;
use super::types::View;
use crate::model::{Admitted, Client, OtherClient, PublicNetworkAccess, SubnetId};

/// Returns the remedies for a client that does not certainly get in. Each is enough on its own.
pub(crate) fn remedies(facts: &Facts, client: &Client) -> Vec<String> {
    let disabled = facts.access.public_network_access == Some(PublicNetworkAccess::Disabled);
    match client {
        Client::Address(range) if range.special_use().is_some() => vec![
            "name the public address that the client has on the internet, or its subnet by resource id"
                .to_owned(),
        ],
        Client::Address(_) | Client::Subnet(_) if disabled => vec![
            "let the client come through a private endpoint".to_owned(),
            format!(
                "set `publicNetworkAccess: Enabled`{}, and list the client",
                of_registry(facts)
            ),
        ],
        Client::Address(_) if facts.rule_of(client).is_some() => enabled(facts).into_iter().collect(),
        Client::Address(range) => vec![format!("add `{range}` to `ipRules`{}", of_registry(facts))],
        Client::Subnet(id) => subnet(facts, id),
        Client::Other(OtherClient::TrustedServices) if facts.access.subnets.is_empty() => {
            vec![format!("set `trustedServices: true`{}", of_registry(facts))]
        }
        Client::Other(OtherClient::TrustedServices) => {
            vec![
                "let trusted services come through a private endpoint, or remove the subnet rules"
                    .to_owned(),
            ]
        }
        Client::Other(OtherClient::Tasks) if facts.access.dual_stack == Admitted::No => {
            vec![format!("set `tasksBypass: true`{}", of_registry(facts))]
        }
        Client::Other(OtherClient::Tasks | OtherClient::Ipv6) => Vec::new(),
    }
}

fn of_registry(facts: &Facts) -> String {
    match &facts.place {
        Some(place) => format!(" for {} ({place})", facts.id.name()),
        None => format!(" in the spec of {}", facts.id.name()),
    }
}

/// Returns the remedy for a client that a rule names, and whose answer depends on public access alone.
fn enabled(facts: &Facts) -> Option<String> {
    let open = facts.view == View::Spec && facts.access.public_network_access.is_none();
    open.then(|| format!("set `publicNetworkAccess: Enabled`{}", of_registry(facts)))
}

fn subnet(facts: &Facts, id: &SubnetId) -> Vec<String> {
    let listed = facts.rule_of(&Client::Subnet(id.clone())).is_some();
    let list = format!("add `{id}` to `subnets`{}", of_registry(facts));
    match (facts.endpoint(id), listed) {
        (Some(true), _) => vec![
            list,
            "turn its service endpoint off, for every registry that the subnet uses, and list its public address"
                .to_owned(),
        ],
        (_, true) => vec![
            "turn its service endpoint Microsoft.ContainerRegistry on: `ringfence apply --verify-endpoints`".to_owned(),
        ],
        (_, false) => vec![
            format!("{list}; `ringfence apply` turns its service endpoint on"),
            "list the public addresses that its clients have while its service endpoint is off".to_owned(),
        ],
    }
}
