//! Which registry is meant.

use super::values::short_id_error;
use crate::model::{RegistryId, ResourceIdError, valid_registry_name};
use crate::spec::loading::Loading;
use crate::spec::raw::RawRegistry;
use crate::spec::raw::deserialize::Spanned;
use crate::spec::yaml::node::{At, short};

/// Reads which registry is meant: by `id`, or by `name`, `resourceGroup` and `subscription`.
pub(crate) fn identity(loading: &mut Loading, raw: &Spanned<RawRegistry>) -> Option<RegistryId> {
    let Some(id) = &raw.value.id else {
        return by_parts(loading, raw);
    };
    let mut named = parts(&raw.value).into_iter();
    if let Some((key, part)) = named.find_map(|(key, part)| Some((key, part?))) {
        let message = format!("a registry has either `id` or `{key}`, not both");
        let help = format!("remove `{key}`, which `id` says already");
        loading.error(part.at, "registry-identity", message, help);
        return None;
    }
    parse_id(loading, id.at, RegistryId::parse(&id.value), &id.value)
}

/// The keys that name a registry together.
fn parts(raw: &RawRegistry) -> [(&'static str, Option<&Spanned<String>>); 3] {
    [
        ("name", raw.name.as_ref()),
        ("resourceGroup", raw.resource_group.as_ref()),
        ("subscription", raw.subscription.as_ref()),
    ]
}

fn by_parts(loading: &mut Loading, raw: &Spanned<RawRegistry>) -> Option<RegistryId> {
    let parts = parts(&raw.value);
    let missing: Vec<String> = parts
        .iter()
        .filter(|(_, part)| part.is_none())
        .map(|(key, _)| format!("`{key}`"))
        .collect();
    let [(_, Some(name)), (_, Some(group)), (_, Some(subscription))] = parts else {
        let message = if missing.len() == parts.len() {
            "this registry is not named: it has no `id`".to_owned()
        } else {
            format!("this registry lacks {}", missing.join(" and "))
        };
        let help = "give `id`, or `name`, `resourceGroup` and `subscription`";
        loading.error(raw.at, "registry-identity", message, help);
        return None;
    };
    let blamed = [subscription, group]
        .into_iter()
        .find(|part| !single_segment(&part.value))
        .unwrap_or(name);
    parse_id(
        loading,
        blamed.at,
        RegistryId::new(&subscription.value, &group.value, &name.value),
        &blamed.value,
    )
}

/// Whether a text can be one segment of a resource id.
fn single_segment(text: &str) -> bool {
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
            let message = format!("`{}` cannot be the name of a registry", short(id.name()));
            loading.error(
                at,
                "bad-registry-name",
                message,
                "a registry's name has 5 to 50 letters and digits",
            );
            None
        }
        Err(error) => {
            let help = "copy it from `az acr show --query id`";
            loading.error(at, "bad-id", short_id_error(written, &error), help);
            None
        }
    }
}
