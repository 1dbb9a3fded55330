//! Targets of `restore`: registries by id or name, and specs.

use std::path::PathBuf;

use crate::error::Error;
use crate::model::{RegistryId, valid_registry_name};
use crate::run::registry::named_registry::{NamedRegistry, parse_id};

/// One target of `restore`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreTarget {
    /// One registry.
    Registry(RegistryId),
    /// Every registry of a file or folder.
    Spec(PathBuf),
}

impl RestoreTarget {
    /// Reads a target. `exists` is true if there is a file or folder of this name.
    ///
    /// A name with a resource group is a registry even if a folder has the same name: opening every registry of a
    /// folder must not happen by accident.
    ///
    /// # Errors
    /// A usage error: the text is neither an id, nor a complete name, nor a path.
    pub fn parse(text: &str, flags: &NamedRegistry, exists: bool) -> Result<Self, Error> {
        if text.to_ascii_lowercase().starts_with("/subscriptions/") {
            return parse_id(text).map(Self::Registry);
        }
        // The resource group decides between a name and a folder of that name.
        let is_name = valid_registry_name(text);
        if is_name && flags.resource_group.is_some() {
            return flags.registry(text).map(Self::Registry);
        }
        // A path that does not exist is a spec too: loading then names the missing file.
        let is_yaml = text.ends_with(".yaml") || text.ends_with(".yml");
        if exists || is_yaml || text.contains(['/', '\\']) {
            return Ok(Self::Spec(PathBuf::from(text)));
        }
        if is_name {
            return flags.registry(text).map(Self::Registry);
        }
        Err(Error::usage(
            format!("`{text}` is not a registry id, a registry name or a file"),
            "a registry name has 5 to 50 letters and digits; a spec is a file or folder that exists",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str =
        "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";

    fn kind(text: &str, group: Option<&str>, exists: bool) -> &'static str {
        let flags = NamedRegistry {
            subscription: Some("s".to_owned()),
            resource_group: group.map(str::to_owned),
        };
        match RestoreTarget::parse(text, &flags, exists) {
            Ok(RestoreTarget::Registry(id)) if id.as_str() == ID => "contoso",
            Ok(RestoreTarget::Registry(_)) => "another registry",
            Ok(RestoreTarget::Spec(_)) => "spec",
            Err(_) => "error",
        }
    }

    #[test]
    fn target_is_an_id_a_name_or_a_path() {
        let rows = [
            (ID, None, false, "contoso"),
            ("contoso", Some("rg"), false, "contoso"),
            ("contoso", Some("rg"), true, "contoso"),
            ("contoso", None, true, "spec"),
            ("contoso", None, false, "error"),
            ("specs/prod", None, false, "spec"),
            ("prod.yaml", Some("rg"), false, "spec"),
            ("abc", Some("rg"), false, "error"),
            ("/subscriptions/s/resourceGroups/rg", None, false, "error"),
            ("contoso", Some("a/b"), false, "error"),
        ];
        for (text, group, exists, want) in rows {
            assert_eq!(kind(text, group, exists), want, "{text} {group:?} {exists}");
        }
    }
}
