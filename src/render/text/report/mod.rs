//! The report of an apply as text: what happened after the plan was shown. Failures come last.

mod effective;
mod endpoints;
mod overview;
mod registry;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::common::{self, page, registries};
use crate::apply::{Effective, RegistryOutcome, RegistryReport, Report, ReportSummary, RunCommand};
use crate::model::{RegistryId, grouped};
use crate::plan::RowPath;
use crate::render::{Paint, safe};
use crate::spec::Source;
use effective::Answers;
pub(in crate::render) use overview::{overview, state};
use registry::{Detail, ToldErrors, is_failure, story, title};

/// Renders the whole report: registries by outcome, what failed, what to do next, the counts. Registries that needed nothing
/// were in the plan, so here they are a number.
pub(in crate::render) fn report(report: &Report, paint: Paint) -> String {
    let groups = groups(&report.registries);
    let (failed, others): (Vec<_>, Vec<_>) =
        groups.iter().partition(|group| is_failure(group.outcome()));
    let mut told = ToldErrors::new();
    let mut blocks = Vec::new();
    for group in others {
        blocks.push(self::group(group, &mut told, paint));
    }
    // The plan has shown those that could not be read.
    if paint.stands_alone() {
        blocks.extend(common::unread(&report.failures, paint));
    }
    for group in failed {
        blocks.push(self::group(group, &mut told, paint));
    }
    blocks.push(end(report, paint));
    page(&blocks)
}

/// Registries to which the same happened.
struct Group<'a> {
    first: &'a RegistryReport,
    rest: Vec<&'a RegistryReport>,
}

impl Group<'_> {
    fn outcome(&self) -> RegistryOutcome {
        self.first.outcome
    }

    /// Returns all registries, the first one included.
    fn all(&self) -> impl Iterator<Item = &RegistryReport> {
        std::iter::once(self.first).chain(self.rest.iter().copied())
    }
}

/// Sorts registries by outcome, failures last, and puts together those with the same story.
fn groups(registries: &[RegistryReport]) -> Vec<Group<'_>> {
    let mut places = BTreeMap::new();
    let mut groups: Vec<Group<'_>> = Vec::new();
    for registry in registries {
        if needed_nothing(registry) && registry.effective.is_none() {
            continue;
        }
        let plain = story(registry, Detail::Shared, &mut ToldErrors::new(), Paint::PLAIN);
        match places.entry((registry.outcome, registry.proof, Answers::of(registry), plain)) {
            Entry::Vacant(place) => {
                place.insert(groups.len());
                groups.push(Group {
                    first: registry,
                    rest: Vec::new(),
                });
            }
            Entry::Occupied(place) => {
                groups[*place.get()].rest.push(registry);
            }
        }
    }
    // The sort is stable: within an outcome, the order is that of the plan.
    groups.sort_by_key(Group::outcome);
    groups
}

fn needed_nothing(registry: &RegistryReport) -> bool {
    registry.steps.is_empty()
        && registry.changes.is_empty()
        && registry.refusals.is_empty()
        && registry.not_switched.is_empty()
        && registry.error.is_none()
}

/// Writes a title for a group of registries, their names, and what happened to them.
fn group<'a>(group: &Group<'a>, told: &mut ToldErrors<'a>, paint: Paint) -> Vec<String> {
    let source = group.first.source.as_ref();
    let mut lines = Vec::new();
    if group.rest.is_empty() {
        let name = common::named(&group.first.id, source, paint);
        lines.push(title(group.first, &name, paint));
    } else {
        let number = registries(1 + group.rest.len());
        lines.push(title(group.first, &number, paint));
        if is_failure(group.outcome()) {
            // The end of the report names each with its place.
            let named = group
                .all()
                .map(|registry| common::named(&registry.id, registry.source.as_ref(), paint));
            lines.extend(common::entries(common::first_names(named.collect()), 4, paint));
        } else {
            // The plan has the places, and a failure must not be far below.
            lines.extend(names(group, paint));
        }
    }
    let detail = match group.rest.is_empty() {
        true => Detail::Own,
        false => Detail::FirstOfSeveral,
    };
    lines.extend(story(group.first, detail, told, paint));
    lines.extend(effective::lines(group.all(), paint));
    lines
}

fn names(group: &Group<'_>, paint: Paint) -> Vec<String> {
    let mut names = Vec::new();
    for registry in group.all() {
        names.push(safe(registry.id.name()).into_owned());
    }
    common::entries(common::first_names(names), 4, paint)
}

fn id_and_source(registry: &RegistryReport) -> (&RegistryId, Option<&Source>) {
    (&registry.id, registry.source.as_ref())
}

/// Writes the end: the next step, the counts, the names of what did not come about, and the command that undoes the run.
fn end(report: &Report, paint: Paint) -> Vec<String> {
    let summary = &report.summary;
    let mut lines = Vec::new();
    if let Some(next) = next_step(report) {
        lines.extend(common::wrap(&common::help(&next, paint), 6, paint));
    }
    for line in common::wrap(&self::summary(report), 2, paint) {
        lines.push(paint.bold(line).to_string());
    }
    if summary.registries > 1 {
        lines.extend(unfinished(report, paint));
    }
    if let Some(command) = &report.undo {
        lines.push(format!("Undo: {}", safe(command)));
    }
    lines.extend(endpoints::lines(report, paint));
    lines
}

/// Sums the report up.
pub(in crate::render) fn summary(report: &Report) -> String {
    let mut needless = 0;
    for registry in &report.registries {
        needless += usize::from(needed_nothing(registry));
    }
    counts(report.command, &report.summary, needless)
}

/// Returns the next step. A refusal has its own.
fn next_step(report: &Report) -> Option<String> {
    let summary = &report.summary;
    let failed = summary.failed + summary.unknown + summary.unread > 0;
    if summary.written && (failed || summary.skipped > 0) {
        let again = match &report.last {
            Some(_) => of_run(report),
            // A command that changes rules by its flags has no plan that could be stale.
            None if report.specs.is_empty() => String::new(),
            None => ", or plan again if the plan is stale".to_owned(),
        };
        return Some(format!(
            "fix the cause and run the same command again{again}. Finished changes stay, and only the missing ones are \
             written{}",
            beside_the_plan(report)
        ));
    }
    if summary.pending > 0 {
        return Some(format!(
            "Azure has the change, and its registries may take longer to follow. To wait on, run the same command again{}; \
             --wait-effective=DURATION says how long{}. What reaches a registry another way, such as a proxy or a private \
             endpoint, gets another answer",
            of_run(report),
            own_address(report)
        ));
    }
    failed.then(|| "fix the cause and run the same command again".to_owned())
}

/// Names the run that `last` stood for: `last` is this run now.
fn of_run(report: &Report) -> String {
    match &report.last {
        // A run that wrote nothing is not the last one.
        Some(run) if report.summary.written => {
            format!(" with {} in place of `last`, which now is this run", safe(run))
        }
        _ => String::new(),
    }
}

/// Returns the flag for a next run, which no registry may tell the address of this machine any more.
fn own_address(report: &Report) -> String {
    for registry in &report.registries {
        if let Some(Effective::Pending {
            own_address: Some(address),
            ..
        }) = &registry.effective
        {
            return format!(" (with --own-address {address})");
        }
    }
    String::new()
}

/// Returns the next step for a setting that changed beside the plan, as by an Azure Policy: no second run writes it.
fn beside_the_plan(report: &Report) -> String {
    let mut deviations = report.registries.iter().flat_map(|registry| &registry.deviations);
    let setting = deviations.find_map(|deviation| match deviation.path {
        RowPath::Setting(setting) if !deviation.is_hidden() => Some(setting),
        _ => None,
    });
    match setting {
        Some(setting) => format!(
            ". What is not part of the plan stays as it is now, until a spec with `{}` sets it back",
            setting.spec_key()
        ),
        None => String::new(),
    }
}

/// Names the registries that are not as wanted, with their places in the spec. Failures come last.
fn unfinished(report: &Report, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rows = Vec::new();
    for (label, outcomes) in [
        ("not changed", &[RegistryOutcome::Skipped][..]),
        ("refused", &[RegistryOutcome::Refused]),
        ("in part", &[RegistryOutcome::Partial]),
        ("failed", &[RegistryOutcome::Failed]),
        ("not known", &[RegistryOutcome::Unknown]),
    ] {
        let mut found = Vec::new();
        for registry in &report.registries {
            if outcomes.contains(&registry.outcome) {
                found.push(id_and_source(registry));
            }
        }
        for entry in &report.earlier {
            if outcomes.contains(&entry.outcome) {
                found.push((&entry.id, None));
            }
        }
        rows.push((label, found));
    }
    let mut unread = Vec::new();
    for failure in &report.failures {
        unread.push((&failure.id, failure.source.as_ref()));
    }
    rows.insert(2, ("not read", unread));
    for (label, found) in rows {
        if !found.is_empty() {
            let names = found
                .into_iter()
                .map(|(id, source)| common::named(id, source, paint));
            lines.extend(common::labelled(label, names, paint));
        }
    }
    lines
}

/// The end of a sentence about registries that needed nothing and that were not read by themselves.
const NOT_READ: &str = "as a list shows, not read again";

/// The end of a sentence about registries that an earlier run has done.
const DONE_BEFORE: &str = "done before, not read again";

/// Writes the counts, in the unit of the plan. `needless` registries needed nothing.
fn counts(command: RunCommand, summary: &ReportSummary, needless: usize) -> String {
    let ReportSummary {
        registries: total,
        verified,
        answered,
        shown,
        done,
        add,
        change,
        remove,
        unchanged,
        skipped,
        failed,
        unknown,
        pending,
        refused,
        unread,
        earlier,
        written,
    } = *summary;
    let all_before = earlier > 0 && earlier == total;
    if done + unchanged + skipped + failed + unknown + refused + unread == 0 && (!written || all_before)
    {
        let (seen, verb) = match total - earlier {
            1 => (1, "is"),
            seen => (seen, "are"),
        };
        let up_to_date = format!("Nothing to do. {} {verb} up to date.", registries(seen));
        // What was done before was not looked at, and neither is what a choice leaves out.
        let begin = match (all_before, total) {
            (true, _) => "Nothing to do.".to_owned(),
            (false, 0) => "Nothing to do: no registry was chosen.".to_owned(),
            (false, _) => up_to_date,
        };
        return begin
            + &sentences(&[
                (shown, NOT_READ),
                (pending, "not effective yet"),
                (earlier, DONE_BEFORE),
            ]);
    }
    let made = [(add, "added"), (change, "changed"), (remove, "removed")];
    let others = [
        (unchanged, "unchanged"),
        (skipped, "skipped"),
        (failed, "failed"),
        (unknown, "not known"),
    ];
    let name = match command {
        RunCommand::Apply => "Apply",
        RunCommand::Restore => "Restore",
    };
    let mut text = format!("{name}: {}", changes(&made, &others));
    text += &match answered > 0 && answered == total {
        true => ", as Azure answered; not read again.".to_owned(),
        false => format!(
            "; {} of {} verified.",
            grouped(verified as u64),
            registries(total)
        ),
    };
    text += &sentences(&[
        (pending, "not effective yet"),
        (needless, "needed nothing"),
        (shown, NOT_READ),
        (earlier, DONE_BEFORE),
        (refused, "refused"),
        (unread, "could not be read"),
    ]);
    if !written {
        text += " Nothing was written.";
    }
    text
}

/// Counts changes by their outcome: those that were `made`, also none, and of the others those that there are.
fn changes(made: &[(usize, &str)], others: &[(usize, &str)]) -> String {
    let mut counts = Vec::new();
    for (number, word) in made {
        counts.push(format!("{} {word}", grouped(*number as u64)));
    }
    for (number, word) in others {
        if *number > 0 {
            counts.push(format!("{} {word}", grouped(*number as u64)));
        }
    }
    counts.join(", ")
}

/// Writes a sentence for each number of registries that is not zero.
fn sentences(counts: &[(usize, &str)]) -> String {
    let mut text = String::new();
    for (number, what) in counts {
        if *number > 0 {
            text += &format!(" {} {what}.", registries(*number));
        }
    }
    text
}
