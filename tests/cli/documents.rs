//! The commands and names in README.md, CONTRIBUTING.md and docs/ are true.
//!
//! A fenced block tagged `console` is run, line by line, in one folder that has a copy of `specs/`. A comment that ends
//! in `exit N` gives the exit code of its line. In a block tagged `sh`, only the flags of each `ringfence` line are
//! checked.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Returns every Markdown document for users and contributors.
fn documents() -> Vec<PathBuf> {
    let root = Path::new(ROOT);
    let mut found = vec![root.join("README.md"), root.join("CONTRIBUTING.md")];
    for entry in root.join("docs").read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Returns the lines of all fenced blocks with this tag.
fn fenced(text: &str, tag: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), open) {
            (Some(found), None) => open = Some(found),
            (Some(_), Some(_)) => open = None,
            (None, Some(found)) if found == tag => lines.push(line.to_owned()),
            (None, _) => {}
        }
    }
    lines
}

/// Splits a line into its command and the exit code that its comment names.
fn command_and_code(line: &str) -> (&str, i32) {
    let Some((command, comment)) = line.split_once(" #") else {
        return (line.trim(), 0);
    };
    let code = match comment.rsplit_once("exit ") {
        Some((_, code)) => code.trim().parse().expect("`exit` ends a comment with a number"),
        None => 0,
    };
    (command.trim(), code)
}

/// Runs a shell line in `folder`, with the built binary on the PATH and nothing else of the environment.
fn shell(folder: &Path, line: &str) -> std::process::Output {
    let binary = Path::new(assert_cmd::cargo::cargo_bin!("ringfence"));
    let mut path = OsString::from(binary.parent().expect("the binary is in a folder"));
    path.push(":/usr/bin:/bin");
    Command::new("sh")
        .args(["-c", line])
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("PATH", path)
        .output()
        .unwrap()
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn documented_commands_run_and_end_as_documented() {
    let mut ran = 0;
    for document in documents() {
        let folder = tempfile::tempdir().unwrap();
        copy_folder(&Path::new(ROOT).join("specs"), &folder.path().join("specs"));
        for line in fenced(&std::fs::read_to_string(&document).unwrap(), "console") {
            let Some(line) = line.strip_prefix("$ ") else {
                continue;
            };
            let (command, code) = command_and_code(line);
            let output = shell(folder.path(), command);
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(
                output.status.code(),
                Some(code),
                "{}: {command}: {stderr}",
                document.display()
            );
            ran += 1;
        }
    }
    assert!(ran > 5, "only {ran} commands were found");
}

#[test]
fn documented_flags_exist() {
    let folder = tempfile::tempdir().unwrap();
    let mut checked = 0;
    for document in documents() {
        for line in fenced(&std::fs::read_to_string(&document).unwrap(), "sh") {
            let (command, _) = command_and_code(&line);
            if !command.starts_with("ringfence ") {
                continue;
            }
            // `--help` ends the parser before it asks for what is missing, but after each flag that it does not know.
            let (ours, theirs) = command.split_once(" -- ").unwrap_or((command, ""));
            assert!(!theirs.contains("--help"), "{command}");
            let output = shell(folder.path(), &format!("{ours} --help"));
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.success(),
                "{}: {command}: {stderr}",
                document.display()
            );
            checked += 1;
        }
    }
    assert!(checked > 3, "only {checked} commands were found");
}

/// Returns all Rust sources of the product and of its tests as one text.
fn sources(folder: &Path, into: &mut String) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, into);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "rs" || extension == "py")
        {
            into.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// A promise in a document is only as good as the test that it names.
#[test]
fn documented_tests_and_files_exist() {
    let root = Path::new(ROOT);
    let mut code = String::new();
    sources(&root.join("src"), &mut code);
    sources(&root.join("tests"), &mut code);
    let mut checked = 0;
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for word in text.split('`').skip(1).step_by(2) {
            let is_test_name = document.ends_with("docs/safety.md")
                && word.matches('_').count() >= 2
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit());
            let is_path = ["src/", "tests/", "docs/", "specs/"]
                .iter()
                .any(|start| word.starts_with(start))
                && !word.contains(['<', '{', '*', ' ']);
            if is_test_name {
                assert!(
                    code.contains(&format!("{word}(")) || code.contains(&format!("{word}\"")),
                    "{}: `{word}`",
                    document.display()
                );
                checked += 1;
            } else if is_path {
                let path = word.split(':').next().unwrap_or(word);
                assert!(root.join(path).exists(), "{}: `{word}`", document.display());
                checked += 1;
            }
        }
    }
    assert!(checked > 20, "only {checked} names were found");
}
