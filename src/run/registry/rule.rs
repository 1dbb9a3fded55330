//! The rules of one registry, as `az acr network-rule` lists, adds and removes them.

use crate::apply::Proof;
use crate::az::{AzRegistry, RuleList};
use crate::error::Error;
use crate::live::ReadOptions;
use crate::model::{ErrorCode, Failure, RegistryId, Rule, SubnetId};
use crate::run::interface::{Interface, Question};
use crate::run::options::{PlanOptions, RunOptions, WriteOptions};
use crate::run::pipeline::{self, Candidate, PlanCondition};
use crate::run::registry::named_registry::NamedRegistry;
use crate::run::session::{Applied, Planning, Session};
use crate::spec::{LiveChange, ServiceEndpoints, Spec};

/// A change of some rules of one registry.
#[derive(Clone, Debug)]
pub struct RuleRequest {
    /// Id or name of the registry. Without one, the user is asked.
    pub registry: Option<String>,
    pub named: NamedRegistry,
    pub action: RuleAction,
    /// IP rules, and rules that cannot be read.
    pub addresses: Vec<Rule>,
    pub subnets: Vec<NamedSubnet>,
}

/// What happens to the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleAction {
    Add { service_endpoints: ServiceEndpoints },
    Remove,
}

/// A subnet, as the caller names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedSubnet {
    Id(SubnetId),
    /// A subnet of a virtual network in the resource group of the registry.
    InNetwork {
        network: String,
        subnet: String,
    },
}

/// The end of a change.
pub struct RuleAnswer {
    pub applied: Applied,
    /// The registry as the change left it, in the form of `az`. `None` if the change did not come about.
    pub registry: Option<AzRegistry>,
}

/// The question for a registry that the command line leaves out.
const WHICH: Question<'_> = Question {
    what: "registry",
    names: &[],
    default: None,
    missing: "no registry is named",
    instead: "add -n NAME; on a terminal it is asked for",
};

/// Reads a registry and returns its rules: one request by id, two by name.
///
/// # Errors
/// There is no connection, no such registry, or it cannot be read or has no network rules.
pub fn list_rules(
    registry: Option<&str>,
    named: &NamedRegistry,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<RuleList, Error> {
    let known = named.known_or_asked(registry, &WHICH, interface)?;
    // A fresh sandbox gets the registry.
    let seed = match &known {
        Some(id) => LiveChange::default().spec(id.clone()),
        None => Spec::default(),
    };
    let session = Session::open(options, interface, &seed)?;
    let id = named.find_or_ask(registry, known, &WHICH, &session)?;
    let spec = LiveChange::default().spec(id.clone());
    let mut live = session.live(&spec, ReadOptions::default())?;
    let reading = live.registries.remove(&id).expect("the registry was asked for");
    let registry = reading.map_err(Error::Failed)?.registry;
    if !registry.is_premium() {
        return Err(Error::Failed(without_rules(&id, &registry.sku)));
    }
    Ok(RuleList::of(&registry))
}

/// Adds rules to a registry or removes them: one read and one PATCH for addresses, and one more request by name. A subnet
/// that is added is read and, where its service endpoint is off, written before that.
///
/// # Errors
/// As for [`crate::run::apply`].
pub fn change_rules(
    request: &RuleRequest,
    plan: &PlanOptions,
    write: &WriteOptions,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<RuleAnswer, Error> {
    let (registry, named) = (request.registry.as_deref(), &request.named);
    let known = named.known_or_asked(registry, &WHICH, interface)?;
    // A fresh sandbox gets what the request names.
    let seed = match &known {
        Some(id) => request.change(id)?.spec(id.clone()),
        None => Spec::default(),
    };
    let session = Session::open(options, interface, &seed)?;
    let id = named.find_or_ask(registry, known, &WHICH, &session)?;
    let spec = request.change(&id)?.spec(id);
    let candidate = Candidate::New {
        planning: Planning::with(plan),
        check: PlanCondition::None,
    };
    // As with `az`, the command is the consent, and its two requests are all.
    let write = WriteOptions {
        yes: true,
        proof: Proof::Answer,
        record: false,
        ..write.clone()
    };
    let applied = pipeline::run_to_report(&session, &spec, candidate, &write)?;
    let mut registry = None;
    if applied.is_done() {
        registry = applied.report.registries.first().and_then(AzRegistry::of);
    }
    Ok(RuleAnswer { registry, applied })
}

impl RuleRequest {
    /// Returns the change of this registry.
    fn change(&self, id: &RegistryId) -> Result<LiveChange, Error> {
        let mut rules = self.addresses.clone();
        for subnet in &self.subnets {
            rules.push(subnet.id(id)?.into());
        }
        let mut change = LiveChange::default();
        match self.action {
            RuleAction::Add { service_endpoints } => {
                change.add = rules;
                change.service_endpoints = service_endpoints;
            }
            RuleAction::Remove => change.remove = rules,
        }
        Ok(change)
    }
}

impl NamedSubnet {
    /// Returns the id. A virtual network without a group is in that of the registry, as for `az`.
    fn id(&self, registry: &RegistryId) -> Result<SubnetId, Error> {
        match self {
            Self::Id(id) => Ok(id.clone()),
            Self::InNetwork { network, subnet } => {
                let (subscription, group) = (registry.subscription(), registry.resource_group());
                SubnetId::new(subscription, group, network, subnet)
                    .map_err(|error| Error::usage(error.to_string(), "correct --subnet or --vnet-name"))
            }
        }
    }
}

fn without_rules(id: &RegistryId, sku: &str) -> Failure {
    let message = format!(
        "registry `{}` is {sku}: only Premium has network rules",
        id.name()
    );
    let help = format!("raise its tier: az acr update --name {} --sku Premium", id.name());
    Failure::new(ErrorCode::NoNetworkRules, message).with_help(help)
}
