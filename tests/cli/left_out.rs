//! Registries of the spec that a run does not read, and that lose clients by an endpoint that it turns on.

use serde_json::json;

use crate::apply::apply_run::{denying, expect, fault};
use crate::azure_bodies::{registry_id, subnet_id};
use crate::ringfence_binary::Scenario;
use crate::virtual_network::vnet_body;

/// A spec where contoso wants a subnet whose endpoint is off, and fabrikam, with these lines, lists its public address.
fn scenario(lines: &str) -> Scenario {
    let subnet = subnet_id("hub", "build");
    let spec = format!(
        "version: 1\nsubnets:\n  build: {{id: {subnet}, egress: [203.0.113.50]}}\nregistries:\n  - id: {}\n    \
         publicNetworkAccess: Enabled\n    defaultAction: Deny\n    subnets: [build]\n  - id: {}\n{lines}",
        registry_id("contoso"),
        registry_id("fabrikam"),
    );
    let registries = ["contoso", "fabrikam"].map(|name| denying(name, &["203.0.113.50"], false));
    let [contoso, fabrikam] = registries;
    Scenario::new(&spec, &[contoso, fabrikam, vnet_body(&[subnet])])
}

const CLOSED: &str =
    "    publicNetworkAccess: Enabled\n    defaultAction: Deny\n    ipRules: [203.0.113.50]\n";

/// Returns a text as one line: lines break where the terminal of the test ends.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Plans contoso alone.
fn plan(scenario: &Scenario, words: &[&str], code: i32, has: &[&str]) -> String {
    let only = ["plan", "spec.yaml", "--only", "contoso"];
    let run = scenario.run(&[&only, words].concat());
    expect(&run, code, has);
    run.stdout
}

#[test]
fn loss_of_a_registry_left_out_is_told() {
    let has_exact = format!("{CLOSED}    subnets: []\n");
    let lists = has_exact.replace("[]", "[build]");
    let listed = "may lose `fabrikam`, which the run does not read: the spec lists the subnet there";
    let rows = [
        (
            &*has_exact,
            Some("(203.0.113.50) lose `fabrikam`, which the run does not read"),
        ),
        // The list of subnets is not managed, so it may have the subnet.
        (
            CLOSED,
            Some("(203.0.113.50) may lose `fabrikam`, which the run does not read"),
        ),
        // The rule that the spec asks for need not be there yet, and an IP rule that it replaces may be there still.
        (&*lists, Some(listed)),
        (&*lists.replace("203.0.113.50", "203.0.113.51"), Some(listed)),
        (&*lists.replace("Deny", "Allow"), None),
        ("    defaultAction: Allow\n", None),
        (&*lists.replace("Enabled", "Disabled"), None),
        (&*has_exact.replace("203.0.113.50", "203.0.113.51"), None),
        (&*has_exact.replace("Deny", "Allow"), None),
        (&*has_exact.replace("Enabled", "Disabled"), None),
    ];
    for (lines, told) in rows {
        let scenario = scenario(lines);
        let text = one_line(&plan(&scenario, &[], 0, &[]));
        match told {
            Some(words) => assert!(text.contains(words), "{lines}\n{text}"),
            None => assert!(!text.contains("endpoint-beyond-run"), "{lines}\n{text}"),
        }
        assert!(
            scenario
                .requests()
                .iter()
                .all(|(_, path)| !path.contains("fabrikam"))
        );
    }
    // In a run of both, fabrikam itself says it.
    let whole = scenario(&has_exact).run(&["plan", "spec.yaml"]);
    assert!(!whole.stdout.contains("endpoint-beyond-run"), "{}", whole.stdout);
}

#[test]
fn loss_of_a_registry_that_cannot_be_read_is_told() {
    let scenario = scenario(&format!("{CLOSED}    subnets: []\n"));
    for (status, code) in [(403, "AuthorizationFailed"), (404, "ResourceNotFound")] {
        let refused = json!({"fault": status, "code": code});
        let faults = json!([fault("GET", "/registries/fabrikam", refused)]);
        scenario.write("faults.json", &faults.to_string());
        let run = scenario.run(&["plan", "spec.yaml", "--faults", "faults.json"]);
        assert_eq!(run.code, 1, "{}", run.stderr);
        // A registry that does not exist has no clients.
        assert_eq!(
            run.stdout.contains("endpoint-beyond-run"),
            status == 403,
            "{}",
            run.stdout
        );
    }
}

/// The endpoint is on for contoso, and the rule of fabrikam, which asks for it too, is not written.
#[test]
fn loss_of_a_refused_registry_is_told() {
    let lines = format!("{CLOSED}    subnets: [build]\n    serviceEndpoints: assume\n");
    let scenario = scenario(&lines);
    let run = scenario.run(&["plan", "spec.yaml"]);
    expect(&run, 3, &["refused[endpoint-missing]"]);
    let text = one_line(&run.stdout);
    let told = "(203.0.113.50) lose `fabrikam`, which is refused and stays as it is";
    assert!(text.contains(told), "{text}");
    let guarded = scenario.run(&["plan", "spec.yaml", "--fail-on", "narrows"]);
    expect(&guarded, 3, &["access to `fabrikam` narrows"]);
}

/// The refused registry asks for the endpoint too, and so does a third one.
#[test]
fn loss_is_told_once() {
    let gone = subnet_id("hub", "gone");
    let lines = format!("{CLOSED}    subnets: [build, {gone}]\n    protect: true\n");
    let scenario = scenario(&lines);
    let third = denying("tailspin", &["203.0.113.50"], false);
    let wants = format!("  - id: {}\n    subnets: [build]\n", registry_id("tailspin"));
    scenario.write("spec.yaml", &(scenario.read("spec.yaml") + &wants));
    let live = ["contoso", "fabrikam"].map(|name| denying(name, &["203.0.113.50"], false));
    let [contoso, fabrikam] = live;
    let subnet = subnet_id("hub", "build");
    scenario.seed(&[contoso, fabrikam, third, vnet_body(&[subnet])]);
    let run = scenario.run(&["plan", "spec.yaml"]);
    expect(&run, 3, &["endpoint-beyond-run"]);
    let text = one_line(&run.stdout);
    for told in ["endpoint-beyond-run", "would lose `fabrikam`"] {
        assert_eq!(text.matches(told).count(), 1, "{told}\n{text}");
    }
}

/// Of the clients, those count that get in today.
#[test]
fn clients_without_access_lose_nothing() {
    let scenario = scenario(&format!("{CLOSED}    subnets: []\n"));
    let more = scenario
        .read("spec.yaml")
        .replace("egress: [203.0.113.50]", "egress: [203.0.113.50, 8.8.8.8]");
    scenario.write("spec.yaml", &more);
    let text = one_line(&plan(&scenario, &[], 0, &[]));
    assert!(
        text.contains("its clients (203.0.113.50) lose `fabrikam`"),
        "{text}"
    );
    let whole = one_line(&scenario.run(&["plan", "spec.yaml"]).stdout);
    assert!(
        whole.contains("its clients (203.0.113.50) lose this registry"),
        "{whole}"
    );
    // A range gets in in part.
    let wide = more.replace("203.0.113.50, 8.8.8.8]", "203.0.113.48/28]");
    scenario.write("spec.yaml", &wide);
    for words in [
        &["plan", "spec.yaml", "--only", "contoso"][..],
        &["plan", "spec.yaml"],
    ] {
        let text = one_line(&scenario.run(words).stdout);
        assert!(text.contains("its clients (203.0.113.50) lose"), "{text}");
    }
}

/// A registry that live state leaves out is read, so its own rules decide.
#[test]
fn registry_that_a_tag_leaves_out_counts_as_read() {
    let allows = format!("{CLOSED}    subnets: [build]\n    expect: {{allow: [build]}}\n");
    let denies = format!("{CLOSED}    expect: {{deny: [build]}}\n");
    let lost = "(203.0.113.50) lose `fabrikam`, which the run does not write";
    let gained = "would get into `fabrikam`, which the run does not write";
    let address = &["203.0.113.50"][..];
    for (lines, ips, has_rule, told) in [
        (&allows, address, true, None),
        (&allows, address, false, Some(lost)),
        (&denies, &[], true, Some(gained)),
        (&denies, &[], false, None),
    ] {
        let scenario = scenario(lines);
        let mut contoso = denying("contoso", address, false);
        contoso["tags"] = json!({"env": "prod"});
        let fabrikam = denying("fabrikam", ips, has_rule);
        scenario.seed(&[contoso, fabrikam, vnet_body(&[subnet_id("hub", "build")])]);
        let run = scenario.run(&["plan", "spec.yaml", "--only", "tag:env=prod"]);
        expect(&run, if told.is_some() { 3 } else { 0 }, &[]);
        let text = one_line(&run.stdout);
        assert_eq!(text.contains("`fabrikam`"), told.is_some(), "{text}");
        assert!(text.contains(told.unwrap_or_default()), "{text}");
    }
}

#[test]
fn guards_hold_for_a_registry_left_out() {
    let protected = format!("{CLOSED}    subnets: []\n    protect: true\n");
    let expected = format!("{CLOSED}    expect: {{allow: [build]}}\n");
    let rows: [(&str, &[&str], &[&str]); 4] = [
        (
            &protected,
            &[],
            &["refused[protect]", "would lose `fabrikam`", "--override protect"],
        ),
        (
            &expected,
            &[],
            &["refused[expect]", "`build` must get in", "--override expect"],
        ),
        (
            CLOSED,
            &["--fail-on", "narrows"],
            &["access to `fabrikam` may narrow"],
        ),
        (
            CLOSED,
            &["--protect", "203.0.113.50"],
            &["refused[own-address]", "`203.0.113.50`"],
        ),
    ];
    for (lines, words, has) in rows {
        plan(&scenario(lines), words, 3, has);
    }
    plan(&scenario(&protected), &["--override", "protect"], 0, &[]);
    plan(&scenario(CLOSED), &["--protect", "203.0.113.51"], 0, &[]);
}

/// The subnet rule of the spec need not be live.
#[test]
fn guards_hold_where_the_spec_lists_the_subnet() {
    let lists = format!("{CLOSED}    subnets: [build]\n");
    let rows: [(&str, &[&str], &str); 4] = [
        ("    protect: true\n", &[], "refused[protect]"),
        ("    expect: {allow: [build]}\n", &[], "refused[expect]"),
        (
            "",
            &["--fail-on", "narrows"],
            "access to `fabrikam` may narrow: subnet hub/build",
        ),
        ("", &["--protect", "203.0.113.50"], "refused[own-address]"),
    ];
    for (lines, words, told) in rows {
        let text = one_line(&plan(&scenario(&format!("{lists}{lines}")), words, 3, &[]));
        assert!(text.contains(told), "{told}\n{text}");
        let narrows = words.contains(&"narrows");
        assert!(
            narrows || text.contains("clients of subnet hub/build may lose"),
            "{text}"
        );
    }
}

#[test]
fn only_change_holds_for_a_registry_left_out() {
    let scenario = scenario(&format!("{CLOSED}    subnets: []\n"));
    let told =
        "would lose `fabrikam`, which the run does not read: `--only-change` does not name the subnet";
    for (named, is_told) in [("198.51.100.0/24", true), ("build", false)] {
        let words = ["plan", "spec.yaml", "--only", "contoso", "--only-change", named];
        let text = one_line(&scenario.run(&words).stdout);
        assert!(text.contains("lose `fabrikam`"), "{text}");
        assert_eq!(text.contains(told), is_told, "{named}\n{text}");
    }
}

/// One refusal for each subnet, whose message tells it from others.
#[test]
fn registries_that_narrow_are_one_refusal() {
    let exact = format!("{CLOSED}    subnets: []\n");
    let more = format!("{exact}  - id: {}\n{exact}", registry_id("tailspin"));
    let scenario = scenario(&more);
    let text = one_line(&plan(&scenario, &["--fail-on", "narrows"], 3, &[]));
    let told = "`--fail-on narrows` refuses to turn on the service endpoint of subnet hub/build";
    assert_eq!(text.matches(told).count(), 1, "{text}");
    assert!(
        text.contains("access to `fabrikam`, `tailspin` narrows"),
        "{text}"
    );
}

/// Each file may know a part of the addresses.
#[test]
fn addresses_of_all_files_count() {
    let scenario = scenario(&format!("{CLOSED}    subnets: []\n"));
    let [contoso, fabrikam] = ["contoso", "fabrikam"].map(registry_id);
    let file = |egress: &str, lines: &str| {
        let id = subnet_id("hub", "build");
        format!("version: 1\nsubnets:\n  build: {{id: {id}, egress: [{egress}]}}\nregistries:\n{lines}")
    };
    let wants = format!("  - id: {contoso}\n    subnets: [build]\n");
    let keeps = format!("  - id: {fabrikam}\n{CLOSED}    subnets: []\n");
    scenario.write("a.yaml", &file("192.0.2.9", &wants));
    scenario.write("b.yaml", &file("203.0.113.50", &keeps));
    for (words, told) in [
        (
            &["--only", "contoso"][..],
            "clients (203.0.113.50) lose `fabrikam`",
        ),
        (&[], "clients (203.0.113.50) lose this registry"),
    ] {
        let run = scenario.run(&[&["plan", "a.yaml", "b.yaml"], words].concat());
        let text = one_line(&run.stdout);
        assert!(text.contains(told), "{text}\n{}", run.stderr);
    }
}

/// The subnet may have a rule there that the spec does not manage, and its endpoint puts it into force.
#[test]
fn denial_that_a_registry_left_out_expects_holds() {
    let deny =
        format!("{CLOSED}    expect: {{deny: [build]}}\n").replace("203.0.113.50", "203.0.113.51");
    let told = "may get into `fabrikam`, which the run does not read: the spec says that `build` must not get in";
    let managed = format!("{deny}    subnets: []\n");
    for (lines, words, refused) in [
        (&deny, &[][..], true),
        (&deny, &["--override", "expect"], false),
        // The spec has no rule for the subnet.
        (&managed, &[], false),
        (&deny.replace("Enabled", "Disabled"), &[], false),
        (
            &deny.replace("deny: [build]", "allow: [203.0.113.51]"),
            &[],
            false,
        ),
    ] {
        let scenario = scenario(lines);
        let code = if refused { 3 } else { 0 };
        let text = one_line(&plan(&scenario, words, code, &[]));
        assert_eq!(text.contains(told), refused, "{lines}\n{text}");
    }
}
