//! `ringfence explain`: the answer to a client, on live state and on a spec.

use serde_json::{Value, json};

use crate::apply::apply_run::{denying, expect, ready_vnet};
use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;
use crate::virtual_network::vnet_body;

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
            "add `- 198.51.100.7` to `ipRules`",
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
    expect(
        &ask(&["--from-file", "from.txt"]),
        64,
        &["the spec has no network or subnet `build`"],
    );
    scenario.write("from.txt", "203.0.113.9\n203.0.113.300\n");
    expect(
        &ask(&["--from-file", "from.txt"]),
        64,
        &["from.txt:2: `203.0.113.300`"],
    );
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

/// A subnet rule that `ignore` keeps ends the bypass of trusted services. Of addresses, it keeps those in its ranges only.
#[test]
fn ignored_rules_leave_only_their_clients_unknown() {
    let ignored = format!("[20.0.0.0/8, {}]", subnet_id("hub", "build"));
    let spec = spec_of(&format!(
        "{DENY}    trustedServices: true\n    ignore: {ignored}\n"
    ));
    let scenario = Scenario::new(&spec, &[]);
    let explain = [
        "explain",
        "contoso",
        "--spec",
        "spec.yaml",
        "-o",
        "json",
        "--from",
    ];
    let from = ["trusted-services", "20.0.0.1", "8.8.8.8", "203.0.113.9"];
    let run = scenario.run_plain(&[&explain[..], &from].concat());
    assert_eq!(answers(&run), ["unknown", "unknown", "denied", "allowed"]);
}

const DENY: &str = "    publicNetworkAccess: Enabled\n    defaultAction: Deny\n    ipRules: [203.0.113.8/31]\n    subnets: []\n";

/// Explains one client of a registry as a spec with these lines wants it.
fn remedies(lines: &str, from: &str) -> Vec<String> {
    let scenario = Scenario::new(&spec_of(lines), &[]);
    let run = scenario.run_plain(&[
        "explain",
        "contoso",
        "--spec",
        "spec.yaml",
        "-o",
        "json",
        "--from",
        from,
    ]);
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let remedies = document["clients"][0]["remedies"].as_array();
    // The registry and its lists have lines of their own.
    let text = |remedy: &Value| {
        let text = remedy.as_str().expect("a text").to_owned();
        (3..9).fold(text, |text, line| {
            text.replace(&format!(" for contoso (spec.yaml:{line})"), "")
        })
    };
    remedies.into_iter().flatten().map(text).collect()
}

#[test]
fn remedies_ask_only_for_what_is_missing() {
    let id = subnet_id("hub", "build").to_string();
    let public = "set `publicNetworkAccess: Enabled`";
    let halves = "    defaultAction: Deny\n    ipRules: [203.0.113.0/25, 203.0.113.128/25]\n";
    assert_eq!(remedies(halves, "203.0.113.0/24"), [public]);
    let both = "add `- 8.8.8.8` to `ipRules`, and set `publicNetworkAccess: Enabled`,";
    assert_eq!(remedies(halves, "8.8.8.8"), [both]);
    let listed = format!("    defaultAction: Deny\n    trustedServices: true\n    subnets: [{id}]\n");
    assert_eq!(remedies(&listed, &id), [public]);
    let private = "let trusted services come through a private endpoint";
    assert_eq!(
        remedies(&listed, "trusted-services"),
        [private, "remove every subnet rule"]
    );
    assert_eq!(
        remedies(&listed.replace("true", "false"), "trusted-services"),
        [
            private,
            "set `trustedServices: true`, and remove every subnet rule"
        ]
    );
    assert_eq!(
        remedies(DENY, "tasks"),
        ["set `endpointProtocol: IPv4` and `tasksBypass: true`"]
    );
    assert!(remedies(DENY, "ipv6").is_empty());
}

#[test]
fn tasks_behind_disabled_access_have_a_reason_and_a_remedy() {
    let mut registry = premium_registry("contoso");
    registry["properties"]["publicNetworkAccess"] = json!("Disabled");
    registry["properties"]["networkRuleSet"]["defaultAction"] = json!("Allow");
    let scenario = Scenario::new(&spec_of(""), &[registry]);
    let run = scenario.run(&["explain", "contoso", "--from", "tasks", "8.8.8.8"]);
    expect(
        &run,
        0,
        &[
            "tasks do not bypass the rules",
            "set `tasksBypass: true`",
            "set `publicNetworkAccess: Enabled` and `defaultAction: Deny`",
        ],
    );
}

#[test]
fn no_remedy_opens_the_registry_to_everyone() {
    let smaller = "add smaller ranges to `ipRules`: a plan refuses a rule that is wider than /8";
    assert_eq!(remedies(DENY, "0.0.0.0/0"), [smaller]);
    assert_eq!(remedies(DENY, "128.0.0.0/1"), [smaller]);
    // Public access with the default action Allow lets everyone in.
    let both = "set `publicNetworkAccess: Enabled` and `defaultAction: Deny`";
    let disabled = "    publicNetworkAccess: Disabled\n    defaultAction: Allow\n";
    assert_eq!(
        remedies(disabled, "8.8.8.8"),
        [
            "let the client come through a private endpoint",
            &format!("{both}, and list the client"),
        ]
    );
    // The rules of others count again as well.
    let rules = format!("{disabled}    ipRules: [8.8.8.0/24, 203.0.113.7]\n");
    let others = "; another rule of the registry counts again too";
    assert_eq!(remedies(&rules, "8.8.8.8")[1], format!("{both}{others}"));
    let more = format!("{both}, and list the client; 2 other rules of the registry count again too");
    assert_eq!(remedies(&rules, "9.9.9.9")[1], more);
    assert_eq!(remedies("    ipRules: [203.0.113.7]\n", "203.0.113.7"), [both]);
}

#[test]
fn remedies_leave_assumed_endpoints_to_others() {
    let id = subnet_id("hub", "build").to_string();
    let assume = format!("{DENY}    serviceEndpoints: assume\n");
    let listed = assume.replace("[]", &format!("[{id}]"));
    for lines in [assume, listed] {
        let remedies = remedies(&lines, &id).join("\n");
        assert!(
            remedies.contains("turn its service endpoint Microsoft.ContainerRegistry on"),
            "{remedies}"
        );
        assert!(!remedies.contains("ringfence apply"), "{remedies}");
    }
}

/// The reasons of an answer do not contradict it.
#[test]
fn refused_clients_of_open_registries_are_not_said_to_get_in() {
    let mut basic = premium_registry("contoso");
    basic["sku"] = json!({"name": "Basic", "tier": "Basic"});
    basic["properties"]
        .as_object_mut()
        .unwrap()
        .remove("networkRuleSet");
    for registry in [basic, premium_registry("contoso")] {
        let scenario = Scenario::new(&spec_of(""), &[registry]);
        let run = scenario.run(&["explain", "contoso", "--from", "10.1.2.3", "ipv6"]);
        expect(
            &run,
            0,
            &[
                "✘ 10.1.2.3",
                "private range",
                "✘ IPv6 clients do not",
                "IPv4 only",
            ],
        );
        assert!(!run.stdout.contains("every client gets in"), "{}", run.stdout);
    }
}

/// The variable names the subscription of other tools. It limits neither an id nor a name.
#[test]
fn subscription_of_the_environment_does_not_hide_a_registry() {
    let scenario = live();
    for registry in ["contoso", &registry_id("contoso")] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_ringfence"))
            .env_clear()
            .env("HOME", scenario.path("."))
            .env("AZURE_SUBSCRIPTION_ID", "00000000-0000-0000-0000-00000000000e")
            .args(["explain", registry, "--from", "8.8.8.8"])
            .arg(format!("--sandbox={}", scenario.path("state.json").display()))
            .output()
            .expect("the binary runs");
        assert_eq!(output.status.code(), Some(0), "{registry}: {output:?}");
    }
}

const NAMED: &str = "version: 1
networks:
  offices: {cidrs: [203.0.113.0/25, 198.51.100.16/28], owner: platform, reason: staff}
  vendor: {cidrs: [192.0.2.9], expires: 2026-01-31, reason: scans}
subnets:
  build: SUBNET
registries:
  - id: ID
    publicNetworkAccess: Enabled
    defaultAction: Deny
    ipRules: [offices, vendor]
    subnets: []
";

/// The names stand for ranges and ids. An entry that expired is named with its day.
#[test]
fn names_of_the_spec_are_clients() {
    let spec = NAMED
        .replace("SUBNET", subnet_id("hub", "build").as_str())
        .replace("ID", &registry_id("contoso"));
    let scenario = Scenario::new(&spec, &[]);
    let ask = |words: &[&str]| {
        let explain = ["explain", "contoso", "--spec", "spec.yaml", "--from"];
        scenario.run_plain(&[&explain, words].concat())
    };
    expect(
        &ask(&["offices", "build", "vendor", "trusted-services"]),
        0,
        &[
            "✔ offices (203.0.113.0/25) gets in",
            "✔ offices (198.51.100.16/28) gets in",
            "the rule: offices; owner platform; reason staff; spec.yaml:3",
            "? build may or may not get in",
            "✘ vendor does not get in",
            "the rule that named it has expired on 2026-01-31",
            "the expired rule: vendor; reason scans; expires 2026-01-31; spec.yaml:4",
            "trusted services may or may not get in",
        ],
    );
    let words = ["office"];
    expect(
        &ask(&words),
        64,
        &["no network or subnet `office`", "did you mean `offices`?"],
    );
    let live = scenario.run(&["explain", "contoso", "--from", "offices"]);
    expect(&live, 64, &["`offices` is not a client", "--spec FILE"]);
}

/// The default action has no effect then.
#[test]
fn disabled_public_access_is_a_mode_of_its_own() {
    let scenario = Scenario::new(&spec_of("    publicNetworkAccess: Disabled\n"), &[]);
    let run = scenario.run_plain(&["explain", "contoso", "--spec", "spec.yaml", "--from", "8.8.8.8"]);
    expect(&run, 0, &["as the spec wants it): private only"]);
}

#[test]
fn spec_comes_from_stdin() {
    let ask = |words: &[&str]| {
        let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_ringfence"))
            .args(["explain", "contoso", "--spec", "-"])
            .args(words)
            .write_stdin(spec_of(DENY))
            .output()
            .expect("the binary runs");
        Run {
            code: output.status.code().expect("an exit code"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    };
    expect(&ask(&["--from", "203.0.113.9"]), 0, &["✔ 203.0.113.9 gets in"]);
    expect(&ask(&["--from-file", "-"]), 64, &["both read stdin"]);
}

#[test]
fn subnet_that_does_not_exist_lets_no_client_in() {
    let scenario = live();
    let gone = subnet_id("hub", "gone").to_string();
    let run = scenario.run(&["explain", "contoso", "--from", &gone]);
    expect(&run, 0, &["does not get in", "does not exist", "correct the id"]);
    assert!(!run.stdout.contains("may or may not"), "{}", run.stdout);
}

/// Listing one rule would remove all live ones.
#[test]
fn remedy_for_an_unmanaged_list_says_what_it_removes() {
    let lines = "    publicNetworkAccess: Enabled\n    defaultAction: Deny\n";
    let [exact] = &remedies(lines, "8.8.8.8")[..] else {
        panic!("not one remedy")
    };
    assert!(
        exact.starts_with("add `ipRules: [8.8.8.8]`, with every live rule"),
        "{exact}"
    );
    let additive = remedies(&format!("{lines}    ownership: additive\n"), "8.8.8.8");
    assert_eq!(additive, ["add `ipRules: [8.8.8.8]`"]);
}

/// A list that the spec does not manage may have any rules.
#[test]
fn mode_of_a_spec_counts_only_lists_that_it_owns() {
    for (lines, mode) in [
        ("", "selected networks (IP rules unknown, subnets unknown)"),
        (
            "    subnets: []\n",
            "selected networks (IP rules unknown, 0 subnets)",
        ),
        (
            "    ipRules: [8.8.8.8]\n    subnets: []\n",
            "selected networks (1 IP, 0 subnets)",
        ),
        ("    ipRules: []\n    subnets: []\n", "closed"),
        (
            "    ipRules: [8.8.8.8]\n    subnets: []\n    ignore: [20.0.0.0/8]\n",
            "selected networks (IP rules unknown, 0 subnets)",
        ),
        (
            "    ipRules: [8.8.8.8]\n    subnets: []\n    ownership: additive\n",
            "selected networks (IP rules unknown, subnets unknown)",
        ),
    ] {
        let spec = spec_of(&format!(
            "    publicNetworkAccess: Enabled\n    defaultAction: Deny\n{lines}"
        ));
        let scenario = Scenario::new(&spec, &[]);
        let run = scenario.run_plain(&[
            "explain",
            "contoso",
            "--spec",
            "spec.yaml",
            "-o",
            "json",
            "--from",
            "8.8.8.8",
        ]);
        let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
        assert_eq!(document["mode"], mode, "{lines}");
    }
}

/// The registry lists the public address of the subnet's clients, and the spec alone knows that address.
#[test]
fn live_subnet_has_the_addresses_of_the_spec() {
    let subnet = subnet_id("hub", "build");
    let registry = denying("contoso", &["203.0.113.50"], false);
    let scenario = Scenario::new("", &[registry, vnet_body(std::slice::from_ref(&subnet))]);
    let named =
        |egress: &str| format!("version: 1\nsubnets:\n  build: {{id: {subnet}, egress: [{egress}]}}\n");
    let lines = spec_of("    ipRules: []\n").replace("version: 1\n", "");
    let ask = |words: &[&str]| scenario.run(&[&["explain", "contoso", "-o", "json"], words].concat());
    let with_spec = ["--from", "build", "--spec", "spec.yaml", "--live"];
    for (egress, answer) in [("203.0.113.50", "allowed"), ("203.0.113.51", "denied")] {
        scenario.write("spec.yaml", &(named(egress) + &lines));
        assert_eq!(answers(&ask(&with_spec)), [answer], "{egress}");
        let reads: Vec<String> = scenario.requests().into_iter().map(|(_, path)| path).collect();
        assert_eq!(reads, [registry_id("contoso"), subnet.to_string()]);
    }
    // The spec names the registry, and a fresh sandbox gets it.
    let fresh = [
        "explain",
        "--from",
        "8.8.8.8",
        "--spec",
        "spec.yaml",
        "--live",
        "--sandbox",
    ];
    expect(&scenario.run_plain(&fresh), 0, &["contoso (group rg, live)"]);
    // Without the spec, the addresses are not known.
    assert_eq!(answers(&ask(&["--from", subnet.as_str()])), ["unknown"]);
    expect(&ask(&["--from", "8.8.8.8", "--live"]), 64, &["--spec"]);
}

/// The file of the registry does not include the one that names the subnet.
#[test]
fn spec_is_explained_with_the_addresses_of_all_files() {
    let subnet = subnet_id("hub", "build");
    let scenario = Scenario::new(&spec_of(DENY), &[]);
    let other = format!(
        "version: 1\nsubnets:\n  build: {{id: {subnet}, egress: [203.0.113.8]}}\nregistries:\n  - id: {}\n",
        registry_id("fabrikam")
    );
    scenario.write("other.yaml", &other);
    let run = scenario.run_plain(&[
        "explain",
        "contoso",
        "--spec",
        "spec.yaml",
        "other.yaml",
        "--from",
        "build",
    ]);
    expect(&run, 0, &["IP rules admit 1 of its 1 public addresses"]);
}

/// What the spec says already needs no change of it, only an apply.
#[test]
fn remedy_is_to_apply_a_spec_that_admits_the_client() {
    let subnet = subnet_id("hub", "build");
    let registry = denying("contoso", &["203.0.113.50"], false);
    let scenario = Scenario::new("", &[registry, vnet_body(std::slice::from_ref(&subnet))]);
    let apply = "to let it in: run `ringfence apply spec.yaml --sandbox=";
    let rows = [
        ("    subnets: [build]\n", "build", apply),
        (
            "    ipRules: [198.51.100.0/25, 198.51.100.128/25]\n",
            "198.51.100.0/24",
            apply,
        ),
        (
            "    subnets: [build]\n    serviceEndpoints: assume\n",
            "build",
            "its plan is refused: run `ringfence plan spec.yaml --sandbox=",
        ),
        (
            "    subnets: []\n",
            "build",
            "add `- build` to `subnets` in the spec of contoso",
        ),
        (
            "    subnets: []\n",
            "offices",
            "add `- offices` to `ipRules` in the spec of contoso",
        ),
        (
            "    tasksBypass: true\n",
            "tasks",
            "to let them in: run `ringfence apply spec.yaml --sandbox=",
        ),
    ];
    for (lines, from, remedy) in rows {
        let names = format!("networks:\n  offices: [198.51.100.0/24]\nsubnets:\n  build: {subnet}\n");
        scenario.write("spec.yaml", &(spec_of(lines) + &names));
        let run = scenario.run(&[
            "explain",
            "contoso",
            "--from",
            from,
            "--spec",
            "spec.yaml",
            "--live",
        ]);
        let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(remedy), "{lines}{text}\n{}", run.stderr);
        // It is the only remedy then.
        let is_apply = remedy.contains("ringfence");
        assert!(!is_apply || text.matches("to let ").count() == 1, "{lines}{text}");
    }
}

#[test]
fn all_names_of_a_subnet_are_clients() {
    let subnet = subnet_id("hub", "build");
    let names = format!("subnets:\n  build: {subnet}\n  b2: {{id: {subnet}, egress: [203.0.113.8]}}\n");
    let scenario = Scenario::new(&(spec_of("    subnets: [build]\n") + &names), &[]);
    for name in ["build", "b2", "hub/build"] {
        let words = [
            "explain",
            "contoso",
            "--spec",
            "spec.yaml",
            "-o",
            "json",
            "--from",
            name,
        ];
        assert_eq!(answers(&scenario.run_plain(&words)).len(), 1, "{name}");
    }
    let words = ["explain", "contoso", "--spec", "spec.yaml", "--from", "b3"];
    expect(
        &scenario.run_plain(&words),
        64,
        &["no network or subnet `b3`", "b2"],
    );
}

/// A file that names a network of these ranges.
fn offices(ranges: &str) -> String {
    format!("version: 1\nnetworks: {{offices: [{ranges}]}}\n")
}

#[test]
fn name_of_two_files_is_one_client_for_each_range() {
    let scenario = live();
    let id = registry_id("contoso");
    std::fs::create_dir(scenario.path("specs")).unwrap();
    scenario.write(
        "specs/a.yaml",
        &format!(
            "{}registries: [{{id: {id}, ipRules: [offices]}}]\n",
            offices("203.0.113.50")
        ),
    );
    for (ranges, clients) in [("203.0.113.50", 1), ("203.0.113.50, 192.0.2.9", 2)] {
        scenario.write("specs/b.yaml", &offices(ranges));
        let words = [
            "explain", "contoso", "--from", "offices", "--spec", "specs", "-o", "json",
        ];
        assert_eq!(answers(&scenario.run_plain(&words)).len(), clients, "{ranges}");
    }
    let run = scenario.run_plain(&["explain", "contoso", "--from", "x", "--spec", "specs"]);
    expect(&run, 64, &["help: expected `offices`"]);
}

/// `expect` means the network.
#[test]
fn network_of_the_name_of_another_client_is_answered_too() {
    let spec = spec_of("    ipRules: [tasks]\n")
        .replace("registries:", "networks: {tasks: [203.0.113.9]}\nregistries:");
    let scenario = Scenario::new(&spec, &[]);
    let words = ["explain", "contoso", "--spec", "spec.yaml", "--from", "tasks"];
    let told = ["ACR Tasks with a system-assigned identity", "tasks (203.0.113.9)"];
    expect(&scenario.run_plain(&words), 0, &told);
}

/// The remedies set `Deny`, with which the client is out unless a rule lists it.
#[test]
fn remedy_under_allow_lists_the_client() {
    let spec = spec_of("    defaultAction: Allow\n    ipRules: [192.0.2.9]\n");
    let scenario = Scenario::new(&spec, &[]);
    let settings = "set `publicNetworkAccess: Enabled` and `defaultAction: Deny`";
    for (client, remedy) in [
        (
            "203.0.113.9",
            format!("add `- 203.0.113.9` to `ipRules`, and {settings}, for contoso"),
        ),
        ("192.0.2.9", format!("to let it in: {settings} for contoso")),
    ] {
        let words = ["explain", "contoso", "--spec", "spec.yaml", "--from", client];
        expect(
            &scenario.run_plain(&words),
            0,
            &[
                "may or may not get in",
                &remedy,
                "no rule admits are shut out then",
            ],
        );
    }
}
