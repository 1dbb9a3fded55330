//! Pictures of plans, in a pipe and on terminals of 80 and 120 columns.

mod many;
mod one;

use serde_json::json;

use crate::model::Setting;
use crate::plan::{ClientList, Plan, RegistryPlan, Who};
use crate::render::text::samples;
use crate::render::{Document, Paint};

/// Shows a plan on a terminal of this width.
fn at(width: usize, plan: &Plan) -> String {
    plan.text(Paint::PLAIN.with_width(Some(width)))
}

fn plan_of(registries: Vec<RegistryPlan>) -> Plan {
    samples::plan_of(registries, Vec::new())
}

/// Shows what a plan of one registry says between its first line and the summary, on a terminal of 80 columns.
fn between(registry: RegistryPlan) -> String {
    let text = at(80, &plan_of(vec![registry]));
    let (first, rest) = text.split_once('\n').unwrap();
    assert_eq!(
        first,
        "~ contoso (group platform, registries.yaml:5): will change"
    );
    let (between, summary) = rest.rsplit_once("\n\n").unwrap();
    assert!(summary.starts_with("Plan: ") && summary.ends_with(" in 1 of 1 registry.\n"));
    between.to_owned()
}

/// Gives a registry another name, and the line of the spec that goes with it.
fn named(mut plan: RegistryPlan, name: &str, line: u32) -> RegistryPlan {
    plan.id = samples::registry_id(name);
    plan.source = samples::source("registries.yaml", line);
    plan
}

fn forty() -> Plan {
    let registries =
        (1..=40).map(|n| named(samples::closing(), &format!("crcontosoteam{n:02}prodweu"), n));
    plan_of(registries.collect())
}

/// A registry without changes, but with the step that writes some.
fn patched() -> RegistryPlan {
    let mut plan = samples::unchanged("contoso");
    plan.steps = samples::refused().steps;
    plan
}

/// A registry whose flags change.
fn flags() -> RegistryPlan {
    let mut plan = patched();
    let (off, on) = (json!(false), json!(true));
    plan.changes.settings = vec![
        samples::single(
            Setting::NetworkRuleBypassOptions,
            json!("None"),
            json!("AzureServices"),
        ),
        samples::single(Setting::NetworkRuleBypassAllowedForTasks, on.clone(), off.clone()),
        samples::single(Setting::DataEndpointEnabled, off, on),
    ];
    plan
}

/// A registry that loses a named network, and a part of another one.
fn leaving() -> RegistryPlan {
    let mut plan = patched();
    samples::set_ips(
        &mut plan,
        ["192.0.2.7", "198.51.100.0/25", "203.0.113.0/24", "203.0.113.9"].map(str::to_owned),
    );
    let gone = vec![
        samples::rule("198.51.100.0/25", Some("offices"), 3),
        samples::rule("203.0.113.9", None, 0),
    ];
    plan.changes.settings = vec![samples::list(Setting::IpRules, Vec::new(), gone)];
    plan.access.loses = Some(Who::Only(ClientList {
        addresses: 128,
        ranges: vec![samples::client_range("198.51.100.0/25", Some("offices"))],
        ..ClientList::default()
    }));
    plan
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let plans = [samples::plan(), forty(), plan_of(vec![leaving(), flags()])];
    for width in [80, 120] {
        for plan in &plans {
            for line in at(width, plan).lines() {
                assert!(crate::render::fit::display_width(line) <= width, "{line}");
            }
        }
    }
}

#[test]
fn two_hundred_thousand_rules_take_one_line_each() {
    let removed: Vec<_> = (0..200_000)
        .map(|n| samples::rule(&format!("20.{}.{}.{}", n >> 16, n >> 8 & 255, n & 255), None, 0))
        .collect();
    let mut plan = samples::unchanged("contoso");
    samples::set_ips(
        &mut plan,
        removed.iter().map(|listed| listed.rule.as_str().to_owned()),
    );
    let added = vec![
        samples::rule("10.0.0.1", None, 0),
        samples::rule("30.0.0.1", None, 0),
    ];
    plan.changes.settings = vec![samples::list(Setting::IpRules, added, removed)];
    let text = at(80, &plan_of(vec![plan]));
    let signs: String = text
        .lines()
        .filter_map(|line| line.trim_start().chars().next())
        .collect();
    assert_eq!(signs.matches('-').count(), 200_000);
    // By address, both kinds together.
    let rules = signs
        .find("+-")
        .expect("the first addition is before the removals");
    assert!(signs[rules..].contains("-+"), "{}", text.lines().count());
}
