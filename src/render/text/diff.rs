//! The textual diff of a registry's settings before and after the plan, as lines of YAML.
//!
//! The sign stands in the first column, so that the text is coloured as it is inside a `diff` block of a pull
//! request.

use std::collections::{BTreeMap, BTreeSet};

use super::common::place;
use crate::model::{Rule, Setting, SettingKind, Settings};
use crate::plan::{Change, Changes, RegistryPlan, RowPath};
use crate::render::{Paint, safe};
use crate::spec::{ListedRule, Source};

/// Unchanged rules in a row that are still shown one by one.
const MOST_CONTEXT: usize = 3;

/// One line of the settings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum DiffLine {
    /// `defaultAction: Deny`, `ipRules:`
    Setting(String),
    /// An element of a list, with the setting it belongs to.
    Rule(&'static str, String),
}

/// The comment at the end of a line, by the line.
type Remarks = BTreeMap<DiffLine, String>;

/// Renders the diff of one registry: the settings that change, and those that decide if the rules have an effect.
///
/// Each setting is compared by itself, so that old and new value stand together.
pub(super) fn diff(plan: &RegistryPlan, paint: Paint) -> Vec<String> {
    let remarks = remarks(&plan.changes);
    let mut out = Vec::new();
    for setting in Setting::ALL.iter().copied() {
        let before = setting_lines(plan, setting, false);
        let after = setting_lines(plan, setting, true);
        out.extend(compare(&before, &after, &remarks, paint));
    }
    if let Some(endpoints) = &plan.changes.endpoints {
        let before = endpoint_lines(plan, &[]);
        let after = endpoint_lines(plan, &endpoints.add);
        out.extend(compare(&before, &after, &remarks, paint));
    }
    out
}

/// Compares two sides whose rules are sorted. A registry can have any number of rules, and a general diff takes quadratic
/// time for many changes; sorted sides need one pass.
fn compare(before: &[DiffLine], after: &[DiffLine], remarks: &Remarks, paint: Paint) -> Vec<String> {
    let (old, new): (BTreeSet<_>, BTreeSet<_>) = (before.iter().collect(), after.iter().collect());
    let mut out = Vec::new();
    let mut unchanged = Vec::new();
    let mut added = after.iter();
    for line in before {
        if !new.contains(line) {
            out.extend(context(&unchanged, paint));
            unchanged.clear();
            out.push(paint.bad(signed('-', line, remarks)).to_string());
            continue;
        }
        // The new lines before the same line of the other side stand above it.
        for above in added.by_ref().take_while(|above| !old.contains(above)) {
            out.extend(context(&unchanged, paint));
            unchanged.clear();
            out.push(paint.good(signed('+', above, remarks)).to_string());
        }
        unchanged.push(line);
    }
    out.extend(context(&unchanged, paint));
    for line in added.filter(|line| !old.contains(line)) {
        out.push(paint.good(signed('+', line, remarks)).to_string());
    }
    out
}

/// Renders unchanged lines. A long run of rules is only counted.
fn context(lines: &[&DiffLine], paint: Paint) -> Vec<String> {
    let mut out = Vec::new();
    for run in lines.chunk_by(|a, b| are_rules_of_one_list(a, b)) {
        if run.len() > MOST_CONTEXT {
            let number = format!("        … {} unchanged rules", run.len());
            out.push(paint.dim(number).to_string());
            continue;
        }
        // Remarks tell who asks for a change, so unchanged lines have none.
        for line in run {
            out.push(signed(' ', line, &Remarks::new()));
        }
    }
    out
}

fn are_rules_of_one_list(a: &DiffLine, b: &DiffLine) -> bool {
    match (a, b) {
        (DiffLine::Rule(a, _), DiffLine::Rule(b, _)) => a == b,
        _ => false,
    }
}

fn signed(sign: char, line: &DiffLine, remarks: &Remarks) -> String {
    let text = match line {
        DiffLine::Setting(text) => format!("{sign}     {text}"),
        DiffLine::Rule(_, value) => format!("{sign}       - {value}"),
    };
    match remarks.get(line) {
        Some(remark) => format!("{text}  # {remark}"),
        None => text,
    }
}

/// Returns the lines of one setting, before or after.
fn setting_lines(plan: &RegistryPlan, setting: Setting, after: bool) -> Vec<DiffLine> {
    let live = &plan.basis.settings;
    let Some(change) = plan.change(setting) else {
        return context_value(setting, live);
    };
    if !setting.is_list() {
        return single(change, after);
    }
    let rules = if after {
        plan.rules_after(setting)
    } else {
        live.rules(setting).unwrap_or_default().to_vec()
    };
    if rules.is_empty() {
        return vec![DiffLine::Setting(format!("{}: []", setting.key()))];
    }
    list(setting.key(), rules)
}

/// Returns a setting that stays as it is and that decides who gets in, as context.
fn context_value(setting: Setting, live: &Settings) -> Vec<DiffLine> {
    let SettingKind::Word {
        unknown_means: Some(_),
        ..
    } = setting.facts().kind
    else {
        return Vec::new();
    };
    match live.word(setting) {
        Some(word) => vec![DiffLine::Setting(format!("{}: {}", setting.key(), safe(word)))],
        None => Vec::new(),
    }
}

/// Returns the line of a single value. A setting that the answer does not have (`null`) has no line.
fn single(change: &Change, after: bool) -> Vec<DiffLine> {
    let value = if after { &change.after } else { &change.before };
    let text = match value {
        None | Some(serde_json::Value::Null) => return Vec::new(),
        Some(serde_json::Value::String(text)) => safe(text).into_owned(),
        Some(other) => safe(&other.to_string()).into_owned(),
    };
    vec![DiffLine::Setting(format!("{}: {text}", change.path.key()))]
}

/// Returns the lines of the subnets with the endpoint. Subnets are read one by one, so an empty list does not mean that
/// no subnet has it.
fn endpoint_lines(plan: &RegistryPlan, added: &[ListedRule]) -> Vec<DiffLine> {
    // Only the endpoints that are known to be on.
    let mut rules = Vec::new();
    for (id, has_endpoint) in &plan.basis.subnets {
        if *has_endpoint == Some(true) {
            rules.push(Rule::parse(id));
        }
    }
    for listed in added {
        rules.push(listed.rule.clone());
    }
    list(RowPath::ServiceEndpoints.key(), rules)
}

/// Returns the lines of a list: its name, then the rules in their own order.
fn list(name: &'static str, mut rules: Vec<Rule>) -> Vec<DiffLine> {
    rules.sort();
    let mut lines = vec![DiffLine::Setting(format!("{name}:"))];
    for rule in rules {
        lines.push(DiffLine::Rule(name, safe(rule.as_str()).into_owned()));
    }
    lines
}

/// Returns the comment of each changed line: where the spec asks for it, and why.
fn remarks(changes: &Changes) -> Remarks {
    let mut remarks = Remarks::new();
    for change in &changes.settings {
        let name = change.path.key();
        let asked = change.source.as_ref();
        remark_rules(&mut remarks, name, &change.add, asked);
        remark_rules(&mut remarks, name, &change.remove, None);
        if let (Some(source), Some(line)) = (asked, single(change, true).pop()) {
            remarks.insert(line, place(source));
        }
    }
    if let Some(endpoints) = &changes.endpoints {
        let name = RowPath::ServiceEndpoints.key();
        remark_rules(&mut remarks, name, &endpoints.add, endpoints.source.as_ref());
    }
    remarks
}

/// Adds a remark for each rule. A rule that goes in is asked for by its own line, or by the key `asked` that it is under.
fn remark_rules(
    remarks: &mut Remarks,
    name: &'static str,
    listed: &[ListedRule],
    asked: Option<&Source>,
) {
    for listed in listed {
        let line = DiffLine::Rule(name, safe(listed.rule.as_str()).into_owned());
        if let Some(remark) = remark(listed, listed.source.as_ref().or(asked)) {
            remarks.insert(line, remark);
        }
    }
}

/// Writes what the spec says about a rule: `vendor: nightly scans; owner supply-chain; SEC-142; expires 2027-03-31;
/// networks.yaml:8`. Returns `None` if it says nothing.
fn remark(listed: &ListedRule, source: Option<&Source>) -> Option<String> {
    let mut parts = Vec::new();
    let info = listed.info.as_deref();
    // The name and the reason belong together; one of them alone stands for itself.
    match (&listed.name, info.and_then(|info| info.reason.as_ref())) {
        (Some(name), Some(reason)) => parts.push(format!("{}: {}", safe(name), safe(reason))),
        (Some(text), None) | (None, Some(text)) => parts.push(safe(text).into_owned()),
        (None, None) => {}
    }
    if let Some(info) = info {
        if let Some(owner) = &info.owner {
            parts.push(format!("owner {}", safe(owner)));
        }
        if let Some(ticket) = &info.ticket {
            parts.push(safe(ticket).into_owned());
        }
        if let Some(day) = info.expires {
            parts.push(format!("expires {day}"));
        }
    }
    if let Some(source) = source {
        parts.push(place(source));
    }
    if parts.is_empty() {
        return None;
    }
    Some(parts.join("; "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::SettingValue;
    use crate::render::text::samples::{endpoints, list, rule, set_ips, single, unchanged};

    fn shown(mut plan: RegistryPlan, changes: Vec<Change>) -> String {
        plan.changes.settings = changes;
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
        let mut plan = unchanged("contoso");
        plan.changes.endpoints = Some(endpoints(vec![rule("/subnets/build", None, 0)]));
        let text = shown(plan, Vec::new());
        assert!(
            text.ends_with("+       - /subnets/build  # registries.yaml:9"),
            "{text}"
        );
    }

    #[test]
    fn long_runs_of_unchanged_rules_are_counted() {
        let mut plan = unchanged("contoso");
        let others = (1..=40).filter(|n| *n != 37);
        set_ips(&mut plan, others.map(|n| format!("203.0.113.{n}")));
        let change = list(Setting::IpRules, vec![rule("203.0.113.37", None, 0)], Vec::new());
        insta::assert_snapshot!(shown(plan, vec![change]), @r"
              publicNetworkAccess: Enabled
              defaultAction: Deny
              ipRules:
                … 36 unchanged rules
        +       - 203.0.113.37  # registries.yaml:9
                - 203.0.113.38
                - 203.0.113.39
                - 203.0.113.40
        ");
    }

    #[test]
    fn removing_the_last_rule_leaves_an_empty_list() {
        let mut plan = unchanged("contoso");
        set_ips(&mut plan, ["8.8.8.8".to_owned()]);
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

    #[test]
    fn two_hundred_thousand_removals_are_compared_in_one_pass() {
        let removed: Vec<ListedRule> = (0..200_000)
            .map(|n| rule(&format!("20.{}.{}.{}", n >> 16, n >> 8 & 255, n & 255), None, 0))
            .collect();
        let mut plan = unchanged("contoso");
        let live: Vec<Rule> = removed.iter().map(|listed| listed.rule.clone()).collect();
        plan.basis
            .settings
            .set(Setting::IpRules, SettingValue::from(live));
        let added = vec![rule("10.0.0.1", None, 0), rule("30.0.0.1", None, 0)];
        let text = shown(plan, vec![list(Setting::IpRules, added, removed)]);
        let signs: String = text.lines().filter_map(|line| line.chars().next()).collect();
        assert_eq!(signs.len(), 200_005);
        assert!(signs.trim_start().starts_with("--") && signs.ends_with("--++"));
    }
}
