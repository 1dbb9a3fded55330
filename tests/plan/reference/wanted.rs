//! The wanted state of one registry, in the words of a spec, and the state that it leads to.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::addresses::{Range, inside, range};
use super::state::State;

/// What a spec says about one registry. A key that is `None` is unmanaged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) public: Option<bool>,
    pub(crate) allow: Option<bool>,
    pub(crate) ips: Option<Vec<String>>,
    /// Entries of `ipRules` whose day has passed.
    pub(crate) expired: Vec<String>,
    pub(crate) subnets: Option<Vec<String>>,
    pub(crate) assume: bool,
    pub(crate) trusted: Option<bool>,
    pub(crate) tasks: Option<bool>,
    pub(crate) data: Option<bool>,
    pub(crate) additive: bool,
    /// Ranges and subnet ids.
    pub(crate) ignore: Vec<String>,
}

impl Wanted {
    /// Returns the state that an apply leads to. A value that is not shown stays as it is.
    pub(crate) fn after(&self, live: &State) -> State {
        State {
            premium: live.premium,
            public: live.public.map(|live| self.public.unwrap_or(live)),
            allow: self.allow.unwrap_or(live.allow),
            ips: self.ips_after(&live.ips),
            subnets: live.subnets.as_ref().map(|live| self.subnets_after(live)),
            trusted: live.trusted.map(|live| self.trusted.unwrap_or(live)),
            tasks: live.tasks.map(|live| self.tasks.unwrap_or(live)),
            data: live.data.map(|live| self.data.unwrap_or(live)),
            dual_stack: live.dual_stack,
        }
    }

    fn ips_after(&self, live: &BTreeSet<Range>) -> BTreeSet<Range> {
        let Some(wanted) = &self.ips else {
            return live.clone();
        };
        let expired = ranges(&self.expired);
        let mut after = ranges(wanted);
        for rule in live {
            // A rule of others stays; of the rest, an additive spec takes only what it had listed itself.
            if self.ignores_ip(*rule) || (self.additive && !expired.contains(rule)) {
                after.insert(*rule);
            }
        }
        after
    }

    fn subnets_after(&self, live: &BTreeSet<String>) -> BTreeSet<String> {
        let Some(wanted) = &self.subnets else {
            return live.clone();
        };
        let mut after: BTreeSet<String> = wanted.iter().map(|id| id.to_lowercase()).collect();
        for id in live {
            if self.additive || self.ignores_subnet(id) {
                after.insert(id.clone());
            }
        }
        after
    }

    /// Returns true if a live IP rule belongs to others.
    pub(crate) fn ignores_ip(&self, rule: Range) -> bool {
        self.ignore
            .iter()
            .any(|text| !text.starts_with('/') && inside(rule, range(text)))
    }

    /// Returns true if the rule of a subnet belongs to others.
    pub(crate) fn ignores_subnet(&self, id: &str) -> bool {
        self.ignore.iter().any(|text| text.eq_ignore_ascii_case(id))
    }

    /// Returns the keys of the registry in YAML.
    pub(crate) fn yaml(&self) -> String {
        let mut text = String::new();
        let mut key = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                writeln!(text, "    {name}: {value}").expect("a string takes any text");
            }
        };
        key(
            "publicNetworkAccess",
            self.public.map(|on| word(on, "Enabled", "Disabled")),
        );
        key("defaultAction", self.allow.map(|on| word(on, "Allow", "Deny")));
        key("ipRules", self.ips.as_ref().map(|ips| self.yaml_ips(ips)));
        key("subnets", self.subnets.as_ref().map(|ids| list(ids)));
        key("trustedServices", self.trusted.map(|on| on.to_string()));
        key("tasksBypass", self.tasks.map(|on| on.to_string()));
        key("dataEndpoint", self.data.map(|on| on.to_string()));
        key("serviceEndpoints", Some(word(self.assume, "assume", "ensure")));
        key("ownership", Some(word(self.additive, "additive", "exact")));
        key("ignore", (!self.ignore.is_empty()).then(|| list(&self.ignore)));
        text
    }

    fn yaml_ips(&self, ips: &[String]) -> String {
        let mut entries = ips.to_vec();
        for cidr in &self.expired {
            entries.push(format!("{{cidr: {cidr}, expires: 2020-01-31}}"));
        }
        list(&entries)
    }
}

/// Reads ranges as a set.
pub(crate) fn ranges(texts: &[String]) -> BTreeSet<Range> {
    texts.iter().map(|text| range(text)).collect()
}

fn word(on: bool, yes: &str, no: &str) -> String {
    if on { yes } else { no }.to_owned()
}

fn list(entries: &[String]) -> String {
    format!("[{}]", entries.join(", "))
}
