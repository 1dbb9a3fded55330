//! Commands that remedies offer. Each is offered only where it would not be refused, by the checks of the command itself.

use std::net::{IpAddr, Ipv4Addr};

use super::known::Known;
use crate::lease::{Asked, Goal, LeaseRefusal, Need, need};
use crate::live::{LiveSubnet, PresentSubnet, Reading};
use crate::model::{Cidr, Rule, Setting, SubnetId};
use crate::plan::{Policy, plan_registry};
use crate::spec::LiveChange;

/// A command in the text of a remedy.
pub(super) struct Offer {
    /// The words that stand for it.
    pub(super) placeholder: &'static str,
    /// Returns the command, or `None` where it would be refused.
    pub(super) command: fn(&Known<'_>) -> Option<String>,
}

/// Stands for the command that lists the client's address.
pub(super) const ADD_ADDRESS: &str = "{add_address}";

/// Every command that not all registries and clients fit.
pub(super) const OFFERS: &[Offer] = &[
    Offer {
        placeholder: "{with_access}",
        command: with_access,
    },
    Offer {
        placeholder: ADD_ADDRESS,
        command: add_address,
    },
    Offer {
        placeholder: "{add_subnet}",
        command: add_subnet,
    },
];

/// An address of Azure, for clients whose own is not known. Any public one has the same answer.
const ANY_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(20, 0, 0, 1));

fn with_access(known: &Known<'_>) -> Option<String> {
    let address = public_range(known.address.unwrap_or(ANY_ADDRESS))?;
    let flag = match known.reading {
        Some(reading) => access_flag(reading, address, known)?,
        None => "",
    };
    Some(format!("ringfence with-access {}{flag}", known.name()))
}

/// Returns the address as a range that a rule can name.
fn public_range(address: IpAddr) -> Option<Cidr> {
    let IpAddr::V4(address) = address else {
        return None;
    };
    Cidr::containing(address, 32).filter(|range| range.special_use().is_none())
}

/// Returns the flag with which `with-access` opens the registry for an address. `None` if it is refused with each.
fn access_flag(reading: &Reading, address: Cidr, known: &Known<'_>) -> Option<&'static str> {
    match leased(reading, address, false, known) {
        Ok(()) => Some(""),
        Err(LeaseRefusal::PublicAccess(_) | LeaseRefusal::LeasedPublicAccess(_)) => {
            let allowed = leased(reading, address, true, known);
            allowed.ok().map(|()| " --allow-public-access")
        }
        Err(_) => None,
    }
}

/// Checks a lease as `with-access` does: whether it is needed, and whether its write is refused.
fn leased(
    reading: &Reading,
    address: Cidr,
    allow_public_access: bool,
    known: &Known<'_>,
) -> Result<(), LeaseRefusal> {
    let asked = Asked {
        name: "doctor".parse().expect("it is the name of a lease, by test"),
        now: known.now,
        until: known.now,
        address: Some(address),
        allow_public_access,
        flags: String::new(),
    };
    match need(&reading.registry, &asked)? {
        Need::Nothing => Ok(()),
        Need::Lease(lease) => Goal::Open(lease).next(&reading.registry, known.now).map(|_| ()),
    }
}

fn add_address(known: &Known<'_>) -> Option<String> {
    let range = public_range(known.address.unwrap_or(ANY_ADDRESS))?;
    let shown = match known.address {
        Some(address) => address.to_string(),
        None => "ADDRESS".to_owned(),
    };
    let command = format!("ringfence rule add -n {} --ip-address {shown}", known.name());
    // Where a rule has the address, another one changes nothing.
    let rules = known
        .reading
        .and_then(|reading| reading.registry.settings.rules(Setting::IpRules));
    let mut ranges = rules.into_iter().flatten().filter_map(Rule::cidr);
    let listed = ranges.any(|known| known.contains(range));
    (!listed && is_taken(known, range.into())).then_some(command)
}

fn add_subnet(known: &Known<'_>) -> Option<String> {
    let any = SubnetId::new("subscription", "group", "network", "subnet").ok()?;
    let command = format!("ringfence rule add -n {} --subnet SUBNET_ID", known.name());
    is_taken(known, any.into()).then_some(command)
}

/// Returns true if the registry takes another rule, and rules count there. Nothing speaks against it where the registry was not
/// read.
fn is_taken(known: &Known<'_>, rule: Rule) -> bool {
    let Some(reading) = known.reading else {
        return true;
    };
    let mut reading = reading.clone();
    if let Some(id) = rule.subnet() {
        reading.subnets.insert(id.clone(), subnet_with_endpoint());
    }
    let change = LiveChange {
        add: vec![rule],
        ..LiveChange::default()
    };
    let spec = change.spec(reading.registry.id.clone());
    let mut plans = spec.registries.iter();
    !known.is_disabled()
        && plans.all(|wanted| {
            plan_registry(wanted, &reading, &Policy::default())
                .refusals
                .is_empty()
        })
}

/// A subnet in order: whether the registry takes a rule does not rest on one subnet.
fn subnet_with_endpoint() -> LiveSubnet {
    LiveSubnet::Present(PresentSubnet {
        api_version: String::new(),
        etag: None,
        has_endpoint: true,
        endpoint_pending: false,
        delegations: Vec::new(),
        body: serde_json::Value::Null,
    })
}
