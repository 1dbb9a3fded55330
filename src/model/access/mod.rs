//! Access to a registry: the settings that decide, the clients that ask, and the decision.

mod client;
mod comparison;
mod decided;
mod decision;
mod mode;
mod network_access;
mod subnet_decision;
mod words;

pub use client::{Admitted, Client, OtherClient};
pub(crate) use comparison::Comparison;
pub use decided::{DecidedBy, Decision};
pub(crate) use decision::admits_in_part;
pub use decision::decide;
pub use mode::Mode;
pub use network_access::Access;
pub(crate) use network_access::Gate;
pub use words::{DefaultAction, PublicNetworkAccess};
