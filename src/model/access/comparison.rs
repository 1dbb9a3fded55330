//! Two states of a registry side by side: which clients gain and lose access from one to the other.

use std::borrow::Cow;

use super::{Access, Admitted, Client, Gate, decide};
use crate::model::{AddressSet, PublicNetworkAccess};

/// Two states, with a value for each setting that the api-version hides.
///
/// Access that is not known in both states may differ all the same. A setting that is hidden in both has one value, so the
/// states are compared once for every value that it may have.
pub(crate) struct Comparison<'a> {
    possibilities: Vec<Possibility<'a>>,
}

/// The two states with one choice of values.
struct Possibility<'a> {
    from: Cow<'a, Access>,
    to: Cow<'a, Access>,
}

/// Returns true if a setting is hidden.
type Hides = fn(&Access) -> bool;
/// Sets a hidden setting to one of its two values. A shown one keeps its value.
type Reveal = fn(&mut Access, bool);

/// The settings that an api-version may hide.
const HIDDEN: [(Hides, Reveal); 4] = [
    (Access::hides_public_access, reveal_public_access),
    (
        |access| access.trusted_services == Admitted::Unknown,
        |access, value| {
            reveal(&mut access.trusted_services, value);
        },
    ),
    (
        |access| access.tasks == Admitted::Unknown,
        |access, value| reveal(&mut access.tasks, value),
    ),
    (
        |access| access.dual_stack == Admitted::Unknown,
        |access, value| {
            reveal(&mut access.dual_stack, value);
        },
    ),
];

fn reveal_public_access(access: &mut Access, enabled: bool) {
    let value = if enabled {
        PublicNetworkAccess::Enabled
    } else {
        PublicNetworkAccess::Disabled
    };
    access.public_network_access.get_or_insert(value);
}

fn reveal(answer: &mut Admitted, value: bool) {
    if *answer == Admitted::Unknown {
        *answer = if value { Admitted::Yes } else { Admitted::No };
    }
}

/// Returns true if the client has more access in `to` than in `from`.
fn has_more(from: &Access, to: &Access, client: &Client) -> bool {
    decide(to, client).admitted > decide(from, client).admitted
}

impl<'a> Comparison<'a> {
    /// Puts two states side by side.
    pub(crate) fn new(from: &'a Access, to: &'a Access) -> Self {
        let shown = Possibility {
            from: Cow::Borrowed(from),
            to: Cow::Borrowed(to),
        };
        let mut possibilities = vec![shown];
        for (hides, reveal) in HIDDEN {
            if hides(from) || hides(to) {
                possibilities = possibilities
                    .iter()
                    .flat_map(|possibility| possibility.revealed(reveal))
                    .collect();
            }
        }
        Self { possibilities }
    }

    /// Returns the comparison of the same states in the other direction.
    pub(crate) fn reversed(&self) -> Self {
        let mut possibilities = Vec::with_capacity(self.possibilities.len());
        for possibility in &self.possibilities {
            possibilities.push(Possibility {
                from: possibility.to.clone(),
                to: possibility.from.clone(),
            });
        }
        Self { possibilities }
    }

    /// Returns true if the client has more access in the second state, or may have it. Access that is not known is more than
    /// none.
    pub(crate) fn gains(&self, client: &Client) -> bool {
        self.possibilities
            .iter()
            .any(|possibility| possibility.gains(client))
    }

    /// Returns the public addresses that gain access, or may gain it.
    pub(crate) fn addresses_gained(&self) -> AddressSet {
        let mut gained = AddressSet::default();
        let mut seen: Vec<[Gate; 2]> = Vec::new();
        for Possibility { from, to } in &self.possibilities {
            // The gates and the rules decide about addresses, and the rules are always the same.
            let gates = [from.gate(), to.gate()];
            if !seen.contains(&gates) {
                seen.push(gates);
                let more = to.addresses().public().difference(&from.addresses().public());
                gained = gained.union(&more);
            }
        }
        gained
    }

    /// Returns the number of unparsed rules that come into force, or may do so.
    pub(crate) fn unparsed_gained(&self) -> usize {
        let numbers = self
            .possibilities
            .iter()
            .map(|possibility| possibility.from.gained_unparsed(&possibility.to));
        numbers.max().unwrap_or_default()
    }

    /// Returns what is left of the access of public clients and subnets if the second state has less of it than the first:
    /// the least that it may be.
    pub(crate) fn anyone_left(&self) -> Option<Admitted> {
        let mut least = None;
        for Possibility { from, to } in &self.possibilities {
            let left = to.admits_anyone();
            if left < from.admits_anyone() && least.is_none_or(|least| left < least) {
                least = Some(left);
            }
        }
        least
    }
}

impl<'a> Possibility<'a> {
    /// Returns true if the client has more access in the second state. A service endpoint that is unknown counts as on: while
    /// it is off, the clients have public addresses, which are counted as such.
    fn gains(&self, client: &Client) -> bool {
        let [from, to] = [&*self.from, &*self.to];
        match client {
            Client::Subnet(id)
                if from.endpoints_unknown.contains(id) || to.endpoints_unknown.contains(id) =>
            {
                let [from, to] = [from, to].map(|access| access.with_endpoint(id, true));
                has_more(&from, &to, client)
            }
            _ => has_more(from, to, client),
        }
    }

    /// Returns the two possibilities with the two values of a setting.
    fn revealed(&self, reveal: Reveal) -> [Possibility<'a>; 2] {
        [true, false].map(|value| {
            let mut possibility = Possibility {
                from: self.from.clone(),
                to: self.to.clone(),
            };
            reveal(possibility.from.to_mut(), value);
            reveal(possibility.to.to_mut(), value);
            possibility
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DefaultAction, OtherClient, Rule, SubnetId};

    const SUBNET: &str =
        "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/v/subnets/a";

    /// A registry under `Deny` whose answer hides public access.
    fn hidden() -> Access {
        Access {
            public_network_access: None,
            default_action: DefaultAction::Deny,
            ip_rules: vec![Rule::parse("203.0.113.7")].into(),
            ..Access::default()
        }
    }

    fn with_subnet(access: &Access) -> Access {
        Access {
            subnets: [Rule::parse(SUBNET)].into(),
            ..access.clone()
        }
    }

    /// Both answers are unknown, and the difference between them is known.
    #[test]
    fn clients_gain_and_lose_where_public_access_is_hidden() {
        let id = SubnetId::parse(SUBNET).unwrap();
        let mut before = hidden();
        before.endpoints_off.insert(id.clone());
        let after = with_subnet(&hidden());
        let (subnet, trusted) = (Client::Subnet(id), Client::Other(OtherClient::TrustedServices));
        for (client, direction) in [(&subnet, [true, false]), (&trusted, [false, true])] {
            let answers = [&before, &after].map(|access| decide(access, client).admitted);
            let comparison = Comparison::new(&before, &after);
            let found = [comparison.gains(client), comparison.reversed().gains(client)];
            assert_eq!(found, direction, "{client}: {answers:?}");
        }
    }

    #[test]
    fn setting_that_is_hidden_on_both_sides_has_one_value() {
        let (before, mut after) = (hidden(), hidden());
        after.ip_rules = vec![Rule::parse("203.0.113.0/31")].into();
        let comparison = Comparison::new(&before, &after);
        // Not 203.0.113.7 as well, which only another public access would open.
        assert_eq!(comparison.addresses_gained().len(), 2);
        assert_eq!(comparison.reversed().addresses_gained().len(), 1);
    }

    #[test]
    fn setting_that_one_side_shows_may_have_changed() {
        let after = Access {
            public_network_access: Some(PublicNetworkAccess::Enabled),
            ..hidden()
        };
        let before = hidden();
        let comparison = Comparison::new(&before, &after);
        assert_eq!(comparison.addresses_gained().len(), 1);
        assert!(comparison.reversed().addresses_gained().is_empty());
    }

    /// Before and after, the answer is unknown. A rule for the subnet is a gain all the same if its endpoint is on.
    #[test]
    fn rule_is_a_gain_where_the_endpoint_is_unknown() {
        let id = SubnetId::parse(SUBNET).unwrap();
        let mut before = Access {
            public_network_access: Some(PublicNetworkAccess::Enabled),
            ..hidden()
        };
        before.endpoints_unknown.insert(id.clone());
        let (after, client) = (with_subnet(&before), Client::Subnet(id));
        let comparison = Comparison::new(&before, &after);
        assert_eq!(decide(&after, &client).admitted, Admitted::Unknown);
        assert!(comparison.gains(&client) && !comparison.reversed().gains(&client));
    }

    #[test]
    fn subnet_rule_without_its_endpoint_leaves_no_one() {
        let id = SubnetId::parse(SUBNET).unwrap();
        let open = Access {
            public_network_access: Some(PublicNetworkAccess::Enabled),
            ..hidden()
        };
        let mut rule_alone = with_subnet(&open);
        rule_alone.ip_rules = Vec::new().into();
        assert_eq!(Comparison::new(&open, &rule_alone).anyone_left(), None);
        rule_alone.endpoints_unknown.insert(id.clone());
        let unknown = Comparison::new(&open, &rule_alone).anyone_left();
        assert_eq!(unknown, Some(Admitted::Unknown));
        let dead = rule_alone.with_endpoint(&id, false);
        assert_eq!(Comparison::new(&open, &dead).anyone_left(), Some(Admitted::No));
    }

    #[test]
    fn anyone_is_left_as_long_as_a_rule_admits() {
        let closed = Access {
            ip_rules: Vec::new().into(),
            ..hidden()
        };
        let open = hidden();
        assert_eq!(Comparison::new(&open, &closed).anyone_left(), Some(Admitted::No));
        assert_eq!(Comparison::new(&closed, &open).anyone_left(), None);
        let unseen = Access {
            subnets_hidden: true,
            ..closed
        };
        assert_eq!(
            Comparison::new(&open, &unseen).anyone_left(),
            Some(Admitted::Unknown)
        );
    }
}
