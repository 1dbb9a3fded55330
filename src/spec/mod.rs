//! The spec: YAML in, [`Spec`] out.

mod types;

pub use types::{
    About, Expectation, Guardrails, Ignored, Ownership, RegistrySpec, ServiceEndpoints, Source, Sourced,
    Spec, WantedIp, WantedSubnet,
};
