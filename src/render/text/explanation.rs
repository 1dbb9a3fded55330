//! Text of explanations: the answer to each client first, then why, then what would change it.

use super::common::{self, addresses, place};
use crate::explain::{ClientExplanation, Explanation, HoldingLease, NearestRule, View};
use crate::model::Client;
use crate::plan::Answer;
use crate::render::{Paint, safe};
use crate::spec::ListedRule;

/// Renders the answers to all clients.
pub(in crate::render) fn explanation(explanation: &Explanation, paint: Paint) -> String {
    let mut blocks = vec![head(explanation, paint)];
    for client in &explanation.clients {
        blocks.push(explained(client, paint));
    }
    common::page(&blocks)
}

fn head(explanation: &Explanation, paint: Paint) -> Vec<String> {
    let id = &explanation.registry;
    let view = match explanation.view {
        View::Live => "live",
        View::Spec => "as the spec wants it",
    };
    let about = paint.dim(format!("(group {}, {view})", safe(id.resource_group())));
    let line = format!(
        "{} {about}: {}",
        paint.bold(safe(id.name())),
        safe(&explanation.mode)
    );
    let mut lines = common::wrap(&line, 2, paint);
    if let Some(number) = explanation
        .approved_private_endpoints
        .filter(|number| *number > 0)
    {
        let endpoints = common::count(number, "private endpoint", "private endpoints");
        lines.extend(common::wrap(
            &format!("  A client that comes through its {endpoints} gets in whatever stands below."),
            2,
            paint,
        ));
    }
    lines
}

fn explained(client: &ClientExplanation, paint: Paint) -> Vec<String> {
    // A kind of client is many, and an address, a range or a subnet is one.
    let (name, one) = match &client.asked {
        Client::Other(kind) => (kind.to_string(), false),
        Client::Address(_) | Client::Subnet(_) => (safe(&client.client).into_owned(), true),
    };
    let name = paint.bold(name);
    let (sign, answer) = match client.answer {
        Answer::Allowed => (
            paint.good("✔"),
            paint.good(if one { "gets in" } else { "get in" }),
        ),
        Answer::Denied => (
            paint.bad("✘"),
            paint.bad(if one { "does not get in" } else { "do not get in" }),
        ),
        Answer::InPart => (paint.warn("◐"), paint.warn("gets in only in part")),
        Answer::Unknown => (paint.warn("?"), paint.warn("may or may not get in")),
    };
    let mut lines = common::wrap(&format!("{sign} {name} {answer}"), 4, paint);
    for reason in &client.reasons {
        lines.extend(item(&safe(&reason.finding), paint));
    }
    for (what, rule) in [("the rule", &client.rule), ("the expired rule", &client.expired)] {
        let origin = rule.as_ref().map(origin).unwrap_or_default();
        if !origin.is_empty() {
            lines.extend(item(&format!("{what}: {}", origin.join("; ")), paint));
        }
    }
    for lease in &client.leases {
        let HoldingLease {
            name,
            until,
            ended,
            close,
        } = lease;
        let time = if *ended { "which ended at" } else { "until" };
        let goes = format!(
            "it rests on the lease {}, {time} {}; close it: {}",
            safe(name),
            safe(until),
            safe(close)
        );
        lines.extend(item(&goes, paint));
    }
    if let Some(nearest) = &client.nearest {
        lines.extend(item(&near(nearest), paint));
    }
    for remedy in &client.remedies {
        let purpose = if one { "to let it in" } else { "to let them in" };
        let line = format!("  {}: {}", paint.help(purpose), safe(remedy));
        lines.extend(common::wrap(&line, 4, paint));
    }
    lines
}

fn item(text: &str, paint: Paint) -> Vec<String> {
    common::wrap(&format!("  - {text}"), 4, paint)
}

/// Writes the name, owner, reason, ticket, last day and place of a rule, as far as the spec has them.
fn origin(rule: &ListedRule) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(name) = &rule.name {
        parts.push(safe(name).into_owned());
    }
    if let Some(info) = &rule.info {
        for (what, text) in [
            ("owner", &info.owner),
            ("reason", &info.reason),
            ("ticket", &info.ticket),
        ] {
            if let Some(text) = text {
                parts.push(format!("{what} {}", safe(text)));
            }
        }
        if let Some(expires) = info.expires {
            parts.push(format!("expires {expires}"));
        }
    }
    if let Some(source) = &rule.source {
        parts.push(place(source));
    }
    parts
}

fn near(nearest: &NearestRule) -> String {
    let rule = safe(nearest.rule.rule.as_str());
    // A rule without effect may be one for this very address.
    let mut text = match nearest.distance {
        0 => format!("IP rule {rule} is for it, or for a part of it"),
        distance => format!("the nearest rule is {rule}, {} away", addresses(distance)),
    };
    let origin = origin(&nearest.rule);
    if !origin.is_empty() {
        text += &format!(" ({})", origin.join("; "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::{AskedClient, Facts, explain};
    use crate::model::{OtherClient, SubnetId};
    use crate::render::Document;
    use crate::spec::load_str;

    const SUBNET: &str = "/subscriptions/s/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/build";

    fn wanted(settings: &str) -> Facts {
        let text = format!(
            "version: 1\nnetworks:\n  office:\n    cidrs: [203.0.113.0/24]\n    owner: platform\n    expires: 2099-01-31\nregistries:\n  - id: /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso\n{settings}"
        );
        let loaded = load_str("registries.yaml", &text, "2026-11-21".parse().unwrap()).unwrap();
        Facts::wanted(&loaded.spec.registries[0])
    }

    fn ask(texts: &[&str]) -> Vec<AskedClient> {
        let mut asked = Vec::new();
        for text in texts {
            asked.push(AskedClient {
                written: (*text).to_owned(),
                client: Client::Address(text.parse().unwrap()),
            });
        }
        asked
    }

    #[test]
    fn rule_without_effect_is_named_for_its_own_address() {
        let facts = wanted(
            "    publicNetworkAccess: Disabled\n    defaultAction: Deny\n    ipRules: [office]\n",
        );
        let text = explain(&facts, &ask(&["203.0.113.9"])).text(Paint::PLAIN);
        assert!(text.contains("IP rule 203.0.113.0/24 is for it"), "{text}");
        assert!(!text.contains("0 addresses"), "{text}");
    }

    #[test]
    fn answers_name_the_rule_and_the_nearest_one() {
        let facts = wanted(
            "    publicNetworkAccess: Enabled\n    defaultAction: Deny\n    ipRules: [office, 198.51.100.16/28]\n    subnets: []\n",
        );
        let mut asked = ask(&["203.0.113.9", "198.51.100.7", "10.1.2.3", "203.0.112.0/23"]);
        asked.push(AskedClient {
            written: "hub/build".to_owned(),
            client: Client::Subnet(SubnetId::parse(SUBNET).unwrap()),
        });
        insta::assert_snapshot!(explain(&facts, &asked).text(Paint::PLAIN), @r"
        contoso (group rg, as the spec wants it): selected networks (2 IP, 0 subnets)

        ✔ 203.0.113.9 gets in
          - public network access is enabled
          - the default action is Deny: the rules decide
          - IP rule 203.0.113.0/24 admits it
          - the rule: office; owner platform; expires 2099-01-31; registries.yaml:4

        ✘ 198.51.100.7 does not get in
          - public network access is enabled
          - the default action is Deny: the rules decide
          - no IP rule admits it
          - the nearest rule is 198.51.100.16/28, 9 addresses away (registries.yaml:11)
          to let it in: add `- 198.51.100.7` to `ipRules` for contoso (registries.yaml:11)

        ✘ 10.1.2.3 does not get in
          - 10.1.2.3 lies in a private range (RFC 1918): no client reaches a registry from there
          to let it in: name the public address that the client has on the internet, or its subnet by resource id

        ◐ 203.0.112.0/23 gets in only in part
          - public network access is enabled
          - the default action is Deny: the rules decide
          - IP rules admit 256 of its 512 addresses
          to let it in: add `- 203.0.112.0/23` to `ipRules` for contoso (registries.yaml:11)

        ? hub/build may or may not get in
          - public network access is enabled
          - the default action is Deny: the rules decide
          - if its service endpoint is on, the registry sees the subnet; if not, a public address
          - its public addresses are not known
          - no subnet rule names it
          to let it in: add `- /subscriptions/s/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/build` to `subnets` for contoso (registries.yaml:12); `ringfence apply` turns its service endpoint on
          to let it in: list the public addresses that its clients have while its service endpoint is off
        ");
    }

    #[test]
    fn answers_say_what_the_spec_leaves_open() {
        let facts = wanted("    ipRules: [office]\n    ownership: additive\n");
        let mut asked = ask(&["203.0.113.9", "198.51.100.7"]);
        for kind in OtherClient::ALL {
            asked.push(AskedClient {
                written: kind.to_string(),
                client: Client::Other(kind),
            });
        }
        insta::assert_snapshot!(explain(&facts, &asked).text(Paint::PLAIN.with_width(Some(80))), @r"
        contoso (group rg, as the spec wants it): mode unknown

        ? 203.0.113.9 may or may not get in
          - the spec does not set `publicNetworkAccess`: if it is disabled, no public
            client gets in
          - the spec does not set `defaultAction`: if it is Allow, every client gets in
          - IP rule 203.0.113.0/24 admits it
          - the rule: office; owner platform; expires 2099-01-31; registries.yaml:4
          to let it in: set `publicNetworkAccess: Enabled` and `defaultAction: Deny` for
            contoso (registries.yaml:8)

        ? 198.51.100.7 may or may not get in
          - the spec does not set `publicNetworkAccess`: if it is disabled, no public
            client gets in
          - the spec does not set `defaultAction`: if it is Allow, every client gets in
          - no IP rule admits it; the spec leaves room for others that are live
          to let it in: add `- 198.51.100.7` to `ipRules`, and set `publicNetworkAccess:
            Enabled` and `defaultAction: Deny`, for contoso (registries.yaml:9)

        ? trusted services may or may not get in
          - the spec does not set `publicNetworkAccess`: if it is disabled, no public
            client gets in
          - the spec does not set `defaultAction`: if it is Allow, every client gets in
          - whether trusted services bypass the rules is not known
          - the spec leaves room for live subnet rules: the bypass does not apply beside
            service endpoints
          to let them in: let trusted services come through a private endpoint
          to let them in: set `trustedServices: true` for contoso (registries.yaml:8),
            and remove every subnet rule

        ? ACR Tasks with a system-assigned identity may or may not get in
          - the spec does not set `publicNetworkAccess`: if it is disabled, no public
            client gets in
          - the spec does not set `defaultAction`: if it is Allow, every client gets in
          - the protocol of the endpoints is not known: tasks do not work on dual stack
          - whether tasks bypass the rules is not known
          to let them in: set `endpointProtocol: IPv4` and `tasksBypass: true` for
            contoso (registries.yaml:8)

        ? IPv6 clients may or may not get in
          - the spec does not set `publicNetworkAccess`: if it is disabled, no public
            client gets in
          - the spec does not set `defaultAction`: if it is Allow, every client gets in
          - the protocol of the endpoints is not known

        ? unlisted subnets over service endpoints may or may not get in
          - the spec does not set `publicNetworkAccess`: if it is disabled, no public
            client gets in
          - the spec does not set `defaultAction`: if it is Allow, every client gets in
          - no IP rule matches a private source address, and no subnet rule names them
          to let them in: list each of the subnets in `subnets`
        ");
    }
}
