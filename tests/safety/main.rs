//! Proofs of safety: the built binary against a sandbox that watches it, kills it and answers with errors.

mod access;
mod answers;
#[path = "../support/azure_bodies.rs"]
mod azure_bodies;
mod cases;
mod chance;
#[path = "../support/commands.rs"]
mod commands;
mod crash;
mod effective;
mod faults;
mod fuzz;
mod hostile;
mod judge;
mod lease_races;
mod leases;
#[path = "../support/loopback_tls.rs"]
mod loopback_tls;
mod matrix;
mod mutate;
mod pairs;
mod pool;
mod proxy;
#[path = "../plan/reference/mod.rs"]
mod reference;
mod rig;
mod rivals;
#[path = "../support/spec_text.rs"]
mod spec_text;
mod spoil;
#[path = "../support/virtual_network.rs"]
mod virtual_network;
#[path = "../support/wanted_ips.rs"]
mod wanted_ips;
