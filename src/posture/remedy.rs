//! The next step of a finding, filled in for its registry.

use super::check::{PostureCheck, Violation};
use super::precedence::Found;
use super::subject::Subject;
use crate::model::{Rule, Setting, shell_word};
use crate::spec::UnlistedRule;

/// Rules that a command names; of more, the list alone is named.
const MOST_NAMED: usize = 5;

/// Returns the next step of a finding that an apply of the spec leaves.
pub(super) fn next_step(subject: &Subject<'_>, check: &PostureCheck, violation: &Violation) -> String {
    let remedy = violation.remedy.as_deref().unwrap_or(check.remedy);
    let mut text = remedy.to_owned();
    for (word, value) in words(subject) {
        text = text.replace(word, &value);
    }
    match (of_others(subject, &violation.goes), violation.goes_first) {
        (None, _) => text,
        (Some(command), true) => format!("{LEFT}, so first take it out: {command}; then {text}"),
        (Some(command), false) => format!("{text}; {LEFT}, so then take it out: {command}"),
    }
}

/// The reason for a command beside an edit of the spec.
const LEFT: &str = "an apply leaves what the spec does not list to others";

/// Returns the next step of a finding that an apply of the spec ends. `opens` is what the apply brings if it opens the
/// registry.
pub(super) fn of_drift(subject: &Subject<'_>, opens: Option<&Found>) -> String {
    if let Some((check, violation)) = opens {
        return format!(
            "mend the spec first: an apply ends this with the drift, and brings {} ({})",
            check.rule, violation.message
        );
    }
    // Azure takes no list with a subnet whose endpoint is off.
    let flag = match subject.rules(Setting::VirtualNetworkRules).is_empty() {
        true => "",
        false => " with --verify-endpoints",
    };
    format!("apply the spec{flag}: live state differs from it, and this ends with the drift")
}

/// Returns the words of a registry.
fn words(subject: &Subject<'_>) -> [(&'static str, String); 6] {
    let file = subject.run.spec_file.as_deref();
    let lists = match subject.takes_subnets() {
        true => "`ipRules` or `subnets`",
        false => "`ipRules`",
    };
    [
        ("{registry}", shell_word(subject.id.to_string())),
        ("{name}", subject.id.name().to_owned()),
        ("{subscription}", subject.id.subscription().to_owned()),
        ("{lists}", lists.to_owned()),
        ("{spec}", file.map_or_else(|| "SPEC".to_owned(), shell_word)),
        ("{flags}", subject.run.service_flags.clone()),
    ]
}

/// Returns the command that takes out the rules that an apply leaves to others. Returns `None` where it leaves none.
fn of_others(subject: &Subject<'_>, rules: &[Rule]) -> Option<String> {
    let spec = subject.spec?;
    let mut flags = String::new();
    let mut left = 0;
    for rule in rules {
        if spec.unlisted(rule) == UnlistedRule::Remove {
            continue;
        }
        left += 1;
        let flag = match rule.subnet() {
            Some(_) => "--subnet",
            None => "--ip-address",
        };
        flags += &format!(" {flag} {}", shell_word(rule.as_str()));
    }
    match left {
        0 => None,
        1..=MOST_NAMED => Some(format!(
            "`ringfence rule remove --name {}{flags}{}`",
            shell_word(subject.id.to_string()),
            subject.run.service_flags
        )),
        _ => Some("`ringfence rule remove`".to_owned()),
    }
}
