//! One finding.

use serde_json::Value;

use crate::audit::{Drift, Finding, FindingCode};
use crate::model::{Rule, Setting};
use crate::plan::RowPath;
use crate::render::text::common::{self, place, plain, plain_or_absent};
use crate::render::{Paint, safe};
use crate::spec::{ExpectCase, Source};

/// What live state is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ComparedWith {
    Spec,
    /// An earlier state of the registries.
    Earlier,
}

/// Writes one finding, with the name in the spec and the place that it is about. The sign is that of a plan.
pub(super) fn finding(
    finding: &Finding,
    source: Option<&Source>,
    with: ComparedWith,
    paint: Paint,
) -> Vec<String> {
    let (sign, words) = phrase(finding, with, paint);
    let text = format!("{sign} {words}");
    let text = match finding.drift {
        _ if finding.code == FindingCode::GoneSubnet => paint.bad(text),
        Drift::Different => paint.warn(text),
        Drift::Missing => paint.good(text),
        Drift::Unexpected | Drift::Expectation => paint.bad(text),
    };
    let mut about = Vec::new();
    about.extend(name(finding));
    if let Some(source) = source {
        about.push(place(source));
    }
    let mut line = format!("  {text}");
    if !about.is_empty() {
        line += &format!("  {}", paint.dim(about.join("; ")));
    }
    common::wrap(&line, 4, paint)
}

/// Writes a finding in one line, without its sign: `192.0.2.7 is missing (vendor)`.
pub(super) fn sentence(finding: &Finding, with: ComparedWith) -> String {
    let (_, words) = phrase(finding, with, Paint::PLAIN);
    match name(finding) {
        Some(name) => format!("{words} ({name})"),
        None => words,
    }
}

/// Says what is found, with the sign that a plan has for it.
fn phrase(finding: &Finding, with: ComparedWith, paint: Paint) -> (char, String) {
    if finding.code == FindingCode::GoneSubnet {
        let id = finding.wanted.as_ref();
        return ('!', format!("subnet {} does not exist", rule_words(id, paint)));
    }
    match (finding.drift, with) {
        (Drift::Different, _) => ('~', different(finding, with)),
        (Drift::Missing, with) => {
            let rule = rule(finding, finding.wanted.as_ref(), paint);
            match with {
                ComparedWith::Spec => ('+', format!("{rule} is missing")),
                ComparedWith::Earlier => ('+', format!("{rule} has gone")),
            }
        }
        (Drift::Unexpected, with) => {
            let rule = rule(finding, finding.live.as_ref(), paint);
            match with {
                ComparedWith::Spec => ('-', format!("{rule} is not in the spec")),
                ComparedWith::Earlier => ('-', format!("{rule} is new")),
            }
        }
        (Drift::Expectation, _) => ('!', expectation(finding)),
    }
}

/// Returns the name that the spec has for a rule. The words about an expectation have its client.
fn name(finding: &Finding) -> Option<String> {
    match finding.drift {
        Drift::Expectation => None,
        _ => finding.name.as_deref().map(|name| safe(name).into_owned()),
    }
}

/// Writes a single value: `defaultAction is Allow, and the spec wants Deny`.
fn different(finding: &Finding, with: ComparedWith) -> String {
    let Some(RowPath::Setting(setting)) = finding.path else {
        return plain_or_absent(finding.live.as_ref());
    };
    let live = match &finding.live {
        Some(value) => format!("is {}", plain(&setting.spec_value(value))),
        None => "has no value".to_owned(),
    };
    let wanted = finding.wanted.as_ref().map(|value| setting.spec_value(value));
    let wanted = match (with, wanted) {
        (ComparedWith::Spec, wanted) => format!("the spec wants {}", plain_or_absent(wanted.as_ref())),
        (ComparedWith::Earlier, Some(wanted)) => format!("was {}", plain(&wanted)),
        (ComparedWith::Earlier, None) => "had no value".to_owned(),
    };
    format!("{} {live}, and {wanted}", setting.spec_key())
}

/// Names the rule of a finding: its key in the spec, and its range or its subnet in short.
fn rule(finding: &Finding, value: Option<&Value>, paint: Paint) -> String {
    let rule = rule_words(value, paint);
    match finding.path {
        Some(RowPath::Setting(Setting::VirtualNetworkRules)) => format!("subnet {rule}"),
        Some(RowPath::ServiceEndpoints) => format!("service endpoint of subnet {rule}"),
        _ => rule,
    }
}

/// Names a range, or a subnet in short.
fn rule_words(value: Option<&Value>, paint: Paint) -> String {
    let text = value.and_then(Value::as_str).unwrap_or_default();
    match Rule::parse(text).subnet() {
        Some(id) if !paint.shows_ids() => safe(&id.short()).into_owned(),
        _ => safe(text).into_owned(),
    }
}

fn expectation(finding: &Finding) -> String {
    let client = safe(finding.name.as_deref().unwrap_or_default());
    let allowed = finding.wanted.as_ref().and_then(Value::as_str) == Some("allowed");
    let key = ExpectCase::key(finding.case.as_deref(), allowed);
    let key = safe(&key);
    let says = if allowed { "must" } else { "must not" };
    let fails = match (finding.live.as_ref().and_then(Value::as_str), allowed) {
        (Some("in part"), true) => "gets in only in part",
        (Some("in part"), false) => "gets in in part",
        (Some("unknown"), true) => "may not get in",
        (Some("unknown"), false) => "may get in",
        (_, true) => "does not get in",
        (_, false) => "gets in",
    };
    format!("{client} {fails}, but {key} says it {says}")
}
