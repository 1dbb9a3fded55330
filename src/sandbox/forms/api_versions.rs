//! Table of the api-versions of `Microsoft.ContainerRegistry/registries`, and of what each one shows and accepts.
//!
//! Rows come from the models of the published Python management SDK, 2.8.0 to 15.1.0b3, unless a row names a
//! better source. Two versions are left out: 2017-03-01, whose support ended in 2026-09
//! (container-registry-api-deprecation), and 2026-11-01, which the specification declares but which is not published.

/// Form in which a version shows subnet rules (`networkRuleSet.virtualNetworkRules`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SubnetRules {
    /// The key is absent even if rules exist. A write keeps them.
    Hidden,
    /// Shown, with the subnet id under `id`.
    Id,
    /// Shown, with the subnet id under `virtualNetworkSubnetResourceId`.
    SubnetResourceId,
    /// Shown. Sources disagree about the key, so an option decides.
    Disputed,
    /// Writes are silently ignored. An empty list is shown. The effect of a list with rules is not recorded.
    WritesIgnored,
    /// Sources disagree whether they are shown.
    Unknown,
}

/// One api-version of registries.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) version: &'static str,
    pub(crate) rules: SubnetRules,
    /// Codes of the columns in [`PROPERTIES`] that the version has, separated by spaces.
    has: &'static str,
    /// Source of [`Row::rules`].
    pub(crate) source: &'static str,
}

/// Versions that have a property.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shown {
    Always,
    /// Versions whose row has this code.
    Column(&'static str),
    /// Preview versions from the first one on, and stable versions from the second one on.
    From(&'static str, &'static str),
}

/// Type of a property, and what a PATCH may do with it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PropertyKind {
    /// Accepted with its stored value only, because clients send whole registries (recorded: azure-cli
    /// test_acr_encryption_with_cmk).
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
const TASKS: &str = "PNA BYP DEP PEC ZR AP TSK";
const ALL: &str = "PNA BYP DEP PEC ZR AP TSK RE";
const NEVER: &str = "9999";
const ENABLED: PropertyKind = PropertyKind::OneOf(&["Enabled", "Disabled"]);
const SDK: &str = "Python SDK model";

const fn row(version: &'static str, rules: SubnetRules, has: &'static str, source: &'static str) -> Row {
    Row {
        version,
        rules,
        has,
        source,
    }
}

/// The table, newest version last.
#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    row("2017-10-01", SubnetRules::WritesIgnored, "", "Azure/azure-sdk-for-go#5181, Azure/acr#246"),
    row("2019-05-01", SubnetRules::Id, "", "recorded: azure-powershell TestCreateWithNetworkRuleSet, 2020-10"),
    row("2019-12-01-preview", SubnetRules::Id, BASE, "recorded: azure-cli test_acr_network_rule, 2020-05"),
    row("2020-11-01-preview", SubnetRules::Id, MOST, "recorded: azure-cli test_acr_network_rule, 2021-02"),
    row("2021-06-01-preview", SubnetRules::Id, MOST, SDK),
    row("2021-08-01-preview", SubnetRules::Disputed, MOST, "recorded: azure-cli test_acr_network_rule, 2022-06; Azure/azure-cli#33685"),
    row("2021-09-01", SubnetRules::Hidden, "PNA BYP DEP PEC ZR", "Azure/azure-sdk-for-java#34935"),
    row("2021-12-01-preview", SubnetRules::Id, MOST, SDK),
    row("2022-02-01-preview", SubnetRules::Hidden, MOST, "recorded: azure-cli test_acr_network_rule, 2022-06"),
    row("2022-12-01", SubnetRules::Hidden, MOST, "recorded: azure-sdk-for-net ContainerRegistryPrivateLinkResources, 2023-02"),
    row("2023-01-01-preview", SubnetRules::Hidden, MOST, SDK),
    row("2023-06-01-preview", SubnetRules::Hidden, MOST, SDK),
    row("2023-07-01", SubnetRules::Hidden, MOST, "recorded: azure-service-operator Test_ContainerRegistry_Registry_20230701_CRUD, 2025-11"),
    row("2023-08-01-preview", SubnetRules::Hidden, MOST, SDK),
    row("2023-11-01-preview", SubnetRules::Hidden, MOST, "recorded: azure-cli test_acr_network_rule, 2023-12"),
    row("2024-11-01-preview", SubnetRules::Hidden, MOST, SDK),
    row("2025-03-01-preview", SubnetRules::Hidden, MOST, "recorded: azure-cli test_acr_with_public_network_access_disabled, 2025-04"),
    row("2025-04-01", SubnetRules::Hidden, MOST, SDK),
    row("2025-05-01-preview", SubnetRules::Hidden, TASKS, SDK),
    row("2025-06-01-preview", SubnetRules::Hidden, TASKS, "inferred from its neighbours"),
    row("2025-11-01", SubnetRules::Hidden, TASKS, SDK),
    row("2025-12-01-preview", SubnetRules::Hidden, ALL, "specification"),
    row("2026-01-01-preview", SubnetRules::Unknown, ALL, "Azure/azure-cli#33660 against the Python SDK model; recorded without rules and without the key: azure-cli test_acr_create_with_regional_endpoints_enabled, 2026-04"),
    row("2026-03-01-preview", SubnetRules::SubnetResourceId, ALL, SDK),
    row("2026-09-01-preview", SubnetRules::SubnetResourceId, ALL, "recorded: azure-cli test_acr_with_dual_stack_endpoints, 2026-09"),
];

/// Properties of a registry in the order of the 2026-09-01-preview body (recorded: azure-cli
/// test_acr_with_dual_stack_endpoints, 2026-09). A property that is not listed is shown at every version.
#[rustfmt::skip]
pub(crate) const PROPERTIES: &[(&str, Shown, PropertyKind)] = &[
    ("loginServer", Shown::Always, PropertyKind::ReadOnly),
    ("creationDate", Shown::Always, PropertyKind::ReadOnly),
    ("provisioningState", Shown::Always, PropertyKind::ReadOnly),
    ("adminUserEnabled", Shown::Always, PropertyKind::Bool),
    ("networkRuleSet", Shown::Always, PropertyKind::RuleSet),
    ("policies", Shown::From("2019-05-01", "2019-05-01"), PropertyKind::Policies),
    ("encryption", Shown::From("2019-12-01-preview", "2021-09-01"), PropertyKind::Encryption),
    ("dataEndpointEnabled", Shown::Column("DEP"), PropertyKind::Bool),
    ("regionalEndpoints", Shown::Column("RE"), ENABLED),
    ("dataEndpointHostNames", Shown::Column("DEP"), PropertyKind::ReadOnly),
    ("regionalEndpointHostNames", Shown::Column("RE"), PropertyKind::ReadOnly),
    ("endpointProtocol", Shown::Column("RE"), PropertyKind::OneOf(&["IPv4", "IPv4AndIPv6"])),
    ("privateEndpointConnections", Shown::Column("PEC"), PropertyKind::ReadOnly),
    ("publicNetworkAccess", Shown::Column("PNA"), ENABLED),
    ("networkRuleBypassOptions", Shown::Column("BYP"), PropertyKind::OneOf(&["AzureServices", "None"])),
    ("networkRuleBypassAllowedForTasks", Shown::Column("TSK"), PropertyKind::Bool),
    ("zoneRedundancy", Shown::Column("ZR"), PropertyKind::ReadOnly),
    ("anonymousPullEnabled", Shown::Column("AP"), PropertyKind::Bool),
    ("metadataSearch", Shown::From("2023-11-01-preview", NEVER), ENABLED),
    ("roleAssignmentMode", Shown::From("2025-03-01-preview", "2025-11-01"), PropertyKind::OneOf(&["LegacyRegistryPermissions", "AbacRepositoryPermissions"])),
    ("autoGeneratedDomainNameLabelScope", Shown::From("2024-11-01-preview", "2025-11-01"), PropertyKind::ReadOnly),
    ("writableCacheRepos", Shown::From("2026-03-01-preview", NEVER), ENABLED),
];

/// Keys of `policies` that some versions lack. The first versions of the last two are inferred from recordings of
/// 2021-06 (absent) and 2023-01 (present). Two stable versions had `softDeletePolicy` once: recorded at 2022-12-01 in
/// 2023-02 and at 2023-07-01 in 2025-01, and gone from the latter in 2025-11 (azure-service-operator).
pub(crate) const POLICIES: &[(&str, Shown)] = &[
    ("exportPolicy", Shown::From("2021-06-01-preview", "2021-09-01")),
    (
        "azureADAuthenticationAsArmPolicy",
        Shown::From("2021-12-01-preview", "2022-12-01"),
    ),
    ("softDeletePolicy", Shown::From("2021-12-01-preview", NEVER)),
];

/// Versions that show `systemData` of a registry (recorded from 2020-11-01-preview on).
pub(crate) const SYSTEM_DATA: Shown = Shown::From("2020-11-01-preview", "2021-09-01");

/// Returns the row of the newest version that is not newer than `version`.
pub(crate) fn newest_until(version: &str) -> Option<&'static Row> {
    ROWS.iter().rfind(|row| row.version <= version)
}

/// Returns the row of an api-version, without case.
pub(crate) fn find(version: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.version.eq_ignore_ascii_case(version))
}

impl Row {
    /// Returns true if this version has what `shown` describes.
    pub(crate) fn shows(&self, shown: Shown) -> bool {
        match shown {
            Shown::Always => true,
            Shown::Column(code) => self.has.split(' ').any(|column| column == code),
            // Versions are dates, so text order is their order.
            Shown::From(preview, _) if self.version.ends_with("-preview") => self.version >= preview,
            Shown::From(_, stable) => self.version >= stable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_sorted_and_name_their_sources() {
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
