//! The next step of a finding, filled in for its registry.

use super::check::{PostureCheck, Violation};
use super::precedence::Found;
use super::subject::Subject;
use crate::model::{Rule, RuleTarget, Setting, shell_word};
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
    let Some(Left { why, command, first }) = of_others(subject, &violation.goes) else {
        return text;
    };
    match violation.goes_first || first {
        true => format!("{why}, so first take it out: {command}; then {text}"),
        false => format!("{text}; {why}, so then take it out: {command}"),
    }
}

/// Rules that an apply leaves where they are.
struct Left {
    /// The reason for a command beside an edit of the spec.
    why: &'static str,
    command: String,
    /// True if one of them cannot be read: Azure may refuse every list that has it.
    first: bool,
}

const OF_OTHERS: &str = "an apply leaves what the spec does not list to others";
const UNREADABLE: &str = "an apply leaves what cannot be read";

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

/// Returns the command that takes out the rules that an apply leaves to others, or leaves because it cannot read them. Returns
/// `None` where it leaves none.
fn of_others(subject: &Subject<'_>, rules: &[Rule]) -> Option<Left> {
    let spec = subject.spec?;
    let mut left = Vec::new();
    let mut others = false;
    for rule in rules {
        let is_of_others = spec.unlisted(rule) != UnlistedRule::Remove;
        if is_of_others || is_unreadable(rule) {
            others |= is_of_others;
            left.push(rule);
        }
    }
    (!left.is_empty()).then(|| Left {
        why: if others { OF_OTHERS } else { UNREADABLE },
        command: removal(subject, &left),
        first: left.iter().any(|rule| is_unreadable(rule)),
    })
}

fn is_unreadable(rule: &Rule) -> bool {
    matches!(rule.target(), RuleTarget::Unparsed(_))
}

/// Returns the command that takes these rules out of the registry. Of many, none is named.
pub(super) fn removal(subject: &Subject<'_>, rules: &[&Rule]) -> String {
    if rules.len() > MOST_NAMED {
        return "`ringfence rule remove`".to_owned();
    }
    let mut flags = String::new();
    for rule in rules {
        let flag = match rule.subnet() {
            Some(_) => "--subnet",
            None => "--ip-address",
        };
        flags += &format!(" {flag} {}", shell_word(rule.as_str()));
    }
    if rules.iter().any(|rule| is_unreadable(rule)) {
        flags += " --override unparsed";
    }
    let (registry, service) = (shell_word(subject.id.to_string()), &subject.run.service_flags);
    format!("`ringfence rule remove --name {registry}{flags}{service}`")
}
