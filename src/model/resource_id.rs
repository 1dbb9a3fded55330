//! ARM resource ids: kept as written, compared without case.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// An ARM resource id, such as
/// `/subscriptions/{s}/resourceGroups/{rg}/providers/Microsoft.ContainerRegistry/registries/{name}`.
///
/// ARM mixes the case of every part of an id between answers, so two ids that differ in case only are equal. A clone shares
/// the text: spec, live state and plan each have the ids of all registries.
#[derive(Clone, Debug)]
pub struct ResourceId {
    raw: Arc<str>,
    /// Lower-case form, made once: ids are compared far more often than they are made.
    key: Arc<str>,
}

/// The reason why a text is not a resource id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResourceIdError {
    #[error("`{0}` is not an ARM resource id; it must start with `/subscriptions/`")]
    NotAnId(String),
    #[error("`{id}` is not the id of a {wanted}; expected `{shape}`")]
    WrongType {
        id: String,
        wanted: &'static str,
        shape: &'static str,
    },
    #[error("`{0}` has a character that cannot be in a resource id")]
    BadCharacter(String),
}

impl ResourceId {
    /// Parses an absolute id. Drops a trailing `/`.
    ///
    /// # Errors
    /// [`ResourceIdError`] if the text is not under `/subscriptions/`, or has a segment that no id can have.
    pub fn parse(text: &str) -> Result<Self, ResourceIdError> {
        let trimmed = text.strip_suffix('/').unwrap_or(text);
        if !trimmed
            .get(..15)
            .is_some_and(|start| start.eq_ignore_ascii_case("/subscriptions/"))
        {
            return Err(ResourceIdError::NotAnId(text.to_owned()));
        }
        // A segment such as `..` or `a?b` would make another URL of the id.
        let mut segments = trimmed.split('/').skip(1);
        if segments
            .any(|segment| segment.is_empty() || segment == "." || segment == ".." || !plain(segment))
        {
            return Err(ResourceIdError::BadCharacter(text.to_owned()));
        }
        Ok(Self {
            raw: trimmed.into(),
            key: trimmed.to_ascii_lowercase().into(),
        })
    }

    /// Returns the id as it was written.
    pub fn as_str(&self) -> &str {
        &self.raw
    }

    /// Returns the id in lower case, for maps and sorting.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the subscription, as written.
    pub fn subscription(&self) -> &str {
        self.segment(1)
    }

    /// Returns the resource group, as written; empty for an id without one.
    pub fn resource_group(&self) -> &str {
        if self.key.split('/').nth(3) == Some("resourcegroups") {
            self.segment(3)
        } else {
            ""
        }
    }

    /// Returns the last segment.
    pub fn name(&self) -> &str {
        self.raw.rsplit('/').next().unwrap_or_default()
    }

    /// Returns the segment at `index`, counted after the leading `/`.
    fn segment(&self, index: usize) -> &str {
        self.raw.split('/').nth(index + 1).unwrap_or_default()
    }

    /// Returns true if the id matches `shape`, where `*` stands for any segment.
    fn has_shape(&self, shape: &[&str]) -> bool {
        let segments: Vec<&str> = self.key.split('/').skip(1).collect();
        segments.len() == shape.len()
            && segments
                .iter()
                .zip(shape)
                .all(|(segment, wanted)| *wanted == "*" || segment == wanted)
    }
}

/// Returns true if ARM names use these characters only. Anything else in an id is a mistake or an attempt to reach
/// another URL.
fn plain(segment: &str) -> bool {
    segment
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '(' | ')'))
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl Eq for ResourceId {}
impl Hash for ResourceId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}
impl Ord for ResourceId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}
impl PartialOrd for ResourceId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.raw)
    }
}

/// Makes a newtype over [`ResourceId`] for one resource type.
macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident, $wanted:literal, $display:literal, $shape:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(ResourceId);

        impl $name {
            /// Parses an id and checks that it is of this type.
            pub fn parse(text: &str) -> Result<Self, ResourceIdError> {
                let id = ResourceId::parse(text)?;
                if id.has_shape($shape) {
                    Ok(Self(id))
                } else {
                    Err(ResourceIdError::WrongType { id: text.to_owned(), wanted: $wanted, shape: $display })
                }
            }
        }

        impl std::ops::Deref for $name {
            type Target = ResourceId;
            fn deref(&self) -> &ResourceId {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

typed_id!(
    /// The id of a container registry.
    RegistryId,
    "container registry",
    "/subscriptions/<id>/resourceGroups/<rg>/providers/Microsoft.ContainerRegistry/registries/<name>",
    &["subscriptions", "*", "resourcegroups", "*", "providers", "microsoft.containerregistry", "registries", "*"]
);

typed_id!(
    /// The id of a subnet.
    SubnetId,
    "subnet",
    "/subscriptions/<id>/resourceGroups/<rg>/providers/Microsoft.Network/virtualNetworks/<vnet>/subnets/<subnet>",
    &[
        "subscriptions", "*", "resourcegroups", "*", "providers", "microsoft.network", "virtualnetworks", "*",
        "subnets", "*"
    ]
);

impl RegistryId {
    /// Makes the id of the registry `name` in a group, as ARM spells it.
    pub fn new(subscription: &str, resource_group: &str, name: &str) -> Result<Self, ResourceIdError> {
        Self::parse(&format!(
            "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.ContainerRegistry/registries/{name}"
        ))
    }
}

impl SubnetId {
    /// Makes the id of a subnet of the virtual network `vnet` in a group, as ARM spells it.
    pub fn new(
        subscription: &str,
        resource_group: &str,
        vnet: &str,
        subnet: &str,
    ) -> Result<Self, ResourceIdError> {
        Self::parse(&format!(
            "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.Network/virtualNetworks/\
             {vnet}/subnets/{subnet}"
        ))
    }

    /// Returns the virtual network's id, in lower case: Azure allows one write at a time per virtual network.
    pub fn vnet_key(&self) -> &str {
        self.key().rsplit_once("/subnets/").map_or("", |(vnet, _)| vnet)
    }

    /// Returns the virtual network's id, as it was written.
    pub fn vnet(&self) -> ResourceId {
        let raw = &self.as_str()[..self.vnet_key().len()];
        ResourceId::parse(raw).expect("the id of a subnet begins with that of its network")
    }

    /// Returns `<vnet>/<subnet>`, for people.
    pub fn short(&self) -> String {
        format!("{}/{}", self.segment(7), self.name())
    }
}

/// Returns true if `name` can name a registry: 5 to 50 letters and digits (recorded: api `checkNameAvailability`).
pub fn valid_registry_name(name: &str) -> bool {
    (5..=50).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBNET: &str = "/subscriptions/S1/resourceGroups/Rg/providers/Microsoft.Network/virtualNetworks/v/subnets/Build";

    #[test]
    fn ids_compare_without_case_and_keep_their_text() {
        let a = SubnetId::parse(SUBNET).unwrap();
        let b = SubnetId::parse(&SUBNET.to_uppercase()).unwrap();
        assert_eq!(a, b);
        assert_eq!(a.as_str(), SUBNET);
        assert_eq!(
            (a.subscription(), a.resource_group(), a.name()),
            ("S1", "Rg", "Build")
        );
        assert_eq!(a.short(), "v/Build");
        assert!(a.vnet_key().ends_with("/virtualnetworks/v"));
    }

    #[test]
    fn ids_of_another_type_are_refused() {
        for text in [
            "",
            "contoso",
            "/subscriptions",
            "/subscriptions/s/resourceGroups/r",
            "/subscriptionś/x",
        ] {
            assert!(SubnetId::parse(text).is_err(), "{text}");
        }
        assert!(matches!(
            RegistryId::parse(SUBNET),
            Err(ResourceIdError::WrongType { .. })
        ));
    }

    #[test]
    fn segments_that_would_change_the_url_are_refused() {
        for bad in ["..", ".", "a?b", "a#b", "a%2fb", "", "a b", "a\u{202e}b"] {
            assert!(RegistryId::new("s", "rg", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_trailing_slash_is_dropped() {
        assert_eq!(SubnetId::parse(&format!("{SUBNET}/")).unwrap().as_str(), SUBNET);
    }

    #[test]
    fn registry_names_have_five_to_fifty_letters_and_digits() {
        assert!(valid_registry_name("contoso"));
        for bad in ["abcd", "con-toso", "contosó", &"a".repeat(51)] {
            assert!(!valid_registry_name(bad), "{bad}");
        }
    }
}
