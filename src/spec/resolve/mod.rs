//! Resolves one registry: replaces names by their content, fills in defaults, and separates expired rules.

pub(crate) mod egress;
mod expect;
pub(crate) mod identity;
pub(crate) mod ip_rules;
pub(crate) mod names;
pub(crate) mod scope;
mod suppress;
pub(crate) mod values;

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::Diagnostic;
use super::diagnostic_code::DiagnosticCode;
use super::loading::Loading;
use super::raw::deserialize::Spanned;
use super::raw::{RawGuardrails, RawIgnored, RawOwnership, RawRegistry, RawServiceEndpoints};
use super::types::{
    Guardrails, ListedRule, Origin, Ownership, RegistrySpec, RestoreHints, ServiceEndpoints, Sourced,
    WantedSettings,
};
use super::yaml::node::short;
use super::yaml::place::At;
use crate::model::{RegistryId, Rule, Setting, SubnetId};
use expect::expectations;
use identity::identity;
use ip_rules::{PlacedRange, ResolvedIpRules, ip_rules};
use scope::{FileScope, ResolvedEntry};
use suppress::suppressions;
use values::parse_prefix;

/// A resolved registry, with the places that the checks need and [`RegistrySpec`] does not keep.
#[derive(Debug)]
pub(crate) struct ResolvedRegistry {
    pub spec: RegistrySpec,
    pub at: At,
    /// Wanted ranges in the order of the file, each once.
    pub rules: Vec<PlacedRange>,
    pub rules_at: Option<At>,
    pub subnets_at: Option<At>,
    pub default_action_at: Option<At>,
    pub public_network_access_at: Option<At>,
    /// The places of `spec.expect`, in the same order.
    pub expect_at: Vec<At>,
}

/// Resolves one registry. Reports invalid settings and leaves them out. Returns `None` without a valid id, or if the
/// registries have too many entries.
pub(crate) fn registry(
    loading: &mut Loading,
    scope: &FileScope,
    raw: &Spanned<RawRegistry>,
) -> Option<ResolvedRegistry> {
    let id = identity(loading, raw);
    // The first call is cheap. Once the limit is exceeded, not even the weight is computed.
    if !loading.spend(raw.at, 1) || !loading.spend(raw.at, raw.value.weight(&scope.defaults)) {
        return None;
    }
    // The settings are checked even without a valid id.
    let known = id.clone().unwrap_or_else(placeholder);
    let merged = raw.value.clone().or(&scope.defaults);
    let resolved = settings(loading, scope, &merged, known, raw.at);
    id.is_some().then_some(resolved)
}

/// Checks the settings in `defaults`. A registry may override any of them, so checking registries is not enough.
pub(crate) fn defaults(loading: &mut Loading, scope: &FileScope, raw: &RawRegistry) {
    settings(loading, scope, raw, placeholder(), At::default());
}

/// Returns an id for settings that are only checked.
fn placeholder() -> RegistryId {
    RegistryId::new("none", "none", "none").expect("the parts are plain words")
}

/// Resolves the settings of a registry after defaults were filled in.
fn settings(
    loading: &mut Loading,
    scope: &FileScope,
    raw: &RawRegistry,
    id: RegistryId,
    at: At,
) -> ResolvedRegistry {
    let mut wanted = single_settings(loading, raw);
    let mut rules = ResolvedIpRules::default();
    if let Some(list) = &raw.ip_rules {
        rules = ip_rules(loading, scope, &list.value);
        let value = std::mem::take(&mut rules.wanted).into();
        let source = Some(loading.files.source(list.at));
        wanted.want(Setting::IpRules, Sourced { value, source });
    }
    if let Some(list) = &raw.subnets {
        let value = subnets(loading, scope, &list.value).into();
        let source = Some(loading.files.source(list.at));
        wanted.want(Setting::VirtualNetworkRules, Sourced { value, source });
    }
    let ignore = ignored(loading, scope, raw.ignore.as_ref());
    let expect = expectations(loading, scope, raw.expect.as_ref());
    // Every field is given, so that a new one is not forgotten here.
    let spec = RegistrySpec {
        id,
        source: Some(loading.files.source(at)),
        settings: wanted,
        service_endpoints: word(raw.service_endpoints.as_ref()),
        egress: scope.egress.clone(),
        ownership: word(raw.ownership.as_ref()),
        ignore,
        leased: BTreeMap::new(),
        leases: None,
        expect: expect.expectations,
        expired: rules.expired,
        guardrails: scope.limits,
        protect: word(raw.protect.as_ref()),
        suppress: suppressions(loading, raw.suppress.as_deref().unwrap_or_default()),
        origin: Origin::File,
        remove: BTreeSet::new(),
        restore_hints: RestoreHints::default(),
    };
    ResolvedRegistry {
        spec,
        at,
        rules: rules.ranges,
        rules_at: raw.ip_rules.as_ref().map(|list| list.at),
        subnets_at: raw.subnets.as_ref().map(|list| list.at),
        default_action_at: raw.default_action.as_ref().map(|action| action.at),
        public_network_access_at: raw.public_network_access.as_ref().map(|access| access.at),
        expect_at: expect.places,
    }
}

/// Returns the settings that have one value each.
fn single_settings(loading: &Loading, raw: &RawRegistry) -> WantedSettings {
    let mut settings = WantedSettings::default();
    for (setting, Spanned { at, value }) in raw.single_values() {
        let source = Some(loading.files.source(at));
        settings.want(setting, Sourced { value, source });
    }
    settings
}

/// Returns the word of a key, or its default.
fn word<R: Copy, T: From<R> + Default>(raw: Option<&Spanned<R>>) -> T {
    match raw {
        Some(raw) => raw.value.into(),
        None => T::default(),
    }
}

/// Resolves the entries of `subnets`, each subnet once.
fn subnets(loading: &mut Loading, scope: &FileScope, entries: &[Spanned<String>]) -> Vec<ListedRule> {
    let mut seen: BTreeMap<SubnetId, At> = BTreeMap::new();
    let mut wanted = Vec::new();
    for entry in entries {
        let Some((id, name)) = scope.subnet_id(loading, entry) else {
            continue;
        };
        // Two names can stand for the same subnet.
        if let Some(first) = seen.get(&id.value) {
            let message = format!("the subnet `{}` is listed twice", id.value.short());
            let help = "remove one of the two";
            let found = Diagnostic::new(DiagnosticCode::DuplicateRule, message, help);
            loading.report_with(found, entry.at, *first, "first listed here");
            continue;
        }
        seen.insert(id.value.clone(), entry.at);
        let source = Some(loading.files.source(id.at));
        wanted.push(ListedRule {
            name,
            source,
            ..Rule::from(id.value).into()
        });
    }
    wanted
}

/// Resolves the entries of `ignore`.
fn ignored(
    loading: &mut Loading,
    scope: &FileScope,
    entries: Option<&Vec<Spanned<RawIgnored>>>,
) -> Vec<Rule> {
    let mut all = Vec::new();
    for entry in entries.into_iter().flatten() {
        let text = match &entry.value {
            // No spec can want such a rule, but a live list may have one.
            RawIgnored::Detailed(raw) => {
                all.push(Rule::parse(&raw.text));
                continue;
            }
            RawIgnored::Text(text) => Spanned {
                at: entry.at,
                value: text.clone(),
            },
        };
        match scope.entry(loading, &text) {
            Some(ResolvedEntry::Ranges(ranges)) => all.extend(ranges.into_iter().map(Rule::from)),
            Some(ResolvedEntry::Subnet(id)) => all.push(Rule::from(id)),
            None => {}
        }
    }
    all
}

/// Reads the guardrails of a file. Reports an invalid prefix length.
pub(crate) fn guardrails(loading: &mut Loading, raw: &RawGuardrails) -> Guardrails {
    let default = Guardrails::default();
    let mut widest_rule = default.widest_rule;
    if let Some(text) = &raw.widest_rule {
        match parse_prefix(&text.value) {
            Some(prefix) => widest_rule = prefix,
            None => {
                let message = format!("invalid prefix length `{}`", short(&text.value));
                let help = "write `/0` to `/32`, such as `/16`";
                loading.report(text.at, DiagnosticCode::BadPrefix, message, help);
            }
        }
    }
    Guardrails {
        max_removals: raw.max_removals.or(default.max_removals),
        max_removal_percent: raw.max_removal_percent.or(default.max_removal_percent),
        widest_rule,
    }
}

/// Implements `From` between words of the same names.
macro_rules! same_words {
    ($($raw:ident => $model:ident { $($word:ident),+ }),+) => {$(
        impl From<$raw> for $model {
            fn from(raw: $raw) -> Self {
                match raw { $($raw::$word => Self::$word),+ }
            }
        }
    )+};
}

same_words!(
    RawServiceEndpoints => ServiceEndpoints { Ensure, Assume },
    RawOwnership => Ownership { Exact, Additive }
);
