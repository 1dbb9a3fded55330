//! Access to a registry: the settings that decide, the clients that ask, and the decision.

mod client;
mod comparison;
mod decision;
mod mode;
mod network_access;

pub use client::{Admitted, Client, OtherClient};
pub(crate) use comparison::Comparison;
pub(crate) use decision::admits_in_part;
pub use decision::{DecidedBy, Decision, decide};
pub use mode::Mode;
pub(crate) use network_access::Gate;
pub use network_access::{Access, DefaultAction, PublicNetworkAccess};
