//! Exported rows of the tables of callers: the CSV of the portal, and the JSON of azure-cli or of the API.

use std::collections::BTreeMap;
use std::io::Read;

use serde_json::Value;

use super::caller_row::{ADDRESS, CallerRow, ExportError, RawRow};
use super::tables::rows_of_tables;
use crate::model::as_utf8;

/// Reads an export. JSON begins with a bracket, CSV with the names of its columns.
pub fn read_export(export: &[u8]) -> Result<Vec<CallerRow>, ExportError> {
    let mut bytes = Vec::with_capacity(export.len());
    as_utf8(export)?.read_to_end(&mut bytes)?;
    let bytes = bytes.as_slice();
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => read_objects(bytes),
        Some(b'{') => Ok(rows_of_tables(&serde_json::from_slice(bytes)?)?),
        _ => read_csv(bytes),
    }
}

/// Reads a list of objects, as `az monitor log-analytics query` prints it.
fn read_objects(bytes: &[u8]) -> Result<Vec<CallerRow>, ExportError> {
    let objects: Vec<BTreeMap<String, Value>> = serde_json::from_slice(bytes)?;
    let mut rows = Vec::with_capacity(objects.len());
    for object in &objects {
        let mut row = RawRow::default();
        for (name, value) in object {
            match value {
                Value::String(text) => row.set(name, text),
                Value::Null => {}
                other => row.set(name, &other.to_string()),
            }
        }
        rows.push(row.finish()?);
    }
    // A row without an address is a caller that cannot be judged, but a table has the column.
    match objects.is_empty() || objects.iter().any(|object| object.contains_key(ADDRESS)) {
        true => Ok(rows),
        false => Err(ExportError::NoColumn),
    }
}

fn read_csv(bytes: &[u8]) -> Result<Vec<CallerRow>, ExportError> {
    let mut reader = csv::Reader::from_reader(bytes);
    let mut names = Vec::new();
    for name in reader.headers()? {
        // The portal writes `TimeGenerated [UTC]`.
        names.push(name.split(" [").next().unwrap_or_default().trim().to_owned());
    }
    if !names.iter().any(|name| name == ADDRESS) {
        return Err(ExportError::NoColumn);
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        let mut row = RawRow::default();
        for (name, value) in names.iter().zip(&record) {
            row.set(name, value);
        }
        rows.push(row.finish()?);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(bytes: &str) -> Vec<(String, u64)> {
        let rows = read_export(bytes.as_bytes()).unwrap();
        rows.into_iter().map(|row| (row.address, row.events)).collect()
    }

    #[test]
    fn every_form_of_an_export_is_read() {
        let want = [("203.0.113.7".to_owned(), 1)];
        let csv = "\u{feff}\"TimeGenerated [UTC]\",Identity,CallerIpAddress,ResultDescription\r\n\
                   \"11/20/2026, 10:00:00.123 AM\",ci,203.0.113.7,200\r\n";
        assert_eq!(addresses(csv), want);
        let objects =
            r#"[{"CallerIpAddress": "203.0.113.7", "TableName": "PrimaryResult", "DurationMs": 7}]"#;
        assert_eq!(addresses(objects), want);
        let units = csv.encode_utf16().flat_map(u16::to_le_bytes);
        let utf_16 = read_export(&units.collect::<Vec<u8>>()).unwrap();
        assert_eq!(utf_16[0].address, "203.0.113.7");
        let tables = r#" {"tables": [{"name": "PrimaryResult", "columns": [{"name": "CallerIpAddress", "type": "string"}],
                        "rows": [["203.0.113.7"]]}]}"#;
        assert_eq!(addresses(tables), want);
    }

    #[test]
    fn export_without_addresses_is_refused() {
        for text in [
            "",
            "Identity\nci\n",
            "[{\"Identity\": \"ci\"}]",
            "[1]",
            "{}",
            "a,b\n1\n",
        ] {
            assert!(read_export(text.as_bytes()).is_err(), "{text}");
        }
        let events = "CallerIpAddress,Events\n8.8.8.8,many\n";
        assert!(matches!(
            read_export(events.as_bytes()),
            Err(ExportError::Events { .. })
        ));
    }
}
