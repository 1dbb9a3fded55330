//! `ringfence rule`: the flags and the JSON of `az acr network-rule`, on live state.

use serde_json::{Value, json};

use crate::apply::apply_run::{count, denying, expect, ips, offers_only, ready_vnet};
use crate::azure_bodies::{SUBSCRIPTION, premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;
use crate::virtual_network::vnet_body;

const NAMED: [&str; 2] = ["-n", "contoso"];

/// `contoso` under Deny with these IP rules, and a subnet whose service endpoint is off.
fn live(rules: &[&str]) -> Scenario {
    let vnet = vnet_body(&[subnet_id("hub", "build")]);
    Scenario::new(&spec_of(""), &[denying("contoso", rules, false), vnet])
}

fn rule(scenario: &Scenario, action: &str, words: &[&str]) -> Run {
    scenario.run(&[&["rule", action], &NAMED[..], words].concat())
}

/// Methods of all requests of the last run but those of the sign-in.
fn methods(scenario: &Scenario) -> Vec<String> {
    let mut methods = Vec::new();
    for line in scenario.read("requests.jsonl").lines() {
        let request: Value = serde_json::from_str(line).unwrap();
        let path = request["path"].as_str().unwrap();
        if path.starts_with("/subscriptions/") || path.starts_with("/providers/") {
            methods.push(request["method"].as_str().unwrap().to_owned());
        }
    }
    methods
}

#[test]
fn list_prints_what_az_prints() {
    let registry = denying("contoso", &["203.0.113.25", "198.51.100.0/24"], true);
    let scenario = Scenario::new(&spec_of(""), &[registry, ready_vnet()]);
    let subnet = subnet_id("hub", "build");
    let run = rule(&scenario, "list", &[]);
    let wanted = format!(
        r#"{{
  "ipRules": [
    {{
      "action": "Allow",
      "ipAddressOrRange": "203.0.113.25"
    }},
    {{
      "action": "Allow",
      "ipAddressOrRange": "198.51.100.0/24"
    }}
  ],
  "virtualNetworkRules": [
    {{
      "action": "Allow",
      "virtualNetworkResourceId": "{subnet}",
      "virtualNetworkSubnetResourceId": "{subnet}"
    }}
  ]
}}
"#
    );
    assert_eq!((run.code, run.stdout), (0, wanted), "{}", run.stderr);
    let text = rule(&scenario, "list", &["-o", "text"]).stdout;
    assert_eq!(
        text,
        format!(
            "contoso: selected networks (2 IP, 1 subnet)\n  203.0.113.25\n  198.51.100.0/24\n  {subnet}\n"
        )
    );
}

#[test]
fn list_is_one_request_by_id_and_two_by_name() {
    let scenario = live(&["203.0.113.25"]);
    let id = registry_id("contoso");
    let rows: [(&[&str], &[&str]); 4] = [
        (&["-n", &id], &["GET"]),
        (
            &["-n", "contoso", "-g", "rg", "--subscription", SUBSCRIPTION],
            &["GET"],
        ),
        (&["-n", "contoso"], &["POST", "GET"]),
        (&["--name", "contoso", "--resource-group", "RG"], &["POST", "GET"]),
    ];
    for (words, wanted) in rows {
        let run = scenario.run(&[&["rule", "list"], words].concat());
        assert_eq!(run.code, 0, "{words:?}: {}", run.stderr);
        assert_eq!(methods(&scenario), wanted, "{words:?}");
    }
}

#[test]
fn add_of_fifty_addresses_is_one_read_and_one_patch() {
    let addresses: Vec<String> = (0..50).map(|n| format!("198.51.100.{n}")).collect();
    let words: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let words = [&["--ip-address"], &words[..]].concat();
    let id = registry_id("contoso");
    for (name, wanted) in [
        (&*id, &["GET", "PATCH"][..]),
        ("contoso", &["POST", "GET", "PATCH"]),
    ] {
        let scenario = live(&["203.0.113.25"]);
        let run = scenario.run(&[&["rule", "add", "-n", name], &words[..]].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert_eq!(methods(&scenario), wanted, "{name}");
        assert_eq!(ips(&scenario).len(), 51);
    }
}

#[test]
fn change_prints_the_registry_as_az_prints_it() {
    let scenario = live(&["203.0.113.25"]);
    let wanted = |rules: &[&str]| {
        let rule = |text: &&str| json!({"action": "Allow", "ipAddressOrRange": text});
        let rules: Vec<Value> = rules.iter().map(rule).collect();
        json!({
            "name": "contoso",
            "networkRuleSet": {"defaultAction": "Deny", "ipRules": rules, "virtualNetworkRules": []},
            "provisioningState": "Succeeded"
        })
    };
    let printed = |run: &Run| serde_json::from_str::<Value>(&run.stdout).unwrap();
    let added = rule(&scenario, "add", &["--ip-address", "203.0.113.9/32"]);
    expect(
        &added,
        0,
        &[
            "applied, as Azure answered",
            "Apply: 1 added, 0 changed, 0 removed, as Azure answered; not read again.",
            "Undo: ringfence restore --from",
        ],
    );
    assert_eq!(printed(&added), wanted(&["203.0.113.25", "203.0.113.9"]));
    // A rule that is there is not written again, however it is spelled.
    let again = rule(
        &scenario,
        "add",
        &["--ip-address", "203.0.113.9", "203.0.113.25/32"],
    );
    expect(&again, 0, &["Nothing to do"]);
    assert_eq!(printed(&again), printed(&added));
    assert_eq!(count(&scenario, "PATCH"), 0);
    let removed = rule(&scenario, "remove", &["--ip-address", "203.0.113.25/32", "-q"]);
    assert_eq!((removed.code, printed(&removed)), (0, wanted(&["203.0.113.9"])));
    assert!(!removed.stderr.contains("answered"), "{}", removed.stderr);
}

/// The answer shows a change that the registry does not keep. One read and one write cannot tell.
#[test]
fn change_that_was_not_read_again_is_not_called_verified() {
    let scenario = live(&["203.0.113.25"]);
    let lost = json!([{"match": {"method": "PATCH"}, "fault": "lost-write"}]);
    scenario.write("faults.json", &lost.to_string());
    let words = ["--ip-address", "203.0.113.9", "--faults", "faults.json"];
    let run = rule(&scenario, "add", &words);
    expect(&run, 0, &["as Azure answered; not read again"]);
    assert!(!run.stderr.contains("verified"), "{}", run.stderr);
    let listed = rule(&scenario, "list", &["-o", "text"]).stdout;
    assert!(!listed.contains("203.0.113.9"), "{listed}");
}

/// Both answers leave open whether the write was processed, and the same read tells.
#[test]
fn lost_answer_is_decided_by_what_the_registry_shows() {
    for fault in [
        json!({"fault": 500, "processed": true, "retryAfter": 0}),
        json!({"fault": "garbage"}),
    ] {
        let scenario = live(&["203.0.113.25"]);
        let mut entry = fault;
        entry["match"] = json!({"method": "PATCH"});
        scenario.write("faults.json", &json!([entry]).to_string());
        let words = ["--ip-address", "203.0.113.9", "--faults", "faults.json"];
        let run = rule(&scenario, "add", &words);
        expect(&run, 0, &["1 added", "1 of 1 registry verified"]);
        assert_eq!(ips(&scenario), ["203.0.113.25", "203.0.113.9"]);
    }
}

#[test]
fn rules_are_compared_as_ranges_and_not_as_texts() {
    let scenario = live(&["203.0.113.25", "203.0.113.0"]);
    for (action, address) in [
        ("add", "203.0.113.2"),
        ("add", "203.0.113.0/24"),
        ("remove", "203.0.113.2/32"),
    ] {
        let run = rule(&scenario, action, &["--ip-address", address]);
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    assert_eq!(ips(&scenario), ["203.0.113.25", "203.0.113.0", "203.0.113.0/24"]);
    let run = rule(&scenario, "remove", &["--ip-address", "203.0.113.77"]);
    let note = "there is no rule `203.0.113.77` to remove; `203.0.113.0/24` contains it and stays";
    assert_eq!(run.code, 0, "{}", run.stderr);
    let words: Vec<&str> = run.stderr.split_whitespace().collect();
    assert!(words.join(" ").contains(note), "{}", run.stderr);
    assert_eq!(count(&scenario, "PATCH"), 0);
}

#[test]
fn addresses_of_no_public_client_are_refused_together() {
    let scenario = live(&["203.0.113.25"]);
    scenario.write(
        "ips.txt",
        "203.0.113.9  # an office\n\n203.0.113.7/24\n203.0.113.7 - 203.0.113.8\n",
    );
    let before = scenario.state();
    let run = rule(
        &scenario,
        "add",
        &[
            "--ip-address",
            "172.16.5.4",
            "2001:db8:1a::b91c",
            "--ip-file",
            "ips.txt",
        ],
    );
    expect(
        &run,
        64,
        &[
            "`172.16.5.4` lies in a private range (RFC 1918)",
            "registry IP rules are IPv4 only",
            "ips.txt:3: `203.0.113.7/24` has host bits set; the range is `203.0.113.0/24`",
            "ips.txt:4: ",
            "`203.0.113.7`, `203.0.113.8`",
        ],
    );
    for text in ["203.0.113.7 203.0.113.8", "<!DOCTYPE html>", ""] {
        expect(&rule(&scenario, "add", &["--ip-address", text]), 64, &[]);
    }
    assert_eq!(scenario.state(), before);
    // A private rule may be there, and must go.
    let scenario = live(&["203.0.113.25", "10.0.0.0/8"]);
    assert_eq!(rule(&scenario, "remove", &["--ip-address", "10.0.0.0/8"]).code, 0);
    assert_eq!(ips(&scenario), ["203.0.113.25"]);
}

/// No range names such a rule, and no spec can want it.
#[test]
fn rule_that_cannot_be_read_is_removed_by_its_text() {
    let scenario = live(&["203.0.113.25", "::/0"]);
    let remove = ["--ip-address", "::/0"];
    expect(
        &rule(&scenario, "remove", &remove),
        64,
        &["`::/0` is IPv6", "--override unparsed"],
    );
    let by_text = [&remove[..], &["--override", "unparsed"]].concat();
    expect(&rule(&scenario, "add", &remove), 64, &["IPv4 only"]);
    let run = rule(&scenario, "remove", &by_text);
    assert_eq!(
        (run.code, ips(&scenario)),
        (0, vec!["203.0.113.25".to_owned()]),
        "{}",
        run.stderr
    );
    let none = rule(&scenario, "remove", &by_text);
    expect(&none, 0, &["there is no rule `::/0` to remove"]);
    assert_eq!(count(&scenario, "PATCH"), 0);
}

#[test]
fn mistakes_name_the_form_that_is_taken() {
    let scenario = live(&["203.0.113.25"]);
    scenario.write("list.txt", "203.0.113.2, 203.0.113.3\n");
    scenario.write("empty.txt", "# none\n");
    let network = subnet_id("hub", "build").vnet().to_string();
    let rows: [(&str, &[&str], i32, &str); 6] = [
        (
            "add",
            &["--ip-file", "list.txt"],
            64,
            "a file has one on each line",
        ),
        ("add", &["--ip-file", "empty.txt"], 64, "`empty.txt` has no entry"),
        (
            "add",
            &["--subnet", "build", "--vnet-name", &network],
            64,
            "give the id of the subnet to --subnet",
        ),
        (
            "list",
            &["--subscription", "prod"],
            64,
            "expected the id of a subscription",
        ),
        (
            "add",
            &["--ip-address", "203.0.113.2,203.0.113.3"],
            64,
            "separate addresses with spaces instead of commas",
        ),
        (
            "add",
            &["--subnet", "build", "--vnet-name", "elsewhere"],
            3,
            "give the id of a subnet elsewhere",
        ),
    ];
    for (action, words, code, text) in rows {
        let run = rule(&scenario, action, words);
        assert_eq!(run.code, code, "{}", run.stderr);
        let told: Vec<&str> = run.stderr.split_whitespace().collect();
        assert!(told.join(" ").contains(text), "{}", run.stderr);
    }
}

#[test]
fn remove_without_a_rule_names_the_ways_to_remove_all() {
    let scenario = live(&["203.0.113.25"]);
    let run = rule(&scenario, "remove", &[]);
    expect(
        &run,
        64,
        &["ringfence restore --default-allow contoso", "`ipRules: []`"],
    );
    expect(&rule(&scenario, "add", &[]), 64, &["--ip-address"]);
    assert_eq!(ips(&scenario), ["203.0.113.25"]);
}

#[test]
fn guards_hold_for_rules_too() {
    let scenario = live(&["203.0.113.25"]);
    let remove = ["--ip-address", "203.0.113.25"];
    let refused = rule(&scenario, "remove", &remove);
    expect(
        &refused,
        3,
        &["--override last-rule", "refused, nothing was written"],
    );
    // Programs get the reason in the place of the registry.
    let report: Value = serde_json::from_str(&refused.stdout).unwrap();
    assert_eq!(report["registries"][0]["refusals"][0]["code"], "last-rule");
    let protected = rule(
        &scenario,
        "remove",
        &[&remove[..], &["--protect", "203.0.113.25"]].concat(),
    );
    expect(&protected, 3, &["own-address"]);
    expect(
        &rule(&scenario, "add", &["--ip-address", "0.0.0.0/0"]),
        3,
        &["widest-rule"],
    );
    assert_eq!(ips(&scenario), ["203.0.113.25"]);
    let forced = rule(
        &scenario,
        "remove",
        &[&remove[..], &["--override", "last-rule"]].concat(),
    );
    assert_eq!((forced.code, ips(&scenario).len()), (0, 0), "{}", forced.stderr);
}

#[test]
fn undo_takes_back_the_change_and_nothing_else() {
    let scenario = live(&["203.0.113.25"]);
    assert_eq!(rule(&scenario, "add", &["--ip-address", "203.0.113.9"]).code, 0);
    let other = rule(
        &scenario,
        "add",
        &["--ip-address", "198.51.100.9", "--snapshots", "other"],
    );
    assert_eq!(other.code, 0, "{}", other.stderr);
    let undo = scenario.run(&["restore", "--from", "last", "--yes"]);
    let told = "not changed by the run that is taken back, so they stay: ";
    expect(&undo, 0, &[told]);
    assert_eq!(ips(&scenario), ["203.0.113.25", "198.51.100.9"]);
}

#[test]
fn subnet_gets_its_endpoint_and_keeps_it() {
    let scenario = live(&["203.0.113.25"]);
    let subnet = ["--subnet", "build", "--vnet-name", "hub"];
    let bare = rule(
        &scenario,
        "add",
        &[&subnet[..], &["--no-service-endpoint"]].concat(),
    );
    expect(
        &bare,
        3,
        &["endpoint-missing", "leave out `--no-service-endpoint`"],
    );
    let added = rule(&scenario, "add", &subnet);
    assert_eq!(added.code, 0, "{}", added.stderr);
    let printed: Value = serde_json::from_str(&added.stdout).unwrap();
    let id = subnet_id("hub", "build");
    assert_eq!(
        printed["networkRuleSet"]["virtualNetworkRules"][0]["virtualNetworkResourceId"],
        id.as_str()
    );
    let endpoints = |scenario: &Scenario| {
        scenario.resource("hub")["properties"]["subnets"][0]["properties"]["serviceEndpoints"].clone()
    };
    assert_eq!(endpoints(&scenario)[0]["service"], "Microsoft.ContainerRegistry");
    let id = id
        .to_string()
        .to_uppercase()
        .replace("/SUBSCRIPTIONS", "/subscriptions");
    let removed = rule(&scenario, "remove", &["--subnet", &id]);
    expect(
        &removed,
        0,
        &[
            "the service endpoint of subnet",
            "az network vnet subnet update --ids",
        ],
    );
    assert_eq!(endpoints(&scenario)[0]["service"], "Microsoft.ContainerRegistry");
    expect(
        &rule(&scenario, "add", &["--subnet", "build"]),
        64,
        &["--vnet-name"],
    );
    expect(
        &rule(&scenario, "add", &["--subnet", "none", "--vnet-name", "hub"]),
        3,
        &["subnet-gone"],
    );
}

#[test]
fn registry_without_network_rules_is_an_error() {
    let mut standard = premium_registry("contoso");
    standard["sku"] = json!({"name": "Standard", "tier": "Standard"});
    standard["properties"]
        .as_object_mut()
        .unwrap()
        .remove("networkRuleSet");
    let scenario = Scenario::new(&spec_of(""), &[standard]);
    expect(&rule(&scenario, "list", &[]), 1, &["no-network-rules", "Premium"]);
    let add = ["--ip-address", "203.0.113.9"];
    expect(&rule(&scenario, "add", &add), 3, &["Premium"]);
    expect(
        &rule(&scenario, "list", &["-g", "other"]),
        1,
        &["registry-not-found"],
    );
    let unknown = scenario.run(&["rule", "add", "-n", "tailspin", "--ip-address", "203.0.113.9"]);
    expect(&unknown, 1, &["this account sees no registry `tailspin`"]);
}

#[test]
fn habits_of_az_get_the_exact_command() {
    let scenario = live(&[]);
    let rows: [(&[&str], &str); 7] = [
        (
            &[
                "network-rule",
                "add",
                "-n",
                "contoso",
                "--ip-address",
                "203.0.113.9",
            ],
            "ringfence rule add -n contoso --ip-address 203.0.113.9",
        ),
        (
            &["rule", "add", "contoso", "--ip-address", "203.0.113.9"],
            "ringfence rule add -n contoso --ip-address 203.0.113.9",
        ),
        (&["rule", "list", "contoso"], "ringfence rule list -n contoso"),
        (
            &["acr", "network-rule", "list", "-n", "contoso"],
            "`ringfence rule` has the flags of `az",
        ),
        (&["rule", "list", "-n", "contoso", "--query", "ipRules"], "`jq`"),
        (
            &["rule", "add", "-n", "contoso", "--ip", "203.0.113.9"],
            "ringfence rule add -n contoso --ip-address 203.0.113.9",
        ),
        (&["rule", "ad", "-n", "contoso"], "did you mean `add`?"),
    ];
    for (words, help) in rows {
        let run = scenario.run_plain(words);
        assert!(
            run.code == 64 && run.stderr.contains(help),
            "{words:?}: {}",
            run.stderr
        );
    }
}

/// The record of the last apply stays the one to compare with.
#[test]
fn change_beside_the_spec_is_drift() {
    let scenario = live(&["203.0.113.25"]);
    let lines = "    defaultAction: Deny\n    ipRules: [203.0.113.25]\n";
    scenario.write("spec.yaml", &spec_of(lines));
    assert_eq!(scenario.run(&["apply", "spec.yaml", "--yes"]).code, 0);
    assert_eq!(rule(&scenario, "add", &["--ip-address", "198.51.100.9"]).code, 0);
    let plan = scenario.run(&["plan", "spec.yaml", "--fail-on", "drift"]);
    expect(&plan, 3, &["`ipRules` gained `198.51.100.9`"]);
}

/// An empty list would say that no subnet gets in.
#[test]
fn hidden_subnet_rules_are_not_listed_as_none() {
    let registry = denying("contoso", &["203.0.113.25"], true);
    let scenario = Scenario::new(&spec_of(""), &[registry, ready_vnet()]);
    scenario.write("faults.json", &offers_only("2025-11-01").to_string());
    let listed = rule(&scenario, "list", &["--faults", "faults.json"]);
    let rules: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(rules["ipRules"][0]["ipAddressOrRange"], "203.0.113.25");
    assert!(rules["virtualNetworkRules"].is_null(), "{rules}");
    let text = rule(&scenario, "list", &["--faults", "faults.json", "-o", "text"]);
    expect(
        &text,
        0,
        &["subnet rules are not known: the api-version hides them"],
    );
}

/// The article removes the rules after it has opened the registry, where an endpoint that stays does no harm.
#[test]
fn removal_names_the_endpoint_on_an_open_registry_too() {
    let mut registry = denying("contoso", &[], true);
    registry["properties"]["networkRuleSet"]["defaultAction"] = json!("Allow");
    let scenario = Scenario::new(&spec_of(""), &[registry, ready_vnet()]);
    let removed = rule(&scenario, "remove", &["--subnet", "build", "--vnet-name", "hub"]);
    expect(&removed, 0, &["az network vnet subnet update --ids"]);
}
