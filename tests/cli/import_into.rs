//! `ringfence import --into`: registries that a spec lacks go into its file, and everything else stays.

use crate::apply::apply_run::{denying, expect};
use crate::azure_bodies::{SUBSCRIPTION, premium_registry, registry_id};
use crate::ringfence_binary::Scenario;

/// A spec of `contoso` with a network, defaults and a comment at the end.
fn spec() -> String {
    format!(
        "version: 1\nnetworks:\n  offices: [203.0.113.0/24, 198.51.100.7] # both\ndefaults:\n  defaultAction: Deny\n\n\
         registries:\n- id: {}   # first\n  ipRules: [offices]\n# the end\n",
        registry_id("contoso")
    )
}

fn scenario(spec: &str) -> Scenario {
    Scenario::new(
        spec,
        &[
            denying("contoso", &["203.0.113.0/24", "198.51.100.7"], false),
            denying(
                "fabrikam",
                &["203.0.113.0/24", "198.51.100.7", "192.0.2.9"],
                false,
            ),
            premium_registry("openacr"),
        ],
    )
}

const ALL: [&str; 5] = ["import", "--subscription", SUBSCRIPTION, "--into", "spec.yaml"];

#[test]
fn registries_that_a_spec_lacks_are_added_with_its_names_and_defaults() {
    let scenario = scenario(&spec());
    let run = scenario.run(&ALL);
    expect(
        &run,
        0,
        &[
            "/registries/contoso is listed already (spec.yaml:8)",
            "/registries/fabrikam added",
        ],
    );
    let after = scenario.read("spec.yaml");
    let begin = spec().replace("# the end\n", "");
    assert!(
        after.starts_with(&begin) && after.ends_with("\n# the end\n"),
        "{after}"
    );
    assert!(after.contains("\n  ipRules: [offices, 192.0.2.9]\n"), "{after}");
    assert_eq!(after.matches("defaultAction: Deny").count(), 1, "{after}");
    assert_eq!(after.matches("  defaultAction: Allow\n").count(), 1, "{after}");
    let plan = scenario.run(&["plan", "spec.yaml", "--detailed-exitcode"]);
    assert_eq!(plan.code, 0, "{}\n{after}", plan.stdout);
    // The second run finds nothing to add.
    expect(
        &scenario.run(&ALL),
        0,
        &["/registries/openacr is listed already", "Nothing to change."],
    );
    assert_eq!(scenario.read("spec.yaml"), after);
}

#[test]
fn spec_without_registries_gets_its_first_ones() {
    for spec in [
        "version: 1\n",
        "version: 1\nregistries: [] # none yet\n",
        "version: 1\r\nregistries:   []",
    ] {
        let scenario = scenario(spec);
        // The lists are written out, and no name is added.
        let unnamed = "imported 3 registries, with 0 named networks and 0 named subnets";
        expect(&scenario.run(&ALL), 0, &["/registries/contoso added", unnamed]);
        let after = scenario.read("spec.yaml");
        assert_eq!(after.matches("- id: ").count(), 3, "{after}");
        assert_eq!(after.contains("\r\n"), spec.contains("\r\n"));
        let plan = scenario.run(&["plan", "spec.yaml", "--detailed-exitcode"]);
        assert_eq!(plan.code, 0, "{}\n{after}", plan.stdout);
    }
}

/// One of two registries has a value that no spec can want. `defaults` may stand below the registries.
#[test]
fn defaults_that_stand_in_the_way_are_told_with_the_registry() {
    let head = format!("version: 1\nregistries:\n- id: {}\n", registry_id("contoso"));
    let spec = head + "defaults:\n  trustedServices: true\n  publicNetworkAccess: Enabled\n";
    let mut unknown = premium_registry("openacr");
    unknown["properties"]["publicNetworkAccess"] = "SecuredByPerimeter".into();
    let fabrikam = denying("fabrikam", &["192.0.2.9"], false);
    let scenario = Scenario::new(&spec, &[fabrikam, unknown]);
    let run = scenario.run(&ALL);
    let told = [
        "cannot change `openacr` in `spec.yaml`: the `defaults` of the spec would change `openacr` (`publicNetworkAccess`) \
         (spec.yaml:6)",
        "/registries/openacr` prints what they have",
        "--except adds the others without them",
    ];
    expect(&run, 3, &told);
    assert!(!run.stderr.contains("fabrikam"), "{}", run.stderr);
    let run = scenario.run(&[&ALL[..], &["--except", "openacr"]].concat());
    expect(&run, 0, &["/registries/fabrikam added"]);
}

#[test]
fn registry_that_the_defaults_would_change_is_not_added() {
    let spec = spec().replace(
        "  defaultAction: Deny\n",
        "  defaultAction: Deny\n  expect: {deny: [192.0.2.9]}\n",
    );
    let scenario = scenario(&spec);
    let run = scenario.run(&["import", "fabrikam", "--into", "spec.yaml"]);
    expect(
        &run,
        3,
        &[
            "error[spec-not-edited]: cannot change `fabrikam` in `spec.yaml`",
            "`ringfence import /subscriptions/",
            "for each key of `defaults` that differs",
        ],
    );
    assert_eq!(scenario.read("spec.yaml"), spec);
    let flow = format!("version: 1\nregistries: [{{id: {}}}]\n", registry_id("contoso"));
    scenario.write("spec.yaml", &flow);
    let run = scenario.run(&["import", "fabrikam", "--into", "spec.yaml"]);
    expect(
        &run,
        3,
        &[
            "the registries cannot be added without changing more than that (spec.yaml:2)",
            "help: `ringfence import /subscriptions/",
        ],
    );
    assert_eq!(scenario.read("spec.yaml"), flow);
    let run = scenario.run(&["import", "fabrikam", "--into", "."]);
    expect(&run, 64, &["`--into .` is not a file"]);
}
