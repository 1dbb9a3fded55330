//! What became of a plan, as text.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::common::{self, count, header, indent, key, page, registries};
use crate::apply::{Outcome, RegistryReport, Report, ReportSummary, StepReport, Undo};
use crate::live::Failure;
use crate::plan::{Change, ModeChange, Setting};
use crate::render::{Paint, safe};

/// The whole report: registries, those that could not be read, what to do next, one line of summary. Registries
/// that needed nothing were in the plan: here they are a number.
pub(in crate::render) fn report(report: &Report, paint: Paint) -> String {
    let mut said = Said::new();
    let (quiet, loud): (Vec<_>, Vec<_>) = report.registries.iter().partition(|r| needed_nothing(r));
    let mut blocks: Vec<Vec<String>> = loud
        .into_iter()
        .map(|registry| self::registry(registry, &mut said, paint))
        .collect();
    blocks.extend(common::unread(&report.failures, paint));
    let mut end = next(&report.summary, paint);
    end.push(paint.bold(summary(&report.summary, quiet.len())).to_string());
    blocks.push(end);
    page(blocks)
}

/// The errors that were told, each with the registry that it was told of.
type Said<'a> = BTreeMap<(&'a str, &'a str, Option<&'a str>), &'a RegistryReport>;

fn needed_nothing(registry: &RegistryReport) -> bool {
    registry.steps.is_empty() && registry.changes.is_empty() && registry.refusals.is_empty()
}

fn unchanged(registry: &RegistryReport, paint: Paint) -> String {
    let what = format!("was as wanted: {}", safe(&registry.mode.after));
    header("=", &registry.id, what, paint)
}

fn registry<'a>(registry: &'a RegistryReport, said: &mut Said<'a>, paint: Paint) -> Vec<String> {
    let mut lines = vec![title(registry, paint)];
    if outcomes(registry).any(|outcome| matches!(outcome, Outcome::Done | Outcome::Failed { .. })) {
        lines.push(mode(&registry.mode));
    }
    let steps = registry
        .steps
        .iter()
        .enumerate()
        .map(|(at, StepReport { step, outcome })| {
            (format!("step {}: {}", at + 1, common::step(step)), outcome)
        });
    let changes = registry
        .changes
        .iter()
        .map(|report| (changed(&report.change), &report.outcome));
    for (what, outcome) in steps.chain(changes) {
        let told = match outcome {
            Outcome::Failed { error } => tell(said, error, registry),
            _ => None,
        };
        lines.extend(self::outcome(outcome, &what, told, paint));
    }
    for deviation in &registry.deviations {
        let what = format!("{}: {}", key(deviation.path), safe(&deviation.message()));
        lines.push(format!(
            "    {:<9}  {what} (not to be changed)",
            paint.bad("failed")
        ));
    }
    lines.extend(registry.undo.iter().map(undo));
    let notes = registry.notes.iter().map(|note| common::note(note, paint));
    let refusals = registry
        .refusals
        .iter()
        .flat_map(|refusal| common::refusal(refusal, paint));
    lines.extend(indent(4, notes.chain(refusals)));
    lines
}

/// What is so now, by the registry's own answer.
fn mode(mode: &ModeChange) -> String {
    let (before, after) = (safe(&mode.before), safe(&mode.after));
    if before == after {
        format!("    mode       {after}, as before")
    } else {
        format!("    mode       {before} → {after}, as read back")
    }
}

fn outcomes(registry: &RegistryReport) -> impl Iterator<Item = &Outcome> {
    let steps = registry.steps.iter().map(|step| &step.outcome);
    steps.chain(registry.changes.iter().map(|change| &change.outcome))
}

fn title(registry: &RegistryReport, paint: Paint) -> String {
    let any = |wanted: fn(&Outcome) -> bool| outcomes(registry).any(wanted);
    let failed =
        any(|outcome| matches!(outcome, Outcome::Failed { .. })) || !registry.deviations.is_empty();
    let skipped = any(|outcome| matches!(outcome, Outcome::Skipped { .. }));
    let done = any(|outcome| *outcome == Outcome::Done);
    let (sign, what) = match (registry.refusals.is_empty(), failed, skipped, done) {
        (false, ..) => (paint.bad("!"), paint.bad("was refused: nothing was written")),
        (_, true, _, true) => (paint.bad("!"), paint.bad("failed in part")),
        (_, true, _, false) => (paint.bad("!"), paint.bad("failed")),
        (_, _, true, _) => (paint.warn("!"), paint.warn("was not changed as planned")),
        (.., true) => (paint.good("~"), paint.good("changed, and read back as wanted")),
        _ => return unchanged(registry, paint),
    };
    header(sign, &registry.id, what, paint)
}

/// Points at where an error was told before; one that is new is remembered, and to be told.
fn tell<'a>(said: &mut Said<'a>, error: &'a Failure, registry: &'a RegistryReport) -> Option<String> {
    match said.entry(common::cause(error)) {
        Entry::Vacant(place) => {
            place.insert(registry);
            None
        }
        Entry::Occupied(told) if told.get().id == registry.id => Some("the same error".to_owned()),
        Entry::Occupied(told) => Some(format!("the same error as for {}", safe(told.get().id.name()))),
    }
}

/// `done       ipRules: add 2 rules`, and below it why not; a reason that was said before is not said again.
fn outcome(outcome: &Outcome, what: &str, said: Option<String>, paint: Paint) -> Vec<String> {
    let word = match outcome {
        Outcome::Done => paint.good("done"),
        Outcome::Unchanged => paint.dim("unchanged"),
        Outcome::Skipped { .. } => paint.warn("skipped"),
        Outcome::Failed { .. } => paint.bad("failed"),
    };
    let mut lines = vec![format!("    {word:<9}  {what}")];
    match outcome {
        Outcome::Done | Outcome::Unchanged => {}
        Outcome::Skipped { reason } => lines[0] += &format!(" ({})", safe(reason)),
        Outcome::Failed { .. } if said.is_some() => {
            lines[0] += &format!(" ({})", said.unwrap_or_default());
        }
        Outcome::Failed { error } => lines.extend(indent(15, common::failure(error, paint))),
    }
    lines
}

/// `defaultAction: Allow → Deny`, `ipRules: add 2 rules, remove 1 rule`
fn changed(change: &Change) -> String {
    let name = key(change.path);
    if let Some(after) = &change.after {
        let before = change.before.as_ref().map_or_else(|| "(absent)".into(), plain);
        return format!("{name}: {before} → {}", plain(after));
    }
    let (one, many) = match change.path {
        Setting::ServiceEndpoints => ("subnet", "subnets"),
        _ => ("rule", "rules"),
    };
    let mut parts = Vec::new();
    if !change.add.is_empty() {
        parts.push(format!("add {}", count(change.add.len(), one, many)));
    }
    if !change.remove.is_empty() {
        parts.push(format!("remove {}", count(change.remove.len(), one, many)));
    }
    format!("{name}: {}", parts.join(", "))
}

/// A JSON value as one reads it: strings without quotes, `null` as what it means.
pub(super) fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "(absent)".to_owned(),
        serde_json::Value::String(text) => safe(text).into_owned(),
        other => safe(&other.to_string()).into_owned(),
    }
}

/// What to do about what did not come about.
fn next(summary: &ReportSummary, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    if summary.failed + summary.skipped + summary.unread > 0 {
        let text = "remove the cause and run the same command again, or plan again where a plan is stale: what is done \
                    stays done, and only what is missing is written";
        lines.push(common::help(text, paint));
    }
    lines
}

/// `quiet`: registries that needed nothing.
fn summary(summary: &ReportSummary, quiet: usize) -> String {
    let ReportSummary {
        registries: total,
        verified,
        done,
        unchanged,
        skipped,
        failed,
        refused,
        unread,
        written,
    } = *summary;
    if done + skipped + failed + refused + unread == 0 && !written {
        let verb = if total == 1 { "is" } else { "are" };
        return format!("Nothing to do. {} {verb} as wanted.", registries(total));
    }
    let rows = [
        (done, "done"),
        (unchanged, "unchanged"),
        (skipped, "skipped"),
        (failed, "failed"),
    ];
    let counts: Vec<String> = rows
        .iter()
        .filter(|(number, word)| *number > 0 || *word == "done")
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    let mut text = format!(
        "Apply: {}; {verified} of {} verified.",
        counts.join(", "),
        registries(total)
    );
    if refused > 0 {
        text += &format!(" {} refused.", registries(refused));
    }
    if unread > 0 {
        text += &format!(" {} could not be read.", registries(unread));
    }
    if quiet > 0 {
        text += &format!(" {} needed nothing.", registries(quiet));
    }
    if !written {
        text += " Nothing was written.";
    }
    text
}

/// The way back, or why there is none.
fn undo(undo: &Undo) -> String {
    let Undo {
        snapshot,
        command,
        reason,
    } = undo;
    let way = match (command, reason) {
        (Some(command), _) => safe(command).into_owned(),
        (None, reason) => format!(
            "none: {}; what was there is in {}",
            safe(reason.as_deref().unwrap_or("the state before cannot be wanted")),
            safe(snapshot)
        ),
    };
    format!("    {:<9}  {way}", "undo")
}

#[cfg(test)]
mod tests {
    use crate::apply::{Outcome, ReportSummary};
    use crate::render::text::samples;
    use crate::render::{Document, Paint};

    #[test]
    fn a_report_says_what_became_of_each_step_and_change() {
        insta::assert_snapshot!(samples::report().text(Paint::PLAIN), @r"
        ! adatum failed in part  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)
            mode       open, as before
            done       step 1: enable service endpoint Microsoft.ContainerRegistry on subnet hub/build (resource group net)
            failed     step 2: PATCH the registry: defaultAction, ipRules, virtualNetworkRules
                       NetworkRuleValidationError: Could not validate network rule
                       request id 6f1e2d3c-0000-4000-8000-000000000002
                       help: grant `joinViaServiceEndpoint/action` on the subnet
            failed     defaultAction: Allow → Deny (the same error)
            failed     ipRules: add 2 rules (the same error)
            failed     virtualNetworkRules: add 1 rule (the same error)
            done       serviceEndpoints: add 1 subnet
            note[expired-rule]: `198.51.100.9` of `lab` expired on 2026-01-31: it is not wanted any more

        ~ contoso changed, and read back as wanted  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)
            mode       open → selected networks (2 IP, 1 subnet), as read back
            unchanged  step 1: enable service endpoint Microsoft.ContainerRegistry on subnet hub/build (resource group net)
            done       step 2: PATCH the registry: defaultAction, ipRules, virtualNetworkRules
            done       defaultAction: Allow → Deny
            done       ipRules: add 2 rules
            done       virtualNetworkRules: add 1 rule
            unchanged  serviceEndpoints: add 1 subnet
            note[expired-rule]: `198.51.100.9` of `lab` expired on 2026-01-31: it is not wanted any more

        ! fabrikam was refused: nothing was written  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)
            skipped    step 1: PATCH the registry: ipRules (a guard refused the plan)
            skipped    ipRules: add 1 rule, remove 5 rules (a guard refused the plan)
            refused[removals]: 32 % of the live rules would go out (5 of 16); `maxRemovalPercent` is 30
              measured: 32 %; limit: 30 %; override: --override removals

        ! northwind could not be read  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)
            AuthorizationFailed: the client does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read'
            request id 6f1e2d3c-0000-4000-8000-000000000001
            help: ask for the role Reader on the registry

        help: remove the cause and run the same command again, or plan again where a plan is stale: what is done stays done, and only what is missing is written
        Apply: 4 done, 1 unchanged, 1 skipped, 3 failed; 2 of 5 registries verified. 1 registry refused. 1 registry could not be read. 1 registry needed nothing.
        ");
    }

    #[test]
    fn an_error_that_another_registry_had_is_not_told_again() {
        let mut report = samples::report();
        let mut again = report.registries[0].clone();
        again.id = samples::registry_id("wingtip");
        if let Outcome::Failed { error } = &mut again.steps[1].outcome {
            error.request_id = Some("another".into());
        }
        report.registries.push(again);
        let text = report.text(Paint::PLAIN);
        assert_eq!(
            text.matches("Could not validate network rule").count(),
            1,
            "{text}"
        );
        assert!(
            text.contains("virtualNetworkRules (the same error as for adatum)"),
            "{text}"
        );
    }

    #[test]
    fn a_report_of_nothing_to_do_says_so() {
        let mut report = samples::report();
        report
            .registries
            .retain(|registry| registry.id.name() == "tailspin");
        report.failures.clear();
        report.summary = ReportSummary {
            registries: 1,
            verified: 1,
            ..ReportSummary::default()
        };
        insta::assert_snapshot!(report.text(Paint::PLAIN), @"Nothing to do. 1 registry is as wanted.");
    }

    #[test]
    fn hostile_text_cannot_leave_its_line() {
        let hostile = "x\n::error::pwned\u{1b}[2J";
        let mut report = samples::report();
        let registry = &mut report.registries[0];
        registry.mode.after = hostile.into();
        registry.steps[0].outcome = Outcome::Skipped {
            reason: hostile.into(),
        };
        registry.changes[0].change.after = Some(hostile.into());
        let text = report.text(Paint::PLAIN);
        assert!(!text.contains('\u{1b}') && !text.contains("\n::"), "{text}");
        assert_eq!(
            text.matches("x\\u{a}::error::pwned\\u{1b}[2J").count(),
            3,
            "{text}"
        );
    }
}
