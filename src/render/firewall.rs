//! Rules of firewalls that let clients reach the endpoints of registries.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::json;
use crate::endpoints::{Endpoints, Host};

/// A firewall whose rules can say what is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Firewall {
    /// Outbound rules of a network security group. It knows no host names, so its rules have service tags.
    Nsg,
    /// A rule collection of an Azure Firewall policy.
    AzureFirewall,
    /// Lines of `squid.conf`.
    Squid,
}

/// Returns the rules in the firewall's own form.
pub fn firewall_rules(endpoints: &Endpoints, firewall: Firewall) -> String {
    match firewall {
        Firewall::Nsg => json(&nsg(endpoints)),
        Firewall::AzureFirewall => json(&azure_firewall(endpoints)),
        Firewall::Squid => squid(endpoints),
    }
}

/// Returns the `securityRules` of a network security group. A description has at most 140 characters.
fn nsg(endpoints: &Endpoints) -> Value {
    /// The rules get this priority and the next ones. Custom rules have 100 to 4096.
    const FIRST: usize = 200;
    let mut rules = Vec::new();
    for (at, tag) in endpoints.service_tags.iter().enumerate() {
        rules.push(json!({
            "name": format!("AllowOutbound{}", tag.name),
            "properties": {
                "description": format!("Reaches {}: a tag knows no host names", tag.reaches),
                "direction": "Outbound",
                "access": "Allow",
                "priority": FIRST + at,
                "protocol": "Tcp",
                "sourceAddressPrefix": "VirtualNetwork",
                "sourcePortRange": "*",
                "destinationAddressPrefix": tag.name,
                "destinationPortRange": endpoints.port.to_string(),
            },
        }));
    }
    Value::Array(rules)
}

/// Returns a collection of application rules, one for each registry, and one for what all share.
fn azure_firewall(endpoints: &Endpoints) -> Value {
    let mut rules = Vec::new();
    for registry in &endpoints.registries {
        rules.push(application_rule(
            registry.id.name(),
            &registry.hosts,
            endpoints.port,
        ));
    }
    rules.push(application_rule("shared", &endpoints.shared, endpoints.port));
    json!({
        "ruleCollectionType": "FirewallPolicyFilterRuleCollection",
        "name": "container-registries",
        "priority": 1000,
        "action": {"type": "Allow"},
        "rules": rules,
    })
}

fn application_rule(name: &str, hosts: &[Host], port: u16) -> Value {
    let names: Vec<&str> = hosts.iter().map(|host| &*host.name).collect();
    json!({
        "ruleType": "ApplicationRule",
        "name": name,
        "protocols": [{"protocolType": "Https", "port": port}],
        "targetFqdns": names,
        "sourceAddresses": ["*"],
    })
}

/// Returns access lists, and the one line that allows tunnels to their hosts.
fn squid(endpoints: &Endpoints) -> String {
    let mut text = String::new();
    // squid warns of a name that it has already.
    let mut told = BTreeSet::new();
    for registry in &endpoints.registries {
        text += &format!("# {}\n", registry.id.name());
        text += &domains(&registry.hosts, &mut told);
    }
    text += "# every registry\n";
    text += &domains(&endpoints.shared, &mut told);
    text += &format!(
        "acl registry_port port {}\nacl registry_tunnel method CONNECT\n\
         http_access allow registry_tunnel registry_port registry_hosts\n",
        endpoints.port
    );
    text
}

/// Returns the lines of the hosts that were not told before.
fn domains<'a>(hosts: &'a [Host], told: &mut BTreeSet<&'a str>) -> String {
    let mut text = String::new();
    for host in hosts {
        if !told.insert(&host.name) {
            continue;
        }
        // A dot in front stands for the host and every name below.
        let name = host.name.replacen("*.", ".", 1);
        text += &format!(
            "acl registry_hosts dstdomain {name}  # {}\n",
            host.purpose.in_words()
        );
    }
    text
}
