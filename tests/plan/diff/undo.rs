//! The guards that an undo would break, and the hints of a restore about rules that the earlier state does not list.

use ringfence::model::{Rule, Setting};
use ringfence::plan::{Guard, Policy, RegistryPlan, plan_registry, undo_guards};
use serde_json::Value;

use super::{live, planned, removing_unparsed, wanted};
use crate::readings::reading;

/// The live IP rules, the lines of the change, the lines of the undo, and the guards that it breaks.
type Row<'a> = (Value, &'a str, &'a str, &'a [Guard]);

#[test]
fn undo_names_the_guards_that_the_way_back_breaks() {
    let eleven = "    ipRules: [203.0.113.7, 203.0.113.8, 203.0.113.9, 203.0.113.10, 203.0.113.11, 203.0.113.12, \
                  203.0.113.13, 203.0.113.14, 203.0.113.15, 203.0.113.16, 203.0.113.17]\n";
    let rows: [Row<'_>; 6] = [
        (
            live("Deny", &["203.0.113.7"], &[]),
            "    ipRules: [203.0.113.7, 203.0.113.8]\n",
            "    ipRules: [203.0.113.7]\n",
            &[],
        ),
        (
            live("Deny", &["203.0.113.7"], &[]),
            eleven,
            "    ipRules: [203.0.113.7]\n",
            &[Guard::Removals],
        ),
        (
            live("Deny", &[], &[]),
            "    ipRules: [203.0.113.7]\n",
            "    ipRules: []\n",
            &[Guard::LastRule],
        ),
        (
            live("Deny", &[], &[]),
            eleven,
            "    ipRules: []\n",
            &[Guard::Removals, Guard::LastRule],
        ),
        (
            live("Deny", &["8.0.0.0/7"], &[]),
            "    ipRules: [203.0.113.7]\n",
            "    ipRules: [8.0.0.0/7]\nguardrails: {widestRule: /7}\n",
            &[],
        ),
        // The default action that the change sets counts too.
        (
            live("Deny", &[], &[]),
            "    defaultAction: Allow\n",
            "    defaultAction: Deny\n",
            &[Guard::LastRule],
        ),
    ];
    for (body, change, undo, guards) in rows {
        let changes = planned(change, &body).changes.settings;
        let broken = undo_guards(&wanted(undo), &reading(&body).registry, &changes);
        assert_eq!(broken, guards, "{change}{undo}");
    }
}

/// The IP rules that a plan removes.
fn removed(plan: &RegistryPlan) -> Vec<&str> {
    let removed = plan.changes.removed(Setting::IpRules).iter();
    removed.map(|listed| listed.rule.as_str()).collect()
}

#[test]
fn restore_keeps_unparsed_rules_of_the_snapshot_only() {
    let body = live("Deny", &["203.0.113.7", "2001:db8::/32", "odd"], &[]);
    let mut spec = wanted("    ipRules: [203.0.113.7]\n");
    spec.restore_hints.keep = [Rule::parse("2001:db8::/32"), Rule::parse("gone")].into();
    let plan = plan_registry(&spec, &reading(&body), &Policy::default());
    assert_eq!(removed(&plan), [""; 0]);
    let plan = plan_registry(&spec, &reading(&body), &removing_unparsed());
    assert_eq!(removed(&plan), ["odd"]);
    let notes: Vec<_> = plan
        .notes
        .iter()
        .map(|note| (&*note.code, &*note.message))
        .collect();
    let not_restored: Vec<_> = notes.iter().filter(|(code, _)| *code == "not-restored").collect();
    assert_eq!(not_restored.len(), 1, "{notes:?}");
    let message = not_restored[0].1;
    assert!(message.ends_with(": `gone`"), "{message}");
}

#[test]
fn restore_removes_the_rules_of_its_own_change_under_additive_ownership() {
    let body = live("Deny", &["203.0.113.7", "203.0.113.8", "198.51.100.1"], &[]);
    for (ignore, expected) in [("", &["203.0.113.8"][..]), ("    ignore: [203.0.113.8]\n", &[])] {
        let mut spec = wanted(&format!(
            "    ownership: additive\n    ipRules: [203.0.113.7]\n{ignore}"
        ));
        spec.remove = [Rule::parse("203.0.113.8/32"), Rule::parse("203.0.113.7")].into();
        let plan = plan_registry(&spec, &reading(&body), &Policy::default());
        assert_eq!(removed(&plan), expected, "{ignore}");
    }
}
