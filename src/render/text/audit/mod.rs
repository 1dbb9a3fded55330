//! Findings as text, by registry.

mod finding;
mod hidden;
mod left_out;
mod overview;
pub(in crate::render) mod posture;
mod registry;

use super::common::{self, UnreadPlace, count, page, registries};
use crate::audit::{Audit, AuditState, AuditSummary, Finding};
use crate::model::grouped;
use crate::render::{Paint, safe};
use finding::ComparedWith;
use registry::RegistryFindings;

pub(in crate::render) use overview::{overview, state};

/// Renders the whole audit: the signs, registries with findings, those that could not be compared, the summary and the
/// next command. Registries that drift alike are shown once.
pub(in crate::render) fn audit(audit: &Audit, paint: Paint) -> String {
    let mut blocks = Vec::new();
    let registries = registry::of_audit(audit);
    if !registries.is_empty() {
        let mut signs = match audit.since.is_empty() {
            true => SIGNS.to_owned(),
            false => SIGNS_SINCE.to_owned(),
        };
        if registries.iter().any(RegistryFindings::has_gone_subnet) {
            signs += " or a subnet is gone";
        }
        let uncompared = registries.iter().any(RegistryFindings::is_in_part);
        signs += match (
            uncompared,
            registries.iter().any(RegistryFindings::is_hidden_in_part),
        ) {
            (true, true) => ", ? not shown, or could not be compared",
            (true, false) => ", ? could not be compared",
            (false, true) => ", ? not shown",
            (false, false) => "",
        };
        let lines = common::wrap(&signs, 2, paint).into_iter();
        blocks.push(lines.map(|line| paint.dim(line).to_string()).collect());
    }
    for group in common::alike(&registries, RegistryFindings::shared) {
        blocks.push(registry::block(&group, &audit.created, paint));
    }
    blocks.extend(common::unread(&audit.failures, paint));
    blocks.extend(hidden::blocks(audit, &registries, paint));
    let mut unread = Vec::new();
    for place in &audit.unread {
        unread.push(UnreadPlace {
            id: &place.id,
            error: &place.error,
            located: place.located(),
        });
    }
    blocks.extend(common::unread_places(&unread, paint));
    blocks.extend(posture::unjudged(audit, paint));
    blocks.extend(posture::blocks(audit, paint));
    blocks.push(end(audit, paint));
    page(&blocks)
}

/// The signs of a plan: a plan turns drift into what apply would do.
const SIGNS: &str = "+ apply adds it, - apply removes it, ~ apply changes it, ! an expectation fails";

/// The signs of a comparison with an earlier state. A snapshot is the state before its run wrote.
const SIGNS_SINCE: &str =
    "since the state before the run: + it has gone, - it is new, ~ it has another value";

/// Most registries that the summary names; more are counted.
const MOST_NAMED: usize = 5;

/// Writes the summary, and the command that shows what apply would do about the drift.
fn end(audit: &Audit, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    for line in common::wrap(&summary(audit), 2, paint) {
        lines.push(paint.bold(line).to_string());
    }
    if let Some(left) = left_out::line(audit) {
        for line in common::wrap(&left, 2, paint) {
            lines.push(paint.dim(line).to_string());
        }
    }
    if let Some(hidden) = posture::hidden_notes(&audit.posture, paint) {
        lines.push(paint.dim(hidden).to_string());
    }
    if let Some(command) = &audit.next {
        let next = paint.help("Next:");
        let line = format!("{next} {} (what apply would change)", safe(command));
        lines.extend(common::wrap(&line, 2, paint));
    }
    lines
}

/// Writes what a finding is, without its sign and its place.
pub(in crate::render) fn finding_words(found: &Finding, since: &[String]) -> String {
    let with = match since.is_empty() {
        true => ComparedWith::Spec,
        false => ComparedWith::Earlier,
    };
    finding::sentence(found, with)
}

/// Sums up the drift, what was not compared, and then the posture.
pub(in crate::render) fn summary(audit: &Audit) -> String {
    let mut text = drift(audit);
    if !audit.not_written.is_empty() {
        let names: Vec<String> = audit
            .not_written
            .iter()
            .map(|id| safe(id.name()).into_owned())
            .collect();
        let names = common::first_of(&names, MOST_NAMED);
        text += &format!(" Not compared, because the run did not write it: {names}.");
    }
    if let Some(counts) = posture::counts(audit.summary.posture) {
        text += &format!(" Posture: {counts}.");
    } else if audit.summary.no_spec > 0 {
        text += " Posture: nothing found.";
    }
    text
}

fn drift(audit: &Audit) -> String {
    // Destructured, so that a new count is not forgotten here.
    let AuditSummary {
        registries: total,
        in_sync,
        drifted,
        findings,
        failed,
        incomplete,
        no_spec,
        places,
        unjudged,
        unanswered: _,
        posture: _,
    } = audit.summary;
    let (changed, same, no_drift) = match audit.since.is_empty() {
        true => ("drifted", "in sync", "No drift"),
        false => ("changed", "as before", "No change"),
    };
    // A shard, or a spec, may have no registry.
    if total + places == 0 {
        return "No registry was audited.".to_owned();
    }
    if findings + failed + places + unjudged == 0 && no_spec < total {
        let verb = if in_sync == 1 { "is" } else { "are" };
        let others = without_spec(no_spec);
        return format!("{no_drift}. {} {verb} {same}{others}.", registries(in_sync));
    }
    let mut text = match no_spec == total {
        true => format!("Audit: {}", registries(total)),
        false => format!(
            "Audit: {}; {} of {} {changed}, {} {same}{}",
            count(findings, "finding", "findings"),
            grouped(drifted as u64),
            registries(total),
            grouped(in_sync as u64),
            without_spec(no_spec)
        ),
    };
    text += &breaking(audit);
    text.push('.');
    let unread = audit.failures.len();
    for (number, what) in [
        (unread, "could not be compared"),
        (incomplete - unread, "could be compared only in part"),
        (unjudged, "could be judged only in part"),
    ] {
        if number > 0 {
            text += &format!(" {} {what}.", registries(number));
        }
    }
    if places > 0 {
        let what = count(places, "subscription or name", "subscriptions or names");
        text += &format!(" {what} could not be read.");
    }
    text
}

/// Says how many registries no spec names.
fn without_spec(number: usize) -> String {
    match number {
        0 => String::new(),
        many => format!(", {} without a spec", grouped(many as u64)),
    }
}

/// Says how many of the registries in sync break an expectation: drift is not all that an audit finds.
fn breaking(audit: &Audit) -> String {
    let states = audit.registries.iter().map(|registry| registry.state);
    let number = states
        .filter(|state| *state == AuditState::BreaksExpectation)
        .count();
    match number {
        0 => String::new(),
        1 => ", of which 1 breaks an expectation".to_owned(),
        many => format!(", of which {} break an expectation", grouped(many as u64)),
    }
}

#[cfg(test)]
mod tests {
    use crate::render::text::samples;
    use crate::render::{Document, Paint};

    #[test]
    fn audits_name_drift_and_the_line_of_the_spec() {
        insta::assert_snapshot!(samples::audit().text(Paint::PLAIN), @r"
        + apply adds it, - apply removes it, ~ apply changes it, ! an expectation fails

        ~ contoso (group platform, registries.yaml:5): has drifted
          ~ defaultAction is Allow, and the spec wants Deny  registries.yaml:7
          + 192.0.2.7 is missing  vendor; networks.yaml:6
          + 203.0.113.0/24 is missing  offices; networks.yaml:3
          + subnet hub/build is missing  build; networks.yaml:13
          + service endpoint of subnet hub/build is missing  build; networks.yaml:13
          registry last changed 18 h ago (2026-11-20 08:15 UTC) by user@example.com (User)
          help: apply --verify-endpoints turns lost service endpoints on again

        ~ fabrikam (group platform, registries.yaml:5): has drifted
          + 192.0.2.9 is missing  registries.yaml:9
          - 203.0.113.40 is not in the spec  registries.yaml:9
          - 203.0.113.44 is not in the spec  registries.yaml:9
          - 203.0.113.48 is not in the spec  registries.yaml:9
          - 203.0.113.52 is not in the spec  registries.yaml:9
          - 203.0.113.56 is not in the spec  registries.yaml:9
          registry last changed 18 h ago (2026-11-20 08:15 UTC) by user@example.com (User)

        ! northwind (group platform, registries.yaml:12): could not be read
            error[AuthorizationFailed]: the client does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read'
            --> registries.yaml:12:5
             = note: request id 6f1e2d3c-0000-4000-8000-000000000001
             = help: ask for the role Reader on the registry

        Audit: 11 findings; 2 of 4 registries drifted, 1 in sync. 1 registry could not be compared.
        Next: ringfence plan registries.yaml (what apply would change)
        ");
    }

    #[test]
    fn audits_break_at_the_width_of_the_terminal() {
        let text = samples::audit().text(Paint::PLAIN.with_width(Some(80)));
        insta::assert_snapshot!(text, @r"
        + apply adds it, - apply removes it, ~ apply changes it, ! an expectation fails

        ~ contoso (group platform, registries.yaml:5): has drifted
          ~ defaultAction is Allow, and the spec wants Deny  registries.yaml:7
          + 192.0.2.7 is missing  vendor; networks.yaml:6
          + 203.0.113.0/24 is missing  offices; networks.yaml:3
          + subnet hub/build is missing  build; networks.yaml:13
          + service endpoint of subnet hub/build is missing  build; networks.yaml:13
          registry last changed 18 h ago (2026-11-20 08:15 UTC) by user@example.com
            (User)
          help: apply --verify-endpoints turns lost service endpoints on again

        ~ fabrikam (group platform, registries.yaml:5): has drifted
          + 192.0.2.9 is missing  registries.yaml:9
          - 203.0.113.40 is not in the spec  registries.yaml:9
          - 203.0.113.44 is not in the spec  registries.yaml:9
          - 203.0.113.48 is not in the spec  registries.yaml:9
          - 203.0.113.52 is not in the spec  registries.yaml:9
          - 203.0.113.56 is not in the spec  registries.yaml:9
          registry last changed 18 h ago (2026-11-20 08:15 UTC) by user@example.com
            (User)

        ! northwind (group platform, registries.yaml:12): could not be read
            error[AuthorizationFailed]: the client does not have authorization to
                                        perform action
                                        'Microsoft.ContainerRegistry/registries/read'
            --> registries.yaml:12:5
             = note: request id 6f1e2d3c-0000-4000-8000-000000000001
             = help: ask for the role Reader on the registry

        Audit: 11 findings; 2 of 4 registries drifted, 1 in sync. 1 registry could not
          be compared.
        Next: ringfence plan registries.yaml (what apply would change)
        ");
        for line in text.lines() {
            assert!(crate::render::fit::display_width(line) <= 80, "{line}");
        }
    }

    #[test]
    fn alike_registries_name_all_their_last_writers() {
        let mut plan = samples::plan();
        let mut first = samples::closing();
        first.changes.settings.truncate(1);
        first.changes.endpoints = None;
        plan.registries = Vec::new();
        for (name, line, writer) in [
            ("contoso", 5, "ann"),
            ("fabrikam", 9, "bob"),
            ("tailspin", 13, "ann"),
        ] {
            let mut registry = first.clone();
            registry.id = samples::registry_id(name);
            registry.source = samples::source("registries.yaml", line);
            if let Some(last) = &mut registry.last_modified {
                last.by = writer.into();
            }
            plan.registries.push(registry);
        }
        plan.failures.clear();
        insta::assert_snapshot!(crate::audit::audit(&plan).text(Paint::PLAIN), @r"
        + apply adds it, - apply removes it, ~ apply changes it, ! an expectation fails

        ~ contoso (group platform, registries.yaml:5): has drifted
          ~ defaultAction is Allow, and the spec wants Deny  registries.yaml:7
          registries last changed by ann (User), bob (User)
          the same for 2 more registries: fabrikam, tailspin

        Audit: 3 findings; 3 of 4 registries drifted, 0 in sync.
        ");
    }

    #[test]
    fn lost_service_endpoints_have_help_and_no_last_writer() {
        let mut registry = samples::closing();
        registry.changes.settings.drain(..3);
        let plan = samples::plan_of(vec![registry], Vec::new());
        let text = crate::audit::audit(&plan).text(Paint::PLAIN);
        assert!(
            text.contains("  + service endpoint of subnet hub/build is missing"),
            "{text}"
        );
        assert!(
            text.contains("\n  help: apply --verify-endpoints turns lost service endpoints on again\n"),
            "{text}"
        );
        assert!(!text.contains("last changed"), "{text}");
    }

    #[test]
    fn broken_expectations_name_their_client_and_its_answer() {
        use crate::plan::Answer::*;
        for (allowed, answer, words) in [
            (false, Allowed, "gets in, but `expect.deny` says it must not"),
            (
                false,
                InPart,
                "gets in in part, but `expect.deny` says it must not",
            ),
            (false, Unknown, "may get in, but `expect.deny` says it must not"),
            (true, Denied, "does not get in, but `expect.allow` says it must"),
            (
                true,
                InPart,
                "gets in only in part, but `expect.allow` says it must",
            ),
            (true, Unknown, "may not get in, but `expect.allow` says it must"),
        ] {
            let mut registry = samples::unchanged("contoso");
            registry.broken = vec![crate::plan::BrokenExpectation {
                client: "203.0.113.0/24".into(),
                allowed,
                answer,
                reason: None,
                case: None,
                source: None,
            }];
            let plan = samples::plan_of(vec![registry], Vec::new());
            let text = crate::audit::audit(&plan).text(Paint::PLAIN);
            let line = format!("  ! 203.0.113.0/24 {words}\n");
            assert!(text.contains(&line), "{text}");
            let last = "0 of 1 registry drifted, 1 in sync, of which 1 breaks an expectation.\n";
            assert!(text.ends_with(last), "{text}");
        }
    }

    #[test]
    fn audits_without_findings_are_one_line() {
        let plan = samples::plan_of(vec![samples::unchanged("contoso")], Vec::new());
        assert_eq!(
            crate::audit::audit(&plan).text(Paint::PLAIN),
            "No drift. 1 registry is in sync.\n"
        );
    }

    #[test]
    fn hostile_text_stays_on_its_line() {
        let mut plan = samples::plan();
        plan.registries[0].changes.settings[0].before = Some("a\n##[error]b".into());
        if let Some(last) = &mut plan.registries[0].last_modified {
            last.by = "\u{1b}[2Jroot\n::warning::x".into();
        }
        let text = crate::audit::audit(&plan).text(Paint::PLAIN);
        assert!(
            text.contains("is a\\u{a}\\u{23}#[error]b, and the spec wants Deny"),
            "{text}"
        );
        assert!(
            text.contains("by \\u{1b}[2Jroot\\u{a}::warning::x (User)"),
            "{text}"
        );
    }
}
