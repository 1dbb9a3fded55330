//! Warns about denied subnets whose public addresses IP rules admit: only their service endpoint keeps them out.

use crate::model::{AddressSet, Client, PublicNetworkAccess, Rule, Setting};
use crate::spec::diagnostic_code::DiagnosticCode;
use crate::spec::loading::Loading;
use crate::spec::resolve::ResolvedRegistry;
use crate::spec::types::RegistrySpec;
use crate::spec::yaml::node::short;

/// Warns about each statement that a lost or missing service endpoint breaks. Plan and audit read the endpoint.
pub(crate) fn check(loading: &mut Loading, registry: &ResolvedRegistry) {
    let spec = &registry.spec;
    let admitted = listed_addresses(spec);
    for (expected, at) in spec.expect.iter().zip(&registry.expect_at) {
        let Client::Subnet(id) = &expected.client else {
            continue;
        };
        let egress: AddressSet = match spec.egress.get(id) {
            Some(egress) if !expected.allowed => egress.iter().copied().collect(),
            _ => continue,
        };
        if egress.difference(&admitted) == egress {
            continue;
        }
        let written = short(&expected.written);
        let message = format!(
            "only its service endpoint keeps `{written}` out: IP rules admit its `egress`, and {} says it must not get in",
            expected.key()
        );
        let help = "take its addresses out of `ipRules`, or make sure that the endpoint stays on";
        loading.report(*at, DiagnosticCode::ExpectEndpoint, message, help);
    }
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
