//! The table of posture rules, row by row: a case where a rule finds something, one where it does not, and the case at its
//! boundary. A rule without rows fails a test.

mod case;
mod live_rows;
mod remedies;
mod spec_rows;
mod suppressed;

use std::collections::BTreeSet;

use ringfence::posture::{Judges, POSTURE_CHECKS, PostureFinding};
use ringfence::spec::PostureRule;

use case::Case;

/// A rule, and three cases. The last one is the nearest to the others, with the number of findings in it.
struct Row {
    rule: PostureRule,
    found: Case,
    absent: Case,
    boundary: (Case, usize),
}

fn of_rule(case: &Case, rule: PostureRule) -> Vec<PostureFinding> {
    let mut findings = case.judged();
    findings.retain(|finding| finding.rule == rule);
    findings
}

fn check(rows: &[Row]) {
    for row in rows {
        let (rule, case) = (row.rule, &row.found);
        let found = of_rule(case, rule);
        assert!(!found.is_empty(), "{rule} finds nothing: {:?}", case.judged());
        for finding in found {
            assert!(
                !finding.message.is_empty() && !finding.message.ends_with('.'),
                "{finding:?}"
            );
            assert!(
                !finding.help.contains('{') || rule == PostureRule::UnownedEntry,
                "{finding:?}"
            );
            let spec = case.spec.is_some();
            assert_eq!(finding.source.is_some(), spec, "{finding:?}");
        }
        assert!(of_rule(&row.absent, rule).is_empty(), "{rule} in the absent case");
        let (boundary, number) = &row.boundary;
        assert_eq!(of_rule(boundary, rule).len(), *number, "{rule} at the boundary");
    }
}

#[test]
fn live_state_is_judged() {
    check(&live_rows::rows());
}

#[test]
fn specs_are_judged_alone() {
    check(&spec_rows::rows());
}

#[test]
fn every_rule_has_rows_for_all_that_it_judges() {
    let live: BTreeSet<PostureRule> = live_rows::rows().iter().map(|row| row.rule).collect();
    let spec: BTreeSet<PostureRule> = spec_rows::rows().iter().map(|row| row.rule).collect();
    for check in POSTURE_CHECKS {
        let (id, judges) = (check.rule.id(), check.judges);
        assert_eq!(live.contains(&check.rule), judges != Judges::Spec, "{id}");
        assert_eq!(spec.contains(&check.rule), judges != Judges::Live, "{id}");
    }
}
