//! Regions: the list of the providers, and the check of the `location` of a new resource.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::normalised_location;
use crate::sandbox::protocol::response::Answer;

/// Display names of the public cloud's regions: those of a resource group as Azure lists them
/// (MicrosoftDocs/executable-docs#74, 2024-05), and newer ones of the list of regions (azure-regions-list). That
/// each type is in each of them is inferred.
pub(crate) const DISPLAY_NAMES: &[&str] = &[
    "East US",
    "East US 2",
    "West US",
    "West US 2",
    "West US 3",
    "West Central US",
    "Central US",
    "North Central US",
    "South Central US",
    "North Europe",
    "West Europe",
    "UK South",
    "UK West",
    "France Central",
    "Germany West Central",
    "Switzerland North",
    "Sweden Central",
    "Norway East",
    "Italy North",
    "Poland Central",
    "Spain Central",
    "Austria East",
    "Belgium Central",
    "Denmark East",
    "Southeast Asia",
    "East Asia",
    "Japan East",
    "Japan West",
    "Australia East",
    "Australia Southeast",
    "Australia Central",
    "Australia Central 2",
    "New Zealand North",
    "Indonesia Central",
    "Malaysia West",
    "Central India",
    "South India",
    "West India",
    "Jio India West",
    "Korea Central",
    "Korea South",
    "Brazil South",
    "Canada Central",
    "Canada East",
    "Chile Central",
    "Mexico Central",
    "UAE North",
    "Qatar Central",
    "Israel Central",
    "South Africa North",
    "Central US EUAP",
    "East US 2 EUAP",
];

/// Returns all regions in the form of answers, such as `westus`.
pub(crate) fn normalised() -> Vec<String> {
    DISPLAY_NAMES
        .iter()
        .map(|name| normalised_location(name))
        .collect()
}

/// Returns true for the name of a region in any form: `West US` and `westus` are one.
pub(crate) fn is_region(name: &str) -> bool {
    normalised().contains(&normalised_location(name))
}

/// Returns the `location` of a body as sent, or a 400 if it has none.
pub(crate) fn sent(body: &Map<String, Value>) -> Result<&str, Answer> {
    match body.get("location") {
        None | Some(Value::Null) => Err(errors::location_required()),
        Some(Value::String(location)) if location.trim().is_empty() => Err(errors::location_required()),
        Some(Value::String(location)) => Ok(location),
        Some(_) => Err(errors::own_invalid_content("`location` must be a string")),
    }
}

/// Returns the region of a new resource of the type `kind`, in the form of answers.
///
/// The text of the refusal is known for another type (Azure/acr#406). The code is general knowledge.
pub(crate) fn of_new(body: &Map<String, Value>, kind: &str) -> Result<String, Answer> {
    let known = normalised().join(",");
    of(body, "LocationNotAvailableForResourceType", |sent| {
        format!(
            "The provided location '{sent}' is not available for resource type '{kind}'. List of available regions for the resource type is '{known}'."
        )
    })
}

/// Returns the region of a new resource group, in the form of answers (text of the refusal: cloud-barista/cb-spider#527,
/// 2021-11).
pub(crate) fn of_new_group(body: &Map<String, Value>) -> Result<String, Answer> {
    let known = normalised().join(",");
    of(body, "LocationNotAvailableForResourceGroup", |sent| {
        format!(
            "The provided location '{sent}' is not available for resource group. List of available regions is '{known}'."
        )
    })
}

fn of(
    body: &Map<String, Value>,
    code: &str,
    message: impl Fn(&str) -> String,
) -> Result<String, Answer> {
    let sent = sent(body)?;
    if is_region(sent) {
        return Ok(normalised_location(sent));
    }
    Err(errors::gateway(StatusCode::BAD_REQUEST, code, &message(sent)))
}
