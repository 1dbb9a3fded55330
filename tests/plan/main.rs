//! The pure parts of the library: specs, planning, and the directions between the modules.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

#[path = "../support/azure_bodies.rs"]
mod azure_bodies;
mod forgeries;
mod guards;
mod layering;
mod properties;
mod readings;
mod refusals;
mod spec;
#[path = "../support/wanted_ips.rs"]
mod wanted_ips;
