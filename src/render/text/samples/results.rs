//! Hand-made reports and audits.

use super::{closing, failure, plan, refused, registry_id, subnet, unchanged};
use crate::apply::{
    self, Beside, ChangeReport, LeftEndpoint, Outcome, RegistryOutcome, RegistryReport, Report,
    ReportSummary, RunCommand, StepReport,
};
use crate::audit::{self, Audit};
use crate::model::Failure;
use crate::plan::{AnyChange, RegistryPlan, Step};
use crate::spec::SpecPart;

fn report_of(
    outcome: RegistryOutcome,
    plan: RegistryPlan,
    steps: &[Outcome],
    changes: &[Outcome],
) -> RegistryReport {
    let step = |(step, outcome): (Step, &Outcome)| StepReport {
        step: step.action,
        outcome: outcome.clone(),
    };
    let change = |(change, outcome): (AnyChange, &Outcome)| ChangeReport {
        change,
        outcome: outcome.clone(),
    };
    RegistryReport {
        picture: plan.picture(),
        id: plan.id,
        source: plan.source,
        fingerprint: None,
        outcome,
        mode: plan.mode,
        proof: None,
        error: None,
        refused_by_plan: !plan.refusals.is_empty(),
        unread: false,
        steps: plan.steps.into_iter().zip(steps).map(step).collect(),
        changes: plan.changes.all().zip(changes).map(change).collect(),
        deviations: Vec::new(),
        not_switched: Vec::new(),
        shut_out: Vec::new(),
        may_be_shut_out: Vec::new(),
        effective: None,
        undo: None,
        notes: plan.notes,
        refusals: plan.refusals,
        now: None,
    }
}

pub(in crate::render) fn report() -> Report {
    use RegistryOutcome::{Changed, Partial, Refused, Unchanged};
    let failed = || Outcome::Failed {
        error: Failure {
            request_id: Some("6f1e2d3c-0000-4000-8000-000000000002".into()),
            ..Failure::new("NetworkRuleValidationError", "Could not validate network rule")
                .with_help("grant `joinViaServiceEndpoint/action` on the subnet")
        },
    };
    let skipped = || Outcome::Skipped {
        reason: "a guard refused the plan".into(),
    };
    let mut broken = closing();
    broken.id = registry_id("adatum");
    broken.mode.after = "open".into();
    let was_on = Outcome::Unchanged { reason: None };
    let done = [Outcome::Done, Outcome::Done, Outcome::Done, was_on.clone()];
    let partly = [failed(), failed(), failed(), Outcome::Done];
    let registries = vec![
        report_of(Partial, broken, &[Outcome::Done, failed()], &partly),
        report_of(Changed, closing(), &[was_on, Outcome::Done], &done),
        report_of(Refused, refused(), &[skipped()], &[skipped()]),
        report_of(Unchanged, unchanged("tailspin"), &[], &[]),
    ];
    let summary = ReportSummary {
        registries: 5,
        verified: 2,
        done: 5,
        add: 3,
        change: 2,
        skipped: 6,
        failed: 4,
        refused: 1,
        unread: 1,
        written: true,
        ..ReportSummary::default()
    };
    Report {
        format: apply::FORMAT,
        command: RunCommand::Apply,
        plan: "sha256:00".into(),
        environment: "management.azure.com".into(),
        sandbox: None,
        created: "2026-11-21T03:00:00Z".into(),
        run: "20261121T030000-000000".into(),
        undo: Some("ringfence restore --from 20261121T030000-000000".into()),
        beside: Beside {
            endpoints: vec![LeftEndpoint {
                subnet: subnet("build"),
                on: true,
                listed_by: Vec::new(),
            }],
            registrations: Vec::new(),
        },
        last: None,
        specs: vec!["registries.yaml".into()],
        spec: SpecPart::default(),
        registries,
        earlier: Vec::new(),
        failures: vec![failure()],
        summary,
    }
}

pub(in crate::render) fn audit() -> Audit {
    Audit {
        next: Some("ringfence plan registries.yaml".into()),
        ..audit::audit(&plan())
    }
}
