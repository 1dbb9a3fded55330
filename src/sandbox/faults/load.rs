//! Faults from a JSON file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::{Effect, Fault, StatusFault, When};
use crate::model::strict_json;

/// Why a file of faults was refused.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum FaultsError {
    #[error("faults file `{}` could not be read", path.display())]
    #[diagnostic(help("give `--faults` a JSON file that can be read"))]
    Read { path: PathBuf, source: std::io::Error },
    #[error("faults file `{}` is not a list of faults: {reason}", path.display())]
    #[diagnostic(help(
        "an entry is such as {{\"match\": {{\"method\": \"PATCH\", \"nth\": 1}}, \"fault\": 503}}; docs/sandbox.md lists all"
    ))]
    Invalid { path: PathBuf, reason: String },
}

impl Fault {
    /// Reads a list of faults.
    pub fn load(path: &Path) -> Result<Vec<Self>, FaultsError> {
        let bytes = std::fs::read(path).map_err(|source| FaultsError::Read {
            path: path.to_owned(),
            source,
        })?;
        strict_json(&bytes).map_err(|error| FaultsError::Invalid {
            path: path.to_owned(),
            reason: error.to_string(),
        })
    }
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Raw::deserialize(deserializer)?;
        raw.fault().map_err(serde::de::Error::custom)
    }
}

/// An entry as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Raw {
    #[serde(default)]
    r#match: RawMatch,
    fault: Value,
    retry_after: Option<u32>,
    code: Option<String>,
    message: Option<String>,
    processed: Option<bool>,
    delay: Option<String>,
    polls: Option<u32>,
    set: Option<Value>,
    policy: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMatch {
    method: Option<String>,
    path: Option<String>,
    nth: Option<Value>,
}

/// The methods of HTTP that clients send.
const METHODS: [&str; 7] = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS"];

impl RawMatch {
    /// What no request can match is a mistake.
    fn check(&self) -> Result<(), String> {
        let method = self.method.as_deref().unwrap_or("GET");
        if !METHODS.iter().any(|known| known.eq_ignore_ascii_case(method)) {
            return Err(format!(
                "`{method}` is no method; expected one of {}",
                METHODS.join(", ")
            ));
        }
        if self.path.as_deref().is_some_and(|path| path.trim().is_empty()) {
            return Err("`path` is empty; leave it out for every path".to_owned());
        }
        Ok(())
    }
}

impl Raw {
    fn fault(self) -> Result<Fault, String> {
        let kind = match &self.fault {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.clone(),
            _ => return Err("`fault` must be a status or a name".to_owned()),
        };
        self.check_parameters(&kind)?;
        self.r#match.check()?;
        let when = When {
            method: self.r#match.method.clone(),
            path: self.r#match.path.clone(),
            nth: self
                .r#match
                .nth
                .as_ref()
                .map(positions)
                .transpose()?
                .unwrap_or_default(),
        };
        let effect = self.effect(&kind)?;
        Ok(Fault { when, effect })
    }

    fn effect(self, kind: &str) -> Result<Effect, String> {
        Ok(match kind {
            "reset" => Effect::Reset,
            "reset-after" => Effect::ResetAfter,
            "slow" => Effect::Slow(delay(self.delay.as_deref().unwrap_or("10s"))?),
            "truncate" => Effect::Truncate,
            "garbage" => Effect::Garbage,
            "lro" => Effect::Lro {
                polls: self.polls.unwrap_or(1),
            },
            "lro-failed" => Effect::LroFailed {
                code: self.code.unwrap_or_else(|| "InternalServerError".to_owned()),
                message: self.message.unwrap_or_else(|| "An error occurred.".to_owned()),
            },
            "lro-stuck" => Effect::LroStuck,
            "lost-write" => Effect::LostWrite,
            "policy-modify" if self.set.as_ref().is_some_and(|set| !set.is_object()) => {
                return Err("`set` must be an object, such as {\"properties\": {…}}".to_owned());
            }
            "policy-modify" => Effect::PolicyModify {
                set: self.set.unwrap_or_else(public_access_disabled),
            },
            "policy-deny" => Effect::PolicyDeny {
                policy: self.policy.unwrap_or_else(|| "deny".to_owned()),
            },
            "expired-token" => Effect::ExpiredToken,
            "clear-omitted-lists" => Effect::ClearOmittedLists,
            status => Effect::Status(StatusFault {
                status: error_status(status)?,
                retry_after: self.retry_after,
                code: self.code,
                message: self.message,
                processed: self.processed.unwrap_or(false),
            }),
        })
    }

    /// A parameter that the fault would ignore is a mistake.
    fn check_parameters(&self, kind: &str) -> Result<(), String> {
        let taken: &[&str] = match kind {
            "slow" => &["delay"],
            "lro" => &["polls"],
            "lro-failed" => &["code", "message"],
            "policy-modify" => &["set"],
            "policy-deny" => &["policy"],
            number if number.parse::<u16>().is_ok() => &["retryAfter", "code", "message", "processed"],
            _ => &[],
        };
        let given = [
            ("retryAfter", self.retry_after.is_some()),
            ("code", self.code.is_some()),
            ("message", self.message.is_some()),
            ("processed", self.processed.is_some()),
            ("delay", self.delay.is_some()),
            ("polls", self.polls.is_some()),
            ("set", self.set.is_some()),
            ("policy", self.policy.is_some()),
        ];
        match given.iter().find(|(name, is)| *is && !taken.contains(name)) {
            Some((name, _)) => Err(format!("`{name}` does not go with the fault `{kind}`")),
            None => Ok(()),
        }
    }
}

/// What Azure's built-in policy a3701552-92ea-433e-9d17-33b7f1208fc9 sets ("Configure Container registries to
/// disable public network access").
fn public_access_disabled() -> Value {
    json!({"properties": {"publicNetworkAccess": "Disabled"}})
}

fn error_status(text: &str) -> Result<u16, String> {
    let status = text.parse().ok().filter(|status| (400..600).contains(status));
    status.ok_or_else(|| {
        format!(
            "`{text}` is no fault; expected a status from 400 to 599, or reset, reset-after, slow, truncate, garbage, lro, lro-failed, lro-stuck, lost-write, policy-modify, policy-deny, expired-token, clear-omitted-lists"
        )
    })
}

fn delay(text: &str) -> Result<Duration, String> {
    let signed: Option<jiff::SignedDuration> = text.parse().ok();
    let found = signed.and_then(|signed| Duration::try_from(signed).ok());
    found.ok_or_else(|| format!("`{text}` is no time; expected such as 500ms or 10s"))
}

fn positions(nth: &Value) -> Result<Vec<u64>, String> {
    let position = |value: &Value| value.as_u64().filter(|nth| *nth > 0);
    let found: Option<Vec<u64>> = match nth {
        Value::Array(list) if !list.is_empty() => list.iter().map(position).collect(),
        one => position(one).map(|nth| vec![nth]),
    };
    found.ok_or_else(|| "`nth` must be a number from 1 on, or a list of them".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Fault>, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn entries_are_read_with_their_parameters() {
        let text = r#"[
            {"match": {"method": "PATCH", "path": "registries/contoso", "nth": 1}, "fault": 429, "retryAfter": 3},
            {"match": {"nth": [2, 4]}, "fault": "slow", "delay": "250ms"},
            {"fault": "503"},
            {"fault": "policy-modify"}
        ]"#;
        let throttled = match Fault::status(429)
            .method("PATCH")
            .path("registries/contoso")
            .nth(1)
        {
            Fault {
                when,
                effect: Effect::Status(status),
            } => Fault {
                when,
                effect: Effect::Status(StatusFault {
                    retry_after: Some(3),
                    ..status
                }),
            },
            other => other,
        };
        let set = public_access_disabled();
        assert_eq!(
            read(text).unwrap(),
            [
                throttled,
                Fault::new(Effect::Slow(Duration::from_millis(250))).nth(2).nth(4),
                Fault::status(503),
                Fault::new(Effect::PolicyModify { set }),
            ]
        );
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let rows = [
            ("{}", "expected a sequence"),
            ("[{}]", "missing field `fault`"),
            ("[{\"fault\": 200}]", "`200` is no fault"),
            ("[{\"fault\": \"explode\"}]", "`explode` is no fault"),
            ("[{\"fault\": null}]", "`fault` must be a status or a name"),
            (
                "[{\"fault\": \"reset\", \"delay\": \"1s\"}]",
                "`delay` does not go with the fault `reset`",
            ),
            ("[{\"fault\": 500, \"polls\": 1}]", "`polls` does not go"),
            (
                "[{\"fault\": \"slow\", \"delay\": \"soon\"}]",
                "`soon` is no time",
            ),
            ("[{\"fault\": 500, \"match\": {\"nth\": 0}}]", "`nth` must be"),
            ("[{\"fault\": 500, \"match\": {\"nth\": []}}]", "`nth` must be"),
            (
                "[{\"fault\": 500, \"match\": {\"verb\": 1}}]",
                "unknown field `verb`",
            ),
            (
                "[{\"fault\": 500, \"match\": {\"method\": \"FETCH\"}}]",
                "`FETCH` is no method; expected one of GET",
            ),
            (
                "[{\"fault\": 500, \"match\": {\"method\": \"\"}}]",
                "`` is no method",
            ),
            (
                "[{\"fault\": 500, \"match\": {\"path\": \"\"}}]",
                "`path` is empty",
            ),
            (
                "[{\"fault\": \"policy-modify\", \"set\": [1]}]",
                "`set` must be an object",
            ),
            ("[\n{\"fault\": 500, \"match\": {\"path\": \" \"}}]", "line 2"),
            ("[\n\n{\"fault\": 1}]", "line 3"),
        ];
        for (text, want) in rows {
            let error = read(text).unwrap_err();
            assert!(error.contains(want), "{text}: {error}");
        }
    }
}
