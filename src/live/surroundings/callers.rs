//! Callers of a registry, from the two tables of a Log Analytics workspace.

use serde_json::Value;

use crate::azure::ArmClient;
use crate::live::parse::json_node::{JsonNode, UnexpectedJson};
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

/// The requests of one caller with one result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerRow {
    pub address: String,
    pub identity: String,
    /// The HTTP status, such as `200` or `403`.
    pub result: String,
    pub events: u64,
    /// The time of the last request, as the service writes it.
    pub last_seen: String,
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

/// Reads the rows of an answer: its first table, whose columns may come in any order.
pub fn rows_of_tables(body: &Value) -> Result<Vec<CallerRow>, UnexpectedJson> {
    let tables = JsonNode::root(body).at("tables")?;
    let Some(table) = tables.elements()?.into_iter().next() else {
        return Err(tables.error("a list with a table"));
    };
    let mut names = Vec::new();
    for column in table.at("columns")?.elements()? {
        names.push(column.at("name")?.needed_text()?);
    }
    let mut rows = Vec::new();
    for row in table.at("rows")?.elements()? {
        rows.push(caller_row(&names, &row.elements()?)?);
    }
    Ok(rows)
}

fn caller_row(names: &[String], cells: &[JsonNode<'_>]) -> Result<CallerRow, UnexpectedJson> {
    let mut row = CallerRow {
        address: String::new(),
        identity: String::new(),
        result: String::new(),
        events: 0,
        last_seen: String::new(),
    };
    for (name, cell) in names.iter().zip(cells) {
        match name.as_str() {
            "CallerIpAddress" => row.address = cell.text()?.unwrap_or_default(),
            "Identity" => row.identity = cell.text()?.unwrap_or_default(),
            "ResultDescription" => row.result = cell.text()?.unwrap_or_default(),
            "LastSeen" => row.last_seen = cell.text()?.unwrap_or_default(),
            "Events" => row.events = cell.number()?,
            _ => {}
        }
    }
    Ok(row)
}
