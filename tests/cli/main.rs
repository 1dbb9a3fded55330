//! The built binary against the sandbox: usage, exit codes, reports, and `apply` when something goes wrong.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

#[cfg(unix)]
mod access;
mod apply;
mod audit;
mod audit_compared;
mod audit_scope;
mod audit_subnets;
mod audit_untold;
#[path = "../support/azure_bodies.rs"]
mod azure_bodies;
#[cfg(unix)]
mod ci;
#[path = "../support/commands.rs"]
mod commands;
mod corrections;
mod doctor;

mod documents;
mod drift;
mod egress;
mod end_to_end;
mod endpoints;
mod exit_codes;
mod expect_cases;
#[cfg(unix)]
mod expected_subnets;
mod explain;
mod explain_unknown;
mod failures;
mod fleet;
mod formats;
mod impact;
mod import;
mod import_files;
mod import_into;
mod json_lines;
mod layout;
mod lease_writes;
mod leased_access;
mod leases;
mod left_out;
#[path = "../support/loopback_tls.rs"]
mod loopback_tls;
mod memory;
mod only_change;
mod own_address;
mod plan_text;
mod remedies;
mod report_merge;
#[cfg(unix)]
mod resume;
mod ringfence_binary;
mod rule;
mod selection;
mod spec_diff;
mod spec_edit;
mod spec_paths;
#[path = "../support/spec_text.rs"]
mod spec_text;
#[cfg(unix)]
mod storms;
#[path = "../support/suggestions.rs"]
mod suggestions;
#[cfg(unix)]
mod terminal;
mod timings;
mod usage;
#[path = "../support/virtual_network.rs"]
mod virtual_network;
