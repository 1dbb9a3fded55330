//! Expectations of subnets whose service endpoint decides: what plan, audit, explain and validate say of the same state, and
//! what it costs.

use serde_json::{Value, json};

use crate::apply::apply_run::{denying, expect, fault, offers_only, ready_vnet};
use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::virtual_network::vnet_body;

/// The public address of the clients of `hub/build`.
const EGRESS: &str = "198.51.100.8";

/// A spec that gives these registries the address of the subnet, and denies the subnet.
fn spec(names: &[&str], egress: &str) -> String {
    let mut text = format!(
        "version: 1\nsubnets:\n  hb: {{id: {}{egress}}}\nregistries:\n",
        subnet_id("hub", "build")
    );
    for name in names {
        text += &format!(
            "  - id: {}\n    publicNetworkAccess: Enabled\n    defaultAction: Deny\n    ipRules: [{EGRESS}]\n    \
             subnets: []\n    expect: {{deny: [hb]}}\n",
            registry_id(name)
        );
    }
    text
}

fn known() -> String {
    format!(", egress: [{EGRESS}]")
}

/// Registries in sync with [`spec`], and the network with the endpoint of the subnet on or off.
fn scenario(names: &[&str], egress: &str, network: Value) -> Scenario {
    let mut resources = vec![network];
    for name in names {
        resources.push(denying(name, &[EGRESS], false));
    }
    Scenario::new(&spec(names, egress), &resources)
}

fn off() -> Value {
    vnet_body(&[subnet_id("hub", "build")])
}

/// Returns method and last segment of each request of the last run.
fn requests(scenario: &Scenario) -> Vec<String> {
    let mut requests = Vec::new();
    for (method, path) in scenario.requests() {
        let (_, name) = path.rsplit_once('/').unwrap();
        requests.push(format!("{method} {name}"));
    }
    requests
}

/// Returns the answer of `explain` to the subnet.
fn explained(scenario: &Scenario) -> String {
    let subnet = subnet_id("hub", "build").to_string();
    let run = scenario.run(&["explain", "contoso", "--from", &subnet, "-o", "json"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    document["clients"][0]["answer"].as_str().unwrap().to_owned()
}

fn audited(scenario: &Scenario) -> (Run, Value) {
    let run = scenario.run(&["audit", "spec.yaml", "-o", "json"]);
    let document = serde_json::from_str(&run.stdout).unwrap();
    (run, document)
}

#[test]
fn subnet_gets_in_by_its_address_while_its_endpoint_is_off() {
    let scenario = scenario(&["contoso"], &known(), off());
    let plan = scenario.run(&["plan", "spec.yaml"]);
    let words = [
        "`hb` (subnet hub/build) would get in, but `expect.deny` says it must not",
        "its service endpoint is off, so IP rules decide about its public addresses",
        "--override expect",
    ];
    expect(&plan, 3, &words);
    assert_eq!(requests(&scenario), ["GET contoso", "GET build"]);
    let (audit, found) = audited(&scenario);
    assert_eq!(audit.code, 2);
    assert_eq!(requests(&scenario), ["GET contoso", "GET build"]);
    let finding = &found["findings"][0];
    assert_eq!(
        (&finding["code"], &finding["live"]),
        (&json!("broken-expectation"), &json!("allowed"))
    );
    expect(
        &scenario.run(&["validate", "spec.yaml"]),
        0,
        &["only its service endpoint keeps `hb` out"],
    );
    expect(
        &scenario.run(&["plan", "spec.yaml", "--override", "expect"]),
        0,
        &["No changes"],
    );
}

#[test]
fn endpoint_that_is_on_keeps_the_subnet_out() {
    let scenario = scenario(&["contoso"], &known(), ready_vnet());
    expect(&scenario.run(&["plan", "spec.yaml"]), 0, &["No changes"]);
    assert_eq!(audited(&scenario).0.code, 0);
    assert_eq!(explained(&scenario), "denied");
}

#[test]
fn subnet_of_many_registries_is_read_once() {
    let names = ["contoso", "fabrikam", "tailspin"];
    let scenario = scenario(&names, &known(), ready_vnet());
    expect(&scenario.run(&["plan", "spec.yaml"]), 0, &[]);
    let mut found = requests(&scenario);
    found.sort();
    assert_eq!(
        found,
        ["GET build", "GET contoso", "GET fabrikam", "GET tailspin"]
    );
}

#[test]
fn subnet_is_not_read_where_its_endpoint_decides_nothing() {
    let scenario = scenario(&["contoso"], ", egress: [192.0.2.7]", off());
    expect(&scenario.run(&["plan", "spec.yaml"]), 0, &["No changes"]);
    assert_eq!(requests(&scenario), ["GET contoso"]);
    expect(&scenario.run(&["audit", "spec.yaml"]), 0, &[]);
    assert_eq!(requests(&scenario), ["GET contoso"]);
}

#[test]
fn nat_gateway_tells_the_address_of_an_expected_subnet() {
    let subnet = subnet_id("hub", "build");
    let (network, _) = subnet.as_str().split_once("/virtualNetworks/").unwrap();
    let nat = format!("{network}/natGateways/nat");
    let address = format!("{network}/publicIPAddresses/one");
    for (ip, code, answer) in [(EGRESS, 3, "allowed"), ("192.0.2.7", 0, "denied")] {
        let mut vnet = off();
        vnet["properties"]["subnets"][0]["properties"]["natGateway"] = json!({"id": nat});
        let scenario = scenario(&["contoso"], "", vnet.clone());
        scenario.seed(&[
            denying("contoso", &[EGRESS], false),
            vnet,
            json!({"id": nat, "properties": {"publicIpAddresses": [{"id": address}]}}),
            json!({"id": address, "properties": {"ipAddress": ip}}),
        ]);
        expect(&scenario.run(&["plan", "spec.yaml"]), code, &[]);
        assert_eq!(
            requests(&scenario),
            ["GET contoso", "GET build", "GET nat", "GET one"]
        );
        assert_eq!(explained(&scenario), answer);
    }
    // Without a gateway the address is not known.
    let scenario = scenario(&["contoso"], "", off());
    let words = ["might get in", "name them with `egress`"];
    expect(&scenario.run(&["plan", "spec.yaml"]), 3, &words);
    assert_eq!(audited(&scenario).1["findings"][0]["live"], "unknown");
    assert_eq!(explained(&scenario), "unknown");
}

/// The addresses decide who loses fabrikam, and the plan of the reviewer rests on them.
#[test]
fn saved_plan_is_stale_if_the_nat_gateway_has_another_address() {
    let subnet = subnet_id("hub", "build");
    let (network, _) = subnet.as_str().split_once("/virtualNetworks/").unwrap();
    let nat = format!("{network}/natGateways/nat");
    let address = format!("{network}/publicIPAddresses/one");
    let text = format!(
        "version: 1\nregistries:\n  - id: {}\n    subnets: [{subnet}]\n  - id: {}\n    ipRules: [{EGRESS}]\n",
        registry_id("contoso"),
        registry_id("fabrikam"),
    );
    let mut vnet = off();
    vnet["properties"]["subnets"][0]["properties"]["natGateway"] = json!({"id": nat});
    let gateway = json!({"id": nat, "properties": {"publicIpAddresses": [{"id": address}]}});
    let scenario = Scenario::new(&text, &[]);
    for (now, fault_of_read, code, told) in [
        ("192.0.2.7", false, 0, "2 of 2 registries verified"),
        (EGRESS, false, 3, "were 192.0.2.7 and are 198.51.100.8"),
        (
            "192.0.2.7",
            true,
            3,
            "were 192.0.2.7 and cannot be read now (AuthorizationFailed)",
        ),
    ] {
        let mut resources = vec![
            denying("contoso", &["198.51.100.1"], false),
            denying("fabrikam", &[EGRESS], false),
            vnet.clone(),
            gateway.clone(),
            json!({"id": address, "properties": {"ipAddress": "192.0.2.7"}}),
        ];
        scenario.seed(&resources);
        expect(
            &scenario.run(&["plan", "spec.yaml", "-o", "json=plan.json"]),
            0,
            &[],
        );
        resources[4]["properties"]["ipAddress"] = json!(now);
        scenario.seed(&resources);
        let mut faults = Vec::new();
        if fault_of_read {
            let denied = json!({"fault": 403, "code": "AuthorizationFailed", "message": "no read"});
            faults.push(fault("GET", "/natGateways/nat", denied));
        }
        scenario.write("faults.json", &json!(faults).to_string());
        let run = scenario.run(&["apply", "--plan", "plan.json", "--yes", "--faults", "faults.json"]);
        let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(run.code, code, "{text}\n{}", run.stderr);
        assert!(text.contains(told), "{text}");
    }
}

#[test]
fn subnet_that_cannot_be_read_might_get_in() {
    let scenario = scenario(&["contoso"], &known(), ready_vnet());
    let denied = json!({"fault": 403, "code": "AuthorizationFailed", "message": "no read"});
    scenario.write(
        "faults.json",
        &json!([fault("GET", "/subnets/build", denied)]).to_string(),
    );
    let plan = scenario.run(&["plan", "spec.yaml", "--faults", "faults.json"]);
    let words = [
        "refused[expect]",
        "might get in",
        "the answer depends on its service endpoint, and the subnet could not be read",
    ];
    expect(&plan, 3, &words);
    assert!(!plan.stdout.contains("subnet-unreadable"), "{}", plan.stdout);
    let audit = scenario.run(&["audit", "spec.yaml", "--faults", "faults.json"]);
    expect(&audit, 2, &["could not be read"]);
}

/// A rule counts for nothing while the endpoint of its subnet is off.
#[test]
fn allowed_subnet_without_its_endpoint_is_turned_on_again() {
    let mut text = spec(&["contoso"], "").replace("subnets: []", "subnets: [hb]");
    text = text.replace("deny: [hb]", "allow: [hb]");
    let scenario = Scenario::new(&text, &[off(), denying("contoso", &[EGRESS], true)]);
    assert_eq!(explained(&scenario), "unknown");
    let plan = scenario.run(&["plan", "spec.yaml", "--detailed-exitcode"]);
    expect(&plan, 2, &["its service endpoint is turned on"]);
    let (audit, found) = audited(&scenario);
    assert_eq!((audit.code, found["findings"].as_array().unwrap().len()), (2, 2));
    let apply = scenario.run(&["apply", "spec.yaml", "--yes"]);
    expect(&apply, 0, &[]);
    assert_eq!(audited(&scenario).0.code, 0);
    assert_eq!(explained(&scenario), "allowed");
    expect(&scenario.run(&["plan", "spec.yaml"]), 0, &["No changes"]);
    assert_eq!(requests(&scenario), ["GET contoso", "GET build"]);
}

/// `fabrikam` asks for the endpoint of the subnet, and `contoso` expects something of its clients.
#[test]
fn endpoint_that_another_registry_turns_on_decides_an_expectation() {
    for (expected, code, words) in [
        (
            "allow",
            3,
            [
                "would not get in, but `expect.allow` says it must",
                "its service endpoint is on, so IP rules for its public addresses do not match",
            ],
        ),
        ("deny", 0, ["applied and verified", "2 of 2 registries verified"]),
    ] {
        let text = format!(
            "version: 1\nsubnets:\n  hb: {{id: {}{}}}\nregistries:\n  - {{id: {}, ipRules: [192.0.2.1, {EGRESS}], expect: \
             {{{expected}: [hb]}}}}\n  - {{id: {}, ipRules: [192.0.2.1], subnets: [hb]}}\n",
            subnet_id("hub", "build"),
            known(),
            registry_id("contoso"),
            registry_id("fabrikam"),
        );
        let registries = ["contoso", "fabrikam"].map(|name| denying(name, &["192.0.2.1"], false));
        let scenario = Scenario::new(&text, &[&registries[..], &[off()]].concat());
        expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), code, &words);
        if code == 0 {
            assert_eq!(audited(&scenario).0.code, 0);
        }
    }
}

/// The addresses of the subnet are listed already.
#[test]
fn remedies_do_not_ask_for_listed_addresses_again() {
    let subnet = subnet_id("hub", "build").to_string();
    for (egress, remedy) in [
        (
            known(),
            "make sure that its service endpoint stays off: IP rules admit its public addresses",
        ),
        (
            ", egress: [192.0.2.7]".to_owned(),
            "list the public addresses that its clients have while its service endpoint is off",
        ),
    ] {
        let scenario = Scenario::new(&spec(&["contoso"], &egress), &[]);
        let explain = [
            "explain",
            "contoso",
            "--spec",
            "spec.yaml",
            "-o",
            "json",
            "--from",
        ];
        let run = scenario.run_plain(&[&explain[..], &[&subnet]].concat());
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(document["clients"][0]["remedies"][1], remedy);
    }
}

/// The clients of a fresh sandbox come over the endpoint, as an expectation of another registry's subnet takes it.
#[test]
fn fresh_sandbox_has_the_endpoint_of_an_expected_subnet() {
    let scenario = Scenario::new(&spec(&["contoso"], &known()), &[premium_registry("contoso")]);
    let plan = scenario.run_plain(&["plan", "spec.yaml", "--sandbox"]);
    expect(&plan, 0, &["1 to add"]);
}

/// The version hides subnet rules, so only one state of the endpoint has a known answer.
#[test]
fn hidden_subnet_rules_leave_the_answer_to_the_endpoint() {
    let text = spec(&["contoso"], ", egress: [192.0.2.7]")
        .replace("    subnets: []\n", "")
        .replace("    publicNetworkAccess: Enabled\n", "");
    let flags = ["--faults", "faults.json"];
    for (network, code) in [(off(), 0), (ready_vnet(), 3)] {
        let scenario = Scenario::new(&text, &[network, denying("contoso", &[EGRESS], false)]);
        scenario.write("faults.json", &offers_only("2017-10-01").to_string());
        let plan = scenario.run(&[&["plan", "spec.yaml"], &flags[..]].concat());
        assert_eq!(plan.code, code, "{}{}", plan.stdout, plan.stderr);
        assert_eq!(requests(&scenario)[1..], ["GET contoso", "GET build"]);
        if code == 3 {
            // What the spec does not manage cannot be compared, and is only not shown.
            let audit = scenario.run(&[&["audit", "spec.yaml"], &flags[..]].concat());
            let words = [
                "an expectation fails, ? not shown",
                "? does not show `publicNetworkAccess` at this api-version; the spec does not manage it",
                "1 in sync, of which 1 breaks an expectation.",
            ];
            expect(&audit, 2, &words);
        }
    }
}
