//! Warns about rules that a valid registry lists and that probably do not do what their author meant.

pub(crate) mod expect;
pub(crate) mod expect_endpoint;

use super::diagnostic::Diagnostic;
use super::diagnostic_code::DiagnosticCode;
use super::loading::Loading;
use super::resolve::ResolvedRegistry;
use super::resolve::ip_rules::PlacedRange;
use super::yaml::place::At;
use crate::model::{AddressSet, Rule, SURE_RULES, Setting, lasting_containers};

/// Warns about the rules of one registry.
pub(crate) fn check(loading: &mut Loading, registry: &ResolvedRegistry) {
    special_use(loading, &registry.rules);
    wide(loading, registry);
    contained(loading, &registry.rules);
    ignored(loading, registry);
    without_effect(loading, registry);
    many(loading, registry.rules.len(), registry.rules_at, "IP");
    many(loading, subnet_count(registry), registry.subnets_at, "subnet");
}

fn subnet_count(registry: &ResolvedRegistry) -> usize {
    let subnets = registry.spec.settings.rules(Setting::VirtualNetworkRules);
    subnets.unwrap_or_default().len()
}

/// Warns about private and reserved ranges.
fn special_use(loading: &mut Loading, rules: &[PlacedRange]) {
    for rule in rules {
        if let Some(name) = rule.cidr.special_use() {
            let message = format!(
                "`{}` is {name}: no client reaches the registry from there",
                rule.cidr
            );
            let help = "list the public address of the clients, or list their subnet by its resource id under `subnets`";
            loading.report(rule.at, DiagnosticCode::SpecialUseRange, message, help);
        }
    }
}

/// Warns about ranges that a plan will not add, because they are wider than `widestRule`.
fn wide(loading: &mut Loading, registry: &ResolvedRegistry) {
    let widest = registry.spec.guardrails.widest_rule;
    for rule in &registry.rules {
        if rule.cidr.prefix_len() < widest {
            let message = format!(
                "`{}` is wider than `/{widest}`, so `plan` refuses to add it",
                rule.cidr
            );
            let help = "list narrower ranges, or change `guardrails.widestRule`; \
                        `--override widest-rule` allows it for one run";
            loading.report(rule.at, DiagnosticCode::WideRule, message, help);
        }
    }
}

/// Warns about ranges that other listed ranges contain for as long as they are wanted.
fn contained(loading: &mut Loading, rules: &[PlacedRange]) {
    let ranges: Vec<_> = rules.iter().map(|rule| (rule.cidr, rule.expires)).collect();
    for (rule, outer) in rules.iter().zip(lasting_containers(&ranges)) {
        let Some(outer) = outer.map(|at| &rules[at]) else {
            continue;
        };
        let (inner, wider) = (rule.cidr, outer.cidr);
        let message = format!("`{inner}` is contained in `{wider}`, which is also listed");
        let help = format!("remove `{inner}`");
        let found = Diagnostic::new(DiagnosticCode::ContainedRule, message, help);
        loading.report_with(found, rule.at, outer.at, "listed here");
    }
}

/// Warns about listed ranges that `ignore` leaves to others.
fn ignored(loading: &mut Loading, registry: &ResolvedRegistry) {
    let ignored: AddressSet = registry.spec.ignore.iter().filter_map(Rule::cidr).collect();
    for rule in &registry.rules {
        if ignored.contains(rule.cidr) {
            let message = format!("`{}` is listed, but `ignore` covers it", rule.cidr);
            let help = "remove it from one of the two";
            loading.report(rule.at, DiagnosticCode::IgnoredRule, message, help);
        }
    }
}

/// Warns if public access or the default action makes the rules useless.
fn without_effect(loading: &mut Loading, registry: &ResolvedRegistry) {
    let spec = &registry.spec;
    let (count, name) = (registry.rules.len() + subnet_count(registry), spec.id.name());
    if count == 0 {
        return;
    }
    let access = spec.settings.word(Setting::PublicNetworkAccess);
    let action = spec.settings.word(Setting::DefaultAction);
    // Disabled public access also makes the default action useless, so it is checked first.
    if let (Some("Disabled"), Some(at)) = (access, registry.public_network_access_at) {
        let message =
            format!("public access to `{name}` is disabled, so its rules ({count}) have no effect");
        let help = "remove the rules, or set `publicNetworkAccess: Enabled` with `defaultAction: Deny`";
        loading.report(at, DiagnosticCode::DeadRules, message, help);
    } else if let (Some("Allow"), Some(at)) = (action, registry.default_action_at) {
        let message = format!("`{name}` admits every client, so its rules ({count}) have no effect");
        let help = "list every client, and set `defaultAction: Deny`";
        loading.report(at, DiagnosticCode::DormantRules, message, help);
    }
}

/// Warns about more rules than a registry surely accepts.
fn many(loading: &mut Loading, count: usize, at: Option<At>, kind: &str) {
    let Some(at) = at else { return };
    if count > SURE_RULES {
        let message =
            format!("{count} {kind} rules are listed: a registry may accept no more than {SURE_RULES}");
        let help = "merge adjacent ranges, or check the quota with `listUsages`";
        loading.report(at, DiagnosticCode::ManyRules, message, help);
    }
}
