//! The SKU of a registry, and the network rules that come and go with it.

use serde_json::{Value, json};

use crate::sandbox::forms::defaults;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{is, list, text};
use crate::sandbox::protocol::response::Answer;

/// The SKU that a registry is made with; below Premium it has no network rules.
pub(crate) fn begin(new: &mut Value, sku: &Value) -> Result<(), Answer> {
    let name = sku_name(sku)?;
    new["sku"] = json!({"name": name, "tier": name});
    if name != "Premium"
        && let Some(properties) = new["properties"].as_object_mut()
    {
        properties.shift_remove("networkRuleSet");
    }
    Ok(())
}

fn sku_name(sku: &Value) -> Result<&'static str, Answer> {
    let wanted = text(sku, "/name");
    let name = ["Basic", "Standard", "Premium"]
        .into_iter()
        .find(|name| name.eq_ignore_ascii_case(wanted));
    name.ok_or_else(|| errors::own_bad_request("`sku.name` must be Basic, Standard or Premium"))
}

/// Network rules exist at Premium only, so the key comes and goes with it. A change from Basic to Standard is
/// recorded (azure-libraries-for-net ContainerRegistryCRUD, 2019-10). A SKU for which the registry leaves Premium is
/// given back: [`leave_premium`] sets it once the rest of the write is merged.
pub(crate) fn change(new: &mut Value, sku: &Value) -> Result<Option<&'static str>, Answer> {
    let name = sku_name(sku)?;
    if is(new, "/sku/name", name) {
        return Ok(None);
    }
    if is(new, "/sku/name", "Premium") {
        return Ok(Some(name));
    }
    if name == "Premium" {
        new["properties"]["networkRuleSet"] = defaults::rule_set();
    }
    new["sku"] = json!({"name": name, "tier": name});
    Ok(None)
}

/// azurerm refuses this on the client's side (hashicorp/terraform-provider-azurerm#24838); Azure's text is open, and
/// so is whether it judges the registry before a write that lifts the restrictions too, or after.
pub(crate) fn leave_premium(stored: &Value, new: &mut Value, sku: &str) -> Result<(), Answer> {
    if is_restricted(new) {
        return Err(errors::own_bad_request(
            "a registry with network restrictions cannot leave Premium",
        ));
    }
    if is_restricted(stored) {
        return Err(errors::not_established(
            "a write that lifts network restrictions and leaves Premium at once",
        ));
    }
    if let Some(properties) = new["properties"].as_object_mut() {
        properties.shift_remove("networkRuleSet");
    }
    new["sku"] = json!({"name": sku, "tier": sku});
    Ok(())
}

fn is_restricted(registry: &Value) -> bool {
    let set = &registry["properties"]["networkRuleSet"];
    is(set, "/defaultAction", "Deny")
        || !list(set, "ipRules").is_empty()
        || !list(set, "virtualNetworkRules").is_empty()
        || is(registry, "/properties/publicNetworkAccess", "Disabled")
}
