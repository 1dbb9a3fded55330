//! Which api-version of `Microsoft.ContainerRegistry/registries` shows and takes what: one table.
//!
//! Rows come from the models of the published Python management SDK, 2.8.0 to 15.1.0b3, unless a row names a
//! better source. 2017-03-01 is left out: its support ended in 2026-09 (container-registry-api-deprecation).
//! 2026-11-01 is left out: declared in the specification, not published.

/// How subnet rules (`networkRuleSet.virtualNetworkRules`) appear at a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// The key is absent even where rules exist, and they survive a write.
    Hidden,
    /// Shown, with the subnet id under `id`.
    Id,
    /// Shown, with the subnet id under `virtualNetworkSubnetResourceId`.
    SubnetResourceId,
    /// Shown; which key is disputed, so an option says.
    Disputed,
    /// Writes to them are silently ignored. An empty list is shown; what filled ones do is not recorded.
    WritesIgnored,
    /// Whether they are shown is disputed.
    Unknown,
}

/// One api-version.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) version: &'static str,
    pub(crate) rules: Rules,
    /// Columns of the table that the version has, by the codes of [`PROPERTIES`].
    has: &'static str,
    /// Where [`Row::rules`] is known from.
    pub(crate) source: &'static str,
}

/// When a property exists.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shown {
    Always,
    /// Where the version's row has this code.
    Column(&'static str),
    /// In previews from the first on, and in stable versions from the second on.
    From(&'static str, &'static str),
}

/// What a PATCH may do with a property.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PropertyKind {
    /// Taken as an echo only: clients send whole registries (recorded: azure-cli test_acr_encryption_with_cmk).
    ReadOnly,
    Bool,
    OneOf(&'static [&'static str]),
    RuleSet,
    Policies,
    /// A write that changes it starts an operation.
    Encryption,
}

const BASE: &str = "PNA BYP DEP PEC";
const MOST: &str = "PNA BYP DEP PEC ZR AP";
const STABLE: &str = "PNA BYP DEP PEC ZR";
const TASKS: &str = "PNA BYP DEP PEC ZR AP TSK";
const ALL: &str = "PNA BYP DEP PEC ZR AP TSK RE";
const NEVER: &str = "9999";
const ENABLED: PropertyKind = PropertyKind::OneOf(&["Enabled", "Disabled"]);
const SDK: &str = "Python SDK model";

const fn row(version: &'static str, rules: Rules, has: &'static str, source: &'static str) -> Row {
    Row {
        version,
        rules,
        has,
        source,
    }
}

/// Newest last.
pub(crate) const ROWS: &[Row] = &[
    row(
        "2017-10-01",
        Rules::WritesIgnored,
        "",
        "Azure/azure-sdk-for-go#5181, Azure/acr#246",
    ),
    row(
        "2019-05-01",
        Rules::Id,
        "",
        "recorded: azure-powershell TestCreateWithNetworkRuleSet, 2020-10",
    ),
    row(
        "2019-12-01-preview",
        Rules::Id,
        BASE,
        "recorded: azure-cli test_acr_network_rule, 2020-05",
    ),
    row(
        "2020-11-01-preview",
        Rules::Id,
        MOST,
        "recorded: azure-cli test_acr_network_rule, 2021-02",
    ),
    row("2021-06-01-preview", Rules::Id, MOST, SDK),
    row(
        "2021-08-01-preview",
        Rules::Disputed,
        MOST,
        "recorded: azure-cli test_acr_network_rule, 2022-06; Azure/azure-cli#33685",
    ),
    row(
        "2021-09-01",
        Rules::Hidden,
        STABLE,
        "Azure/azure-sdk-for-java#34935",
    ),
    row("2021-12-01-preview", Rules::Id, MOST, SDK),
    row(
        "2022-02-01-preview",
        Rules::Hidden,
        MOST,
        "recorded: azure-cli test_acr_network_rule, 2022-06",
    ),
    row("2022-12-01", Rules::Hidden, STABLE, SDK),
    row("2023-01-01-preview", Rules::Hidden, MOST, SDK),
    row("2023-06-01-preview", Rules::Hidden, MOST, SDK),
    row("2023-07-01", Rules::Hidden, STABLE, SDK),
    row("2023-08-01-preview", Rules::Hidden, MOST, SDK),
    row(
        "2023-11-01-preview",
        Rules::Hidden,
        MOST,
        "recorded: azure-cli test_acr_network_rule, 2023-12",
    ),
    row("2024-11-01-preview", Rules::Hidden, MOST, SDK),
    row(
        "2025-03-01-preview",
        Rules::Hidden,
        MOST,
        "recorded: azure-cli test_acr_with_public_network_access_disabled, 2025-04",
    ),
    row("2025-04-01", Rules::Hidden, MOST, SDK),
    row("2025-05-01-preview", Rules::Hidden, TASKS, SDK),
    row(
        "2025-06-01-preview",
        Rules::Hidden,
        TASKS,
        "inferred from its neighbours",
    ),
    row("2025-11-01", Rules::Hidden, TASKS, SDK),
    row("2025-12-01-preview", Rules::Hidden, ALL, "specification"),
    row(
        "2026-01-01-preview",
        Rules::Unknown,
        ALL,
        "Azure/azure-cli#33660 against the Python SDK model; recorded without rules and without the key: azure-cli test_acr_create_with_regional_endpoints_enabled, 2026-04",
    ),
    row("2026-03-01-preview", Rules::SubnetResourceId, ALL, SDK),
    row(
        "2026-09-01-preview",
        Rules::SubnetResourceId,
        ALL,
        "recorded: azure-cli test_acr_with_dual_stack_endpoints, 2026-09",
    ),
];

/// Properties of a registry in the order of the 2026-09-01-preview body (recorded: azure-cli
/// test_acr_with_dual_stack_endpoints, 2026-09). A property that is not here is shown at every version.
pub(crate) const PROPERTIES: &[(&str, Shown, PropertyKind)] = &[
    ("loginServer", Shown::Always, PropertyKind::ReadOnly),
    ("creationDate", Shown::Always, PropertyKind::ReadOnly),
    ("provisioningState", Shown::Always, PropertyKind::ReadOnly),
    ("adminUserEnabled", Shown::Always, PropertyKind::Bool),
    ("networkRuleSet", Shown::Always, PropertyKind::RuleSet),
    (
        "policies",
        Shown::From("2019-05-01", "2019-05-01"),
        PropertyKind::Policies,
    ),
    (
        "encryption",
        Shown::From("2019-12-01-preview", "2021-09-01"),
        PropertyKind::Encryption,
    ),
    ("dataEndpointEnabled", Shown::Column("DEP"), PropertyKind::Bool),
    ("regionalEndpoints", Shown::Column("RE"), ENABLED),
    (
        "dataEndpointHostNames",
        Shown::Column("DEP"),
        PropertyKind::ReadOnly,
    ),
    (
        "regionalEndpointHostNames",
        Shown::Column("RE"),
        PropertyKind::ReadOnly,
    ),
    (
        "endpointProtocol",
        Shown::Column("RE"),
        PropertyKind::OneOf(&["IPv4", "IPv4AndIPv6"]),
    ),
    (
        "privateEndpointConnections",
        Shown::Column("PEC"),
        PropertyKind::ReadOnly,
    ),
    ("publicNetworkAccess", Shown::Column("PNA"), ENABLED),
    (
        "networkRuleBypassOptions",
        Shown::Column("BYP"),
        PropertyKind::OneOf(&["AzureServices", "None"]),
    ),
    (
        "networkRuleBypassAllowedForTasks",
        Shown::Column("TSK"),
        PropertyKind::Bool,
    ),
    ("zoneRedundancy", Shown::Column("ZR"), PropertyKind::ReadOnly),
    ("anonymousPullEnabled", Shown::Column("AP"), PropertyKind::Bool),
    (
        "metadataSearch",
        Shown::From("2023-11-01-preview", NEVER),
        ENABLED,
    ),
    (
        "roleAssignmentMode",
        Shown::From("2025-03-01-preview", "2025-11-01"),
        PropertyKind::OneOf(&["LegacyRegistryPermissions", "AbacRepositoryPermissions"]),
    ),
    (
        "autoGeneratedDomainNameLabelScope",
        Shown::From("2024-11-01-preview", "2025-11-01"),
        PropertyKind::ReadOnly,
    ),
    (
        "writableCacheRepos",
        Shown::From("2026-03-01-preview", NEVER),
        ENABLED,
    ),
];

/// `policies.*` that not every version has. First versions of the last two are inferred between recordings
/// of 2021-06 (absent) and 2023-01 (present).
pub(crate) const POLICIES: &[(&str, Shown)] = &[
    ("exportPolicy", Shown::From("2021-06-01-preview", "2021-09-01")),
    (
        "azureADAuthenticationAsArmPolicy",
        Shown::From("2021-12-01-preview", "2025-04-01"),
    ),
    ("softDeletePolicy", Shown::From("2021-12-01-preview", NEVER)),
];

/// `systemData` of the registry (recorded from 2020-11-01-preview on).
pub(crate) const SYSTEM_DATA: Shown = Shown::From("2020-11-01-preview", "2021-09-01");

/// The row of an api-version.
pub(crate) fn find(version: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.version.eq_ignore_ascii_case(version))
}

impl Row {
    pub(crate) fn shows(&self, shown: Shown) -> bool {
        match shown {
            Shown::Always => true,
            Shown::Column(code) => self.has.split(' ').any(|column| column == code),
            Shown::From(preview, _) if self.version.ends_with("-preview") => self.version >= preview,
            Shown::From(_, stable) => self.version >= stable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_sorted_and_their_sources_named() {
        assert!(ROWS.is_sorted_by(|a, b| a.version < b.version));
        assert!(ROWS.iter().all(|row| !row.source.is_empty()));
    }

    #[test]
    fn every_column_code_belongs_to_a_property() {
        let known: Vec<&str> = PROPERTIES
            .iter()
            .filter_map(|(_, shown, _)| match shown {
                Shown::Column(code) => Some(*code),
                _ => None,
            })
            .collect();
        for row in ROWS {
            assert!(
                row.has
                    .split(' ')
                    .all(|code| code.is_empty() || known.contains(&code)),
                "{row:?}"
            );
        }
    }
}
