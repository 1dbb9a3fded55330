//! What a registry's settings allow each other, judged on the result of a write: SKU, public access, exports, data
//! endpoints.

use serde_json::{Map, Value};

use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{is, text};
use crate::sandbox::protocol::response::Answer;

/// A setting that needs Premium, or may.
struct Premium {
    /// The property whose write sets it.
    property: &'static str,
    /// Where it is, below `properties`.
    pointer: &'static str,
    /// Its value where it is off; that of a switch is false.
    off: &'static str,
    /// Whether a source says that the other SKUs do not have it; Azure's words are open. Without one the outcome is.
    documented: bool,
}

const fn premium(
    property: &'static str,
    pointer: &'static str,
    off: &'static str,
    documented: bool,
) -> Premium {
    Premium {
        property,
        pointer,
        off,
        documented,
    }
}

/// Premium only, by: container-registry-dedicated-data-endpoints, container-registry-skus,
/// tutorial-enable-customer-managed-keys, container-registry-retention-policy, container-registry-content-trust, and
/// Azure/bicep-registry-modules#1316 for the quarantine. What the others do below Premium no source says; zone
/// redundancy has come to all SKUs in the docs of 2025-08 (MicrosoftDocs/azure-docs#127511), whatever the field says.
const PREMIUM: &[Premium] = &[
    premium("dataEndpointEnabled", "/dataEndpointEnabled", "", true),
    premium("endpointProtocol", "/endpointProtocol", "IPv4", true),
    premium("encryption", "/encryption/status", "disabled", true),
    premium("policies", "/policies/retentionPolicy/status", "disabled", true),
    premium("policies", "/policies/trustPolicy/status", "disabled", true),
    premium("policies", "/policies/quarantinePolicy/status", "disabled", true),
    premium("policies", "/policies/softDeletePolicy/status", "disabled", false),
    premium("regionalEndpoints", "/regionalEndpoints", "Disabled", false),
    premium(
        "networkRuleBypassOptions",
        "/networkRuleBypassOptions",
        "AzureServices",
        false,
    ),
    premium(
        "networkRuleBypassAllowedForTasks",
        "/networkRuleBypassAllowedForTasks",
        "",
        false,
    ),
    premium("zoneRedundancy", "/zoneRedundancy", "Disabled", false),
];

/// Settings that need Premium, on a registry that is not, where this write sets them or takes Premium away.
pub(crate) fn check_sku(new: &Value, sent: &Map<String, Value>, leaving: bool) -> Result<(), Answer> {
    let sku = text(new, "/sku/name");
    if sku.eq_ignore_ascii_case("Premium") {
        return Ok(());
    }
    let on = |setting: &&Premium| match new["properties"].pointer(setting.pointer) {
        None | Some(Value::Null) => false,
        Some(Value::String(value)) => !value.eq_ignore_ascii_case(setting.off),
        Some(Value::Bool(value)) => *value,
        Some(_) => true,
    };
    let mut concerned = PREMIUM
        .iter()
        .filter(|setting| leaving || sent.contains_key(setting.property));
    let Some(setting) = concerned.find(on) else {
        return Ok(());
    };
    let name = setting.pointer[1..].replace('/', ".");
    let name = name.trim_end_matches(".status");
    if setting.documented {
        return Err(errors::own_bad_request(&format!(
            "`{name}` needs the SKU Premium, not {sku}"
        )));
    }
    Err(errors::not_established(&format!(
        "`{name}` on a registry of the SKU {sku}"
    )))
}

/// Rules between properties.
pub(crate) fn check(new: &Value, sent: &Map<String, Value>) -> Result<(), Answer> {
    let sku = text(new, "/sku/name");
    let public = text(new, "/properties/publicNetworkAccess");
    if sent.contains_key("publicNetworkAccess") && public == "Disabled" && sku != "Premium" {
        // Azure-Samples/dotNET-Frontend-AB-Testing-on-Azure-Container-Apps#5
        let message = format!(
            "Disabling public network access is not supported for the SKU {sku}. For more information, please visit https://aka.ms/acr/private-link."
        );
        return Err(errors::bad_request(
            "DisablingPublicNetworkAccessNotSupported",
            &message,
        ));
    }
    if sku == "Basic" && sent.get("anonymousPullEnabled") == Some(&Value::Bool(true)) {
        // MicrosoftDocs/azure-docs#94535, 2022-06
        let message = "Anonymous pull is not supported for SKU Managed_Basic. For more information on SKU tiers, please visit https://aka.ms/acr/tiers.";
        return Err(errors::bad_request("BadRequest", message));
    }
    let exports = text(new, "/properties/policies/exportPolicy/status");
    if public == "Enabled" && exports.eq_ignore_ascii_case("disabled") {
        return Err(exports_disabled(
            text(new, "/name"),
            sent.contains_key("publicNetworkAccess"),
        ));
    }
    let dual = is(new, "/properties/endpointProtocol", "IPv4AndIPv6");
    if dual && new["properties"]["dataEndpointEnabled"] != true {
        // Recorded: azure-cli test_acr_with_dual_stack_endpoints, 2026-09
        let message =
            "The requested feature dual stack endpoints is not supported without data endpoint enabled.";
        return Err(errors::bad_request("BadRequest", message));
    }
    Ok(())
}

/// The text is from Azure-Samples/holiday-peak-hub#732, which shows neither status nor code; the other
/// direction has no text at all.
fn exports_disabled(name: &str, enabling_access: bool) -> Answer {
    if enabling_access {
        let message = format!(
            "Enabling public network access is not supported because the registry '{name}' has exports disabled."
        );
        return errors::bad_request("BadRequest", &message);
    }
    errors::own_bad_request("exports can be disabled only while public network access is disabled")
}
