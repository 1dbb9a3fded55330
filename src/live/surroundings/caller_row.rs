//! Rows of the tables of callers.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::live::parse::json_node::UnexpectedJson;

/// The column of addresses.
pub(super) const ADDRESS: &str = "CallerIpAddress";

/// Form of a time in the portal's CSV.
const PORTAL_TIME: &str = "%m/%d/%Y, %I:%M:%S%.f %p";

/// Requests of one caller with one result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerRow {
    /// Empty if the row has none.
    pub address: String,
    pub identity: String,
    /// The HTTP status, such as `200` or `403`.
    pub result: String,
    pub events: u64,
    /// The time of the last request.
    pub last_seen: Option<Timestamp>,
    /// The registry, by its id or its login server, where the row names it.
    pub registry: Option<String>,
}

/// The reason why an export cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("{0}")]
    Bytes(#[from] std::io::Error),
    #[error("it is not CSV: {0}")]
    Csv(#[from] csv::Error),
    #[error("it is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{0}")]
    Shape(#[from] UnexpectedJson),
    #[error("it has no column `{ADDRESS}`")]
    NoColumn,
    #[error("`{value}` is not a number of events")]
    Events { value: String },
}

/// A row as it is filled in, column by column.
#[derive(Default)]
pub(super) struct RawRow {
    address: String,
    identity: String,
    result: String,
    events: Option<String>,
    time: Option<Timestamp>,
    resource: Option<String>,
    server: Option<String>,
}

impl RawRow {
    /// Sets a column. Other columns than those of callers are left out.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        match name {
            ADDRESS => value.clone_into(&mut self.address),
            "Identity" => value.clone_into(&mut self.identity),
            "ResultDescription" => value.clone_into(&mut self.result),
            "Events" => self.events = Some(value.to_owned()),
            "TimeGenerated" | "LastSeen" => self.time = time(value),
            "_ResourceId" => self.resource = Some(value.to_owned()),
            "LoginServer" => self.server = Some(value.to_owned()),
            _ => {}
        }
    }

    /// Returns the row. One that was not summed up is one event.
    pub(super) fn finish(self) -> Result<CallerRow, ExportError> {
        let events = match self.events {
            None => 1,
            Some(value) => value.parse().map_err(|_| ExportError::Events { value })?,
        };
        Ok(CallerRow {
            address: self.address,
            identity: self.identity,
            result: self.result,
            events,
            last_seen: self.time,
            registry: self.resource.or(self.server).filter(|text| !text.is_empty()),
        })
    }
}

/// Reads a time. One in another form than these is left out, and the row still counts.
fn time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let civil = DateTime::strptime(PORTAL_TIME, text).ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_service_and_the_portal() {
        let want: Timestamp = "2026-11-20T22:00:00.5Z".parse().unwrap();
        assert_eq!(time("2026-11-20T22:00:00.5Z"), Some(want));
        assert_eq!(time("11/20/2026, 10:00:00.500 PM"), Some(want));
        assert_eq!(time("yesterday"), None);
    }
}
