//! Mutated plans and snapshots are refused, without a panic and without a write.

use std::collections::BTreeSet;

use crate::cases::{Case, all};
use crate::chance::Chance;
use crate::mutate;
use crate::rig::Rig;
use ringfence::apply::Snapshot;
use ringfence::model::{Rule, Setting};
use ringfence::plan::{Plan, checksum};
use ringfence::render::{Document, Paint};
use serde_json::Value;

/// Files that a run wrote, and the change that they belong to.
struct Real {
    case: Case,
    plan: String,
    snapshot: String,
}

fn real() -> Real {
    let mut cases = all();
    let at = cases
        .iter()
        .position(|case| case.name == "subnets in two networks")
        .expect("it is there");
    let case = cases.swap_remove(at);
    let rig = case.rig(None);
    let plan = rig.run(&["plan", "spec.yaml", "-o", "json"]);
    assert_eq!(plan.code, Some(0), "{}", plan.stderr);
    assert_eq!(rig.run(&case.words).code, Some(0));
    let snapshot = std::fs::read_to_string(&rig.snapshots()[0]).expect("it is there");
    Real {
        case,
        plan: plan.stdout,
        snapshot,
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("what a run writes is JSON")
}

/// Returns the nth mutant of a document. Every third has a matching checksum, as an attacker would make it.
fn mutant(text: &str, n: u64, seal: fn(Value) -> Option<String>) -> (String, bool) {
    let mut chance = Chance::new(n);
    let document = json(text);
    match n % 6 {
        0 | 1 => (
            String::from_utf8_lossy(&mutate::bytes(text, &mut chance)).into_owned(),
            false,
        ),
        2 => (mutate::duplicated(&document, &mut chance), false),
        3 => (mutate::values(&document, &mut chance).to_string(), false),
        _ => {
            let mutated = mutate::plausible(&document, &mut chance);
            let plain = mutated.to_string();
            seal(mutated).map_or((plain, false), |sealed| (sealed, true))
        }
    }
}

/// Returns the snapshot with a matching checksum, or unchanged if its shape is wrong.
fn sealed_snapshot(value: Value) -> Option<String> {
    let mut snapshot: Snapshot = serde_json::from_value(value).ok()?;
    snapshot.checksum.clear();
    snapshot.checksum = checksum(&snapshot);
    serde_json::to_string(&snapshot).ok()
}

fn sealed_plan(value: Value) -> Option<String> {
    let mut plan: Plan = serde_json::from_value(value).ok()?;
    let (created, spec) = (std::mem::take(&mut plan.created), std::mem::take(&mut plan.spec));
    plan.checksum.clear();
    plan.checksum = checksum(&plan);
    (plan.created, plan.spec) = (created, spec);
    serde_json::to_string(&plan).ok()
}

#[test]
fn thousand_mutants_are_refused_or_consistent() {
    let real = real();
    let (mut refused, mut same, mut forged) = (0, 0, 0);
    for n in 0..500 {
        let (text, sealed) = mutant(&real.snapshot, n, sealed_snapshot);
        match Snapshot::from_json(&text).and_then(|snapshot| Ok((snapshot.wanted()?, snapshot))) {
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
            Ok((wanted, snapshot)) if sealed => {
                says_what_is_wanted(&snapshot, &wanted);
                forged += 1;
            }
            Ok((_, snapshot)) => {
                assert_eq!(snapshot, Snapshot::from_json(&real.snapshot).unwrap(), "{text}");
                same += 1;
            }
        }
        let (text, sealed) = mutant(&real.plan, n, sealed_plan);
        if n % 6 == 2 {
            let twice = Plan::from_json(&text)
                .expect_err("a key is there twice")
                .to_string();
            assert!(twice.contains("is there twice at line 1 column"), "{twice}");
        }
        match Plan::from_json(&text) {
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
            Ok(plan) if sealed => {
                shown_harmless(&plan);
                forged += 1;
            }
            Ok(plan) => {
                assert_eq!(plan.checksum, json(&real.plan)["checksum"], "{text}");
                same += 1;
            }
        }
    }
    println!(
        "mutants: 1000 tried, {refused} refused, {same} say the same, {forged} forged with a checksum that fits, 0 panics"
    );
    assert!(refused > 500 && forged > 50, "the mutants are of every kind");
}

/// Asserts that every value of a forged snapshot is valid and read as written. An invalid rule adds nothing: an
/// existing one only stays.
fn says_what_is_wanted(snapshot: &Snapshot, wanted: &ringfence::spec::RegistrySpec) {
    assert_eq!(snapshot.id, wanted.id);
    let (state, settings) = (&snapshot.state.settings, &wanted.settings);
    for list in Setting::lists() {
        let Some(read) = state.rules(list) else {
            assert!(!settings.manages(list));
            continue;
        };
        let valid = |rule: &&Rule| match list {
            Setting::IpRules => rule.cidr().is_some(),
            _ => rule.subnet().is_some(),
        };
        let said: BTreeSet<&Rule> = read.iter().filter(valid).collect();
        let rules = settings.rules(list).expect("what was shown is wanted");
        assert_eq!(said, rules.iter().map(|listed| &listed.rule).collect());
        let keep = &wanted.restore_hints.keep;
        assert!(read.iter().all(|rule| valid(&rule) || keep.contains(rule)));
    }
    for setting in [Setting::DefaultAction, Setting::PublicNetworkAccess] {
        let shown = state.value(setting);
        let shown = shown.as_ref().and_then(|value| value.word());
        assert_eq!(shown, settings.word(setting));
    }
}

fn shown_harmless(plan: &Plan) {
    for text in [plan.text(Paint::PLAIN), plan.json()] {
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        assert!(!text.contains("##vso["), "{text}");
    }
}

#[test]
fn too_deep_or_malformed_documents_are_refused() {
    for text in [
        &mutate::deep(),
        "",
        "null",
        "[]",
        "{}",
        "\u{feff}{}",
        "{\"format\": 1}",
    ] {
        assert!(Snapshot::from_json(text).is_err());
        assert!(Plan::from_json(text).is_err());
    }
}

#[test]
fn binary_refuses_bad_files_without_panic_or_write() {
    let real = real();
    let ends = crate::pool::each((0..42).collect(), |n: u64| {
        let (file, text, sealed) = if n.is_multiple_of(2) {
            let (text, sealed) = mutant(&real.plan, 2 * n, sealed_plan);
            ("plan.json", text, sealed)
        } else {
            let (text, sealed) = mutant(&real.snapshot, 2 * n, sealed_snapshot);
            ("snapshot.json", text, sealed)
        };
        let good = match file {
            "plan.json" => Plan::from_json(&text).is_ok(),
            _ => Snapshot::from_json(&text).is_ok_and(|snapshot| snapshot.wanted().is_ok()),
        };
        run_with(&real.case, file, &text, good, sealed)
    });
    println!(
        "files through the binary: {} tried, {} of them wrote",
        ends.len(),
        ends.iter().filter(|wrote| **wrote).count()
    );
}

/// Returns true if the run wrote anything.
fn run_with(case: &Case, file: &str, text: &str, good: bool, sealed: bool) -> bool {
    let rig = case.rig(None);
    rig.write(file, text);
    let run = match file {
        "plan.json" => rig.run(&["apply", "--plan", file, "--yes", "-vv"]),
        _ => rig.run(&["restore", "--from", file, "--yes", "-vv"]),
    };
    let said = format!(
        "{file} sealed: {sealed}, exit {:?}\n{}{}\n{text}",
        run.code, run.stdout, run.stderr
    );
    assert!(matches!(run.code, Some(0 | 1 | 3 | 4)), "{said}");
    let wrote = wrote(&rig);
    assert!(
        good || (run.code == Some(3) && !wrote && !run.stderr.is_empty()),
        "{said}"
    );
    assert!(run.code != Some(0) || good, "{said}");
    wrote
}

fn wrote(rig: &Rig) -> bool {
    let writes = |request: &String| request.contains(" /subscriptions/") && !request.starts_with("GET");
    rig.requests().iter().any(writes)
}
