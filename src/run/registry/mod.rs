//! Runs about one registry, which is named by its id or its name.

mod chosen_client;
mod endpoints;
mod explain;
pub(crate) mod named_registry;
mod rule;
pub(crate) mod scope;

pub use chosen_client::{CLIENTS, ChosenClient};
pub use endpoints::{EndpointsRequest, endpoints};
pub use explain::{explain_live, explain_live_with, explain_wanted};
pub use named_registry::NamedRegistry;
pub use rule::{NamedSubnet, RuleAction, RuleAnswer, RuleRequest, change_rules, list_rules};
pub use scope::RegistryScope;
