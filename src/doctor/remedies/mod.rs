//! Remedies with what was seen in them. A remedy whose command would be refused is left out.

mod known;
mod offers;

use std::net::IpAddr;

pub(crate) use known::Known;
use offers::{ADD_ADDRESS, OFFERS};

use super::facts::is_private;

/// What helps a client that comes over IPv6 (docs: container-registry-firewall-access-rules; whether rules take IPv6 addresses is
/// disputed, so no rule is advised).
const OVER_IPV4: &str = "rules are IPv4 addresses: let the client connect over IPv4, and admit the address that \
                         `curl -4 -s https://{registry}/v2/` names; or let it come through a private endpoint";

/// What helps a client whose private address the registry saw (docs: container-registry-vnet).
const OVER_ENDPOINT: &str = "the address is private, so the request came over a service endpoint: admit its subnet, `{add_subnet}`";

/// What helps where no rule does.
const PRIVATELY: &str = "let the client come through a private endpoint";

/// Fills remedies. Those whose command would be refused give way to what helps instead, if anything does.
pub(crate) fn filled<'t>(known: &Known<'_>, remedies: impl IntoIterator<Item = &'t str>) -> Vec<String> {
    let mut all = Vec::new();
    for remedy in remedies {
        match one_filled(known, remedy) {
            Some(text) => all.push(text),
            None if remedy.contains(ADD_ADDRESS) => all.extend(instead_of_address(known)),
            None => {}
        }
    }
    // The Azure CLI has no flag for it.
    if let Some(cloud) = known.az_cloud()
        && let Some(first) = all.iter().position(|remedy| remedy.contains("`az "))
    {
        let set =
            format!("lead the Azure CLI to that cloud: `az cloud set -n {cloud}`, then `az login`");
        all.insert(first, set);
    }
    all
}

/// Writes what was seen into a remedy. What was not seen keeps a word that the reader replaces.
fn one_filled(known: &Known<'_>, remedy: &str) -> Option<String> {
    let mut text = remedy.to_owned();
    for offer in OFFERS {
        if text.contains(offer.placeholder) {
            text = text.replace(offer.placeholder, &(offer.command)(known)?);
        }
    }
    let subscription = match known.reading {
        Some(reading) => format!(" --subscription {}", reading.registry.id.subscription()),
        None => String::new(),
    };
    let text = text
        .replace("{registry}", known.host())
        .replace("{name}", known.name())
        .replace("{client}", &client(known))
        .replace("{subscription_flag}", &subscription);
    Some(in_cloud(known, &text))
}

/// Adds the flag of the cloud to each command of ringfence that names the registry.
fn in_cloud(known: &Known<'_>, text: &str) -> String {
    let flag = known.cloud_flag();
    let mut parts: Vec<String> = text.split('`').map(str::to_owned).collect();
    // Every second part stands between backquotes.
    for command in parts.iter_mut().skip(1).step_by(2) {
        if !command.starts_with("ringfence ") || !command.contains(known.name()) {
            continue;
        }
        *command = match command.split_once(" -- ") {
            Some((own, run)) => format!("{own}{flag} -- {run}"),
            None => format!("{command}{flag}"),
        };
    }
    parts.join("`")
}

/// Returns the client as commands know it. IPv6 clients are one.
fn client(known: &Known<'_>) -> String {
    match known.address {
        Some(IpAddr::V6(_)) => "ipv6".to_owned(),
        Some(address) => address.to_string(),
        None => "ADDRESS".to_owned(),
    }
}

/// Returns what helps a client whose address no rule can name.
fn instead_of_address(known: &Known<'_>) -> Option<String> {
    match known.address? {
        IpAddr::V6(_) if known.is_disabled() => one_filled(known, PRIVATELY),
        IpAddr::V6(_) => one_filled(known, OVER_IPV4),
        IpAddr::V4(address) if is_private(&address.into()) => {
            one_filled(known, OVER_ENDPOINT).or_else(|| one_filled(known, PRIVATELY))
        }
        IpAddr::V4(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::*;
    use crate::doctor::all_causes;
    use crate::live::{Reading, parse_registry};
    use crate::model::RegistryId;

    const WITH_ACCESS: &str = "{with_access} -- COMMAND";

    /// Returns a Premium registry with these properties, or one of another tier.
    fn reading(sku: &str, properties: &Value) -> Reading {
        let id = RegistryId::new("s", "rg", "contoso").unwrap();
        let body = json!({
            "id": id.as_str(), "location": "eastus", "sku": {"name": sku}, "properties": properties,
        });
        Reading::of(parse_registry(&id, "2026-09-01-preview", body).unwrap())
    }

    fn properties(public: &str, rules: &[&str]) -> Value {
        let mut listed = Vec::new();
        for value in rules {
            listed.push(json!({"action": "Allow", "value": value}));
        }
        json!({
            "provisioningState": "Succeeded", "loginServer": "contoso.azurecr.io",
            "publicNetworkAccess": public, "privateEndpointConnections": [],
            "networkRuleSet": {"defaultAction": "Deny", "ipRules": listed, "virtualNetworkRules": []},
        })
    }

    /// Returns the commands among the remedies of a refused client, by their first words.
    fn offered(reading: Option<&Reading>, address: Option<&str>) -> Vec<String> {
        let known = Known {
            host: Some("contoso.azurecr.io".to_owned()),
            reading,
            address: address.map(|address| address.parse().unwrap()),
            now: Timestamp::UNIX_EPOCH,
        };
        let remedies = filled(&known, [WITH_ACCESS, "`{add_address}`", "`{add_subnet}`"]);
        let mut commands = Vec::new();
        for remedy in remedies {
            let remedy = remedy.rsplit("subnet, ").next().unwrap_or_default();
            commands.push(remedy.replace("ringfence ", "").replace('`', ""));
        }
        commands
    }

    const PLAIN: &str = "with-access contoso -- COMMAND";
    const ALLOWING: &str = "with-access contoso --allow-public-access -- COMMAND";
    const ADDRESS: &str = "rule add -n contoso --ip-address 203.0.113.7";
    const SUBNET: &str = "rule add -n contoso --subnet SUBNET_ID";

    /// What the row is about, the registry as it was read, the address that it saw, and the remedies that are offered.
    type Row<'a> = (&'a str, Option<&'a Reading>, Option<&'a str>, &'a [&'a str]);

    #[test]
    fn commands_are_offered_where_they_are_not_refused() {
        let selected = reading("Premium", &properties("Enabled", &[]));
        let disabled = reading("Premium", &properties("Disabled", &[]));
        let dormant = reading("Premium", &properties("Disabled", &["192.0.2.1"]));
        let basic = reading(
            "Basic",
            &json!({"provisioningState": "Succeeded", "loginServer": "contoso.azurecr.io"}),
        );
        let mut private = properties("Enabled", &[]);
        private["privateEndpointConnections"] = json!([{"properties": {
            "privateLinkServiceConnectionState": {"status": "Approved"}}}]);
        let private = reading("Premium", &private);
        let public = Some("203.0.113.7");
        let rows: [Row<'_>; 10] = [
            ("not read", None, public, &[PLAIN, ADDRESS, SUBNET]),
            (
                "selected networks",
                Some(&selected),
                public,
                &[PLAIN, ADDRESS, SUBNET],
            ),
            ("disabled", Some(&disabled), public, &[ALLOWING]),
            ("disabled, an unknown address", Some(&disabled), None, &[ALLOWING]),
            ("rules without effect", Some(&dormant), public, &[]),
            ("a private endpoint", Some(&private), public, &[PLAIN, ADDRESS]),
            ("a private address", None, Some("10.0.1.4"), &[SUBNET, SUBNET]),
            ("an address of this machine", None, Some("127.0.0.1"), &[SUBNET]),
            (
                "IPv6 and disabled",
                Some(&disabled),
                Some("2001:db8::7"),
                &[PRIVATELY],
            ),
            (
                "a private address and disabled",
                Some(&disabled),
                Some("10.0.1.4"),
                &[PRIVATELY],
            ),
        ];
        for (what, reading, address, want) in rows {
            assert_eq!(offered(reading, address), want, "{what}");
        }
        // Everyone gets in there, and rules are refused.
        assert_eq!(offered(Some(&basic), public), [PLAIN]);
        let over_ipv6 = offered(Some(&selected), Some("2001:db8::7"));
        assert!(over_ipv6[0].contains("curl -4 -s"), "{over_ipv6:?}");
        assert!(!over_ipv6.iter().any(|remedy| remedy.contains("with-access")));
    }

    #[test]
    fn hosts_with_more_than_the_name_lead_to_the_name() {
        for (host, name) in [
            ("contoso.azurecr.io", "contoso"),
            ("contoso-hnajf8aw.azurecr.io", "contoso"),
            ("a.azurecr.io", "REGISTRY"),
        ] {
            let known = Known {
                host: Some(host.to_owned()),
                ..Known::default()
            };
            assert_eq!(filled(&known, ["{name}"]), [name]);
        }
    }

    #[test]
    fn commands_lead_to_the_cloud_of_the_host() {
        let known = Known {
            host: Some("contoso.azurecr.us".to_owned()),
            ..Known::default()
        };
        let texts = [
            "`{with_access} -- COMMAND`",
            "`ringfence explain {name}`, `ringfence validate`, `az acr list`",
        ];
        assert_eq!(
            filled(&known, texts),
            [
                "`ringfence with-access contoso --cloud usgov -- COMMAND`",
                "lead the Azure CLI to that cloud: `az cloud set -n AzureUSGovernment`, then `az login`",
                "`ringfence explain contoso --cloud usgov`, `ringfence validate`, `az acr list`"
            ]
        );
    }

    #[test]
    fn every_cause_keeps_a_remedy_in_every_situation() {
        let disabled = reading("Premium", &properties("Disabled", &["192.0.2.1"]));
        for address in ["203.0.113.7", "10.0.1.4", "127.0.0.1", "2001:db8::7"] {
            for reading in [None, Some(&disabled)] {
                let known = Known {
                    host: Some("contoso-hnajf8aw.azurecr.io".to_owned()),
                    reading,
                    address: Some(address.parse().unwrap()),
                    now: Timestamp::UNIX_EPOCH,
                };
                for cause in all_causes() {
                    let remedies = filled(&known, cause.remedies.iter().copied());
                    assert!(!remedies.is_empty(), "{} {address}", cause.id);
                    for remedy in &remedies {
                        assert!(
                            !remedy.contains("-n contoso-") && !remedy.contains('{'),
                            "{remedy}"
                        );
                    }
                }
            }
        }
    }
}
