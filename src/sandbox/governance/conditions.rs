//! What a subscription's owners and Azure's load decide, and a test wants to set: who may do what, which
//! policies hold, whether a creation is an operation.

/// Circumstances of the requests that follow. `Conditions::default()` lets everything pass.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// How the creation of a registry is answered. Both are recorded, at the same api-version and region.
    pub creation: Completion,
    /// How the deletion of a registry is answered. Both are recorded.
    pub deletion: Completion,
    /// How a write to a virtual network that is being written is refused. Both are seen in the wild.
    pub busy_network: BusyNetwork,
    /// What the caller may not do.
    pub denied: Vec<Denial>,
    /// Ids of subnets, virtual networks or wider scopes on which the caller lacks
    /// `Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action`.
    pub denied_joins: Vec<String>,
    /// Policies that are assigned.
    pub policies: Vec<AzurePolicy>,
    /// Items of a list page. `None` is one page: Azure's page size is not known.
    pub page_size: Option<usize>,
}

/// How a write of the registry provider is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Completion {
    /// 200, done (recorded: azure-cli test_acr_with_dual_stack_endpoints, 2026-09).
    #[default]
    AtOnce,
    /// 201 or 202 with an operation (recorded: azure-cli test_acr_create_replication, 2021-05).
    Operation,
}

/// How the network provider says that another write goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BusyNetwork {
    /// 409 `AnotherOperationInProgress` (Azure/bicep#5132).
    #[default]
    Conflict,
    /// 429 `RetryableError` with the detail `ReferencedResourceNotProvisioned`: a lock, not a quota (recorded
    /// without the detail's text, which is general knowledge).
    Retryable,
}

/// A permission that the caller lacks.
#[derive(Clone, Debug)]
pub struct Denial {
    /// Such as `Microsoft.ContainerRegistry/registries/write`. A `*` at the end stands for anything.
    pub action: String,
    /// The id at and below which it is denied.
    pub scope: String,
}

/// A policy assignment on container registries.
#[derive(Clone, Debug)]
pub struct AzurePolicy {
    /// What it does.
    pub effect: PolicyEffect,
    /// The id at and below which it holds.
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

/// Whether a pattern is of the action: the same, or with a `*` at its end the beginning of it.
pub(crate) fn covers(pattern: &str, action: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => action
            .get(..start.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(start)),
        None => pattern.eq_ignore_ascii_case(action),
    }
}
