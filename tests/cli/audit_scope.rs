//! Audits of specs and subscriptions together: which registries a spec names, and which registry a next step is about.

use serde_json::json;

use crate::azure_bodies::{SUBSCRIPTION, premium_registry};
use crate::ringfence_binary::Scenario;
use crate::spec_text::spec_of;

const DENY: &str = "    defaultAction: Deny\n    ipRules: [203.0.113.7]\n";

#[test]
fn registries_that_flags_leave_out_are_named_by_the_spec() {
    let two = format!(
        "{}  - name: fabrikam\n    subscription: {SUBSCRIPTION}\n    resourceGroup: rg\n{DENY}",
        spec_of(DENY)
    );
    let bodies = [premium_registry("contoso"), premium_registry("fabrikam")];
    let scenario = Scenario::new(&two, &bodies);
    let audit = ["audit", "spec.yaml", "--subscription", SUBSCRIPTION];
    for flags in [
        ["--only", "contoso"],
        ["--except", "fabrikam"],
        ["--shard", "1/2"],
    ] {
        let run = scenario.run(&[&audit[..], &flags].concat());
        assert!(matches!(run.code, 0 | 2), "{}", run.stderr);
        assert!(!run.stdout.contains("RF039"), "{}{}", run.stdout, run.stderr);
    }
}

#[test]
fn empty_spec_names_no_registry() {
    let scenario = Scenario::new("version: 1\nregistries: []\n", &[premium_registry("contoso")]);
    let audit = ["audit", "spec.yaml", "--subscription", SUBSCRIPTION];
    let run = scenario.run(&audit);
    assert!(
        run.stdout.contains("warning[RF039]: no spec names the registry"),
        "{}{}",
        run.stdout,
        run.stderr
    );
    let table = scenario.run(&[&audit[..], &["-o", "table"]].concat());
    assert!(
        table.stdout.contains("posture: 1 error, 1 warning"),
        "{}{}",
        table.stdout,
        table.stderr
    );
}

#[test]
fn next_steps_name_the_registry_of_each_finding() {
    let mut bodies = [premium_registry("contoso"), premium_registry("fabrikam")];
    for body in &mut bodies {
        body["properties"]["networkRuleSet"]["defaultAction"] = json!("Allow");
    }
    let scenario = Scenario::new("", &bodies);
    let run = scenario.run(&["audit", "--subscription", SUBSCRIPTION]);
    let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for name in ["contoso", "fabrikam"] {
        let command = format!("registries/{name} --sandbox");
        assert!(text.contains(&command), "{text}{}", run.stderr);
    }
}
