//! Fingerprints: what the files want of a registry, in a few letters.

use std::collections::BTreeSet;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::types::{Expectation, ListedRule, RegistrySpec, SubnetEgress, Suppression};
use crate::model::{Client, Setting, SettingValue, SubnetId};

impl RegistrySpec {
    /// Returns a digest of all that the files want of the registry on the day of the run, wherever they say it. A change of
    /// the letters is a change of the entry, of a name that it uses, or of the defaults, or the end of an entry.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(self.wanted().as_bytes());
        let mut text = String::new();
        for byte in &digest[..16] {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    /// Returns all that the files want as a text without places.
    fn wanted(&self) -> String {
        let Self {
            id,
            source: _,
            settings,
            service_endpoints,
            egress: _,
            ownership,
            ignore,
            // No file has leases, or what a restore knows.
            leased: _,
            leases: _,
            expect,
            expired,
            // They limit a run, and want nothing.
            guardrails: _,
            protect,
            suppress,
            origin: _,
            remove: _,
            restore_hints: _,
        } = self;
        let mut text = format!(
            "{} {service_endpoints:?} {:?} {ownership:?} {ignore:?} {protect}\n",
            id.key(),
            self.used_egress()
        );
        for setting in settings.managed() {
            text += setting.path();
            match settings.get(setting).map(|wanted| &wanted.value) {
                Some(SettingValue::Rules(rules)) => add_rules(&mut text, rules),
                Some(value) => add(&mut text, &[value]),
                None => {}
            }
        }
        text += "expired";
        add_rules(&mut text, expired);
        for expectation in expect {
            let Expectation {
                client,
                allowed,
                written,
                case,
                source: _,
            } = expectation;
            add(&mut text, &[client, allowed, written, case]);
        }
        for suppression in suppress {
            let Suppression {
                rule,
                reason,
                expires,
                source: _,
            } = suppression;
            add(&mut text, &[rule, reason, expires]);
        }
        text
    }

    /// Returns the public addresses of the subnets that the registry lists, listed until they expired, or expects an answer
    /// for. The files may name those of many others.
    fn used_egress(&self) -> SubnetEgress {
        let mut subnets: BTreeSet<&SubnetId> = BTreeSet::new();
        let listed = self.settings.rules(Setting::VirtualNetworkRules);
        for rule in listed.into_iter().flatten().chain(&self.expired) {
            subnets.extend(rule.rule.subnet());
        }
        for expectation in &self.expect {
            if let Client::Subnet(id) = &expectation.client {
                subnets.insert(id);
            }
        }
        let mut used = SubnetEgress::new();
        for (id, addresses) in &*self.egress {
            if subnets.contains(id) {
                used.insert(id.clone(), addresses.clone());
            }
        }
        used
    }
}

fn add_rules(text: &mut String, rules: &[ListedRule]) {
    for listed in rules {
        let ListedRule {
            rule,
            name,
            source: _,
            info,
        } = listed;
        add(text, &[&rule.as_str(), name, info]);
    }
}

/// Adds a line of values. Texts are quoted, so that no two lines mean the same.
fn add(text: &mut String, values: &[&dyn std::fmt::Debug]) {
    for value in values {
        // Writing to a string cannot fail.
        let _ = write!(text, " {value:?}");
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use crate::spec::load_str;

    fn fingerprint(yaml: &str) -> String {
        fingerprint_on(jiff::civil::date(2026, 1, 1), yaml)
    }

    fn fingerprint_on(day: jiff::civil::Date, yaml: &str) -> String {
        let loaded = load_str("spec.yaml", yaml, day).unwrap();
        loaded.spec.registries[0].fingerprint()
    }

    const HEAD: &str =
        "version: 1\nregistries:\n  - {name: contoso, resourceGroup: rg, subscription: s1";

    #[test]
    fn only_what_is_wanted_changes_a_fingerprint() {
        let plain = fingerprint(&format!("{HEAD}, ipRules: [203.0.113.9]}}\n"));
        assert_eq!(plain.len(), 32);
        let moved = format!("# a comment\n{HEAD},\n     ipRules: [203.0.113.9]}}\n");
        assert_eq!(fingerprint(&moved), plain);
        let named = format!("{HEAD}, ipRules: [203.0.113.9]}}\ndefaults: {{trustedServices: true}}\n");
        for other in [
            named,
            format!("{HEAD}, ipRules: [203.0.113.8]}}\n"),
            format!("{HEAD}, ipRules: [203.0.113.9], protect: true}}\n"),
            format!("{HEAD}, ipRules: [203.0.113.9], expect: {{deny: [8.8.8.8]}}}}\n"),
            format!("{HEAD}, ipRules: [{{cidr: 203.0.113.9, reason: lab}}]}}\n"),
            format!("{HEAD}, ipRules: [203.0.113.9], ownership: additive}}\n"),
        ] {
            assert_ne!(fingerprint(&other), plain, "{other}");
        }
    }

    #[test]
    fn an_entry_that_expires_changes_a_fingerprint() {
        let yaml =
            format!("{HEAD}, ipRules: [{{cidr: 203.0.113.9, expires: 2026-12-01}}, 198.51.100.7]}}\n");
        let before = fingerprint_on(jiff::civil::date(2026, 11, 30), &yaml);
        assert_eq!(fingerprint_on(jiff::civil::date(2026, 11, 1), &yaml), before);
        assert_ne!(fingerprint_on(jiff::civil::date(2026, 12, 1), &yaml), before);
    }

    #[test]
    fn only_used_egress_changes_a_fingerprint() {
        fn of(listed: &str, egress: &str) -> String {
            let id = "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/build";
            fingerprint(&format!(
                "{HEAD}, ipRules: [203.0.113.9]{listed}}}\nsubnets:\n  build: {{id: {id}, egress: [{egress}]}}\n\
                 guardrails: {{maxRemovals: {}}}\n",
                egress.len()
            ))
        }
        let (one, other) = ("198.51.100.7", "198.51.100.0/28");
        assert_eq!(of("", one), of("", other));
        assert_ne!(of(", subnets: [build]", one), of(", subnets: [build]", other));
        let expected = ", expect: {deny: [build]}";
        assert_ne!(of(expected, one), of(expected, other));
    }
}
