//! The command line of the built binary: usage errors, colours and exit codes.

mod help;
mod mistakes;
mod outputs;
mod spec_mistakes;

use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

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
    let rows: [(&[&str], &str); 38] = [
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
        (
            &["plan", "-o", "yaml", "a.yaml"],
            "output format `yaml` is not available for this command",
        ),
        (&["plan", "-o", "xml", "a.yaml"], "unknown output format `xml`"),
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
        (&["sandbox", "--listen", "here"], "expected an address and a port"),
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
        (
            &["rule", "add", "--spec", "a.yaml", "--snapshots", "x"],
            "help: leave out one of the two; `ringfence rule add --help` explains the flags",
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
fn password_of_an_argument_is_not_repeated() {
    for word in [
        "user:s3cret@contoso.azurecr.io",
        "https://user:s3cret@contoso.azurecr.io/",
    ] {
        let ended = run(&["doctor", word]);
        assert_eq!(ended.code, 64, "{ended:?}");
        assert!(ended.stderr.contains("***@contoso.azurecr.io"), "{ended:?}");
        assert!(!ended.stderr.contains("s3cret"), "{ended:?}");
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
