//! The changes of a registry, a row for each value and each rule.

use crate::apply::Outcome;
use crate::model::{RuleTarget, Setting};
use crate::plan::{AnyChange, Change};
use crate::render::html::prose::place;
use crate::render::safe;
use crate::render::text::{listed_words, plain_or_absent};
use crate::spec::{ListedRule, Source};

/// Most rules of one list that a page shows. JSON has all of them.
const MOST_RULES: usize = 100;

/// One value or rule that changes.
pub(in crate::render::html) struct ChangeRow {
    pub(in crate::render::html) sign: Sign,
    /// The key of the spec.
    pub(in crate::render::html) key: &'static str,
    pub(in crate::render::html) text: String,
    /// What the spec says about it, its line, and what came of it.
    pub(in crate::render::html) remarks: Vec<String>,
}

/// The direction of a change.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::render::html) enum Sign {
    Added,
    Removed,
    Changed,
    /// More rows than the page shows.
    More,
}

/// Returns the rows of a change. `outcome` is what came of it, where it was tried.
pub(in crate::render::html) fn rows(change: &AnyChange, outcome: Option<&Outcome>) -> Vec<ChangeRow> {
    let mut rows = match change {
        AnyChange::Endpoints(endpoints) => {
            let source = endpoints.source.as_ref();
            listed("serviceEndpoints", &endpoints.add, Sign::Changed, source)
        }
        AnyChange::Setting(change) if change.path.is_list() => {
            let key = change.path.spec_key();
            let mut rows = listed(key, &change.add, Sign::Added, change.source.as_ref());
            rows.extend(listed(key, &change.remove, Sign::Removed, None));
            rows
        }
        AnyChange::Setting(change) => vec![single(change)],
    };
    if let Some(words) = outcome.and_then(words) {
        for row in &mut rows {
            row.remarks.insert(0, words.clone());
        }
    }
    rows
}

/// Writes a single value: `Allow → Deny`.
fn single(change: &Change) -> ChangeRow {
    let [before, after] =
        [&change.before, &change.after].map(|value| in_spec(change.path, value.as_ref()));
    ChangeRow {
        sign: Sign::Changed,
        key: change.path.spec_key(),
        text: format!("{before} → {after}"),
        remarks: change.source.iter().map(place).collect(),
    }
}

fn in_spec(setting: Setting, value: Option<&serde_json::Value>) -> String {
    plain_or_absent(value.map(|value| setting.spec_value(value)).as_ref())
}

fn listed(
    key: &'static str,
    rules: &[ListedRule],
    sign: Sign,
    asked: Option<&Source>,
) -> Vec<ChangeRow> {
    let mut rows = Vec::new();
    for listed in rules.iter().take(MOST_RULES) {
        let mut remarks = listed_words(listed);
        remarks.extend(listed.source.as_ref().or(asked).map(place));
        rows.push(ChangeRow {
            sign,
            key,
            text: short(listed),
            remarks,
        });
    }
    if rules.len() > MOST_RULES {
        rows.push(ChangeRow {
            sign: Sign::More,
            key,
            text: format!("and {} more, in the JSON document", rules.len() - MOST_RULES),
            remarks: Vec::new(),
        });
    }
    rows
}

fn short(listed: &ListedRule) -> String {
    match listed.rule.target() {
        RuleTarget::Subnet(id) => safe(&id.short()).into_owned(),
        RuleTarget::Ip(_) | RuleTarget::Unparsed(_) => safe(listed.rule.as_str()).into_owned(),
    }
}

/// Says what came of a change; nothing where it was made.
fn words(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Done | Outcome::Unchanged { reason: None } => None,
        Outcome::Unchanged { reason: Some(reason) } => Some(format!("unchanged: {}", safe(reason))),
        Outcome::Skipped { reason } => Some(format!("skipped: {}", safe(reason))),
        Outcome::Failed { error } => Some(format!("failed: {}", safe(&error.code))),
        Outcome::Unknown { error } => Some(format!("not known: {}", safe(&error.code))),
    }
}
