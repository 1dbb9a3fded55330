//! The page of codes: `docs/checks.md` says what the tables of the code say.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use ringfence::audit::FindingCode;
use ringfence::plan::{CHECKS, CheckKind, FailOn, Guard};

const HEAD: &str = "\
# Notes, refusals and findings

Every entry of a plan or an audit has a code that stays the same from version to version. This page is generated from
the tables of the code. Diagnostics of `validate` are listed in [the spec's page](spec.md).
";

/// Writes a section: its text, and a row for each code.
fn section(page: &mut String, title: &str, text: &str, rows: Vec<[String; 2]>) {
    write!(page, "\n## {title}\n\n{text}\n\n| code | found |\n|---|---|\n").unwrap();
    for [code, about] in rows {
        writeln!(page, "| `{code}` | {about} |").unwrap();
    }
}

fn checks(kinds: &[CheckKind]) -> Vec<[String; 2]> {
    let mut rows = Vec::new();
    for check in CHECKS.iter().filter(|check| kinds.contains(&check.kind)) {
        rows.push([check.code.to_owned(), check.about.to_owned()]);
    }
    rows
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    let text = "A note says what was not done, or what a change costs. It stops nothing.";
    section(&mut page, "Notes of a plan", text, checks(&[CheckKind::Note]));
    let text = "Azure would refuse the change, so nothing is written for the registry. No flag overrides these.";
    section(
        &mut page,
        "Refusals of a plan",
        text,
        checks(&[CheckKind::Refusal]),
    );
    let text =
        "These refusals leave a managed setting uncompared, so `audit` reports them as `uncompared`.";
    section(
        &mut page,
        "Refusals of what cannot be compared",
        text,
        checks(&[CheckKind::Uncompared]),
    );
    let text = "`--override CODE` allows the change.";
    let rows = Guard::ALL.map(|guard| [guard.name().to_owned(), guard.about().to_owned()]);
    section(&mut page, "Guards", text, rows.into());
    let text = "A run refuses these only if `--fail-on CODE` asks for it.";
    let rows = FailOn::ALL.map(|kind| [kind.name().to_owned(), kind.about().to_owned()]);
    section(&mut page, "Kinds of change", text, rows.into());
    findings(&mut page);
    page
}

fn findings(page: &mut String) {
    page.push_str(
        "\n## Findings of an audit\n\nAn `error` may admit clients that the spec does not; a `warning` may shut out \
         clients that it does.\n\n| code | severity | found |\n|---|---|---|\n",
    );
    for (code, severity, about) in FindingCode::ALL {
        let (code, severity) = (json(code), json(severity));
        writeln!(page, "| `{code}` | {severity} | {about} |").unwrap();
    }
}

/// Returns the name of a value in documents.
fn json(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

/// `RINGFENCE_BLESS=1 cargo test --test plan codes` writes the page.
#[test]
fn page_of_codes_is_that_of_the_tables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/checks.md");
    if std::env::var_os("RINGFENCE_BLESS").is_some() {
        std::fs::write(&path, page()).unwrap();
        return;
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page(),
        "docs/checks.md is stale: run with RINGFENCE_BLESS=1"
    );
}

#[test]
fn lines_of_guards_and_kinds_are_sentences_without_a_stop() {
    let mut lines = BTreeSet::new();
    lines.extend(Guard::ALL.map(Guard::about));
    lines.extend(FailOn::ALL.map(FailOn::about));
    assert_eq!(lines.len(), Guard::ALL.len() + FailOn::ALL.len());
    for line in lines {
        assert!(!line.is_empty() && !line.ends_with('.'), "{line}");
    }
}
