//! `rule add`, `rule remove` and `rule list` with `--spec`: the file changes, and nothing is sent.

use serde_json::{Value, json};

use crate::apply::apply_run::expect;
use crate::azure_bodies::{registry_id, subnet_id};
use crate::ringfence_binary::{Run, Scenario};

/// A spec of two registries, with comments, quotes, a network and a named subnet.
fn spec() -> String {
    format!(
        "# the platform team\nversion: 1\nnetworks:\n  vendor: [192.0.2.7, 192.0.2.8]\nsubnets:\n  build: {}\n\
         registries:\n  - id: {}\n    ipRules: [vendor, '203.0.113.9'] # who\n    subnets: []\n  - id: {}\n    ipRules:\n      \
         - vendor\n",
        subnet_id("vnet", "build"),
        registry_id("contoso"),
        registry_id("fabrikam"),
    )
}

fn scenario() -> Scenario {
    Scenario::new(&spec(), &[])
}

/// Runs `rule` on the spec, without a connection.
fn rule(scenario: &Scenario, words: &[&str]) -> Run {
    scenario.run_plain(&[&["rule"], words, &["--spec", "spec.yaml"]].concat())
}

#[test]
fn rule_add_changes_one_line_of_the_spec_and_back() {
    let scenario = scenario();
    let add = [
        "add",
        "-n",
        "contoso",
        "--ip-address",
        "198.51.100.7",
        "203.0.113.9/32",
    ];
    let run = rule(&scenario, &add);
    expect(
        &run,
        0,
        &[
            "contoso in spec.yaml\n",
            "  + 198.51.100.7 added\n",
            "  = 203.0.113.9 is listed already (spec.yaml:9)\n",
            "spec.yaml:9\n-     ipRules: [vendor, '203.0.113.9'] # who\n+     ipRules: [vendor, '203.0.113.9', '198.51.100.7'] # who\n",
        ],
    );
    let after = spec().replace("'203.0.113.9']", "'203.0.113.9', '198.51.100.7']");
    assert_eq!(scenario.read("spec.yaml"), after);
    let again = rule(&scenario, &add);
    expect(
        &again,
        0,
        &["198.51.100.7 is listed already", "Nothing to change."],
    );
    let remove = ["remove", "-n", "contoso", "--ip-address", "198.51.100.7"];
    expect(&rule(&scenario, &remove), 0, &["- 198.51.100.7 removed"]);
    assert_eq!(scenario.read("spec.yaml"), spec());
    let missing = ["remove", "-n", "contoso", "--ip-address", "198.51.100.7"];
    expect(&rule(&scenario, &missing), 0, &["198.51.100.7 is not listed"]);
}

#[test]
fn information_names_and_subnets_go_into_the_spec() {
    let scenario = scenario();
    let words = [
        "add",
        "-n",
        "fabrikam",
        "--ip-address",
        "198.51.100.7",
        "--reason",
        "scan: nightly",
        "--owner",
        "ops",
        "--ticket",
        "SEC-1",
        "--expires",
        "2999-01-01",
    ];
    expect(&rule(&scenario, &words), 0, &["+ 198.51.100.7 added"]);
    let line = "      - {cidr: 198.51.100.7, owner: ops, reason: \"scan: nightly\", ticket: SEC-1, expires: 2999-01-01}\n";
    assert!(scenario.read("spec.yaml").ends_with(line));
    let words = ["add", "-n", "contoso", "--subnet", "build"];
    expect(&rule(&scenario, &words), 0, &["+     subnets: [build]"]);
    let words = ["remove", "-n", "contoso", "--ip-address", "vendor"];
    expect(
        &rule(&scenario, &words),
        0,
        &["+     ipRules: ['203.0.113.9'] # who"],
    );
    let words = [
        "remove",
        "-n",
        "contoso",
        "--subnet",
        "build",
        "--vnet-name",
        "vnet",
    ];
    expect(&rule(&scenario, &words), 0, &["+     subnets: []"]);
}

/// The line to write by hand does what the command was asked for.
#[test]
fn removal_from_a_shared_list_shows_the_list_without_the_rule() {
    let shared = "version: 1\nnetworks:\n  vendor: [192.0.2.7, 192.0.2.8]\ndefaults:\n  ipRules: [vendor, 203.0.113.9]\n\
                  registries:\n";
    let (one, other) = (registry_id("contoso"), registry_id("fabrikam"));
    let scenario = Scenario::new(&format!("{shared}  - id: {one}\n  - id: {other}\n"), &[]);
    for (gone, left) in [("203.0.113.9", "vendor"), ("192.0.2.7", "192.0.2.8, 203.0.113.9")] {
        let words = ["remove", "-n", "contoso", "--ip-address", gone];
        let own = format!("give `contoso` its own: `ipRules: [{left}]`");
        expect(&rule(&scenario, &words), 3, &[&own]);
    }
}

#[test]
fn owner_of_a_rule_in_a_network_is_told_as_one_of_the_network() {
    let scenario = scenario();
    let words = [
        "add",
        "-n",
        "fabrikam",
        "--ip-address",
        "192.0.2.7",
        "--owner",
        "platform",
    ];
    let told =
        "give the network `vendor`, at spec.yaml:4, `owner` beside its `cidrs`, for all that list it";
    expect(&rule(&scenario, &words), 3, &[told]);
}

/// `build` is a subnet.
#[test]
fn misspelled_network_is_not_answered_with_a_subnet() {
    let scenario = scenario();
    for (flag, name, told) in [
        ("--ip-address", "buildd", "the spec has no network `buildd`"),
        ("--subnet", "vendorr", "the spec has no subnet `vendorr`"),
    ] {
        let run = rule(&scenario, &["add", "-n", "contoso", flag, name]);
        expect(&run, 64, &[told]);
        assert!(!run.stderr.contains("did you mean"), "{}", run.stderr);
    }
}

#[test]
fn edit_that_would_reach_others_is_refused() {
    let scenario = scenario();
    let words = ["remove", "-n", "contoso", "--ip-address", "192.0.2.7"];
    expect(
        &rule(&scenario, &words),
        3,
        &[
            "error[spec-not-edited]: cannot change `contoso` in `spec.yaml`: `192.0.2.7` is in the network `vendor` at \
             spec.yaml:4, as `fabrikam` too",
            "or give `contoso` the rest: `ipRules: [192.0.2.8, 203.0.113.9]`",
        ],
    );
    assert_eq!(scenario.read("spec.yaml"), spec());
}

#[test]
fn eight_edits_at_once_all_land() {
    let scenario = scenario();
    let runs: Vec<Run> = std::thread::scope(|scope| {
        let mut threads = Vec::new();
        for number in 1..=8 {
            let scenario = &scenario;
            threads.push(scope.spawn(move || {
                let address = format!("198.51.100.{number}");
                rule(scenario, &["add", "-n", "contoso", "--ip-address", &address])
            }));
        }
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for run in &runs {
        expect(run, 0, &["added"]);
    }
    let after = scenario.read("spec.yaml");
    for number in 1..=8 {
        assert!(
            after.contains(&format!("'198.51.100.{number}'")),
            "{number}: {after}"
        );
    }
    // No lock stays beside the file.
    let folder = scenario.path("spec.yaml");
    let files = std::fs::read_dir(folder.parent().unwrap()).unwrap();
    assert!(
        files
            .flatten()
            .all(|file| !file.file_name().to_string_lossy().contains("lock"))
    );
}

#[cfg(target_os = "linux")]
#[test]
fn edit_whose_report_is_lost_is_told() {
    let scenario = scenario();
    let words = ["add", "-n", "contoso", "--ip-address", "198.51.100.7"];
    let lost = ["-o", "json=/dev/full"];
    let run = rule(&scenario, &[&words[..], &lost].concat());
    expect(&run, 4, &["/dev/full", "+ 198.51.100.7 added"]);
    assert!(scenario.read("spec.yaml").contains("198.51.100.7"));
    // Nothing is left to write, so nothing but the result is lost.
    let run = rule(&scenario, &[&words[..], &lost].concat());
    expect(&run, 1, &["/dev/full"]);
}

#[test]
fn guards_speak_before_the_spec_is_written() {
    let text = format!(
        "version: 1\nguardrails: {{widestRule: /16}}\nregistries:\n  - id: {}\n    publicNetworkAccess: Enabled\n    defaultAction: Deny\n    \
         ipRules: [203.0.113.9]\n    protect: true\n    expect: {{deny: [198.51.100.0/24]}}\n",
        registry_id("contoso")
    );
    let scenario = Scenario::new(&text, &[]);
    let rows = [
        (["add", "--ip-address", "203.0.113.7/24"], "203.0.113.0/24", 64),
        (["add", "--ip-address", "20.0.0.0/8"], "wider than `/16`", 3),
        (["add", "--ip-address", "198.51.100.7"], "must not", 3),
        (
            ["remove", "--ip-address", "203.0.113.9"],
            "protects this registry",
            3,
        ),
        (["add", "--ip-address", "10.0.0.4"], "10.0.0.4", 64),
        (["add", "--ip-address", "nowhere"], "no network `nowhere`", 64),
        (["add", "--subnet", "nowhere"], "no subnet `nowhere`", 64),
        (["add", "--expires", "2020-01-01"], "needs a rule", 64),
        (
            ["remove", "--override", "protect"],
            "write `ipRules: []` and `subnets: []` for the registry",
            64,
        ),
    ];
    for (words, message, code) in rows {
        let run = rule(&scenario, &words);
        assert_eq!(run.code, code, "{words:?} {}", run.stderr);
        assert!(run.stderr.contains(message), "{words:?} {}", run.stderr);
        assert_eq!(scenario.read("spec.yaml"), text);
    }
    // What is so already needs no leave.
    let words = ["remove", "--ip-address", "203.0.113.10"];
    expect(&rule(&scenario, &words), 0, &["203.0.113.10 is not listed"]);
    let words = ["remove", "--ip-address", "203.0.113.9", "--override", "protect"];
    expect(&rule(&scenario, &words), 0, &["+     ipRules: []"]);
    let words = ["add", "--ip-address", "20.0.0.0/8"];
    let allowed = [&words[..], &["--override", "widest-rule"]].concat();
    expect(&rule(&scenario, &allowed), 0, &["+ 20.0.0.0/8 added"]);
    expect(&rule(&scenario, &words), 0, &["20.0.0.0/8 is listed already"]);
}

#[test]
fn registry_in_another_group_is_told_with_its_place() {
    let scenario = scenario();
    let run = rule(&scenario, &["list", "-n", "contoso", "-g", "other"]);
    let said = [
        "the spec has no registry `contoso` in resource group `other`",
        "it has `contoso` in resource group `rg` of subscription",
    ];
    expect(&run, 64, &said);
}

#[test]
fn rule_list_shows_what_the_spec_wants() {
    let scenario = scenario();
    let run = rule(&scenario, &["list", "-n", "fabrikam"]);
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let allow = |range: &str| json!({"action": "Allow", "ipAddressOrRange": range});
    assert_eq!(
        document,
        json!({"ipRules": [allow("192.0.2.7"), allow("192.0.2.8")], "virtualNetworkRules": null})
    );
    let run = rule(&scenario, &["list", "-n", "fabrikam", "-o", "text"]);
    expect(&run, 0, &["subnet rules are not managed"]);
    assert!(!run.stdout.contains("api-version"), "{}", run.stdout);
    let run = rule(&scenario, &["list"]);
    expect(&run, 64, &["the spec has 2 registries: which one is meant?"]);
    // A list that is not managed is no empty list.
    scenario.write(
        "spec.yaml",
        &format!(
            "version: 1\nregistries: [{{id: {}, subnets: []}}]\n",
            registry_id("contoso")
        ),
    );
    let run = rule(&scenario, &["list"]);
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(document, json!({"ipRules": null, "virtualNetworkRules": []}));
    let run = rule(&scenario, &["list", "-o", "text"]);
    expect(
        &run,
        0,
        &["IP rules are not managed: the spec has no `ipRules` here"],
    );
}

/// Without its anchor, an alias elsewhere is no YAML any more.
#[test]
fn entry_that_an_alias_repeats_is_left_to_people() {
    let scenario = scenario();
    let spec = format!(
        "version: 1\nregistries:\n  - id: {}\n    ipRules:\n      - &a 192.0.2.7\n  - id: {}\n    ipRules: [*a]\n",
        registry_id("contoso"),
        registry_id("fabrikam")
    );
    scenario.write("spec.yaml", &spec);
    let remove = ["remove", "-n", "contoso", "--ip-address", "192.0.2.7"];
    let said = [
        "has an anchor",
        "write the values out where an alias (`*name`) repeats them",
    ];
    expect(&rule(&scenario, &remove), 3, &said);
    assert_eq!(scenario.read("spec.yaml"), spec);
}

/// The first of two would be a guess.
#[test]
fn name_of_two_registries_is_refused() {
    let scenario = scenario();
    let one = registry_id("contoso");
    let other = one.replace("/resourceGroups/rg/", "/resourceGroups/other/");
    assert_ne!(one, other);
    let spec =
        format!("version: 1\nregistries: [{{id: {one}, ipRules: []}}, {{id: {other}, ipRules: []}}]\n");
    scenario.write("spec.yaml", &spec);
    let add = ["add", "-n", "contoso", "--ip-address", "198.51.100.7"];
    let said = ["the spec has 2 registries `contoso`", &other];
    expect(&rule(&scenario, &add), 64, &said);
    assert_eq!(scenario.read("spec.yaml"), spec);
    let explain = ["explain", "contoso", "--spec", "spec.yaml", "--from", "8.8.8.8"];
    expect(&scenario.run_plain(&explain), 64, &said);
    let add = [&add[..], &["-g", "other"]].concat();
    expect(&rule(&scenario, &add), 0, &[]);
}

#[test]
fn edit_is_reported_as_json() {
    let scenario = scenario();
    let words = [
        "add",
        "-n",
        "fabrikam",
        "--ip-address",
        "198.51.100.7",
        "-o",
        "json",
    ];
    let run = rule(&scenario, &words);
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(
        document,
        json!({
            "format": "ringfence.edit/1",
            "file": "spec.yaml",
            "registry": registry_id("fabrikam"),
            "entries": [{"value": "198.51.100.7", "outcome": "added"}],
            "lines": [{"line": 14, "removed": [], "added": ["      - 198.51.100.7"]}],
        })
    );
}

#[cfg(unix)]
#[test]
fn edited_spec_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let scenario = scenario();
    let path = scenario.path("spec.yaml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    expect(
        &rule(
            &scenario,
            &["add", "-n", "contoso", "--ip-address", "198.51.100.7"],
        ),
        0,
        &[],
    );
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
}

/// A comment on a line of its own is about what follows, which may come back.
#[test]
fn comment_between_two_removed_entries_stays() {
    let list = |entries: &str| {
        format!(
            "version: 1\nregistries:\n  - id: {}\n    ipRules: [\n{entries}    ]\n",
            registry_id("contoso")
        )
    };
    let rows = [
        (
            "      203.0.113.1,\n      203.0.113.2,\n      # headquarters\n      203.0.113.3,\n",
            "      203.0.113.1,\n      # headquarters\n",
        ),
        (
            "      203.0.113.1,\n      203.0.113.2, # old\n      # headquarters\n      203.0.113.3\n",
            "      203.0.113.1\n      # headquarters\n",
        ),
        (
            "      203.0.113.1, 203.0.113.2,\n      # headquarters\n      203.0.113.3\n",
            "      203.0.113.1,\n      # headquarters\n",
        ),
        (
            "      # a\n      203.0.113.2,\n      # b\n      203.0.113.3\n      # c\n",
            "      # a\n      # b\n      # c\n",
        ),
    ];
    for (before, after) in rows {
        let scenario = Scenario::new(&list(before), &[]);
        let words = ["remove", "--ip-address", "203.0.113.2", "203.0.113.3"];
        expect(&rule(&scenario, &words), 0, &["- 203.0.113.2 removed"]);
        assert_eq!(scenario.read("spec.yaml"), list(after));
    }
}

/// Without its day, an entry would be wanted for ever.
#[test]
fn entry_to_write_by_hand_keeps_what_is_known() {
    let head = "version: 1\nx-a: &a {cidr: 192.0.2.7, owner: ops, expires: 2999-01-31}\nregistries:\n";
    let rows = [
        "[*a]",
        "[{cidr: 192.0.2.7, owner: ops, reason: &r scans, expires: 2999-01-31}]",
    ];
    for list in rows {
        let id = registry_id("contoso");
        let scenario = Scenario::new(&format!("{head}  - id: {id}\n    ipRules: {list}\n"), &[]);
        let words = ["add", "--ip-address", "192.0.2.7", "--reason", "new"];
        let entry = "`{cidr: 192.0.2.7, owner: ops, reason: new, expires: 2999-01-31}`";
        expect(&rule(&scenario, &words), 3, &["by hand", entry]);
    }
}

#[test]
fn refused_edit_says_what_helps_there() {
    let two = |first: &str, second: &str| {
        let (contoso, fabrikam) = (registry_id("contoso"), registry_id("fabrikam"));
        format!(
            "version: 1\nnetworks:\n  old: {{cidrs: [192.0.2.7], expires: 2026-01-01}}\nregistries:\n  - id: \
             {contoso}\n{first}  - id: {fabrikam}\n{second}"
        )
    };
    let rows = [
        (
            two("    ipRules: &l [203.0.113.1]\n", "    ignore: *l\n"),
            "203.0.113.2",
            "write the values out where an alias (`*name`) repeats them",
        ),
        (
            two("    ipRules: &l [203.0.113.1]\n", "    ipRules: *l\n"),
            "203.0.113.2",
            "give `fabrikam` a list of its own, which keeps what it has, and run the command again: `ipRules: [203.0.113.1]`",
        ),
        (
            two("    ipRules: [old]\n", ""),
            "192.0.2.7",
            "give it a new day in the network `old`, at spec.yaml:3",
        ),
    ];
    for (spec, address, help) in rows {
        let scenario = Scenario::new(&spec, &[]);
        let run = rule(&scenario, &["add", "-n", "contoso", "--ip-address", address]);
        expect(&run, 3, &[help]);
        assert_eq!(scenario.read("spec.yaml"), spec);
    }
}

/// A name counts in the files that declare or include it.
#[test]
fn name_of_another_file_is_not_added() {
    let scenario = Scenario::new("", &[]);
    std::fs::create_dir(scenario.path("specs")).unwrap();
    let other = format!(
        "version: 1\nnetworks: {{offices: [203.0.113.1, 203.0.113.2]}}\nregistries:\n  - id: {}\n    ipRules: [offices]\n",
        registry_id("fabrikam")
    );
    scenario.write("specs/other.yaml", &other);
    let own = format!(
        "version: 1\nregistries:\n  - id: {}\n    ipRules: [203.0.113.9]\n",
        registry_id("contoso")
    );
    scenario.write("specs/own.yaml", &own);
    let words = ["rule", "add", "-n", "contoso", "--ip-address", "offices"];
    let run = scenario.run_plain(&[&words[..], &["--spec", "specs"]].concat());
    let help = "another file of the spec has the name: add that file to `include` of `specs/own.yaml`";
    expect(&run, 3, &["`offices`", help]);
    assert_eq!(scenario.read("specs/own.yaml"), own);
}

#[test]
fn words_about_a_rule_say_something_that_is_seen() {
    let scenario = scenario();
    let add = ["add", "-n", "contoso", "--ip-address", "198.51.100.7"];
    for flag in ["--reason", "--owner", "--ticket"] {
        let run = rule(&scenario, &[&add[..], &[flag, " "]].concat());
        expect(&run, 64, &["to say nothing, leave the flag out"]);
    }
    assert_eq!(scenario.read("spec.yaml"), spec());
    let run = rule(&scenario, &[&add[..], &["--reason", "b\u{202e}a ü"]].concat());
    expect(&run, 0, &[]);
    let text = scenario.read("spec.yaml");
    assert!(text.contains("reason: \"b\\u202ea ü\""), "{text}");
}

#[test]
fn name_in_a_spec_without_names_leads_to_the_id() {
    let scenario = scenario();
    scenario.write(
        "spec.yaml",
        &format!("version: 1\nregistries: [{{id: {}}}]\n", registry_id("contoso")),
    );
    let words = ["add", "-n", "contoso", "--subnet", "build", "--vnet-name", "hub"];
    expect(
        &rule(&scenario, &words),
        64,
        &["help: the spec has none: give the id of the subnet, --subnet ID"],
    );
}
