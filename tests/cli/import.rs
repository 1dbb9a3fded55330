//! `ringfence import`: live registries as a spec whose plan is empty.

use serde_json::{Value, json};

use crate::apply::apply_run::{denying, expect, offers_only, ready_vnet};
use crate::azure_bodies::{SUBSCRIPTION, premium_registry, registry_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;

const OTHER: &str = "00000000-0000-0000-0000-000000000002";
const LISTS: [&str; 2] = ["203.0.113.0/24", "198.51.100.7"];

fn scenario(resources: &[Value]) -> Scenario {
    Scenario::new(&spec_of(""), resources)
}

/// Paths of all requests of the last run to Azure's management, in the order in which they came.
fn paths(scenario: &Scenario) -> Vec<String> {
    let mut paths = Vec::new();
    for line in scenario.read("requests.jsonl").lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let path = line["path"].as_str().unwrap().to_ascii_lowercase();
        if path.starts_with("/subscriptions/") || path.contains("resourcegraph") {
            paths.push(path);
        }
    }
    paths
}

/// Fails unless the plan of the imported spec is empty, and the file is formatted.
fn check_spec(scenario: &Scenario, run: &Run) {
    scenario.write("out.yaml", &run.stdout);
    let formatted = scenario.run_plain(&["fmt", "--check", "out.yaml"]);
    assert_eq!(formatted.code, 0, "{}\n{}", formatted.stdout, run.stdout);
    let plan = scenario.run(&["plan", "out.yaml", "--detailed-exitcode"]);
    assert_eq!(plan.code, 0, "{}\n{}\n{}", plan.stdout, plan.stderr, run.stdout);
}

fn document(run: &Run) -> Value {
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(document["format"], "ringfence.import/1", "{}", run.stdout);
    document
}

/// Two registries that share their rules in other orders and spellings, and one whose tier has no rules.
fn three() -> Vec<Value> {
    let mut standard = premium_registry("standardacr");
    standard["sku"] = json!({"name": "Standard", "tier": "Standard"});
    standard["properties"]
        .as_object_mut()
        .unwrap()
        .remove("networkRuleSet");
    vec![
        denying(
            "contoso",
            &["203.0.113.0/24", "198.51.100.7", "198.51.100.7/32"],
            false,
        ),
        denying("fabrikam", &["198.51.100.7/32", "203.0.113.0/24"], false),
        standard,
    ]
}

#[test]
fn subscription_becomes_a_spec_whose_plan_is_empty() {
    let scenario = scenario(&three());
    let run = scenario.run(&["import", "--subscription", SUBSCRIPTION]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(paths(&scenario).len(), 1);
    insta::assert_snapshot!(run.stdout, @r"
    # Written by `ringfence import`: the plan of this state is empty.
    # Give networks and subnets the names that you know them by, here and where they are listed.
    version: 1

    networks:
      net-203-0-113-0-24: [198.51.100.7, 203.0.113.0/24]

    defaults:
      publicNetworkAccess: Enabled
      subnets: []
      trustedServices: true
      tasksBypass: false
      dataEndpoint: false
      endpointProtocol: IPv4

    registries:
      - id: /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso
        defaultAction: Deny
        ipRules: [net-203-0-113-0-24]
      - id: /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/fabrikam
        defaultAction: Deny
        ipRules: [net-203-0-113-0-24]
      - id: /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/standardacr
    ");
    for told in [
        "imported 3 registries, with 1 named network and 0 named subnets",
        "contoso: `198.51.100.7/32` is there more than once: the spec lists it once",
    ] {
        assert!(run.stderr.contains(told), "{told}\n{}", run.stderr);
    }
    check_spec(&scenario, &run);
    let quiet = scenario.run(&["import", "--subscription", SUBSCRIPTION, "-q"]);
    assert_eq!(quiet.stdout, run.stdout);
    assert!(!quiet.stderr.contains("imported"), "{}", quiet.stderr);
}

/// What a pasted answer of `az acr show` leaves out, the sandbox fills in as Azure does.
#[test]
fn only_and_except_choose_among_what_is_found() {
    let scenario = scenario(&three());
    let import = |words: &[&str]| scenario.run(&[&["import", "--all", "-o", "json"], words].concat());
    let names = |run: &Run| {
        let document = document(run);
        let mut names = Vec::new();
        for registry in document["registries"].as_array().unwrap() {
            let id = registry["id"].as_str().unwrap();
            names.push(id.rsplit('/').next().unwrap().to_owned());
        }
        names
    };
    assert_eq!(
        names(&import(&["--only", "*acr", "--only", "contoso"])),
        ["contoso", "standardacr"]
    );
    assert_eq!(
        names(&import(&["--except", "contoso"])),
        ["fabrikam", "standardacr"]
    );
    let run = import(&["--only", "contosso"]);
    expect(
        &run,
        64,
        &[
            "`--only contosso` fits no registry that was found",
            "did you mean `contoso`?",
        ],
    );
}

#[test]
fn registries_are_read_by_id_and_by_name() {
    let scenario = scenario(&[
        denying("contoso", &LISTS, true),
        denying("fabrikam", &LISTS, true),
        ready_vnet(),
    ]);
    let id = registry_id("contoso");
    let run = scenario.run(&["import", &id, "fabrikam", &id.to_lowercase()]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(paths(&scenario).len(), 3, "{:?}", paths(&scenario));
    assert!(run.stdout.contains("  subnets: [hub-build]\n"), "{}", run.stdout);
    check_spec(&scenario, &run);
    let group = scenario.run(&["import", "--subscription", SUBSCRIPTION, "-g", "RG"]);
    assert_eq!(group.stdout, run.stdout);
    assert_eq!(paths(&scenario).len(), 1);
}

/// Registries of a subscription, in the form that state files have.
fn elsewhere(name: &str) -> Value {
    let mut body = denying(name, &LISTS, false);
    body["id"] = json!(registry_id(name).replace(SUBSCRIPTION, OTHER));
    body
}

fn two_subscriptions() -> Scenario {
    let scenario = scenario(&[]);
    let subscription = |id: &str| {
        json!({"id": id, "tenant": "00000000-0000-0000-0000-00000000000f",
            "registered": ["Microsoft.ContainerRegistry", "Microsoft.Network"]})
    };
    scenario.seed_state(&json!({
        "subscriptions": [subscription(SUBSCRIPTION), subscription(OTHER)],
        "resources": [elsewhere("tailspin"), denying("contoso", &LISTS, false), denying("fabrikam", &[], false)],
    }));
    scenario
}

#[test]
fn everything_visible_takes_a_query_and_a_list_for_each_subscription() {
    let scenario = two_subscriptions();
    let run = scenario.run(&["import", "--all"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stdout.matches("- id: ").count(), 3, "{}", run.stdout);
    assert_eq!(paths(&scenario).len(), 3, "{:?}", paths(&scenario));
    check_spec(&scenario, &run);
}

#[test]
fn account_with_rights_on_single_registries_reads_each() {
    let scenario = two_subscriptions();
    let whole = scenario.run(&["import", "--all"]).stdout;
    let lists =
        json!({"match": {"path": "*/providers/Microsoft.ContainerRegistry/registries"}, "fault": 403});
    scenario.write("faults.json", &json!([lists]).to_string());
    let run = scenario.run(&["import", "--all", "--faults", "faults.json"]);
    assert_eq!((run.code, &run.stdout), (0, &whole), "{}", run.stderr);
    assert_eq!(paths(&scenario).len(), 6, "{:?}", paths(&scenario));
    // A registry that is hidden from the account is not seen at all.
    let hidden = json!({"action": "Microsoft.ContainerRegistry/registries/read", "scope": registry_id("fabrikam")});
    scenario.write("conditions.json", &json!({"denied": [hidden]}).to_string());
    let run = scenario.run(&["import", "--all", "--conditions", "conditions.json"]);
    assert_eq!(run.stdout.matches("- id: ").count(), 2, "{}", run.stdout);
}

#[test]
fn place_that_cannot_be_read_is_told_and_the_rest_is_imported() {
    let scenario = scenario(&[denying("contoso", &LISTS, false)]);
    let words = ["import", "--subscription", OTHER, "--subscription", SUBSCRIPTION];
    let run = scenario.run(&words);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stdout.contains("/contoso\n"), "{}", run.stdout);
    assert!(
        run.stderr.contains("1 place was not read") && run.stderr.contains(OTHER),
        "{}",
        run.stderr
    );
    let json = document(&scenario.run(&[&words[..], &["-o", "json"]].concat()));
    assert_eq!(json["spec"], run.stdout.as_str());
    assert_eq!(json["failures"][0]["id"], format!("/subscriptions/{OTHER}"));
    assert_eq!(json["summary"]["failures"], 1);
    assert_eq!(json["registries"][0]["managed"][0], "publicNetworkAccess");
}

#[test]
fn unknown_name_is_told_also_quietly_and_the_rest_is_imported() {
    let scenario = scenario(&[denying("contoso", &LISTS, false)]);
    for quiet in [&[][..], &["-q"]] {
        let run = scenario.run(&[&["import", "nosuch1", "contoso"], quiet].concat());
        expect(&run, 1, &["this account sees no registry `nosuch1`"]);
        assert!(run.stdout.contains("/contoso\n"), "{}", run.stdout);
    }
}

/// What the newest version on offer hides is said, and never taken for nothing.
#[test]
fn old_versions_leave_hidden_settings_out() {
    let scenario = scenario(&[denying("contoso", &LISTS, true), ready_vnet()]);
    for (version, hidden) in [
        ("2025-11-01", &["virtualNetworkRules"][..]),
        (
            "2019-05-01",
            &["publicNetworkAccess", "endpointProtocol", "dataEndpointEnabled"],
        ),
    ] {
        scenario.write("faults.json", &offers_only(version).to_string());
        let at_version = ["--faults", "faults.json"];
        let run = scenario.run(&[&["import", &registry_id("contoso")], &at_version[..]].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        for path in hidden {
            let told = format!("api-version `{version}` does not show `");
            let line = run
                .stderr
                .lines()
                .find(|line| line.contains(&told) && line.contains(path));
            assert!(line.is_some(), "{path}: {}", run.stderr);
        }
        assert!(
            run.stdout
                .contains("# Not managed: settings that Azure does not show here\n"),
            "{}",
            run.stdout
        );
        assert_eq!(
            run.stdout.contains("subnets:"),
            version == "2019-05-01",
            "{}",
            run.stdout
        );
        scenario.write("old.yaml", &run.stdout);
        let plan =
            scenario.run(&[&["plan", "old.yaml", "--detailed-exitcode"], &at_version[..]].concat());
        assert_eq!(plan.code, 0, "{}\n{}", plan.stdout, plan.stderr);
    }
}

#[test]
fn hundred_registries_in_pages_are_a_request_for_each_page() {
    let fleet: Vec<Value> = (0..100)
        .map(|n| denying(&format!("registry{n:03}"), &LISTS, false))
        .collect();
    let scenario = scenario(&fleet);
    scenario.write("conditions.json", r#"{"pageSize": 40}"#);
    let words = [
        "import",
        "--subscription",
        SUBSCRIPTION,
        "--conditions",
        "conditions.json",
    ];
    let run = scenario.run(&words);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(paths(&scenario).len(), 3);
    assert_eq!(run.stdout.matches("- id: ").count(), 100);
    // A line for each registry, and what all of them share.
    assert_eq!(run.stdout.lines().count(), 118, "{}", run.stdout);
}

#[test]
fn nothing_to_import_is_an_error() {
    let scenario = scenario(&[]);
    let import = |words: &[&str]| scenario.run(&[&["import"], words].concat());
    for words in [&["--subscription", SUBSCRIPTION][..], &["--all"]] {
        let run = import(words);
        expect(
            &run,
            1,
            &["registry-not-found", "no registry that this account can see"],
        );
        assert_eq!(run.stdout, "");
    }
    expect(
        &import(&[]),
        64,
        &["name registries, or give --subscription ID or --all"],
    );
    expect(&import(&["-g", "rg"]), 64, &["add --subscription ID"]);
    expect(&import(&["contoso", "--all"]), 64, &["cannot be used with"]);
    expect(&import(&["--subscription", "a/b"]), 64, &["without slashes"]);
    expect(
        &import(&["contoso", "--subscription", SUBSCRIPTION, "--subscription", OTHER]),
        64,
        &["give --subscription once"],
    );
    expect(
        &import(&["contoso"]),
        1,
        &["this account sees no registry `contoso`"],
    );
    // A place that cannot be read gives no empty spec.
    let gone = registry_id("tailspin");
    let run = import(&["--subscription", OTHER, "-o", "yaml=empty.yaml"]);
    expect(&run, 1, &[OTHER]);
    let run = import(&[
        &gone,
        &gone.replace("tailspin", "northwind"),
        "-o",
        "yaml=empty.yaml",
    ]);
    expect(&run, 1, &["northwind", "tailspin"]);
    assert!(!scenario.path("empty.yaml").exists());
}

#[test]
fn spec_goes_into_a_new_file_and_overwrites_none() {
    let scenario = scenario(&[denying("contoso", &LISTS, false)]);
    let words = ["import", "contoso", "-o", "yaml=new.yaml", "-o", "json=new.json"];
    let run = scenario.run(&words);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    assert!(scenario.read("new.yaml").contains("/contoso\n"));
    let again = scenario.run(&words);
    expect(&again, 64, &["would overwrite a YAML file"]);
    // An error has no form as a spec.
    let failed = scenario.run(&["import", "tailspin", "-o", "yaml=error.yaml"]);
    assert_eq!(failed.code, 1);
    assert!(!scenario.path("error.yaml").exists());
}
