//! The pages of Azure that the rules rest on.

pub(super) const SELECTED_NETWORKS: &str =
    "https://learn.microsoft.com/azure/container-registry/container-registry-access-selected-networks";
pub(super) const PRIVATE_LINK: &str =
    "https://learn.microsoft.com/azure/container-registry/container-registry-private-link";
pub(super) const SERVICE_ENDPOINTS: &str =
    "https://learn.microsoft.com/azure/container-registry/container-registry-vnet";
pub(super) const SKUS: &str =
    "https://learn.microsoft.com/azure/container-registry/container-registry-skus";
pub(super) const TRUSTED_SERVICES: &str =
    "https://learn.microsoft.com/azure/container-registry/allow-access-trusted-services";
pub(super) const TASKS: &str =
    "https://learn.microsoft.com/azure/container-registry/manage-network-bypass-policy-for-tasks";
pub(super) const DATA_ENDPOINTS: &str =
    "https://learn.microsoft.com/azure/container-registry/container-registry-dedicated-data-endpoints";
pub(super) const EXPORTS: &str =
    "https://learn.microsoft.com/azure/container-registry/data-loss-prevention";
pub(super) const ANONYMOUS_PULL: &str =
    "https://learn.microsoft.com/azure/container-registry/anonymous-pull-access";
pub(super) const ADMIN_ACCOUNT: &str = "https://learn.microsoft.com/azure/container-registry/container-registry-authentication#admin-account";
