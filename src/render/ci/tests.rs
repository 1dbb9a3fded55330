//! Tests of the formats: their schemas, their limits, and hostile text.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

use super::sarif::log;
use super::{azure_pipelines, github, gitlab, junit, of_audit as entries, sarif, terraform};
use crate::audit::Audit;
use crate::posture::{AcceptedFinding, PostureFinding};
use crate::render::text::samples;
use crate::render::{Document, LARGEST_COMMENT, Validated};
use crate::spec::{PostureRule, Severity, load_str};

const HOSTILE: &str = "a|b`c`<!-- @x -->\r\n::error::x\n##vso[task.complete]\u{1b}[2J%0A";

fn finding(rule: PostureRule, severity: Severity, object: &str, line: u32) -> PostureFinding {
    PostureFinding {
        rule,
        severity,
        registry: samples::registry_id("contoso"),
        message: format!("found {object}"),
        objects: vec![object.to_owned()],
        source: samples::source("a b.yaml", line),
        help: "do it".to_owned(),
        policy: None,
        accepted: None,
    }
}

/// An audit with drift, this number of warnings, a note with hostile text, and an accepted finding.
fn audit(warnings: u32, line: u32) -> Audit {
    let mut audit = samples::audit();
    for number in 0..warnings {
        let object = format!("10.0.{number}.0/24");
        audit.posture.push(finding(
            PostureRule::SpecialUseRange,
            Severity::Warning,
            &object,
            line,
        ));
    }
    audit
        .posture
        .push(finding(PostureRule::ExpiringEntry, Severity::Note, HOSTILE, line));
    audit.posture.push(PostureFinding {
        accepted: Some(AcceptedFinding {
            reason: "moving".into(),
            expires: None,
            source: None,
        }),
        ..finding(PostureRule::AdminUser, Severity::Warning, "admin", line)
    });
    audit
}

/// Reads a schema of `tests/schemas`, which says where it is from.
fn schema(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemas");
    std::fs::read_to_string(std::path::Path::new(folder).join(name)).unwrap()
}

/// Returns what the official schema finds wrong with a log.
pub(super) fn errors_of_sarif(log: &str) -> Vec<String> {
    static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
        let mut schema: Value = serde_json::from_str(&schema("sarif-schema-2.1.0.json")).unwrap();
        // They end in `]?$`, which strict readers of draft-07 refuse. A log of ours has no language.
        for owner in ["run", "toolComponent"] {
            let language = format!("/definitions/{owner}/properties/language");
            let language = schema.pointer_mut(&language).unwrap();
            language.as_object_mut().unwrap().remove("pattern");
        }
        jsonschema::draft7::new(&schema).unwrap()
    });
    let log: Value = serde_json::from_str(log).unwrap();
    VALIDATOR
        .iter_errors(&log)
        .map(|error| error.to_string())
        .collect()
}

/// Returns what the schema of Jenkins finds wrong with a report.
pub(super) fn errors_of_junit(report: &str) -> Vec<String> {
    let schema = schema("junit-10.xsd");
    let schema = uppsala::parse(&schema).unwrap();
    let validator = uppsala::XsdValidator::from_schema(&schema).unwrap();
    let report = uppsala::parse(report).unwrap();
    let errors = validator.validate(&report);
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn sarif_is_valid_and_names_the_rule_of_each_result() {
    let text = sarif(&entries(&audit(2, 7)), "specs/a.yaml");
    assert_eq!(errors_of_sarif(&text), [""; 0]);
    // The check itself works.
    assert_ne!(errors_of_sarif(&text.replace("\"ruleId\"", "\"rule\"")), [""; 0]);
    let log: Value = serde_json::from_str(&text).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert!(results.len() > 10);
    for result in results {
        let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert!(
            uri.as_str().is_some_and(|uri| uri.chars().all(is_safe_in_uri)),
            "{uri}"
        );
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    }
    let accepted = results.iter().find(|result| result["ruleId"] == "RF036").unwrap();
    assert_eq!(accepted["suppressions"][0]["justification"], "moving");
    let of_admin = &run["tool"]["driver"]["rules"][accepted["ruleIndex"].as_u64().unwrap() as usize];
    assert!(
        of_admin["helpUri"].as_str().unwrap().ends_with("#admin-account"),
        "{of_admin}"
    );
}

fn is_safe_in_uri(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~/%".contains(c)
}

#[test]
fn sarif_over_the_limit_counts_the_rest() {
    let found = entries(&audit(9, 7));
    let text = log(&found, "a.yaml", found.len() - 2);
    assert_eq!(errors_of_sarif(&text), [""; 0]);
    let log: Value = serde_json::from_str(&text).unwrap();
    let run = &log["runs"][0];
    assert_eq!(run["results"].as_array().map(Vec::len), Some(found.len() - 2));
    assert_eq!(
        run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"],
        "2 more findings are in the other outputs"
    );
}

#[test]
fn junit_is_valid_and_has_a_suite_for_each_registry() {
    let audit = audit(2, 7);
    let text = junit(&audit.subjects(), &audit.entries());
    assert_eq!(errors_of_junit(&text), [""; 0]);
    assert_ne!(errors_of_junit(&text.replace(" classname=", " class=")), [""; 0]);
    for part in [
        "<testsuite name=\"contoso\" ",
        "<testsuite name=\"northwind\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\">",
        "<testcase name=\"in sync\" classname=\"/subscriptions/",
        "<skipped type=\"accepted\" message=\"moving\"/>",
        "\nat a b.yaml:7:5\nhelp: do it</failure>",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    for document in [&samples::plan() as &dyn Document, &samples::report()] {
        let text = junit(&document.subjects(), &document.entries());
        assert_eq!(errors_of_junit(&text), [""; 0]);
    }
    assert_eq!(errors_of_junit(&junit(&[], &[])), [""; 0]);
}

#[test]
fn numbers_of_a_plan_are_a_terraform_report() {
    let changes = samples::plan().changes().unwrap();
    assert_eq!(terraform(changes), "{\"create\":4,\"update\":2,\"delete\":5}\n");
}

fn fingerprints(audit: &Audit) -> Vec<String> {
    entries(audit).iter().map(super::Entry::fingerprint).collect()
}

#[test]
fn fingerprints_are_unique_and_stay_where_lines_move() {
    let here = fingerprints(&audit(2, 7));
    assert_eq!(here, fingerprints(&audit(2, 70)));
    let mut unique = here.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), here.len());
}

#[test]
fn annotations_keep_the_limit_of_github_and_inject_nothing() {
    let text = github(&entries(&audit(14, 7)), "Audit.\n");
    let warnings = text.lines().filter(|line| line.starts_with("::warning "));
    assert_eq!(warnings.count(), 10);
    assert!(
        text.contains("more findings are in the other outputs, of severity warning"),
        "{text}"
    );
    for line in text.lines() {
        assert!(!line.starts_with("::error::"), "{line}");
        assert!(!line.to_ascii_lowercase().contains("##vso["), "{line}");
        assert!(!line.contains(['\u{1b}', '\r']), "{line}");
    }
    assert!(text.contains("file=a b.yaml,line=7"), "{text}");
    assert!(!text.contains("RF036"), "{text}");
}

#[test]
fn logging_commands_are_only_ours() {
    let text = azure_pipelines(&entries(&audit(2, 7)), "Audit.\n");
    for line in text.lines() {
        let commands = line.matches("##vso[").count();
        assert!(
            commands == 0 || (commands == 1 && line.starts_with("##vso[task.logissue ")),
            "{line}"
        );
    }
    assert!(
        text.contains("##vso[task.logissue type=warning;sourcepath=a b.yaml;linenumber=7;columnnumber="),
        "{text}"
    );
}

#[test]
fn code_quality_has_what_gitlab_needs() {
    let issues: Value = serde_json::from_str(&gitlab(&entries(&audit(2, 7)))).unwrap();
    for issue in issues.as_array().unwrap() {
        for key in ["description", "check_name", "fingerprint", "severity"] {
            assert!(
                issue[key].as_str().is_some_and(|text| !text.is_empty()),
                "{issue}"
            );
        }
        assert!(issue["location"]["path"].is_string() && issue["location"]["lines"]["begin"].is_u64());
    }
}

#[test]
fn markdown_fits_a_comment_and_has_no_foreign_markup() {
    let text = audit(2, 7).markdown(LARGEST_COMMENT);
    assert!(
        text.starts_with("<!-- ringfence: audit -->\n### ringfence audit: "),
        "{text}"
    );
    assert_eq!(
        text.matches("<!--").count() - text.matches("\\<!--").count(),
        1,
        "{text}"
    );
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).collect();
    for row in &rows {
        let cells = row.matches('|').count() - row.matches("\\|").count();
        assert_eq!(cells, 6, "{row}");
    }
    let many = audit(2_000, 7).markdown(LARGEST_COMMENT);
    assert!(many.len() < 65_536, "{}", many.len());
    assert!(many.contains(" more findings are not shown here."), "{many}");
}

#[test]
fn plan_in_a_comment_is_code_and_is_cut() {
    let mut plan = samples::plan();
    let page = plan.markdown(LARGEST_COMMENT);
    assert!(
        page.starts_with("<!-- ringfence: plan -->\n### ringfence plan: "),
        "{page}"
    );
    assert!(
        page.contains("| ❌ error | removals | fabrikam | 32 % of"),
        "{page}"
    );
    let (_, text) = page.split_once("</summary>\n\n").unwrap();
    let (text, _) = text.split_once("\n</details>").unwrap();
    for line in text.lines() {
        assert!(line.is_empty() || line.starts_with("    "), "{line}");
    }
    let template = plan.registries[0].clone();
    for number in 0..2_000 {
        let mut registry = template.clone();
        registry.id = samples::registry_id(&format!("registry{number:04}"));
        registry.notes[0].message = format!("note {number}");
        registry.refusals = plan.registries[1].refusals.clone();
        plan.registries.push(registry);
    }
    let page = plan.markdown(LARGEST_COMMENT);
    assert!((60_000..65_536).contains(&page.len()), "{}", page.len());
    assert!(page.contains(" more findings are not shown here."), "{page}");
    assert!(page.contains(" more lines are not shown here."), "{page}");
    assert!(page.ends_with("</details>\n"));
}

/// Rule and registry of an entry, and whether it is a failure.
type Row = (String, String, bool);

fn row(rule: &str, registry: &str, is_failure: bool) -> Row {
    (rule.to_owned(), registry.to_owned(), is_failure)
}

fn rows(document: &dyn Document) -> Vec<Row> {
    let mut rows = Vec::new();
    for entry in document.entries() {
        let registry = entry.registry.as_ref().map_or("", |id| id.name());
        rows.push(row(&entry.rule, registry, entry.is_failure));
    }
    rows
}

#[test]
fn every_result_has_entries_of_what_went_wrong() {
    let plan = [
        row("removals", "fabrikam", false),
        row("not-read", "northwind", true),
        row("expired-rule", "contoso", false),
    ];
    assert_eq!(rows(&samples::plan()), plan);
    let report = [
        row("not-applied", "adatum", true),
        row("removals", "fabrikam", false),
        row("not-read", "northwind", true),
        row("expired-rule", "adatum", false),
        row("expired-rule", "contoso", false),
    ];
    assert_eq!(rows(&samples::report()), report);
    let warnings = load_str("a.yaml", SPEC_WITH_WARNINGS, jiff::civil::date(2026, 11, 21))
        .unwrap()
        .warnings;
    let valid = Validated {
        registries: 1,
        warnings,
        posture: None,
    };
    assert_eq!(
        rows(&valid),
        [row("duplicate-rule", "", false), row("duplicate-rule", "", false)]
    );
}

/// A spec that lists two rules twice.
const SPEC_WITH_WARNINGS: &str = "\
version: 1
registries:
  - id: /subscriptions/s/resourceGroups/r/providers/Microsoft.ContainerRegistry/registries/contoso
    ipRules: [203.0.113.9, 203.0.113.9, 203.0.113.8, 203.0.113.8]
";
