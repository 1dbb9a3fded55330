//! Audit: where live state differs from the spec, rule by rule.
//!
//! Drift is what a plan would change, seen from the other side, so it is derived from the plan and cannot
//! disagree with it.

mod types;

use serde_json::Value;

pub use types::{Audit, AuditSummary, Drift, FORMAT, Finding};

use crate::model::Failure;
use crate::plan::{BrokenExpectation, Change, Plan, RegistryFailure, RegistryPlan, Rule, Setting};

/// Refusals that leave a managed setting uncompared: without them, silence would read as "in sync".
const UNCOMPARED: [&str; 3] = ["setting-not-shown", "subnet-rules-hidden", "subnet-unreadable"];

/// Turns a plan into findings.
pub fn audit(plan: &Plan) -> Audit {
    let findings: Vec<Finding> = plan.registries.iter().flat_map(findings_of).collect();
    let mut failures = plan.failures.clone();
    failures.extend(plan.registries.iter().flat_map(uncompared));
    failures.sort_by(|a, b| a.id.cmp(&b.id));
    let drifted = plan
        .registries
        .iter()
        .filter(|registry| !registry.changes.is_empty())
        .count();
    let mut failed: Vec<_> = failures.iter().map(|failure| &failure.id).collect();
    failed.dedup();
    let summary = AuditSummary {
        registries: plan.summary.registries,
        in_sync: plan
            .registries
            .iter()
            .filter(|r| r.changes.is_empty() && !failed.contains(&&r.id))
            .count(),
        drifted,
        findings: findings.len(),
        failed: failed.len(),
    };
    Audit {
        format: FORMAT,
        created: plan.created.clone(),
        specs: plan.specs.clone(),
        findings,
        failures,
        summary,
    }
}

fn uncompared(registry: &RegistryPlan) -> impl Iterator<Item = RegistryFailure> {
    registry
        .refusals
        .iter()
        .filter(|refusal| UNCOMPARED.contains(&&*refusal.code))
        .map(|refusal| RegistryFailure {
            id: registry.id.clone(),
            error: Failure {
                help: refusal.help.clone(),
                ..Failure::new(&*refusal.code, &*refusal.message)
            },
        })
}

fn findings_of(registry: &RegistryPlan) -> Vec<Finding> {
    let mut findings = Vec::new();
    for change in &registry.changes {
        if change.before.is_some() || change.after.is_some() {
            findings.push(different(registry, change));
        }
        findings.extend(
            change
                .add
                .iter()
                .map(|rule| of_rule(registry, change, rule, Drift::Missing)),
        );
        findings.extend(
            change
                .remove
                .iter()
                .map(|rule| of_rule(registry, change, rule, Drift::Unexpected)),
        );
    }
    findings.extend(registry.broken.iter().map(|broken| expectation(registry, broken)));
    findings
}

/// A finding that says nothing yet but where it is.
fn at(registry: &RegistryPlan, path: Option<Setting>, drift: Drift) -> Finding {
    Finding {
        registry: registry.id.clone(),
        path,
        drift,
        live: None,
        wanted: None,
        name: None,
        source: None,
        last_modified: registry.last_modified.clone(),
        help: None,
    }
}

fn different(registry: &RegistryPlan, change: &Change) -> Finding {
    Finding {
        live: change.before.clone().filter(|value| !value.is_null()),
        wanted: change.after.clone(),
        source: change.source.clone(),
        ..at(registry, Some(change.path), Drift::Different)
    }
}

fn of_rule(registry: &RegistryPlan, change: &Change, rule: &Rule, drift: Drift) -> Finding {
    let value = Some(Value::String(rule.value.clone()));
    let (live, wanted) = if drift == Drift::Missing {
        (None, value)
    } else {
        (value, None)
    };
    let finding = Finding {
        live,
        wanted,
        name: rule.name.clone(),
        source: rule.source.clone().or_else(|| change.source.clone()),
        ..at(registry, Some(change.path), drift)
    };
    if change.path == Setting::ServiceEndpoints {
        // The endpoint is the subnet's: who changed the registry last has nothing to do with it.
        let help = "apply --verify-endpoints turns it on again".to_owned();
        return Finding {
            last_modified: None,
            help: Some(help),
            ..finding
        };
    }
    finding
}

fn expectation(registry: &RegistryPlan, broken: &BrokenExpectation) -> Finding {
    let word = |allowed| Some(Value::from(if allowed { "allowed" } else { "denied" }));
    Finding {
        live: word(!broken.allowed),
        wanted: word(broken.allowed),
        name: Some(broken.client.as_str().into()),
        source: broken.source.clone(),
        ..at(registry, None, Drift::Expectation)
    }
}
