//! Checks of single settings.

use super::input::{CheckInput, Found};
use crate::model::{Setting, SettingKind};

/// Notes a live value that no known api-version has and that decides who gets in. It is taken for the closed one.
pub(super) fn unknown_values(input: &CheckInput<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for setting in Setting::ALL.iter().copied() {
        // Only settings that decide who gets in have a word that an unknown one is taken for.
        let SettingKind::Word {
            unknown_means: Some(closed),
            ..
        } = setting.facts().kind
        else {
            continue;
        };
        let Some(value) = input.live().settings.word(setting) else {
            continue;
        };
        if setting.known_word(value).is_none() {
            let path = setting.path();
            found.push(Found::note(format!(
                "`{path}` is `{value}`, which is not known here; it is taken for `{closed}`"
            )));
        }
    }
    found
}

/// Refuses a managed setting that the api-version does not show: it can neither be compared nor written.
pub(super) fn not_shown(input: &CheckInput<'_>) -> Vec<Found> {
    if input.opens {
        return Vec::new();
    }
    let mut found = Vec::new();
    for setting in input.wanted.settings.managed() {
        // Hidden lists have a check of their own.
        if setting.is_list() || input.live().settings.value(setting).is_some() {
            continue;
        }
        let (version, path) = (&input.live().api_version, setting.path());
        found.push(Found::refusal(
            format!("api-version `{version}` does not show `{path}`"),
            format!("leave `{}` out of the spec in this cloud", setting.spec_key()),
        ));
    }
    found
}
