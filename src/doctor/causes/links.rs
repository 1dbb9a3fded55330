//! The pages that the causes link to.

/// The article about network problems.
pub(super) const ACCESS: &str =
    "https://learn.microsoft.com/azure/container-registry/container-registry-troubleshoot-access";
/// The article about login problems.
pub(super) const SIGN_IN: &str =
    "https://learn.microsoft.com/azure/container-registry/container-registry-troubleshoot-login";
/// The article about service endpoints.
pub(super) const VNET: &str =
    "https://learn.microsoft.com/azure/container-registry/container-registry-vnet";
/// The article about public network access.
pub(super) const FIREWALL: &str = "https://aka.ms/acr/firewall";
/// The article about private endpoints.
pub(super) const PRIVATE_LINK: &str =
    "https://learn.microsoft.com/azure/container-registry/container-registry-private-link";
/// The article about rules of client firewalls.
pub(super) const CLIENT_FIREWALL: &str =
    "https://learn.microsoft.com/azure/container-registry/container-registry-firewall-access-rules";
/// The article about error codes of `az acr check-health`.
pub(super) const HEALTH: &str =
    "https://learn.microsoft.com/azure/container-registry/container-registry-health-error-reference";
