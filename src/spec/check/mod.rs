//! What a valid registry entry hardly means: warnings.

pub(crate) mod expect;

use super::diagnostic::Diagnostic;
use super::loading::Loading;
use super::resolve::ResolvedRegistry;
use super::resolve::ip_rules::PlacedRange;
use super::yaml::node::At;
use crate::model::{AddressSet, Cidr, Rule, Setting};

/// IP rules, and subnet rules, that a Premium registry surely takes. Some take 200 IP rules: `listUsages` says
/// (service-endpoint article; Azure/acr#518).
const SURE_QUOTA: usize = 100;

/// Says what is odd about one registry.
pub(crate) fn check(loading: &mut Loading, registry: &ResolvedRegistry) {
    special_use(loading, &registry.rules);
    contained(loading, &registry.rules);
    ignored(loading, registry);
    without_effect(loading, registry);
    many(loading, registry);
}

fn special_use(loading: &mut Loading, rules: &[PlacedRange]) {
    for rule in rules {
        if let Some(name) = rule.cidr.special_use() {
            let message = format!(
                "`{}` is {name}: no client reaches the registry from there",
                rule.cidr
            );
            let help =
                "list the public address behind which the clients are, or their subnet under `subnets`";
            loading.warn(rule.at, "special-use-range", message, help);
        }
    }
}

/// Finds ranges inside of others. Sorted by first address, wider first, the ranges that may still contain the
/// next one form a stack.
fn contained(loading: &mut Loading, rules: &[PlacedRange]) {
    let mut sorted: Vec<&PlacedRange> = rules.iter().collect();
    sorted.sort_by_key(|rule| (rule.cidr.first(), rule.cidr.prefix_len()));
    let mut around: Vec<(Cidr, At)> = Vec::new();
    for rule in sorted {
        let cidr = rule.cidr;
        while around.last().is_some_and(|(outer, _)| !outer.contains(cidr)) {
            around.pop();
        }
        if let Some((outer, at)) = around.last() {
            let message = format!("`{cidr}` is inside of `{outer}`, which is listed too");
            let found = Diagnostic::warning("contained-rule", message).help(format!("remove `{cidr}`"));
            loading.both(found, rule.at, *at, "listed here");
        }
        around.push((cidr, rule.at));
    }
}

/// A rule cannot be wanted and somebody else's.
fn ignored(loading: &mut Loading, registry: &ResolvedRegistry) {
    let ignored: AddressSet = registry.spec.ignore.iter().filter_map(Rule::cidr).collect();
    for rule in registry.rules.iter().filter(|rule| ignored.contains(rule.cidr)) {
        let message = format!(
            "`{}` is listed, but lies inside of what `ignore` leaves to others",
            rule.cidr
        );
        loading.warn(rule.at, "ignored-rule", message, "remove it from one of the two");
    }
}

fn without_effect(loading: &mut Loading, registry: &ResolvedRegistry) {
    let spec = &registry.spec;
    let subnets = spec
        .settings
        .rules(Setting::VirtualNetworkRules)
        .unwrap_or_default()
        .len();
    let (count, name) = (registry.rules.len() + subnets, spec.id.name());
    if count == 0 {
        return;
    }
    let action = spec.settings.word(Setting::DefaultAction);
    let access = spec.settings.word(Setting::PublicNetworkAccess);
    if let (Some("Disabled"), Some(at)) = (access, registry.public_network_access_at) {
        let message =
            format!("public access to `{name}` is disabled, so its rules ({count}) have no effect");
        loading.warn(
            at,
            "dead-rules",
            message,
            "remove the rules, or set `publicNetworkAccess: Enabled`",
        );
    } else if let (Some("Allow"), Some(at)) = (action, registry.default_action_at) {
        let message = format!("`{name}` lets everybody in, so its rules ({count}) have no effect");
        loading.warn(
            at,
            "dormant-rules",
            message,
            "set `defaultAction: Deny`, or remove the rules",
        );
    }
}

fn many(loading: &mut Loading, registry: &ResolvedRegistry) {
    let subnets = registry.spec.settings.rules(Setting::VirtualNetworkRules);
    let subnets = subnets.unwrap_or_default().len();
    let lists = [
        (registry.rules.len(), registry.rules_at, "IP"),
        (subnets, registry.subnets_at, "subnet"),
    ];
    for (count, at, kind) in lists {
        if let (true, Some(at)) = (count > SURE_QUOTA, at) {
            let message = format!("{count} {kind} rules: a registry may take no more than {SURE_QUOTA}");
            loading.warn(
                at,
                "many-rules",
                message,
                "join neighbouring ranges, or check the quota with `listUsages`",
            );
        }
    }
}
