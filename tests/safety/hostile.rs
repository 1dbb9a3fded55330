//! Foreign texts are printed harmlessly, and secrets are not printed.

use crate::azure_bodies::{SUBSCRIPTION, premium_registry, registry_id};
use crate::commands::{commands, help};
use crate::pool;
use crate::rig::{Rig, Run};
use crate::spec_text::spec_of;
use ringfence::sandbox::{Effect, Fault, State, StatusFault};
use serde_json::{Value, json};

/// Texts that act on a terminal, a reader, a CI runner or a page.
const EVIL: &str = "\u{1b}[31m\u{1b}]0;x\u{7}\n::error::x\r\n  ::set-output name=a::b\n##vso[task.complete]\n##[error]\u{202e}\u{2066}\u{200b}\u{feff}\u{9b}<script>alert(1)</script>|`*_[a](javascript:x)\u{0}\u{2028}##VSO[x]##TeamCity[x]\u{e0100}\u{3164}\u{fe0f}";

/// Those of them that are invisible to a reader.
const UNSEEN: [char; 11] = [
    '\u{202e}',
    '\u{2066}',
    '\u{200b}',
    '\u{feff}',
    '\u{2028}',
    '\u{9b}',
    '\u{1b}',
    '\u{7}',
    '\u{e0100}',
    '\u{3164}',
    '\u{fe0f}',
];

fn harmless(what: &str, text: &str) {
    for c in text.chars() {
        assert!(
            c == '\n' || !(c.is_control() || UNSEEN.contains(&c)),
            "{what}: {c:?} in {text:?}"
        );
    }
    for line in text.lines() {
        assert!(!line.trim_start().starts_with("::"), "{what}: {line:?}");
        let low = line.to_lowercase();
        assert!(
            !low.contains("##vso[") && !low.contains("##[") && !low.contains("##teamcity["),
            "{what}: {line:?}"
        );
    }
}

fn no_secret(what: &str, rig: &Rig, text: &str) {
    let ready = rig.sandbox().ready();
    for secret in [
        &*ready.client_secret,
        "Bearer ",
        "bearer ",
        "eyJ",
        "client_secret=",
        "access_token",
    ] {
        assert!(!text.contains(secret), "{what}: a secret in {text}");
    }
}

fn check(what: &str, rig: &Rig, run: &Run) {
    assert!(
        matches!(run.code, Some(0..=4)),
        "{what}: {:?} {}",
        run.code,
        run.stderr
    );
    for text in [&run.stdout, &run.stderr] {
        harmless(what, text);
        no_secret(what, rig, text);
    }
}

fn state(registry: Value) -> State {
    let subscription = json!({
        "id": SUBSCRIPTION, "tenant": "00000000-0000-0000-0000-00000000000f",
        "registered": ["Microsoft.ContainerRegistry", "Microsoft.Network"]
    });
    serde_json::from_value(json!({"subscriptions": [subscription], "resources": [registry]}))
        .expect("a state")
}

/// States with one hostile text field of the registry each.
fn hostile_states() -> Vec<(&'static str, State)> {
    let places = [
        "/tags",
        "/location",
        "/systemData/lastModifiedBy",
        "/systemData/lastModifiedByType",
        "/systemData/lastModifiedAt",
        "/properties/provisioningState",
        "/properties/publicNetworkAccess",
        "/properties/networkRuleBypassOptions",
        "/properties/networkRuleSet/defaultAction",
        "/properties/networkRuleSet/ipRules",
        "/properties/networkRuleSet/virtualNetworkRules",
        "/properties/policies/exportPolicy/status",
    ];
    let with = |place: &'static str| {
        let mut registry = premium_registry("contoso");
        let value = match place {
            "/tags" => {
                json!({EVIL: EVIL, "ringfence-lease-x": EVIL, format!("ringfence-lease-{EVIL}"): "until=soon"})
            }
            "/properties/networkRuleSet/ipRules" => json!([{"action": "Allow", "value": EVIL}]),
            "/properties/networkRuleSet/virtualNetworkRules" => {
                json!([{"action": "Allow", "id": EVIL, "state": EVIL}])
            }
            _ => json!(EVIL),
        };
        // State files refuse such texts, but Azure can return them.
        let mut state = state(registry.clone());
        *registry.pointer_mut(place).expect("a place of the body") = value;
        state.resources = vec![registry];
        (place, state)
    };
    places.into_iter().map(with).collect()
}

/// Returns a double-quoted YAML text with unusual characters as `\UXXXXXXXX`. YAML accepts some of them in no other form,
/// and NUL in none.
fn quoted(text: &str) -> String {
    let escape = |c: char| match c {
        '\0' => String::new(),
        ' '..='~' if c != '"' && c != '\\' => c.to_string(),
        _ => format!("\\U{:08x}", u32::from(c)),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}

/// A spec with hostile values in every text.
fn hostile_spec() -> String {
    let evil = quoted(EVIL);
    let rule = |cidr: &str| format!("{{cidr: {cidr}, reason: {evil}, owner: {evil}, ticket: {evil}}}");
    spec_of(&format!(
        "    defaultAction: Deny\n    ipRules: [{}, {}]\n",
        rule("203.0.113.7"),
        rule("203.0.113.0/30")
    ))
}

/// A command line of every command that takes a spec or registries, for people and for programs.
fn command_lines() -> Vec<Vec<String>> {
    let mut lines = Vec::new();
    for command in commands() {
        let help = help(&[&command]);
        if !help.contains("[SPEC]...") && !help.contains("[TARGET]...") {
            continue;
        }
        let mut words = vec![command, "spec.yaml".to_owned()];
        for flag in ["--default-allow", "--yes"] {
            if help.contains(&format!("{flag}\n")) {
                words.push(flag.to_owned());
            }
        }
        let formats = help
            .split_once("Format of the result: ")
            .map(|(_, formats)| formats);
        if formats.is_some_and(|formats| formats.lines().next().unwrap_or_default().contains("json")) {
            lines.push([&words[..], &["-o", "json"].map(str::to_owned)].concat());
        }
        lines.push(words);
    }
    let explain = [
        "explain",
        &registry_id("contoso"),
        "--from",
        "8.8.8.8",
        "trusted-services",
    ];
    lines.push(explain.map(str::to_owned).to_vec());
    let import = ["import", "--subscription", SUBSCRIPTION];
    for format in ["yaml", "json", "jsonl"] {
        lines.push(
            [&import[..], &["-o", format]]
                .concat()
                .iter()
                .map(|word| (*word).to_owned())
                .collect(),
        );
    }
    let id = registry_id("contoso");
    let add = ["rule", "add", "-n", &id, "--ip-address", "203.0.113.9"];
    let list = ["rule", "list", "-n", &id];
    for (words, format) in [
        (&list[..], "json"),
        (&list, "text"),
        (&add, "json"),
        (&add, "text"),
    ] {
        let words = [words, &["-o", format]].concat();
        lines.push(words.into_iter().map(str::to_owned).collect());
    }
    lines.extend(edits_and_leases());
    assert!(lines.len() >= 10, "{lines:?}");
    lines
}

/// Command lines that change the text of a spec, or close leases.
fn edits_and_leases() -> Vec<Vec<String>> {
    let id = registry_id("contoso");
    let reason = EVIL.replace('\0', "");
    let spec = ["--spec", "spec.yaml"];
    let add = [
        "rule",
        "add",
        "-n",
        &id,
        "--ip-address",
        "203.0.113.9",
        "--reason",
        &reason,
    ];
    let remove = ["rule", "remove", "-n", &id, "--ip-address", "203.0.113.7"];
    let list = ["rule", "list", "-n", &id];
    let into = ["import", "--subscription", SUBSCRIPTION, "--into", "spec.yaml"];
    let close = ["close", &id, "--expired"];
    let mut lines = Vec::new();
    for format in ["text", "json"] {
        let output = ["-o", format];
        for words in [&add[..], &remove, &list] {
            lines.push([words, &spec, &output].concat());
        }
        for words in [&into[..], &close] {
            lines.push([words, &output].concat());
        }
    }
    let owned = |line: Vec<&str>| line.into_iter().map(str::to_owned).collect();
    lines.into_iter().map(owned).collect()
}

fn run_all(what: &str, make: impl Fn() -> Rig + Sync) {
    for words in &command_lines() {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let rig = make();
        rig.write("spec.yaml", &hostile_spec());
        let run = rig.run(&[&words[..], &["-vvvv", "--color", "never", "--timeout", "2s"]].concat());
        check(&format!("{what}: {words:?}"), &rig, &run);
        if words.contains(&"json") {
            serde_json::from_str::<Value>(&run.stdout).expect("JSON, whatever is in it");
        }
        for file in rig.snapshots() {
            let text = std::fs::read_to_string(file).expect("it is there");
            no_secret(what, &rig, &text);
        }
    }
}

#[test]
fn hostile_registry_and_spec_texts_are_escaped() {
    pool::each(hostile_states(), |(place, state)| {
        run_all(place, || Rig::failing(&state, Vec::new()));
    });
}

fn error(status: u16) -> Effect {
    Effect::Status(StatusFault {
        status,
        retry_after: Some(0),
        code: Some(EVIL.to_owned()),
        message: Some(EVIL.to_owned()),
        processed: false,
    })
}

#[test]
fn hostile_service_messages_are_escaped() {
    let failing = Effect::LroFailed {
        code: EVIL.to_owned(),
        message: EVIL.to_owned(),
    };
    let faults = vec![
        Fault::new(error(400)).path("oauth2"),
        Fault::new(error(503)).path("oauth2"),
        Fault::new(error(400)).path("registries"),
        Fault::new(error(409)).method("PATCH"),
        Fault::new(error(503)).method("PATCH"),
        Fault::new(failing).method("PATCH"),
        Fault::new(Effect::PolicyDeny {
            policy: EVIL.to_owned(),
        })
        .method("PATCH"),
        Fault::new(Effect::PolicyModify {
            set: json!({"properties": {"publicNetworkAccess": EVIL}}),
        })
        .method("PATCH"),
        Fault::new(Effect::Garbage).path("registries"),
    ];
    pool::each(faults, |fault| {
        let what = format!("{:?}", fault.when);
        run_all(&what, || {
            Rig::failing(&state(premium_registry("contoso")), vec![fault.clone()])
        });
    });
}

/// Quotas are optional for a plan, so the refusal to read them is only logged.
#[test]
fn hostile_messages_in_logs_are_escaped() {
    let faults = vec![Fault::new(error(403)).path("*listusages*")];
    let rig = Rig::failing(&state(premium_registry("contoso")), faults);
    let rules: Vec<String> = (0..195).map(|last| format!("203.0.113.{last}")).collect();
    let spec = spec_of(&format!("    ipRules: [{}]\n", rules.join(", ")));
    rig.write("spec.yaml", &spec);
    let run = rig.run(&["plan", "spec.yaml", "-vvvv", "--color", "never"]);
    assert!(run.stderr.contains("quotas are not known"), "{}", run.stderr);
    check("logs", &rig, &run);
}

/// Hostile names of files, and hostile arguments.
#[test]
fn hostile_arguments_and_file_names_are_escaped() {
    let rig = Rig::failing(&state(premium_registry("contoso")), Vec::new());
    let evil = EVIL.replace('\0', "");
    rig.write("bad.yaml", &format!("version: 1\n{evil}: 1\nregistries: []\n"));
    rig.write("bad.json", &json!({"format": evil}).to_string());
    rig.write(
        "named.yaml",
        &spec_of(&format!("    ipRules: [{}]\n", json!(evil))),
    );
    let rows: [&[&str]; 13] = [
        &["validate", &evil],
        &["validate", "bad.yaml"],
        &["validate", "named.yaml"],
        &["plan", "named.yaml", "-o", "json"],
        &["apply", "--plan", "bad.json", "--yes"],
        &["apply", "--plan", &evil, "--yes"],
        &["restore", "--from", "bad.json", "--yes"],
        &["restore", "--default-allow", &evil, "--yes"],
        &["plan", "named.yaml", "-o", &evil],
        &["rule", "list", "--spec", &evil],
        &["rule", "add", "--spec", "named.yaml", "--ip-address", &evil],
        &["import", "contoso", "--into", &evil],
        &["import", "contoso", "--into", "bad.yaml"],
    ];
    for words in rows {
        let run = rig.run(&[words, &["-vv", "--color", "never"]].concat());
        assert!(
            matches!(run.code, Some(1 | 3 | 64 | 65)),
            "{words:?}: {:?}",
            run.code
        );
        for text in [&run.stdout, &run.stderr] {
            harmless(&format!("{words:?}"), text);
        }
    }
}

/// Tests the escape check itself.
#[test]
fn escape_check_detects_unsafe_output() {
    for bad in [
        "a\u{1b}[1m",
        "ok\n  ::error::x",
        "x ##vso[y]",
        "x ##[error]",
        "a\u{202e}b",
        "a\rb",
    ] {
        assert!(std::panic::catch_unwind(|| harmless("", bad)).is_err(), "{bad:?}");
    }
    harmless("", "plain :: text # and\n##: more");
}
