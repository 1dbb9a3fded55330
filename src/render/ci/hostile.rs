//! Any text in any field of a finding survives in every format, and acts on nothing.

use proptest::prelude::*;
use serde_json::Value;

use super::tests::{errors_of_junit, errors_of_sarif};
use super::{Comment, Entry, azure_pipelines, comment, github, gitlab, junit, sarif};
use crate::audit::Audit;
use crate::live::LastModified;
use crate::posture::{AcceptedFinding, PostureFinding};
use crate::render::fit::display_width;
use crate::render::safe::safe;
use crate::render::text::samples;
use crate::render::{Document, LARGEST_COMMENT, Paint};
use crate::spec::{PostureRule, Severity};

/// Pieces that mean something to a terminal, a runner, a page or a parser.
const PIECES: [&str; 26] = [
    "\u{1b}[2J",
    "\r",
    "\n",
    "\t",
    "\0",
    "\u{9b}",
    "\u{202e}",
    "\u{feff}",
    "\u{fffe}",
    "\u{ffff}",
    "::error::x",
    "##vso[task.complete]",
    "##[error]",
    "%0A",
    "%AZP25",
    ":",
    ",",
    ";",
    "]",
    "<!--",
    "]]>",
    "&lt;",
    "\"'<b>",
    "|",
    "`",
    "é😀",
];

/// Characters that act on a terminal or mislead its reader.
const ACTS: [char; 4] = ['\u{1b}', '\r', '\0', '\u{202e}'];

fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(prop::sample::select(&PIECES[..]), 0..8);
    let pieces = pieces.prop_map(|pieces| pieces.concat());
    // Something to tell an empty text from a lost one.
    prop_oneof![pieces, any::<String>()].prop_map(|text| format!("<{text}>"))
}

fn bare(text: &str) -> String {
    text.replace([' ', '\n'], "")
}

/// The findings of an audit whose texts are all this one.
fn entries(text: &str, severity: Severity) -> Vec<Entry> {
    audit(text, severity).entries()
}

/// An audit whose texts are all this one.
fn audit(text: &str, severity: Severity) -> Audit {
    let mut audit = samples::audit();
    audit.findings.clear();
    audit.failures.clear();
    let finding = PostureFinding {
        rule: PostureRule::ExpiringEntry,
        severity,
        registry: samples::registry_id("contoso"),
        message: text.to_owned(),
        objects: vec![text.to_owned()],
        source: samples::source(text, 7),
        help: text.to_owned(),
        policy: None,
        accepted: None,
    };
    audit.posture = vec![
        PostureFinding {
            accepted: Some(AcceptedFinding {
                reason: text.into(),
                expires: None,
                source: None,
            }),
            ..finding.clone()
        },
        finding,
    ];
    audit
}

fn open(entries: &[Entry]) -> String {
    let entry = entries.iter().find(|entry| entry.accepted.is_none());
    entry.map(Entry::full_message).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn json_formats_keep_any_text(text in hostile()) {
        let entries = entries(&text, Severity::Warning);
        let log = sarif(&entries, "ringfence.yaml");
        prop_assert_eq!(errors_of_sarif(&log), [""; 0]);
        prop_assert!(!log.contains(ACTS) && !log.contains("##vso["));
        let log: Value = serde_json::from_str(&log).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap();
        prop_assert_eq!(results.len(), 2);
        for result in results {
            prop_assert_eq!(&result["message"]["text"], &format!("contoso: {text}\nhelp: {text}"));
        }
        prop_assert_eq!(&results[0]["suppressions"][0]["justification"], &text);
        let issues: Value = serde_json::from_str(&gitlab(&entries)).unwrap();
        prop_assert_eq!(&issues[0]["description"], &format!("contoso: {text}; help: {text}"));
        prop_assert_eq!(&issues[0]["location"]["path"], &text);
    }

    #[test]
    fn terminal_shows_any_text_within_its_width(text in hostile()) {
        let mut audit = audit(&text, Severity::Warning);
        audit.findings = samples::audit().findings;
        for finding in &mut audit.findings {
            finding.name = Some(text.as_str().into());
        }
        let paint = Paint::PLAIN.with_width(Some(80));
        let shown = audit.text(paint);
        for line in shown.lines().chain(audit.table(paint).lines()) {
            prop_assert!(!line.contains(ACTS), "{:?}", line);
            // A word that is longer than the line stays whole, for copying.
            let is_one_word = !line.trim().contains(' ');
            prop_assert!(display_width(line) <= 80 || is_one_word, "{:?}", line);
        }
        let mut plan = samples::plan();
        for registry in &mut plan.registries {
            registry.last_modified = Some(LastModified {
                by: text.clone(),
                by_type: "Application".to_owned(),
                at: "2026-11-20T03:00:00Z".to_owned(),
            });
        }
        for line in plan.text(paint).lines() {
            let is_one_word = !line.trim().contains(' ');
            prop_assert!(display_width(line) <= 80 || is_one_word, "{:?}", line);
        }
        // Lines break at blanks and beside wide characters.
        prop_assert!(bare(&shown).contains(&bare(&safe(&text))), "{}", shown);
    }

    #[test]
    fn junit_keeps_any_text_that_xml_can_have(text in hostile()) {
        let entries = entries(&text, Severity::Warning);
        let report = junit(&[], &entries);
        prop_assert_eq!(errors_of_junit(&report), [""; 0]);
        let document = uppsala::parse(&report).unwrap();
        let [failure] = document.get_elements_by_tag_name("failure")[..] else {
            return Err(TestCaseError::fail(report.clone()));
        };
        let kept = safe(&text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
        prop_assert_eq!(document.get_attribute(failure, "message"), Some(&*kept));
        let details = document.text_content_deep(failure);
        prop_assert!(details.ends_with(&format!("\nat {kept}:7:5\nhelp: {kept}")), "{}", details);
        let skipped = document.get_elements_by_tag_name("skipped")[0];
        prop_assert_eq!(document.get_attribute(skipped, "message"), Some(&*kept));
    }

    #[test]
    fn annotations_are_one_command_each_and_keep_any_text(text in hostile()) {
        let entries = entries(&text, Severity::Warning);
        let message = open(&entries);
        let lines = github(&entries, "");
        prop_assert_eq!(lines.lines().count(), 1);
        let (command, found) = lines.trim_end_matches('\n')[2..].split_once("::").unwrap();
        prop_assert!(command.starts_with("warning file="), "{}", command);
        // The runner splits properties at commas, and each at its first sign of equality.
        prop_assert_eq!(command.split(',').count(), 4, "{}", command);
        let want = format!("{}%0Ahelp: {}", safe(&message), safe(&text));
        prop_assert_eq!(found.replace("%25", "%"), want);
        let lines = azure_pipelines(&entries, "");
        prop_assert_eq!(lines.lines().count(), 1);
        prop_assert_eq!(lines.to_ascii_lowercase().matches("##vso[").count(), 1);
        let (command, found) = lines.trim_end_matches('\n').split_once(']').unwrap();
        prop_assert_eq!(command.split(';').count(), 6, "{}", command);
        let want = format!("{}; help: {}", safe(&message), safe(&text));
        prop_assert_eq!(found.replace("%AZP25", "%"), want);
    }

    #[test]
    fn page_has_one_comment_and_code_in_lines_of_its_own(text in hostile()) {
        let entries = entries(&text, Severity::Warning);
        let page = comment(&Comment {
            largest: LARGEST_COMMENT,
            command: Some("plan"),
            words: "changes",
            summary: &text,            next: None,
            entries: &entries,
            text: &text,
        });
        let (_, code) = page.split_once("</summary>\n\n").unwrap();
        let (code, end) = code.split_once("\n</details>").unwrap();
        prop_assert_eq!(end, "\n");
        for line in code.lines() {
            prop_assert!(line.is_empty() || line.starts_with("    "), "{}", line);
        }
        let rows = page.lines().filter(|line| line.starts_with("| ⚠️"));
        prop_assert_eq!(rows.count(), 1);
        prop_assert!(!page.contains(ACTS));
    }
}
