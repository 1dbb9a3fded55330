//! Warns about statements on subnets that hold in one state of the service endpoint only: while it is off, IP rules decide
//! about the public addresses of the subnet.

use crate::model::{AddressSet, Client, PublicNetworkAccess, Rule, Setting, SubnetId};
use crate::spec::diagnostic_code::DiagnosticCode;
use crate::spec::loading::Loading;
use crate::spec::resolve::ResolvedRegistry;
use crate::spec::types::{Expectation, RegistrySpec};
use crate::spec::yaml::node::short;

/// Warns about each statement that depends on an endpoint which this registry does not turn on. Plan and audit read it.
pub(crate) fn check(loading: &mut Loading, registry: &ResolvedRegistry) {
    let spec = &registry.spec;
    let admitted = listed_addresses(spec);
    for (expected, at) in spec.expect.iter().zip(&registry.expect_at) {
        let Client::Subnet(id) = &expected.client else {
            continue;
        };
        let Some(egress) = spec.egress.get(id) else {
            continue;
        };
        let egress: AddressSet = egress.iter().copied().collect();
        let denied = egress.difference(&admitted);
        let (message, help) = if !expected.allowed && denied != egress {
            while_on(expected)
        } else if expected.allowed && !egress.is_empty() && denied.is_empty() && leaves_out(spec, id) {
            while_off(expected)
        } else {
            continue;
        };
        loading.report(*at, DiagnosticCode::ExpectEndpoint, message, help);
    }
}

/// Describes a statement that holds while the endpoint is on.
fn while_on(expected: &Expectation) -> (String, &'static str) {
    let message = format!(
        "only its service endpoint keeps `{}` out: IP rules admit its `egress`, and {} says it must not get in",
        short(&expected.written),
        expected.key()
    );
    let help = "take its addresses out of `ipRules`, or make sure that the endpoint stays on";
    (message, help)
}

/// Describes a statement that holds while the endpoint is off.
fn while_off(expected: &Expectation) -> (String, &'static str) {
    let message = format!(
        "`{}` gets in only while its service endpoint is off: IP rules admit its `egress`, no subnet rule lists it, and {} \
         says it must get in",
        short(&expected.written),
        expected.key()
    );
    let help = "add it to `subnets`, or make sure that the endpoint stays off";
    (message, help)
}

/// Returns true if only listed clients get in and the subnet is not one of them.
fn leaves_out(spec: &RegistrySpec, id: &SubnetId) -> bool {
    let Some(subnets) = spec.settings.rules(Setting::VirtualNetworkRules) else {
        return false;
    };
    let denies = spec.settings.word(Setting::DefaultAction) == Some("Deny");
    denies && subnets.iter().all(|listed| listed.rule.subnet() != Some(id))
}

/// Returns the addresses that the listed rules admit.
fn listed_addresses(spec: &RegistrySpec) -> AddressSet {
    let public = spec.settings.word(Setting::PublicNetworkAccess);
    if public.map(PublicNetworkAccess::of) == Some(PublicNetworkAccess::Disabled) {
        return AddressSet::default();
    }
    let rules = spec.settings.rules(Setting::IpRules).unwrap_or_default();
    let cidrs = rules.iter().map(|listed| &listed.rule).filter_map(Rule::cidr);
    cidrs.collect()
}
