//! Writes the text of a new spec, in the layout of `ringfence fmt`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::layout::WIDTH;
use crate::model::{Cidr, RegistryId, Setting, SubnetId};

/// A spec that is to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpecDraft {
    /// Lines of a comment at the top.
    pub comment: Vec<String>,
    /// Ranges by the name of their network.
    pub networks: BTreeMap<String, Vec<Cidr>>,
    /// Subnets by name.
    pub subnets: BTreeMap<String, SubnetId>,
    pub defaults: DraftSettings,
    pub registries: Vec<DraftRegistry>,
}

/// A registry of a [`SpecDraft`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftRegistry {
    pub id: RegistryId,
    /// Lines of a comment before the registry.
    pub comment: Vec<String>,
    pub settings: DraftSettings,
    /// Texts of rules that are neither ranges nor subnet ids.
    pub ignore: Vec<String>,
}

/// Values of settings, as a spec writes them.
pub type DraftSettings = BTreeMap<Setting, DraftValue>;

/// A value of a setting, as a spec writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftValue {
    Word(&'static str),
    Flag(bool),
    /// Names, ranges and ids.
    List(Vec<String>),
}

impl SpecDraft {
    /// Returns the text. Its characters are printable ASCII, whatever the names are.
    pub fn to_yaml(&self) -> String {
        let mut text = String::new();
        for line in &self.comment {
            comment(&mut text, 0, line);
        }
        text += "version: 1\n";
        if !self.networks.is_empty() {
            text += "\nnetworks:\n";
            for (name, ranges) in &self.networks {
                let ranges: Vec<String> = ranges.iter().map(Cidr::to_string).collect();
                list(&mut text, 2, &scalar(name), &ranges);
            }
        }
        if !self.subnets.is_empty() {
            text += "\nsubnets:\n";
            for (name, id) in &self.subnets {
                let _ = writeln!(text, "  {}: {}", scalar(name), scalar(id.as_str()));
            }
        }
        if !self.defaults.is_empty() {
            text += "\ndefaults:\n";
            settings(&mut text, 2, &self.defaults);
        }
        text += if self.registries.is_empty() {
            "\nregistries: []\n"
        } else {
            "\nregistries:\n"
        };
        for registry in &self.registries {
            registry.write(&mut text);
        }
        text
    }
}

impl DraftRegistry {
    /// Returns the text of the registry as an entry of `registries`, indented by two blanks.
    pub(super) fn to_yaml(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        for line in &self.comment {
            comment(text, 2, line);
        }
        let _ = writeln!(text, "  - id: {}", scalar(self.id.as_str()));
        settings(text, 4, &self.settings);
        if !self.ignore.is_empty() {
            *text += "    ignore:\n";
        }
        for rule in &self.ignore {
            let _ = writeln!(text, "      - text: {}", quoted(rule));
        }
    }
}

fn settings(text: &mut String, indent: usize, settings: &DraftSettings) {
    for (setting, value) in settings {
        let key = setting.spec_key();
        let written: &dyn std::fmt::Display = match value {
            DraftValue::Word(word) => word,
            DraftValue::Flag(flag) => flag,
            DraftValue::List(entries) => {
                let entries: Vec<String> = entries.iter().map(|entry| scalar(entry)).collect();
                list(text, indent, key, &entries);
                continue;
            }
        };
        let _ = writeln!(text, "{:indent$}{key}: {written}", "");
    }
}

/// Writes a key with its list: on one line if it fits, else an entry on each line.
fn list(text: &mut String, indent: usize, key: &str, entries: &[String]) {
    let line = format!("{:indent$}{key}: [{}]", "", entries.join(", "));
    if line.len() <= WIDTH {
        *text += &line;
        text.push('\n');
        return;
    }
    let _ = writeln!(text, "{:indent$}{key}:", "");
    for entry in entries {
        let _ = writeln!(text, "{:indent$}  - {entry}", "");
    }
}

/// Writes one line of a comment. A character that is not printable ASCII becomes `?`.
fn comment(text: &mut String, indent: usize, line: &str) {
    let plain = line.replace(|c: char| !(' '..='~').contains(&c), "?");
    let _ = writeln!(text, "{:indent$}# {}", "", plain.trim());
}

/// Returns a string as YAML: as it is, or in quotes if it could mean something else.
fn scalar(string: &str) -> String {
    let mut chars = string.chars();
    let begins_well = chars
        .next()
        .is_some_and(|c| c.is_ascii_alphanumeric() || c == '/');
    let goes_on_well = chars.all(|c| c.is_ascii_alphanumeric() || "-_./()".contains(c));
    // A word of YAML, or a number: only addresses have digits first and are strings all the same.
    let is_word = ["true", "false", "null"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(string));
    let is_number = string.starts_with(|c: char| c.is_ascii_digit()) && string.parse::<Cidr>().is_err();
    if begins_well && goes_on_well && !is_word && !is_number {
        string.to_owned()
    } else {
        quoted(string)
    }
}

/// Returns a string in double quotes. Everything but printable ASCII is escaped, so that no character acts on a terminal, a
/// reader or a CI runner. `#` begins the commands of runners.
fn quoted(string: &str) -> String {
    let mut text = String::from("\"");
    for c in string.chars() {
        let _ = match c {
            '"' | '\\' => write!(text, "\\{c}"),
            '#' => write!(text, "\\x23"),
            ' '..='~' => write!(text, "{c}"),
            _ => write!(text, "\\U{:08x}", u32::from(c)),
        };
    }
    text + "\""
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::layout::formatted;
    use crate::spec::load_str;

    fn registry(name: &str) -> DraftRegistry {
        DraftRegistry {
            id: RegistryId::new("S1", "Rg", name).unwrap(),
            comment: Vec::new(),
            settings: DraftSettings::new(),
            ignore: Vec::new(),
        }
    }

    fn list_of(entries: &[&str]) -> DraftValue {
        DraftValue::List(entries.iter().map(|entry| (*entry).to_owned()).collect())
    }

    #[test]
    fn draft_is_written_in_the_canonical_layout() {
        let many: Vec<Cidr> = (0..12)
            .map(|n| format!("198.51.100.{n}").parse().unwrap())
            .collect();
        let mut contoso = registry("contoso");
        contoso.comment = vec!["two private\nendpoints \u{1b}[2J".to_owned()];
        contoso.settings = DraftSettings::from([
            (Setting::DefaultAction, DraftValue::Word("Deny")),
            (Setting::IpRules, list_of(&["offices", "203.0.113.0/24"])),
            (Setting::NetworkRuleBypassOptions, DraftValue::Flag(true)),
        ]);
        let subnet =
            "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/v/subnets/A";
        let draft = SpecDraft {
            comment: vec!["top".to_owned()],
            networks: BTreeMap::from([("offices".to_owned(), many)]),
            subnets: BTreeMap::from([("v-A".to_owned(), SubnetId::parse(subnet).unwrap())]),
            defaults: DraftSettings::from([(Setting::VirtualNetworkRules, list_of(&["v-A"]))]),
            registries: vec![contoso, registry("fabrikam")],
        };
        let text = draft.to_yaml();
        insta::assert_snapshot!(text, @r#"
        # top
        version: 1

        networks:
          offices:
            - 198.51.100.0
            - 198.51.100.1
            - 198.51.100.2
            - 198.51.100.3
            - 198.51.100.4
            - 198.51.100.5
            - 198.51.100.6
            - 198.51.100.7
            - 198.51.100.8
            - 198.51.100.9
            - 198.51.100.10
            - 198.51.100.11

        subnets:
          v-A: /subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/v/subnets/A

        defaults:
          subnets: [v-A]

        registries:
          # two private?endpoints ?[2J
          - id: /subscriptions/S1/resourceGroups/Rg/providers/Microsoft.ContainerRegistry/registries/contoso
            defaultAction: Deny
            ipRules: [offices, 203.0.113.0/24]
            trustedServices: true
          - id: /subscriptions/S1/resourceGroups/Rg/providers/Microsoft.ContainerRegistry/registries/fabrikam
        "#);
        assert_eq!(formatted(text.as_bytes()).as_deref(), Ok(&*text));
        let loaded = load_str("spec.yaml", &text, jiff::civil::date(2026, 11, 29)).unwrap();
        assert_eq!(loaded.spec.registries.len(), 2);
        assert_eq!(
            loaded.spec.registries[0].id.as_str(),
            draft.registries[0].id.as_str()
        );
    }

    #[test]
    fn texts_come_back_as_they_were() {
        let hostile = [
            "2001:db8::/32",
            "a: b # c",
            "\" \\ ' {x} [y] & * ! | > % @ `",
            "##vso[task.complete]",
            "::error::x",
            "\u{1b}[31m\r\n\t\u{85}\u{2028}\u{202e}\u{feff}",
            "\u{e0100}\u{1f980}",
            "  blanks  ",
            "---",
        ];
        let mut contoso = registry("contoso");
        contoso.ignore = hostile.map(str::to_owned).to_vec();
        let draft = SpecDraft {
            registries: vec![contoso],
            ..SpecDraft::default()
        };
        let text = draft.to_yaml();
        assert!(
            text.chars().all(|c| c == '\n' || (' '..='~').contains(&c)),
            "{text}"
        );
        assert!(!text.contains("##"), "{text}");
        assert_eq!(formatted(text.as_bytes()).as_deref(), Ok(&*text));
        let loaded = load_str("spec.yaml", &text, jiff::civil::date(2026, 11, 29)).unwrap();
        let ignored: Vec<&str> = loaded.spec.registries[0]
            .ignore
            .iter()
            .map(|rule| rule.as_str())
            .collect();
        assert_eq!(ignored, hostile);
    }

    #[test]
    fn words_and_numbers_are_quoted() {
        for (text, want) in [
            ("hub-build", "hub-build"),
            ("203.0.113.0/24", "203.0.113.0/24"),
            ("1e-5", "\"1e-5\""),
            ("7", "\"7\""),
            ("Null", "\"Null\""),
            ("-a", "\"-a\""),
            ("", "\"\""),
            ("gr\u{fc}n", "\"gr\\U000000fcn\""),
        ] {
            assert_eq!(scalar(text), want);
        }
    }
}
