//! `ringfence explain` where Azure does not tell all that the answer rests on.

use serde_json::json;

use crate::apply::apply_run::{denying, expect, ready_vnet};
use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::Scenario;
use crate::spec_text::spec_of;

/// The right that is missing is the next step, not a change of the subnet.
#[test]
fn subnet_that_cannot_be_read_is_told_with_the_right_to_ask_for() {
    let registry = denying("contoso", &["203.0.113.50"], false);
    let scenario = Scenario::new(&spec_of(""), &[registry, ready_vnet()]);
    let subnet = subnet_id("hub", "build").to_string();
    let action = "Microsoft.Network/virtualNetworks/subnets/read";
    let denied = json!({"denied": [{"action": action, "scope": subnet}]});
    scenario.write("conditions.json", &denied.to_string());
    let id = registry_id("contoso");
    let words = [
        "explain",
        &id,
        "--from",
        &subnet,
        "--conditions",
        "conditions.json",
    ];
    let told = [
        "may or may not get in",
        "the subnet cannot be read: AuthorizationFailed: ask for a role with",
        action,
    ];
    expect(&scenario.run(&words), 0, &told);
}

#[test]
fn public_access_that_is_not_known_is_not_called_disabled() {
    let mut registry = premium_registry("contoso");
    registry["properties"]["publicNetworkAccess"] = json!("SecuredByPerimeter");
    let scenario = Scenario::new(&spec_of(""), &[registry]);
    let word = "`SecuredByPerimeter`";
    let run = scenario.run(&["explain", "contoso", "--from", "8.8.8.8", "trusted-services"]);
    let told =
        format!("public network access is {word}, which is not known here and is taken for disabled");
    expect(&run, 0, &[&told]);
    assert!(!run.stdout.contains("access is disabled"), "{}", run.stdout);
    let run = scenario.run(&["endpoints", "contoso"]);
    expect(
        &run,
        0,
        &["public access is `SecuredByPerimeter`, which counts as disabled here"],
    );
}
