//! Facts about Azure, each with its source, held against the sandbox over real HTTPS.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "sandbox_facts/governance.rs"]
mod governance;
#[path = "sandbox_facts/hostile.rs"]
mod hostile;
#[path = "sandbox_facts/hostile_network.rs"]
mod hostile_network;
#[path = "sandbox_facts/lifecycle.rs"]
mod lifecycle;
#[path = "sandbox_facts/network.rs"]
mod network;
#[path = "sandbox_facts/networks.rs"]
mod networks;
#[path = "sandbox_facts/patch.rs"]
mod patch;
#[path = "sandbox_facts/permissions.rs"]
mod permissions;
#[path = "sandbox_facts/providers.rs"]
mod providers;
mod sandbox_support;
#[path = "sandbox_facts/server.rs"]
mod server;
#[path = "sandbox_facts/skus.rs"]
mod skus;
#[path = "sandbox_facts/state.rs"]
mod state;
#[path = "sandbox_facts/state_file.rs"]
mod state_file;
#[path = "sandbox_facts/tools.rs"]
mod tools;
#[path = "sandbox_facts/versions.rs"]
mod versions;
#[path = "sandbox_facts/wire.rs"]
mod wire;
