//! The SKU of a registry, and the network rules that come and go with it.

use serde_json::{Value, json};

use super::answer::Answer;
use super::body::{is, list, text};
use super::{defaults, errors};

/// The SKU that a registry is made with; below Premium it has no network rules.
pub(super) fn begin(new: &mut Value, sku: &Value) -> Result<(), Answer> {
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
/// recorded (azure-libraries-for-net ContainerRegistryCRUD, 2019-10).
pub(super) fn change(new: &mut Value, sku: &Value) -> Result<(), Answer> {
    let name = sku_name(sku)?;
    if is(new, "/sku/name", name) {
        return Ok(());
    }
    if name == "Premium" {
        new["properties"]["networkRuleSet"] = defaults::rule_set();
    } else if is(new, "/sku/name", "Premium") {
        leave_premium(new)?;
    }
    new["sku"] = json!({"name": name, "tier": name});
    Ok(())
}

/// azurerm refuses this on the client's side (hashicorp/terraform-provider-azurerm#24838); Azure's text is open.
fn leave_premium(new: &mut Value) -> Result<(), Answer> {
    let set = &new["properties"]["networkRuleSet"];
    let restricted = is(set, "/defaultAction", "Deny")
        || !list(set, "ipRules").is_empty()
        || !list(set, "virtualNetworkRules").is_empty()
        || is(new, "/properties/publicNetworkAccess", "Disabled");
    if restricted {
        return Err(errors::own_bad_request(
            "a registry with network restrictions cannot leave Premium",
        ));
    }
    if let Some(properties) = new["properties"].as_object_mut() {
        properties.shift_remove("networkRuleSet");
    }
    Ok(())
}
