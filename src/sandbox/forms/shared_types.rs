//! Keys of groups and locks, and those that every provider uses, with their types (specification).

use jiff::Timestamp;
use uuid::Uuid;

use super::json_type::{ANY, JsonType, Keys, optional, required};

/// A time in the form of RFC 3339.
pub(crate) const TIME: JsonType = JsonType::Like(is_time, "a time");

/// A GUID in its usual form.
pub(crate) const GUID: JsonType = JsonType::Like(is_guid, "a GUID");

fn is_time(text: &str) -> bool {
    text.parse::<Timestamp>().is_ok()
}

/// Returns true for a GUID in its usual form.
pub(crate) fn is_guid(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}

/// Keys of `systemData`.
pub(crate) const SYSTEM_DATA: Keys = &[
    optional("createdBy", JsonType::Text),
    optional("createdByType", JsonType::Text),
    optional("createdAt", TIME),
    optional("lastModifiedBy", JsonType::Text),
    optional("lastModifiedByType", JsonType::Text),
    optional("lastModifiedAt", TIME),
];

/// Keys of a resource group that the sandbox knows.
pub(crate) const GROUP: Keys = &[
    optional("id", JsonType::Text),
    optional("name", JsonType::Text),
    optional("type", JsonType::Text),
    optional("location", JsonType::Text),
    optional("tags", ANY),
    optional("properties", ANY),
];

/// Keys of a lock.
pub(crate) const LOCK: Keys = &[
    optional("id", JsonType::Text),
    optional("name", JsonType::Text),
    optional("type", JsonType::Text),
    optional("systemData", ANY),
    required("properties", ANY),
];
