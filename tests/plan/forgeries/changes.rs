//! Changes that planning cannot make.

use serde_json::{Value, json};

use super::{BYPASS, DATA, ENDPOINTS, IPS, PUBLIC, SUBNETS, plan, refused, rules, subnet};
use crate::azure_bodies::premium_registry;

/// Azure may read a text as a range that our parser refuses.
#[test]
fn only_canonical_rules_are_accepted() {
    let no_rule = "is not written as plans write rules";
    for value in [
        "198.51.100.5/0",
        "0.0.0.0/0 ",
        " 0.0.0.0/0",
        "0.0.0.0/00",
        "0.0.0.0/0\u{0}",
        "00.0.0.0/0",
        "203.0.113.7/32",
        "2001:db8::/32",
        "*",
        "",
        subnet("build").as_str(),
    ] {
        let says = refused(&[(&format!("/changes/{IPS}/add"), rules(&[value]))]);
        assert!(says.contains(no_rule), "{value}: {says}");
    }
    let registry = premium_registry("contoso")["id"].clone();
    for value in [
        &format!("{}/", subnet("build")),
        registry.as_str().unwrap(),
        "0.0.0.0/0",
        "",
    ] {
        for at in [SUBNETS, ENDPOINTS] {
            let says = refused(&[(&format!("/changes/{at}/add"), rules(&[value]))]);
            assert!(says.contains(no_rule), "{value}: {says}");
        }
    }
}

#[test]
fn additions_are_new_and_removals_were_read() {
    let gone = ["8.8.4.4", "198.51.100.1", "198.51.100.1/32"];
    let [build, test] = ["build", "test"].map(|name| subnet(name).to_string());
    let (build, test) = (build.as_str(), test.as_str());
    let old = subnet("old").to_string();
    let in_unsorted = "the rules that go in are not sorted, or one is there twice";
    let out_unsorted = "the rules that go out are not sorted, or not those that were read";
    let there = "a rule that goes in is there already";
    let rows = [
        (IPS, "add", rules(&["203.0.113.7", "203.0.113.0/30"]), in_unsorted),
        (IPS, "add", rules(&["203.0.113.7", "203.0.113.7"]), in_unsorted),
        (IPS, "add", rules(&["9.9.9.9"]), there),
        (IPS, "add", rules(&["198.51.100.1"]), there),
        (IPS, "remove", rules(&gone[..2]), out_unsorted),
        (IPS, "remove", rules(&[gone[1], gone[2], gone[0]]), out_unsorted),
        (IPS, "remove", rules(&[gone[0], gone[0]]), out_unsorted),
        (IPS, "remove", rules(&["8.8.4.4/32"]), out_unsorted),
        (IPS, "remove", rules(&["1.1.1.1"]), out_unsorted),
        (
            IPS,
            "remove",
            rules(&["8.8.8.8"]),
            "`8.8.8.8` is not the spec's to remove",
        ),
        (IPS, "action", json!("add"), "its action does not fit"),
        (IPS, "after", json!("0.0.0.0/0"), "its action does not fit"),
        (SUBNETS, "add", rules(&[test, build]), in_unsorted),
        (SUBNETS, "add", rules(&[&old]), there),
        (SUBNETS, "remove", rules(&[&old.to_uppercase()]), out_unsorted),
        (SUBNETS, "remove", rules(&[build]), out_unsorted),
        (ENDPOINTS, "add", rules(&[build, build]), in_unsorted),
        (
            ENDPOINTS,
            "add",
            rules(&[&old]),
            "was not read without the endpoint",
        ),
        (
            ENDPOINTS,
            "remove",
            rules(&[build]),
            "`/registries/0/changes/5/remove` is not as plans have it",
        ),
        (
            ENDPOINTS,
            "action",
            json!("change"),
            "`/registries/0/changes/5/action` is not as plans have it",
        ),
    ];
    for (change, key, value, says) in rows {
        let edit = (&*format!("/changes/{change}/{key}"), value.clone());
        let said = refused(&[edit]);
        assert!(said.contains(says), "{change} {key} {value}: {said}");
    }
}

/// ARM may give another spelling a meaning that the plan does not show.
#[test]
fn single_values_use_arms_spelling() {
    let none = "is none of its values";
    let already = "it is that already, or was not read";
    let fits = "its action does not fit";
    let starts = "it does not start at what was read";
    let rows = [
        (BYPASS, "after", json!("azureservices"), none),
        (BYPASS, "after", json!({"x": 1}), none),
        (BYPASS, "after", json!(["None"]), none),
        (BYPASS, "after", json!(false), none),
        (BYPASS, "after", json!("AzureServices"), already),
        (PUBLIC, "after", json!("SecuredByPerimeter"), none),
        (PUBLIC, "after", json!("disabled"), none),
        (PUBLIC, "after", json!("Enabled"), already),
        (PUBLIC, "after", Value::Null, none),
        (PUBLIC, "before", json!("enabled"), starts),
        (PUBLIC, "action", json!("remove"), fits),
        (PUBLIC, "add", rules(&["8.8.8.8"]), fits),
        (DATA, "after", json!("true"), none),
        (DATA, "after", json!(1), none),
        (DATA, "after", json!(false), already),
    ];
    for (change, key, value, says) in rows {
        let edit = (&*format!("/changes/{change}/{key}"), value.clone());
        let said = refused(&[edit]);
        assert!(said.contains(says), "{change} {key} {value}: {said}");
    }
    let hidden = [
        ("/basis/publicNetworkAccess", Value::Null),
        ("/changes/0/before", Value::Null),
    ];
    assert!(refused(&hidden).contains(already));
}

#[test]
fn changes_the_spec_cannot_ask_for_are_refused() {
    let plan = plan();
    let registry = &plan["registries"][0];
    let mut fewer = registry["changes"].clone();
    fewer[SUBNETS]["add"].as_array_mut().unwrap().pop();
    let mut swapped = registry["changes"].as_array().unwrap().clone();
    swapped.swap(PUBLIC, IPS);
    let mut endpoints_first = registry["changes"].as_array().unwrap().clone();
    endpoints_first.rotate_right(1);
    let mut steps = registry["steps"].as_array().unwrap().clone();
    let mut cheap = steps.clone();
    cheap.last_mut().unwrap().as_object_mut().unwrap().remove("cost");
    steps.insert(0, steps[0].clone());
    let rows = [
        ("/changes", json!(swapped), "are not sorted"),
        ("/changes", json!(endpoints_first), "is not as plans have it"),
        ("/changes", fewer, "a subnet has no rule"),
        (
            "/managed",
            json!(["publicNetworkAccess"]),
            "which it does not manage",
        ),
        ("/steps", json!(steps), "are not those of its changes"),
        ("/steps", json!(cheap), "are not those of its changes"),
        ("/ownership", json!("additive"), "is not the spec's to remove"),
        ("/ignore", json!(["8.0.0.0/8"]), "is not the spec's to remove"),
        ("/basis/virtualNetworkRules", Value::Null, "it was not read"),
        ("/basis/registrations", json!({}), "are not those of its changes"),
    ];
    for (at, value, says) in rows {
        let said = refused(&[(at, value)]);
        assert!(said.contains(says), "{at}: {said}");
    }
}
