//! Reads faults from a JSON file.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::{Effect, Fault, StatusFault, When};
use crate::local_file::{self, LARGEST_SETTINGS};
use crate::model::strict_json;
use crate::sandbox::protocol::duration::{LONGEST_WAIT, duration};
use crate::sandbox::protocol::json::known_word;

/// Error of reading a file of faults.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum FaultsError {
    /// The file could not be opened or read.
    #[error("faults file `{}` could not be read", path.display())]
    #[diagnostic(help("give `--faults` a JSON file that can be read"))]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// Reason of the system.
        source: std::io::Error,
    },
    /// The file is not JSON, or an entry has a mistake.
    #[error("faults file `{}` is not a list of faults: {reason}", path.display())]
    #[diagnostic(help(
        "an example of an entry is {{\"match\": {{\"method\": \"PATCH\", \"nth\": 1}}, \"fault\": 503}}; docs/sandbox.md lists all"
    ))]
    Invalid {
        /// Path of the file.
        path: PathBuf,
        /// Mistake and its place.
        reason: String,
    },
}

impl Fault {
    /// Reads a list of faults.
    ///
    /// # Errors
    ///
    /// [`FaultsError`] if the file cannot be read or has a mistake.
    pub fn load(path: &Path) -> Result<Vec<Self>, FaultsError> {
        let path = path.to_owned();
        let bytes = match local_file::read(&path, LARGEST_SETTINGS) {
            Ok(bytes) => bytes,
            Err(source) => return Err(FaultsError::Read { path, source }),
        };
        match strict_json(&bytes) {
            Ok(faults) => Ok(faults),
            Err(error) => Err(FaultsError::Invalid {
                path,
                reason: error.to_string(),
            }),
        }
    }
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Raw::deserialize(deserializer)?;
        raw.fault().map_err(serde::de::Error::custom)
    }
}

/// An entry as written.
#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    rename_all = "camelCase",
    expecting = "an object with `fault`"
)]
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
    reads: Option<u32>,
    set: Option<Value>,
    policy: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `method`, `path` or `nth`")]
struct RawMatch {
    method: Option<String>,
    path: Option<String>,
    nth: Option<Value>,
}

/// Methods that clients send.
const METHODS: [&str; 7] = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS"];

impl RawMatch {
    /// Refuses what no request can match.
    fn check(&self) -> Result<(), String> {
        if let Some(method) = &self.method
            && known_word(&METHODS, method).is_none()
        {
            return Err(format!(
                "invalid method `{method}`; expected one of {}",
                METHODS.join(", ")
            ));
        }
        match &self.path {
            Some(path) if path.trim().is_empty() => {
                Err("`path` is empty; leave it out for every path".to_owned())
            }
            // The query is not part of the path, and a URL has no white space.
            Some(path) if path.contains(['?', '#']) || path.contains(char::is_whitespace) => Err(
                format!("invalid path `{path}`; no path of a request contains this"),
            ),
            _ => Ok(()),
        }
    }
}

impl Raw {
    fn fault(self) -> Result<Fault, String> {
        // A status may be written as a number or as text.
        let kind = match &self.fault {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.clone(),
            _ => return Err("`fault` must be a status or a name".to_owned()),
        };
        // A parameter that the fault does not have is refused before its value is read.
        self.check_parameters(&kind)?;
        self.check_values()?;
        self.r#match.check()?;
        let RawMatch { method, path, nth } = &self.r#match;
        let when = When {
            method: method.clone(),
            path: path.clone(),
            nth: match nth {
                Some(nth) => positions(nth)?,
                None => Vec::new(),
            },
        };
        let effect = self.effect(&kind)?;
        if let Some(method) = &when.method
            && !effect.changes(method)
        {
            return Err(format!(
                "the fault `{kind}` has no effect on {method}; expected {}",
                effect.methods().join(", ")
            ));
        }
        Ok(Fault { when, effect })
    }

    fn effect(self, kind: &str) -> Result<Effect, String> {
        // The names are those of `docs/sandbox.md`; everything else must be a status.
        Ok(match kind {
            "reset" => Effect::Reset,
            "reset-after" => Effect::ResetAfter,
            "slow" => Effect::Slow(duration(self.delay.as_deref().unwrap_or("10s"))?),
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
            "stale-reads" => match self.reads.unwrap_or(1) {
                0 => return Err("`reads` must be a number from 1 on".to_owned()),
                reads => Effect::StaleReads { reads },
            },
            "repeated" => Effect::Repeated,
            "policy-modify" => Effect::PolicyModify {
                set: match self.set {
                    None => public_access_disabled(),
                    Some(Value::Object(set)) if !set.is_empty() => Value::Object(set),
                    Some(_) => {
                        return Err(
                            "`set` must be an object with a key, such as {\"properties\": {…}}"
                                .to_owned(),
                        );
                    }
                },
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

    /// Refuses empty texts, and a wait that no client would end.
    fn check_values(&self) -> Result<(), String> {
        for (name, text) in [
            ("code", &self.code),
            ("message", &self.message),
            ("policy", &self.policy),
        ] {
            if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
                return Err(format!("`{name}` is empty; leave it out for the default"));
            }
        }
        let longest = LONGEST_WAIT.as_secs();
        match self.retry_after {
            Some(seconds) if u64::from(seconds) > longest => {
                Err(format!("`retryAfter` must be at most {longest}"))
            }
            _ => Ok(()),
        }
    }

    /// Refuses a parameter that the fault would ignore.
    fn check_parameters(&self, kind: &str) -> Result<(), String> {
        let taken: &[&str] = match kind {
            "slow" => &["delay"],
            "lro" => &["polls"],
            "lro-failed" => &["code", "message"],
            "stale-reads" => &["reads"],
            "policy-modify" => &["set"],
            "policy-deny" => &["policy"],
            // A number is a status, and its answer is an error.
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
            ("reads", self.reads.is_some()),
            ("set", self.set.is_some()),
            ("policy", self.policy.is_some()),
        ];
        for (name, is_given) in given {
            if is_given && !taken.contains(&name) {
                return Err(format!("the fault `{kind}` has no parameter `{name}`"));
            }
        }
        Ok(())
    }
}

/// Returns the change of Azure's built-in policy a3701552-92ea-433e-9d17-33b7f1208fc9 ("Configure Container registries
/// to disable public network access").
fn public_access_disabled() -> Value {
    json!({"properties": {"publicNetworkAccess": "Disabled"}})
}

fn error_status(text: &str) -> Result<u16, String> {
    match text.parse::<u16>() {
        // `parse` would take `+500` and `0500`.
        Ok(status) if (400..600).contains(&status) && status.to_string() == text => Ok(status),
        _ => Err(format!(
            "unknown fault `{text}`; expected a status from 400 to 599, or reset, reset-after, slow, truncate, garbage, lro, lro-failed, lro-stuck, lost-write, stale-reads, repeated, policy-modify, policy-deny, expired-token, clear-omitted-lists"
        )),
    }
}

/// Reads a number from 1 on, or a list of them.
fn positions(nth: &Value) -> Result<Vec<u64>, String> {
    let list = match nth {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    // An empty list would mean every request.
    let mut positions = Vec::new();
    for value in list {
        match value.as_u64() {
            Some(nth) if nth > 0 => positions.push(nth),
            _ => return Err(BAD_POSITION.to_owned()),
        }
    }
    if positions.is_empty() {
        return Err(BAD_POSITION.to_owned());
    }
    Ok(positions)
}

const BAD_POSITION: &str = "`nth` must be a number from 1 on, or a list of them";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn read(text: &str) -> Result<Vec<Fault>, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn entries_have_their_parameters() {
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
    fn mistakes_name_their_line() {
        #[rustfmt::skip]
        let rows = [
            ("{}", "expected a sequence"),
            ("[{}]", "missing field `fault`"),
            ("[{\"fault\": 200}]", "unknown fault `200`"),
            ("[{\"fault\": \"explode\"}]", "unknown fault `explode`"),
            ("[{\"fault\": null}]", "`fault` must be a status or a name"),
            ("[{\"fault\": \"reset\", \"delay\": \"1s\"}]", "the fault `reset` has no parameter `delay`"),
            ("[{\"fault\": 500, \"polls\": 1}]", "the fault `500` has no parameter `polls`"),
            ("[{\"fault\": \"slow\", \"delay\": \"soon\"}]", "invalid time `soon`"),
            ("[{\"fault\": \"slow\", \"delay\": \"25h\"}]", "invalid time `25h`; expected one such as 500ms or 10s, at most 24h"),
            ("[{\"fault\": 429, \"retryAfter\": 86401}]", "`retryAfter` must be at most 86400"),
            ("[{\"fault\": \"stale-reads\", \"reads\": 0}]", "`reads` must be a number from 1 on"),
            ("[{\"fault\": \"policy-deny\", \"policy\": \"\"}]", "`policy` is empty"),
            ("[{\"fault\": 500, \"code\": \" \"}]", "`code` is empty"),
            ("[{\"fault\": \"+500\"}]", "unknown fault `+500`"),
            ("[{\"fault\": 500, \"match\": null}]", "an object with `method`"),
            ("[{\"fault\": 500, \"match\": {\"path\": \"/a?b=c\"}}]", "invalid path `/a?b=c`"),
            ("[{\"fault\": \"policy-modify\", \"set\": {}}]", "`set` must be an object"),
            ("[{\"fault\": 500, \"match\": {\"nth\": 0}}]", "`nth` must be"),
            ("[{\"fault\": 500, \"match\": {\"nth\": []}}]", "`nth` must be"),
            ("[{\"fault\": 500, \"match\": {\"verb\": 1}}]", "unknown field `verb`"),
            ("[{\"fault\": 500, \"match\": {\"method\": \"FETCH\"}}]", "invalid method `FETCH`; expected one of GET"),
            ("[{\"fault\": 500, \"match\": {\"method\": \"\"}}]", "invalid method ``"),
            ("[{\"fault\": 500, \"match\": {\"path\": \"\"}}]", "`path` is empty"),
            ("[{\"fault\": \"policy-modify\", \"set\": [1]}]", "`set` must be an object"),
            ("[\n{\"fault\": 500, \"match\": {\"path\": \" \"}}]", "line 2"),
            ("[\n\n{\"fault\": 1}]", "line 3"),
            ("[{\"fault\": \"lost-write\", \"match\": {\"method\": \"get\"}}]", "the fault `lost-write` has no effect on get; expected PUT, PATCH, POST, DELETE"),
            ("[{\"fault\": \"lro-failed\", \"match\": {\"method\": \"POST\"}}]", "the fault `lro-failed` has no effect on POST; expected PUT, PATCH, DELETE"),
            ("[{\"fault\": \"policy-deny\", \"match\": {\"method\": \"DELETE\"}}]", "no effect on DELETE; expected PUT, PATCH"),
            ("[{\"fault\": \"clear-omitted-lists\", \"match\": {\"method\": \"PUT\"}}]", "no effect on PUT; expected PATCH"),
        ];
        for (text, want) in rows {
            let error = read(text).unwrap_err();
            assert!(error.contains(want), "{text}: {error}");
        }
    }
}
