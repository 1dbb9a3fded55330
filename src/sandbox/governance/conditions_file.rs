//! Reads conditions, and facts whose record is disputed, from a JSON file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

use super::conditions::{
    AzurePolicy, BusyNetwork, Completion, Conditions, Denial, HiddenRules, PolicyEffect,
};
use super::permissions;
use crate::local_file::{self, LARGEST_SETTINGS};
use crate::sandbox::options::Options;
use crate::sandbox::protocol::duration::duration;
use crate::sandbox::state::json::Object;

/// Error of reading a file of conditions.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ConditionsError {
    /// The file could not be opened or read.
    #[error("conditions file `{}` could not be read", path.display())]
    #[diagnostic(help("give `--conditions` a JSON file that can be read"))]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// Reason of the system.
        source: std::io::Error,
    },
    /// The file is not JSON, or has an unknown key or value.
    #[error("conditions file `{}` is not an object of conditions: {reason}", path.display())]
    #[diagnostic(help(
        "an example is {{\"creation\": \"operation\", \"denied\": [{{\"action\": \"Microsoft.ContainerRegistry/registries/write\", \"scope\": \"/subscriptions/…\"}}]}}; docs/sandbox.md lists all"
    ))]
    Invalid {
        /// Path of the file.
        path: PathBuf,
        /// Mistake and its place.
        reason: String,
    },
}

impl Options {
    /// Returns these options with the conditions of a file. A condition that the file leaves out has its default.
    ///
    /// # Errors
    ///
    /// [`ConditionsError`] if the file cannot be read or has a mistake.
    pub fn under_conditions(self, path: &Path) -> Result<Self, ConditionsError> {
        let path = path.to_owned();
        let bytes = match local_file::read(&path, LARGEST_SETTINGS) {
            Ok(bytes) => bytes,
            Err(source) => return Err(ConditionsError::Read { path, source }),
        };
        match serde_json::from_slice::<Object<File>>(&bytes) {
            Ok(Object(file)) => Ok(file.onto(self)),
            Err(error) => Err(ConditionsError::Invalid {
                path,
                reason: error.to_string(),
            }),
        }
    }
}

/// The file as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
struct File {
    #[serde(deserialize_with = "completion")]
    creation: Completion,
    #[serde(deserialize_with = "completion")]
    deletion: Completion,
    #[serde(deserialize_with = "busy_network")]
    busy_network: BusyNetwork,
    #[serde(deserialize_with = "hidden_rules")]
    hidden_subnet_rules: HiddenRules,
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

/// Id of a subscription or of a resource below one.
struct ScopeId(String);

impl File {
    /// Returns `options` with the values of the file.
    fn onto(self, options: Options) -> Options {
        // The file's own types refuse mistakes while their place is known; here only values are left.
        let (mut denied, mut denied_joins, mut policies) = (Vec::new(), Vec::new(), Vec::new());
        for RawDenial { action, scope } in self.denied {
            denied.push(Denial {
                action,
                scope: scope.0,
            });
        }
        for ScopeId(scope) in self.denied_joins {
            denied_joins.push(scope);
        }
        for RawPolicy { effect, scope } in self.policies {
            policies.push(AzurePolicy {
                effect,
                scope: scope.0,
            });
        }
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
                hidden_subnet_rules: self.hidden_subnet_rules,
                denied,
                denied_joins,
                policies,
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
        match lower.strip_prefix("/subscriptions/") {
            Some(rest) if !rest.is_empty() && !rest.starts_with('/') => {
                // With a `/` at its end the scope would not cover itself.
                Ok(Self(text.trim_end_matches('/').to_owned()))
            }
            _ => Err(de::Error::custom(format!(
                "invalid scope `{text}`; expected an id that begins with `/subscriptions/`"
            ))),
        }
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

fn hidden_rules<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HiddenRules, D::Error> {
    let known = [("kept", HiddenRules::Kept), ("cleared", HiddenRules::Cleared)];
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

/// Reads one of the known words.
fn one_of<'de, D: Deserializer<'de>, T: Copy>(
    deserializer: D,
    known: &[(&str, T)],
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    // The known names are for the message.
    let mut names = Vec::new();
    for (name, value) in known {
        if *name == text {
            return Ok(*value);
        }
        names.push(format!("`{name}`"));
    }
    Err(de::Error::custom(format!(
        "unknown value `{text}`; expected {}",
        names.join(" or ")
    )))
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
    match duration(&text) {
        Ok(time) => Ok(Some(time)),
        Err(mistake) => Err(de::Error::custom(mistake)),
    }
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
    fn empty_object_changes_nothing() {
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
    fn mistakes_name_their_place_and_known_values() {
        let rows = [
            ("[]", "expected an object"),
            (
                "{\n \"creations\": 1}",
                "unknown field `creations`, expected one of `creation`, `deletion`",
            ),
            ("{\n \"creations\": 1}", "line 2"),
            (
                "{\"creation\": \"later\"}",
                "unknown value `later`; expected `at-once` or `operation`",
            ),
            ("{\"busyNetwork\": \"x\"}", "expected `conflict` or `retryable`"),
            ("{\"hiddenSubnetRules\": \"x\"}", "expected `kept` or `cleared`"),
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
                "invalid action `write`",
            ),
            (
                "{\"denied\": [{\"action\": \"Microsoft.Network/*/read\", \"scope\": \"/subscriptions/s\"}]}",
                "only be at its end",
            ),
            (
                "{\"denied\": [\n{\"action\": \"Microsoft.Network/subnets/read\", \"scope\": \"/subscriptions/s\"}]}",
                "no request needs `Microsoft.Network/subnets/read`; expected one of Microsoft.Network/locations/operationResults/read",
            ),
            (
                "{\"denied\": [{\"action\": \"*\", \"scope\": \"contoso\"}]}",
                "invalid scope `contoso`",
            ),
            ("{\"deniedJoins\": [\"/subscriptions/\"]}", "invalid scope"),
            ("{\"pageSize\": 0}", "must be 1 or more"),
            ("{\"ipRuleLimit\": -1}", "invalid value"),
            ("{\"operationTime\": \"soon\"}", "invalid time `soon`"),
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
