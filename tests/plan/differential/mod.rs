//! The engine against the reference model, over random pairs of a spec and a registry.

mod engine;
mod expectations;
mod expected;
mod explanations;
mod judge;
mod policies;

use std::collections::BTreeMap;

use ringfence::spec;

use crate::chance::Chance;
use crate::reference::draw::{Draw, Pair, id_of};
use engine::Limits;

/// Pairs that are drawn in each run, always the same.
const PAIRS: u64 = 10_000;

#[test]
fn engine_agrees_with_the_reference_model() {
    let mut draw = Draw::new(20_261_128, true);
    let mut chance = Chance::new(7);
    let mut found: BTreeMap<&str, (usize, String)> = BTreeMap::new();
    for number in 0..PAIRS {
        let pair = draw.pair("contoso");
        let limits = limits(&mut chance);
        for (aspect, difference) in judge::differences(&pair, limits, chance.below(3) > 0) {
            // One example of each aspect is enough to start with.
            let example = || format!("pair {number}: {difference}\n{limits:?}\n{}", shown(&pair));
            found.entry(aspect).or_insert_with(|| (0, example())).0 += 1;
        }
    }
    let mut report = String::new();
    for (aspect, (count, example)) in found {
        report += &format!("{aspect}: {count} of {PAIRS}\n{example}\n\n");
    }
    assert!(report.is_empty(), "{report}");
}

fn limits(chance: &mut Chance) -> Limits {
    Limits {
        max_removals: *chance.pick(&[None, Some(0), Some(1), Some(2), Some(5)]),
        max_removal_percent: *chance.pick(&[None, Some(0), Some(20), Some(30), Some(100)]),
    }
}

fn shown(pair: &Pair) -> String {
    let properties = &pair.body["properties"];
    format!(
        "{}{} {properties}\n{:?}",
        pair.wanted.yaml(),
        pair.body["sku"],
        pair.endpoints
    )
}

/// The loader gives the same wanted state for the YAML of a pair as the pairs above are planned with.
#[test]
fn loader_reads_what_the_pairs_are_planned_with() {
    let mut draw = Draw::new(3, false);
    for _ in 0..100 {
        let pair = draw.pair("contoso");
        let text = format!(
            "version: 1\nregistries:\n  - id: {}\n{}",
            id_of("contoso"),
            pair.wanted.yaml()
        );
        let loaded = spec::load_str("spec.yaml", &text, "2026-11-21".parse().unwrap()).unwrap();
        let from_yaml = &loaded.spec.registries[0];
        let limits = Limits {
            max_removals: None,
            max_removal_percent: None,
        };
        let direct = engine::spec(&pair.wanted, &pair.body, limits);
        let reading = engine::reading(&pair, true);
        let plans = [from_yaml, &direct].map(|spec| engine::plan(spec, &reading));
        let [from_yaml, direct] = plans.map(|plan| judge::changes(&plan));
        assert_eq!(from_yaml, direct, "{text}");
    }
}
