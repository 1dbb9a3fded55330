//! The id of a registry.

use super::values::id_error_text;
use crate::model::{RegistryId, ResourceIdError, valid_registry_name};
use crate::spec::diagnostic_code::DiagnosticCode;
use crate::spec::loading::Loading;
use crate::spec::raw::RawRegistry;
use crate::spec::raw::deserialize::Spanned;
use crate::spec::yaml::node::short;
use crate::spec::yaml::place::At;

/// Reads the id of a registry from `id`, or from `name`, `resourceGroup` and `subscription`. Reports an id that is
/// invalid, incomplete or given twice.
pub(crate) fn identity(loading: &mut Loading, raw: &Spanned<RawRegistry>) -> Option<RegistryId> {
    let Some(id) = &raw.value.id else {
        return id_from_parts(loading, raw);
    };
    // `id` contains the three parts, so a part beside it could contradict it.
    for (key, part) in parts(&raw.value) {
        if let Some(part) = part {
            let message = format!("a registry takes either `id` or `{key}`, not both");
            let help = format!("remove `{key}`, because `id` contains it");
            loading.report(part.at, DiagnosticCode::RegistryIdentity, message, help);
            return None;
        }
    }
    parse_id(loading, id.at, RegistryId::parse(&id.value), &id.value)
}

/// Returns the keys that identify a registry together.
fn parts(raw: &RawRegistry) -> [(&'static str, Option<&Spanned<String>>); 3] {
    [
        ("name", raw.name.as_ref()),
        ("resourceGroup", raw.resource_group.as_ref()),
        ("subscription", raw.subscription.as_ref()),
    ]
}

fn id_from_parts(loading: &mut Loading, raw: &Spanned<RawRegistry>) -> Option<RegistryId> {
    let parts = parts(&raw.value);
    let [(_, Some(name)), (_, Some(group)), (_, Some(subscription))] = parts else {
        let message = missing_parts(&parts);
        let help = "add `id`, or `name`, `resourceGroup` and `subscription`";
        loading.report(raw.at, DiagnosticCode::RegistryIdentity, message, help);
        return None;
    };
    // An error is reported at the part that caused it.
    let blamed = if !is_segment(&subscription.value) {
        subscription
    } else if !is_segment(&group.value) {
        group
    } else {
        name
    };
    let parsed = RegistryId::new(&subscription.value, &group.value, &name.value);
    parse_id(loading, blamed.at, parsed, &blamed.value)
}

fn missing_parts(parts: &[(&'static str, Option<&Spanned<String>>); 3]) -> String {
    let mut missing = Vec::new();
    for (key, part) in parts {
        if part.is_none() {
            missing.push(format!("`{key}`"));
        }
    }
    if missing.len() == parts.len() {
        "this registry has no `id`".to_owned()
    } else {
        format!("this registry has no {}", missing.join(" and no "))
    }
}

/// Returns true if a text can be one segment of a resource id.
fn is_segment(text: &str) -> bool {
    !text.contains('/') && RegistryId::new(text, "rg", "name").is_ok()
}

fn parse_id(
    loading: &mut Loading,
    at: At,
    parsed: Result<RegistryId, ResourceIdError>,
    written: &str,
) -> Option<RegistryId> {
    match parsed {
        Ok(id) if valid_registry_name(id.name()) => Some(id),
        Ok(id) => {
            let message = format!("invalid registry name `{}`", short(id.name()));
            let help = "use 5 to 50 letters and digits";
            loading.report(at, DiagnosticCode::BadRegistryName, message, help);
            None
        }
        Err(error) => {
            let message = id_error_text(written, &error);
            let help = "copy the id from `az acr show --query id`";
            loading.report(at, DiagnosticCode::BadId, message, help);
            None
        }
    }
}
