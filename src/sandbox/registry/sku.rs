//! The SKU of a registry, and the network rules that exist with Premium only.

use serde_json::{Value, json};

use super::fields::differs;
use crate::sandbox::forms::json_type::{JsonType, Keys, check, optional};
use crate::sandbox::forms::{defaults, normalize};
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{is, known_word, text};
use crate::sandbox::protocol::response::Answer;

/// Sets the SKU of a new registry. Below Premium it has no network rules.
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

/// SKUs of new registries.
const NAMES: &[&str] = &["Basic", "Standard", "Premium"];

/// Keys of `sku`. The tier is read only: ARM derives it from the name.
const SKU: Keys = &[
    optional("name", JsonType::OneOf(NAMES)),
    optional("tier", JsonType::Text),
];

/// Returns the SKU that a body names. Clients send its own tier back; the effect of another one is not recorded.
fn sku_name(sku: &Value) -> Result<&'static str, Answer> {
    check(sku, JsonType::Object(SKU), "sku").map_err(differs)?;
    let Some(name) = known_word(NAMES, text(sku, "/name")) else {
        return Err(errors::own_bad_request(
            "`sku.name` must be Basic, Standard or Premium",
        ));
    };
    let tier = text(sku, "/tier");
    if tier.is_empty() || tier.eq_ignore_ascii_case(name) {
        return Ok(name);
    }
    Err(errors::not_established(&format!(
        "the SKU {name} with the tier `{tier}`"
    )))
}

/// Changes the SKU, unless the registry leaves Premium: then it returns the new SKU, and [`leave_premium`] sets it
/// once the rest of the write is merged.
///
/// A change from Basic to Standard is recorded (azure-libraries-for-net ContainerRegistryCRUD, 2019-10).
pub(crate) fn change(new: &mut Value, sku: &Value) -> Result<Option<&'static str>, Answer> {
    let name = sku_name(sku)?;
    if is(new, "/sku/name", name) {
        return Ok(None);
    }
    if is(new, "/sku/name", "Premium") {
        return Ok(Some(name));
    }
    // Network rules exist at Premium only.
    if name == "Premium" {
        new["properties"]["networkRuleSet"] = defaults::rule_set();
    }
    new["sku"] = json!({"name": name, "tier": name});
    Ok(None)
}

/// Changes the SKU from Premium to `sku`, and refuses it for a registry with network restrictions.
///
/// azurerm refuses that on the client's side (hashicorp/terraform-provider-azurerm#24838). Azure's text is not known,
/// nor whether Azure looks at the registry before or after a write that also removes the restrictions.
pub(crate) fn leave_premium(stored: &Value, new: &mut Value, sku: &str) -> Result<(), Answer> {
    if is_restricted(new) {
        return Err(errors::own_bad_request(
            "a registry with network restrictions cannot leave Premium",
        ));
    }
    // The write itself removes the restrictions, so the order of Azure's checks would decide.
    if is_restricted(stored) {
        return Err(errors::not_established(
            "a write that removes network restrictions and leaves Premium",
        ));
    }
    if let Some(properties) = new["properties"].as_object_mut() {
        properties.shift_remove("networkRuleSet");
    }
    new["sku"] = json!({"name": sku, "tier": sku});
    Ok(())
}

fn is_restricted(registry: &Value) -> bool {
    normalize::is_restricted(&registry["properties"]["networkRuleSet"])
        || is(registry, "/properties/publicNetworkAccess", "Disabled")
}
