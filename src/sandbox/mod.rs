//! A local ARM: answers as Azure Resource Manager for registries, subnets and providers, over real HTTPS.
//!
//! It shares only [`crate::model`] and the reader of local files with the client, so the two do not agree by
//! construction. Every behaviour has a
//! source (a public recording, a log, the documentation), cited where it is built. A request whose answer no source
//! has is answered 501 with a message that names it. `docs/sandbox.md` lists both.
//!
//! A request passes these modules in order:
//!
//! 1. `server` accepts the connection and reads the request.
//! 2. `dispatch` locks the state, plays `faults`, asks the data plane, the authority and ARM in turn, saves, and logs.
//! 3. `arm` authenticates it (`entra`), finds its row in `routes`, and checks permissions and locks (`governance`).
//! 4. `services` checks the api-version and the provider's registration.
//! 5. The handler of the row answers from the `state`: in `registry`, `network`, `surroundings`,
//!    `resources` or `operations`.
//!
//! To add an endpoint, see `routes`.

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
mod surroundings;

pub use data_plane::visit::is_host as is_registry_host;
pub use faults::{Effect, Fault, FaultsError, StatusFault, When};
pub use governance::conditions::{
    AzurePolicy, BusyNetwork, Completion, Conditions, Denial, HiddenRules, PolicyEffect,
};
pub use governance::conditions_file::ConditionsError;
pub use options::{LegacySubnetKey, Options};
pub use protocol::duration::LONGEST_WAIT;
pub use server::clock::{Clock, ManualClock};
pub use server::error::SandboxError;
pub use server::ready::{ManagedIdentity, Ready};
pub use server::request_hook::{Phase, RequestEvent, RequestHook};
pub use server::start::{Sandbox, start};
pub use server::throttle::{Bucket, Throttle};
pub use state::error::StateError;
pub use state::subscription::Subscription;
pub use state::types::State;
