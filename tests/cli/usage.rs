//! The command line of the built binary: usage errors, help and exit codes.

use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

use crate::commands::commands;

/// Names and values of the environment.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// Exit code and output of a run.
#[derive(Debug)]
struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs the binary in an empty folder, which is also its home, with only `variables` in the environment.
fn run_with(folder: &Path, variables: Variables<'_>, args: &[&str]) -> Ended {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("ringfence"))
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .envs(variables.iter().copied())
        .args(args)
        .output()
        .expect("the binary was built with the tests");
    Ended {
        code: output.status.code().expect("nothing kills the binary"),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn run(args: &[&str]) -> Ended {
    let folder = TempDir::new().expect("the temporary folder can be written");
    run_with(folder.path(), &[], args)
}

#[test]
fn command_line_mistakes_exit_with_64_and_an_explanation() {
    let rows: [(&[&str], &str); 37] = [
        (&["plann"], "did you mean `plan`?"),
        (
            &["plan", "--detailed-exit", "a.yaml"],
            "did you mean `--detailed-exitcode`?",
        ),
        (&["plan"], "no spec: the command line names none"),
        (&["-q"], "requires a subcommand"),
        (
            &["validate", "--auth", "password", "a.yaml"],
            "invalid value 'password' for '--auth <METHOD>'",
        ),
        (
            &["validate", "--cloud", "mars", "a.yaml"],
            "expected public, usgov, china or an https URL",
        ),
        (
            &["validate", "--arm-endpoint", "http://x", "a.yaml"],
            "expected https, not http",
        ),
        (
            &["validate", "--timeout", "90", "a.yaml"],
            "expected a time such as 90s, 15m or 1h30m",
        ),
        (&["validate", "--parallel", "0", "a.yaml"], "0 is not in 1..=256"),
        (
            &["validate", "--color", "pink", "a.yaml"],
            "possible values: auto, always, never",
        ),
        (
            &["plan", "--override", "all", "a.yaml"],
            "possible values: removals, last-rule, widest-rule, expect",
        ),
        (&["plan", "-o", "yaml", "a.yaml"], "unknown output format `yaml`"),
        (
            &["plan", "-o", "sarif", "a.yaml"],
            "unknown output format `sarif`",
        ),
        (
            &["man", "-o", "json"],
            "output format `json` is not available for this command",
        ),
        (&["plan", "-o", "json=", "a.yaml"], "expected a file after `=`"),
        (
            &["plan", "-o", "json=a", "-o", "json=b", "a.yaml"],
            "output format `json` is given twice",
        ),
        (
            &["plan", "-o", "json=a", "-o", "text=a", "a.yaml"],
            "both go to `a`",
        ),
        (
            &["-o", "text", "plan", "-o", "json=-", "a.yaml"],
            "both go to stdout",
        ),
        (&["schema", "-o", "xml"], "help: expected `json`\n"),
        (
            &["plan", "--request-log", "log", "a.yaml"],
            "`--request-log` needs `--sandbox`",
        ),
        (
            &["plan", "--faults", "f.json", "a.yaml"],
            "`--faults` needs `--sandbox`",
        ),
        (
            &["sandbox", "--sandbox"],
            "`--sandbox` does not go with the command `sandbox`",
        ),
        (&["sandbox", "--listen", "here"], "invalid socket address"),
        (&["sandbox", "--announce", "https://x:1"], "expected a host name"),
        (
            &["sandbox", "--announce", "0.0.0.0"],
            "expected an address that clients can connect to",
        ),
        (&["sandbox", "--latency", "25h"], "expected at most 24h"),
        (
            &["sandbox", "--export", "--", "true"],
            "help: leave out one of the two; `ringfence sandbox --help` explains the flags",
        ),
        (&["sandbox", "--latency", "soon"], "expected a time such as"),
        (
            &["sandbox", "-o", "text"],
            "output format `text` is not available",
        ),
        (
            &["restore", "--default-allow", "contoso"],
            "registry `contoso` needs its resource group and subscription",
        ),
        (&["restore", "--default-allow", "/subscriptions/s"], "registry"),
        (&["restore"], "needs the state to restore"),
        (&["restore", "a.yaml"], "--default-allow TARGET… opens registries"),
        (&["restore", "a.yaml"], "--from last (or RUN, REPORT, SNAPSHOT)"),
        (
            &["restore", "--default-allow"],
            "required arguments were not provided",
        ),
        (
            &["restore", "--default-allow", "a.yaml", "--from", "b.json"],
            "cannot be used with",
        ),
        (
            &["completions", "tcsh"],
            "possible values: bash, elvish, fish, powershell, zsh",
        ),
    ];
    for (args, message) in rows {
        let ended = run(args);
        assert_eq!(ended.code, 64, "{args:?}: {ended:?}");
        let json = ended.stdout.is_empty() || args[0] == "sandbox";
        assert!(json, "{args:?}: {}", ended.stdout);
        assert!(ended.stderr.contains(message), "{args:?}: {}", ended.stderr);
    }
}

#[test]
fn tips_never_lead_to_restore() {
    let rows: [&[&str]; 5] = [
        &["destroy"],
        &["restor"],
        &["undo-restore"],
        &["restore", "a.yaml", "--default-action"],
        &["plan", "a.yaml", "--default-allow"],
    ];
    for args in rows {
        let ended = run(args);
        assert_eq!(ended.code, 64, "{args:?}: {ended:?}");
        for tip in ["did you mean `restore`", "did you mean `--default-allow`"] {
            assert!(!ended.stderr.contains(tip), "{args:?}: {}", ended.stderr);
        }
    }
}

#[test]
fn missing_command_prints_help_and_exits_with_64() {
    let ended = run(&[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (64, ""));
    assert!(
        ended.stderr.contains("Usage: ringfence [OPTIONS] <COMMAND>"),
        "{}",
        ended.stderr
    );
}

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
        let offline = ["validate", "schema", "completions", "man"].contains(&command.as_str());
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
    let main = ["validate", "plan", "apply", "restore", "audit", "sandbox"];
    assert!(commands().starts_with(&main.map(str::to_owned)), "{help}");
    for code in ["0 ", "1 ", "2 ", "3 ", "4 ", "64", "65"] {
        assert!(help.contains(&format!("\n  {code}  ")), "{code}");
    }
}

#[test]
fn variables_replace_flags_unless_empty() {
    let folder = TempDir::new().unwrap();
    let run = |variables: Variables<'_>, args: &[&str]| run_with(folder.path(), variables, args);
    let schema = &["schema", "plan"][..];
    assert_eq!(run(&[("RINGFENCE_CLOUD", "mars")], schema).code, 64);
    assert_eq!(run(&[("RINGFENCE_CLOUD", "usgov")], schema).code, 0);
    for name in [
        "RINGFENCE_AUTH",
        "RINGFENCE_CLOUD",
        "RINGFENCE_ARM_ENDPOINT",
        "RINGFENCE_CA_FILE",
    ] {
        assert_eq!(run(&[(name, "")], schema).code, 0, "{name}");
    }
    let restore = run(
        &[("AZURE_SUBSCRIPTION_ID", "")],
        &["restore", "--default-allow", "contoso", "-g", "rg"],
    );
    assert_eq!(restore.code, 64, "{restore:?}");
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
        ("--output", "compgen -W \"text json jsonl\""),
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
            ["plan", "apply", "audit", "restore"].contains(&command.as_str()),
            "{command}"
        );
        assert!(!page.contains("ringfence\\-help"), "{command}");
    }
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
    for kind in ["plan", "apply", "audit", "validate", "error"] {
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

#[test]
fn missing_output_folder_is_the_first_error() {
    let ended = run(&["plan", "missing.yaml", "-o", "json=no/plan.json"]);
    assert_eq!(ended.code, 1);
    assert!(
        ended
            .stderr
            .starts_with("error[io]: cannot write `no/plan.json`: "),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains("missing.yaml"), "{}", ended.stderr);
}

#[test]
fn json_is_written_on_failure() {
    let folder = TempDir::new().unwrap();
    let ended = run_with(
        folder.path(),
        &[],
        &["restore", "--default-allow", "contoso", "-o", "json"],
    );
    assert_eq!(ended.code, 64);
    assert!(
        ended.stdout.starts_with(
            "{\n  \"format\": \"ringfence.error/1\",\n  \"error\": {\n    \"code\": \"usage\""
        ),
        "{}",
        ended.stdout
    );
    assert!(
        ended.stderr.starts_with("error[usage]: registry `contoso` needs"),
        "{}",
        ended.stderr
    );
    run_with(
        folder.path(),
        &[],
        &["restore", "--default-allow", "contoso", "-o", "json=report.json"],
    );
    let written = std::fs::read_to_string(folder.path().join("report.json")).unwrap();
    assert_eq!(written, ended.stdout);
}

#[test]
fn json_is_written_on_usage_errors() {
    let folder = TempDir::new().unwrap();
    let rows: [&[&str]; 2] = [
        &["plan", "x", "--request-log", "f", "-o", "json=error.json"],
        &["plan", "x", "-o", "xml", "-o", "json=error.json"],
    ];
    for args in rows {
        let ended = run_with(folder.path(), &[], args);
        assert_eq!(ended.code, 64, "{ended:?}");
        let file = folder.path().join("error.json");
        let written = std::fs::read_to_string(&file).unwrap();
        assert!(written.contains("\"code\": \"usage\""), "{written}");
        std::fs::remove_file(file).unwrap();
    }
}

#[test]
fn output_does_not_overwrite_an_input() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("specs")).unwrap();
    for name in ["spec.yaml", "specs/a.yaml", "state.json", "ca.pem"] {
        std::fs::write(path(name), "as it was").unwrap();
    }
    let spec = "would overwrite a file that the command reads";
    let rows: [(&[&str], &str); 12] = [
        (&["plan", "spec.yaml", "-o", "json=spec.yaml"], spec),
        (&["validate", "spec.yaml", "-o", "json=specs/../spec.yaml"], spec),
        (&["audit", "specs", "-o", "text=specs/a.yaml"], spec),
        (&["apply", "specs", "--yes", "-o", "json=specs/new.yml"], spec),
        (
            &["restore", "--default-allow", "spec.yaml", "-o", "json=spec.yaml"],
            spec,
        ),
        (
            &["plan", "spec.yaml", "--ca-file=ca.pem", "-o", "json=ca.pem"],
            "overwrite the CA file",
        ),
        (
            &[
                "plan",
                "spec.yaml",
                "--sandbox=state.json",
                "-o",
                "json=state.json",
            ],
            "overwrite the sandbox's state",
        ),
        (
            &[
                "plan",
                "spec.yaml",
                "--sandbox",
                "--request-log=log",
                "-o",
                "json=log",
            ],
            "overwrite the request log",
        ),
        (
            &["plan", "spec.yaml", "--sandbox", "--request-log=spec.yaml"],
            "request log `spec.yaml` would overwrite a file that the command reads",
        ),
        (
            &[
                "plan",
                "spec.yaml",
                "--sandbox=state.json",
                "--request-log=state.json",
            ],
            "request log `state.json` would overwrite the sandbox's state",
        ),
        (
            &[
                "sandbox",
                "--state",
                "state.json",
                "-o",
                "json=state.json",
                "--",
                "true",
            ],
            "would overwrite a file that the command reads",
        ),
        (
            &[
                "sandbox",
                "--seed",
                "state.json",
                "--request-log=state.json",
                "--",
                "true",
            ],
            "would overwrite a file that the command reads",
        ),
    ];
    for (args, message) in rows {
        let ended = run_with(folder.path(), &[], args);
        assert_eq!(ended.code, 64, "{args:?}: {ended:?}");
        assert!(ended.stderr.contains(message), "{args:?}: {}", ended.stderr);
        assert!(
            !path("log").exists() && !path("specs/new.yml").exists(),
            "{args:?}"
        );
        for name in ["spec.yaml", "specs/a.yaml", "state.json", "ca.pem"] {
            let text = std::fs::read_to_string(path(name)).unwrap();
            assert_eq!(text, "as it was", "{args:?}: {name}");
        }
    }
}

#[test]
fn unwritable_request_log_is_reported() {
    let ended = run(&["plan", "spec.yaml", "--sandbox", "--request-log", "no/log"]);
    assert_eq!(ended.code, 1);
    assert!(
        ended
            .stderr
            .starts_with("error[request-log-not-writable]: request log `no/log` cannot be written: No such file or directory"),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("help: give `--request-log`"),
        "{}",
        ended.stderr
    );
}

/// `-o json=/dev/full` acts as a full disk. The error does not replace the result of the other output, and is printed
/// once.
#[test]
#[cfg(target_os = "linux")]
fn unwritable_output_does_not_affect_the_others() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("spec.yaml"), "version: 1\nregistries: []\n").unwrap();
    let args = [
        "validate",
        "spec.yaml",
        "-o",
        "text=/dev/full",
        "-o",
        "json=found.json",
    ];
    let ended = run_with(folder.path(), &[], &args);
    assert_eq!(ended.code, 1, "{ended:?}");
    let written = std::fs::read_to_string(folder.path().join("found.json")).unwrap();
    assert!(written.contains("ringfence.validate/1"), "{written}");
    assert_eq!(ended.stderr.matches("/dev/full").count(), 1, "{}", ended.stderr);
    let ended = run_with(folder.path(), &[], &["schema", "-o", "json=/dev/full"]);
    assert_eq!(ended.stderr.matches("/dev/full").count(), 1, "{}", ended.stderr);
    let ended = run_with(
        folder.path(),
        &[],
        &["plan", "spec.yaml", "-o", "json=/proc/plan.json"],
    );
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""));
    assert!(
        ended
            .stderr
            .starts_with("error[io]: cannot write `/proc/plan.json`: "),
        "{}",
        ended.stderr
    );
}

#[test]
fn color_follows_the_flag_then_the_variables() {
    let folder = TempDir::new().unwrap();
    let rows: [(Variables<'_>, &[&str], bool); 7] = [
        (&[], &[], false),
        (&[("CLICOLOR_FORCE", "1")], &[], true),
        (&[("CLICOLOR_FORCE", "1"), ("CLICOLOR", "0")], &[], true),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[], false),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")], &[], true),
        (&[("NO_COLOR", "1")], &["--color", "always"], true),
        (&[("CLICOLOR_FORCE", "1")], &["--color=never"], false),
    ];
    // The first error is ours, the second one the parser's.
    for (variables, flags, colored) in rows {
        for base in [&["restore", "--default-allow", "contoso"][..], &["plann"][..]] {
            let args = [flags, base].concat();
            let ended = run_with(folder.path(), variables, &args);
            assert_eq!(ended.stderr.contains('\u{1b}'), colored, "{variables:?} {args:?}");
        }
    }
}

#[test]
fn argument_cannot_inject_escapes_or_ci_commands() {
    let hostile = "x\u{1b}[2J\u{202e}\n::error::x";
    let rows: [&[&str]; 7] = [
        &[hostile],
        &["restore", "--default-allow", hostile],
        &["plan", &format!("--{hostile}"), "a.yaml"],
        &["plan", "a.yaml", "--auth", hostile],
        &["plan", "a.yaml", "--cloud", &format!("{hostile}://")],
        &["plan", "a.yaml", "-o", hostile],
        &["plan", "a.yaml", "-o", &format!("json=no/{hostile}")],
    ];
    for args in rows {
        let ended = run(args);
        assert!([64, 1].contains(&ended.code), "{ended:?}");
        assert!(
            !ended.stderr.contains(['\u{1b}', '\u{202e}']),
            "{args:?}: {}",
            ended.stderr
        );
        assert!(!ended.stderr.contains("\n::"), "{args:?}: {}", ended.stderr);
    }
}

#[test]
fn version_is_one_line() {
    let ended = run(&["--version"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert_eq!(ended.stdout, format!("ringfence {}\n", env!("CARGO_PKG_VERSION")));
}

/// `ringfence schema plan | head -c 1` closes stdout early.
#[test]
#[cfg(unix)]
fn closed_stdout_is_not_an_error() {
    use std::process::{Command, Stdio};
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    for args in [&["schema", "plan"][..], &["--help"], &["completions", "bash"]] {
        let output = Command::new(assert_cmd::cargo::cargo_bin!("ringfence"))
            .env_clear()
            .args(args)
            .stdout(writer.try_clone().unwrap())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert!(
            output.stderr.is_empty(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
