//! Rules between the settings of a registry, checked on the result of a write: SKU, public access, exports, data
//! endpoints.

use serde_json::{Map, Value};

use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{is, list, text};
use crate::sandbox::protocol::response::Answer;

/// A setting that needs Premium, or may need it.
struct Premium {
    /// Property whose write sets it.
    property: &'static str,
    /// JSON pointer to it below `properties`.
    pointer: &'static str,
    /// Value that means off. A boolean is off if it is false.
    off: &'static str,
    /// True if a source says that the other SKUs do not have it; Azure's text is not known. False if not even the
    /// outcome is known.
    documented: bool,
}

impl Premium {
    /// Returns the name of the setting: that of `/policies/trustPolicy/status` is `policies.trustPolicy`.
    fn name(&self) -> String {
        let name = self.pointer[1..].replace('/', ".");
        name.trim_end_matches(".status").to_owned()
    }
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

/// Settings of Premium, by: container-registry-dedicated-data-endpoints, container-registry-skus,
/// tutorial-enable-customer-managed-keys, container-registry-retention-policy, container-registry-content-trust, and
/// Azure/bicep-registry-modules#1316 for the quarantine. No source describes the others below Premium. The docs of
/// 2025-08 give zone redundancy to all SKUs (MicrosoftDocs/azure-docs#127511), whatever the field says.
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

/// Refuses settings of a registry in a state file that Azure does not allow together. The error is the reason as text.
///
/// Settings of which no source says that the SKU lacks them are taken.
pub(crate) fn check_stored(registry: &Value) -> Result<(), String> {
    let (sku, properties) = (text(registry, "/sku/name"), &registry["properties"]);
    let public = text(properties, "/publicNetworkAccess");
    let exports = text(properties, "/policies/exportPolicy/status");
    let below = !sku.eq_ignore_ascii_case("Premium");
    for setting in PREMIUM {
        if below && setting.documented && is_on(properties, setting) {
            return Err(format!(
                "`properties.{}` needs the SKU Premium, not {sku}",
                setting.name()
            ));
        }
    }
    if below && !list(properties, "privateEndpointConnections").is_empty() {
        return Err(format!(
            "`properties.privateEndpointConnections` needs the SKU Premium, not {sku}"
        ));
    }
    if below && public == "Disabled" {
        return Err(format!(
            "`properties.publicNetworkAccess` can be Disabled at the SKU Premium only, not at {sku}"
        ));
    }
    if exports == "disabled" && public == "Enabled" {
        return Err("`properties.policies.exportPolicy` can be disabled only while `properties.publicNetworkAccess` is Disabled".to_owned());
    }
    if is(properties, "/endpointProtocol", "IPv4AndIPv6") && properties["dataEndpointEnabled"] != true {
        return Err("`properties.endpointProtocol` can be IPv4AndIPv6 only with `properties.dataEndpointEnabled`".to_owned());
    }
    Ok(())
}

/// Refuses settings that need Premium on a registry of another SKU.
///
/// Only settings that the write sets are checked, or all of them if it leaves Premium (`leaving`).
pub(crate) fn check_sku(new: &Value, sent: &Map<String, Value>, leaving: bool) -> Result<(), Answer> {
    let sku = text(new, "/sku/name");
    if sku.eq_ignore_ascii_case("Premium") {
        return Ok(());
    }
    let found = PREMIUM.iter().find(|setting| {
        (leaving || sent.contains_key(setting.property)) && is_on(&new["properties"], setting)
    });
    let Some(setting) = found else {
        return Ok(());
    };
    let name = setting.name();
    if setting.documented {
        return Err(errors::own_bad_request(&format!(
            "`{name}` needs the SKU Premium, not {sku}"
        )));
    }
    Err(errors::not_established(&format!(
        "`{name}` on a registry of the SKU {sku}"
    )))
}

fn is_on(properties: &Value, setting: &Premium) -> bool {
    match properties.pointer(setting.pointer) {
        None | Some(Value::Null) => false,
        Some(Value::String(value)) => !value.eq_ignore_ascii_case(setting.off),
        Some(Value::Bool(value)) => *value,
        Some(_) => true,
    }
}

/// Refuses combinations of settings that Azure does not allow. `sent` holds the properties of the write.
pub(crate) fn check(new: &Value, sent: &Map<String, Value>) -> Result<(), Answer> {
    let sku = text(new, "/sku/name");
    let public = text(new, "/properties/publicNetworkAccess");
    if sent.contains_key("publicNetworkAccess") && public == "Disabled" && sku != "Premium" {
        // Text: Azure-Samples/dotNET-Frontend-AB-Testing-on-Azure-Container-Apps#5
        let message = format!(
            "Disabling public network access is not supported for the SKU {sku}. For more information, please visit https://aka.ms/acr/private-link."
        );
        return Err(errors::bad_request(
            "DisablingPublicNetworkAccessNotSupported",
            &message,
        ));
    }
    if sku == "Basic" && sent.get("anonymousPullEnabled") == Some(&Value::Bool(true)) {
        // Text: MicrosoftDocs/azure-docs#94535, 2022-06
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

/// Refuses public access together with disabled exports. The text for enabling access is from
/// Azure-Samples/holiday-peak-hub#732, which shows neither status nor code. The other direction has no known text.
fn exports_disabled(name: &str, enabling_access: bool) -> Answer {
    if enabling_access {
        let message = format!(
            "Enabling public network access is not supported because the registry '{name}' has exports disabled."
        );
        return errors::bad_request("BadRequest", &message);
    }
    errors::own_bad_request("exports can be disabled only while public network access is disabled")
}
