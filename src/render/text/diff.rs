//! The textual diff of a registry's settings before and after, as lines of YAML.
//!
//! The sign stands in the first column, so that the text is coloured as it is inside a `diff` block of a pull
//! request.

use std::collections::BTreeMap;

use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::common::{key, place};
use crate::model::Cidr;
use crate::plan::{Basis, Change, RegistryPlan, Rule, Setting};
use crate::render::{Paint, safe};
use crate::spec::Source;

/// Unchanged rules in a row that are still shown one by one.
const MOST_CONTEXT: usize = 3;

/// One line of the settings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Line {
    /// `defaultAction: Deny`, `ipRules:`
    Setting(String),
    /// An element of a list, with the setting it belongs to.
    Rule(&'static str, String),
}

/// What stands behind a line, by the line.
type Remarks = BTreeMap<Line, String>;

/// The settings in the order of a registry's own body.
const ORDER: [Setting; 8] = [
    Setting::PublicNetworkAccess,
    Setting::DefaultAction,
    Setting::IpRules,
    Setting::VirtualNetworkRules,
    Setting::NetworkRuleBypassOptions,
    Setting::NetworkRuleBypassAllowedForTasks,
    Setting::DataEndpointEnabled,
    Setting::ServiceEndpoints,
];

/// The diff of one registry: the settings that change, and those that decide what the rules are worth.
///
/// Each setting is compared by itself, so that old and new value stand together.
pub(super) fn diff(plan: &RegistryPlan, paint: Paint) -> Vec<String> {
    let remarks = remarks(&plan.changes);
    let sides = ORDER
        .iter()
        .map(|setting| (lines(plan, *setting, false), lines(plan, *setting, true)));
    sides
        .flat_map(|(before, after)| compare(&before, &after, &remarks, paint))
        .collect()
}

fn compare(before: &[Line], after: &[Line], remarks: &Remarks, paint: Paint) -> Vec<String> {
    let mut out = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, before, after) {
        let (tag, old, new) = op.as_tag_tuple();
        if tag == DiffTag::Equal {
            out.extend(context(&before[old], paint));
            continue;
        }
        out.extend(
            before[old]
                .iter()
                .map(|line| paint.bad(signed('-', line, remarks)).to_string()),
        );
        out.extend(
            after[new]
                .iter()
                .map(|line| paint.good(signed('+', line, remarks)).to_string()),
        );
    }
    out
}

/// Unchanged lines; long runs of rules only as a number.
fn context(lines: &[Line], paint: Paint) -> Vec<String> {
    let mut out = Vec::new();
    for run in lines.chunk_by(|a, b| matches!((a, b), (Line::Rule(a, _), Line::Rule(b, _)) if a == b)) {
        if run.len() > MOST_CONTEXT {
            out.push(
                paint
                    .dim(format_args!("        … {} unchanged rules", run.len()))
                    .to_string(),
            );
        } else {
            out.extend(run.iter().map(|line| signed(' ', line, &Remarks::new())));
        }
    }
    out
}

fn signed(sign: char, line: &Line, remarks: &Remarks) -> String {
    let text = match line {
        Line::Setting(text) => format!("{sign}     {text}"),
        Line::Rule(_, value) => format!("{sign}       - {value}"),
    };
    match remarks.get(line) {
        Some(remark) => format!("{text}  # {remark}"),
        None => text,
    }
}

/// One setting, before or after.
fn lines(plan: &RegistryPlan, setting: Setting, after: bool) -> Vec<Line> {
    let basis = &plan.basis;
    let change = plan.change(setting);
    match (setting, change) {
        (Setting::PublicNetworkAccess, None) => context_value(setting, &basis.public_network_access),
        (Setting::DefaultAction, None) => context_value(setting, &basis.default_action),
        (_, None) => Vec::new(),
        (_, Some(change)) => match live_list(setting, basis) {
            Some(live) => list(setting, live, change, after),
            None => single(setting, change, after),
        },
    }
}

/// A setting that stays as it is, as context.
fn context_value(setting: Setting, live: &Option<String>) -> Vec<Line> {
    live.iter()
        .map(|value| Line::Setting(format!("{}: {}", key(setting), safe(value))))
        .collect()
}

/// A setting that the answer does not have (`null`) has no line.
fn single(setting: Setting, change: &Change, after: bool) -> Vec<Line> {
    let value = if after { &change.after } else { &change.before };
    let text = match value {
        None | Some(serde_json::Value::Null) => return Vec::new(),
        Some(serde_json::Value::String(text)) => safe(text).into_owned(),
        Some(other) => safe(&other.to_string()).into_owned(),
    };
    vec![Line::Setting(format!("{}: {text}", key(setting)))]
}

/// The live elements of a setting that is a list.
fn live_list(setting: Setting, basis: &Basis) -> Option<Vec<&str>> {
    match setting {
        Setting::IpRules => Some(basis.ip_rules.iter().map(String::as_str).collect()),
        Setting::VirtualNetworkRules => Some(
            basis
                .virtual_network_rules
                .iter()
                .flatten()
                .map(String::as_str)
                .collect(),
        ),
        Setting::ServiceEndpoints => {
            let on = basis
                .subnets
                .iter()
                .filter(|(_, endpoint)| **endpoint == Some(true));
            Some(on.map(|(id, _)| id.as_str()).collect())
        }
        Setting::PublicNetworkAccess
        | Setting::DefaultAction
        | Setting::NetworkRuleBypassOptions
        | Setting::NetworkRuleBypassAllowedForTasks
        | Setting::DataEndpointEnabled => None,
    }
}

fn list<'a>(setting: Setting, mut rules: Vec<&'a str>, change: &'a Change, after: bool) -> Vec<Line> {
    if after {
        rules.retain(|value| !change.remove.iter().any(|rule| rule.value == *value));
        rules.extend(change.add.iter().map(|rule| rule.value.as_str()));
    }
    rules.sort_by_cached_key(|value| sort_key(value));
    let name = key(setting);
    // Subnets are read one by one, so an empty list here does not mean that no subnet has the endpoint.
    if rules.is_empty() && setting != Setting::ServiceEndpoints {
        return vec![Line::Setting(format!("{name}: []"))];
    }
    let rule = |value: &str| Line::Rule(name, safe(value).into_owned());
    std::iter::once(Line::Setting(format!("{name}:")))
        .chain(rules.into_iter().map(rule))
        .collect()
}

/// Addresses in their own order, everything else by letter.
fn sort_key(value: &str) -> (Option<Cidr>, String) {
    (value.parse().ok(), value.to_ascii_lowercase())
}

fn remarks(changes: &[Change]) -> Remarks {
    let mut remarks = Remarks::new();
    for change in changes {
        let name = key(change.path);
        // What goes in is asked for by its own line, or by the key that it is under.
        let added = change
            .add
            .iter()
            .map(|rule| (rule, rule.source.as_ref().or(change.source.as_ref())));
        let removed = change.remove.iter().map(|rule| (rule, rule.source.as_ref()));
        for (rule, source) in added.chain(removed) {
            let line = Line::Rule(name, safe(&rule.value).into_owned());
            remarks.extend(remark(rule, source).map(|remark| (line, remark)));
        }
        if let (Some(source), Some(line)) = (&change.source, single(change.path, change, true).pop()) {
            remarks.insert(line, place(source));
        }
    }
    remarks
}

/// `vendor: nightly scans; owner supply-chain; SEC-142; expires 2027-03-31; networks.yaml:8`
fn remark(rule: &Rule, source: Option<&Source>) -> Option<String> {
    let about = rule.about.as_deref();
    let mut parts = Vec::new();
    match (&rule.name, about.and_then(|about| about.reason.as_ref())) {
        (Some(name), Some(reason)) => parts.push(format!("{}: {}", safe(name), safe(reason))),
        (Some(text), None) | (None, Some(text)) => parts.push(safe(text).into_owned()),
        (None, None) => {}
    }
    if let Some(about) = about {
        parts.extend(about.owner.iter().map(|owner| format!("owner {}", safe(owner))));
        parts.extend(about.ticket.iter().map(|ticket| safe(ticket).into_owned()));
        parts.extend(about.expires.iter().map(|day| format!("expires {day}")));
    }
    parts.extend(source.map(place));
    (!parts.is_empty()).then(|| parts.join("; "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::render::text::samples::{list, rule, single, unchanged};

    fn shown(mut plan: RegistryPlan, changes: Vec<Change>) -> String {
        plan.changes = changes;
        diff(&plan, Paint::PLAIN).join("\n")
    }

    #[test]
    fn rules_are_sorted_as_addresses_removed_ones_too() {
        let gone = vec![rule("8.8.8.8", None, 0)];
        let change = list(Setting::IpRules, vec![rule("100.0.0.1", None, 0)], gone);
        insta::assert_snapshot!(shown(unchanged("contoso"), vec![change]), @r"
              publicNetworkAccess: Enabled
              defaultAction: Deny
              ipRules:
        -       - 8.8.8.8
                - 20.0.0.0/8
        +       - 100.0.0.1  # registries.yaml:9
                - 192.0.2.7
        ");
    }

    #[test]
    fn service_endpoints_name_their_line_of_the_spec() {
        let build = rule("/subnets/build", None, 0);
        let change = list(Setting::ServiceEndpoints, vec![build], Vec::new());
        let text = shown(unchanged("contoso"), vec![change]);
        assert!(
            text.ends_with("+       - /subnets/build  # registries.yaml:9"),
            "{text}"
        );
    }

    #[test]
    fn long_runs_of_unchanged_rules_are_counted() {
        let mut plan = unchanged("contoso");
        plan.basis.ip_rules = (1..=40).map(|n| format!("203.0.113.{n}")).collect();
        let change = list(
            Setting::IpRules,
            vec![rule("203.0.113.37/32", None, 0)],
            Vec::new(),
        );
        insta::assert_snapshot!(shown(plan, vec![change]), @r"
              publicNetworkAccess: Enabled
              defaultAction: Deny
              ipRules:
                … 37 unchanged rules
        +       - 203.0.113.37/32  # registries.yaml:9
                - 203.0.113.38
                - 203.0.113.39
                - 203.0.113.40
        ");
    }

    #[test]
    fn removing_the_last_rule_leaves_an_empty_list() {
        let mut plan = unchanged("contoso");
        plan.basis.ip_rules = vec!["8.8.8.8".into()];
        let change = list(Setting::IpRules, Vec::new(), vec![rule("8.8.8.8", None, 0)]);
        insta::assert_snapshot!(shown(plan, vec![change]), @r"
              publicNetworkAccess: Enabled
              defaultAction: Deny
        -     ipRules:
        -       - 8.8.8.8
        +     ipRules: []
        ");
    }

    #[test]
    fn absent_values_have_no_removed_line() {
        let change = single(Setting::DefaultAction, json!(null), json!("Deny"));
        let flag = single(Setting::DataEndpointEnabled, json!(false), json!(true));
        insta::assert_snapshot!(shown(unchanged("contoso"), vec![change, flag]), @r"
              publicNetworkAccess: Enabled
        +     defaultAction: Deny  # registries.yaml:7
        -     dataEndpointEnabled: false
        +     dataEndpointEnabled: true  # registries.yaml:7
        ");
    }

    #[test]
    fn ten_thousand_rules_are_compared() {
        let rules = (0..10_000)
            .map(|n| rule(&format!("20.{}.{}.1", n / 256, n % 256), None, 0))
            .collect();
        let text = shown(
            unchanged("contoso"),
            vec![list(Setting::IpRules, rules, Vec::new())],
        );
        assert_eq!(text.lines().filter(|line| line.starts_with('+')).count(), 10_000);
    }
}
