//! Audits of specs and subscriptions together: which registries a spec names, and which registry a next step is about.

use serde_json::{Value, json};

use crate::azure_bodies::{SUBSCRIPTION, premium_registry, subnet_id};
use crate::ringfence_binary::Scenario;
use crate::spec_text::spec_of;
use crate::virtual_network::vnet_body;

const DENY: &str = "    defaultAction: Deny\n    ipRules: [203.0.113.7]\n";

#[test]
fn registries_that_flags_leave_out_are_named_by_the_spec() {
    let two = format!(
        "{}  - name: fabrikam\n    subscription: {SUBSCRIPTION}\n    resourceGroup: rg\n{DENY}",
        spec_of(DENY)
    );
    let bodies = [premium_registry("contoso"), premium_registry("fabrikam")];
    let scenario = Scenario::new(&two, &bodies);
    let audit = ["audit", "spec.yaml", "--subscription", SUBSCRIPTION];
    for flags in [
        ["--only", "contoso"],
        ["--except", "fabrikam"],
        ["--shard", "1/2"],
    ] {
        let run = scenario.run(&[&audit[..], &flags].concat());
        assert!(matches!(run.code, 0 | 2), "{}", run.stderr);
        assert!(!run.stdout.contains("RF039"), "{}{}", run.stdout, run.stderr);
    }
}

#[test]
fn empty_spec_names_no_registry() {
    let scenario = Scenario::new("version: 1\nregistries: []\n", &[premium_registry("contoso")]);
    let audit = ["audit", "spec.yaml", "--subscription", SUBSCRIPTION];
    let run = scenario.run(&audit);
    assert!(
        run.stdout.contains("warning[RF039]: no spec names the registry"),
        "{}{}",
        run.stdout,
        run.stderr
    );
    let table = scenario.run(&[&audit[..], &["-o", "table"]].concat());
    assert!(
        table.stdout.contains("posture: 1 error, 1 warning"),
        "{}{}",
        table.stdout,
        table.stderr
    );
}

/// An account that has lost its rights sees no registry. "No drift" would be the answer for ever.
#[test]
fn audit_of_no_registry_is_no_success() {
    let scenario = Scenario::new("version: 1\nregistries: []\n", &[]);
    let run = scenario.run(&["audit", "--all"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("error[registry-not-found]"), "{}", run.stderr);
    // What is named may be empty.
    for place in [&["spec.yaml", "--all"][..], &["--subscription", SUBSCRIPTION]] {
        let named = scenario.run(&[&["audit"], place].concat());
        assert_eq!(named.code, 0, "{}{}", named.stdout, named.stderr);
        assert!(
            named.stdout.contains("No registry was audited."),
            "{}",
            named.stdout
        );
    }
}

#[test]
fn next_steps_name_the_registry_of_each_finding() {
    let mut bodies = [premium_registry("contoso"), premium_registry("fabrikam")];
    for body in &mut bodies {
        body["properties"]["networkRuleSet"]["defaultAction"] = json!("Allow");
    }
    let scenario = Scenario::new("", &bodies);
    let run = scenario.run(&["audit", "--subscription", SUBSCRIPTION]);
    let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for name in ["contoso", "fabrikam"] {
        let command = format!("registries/{name} --sandbox");
        assert!(text.contains(&command), "{text}{}", run.stderr);
    }
}

/// Returns the findings about registries that the spec does not name.
fn unlisted(scenario: &Scenario) -> Vec<Value> {
    let run = scenario.run(&["audit", "spec.yaml", "--all", "-o", "json"]);
    let audit: Value = serde_json::from_str(&run.stdout).unwrap();
    let mut found = audit["posture"].as_array().unwrap().clone();
    found.retain(|finding| finding["rule"] == "RF039");
    found
}

#[test]
fn command_told_adds_the_registry_to_the_spec() {
    let bodies = [premium_registry("contoso"), premium_registry("fabrikam")];
    let scenario = Scenario::new(&spec_of(DENY), &bodies);
    let told = unlisted(&scenario);
    assert_eq!(told.len(), 1, "{told:?}");
    let command = told[0]["help"].as_str().unwrap().split('`').nth(1).unwrap();
    let words: Vec<&str> = command.split_whitespace().skip(1).collect();
    let run = scenario.run_plain(&words);
    assert_eq!(run.code, 0, "{words:?}: {}{}", run.stdout, run.stderr);
    assert_eq!(
        unlisted(&scenario),
        [] as [Value; 0],
        "{}",
        scenario.read("spec.yaml")
    );
}

#[test]
fn subnets_that_cannot_be_read_are_not_judged() {
    let subnet = subnet_id("hub", "build");
    let mut body = premium_registry("contoso");
    body["properties"]["networkRuleSet"] = json!({
        "defaultAction": "Deny", "ipRules": [],
        "virtualNetworkRules": [{"action": "Allow", "id": subnet.as_str()}]
    });
    let scenario = Scenario::new("", &[body, vnet_body(&[subnet])]);
    let audit = [
        "audit",
        "--subscription",
        SUBSCRIPTION,
        "--faults",
        "faults.json",
        "--exit-zero",
    ];
    for (status, code, exit) in [(403, "AuthorizationFailed", 0), (400, "BadRequest", 1)] {
        let fault = json!([{"match": {"path": "*/subnets/build"}, "fault": status, "code": code, "message": "no"}]);
        scenario.write("faults.json", &fault.to_string());
        let run = scenario.run(&[&audit[..], &["-o", "json=audit.json"]].concat());
        assert_eq!(run.code, exit, "{}{}", run.stdout, run.stderr);
        for words in [
            "? posture could be judged only in part\n  contoso (group rg)",
            code,
        ] {
            assert!(run.stdout.contains(words), "{}", run.stdout);
        }
        let audit: Value = serde_json::from_str(&scenario.read("audit.json")).unwrap();
        assert_eq!(audit["unjudged"][0]["error"]["code"], code);
        assert_eq!(audit["summary"]["unjudged"], 1);
        assert_eq!(audit["summary"]["unanswered"], exit);
    }
}

#[test]
fn reads_for_rules_that_fail_are_counted() {
    let mut body = premium_registry("contoso");
    body["properties"]["networkRuleBypassOptions"] = json!("None");
    let mut rules = Vec::new();
    for host in 0..95 {
        rules.push(json!({"action": "Allow", "value": format!("203.0.113.{}", host * 2)}));
    }
    body["properties"]["networkRuleSet"] =
        json!({"defaultAction": "Deny", "ipRules": rules, "virtualNetworkRules": []});
    let scenario = Scenario::new("", &[body]);
    let words = ["audit", "--registry", "contoso", "-o", "json", "--exit-zero"];
    let unjudged = |faults: &[&str]| {
        let run = scenario.run(&[&words[..], faults].concat());
        let audit: Value = serde_json::from_str(&run.stdout).unwrap();
        let parts = audit["unjudged"].as_array().cloned().unwrap_or_default();
        let messages: Vec<String> = parts
            .iter()
            .map(|part| part["error"]["message"].to_string())
            .collect();
        (run.code, messages)
    };
    assert_eq!(unjudged(&[]), (0, Vec::new()));
    for (path, what, status, code) in [
        ("*/cacheRules", "artifact cache rules: ", 403, 0),
        ("*/listUsages", "quotas: ", 400, 1),
    ] {
        let fault =
            json!([{"match": {"path": path}, "fault": status, "code": "Refused", "message": "no"}]);
        scenario.write("faults.json", &fault.to_string());
        let (exit, messages) = unjudged(&["--faults", "faults.json"]);
        assert_eq!(exit, code, "{messages:?}");
        assert!(messages.len() == 1 && messages[0].contains(what), "{messages:?}");
    }
}

/// Auditors seldom have rights in the subscription of the network.
#[test]
fn registration_that_cannot_be_read_is_not_judged() {
    let other = "00000000-0000-0000-0000-000000000002";
    let subnet = subnet_id("hub", "build").to_string().replace(SUBSCRIPTION, other);
    let mut vnet = vnet_body(&[subnet_id("hub", "build")]);
    vnet["id"] = json!(subnet.rsplit_once("/subnets/").unwrap().0);
    vnet["properties"]["subnets"][0]["id"] = json!(subnet);
    let mut body = premium_registry("contoso");
    let rule = json!({"action": "Allow", "id": subnet});
    body["properties"]["networkRuleSet"] =
        json!({"defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": [rule]});
    let scenario = Scenario::new("", &[]);
    let mut state = scenario.state();
    let mut second = state["subscriptions"][0].clone();
    second["id"] = json!(other);
    state["subscriptions"].as_array_mut().unwrap().push(second);
    state["resources"] = json!([body, vnet]);
    scenario.seed_state(&state);
    let denied = json!({"action": "Microsoft.Resources/subscriptions/providers/read", "scope": format!("/subscriptions/{other}")});
    scenario.write("rights.json", &json!({"denied": [denied]}).to_string());
    let run = scenario.run(&["audit", "--registry", "contoso", "--conditions", "rights.json"]);
    let told = format!("registration of subscription `{other}`: ");
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(&told), "{}", run.stdout);
    assert!(text.contains("1 registry could be judged only in part"), "{text}");
}

/// A list of one page alone would be short of the rest.
#[test]
fn cache_rules_are_counted_over_all_pages() {
    let mut body = premium_registry("contoso");
    body["properties"]["networkRuleBypassOptions"] = json!("None");
    body["properties"]["networkRuleSet"] = json!({
        "defaultAction": "Deny", "ipRules": [{"action": "Allow", "value": "203.0.113.9"}], "virtualNetworkRules": []
    });
    let id = body["id"].as_str().unwrap().to_owned();
    let cache = |name: &str| json!({"id": format!("{id}/cacheRules/{name}"), "properties": {}});
    let scenario = Scenario::new("", &[body, cache("one"), cache("two"), cache("three")]);
    scenario.write("pages.json", r#"{"pageSize": 1}"#);
    let run = scenario.run(&["audit", "--registry", "contoso", "--conditions", "pages.json"]);
    let found = "warning[RF032]: artifact cache rules (3) without the bypass";
    assert!(run.stdout.contains(found), "{}{}", run.stdout, run.stderr);
    let pages = scenario.requests();
    let pages = pages.iter().filter(|(_, path)| path.ends_with("/cacheRules"));
    assert_eq!(pages.count(), 3);
    // One that only the second page could tell is not told as none.
    let fault = json!([{"match": {"path": "*/cacheRules", "nth": 2}, "fault": 403, "code": "Refused", "message": "no"}]);
    scenario.write("faults.json", &fault.to_string());
    let words = [
        "audit",
        "--registry",
        "contoso",
        "--conditions",
        "pages.json",
        "--faults",
        "faults.json",
    ];
    let run = scenario.run(&words);
    assert!(
        run.stdout.contains("1 registry could be judged only in part"),
        "{}",
        run.stdout
    );
}

#[test]
fn what_no_registry_shows_is_told_once() {
    let mut bodies = Vec::new();
    for name in ["contoso", "fabrikam"] {
        let mut body = premium_registry(name);
        body["properties"]["networkRuleBypassOptions"] = json!("None");
        body["properties"]["networkRuleSet"] =
            json!({"defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": []});
        bodies.push(body);
    }
    let scenario = Scenario::new("", &bodies);
    let denied = json!({
        "action": "Microsoft.ContainerRegistry/registries/cacheRules/read", "scope": format!("/subscriptions/{SUBSCRIPTION}")
    });
    scenario.write("rights.json", &json!({"denied": [denied]}).to_string());
    let run = scenario.run(&["audit", "--all", "--conditions", "rights.json"]);
    let head = "? posture of 2 registries could be judged only in part";
    assert!(run.stdout.contains(head), "{}{}", run.stdout, run.stderr);
    assert_eq!(
        run.stdout.matches("error[AuthorizationFailed]").count(),
        1,
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("contoso (group rg), fabrikam (group rg)"),
        "{}",
        run.stdout
    );
}

/// A provider with resources cannot be unregistered.
#[test]
fn unregistered_subscription_has_no_registries() {
    let scenario = Scenario::new("", &[]);
    let other = "00000000-0000-0000-0000-000000000002";
    let subscription = json!({
        "id": other, "tenant": "00000000-0000-0000-0000-00000000000f", "registered": []
    });
    scenario.seed_state(&json!({"subscriptions": [subscription], "resources": []}));
    let run = scenario.run(&["audit", "--subscription", other, "-o", "json=audit.json"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let audit: Value = serde_json::from_str(&scenario.read("audit.json")).unwrap();
    assert_eq!(audit["summary"]["registries"], 0);
    assert_eq!(audit["summary"]["places"], 0);
}

#[test]
fn subscription_that_cannot_be_listed_is_no_registry() {
    let scenario = Scenario::new("", &[premium_registry("contoso")]);
    let fault = json!([{"match": {"path": format!("*{SUBSCRIPTION}/*registries")}, "fault": 400, "code": "BadRequest", "message": "no"}]);
    scenario.write("faults.json", &fault.to_string());
    let words = [
        "audit",
        "--subscription",
        SUBSCRIPTION,
        "--faults",
        "faults.json",
        "-o",
        "json=audit.json",
    ];
    let run = scenario.run(&words);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains("1 subscription or name could not be read."),
        "{}",
        run.stdout
    );
    let audit: Value = serde_json::from_str(&scenario.read("audit.json")).unwrap();
    assert_eq!(audit["summary"]["registries"], 0);
    assert_eq!(audit["summary"]["places"], 1);
}

#[test]
fn notes_are_counted_until_they_are_asked_for() {
    let scenario = Scenario::new("", &[premium_registry("contoso")]);
    let audit = ["audit", "--subscription", SUBSCRIPTION];
    let run = scenario.run(&audit);
    assert!(!run.stdout.contains("note["), "{}", run.stdout);
    assert!(
        run.stdout.contains(" notes are not shown: --notes shows them.\n"),
        "{}",
        run.stdout
    );
    for flags in [&["--notes"][..], &["-v"], &["--fail-on", "note"]] {
        let run = scenario.run(&[&audit[..], flags].concat());
        assert!(run.stdout.contains("note[RF005]: "), "{}", run.stdout);
        assert!(!run.stdout.contains("not shown"), "{}", run.stdout);
    }
}
