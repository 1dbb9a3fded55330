//! Subscriptions of a state.

use serde::{Deserialize, Serialize};

/// Tenant of subscriptions that name none.
const DEFAULT_TENANT: &str = "11111111-1111-4111-8111-111111111111";

/// A subscription and the resource providers that are registered in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// Subscription id, a GUID as a rule.
    pub id: String,
    /// Id of the tenant that it belongs to.
    #[serde(default = "default_tenant")]
    pub tenant: String,
    /// Namespaces of the registered providers, such as `Microsoft.ContainerRegistry`.
    #[serde(default = "default_namespaces")]
    pub registered: Vec<String>,
}

/// Returns the tenant of subscriptions that name none.
pub(crate) fn default_tenant() -> String {
    DEFAULT_TENANT.to_owned()
}

/// Returns the providers of subscriptions that name none.
pub(crate) fn default_namespaces() -> Vec<String> {
    vec![
        "Microsoft.ContainerRegistry".to_owned(),
        "Microsoft.Network".to_owned(),
    ]
}
