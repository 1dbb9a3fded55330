//! Both sides of a plan: a reading of a registry, and its spec.

use ringfence::live::{Reading, parse};
use ringfence::model::{RegistryId, Rule, SubnetId};
use ringfence::spec::{ListedRule, RegistrySpec};
use serde_json::Value;

/// A reading of a registry with this body and without subnets.
pub(crate) fn reading(body: &Value) -> Reading {
    reading_at("2026-09-01-preview", body)
}

/// The same at another api-version.
pub(crate) fn reading_at(version: &str, body: &Value) -> Reading {
    Reading::of(parse::registry(version, body.clone()).expect("the body is a registry"))
}

/// A spec that manages no setting of this registry.
pub(crate) fn unmanaged(body: &Value) -> RegistrySpec {
    RegistrySpec::unmanaged(
        RegistryId::parse(body["id"].as_str().expect("a registry has an id")).expect("well formed"),
    )
}

/// Wanted subnets, without a source.
pub(crate) fn wanted_subnets(ids: &[SubnetId]) -> Vec<ListedRule> {
    ids.iter().map(|id| Rule::from(id.clone()).into()).collect()
}
