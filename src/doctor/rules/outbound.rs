//! Rules about the way from a subnet to the registry, as Azure Resource Manager shows it (`--from-subnet`).

use super::cross_check::public_access_disabled;
use super::evidence::{CauseRule, Evidence};
use super::private_endpoints::endpoint_of_the_network_is_unused;
use super::registry::{access, registering};
use crate::doctor::causes::{ENDPOINT_POLICY, NO_OUTBOUND, NX1, NX6, NX7, NX8, NX9, S6, S15};
use crate::doctor::delegation::unsupported;
use crate::doctor::facts::Observations;
use crate::doctor::outbound::{Target, detours, obstacles};
use crate::doctor::steps::Step;
use crate::doctor::subnet_answer::{is_private, needed_targets, subnet_answer, unread_egress};
use crate::doctor::types::Confidence::{High, Low, Medium};
use crate::live::surroundings::{ServiceEndpoint, SubnetPath};
use crate::model::{Setting, SubnetId};
use crate::plan::Answer;

pub(super) const RULES: &[CauseRule] = &[
    CauseRule {
        cause: NX1,
        find: rule_is_dead,
        steps: &[Step::RegistrysAnswer],
    },
    CauseRule {
        cause: S15,
        find: endpoint_is_off,
        steps: &[Step::RegistrysAnswer, Step::ServiceEndpoint],
    },
    CauseRule {
        cause: NX7,
        find: subnet_is_refused,
        steps: &[Step::RegistrysAnswer],
    },
    CauseRule {
        cause: NX6,
        find: traffic_is_stopped,
        steps: &[Step::SecurityGroup, Step::Routes],
    },
    CauseRule {
        cause: S6,
        find: subnet_is_delegated,
        steps: &[Step::RegistrysAnswer, Step::Subnet],
    },
    CauseRule {
        cause: NX8,
        find: provider_is_unregistered,
        steps: &[Step::Registration],
    },
    CauseRule {
        cause: NX9,
        find: traffic_takes_a_detour,
        steps: &[Step::Routes],
    },
    CauseRule {
        cause: NO_OUTBOUND,
        find: subnet_has_no_way_out,
        steps: &[Step::Subnet],
    },
    CauseRule {
        cause: ENDPOINT_POLICY,
        find: policy_limits_storage,
        steps: &[Step::EndpointPolicies],
    },
];

fn path(facts: &Observations) -> Option<&SubnetPath> {
    facts.surroundings.subnet.as_ref()?.path.as_ref().ok()
}

/// Returns true if the registry has a rule for the subnet.
pub(super) fn is_listed(facts: &Observations, id: &SubnetId) -> bool {
    let reading = facts.reading();
    let rules =
        reading.and_then(|reading| reading.registry.settings.rules(Setting::VirtualNetworkRules));
    rules
        .unwrap_or_default()
        .iter()
        .any(|rule| rule.subnet() == Some(id))
}

/// Returns true if the registry admits the clients of the subnet.
fn is_admitted(facts: &Observations) -> bool {
    subnet_answer(facts).is_some_and(|explained| explained.answer == Answer::Allowed)
}

fn rule_is_dead(facts: &Observations) -> Option<Evidence> {
    let path = path(facts)?;
    let dead = public_access_disabled(facts) && is_listed(facts, &path.id);
    let counts = dead && !is_private(facts, path);
    counts.then(|| Evidence::cause(High).fact("subnet with a rule", &path.id))
}

fn endpoint_is_off(facts: &Observations) -> Option<Evidence> {
    let path = path(facts)?;
    if path.subnet.has_endpoint || !is_listed(facts, &path.id) {
        return None;
    }
    let mut endpoints = path.service_endpoints.iter();
    let state = match endpoints.find(|endpoint| is_of(endpoint, "Microsoft.ContainerRegistry")) {
        None => "missing",
        Some(endpoint) => &endpoint.state,
    };
    let found = match is_admitted(facts) || is_private(facts, path) {
        true => Evidence::note(),
        false => Evidence::cause(High),
    };
    let remedy = "the rule is there: `ringfence apply --verify-endpoints` with the registry's spec turns the endpoint on, and \
                  keeps the others";
    Some(
        found
            .fact("subnet", &path.id)
            .fact("endpoint", state)
            .remedy(remedy),
    )
}

fn is_of(endpoint: &ServiceEndpoint, service: &str) -> bool {
    endpoint.service.eq_ignore_ascii_case(service)
}

fn subnet_is_refused(facts: &Observations) -> Option<Evidence> {
    let path = path(facts)?;
    let explained = subnet_answer(facts)?;
    let confidence = match explained.answer {
        Answer::Denied => High,
        Answer::InPart => Medium,
        Answer::Unknown => Low,
        Answer::Allowed => return None,
    };
    // A rule that is there and does not count has a cause of its own, and so has a private endpoint in the network.
    let told = is_listed(facts, &path.id)
        || delegation(path).is_some()
        || unread_egress(facts).is_some()
        || endpoint_of_the_network_is_unused(facts).is_some();
    if told || is_private(facts, path) {
        return None;
    }
    let mut found = Evidence::cause(confidence).fact("subnet", &path.id);
    for reason in &explained.reasons {
        found = found.fact("settings", &reason.finding);
    }
    for remedy in explained.remedies {
        found = found.remedy(remedy);
    }
    let why = match (path.subnet.has_endpoint, explained.answer) {
        (true, _) => "its requests come over its service endpoint, and no rule names the subnet",
        (false, Answer::Unknown) => {
            "its requests come with public addresses that are not known, so a rule may admit them or not"
        }
        (false, _) => "its requests come with public addresses, and no rule admits all of them",
    };
    Some(found.because(why).only_these())
}

fn traffic_is_stopped(facts: &Observations) -> Option<Evidence> {
    let path = path(facts)?;
    let obstacles = obstacles(path, &needed_targets(facts, path));
    let confidence = match obstacles.iter().any(|obstacle| obstacle.whole) {
        true => High,
        false => Low,
    };
    let mut found = Evidence::cause(confidence);
    for obstacle in &obstacles {
        let target = &obstacle.target;
        found = found
            .fact(
                &target.in_words(),
                format!("{} ({})", obstacle.what, target.purpose),
            )
            .remedy(way_out(target, obstacle.by_route));
    }
    (!obstacles.is_empty()).then(|| found.only_these())
}

/// Returns what lets traffic to a target out, past rules or past routes.
fn way_out(target: &Target, by_route: bool) -> String {
    let tag = target.tag;
    match (by_route, target.private) {
        (true, Some(address)) => {
            format!("delete the route to {address}/32: Azure has one of its own to the private endpoint")
        }
        (true, None) => format!("add a route for the service tag {tag} with the next hop Internet"),
        (false, Some(address)) => {
            format!("allow TCP 443 from the subnet to {address}, with a smaller priority")
        }
        (false, None) => {
            format!("allow TCP 443 from the subnet to the service tag {tag}, with a smaller priority")
        }
    }
}

fn subnet_is_delegated(facts: &Observations) -> Option<Evidence> {
    let path = path(facts)?;
    let service = delegation(path)?;
    // An open registry asks no rule, and a private endpoint needs none.
    let open = access(facts).is_none_or(|access| access.admits_everyone());
    if open || is_private(facts, path) {
        return None;
    }
    let found = Evidence::cause(High).fact("subnet", &path.id);
    Some(found.fact("delegated to", service))
}

/// Returns the service that a subnet is delegated to, if no subnet rule admits its clients. Without an endpoint they come with
/// public addresses, which any IP rule may admit.
fn delegation(path: &SubnetPath) -> Option<&str> {
    let unsupported = unsupported(&path.subnet.delegations)?;
    path.subnet.has_endpoint.then_some(unsupported)
}

fn provider_is_unregistered(facts: &Observations) -> Option<Evidence> {
    let path = path(facts)?;
    let state = path.registration.as_ref().ok()?;
    if state.eq_ignore_ascii_case("Registered") {
        return None;
    }
    // Clients with public addresses do not need it.
    let found = match is_admitted(facts) || is_private(facts, path) {
        true => Evidence::note(),
        false => Evidence::cause(Medium),
    };
    let subscription = path.id.subscription();
    Some(
        found
            .fact("subscription of the subnet", subscription)
            .fact("registration", state)
            .remedy(registering(subscription))
            .only_these(),
    )
}

fn traffic_takes_a_detour(facts: &Observations) -> Option<Evidence> {
    let path = path(facts)?;
    let detours = detours(path, &needed_targets(facts, path));
    let mut found = Evidence::cause(Low);
    for (target, route) in &detours {
        let address = route.next_hop_address.as_deref().unwrap_or("no address shown");
        let hop = format!("{} at {address}, by the route {}", route.next_hop, route.name);
        found = found.fact(&target.in_words(), hop);
    }
    (!detours.is_empty()).then_some(found)
}

fn subnet_has_no_way_out(facts: &Observations) -> Option<Evidence> {
    let path = path(facts)?;
    let has_detour = !detours(path, &needed_targets(facts, path)).is_empty();
    if path.default_outbound || path.has_nat_gateway || path.subnet.has_endpoint || has_detour {
        return None;
    }
    Some(
        Evidence::cause(Medium)
            .fact("subnet", &path.id)
            .fact("defaultOutboundAccess", "false"),
    )
}

fn policy_limits_storage(facts: &Observations) -> Option<Evidence> {
    let path = path(facts)?;
    let mut endpoints = path.service_endpoints.iter();
    if !endpoints.any(|endpoint| is_of(endpoint, "Microsoft.Storage")) {
        return None;
    }
    // Layers come from storage accounts of Azure, unless the registry has hosts of its own.
    let reading = facts.reading()?;
    if reading.registry.settings.flag(Setting::DataEndpointEnabled) == Some(true) {
        return None;
    }
    for policy in path.policies.iter().flatten() {
        if policy
            .services
            .iter()
            .any(|service| service.eq_ignore_ascii_case("Microsoft.Storage"))
        {
            let resources = policy.resources.join(", ");
            return Some(
                Evidence::cause(Medium)
                    .fact("policy", &policy.name)
                    .fact("lets through", resources),
            );
        }
    }
    None
}
