//! Conditions that a test can set: the caller's permissions, policies, and which of two recorded answers Azure gives.

/// Decisions of a subscription's owners and effects of Azure's load. `Conditions::default()` refuses nothing.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// Answer to the creation of a registry. Both are recorded, at the same api-version and region.
    pub creation: Completion,
    /// Answer to the deletion of a registry. Both are recorded.
    pub deletion: Completion,
    /// Refusal of a write to a virtual network that is being written. Users report both.
    pub busy_network: BusyNetwork,
    /// Fate of subnet rules when IP rules are written at an api-version that hides them.
    pub hidden_subnet_rules: HiddenRules,
    /// Permissions that the caller lacks.
    pub denied: Vec<Denial>,
    /// Ids of subnets, virtual networks or wider scopes at which the caller lacks
    /// `Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action`.
    pub denied_joins: Vec<String>,
    /// Policy assignments.
    pub policies: Vec<AzurePolicy>,
    /// Number of items of a list page. `None` is one page, because Azure's page size is not known.
    pub page_size: Option<usize>,
}

/// Answer of the registry provider to a write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Completion {
    /// 200, done (recorded: azure-cli test_acr_with_dual_stack_endpoints, 2026-09).
    #[default]
    AtOnce,
    /// 201 or 202 with an operation (recorded: azure-cli test_acr_create_replication, 2021-05).
    Operation,
}

/// Refusal of the network provider while another write runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BusyNetwork {
    /// 409 `AnotherOperationInProgress` (Azure/bicep#5132).
    #[default]
    Conflict,
    /// 429 `RetryableError` with the detail `ReferencedResourceNotProvisioned`: a lock, not a quota (recorded
    /// without the detail's text, which is general knowledge).
    Retryable,
}

/// Fate of subnet rules that a write cannot name. No source shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HiddenRules {
    /// They stay (inferred: a PATCH without either list keeps hidden rules).
    #[default]
    Kept,
    /// They go.
    Cleared,
}

/// A permission that the caller lacks.
#[derive(Clone, Debug)]
pub struct Denial {
    /// Permission, such as `Microsoft.ContainerRegistry/registries/write`. A `*` at the end stands for any text.
    pub action: String,
    /// Id at and below which it is denied.
    pub scope: String,
}

/// A policy assignment on container registries.
#[derive(Clone, Debug)]
pub struct AzurePolicy {
    /// Effect of the policy.
    pub effect: PolicyEffect,
    /// Id at and below which it holds.
    pub scope: String,
}

/// The built-in policies on network access that act on writes (Azure/azure-policy).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyEffect {
    /// 0fdf0491-d080-4575-b627-ad0e843cba0f with Deny: public network access must be `Disabled`.
    DenyPublicAccess,
    /// d0793b48-0edc-4296-a390-4c75d1bdfd71 with Deny: not open to all networks.
    DenyUnrestrictedAccess,
    /// a3701552-92ea-433e-9d17-33b7f1208fc9, Modify: public network access silently becomes `Disabled`.
    DisablePublicAccess,
}

/// Returns true if a pattern covers an action: it is equal without case, or ends with `*` and the action begins with the
/// rest.
pub(crate) fn covers(pattern: &str, action: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => match action.get(..start.len()) {
            Some(begin) => begin.eq_ignore_ascii_case(start),
            None => false,
        },
        None => pattern.eq_ignore_ascii_case(action),
    }
}
