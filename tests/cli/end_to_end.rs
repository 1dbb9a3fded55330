//! Whole runs of the built binary against the sandbox: real HTTPS, real tokens, real polling.

use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::Scenario;
use crate::spec_text::spec_of;
use crate::virtual_network::vnet_body;
use serde_json::{Value, json};

/// Ten IP rules and Deny, with two subnets if asked for.
fn ten_rules(subnets: &[ringfence::model::SubnetId]) -> String {
    let ips: Vec<String> = (0..10).map(|n| format!("203.0.113.{n}")).collect();
    let mut lines = format!("    defaultAction: Deny\n    ipRules: [{}]\n", ips.join(", "));
    if !subnets.is_empty() {
        let ids: Vec<&str> = subnets.iter().map(|id| id.as_str()).collect();
        lines += &format!("    subnets: [{}]\n", ids.join(", "));
    }
    spec_of(&lines)
}

fn counted(scenario: &Scenario, words: &[&str]) -> Vec<String> {
    let run = scenario.run(words);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let kind = |path: &str| match path {
        path if path.contains("/operations/") => "operation",
        path if path.contains("/subnets") => "subnet",
        path if path.ends_with("/listUsages") => "usages",
        path if path.ends_with("/register") => "register",
        path if path.contains("/registries/") => "registry",
        path if path.contains("/providers/Microsoft.ContainerRegistry") => "provider",
        _ => "other",
    };
    scenario
        .requests()
        .iter()
        .map(|(method, path)| format!("{method} {}", kind(path)))
        .collect()
}

#[test]
fn ten_rules_and_two_subnets_cost_ten_requests() {
    let subnets = [subnet_id("hub", "build"), subnet_id("spoke", "run")];
    let scenario = Scenario::new(
        &ten_rules(&subnets),
        &[
            premium_registry("contoso"),
            vnet_body(&subnets[..1]),
            vnet_body(&subnets[1..]),
        ],
    );
    let requests = counted(&scenario, &["apply", "spec.yaml", "--yes"]);
    assert_eq!(
        requests,
        [
            "GET registry",
            "GET subnet",
            "GET subnet",
            "PUT subnet",
            "PUT subnet",
            "GET operation",
            "GET operation",
            "GET registry",
            "PATCH registry",
            "GET registry"
        ],
        "the networks are written at the same time"
    );
    assert_eq!(
        counted(&scenario, &["apply", "spec.yaml", "--yes"]),
        ["GET registry"]
    );
    assert_eq!(counted(&scenario, &["plan", "spec.yaml"]), ["GET registry"]);
}

/// Both subnets are read with one request. They share their network's etag, so the second one is read again after the
/// first is written.
#[test]
fn two_subnets_of_one_network_cost_ten_requests() {
    let subnets = [subnet_id("hub", "build"), subnet_id("hub", "run")];
    let scenario = Scenario::new(
        &ten_rules(&subnets),
        &[premium_registry("contoso"), vnet_body(&subnets)],
    );
    let requests = counted(&scenario, &["apply", "spec.yaml", "--yes"]);
    assert_eq!(requests.len(), 10);
    assert_eq!(
        requests[1..7],
        [
            "GET subnet",
            "PUT subnet",
            "GET operation",
            "GET subnet",
            "PUT subnet",
            "GET operation"
        ]
    );
}

/// One registry needs two subnets of the network, the other one of them: the order of the reads must not matter.
#[test]
fn subnets_of_one_network_are_read_once_for_all_registries() {
    let subnets = [subnet_id("hub", "build"), subnet_id("hub", "run")];
    let [build, run] = &subnets;
    let spec = format!(
        "{}    subnets: [{build}, {run}]\n  - id: {}\n    subnets: [{build}]\n",
        spec_of(""),
        registry_id("fabrikam")
    );
    let registries = [premium_registry("contoso"), premium_registry("fabrikam")];
    let scenario = Scenario::new(&spec, &[&registries[..], &[vnet_body(&subnets)]].concat());
    for parallel in ["1", "8"] {
        let requests = counted(&scenario, &["plan", "spec.yaml", "--parallel", parallel]);
        let reads = requests.iter().filter(|request| *request == "GET subnet");
        assert_eq!(reads.count(), 1, "{requests:?}");
    }
}

#[test]
fn change_or_restore_without_subnets_costs_three_requests() {
    let scenario = Scenario::new(&ten_rules(&[]), &[premium_registry("contoso")]);
    let three = ["GET registry", "PATCH registry", "GET registry"];
    assert_eq!(counted(&scenario, &["apply", "spec.yaml", "--yes"]), three);
    assert_eq!(
        counted(
            &scenario,
            &["restore", "--default-allow", &registry_id("contoso"), "--yes"]
        ),
        three
    );
    assert_eq!(
        counted(
            &scenario,
            &["restore", "--default-allow", &registry_id("contoso"), "--yes"]
        ),
        ["GET registry"]
    );
}

/// A registry has no etag, so one more read directly before the write detects a change.
#[test]
fn each_of_several_registries_is_read_before_its_write() {
    let line = |name| format!("  - id: {}\n    ipRules: [203.0.113.7]\n", registry_id(name));
    let spec = format!("version: 1\nregistries:\n{}{}", line("contoso"), line("fabrikam"));
    let registries = [premium_registry("contoso"), premium_registry("fabrikam")];
    let scenario = Scenario::new(&spec, &registries);
    let mut requests = counted(&scenario, &["apply", "spec.yaml", "--yes"]);
    requests.sort();
    assert_eq!(
        requests,
        [vec!["GET registry"; 6], vec!["PATCH registry"; 2]].concat()
    );
    assert_eq!(
        counted(&scenario, &["apply", "spec.yaml", "--yes"]),
        ["GET registry"; 2]
    );
}

#[test]
fn usages_are_read_only_above_a_hundred_rules() {
    for (count, reads) in [(100, false), (101, true)] {
        let ips: Vec<String> = (0..count).map(|n| format!("203.0.113.{n}")).collect();
        let spec = spec_of(&format!("    ipRules: [{}]\n", ips.join(", ")));
        let scenario = Scenario::new(&spec, &[premium_registry("contoso")]);
        let requests = counted(&scenario, &["plan", "spec.yaml"]);
        assert_eq!(requests.contains(&"GET usages".to_owned()), reads, "{count}");
    }
}

#[test]
fn subnets_over_the_quota_are_not_read() {
    let subnets: Vec<_> = (0..101).map(|n| subnet_id("hub", &format!("n{n}"))).collect();
    let ids: Vec<&str> = subnets.iter().map(|id| id.as_str()).collect();
    let spec = spec_of(&format!("    subnets: [{}]\n", ids.join(", ")));
    let scenario = Scenario::new(&spec, &[premium_registry("contoso")]);
    let run = scenario.run(&["plan", "spec.yaml"]);
    assert!(run.stdout.contains("limit"), "{}{}", run.stdout, run.stderr);
    let paths = scenario.requests().into_iter().map(|(_, path)| path);
    let last: Vec<_> = paths
        .map(|path| path.rsplit('/').next().unwrap().to_owned())
        .collect();
    assert_eq!(last, ["contoso", "listUsages"]);
}

#[test]
fn provider_is_registered_only_for_another_subscriptions_subnet() {
    let other = "00000000-0000-0000-0000-000000000002";
    let id = subnet_id("hub", "build")
        .as_str()
        .replace(crate::azure_bodies::SUBSCRIPTION, other);
    let subnet = ringfence::model::SubnetId::parse(&id).unwrap();
    let scenario = Scenario::new(
        &spec_of(&format!("    defaultAction: Deny\n    subnets: [{id}]\n")),
        &[],
    );
    let tenant = "00000000-0000-0000-0000-00000000000f";
    scenario.seed_state(&json!({
        "subscriptions": [
            {"id": crate::azure_bodies::SUBSCRIPTION, "tenant": tenant, "registered": ["Microsoft.ContainerRegistry", "Microsoft.Network"]},
            {"id": other, "tenant": tenant, "registered": ["Microsoft.Network"]}
        ],
        "resources": [premium_registry("contoso"), vnet_body(&[subnet])]
    }));
    let requests = counted(&scenario, &["apply", "spec.yaml", "--yes"]);
    assert_eq!(
        requests[..3]
            .iter()
            .filter(|request| *request == "GET provider")
            .count(),
        1
    );
    assert!(requests.contains(&"POST register".to_owned()), "{requests:?}");
    assert_eq!(requests.last().unwrap(), "GET registry");
    assert_eq!(
        counted(&scenario, &["apply", "spec.yaml", "--yes"]),
        ["GET registry"]
    );
}

/// Starts from every field that a Premium registry has at a 2026 version.
#[test]
fn unmanaged_fields_of_a_complete_registry_survive() {
    let mut registry = premium_registry("contoso");
    registry["tags"] = json!({"team": "platform"});
    registry["properties"]["metadataSearch"] = json!("Enabled");
    registry["properties"]["writableCacheRepos"] = json!("Enabled");
    registry["properties"]["anonymousPullEnabled"] = json!(true);
    let scenario = Scenario::new(&ten_rules(&[]), std::slice::from_ref(&registry));
    assert_eq!(scenario.run(&["apply", "spec.yaml", "--yes"]).code, 0);
    let mut after = scenario.resource("contoso");
    let rules = after["properties"]["networkRuleSet"].take();
    assert_eq!(rules["defaultAction"], "Deny");
    assert_eq!(rules["ipRules"].as_array().unwrap().len(), 10);
    registry["properties"]["networkRuleSet"] = Value::Null;
    after["systemData"] = registry["systemData"].clone();
    assert_eq!(after, registry);
}

#[test]
fn subnet_keeps_every_field_and_gains_the_endpoint() {
    let subnet = subnet_id("hub", "build");
    let mut vnet = vnet_body(std::slice::from_ref(&subnet));
    let (group, _) = subnet.as_str().split_once("/virtualNetworks/").unwrap();
    let pool = format!("{group}/networkManagers/m/ipamPools/p");
    let properties = &mut vnet["properties"]["subnets"][0]["properties"];
    properties["ipamPoolPrefixAllocations"] =
        json!([{"pool": {"id": pool}, "numberOfIpAddresses": "256"}]);
    properties["serviceEndpoints"] = json!([{"provisioningState": "Succeeded", "service": "Microsoft.Storage", "locations": ["eastus"]}]);
    let spec = spec_of(&format!("    defaultAction: Deny\n    subnets: [{subnet}]\n"));
    let scenario = Scenario::new(&spec, &[premium_registry("contoso"), vnet]);
    let run = scenario.run(&["apply", "spec.yaml", "--yes"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let after = &scenario.resource("hub")["properties"]["subnets"][0]["properties"];
    let services: Vec<&Value> = after["serviceEndpoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|endpoint| &endpoint["service"])
        .collect();
    assert_eq!(services, ["Microsoft.Storage", "Microsoft.ContainerRegistry"]);
    assert_eq!(
        after["ipamPoolPrefixAllocations"][0]["numberOfIpAddresses"],
        "256"
    );
    assert_eq!(after["privateEndpointNetworkPolicies"], "Disabled");
}

#[test]
fn subnet_of_two_registries_is_written_once() {
    let subnet = subnet_id("hub", "build");
    let registry = |name| format!("  - id: {}\n    subnets: [{subnet}]\n", registry_id(name));
    let spec = format!(
        "version: 1\nregistries:\n{}{}",
        registry("contoso"),
        registry("fabrikam")
    );
    let resources = [
        premium_registry("contoso"),
        premium_registry("fabrikam"),
        vnet_body(&[subnet]),
    ];
    let scenario = Scenario::new(&spec, &resources);
    let requests = counted(&scenario, &["apply", "spec.yaml", "--yes"]);
    assert_eq!(
        requests.iter().filter(|request| *request == "PUT subnet").count(),
        1
    );
    assert_eq!(
        requests.iter().filter(|request| *request == "GET subnet").count(),
        1
    );
    assert_eq!(
        requests
            .iter()
            .filter(|request| *request == "PATCH registry")
            .count(),
        2
    );
}

#[test]
fn clearing_the_last_rule_sends_an_empty_list() {
    let scenario = Scenario::new(&spec_of("    ipRules: []\n    defaultAction: Allow\n"), &[]);
    let mut registry = premium_registry("contoso");
    registry["properties"]["networkRuleSet"]["ipRules"] =
        json!([{"action": "Allow", "value": "203.0.113.7"}]);
    scenario.seed(&[registry]);
    assert_eq!(scenario.run(&["apply", "spec.yaml", "--yes"]).code, 0);
    assert_eq!(
        scenario.resource("contoso")["properties"]["networkRuleSet"]["ipRules"],
        json!([])
    );
}

#[test]
fn audit_names_rule_spec_line_and_last_modifier() {
    let scenario = Scenario::new(&ten_rules(&[]), &[premium_registry("contoso")]);
    assert_eq!(scenario.run(&["apply", "spec.yaml", "--yes"]).code, 0);
    assert_eq!(scenario.run(&["audit", "spec.yaml"]).code, 0);
    let mut registry = scenario.resource("contoso");
    registry["systemData"]["lastModifiedBy"] = json!("mallory@example.com");
    let rules = registry["properties"]["networkRuleSet"]["ipRules"]
        .as_array_mut()
        .unwrap();
    rules[3] = json!({"action": "Allow", "value": "8.8.8.8"});
    scenario.seed(&[registry]);

    let audit = scenario.run(&["audit", "spec.yaml", "-o", "json"]);
    assert_eq!(audit.code, 2);
    let json: Value = serde_json::from_str(&audit.stdout).unwrap();
    let row = |finding: &Value| {
        let word = |key: &str| finding[key].as_str().unwrap_or("-").to_owned();
        (
            word("code"),
            word("wanted"),
            word("live"),
            finding["source"]["line"].as_u64().unwrap(),
        )
    };
    let rows: Vec<_> = json["findings"].as_array().unwrap().iter().map(row).collect();
    let text = |word: &str| word.to_owned();
    assert_eq!(
        rows,
        [
            (text("missing-rule"), text("203.0.113.3"), text("-"), 5),
            (text("unexpected-rule"), text("-"), text("8.8.8.8"), 5)
        ]
    );
    assert_eq!(json["findings"][0]["lastModified"]["by"], "mallory@example.com");
    assert!(
        scenario.requests().iter().all(|(method, _)| method == "GET"),
        "audit never writes"
    );
}

#[test]
fn disabled_endpoint_is_drift_and_apply_restores_it() {
    let subnet = subnet_id("hub", "build");
    let spec = spec_of(&format!("    defaultAction: Deny\n    subnets: [{subnet}]\n"));
    let scenario = Scenario::new(
        &spec,
        &[
            premium_registry("contoso"),
            vnet_body(std::slice::from_ref(&subnet)),
        ],
    );
    assert_eq!(scenario.run(&["apply", "spec.yaml", "--yes"]).code, 0);
    scenario.seed(&[scenario.resource("contoso"), vnet_body(&[subnet])]);
    let audit = scenario.run(&["audit", "spec.yaml"]);
    assert_eq!(audit.code, 2);
    // Without the flag, the plan that comes next would show nothing.
    let next = "Next: ringfence plan spec.yaml --verify-endpoints";
    assert!(audit.stdout.contains(next), "{}", audit.stdout);
    assert_eq!(
        scenario
            .run(&["apply", "spec.yaml", "--yes", "--verify-endpoints"])
            .code,
        0
    );
    assert_eq!(scenario.run(&["audit", "spec.yaml"]).code, 0);
}

#[test]
fn restore_to_open_does_not_check_expect() {
    let lines = "    defaultAction: Deny\n    ipRules: [lab]\n    expect: {allow: [203.0.113.7], deny: [203.0.113.7]}\n";
    let lab = "networks:\n  lab: {cidrs: [203.0.113.7], expires: 2020-01-31}\nregistries:";
    let spec = spec_of(lines).replace("registries:", lab);
    let mut registry = premium_registry("contoso");
    registry["properties"]["networkRuleSet"]["defaultAction"] = json!("Deny");
    let scenario = Scenario::new(&spec, &[registry]);
    assert_eq!(scenario.run(&["apply", "spec.yaml", "--yes"]).code, 65);
    let run = scenario.run(&["restore", "--default-allow", "spec.yaml", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let rules = &scenario.resource("contoso")["properties"]["networkRuleSet"];
    assert_eq!(rules["defaultAction"], "Allow");
}

#[test]
fn restore_opens_the_registry_and_keeps_endpoints() {
    let scenario = Scenario::new(&ten_rules(&[]), &[premium_registry("contoso")]);
    assert_eq!(scenario.run(&["apply", "spec.yaml", "--yes"]).code, 0);
    let run = scenario.run(&["restore", "--default-allow", "spec.yaml", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("service endpoints on subnets stay on"),
        "{}",
        run.stdout
    );
    let properties = &scenario.resource("contoso")["properties"];
    assert_eq!(
        properties["networkRuleSet"],
        json!({"defaultAction": "Allow", "virtualNetworkRules": [], "ipRules": []})
    );
    assert_eq!(properties["publicNetworkAccess"], "Enabled");
}

#[test]
fn same_inputs_give_the_same_bytes() {
    let scenario = Scenario::new(&ten_rules(&[]), &[premium_registry("contoso")]);
    let plan = || {
        let mut json: Value =
            serde_json::from_str(&scenario.run(&["plan", "spec.yaml", "-o", "json"]).stdout).unwrap();
        json["created"] = Value::Null;
        json.to_string()
    };
    assert_eq!(plan(), plan());
    let text = || scenario.run(&["plan", "spec.yaml"]).stdout;
    assert_eq!(text(), text());
}

#[test]
fn rule_is_removed_on_its_expiry_day() {
    let spec = spec_of(
        "    ipRules: [{cidr: 203.0.113.7, expires: 2027-03-31}, 203.0.113.8]\n    defaultAction: Deny\n",
    );
    let scenario = Scenario::new(&spec, &[premium_registry("contoso")]);
    assert_eq!(
        scenario
            .run(&["apply", "spec.yaml", "--yes", "--as-of", "2027-03-30"])
            .code,
        0
    );
    assert_eq!(
        scenario
            .run(&["audit", "spec.yaml", "--as-of", "2027-03-30"])
            .code,
        0
    );
    let plan = scenario.run(&[
        "plan",
        "spec.yaml",
        "--as-of",
        "2027-03-31",
        "--detailed-exitcode",
    ]);
    assert_eq!(plan.code, 2);
    assert!(
        plan.stdout.contains("`203.0.113.7` expired on 2027-03-31"),
        "{}",
        plan.stdout
    );
}

#[test]
fn stdout_has_only_the_result_and_no_secret() {
    let scenario = Scenario::new(&ten_rules(&[]), &[premium_registry("contoso")]);
    let run = scenario.run(&["apply", "spec.yaml", "--yes", "-vv", "-o", "json"]);
    assert_eq!(run.code, 0);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["format"], "ringfence.apply/1");
    assert!(
        run.stderr.contains("sandbox: using a local stand-in at"),
        "{}",
        run.stderr
    );
    let log = scenario.read("requests.jsonl");
    for text in [&run.stdout, &run.stderr, &log] {
        assert!(
            !text.contains("Bearer ") && !text.contains("client_secret=") && !text.contains("eyJ"),
            "{text}"
        );
    }
}

#[test]
fn dual_stack_goes_on_with_data_endpoints_and_off_before_them() {
    let on = "    dataEndpoint: true\n    endpointProtocol: IPv4AndIPv6\n";
    let scenario = Scenario::new(&spec_of(on), &[premium_registry("contoso")]);
    let run = scenario.run(&["apply", "spec.yaml", "--yes"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("ACR Tasks do not work"), "{}", run.stdout);
    let run = scenario.run(&["plan", "spec.yaml", "--detailed-exitcode"]);
    assert_eq!(run.code, 0, "nothing is left to do: {}", run.stdout);
    // Turning the data endpoints off alone is refused; with the protocol it is one write.
    scenario.write("spec.yaml", &spec_of("    dataEndpoint: false\n"));
    let run = scenario.run(&["apply", "spec.yaml", "--yes"]);
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("endpointProtocol: IPv4`"), "{}", run.stdout);
    let off = "    dataEndpoint: false\n    endpointProtocol: IPv4\n";
    scenario.write("spec.yaml", &spec_of(off));
    let run = scenario.run(&["apply", "spec.yaml", "--yes"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}
