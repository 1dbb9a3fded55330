//! The report of an apply as text.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::common::{self, count, header, indent, page, plain, plain_or_absent, registries};
use crate::apply::{Outcome, RegistryReport, Report, ReportSummary, Undo};
use crate::model::Failure;
use crate::plan::{AnyChange, ModeChange};
use crate::render::{Paint, safe};

/// Renders the whole report: registries, those that could not be read, what to do next, one line of summary. Registries
/// that needed nothing were in the plan, so here they are a number.
pub(in crate::render) fn report(report: &Report, paint: Paint) -> String {
    let mut told = ToldErrors::new();
    let mut blocks = Vec::new();
    let mut unneeded = 0;
    for registry in &report.registries {
        if needed_nothing(registry) {
            unneeded += 1;
        } else {
            blocks.push(self::registry(registry, &mut told, paint));
        }
    }
    blocks.extend(common::unread(&report.failures, paint));
    // The end: what to do next, then the summary.
    let mut end = Vec::new();
    if let Some(text) = next_step(&report.summary) {
        end.push(common::help(text, paint));
    }
    let summary = summary(&report.summary, unneeded);
    end.push(paint.bold(summary).to_string());
    blocks.push(end);
    page(&blocks)
}

/// The errors that were told, each with the registry that it was told of.
type ToldErrors<'a> = BTreeMap<(&'a str, &'a str, Option<&'a str>), &'a RegistryReport>;

fn needed_nothing(registry: &RegistryReport) -> bool {
    registry.steps.is_empty() && registry.changes.is_empty() && registry.refusals.is_empty()
}

fn registry<'a>(registry: &'a RegistryReport, told: &mut ToldErrors<'a>, paint: Paint) -> Vec<String> {
    let mut lines = vec![title(registry, paint)];
    let ends = Ends::of(registry);
    // The mode is only worth a line if something was tried.
    if ends.done || ends.failed_outcome {
        lines.push(mode(&registry.mode));
    }
    for (at, report) in registry.steps.iter().enumerate() {
        let what = format!("step {}: {}", at + 1, common::step(&report.step));
        lines.extend(outcome(&report.outcome, &what, registry, told, paint));
    }
    for report in &registry.changes {
        let what = change(&report.change);
        lines.extend(outcome(&report.outcome, &what, registry, told, paint));
    }
    // Settings that the plan leaves alone and that changed.
    for deviation in &registry.deviations {
        let word = paint.bad("failed");
        let (key, message) = (deviation.path.key(), deviation.message());
        lines.push(format!(
            "    {word:<9}  {key}: {} (not part of the plan)",
            safe(&message)
        ));
    }
    if let Some(undo) = &registry.undo {
        lines.push(self::undo(undo));
    }
    lines.extend(common::remarks(&registry.notes, &registry.refusals, paint));
    lines
}

/// Shows the mode by the registry's own answer.
fn mode(mode: &ModeChange) -> String {
    let (before, after) = (safe(&mode.before), safe(&mode.after));
    if before == after {
        format!("    mode       {after}, as before")
    } else {
        format!("    mode       {before} → {after}, as read back")
    }
}

/// The kinds of outcome that the steps and changes of a registry have.
struct Ends {
    done: bool,
    skipped: bool,
    failed_outcome: bool,
}

impl Ends {
    fn of(registry: &RegistryReport) -> Self {
        let mut ends = Self {
            done: false,
            skipped: false,
            failed_outcome: false,
        };
        let steps = registry.steps.iter().map(|step| &step.outcome);
        let changes = registry.changes.iter().map(|change| &change.outcome);
        for outcome in steps.chain(changes) {
            match outcome {
                Outcome::Done => ends.done = true,
                Outcome::Skipped { .. } => ends.skipped = true,
                Outcome::Failed { .. } => ends.failed_outcome = true,
                Outcome::Unchanged => {}
            }
        }
        ends
    }
}

fn title(registry: &RegistryReport, paint: Paint) -> String {
    let ends = Ends::of(registry);
    let failed = ends.failed_outcome || !registry.deviations.is_empty();
    // The worst end decides the title.
    let (sign, what) = if !registry.refusals.is_empty() {
        (paint.bad("!"), paint.bad("was refused: nothing was written"))
    } else if failed && ends.done {
        (paint.bad("!"), paint.bad("failed in part"))
    } else if failed {
        (paint.bad("!"), paint.bad("failed"))
    } else if ends.skipped {
        (paint.warn("!"), paint.warn("was not changed as planned"))
    } else if ends.done {
        (paint.good("~"), paint.good("applied and verified"))
    } else {
        let what = format!("was up to date: {}", safe(&registry.mode.after));
        return header("=", &registry.id, what, paint);
    };
    header(sign, &registry.id, what, paint)
}

/// Writes the outcome of a step or change: `done       ipRules: add 2 rules`, and below it the error, if there is one. An
/// error that was told before is not told again.
fn outcome<'a>(
    outcome: &'a Outcome,
    what: &str,
    registry: &'a RegistryReport,
    told: &mut ToldErrors<'a>,
    paint: Paint,
) -> Vec<String> {
    let word = match outcome {
        Outcome::Done => paint.good("done"),
        Outcome::Unchanged => paint.dim("unchanged"),
        Outcome::Skipped { .. } => paint.warn("skipped"),
        Outcome::Failed { .. } => paint.bad("failed"),
    };
    let mut line = format!("    {word:<9}  {what}");
    match outcome {
        Outcome::Done | Outcome::Unchanged => vec![line],
        Outcome::Skipped { reason } => {
            line += &format!(" ({})", safe(reason));
            vec![line]
        }
        Outcome::Failed { error } => match told_before(told, error, registry) {
            Some(pointer) => vec![format!("{line} ({pointer})")],
            None => {
                let mut lines = vec![line];
                lines.extend(indent(15, common::failure(error, paint)));
                lines
            }
        },
    }
}

/// Points at the place where an error was told before. Remembers a new error and returns `None`.
fn told_before<'a>(
    told: &mut ToldErrors<'a>,
    error: &'a Failure,
    registry: &'a RegistryReport,
) -> Option<String> {
    match told.entry(common::cause(error)) {
        Entry::Vacant(place) => {
            place.insert(registry);
            None
        }
        Entry::Occupied(first) if first.get().id == registry.id => Some("the same error".to_owned()),
        Entry::Occupied(first) => {
            let name = safe(first.get().id.name());
            Some(format!("the same error as for {name}"))
        }
    }
}

/// Writes a change: `defaultAction: Allow → Deny`, `ipRules: add 2 rules, remove 1 rule`.
fn change(change: &AnyChange) -> String {
    let name = change.path().key();
    let change = match change {
        AnyChange::Endpoints(endpoints) => {
            return format!("{name}: add {}", count(endpoints.add.len(), "subnet", "subnets"));
        }
        AnyChange::Setting(change) => change,
    };
    if let Some(after) = &change.after {
        let before = plain_or_absent(change.before.as_ref());
        return format!("{name}: {before} → {}", plain(after));
    }
    let mut parts = Vec::new();
    if !change.add.is_empty() {
        parts.push(format!("add {}", count(change.add.len(), "rule", "rules")));
    }
    if !change.remove.is_empty() {
        parts.push(format!("remove {}", count(change.remove.len(), "rule", "rules")));
    }
    format!("{name}: {}", parts.join(", "))
}

/// Returns the next step, if anything did not come about.
fn next_step(summary: &ReportSummary) -> Option<&'static str> {
    if summary.failed + summary.skipped + summary.unread == 0 {
        return None;
    }
    Some(
        "fix the cause and run the same command again, or plan again if the plan is stale. Finished changes stay, and \
         only the missing ones are written",
    )
}

/// Writes the last line. `unneeded` counts the registries that needed nothing.
fn summary(summary: &ReportSummary, unneeded: usize) -> String {
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
        return format!("Nothing to do. {} {verb} up to date.", registries(total));
    }
    // `done` is always shown, the others only if there are any.
    let mut counts = vec![format!("{done} done")];
    for (number, word) in [(unchanged, "unchanged"), (skipped, "skipped"), (failed, "failed")] {
        if number > 0 {
            counts.push(format!("{number} {word}"));
        }
    }
    let mut text = format!(
        "Apply: {}; {verified} of {} verified.",
        counts.join(", "),
        registries(total)
    );
    for (number, what) in [
        (refused, "refused"),
        (unread, "could not be read"),
        (unneeded, "needed nothing"),
    ] {
        if number > 0 {
            text += &format!(" {} {what}.", registries(number));
        }
    }
    if !written {
        text += " Nothing was written.";
    }
    text
}

/// Shows the command that brings the state before back, or the reason why there is none.
fn undo(undo: &Undo) -> String {
    let Undo {
        snapshot,
        command,
        reason,
    } = undo;
    let way = match (command, reason) {
        (Some(command), _) => safe(command).into_owned(),
        (None, reason) => format!(
            "not possible: {}; the earlier state is in {}",
            safe(
                reason
                    .as_deref()
                    .unwrap_or("a spec cannot ask for the earlier state")
            ),
            safe(snapshot)
        ),
    };
    format!("    {:<9}  {way}", "undo")
}

#[cfg(test)]
mod tests {
    use crate::apply::{Outcome, ReportSummary};
    use crate::plan::AnyChange;
    use crate::render::text::samples;
    use crate::render::{Document, Paint};

    #[test]
    fn reports_show_the_outcome_of_each_step_and_change() {
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

        ~ contoso applied and verified  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)
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
            refused[removals]: 32 % of the live rules would be removed (5 of 16); `maxRemovalPercent` is 30
              measured: 32 %; limit: 30 %; override: --override removals

        ! northwind could not be read  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)
            AuthorizationFailed: the client does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read'
            request id 6f1e2d3c-0000-4000-8000-000000000001
            help: ask for the role Reader on the registry

        help: fix the cause and run the same command again, or plan again if the plan is stale. Finished changes stay, and only the missing ones are written
        Apply: 4 done, 1 unchanged, 1 skipped, 3 failed; 2 of 5 registries verified. 1 registry refused. 1 registry could not be read. 1 registry needed nothing.
        ");
    }

    #[test]
    fn errors_of_several_registries_are_told_once() {
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
    fn reports_without_changes_are_one_line() {
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
        insta::assert_snapshot!(report.text(Paint::PLAIN), @"Nothing to do. 1 registry is up to date.");
    }

    #[test]
    fn hostile_text_stays_on_its_line() {
        let hostile = "x\n::error::pwned\u{1b}[2J";
        let mut report = samples::report();
        let registry = &mut report.registries[0];
        registry.mode.after = hostile.into();
        registry.steps[0].outcome = Outcome::Skipped {
            reason: hostile.into(),
        };
        if let AnyChange::Setting(change) = &mut registry.changes[0].change {
            change.after = Some(hostile.into());
        }
        let text = report.text(Paint::PLAIN);
        assert!(!text.contains('\u{1b}') && !text.contains("\n::"), "{text}");
        assert_eq!(
            text.matches("x\\u{a}::error::pwned\\u{1b}[2J").count(),
            3,
            "{text}"
        );
    }
}
