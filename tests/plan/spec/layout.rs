//! The layout of a spec changes nothing else: many texts, and what they mean before and after.

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use ringfence::spec::{LayoutError, SpecPart, formatted, load_str};

/// The texts of every example that stands alone.
fn examples() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs");
    let mut texts = Vec::new();
    for folder in [root.clone(), root.join("shared"), root.join("invalid")] {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            if path.extension().is_some_and(|ending| ending == "yaml") {
                texts.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    texts.push("version: 1\nx-a: &office ['203.0.113.0/24', \"192.0.2.7\"]\nnetworks:\n  a: *office\n  b: {<<: {cidrs: [192.0.2.9]}, reason: \"it's\"}\n".to_owned());
    texts
}

/// Returns what a text means, or what is wrong with it, without places.
fn meaning(text: &str) -> String {
    let today = "2026-11-21".parse().unwrap();
    let shown = match load_str("a.yaml", text, today) {
        Ok(mut loaded) => {
            // Another layout is another text.
            loaded.spec.part = SpecPart::default();
            let warnings: Vec<_> = loaded.warnings.iter().map(|it| it.message.clone()).collect();
            format!("{:?} {warnings:?}", loaded.spec)
        }
        Err(invalid) => {
            let messages: Vec<_> = invalid.diagnostics.iter().map(|it| it.message.clone()).collect();
            // A message can name the indentation of its line.
            format!("{messages:?}")
        }
    };
    let mut plain = String::new();
    for part in shown.split("line: ") {
        // `line: 3, column: 5` begins each part but the first.
        plain += part.trim_start_matches(|c: char| c.is_ascii_digit() || ", column:".contains(c));
    }
    plain
}

fn comments(text: &str) -> Vec<&str> {
    let comments = text
        .lines()
        .filter_map(|line| line.split_once("# ").map(|(_, comment)| comment));
    comments.map(str::trim_end).collect()
}

fn count(text: &str, signs: [char; 4]) -> [usize; 4] {
    signs.map(|sign| text.matches(sign).count())
}

/// Changes the layout of a text at these lines.
fn spread(text: &str, changes: &[(Index, &str)]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (at, change) in changes {
        let line = at.get_mut(&mut lines);
        match *change {
            "colon" => *line = line.replacen(": ", ":   ", 1),
            "comma" => *line = line.replacen(", ", " ,", 1),
            "bracket" => *line = line.replacen('[', "[  ", 1),
            "end" => *line += "   ",
            "comment" => *line += "   # a note",
            _ => *line = format!("\n\n\n{line}"),
        }
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn layout_keeps_meaning_comments_quotes_and_anchors(
        text in select(examples()),
        changes in prop::collection::vec((any::<Index>(), select(vec!["colon", "comma", "bracket", "end", "comment", "lines"])), 0..6),
    ) {
        let text = spread(&text, &changes);
        match formatted(text.as_bytes()) {
            Ok(after) => {
                prop_assert_eq!(meaning(&text), meaning(&after), "{}", text);
                prop_assert_eq!(comments(&text), comments(&after), "{}", text);
                let signs = ['"', '\'', '&', '*'];
                prop_assert_eq!(count(&text, signs), count(&after, signs), "{}", text);
                let again = formatted(after.as_bytes());
                prop_assert_eq!(again, Ok(after), "{}", text);
            }
            Err(error) => prop_assert_eq!(error, LayoutError::NotYaml, "{}", text),
        }
    }
}
