//! The text of plans and audits: who gains and loses access, many registries, tables.

use std::fmt::Write as _;

use serde_json::Value;

use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;
use crate::virtual_network::vnet_body;

const NAMES: [&str; 4] = ["contoso", "fabrikam", "northwind", "tailspin"];

/// Four registries with Azure's defaults. The last one is wanted as it is.
fn four() -> Scenario {
    let subnet = subnet_id("hub", "build");
    let mut spec = format!(
        "version: 1\nnetworks:\n  offices: [203.0.113.0/24]\nsubnets:\n  build: {subnet}\nregistries:\n"
    );
    for name in NAMES {
        let lines = match name {
            "tailspin" => "    defaultAction: Allow\n",
            _ => "    defaultAction: Deny\n    ipRules: [offices, 192.0.2.7]\n    subnets: [build]\n",
        };
        write!(spec, "  - id: {}\n{lines}", registry_id(name)).unwrap();
    }
    let mut resources: Vec<Value> = NAMES.map(premium_registry).into();
    resources.push(vnet_body(&[subnet]));
    Scenario::new(&spec, &resources)
}

fn shown(run: &Run, code: i32) -> &str {
    assert_eq!(run.code, code, "{}\n{}", run.stdout, run.stderr);
    &run.stdout
}

/// Clients over a service endpoint have private source addresses, which no IP rule matches.
#[test]
fn rules_for_all_addresses_cut_subnets_over_their_endpoints() {
    let lines =
        "    defaultAction: Deny\n    ipRules: [0.0.0.0/1, 128.0.0.0/1]\n    tasksBypass: true\n";
    let scenario = Scenario::new(&spec_of(lines), &[premium_registry("contoso")]);
    let words = ["plan", "spec.yaml", "--override", "widest-rule"];
    let run = scenario.run(&[&words[..], &["-o", "text", "-o", "json=plan.json"]].concat());
    let text = shown(&run, 0);
    let told = "  loses     unlisted subnets over service endpoints\n";
    assert!(text.contains(told), "{text}");
    let plan: Value = serde_json::from_str(&scenario.read("plan.json")).unwrap();
    let access = &plan["registries"][0]["access"];
    assert_eq!(access["effect"], "narrows");
    assert_eq!(access["loses"]["only"]["others"][0], "unlisted-subnets");
    let run = scenario.run(&[&words[..], &["--fail-on", "narrows"]].concat());
    let told = "access narrows: unlisted subnets over service endpoints";
    assert!(shown(&run, 3).contains(told), "{}", run.stdout);
    // Some clouds have no service endpoints for registries. A saved plan keeps that.
    let cloud = ["--cloud", "usgov"];
    let run = scenario.run(&[&words[..], &cloud, &["-o", "text", "-o", "json=plan.json"]].concat());
    assert!(!shown(&run, 0).contains("unlisted"), "{}", run.stdout);
    let run = scenario.run(&[&["apply", "--plan", "plan.json", "--yes"], &cloud[..]].concat());
    assert!(!shown(&run, 0).contains("unlisted"), "{}", run.stdout);
}

#[test]
fn plans_name_who_loses_access_in_text_and_json() {
    let scenario = four();
    let run = scenario.run(&["plan", "spec.yaml", "-o", "text", "-o", "json=plan.json"]);
    let text = shown(&run, 0);
    assert!(
        text.contains("  loses     everyone but 257 addresses and subnet hub/build\n"),
        "{text}"
    );
    assert!(
        text.contains("    + hub/build  its service endpoint is turned on; build; line 5\n"),
        "{text}"
    );
    assert!(
        text.contains("  the same for 2 more registries: fabrikam, northwind\n"),
        "{text}"
    );
    assert!(!text.contains("/subscriptions/"), "{text}");
    let plan: Value = serde_json::from_str(&scenario.read("plan.json")).unwrap();
    let loses = &plan["registries"][0]["access"]["loses"]["everyoneBut"];
    assert_eq!(loses["ranges"][0]["name"], "offices");
    assert_eq!(loses["subnets"][0]["id"], subnet_id("hub", "build").as_str());
}

#[test]
fn flags_choose_how_much_a_plan_shows() {
    let scenario = four();
    let run = scenario.run(&["plan", "spec.yaml", "--all"]);
    let text = shown(&run, 0);
    for name in NAMES {
        assert!(text.contains(&format!(" {name} (group rg, spec.yaml:")), "{text}");
    }
    let run = scenario.run(&["plan", "spec.yaml", "-v"]);
    let id = subnet_id("hub", "build");
    assert!(
        shown(&run, 0).contains(&format!("    + {id}  its")),
        "{}",
        run.stdout
    );
}

#[test]
fn plan_table_has_a_row_for_each_registry() {
    let scenario = four();
    let run = scenario.run(&["plan", "spec.yaml", "-o", "table", "-o", "text=plan.txt"]);
    let table = shown(&run, 0);
    let columns: Vec<&str> = table.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(columns, ["NAME", "MODE", "+", "~", "-", "STATE", "WHO"]);
    for (line, name) in table.lines().skip(1).zip(NAMES) {
        assert!(line.starts_with(name), "{table}");
    }
    assert!(
        table.contains("tailspin   open                      0  0  0  up to date\n"),
        "{table}"
    );
    assert!(scenario.read("plan.txt").contains("the same for 2 more"));
}

#[test]
fn audit_table_and_text_have_the_signs_of_the_plan() {
    let scenario = four();
    let run = scenario.run(&["audit", "spec.yaml", "-o", "table"]);
    let table = shown(&run, 2);
    assert!(
        table.starts_with(
            "NAME       MODE  +  ~  -  !  STATE    WHO\ncontoso    open  4  1  0  0  drifted  lets in everyone but "
        ),
        "{table}"
    );
    let run = scenario.run(&["audit", "spec.yaml"]);
    let text = shown(&run, 2);
    assert!(
        text.contains("  + 203.0.113.0/24 is missing  offices; spec.yaml:3\n"),
        "{text}"
    );
    assert!(
        text.contains("\nNext: ringfence plan spec.yaml --verify-endpoints --sandbox="),
        "{text}"
    );
}

#[test]
fn errors_of_a_table_are_not_written_twice() {
    let scenario = four();
    let run = scenario.run(&["plan", "no.yaml", "-o", "table"]);
    assert_eq!(shown(&run, 1), "");
    let run = scenario.run(&["validate", "spec.yaml", "-o", "table"]);
    assert!(
        run.stderr.contains("`table` is not available for this command"),
        "{}",
        run.stderr
    );
}
