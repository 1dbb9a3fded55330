//! Role assignments, diagnostic settings, and the workspaces that keep the logs.

use super::kind::{REGION, SurroundingType};
use crate::sandbox::forms::json_type::{JsonType, Keys, optional, required};
use crate::sandbox::forms::shared_types::{GUID, TIME};
use crate::sandbox::forms::types::{
    DIAGNOSTIC_SETTINGS, DIAGNOSTIC_VERSIONS, LOG_TABLES, ROLE_ASSIGNMENT_VERSIONS, ROLE_ASSIGNMENTS,
    WORKSPACES,
};

/// The types of this file.
pub(super) const TYPES: &[SurroundingType] = &[
    of(ROLE_ASSIGNMENTS, ROLE_ASSIGNMENT_VERSIONS, ROLE_ASSIGNMENT, None),
    of(DIAGNOSTIC_SETTINGS, DIAGNOSTIC_VERSIONS, DIAGNOSTIC_SETTING, None),
    // Neither is served by a GET; a query reads the rows.
    of(WORKSPACES, &[], &[], REGION),
    of(LOG_TABLES, &[], LOG_TABLE, None),
];

const fn of(
    name: &'static str,
    versions: &'static [&'static str],
    properties: Keys,
    location: Option<&'static str>,
) -> SurroundingType {
    SurroundingType {
        name,
        versions,
        properties,
        parts: &[],
        location,
    }
}

/// Specification: authorization/resource-manager, 2022-04-01.
const ROLE_ASSIGNMENT: Keys = &[
    required("principalId", GUID),
    required("roleDefinitionId", JsonType::Text),
    optional("principalType", JsonType::Text),
    optional("condition", JsonType::Text),
];

/// Specification: monitor/resource-manager, 2021-05-01-preview.
const DIAGNOSTIC_SETTING: Keys = &[
    optional("workspaceId", JsonType::Id("")),
    optional("storageAccountId", JsonType::Id("")),
    optional("eventHubAuthorizationRuleId", JsonType::Text),
    optional(
        "logs",
        JsonType::List(&JsonType::Open(&[
            optional("category", JsonType::Text),
            optional("categoryGroup", JsonType::Text),
            required("enabled", JsonType::Bool),
        ])),
    ),
];

/// `rows` is the sandbox's own: Azure shows the rows of a table to queries only.
const LOG_TABLE: Keys = &[optional(
    "rows",
    JsonType::List(&JsonType::Open(&[
        required("TimeGenerated", TIME),
        required("_ResourceId", JsonType::Text),
        optional("CallerIpAddress", JsonType::Text),
        optional("Identity", JsonType::Text),
        optional("ResultDescription", JsonType::Text),
    ])),
)];
