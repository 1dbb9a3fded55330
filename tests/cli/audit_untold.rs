//! Audits of states that are easy to tell wrongly: what is unknown, waits, does not exist, or belongs to a job.

use serde_json::{Value, json};

use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;
use crate::virtual_network::vnet_body;

/// A registry under `Deny` with these properties in the place of its own.
fn registry(name: &str, properties: &Value) -> Value {
    let mut body = premium_registry(name);
    body["properties"]["networkRuleSet"] = json!({
        "defaultAction": "Deny", "virtualNetworkRules": [],
        "ipRules": [{"action": "Allow", "value": "203.0.113.7"}]
    });
    for (key, value) in properties.as_object().unwrap() {
        body["properties"][key] = value.clone();
    }
    body
}

/// Network rules with this subnet of `hub`.
fn subnet_rule(subnet: &str) -> Value {
    let rule = json!({"action": "Allow", "id": subnet_id("hub", subnet).as_str()});
    json!({"defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": [rule]})
}

/// Private endpoint connections in these states.
fn connections(states: &[&str]) -> Value {
    let mut list = Vec::new();
    for state in states {
        list.push(json!({
            "id": format!("{}/privateEndpointConnections/{state}", registry_id("contoso")), "name": state,
            "type": "Microsoft.ContainerRegistry/registries/privateEndpointConnections",
            "properties": {"provisioningState": "Succeeded", "privateLinkServiceConnectionState": {"status": state}}
        }));
    }
    list.into()
}

/// Returns the text of a run in one line.
fn said(run: &Run) -> String {
    let text = [run.stdout.as_str(), &run.stderr].concat();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn says(run: &Run, code: i32, words: &[&str]) {
    let text = said(run);
    assert_eq!(run.code, code, "{text}");
    for word in words {
        assert!(text.contains(word), "no `{word}` in {text}");
    }
}

#[test]
fn unknown_value_is_not_told_as_disabled() {
    let perimeter = json!({"publicNetworkAccess": "SecuredByPerimeter"});
    let scenario = Scenario::new("", &[registry("contoso", &perimeter)]);
    let run = scenario.run(&["audit", "--registry", "contoso"]);
    let unknown = "no client but trusted services is known to get in: `publicNetworkAccess` is `SecuredByPerimeter`, which is \
                   not known here and is taken for `Disabled`";
    says(&run, 0, &[unknown]);
    assert!(
        !said(&run).contains("public access is disabled"),
        "{}",
        run.stdout
    );
    // Nobody knows whether the rules are dead.
    let approved = json!({
        "publicNetworkAccess": "SecuredByPerimeter", "privateEndpointConnections": connections(&["Approved"])
    });
    let scenario = Scenario::new("", &[registry("contoso", &approved)]);
    let run = scenario.run(&["audit", "--registry", "contoso"]);
    assert!(!said(&run).contains("RF008"), "{}", run.stdout);
}

#[test]
fn private_endpoint_without_approval_does_not_get_in() {
    let rows = [
        (
            &["Pending"][..],
            "<b>Refused:</b> 1 private endpoint without approval",
        ),
        (
            &["Rejected", "Approved"],
            "<b>Get in:</b> 1 private endpoint, trusted services",
        ),
    ];
    for (states, line) in rows {
        let properties = json!({"publicNetworkAccess": "Disabled", "privateEndpointConnections": connections(states)});
        let scenario = Scenario::new(&spec_of(""), &[registry("contoso", &properties)]);
        for command in [&["audit", "--registry", "contoso"][..], &["plan", "spec.yaml"]] {
            let run = scenario.run(&[command, &["-o", "html=page.html"]].concat());
            assert_eq!(run.code, 0, "{}", said(&run));
            let page = scenario.read("page.html");
            assert!(page.contains(line), "{command:?}: {page}");
        }
        let run = scenario.run(&["explain", "contoso", "--from", "203.0.113.7"]);
        let comes = said(&run).contains("comes through its 1 private endpoint");
        assert_eq!(comes, states.contains(&"Approved"), "{}", run.stdout);
    }
}

#[test]
fn connection_that_waits_is_to_be_approved() {
    let properties = json!({"publicNetworkAccess": "Disabled", "privateEndpointConnections": connections(&["Pending"])});
    let scenario = Scenario::new("", &[registry("contoso", &properties)]);
    let run = scenario.run(&["audit", "--registry", "contoso", "--notes"]);
    let command =
        "`az acr private-endpoint-connection approve -r contoso -n Pending -g rg --subscription";
    let told = [
        &format!("or approve the private endpoint connection that waits: {command}"),
        "note[RF006]: no approved private endpoint: a connection waits for approval",
        &format!("approve its connection: {command}"),
    ];
    says(&run, 0, &told);
}

/// Azure enables no public access while exports are disabled.
#[test]
fn way_in_allows_exports_first() {
    let properties = json!({
        "publicNetworkAccess": "Disabled", "policies": {"exportPolicy": {"status": "disabled"}}
    });
    let scenario = Scenario::new("", &[registry("contoso", &properties)]);
    let run = scenario.run(&["audit", "--registry", "contoso"]);
    let words = "`defaultAction: Deny`, once `az acr update --name contoso --subscription";
    says(&run, 0, &[words, "--allow-exports true` has allowed exports"]);
}

/// `assume` leaves the endpoint to others. That the subnet is gone is told all the same.
#[test]
fn wanted_subnet_that_does_not_exist_is_told() {
    let build = vnet_body(&[subnet_id("hub", "build")]);
    let resources = [
        registry("contoso", &json!({"networkRuleSet": subnet_rule("gone")})),
        build,
    ];
    let lines = format!(
        "    subnets: [{}]\n    serviceEndpoints: ensure\n",
        subnet_id("hub", "gone")
    );
    let scenario = Scenario::new(&spec_of(&lines), &resources);
    let run = scenario.run(&["audit", "spec.yaml"]);
    let told = [
        "! subnet hub/gone does not exist",
        "help: the subnet does not exist: create it, or remove its rule",
        "! an expectation fails or a subnet is gone",
    ];
    says(&run, 2, &told);
    assert!(
        !said(&run).contains("service endpoint of subnet"),
        "{}",
        run.stdout
    );
    scenario.write("spec.yaml", &spec_of(&lines.replace("ensure", "assume")));
    let run = scenario.run(&["audit", "spec.yaml"]);
    let told = [
        "warning[RF020]: subnet `hub/gone` does not exist contoso (spec.yaml:4)",
        "help: remove it from `subnets`",
    ];
    says(&run, 0, &told);
}

/// Each has a next step of its own, and one of them is not that of the others.
#[test]
fn every_next_step_of_a_registry_is_told() {
    let resources = [
        registry("contoso", &json!({"networkRuleSet": subnet_rule("build")})),
        vnet_body(&[subnet_id("hub", "build")]),
    ];
    let lines = format!(
        "    subnets: [{}, {}]\n",
        subnet_id("hub", "build"),
        subnet_id("hub", "gone")
    );
    let scenario = Scenario::new(&spec_of(&lines), &resources);
    let told = [
        "help: apply --verify-endpoints turns lost service endpoints on again",
        "help: the subnet does not exist: create it, or remove its rule",
    ];
    says(&scenario.run(&["audit", "spec.yaml"]), 2, &told);
}

/// The other registry has the rule, and cannot be read.
#[test]
fn endpoint_is_not_called_useless_where_a_registry_is_unread() {
    let build = subnet_id("hub", "build");
    let mut network = vnet_body(std::slice::from_ref(&build));
    network["properties"]["subnets"][0]["properties"]["serviceEndpoints"] = json!([
        {"service": "Microsoft.ContainerRegistry", "locations": ["*"], "provisioningState": "Succeeded"}
    ]);
    let resources = [
        registry("contoso", &json!({})),
        registry("fabrikam", &json!({"networkRuleSet": subnet_rule("build")})),
        network,
    ];
    let spec = format!(
        "{}  - id: {}\n",
        spec_of(&format!("    expect: {{deny: [{build}]}}\n")),
        registry_id("fabrikam")
    );
    let scenario = Scenario::new(&spec, &resources);
    scenario.write(
        "faults.json",
        r#"[{"match": {"path": "/registries/fabrikam"}, "fault": 403}]"#,
    );
    let run = scenario.run(&["audit", "spec.yaml", "--notes", "--faults", "faults.json"]);
    let told = [
        "no registry of this run shows a rule for it",
        "or turn the endpoint off where no other registry has a rule for it",
    ];
    says(&run, 1, &told);
}

/// The drift would end, and so would the firewall.
#[test]
fn apply_that_opens_a_registry_is_no_next_step() {
    let scenario = Scenario::new(
        &spec_of("    defaultAction: Allow\n"),
        &[registry("contoso", &json!({}))],
    );
    let run = scenario.run(&["audit", "spec.yaml", "--notes"]);
    let told = [
        "help: mend the spec first: an apply ends this with the drift, and brings RF001 (open to all: `defaultAction` is \
         `Allow`)",
    ];
    says(&run, 2, &told);
    assert!(!said(&run).contains("help: apply the spec"), "{}", run.stdout);
}

/// A run holds the state of what it wrote alone.
#[test]
fn registries_that_the_run_did_not_write_are_named() {
    let fabrikam = registry_id("fabrikam");
    let spec = format!(
        "{}  - id: {fabrikam}\n    ipRules: [203.0.113.7]\n",
        spec_of("    ipRules: [203.0.113.9]\n")
    );
    let resources = [registry("contoso", &json!({})), registry("fabrikam", &json!({}))];
    let scenario = Scenario::new(&spec, &resources);
    let apply = scenario.run(&["apply", "spec.yaml", "--yes", "-o", "json=apply.json"]);
    assert_eq!(apply.code, 0, "{}", said(&apply));
    for source in ["last", "apply.json"] {
        let words = [
            "audit",
            "--since",
            source,
            "-o",
            "text",
            "-o",
            "json=a.json",
            "-o",
            "table=t.txt",
        ];
        let run = scenario.run(&words);
        says(
            &run,
            2,
            &["Not compared, because the run did not write it: fabrikam."],
        );
        let audit: Value = serde_json::from_str(&scenario.read("a.json")).unwrap();
        assert_eq!(audit["notWritten"], json!([fabrikam]));
        assert!(
            scenario.read("t.txt").contains("  changed  "),
            "{}",
            scenario.read("t.txt")
        );
    }
    // `--snapshots` is a flag of other commands.
    let unknown = scenario.run(&["audit", "--since", "20200101T000000-000000"]);
    says(
        &unknown,
        3,
        &["help: give the folder of the run, or the JSON report of the run, in place of its id"],
    );
}

#[test]
fn overview_says_which_registry_was_judged_in_part() {
    let resources = [
        registry("contoso", &json!({"networkRuleSet": subnet_rule("build")})),
        vnet_body(&[subnet_id("hub", "build")]),
    ];
    let scenario = Scenario::new("", &resources);
    scenario.write(
        "faults.json",
        r#"[{"match": {"path": "/subnets/build"}, "fault": 403}]"#,
    );
    let run = scenario.run(&["audit", "--all", "-o", "table", "--faults", "faults.json"]);
    says(&run, 0, &["; judged only in part"]);
}

/// This cloud has no service endpoints for registries, and the subnet is read for the expectation alone.
#[test]
fn no_endpoint_is_turned_on_in_a_cloud_without_them() {
    let build = subnet_id("hub", "build");
    let lines = format!("    subnets: [{build}]\n    expect: {{allow: [{build}]}}\n");
    let resources = [
        registry("contoso", &json!({"networkRuleSet": subnet_rule("build")})),
        vnet_body(&[build]),
    ];
    let scenario = Scenario::new(&spec_of(&lines), &resources);
    for (cloud, has_step) in [("public", true), ("usgov", false)] {
        let run = scenario.run(&[
            "plan",
            "spec.yaml",
            "--verify-endpoints",
            "--cloud",
            cloud,
            "--override",
            "expect",
        ]);
        assert_eq!(
            said(&run).contains("enable service endpoint"),
            has_step,
            "{cloud}: {}",
            said(&run)
        );
    }
}
