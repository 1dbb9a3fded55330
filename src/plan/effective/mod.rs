//! The answer that a registry should give this machine once a plan is effective.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::access;
use super::types::RegistryPlan;
use crate::live::Probe;
use crate::model::{Access, AddressSet, Admitted, Cidr, Client, Gate, OtherClient, decide};

/// The answer of a registry to one machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Expected {
    /// The machine gets past the firewall.
    Admitted,
    /// The firewall refuses the machine.
    Refused,
}

/// The answer of a registry to this machine before a write.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub probe: Probe,
    /// True if an earlier change of the registry may not be in effect yet.
    pub may_lag: bool,
}

/// What is known of the address at which registries see this machine.
#[derive(Clone, Debug, Default)]
pub struct MachineAddress {
    /// The address that the user gave.
    pub given: Option<Cidr>,
    /// The addresses that registries of the run named when they refused this machine.
    pub named: BTreeSet<Cidr>,
}

/// The reason why the answers to one machine cannot tell if a plan is effective.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unobservable {
    /// The plan does not change who gets in.
    NoAccessChange,
    /// The machine gets the same answer before and after.
    Same(Expected),
    /// The machine is admitted, and nothing names its address.
    AddressUnknown,
    /// The machine is admitted, and the run turns on service endpoints, which changes the addresses of clients.
    SubnetUnknown,
    /// The registry sees a private address, as it does over a service endpoint.
    PrivateAddress(Cidr),
    /// The machine may come through a private endpoint.
    PrivateEndpoint,
    /// The settings do not tell if this address gets in.
    Undecided(Cidr),
    /// An earlier change may not be in effect yet, and decides the answers until then.
    EarlierChange(Expected),
    /// The registry admits this machine, and its rules do not admit the address that was given.
    OtherAddress(Cidr),
    /// A registry of the run sees this machine at another address than the one that was given.
    Contradicted { given: Cidr, seen: Cidr },
    /// The registry did not answer before the write.
    NoAnswer(String),
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Admitted => "admitted",
            Self::Refused => "refused",
        })
    }
}

impl fmt::Display for Unobservable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAccessChange => f.write_str("what was written does not change who gets in"),
            Self::Same(answer) => write!(f, "this machine is {answer} before and after"),
            Self::AddressUnknown => f.write_str(
                "this machine was admitted, and nothing names its address (--own-address does)",
            ),
            Self::SubnetUnknown => f.write_str(
                "this machine was admitted, and nothing says if it is in a subnet whose service endpoint the run turns on",
            ),
            Self::PrivateAddress(address) => {
                write!(
                    f,
                    "the registry sees this machine at the private address {address}"
                )
            }
            Self::PrivateEndpoint => f.write_str("this machine may come through a private endpoint"),
            Self::Undecided(address) => {
                write!(f, "the settings do not tell if this machine at {address} gets in")
            }
            Self::EarlierChange(answer) => {
                write!(
                    f,
                    "this machine is {answer}, and an earlier change may not be in effect yet"
                )
            }
            Self::OtherAddress(given) => {
                write!(
                    f,
                    "the registry admits this machine, and its rules do not admit {given}: it sees another address \
                     (--own-address)"
                )
            }
            Self::Contradicted { given, seen } => {
                write!(
                    f,
                    "a registry of this run sees this machine at {seen}, not at {given} (--own-address)"
                )
            }
            Self::NoAnswer(reason) => {
                write!(f, "the registry did not answer before the write: {reason}")
            }
        }
    }
}

impl RegistryPlan {
    /// Returns true if the plan changes who gets in.
    pub(crate) fn changes_access(&self) -> bool {
        let (before, after) = access::sides(&self.basis, &self.changes, &self.switched);
        before != after
    }

    /// Returns the answer that this machine should get once the plan is effective.
    ///
    /// # Errors
    /// The answers cannot tell.
    pub(crate) fn expected_answer(
        &self,
        seen: &Seen,
        own: &MachineAddress,
    ) -> Result<Expected, Unobservable> {
        let (before, after) = access::sides(&self.basis, &self.changes, &self.switched);
        match &seen.probe {
            Probe::Unknown(reason) => Err(Unobservable::NoAnswer(reason.clone())),
            Probe::Denied(address) => after_denial(&before, &after, *address),
            // Rules for all addresses do not admit a machine in a subnet with a service endpoint.
            Probe::Admitted if after.gate() == Gate::Open => Err(match before.gate() {
                Gate::Open => Unobservable::Same(Expected::Admitted),
                _ => self.still_admitted(&before, seen),
            }),
            // A private endpoint admits its clients whatever the rules are.
            Probe::Admitted if self.has_private_endpoints() => Err(Unobservable::PrivateEndpoint),
            Probe::Admitted => match after.admits_anyone() {
                Admitted::No => Ok(Expected::Refused),
                _ => self.after_admission(&before, &after, seen, own),
            },
        }
    }

    /// Returns the public address at which the registry sees this machine, if it is known.
    pub(crate) fn own_address(&self, seen: &Seen, own: &MachineAddress) -> Option<Cidr> {
        let (before, _) = access::sides(&self.basis, &self.changes, &self.switched);
        let address = match &seen.probe {
            Probe::Denied(address) => Some(*address),
            Probe::Admitted | Probe::Unknown(_) => own.of_admitted(&before).ok().flatten(),
        };
        address.filter(|address| !address.public().is_empty())
    }

    /// Decides for a machine that gets in before the write, by its address if that is known.
    fn after_admission(
        &self,
        before: &Access,
        after: &Access,
        seen: &Seen,
        own: &MachineAddress,
    ) -> Result<Expected, Unobservable> {
        if let Some(address) = own.of_admitted(before)? {
            let was_admitted = decides(before, address);
            // Only an earlier change explains the admission of an address that no rule admits.
            if was_admitted == Admitted::No && !seen.may_lag {
                return Err(Unobservable::OtherAddress(address));
            }
            return match decides(after, address) {
                Admitted::Yes => Err(self.still_admitted(before, seen)),
                Admitted::No => Ok(Expected::Refused),
                Admitted::Unknown => Err(Unobservable::Undecided(address)),
            };
        }
        let access = &self.access;
        // Without a write, an earlier one may still be on its way to the registry.
        if self.is_empty() {
            return Err(Unobservable::AddressUnknown);
        }
        let cuts_subnets = !access.subnets_closed.is_empty()
            || access.others_closed.contains(&OtherClient::UnlistedSubnets);
        if access.closed == 0 && !cuts_subnets && access.unparsed_closed == 0 {
            return Err(self.still_admitted(before, seen));
        }
        Err(Unobservable::AddressUnknown)
    }

    /// Returns the reason for a machine that gets in before a write that leaves it its rule. It may get in by an access that
    /// has just ended, and lose it when that is effective, or come from a subnet that the run moves to private addresses.
    fn still_admitted(&self, before: &Access, seen: &Seen) -> Unobservable {
        let switches = self.changes.endpoints.is_some() || !self.switched.is_empty();
        if switches {
            return Unobservable::SubnetUnknown;
        }
        let is_unexplained = before.admits_anyone() == Admitted::No && !self.has_private_endpoints();
        match seen.may_lag || is_unexplained {
            true => Unobservable::EarlierChange(Expected::Admitted),
            false => Unobservable::Same(Expected::Admitted),
        }
    }

    /// Returns true if clients may come through a private endpoint. One that is not approved admits no client.
    fn has_private_endpoints(&self) -> bool {
        let all = self.basis.private_endpoint_connections;
        self.basis.approved_private_endpoints.unwrap_or(all) > 0
    }
}

impl MachineAddress {
    /// Returns the address of this machine at a registry that admits it, which names none.
    ///
    /// # Errors
    /// Another registry contradicts the address that was given.
    fn of_admitted(&self, before: &Access) -> Result<Option<Cidr>, Unobservable> {
        if let Some(given) = self.given {
            let range = AddressSet::from_iter([given]);
            let mut public = self.named.iter().filter(|seen| !seen.public().is_empty());
            return match public.find(|seen| !range.contains(**seen)) {
                Some(seen) => Err(Unobservable::Contradicted { given, seen: *seen }),
                None => Ok(Some(given)),
            };
        }
        let mut admitted = self.named.iter().copied();
        let first = admitted.find(|address| decides(before, *address) == Admitted::Yes);
        // Two addresses do not tell which one this registry sees.
        let second = admitted.find(|address| decides(before, *address) == Admitted::Yes);
        Ok(first.filter(|_| second.is_none()))
    }
}

/// Decides for a machine that the registry refused at this address.
fn after_denial(before: &Access, after: &Access, address: Cidr) -> Result<Expected, Unobservable> {
    if after.gate() == Gate::Open {
        return Ok(Expected::Admitted);
    }
    if address.public().is_empty() {
        return Err(Unobservable::PrivateAddress(address));
    }
    match decides(after, address) {
        Admitted::Yes => Ok(Expected::Admitted),
        // It is refused although it should get in: an access that has just begun would admit it for a while.
        Admitted::No if decides(before, address) == Admitted::Yes => {
            Err(Unobservable::EarlierChange(Expected::Refused))
        }
        Admitted::No => Err(Unobservable::Same(Expected::Refused)),
        Admitted::Unknown => Err(Unobservable::Undecided(address)),
    }
}

fn decides(access: &Access, address: Cidr) -> Admitted {
    decide(access, &Client::Address(address)).admitted
}

#[cfg(test)]
mod tests;
