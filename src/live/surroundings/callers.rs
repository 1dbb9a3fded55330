//! Callers of a registry, from the two tables of a Log Analytics workspace.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::caller_row::CallerRow;
use super::tables::rows_of_tables;
use crate::azure::ArmClient;
use crate::live::unreadable::unreadable;
use crate::model::{Failure, RegistryId, ResourceId};

/// A table that registries write (docs: azure-monitor/reference/tables).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerTable {
    Logins,
    Repositories,
}

/// Both tables.
pub const CALLER_TABLES: [CallerTable; 2] = [CallerTable::Logins, CallerTable::Repositories];

/// Most callers that one query returns. The service has a limit of its own on the size of an answer.
const MOST_CALLERS: usize = 10_000;

/// A caller: an identity at an address, with all its requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub address: String,
    pub identity: String,
    pub events: u64,
    /// Requests that the registry answered 403.
    pub refused: u64,
    /// Requests with another error as answer, such as 401 for a caller that could not sign in.
    pub failed: u64,
    /// The time of the last one of these.
    pub last_refused: Option<Timestamp>,
    pub last_seen: Option<Timestamp>,
}

impl Caller {
    /// Names the caller: its address, and its identity if the events have one.
    pub fn name(&self) -> String {
        format!("{} {}", self.address, self.identity).trim().to_owned()
    }
}

impl CallerTable {
    /// Returns the table's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Logins => "ContainerRegistryLoginEvents",
            Self::Repositories => "ContainerRegistryRepositoryEvents",
        }
    }
}

/// Returns the query for the callers of a registry in the last days.
pub fn callers_query(table: CallerTable, registry: &RegistryId, days: u16) -> String {
    let table = table.name();
    format!(
        "{table}\n| where TimeGenerated > ago({days}d)\n| where _ResourceId =~ '{registry}'\n\
         | summarize Events = count(), LastSeen = max(TimeGenerated) by CallerIpAddress, Identity, ResultDescription\n\
         | order by Events desc\n| take {MOST_CALLERS}"
    )
}

/// Asks a workspace for the callers of a registry, in both tables.
///
/// # Errors
/// The workspace cannot be read.
pub async fn read_callers(
    client: &ArmClient,
    workspace: &ResourceId,
    registry: &RegistryId,
    days: u16,
) -> Result<Vec<CallerRow>, Failure> {
    let mut rows = Vec::new();
    for table in CALLER_TABLES {
        let query = callers_query(table, registry, days);
        let body = client.query_logs(workspace, &query).await?;
        let read = rows_of_tables(&body).map_err(|error| unreadable(workspace.as_str(), &error))?;
        rows.extend(read);
    }
    Ok(rows)
}

/// Sums up rows by caller, those with the most requests first.
pub fn callers(rows: &[CallerRow]) -> Vec<Caller> {
    let mut found: BTreeMap<(&str, &str), Caller> = BTreeMap::new();
    for row in rows {
        let caller = found
            .entry((&row.address, &row.identity))
            .or_insert_with(|| Caller {
                address: row.address.clone(),
                identity: row.identity.clone(),
                events: 0,
                refused: 0,
                failed: 0,
                last_refused: None,
                last_seen: None,
            });
        caller.events = caller.events.saturating_add(row.events);
        match status(&row.result) {
            Some(403) => {
                caller.refused = caller.refused.saturating_add(row.events);
                caller.last_refused = caller.last_refused.max(row.last_seen);
            }
            Some(400..600) => caller.failed = caller.failed.saturating_add(row.events),
            _ => {}
        }
        caller.last_seen = caller.last_seen.max(row.last_seen);
    }
    let mut callers: Vec<Caller> = found.into_values().collect();
    callers.sort_by_key(|caller| std::cmp::Reverse(caller.events));
    callers
}

/// Reads the status at the beginning of a result, such as `403` or `403 Forbidden`.
fn status(result: &str) -> Option<u16> {
    let mut words = result.split(|c: char| !c.is_ascii_digit());
    words.next()?.parse().ok()
}

/// Returns the rows about a registry. Rows that name none are about every registry.
pub fn rows_of_registry(
    rows: &[CallerRow],
    registry: &RegistryId,
    login_server: &str,
) -> Vec<CallerRow> {
    let mut own = Vec::new();
    for row in rows {
        let named = row.registry.as_deref();
        let fits = named.is_none_or(|named| {
            named.eq_ignore_ascii_case(registry.as_str()) || named.eq_ignore_ascii_case(login_server)
        });
        if fits {
            own.push(row.clone());
        }
    }
    own
}
