//! Comparison of a recorded answer with the sandbox's.
//!
//! | part | how it is compared |
//! |---|---|
//! | status | equal |
//! | `Azure-AsyncOperation`, `Location`, `x-ms-failure-cause` | there or not |
//! | `Retry-After`, `ETag` | there or not; an extra one counts only where the recording keeps that header anywhere, because recorders scrub it |
//! | `api-supported-versions` | equal, under the same condition: the service sends it since about 2022; a list of several grows with time, and is only there or not |
//! | `Content-Type` | media type, where recorded |
//! | body | equal as JSON, without order of keys, but for [`MASKED`], [`CATALOGUE`], [`DRIFT`] |
//! | ids | without case |
//! | guids inside messages | any |
//! | `value` lists | by id, in any order; a recorded list that is cut short must be a part of ours |
//! | texts such as `<6 elided>` | omitted from the transcript of the recording |

use std::collections::BTreeSet;

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::recording::Interaction;

/// Keys whose values differ each time: times, ids, ETags and the caller. They must be present as a text.
const MASKED: &[&str] = &[
    "etag",
    "resourceGuid",
    "createdAt",
    "createdBy",
    "createdByType",
    "lastModifiedAt",
    "lastModifiedBy",
    "lastModifiedByType",
    "creationDate",
    "lastUpdatedTime",
    "timestamp",
    "lastKeyRotationTimestamp",
    "principalId",
    "clientId",
    "tenantId",
    "nextLink",
];

/// Keys of a provider's description. It grows every month, and the sandbox lists only the types that it serves.
const CATALOGUE: &[&str] = &[
    "resourceTypes",
    "authorizations",
    "authorization",
    "registrationPolicy",
];

/// Keys that the service added to existing api-versions, each with the first day on which it was seen. An older
/// recording may lack the key.
const DRIFT: &[(&str, &str)] = &[
    // Absent at 2020-11-01-preview in azure-cli test_acr_network_rule, 2021-02; there in 2021-05.
    ("anonymousPullEnabled", "20210527"),
    // Absent at 2019-12-01-preview in azure-cli test_acr_network_rule, 2020-05; in the SDK model of that version.
    ("networkRuleBypassOptions", "20210209"),
    ("zoneRedundancy", "20210209"),
    // Absent from the resource list in azure-cli test_acr_identity, 2020-07; there in 2021-05.
    ("systemData", "20210527"),
    // First seen in azure-powershell Update-AzContainerRegistry, 2023-01.
    ("exportPolicy", "20230119"),
    ("azureADAuthenticationAsArmPolicy", "20230119"),
    ("softDeletePolicy", "20230119"),
];

/// Facts about a session that decide how its answers are compared.
pub(crate) struct Habits {
    /// Headers that the recording keeps.
    kept: BTreeSet<String>,
}

impl Habits {
    pub(crate) fn of(interactions: &[Interaction]) -> Self {
        let names = interactions
            .iter()
            .flat_map(|interaction| interaction.headers.keys().cloned());
        Self {
            kept: names.collect(),
        }
    }
}

/// Returns the differences between a recorded answer and the sandbox's, empty if there are none.
pub(crate) fn differences(
    habits: &Habits,
    recorded: &Interaction,
    status: u16,
    headers: &HeaderMap,
    body: &Value,
) -> Vec<String> {
    let mut found = Vec::new();
    if recorded.status != status {
        found.push(format!("status {} became {status}", recorded.status));
    }
    compare_headers(habits, recorded, headers, &mut found);
    let day = recorded
        .time
        .as_deref()
        .and_then(|time| time.get(..8))
        .unwrap_or("99999999");
    let comparison = Comparison {
        day,
        truncated: recorded.truncated,
    };
    comparison.values("", &recorded.response, body, &mut found);
    found
}

fn compare_headers(
    habits: &Habits,
    recorded: &Interaction,
    headers: &HeaderMap,
    found: &mut Vec<String>,
) {
    let always = ["azure-asyncoperation", "location", "x-ms-failure-cause"];
    for name in always
        .into_iter()
        .chain(["retry-after", "etag", "api-supported-versions"])
    {
        let (wanted, got) = (recorded.headers.contains_key(name), headers.contains_key(name));
        let counts = always.contains(&name) || habits.kept.contains(name);
        match (wanted, got) {
            (true, false) => found.push(format!("header {name} is missing")),
            (false, true) if counts => found.push(format!("header {name} is extra")),
            _ => {}
        }
    }
    for name in ["api-supported-versions", "content-type"] {
        let essence = |text: &str| {
            text.split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase()
        };
        let wanted = recorded.header(name).map(essence);
        let got = headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(essence);
        let grows = wanted.as_ref().is_some_and(|wanted| wanted.contains(','));
        if wanted.is_some() && got.is_some() && wanted != got && !grows {
            found.push(format!("header {name} differs"));
        }
    }
    if recorded.headers.contains_key("content-type") && !headers.contains_key("content-type") {
        found.push("header content-type is missing".to_owned());
    }
}

struct Comparison<'a> {
    /// The day of the recording, `yyyymmdd`.
    day: &'a str,
    truncated: bool,
}

impl Comparison<'_> {
    fn values(&self, path: &str, recorded: &Value, ours: &Value, found: &mut Vec<String>) {
        match (recorded, ours) {
            (Value::String(text), _) if is_elided(text) => {}
            (Value::Object(wanted), Value::Object(got)) => {
                for (key, value) in wanted {
                    self.member(path, key, Some(value), got.get(key), found);
                }
                for (key, value) in got.iter().filter(|(key, _)| !wanted.contains_key(*key)) {
                    self.member(path, key, None, Some(value), found);
                }
            }
            (Value::Array(wanted), Value::Array(got)) => self.lists(path, wanted, got, found),
            (Value::String(wanted), Value::String(got)) if same_text(wanted, got) => {}
            (wanted, got) if wanted == got => {}
            (wanted, got) => found.push(format!("{path}: {} became {}", brief(wanted), brief(got))),
        }
    }

    fn member(
        &self,
        path: &str,
        key: &str,
        wanted: Option<&Value>,
        got: Option<&Value>,
        found: &mut Vec<String>,
    ) {
        let path = format!("{path}/{key}");
        match (wanted, got) {
            _ if CATALOGUE.contains(&key) => {}
            (Some(Value::String(_)), Some(Value::String(_))) if MASKED.contains(&key) => {}
            (Some(wanted), Some(got)) => self.values(&path, wanted, got, found),
            (Some(_), None) => found.push(format!("{path} is missing")),
            (None, Some(_)) if self.came_later(key) => {}
            (None, _) => found.push(format!("{path} is extra")),
        }
    }

    fn came_later(&self, key: &str) -> bool {
        DRIFT.iter().any(|(known, day)| *known == key && self.day < *day)
    }

    /// Compares lists of resources by id, in any order. Lists of texts, such as host names, are not lists of resources.
    fn lists(&self, path: &str, wanted: &[Value], got: &[Value], found: &mut Vec<String>) {
        let by_id = wanted
            .iter()
            .chain(got)
            .all(|item| item["id"].is_string() && item["name"].is_string());
        if by_id && path.ends_with("/value") {
            return self.by_id(path, wanted, got, found);
        }
        let partial = self.truncated || wanted.iter().any(|item| item.as_str().is_some_and(is_elided));
        for (at, wanted) in wanted.iter().enumerate() {
            match got.get(at) {
                Some(got) => self.values(&format!("{path}/{at}"), wanted, got, found),
                None if wanted.as_str().is_some_and(is_elided) => {}
                None => found.push(format!("{path}/{at} is missing")),
            }
        }
        if got.len() > wanted.len() && !partial {
            found.push(format!("{path}/{} is extra", wanted.len()));
        }
    }

    fn by_id(&self, path: &str, wanted: &[Value], got: &[Value], found: &mut Vec<String>) {
        let key = |item: &Value| item["id"].as_str().unwrap_or_default().to_ascii_lowercase();
        for (at, wanted) in wanted.iter().enumerate() {
            match got.iter().find(|got| key(got) == key(wanted)) {
                Some(got) => self.values(&format!("{path}/{at}"), wanted, got, found),
                None => found.push(format!("{path}/{at} is missing")),
            }
        }
        let known: BTreeSet<String> = wanted.iter().map(key).collect();
        if !self.truncated {
            let extra = got.iter().filter(|got| !known.contains(&key(got)));
            found.extend(extra.map(|got| format!("{path}: {} is extra", brief(&got["name"]))));
        }
    }
}

fn is_elided(text: &str) -> bool {
    text.starts_with('<') && text.ends_with('>')
}

/// Compares texts without regard to guids and the case of ids.
fn same_text(a: &str, b: &str) -> bool {
    a == b
        || without_guids(a).eq_ignore_ascii_case(&without_guids(b))
            && (a.starts_with('/') || has_guid(a))
}

fn has_guid(text: &str) -> bool {
    without_guids(text) != text
}

/// The text with each guid replaced: 8-4-4-4-12 hexadecimal digits.
fn without_guids(text: &str) -> String {
    let mut rest = text;
    let mut out = String::new();
    while let Some(first) = rest.chars().next() {
        if rest.get(..36).is_some_and(is_guid) {
            out.push_str("<guid>");
            rest = &rest[36..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

fn is_guid(text: &str) -> bool {
    let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    text.bytes().enumerate().all(|(at, byte)| {
        if dash(at) {
            byte == b'-'
        } else {
            byte.is_ascii_hexdigit()
        }
    })
}

/// Returns a value, shortened for one line.
fn brief(value: &Value) -> String {
    let text = value.to_string();
    let end = text.char_indices().nth(90).map_or(text.len(), |(at, _)| at);
    if end < text.len() {
        format!("{}…", &text[..end])
    } else {
        text
    }
}
