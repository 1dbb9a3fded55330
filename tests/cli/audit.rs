//! Audits through the binary: posture with and without a spec, drift of every kind, earlier states, exit codes.

use serde_json::{Value, json};

use crate::azure_bodies::{SUBSCRIPTION, premium_registry, subnet_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;
use crate::virtual_network::vnet_body;

const DENY: &str = "    defaultAction: Deny\n    ipRules: [203.0.113.7]\n";

fn expect(run: &Run, code: i32, words: &[&str]) {
    let text = [run.stdout.as_str(), &run.stderr].concat();
    assert_eq!(run.code, code, "{text}");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in words {
        assert!(text.contains(word), "no `{word}` in {text}");
    }
}

/// A registry with these properties in the place of its own.
fn registry(properties: &Value) -> Value {
    let mut body = premium_registry("contoso");
    for (key, value) in properties.as_object().unwrap() {
        body["properties"][key] = value.clone();
    }
    body
}

/// Network rules with these addresses.
fn rules(action: &str, ips: &[&str]) -> Value {
    let mut list = Vec::new();
    for ip in ips {
        list.push(json!({"action": "Allow", "value": ip}));
    }
    json!({"defaultAction": action, "ipRules": list, "virtualNetworkRules": []})
}

/// What tools of others call open and restricted: Azure/PSRule.Rules.Azure#2423, UnitOneAI/SecuritySkills#1206,
/// microsoft/CAIRA#384.
#[test]
fn registries_are_open_to_all_exactly_where_no_client_is_denied() {
    let rows = [
        (json!({"publicNetworkAccess": "Disabled"}), true),
        (json!({"networkRuleSet": rules("Deny", &[])}), true),
        (json!({"networkRuleSet": rules("Allow", &["203.0.113.7"])}), false),
        (json!({"networkRuleSet": rules("Deny", &["0.0.0.0/0"])}), false),
        (
            json!({"networkRuleSet": rules("Deny", &["0.0.0.0/1", "128.0.0.0/1"])}),
            false,
        ),
        (
            json!({"publicNetworkAccess": "Disabled", "networkRuleBypassOptions": "AzureServices"}),
            true,
        ),
    ];
    for (properties, restricted) in rows {
        let scenario = Scenario::new("", &[registry(&properties)]);
        let run = scenario.run(&["audit", "--registry", "contoso"]);
        assert_eq!(run.stdout.contains("open to all"), !restricted, "{}", run.stdout);
        assert_eq!(run.code, if restricted { 0 } else { 2 }, "{}", run.stdout);
    }
    let mut standard = registry(&json!({}));
    standard["sku"] = json!({"name": "Standard", "tier": "Standard"});
    let scenario = Scenario::new("", &[standard]);
    let run = scenario.run(&["audit", "--registry", "contoso"]);
    expect(
        &run,
        2,
        &["error[RF004]: open to all: SKU `Standard` has no network rules"],
    );
}

#[test]
fn subscription_shows_registries_that_no_spec_names() {
    let scenario = Scenario::new(
        &spec_of(DENY),
        &[premium_registry("contoso"), premium_registry("fabrikam")],
    );
    expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &[]);
    let run = scenario.run(&["audit", "spec.yaml", "--subscription", SUBSCRIPTION, "-o", "json"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    let audit: Value = serde_json::from_str(&run.stdout).unwrap();
    let mut unlisted = Vec::new();
    for finding in audit["posture"].as_array().unwrap() {
        if finding["rule"] == "RF039" {
            unlisted.push(finding["registry"].as_str().unwrap());
        }
    }
    assert_eq!(unlisted.len(), 1);
    assert!(unlisted[0].ends_with("/fabrikam"), "{unlisted:?}");
    assert_eq!(audit["summary"]["inSync"], 1);
    assert_eq!(audit["summary"]["noSpec"], 1);
}

#[test]
fn posture_ends_with_2_at_the_severity_of_fail_on() {
    let spec = spec_of("    defaultAction: Deny\n    ipRules: [203.0.113.7, 8.0.0.0/9]\n");
    let scenario = Scenario::new(&spec, &[premium_registry("contoso")]);
    expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &[]);
    let audit = ["audit", "spec.yaml"];
    expect(
        &scenario.run(&audit),
        0,
        &["warning[RF010]: `8.0.0.0/9` admits 8,388,608 addresses"],
    );
    for (flags, code) in [
        (&["--fail-on", "warning"][..], 2),
        (&["--fail-on", "note"], 2),
        (&["--fail-on", "error"], 0),
        (&["--fail-on", "note", "--exit-zero"], 0),
    ] {
        assert_eq!(
            scenario.run(&[&audit[..], flags].concat()).code,
            code,
            "{flags:?}"
        );
    }
    // A registry that cannot be read is an error whatever the flags say.
    scenario.seed(&[]);
    assert_eq!(scenario.run(&["audit", "spec.yaml", "--exit-zero"]).code, 1);
}

#[test]
fn validate_shows_findings_in_place_of_the_same_warnings() {
    let lines = "    defaultAction: Allow\n    ipRules: [10.0.0.0/8]\n    suppress: [{rule: RF009, reason: moving}]\n";
    let scenario = Scenario::new(&spec_of(lines), &[]);
    let plain = scenario.run_plain(&["validate", "spec.yaml"]);
    expect(
        &plain,
        0,
        &["warning[special-use-range]", "warning[dormant-rules]"],
    );
    let words = [
        "error[RF001]: open to all",
        "warning[RF011]: `10.0.0.0/8` is a private range",
        "contoso (spec.yaml:5)",
        "Posture: 1 error, 1 warning, 1 note; 1 accepted.",
    ];
    for flag in [&["--fail-on", "error"][..], &["--notes"]] {
        let alone = scenario.run_plain(&[&["validate", "spec.yaml"], flag].concat());
        expect(&alone, 64, &["--posture"]);
    }
    let judged = scenario.run_plain(&["validate", "spec.yaml", "--posture"]);
    expect(&judged, 2, &words);
    assert!(!judged.stdout.contains("special-use-range"), "{}", judged.stdout);
    assert!(!judged.stdout.contains("RF009"), "{}", judged.stdout);
}

#[test]
fn entries_that_end_soon_are_named_with_their_owner() {
    let lines = "    defaultAction: Deny\n    ipRules: [{cidr: 203.0.113.7, owner: ann, reason: lab, expires: 2026-12-24}]\n";
    let scenario = Scenario::new(
        &spec_of(lines),
        &[registry(
            &json!({"networkRuleSet": rules("Deny", &["203.0.113.7"])}),
        )],
    );
    let audit = ["audit", "spec.yaml", "--as-of", "2026-12-01"];
    assert!(!scenario.run(&audit).stdout.contains("RF017"));
    let run = scenario.run(&[&audit[..], &["--expiring", "30d"]].concat());
    expect(
        &run,
        0,
        &["note[RF017]: `203.0.113.7` expires on 2026-12-24; owner ann"],
    );
}

#[test]
fn earlier_state_shows_what_changed_since() {
    let scenario = Scenario::new(&spec_of(DENY), &[premium_registry("contoso")]);
    expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &[]);
    let since = scenario.run(&["audit", "--since", "last"]);
    let words = [
        "~ contoso (group rg, subscription",
        "has changed",
        "~ defaultAction is Deny, and was Allow",
        "- 203.0.113.7 is new",
        "since the state before the run: + it has gone",
    ];
    expect(&since, 2, &words);
    // The run was asked to change this: undoing it is not the next step.
    assert!(!since.stdout.contains("restore"), "{}", since.stdout);
    let sarif = scenario.run(&["audit", "--since", "last", "-o", "sarif"]);
    assert!(!sarif.stdout.contains("the spec"), "{}", sarif.stdout);
    for flag in [["--fail-on", "note"], ["--expiring", "30d"]] {
        let words = ["audit", "--since", "last", flag[0], flag[1]];
        expect(&scenario.run(&words), 64, &[flag[0]]);
    }
    expect(&scenario.run(&["restore", "--from", "last", "--yes"]), 0, &[]);
    let sources = std::fs::read_dir(scenario.records()).unwrap();
    let mut runs: Vec<String> = Vec::new();
    for entry in sources {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.starts_with("20") && !name.contains('.') {
            runs.push(name);
        }
    }
    runs.sort();
    expect(
        &scenario.run(&["audit", "--since", &runs[0]]),
        0,
        &["No change. 1 registry is as before"],
    );
    expect(&scenario.run(&["audit", "spec.yaml", "--since", "last"]), 64, &[]);
}

/// A change past ringfence, and the code, path and line of the finding about it.
type Raw = (&'static str, Value, &'static str, &'static str, u64);

/// The lines of the spec that the changes break.
const MANAGED: &str = "    publicNetworkAccess: Enabled
    defaultAction: Deny
    ipRules:
      - 203.0.113.7
    subnets:
      - $build
    trustedServices: true
    tasksBypass: false
    dataEndpoint: true
    endpointProtocol: IPv4
";

fn raw_changes() -> Vec<Raw> {
    let set = "/properties/networkRuleSet";
    let ips = "networkRuleSet.ipRules";
    let subnets = "networkRuleSet.virtualNetworkRules";
    let other = subnet_id("hub", "test").to_string();
    let subnet = |id: &str| json!({"action": "Allow", "virtualNetworkSubnetResourceId": id});
    let build = subnet_id("hub", "build").to_string();
    let at = |key: &str| -> &'static str { Box::leak(format!("{set}/{key}").into_boxed_str()) };
    vec![
        (
            "/properties/publicNetworkAccess",
            json!("Disabled"),
            "different-setting",
            "publicNetworkAccess",
            4,
        ),
        (
            at("defaultAction"),
            json!("Allow"),
            "different-setting",
            "networkRuleSet.defaultAction",
            5,
        ),
        (
            at("ipRules"),
            json!([{"action": "Allow", "value": "203.0.113.7"}, {"action": "Allow", "value": "198.51.100.7"}]),
            "unexpected-rule",
            ips,
            7,
        ),
        (at("ipRules"), json!([]), "missing-rule", ips, 7),
        (
            at("virtualNetworkRules"),
            json!([subnet(&build), subnet(&other)]),
            "unexpected-rule",
            subnets,
            9,
        ),
        (at("virtualNetworkRules"), json!([]), "missing-rule", subnets, 9),
        (
            "/properties/networkRuleBypassOptions",
            json!("None"),
            "different-setting",
            "networkRuleBypassOptions",
            10,
        ),
        (
            "/properties/networkRuleBypassAllowedForTasks",
            json!(true),
            "different-setting",
            "networkRuleBypassAllowedForTasks",
            11,
        ),
        (
            "/properties/dataEndpointEnabled",
            json!(false),
            "different-setting",
            "dataEndpointEnabled",
            12,
        ),
        (
            "/properties/endpointProtocol",
            json!("IPv4AndIPv6"),
            "different-setting",
            "endpointProtocol",
            13,
        ),
    ]
}

#[test]
fn drift_of_every_kind_is_found_with_its_line() {
    let (build, test) = (subnet_id("hub", "build"), subnet_id("hub", "test"));
    let spec = spec_of(&MANAGED.replace("$build", build.as_str()));
    let resources = [premium_registry("contoso"), vnet_body(&[build, test])];
    let scenario = Scenario::new(&spec, &resources);
    expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &[]);
    let applied = scenario.state();
    expect(&scenario.run(&["audit", "spec.yaml", "-o", "json"]), 0, &[]);
    for (pointer, value, code, path, line) in raw_changes() {
        let mut state = applied.clone();
        for resource in state["resources"].as_array_mut().unwrap() {
            if resource["name"] == "contoso" {
                *resource.pointer_mut(pointer).unwrap() = value.clone();
            }
        }
        scenario.seed_state(&state);
        let run = scenario.run(&["audit", "spec.yaml", "-o", "json"]);
        assert_eq!(run.code, 2, "{pointer}: {}", run.stderr);
        let audit: Value = serde_json::from_str(&run.stdout).unwrap();
        let mut found = Vec::new();
        for finding in audit["findings"].as_array().unwrap() {
            found.push((
                finding["code"].as_str().unwrap(),
                finding["path"].as_str().unwrap(),
                finding["source"]["line"].as_u64().unwrap(),
            ));
        }
        assert_eq!(found, [(code, path, line)], "{pointer}");
    }
    // The service endpoint is the subnet's own.
    let mut state = applied.clone();
    for resource in state["resources"].as_array_mut().unwrap() {
        if resource["name"] == "hub" {
            for subnet in resource["properties"]["subnets"].as_array_mut().unwrap() {
                subnet["properties"]["serviceEndpoints"] = json!([]);
            }
        }
    }
    scenario.seed_state(&state);
    let run = scenario.run(&["audit", "spec.yaml", "-o", "json"]);
    let audit: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(audit["findings"][0]["code"], "missing-endpoint");
    assert_eq!(audit["findings"][0]["source"]["line"], 9);
}

#[test]
fn ci_writes_the_format_of_the_pipeline() {
    let scenario = Scenario::new("", &[premium_registry("contoso")]);
    let sandbox = format!("--sandbox={}", scenario.path("state.json").display());
    for (name, value, begin) in [
        ("GITHUB_ACTIONS", "true", "::error title=RF001 Open to all"),
        (
            "TF_BUILD",
            "True",
            "##vso[task.logissue type=error;code=RF001;]contoso: open to all",
        ),
        ("CI", "true", "error[RF001]: open to all"),
    ] {
        let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_ringfence"))
            .env_clear()
            .env("HOME", scenario.path(""))
            .env(name, value)
            .args(["audit", "--registry", "contoso", "-o", "ci", &sandbox])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with(begin), "{name}: {text}");
    }
}
