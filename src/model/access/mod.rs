//! Access to a registry: the settings that decide, and the clients that ask.

mod client;
mod network_access;

pub use client::Client;
pub use network_access::{Access, DefaultAction, Mode, PublicNetworkAccess, Verdict};
