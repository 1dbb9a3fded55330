//! What an import saw on a registry and does not manage.

use serde_json::{Value, json};

use super::importable::Importable;
use super::notes::SeenCode;
use crate::live::LiveRegistry;
use crate::live::lease::leases_of;
use crate::model::{Cidr, Setting};

/// Settings that bear on access and that no spec has a key for: pointer below `properties`, the value of a new registry, and
/// what another value means (recorded defaults: azure-cli test_acr_with_dual_stack_endpoints, 2026-09).
const OTHER_SETTINGS: [(&str, &str, &str); 5] = [
    ("/policies/exportPolicy/status", "enabled", "exports are disabled"),
    ("/regionalEndpoints", "Disabled", "regional endpoints are on"),
    ("/anonymousPullEnabled", "false", "anonymous pull is on"),
    ("/adminUserEnabled", "false", "the admin user is on"),
    (
        "/policies/azureADAuthenticationAsArmPolicy/status",
        "enabled",
        "tokens of Azure Resource Manager are refused",
    ),
];

/// Adds the notes on what a live registry has and its spec does not manage.
pub(super) fn note_unmanaged(live: &LiveRegistry, importable: &mut Importable) {
    for setting in Setting::ALL {
        if live.settings.value(*setting).is_none() {
            let message = format!(
                "api-version `{}` does not show `{}`: it is left out",
                live.api_version,
                setting.path()
            );
            importable.note(SeenCode::HiddenSetting, message);
        }
    }
    let endpoints = live.private_endpoint_connections;
    if endpoints > 0 {
        let noun = if endpoints == 1 {
            "connection"
        } else {
            "connections"
        };
        let message = format!("{endpoints} private endpoint {noun}: no spec manages them");
        importable.note(SeenCode::PrivateEndpoints, message);
    }
    for (pointer, usual, meaning) in OTHER_SETTINGS {
        if differs(&live.body["properties"], pointer, usual) {
            importable.note(SeenCode::OtherSetting, format!("{meaning}: no spec manages this"));
        }
    }
    let state = &live.provisioning_state;
    if !state.eq_ignore_ascii_case("Succeeded") {
        let message = format!("its state is `{state}`, so it may change yet");
        importable.note(SeenCode::NotSucceeded, message);
    }
}

/// Adds a note for each lease: what it holds is left out.
pub(super) fn note_leases(live: &LiveRegistry, importable: &mut Importable) {
    for lease in leases_of(live) {
        if lease.addresses.is_empty() && lease.was_disabled.is_none() {
            // A run has taken everything over, so nothing is left out.
            continue;
        }
        let addresses: Vec<String> = lease.addresses.iter().map(Cidr::to_string).collect();
        let mut held = addresses.join(", ");
        if lease.was_disabled.is_some() {
            held += " and public access";
        }
        let message = format!(
            "left out, because the lease {} holds it until {}: {held}",
            lease.name, lease.until
        );
        importable.note(SeenCode::Leased, message);
    }
}

/// Returns true if a word or flag is shown and is not the usual one.
fn differs(properties: &Value, pointer: &str, usual: &str) -> bool {
    match properties.pointer(pointer) {
        Some(Value::String(word)) => !word.eq_ignore_ascii_case(usual),
        Some(flag @ Value::Bool(_)) => *flag != json!(usual == "true"),
        _ => false,
    }
}
