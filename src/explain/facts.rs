//! The facts that an explanation rests on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::types::{HoldingLease, View};
use crate::live::lease::Lease;
use crate::live::{Egress, LiveRegistry, LiveSubnet, Reading};
use crate::model::{
    Access, AddressSet, Client, DefaultAction, Failure, FailureKind, PublicNetworkAccess, RegistryId,
    Rule, Setting, SubnetId,
};
use crate::plan::WantedAccess;
use crate::spec::{
    Guardrails, KnownNames, ListedRule, Ownership, RegistrySpec, ServiceEndpoints, Source, Spec,
    SubnetEgress,
};

/// Everything that is known of a registry.
#[derive(Clone, Debug)]
pub struct Facts {
    pub(crate) id: RegistryId,
    pub(crate) view: View,
    /// The access, with what is hidden or unmanaged left unknown.
    pub(crate) access: Access,
    /// `None` if the spec leaves it open. `access` then has `Deny`.
    pub(crate) default_action: Option<DefaultAction>,
    /// The rules of both lists, with names and places where a spec has them.
    pub(crate) rules: Vec<ListedRule>,
    /// The addresses that IP rules may admit which are not listed here.
    pub(crate) more_addresses: AddressSet,
    /// True if the spec leaves service endpoints to others.
    pub(crate) assumes_endpoints: bool,
    /// Shortest prefix that a rule may have.
    pub(crate) widest_rule: u8,
    /// The service endpoint of each subnet that was asked for: true if it is on, `None` if that is not known.
    pub(crate) endpoints: BTreeMap<SubnetId, Option<bool>>,
    /// The subnets that were asked for and do not exist.
    pub(crate) gone: BTreeSet<SubnetId>,
    /// The subnets that were asked for and cannot be read.
    pub(crate) unreadable: BTreeMap<SubnetId, Failure>,
    /// A public access that is neither `Enabled` nor `Disabled`, such as `SecuredByPerimeter`. `access` then has `Disabled`.
    pub(crate) unknown_public_access: Option<String>,
    /// The YAML file and line of each list that the spec has.
    pub(crate) list_places: BTreeMap<Setting, String>,
    /// Lists that the spec does not manage and that would lose their live rules if it did.
    pub(crate) would_be_exact: BTreeSet<Setting>,
    /// Rules that the spec lists and that have expired.
    pub(crate) expired: Vec<ListedRule>,
    pub(crate) sku: Option<String>,
    pub(crate) private_endpoint_connections: Option<usize>,
    pub(crate) approved_private_endpoints: Option<usize>,
    /// The YAML file and line of the registry.
    pub(crate) place: Option<String>,
    /// The names that entries of the spec can use. Empty where they are not known.
    pub(crate) names: Arc<KnownNames>,
    /// The leases of the registry, if it has any and they matter.
    pub(crate) leased: Option<Leased>,
}

/// The leases of a registry, and its access once they are closed.
#[derive(Clone, Debug)]
pub(crate) struct Leased {
    pub(super) leases: Vec<(Lease, HoldingLease)>,
    pub(super) lasting: Access,
}

impl Facts {
    /// Returns the facts about a registry as it was read, together with the subnets that were asked for.
    pub fn live(reading: &Reading) -> Self {
        let live = &reading.registry;
        let mut access = Access::of(&live.settings);
        access.restricts = live.is_premium();
        let (mut endpoints, mut gone) = (BTreeMap::new(), BTreeSet::new());
        let mut unreadable = BTreeMap::new();
        for (id, subnet) in &reading.subnets {
            let endpoint = match subnet {
                LiveSubnet::Present(subnet) => Some(subnet.has_endpoint),
                LiveSubnet::Unreadable(failure) => {
                    if failure.kind == FailureKind::NotFound {
                        gone.insert(id.clone());
                    } else {
                        unreadable.insert(id.clone(), failure.clone());
                    }
                    None
                }
            };
            endpoints.insert(id.clone(), endpoint);
        }
        for (id, egress) in &reading.egress {
            if let Egress::Known(egress) = egress {
                access.egress.insert(id.clone(), egress.iter().copied().collect());
            }
        }
        Self {
            id: live.id.clone(),
            view: View::Live,
            default_action: Some(access.default_action),
            rules: live.settings.all_rules().cloned().map(ListedRule::from).collect(),
            more_addresses: AddressSet::default(),
            assumes_endpoints: false,
            widest_rule: Guardrails::default().widest_rule,
            endpoints,
            gone,
            unreadable,
            unknown_public_access: unknown_public_access(live),
            list_places: BTreeMap::new(),
            would_be_exact: BTreeSet::new(),
            expired: Vec::new(),
            sku: Some(live.sku.clone()),
            private_endpoint_connections: Some(live.private_endpoint_connections),
            approved_private_endpoints: Some(live.approved_private_endpoints),
            place: None,
            names: Arc::default(),
            leased: None,
            access,
        }
    }

    /// Returns the facts about a registry as a spec wants it. What the spec leaves open is not known.
    pub fn wanted(spec: &RegistrySpec) -> Self {
        let mut rules = Vec::new();
        for setting in spec.settings.managed() {
            rules.extend_from_slice(spec.settings.rules(setting).unwrap_or_default());
        }
        let WantedAccess {
            access,
            default_action,
            more_addresses,
        } = WantedAccess::of(spec);
        let mut endpoints = BTreeMap::new();
        if spec.service_endpoints == ServiceEndpoints::Ensure {
            for id in access.subnets.iter().filter_map(Rule::subnet) {
                endpoints.insert(id.clone(), Some(true));
            }
        }
        Self {
            id: spec.id.clone(),
            view: View::Spec,
            default_action,
            rules,
            more_addresses,
            assumes_endpoints: spec.service_endpoints == ServiceEndpoints::Assume,
            widest_rule: spec.guardrails.widest_rule,
            endpoints,
            gone: BTreeSet::new(),
            unreadable: BTreeMap::new(),
            unknown_public_access: None,
            list_places: places_of_lists(spec),
            would_be_exact: lists_without_owner(spec),
            expired: spec.expired.clone(),
            sku: None,
            private_endpoint_connections: None,
            approved_private_endpoints: None,
            place: spec.source.as_ref().map(place),
            names: Arc::default(),
            leased: None,
            access,
        }
    }

    /// Adds the public addresses that a spec gives to subnets. They weigh more than those that were read, as in a plan.
    #[must_use]
    pub fn with_egress(mut self, egress: &SubnetEgress) -> Self {
        for (id, addresses) in egress {
            let addresses = addresses.iter().copied().collect();
            self.access.egress.insert(id.clone(), addresses);
        }
        self
    }

    /// Adds the names of a spec. With several files, the one of the registry need not have them all.
    #[must_use]
    pub fn with_names(mut self, spec: &Spec) -> Self {
        if spec.files.len() == 1 {
            self.names = Arc::clone(&spec.names);
        }
        self
    }

    /// Returns true if the service endpoint of the subnet is on, and `None` if that is not known.
    pub(crate) fn endpoint(&self, id: &SubnetId) -> Option<bool> {
        self.endpoints.get(id).copied().flatten()
    }

    /// Returns true if it is known that no rule is asked: public access is enabled, and the default action is Allow.
    pub(crate) fn lets_everyone_in(&self) -> bool {
        let enabled = self.access.public_network_access == Some(PublicNetworkAccess::Enabled);
        enabled && self.default_action == Some(DefaultAction::Allow)
    }

    /// Returns the rule that names the client, in force or not.
    pub(crate) fn rule_of(&self, client: &Client) -> Option<&ListedRule> {
        rule_for(&self.rules, client)
    }

    /// Returns the expired rule that names the client.
    pub(crate) fn expired_rule_of(&self, client: &Client) -> Option<&ListedRule> {
        rule_for(&self.expired, client)
    }
}

/// Returns the public access of a registry if a spec cannot want it.
fn unknown_public_access(live: &LiveRegistry) -> Option<String> {
    let word = live.settings.word(Setting::PublicNetworkAccess)?;
    let is_known = PublicNetworkAccess::of(word).as_str().eq_ignore_ascii_case(word);
    (!is_known).then(|| word.to_owned())
}

fn rule_for<'a>(rules: &'a [ListedRule], client: &Client) -> Option<&'a ListedRule> {
    let mut rules = rules.iter();
    match client {
        Client::Address(range) => {
            rules.find(|listed| listed.rule.cidr().is_some_and(|rule| rule.contains(*range)))
        }
        Client::Subnet(id) => rules.find(|listed| listed.rule.subnet() == Some(id)),
        Client::Other(_) => None,
    }
}

/// Returns the place of each list that the spec has.
fn places_of_lists(spec: &RegistrySpec) -> BTreeMap<Setting, String> {
    let mut places = BTreeMap::new();
    for list in Setting::lists() {
        if let Some(source) = spec.settings.get(list).and_then(|wanted| wanted.source.as_ref()) {
            places.insert(list, place(source));
        }
    }
    places
}

fn place(source: &Source) -> String {
    format!("{}:{}", source.file, source.line)
}

/// Returns the lists that the spec does not have, and that `ownership: exact` would empty of other rules if it had them.
fn lists_without_owner(spec: &RegistrySpec) -> BTreeSet<Setting> {
    let mut lists = BTreeSet::new();
    if spec.ownership == Ownership::Exact {
        lists.extend(Setting::lists().filter(|list| !spec.settings.manages(*list)));
    }
    lists
}
