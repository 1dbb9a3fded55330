//! What plans say.

use std::sync::Arc;

use crate::model::{RegistryId, Rule, Setting, SettingValue};
use crate::plan::{Note, RegistryPlan};
use crate::render::text::samples;
use crate::render::{Document, Paint};
use crate::spec::RuleInfo;

/// Returns the first line about each registry, and the last line.
fn titles(registries: Vec<RegistryPlan>) -> Vec<String> {
    let text = samples::plan_of(registries, Vec::new()).text(Paint::PLAIN);
    let mut titles = Vec::new();
    for line in text.lines().filter(|line| line.contains("(group ")) {
        titles.push(line.replace(" (group platform, registries.yaml:5)", ""));
    }
    titles.extend(text.lines().last().map(str::to_owned));
    titles
}

/// A guard stops everything, what Azure itself would refuse only its own registry.
#[test]
fn plans_tell_guards_from_refusals_of_one_registry() {
    let mut busy = samples::refused();
    busy.refusals[0].override_flag = None;
    assert_eq!(
        titles(vec![busy.clone(), samples::closing()]),
        [
            "~ contoso: will change",
            "! fabrikam: is refused, so nothing will be written to it",
            "  refused      fabrikam (registries.yaml:5)",
        ]
    );
    assert_eq!(
        titles(vec![busy.clone()])[1],
        "Nothing will be written: every registry with changes is refused."
    );
    let mut other = samples::refused();
    other.id = samples::registry_id("adatum");
    assert_eq!(
        titles(vec![other, samples::closing(), busy]),
        [
            "~ contoso: would change, but a guard stops the whole run",
            "! adatum: breaks a guard, so nothing will be written anywhere",
            "! fabrikam: is refused, so nothing will be written to it",
            "Nothing will be written: a broken guard stops the whole run.",
        ]
    );
}

#[test]
fn failures_of_many_registries_are_told_once() {
    let failures = (1..=12).map(|n| {
        let mut failure = samples::failure();
        failure.id = samples::registry_id(&format!("registry{n:02}"));
        failure.error.request_id = Some(format!("request-{n}"));
        failure
    });
    let mut failures: Vec<_> = failures.collect();
    failures[11].error.code = "timeout".into();
    insta::assert_snapshot!(samples::plan_of(Vec::new(), failures).text(Paint::PLAIN), @r"
    ! 11 registries could not be read
        registry01 (registries.yaml:12), registry02 (registries.yaml:12),
        registry03 (registries.yaml:12), registry04 (registries.yaml:12),
        registry05 (registries.yaml:12), registry06 (registries.yaml:12),
        registry07 (registries.yaml:12), registry08 (registries.yaml:12),
        registry09 (registries.yaml:12), registry10 (registries.yaml:12),
        registry11 (registries.yaml:12)
        error[AuthorizationFailed]: the client does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read'
         |
         = note: request id request-1 (registry01)
         = help: ask for the role Reader on the registry

    ! registry12 (group platform, registries.yaml:12): could not be read
        error[timeout]: the client does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read'
        --> registries.yaml:12:5
         = note: request id request-12
         = help: ask for the role Reader on the registry

    12 registries could not be read.
      not read     registry01 (registries.yaml:12), registry02 (registries.yaml:12),
                   registry03 (registries.yaml:12), registry04 (registries.yaml:12),
                   registry05 (registries.yaml:12), registry06 (registries.yaml:12),
                   registry07 (registries.yaml:12), registry08 (registries.yaml:12),
                   registry09 (registries.yaml:12), registry10 (registries.yaml:12),
                   registry11 (registries.yaml:12), registry12 (registries.yaml:12)
    ");
}

/// The message names the request of each registry, which is not another cause.
#[test]
fn failures_that_name_their_own_request_are_told_once() {
    let mut failures = vec![samples::failure(), samples::failure()];
    failures[1].id = RegistryId::new("s", "g", "other").unwrap();
    for failure in &mut failures {
        failure.error.message = format!("`GET {}` did not end within 4s", failure.id);
    }
    let text = samples::plan_of(Vec::new(), failures).text(Paint::PLAIN);
    assert!(text.starts_with("! 2 registries could not be read\n"), "{text}");
    assert!(text.contains(": `GET …` did not end within 4s\n"), "{text}");
}

#[test]
fn plans_count_unreadable_registries() {
    let text = samples::plan_of(Vec::new(), vec![samples::failure()]).text(Paint::PLAIN);
    assert!(text.ends_with("\n\n1 registry could not be read.\n"), "{text}");
}

#[test]
fn colours_only_add_escape_sequences() {
    let (plan, mut plain) = (samples::plan(), String::new());
    let mut rest = &*plan.text(Paint::new(true));
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain += before;
        rest = after.split_once('m').unwrap().1;
    }
    assert_eq!(plain + rest, plan.text(Paint::PLAIN));
}

/// Every text that a file or a service can choose is replaced; no line may start or act otherwise for it.
#[test]
fn hostile_text_stays_on_its_line() {
    let hostile = "x\n::error::pwned\n+     - 0.0.0.0/0\u{1b}[2J\u{202e}##vso[task.complete]";
    let mut registry = samples::closing();
    registry.mode.after = hostile.into();
    let word = SettingValue::Word(hostile.into());
    registry.basis.settings.set(Setting::PublicNetworkAccess, word);
    registry.notes.push(Note {
        code: "unknown-value".into(),
        message: hostile.into(),
    });
    registry.steps[0].cost = Some(hostile.into());
    for rule in registry
        .changes
        .settings
        .iter_mut()
        .flat_map(|change| &mut change.add)
    {
        rule.rule = Rule::parse(hostile);
        rule.name = Some(hostile.into());
        rule.info = Some(Arc::new(RuleInfo {
            owner: Some(hostile.into()),
            reason: Some(hostile.into()),
            ticket: Some(hostile.into()),
            expires: None,
        }));
        rule.source = samples::source(hostile, 1);
    }
    for change in &mut registry.changes.settings {
        change.before = change.before.as_ref().map(|_| hostile.into());
    }
    let mut refused = samples::refused();
    refused.refusals[0].message = hostile.into();
    refused.refusals[0].measured = Some(hostile.into());
    refused.refusals[0].limit = Some(hostile.into());
    refused.refusals[0].help = Some(hostile.into());
    let mut failure = samples::failure();
    failure.error.code = "::error::pwned".into();
    failure.error.message = hostile.into();
    failure.error.request_id = Some(hostile.into());
    failure.error.help = Some(hostile.into());
    let plan = samples::plan_of(vec![registry, refused], vec![failure]);
    for text in [plan.text(Paint::PLAIN), plan.json()] {
        assert!(
            !text.contains(['\u{1b}', '\u{202e}']) && !text.contains("##vso["),
            "{text}"
        );
        assert!(
            text.lines().all(|line| !line.trim_start().starts_with("::")),
            "{text}"
        );
        assert!(
            text.lines().all(|line| !line.starts_with("+     - 0.0.0.0/0")),
            "{text}"
        );
    }
}
