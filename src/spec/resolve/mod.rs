//! One registry: names replaced by what they stand for, expired rules set apart.

pub(crate) mod identity;
pub(crate) mod ip_rules;
pub(crate) mod names;
pub(crate) mod scope;
pub(crate) mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::diagnostic::Diagnostic;
use super::loading::Loading;
use super::raw::deserialize::Spanned;
use super::raw::{RawGuardrails, RawOwnership, RawRegistry, RawServiceEndpoints};
use super::types::{
    Expectation, Guardrails, ListedRule, Ownership, RegistrySpec, RestoreHints, ServiceEndpoints,
    Source, Sourced, WantedSettings,
};
use super::yaml::node::{At, short};
use crate::model::{Client, RegistryId, Rule, Setting, SubnetId};
use identity::identity;
use ip_rules::{PlacedRange, ResolvedIpRules, ip_rules};
use scope::{FileScope, ResolvedEntry};
use values::parse_prefix;

/// A registry with the places that the checks need and [`RegistrySpec`] has no room for.
#[derive(Debug)]
pub(crate) struct ResolvedRegistry {
    pub spec: RegistrySpec,
    pub at: At,
    /// Wanted ranges in the order of the file, one entry a range.
    pub rules: Vec<PlacedRange>,
    pub rules_at: Option<At>,
    pub subnets_at: Option<At>,
    pub default_action_at: Option<At>,
    pub public_network_access_at: Option<At>,
    /// Places of `spec.expect`, in its order.
    pub expect_at: Vec<At>,
}

/// Resolves one registry. What is wrong is said; what can still be checked is returned.
pub(crate) fn registry(
    loading: &mut Loading,
    scope: &FileScope,
    raw: &Spanned<RawRegistry>,
) -> Option<ResolvedRegistry> {
    let id = identity(loading, raw);
    // Once the budget is spent, weighing costs more than it is worth.
    if !loading.spend(raw.at, 1) || !loading.spend(raw.at, raw.value.weight(&scope.defaults)) {
        return None;
    }
    let merged = raw.value.clone().or(&scope.defaults);
    let resolved = settings(
        loading,
        scope,
        &merged,
        id.clone().unwrap_or_else(placeholder),
        raw.at,
    );
    id.map(|_| resolved)
}

/// Checks `defaults`, which no registry may use whole.
pub(crate) fn defaults(loading: &mut Loading, scope: &FileScope, raw: &RawRegistry) {
    settings(loading, scope, raw, placeholder(), At::default());
}

/// Stands in for an id that could not be read, so that the settings are checked all the same.
fn placeholder() -> RegistryId {
    RegistryId::new("none", "none", "none").expect("the parts are plain words")
}

fn settings(
    loading: &mut Loading,
    scope: &FileScope,
    raw: &RawRegistry,
    id: RegistryId,
    at: At,
) -> ResolvedRegistry {
    let rules = raw
        .ip_rules
        .as_ref()
        .map(|list| ip_rules(loading, scope, &list.value));
    let ResolvedIpRules {
        wanted,
        ranges: rules,
        expired,
    } = rules.unwrap_or_default();
    let mut wanted_settings = single_settings(loading, raw);
    if let Some(list) = &raw.ip_rules {
        want_rules(loading, &mut wanted_settings, Setting::IpRules, list.at, wanted);
    }
    if let Some(list) = &raw.subnets {
        let rules = subnets(loading, scope, &list.value);
        want_rules(
            loading,
            &mut wanted_settings,
            Setting::VirtualNetworkRules,
            list.at,
            rules,
        );
    }
    let ignore = raw
        .ignore
        .iter()
        .flatten()
        .flat_map(|text| ignored(loading, scope, text))
        .collect();
    let (expect, expect_at) = expectations(loading, scope, raw).into_iter().unzip();
    let endpoints = raw.service_endpoints.as_ref();
    let ownership = raw.ownership.as_ref();
    let spec = RegistrySpec {
        source: Some(loading.files.source(at)),
        settings: wanted_settings,
        service_endpoints: endpoints.map(|it| it.value.into()).unwrap_or_default(),
        ownership: ownership.map(|it| it.value.into()).unwrap_or_default(),
        ignore,
        expect,
        expired,
        guardrails: scope.limits,
        restore_hints: RestoreHints::default(),
        id,
    };
    ResolvedRegistry {
        spec,
        at,
        rules,
        rules_at: raw.ip_rules.as_ref().map(|list| list.at),
        subnets_at: raw.subnets.as_ref().map(|list| list.at),
        default_action_at: raw.default_action.as_ref().map(|it| it.at),
        public_network_access_at: raw.public_network_access.as_ref().map(|it| it.at),
        expect_at,
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

fn want_rules(
    loading: &Loading,
    settings: &mut WantedSettings,
    list: Setting,
    at: At,
    rules: Vec<ListedRule>,
) {
    let source = Some(loading.files.source(at));
    let value = rules.into();
    settings.want(list, Sourced { value, source });
}

fn subnets(loading: &mut Loading, scope: &FileScope, entries: &[Spanned<String>]) -> Vec<ListedRule> {
    let mut seen: BTreeMap<SubnetId, At> = BTreeMap::new();
    let mut wanted = Vec::new();
    for entry in entries {
        let Some((id, name)) = scope.subnet_id(loading, entry) else {
            continue;
        };
        if let Some(first) = seen.get(&id.value) {
            let message = format!("the subnet `{}` is listed twice", id.value.short());
            let found = Diagnostic::warning("duplicate-rule", message).help("remove one of the two");
            loading.both(found, entry.at, *first, "listed here first");
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

fn ignored(loading: &mut Loading, scope: &FileScope, text: &Spanned<String>) -> Vec<Rule> {
    match scope.target(loading, text) {
        Some(ResolvedEntry::Ranges(ranges)) => ranges.into_iter().map(Rule::from).collect(),
        Some(ResolvedEntry::Subnet(id)) => vec![Rule::from(id)],
        None => Vec::new(),
    }
}

fn expectations(loading: &mut Loading, scope: &FileScope, raw: &RawRegistry) -> Vec<(Expectation, At)> {
    let Some(expect) = &raw.expect else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (allowed, texts) in [(true, &expect.allow), (false, &expect.deny)] {
        for text in texts {
            let source: Option<Source> = Some(loading.files.source(text.at));
            let written: Arc<str> = text.value.as_str().into();
            all.extend(clients(loading, scope, text).into_iter().map(|client| {
                let (written, source) = (written.clone(), source.clone());
                (
                    Expectation {
                        client,
                        allowed,
                        written,
                        source,
                    },
                    text.at,
                )
            }));
        }
    }
    all
}

fn clients(loading: &mut Loading, scope: &FileScope, text: &Spanned<String>) -> Vec<Client> {
    match scope.target(loading, text) {
        Some(ResolvedEntry::Ranges(ranges)) => ranges.into_iter().map(Client::Address).collect(),
        Some(ResolvedEntry::Subnet(id)) => vec![Client::Subnet(id)],
        None => Vec::new(),
    }
}

/// Reads the guardrails of a file.
pub(crate) fn guardrails(loading: &mut Loading, raw: &RawGuardrails) -> Guardrails {
    let usual = Guardrails::default();
    let prefix = raw.widest_rule.as_ref().and_then(|text| {
        let parsed = parse_prefix(&text.value);
        if parsed.is_none() {
            let message = format!("`{}` is not a prefix length", short(&text.value));
            loading.error(
                text.at,
                "bad-prefix",
                message,
                "write `/0` to `/32`, such as `/16`",
            );
        }
        parsed
    });
    Guardrails {
        max_removals: raw.max_removals.or(usual.max_removals),
        max_removal_percent: raw.max_removal_percent.or(usual.max_removal_percent),
        widest_rule: prefix.unwrap_or(usual.widest_rule),
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
