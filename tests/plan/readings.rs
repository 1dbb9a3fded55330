//! Both sides of a plan: a reading of a registry, and what is wanted of it.

use ringfence::live::{Reading, parse};
use ringfence::model::{RegistryId, SubnetId};
use ringfence::spec::{RegistrySpec, Sourced, WantedSubnet};
use serde_json::Value;

/// What a run reads of a registry with this body, no subnet asked for.
pub(crate) fn reading(body: &Value) -> Reading {
    reading_at("2026-09-01-preview", body)
}

/// The same at another api-version.
pub(crate) fn reading_at(version: &str, body: &Value) -> Reading {
    Reading::of(parse::registry(version, body.clone()).expect("the body is a registry"))
}

/// A registry of which nothing is managed yet.
pub(crate) fn unmanaged(body: &Value) -> RegistrySpec {
    RegistrySpec::unmanaged(
        RegistryId::parse(body["id"].as_str().expect("a registry has an id")).expect("well formed"),
    )
}

/// Wanted subnets, from nowhere in particular.
pub(crate) fn wanted_subnets(ids: &[SubnetId]) -> Option<Sourced<Vec<WantedSubnet>>> {
    let subnet = |id: &SubnetId| WantedSubnet {
        id: id.clone(),
        source: None,
        name: None,
    };
    Some(Sourced::unsourced(ids.iter().map(subnet).collect()))
}
