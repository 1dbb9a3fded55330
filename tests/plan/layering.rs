//! The directions between the parts of the crate, the absence of circles, and what the pure parts may not know.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use crate::module_graph::ModuleGraph;

/// The parts that each part may use, besides itself. `live` knows `spec` because it reads only what a wanted change
/// needs. `apply` knows `spec` because a snapshot is wanted again.
const MAY_USE: [(&str, &[&str]); 23] = [
    ("local_file", &[]),
    ("model", &[]),
    ("spec", &["local_file", "model"]),
    ("azure", &["local_file", "model"]),
    ("live", &["azure", "model", "spec"]),
    ("plan", &["live", "model", "spec"]),
    ("apply", &["azure", "live", "model", "plan", "probe", "spec"]),
    ("posture", &["lease", "live", "model", "plan", "spec"]),
    ("audit", &["live", "model", "plan", "posture", "spec"]),
    ("endpoints", &["live", "model"]),
    ("az", &["apply", "live", "model", "plan", "spec"]),
    ("explain", &["live", "model", "plan", "spec"]),
    ("import", &["live", "model", "spec"]),
    ("doctor", &["explain", "lease", "live", "model", "plan", "spec"]),
    ("probe", &["azure", "doctor", "live", "local_file", "model"]),
    ("spec_diff", &["live", "model", "plan", "spec"]),
    ("lease", &["apply", "live", "model", "plan", "spec"]),
    ("merge", &["apply", "audit", "model", "plan", "spec"]),
    ("sandbox", &["local_file", "model"]),
    ("error", &["apply", "lease", "model", "plan", "spec"]),
    (
        "render",
        &[
            "apply",
            "audit",
            "endpoints",
            "az",
            "doctor",
            "error",
            "explain",
            "import",
            "lease",
            "merge",
            "model",
            "plan",
            "posture",
            "spec",
            "spec_diff",
        ],
    ),
    (
        "run",
        &[
            "apply",
            "audit",
            "az",
            "azure",
            "doctor",
            "endpoints",
            "error",
            "explain",
            "import",
            "lease",
            "live",
            "local_file",
            "merge",
            "model",
            "plan",
            "posture",
            "probe",
            "sandbox",
            "spec",
            "spec_diff",
        ],
    ),
    (
        "cli",
        &[
            "apply",
            "audit",
            "az",
            "azure",
            "doctor",
            "endpoints",
            "error",
            "explain",
            "import",
            "lease",
            "local_file",
            "model",
            "plan",
            "posture",
            "render",
            "run",
            "sandbox",
            "spec",
            "spec_diff",
        ],
    ),
];

/// Parts without network, clock, environment and printing.
const PURE: [&str; 11] = [
    "doctor",
    "endpoints",
    "explain",
    "import",
    "lease",
    "merge",
    "model",
    "plan",
    "posture",
    "spec",
    "spec_diff",
];
/// The files of `spec` that read files.
const LOADER: [&str; 4] = ["load/mod.rs", "load/files.rs", "load/folder.rs", "load/root.rs"];
const IMPURE_PATHS: [&[&str]; 8] = [
    &["std", "env"],
    &["std", "fs"],
    &["TcpListener"],
    &["TcpStream"],
    &["SystemTime"],
    &["Instant"],
    &["Timestamp", "now"],
    &["Zoned", "now"],
];
const IMPURE_WORDS: [&str; 6] = ["async", "print!", "println!", "eprint!", "eprintln!", "dbg!"];

/// The graph of this crate.
static RINGFENCE: LazyLock<ModuleGraph> =
    LazyLock::new(|| ModuleGraph::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")));

/// A crate of these files, as a graph.
fn graph_of(files: &[(&str, &str)]) -> ModuleGraph {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    ModuleGraph::read(folder.path())
}

#[test]
fn parts_use_only_the_parts_below_them() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.into();
    let graph = &*RINGFENCE;
    let mut wrong = BTreeSet::new();
    for (path, module) in graph.modules() {
        let Some(part) = path.first() else { continue };
        let allowed = allowed
            .get(part.as_str())
            .unwrap_or_else(|| panic!("`{part}` has no entry in MAY_USE"));
        for used in graph.parts_used_by(path) {
            if used != *part && !allowed.contains(&used.as_str()) {
                wrong.insert(format!("{} uses `{used}`", module.file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A parent that declares and re-exports its children is not a circle. A child that uses an item of a parent that calls
/// it is one.
#[test]
fn no_modules_import_each_other_in_a_circle() {
    let circles = RINGFENCE.circles();
    assert!(
        circles.is_empty(),
        "{} circles:\n{}",
        circles.len(),
        circles.join("\n")
    );
}

#[test]
fn pure_parts_use_no_network_clock_environment_or_output() {
    let graph = &*RINGFENCE;
    for (path, module) in graph.modules() {
        let pure = path.first().is_some_and(|part| PURE.contains(&part.as_str()));
        if !pure || LOADER.iter().any(|file| module.file.ends_with(file)) {
            continue;
        }
        for impure in IMPURE_PATHS {
            let file = module.file.display();
            assert!(!module.names(impure), "{file} names `{}`", impure.join("::"));
        }
        for word in IMPURE_WORDS {
            assert!(
                !module.words.contains(word),
                "{} has `{word}`",
                module.file.display()
            );
        }
    }
}

#[test]
fn circle_is_found_through_a_re_export() {
    let graph = graph_of(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::Deep; pub struct Flat;"),
        ("b/mod.rs", "mod inner; pub use inner::Deep;"),
        ("b/inner.rs", "pub struct Deep; fn f() { vec![crate::a::Flat]; }"),
    ]);
    assert_eq!(graph.circles(), ["a.rs -> b/inner.rs (Deep) -> a.rs (Flat)"]);
}

#[test]
fn child_may_not_use_a_parent_that_calls_it() {
    let child = ("a/child.rs", "use super::Shared; pub fn f(_: Shared) {}");
    let calling = [
        ("lib.rs", "mod a;"),
        (
            "a/mod.rs",
            "mod child; pub struct Shared; fn g() { child::f(Shared) }",
        ),
        child,
    ];
    assert_eq!(
        graph_of(&calling).circles(),
        ["a/child.rs -> a/mod.rs (Shared) -> a/child.rs (f)"]
    );
    let declaring = [
        ("lib.rs", "mod a;"),
        ("a/mod.rs", "mod child; pub use child::f; pub struct Shared;"),
        child,
    ];
    assert!(graph_of(&declaring).circles().is_empty());
}

#[test]
fn test_code_is_cut_exactly() {
    let graph = graph_of(&[
        ("lib.rs", "mod a; mod b;"),
        (
            "a.rs",
            "#[cfg(test)] use crate::b::B; pub struct A; #[cfg(test)] mod tests { use crate::b::B; }",
        ),
        (
            "b.rs",
            "pub struct B; #[cfg(test)] mod tests {} fn f(_: crate::a::A) {}",
        ),
    ]);
    assert!(graph.circles().is_empty());
    let uses_below_the_tests = graph_of(&[
        ("lib.rs", "mod a; mod b;"),
        (
            "a.rs",
            "#[cfg(test)] mod tests {} fn f(_: crate::b::B) {} pub struct A;",
        ),
        ("b.rs", "use crate::a::A; pub struct B;"),
    ]);
    assert_eq!(uses_below_the_tests.circles().len(), 1);
}
