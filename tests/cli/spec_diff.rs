//! `diff`: two specs, offline.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::azure_bodies::{premium_registry, registry_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;

const DENY: &str = "    publicNetworkAccess: Enabled\n    defaultAction: Deny\n";

fn expect(run: &Run, code: i32, words: &[&str]) -> String {
    let text = [run.stdout.as_str(), &run.stderr].concat();
    assert_eq!(run.code, code, "{text}");
    // Lines break where the terminal of the test ends.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in words {
        assert!(text.contains(word), "{word}: {text}");
    }
    text
}

/// Two specs of one registry, with these lines.
fn pair(old: &str, new: &str) -> Scenario {
    let scenario = Scenario::new(&spec_of(old), &[premium_registry("contoso")]);
    scenario.write("new.yaml", &spec_of(new));
    scenario
}

const DIFF: [&str; 3] = ["diff", "spec.yaml", "new.yaml"];

#[test]
fn diff_names_who_gains_and_who_loses_access() {
    let old = format!(
        "{DENY}    ipRules: [offices, {{cidr: 192.0.2.9, reason: lab}}]\nnetworks: {{offices: [203.0.113.0/24]}}\n"
    );
    let new = format!(
        "{DENY}    ipRules: [offices, 198.51.100.0/28]\nnetworks: {{offices: [203.0.113.0/24]}}\n"
    );
    let scenario = pair(&old, &new);
    let run = scenario.run_plain(&[&DIFF[..], &["-o", "text", "-o", "json=diff.json"]].concat());
    let words = [
        "contoso",
        "differs",
        "gains",
        "198.51.100.0/28",
        "loses",
        "192.0.2.9",
        "lab",
        "1 registry differs.",
    ];
    let text = expect(&run, 2, &words);
    assert!(
        !text.contains("will change") && !text.contains("No difference"),
        "{text}"
    );
    let diff: Value = serde_json::from_str(&scenario.read("diff.json")).unwrap();
    assert_eq!(diff["format"], "ringfence.diff/1");
    assert_eq!(
        diff["summary"],
        json!({"registries": 1, "changed": 1, "added": 0, "removed": 0})
    );
    let registry = &diff["registries"][0];
    assert_eq!(registry["access"]["opened"], 16);
    assert_eq!(registry["access"]["closed"], 1);
    assert_eq!(registry["changes"][0]["remove"][0]["reason"], "lab");
    // The answer is that of a plan on a registry as the old spec wants it.
    expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &[]);
    let run = scenario.run(&["plan", "new.yaml", "-o", "json", "--override", "removals"]);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    let planned = &plan["registries"][0];
    for same in ["access", "mode"] {
        assert_eq!(registry[same], planned[same], "{same}");
    }
}

#[test]
fn order_and_reasons_are_no_difference() {
    let old = format!("{DENY}    ipRules: [203.0.113.7, {{cidr: 192.0.2.9, reason: lab}}]\n");
    let new = format!(
        "# moved\n{}",
        spec_of(&format!("{DENY}    ipRules: [192.0.2.9/32, 203.0.113.7]\n"))
    );
    let scenario = pair(&old, "");
    scenario.write("new.yaml", &new);
    expect(&scenario.run_plain(&DIFF), 0, &["No difference in 1 registry."]);
}

#[test]
fn registries_and_keys_of_one_spec_are_named() {
    let scenario = pair("    defaultAction: Deny\n    ipRules: [203.0.113.7]\n", "");
    let new = format!(
        "version: 1\nregistries:\n  - id: {}\n    ipRules: [192.0.2.9]\n    dataEndpoint: true\n  - id: {}\n    defaultAction: Deny\n    ipRules: []\n",
        registry_id("contoso"),
        registry_id("fabrikam")
    );
    scenario.write("new.yaml", &new);
    let words = [
        "now managed: dataEndpoint",
        "no longer managed: defaultAction",
        "compared as with publicNetworkAccess Enabled, which neither spec manages",
        "fabrikam",
        "only in the new spec: closed",
        "1 registry differs. 1 registry is only in the new spec.",
    ];
    expect(&scenario.run_plain(&DIFF), 2, &words);
    let back = ["diff", "new.yaml", "spec.yaml", "-o", "jsonl"];
    let run = scenario.run_plain(&back);
    assert_eq!(run.code, 2, "{}", run.stderr);
    let lines: Vec<Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["nowManaged"], json!(["networkRuleSet.defaultAction"]));
    assert_eq!(lines[1]["presence"], "removed");
    assert_eq!(lines[2]["summary"]["removed"], 1);
}

#[test]
fn switching_the_default_action_cuts_off_everyone() {
    let scenario = pair(
        "    publicNetworkAccess: Enabled\n    defaultAction: Allow\n    ipRules: [203.0.113.7]\n",
        &format!("{DENY}    ipRules: [203.0.113.7]\n"),
    );
    expect(&scenario.run_plain(&DIFF), 2, &["loses everyone but 1 address"]);
}

/// A spec of forty registries that admit this address.
fn forty(address: &str) -> String {
    let mut text = "version: 1\nregistries:\n".to_owned();
    for number in 10..50 {
        let id = registry_id(&format!("contoso{number}"));
        text += &format!("  - id: {id}\n{DENY}    ipRules: [{address}]\n");
    }
    text
}

#[test]
fn registries_that_differ_alike_are_one_block() {
    let scenario = Scenario::new(&forty("192.0.2.7"), &[]);
    scenario.write("new.yaml", &forty("192.0.2.9"));
    scenario.write("none.yaml", "version: 1\nregistries: []\n");
    for (old, new, end) in [
        (
            "none.yaml",
            "spec.yaml",
            "40 registries are only in the new spec.",
        ),
        (
            "spec.yaml",
            "none.yaml",
            "40 registries are only in the old spec.",
        ),
        ("spec.yaml", "new.yaml", "40 registries differ."),
    ] {
        let run = scenario.run_plain(&["diff", old, new]);
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(run.stdout.lines().count() <= 12, "{}", run.stdout);
        for number in 10..50 {
            let name = format!("contoso{number}");
            assert_eq!(run.stdout.matches(&name).count(), 1, "{name}: {}", run.stdout);
        }
        let text = expect(&run, 2, &["the same for 39 more registries: contoso11,", end]);
        assert!(!text.contains("contoso10, "), "{text}");
    }
}

#[test]
fn registries_with_another_change_stay_apart() {
    let scenario = Scenario::new(&forty("192.0.2.7"), &[]);
    // The first registry has another rule: its mode is the same, and its change is not.
    let new = forty("192.0.2.9").replacen("192.0.2.9", "192.0.2.10", 1);
    scenario.write("new.yaml", &new);
    let words = [
        "gains 1 address: 192.0.2.10",
        "the same for 38 more registries: contoso12,",
    ];
    expect(&scenario.run_plain(&DIFF), 2, &words);
}

#[test]
fn mistakes_name_the_side_and_the_next_step() {
    let scenario = pair(DENY, DENY);
    scenario.write("bad.yaml", "version: 1\nregistriez: []\n");
    let rows: [(&[&str], i32, &str); 4] = [
        (&["diff", "spec.yaml", "nowhere.yaml"], 1, "REV:PATH"),
        (&["diff", "spec.yaml", "bad.yaml"], 65, "bad.yaml:2"),
        (&["diff", "spec.yaml"], 64, "NEW"),
        // There is no git program in the PATH of the test.
        (&["diff", "main:spec.yaml", "spec.yaml"], 1, "cannot run git"),
    ];
    for (words, code, told) in rows {
        expect(&scenario.run_plain(words), code, &[told]);
    }
}

/// Runs a program in a folder, with an environment of its own.
fn run_with_git(folder: &Path, program: &Path, words: &[&str]) -> Run {
    let path: OsString = std::env::var_os("PATH").unwrap_or_default();
    let output = Command::new(program)
        .args(words)
        .env_clear()
        .env("PATH", path)
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .current_dir(folder)
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A repository whose first commit has other rules than its files, in a folder and by an include.
fn repository() -> Scenario {
    let scenario = pair(DENY, DENY);
    let folder = scenario.path("");
    let git = |words: &[&str]| {
        let identity = [
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.com",
            "-c",
            "init.defaultBranch=main",
        ];
        let run = run_with_git(&folder, Path::new("git"), &[&identity[..], words].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
    };
    std::fs::create_dir_all(scenario.path("specs/shared")).unwrap();
    let spec = spec_of(&format!(
        "{DENY}    ipRules: [offices]\ninclude: [shared/networks.yaml]\n"
    ));
    scenario.write("specs/prod.yaml", &spec);
    scenario.write(
        "specs/shared/networks.yaml",
        "version: 1\nnetworks: {offices: [203.0.113.0/25]}\n",
    );
    scenario.write("specs/bad.yml", "version: 1\nregistriez: []\n");
    git(&["init", "--quiet"]);
    git(&["add", "specs"]);
    git(&["commit", "--quiet", "-m", "first"]);
    scenario.write(
        "specs/shared/networks.yaml",
        "version: 1\nnetworks: {offices: [203.0.113.0/24]}\n",
    );
    scenario
}

fn diff_in(scenario: &Scenario, words: &[&str]) -> Run {
    let binary = Path::new(env!("CARGO_BIN_EXE_ringfence"));
    run_with_git(&scenario.path(""), binary, &[&["diff"], words].concat())
}

#[test]
fn revisions_are_compared_with_their_includes() {
    let scenario = repository();
    let run = diff_in(&scenario, &["main:specs/prod.yaml", "specs/prod.yaml"]);
    expect(
        &run,
        2,
        &[
            "gains 128 addresses: offices",
            "main:specs/shared/networks.yaml:2",
            "1 registry differs.",
        ],
    );
    let run = diff_in(
        &scenario,
        &["HEAD:./specs/prod.yaml", "main:specs/prod.yaml", "-o", "json"],
    );
    let same: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &same["old"]), (0, &json!(["HEAD:./specs/prod.yaml"])));
    // A mistake is named with its revision, and a folder is loaded as a folder.
    let run = diff_in(&scenario, &["main:specs", "specs/prod.yaml"]);
    expect(&run, 65, &["main:specs/bad.yml:2:1"]);
    assert_eq!(
        std::fs::read_dir(scenario.path("")).unwrap().count(),
        5,
        "nothing is left behind"
    );
}

#[test]
fn revisions_are_never_options_or_commands() {
    let scenario = repository();
    let rows = [
        ("--output=pwned:specs/prod.yaml", 64),
        ("-pwned:specs/prod.yaml", 64),
        ("$(touch pwned):specs/prod.yaml", 64),
        ("nowhere:specs/prod.yaml", 64),
        ("main:nowhere.yaml", 64),
        ("main:../../etc/passwd", 64),
        ("main:/etc/passwd", 64),
        ("main:specs/../../x.yaml", 64),
        ("main:--help", 64),
        ("HEAD^{tree}:specs/prod.yaml", 64),
        (":specs/prod.yaml", 1),
        ("main:", 1),
    ];
    for (side, code) in rows {
        let run = diff_in(&scenario, &["--", side, "specs/prod.yaml"]);
        expect(&run, code, &["help:"]);
        assert!(!scenario.path("pwned").exists(), "{side}");
    }
}
