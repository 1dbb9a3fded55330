//! Findings that the spec accepts.

use ringfence::posture::PostureCount;
use ringfence::spec::{PostureRule, Severity, load_str};

use super::case::lines;
use super::of_rule;
use crate::spec_text::spec_of;

const OFF: &str = "    dataEndpoint: false\n    publicNetworkAccess: Enabled\n";

#[test]
fn accepted_findings_are_kept_with_their_reason() {
    let text = format!("{OFF}    suppress: [{{rule: RF033, reason: a proxy, expires: 2026-11-22}}]\n");
    let case = lines(&text);
    let found = of_rule(&case, PostureRule::NoDataEndpoints);
    let accepted = found[0].accepted.as_ref().unwrap();
    assert_eq!(&*accepted.reason, "a proxy");
    assert!(accepted.source.is_some() && accepted.expires.is_some());
    let count = PostureCount::of(&case.judged());
    assert_eq!((count.notes, count.accepted), (1, 1));
    assert_eq!(count.at_least(Severity::Note), 1);
}

#[test]
fn suppression_ends_on_its_day() {
    for (day, accepted) in [("2026-11-22", true), ("2026-11-21", false), ("2026-11-20", false)] {
        let text = format!("{OFF}    suppress: [{{rule: RF033, reason: a proxy, expires: {day}}}]\n");
        let found = of_rule(&lines(&text), PostureRule::NoDataEndpoints);
        assert_eq!(found[0].accepted.is_some(), accepted, "{day}");
    }
}

#[test]
fn suppression_is_about_one_rule() {
    let text = format!("{OFF}    suppress: [{{rule: RF001, reason: another rule}}]\n");
    for finding in lines(&text).judged() {
        assert!(finding.accepted.is_none(), "{finding:?}");
    }
}

/// Its own next step is not taken, so there is nothing to wait for.
#[test]
fn accepted_findings_hold_back_no_others() {
    let text =
        "    defaultAction: Deny\n    ipRules: [10.0.0.0/8, 20.0.0.0/8, 203.0.113.7, 203.0.113.0/24]\n";
    let accepting = |rule: &str| {
        lines(&format!(
            "{text}    suppress: [{{rule: {rule}, reason: known}}]\n"
        ))
    };
    let rows = [
        ("RF012", PostureRule::WideRule, 0),
        ("RF011", PostureRule::WideRule, 1),
        ("RF011", PostureRule::ContainedRule, 1),
    ];
    for (accepted, rule, number) in rows {
        let found = of_rule(&accepting(accepted), rule);
        assert_eq!(found.len(), number, "{accepted} {rule}: {found:?}");
    }
    // The wide rule may still go, and then the one inside it has to be there.
    let text = "    defaultAction: Deny\n    ipRules: [0.0.0.0/0, 203.0.113.7]\n    suppress: [{rule: RF003, reason: known}]\n";
    assert!(of_rule(&lines(text), PostureRule::ContainedRule).is_empty());
}

#[test]
fn suppression_needs_a_known_id_and_a_reason() {
    for (entry, message, help) in [
        (
            "{rule: RF042, reason: a}",
            "invalid value `RF042`",
            "write `RF001`",
        ),
        (
            "{rule: rf001, reason: a}",
            "invalid value `rf001`",
            "did you mean `RF001`?",
        ),
        (
            "{rule: RF001, reason: ''}",
            "reason",
            "say why its findings are accepted",
        ),
        (
            "{rule: RF001, reason: \" \\t\"}",
            "reason",
            "say why its findings are accepted",
        ),
    ] {
        let text = spec_of(&format!("    suppress: [{entry}]\n"));
        let invalid = load_str("a.yaml", &text, "2026-11-21".parse().unwrap()).unwrap_err();
        let [found] = &invalid.diagnostics[..] else {
            panic!("{entry}: {:?}", invalid.diagnostics)
        };
        assert!(found.message.contains(message), "{entry}: {}", found.message);
        let found = serde_json::to_value(found).unwrap();
        assert!(
            found["help"].as_str().unwrap().starts_with(help),
            "{entry}: {found}"
        );
    }
}

#[test]
fn expired_entry_says_whether_another_one_holds() {
    let rows = [
        ("", "findings of RF033 are reported again"),
        (
            ", {rule: RF033, reason: b}",
            "another entry accepts the findings of RF033",
        ),
        (
            ", {rule: RF033, reason: b, expires: 2026-11-22}",
            "another entry accepts the findings of RF033",
        ),
        (
            ", {rule: RF034, reason: b}",
            "findings of RF033 are reported again",
        ),
    ];
    for (other, consequence) in rows {
        let entries = format!("{{rule: RF033, reason: a, expires: 2026-11-21}}{other}");
        let text = spec_of(&format!("    suppress: [{entries}]\n"));
        let loaded = load_str("a.yaml", &text, "2026-11-21".parse().unwrap()).unwrap();
        let [warning] = &loaded.warnings[..] else {
            panic!("{entries}: {:?}", loaded.warnings)
        };
        assert_eq!(
            warning.message,
            format!("expired on 2026-11-21: {consequence}"),
            "{entries}"
        );
    }
}
