//! Snapshots: the state before a write is saved, and can be restored.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use ringfence::sandbox::{Options, Phase, RequestEvent, RequestHook};
use serde_json::{Value, json};

use super::apply_run::{DENY, contoso, denying, expect, fault, ips, only_read, ready_vnet, rules, two};
use super::sandbox_in_test::{Azure, ended};
use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;
use crate::virtual_network::vnet_body;

/// The files of runs below a folder, with their permissions.
fn files(folder: &Path) -> Vec<(PathBuf, u32)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let of_folder = path.extension().is_some_and(|ending| ending == "left");
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if !of_folder && !path.ends_with(".gitignore") {
            let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            files.push((path, mode));
        }
    }
    files
}

/// Applies, and returns the text of the only snapshot.
fn kept(scenario: &Scenario) -> String {
    expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &[]);
    let [(path, _)] = &files(&scenario.records())[..] else {
        panic!("not one snapshot")
    };
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn private_snapshot_exists_before_the_first_write() {
    let scenario = contoso(DENY);
    let folder = scenario.path(".ringfence");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sees = seen.clone();
    let look = move |event: &RequestEvent<'_>| {
        if event.phase == Phase::Before && event.method == "PATCH" {
            sees.lock().unwrap().extend(files(&folder));
        }
    };
    let options = Options {
        on_request: Some(RequestHook::new(look)),
        ..Options::default()
    };
    let azure = Azure::serve(&scenario, options);
    expect(&azure.run(&scenario, &["apply", "spec.yaml", "--yes"]), 0, &[]);
    let seen = seen.lock().unwrap().clone();
    assert_eq!(seen.iter().map(|(_, mode)| *mode).collect::<Vec<_>>(), [0o600]);
    assert_eq!(
        seen,
        files(&scenario.path(".ringfence")),
        "nothing else is left behind"
    );
    let snapshot: Value = serde_json::from_str(&std::fs::read_to_string(&seen[0].0).unwrap()).unwrap();
    assert_eq!(snapshot["format"], "ringfence.snapshot/1");
    assert_eq!(
        (&snapshot["state"]["defaultAction"], &snapshot["state"]["ipRules"]),
        (&json!("Allow"), &json!([]))
    );
}

#[test]
fn unwritable_snapshot_folder_stops_the_run() {
    let scenario = contoso(DENY);
    let before = scenario.read("state.json");
    let run = scenario.run(&["apply", "spec.yaml", "--yes", "--snapshots", "spec.yaml/kept"]);
    expect(
        &run,
        1,
        &[
            "snapshot-not-written",
            "spec.yaml/kept",
            "--snapshots DIR",
            "Nothing was written",
        ],
    );
    only_read(&scenario);
    assert_eq!(scenario.read("state.json"), before);
}

#[test]
fn sandbox_snapshots_are_separate_and_only_for_changes() {
    let scenario = contoso(DENY);
    kept(&scenario);
    assert_eq!(
        scenario.records().parent(),
        Some(&*scenario.path(".ringfence/sandbox"))
    );
    expect(
        &scenario.run(&["apply", "spec.yaml", "--yes"]),
        0,
        &["Nothing to do"],
    );
    assert_eq!(files(&scenario.records()).len(), 1);
}

#[test]
fn default_folder_has_a_gitignore_that_users_may_change() {
    let scenario = contoso(DENY);
    kept(&scenario);
    assert_eq!(scenario.read(".ringfence/.gitignore"), "*\n");
    scenario.write(".ringfence/.gitignore", "sandbox/\n");
    let restore = ["restore", "--default-allow", &registry_id("contoso"), "--yes"];
    expect(&scenario.run(&restore), 0, &[]);
    assert_eq!(scenario.read(".ringfence/.gitignore"), "sandbox/\n");
    let named = contoso(DENY);
    expect(
        &named.run(&["apply", "spec.yaml", "--yes", "--snapshots", "kept"]),
        0,
        &[],
    );
    assert!(!named.path("kept/.gitignore").exists() && !named.path(".ringfence").exists());
}

/// Runs a printed command line with `--yes` added.
fn as_printed(scenario: &Scenario, command: &str) -> Run {
    let program = Path::new(env!("CARGO_BIN_EXE_ringfence"));
    let line = format!("{command} --yes");
    ended(
        Command::new("/bin/sh")
            .args(["-c", &line])
            .env_clear()
            .env("HOME", scenario.path(""))
            .env("PATH", program.parent().unwrap())
            .current_dir(scenario.path("")),
    )
}

/// Sorts the rules, because their order is not a setting.
fn sorted(mut registry: Value) -> Value {
    for list in ["ipRules", "virtualNetworkRules"] {
        let rules = &mut registry["properties"]["networkRuleSet"][list];
        rules.as_array_mut().unwrap().sort_by_key(ToString::to_string);
    }
    registry
}

/// Returns every setting of a registry that a spec can manage.
fn everything() -> String {
    let subnet = subnet_id("hub", "build");
    spec_of(&format!(
        "    defaultAction: Deny\n    ipRules: [203.0.113.7, 198.51.100.0/24]\n    subnets: [{subnet}]\n    \
         trustedServices: false\n    tasksBypass: true\n    dataEndpoint: true\n"
    ))
}

#[test]
fn printed_undo_command_restores_every_setting() {
    let mut old = denying("contoso", &["192.0.2.1", "203.0.113.7"], false);
    old["properties"]["networkRuleSet"]["defaultAction"] = json!("Allow");
    let closed = format!("{}    publicNetworkAccess: Disabled\n", spec_of(""));
    for (spec, old) in [
        (everything(), old),
        (everything(), denying("contoso", &["192.0.2.1"], true)),
        (closed, premium_registry("contoso")),
    ] {
        let scenario = Scenario::new(&spec, &[old, ready_vnet()]);
        let before = scenario.resource("contoso");
        let words = [
            "apply",
            "spec.yaml",
            "--yes",
            "--snapshots",
            "it's kept",
            "-o",
            "json=report.json",
        ];
        let words = [&words[..], &["-o", "text"]].concat();
        let run = scenario.run(&words);
        expect(&run, 0, &[]);
        let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
        let undo = &report["registries"][0]["undo"];
        let command = report["undo"].as_str().unwrap();
        assert_eq!(run.stdout.matches(command).count(), 1, "{}", run.stdout);
        assert!(scenario.path(undo["snapshot"].as_str().unwrap()).is_file());
        assert_ne!(scenario.resource("contoso")["properties"], before["properties"]);
        expect(&as_printed(&scenario, command), 0, &[]);
        let mut after = scenario.resource("contoso");
        after["systemData"] = before["systemData"].clone();
        assert_eq!(sorted(after), sorted(before));
    }
}

/// An undo can break a guard, for example by opening the registry again. The printed command overrides that guard.
#[test]
fn undo_command_overrides_the_guards_it_would_break() {
    let twelve: Vec<String> = (0..12).map(|n| format!("203.0.113.{n}")).collect();
    let adds = format!("    ipRules: [{}]\n", twelve.join(", "));
    let rows = [
        (
            adds.as_str(),
            denying("contoso", &twelve_of(&twelve, 5), false),
            "removals",
        ),
        (
            "    ipRules: [203.0.113.7]\n",
            denying("contoso", &[], false),
            "last-rule",
        ),
        (
            "    defaultAction: Allow\n",
            denying("contoso", &[], false),
            "last-rule",
        ),
    ];
    for (lines, old, guard) in rows {
        for folder in ["-x", "it's kept", "a\nb", "#"] {
            let scenario = Scenario::new(&spec_of(lines), std::slice::from_ref(&old));
            let before = scenario.resource("contoso")["properties"].clone();
            let snapshots = format!("--snapshots={folder}");
            let words = [
                "apply",
                "spec.yaml",
                "--yes",
                "-o",
                "text",
                "-o",
                "json=report.json",
                &snapshots,
            ];
            let run = scenario.run(&words);
            expect(&run, 0, &[]);
            let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
            let command = report["undo"].as_str().unwrap();
            assert!(
                command.contains(&format!(" --override {guard} --sandbox")),
                "{command}"
            );
            assert!(run.stdout.contains(command), "no `{command}` in {}", run.stdout);
            expect(&as_printed(&scenario, command), 0, &[]);
            assert_eq!(scenario.resource("contoso")["properties"], before);
        }
    }
}

fn twelve_of(all: &[String], count: usize) -> Vec<&str> {
    all[..count].iter().map(String::as_str).collect()
}

/// One command takes back a run of several registries, on this machine by its id and on another one by its report.
#[test]
fn run_is_restored_by_its_id_its_report_and_last() {
    let contoso = spec_of(DENY);
    let entry = contoso.split_once("registries:\n").expect("one list").1;
    let spec = format!("{contoso}{}", entry.replace("contoso", "fabrikam"));
    for source in ["printed", "last", "report.json"] {
        let registries = [premium_registry("contoso"), premium_registry("fabrikam")];
        let scenario = Scenario::new(&spec, &registries);
        let before = scenario.resource("fabrikam")["properties"]["networkRuleSet"].clone();
        let words = [
            "apply",
            "spec.yaml",
            "--yes",
            "-o",
            "json=report.json",
            "-o",
            "text",
        ];
        let run = scenario.run(&words);
        expect(&run, 0, &[]);
        assert_eq!(
            run.stdout.matches("ringfence restore").count(),
            1,
            "{}",
            run.stdout
        );
        let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
        let command = report["undo"].as_str().unwrap();
        let back = match source {
            "printed" => as_printed(&scenario, command),
            "last" => scenario.run(&["restore", "--from", "last", "--yes"]),
            _ => {
                // Another machine has no snapshots.
                std::fs::remove_dir_all(scenario.path(".ringfence")).unwrap();
                scenario.run(&["restore", "--from", "report.json", "--yes"])
            }
        };
        expect(&back, 0, &[]);
        for name in ["contoso", "fabrikam"] {
            let rules = &scenario.resource(name)["properties"]["networkRuleSet"];
            assert_eq!(*rules, before, "{source} {name}");
        }
    }
}

#[test]
fn unknown_run_and_report_without_a_write_are_refused() {
    let scenario = contoso("    publicNetworkAccess: Enabled\n");
    for source in ["last", "20261121T203355-012345"] {
        let run = scenario.run(&["restore", "--from", source, "--yes"]);
        expect(
            &run,
            3,
            &["no snapshots of the run", source, "the JSON report of the run"],
        );
    }
    let words = ["apply", "spec.yaml", "--yes", "-o", "json=report.json"];
    expect(&scenario.run(&words), 0, &[]);
    let run = scenario.run(&["restore", "--from", "report.json", "--yes"]);
    expect(&run, 3, &["the report of a run that wrote no registry"]);
}

/// The state of a sandbox without a file ends with the run.
#[test]
fn sandbox_without_a_file_has_no_undo_command() {
    let scenario = contoso(DENY);
    let run = scenario.run_plain(&["apply", "spec.yaml", "--sandbox", "--yes"]);
    expect(&run, 0, &["applied and verified"]);
    assert!(!run.stdout.contains("restore"), "{}", run.stdout);
}

/// Outside the sandbox the command names the service, so it does not depend on the environment.
#[test]
fn undo_command_names_the_service_that_was_written() {
    let scenario = contoso(DENY);
    let azure = Azure::serve(&scenario, Options::default());
    let run = azure.run(&scenario, &["apply", "spec.yaml", "--yes", "-o", "json"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let command = report["undo"].as_str().unwrap();
    assert!(
        command.contains(" --arm-endpoint https://127.0.0.1:"),
        "{command}"
    );
    assert!(
        command.contains(" --ca-file ") && command.ends_with(" --auth client-secret"),
        "{command}"
    );
}

/// Asserts that restoring `snapshot.json` exits with this code and these words, and sends no write.
fn refused(scenario: &Scenario, text: &str, code: i32, says: &[&str]) {
    scenario.write("snapshot.json", text);
    let before = scenario.read("state.json");
    let run = scenario.run(&["restore", "--from", "snapshot.json", "--yes"]);
    expect(&run, code, says);
    only_read(scenario);
    assert_eq!(scenario.read("state.json"), before);
}

#[test]
fn edited_snapshot_is_refused() {
    let scenario = contoso(DENY);
    let text = kept(&scenario);
    for end in [0, 1, text.len() / 2, text.trim_end().len() - 1] {
        refused(
            &scenario,
            &text[..end],
            3,
            &[
                "`snapshot.json` has no earlier state that can be used",
                "not a complete",
            ],
        );
    }
    let whole: Value = serde_json::from_str(&text).unwrap();
    for (key, value) in [
        ("id", json!(registry_id("fabrikam"))),
        ("created", json!("2031-01-01T00:00:00Z")),
        ("plan", json!("sha256:00")),
        ("defaultAction", json!("Deny")),
        ("ipRules", json!(["0.0.0.0/0"])),
        ("virtualNetworkRules", Value::Null),
        ("publicNetworkAccess", Value::Null),
        ("dataEndpointEnabled", json!(true)),
        ("checksum", json!("sha256:00")),
    ] {
        let mut edited = whole.clone();
        let owner = if edited.get(key).is_some() {
            &mut edited
        } else {
            &mut edited["state"]
        };
        assert_ne!(owner[key], value, "{key}");
        owner[key] = value;
        refused(&scenario, &edited.to_string(), 3, &["it was edited"]);
    }
    // The checksum is of what is read, so a key that is not read must be refused for itself.
    let mut noted = whole.clone();
    noted["state"]["note"] = json!("edited by hand");
    refused(
        &scenario,
        &noted.to_string(),
        3,
        &["it was edited: `/state/note` is not as snapshots have it"],
    );
    let mut more = whole.clone();
    more["extra"] = json!(1);
    let mut next = whole;
    next["format"] = json!("ringfence.snapshot/2");
    let next = next.to_string();
    for (text, says) in [
        (more.to_string().as_str(), "extra"),
        (next.as_str(), "its format is `ringfence.snapshot/2`"),
        ("[]", "not a complete"),
        (
            "{\"format\": \"ringfence.plan/1\"}",
            "its format is `ringfence.plan/1`",
        ),
        ("version: 1\n", "not a complete"),
    ] {
        refused(&scenario, text, 3, &[says]);
    }
    expect(
        &scenario.run(&["restore", "--from", "nowhere.json", "--yes"]),
        1,
        &["nowhere.json"],
    );
}

#[test]
fn duplicate_key_in_a_snapshot_is_refused_with_its_position() {
    let scenario = contoso(DENY);
    let text = kept(&scenario).replacen("{", "{\"id\": \"x\",", 1);
    refused(
        &scenario,
        &text,
        3,
        &["the key `id` is there twice at line 7 column 6"],
    );
}

#[test]
fn two_snapshots_of_one_registry_are_a_usage_error() {
    let scenario = contoso(DENY);
    scenario.write("a.json", &kept(&scenario));
    for words in [
        ["--from", "a.json", "--from", "a.json"],
        ["--from", "a.json", "a.json", "--yes"],
    ] {
        expect(
            &scenario.run(&[&["restore", "--yes"][..], &words].concat()),
            64,
            &[],
        );
        only_read(&scenario);
    }
    // Every word after `--from` is a source.
    let words = ["restore", "--yes", "--from", "a.json", "contoso"];
    expect(&scenario.run(&words), 1, &["contoso"]);
    only_read(&scenario);
}

#[test]
fn guards_apply_to_a_restore() {
    let scenario = Scenario::new(
        &spec_of("    defaultAction: Allow\n"),
        &[denying("contoso", &[], false)],
    );
    let text = kept(&scenario);
    refused(&scenario, &text, 3, &["last-rule", "--override last-rule"]);
    let words = ["restore", "--from", "snapshot.json", "--override", "last-rule"];
    expect(&scenario.run(&words), 3, &["--yes"]);
    let run = scenario.run(&[&words[..], &["--yes"]].concat());
    expect(&run, 0, &[]);
    assert_eq!(
        scenario.resource("contoso")["properties"]["networkRuleSet"]["defaultAction"],
        "Deny"
    );
}

#[test]
fn restore_removes_later_rules_and_shows_them() {
    let scenario = contoso(DENY);
    let text = kept(&scenario);
    scenario.write("snapshot.json", &text);
    scenario.seed(&[denying("contoso", &["203.0.113.7", "198.51.100.1"], false)]);
    let run = scenario.run(&["restore", "--from", "snapshot.json", "--yes"]);
    expect(&run, 0, &["198.51.100.1"]);
    assert!(ips(&scenario).is_empty());
}

/// A snapshot can hold a value that no spec can express (network security perimeters).
#[test]
fn state_outside_the_spec_language_is_not_restored() {
    let mut registry = premium_registry("contoso");
    registry["properties"]["publicNetworkAccess"] = json!("SecuredByPerimeter");
    let scenario = Scenario::new(&spec_of("    ipRules: [203.0.113.7]\n"), &[registry]);
    let text = kept(&scenario);
    refused(
        &scenario,
        &text,
        3,
        &["`publicNetworkAccess` has the value `SecuredByPerimeter`"],
    );
}

/// The report then names the snapshot but no command, because the command would be refused.
#[test]
fn report_says_when_no_undo_exists() {
    let mut registry = premium_registry("contoso");
    registry["properties"]["publicNetworkAccess"] = json!("SecuredByPerimeter");
    let scenario = Scenario::new(&spec_of("    ipRules: [203.0.113.7]\n"), &[registry]);
    let words = [
        "apply",
        "spec.yaml",
        "--yes",
        "-o",
        "text",
        "-o",
        "json=report.json",
    ];
    expect(
        &scenario.run(&words),
        0,
        &[
            "undo is not possible: `publicNetworkAccess` has the value `SecuredByPerimeter`, which a spec cannot ask for; the earlier state is in",
        ],
    );
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    let undo = &report["registries"][0]["undo"];
    assert_eq!(report["undo"], Value::Null);
    assert!(scenario.path(undo["snapshot"].as_str().unwrap()).is_file());
}

/// A rule that no spec can express is not restored, and does not block the restore of the other settings.
#[test]
fn unparsable_rule_is_named_at_removal_and_restore() {
    let odd = "203.0.113.7/24";
    let spec = spec_of("    ipRules: [203.0.113.2]\n");
    let scenario = Scenario::new(&spec, &[denying("contoso", &["203.0.113.1"], false)]);
    let azure = Azure::serve(&scenario, Options::default());
    // State files refuse this value, but Azure can return it.
    azure.put(denying("contoso", &["203.0.113.1", odd], false));
    // It stays, until the command line says otherwise.
    let stays = ["note[unreadable-rules-stay]", odd];
    expect(&azure.run(&scenario, &["plan", "spec.yaml"]), 0, &stays);
    let audit = azure.run(&scenario, &["audit", "spec.yaml"]);
    expect(&audit, 2, &[odd, "--override unparsed"]);
    let words = [
        "apply",
        "spec.yaml",
        "--yes",
        "--override",
        "unparsed",
        "-o",
        "text",
        "-o",
        "json=report.json",
    ];
    expect(
        &azure.run(&scenario, &words),
        0,
        &["note[unreadable-rule]", odd, "the clients of 1 unreadable rule"],
    );
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    let command = report["undo"].as_str().unwrap();
    let mut undo = Command::new("/bin/sh");
    undo.args(["-c", &format!("{command} --yes")]);
    azure.prepare(&scenario, &mut undo);
    let program = Path::new(env!("CARGO_BIN_EXE_ringfence"));
    undo.env("PATH", program.parent().unwrap());
    expect(&ended(&mut undo), 0, &["note[not-restored]", odd]);
    azure.stop();
    assert_eq!(ips(&scenario), ["203.0.113.1"]);
}

/// A state file takes an IPv6 rule, which no spec can list.
#[test]
fn removal_of_an_ipv6_rule_can_be_rehearsed() {
    let odd = "2001:db8::/32";
    let live = denying("contoso", &["203.0.113.1", odd], false);
    let scenario = Scenario::new(&spec_of("    ipRules: [203.0.113.1]\n"), &[live]);
    let stays = ["note[unreadable-rules-stay]", odd];
    expect(&scenario.run(&["plan", "spec.yaml"]), 0, &stays);
    // A plan alone changes nothing, so an audit names the one that shows the removal.
    let next = "ringfence plan spec.yaml --override unparsed";
    expect(
        &scenario.run(&["audit", "spec.yaml"]),
        2,
        &["warning[RF041]", next],
    );
    let words = ["apply", "spec.yaml", "--yes", "--override", "unparsed"];
    expect(&scenario.run(&words), 0, &["1 of 1 registry verified"]);
    assert_eq!(ips(&scenario), ["203.0.113.1"]);
}

/// A restored subnet rule does not turn on the endpoint: somebody may have turned it off on purpose. Azure takes no rule for such
/// a subnet, and none for a subnet that is gone. Everything else comes back.
#[test]
fn restore_leaves_out_dead_subnets_and_writes_none() {
    let command = "--service-endpoints Microsoft.ContainerRegistry";
    let off = vnet_body(&[subnet_id("hub", "build")]);
    let gone = vnet_body(&[subnet_id("hub", "other")]);
    let exact = "    subnets: []\n    ipRules: [203.0.113.9]\n";
    let additive = "    defaultAction: Allow\n    ownership: additive\n    subnets: []\n";
    for (vnet, told) in [
        (off, ["its service endpoint is off", command]),
        (gone, ["the subnet does not exist", "create the subnet"]),
    ] {
        for lines in [exact, additive] {
            let resources = [denying("contoso", &["203.0.113.1"], true), vnet.clone()];
            let scenario = Scenario::new(&spec_of(lines), &resources);
            let words = ["apply", "spec.yaml", "--yes", "-o", "json=report.json"];
            expect(&scenario.run(&words), 0, &[]);
            let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
            let undo = report["undo"].as_str().unwrap();
            let log = scenario.path("undo.jsonl");
            let run = as_printed(&scenario, &format!("{undo} --request-log '{}'", log.display()));
            let log = std::fs::read_to_string(log).unwrap();
            assert!(!log.contains("\"PUT\""), "{log}");
            let is_exact = lines == exact;
            let has: &[&str] = if is_exact { &told } else { &[] };
            expect(&run, 0, &[&["1 of 1 registry verified"], has].concat());
            assert!(!run.stdout.contains("assume"), "{}", run.stdout);
            assert_eq!(rules(&scenario)["defaultAction"], "Deny");
            assert_eq!(ips(&scenario), ["203.0.113.1"]);
            let subnets = rules(&scenario)["virtualNetworkRules"].as_array().map(Vec::len);
            assert_eq!(subnets, Some(usize::from(!is_exact)));
        }
    }
}

/// Subnet rules are not supported beside private endpoints. A registry that had both gets everything else back.
#[test]
fn restore_leaves_out_subnet_rules_beside_private_endpoints() {
    let mut registry = denying("contoso", &["203.0.113.1"], true);
    registry["properties"]["privateEndpointConnections"] = json!([{
        "id": format!("{}/privateEndpointConnections/one", registry_id("contoso")), "name": "one",
        "type": "Microsoft.ContainerRegistry/registries/privateEndpointConnections",
        "properties": {"provisioningState": "Succeeded", "privateLinkServiceConnectionState": {"status": "Approved"}}
    }]);
    let lines = "    subnets: []\n    ipRules: [203.0.113.9]\n";
    let scenario = Scenario::new(&spec_of(lines), &[registry, ready_vnet()]);
    expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &[]);
    let told = "the rule of subnet hub/build is not restored: the registry has private endpoints";
    let run = scenario.run(&["restore", "--from", "last", "--yes"]);
    expect(&run, 0, &[told, "1 of 1 registry verified"]);
    assert_eq!(ips(&scenario), ["203.0.113.1"]);
}

/// Nothing is known of subnets that may not be read. If Azure refuses a rule of theirs, everything else comes back without it.
#[test]
fn restore_leaves_out_unread_subnets_that_azure_refuses() {
    let network = subnet_id("hub", "build")
        .as_str()
        .split_once("/providers/")
        .unwrap()
        .0
        .to_owned();
    let denied = ["virtualNetworks/read", "virtualNetworks/subnets/read"]
        .map(|action| json!({"action": format!("Microsoft.Network/{action}"), "scope": network}));
    let off = vnet_body(&[subnet_id("hub", "build")]);
    let gone = vnet_body(&[subnet_id("hub", "other")]);
    for (vnet, code, told) in [
        (ready_vnet(), 0, "1 of 1 registry verified"),
        (
            off,
            4,
            "without the rules of subnets that cannot be read: hub/build",
        ),
        (
            gone,
            4,
            "without the rules of subnets that cannot be read: hub/build",
        ),
    ] {
        let lines = "    subnets: []\n    ipRules: [203.0.113.9]\n";
        let scenario = Scenario::new(
            &spec_of(lines),
            &[denying("contoso", &["203.0.113.1"], true), vnet],
        );
        expect(
            &scenario.run(&["apply", "spec.yaml", "--yes", "-o", "json=report.json"]),
            0,
            &[],
        );
        scenario.write("conditions.json", &json!({"denied": denied}).to_string());
        let words = [
            "restore",
            "--from",
            "report.json",
            "--yes",
            "--conditions",
            "conditions.json",
        ];
        let run = scenario.run(&words);
        expect(&run, code, &[told]);
        assert_eq!(ips(&scenario), ["203.0.113.1"]);
        if code != 0 {
            expect(
                &run,
                code,
                &["restore again with an account that may read these subnets"],
            );
            // Nothing is left to do but the rule, which Azure refuses again.
            expect(&scenario.run(&words), 1, &["Nothing was written"]);
        }
    }
}

/// Azure checks every subnet of a list that is written again. This one was there while the run wrote.
#[test]
fn restore_drops_a_dead_subnet_of_a_list_that_it_writes() {
    let [build, other] = ["build", "other"].map(|name| subnet_id("hub", name));
    let mut vnet = vnet_body(&[build.clone(), other.clone()]);
    for subnet in vnet["properties"]["subnets"].as_array_mut().unwrap() {
        subnet["properties"]["serviceEndpoints"] = json!([{"service": "Microsoft.ContainerRegistry", "locations": ["*"],
            "provisioningState": "Succeeded"}]);
    }
    let mut registry = denying("contoso", &["203.0.113.1"], true);
    let rules_of = &mut registry["properties"]["networkRuleSet"]["virtualNetworkRules"];
    rules_of
        .as_array_mut()
        .unwrap()
        .push(json!({"action": "Allow", "virtualNetworkSubnetResourceId": other.as_str()}));
    let spec = spec_of(&format!("    subnets: [{build}]\n"));
    let scenario = Scenario::new(&spec, &[registry, vnet]);
    expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &[]);
    let mut state = scenario.state();
    for resource in state["resources"].as_array_mut().unwrap() {
        if let Some(subnets) = resource["properties"]["subnets"].as_array_mut() {
            subnets.retain(|subnet| subnet["name"] != "build");
        }
    }
    scenario.seed_state(&state);
    let run = scenario.run(&["restore", "--from", "last", "--yes"]);
    expect(
        &run,
        0,
        &[
            "1 of 1 registry verified",
            "the rule of subnet hub/build is not restored",
        ],
    );
    let left = &rules(&scenario)["virtualNetworkRules"];
    assert_eq!(left.as_array().map(Vec::len), Some(1), "{left}");
    assert!(left.to_string().contains("/subnets/other"), "{left}");
}

#[test]
fn last_run_is_one_with_a_snapshot() {
    let scenario = contoso(DENY);
    kept(&scenario);
    // A run that was killed before its first snapshot was complete.
    let killed = scenario.records().join("99991231T235959-999999");
    std::fs::create_dir(&killed).unwrap();
    std::fs::write(killed.join(".snapshot-abc"), "{").unwrap();
    expect(
        &scenario.run(&["restore", "--from", "last", "--yes"]),
        0,
        &["1 of 1 registry verified"],
    );
}

/// After a restore that failed half-way, `last` is that restore: the same command would take it back.
#[test]
fn failed_restore_of_the_last_run_names_that_run() {
    let scenario = Scenario::new(
        &two(DENY),
        &[premium_registry("contoso"), premium_registry("fabrikam")],
    );
    let words = ["apply", "spec.yaml", "--yes", "-o", "json=report.json"];
    expect(&scenario.run(&words), 0, &[]);
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    let run = report["run"].as_str().unwrap();
    let refused = fault("PATCH", "/registries/fabrikam", json!({"fault": 403}));
    scenario.write("faults.json", &json!([refused]).to_string());
    let from =
        |source: &'static str| ["restore", "--from", source, "--yes", "--override", "widest-rule"];
    let failing = [&from("last")[..], &["--faults", "faults.json"]].concat();
    let help =
        format!("run the same command again with {run} in place of `last`, which now is this run");
    expect(&scenario.run(&failing), 4, &[&help]);
    let again = [&["restore", "--from", run][..], &from("last")[3..]].concat();
    expect(&scenario.run(&again), 0, &[]);
    for name in ["contoso", "fabrikam"] {
        let rules = &scenario.resource(name)["properties"]["networkRuleSet"];
        assert_eq!(rules["defaultAction"], "Allow", "{name}");
    }
}

/// Registries of the sandbox have the same ids as those in Azure.
#[test]
fn snapshot_is_restored_only_on_its_own_cloud() {
    let scenario = contoso(DENY);
    let text = kept(&scenario);
    assert!(text.contains("\"environment\": \"sandbox\""), "{text}");
    scenario.write("snapshot.json", &text);
    let azure = Azure::serve(&scenario, Options::default());
    let words = ["restore", "--from", "snapshot.json", "--yes"];
    let elsewhere = ["--arm-endpoint", "https://management.example"];
    expect(
        &azure.run(&scenario, &[&words[..], &elsewhere].concat()),
        3,
        &[
            "`snapshot.json` was taken in the environment `sandbox`, and this is `management.example`",
            "--sandbox[=STATE]",
        ],
    );
    assert!(scenario.requests().is_empty());
    // A sandbox at another port counts as the same cloud.
    expect(&azure.run(&scenario, &words), 0, &[]);
    let mut other: Value = serde_json::from_str(&text).unwrap();
    other["environment"] = json!("management.azure.com");
    other["checksum"] = json!("");
    let mut snapshot: ringfence::apply::Snapshot = serde_json::from_value(other).unwrap();
    snapshot.checksum = ringfence::plan::checksum(&snapshot);
    let text = serde_json::to_string(&snapshot).unwrap();
    azure.stop();
    refused(
        &scenario,
        &text,
        3,
        &[
            "taken in the environment `management.azure.com`, and this is `sandbox`",
            "leave --sandbox out",
        ],
    );
}
