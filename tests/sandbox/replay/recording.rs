//! A file of recorded interactions: `{source, interactions[{method, uri, request_body, status, headers,
//! response_body, command?, index?}]}`.

use std::collections::BTreeMap;
use std::path::Path;

use reqwest::{Method, Url};
use serde_json::Value;

/// One recorded request and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Interaction {
    /// Its place in the file.
    pub(crate) index: usize,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) request: Option<Value>,
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) response: Value,
    /// True if the recording has only the beginning of a list.
    pub(crate) truncated: bool,
    /// `yyyymmddThhmmss` in UTC, if a header has it.
    pub(crate) time: Option<String>,
}

impl Interaction {
    /// Path segments, as recorded.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.url
            .path()
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect()
    }

    /// The decoded path in lower case.
    pub(crate) fn key(&self) -> String {
        self.url.path().trim_end_matches('/').to_ascii_lowercase()
    }

    pub(crate) fn version(&self) -> String {
        let mut pairs = self.url.query_pairs();
        let found = pairs.find(|(name, _)| name.eq_ignore_ascii_case("api-version"));
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn succeeded(&self) -> bool {
        self.status < 300
    }

    /// Returns the error's code and message, or empty texts.
    pub(crate) fn error(&self) -> (&str, &str) {
        let text = |key: &str| self.response["error"][key].as_str().unwrap_or_default();
        (text("code"), text("message"))
    }
}

/// Interactions that share a state, in the order of time.
pub(crate) struct Session {
    pub(crate) interactions: Vec<Interaction>,
}

/// The content of a file.
pub(crate) struct Recording {
    pub(crate) sessions: Vec<Session>,
    /// Entries of the file that are not a request, such as a quoted error.
    pub(crate) unreadable: Vec<(usize, String)>,
}

/// Reads a file. Interactions with the same `recording` are one session.
pub(crate) fn load(path: &Path) -> Result<Recording, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let file: Value = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    let entries = file["interactions"]
        .as_array()
        .ok_or("it has no list `interactions`")?;
    let mut sessions: BTreeMap<String, Vec<Interaction>> = BTreeMap::new();
    let mut unreadable = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        match interaction(index, entry) {
            Ok(interaction) => {
                let session = entry["recording"].as_str().unwrap_or_default();
                sessions.entry(session.to_owned()).or_default().push(interaction);
            }
            Err(reason) => unreadable.push((index, reason)),
        }
    }
    let sessions = sessions
        .into_values()
        .map(in_time)
        .map(|interactions| Session { interactions });
    Ok(Recording {
        sessions: sessions.collect(),
        unreadable,
    })
}

/// Sorts interactions by time, because some recorders group them by URL.
fn in_time(mut interactions: Vec<Interaction>) -> Vec<Interaction> {
    if interactions.iter().all(|interaction| interaction.time.is_some()) {
        interactions.sort_by(|a, b| a.time.cmp(&b.time));
    }
    interactions
}

fn interaction(index: usize, entry: &Value) -> Result<Interaction, String> {
    let text = |key: &str| entry[key].as_str().unwrap_or_default();
    let url: Url = text("uri")
        .parse()
        .map_err(|_| "no request is recorded".to_owned())?;
    let method = text("method")
        .parse()
        .map_err(|_| "no method is recorded".to_owned())?;
    let status = entry["status"]
        .as_u64()
        .and_then(|status| u16::try_from(status).ok());
    let headers = headers(&entry["headers"]);
    Ok(Interaction {
        index,
        method,
        url,
        request: body(&entry["request_body"]),
        status: status.ok_or("no status is recorded")?,
        time: time(&headers),
        headers,
        response: body(&entry["response_body"]).unwrap_or_default(),
        truncated: entry
            .get("response_body_truncated_from")
            .is_some_and(|from| !from.is_null()),
    })
}

/// Reads headers, each of which may be a text or a list of texts.
fn headers(recorded: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(texts) => texts
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    };
    let pairs = recorded.as_object().into_iter().flatten();
    pairs
        .map(|(name, value)| (name.to_ascii_lowercase(), text(value)))
        .collect()
}

/// Reads a body, which may be JSON in a text or the text of a Python bytes literal: `b'{…}'`.
fn body(recorded: &Value) -> Option<Value> {
    match recorded {
        Value::Null => None,
        Value::String(text) => {
            let literal = text.strip_prefix("b'").and_then(|rest| rest.strip_suffix('\''));
            let text = literal.map_or_else(|| text.clone(), |inside| inside.replace("\\'", "'"));
            serde_json::from_str(&text).ok()
        }
        other => Some(other.clone()),
    }
}

/// Returns the time from `Date`, or from the routing id, `REGION:20191216T072241Z:…`.
fn time(headers: &BTreeMap<String, String>) -> Option<String> {
    let date = headers
        .get("date")
        .and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    if let Some(date) = date {
        return Some(date.timestamp().strftime("%Y%m%dT%H%M%S").to_string());
    }
    let stamp = headers.get("x-ms-routing-request-id")?.split(':').nth(1)?;
    let whole = stamp.len() == 16 && stamp.ends_with('Z');
    whole.then(|| stamp[..15].to_owned())
}
