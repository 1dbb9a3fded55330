//! The direction of the design: who may use whom, and what the pure parts may not know.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each part may use, itself aside. `live` knows `spec` because it reads only what a wanted change needs; `apply`
/// does because a snapshot is wanted again.
const MAY_USE: [(&str, &[&str]); 13] = [
    ("local_file", &[]),
    ("model", &[]),
    ("spec", &["local_file", "model"]),
    ("azure", &["local_file", "model"]),
    ("live", &["azure", "model", "spec"]),
    ("plan", &["live", "model", "spec"]),
    ("apply", &["azure", "live", "model", "plan", "spec"]),
    ("audit", &["live", "model", "plan", "spec"]),
    ("sandbox", &["local_file", "model"]),
    ("error", &["apply", "model", "plan", "spec"]),
    (
        "render",
        &["apply", "audit", "error", "live", "model", "plan", "spec"],
    ),
    (
        "run",
        &[
            "apply",
            "audit",
            "azure",
            "error",
            "live",
            "local_file",
            "model",
            "plan",
            "sandbox",
            "spec",
        ],
    ),
    (
        "cli",
        &[
            "apply",
            "audit",
            "azure",
            "error",
            "live",
            "local_file",
            "model",
            "plan",
            "render",
            "run",
            "sandbox",
            "spec",
        ],
    ),
];

/// Planning reads only the types of these parts, never what talks to Azure.
const PURE: [&str; 2] = ["model", "plan"];
const IMPURE: [&str; 9] = [
    "async",
    "await",
    "std::env",
    "std::fs",
    "std::net::Tcp",
    "println!",
    "SystemTime",
    "Timestamp::now",
    "Instant",
];
/// What of `spec` reads files.
const LOADER: [&str; 3] = ["load/mod.rs", "load/files.rs", "load/root.rs"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The part that a file belongs to.
fn part(path: &Path) -> String {
    let first = path.strip_prefix(src()).unwrap().components().next().unwrap();
    first
        .as_os_str()
        .to_str()
        .unwrap()
        .trim_end_matches(".rs")
        .to_owned()
}

/// The code of a file without its comments and its tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let production = text.split("#[cfg(test)]").next().unwrap();
    production
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The parts that a piece of code names after `crate::`, also inside `crate::{…}`.
fn used(code: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let words = match rest.strip_prefix('{') {
            Some(list) => list
                .split('}')
                .next()
                .unwrap()
                .split(',')
                .map(str::trim)
                .collect(),
            None => vec![rest],
        };
        for word in words {
            let name: String = word
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                .collect();
            used.insert(name);
        }
    }
    used
}

#[test]
fn every_part_uses_only_what_the_design_allows() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.into();
    let mut seen = BTreeSet::new();
    for path in sources(&src()) {
        let part = part(&path);
        if part == "lib" || part == "main" {
            continue;
        }
        let allowed = allowed
            .get(part.as_str())
            .unwrap_or_else(|| panic!("{part} is no part of the design"));
        for name in used(&code(&path))
            .iter()
            .filter(|name| MAY_USE.iter().any(|(part, _)| part == name))
        {
            let fine = *name == part || allowed.contains(&name.as_str());
            assert!(fine, "{} uses `{name}`", path.display());
        }
        seen.insert(part);
    }
    assert_eq!(seen.len(), MAY_USE.len());
}

#[test]
fn planning_knows_no_clock_no_network_no_environment_and_no_printing() {
    for path in sources(&src()) {
        let loads = LOADER.iter().any(|file| path.ends_with(file));
        let pure = PURE.contains(&part(&path).as_str()) || (part(&path) == "spec" && !loads);
        let code = code(&path);
        let words = IMPURE.iter().filter(|word| pure && code.contains(**word));
        let found: Vec<_> = words.collect();
        assert!(found.is_empty(), "{} knows {found:?}", path.display());
    }
}
