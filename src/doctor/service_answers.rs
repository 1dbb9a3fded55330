//! The registry's answer to a service, by each way on which it comes.

use super::facts::{AskedService, Observations, ServiceKind};
use super::private_names::{ZoneState, zone_of_clients};
use super::private_path::{PrivatePath, Unjudged, private_path};
use super::services::row;
use super::subnet_answer::{answer_to, explained};
use crate::explain::ClientExplanation;
use crate::live::surroundings::{PullIdentity, PullingClient};
use crate::live::{Egress, LiveSubnet, Reading, UnknownEgress};
use crate::model::{Client, OtherClient, SubnetId};
use crate::plan::Answer;

/// The answer on one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceAnswer {
    /// The subnet, the address or the kind of client that the registry sees.
    pub(crate) from: String,
    pub(crate) answer: Answer,
    pub(crate) reasons: Vec<String>,
    pub(crate) remedies: Vec<String>,
}

/// Returns the answer to a service on each way. It is empty where nothing is known of them.
pub(crate) fn service_answers(facts: &Observations, service: &AskedService) -> Vec<ServiceAnswer> {
    let Some(reading) = facts.reading() else {
        return Vec::new();
    };
    match (service.kind, &service.client) {
        (ServiceKind::Tasks, _) => of_kind(reading, OtherClient::Tasks),
        (ServiceKind::DevOps, _) => hosted_agents(reading),
        (ServiceKind::ContainerInstances, Some(Ok(PullingClient::ContainerGroup(_)))) => {
            let mut answers = of_kind(reading, OtherClient::TrustedServices);
            let managed = matches!(
                service.pulls_as,
                Some(PullIdentity::Object(_) | PullIdentity::Managed)
            );
            if !managed {
                for answer in &mut answers {
                    without_identity(answer, reading);
                }
            }
            answers
        }
        (kind, _) if row(kind).trusted => of_kind(reading, OtherClient::TrustedServices),
        (ServiceKind::AppService, Some(Ok(PullingClient::Site(site)))) if !site.pulls_over_network => {
            of_addresses(reading, service)
        }
        (ServiceKind::ContainerApps, _) => of_container_app(facts, reading, service),
        _ => of_places(facts, reading, service),
    }
}

/// Returns the answers to the subnets of a service, or else to its addresses.
fn of_places(facts: &Observations, reading: &Reading, service: &AskedService) -> Vec<ServiceAnswer> {
    match service.subnets.is_empty() {
        true => of_addresses(reading, service),
        false => of_subnets(facts, reading, service),
    }
}

/// Container Apps exchange tokens from an address of Azure, outside of the customer's network.
fn of_container_app(
    facts: &Observations,
    reading: &Reading,
    service: &AskedService,
) -> Vec<ServiceAnswer> {
    let mut answers = of_places(facts, reading, service);
    if !is_open(reading) {
        answers.push(ServiceAnswer {
            from: "an address of Azure, for the exchange of tokens".to_owned(),
            answer: Answer::Unknown,
            reasons: vec![
                "the exchange of tokens leaves from outside of the customer's network".to_owned(),
            ],
            remedies: Vec::new(),
        });
    }
    answers
}

fn answer(explained: Option<ClientExplanation>) -> Option<ServiceAnswer> {
    let explained = explained?;
    Some(ServiceAnswer {
        from: explained.client,
        answer: explained.answer,
        reasons: explained
            .reasons
            .into_iter()
            .map(|reason| reason.finding)
            .collect(),
        remedies: explained.remedies,
    })
}

fn of_kind(reading: &Reading, kind: OtherClient) -> Vec<ServiceAnswer> {
    answer(explained(reading, Client::Other(kind)))
        .into_iter()
        .collect()
}

/// Turns the answer into that of a group that pulls with a password: a client like any other, whose address is not known.
fn without_identity(answer: &mut ServiceAnswer, reading: &Reading) {
    if is_open(reading) {
        return;
    }
    answer.answer = Answer::Denied;
    answer.reasons.push(
        "the group pulls without a managed identity, so it does not count as a trusted service"
            .to_owned(),
    );
    answer.remedies =
        vec!["let the group pull with a managed identity that has a role at the registry".to_owned()];
}

fn is_open(reading: &Reading) -> bool {
    crate::explain::Facts::live(reading).access.admits_everyone()
}

/// Microsoft-hosted agents come from any address of Azure.
fn hosted_agents(reading: &Reading) -> Vec<ServiceAnswer> {
    let open = is_open(reading);
    vec![ServiceAnswer {
        from: "any address of Azure".to_owned(),
        answer: if open { Answer::Allowed } else { Answer::Denied },
        reasons: vec!["Microsoft-hosted agents have no fixed address that a rule could name".to_owned()],
        remedies: vec![
            "run the job on a self-hosted agent, whose address or subnet is admitted".to_owned(),
            "or open the registry to the agent for one job: `{with_access} -- COMMAND`".to_owned(),
        ],
    }]
}

fn of_addresses(reading: &Reading, service: &AskedService) -> Vec<ServiceAnswer> {
    let mut answers = Vec::new();
    for address in service.addresses.iter().flatten() {
        answers.extend(answer(explained(reading, Client::Address(*address))));
    }
    answers
}

fn of_subnets(facts: &Observations, reading: &Reading, service: &AskedService) -> Vec<ServiceAnswer> {
    let egress = match &service.addresses {
        Ok(addresses) if !addresses.is_empty() => Egress::Known(addresses.clone()),
        _ => Egress::Unknown(UnknownEgress::NoAddress),
    };
    let mut answers = Vec::new();
    for (id, subnet) in &service.subnets {
        match private_path(&facts.surroundings, id.vnet_key()) {
            PrivatePath::No => {}
            // Behind a private endpoint no rule counts.
            PrivatePath::Yes => {
                answers.extend(through_endpoint(facts, id));
                continue;
            }
            PrivatePath::Unjudged(why) => {
                // Without its names, no client reaches an endpoint, wherever that is.
                if let Unjudged::NotPeered(_) = why {
                    let found = through_endpoint(facts, id);
                    answers.extend(found.filter(|found| found.answer == Answer::Denied));
                }
                continue;
            }
        }
        if let Some(mut found) = answer(answer_to(reading, id, subnet, &egress)) {
            // What was not read is a step of its own.
            let unread = matches!(subnet, LiveSubnet::Unreadable(_)) || service.addresses.is_err();
            if unread && found.answer == Answer::Unknown {
                continue;
            }
            found.remedies.extend(addresses_to_add(reading, service, &found));
            answers.push(found);
        }
    }
    answers
}

/// Returns the answer to a subnet whose clients come through a private endpoint, if they find its names. `None` if that is not
/// known.
fn through_endpoint(facts: &Observations, id: &SubnetId) -> Option<ServiceAnswer> {
    let (answer, reasons, remedies) = match zone_of_clients(facts, id.vnet_key()) {
        Some(ZoneState::Faulty { faults, remedies }) => (Answer::Denied, faults, remedies),
        Some(ZoneState::Unjudged(_)) => return None,
        Some(ZoneState::Right) | None => (Answer::Allowed, Vec::new(), Vec::new()),
    };
    Some(ServiceAnswer {
        from: format!("subnet {}, through a private endpoint", id.short()),
        answer,
        reasons,
        remedies,
    })
}

/// Returns the lines that add the addresses of the service, where the registry refuses some of them.
fn addresses_to_add(reading: &Reading, service: &AskedService, found: &ServiceAnswer) -> Vec<String> {
    let mut lines = Vec::new();
    if found.answer == Answer::Allowed {
        return lines;
    }
    for one in of_addresses(reading, service) {
        if one.answer != Answer::Allowed {
            lines.extend(one.remedies);
        }
    }
    lines
}
