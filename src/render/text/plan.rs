//! The plan as text.

use super::common::{self, count, grouped, header, indent, page, registries};
use super::diff::diff;
use crate::plan::{AccessChange, Effect, Plan, RegistryPlan, Step};
use crate::render::{Paint, safe};

/// The whole plan: registries, those that could not be read, one line of summary.
pub(in crate::render) fn plan(plan: &Plan, paint: Paint) -> String {
    let mut blocks = Vec::new();
    let (quiet, loud): (Vec<_>, Vec<_>) = plan.registries.iter().partition(|r| is_quiet(r));
    blocks.extend(loud.into_iter().map(|registry| self::registry(registry, paint)));
    let unchanged: Vec<String> = quiet
        .into_iter()
        .map(|registry| unchanged(registry, paint))
        .collect();
    blocks.extend((!unchanged.is_empty()).then_some(unchanged));
    blocks.extend(plan.failures.iter().map(|failure| common::unread(failure, paint)));
    blocks.push(vec![paint.bold(summary(plan)).to_string()]);
    page(blocks)
}

/// Whether one line says all there is to say.
fn is_quiet(registry: &RegistryPlan) -> bool {
    registry.changes.is_empty() && registry.refusals.is_empty() && registry.notes.is_empty()
}

fn unchanged(registry: &RegistryPlan, paint: Paint) -> String {
    let what = format!("is as wanted: {}", safe(&registry.mode.after));
    header("=", &registry.id, what, paint)
}

fn registry(registry: &RegistryPlan, paint: Paint) -> Vec<String> {
    let changes = !registry.changes.is_empty();
    let mut lines = vec![match (changes, registry.refusals.is_empty()) {
        (true, true) => header(paint.warn("~"), &registry.id, "will change", paint),
        (_, false) => {
            let what = paint.bad("is refused: nothing will be written");
            header(paint.bad("!"), &registry.id, what, paint)
        }
        (false, true) => unchanged(registry, paint),
    }];
    if changes {
        lines.extend(mode(registry));
        lines.push(String::new());
        lines.extend(diff(registry, paint));
    }
    if !registry.steps.is_empty() {
        lines.push(String::new());
        lines.extend(steps(&registry.steps, paint));
    }
    let remarks = remarks(registry, paint);
    if changes && !remarks.is_empty() {
        lines.push(String::new());
    }
    lines.extend(remarks);
    lines
}

/// Mode and access, before and after.
fn mode(registry: &RegistryPlan) -> Vec<String> {
    let (before, after) = (safe(&registry.mode.before), safe(&registry.mode.after));
    let mode = if before == after {
        format!("    mode    {after}, as before")
    } else {
        format!("    mode    {before} → {after}")
    };
    let access = access(&registry.access)
        .into_iter()
        .enumerate()
        .map(|(at, line)| {
            let label = if at == 0 { "access" } else { "" };
            format!("    {label:<8}{line}")
        });
    std::iter::once(mode).chain(access).collect()
}

/// Who gains and who loses access, a line each.
fn access(access: &AccessChange) -> Vec<String> {
    let AccessChange {
        opened,
        closed,
        subnets_opened,
        subnets_closed,
        effect,
    } = access;
    let effect = match effect {
        Effect::None => return vec!["nobody gains or loses access".to_owned()],
        Effect::Widens => "widens",
        Effect::Narrows => "narrows",
        Effect::Both => "widens and narrows",
    };
    let mut lines = Vec::new();
    for (addresses, subnets, verb) in
        [(opened, subnets_opened, "gain"), (closed, subnets_closed, "lose")]
    {
        let mut who = Vec::new();
        if *addresses > 0 {
            let noun = if *addresses == 1 { "address" } else { "addresses" };
            who.push(format!("{} {noun}", grouped(*addresses)));
        }
        if !subnets.is_empty() {
            who.push(common::subnets(subnets));
        }
        if !who.is_empty() {
            let one = *addresses + subnets.len() as u64 == 1;
            lines.push(format!(
                "{} {verb}{} access",
                who.join(" and "),
                if one { "s" } else { "" }
            ));
        }
    }
    if let Some(first) = lines.first_mut() {
        first.insert_str(0, &format!("{effect}: "));
    }
    lines
}

/// The steps, numbered, each with what it costs a client.
fn steps(steps: &[Step], paint: Paint) -> Vec<String> {
    let mut lines = vec!["    steps".to_owned()];
    for (at, Step { action, cost }) in steps.iter().enumerate() {
        lines.push(format!("    {:>3}. {}", at + 1, common::step(action)));
        let cost = cost
            .as_ref()
            .map(|cost| format!("         {}: {}", paint.warn("clients notice"), safe(cost)));
        lines.extend(cost);
    }
    lines
}

fn remarks(registry: &RegistryPlan, paint: Paint) -> Vec<String> {
    let notes = registry.notes.iter().map(|note| common::note(note, paint));
    let refusals = registry
        .refusals
        .iter()
        .flat_map(|refusal| common::refusal(refusal, paint));
    indent(4, notes.chain(refusals)).collect()
}

fn summary(plan: &Plan) -> String {
    let summary = &plan.summary;
    let refused = plan.registries.iter().filter(|r| !r.refusals.is_empty()).count();
    let mut text = if summary.changed > 0 {
        format!(
            "Plan: {} to add, {} to change, {} to remove; {} of {} changed.",
            grouped(summary.add as u64),
            grouped(summary.change as u64),
            grouped(summary.remove as u64),
            grouped(summary.changed as u64),
            registries(summary.registries)
        )
    } else {
        let fine = summary.registries - summary.failed - refused;
        let verb = if fine == 1 { "is" } else { "are" };
        format!("No changes. {} {verb} as wanted.", registries(fine))
    };
    if refused > 0 {
        text += &format!(" {} refused.", registries(refused));
    }
    if summary.failed > 0 {
        text += &format!(" {} could not be read.", registries(summary.failed));
    }
    if summary.notes > 0 {
        text += &format!(" {}.", count(summary.notes, "note", "notes"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use crate::render::{Document, Paint};

    #[test]
    fn a_plan_says_what_why_and_whom() {
        insta::assert_snapshot!(samples::plan().text(Paint::PLAIN), @"");
    }
}
