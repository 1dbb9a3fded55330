//! `fmt`: the canonical layout of specs.

use std::path::Path;

use crate::azure_bodies::registry_id;
use crate::ringfence_binary::{Run, Scenario, run_in};

fn expect(run: &Run, code: i32, words: &[&str]) {
    let text = [run.stdout.as_str(), &run.stderr].concat();
    assert_eq!(run.code, code, "{text}");
    for word in words {
        assert!(text.contains(word), "{word}: {text}");
    }
}

/// A spec that is not formatted, and its layout.
fn pair() -> (String, String) {
    let id = registry_id("contoso");
    let before = format!(
        "version:   1 # one\nnetworks:\n    offices: [ '203.0.113.0/24' ,192.0.2.7]\n\n\n\nregistries:\n# the only one\n- id: {id}\n  ipRules: [offices]   # why\n"
    );
    let after = format!(
        "version: 1 # one\nnetworks:\n  offices: ['203.0.113.0/24', 192.0.2.7]\n\nregistries:\n  # the only one\n  - id: {id}\n    ipRules: [offices] # why\n"
    );
    (before, after)
}

#[test]
fn fmt_writes_the_layout_once() {
    let (before, after) = pair();
    let scenario = Scenario::new(&before, &[]);
    let check = ["fmt", "--check", "spec.yaml"];
    let words = ["not formatted: spec.yaml\n1 of 1 file not formatted.\n"];
    expect(&scenario.run_plain(&check), 2, &words);
    assert_eq!(scenario.read("spec.yaml"), before);
    expect(
        &scenario.run_plain(&["fmt", "spec.yaml"]),
        0,
        &["formatted: spec.yaml\n1 of 1 file formatted.\n"],
    );
    assert_eq!(scenario.read("spec.yaml"), after);
    expect(&scenario.run_plain(&check), 0, &["All fine. 1 file.\n"]);
    expect(
        &scenario.run_plain(&["fmt", "spec.yaml"]),
        0,
        &["All fine. 1 file.\n"],
    );
}

#[test]
fn fmt_prints_a_spec_from_stdin() {
    let (before, after) = pair();
    let folder = tempfile::tempdir().unwrap();
    for (text, check, code, printed) in [
        (&before, false, 0, after.as_str()),
        (
            &before,
            true,
            2,
            "not formatted: stdin\n1 of 1 file not formatted.\n",
        ),
        (&after, true, 0, "All fine. 1 file.\n"),
    ] {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_ringfence"));
        command.env_clear().current_dir(folder.path()).args(["fmt", "-"]);
        if check {
            command.arg("--check");
        }
        let output = command.write_stdin(text.as_bytes()).output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), printed);
    }
    let scenario = Scenario::new(&before, &[]);
    expect(
        &scenario.run_plain(&["fmt", "-", "spec.yaml"]),
        64,
        &["takes stdin or files"],
    );
}

#[test]
fn spec_with_errors_is_not_touched() {
    let (before, _) = pair();
    let scenario = Scenario::new(&before, &[]);
    for wrong in ["registriez:   []\n", "a: [1\n", "version: 1\n"] {
        let text = format!("{before}{wrong}");
        scenario.write("spec.yaml", &text);
        expect(&scenario.run_plain(&["fmt", "spec.yaml"]), 65, &["spec.yaml:"]);
        assert_eq!(scenario.read("spec.yaml"), text);
    }
    expect(
        &scenario.run_plain(&["fmt", "nowhere.yaml"]),
        1,
        &["nowhere.yaml"],
    );
}

#[test]
fn fmt_formats_folders_and_keeps_line_ends() {
    let (before, after) = pair();
    let scenario = Scenario::new(&before, &[]);
    std::fs::create_dir_all(scenario.path("specs/deep")).unwrap();
    scenario.write("specs/a.yaml", &before.replace('\n', "\r\n"));
    scenario.write("specs/deep/b\u{1b}.yaml", &before.replace("contoso", "fabrikam"));
    let run = scenario.run_plain(&["fmt", "specs", "-R", "--check"]);
    expect(
        &run,
        2,
        &["not formatted: specs/deep/b\\u{1b}.yaml", "2 of 2 files"],
    );
    expect(
        &scenario.run_plain(&["fmt", "specs", "-R"]),
        0,
        &["2 of 2 files formatted."],
    );
    assert_eq!(scenario.read("specs/a.yaml"), after.replace('\n', "\r\n"));
    assert_eq!(scenario.read("spec.yaml"), before);
}

#[cfg(unix)]
#[test]
fn fmt_never_writes_through_a_link_out_of_the_folder() {
    let (before, _) = pair();
    let scenario = Scenario::new(&before, &[]);
    let outside = tempfile::tempdir().unwrap();
    let target = outside.path().join("other.yaml");
    std::fs::write(&target, &before).unwrap();
    std::fs::create_dir(scenario.path("specs")).unwrap();
    std::os::unix::fs::symlink(&target, scenario.path("specs/link.yaml")).unwrap();
    expect(&scenario.run_plain(&["fmt", "specs"]), 65, &["link-outside"]);
    assert_eq!(std::fs::read_to_string(&target).unwrap(), before);
}

#[test]
fn own_examples_are_formatted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in ["full", "minimal", "quickstart", "shared/networks"] {
        let path = format!("specs/{file}.yaml");
        expect(&run_in(root, &["fmt", "--check", &path]), 0, &["All fine."]);
    }
}
