//! `ringfence doctor --log`: what a client printed, from a file or from stdin.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::lab::{Lab, OWN};
use crate::ringfence_binary::{Run, run_in};
use crate::suggestions::check_suggestions;

const DENIED: &str = "\
The push refers to repository [contoso.azurecr.io/web]
denied: client with IP '203.0.113.7' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.
";

fn doctor(log: &str, words: &[&str]) -> Run {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("log.txt"), log).unwrap();
    run_in(folder.path(), &[&["doctor", "--log", "log.txt"], words].concat())
}

#[test]
fn denial_in_a_log_is_named_with_its_remedy() {
    let run = doctor(DENIED, &[]);
    assert_eq!((run.code, run.stderr.as_str()), (2, ""), "{}", run.stdout);
    insta::assert_snapshot!(run.stdout, @r"
    2 possible causes found in 2 lines, the likeliest first

    ✘ the registry's firewall refuses this client (NC2, likely)
      - line 2: client with IP '203.0.113.7' is not allowed access
      - why: no rule admits the address that the registry saw, or public network access is disabled
      - registry: contoso.azurecr.io; address that it saw: 203.0.113.7
      to do: see why: `ringfence explain contoso --from 203.0.113.7`
      to do: for good: `ringfence rule add -n contoso --ip-address 203.0.113.7`, or the same line in `ipRules` of the spec
      to do: for one job: `ringfence with-access contoso -- COMMAND`
      see https://aka.ms/acr/firewall

    ? a new rule may not be in effect yet (S19, less likely)
      - line 2: client with IP '203.0.113.7' is not allowed access
      - why: a change takes some minutes to reach the registry's firewall
      - registry: contoso.azurecr.io; address that it saw: 203.0.113.7
      to do: try again for up to 10 minutes: `curl -s https://contoso.azurecr.io/v2/` answers 401 when it is in effect
      to do: `--wait-effective` of `ringfence apply` and `ringfence rule add` waits for it
      see https://learn.microsoft.com/azure/container-registry/container-registry-vnet
    ");
}

#[test]
fn diagnosis_is_written_as_json_and_as_lines() {
    let run = doctor(DENIED, &["-o", "json"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &document["format"]), (2, &"ringfence.doctor/1".into()));
    assert_eq!(document["verdicts"][0]["id"], "NC2");
    let run = doctor(DENIED, &["-o", "jsonl"]);
    let first: Value = serde_json::from_str(run.stdout.lines().next().unwrap()).unwrap();
    assert_eq!((&first["type"], &first["id"]), (&"verdict".into(), &"NC2".into()));
}

#[test]
fn innocent_log_ends_with_0() {
    let run = doctor("Login Succeeded\n", &[]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "✔ nothing known found in 1 line\n")
    );
}

#[test]
fn log_is_read_from_stdin() {
    let folder = TempDir::new().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_ringfence"))
        .env_clear()
        .args(["doctor", "--log", "-"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(DENIED.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("(NC2, likely)")
    );
}

#[test]
fn log_that_cannot_be_read_is_no_finding() {
    let folder = TempDir::new().unwrap();
    for (log, want) in [
        ("missing.txt", "give `--log` a file"),
        (".", "it is a folder, not a regular file"),
    ] {
        let run = run_in(folder.path(), &["doctor", "--log", log]);
        assert_eq!(run.code, 1, "{}", run.stderr);
        assert!(run.stderr.contains(want), "{}", run.stderr);
    }
}

#[test]
fn hostile_log_acts_on_nothing() {
    let evil = format!(
        "\u{1b}]0;x\u{7}##vso[task.complete]\n::error::x\nfailed to fetch anonymous token \u{202e}\u{1b}[2J##vso[x] https://contoso.azurecr.io : 403\n{DENIED}"
    );
    for format in ["text", "json", "jsonl"] {
        let run = doctor(&evil, &["-o", format]);
        assert_eq!(run.code, 2);
        for hazard in ["\u{1b}", "\u{7}", "\u{202e}", "##vso["] {
            assert!(!run.stdout.contains(hazard), "{format}: {}", run.stdout);
        }
    }
}

/// The log of a CI job elsewhere.
fn denial_of(registry: &str, address: &str) -> String {
    format!(
        "Get https://{registry}.azurecr.io/v2/: denied: client with IP '{address}' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.\n"
    )
}

#[test]
fn each_registry_of_a_log_keeps_its_own_address() {
    let log = denial_of("zetareg", "198.51.100.2") + &denial_of("prodreg", "203.0.113.1");
    let run = doctor(&log, &["-o", "json"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let remedies = document["verdicts"][0]["remedies"].to_string();
    for (registry, address, pairs) in [
        ("zetareg", "198.51.100.2", true),
        ("prodreg", "203.0.113.1", true),
        ("prodreg", "198.51.100.2", false),
        ("zetareg", "203.0.113.1", false),
    ] {
        for command in [
            format!("rule add -n {registry} --ip-address {address}"),
            format!("explain {registry} --from {address}"),
        ] {
            assert_eq!(remedies.contains(&command), pairs, "{command}: {remedies}");
        }
    }
}

#[test]
fn special_use_addresses_get_no_rule() {
    for (address, over_endpoint) in [("10.0.1.4", true), ("127.0.0.1", false)] {
        let run = doctor(&denial_of("contoso", address), &[]);
        let subnet = run.stdout.contains("rule add -n contoso --subnet SUBNET_ID");
        assert_eq!(subnet, over_endpoint, "{}", run.stdout);
        assert!(run.stdout.contains("(NC2, likely)"), "{}", run.stdout);
        assert!(!run.stdout.contains("--ip-address"), "{}", run.stdout);
    }
}

#[test]
fn host_with_a_label_leads_to_the_name_of_the_registry() {
    let run = doctor(&denial_of("contoso-hnajf8aw", "203.0.113.7"), &[]);
    assert!(
        run.stdout.contains("`ringfence with-access contoso -- COMMAND`"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout
            .contains("rule add -n contoso --ip-address 203.0.113.7"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("registry: contoso-hnajf8aw.azurecr.io"),
        "{}",
        run.stdout
    );
}

#[test]
fn clients_that_no_rule_admits_are_offered_no_access_for_a_while() {
    for address in ["10.0.1.4", "2001:db8::7"] {
        let run = doctor(&denial_of("contoso", address), &[]);
        assert!(!run.stdout.contains("with-access"), "{}", run.stdout);
    }
}

#[test]
fn every_suggested_command_can_be_typed() {
    let seen = [
        "contoso.azurecr.io",
        "contoso",
        "203.0.113.7",
        " --subscription s",
    ];
    for cause in ringfence::doctor::all_causes() {
        for remedy in cause.remedies {
            let mut filled = (*remedy).to_owned();
            for (open, value) in [
                ("{registry}", seen[0]),
                ("{name}", seen[1]),
                ("{client}", seen[2]),
                ("{with_access}", "ringfence with-access contoso"),
                (
                    "{add_address}",
                    "ringfence rule add -n contoso --ip-address 203.0.113.7",
                ),
                ("{add_subnet}", "ringfence rule add -n contoso --subnet SUBNET_ID"),
                ("{subscription_flag}", seen[3]),
            ] {
                filled = filled.replace(open, value);
            }
            check_suggestions([filled.as_str()], true);
        }
    }
}

#[test]
fn ipv6_clients_get_no_rule() {
    let run = doctor(&denial_of("contoso", "2001:db8::7"), &[]);
    assert!(
        run.stdout.contains("address that it saw: 2001:db8::7"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("`ringfence explain contoso --from ipv6`"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("`curl -4 -s https://contoso.azurecr.io/v2/`"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("--ip-address"), "{}", run.stdout);
}

#[test]
fn each_line_of_a_log_counts_once() {
    let line = r#"denied: {"errors":[{"code":"DENIED","message":"client with IP '203.0.113.7' is not allowed access. Refer https://aka.ms/acr/firewall to grant access."}]}"#;
    let run = doctor(&format!("{line}\n").repeat(2_000), &["-o", "json"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["verdicts"][0]["times"], 2_000, "{}", run.stdout);
}

#[test]
fn hosts_that_look_like_registries_are_not_the_registry() {
    for host in ["***.azurecr.io.attacker.net", "contoso.azurecr.io.attacker.net"] {
        let log = format!(
            "Get https://{host}/v2/: denied: client with IP '203.0.113.7' is not allowed access. Refer https://aka.ms/acr/firewall\n"
        );
        let run = doctor(&log, &[]);
        assert_eq!(run.code, 0, "{}", run.stdout);
    }
}

#[test]
fn log_beside_a_registry_is_read_with_its_settings() {
    let nameless = format!(
        "denied: client with IP '{OWN}' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.\n"
    );
    // The rule is there, and the refusal of the log is over.
    let mut lab = Lab::new();
    lab.deny(&[OWN]).file("log.txt", &nameless);
    let seen = lab.flag("--log", "log.txt").run();
    assert_eq!(seen.ids("verdicts"), ["S19", "NC2"], "{:#}", seen.document);
    let text = seen.document["verdicts"].to_string();
    assert!(text.contains(&format!("today they admit {OWN}")), "{text}");
    assert!(
        !text.contains("rule add -n") && !text.contains("REGISTRY"),
        "{text}"
    );
    // Without a rule, the registry that was asked about is the one that is meant.
    let mut lab = Lab::new();
    lab.deny(&["203.0.113.9"]).file("log.txt", &nameless);
    let seen = lab.flag("--log", "log.txt").run();
    assert_eq!(seen.ids("verdicts")[0], "NC2");
    let text = seen.document["verdicts"].to_string();
    let command = format!("rule add -n contoso --ip-address {OWN}");
    assert!(text.contains(&command) && !text.contains("REGISTRY"), "{text}");
}

#[test]
fn log_of_another_registry_keeps_its_own_verdict() {
    for (registry, address, verdicts) in [
        ("contoso", OWN, 1),
        ("fabrikam", OWN, 2),
        ("contoso", "203.0.113.7", 2),
    ] {
        let mut lab = Lab::new();
        lab.deny(&["203.0.113.9"]);
        lab.file("log.txt", &denial_of(registry, address));
        let seen = lab.flag("--log", "log.txt").run();
        let mut found = seen.ids("verdicts");
        found.retain(|id| id == "NC2");
        assert_eq!(found.len(), verdicts, "{registry} {address}: {:#}", seen.document);
    }
}
