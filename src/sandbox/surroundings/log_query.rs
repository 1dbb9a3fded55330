//! POST of a log query through ARM (azure-rest-api-specs: operationalinsights/data-plane, preview/2017-10-01).
//!
//! The sandbox knows one shape of query, over the two tables of registries: the callers of a registry, summed up. Any
//! other query is answered 501.

use serde_json::{Value, json};

use super::log_summary::{Summary, callers};
use crate::sandbox::forms::types::WORKSPACES;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::list;
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};

/// Tables that registries write (docs: monitor-container-registry-reference).
const TABLES: [&str; 2] = [
    "ContainerRegistryLoginEvents",
    "ContainerRegistryRepositoryEvents",
];

/// The operator that sums up, without its verb.
const BY_CALLER: &str =
    "Events = count(), LastSeen = max(TimeGenerated) by CallerIpAddress, Identity, ResultDescription";

/// A query that the sandbox knows.
struct CallersQuery<'a> {
    table: &'static str,
    registry: &'a str,
    days: i64,
    limit: usize,
}

/// Answers a query of callers.
pub(crate) fn execute(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let body = call.request.json()?;
    let text = body.get("query").and_then(Value::as_str).unwrap_or_default();
    let whole = body.len() == 1;
    let query = match CallersQuery::parse(text) {
        Some(query) if whole => query,
        _ => return Err(errors::not_established(&format!("the log query `{text}`"))),
    };
    let workspace = call.request.resource_key();
    if !call.store.resources.contains_key(&workspace) {
        let (name, group) = (at.get("name"), at.get("group"));
        return Err(errors::resource_not_found(WORKSPACES, name, group));
    }
    let key = format!("{workspace}/tables/{}", query.table).to_ascii_lowercase();
    let stored = call.store.resources.get(&key).cloned().unwrap_or_default();
    let since = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * query.days);
    let rows = list(&stored["properties"], "rows");
    let mut summaries = callers(rows, query.registry, since);
    summaries.truncate(query.limit);
    Ok(Answer::ok(shown(&summaries)))
}

/// Returns the answer's body (docs: azure-monitor/logs/api/response-format).
fn shown(summaries: &[Summary<'_>]) -> Value {
    let columns = [
        ("CallerIpAddress", "string"),
        ("Identity", "string"),
        ("ResultDescription", "string"),
        ("Events", "long"),
        ("LastSeen", "datetime"),
    ];
    let columns = columns.map(|(name, kind)| json!({"name": name, "type": kind}));
    let mut rows = Vec::with_capacity(summaries.len());
    for summary in summaries {
        let [address, identity, result] = summary.group;
        rows.push(json!([
            address,
            identity,
            result,
            summary.events,
            summary.last_seen
        ]));
    }
    json!({"tables": [{"name": "PrimaryResult", "columns": columns, "rows": rows}]})
}

impl<'a> CallersQuery<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut steps = text.split('|').map(str::trim);
        let named = steps.next()?;
        let table = TABLES.into_iter().find(|table| *table == named)?;
        let days = within(steps.next()?, "where TimeGenerated > ago(", "d)")?;
        let registry = within(steps.next()?, "where _ResourceId =~ '", "'")?;
        let summed = steps.next()?.strip_prefix("summarize ")? == BY_CALLER;
        let ordered = steps.next()? == "order by Events desc";
        let limit = within(steps.next()?, "take ", "")?.parse().ok()?;
        let known = summed && ordered && steps.next().is_none();
        known.then_some(Self {
            table,
            registry,
            limit,
            days: days.parse().ok().filter(|days| (1..=3650).contains(days))?,
        })
    }
}

/// Returns what stands between a beginning and an end.
fn within<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.strip_prefix(start)?.strip_suffix(end)
}
