//! Judges registries by every rule.

use super::check::{PostureCheck, Violation};
use super::facts::{Moment, RunFacts};
use super::finding::{AcceptedFinding, PostureFinding};
use super::precedence::{Found, without_waiting};
use super::remedy::{next_step, of_drift};
use super::rules::POSTURE_CHECKS;
use super::subject::Subject;
use crate::live::Live;
use crate::spec::{PostureRule, Severity, Spec};

/// Judges every registry that was read, each with its spec if it has one. Sorted by registry, then by rule.
pub fn judge_live(spec: &Spec, live: &Live, run: &RunFacts, moment: &Moment) -> Vec<PostureFinding> {
    let mut findings = Vec::new();
    for (id, reading) in &live.registries {
        if let Ok(reading) = reading {
            let found = spec.registries.binary_search_by(|wanted| wanted.id.cmp(id));
            let wanted = found.ok().map(|at| &spec.registries[at]);
            findings.extend(judge(&Subject::live(reading, wanted, run, moment)));
        }
    }
    findings
}

/// Judges every registry of a spec by the spec alone.
pub fn judge_spec(spec: &Spec, moment: &Moment) -> Vec<PostureFinding> {
    let run = RunFacts::of(spec, &Live::default());
    let mut findings = Vec::new();
    for wanted in &spec.registries {
        findings.extend(judge(&Subject::wanted(wanted, &run, moment)));
    }
    findings
}

/// Judges one registry by every rule, in the order of their ids.
///
/// Drift comes first: a finding that an apply of the spec ends says so. What stays is judged as the apply leaves it.
pub fn judge(subject: &Subject<'_>) -> Vec<PostureFinding> {
    let live = found(subject);
    let mut findings = Vec::new();
    let Some(reading) = subject.settled() else {
        for (check, violation) in live {
            let help = next_step(subject, check, &violation);
            findings.push(finding(subject, check, violation, help));
        }
        return findings;
    };
    let settled = Subject::live(&reading, subject.spec, subject.run, subject.moment);
    let mut stays = found(&settled);
    // Pair each finding with what the apply leaves of it.
    let mut pairs = Vec::new();
    for (check, violation) in live {
        let same = stays
            .iter()
            .position(|(other, stays)| other.rule == check.rule && stays.objects == violation.objects);
        pairs.push((check, violation, same.map(|at| stays.swap_remove(at).1)));
    }
    // What is left comes with the apply.
    let opens = opening(subject, stays);
    for (check, violation, stays) in pairs {
        let (violation, help) = match stays {
            Some(stays) => {
                let help = next_step(&settled, check, &stays);
                let message = violation.message;
                (Violation { message, ..stays }, help)
            }
            // No line of the spec causes what its apply ends, unless the apply opens the registry.
            None => {
                let line = opens.as_ref().and_then(|(_, opens)| opens.source.clone());
                (violation.at(line), of_drift(subject, opens.as_ref()))
            }
        };
        findings.push(finding(subject, check, violation, help));
    }
    findings
}

/// Returns the first finding of the gravest kind that the spec does not accept: the registry is open to strangers.
fn opening(subject: &Subject<'_>, found: Vec<Found>) -> Option<Found> {
    let mut errors = found;
    errors.retain(|(check, _)| check.severity == Severity::Error && accepted(subject, check).is_none());
    errors.sort_by_key(|(check, _)| check.rule);
    errors.into_iter().next()
}

/// Returns what every rule finds, without what waits for another finding.
fn found(subject: &Subject<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for check in POSTURE_CHECKS {
        if !check.judges.fits(subject) {
            continue;
        }
        for violation in (check.find)(subject) {
            found.push((check, violation));
        }
    }
    without_waiting(found, &accepted_rules(subject))
}

/// Returns the rules whose findings the spec accepts today.
fn accepted_rules(subject: &Subject<'_>) -> Vec<PostureRule> {
    let mut rules = Vec::new();
    for check in POSTURE_CHECKS {
        if accepted(subject, check).is_some() {
            rules.push(check.rule);
        }
    }
    rules
}

fn finding(
    subject: &Subject<'_>,
    check: &PostureCheck,
    violation: Violation,
    help: String,
) -> PostureFinding {
    let registry = subject.spec.and_then(|spec| spec.source.clone());
    PostureFinding {
        rule: check.rule,
        severity: check.severity,
        registry: subject.id.clone(),
        message: violation.message,
        objects: violation.objects,
        source: violation.source.or(registry),
        help,
        policy: check.policy.map(|policy| policy.id),
        accepted: accepted(subject, check),
    }
}

/// Returns the entry of the spec that accepts the findings of a rule. One whose day has come accepts nothing.
fn accepted(subject: &Subject<'_>, check: &PostureCheck) -> Option<AcceptedFinding> {
    for entry in &subject.spec?.suppress {
        let holds = entry.expires.is_none_or(|day| subject.moment.today < day);
        if entry.rule == check.rule && holds {
            return Some(AcceptedFinding {
                reason: entry.reason.clone(),
                expires: entry.expires,
                source: entry.source.clone(),
            });
        }
    }
    None
}
