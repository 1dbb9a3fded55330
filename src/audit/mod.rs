//! Audit: where live state differs from the spec, rule by rule.
//!
//! Drift is what a plan would change, seen from the other side, so it is derived from the plan and cannot
//! disagree with it.

mod finding_code;
mod judged;
mod left_out;
mod since;
mod types;

use serde_json::Value;

pub use finding_code::{Drift, FindingCode};
pub use left_out::LeftOut;
pub use types::{Audit, AuditState, AuditSummary, AuditedRegistry, FORMAT, Finding, HiddenSettings};

use crate::model::{Failure, Setting};
use crate::plan::{Answer, BrokenExpectation, Change, Plan, RegistryFailure, RegistryPlan, RowPath};
use crate::spec::{ListedRule, Source};

/// Turns a plan into findings.
pub fn audit(plan: &Plan) -> Audit {
    let (mut findings, mut parts) = (Vec::new(), Vec::new());
    let mut summary = AuditSummary {
        registries: plan.summary.registries,
        failed: plan.failures.len(),
        incomplete: plan.failures.len(),
        ..AuditSummary::default()
    };
    let mut registries = Vec::new();
    for registry in &plan.registries {
        findings.extend(findings_of(registry));
        let uncompared = uncompared(registry);
        summary.incomplete += usize::from(!uncompared.is_empty());
        let state = state(registry, !uncompared.is_empty());
        match state {
            AuditState::Drifted => summary.drifted += 1,
            AuditState::InSync | AuditState::BreaksExpectation => summary.in_sync += 1,
            AuditState::NotCompared | AuditState::NoSpec => summary.failed += 1,
        }
        registries.push(AuditedRegistry {
            id: registry.id.clone(),
            state,
            mode: registry.mode.before.clone(),
            access: registry.access.clone(),
            picture: registry.picture(),
            left: LeftOut::of(registry),
            source: registry.source.clone(),
        });
        parts.extend(uncompared);
    }
    summary.findings = findings.len();
    Audit {
        format: FORMAT,
        created: plan.created.clone(),
        specs: plan.specs.clone(),
        spec: plan.spec.clone(),
        registries,
        findings,
        failures: plan.failures.clone(),
        uncompared: parts,
        hidden: hidden(plan),
        posture: Vec::new(),
        unread: Vec::new(),
        unjudged: Vec::new(),
        since: Vec::new(),
        not_written: Vec::new(),
        summary,
        next: None,
    }
}

/// Returns the state of a registry. One in drift counts as drifted, even if a part of it could not be compared.
fn state(registry: &RegistryPlan, in_part: bool) -> AuditState {
    let differs = !registry.changes.is_empty() || !registry.held_by_lease.is_empty();
    if differs || !registry.gone.is_empty() || !registry.unparsed.is_empty() {
        AuditState::Drifted
    } else if in_part {
        AuditState::NotCompared
    } else if registry.broken.is_empty() {
        AuditState::InSync
    } else {
        AuditState::BreaksExpectation
    }
}

/// The settings that the access mode rests on and that an api-version may hide.
const MAY_BE_HIDDEN: [Setting; 2] = [Setting::PublicNetworkAccess, Setting::VirtualNetworkRules];

/// Returns the registries with hidden settings: what is not shown may still be there. A managed one is a part that could not
/// be compared.
fn hidden(plan: &Plan) -> Vec<HiddenSettings> {
    let mut hidden = Vec::new();
    for registry in &plan.registries {
        // A registry without network rules is open, whatever it shows.
        if !registry.basis.is_premium() {
            continue;
        }
        let settings: Vec<Setting> = MAY_BE_HIDDEN
            .into_iter()
            .filter(|setting| registry.basis.settings.get(*setting).is_none())
            .filter(|setting| registry.unseen_setting(*setting).is_none())
            .collect();
        if !settings.is_empty() {
            hidden.push(HiddenSettings {
                registry: registry.id.clone(),
                settings,
            });
        }
    }
    hidden
}

/// Returns the parts of a registry that could not be compared: without them, silence would read as "in sync".
fn uncompared(registry: &RegistryPlan) -> Vec<RegistryFailure> {
    let mut failures = Vec::new();
    for refusal in registry
        .refusals
        .iter()
        .filter(|refusal| refusal.leaves_uncompared())
    {
        failures.push(RegistryFailure {
            id: registry.id.clone(),
            source: registry.source.clone(),
            error: Failure {
                help: refusal.help.clone(),
                ..Failure::new(refusal.code.name(), &*refusal.message)
            },
        });
    }
    failures
}

/// Returns the findings of one registry, in the order of its own settings.
fn findings_of(registry: &RegistryPlan) -> Vec<Finding> {
    let mut findings = Vec::new();
    for change in &registry.changes.settings {
        if !change.path.is_list() {
            findings.push(different(registry, change));
            continue;
        }
        // A rule without a line of its own is asked for by the key that it is under.
        let path = RowPath::Setting(change.path);
        let source = change.source.as_ref();
        for rule in &change.add {
            findings.push(of_rule(registry, path, rule, source, Drift::Missing));
        }
        for rule in &change.remove {
            findings.push(of_rule(registry, path, rule, source, Drift::Unexpected));
        }
    }
    findings.extend(unparsed(registry));
    if let Some(endpoints) = &registry.changes.endpoints {
        for rule in &endpoints.add {
            let path = RowPath::ServiceEndpoints;
            let source = endpoints.source.as_ref();
            findings.push(Finding {
                // The endpoint is the subnet's: the last change of the registry has nothing to do with it.
                last_modified: None,
                help: Some("apply --verify-endpoints turns lost service endpoints on again".to_owned()),
                ..of_rule(registry, path, rule, source, Drift::Missing)
            });
        }
    }
    for conflict in &registry.held_by_lease {
        findings.push(Finding {
            live: Some(conflict.message().into()),
            name: Some(conflict.lease.to_string().into()),
            help: Some(conflict.help()),
            ..at(registry, Some(RowPath::Leases), Drift::Different)
        });
    }
    for rule in &registry.gone {
        // A subnet that does not exist has no endpoint.
        findings.push(Finding {
            last_modified: None,
            help: Some("the subnet does not exist: create it, or remove its rule".to_owned()),
            ..of_rule(registry, RowPath::ServiceEndpoints, rule, None, Drift::Missing)
                .with_code(FindingCode::GoneSubnet)
        });
    }
    for broken in &registry.broken {
        findings.push(expectation(registry, broken));
    }
    findings
}

/// Returns a finding for each live rule that the spec does not list and that a plan leaves alone.
fn unparsed(registry: &RegistryPlan) -> Vec<Finding> {
    let mut findings = Vec::new();
    for list in Setting::lists() {
        for rule in registry.basis.settings.rules(list).unwrap_or_default() {
            if rule.fits(list) || !registry.unparsed.contains(rule) {
                continue;
            }
            let listed = ListedRule::from(rule.clone());
            let help =
                "`ignore: [{text: …}]` accepts the rule, and apply --override unparsed removes it";
            findings.push(Finding {
                help: Some(help.to_owned()),
                ..of_rule(registry, RowPath::Setting(list), &listed, None, Drift::Unexpected)
                    .with_code(FindingCode::UnreadableRule)
            });
        }
    }
    findings
}

/// Returns a finding with only its place filled in.
fn at(registry: &RegistryPlan, path: Option<RowPath>, drift: Drift) -> Finding {
    let code = FindingCode::of(drift, path);
    Finding {
        code,
        severity: code.severity(),
        registry: registry.id.clone(),
        path,
        drift,
        live: None,
        wanted: None,
        name: None,
        case: None,
        source: None,
        last_modified: registry.last_modified.clone(),
        help: None,
    }
}

fn different(registry: &RegistryPlan, change: &Change) -> Finding {
    let path = RowPath::Setting(change.path);
    Finding {
        live: change.before.clone().filter(|value| !value.is_null()),
        wanted: change.after.clone(),
        source: change.source.clone(),
        ..at(registry, Some(path), Drift::Different)
    }
}

/// Returns the finding of one rule. `asked` is the key of the spec that the rule is under.
fn of_rule(
    registry: &RegistryPlan,
    path: RowPath,
    listed: &ListedRule,
    asked: Option<&Source>,
    drift: Drift,
) -> Finding {
    let value = Some(Value::from(listed.rule.as_str()));
    // A missing rule is only in the spec, an unexpected one only live.
    let (live, wanted) = match drift {
        Drift::Missing => (None, value),
        _ => (value, None),
    };
    Finding {
        live,
        wanted,
        name: listed.name.clone(),
        source: listed.source.as_ref().or(asked).cloned(),
        ..at(registry, Some(path), drift)
    }
}

fn expectation(registry: &RegistryPlan, broken: &BrokenExpectation) -> Finding {
    Finding {
        live: Some(in_words(broken.answer)),
        wanted: Some(in_words(match broken.allowed {
            true => Answer::Allowed,
            false => Answer::Denied,
        })),
        name: Some(broken.client.as_str().into()),
        case: broken.case.clone(),
        source: broken.source.clone(),
        help: broken.reason.clone(),
        ..at(registry, None, Drift::Expectation)
    }
}

fn in_words(answer: Answer) -> Value {
    Value::from(match answer {
        Answer::Allowed => "allowed",
        Answer::Denied => "denied",
        Answer::InPart => "in part",
        Answer::Unknown => "unknown",
    })
}
