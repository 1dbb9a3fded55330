//! Microsoft's generated management crates (`azure_mgmt_*` 0.21) as an oracle for ringfence.
//!
//! They are generated from the same specification as Azure's front end, so their paths, methods and read models
//! are a second opinion. They are no longer supported and lose what they do not know, which is why the product
//! does not use them; `tests/losses.rs` pins that reason.

pub mod lab;
#[path = "../../support/recording_files.rs"]
mod recording_files;
pub mod recordings;
pub mod transport;

/// The api-version of the oracle's registries.
pub const REGISTRIES: &str = "2023-11-01-preview";

/// The api-version of the oracle's subnets.
pub const SUBNETS: &str = "2024-03-01";
