//! Sums up the rows of a log table by caller, as `summarize … by` of a query does.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use crate::sandbox::protocol::json::{is, text};

/// The rows of one caller with one result.
pub(crate) struct Summary<'a> {
    /// `CallerIpAddress`, `Identity` and `ResultDescription`.
    pub(crate) group: [&'a str; 3],
    pub(crate) events: u64,
    /// `TimeGenerated` of the last row, as the state has it.
    pub(crate) last_seen: &'a str,
}

/// Returns the callers of a registry since a time, those with the most rows first.
pub(crate) fn callers<'a>(rows: &'a [Value], registry: &str, since: Timestamp) -> Vec<Summary<'a>> {
    let mut groups: BTreeMap<[&str; 3], (u64, Timestamp, &str)> = BTreeMap::new();
    for row in rows {
        let written = text(row, "/TimeGenerated");
        let Ok(time) = written.parse::<Timestamp>() else {
            continue;
        };
        if time <= since || !is(row, "/_ResourceId", registry) {
            continue;
        }
        let group = [
            text(row, "/CallerIpAddress"),
            text(row, "/Identity"),
            text(row, "/ResultDescription"),
        ];
        let (events, last, last_written) = groups.entry(group).or_insert((0, time, written));
        *events += 1;
        if time > *last {
            (*last, *last_written) = (time, written);
        }
    }
    let mut summaries = Vec::with_capacity(groups.len());
    for (group, (events, _, last_seen)) in groups {
        summaries.push(Summary {
            group,
            events,
            last_seen,
        });
    }
    summaries.sort_by_key(|summary| Reverse(summary.events));
    summaries
}
