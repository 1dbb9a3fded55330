//! The reasons of an answer, in the order in which Azure decides.

use super::facts::Facts;
use super::types::{Check, Reason, View};
use crate::model::{Admitted, Cidr, Client, DefaultAction, OtherClient, PublicNetworkAccess, SubnetId};

/// Returns the reasons up to the one that decides.
pub(crate) fn reasons(facts: &Facts, client: &Client) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for check in [address, gone, sku, public_access, default_action] {
        match check(facts, client) {
            Some((reason, true)) => {
                reasons.push(reason);
                return reasons;
            }
            Some((reason, false)) => reasons.push(reason),
            None => {}
        }
    }
    // What is left is up to the rules and the bypasses.
    match client {
        Client::Address(range) => reasons.push(ip_rules(facts, *range)),
        Client::Subnet(id) => reasons.extend(subnet(facts, id)),
        Client::Other(kind) => reasons.extend(other(facts, *kind)),
    }
    reasons.extend(expired(facts, client));
    reasons
}

/// A reason, and true if it decides.
type Found = Option<(Reason, bool)>;

fn reason(check: Check, finding: impl Into<String>) -> Reason {
    Reason {
        check,
        finding: finding.into(),
    }
}

fn sku(facts: &Facts, client: &Client) -> Found {
    // IPv6 clients also need dual-stack endpoints, whatever the SKU is.
    if facts.access.restricts || *client == Client::Other(OtherClient::Ipv6) {
        return None;
    }
    let sku = facts.sku.as_deref().unwrap_or("this SKU");
    let finding = format!("{sku} registries have no network rules: every client gets in");
    Some((reason(Check::Sku, finding), true))
}

fn address(_: &Facts, client: &Client) -> Found {
    let Client::Address(range) = client else {
        return None;
    };
    let block = range.special_use()?;
    let finding = format!("{range} lies in {block}: no client reaches a registry from there");
    Some((reason(Check::Address, finding), true))
}

fn gone(facts: &Facts, client: &Client) -> Found {
    let Client::Subnet(id) = client else {
        return None;
    };
    if !facts.gone.contains(id) {
        return None;
    }
    let finding = "the subnet or its virtual network does not exist, so no client comes from there";
    Some((reason(Check::Subnet, finding), true))
}

fn public_access(facts: &Facts, client: &Client) -> Found {
    let bypass = matches!(
        client,
        Client::Other(OtherClient::TrustedServices | OtherClient::Tasks)
    );
    let disabled = match &facts.unknown_public_access {
        Some(word) => format!("`{word}`, which is not known here and is taken for disabled"),
        None => "disabled".to_owned(),
    };
    let (finding, decides) = match (facts.access.public_network_access, facts.view) {
        (Some(PublicNetworkAccess::Enabled), _) if facts.is_public_by_leases() => (
            "public network access is enabled, by leases alone".to_owned(),
            false,
        ),
        (Some(PublicNetworkAccess::Enabled), _) => {
            ("public network access is enabled".to_owned(), false)
        }
        (Some(PublicNetworkAccess::Disabled), _) if bypass => (
            format!("public network access is {disabled}; a bypass holds all the same"),
            false,
        ),
        (Some(PublicNetworkAccess::Disabled), _) => (
            format!(
                "public network access is {disabled}: no client gets in from a public address or a subnet"
            ),
            true,
        ),
        (None, View::Spec) => (
            "the spec does not set `publicNetworkAccess`: if it is disabled, no public client gets in"
                .to_owned(),
            false,
        ),
        (None, View::Live) => (
            "the api-version hides public network access: if it is disabled, no public client gets in"
                .to_owned(),
            false,
        ),
    };
    Some((reason(Check::PublicNetworkAccess, finding), decides))
}

fn default_action(facts: &Facts, client: &Client) -> Found {
    // Disabled public access comes first, and only bypasses are left.
    if facts.access.public_network_access == Some(PublicNetworkAccess::Disabled) {
        return None;
    }
    let dual_stack_decides = matches!(client, Client::Other(OtherClient::Ipv6 | OtherClient::Tasks));
    let (finding, decides) = match facts.default_action {
        Some(DefaultAction::Allow) if dual_stack_decides => {
            ("the default action is Allow: the rules keep no client out", false)
        }
        Some(DefaultAction::Allow) => ("the default action is Allow: every client gets in", true),
        Some(DefaultAction::Deny) => ("the default action is Deny: the rules decide", false),
        None => (
            "the spec does not set `defaultAction`: if it is Allow, every client gets in",
            false,
        ),
    };
    Some((reason(Check::DefaultAction, finding), decides))
}

fn ip_rules(facts: &Facts, range: Cidr) -> Reason {
    let clients = range.public();
    let denied = clients.difference(&facts.access.addresses());
    let mut finding = if denied.is_empty() {
        match facts.rule_of(&Client::Address(range)) {
            Some(listed) => format!("IP rule {} admits it", listed.rule),
            None => "several IP rules admit it together".to_owned(),
        }
    } else if denied == clients {
        "no IP rule admits it".to_owned()
    } else {
        let (admitted, all) = (clients.len() - denied.len(), clients.len());
        format!("IP rules admit {admitted} of its {all} addresses")
    };
    if !denied.is_empty() {
        finding += unlisted(facts, range);
    }
    reason(Check::IpRules, finding)
}

/// Says that a rule named the client until it expired.
fn expired(facts: &Facts, client: &Client) -> Option<Reason> {
    if facts.rule_of(client).is_some() {
        return None;
    }
    let listed = facts.expired_rule_of(client)?;
    let check = match client {
        Client::Subnet(_) => Check::SubnetRules,
        Client::Address(_) | Client::Other(_) => Check::IpRules,
    };
    let day = listed
        .expires()
        .map(|day| format!(" on {day}"))
        .unwrap_or_default();
    Some(reason(check, format!("the rule that named it has expired{day}")))
}

/// Says why a rule that is not known may admit a client.
fn unlisted(facts: &Facts, range: Cidr) -> &'static str {
    if facts.more_addresses.public().intersects(range) {
        "; the spec leaves room for others that are live"
    } else if facts.access.unparsed_ip_rules().any(|rule| !rule.is_ipv6()) {
        "; a rule that is neither a range nor a subnet may"
    } else {
        ""
    }
}

fn subnet(facts: &Facts, id: &SubnetId) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let endpoint = facts.endpoint(id);
    if let Some(failure) = facts.unreadable.get(id) {
        let help = failure.help.as_deref().unwrap_or(&failure.message);
        let finding = format!("the subnet cannot be read: {}: {help}", failure.code);
        reasons.push(reason(Check::Subnet, finding));
    }
    reasons.push(reason(
        Check::ServiceEndpoint,
        match endpoint {
            Some(true) => {
                "its service endpoint is on, so the registry sees the subnet and a private address: IP rules do not match"
            }
            Some(false) => {
                "its service endpoint is off, so its clients come from public addresses and subnet rules do not match"
            }
            None => "if its service endpoint is on, the registry sees the subnet; if not, a public address",
        },
    ));
    if endpoint != Some(true) {
        reasons.push(egress(facts, id));
    }
    if endpoint != Some(false) {
        let listed = facts.rule_of(&Client::Subnet(id.clone())).is_some();
        let finding = match (listed, facts.access.subnets_hidden) {
            (true, _) => "a subnet rule names it".to_owned(),
            (false, false) => "no subnet rule names it".to_owned(),
            (false, true) => format!("no subnet rule that is known names it{}", hidden_subnets(facts)),
        };
        reasons.push(reason(Check::SubnetRules, finding));
    }
    reasons
}

fn hidden_subnets(facts: &Facts) -> &'static str {
    match facts.view {
        View::Live => "; the api-version hides subnet rules",
        View::Spec => "; the spec leaves room for others that are live",
    }
}

/// Says what IP rules do with the public addresses of a subnet.
fn egress(facts: &Facts, id: &SubnetId) -> Reason {
    let finding = match facts.access.egress.get(id) {
        None => "its public addresses are not known".to_owned(),
        Some(egress) => {
            let denied = egress.difference(&facts.access.addresses());
            let (admitted, all) = (egress.len() - denied.len(), egress.len());
            format!("IP rules admit {admitted} of its {all} public addresses")
        }
    };
    reason(Check::IpRules, finding)
}

fn other(facts: &Facts, kind: OtherClient) -> Vec<Reason> {
    match kind {
        OtherClient::TrustedServices => trusted_services(facts),
        OtherClient::Tasks => tasks(facts),
        OtherClient::Ipv6 => vec![ipv6(facts)],
        OtherClient::UnlistedSubnets => {
            let finding = "no IP rule matches a private source address, and no subnet rule names them";
            vec![reason(Check::SubnetRules, finding)]
        }
    }
}

fn known<'a>(answer: Admitted, yes: &'a str, no: &'a str, unknown: &'a str) -> &'a str {
    match answer {
        Admitted::Yes => yes,
        Admitted::No => no,
        Admitted::Unknown => unknown,
    }
}

fn trusted_services(facts: &Facts) -> Vec<Reason> {
    let access = &facts.access;
    let bypass = known(
        access.trusted_services,
        "trusted services bypass the rules",
        "trusted services do not bypass the rules",
        "whether trusted services bypass the rules is not known",
    );
    let subnet_rules = match (access.subnets.is_empty(), access.subnets_hidden, facts.view) {
        (false, _, _) => Some("there are subnet rules"),
        (true, false, _) => None,
        (true, true, View::Live) => Some("the api-version hides subnet rules"),
        (true, true, View::Spec) => Some("the spec leaves room for live subnet rules"),
    };
    let mut reasons = vec![reason(Check::Bypass, bypass)];
    if let Some(subnet_rules) = subnet_rules {
        let finding = format!("{subnet_rules}: the bypass does not apply beside service endpoints");
        reasons.push(reason(Check::SubnetRules, finding));
    }
    reasons
}

fn tasks(facts: &Facts) -> Vec<Reason> {
    let access = &facts.access;
    let protocol = known(
        access.dual_stack,
        "the endpoints are dual stack: tasks do not work there",
        "the endpoints are IPv4 only, as tasks need them",
        "the protocol of the endpoints is not known: tasks do not work on dual stack",
    );
    let mut reasons = vec![reason(Check::Protocol, protocol)];
    if access.dual_stack != Admitted::Yes && !facts.lets_everyone_in() {
        let bypass = known(
            access.tasks,
            "tasks bypass the rules",
            "tasks do not bypass the rules",
            "whether tasks bypass the rules is not known",
        );
        reasons.push(reason(Check::Bypass, bypass));
    }
    reasons
}

fn ipv6(facts: &Facts) -> Reason {
    let unparsed = facts.access.unparsed_ip_rules().next().is_some();
    let dual_stack = match unparsed {
        true => {
            "the endpoints are dual stack; what a rule that is not an IPv4 range admits is not known"
        }
        false => "the endpoints are dual stack; IP rules are IPv4 only",
    };
    let finding = known(
        facts.access.dual_stack,
        dual_stack,
        "the endpoints are IPv4 only",
        "the protocol of the endpoints is not known",
    );
    reason(Check::Protocol, finding)
}
