//! The id of a registry.

use super::values::{LONGEST_ID, id_error_text, id_inside};
use crate::model::{RegistryId, ResourceIdError, valid_registry_name};
use crate::spec::diagnostic_code::DiagnosticCode;
use crate::spec::help::Help;
use crate::spec::loading::Loading;
use crate::spec::raw::RawRegistry;
use crate::spec::raw::deserialize::Spanned;
use crate::spec::yaml::node::short;
use crate::spec::yaml::place::At;

/// Number of parts of a registry's id.
const REGISTRY_SEGMENTS: usize = 8;

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
    // Each part is checked on its own, so that no message shows an id that the file does not have.
    let mut valid = true;
    for (key, part) in [("subscription", subscription), ("resourceGroup", group)] {
        if !is_segment(&part.value) {
            report_part(loading, key, part);
            valid = false;
        }
    }
    if !is_segment(&name.value) || !valid_registry_name(&name.value) {
        report_name(loading, name);
        valid = false;
    }
    if !valid {
        return None;
    }
    RegistryId::new(&subscription.value, &group.value, &name.value).ok()
}

/// Reports a `subscription` or a `resourceGroup` that cannot be a part of an id.
fn report_part(loading: &mut Loading, key: &str, part: &Spanned<String>) {
    let (before, command) = match key {
        "subscription" => ("subscriptions", "az account show --query id"),
        _ => ("resourcegroups", "az acr show --query resourceGroup"),
    };
    let message = format!("invalid value `{}` for `{key}`", short(&part.value));
    // The resource id of the subscription or group is a common mistake.
    let help = match part_after(&part.value, before) {
        Some(corrected) => Help::write(corrected),
        None => format!("copy it from `{command}`").into(),
    };
    loading.report(part.at, DiagnosticCode::BadId, message, help);
}

/// Returns the part of an id that follows the part `before`, which is in lower case.
fn part_after<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    let mut parts = text.split('/');
    parts.find(|part| part.eq_ignore_ascii_case(before))?;
    let part = parts.next()?;
    (text.len() <= LONGEST_ID && is_segment(part)).then_some(part)
}

fn report_name(loading: &mut Loading, name: &Spanned<String>) {
    let message = format!("invalid registry name `{}`", short(&name.value));
    let help = match name_inside(&name.value) {
        Some(corrected) => Help::write(corrected),
        None => "use 5 to 50 letters and digits".into(),
    };
    loading.report(name.at, DiagnosticCode::BadRegistryName, message, help);
}

/// Returns the name in a registry's id or login server. A login server can have a label after the name, such as
/// `contoso-abc123.azurecr.io` (docs: container-registry-get-started-portal, "Domain name label").
fn name_inside(text: &str) -> Option<&str> {
    let name = match part_after(text, "registries") {
        Some(name) => name,
        None => {
            let host = text.trim_start_matches("https://");
            let (labels, _) = host.split_once(".azurecr.")?;
            labels.split(['-', '.']).next()?
        }
    };
    valid_registry_name(name).then_some(name)
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
            let help = match id_inside(written, REGISTRY_SEGMENTS, RegistryId::parse) {
                Some(id) => format!("write `{id}`"),
                None => "copy the id from `az acr show --query id`".to_owned(),
            };
            loading.report(at, DiagnosticCode::BadId, message, help);
            None
        }
    }
}
