//! Fingerprints: what the files want of a registry, in a few letters.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::types::{Expectation, ListedRule, RegistrySpec, Suppression};
use crate::model::SettingValue;

impl RegistrySpec {
    /// Returns a digest of all that the files want of the registry, wherever they say it. A change of the letters is a
    /// change of the entry, of a name that it uses, or of the defaults.
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
            egress,
            ownership,
            ignore,
            // No file has leases, or what a restore knows.
            leased: _,
            leases: _,
            expect,
            expired,
            guardrails,
            protect,
            suppress,
            origin: _,
            remove: _,
            restore_hints: _,
        } = self;
        let mut text = format!(
            "{} {service_endpoints:?} {egress:?} {ownership:?} {ignore:?} {guardrails:?} {protect}\n",
            id.key()
        );
        for setting in settings.managed() {
            text += setting.path();
            match settings.get(setting).map(|wanted| &wanted.value) {
                Some(SettingValue::Rules(rules)) => add_rules(&mut text, rules),
                Some(value) => add(&mut text, &[value]),
                None => {}
            }
        }
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
        let today = jiff::civil::date(2026, 1, 1);
        let loaded = load_str("spec.yaml", yaml, today).unwrap();
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
}
