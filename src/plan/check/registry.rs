//! Checks of the registry's own state.

use super::input::{CheckInput, Found};
use crate::model::Setting;

/// Refuses changes that need SKU Premium. The table of settings says which do.
pub(super) fn sku(input: &CheckInput<'_>) -> Vec<Found> {
    if input.live().is_premium() {
        return Vec::new();
    }
    let mut keys = Vec::new();
    for change in &input.changes.settings {
        if change.path.facts().premium {
            keys.push(format!("`{}`", change.path.spec_key()));
        }
    }
    // An endpoint is only of use for a subnet rule, which needs Premium.
    if input.changes.endpoints.is_some() {
        keys.push("`serviceEndpoints`".to_owned());
    }
    if keys.is_empty() {
        return Vec::new();
    }
    let name = input.wanted.id.name();
    vec![Found::refusal(
        format!(
            "the registry is `{}`; {} {} SKU `Premium`",
            input.live().sku,
            keys.join(", "),
            if keys.len() == 1 { "needs" } else { "need" }
        ),
        format!("upgrade it: az acr update --name {name} --sku Premium"),
    )]
}

/// Refuses changes to a registry in the middle of another write.
pub(super) fn busy(input: &CheckInput<'_>) -> Vec<Found> {
    if !input.live().is_being_written() || input.changes.is_empty() {
        return Vec::new();
    }
    let state = &input.live().provisioning_state;
    vec![Found::refusal(
        format!("the registry is busy: its provisioning state is `{state}`"),
        "wait until it is `Succeeded` and run again",
    )]
}

/// Refuses public access on a registry with exports disabled: "Enabling public network access is not supported because
/// the registry has exports disabled" (Azure-Samples/holiday-peak-hub#732).
pub(super) fn exports_disabled(input: &CheckInput<'_>) -> Vec<Found> {
    let policy = input.live().export_policy.as_deref().unwrap_or_default();
    let change = input.changes.get(Setting::PublicNetworkAccess);
    let enables = change.is_some_and(|change| change.word() == Some("Enabled"));
    if !enables || !policy.eq_ignore_ascii_case("disabled") {
        return Vec::new();
    }
    let (name, subscription) = (input.wanted.id.name(), input.wanted.id.subscription());
    vec![Found::refusal(
        "public access cannot be enabled while the registry has exports disabled",
        format!(
            "allow exports first: az acr update --name {name} --subscription {subscription} --allow-exports true"
        ),
    )]
}
