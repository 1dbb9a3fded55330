//! Conditions, and facts whose record is disputed, from a JSON file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

use super::permissions;
use crate::sandbox::state::json::Object;
use crate::sandbox::{AzurePolicy, BusyNetwork, Completion, Conditions, Denial, Options, PolicyEffect};

/// Why a file of conditions was refused.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ConditionsError {
    #[error("conditions file `{}` could not be read", path.display())]
    #[diagnostic(help("give `--conditions` a JSON file that can be read"))]
    Read { path: PathBuf, source: std::io::Error },
    #[error("conditions file `{}` is not an object of conditions: {reason}", path.display())]
    #[diagnostic(help(
        "it is such as {{\"creation\": \"operation\", \"denied\": [{{\"action\": \"Microsoft.ContainerRegistry/registries/write\", \"scope\": \"/subscriptions/…\"}}]}}; docs/sandbox.md lists all"
    ))]
    Invalid { path: PathBuf, reason: String },
}

impl Options {
    /// These options under the conditions of a file. What the file leaves out is as in Azure without them.
    pub fn under_conditions(self, path: &Path) -> Result<Self, ConditionsError> {
        let bytes = std::fs::read(path).map_err(|source| ConditionsError::Read {
            path: path.to_owned(),
            source,
        })?;
        let parsed = serde_json::from_slice(&bytes);
        let Object(file): Object<File> = parsed.map_err(|error| ConditionsError::Invalid {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(file.onto(self))
    }
}

/// The file as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
struct File {
    #[serde(deserialize_with = "completion")]
    creation: Completion,
    #[serde(deserialize_with = "completion")]
    deletion: Completion,
    #[serde(deserialize_with = "busy_network")]
    busy_network: BusyNetwork,
    denied: Vec<RawDenial>,
    denied_joins: Vec<ScopeId>,
    policies: Vec<RawPolicy>,
    #[serde(deserialize_with = "page_size")]
    page_size: Option<usize>,
    ip_rule_limit: Option<usize>,
    private_ip_rules: bool,
    either_subnet_key: bool,
    rewritten_rules: bool,
    omitted_lists_clear: bool,
    #[serde(deserialize_with = "time")]
    operation_time: Option<Duration>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDenial {
    #[serde(deserialize_with = "action")]
    action: String,
    scope: ScopeId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPolicy {
    #[serde(deserialize_with = "effect")]
    effect: PolicyEffect,
    scope: ScopeId,
}

/// The id of a subscription or of something below.
struct ScopeId(String);

impl File {
    fn onto(self, options: Options) -> Options {
        let denial = |raw: RawDenial| Denial {
            action: raw.action,
            scope: raw.scope.0,
        };
        let policy = |raw: RawPolicy| AzurePolicy {
            effect: raw.effect,
            scope: raw.scope.0,
        };
        Options {
            ip_rule_limit: self.ip_rule_limit.unwrap_or(options.ip_rule_limit),
            private_ip_rules: self.private_ip_rules,
            either_subnet_key: self.either_subnet_key,
            rewritten_rules: self.rewritten_rules,
            omitted_lists_clear: self.omitted_lists_clear,
            operation_time: self.operation_time.unwrap_or(options.operation_time),
            conditions: Conditions {
                creation: self.creation,
                deletion: self.deletion,
                busy_network: self.busy_network,
                denied: self.denied.into_iter().map(denial).collect(),
                denied_joins: self.denied_joins.into_iter().map(|scope| scope.0).collect(),
                policies: self.policies.into_iter().map(policy).collect(),
                page_size: self.page_size,
            },
            ..options
        }
    }
}

impl<'de> Deserialize<'de> for ScopeId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let lower = text.to_ascii_lowercase();
        let id = lower.strip_prefix("/subscriptions/");
        if id.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/')) {
            // A `/` at the end would leave out what it names.
            return Ok(Self(text.trim_end_matches('/').to_owned()));
        }
        let message = format!("`{text}` is no scope; expected an id that begins with `/subscriptions/`");
        Err(de::Error::custom(message))
    }
}

fn completion<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Completion, D::Error> {
    let known = [
        ("at-once", Completion::AtOnce),
        ("operation", Completion::Operation),
    ];
    one_of(deserializer, &known)
}

fn busy_network<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BusyNetwork, D::Error> {
    let known = [
        ("conflict", BusyNetwork::Conflict),
        ("retryable", BusyNetwork::Retryable),
    ];
    one_of(deserializer, &known)
}

fn effect<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PolicyEffect, D::Error> {
    let known = [
        ("deny-public-access", PolicyEffect::DenyPublicAccess),
        ("deny-unrestricted-access", PolicyEffect::DenyUnrestrictedAccess),
        ("disable-public-access", PolicyEffect::DisablePublicAccess),
    ];
    one_of(deserializer, &known)
}

fn one_of<'de, D: Deserializer<'de>, T: Copy>(
    deserializer: D,
    known: &[(&str, T)],
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    let found = known.iter().find(|(name, _)| *name == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<String> = known.iter().map(|(name, _)| format!("`{name}`")).collect();
        de::Error::custom(format!("`{text}` is not known; expected {}", names.join(" or ")))
    })
}

fn action<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match permissions::mistake(&text) {
        Some(mistake) => Err(de::Error::custom(mistake)),
        None => Ok(text),
    }
}

fn page_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    match usize::deserialize(deserializer)? {
        0 => Err(de::Error::custom("`pageSize` must be 1 or more")),
        size => Ok(Some(size)),
    }
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let signed: Option<jiff::SignedDuration> = text.parse().ok();
    let found = signed.and_then(|signed| Duration::try_from(signed).ok());
    let message = || de::Error::custom(format!("`{text}` is no time; expected such as 500ms or 10s"));
    found.map(Some).ok_or_else(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Options::default()
            .under_conditions(file.path())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn an_empty_object_changes_nothing() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "{}").unwrap();
        let options = Options::default().under_conditions(file.path()).unwrap();
        let default = Options::default();
        assert_eq!(options.ip_rule_limit, default.ip_rule_limit);
        assert_eq!(options.operation_time, default.operation_time);
        assert_eq!(
            format!("{:?}", options.conditions),
            format!("{:?}", Conditions::default())
        );
    }

    #[test]
    fn mistakes_are_named_with_their_place_and_what_is_known() {
        let rows = [
            ("[]", "expected an object"),
            (
                "{\n \"creations\": 1}",
                "unknown field `creations`, expected one of `creation`, `deletion`",
            ),
            ("{\n \"creations\": 1}", "line 2"),
            (
                "{\"creation\": \"later\"}",
                "`later` is not known; expected `at-once` or `operation`",
            ),
            ("{\"busyNetwork\": \"x\"}", "expected `conflict` or `retryable`"),
            (
                "{\"policies\": [{\"effect\": \"Deny\", \"scope\": \"/subscriptions/s\"}]}",
                "expected `deny-public-access`",
            ),
            (
                "{\"policies\": [{\"effect\": \"disable-public-access\"}]}",
                "missing field `scope`",
            ),
            (
                "{\"denied\": [{\"action\": \"write\", \"scope\": \"/subscriptions/s\"}]}",
                "`write` is no action",
            ),
            (
                "{\"denied\": [{\"action\": \"Microsoft.Network/*/read\", \"scope\": \"/subscriptions/s\"}]}",
                "not at its end",
            ),
            (
                "{\"denied\": [\n{\"action\": \"Microsoft.Network/subnets/read\", \"scope\": \"/subscriptions/s\"}]}",
                "is never asked for; expected one of Microsoft.Network/locations/operationResults/read",
            ),
            (
                "{\"denied\": [{\"action\": \"*\", \"scope\": \"contoso\"}]}",
                "`contoso` is no scope",
            ),
            ("{\"deniedJoins\": [\"/subscriptions/\"]}", "is no scope"),
            ("{\"pageSize\": 0}", "must be 1 or more"),
            ("{\"ipRuleLimit\": -1}", "invalid value"),
            ("{\"operationTime\": \"soon\"}", "`soon` is no time"),
            (
                "{\"creation\": \"operation\", \"creation\": \"operation\"}",
                "duplicate field",
            ),
        ];
        for (text, want) in rows {
            let message = refused(text);
            assert!(message.contains(want), "{text}: {message}");
        }
    }
}
