//! Notes of an import.

use schemars::JsonSchema;
use serde::Serialize;

/// A finding about one registry beside its spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SeenNote {
    pub code: SeenCode,
    pub message: String,
}

/// The kind of a [`SeenNote`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SeenCode {
    /// A rule is there more than once, under one or more spellings.
    DuplicateRule,
    /// A rule is neither an IPv4 range nor a subnet.
    UnparsedRule,
    /// The api-version does not show a setting.
    HiddenSetting,
    /// A setting has a value that no spec can want.
    UnknownValue,
    /// A setting has a value that Azure does not change at this SKU.
    Tier,
    /// The registry has private endpoints.
    PrivateEndpoints,
    /// A setting that no spec has a key for is not at its default.
    OtherSetting,
    /// The registry is in the middle of a write, or its last one failed.
    NotSucceeded,
    /// A rule or setting is there for a while only, by a lease.
    Leased,
    /// The files do not tell the value of a setting.
    Unresolved,
    /// Terraform ignores changes of a setting, so that the live value may differ from that of the files.
    IgnoredChanges,
    /// Terraform keeps the value of a setting out of its output, and the spec shows it.
    Sensitive,
    /// A part of the files is not read, such as a module.
    NotRead,
}

impl SeenCode {
    /// Returns what the spec does not manage, for a comment of the registry. It has no word of Azure's answer.
    pub(crate) fn unmanaged(self) -> Option<&'static str> {
        match self {
            Self::DuplicateRule
            | Self::NotSucceeded
            | Self::Leased
            | Self::IgnoredChanges
            | Self::Sensitive
            | Self::NotRead => None,
            Self::UnparsedRule => Some("rules that are neither IPv4 ranges nor subnets"),
            Self::HiddenSetting => Some("settings that Azure does not show here"),
            Self::UnknownValue => Some("settings with unknown values"),
            Self::Tier => Some("settings that need SKU Premium"),
            Self::PrivateEndpoints => Some("private endpoints"),
            Self::OtherSetting => Some("settings that no spec has"),
            Self::Unresolved => Some("settings that the files do not tell"),
        }
    }
}
