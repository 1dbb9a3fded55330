//! The page of codes: `docs/checks.md` says what the tables of the code say.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use ringfence::audit::FindingCode;
use ringfence::plan::{CHECKS, CheckKind, FailOn, Guard};
use ringfence::posture::{Accepted, Extent, POSTURE_CHECKS, PRECEDENCE, PostureCheck};

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

const POSTURE_HEAD: &str = "\
# Posture rules

`ringfence audit` judges registries by these rules: those of a spec with it, and others as they are (`--registry`,
`--subscription`, `--all`). `ringfence validate --posture` judges a spec alone. This page is generated from the table of
the code.

```sh
ringfence audit registries.yaml --fail-on warning
ringfence audit --subscription 00000000-0000-0000-0000-000000000000
ringfence validate registries.yaml --posture
```

An `error` is a registry that is open to strangers. A `warning` probably does not do what its author meant. A `note` says
what holds. Findings at or over `--fail-on` (default: `error`) end with 2; `--exit-zero` ends with 0 in their place.

`suppress` of a registry, or of `defaults`, accepts the findings of a rule. Accepted findings are counted, and documents
have them with the reason. From the day of `expires` on they are findings again.

```yaml
    suppress:
      - {rule: RF033, reason: clients go through a proxy, expires: 2027-06-30}
```

Next steps are about what the spec wants. What an apply of the spec ends says so, because drift comes first. Rules whose
next steps would contradict each other are not found together: the section of a rule names those that it waits for.
It waits for no finding that the spec accepts, unless the section says so.

Controls are those to which the initiatives of Azure map the policy (Azure/azure-policy at f4a50ba, 2026-04-29). A policy
of Azure sees one setting at a time; where it disagrees with a rule, the rule has decided as the registry does.
";

/// Writes the section of one rule. Its anchor is the id.
fn posture_section(page: &mut String, check: &PostureCheck) {
    let (rule, severity) = (check.rule, json(check.severity));
    write!(
        page,
        "\n## {rule}\n\n**{}** ({severity}; judges {}).\n",
        rule.title(),
        check.judges.about()
    )
    .unwrap();
    let mut remedy = check.remedy.to_owned();
    for (word, value) in [
        ("{registry}", "ID"),
        ("{name}", "NAME"),
        ("{subscription}", "SUBSCRIPTION"),
        ("{lists}", "`ipRules` or `subnets`"),
        ("{spec}", "SPEC"),
        ("{flags}", ""),
    ] {
        remedy = remedy.replace(word, value);
    }
    write!(page, "{}\n\nNext step: {remedy}.\n", check.about).unwrap();
    for row in PRECEDENCE {
        if row.waits.contains(&rule) {
            let of = match row.extent {
                Extent::Registry => "of the registry",
                Extent::Object => "about the same rule or subnet",
            };
            let accepted = match row.accepted {
                Accepted::Releases => "",
                Accepted::Holds => ", accepted or not",
            };
            writeln!(page, "\nIt waits for a finding of {} {of}{accepted}.", row.first).unwrap();
        }
    }
    if let Some(article) = check.article {
        writeln!(page, "\nPage of Azure: <{article}>.").unwrap();
    }
    if let Some(code) = check.diagnostic {
        writeln!(page, "\n`validate` says the same as `{code}`.").unwrap();
    }
    if let Some(policy) = check.policy {
        write!(page, "\nAzure Policy: {} (`{}`).\n", policy.name, policy.id).unwrap();
        let mut controls = Vec::new();
        for (standard, numbers) in policy.controls {
            controls.push(format!("{standard}: {}", numbers.join(", ")));
        }
        if !controls.is_empty() {
            writeln!(page, "Controls: {}.", controls.join("; ")).unwrap();
        }
    }
}

fn posture_page() -> String {
    let mut page = POSTURE_HEAD.to_owned();
    page.push_str("\n| id | severity | finds |\n|---|---|---|\n");
    for check in POSTURE_CHECKS {
        let (id, severity) = (check.rule.id(), json(check.severity));
        let anchor = id.to_lowercase();
        writeln!(
            page,
            "| [{id}](#{anchor}) | {severity} | {} |",
            check.rule.title()
        )
        .unwrap();
    }
    for check in POSTURE_CHECKS {
        posture_section(&mut page, check);
    }
    page
}

/// `RINGFENCE_BLESS=1 cargo test --test plan codes` writes the pages.
#[test]
fn pages_of_codes_are_those_of_the_tables() {
    for (name, page) in [("docs/checks.md", page()), ("docs/posture.md", posture_page())] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        if std::env::var_os("RINGFENCE_BLESS").is_some() {
            std::fs::write(&path, page).unwrap();
            continue;
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(written == page, "{name} is stale: run with RINGFENCE_BLESS=1");
    }
}

/// The editor schema offers exactly the rules of the table, each with its title.
#[test]
fn schema_of_suppress_has_the_rules_of_the_table() {
    let schema = ringfence::spec::schema();
    let rule = &schema["properties"]["registries"]["items"]["properties"]["suppress"]["items"]["properties"]
        ["rule"];
    let mut ids = Vec::new();
    let mut titles = Vec::new();
    for check in POSTURE_CHECKS {
        ids.push(check.rule.id());
        titles.push(check.rule.title());
    }
    assert_eq!(rule["enum"], serde_json::json!(ids));
    assert_eq!(rule["enumDescriptions"], serde_json::json!(titles));
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
