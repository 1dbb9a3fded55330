//! The pure parts of the library: specs, planning, and the directions between the modules.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

#[path = "../support/azure_bodies.rs"]
mod azure_bodies;
#[path = "../safety/chance.rs"]
mod chance;
mod codes;
mod diff;
mod differential;
mod forgeries;
mod guards;
mod import;
mod layering;
mod logs;
mod model;
mod module_graph;
mod posture;
mod properties;
mod readings;
mod reference;
mod refusals;
mod spec;
#[path = "../support/spec_text.rs"]
mod spec_text;
#[path = "../support/wanted_ips.rs"]
mod wanted_ips;
