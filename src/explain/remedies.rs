//! What would let a client in. No remedy opens the registry to everyone.

use std::collections::BTreeSet;

use super::answer::answer;
use super::facts::Facts;
use super::types::View;
use crate::model::{
    Access, Admitted, Cidr, Client, DefaultAction, OtherClient, PublicNetworkAccess, Setting, SubnetId,
    decide,
};
use crate::plan::Answer;

/// Returns the remedies for a client that does not certainly get in. Each is enough on its own.
pub(crate) fn remedies(facts: &Facts, client: &Client) -> Vec<String> {
    let disabled = facts.access.public_network_access == Some(PublicNetworkAccess::Disabled);
    match client {
        Client::Address(range) if range.special_use().is_some() => vec![
            "name the public address that the client has on the internet, or its subnet by resource id"
                .to_owned(),
        ],
        Client::Subnet(id) if facts.gone.contains(id) => {
            vec!["correct the id, or make the subnet before it is listed".to_owned()]
        }
        Client::Address(_) | Client::Subnet(_) if disabled => vec![
            "let the client come through a private endpoint".to_owned(),
            public_again(facts, client),
        ],
        Client::Address(range) => address(facts, *range).into_iter().collect(),
        Client::Subnet(id) => subnet(facts, id),
        Client::Other(OtherClient::TrustedServices) => trusted_services(facts),
        Client::Other(OtherClient::Tasks) => tasks(facts).into_iter().collect(),
        Client::Other(OtherClient::Ipv6) => Vec::new(),
        Client::Other(OtherClient::UnlistedSubnets) => {
            vec!["list each of the subnets in `subnets`".to_owned()]
        }
    }
}

/// Returns the settings that let the rules decide. Public access opens to everyone unless the default action is Deny.
fn public_access(facts: &Facts) -> &'static str {
    match facts.default_action {
        Some(DefaultAction::Deny) => "`publicNetworkAccess: Enabled`",
        Some(DefaultAction::Allow) | None => "`publicNetworkAccess: Enabled` and `defaultAction: Deny`",
    }
}

/// Returns the access with the settings of [`public_access`].
fn with_rules(facts: &Facts) -> Access {
    Access {
        public_network_access: Some(PublicNetworkAccess::Enabled),
        default_action: DefaultAction::Deny,
        ..facts.access.clone()
    }
}

/// Returns the remedy where public access is disabled. The rules count again then, also those of other clients.
fn public_again(facts: &Facts, client: &Client) -> String {
    let again = with_rules(facts);
    let (is_listed, is_enough) = match client {
        Client::Subnet(_) => (
            facts.rule_of(client).is_some(),
            subnet_gets_in(facts, &again, client),
        ),
        _ => {
            let admitted = decide(&again, client).allowed();
            (admitted, admitted)
        }
    };
    let mut text = format!("set {}{}", public_access(facts), of_registry(facts));
    if !is_enough && !is_listed {
        text += ", and list the client";
    }
    if let Client::Subnet(id) = client
        && !is_enough
        && facts.endpoint(id) != Some(true)
    {
        text += endpoint_too(facts, is_listed);
    }
    let all = again.ip_rules.len() + again.subnets.len();
    match all.saturating_sub(usize::from(is_listed)) {
        0 => {}
        1 => text += "; another rule of the registry counts again too",
        others => text += &format!("; {others} other rules of the registry count again too"),
    }
    text
}

/// Returns true if a subnet gets in with this access, as its service endpoint is now.
fn subnet_gets_in(facts: &Facts, access: &Access, client: &Client) -> bool {
    let facts = Facts {
        access: access.clone(),
        default_action: Some(access.default_action),
        ..facts.clone()
    };
    answer(&facts, client) == Answer::Allowed
}

/// Returns what the service endpoint of a subnet needs beside a setting. A run turns on those of the subnets that it adds.
fn endpoint_too(facts: &Facts, is_listed: bool) -> &'static str {
    match (facts.assumes_endpoints, is_listed) {
        (true, _) => ", and turn its service endpoint Microsoft.ContainerRegistry on",
        (false, true) => {
            ", and turn its service endpoint Microsoft.ContainerRegistry on: `ringfence apply --verify-endpoints`"
        }
        (false, false) => "",
    }
}

fn of_registry(facts: &Facts) -> String {
    match &facts.place {
        Some(place) => format!(" for {} ({place})", facts.id.name()),
        None => format!(" in the spec of {}", facts.id.name()),
    }
}

/// Returns true if the spec does not set public access, so that the answer also depends on that.
fn leaves_public_access_open(facts: &Facts) -> bool {
    facts.view == View::Spec && facts.access.public_network_access.is_none()
}

/// Returns the remedy for a client that a rule admits, and whose answer depends on public access alone.
fn enabled(facts: &Facts) -> Option<String> {
    leaves_public_access_open(facts).then(|| {
        let (set, place) = (public_access(facts), of_registry(facts));
        format!("set {set}{place}{}", closing(facts))
    })
}

/// Says what `defaultAction: Deny` does to others, where they may get in without a rule.
fn closing(facts: &Facts) -> &'static str {
    match facts.default_action {
        Some(DefaultAction::Allow) if leaves_public_access_open(facts) => {
            "; clients that no rule admits are shut out then"
        }
        _ => "",
    }
}

/// Returns the remedy that adds the entry of a client to a list, together with what the list needs to count.
fn listed_in(facts: &Facts, entry: &str, list: Setting) -> String {
    let enabled = match leaves_public_access_open(facts) {
        true => format!(", and set {},", public_access(facts)),
        false => String::new(),
    };
    let key = list.spec_key();
    let place = match facts.list_places.get(&list) {
        Some(place) => format!(" for {} ({place})", facts.id.name()),
        None => of_registry(facts),
    };
    let closing = closing(facts);
    if facts.view == View::Live || facts.list_places.contains_key(&list) {
        return format!("add `- {entry}` to `{key}`{enabled}{place}{closing}");
    }
    let line = format!("add `{key}: [{entry}]`{enabled}{place}");
    if facts.would_be_exact.contains(&list) {
        return format!(
            "{line}, with every live rule that has to stay: the spec does not manage the list now, and with \
             `ownership: exact` it removes the rules that are not listed{closing}"
        );
    }
    line + closing
}

fn address(facts: &Facts, range: Cidr) -> Option<String> {
    // Several rules may admit it together. What the default action admits alone is out with the settings of the remedy.
    let admitted = match leaves_public_access_open(facts) {
        true => with_rules(facts).addresses(),
        false => facts.access.addresses(),
    };
    if range.public().difference(&admitted).is_empty() {
        enabled(facts)
    } else if range.prefix_len() < facts.widest_rule {
        Some(format!(
            "add smaller ranges to `ipRules`{}: a plan refuses a rule that is wider than /{}",
            of_registry(facts),
            facts.widest_rule
        ))
    } else {
        let entries = facts.names.entries_for(&BTreeSet::from([range]));
        let entry = entries.into_iter().next().unwrap_or_else(|| range.to_string());
        Some(listed_in(facts, &entry, Setting::IpRules))
    }
}

/// Returns true if the setting with this answer is still to be set. What an api-version hides cannot be managed either.
fn is_to_set(facts: &Facts, answer: Admitted, wanted: Admitted) -> bool {
    answer != wanted && (facts.view == View::Spec || answer != Admitted::Unknown)
}

fn trusted_services(facts: &Facts) -> Vec<String> {
    let access = &facts.access;
    let set = is_to_set(facts, access.trusted_services, Admitted::Yes);
    let place = of_registry(facts);
    if access.subnets.is_empty() && !access.subnets_hidden {
        let remedy = format!("set `trustedServices: true`{place}");
        return set.then_some(remedy).into_iter().collect();
    }
    let remove = match set {
        true => format!("set `trustedServices: true`{place}, and remove every subnet rule"),
        false => "remove every subnet rule".to_owned(),
    };
    vec![
        "let trusted services come through a private endpoint".to_owned(),
        remove,
    ]
}

fn tasks(facts: &Facts) -> Option<String> {
    let mut settings = Vec::new();
    if is_to_set(facts, facts.access.dual_stack, Admitted::No) {
        settings.push("`endpointProtocol: IPv4`");
    }
    if !facts.lets_everyone_in() && is_to_set(facts, facts.access.tasks, Admitted::Yes) {
        settings.push("`tasksBypass: true`");
    }
    let settings = settings.join(" and ");
    (!settings.is_empty()).then(|| format!("set {settings}{}", of_registry(facts)))
}

fn subnet(facts: &Facts, id: &SubnetId) -> Vec<String> {
    let listed = facts.rule_of(&Client::Subnet(id.clone())).is_some();
    let entry = facts.names.subnet_name(id).unwrap_or(id.as_str());
    let list = listed_in(facts, entry, Setting::VirtualNetworkRules);
    match (facts.endpoint(id), listed) {
        (Some(true), true) => enabled(facts).into_iter().collect(),
        (Some(true), false) => {
            let and_list = if admits_egress(facts, id) {
                ""
            } else {
                ", and list its public address"
            };
            vec![
                list,
                format!(
                    "turn its service endpoint off, for every registry that the subnet uses{and_list}"
                ),
            ]
        }
        (_, true) if facts.assumes_endpoints => vec![format!(
            "turn its service endpoint Microsoft.ContainerRegistry on, which `serviceEndpoints: assume` leaves to others{}",
            of_registry(facts)
        )],
        (_, true) => vec![
            "turn its service endpoint Microsoft.ContainerRegistry on: `ringfence apply --verify-endpoints`".to_owned(),
        ],
        (_, false) if facts.assumes_endpoints => vec![format!(
            "{list}, and turn its service endpoint Microsoft.ContainerRegistry on"
        )],
        (_, false) => vec![
            format!("{list}; `ringfence apply` turns its service endpoint on"),
            if admits_egress(facts, id) {
                "make sure that its service endpoint stays off: IP rules admit its public addresses"
            } else {
                "list the public addresses that its clients have while its service endpoint is off"
            }
            .to_owned(),
        ],
    }
}

/// Returns true if IP rules admit all public addresses of the subnet.
fn admits_egress(facts: &Facts, id: &SubnetId) -> bool {
    let Some(egress) = facts.access.egress.get(id) else {
        return false;
    };
    !egress.is_empty() && egress.difference(&with_rules(facts).addresses()).is_empty()
}
