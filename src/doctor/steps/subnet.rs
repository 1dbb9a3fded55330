//! Steps of a subnet on its way to the registry.

use super::status::{status_of, unjudged, unread};
use crate::doctor::facts::{AskedSubnet, Observations};
use crate::doctor::outbound::{Target, doubtful_route, obstacles};
use crate::doctor::private_names::{ZoneState, zone_of_clients};
use crate::doctor::private_path::{PrivatePath, Unjudged, private_path};
use crate::doctor::steps::Step;
use crate::doctor::subnet_answer::{needed_targets, subnet_answer, unread_egress};
use crate::doctor::types::RungStatus::{Failed, Passed, Skipped};
use crate::doctor::types::{Fact, Rung};
use crate::live::surroundings::{Route, SubnetPath};
use crate::plan::Answer;

pub(super) fn steps(facts: &Observations, asked: &AskedSubnet) -> Vec<Rung> {
    let path = match &asked.path {
        Ok(path) => path,
        Err(failure) => return vec![unread(Step::Subnet, failure)],
    };
    let mut rungs = vec![subnet(path), registration(path), endpoint(path)];
    rungs.push(answer(facts, path));
    if let Some(failure) = &facts.surroundings.unread_replicas {
        rungs.push(unread(Step::Replicas, failure));
    }
    rungs.extend([security_group(facts, path), routes(facts, path), policies(path)]);
    rungs
}

fn subnet(path: &SubnetPath) -> Rung {
    let prefixes: Vec<String> = path.prefixes.iter().map(ToString::to_string).collect();
    let mut seen = vec![Fact::new("id", path.id.as_str())];
    for service in &path.subnet.delegations {
        seen.push(Fact::new("delegated to", service));
    }
    let nat = if path.has_nat_gateway { "yes" } else { "no" };
    seen.push(Fact::new("NAT gateway", nat));
    Rung::new(
        Step::Subnet,
        Passed,
        format!("{} ({})", path.id.short(), prefixes.join(", ")),
    )
    .with(seen)
}

fn registration(path: &SubnetPath) -> Rung {
    match &path.registration {
        Ok(state) => {
            let holds = state.eq_ignore_ascii_case("Registered");
            Rung::new(
                Step::Registration,
                status_of(holds),
                format!("Microsoft.ContainerRegistry: {state}"),
            )
        }
        Err(failure) => unread(Step::Registration, failure),
    }
}

fn endpoint(path: &SubnetPath) -> Rung {
    let mut shown = Vec::new();
    for endpoint in &path.service_endpoints {
        shown.push(format!("{} ({})", endpoint.service, endpoint.state));
    }
    match (path.subnet.has_endpoint, shown.is_empty()) {
        (true, _) => Rung::new(Step::ServiceEndpoint, Passed, shown.join(", ")),
        // Clients may come with public addresses or through a private endpoint.
        (false, true) => Rung::new(Step::ServiceEndpoint, Skipped, "none"),
        (false, false) => Rung::new(
            Step::ServiceEndpoint,
            Skipped,
            format!("not for registries: {}", shown.join(", ")),
        ),
    }
}

fn answer(facts: &Observations, path: &SubnetPath) -> Rung {
    match private_path(&facts.surroundings, path.id.vnet_key()) {
        PrivatePath::No => {}
        PrivatePath::Yes => return through_endpoint(facts, path, None),
        PrivatePath::Unjudged(why @ Unjudged::NotPeered(_)) => {
            return through_endpoint(facts, path, Some(&why));
        }
        PrivatePath::Unjudged(why) => return unjudged(Step::RegistrysAnswer, &why),
    }
    if let Some(failure) = unread_egress(facts) {
        return unread(Step::RegistrysAnswer, failure);
    }
    let Some(explained) = subnet_answer(facts) else {
        return Rung::new(Step::RegistrysAnswer, Skipped, "the registry was not read");
    };
    let mut seen = Vec::new();
    for reason in &explained.reasons {
        seen.push(Fact::new("settings", &reason.finding));
    }
    let (status, result) = match explained.answer {
        Answer::Allowed => (Passed, "admits the subnet"),
        Answer::Denied => (Failed, "refuses the subnet"),
        Answer::InPart => (Failed, "admits the subnet in part"),
        Answer::Unknown => (Skipped, "depends on the public addresses of the clients"),
    };
    Rung::new(Step::RegistrysAnswer, status, result).with(seen)
}

/// Returns the step of a subnet whose clients come through a private endpoint, with the doubt whether they reach it.
fn through_endpoint(facts: &Observations, path: &SubnetPath, doubt: Option<&Unjudged<'_>>) -> Rung {
    let (status, result) = match zone_of_clients(facts, path.id.vnet_key()) {
        Some(ZoneState::Faulty { faults, .. }) => {
            (Failed, format!("not reached: {}", faults.join("; ")))
        }
        Some(ZoneState::Unjudged(why)) => return unjudged(Step::RegistrysAnswer, &why),
        Some(ZoneState::Right) | None => {
            if let Some(doubt) = doubt {
                return unjudged(Step::RegistrysAnswer, doubt);
            }
            (Passed, "the subnet comes through a private endpoint".to_owned())
        }
    };
    Rung::new(Step::RegistrysAnswer, status, result)
}

fn security_group(facts: &Observations, path: &SubnetPath) -> Rung {
    let rules = match &path.security_rules {
        None => return Rung::new(Step::SecurityGroup, Passed, "none"),
        Some(Err(failure)) => return unread(Step::SecurityGroup, failure),
        Some(Ok(rules)) => rules,
    };
    let targets = needed_targets(facts, path);
    if targets.is_empty() {
        return Rung::new(Step::SecurityGroup, Skipped, "the registry was not read");
    }
    let stopped = Stopped::of(path, &targets, false);
    let (rules, all, whole) = (rules.len(), targets.len(), stopped.whole);
    let result = format!("{rules} rules; {whole} of {all} targets are stopped on the way");
    stopped.rung(Step::SecurityGroup, result)
}

/// The targets that rules or routes stop.
#[derive(Default)]
struct Stopped {
    seen: Vec<Fact>,
    whole: usize,
    in_part: usize,
}

impl Stopped {
    fn of(path: &SubnetPath, targets: &[Target], by_route: bool) -> Self {
        let mut found = Self::default();
        for obstacle in obstacles(path, targets) {
            if obstacle.by_route == by_route {
                found.whole += usize::from(obstacle.whole);
                found.in_part += usize::from(!obstacle.whole);
                found
                    .seen
                    .push(Fact::new(obstacle.target.in_words(), obstacle.what));
            }
        }
        found
    }

    /// Returns the step. Whether a target is in the part that is stopped is not known.
    fn rung(self, step: Step, mut result: String) -> Rung {
        let status = match (self.whole, self.in_part) {
            (0, 0) => Passed,
            (0, _) => Skipped,
            _ => Failed,
        };
        if self.in_part > 0 {
            result += &format!(", and {} in part", self.in_part);
        }
        Rung {
            unjudged: status == Skipped,
            ..Rung::new(step, status, result).with(self.seen)
        }
    }
}

fn routes(facts: &Observations, path: &SubnetPath) -> Rung {
    let routes = match &path.routes {
        None => return Rung::new(Step::Routes, Passed, "those of Azure"),
        Some(Err(failure)) => return unread(Step::Routes, failure),
        Some(Ok(routes)) => routes,
    };
    let mut seen = Vec::new();
    for route in routes {
        seen.push(Fact::new(
            &route.prefix,
            format!("{} ({})", route.next_hop, route.name),
        ));
    }
    let targets = needed_targets(facts, path);
    let dropped = Stopped::of(path, &targets, true);
    let (count, whole) = (routes.len(), dropped.whole);
    let result = format!("{count} in the table; {whole} targets are dropped");
    let rung = dropped.rung(Step::Routes, result).with(seen);
    with_doubt(rung, routes, &targets)
}

/// Adds that a route may take the traffic to a private endpoint, which depends on what is not read.
fn with_doubt(mut rung: Rung, routes: &[Route], targets: &[Target]) -> Rung {
    let mut addresses = targets.iter().filter_map(|target| target.private);
    let Some(route) = addresses.find_map(|address| doubtful_route(routes, address)) else {
        return rung;
    };
    let (name, prefix) = (&route.name, &route.prefix);
    rung.result += &format!(
        "; whether {name} to {prefix} takes the traffic to the private endpoint depends on the network policies of its subnet"
    );
    if rung.status == Passed {
        rung.status = Skipped;
        rung.unjudged = true;
    }
    rung
}

fn policies(path: &SubnetPath) -> Rung {
    let mut names = Vec::new();
    for policy in &path.policies {
        match policy {
            Ok(policy) => names.push(policy.name.clone()),
            Err(failure) => return unread(Step::EndpointPolicies, failure),
        }
    }
    match names.is_empty() {
        true => Rung::new(Step::EndpointPolicies, Passed, "none"),
        false => Rung::new(Step::EndpointPolicies, Skipped, names.join(", ")),
    }
}
