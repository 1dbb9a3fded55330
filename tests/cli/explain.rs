//! `ringfence explain`: the answer to a client, on live state and on a spec.

use serde_json::{Value, json};

use crate::apply::apply_run::{denying, expect, ready_vnet};
use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;

fn answers(run: &Run) -> Vec<String> {
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(document["format"], "ringfence.explain/1", "{}", run.stdout);
    let clients = document["clients"].as_array().expect("clients");
    let answer = |client: &Value| client["answer"].as_str().expect("an answer").to_owned();
    clients.iter().map(answer).collect()
}

fn live() -> Scenario {
    let registry = denying("contoso", &["203.0.113.50", "198.51.100.16/28"], false);
    Scenario::new(&spec_of(""), &[registry, ready_vnet()])
}

#[test]
fn address_is_admitted_by_its_rule_or_near_one() {
    let scenario = live();
    let run = scenario.run(&["explain", "contoso", "--from", "203.0.113.50", "198.51.100.7"]);
    expect(
        &run,
        0,
        &[
            "✔ 203.0.113.50 gets in",
            "IP rule 203.0.113.50 admits it",
            "✘ 198.51.100.7 does not get in",
            "the nearest rule is 198.51.100.16/28, 9 addresses away",
            "add `198.51.100.7` to `ipRules`",
        ],
    );
    // The name is looked up, which is no request below a subscription.
    let read = ("GET".to_owned(), registry_id("contoso"));
    assert_eq!(scenario.requests(), [read]);
}

/// The registry sees the private address of a subnet with its endpoint on, so the rule of its NAT gateway does not match.
#[test]
fn subnet_with_its_endpoint_on_is_judged_by_its_private_source() {
    let scenario = live();
    let subnet = subnet_id("hub", "build").to_string();
    let run = scenario.run(&["explain", &registry_id("contoso"), "--from", &subnet]);
    expect(
        &run,
        0,
        &[
            "does not get in",
            "its service endpoint is on, so the registry sees the subnet and a private address: IP rules do not match",
            "no subnet rule names it",
            "to `subnets`",
            "turn its service endpoint off, for every registry that the subnet uses",
        ],
    );
    assert!(!run.stdout.contains("203.0.113.50"), "{}", run.stdout);
    let methods: Vec<String> = scenario
        .requests()
        .into_iter()
        .map(|(method, _)| method)
        .collect();
    assert_eq!(methods, ["GET", "GET"]);
}

#[test]
fn other_clients_have_names() {
    let scenario = live();
    let from = ["trusted-services", "tasks", "ipv6", "8.8.8.8", "10.0.0.0/8"];
    let words = [&["explain", "contoso", "-o", "json", "--from"], &from[..]].concat();
    let run = scenario.run(&words);
    assert_eq!(answers(&run), ["allowed", "denied", "denied", "denied", "denied"]);
    let mut open = premium_registry("contoso");
    open["sku"] = json!({"name": "Basic", "tier": "Basic"});
    open["properties"]
        .as_object_mut()
        .unwrap()
        .remove("networkRuleSet");
    scenario.seed(&[open]);
    let run = scenario.run(&words);
    assert_eq!(
        answers(&run),
        ["allowed", "allowed", "denied", "allowed", "denied"]
    );
}

#[test]
fn registry_that_is_not_seen_is_an_error() {
    let scenario = live();
    let ask = |words: &[&str]| scenario.run(&[&["explain"], words, &["--from", "8.8.8.8"]].concat());
    expect(
        &ask(&["fabrikam"]),
        1,
        &["registry-not-found", "this account sees no registry `fabrikam`"],
    );
    expect(
        &ask(&["contoso", "-g", "other"]),
        1,
        &["registry-not-found", "resource group `rg`"],
    );
    expect(&ask(&["contoso.azurecr.io"]), 64, &["without `.azurecr.io`"]);
    expect(&ask(&[&registry_id("tailspin")]), 1, &["ResourceNotFound"]);
}

#[test]
fn spec_is_explained_without_a_connection() {
    let spec = spec_of(
        "    publicNetworkAccess: Enabled\n    defaultAction: Deny\n    subnets: []\n    ipRules: [{cidr: 203.0.113.0/24, \
         owner: platform, reason: offices}]\n",
    );
    let scenario = Scenario::new(&spec, &[]);
    scenario.write("from.txt", "203.0.113.9  # an office\n\n# others\n198.51.100.7\n");
    let ask = |words: &[&str]| {
        let explain = ["explain", "contoso", "--spec", "spec.yaml"];
        scenario.run_plain(&[&explain, words].concat())
    };
    expect(
        &ask(&["--from-file", "from.txt"]),
        0,
        &[
            "✔ 203.0.113.9 gets in",
            "owner platform; reason offices; spec.yaml:7",
            "✘ 198.51.100.7",
        ],
    );
    let run = ask(&["--from", "203.0.112.0/23", "-o", "json"]);
    assert_eq!(answers(&run), ["in-part"]);
    expect(
        &ask(&["--from", "203.0.113.9/24"]),
        64,
        &["did you mean `203.0.113.0/24`?"],
    );
    scenario.write("from.txt", "203.0.113.9\nbuild\n");
    expect(&ask(&["--from-file", "from.txt"]), 64, &["from.txt:2: `build`"]);
    expect(&ask(&["--from-file", "none.txt"]), 1, &["none.txt"]);
    let other = ["explain", "contosso", "--spec", "spec.yaml", "--from", "8.8.8.8"];
    expect(
        &scenario.run_plain(&other),
        64,
        &["contosso", "did you mean `contoso`?"],
    );
}

/// A setting that the spec leaves open may be anything.
#[test]
fn spec_that_leaves_settings_open_gives_no_certain_answer() {
    let scenario = Scenario::new(&spec_of("    ipRules: [203.0.113.9]\n"), &[]);
    let run = scenario.run_plain(&[
        "explain",
        "contoso",
        "--spec",
        "spec.yaml",
        "-o",
        "json",
        "--from",
        "203.0.113.9",
        "8.8.8.8",
        "10.0.0.1",
    ]);
    assert_eq!(answers(&run), ["unknown", "unknown", "denied"]);
}
