//! Access at one moment, read from the sandbox's state without the reader of the code under test.

use std::collections::{BTreeMap, BTreeSet};

use ringfence::model::{
    Access, AddressSet, Cidr, Client, DefaultAction, PublicNetworkAccess, Rule, SubnetId, decide,
};
use ringfence::sandbox::State;
use serde_json::{Value, json};

/// The settings that decide access at one moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Moment {
    pub(crate) access: Access,
    /// Subnets whose traffic comes over the service endpoint, with a private source address.
    pub(crate) endpoints: BTreeSet<SubnetId>,
}

/// The one registry of a state and the endpoints of all subnets in it.
pub(crate) fn moment(state: &State) -> Moment {
    let registry = of_type(state, "Microsoft.ContainerRegistry/registries")
        .next()
        .expect("there is a registry");
    let endpoints = subnets(state).filter(|(_, on)| *on).map(|(id, _)| id).collect();
    Moment {
        access: access(&registry["properties"]),
        endpoints,
    }
}

fn of_type<'a>(state: &'a State, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    let is = move |resource: &&Value| {
        resource["type"]
            .as_str()
            .is_some_and(|t| t.eq_ignore_ascii_case(kind))
    };
    state.resources.iter().filter(is)
}

fn subnets(state: &State) -> impl Iterator<Item = (SubnetId, bool)> {
    let networks = of_type(state, "Microsoft.Network/virtualNetworks");
    let subnets = networks.flat_map(|network| list(&network["properties"]["subnets"]));
    subnets.map(|subnet| {
        let endpoints = list(&subnet["properties"]["serviceEndpoints"]);
        let on = endpoints
            .iter()
            .any(|endpoint| endpoint["service"] == "Microsoft.ContainerRegistry");
        (
            SubnetId::parse(text(&subnet["id"])).expect("a subnet has an id"),
            on,
        )
    })
}

fn access(properties: &Value) -> Access {
    let rules = &properties["networkRuleSet"];
    let subnet = |rule: &Value| {
        let id = rule.get("virtualNetworkSubnetResourceId").or(rule.get("id"));
        Rule::parse(text(id.expect("a subnet rule has an id")))
    };
    Access {
        public_network_access: Some(if properties["publicNetworkAccess"] == "Disabled" {
            PublicNetworkAccess::Disabled
        } else {
            PublicNetworkAccess::Enabled
        }),
        default_action: if rules["defaultAction"] == "Deny" {
            DefaultAction::Deny
        } else {
            DefaultAction::Allow
        },
        ip_rules: list(&rules["ipRules"])
            .iter()
            .map(|rule| Rule::parse(text(&rule["value"])))
            .collect::<Vec<Rule>>()
            .into(),
        subnets: list(&rules["virtualNetworkRules"]).iter().map(subnet).collect(),
        ..Access::default()
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Everything that a change may touch, in a fixed order. Two states with one fingerprint differ only in etags and
/// times.
pub(crate) fn fingerprint(state: &State) -> Value {
    let registries: Vec<Value> = of_type(state, "Microsoft.ContainerRegistry/registries")
        .map(|registry| {
            let mut properties = registry["properties"].clone();
            for list in ["ipRules", "virtualNetworkRules"] {
                sort(&mut properties["networkRuleSet"][list]);
            }
            properties
        })
        .collect();
    let endpoints: BTreeMap<String, bool> =
        subnets(state).map(|(id, on)| (id.to_string(), on)).collect();
    let registered: BTreeMap<&str, bool> = state
        .subscriptions
        .iter()
        .map(|known| {
            (
                &*known.id,
                known
                    .registered
                    .iter()
                    .any(|name| name == "Microsoft.ContainerRegistry"),
            )
        })
        .collect();
    json!([registries, endpoints, registered])
}

fn sort(list: &mut Value) {
    if let Some(list) = list.as_array_mut() {
        list.sort_by_key(Value::to_string);
    }
}

/// Returns the fault of a moment between `old` and `new`, or `None`.
///
/// No address may get in that neither side admits, and no address may be out that both sides admit. The same holds for
/// subnets as named by rules. A client inside a subnet is different: its source address switches with the endpoint.
/// Azure has no way around this gap; [`switched_out`] counts it.
pub(crate) fn wrong(old: &Moment, new: &Moment, now: &Moment) -> Option<String> {
    let (old, new, now) = (&old.access, &new.access, &now.access);
    let wider = now
        .addresses()
        .difference(&old.addresses())
        .difference(&new.addresses());
    let out = both(old, new).difference(&now.addresses());
    if !wider.is_empty() || !out.is_empty() {
        return Some(format!(
            "{} addresses too many, {} too few",
            wider.len(),
            out.len()
        ));
    }
    let named = old.subnets.iter().chain(&new.subnets).chain(&now.subnets);
    for subnet in named.filter_map(Rule::subnet).collect::<BTreeSet<_>>() {
        let sides = [old, new].map(|access| admits(access, subnet));
        match (sides, admits(now, subnet)) {
            ([false, false], true) => return Some(format!("{subnet} gets in")),
            ([true, true], false) => return Some(format!("{subnet} is shut out")),
            _ => {}
        }
    }
    None
}

fn both(old: &Access, new: &Access) -> AddressSet {
    let only_old = old.addresses().difference(&new.addresses());
    old.addresses().difference(&only_old)
}

fn admits(access: &Access, subnet: &SubnetId) -> bool {
    decide(access, &Client::Subnet(subnet.clone())).allowed()
}

/// Returns true if a client inside `subnet` is admitted. Its address without the endpoint is `nat`.
fn inside(moment: &Moment, subnet: &SubnetId, nat: Cidr) -> bool {
    if moment.endpoints.contains(subnet) {
        admits(&moment.access, subnet)
    } else {
        moment.access.addresses().contains(nat)
    }
}

/// Clients inside subnets that both sides admit and this moment does not. Their endpoint must have just been turned on;
/// any other cause is an error.
pub(crate) fn switched_out(
    old: &Moment,
    new: &Moment,
    now: &Moment,
    nats: &[(SubnetId, Cidr)],
) -> Result<usize, String> {
    let mut count = 0;
    for (subnet, nat) in nats {
        let admitted = |moment| inside(moment, subnet, *nat);
        if admitted(old) && admitted(new) && !admitted(now) {
            let by_the_switch = !old.endpoints.contains(subnet) && now.endpoints.contains(subnet);
            if !by_the_switch {
                return Err(format!(
                    "a client in {subnet} is shut out without an endpoint switch"
                ));
            }
            count += 1;
        }
    }
    Ok(count)
}
