//! The wanted state after loading: names are replaced by their content, and defaults are filled in.

mod listed;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use listed::{ListedRule, RuleInfo, Source, Sourced};
pub use names::KnownNames;
pub(crate) use names::KnownNetwork;

use super::posture_rule::PostureRule;
use super::selection::choice::Choice;
use super::selection::part::SpecPart;
use crate::model::{Cidr, Client, RegistryId, Rule, Setting, SettingValue, SubnetId};

/// The content of all loaded files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    /// The files named on the command line, in the spelling of the command line.
    pub files: Vec<String>,
    /// The content of the files, and the shard of it.
    pub part: SpecPart,
    /// Sorted by id, each id once.
    pub registries: Vec<RegistrySpec>,
    /// Registries of the files that the run is not about, such as those of `--except`.
    pub left_out: Vec<RegistrySpec>,
    /// Those of them that another shard of the same run is about.
    pub in_other_shards: BTreeSet<RegistryId>,
    /// Decides, by their live state, which of `registries` the run is about.
    pub choice: Choice,
    /// The named networks and subnets of all files.
    pub names: Arc<KnownNames>,
}

/// The wanted state of one registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrySpec {
    pub id: RegistryId,
    pub source: Option<Source>,
    /// The managed settings. A setting that is missing is unmanaged.
    pub settings: WantedSettings,
    pub service_endpoints: ServiceEndpoints,
    /// Public addresses of subnets, for each subnet whose definition has `egress`.
    pub egress: Arc<SubnetEgress>,
    pub ownership: Ownership,
    /// Rules that belong to others: every IP rule inside one of these ranges, and the rule of each of these subnets.
    pub ignore: Vec<Rule>,
    /// Rules of running leases, each with its lease: they stay until it ends. No file has such rules.
    pub leased: BTreeMap<Rule, String>,
    /// Names of the running leases, if the registry has leases and the plan knows them.
    pub leases: Option<BTreeSet<String>>,
    pub expect: Vec<Expectation>,
    /// Rules that the files list and whose `expires` day has come: they are no longer wanted.
    pub expired: Vec<ListedRule>,
    pub guardrails: Guardrails,
    /// True if no rule may be removed, and access may not narrow or open to everyone.
    pub protect: bool,
    /// Posture findings that are accepted. One whose day has come is here too.
    pub suppress: Vec<Suppression>,
    pub origin: Origin,
    /// Rules that go, even where the rules of others stay: those that an undone change added, and those that
    /// `rule remove` names. No file has such rules.
    pub remove: BTreeSet<Rule>,
    pub restore_hints: RestoreHints,
}

/// The public addresses that the clients of a subnet have while its service endpoint is off. A set may be empty: its
/// clients then have no public address.
pub type SubnetEgress = BTreeMap<SubnetId, BTreeSet<Cidr>>;

/// The wanted values of one registry's settings, with the places that ask for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedSettings {
    values: BTreeMap<Setting, WantedValue>,
}

/// A wanted value of one setting.
pub type WantedValue = Sourced<SettingValue<ListedRule>>;

/// The place that a wanted state comes from. It decides what the reader of a refusal can change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// A YAML file.
    #[default]
    File,
    /// The snapshot of a run.
    Snapshot,
    /// The flags of a command, such as `rule add`.
    Flags,
}

/// Hints of a restore about live rules that the earlier state does not list. No file has such hints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestoreHints {
    /// Unparsed rules of the state that is restored. A spec cannot want them; those that are still live are kept.
    pub keep: BTreeSet<Rule>,
    /// True for a restore to Azure's defaults: rules that the api-version hides do not stop it.
    pub opens: bool,
    /// Settings that decide who gets in and that the snapshot does not show. They stay as they are.
    pub unshown: Vec<Setting>,
    /// Subnets whose service endpoint the undone change turned on, or was about to. A restore leaves them on.
    pub endpoints: BTreeSet<SubnetId>,
    /// True for a restore. It leaves out the subnet rules that Azure does not take now, and a comparison does not.
    pub leaves_out_dead: bool,
    /// The subnets that it leaves out, known once they are read.
    pub dead: BTreeMap<SubnetId, DeadSubnet>,
}

/// The reason why a new rule for a subnet is not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadSubnet {
    /// It does not exist, so the rule would admit no client.
    Gone,
    /// Its service endpoint is off, and a restore writes no subnet. The rule would admit no client either.
    EndpointOff,
    /// The registry has private endpoints, which Azure does not support beside subnet rules.
    PrivateEndpoint,
}

/// The handling of the service endpoint of a wanted subnet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServiceEndpoints {
    /// Enables `Microsoft.ContainerRegistry` if it is missing.
    #[default]
    Ensure,
    /// Never changes the subnet.
    Assume,
}

/// The handling of live rules that are not listed.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Ownership {
    /// Removes them.
    #[default]
    Exact,
    /// Keeps them.
    Additive,
}

/// A statement about one client that must hold in the wanted state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    pub client: Client,
    pub allowed: bool,
    /// The text in the file: an address or a name.
    pub written: Arc<str>,
    /// The named case that it belongs to.
    pub case: Option<Arc<ExpectCase>>,
    pub source: Option<Source>,
}

/// A posture rule whose findings about a registry are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    pub rule: PostureRule,
    pub reason: Arc<str>,
    /// First day on which the findings are no longer accepted.
    pub expires: Option<jiff::civil::Date>,
    pub source: Option<Source>,
}

/// A named case of `expect`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct ExpectCase {
    pub name: Arc<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
}

/// Limits. A plan over a limit is refused.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Guardrails {
    /// Most rules that may be removed; `null` for no limit.
    pub max_removals: Option<u32>,
    /// Most rules that may be removed, in percent. It applies to registries with ten live rules or more, because two of
    /// three rules are not many.
    pub max_removal_percent: Option<u32>,
    /// Shortest prefix that a rule may have.
    pub widest_rule: u8,
}

impl Default for Guardrails {
    fn default() -> Self {
        Self {
            max_removals: None,
            max_removal_percent: Some(30),
            widest_rule: 8,
        }
    }
}

/// The handling of one live rule that is not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnlistedRule {
    /// The rule belongs to others: it is never changed and never drift.
    Ignore,
    /// The rule stays, because the spec only adds rules.
    Keep,
    /// The rule is removed.
    Remove,
}

impl RegistrySpec {
    /// Returns the handling of a live rule that is not listed. A rule that expired belongs to this spec, so it is
    /// removed.
    pub fn unlisted(&self, rule: &Rule) -> UnlistedRule {
        let is_ours =
            self.remove.contains(rule) || self.expired.iter().any(|expired| expired.rule == *rule);
        let is_ignored = self.ignore.iter().any(|ignored| ignored.covers(rule));
        if is_ignored || self.leased.contains_key(rule) {
            UnlistedRule::Ignore
        } else if is_ours || self.ownership == Ownership::Exact {
            UnlistedRule::Remove
        } else {
            UnlistedRule::Keep
        }
    }

    /// Returns true if the plan knows a lease of this name that still runs.
    pub fn lease_runs(&self, name: &str) -> bool {
        self.leases.as_ref().is_some_and(|running| running.contains(name))
    }

    /// Returns the spec as if no entry had expired.
    #[must_use]
    pub fn before_expiry(&self) -> Self {
        let mut spec = self.clone();
        let expired = std::mem::take(&mut spec.expired);
        if let Some(wanted) = spec.settings.values.get_mut(&Setting::IpRules)
            && let SettingValue::Rules(rules) = &mut wanted.value
        {
            Arc::make_mut(rules).extend(expired);
        }
        spec
    }

    /// Returns the spec of a restore without the rules of these subnets.
    #[must_use]
    pub(crate) fn without_dead(&self, dead: BTreeMap<SubnetId, DeadSubnet>) -> Self {
        let mut spec = self.clone();
        if let Some(wanted) = spec.settings.values.get_mut(&Setting::VirtualNetworkRules)
            && let SettingValue::Rules(rules) = &mut wanted.value
        {
            Arc::make_mut(rules).retain(|listed| {
                let subnet = listed.rule.subnet();
                subnet.is_none_or(|id| !dead.contains_key(id))
            });
        }
        spec.restore_hints.dead = dead;
        spec
    }

    /// Returns a spec that manages nothing of a registry.
    pub fn unmanaged(id: RegistryId) -> Self {
        Self {
            id,
            source: None,
            settings: WantedSettings::default(),
            service_endpoints: ServiceEndpoints::default(),
            egress: Arc::default(),
            ownership: Ownership::default(),
            ignore: Vec::new(),
            leased: BTreeMap::new(),
            leases: None,
            expect: Vec::new(),
            expired: Vec::new(),
            guardrails: Guardrails::default(),
            protect: false,
            suppress: Vec::new(),
            origin: Origin::default(),
            remove: BTreeSet::new(),
            restore_hints: RestoreHints::default(),
        }
    }
}

impl WantedSettings {
    /// Returns the wanted value; `None` if the setting is unmanaged.
    pub fn get(&self, setting: Setting) -> Option<&WantedValue> {
        self.values.get(&setting)
    }

    /// Returns true if the spec manages the setting.
    pub fn manages(&self, setting: Setting) -> bool {
        self.values.contains_key(&setting)
    }

    /// Returns the managed settings, in the order of a registry's own body.
    pub fn managed(&self) -> impl Iterator<Item = Setting> {
        self.values.keys().copied()
    }

    /// Returns the wanted word of an enumeration.
    pub fn word(&self, setting: Setting) -> Option<&str> {
        self.get(setting)?.value.word()
    }

    /// Returns the wanted flag.
    pub fn flag(&self, setting: Setting) -> Option<bool> {
        self.get(setting)?.value.flag()
    }

    /// Returns the wanted rules of a list; `None` if the list is unmanaged.
    pub fn rules(&self, setting: Setting) -> Option<&[ListedRule]> {
        self.get(setting)?.value.rules()
    }

    /// Sets the wanted value of a setting.
    pub fn want(&mut self, setting: Setting, value: WantedValue) {
        self.values.insert(setting, value);
    }

    /// Sets a wanted value that no file has.
    pub fn want_unsourced(&mut self, setting: Setting, value: impl Into<SettingValue<ListedRule>>) {
        self.want(setting, Sourced::unsourced(value.into()));
    }
}
