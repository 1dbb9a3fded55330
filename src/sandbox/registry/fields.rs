//! Fields that several writes share: tags, names, host names, `systemData`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::text;
use crate::sandbox::protocol::response::Answer;

pub(crate) fn unknown_property(name: &str) -> Answer {
    errors::not_established(&format!(
        "a write with `{name}`, which this api-version does not have"
    ))
}

/// Tags are replaced whole (recorded: azure-libraries-for-net ContainerRegistryCRUD, 2019-10), within the limits of
/// tag-resources.
pub(crate) fn tags(tags: &Value) -> Result<Value, Answer> {
    let texts = tags
        .as_object()
        .is_some_and(|tags| tags.values().all(Value::is_string));
    let fits = |(name, value): (&String, &Value)| {
        let value = value.as_str().unwrap_or_default();
        let lengths = (1..=512).contains(&name.chars().count()) && value.chars().count() <= 256;
        lengths && !name.contains(['<', '>', '%', '&', '\\', '?', '/'])
    };
    let mut names = BTreeSet::new();
    let sent = tags.as_object().filter(|_| texts);
    let Some(sent) = sent else {
        return Err(errors::own_bad_request("`tags` must be an object of strings"));
    };
    let once = sent.keys().all(|name| names.insert(name.to_lowercase()));
    if sent.len() > 50 || !once || !sent.iter().all(fits) {
        return Err(errors::own_bad_request(
            "at most 50 tags, each name once, of 1 to 512 characters without `<>%&\\?/`, each value of at most 256",
        ));
    }
    Ok(tags.clone())
}

pub(crate) fn is_name(name: &str) -> bool {
    (5..=50).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// `systemData` of something that the caller has just made.
pub(crate) fn created_by(caller: &str, now: &str) -> Value {
    json!({
        "createdBy": caller, "createdByType": "Application", "createdAt": now,
        "lastModifiedBy": caller, "lastModifiedByType": "Application", "lastModifiedAt": now,
    })
}

/// Host names follow their switch, one for each region: dedicated data endpoints (recorded: azure-cli
/// test_acr_with_dedicated_data_endpoints, 2021-05), regional ones (documented). Without other regions there is
/// the home region only; names that a pasted registry has stay while the switch stays.
pub(crate) fn host_names(registry: &mut Value, switch: &str, regions: &[String]) {
    let (names, domain, on) = match switch {
        "dataEndpointEnabled" => ("dataEndpointHostNames", "data", Value::Bool(true)),
        "regionalEndpoints" => ("regionalEndpointHostNames", "geo", Value::from("Enabled")),
        _ => return,
    };
    let name = text(registry, "/name").to_ascii_lowercase();
    let host = |region: &String| Value::from(format!("{name}.{region}.{domain}.azurecr.io"));
    let hosts: Vec<Value> = regions.iter().map(host).collect();
    let properties = &mut registry["properties"];
    properties[names] = if properties[switch] == on {
        Value::Array(hosts)
    } else {
        json!([])
    };
}
