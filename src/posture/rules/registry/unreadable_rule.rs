//! RF041: rules that cannot be read.

use crate::model::{Rule, Setting};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::remedy::removal;
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity, UnlistedRule};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::UnreadableRule,
    severity: Severity::Warning,
    judges: Judges::Live,
    about: "The rule is neither an IPv4 range nor a subnet id, such as `::/0`, so its clients are not known. No other rule judges it, \
            and it may admit more than all the others together.",
    remedy: "list the clients that use it under {lists}, and take out what cannot be read: `ringfence rule remove --name {registry} \
             --ip-address RULE --override unparsed{flags}`",
    article: Some(articles::SELECTED_NETWORKS),
    policy: None,
    diagnostic: None,
    find,
};

/// The first half of the next step.
const LIST: &str = "list the clients that use it under {lists}";
/// The second half where an apply takes out all of them: no client loses anything in between, and Azure gets no list that has one.
const APPLY: &str = ", and take out what cannot be read in the same write: `ringfence apply {spec} --override unparsed{flags}`";

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let all = unreadable(subject);
    let mut found = Vec::new();
    for (list, rule) in &all {
        let (key, wanted) = match list {
            Setting::IpRules => (list.spec_key(), "an IPv4 range"),
            _ => (list.spec_key(), "a subnet id"),
        };
        let message =
            format!("`{rule}` of `{key}` cannot be read as {wanted}, so its clients are not known");
        // Azure may refuse every list with such a rule, so all of them go at once.
        let rules: Vec<&Rule> = all.iter().map(|(_, rule)| *rule).collect();
        let violation = Violation::new(message).about([rule]);
        found.push(match subject.spec {
            Some(_) if goes_with_an_apply(subject, &all) => {
                violation.remedied_by(LIST.to_owned() + APPLY)
            }
            Some(_) => violation.remedied_by(LIST).removing(rules),
            None => {
                let command = removal(subject, &rules);
                violation.remedied_by(format!("{LIST}, and take out what cannot be read: {command}"))
            }
        });
    }
    found
}

/// Returns the rules that do not fit their list. A registry without network rules has none that count.
fn unreadable<'a>(subject: &'a Subject<'_>) -> Vec<(Setting, &'a Rule)> {
    let mut found = Vec::new();
    for list in Setting::lists().filter(|_| subject.restricts()) {
        for rule in subject.rules(list) {
            if !rule.fits(list) {
                found.push((list, rule));
            }
        }
    }
    found
}

/// Returns true if the spec answers for all of these rules.
fn goes_with_an_apply(subject: &Subject<'_>, rules: &[(Setting, &Rule)]) -> bool {
    let Some(spec) = subject.spec else { return false };
    rules
        .iter()
        .all(|(list, rule)| subject.wants(*list) && spec.unlisted(rule) == UnlistedRule::Remove)
}
