//! The settings whose word decides who gets in, and how an unknown word is read.

use super::Admitted;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Setting, SettingKind, SettingValue, Settings};

/// `properties.publicNetworkAccess`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicNetworkAccess {
    Enabled,
    Disabled,
}

impl PublicNetworkAccess {
    /// Returns ARM's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
        }
    }

    /// Reads ARM's spelling. An unknown value is taken for `Disabled`.
    pub fn of(word: &str) -> Self {
        match decisive_word(Setting::PublicNetworkAccess, Some(word)) {
            Some("Disabled") => Self::Disabled,
            _ => Self::Enabled,
        }
    }
}

/// `properties.networkRuleSet.defaultAction`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DefaultAction {
    Allow,
    Deny,
}

impl DefaultAction {
    /// Returns ARM's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }

    /// Reads ARM's spelling. An absent value is `Allow`, an unknown one is taken for `Deny`.
    pub fn of(word: Option<&str>) -> Self {
        match decisive_word(Setting::DefaultAction, word) {
            Some("Deny") => Self::Deny,
            _ => Self::Allow,
        }
    }
}

/// Returns the known word that decides who gets in: an unknown one counts as the closed one.
fn decisive_word(setting: Setting, word: Option<&str>) -> Option<&'static str> {
    let known = setting.known_word(word?);
    let SettingKind::Word { unknown_means, .. } = setting.facts().kind else {
        return known;
    };
    known.or(unknown_means)
}

/// Returns `Yes` if the setting has this word. A hidden value says nothing, and neither does an unknown one.
pub(crate) fn has_word(settings: &Settings, setting: Setting, yes: &str) -> Admitted {
    let live = settings.word(setting).and_then(|word| setting.known_word(word));
    match live {
        Some(word) if word == yes => Admitted::Yes,
        Some(_) => Admitted::No,
        None => Admitted::Unknown,
    }
}

/// Returns the answer that a flag gives. A hidden flag says nothing.
pub(crate) fn has_flag(settings: &Settings, setting: Setting) -> Admitted {
    match settings.flag(setting) {
        Some(true) => Admitted::Yes,
        Some(false) => Admitted::No,
        None => Admitted::Unknown,
    }
}

impl<R> From<PublicNetworkAccess> for SettingValue<R> {
    fn from(access: PublicNetworkAccess) -> Self {
        access.as_str().into()
    }
}

impl<R> From<DefaultAction> for SettingValue<R> {
    fn from(action: DefaultAction) -> Self {
        action.as_str().into()
    }
}
