//! Recorded timing: how often a recording sees an operation or a registration in progress.

use reqwest::Method;

use super::recording::Interaction;

/// The paths of the operations that an answer starts, and the headers that name them.
pub(super) fn operations(interaction: &Interaction) -> Vec<(String, &'static str)> {
    let path = |name: &'static str| {
        let url: reqwest::Url = interaction.header(name)?.parse().ok()?;
        Some((url.path().to_ascii_lowercase(), name))
    };
    ["azure-asyncoperation", "location"]
        .into_iter()
        .filter_map(path)
        .collect()
}

pub(super) fn is_running(poll: &Interaction) -> bool {
    let ended = ["Succeeded", "Failed", "Canceled"];
    let says = poll.response["status"].as_str();
    matches!(poll.status, 201 | 202) || says.is_some_and(|status| !ended.contains(&status))
}

/// Returns how often the recording sees this operation or registration in progress.
pub(super) fn polls(all: &[Interaction], at: usize) -> u32 {
    let interaction = &all[at];
    let paths: Vec<String> = operations(interaction)
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    let later = &all[at + 1..];
    let polls = later
        .iter()
        .filter(|poll| paths.contains(&poll.key()) && is_running(poll))
        .count();
    let provider = interaction.key();
    let action = ["/register", "/unregister"]
        .iter()
        .find_map(|action| provider.strip_suffix(action));
    let moving = |poll: &&Interaction| {
        let state = poll.response["registrationState"].as_str().unwrap_or_default();
        poll.method == Method::GET && state.ends_with("registering") | state.ends_with("Registering")
    };
    let reads = action.map_or(0, |provider| {
        let of_it = later.iter().filter(|poll| poll.key().starts_with(provider));
        of_it.take_while(moving).count()
    });
    u32::try_from(polls + reads).unwrap_or(u32::MAX)
}
