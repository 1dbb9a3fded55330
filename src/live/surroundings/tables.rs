//! Tables in the answer of a log query.

use serde_json::Value;

use super::caller_row::{ADDRESS, CallerRow, RawRow};
use crate::live::parse::json_node::{JsonNode, UnexpectedJson};
use crate::live::parse::json_tree::JsonTree;

/// Reads the rows of an answer: its first table, whose columns may come in any order.
pub(super) fn rows_of_tables(body: &Value) -> Result<Vec<CallerRow>, UnexpectedJson> {
    let tree = JsonTree::from(body);
    let tables = JsonNode::root(&tree).at("tables")?;
    let Some(table) = tables.elements()?.into_iter().next() else {
        return Err(tables.error("a list with a table"));
    };
    let mut names = Vec::new();
    for column in table.at("columns")?.elements()? {
        names.push(column.at("name")?.needed_text()?);
    }
    if !names.iter().any(|name| name == ADDRESS) {
        return Err(table.error("a table with addresses of callers"));
    }
    let list = table.at("rows")?;
    let mut rows = Vec::new();
    for row in list.elements()? {
        let mut raw = RawRow::default();
        for (name, cell) in names.iter().zip(row.elements()?) {
            // The service writes numbers as numbers, and its specification as texts.
            match cell.value() {
                None | Some(JsonTree::Null) => {}
                Some(JsonTree::Text(text)) => raw.set(name, text),
                Some(other) => raw.set(name, &other.to_string()),
            }
        }
        rows.push(
            raw.finish()
                .map_err(|_| list.error("rows with a number of events"))?,
        );
    }
    Ok(rows)
}
