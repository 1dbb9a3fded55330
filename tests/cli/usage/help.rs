//! Help, completions, manual pages and schemas.

use std::path::Path;

use tempfile::TempDir;

use super::{run, run_with};
use crate::commands::commands;

#[test]
fn every_command_has_help_with_examples() {
    for command in &commands() {
        let ended = run(&[command, "--help"]);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{command}");
        assert!(
            ended
                .stdout
                .contains(&format!("Examples:\n  ringfence {command}")),
            "{}",
            ended.stdout
        );
        let offline = [
            "validate",
            "fmt",
            "diff",
            "doctor",
            "report",
            "schema",
            "completions",
            "man",
        ]
        .contains(&command.as_str());
        for (heading, shown) in [
            ("\nConnection:", !offline && command != "sandbox"),
            ("\nSandbox:", !offline),
            ("      --sandbox[", !offline && command != "sandbox"),
            ("\nOutput:", true),
        ] {
            assert_eq!(ended.stdout.contains(heading), shown, "{command}: {heading}");
        }
        let (_, examples) = ended.stdout.split_once("Examples:\n").unwrap();
        for line in examples.lines() {
            assert!(line.len() <= 80, "{command}: {line}");
            assert!(
                line.starts_with("  ringfence ") || line.starts_with("  # "),
                "{line}"
            );
        }
    }
}

#[test]
fn help_names_flags_and_their_variables() {
    let help = run(&["plan", "--help"]).stdout;
    for variable in [
        "RINGFENCE_AUTH",
        "RINGFENCE_CLOUD",
        "RINGFENCE_ARM_ENDPOINT",
        "RINGFENCE_CA_FILE",
    ] {
        assert!(help.contains(&format!("[env: {variable}]")), "{variable}");
    }
    assert!(
        run(&["restore", "--help"])
            .stdout
            .contains("[env: AZURE_SUBSCRIPTION_ID]")
    );
}

#[test]
fn help_lists_commands_in_order_and_exit_codes() {
    let help = run(&["--help"]).stdout;
    let main = [
        "validate",
        "fmt",
        "diff",
        "plan",
        "apply",
        "restore",
        "audit",
        "explain",
        "endpoints",
        "rule",
        "with-access",
        "open",
        "close",
        "import",
        "init",
        "doctor",
        "report",
        "sandbox",
    ];
    assert!(commands().starts_with(&main.map(str::to_owned)), "{help}");
    for code in ["0 ", "1 ", "2 ", "3 ", "4 ", "64", "65"] {
        assert!(help.contains(&format!("\n  {code}  ")), "{code}");
    }
}

#[test]
fn completions_are_generated_for_each_shell() {
    let rows = [
        ("bash", "complete -F _ringfence"),
        ("zsh", "#compdef ringfence"),
        ("fish", "complete -c ringfence"),
        ("powershell", "Register-ArgumentCompleter"),
    ];
    for (shell, mark) in rows {
        let ended = run(&["completions", shell]);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{shell}");
        assert!(
            ended.stdout.contains(mark) && ended.stdout.contains("detailed-exitcode"),
            "{shell}"
        );
    }
}

#[test]
fn completions_offer_values_and_files_where_they_go() {
    let script = run(&["completions", "bash"]).stdout;
    // The part for `plan`, where each flag has its own case.
    let (_, plan) = script.split_once("ringfence__subcmd__plan)\n").unwrap();
    for (flag, words) in [
        ("--output", "compgen -W \"text json jsonl markdown sarif "),
        ("--cloud", "compgen -W \"public usgov china\""),
        ("--protect", "compgen -W \"auto\""),
        ("--ca-file", "compgen -f"),
        ("--timeout", "(\"${cur}\")"),
        ("--only", "(\"${cur}\")"),
    ] {
        let (_, case) = plan.split_once(&format!("                {flag})\n")).unwrap();
        let offered: Vec<&str> = case.lines().take(3).collect();
        assert!(offered.concat().contains(words), "{flag}: {offered:?}");
    }
}

#[test]
fn manual_pages_render_for_every_command() {
    let folder = TempDir::new().unwrap();
    let main = run_with(folder.path(), &[], &["man"]);
    assert_eq!(main.code, 0);
    assert!(main.stdout.contains(".TH ringfence 1"));
    let pages = run_with(folder.path(), &[], &["man", "--dir", "."]);
    assert_eq!((pages.code, pages.stdout.as_str()), (0, ""));
    for command in &commands() {
        let page =
            std::fs::read_to_string(folder.path().join(format!("ringfence-{command}.1"))).unwrap();
        for section in [
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "EXAMPLES",
            "\"EXIT STATUS\"",
            "FILES",
            "\"SEE ALSO\"",
        ] {
            assert!(page.contains(&format!(".SH {section}\n")), "{command}: {section}");
        }
        assert!(
            page.contains(&format!("ringfence {command} [OPTIONS]").replace('-', "\\-")),
            "{page}"
        );
        let has_variables = page.contains("AZURE_CLIENT_SECRET");
        assert_eq!(
            has_variables,
            [
                "plan",
                "apply",
                "audit",
                "explain",
                "endpoints",
                "import",
                "init",
                "restore",
                "rule",
                "with-access",
                "open",
                "close"
            ]
            .contains(&command.as_str()),
            "{command}"
        );
        assert!(!page.contains("ringfence\\-help"), "{command}");
        // `troff` takes other characters only by name.
        assert!(page.is_ascii(), "{command}");
    }
    // A command inside a command has a page too.
    let add = std::fs::read_to_string(folder.path().join("ringfence-rule-add.1")).unwrap();
    assert!(add.contains("ip\\-address"), "{add}");
    let missing = run_with(folder.path(), &[], &["man", "--dir", "no"]);
    assert_eq!(missing.code, 1);
    assert!(
        missing
            .stderr
            .starts_with("error[io]: cannot write manual pages into `no`: "),
        "{}",
        missing.stderr
    );
}

#[test]
fn schema_command_prints_or_writes_the_committed_file() {
    let folder = TempDir::new().unwrap();
    for kind in ["plan", "apply", "audit", "diff", "access", "validate", "error"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/schema/{kind}.schema.json"));
        let committed = std::fs::read_to_string(path).unwrap();
        assert!(run(&["schema", kind]).stdout == committed, "{kind}");
        let file = format!("json={kind}.json");
        let ended = run_with(folder.path(), &[], &["schema", kind, "-o", &file]);
        assert_eq!((ended.code, ended.stdout.as_str()), (0, ""));
        let written = std::fs::read_to_string(folder.path().join(format!("{kind}.json"))).unwrap();
        assert!(written == committed, "{kind}");
    }
}
