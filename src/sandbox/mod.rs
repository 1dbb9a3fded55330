//! A local ARM: what Azure Resource Manager answers for registries, subnets and providers, over real HTTPS.
//!
//! It shares nothing with the client but [`crate::model`], so the two cannot agree by construction. Every
//! behaviour has a source (a public recording, a log, the documentation), named where it is built; what no
//! source establishes is answered 501 with a message that names it. `docs/sandbox.md` lists both.

mod arm;
mod data_plane;
mod dispatch;
mod entra;
mod faults;
mod forms;
mod governance;
mod network;
mod operations;
mod options;
mod protocol;
mod registry;
mod resources;
mod route;
mod routes;
mod server;
mod services;
mod state;

pub use data_plane::visit::is_host as is_registry_host;
pub use faults::{Effect, Fault, FaultsError, StatusFault, When};
pub use governance::conditions::{
    AzurePolicy, BusyNetwork, Completion, Conditions, Denial, PolicyEffect,
};
pub use governance::conditions_file::ConditionsError;
pub use options::{LegacySubnetKey, Options};
pub use server::clock::{Clock, ManualClock};
pub use server::error::SandboxError;
pub use server::ready::{ManagedIdentity, Ready};
pub use server::request_hook::{Phase, RequestEvent, RequestHook};
pub use server::start::{Sandbox, start};
pub use server::throttle::{Bucket, Throttle};
pub use state::error::StateError;
pub use state::types::{State, Subscription};
