//! Any text in any field of a finding survives in every format, and acts on nothing.

use proptest::prelude::*;
use serde_json::Value;

use super::tests::{errors_of_junit, errors_of_sarif};
use super::{Comment, Entry, azure_pipelines, comment, github, gitlab, junit, sarif};
use crate::posture::{AcceptedFinding, PostureFinding};
use crate::render::safe::safe;
use crate::render::text::samples;
use crate::render::{Document, LARGEST_COMMENT};
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

/// The findings of an audit whose texts are all this one.
fn entries(text: &str, severity: Severity) -> Vec<Entry> {
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
    audit.entries()
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
        let log = sarif(&entries);
        prop_assert_eq!(errors_of_sarif(&log), [""; 0]);
        prop_assert!(!log.contains(ACTS) && !log.contains("##vso["));
        let log: Value = serde_json::from_str(&log).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap();
        prop_assert_eq!(results.len(), 2);
        for result in results {
            prop_assert_eq!(&result["message"]["text"], &format!("contoso: {text}"));
        }
        prop_assert_eq!(&results[0]["suppressions"][0]["justification"], &text);
        let issues: Value = serde_json::from_str(&gitlab(&entries)).unwrap();
        prop_assert_eq!(&issues[0]["description"], &format!("contoso: {text}"));
        prop_assert_eq!(&issues[0]["location"]["path"], &text);
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
        prop_assert_eq!(found.replace("%25", "%"), safe(&message));
        let lines = azure_pipelines(&entries, "");
        prop_assert_eq!(lines.lines().count(), 1);
        prop_assert_eq!(lines.to_ascii_lowercase().matches("##vso[").count(), 1);
        let (command, found) = lines.trim_end_matches('\n').split_once(']').unwrap();
        prop_assert_eq!(command.split(';').count(), 6, "{}", command);
        prop_assert_eq!(found.replace("%AZP25", "%"), safe(&message));
    }

    #[test]
    fn page_has_one_comment_and_code_in_lines_of_its_own(text in hostile()) {
        let entries = entries(&text, Severity::Warning);
        let page = comment(&Comment {
            largest: LARGEST_COMMENT,
            command: Some("plan"),
            words: "changes",
            summary: &text,
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
