//! Keys of groups and locks, and those that every provider uses, with their types (specification).

use super::json_type::{ANY, JsonType, Keys, optional, required};

/// Keys of `systemData`.
pub(crate) const SYSTEM_DATA: Keys = &[
    optional("createdBy", JsonType::Text),
    optional("createdByType", JsonType::Text),
    optional("createdAt", JsonType::Text),
    optional("lastModifiedBy", JsonType::Text),
    optional("lastModifiedByType", JsonType::Text),
    optional("lastModifiedAt", JsonType::Text),
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
