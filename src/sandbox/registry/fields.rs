//! Fields that several kinds of writes share: tags, names, host names, `systemData`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::sandbox::forms::json_type::BodyFault;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::text;
use crate::sandbox::protocol::response::Answer;

/// Returns the 501 for a property that the api-version of the write does not have.
pub(crate) fn unknown_property(name: &str) -> Answer {
    errors::not_established(&format!(
        "a write with `{name}`, which this api-version does not have"
    ))
}

/// Returns the 501 for a PATCH that sends null: no source says whether that clears a setting or leaves it.
pub(crate) fn null(name: &str) -> Answer {
    errors::not_established(&format!("a write with `{name}`: null"))
}

/// Returns the answer to a body that differs from the models of the provider.
pub(crate) fn differs(fault: BodyFault) -> Answer {
    match fault {
        BodyFault::Type { path, wanted } => {
            errors::own_bad_request(&format!("`{path}` must be {wanted}"))
        }
        BodyFault::Value { path, wanted } => {
            errors::not_established(&format!("a write in which `{path}` is not {wanted}"))
        }
        BodyFault::Unknown { path } => errors::not_established(&format!("a write with `{path}`")),
        BodyFault::Missing { path } => errors::not_established(&format!("a write without `{path}`")),
        BodyFault::Id { path, id } => {
            errors::not_established(&format!("a write in which `{path}` is `{id}`"))
        }
    }
}

/// Checks the tags of a write against the limits of tag-resources, and returns them.
///
/// They replace all stored tags (recorded: azure-libraries-for-net ContainerRegistryCRUD, 2019-10).
pub(crate) fn tags(tags: &Value) -> Result<Value, Answer> {
    match tag_fault(tags) {
        None => Ok(tags.clone()),
        Some(fault) => Err(errors::own_bad_request(fault)),
    }
}

/// Returns the limit of tag-resources that tags do not keep.
pub(crate) fn tag_fault(tags: &Value) -> Option<&'static str> {
    let sent = match tags {
        Value::Object(sent) if sent.values().all(Value::is_string) => sent,
        _ => return Some("`tags` must be an object of strings"),
    };
    // Names are compared without case.
    let mut names = BTreeSet::new();
    let mut valid = sent.len() <= 50;
    for (name, value) in sent {
        valid &= names.insert(name.to_lowercase())
            && (1..=512).contains(&name.chars().count())
            && !name.contains(['<', '>', '%', '&', '\\', '?', '/'])
            && text(value, "").chars().count() <= 256;
    }
    (!valid).then_some(
        "at most 50 tags, each name once, of 1 to 512 characters without `<>%&\\?/`, each value of at most 256",
    )
}

/// Returns true for a valid name of a registry or replication: 5 to 50 ASCII letters and digits.
pub(crate) fn is_name(name: &str) -> bool {
    (5..=50).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Words that no resource with a public endpoint may have as its name (docs: error-reserved-resource-name). Those that a
/// registry's name cannot have for their `_` or `.` are left out.
const RESERVED: &[&str] = &[
    "access",
    "azure",
    "bing",
    "bizspark",
    "biztalk",
    "cortana",
    "directx",
    "dotnet",
    "dynamics",
    "excel",
    "exchange",
    "forefront",
    "groove",
    "hololens",
    "hyperv",
    "kinect",
    "lync",
    "msdn",
    "o365",
    "office",
    "office365",
    "onedrive",
    "onenote",
    "outlook",
    "powerpoint",
    "sharepoint",
    "skype",
    "visio",
    "visualstudio",
    "xbox",
];

/// Returns true for a name that is reserved, contains a trademark, or begins with `login` (docs: same).
pub(crate) fn is_reserved(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    RESERVED.contains(&name.as_str())
        || name.contains("microsoft")
        || name.contains("windows")
        || name.starts_with("login")
}

/// Returns the `systemData` of a new resource. `now` is a timestamp as text.
pub(crate) fn created_by(caller: &str, now: &str) -> Value {
    json!({
        "createdBy": caller, "createdByType": "Application", "createdAt": now,
        "lastModifiedBy": caller, "lastModifiedByType": "Application", "lastModifiedAt": now,
    })
}

/// Sets the host names that belong to `switch`, one for each region if it is on, none if it is off. Other properties
/// have no host names.
///
/// Sources: dedicated data endpoints (recorded: azure-cli test_acr_with_dedicated_data_endpoints, 2021-05), regional
/// ones (documented).
pub(crate) fn host_names(registry: &mut Value, switch: &str, regions: &[String]) {
    let (names, domain, on) = match switch {
        "dataEndpointEnabled" => ("dataEndpointHostNames", "data", Value::Bool(true)),
        "regionalEndpoints" => ("regionalEndpointHostNames", "geo", Value::from("Enabled")),
        _ => return,
    };
    let name = text(registry, "/name").to_ascii_lowercase();
    let properties = &mut registry["properties"];
    let regions = if properties[switch] == on { regions } else { &[] };
    let hosts = regions
        .iter()
        .map(|region| format!("{name}.{region}.{domain}.azurecr.io"));
    properties[names] = hosts.collect();
}
