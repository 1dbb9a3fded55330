//! Who gains and who loses access, in one line each.

use std::collections::BTreeSet;

use crate::model::{OtherClient, SubnetId};
use crate::plan::{AccessChange, ClientList, UncertainClients, Who};
use crate::render::safe;
use crate::render::text::common::{self, count};

/// Ranges named in one line; more are counted.
const MOST_RANGES: usize = 5;

/// A verb, and the clients that do so.
type Line = (&'static str, String);

/// Verbs of the lines: that of clients that certainly gain or lose access, and that of those who may.
#[derive(Clone, Copy)]
pub(super) struct Verbs {
    pub(super) gaining: [&'static str; 2],
    pub(super) losing: [&'static str; 2],
}

impl Verbs {
    /// The verbs of a plan.
    pub(super) const OF_CHANGE: Self = Self {
        gaining: ["gains", "may gain"],
        losing: ["loses", "may lose"],
    };
}

/// Names the clients that gain access, and those that lose it: `288 addresses: offices, 192.0.2.64/28; subnet hub/build`.
pub(super) fn who(access: &AccessChange, verbs: Verbs) -> Vec<Line> {
    let gaining = Affected {
        who: access.gains.as_ref(),
        subnets: &access.subnets_opened,
        others: &access.others_opened,
        unreadable: access.unparsed_opened,
    };
    let losing = Affected {
        who: access.loses.as_ref(),
        subnets: &access.subnets_closed,
        others: &access.others_closed,
        unreadable: access.unparsed_closed,
    };
    let mut lines = gaining.lines(verbs.gaining, &access.uncertain);
    lines.extend(losing.lines(verbs.losing, &access.uncertain));
    lines
}

/// Names the clients that gain and lose access by a change.
pub(in crate::render) fn effects(access: &AccessChange) -> Vec<Line> {
    who(access, Verbs::OF_CHANGE)
}

/// Names the clients that get in or not, against the spec. What they lose if it is applied, they have now.
pub(in crate::render) fn against_spec(access: &AccessChange) -> Vec<Line> {
    let verbs = Verbs {
        gaining: ["shuts out", "may shut out"],
        losing: ["lets in", "may let in"],
    };
    who(access, verbs)
}

/// The clients that gain access, or those that lose it.
struct Affected<'a> {
    who: Option<&'a Who>,
    subnets: &'a [SubnetId],
    others: &'a [OtherClient],
    /// Rules that are neither a range nor a subnet id. Their clients are unknown.
    unreadable: usize,
}

impl Affected<'_> {
    /// Writes a line about those who certainly do, and one about those who may.
    fn lines(&self, verbs: [&'static str; 2], uncertain: &UncertainClients) -> Vec<Line> {
        let (mut certain, possible) = match self.who {
            Some(Who::Only(list)) => only(list, uncertain),
            Some(Who::EveryoneBut(list)) => self.everyone_but(list, uncertain),
            None => (Vec::new(), Vec::new()),
        };
        if self.unreadable > 0 {
            let rules = count(self.unreadable, "unreadable rule", "unreadable rules");
            certain.push(format!("the clients of {rules}"));
        }
        let mut lines = Vec::new();
        for (verb, parts) in verbs.into_iter().zip([certain, possible]) {
            if !parts.is_empty() {
                lines.push((verb, parts.join("; ")));
            }
        }
        lines
    }

    fn everyone_but(
        &self,
        list: &ClientList,
        uncertain: &UncertainClients,
    ) -> (Vec<String>, Vec<String>) {
        let everyone = vec![everyone_but(list)];
        if uncertain.addresses {
            return (Vec::new(), everyone);
        }
        // Everyone includes clients whose access is not known on one side.
        let mut subnets: Vec<&SubnetId> = self.subnets.iter().collect();
        subnets.retain(|id| uncertain.subnets.contains(id));
        let mut others = self.others.to_vec();
        others.retain(|kind| uncertain.others.contains(kind));
        (everyone, named(&subnets, &others))
    }
}

/// Names the clients of a list: those who certainly gain or lose access, and those who may.
fn only(list: &ClientList, uncertain: &UncertainClients) -> (Vec<String>, Vec<String>) {
    let ids = list.subnets.iter().map(|subnet| &subnet.id);
    let (maybe_subnets, subnets): (Vec<_>, Vec<_>) = ids.partition(|id| uncertain.subnets.contains(id));
    let others = list.others.iter().copied();
    let (maybe_others, others): (Vec<_>, Vec<_>) =
        others.partition(|kind| uncertain.others.contains(kind));
    let mut certain = named(&subnets, &others);
    let mut possible = named(&maybe_subnets, &maybe_others);
    if !list.ranges.is_empty() {
        let side = if uncertain.addresses {
            &mut possible
        } else {
            &mut certain
        };
        side.insert(0, format!("{}: {}", addresses(list), ranges(list)));
    }
    (certain, possible)
}

fn named(subnets: &[&SubnetId], others: &[OtherClient]) -> Vec<String> {
    let mut parts = Vec::new();
    if !subnets.is_empty() {
        parts.push(common::subnets(subnets.iter().copied()));
    }
    for kind in others {
        parts.push(kind.to_string());
    }
    parts
}

fn everyone_but(list: &ClientList) -> String {
    let ids: Vec<&SubnetId> = list.subnets.iter().map(|subnet| &subnet.id).collect();
    let mut parts = named(&ids, &list.others);
    if list.addresses > 0 {
        parts.insert(0, addresses(list));
    }
    let Some(last) = parts.pop() else {
        return "everyone".to_owned();
    };
    if parts.is_empty() {
        format!("everyone but {last}")
    } else {
        format!("everyone but {} and {last}", parts.join(", "))
    }
}

fn addresses(list: &ClientList) -> String {
    common::addresses(list.addresses)
}

/// Names the ranges by the spec's names, or as ranges.
fn ranges(list: &ClientList) -> String {
    let (mut names, mut named) = (Vec::new(), BTreeSet::new());
    for range in &list.ranges {
        // A network of several ranges is named once.
        match &range.name {
            Some(name) if named.insert(name) => names.push(safe(name).into_owned()),
            Some(_) => {}
            None => names.push(range.range.to_string()),
        }
    }
    common::first_of(&names, MOST_RANGES)
}

#[cfg(test)]
mod tests {
    use crate::model::OtherClient;
    use crate::plan::{AccessChange, ClientList, ClientRange, ClientSubnet, Who};
    use crate::render::text::samples::subnet;

    fn list(ranges: &[(&str, Option<&str>)], subnets: &[&str], others: &[OtherClient]) -> ClientList {
        let mut list = ClientList {
            others: others.to_vec(),
            ..ClientList::default()
        };
        for (text, name) in ranges {
            let range: crate::model::Cidr = text.parse().unwrap();
            list.addresses += range.size();
            list.ranges.push(ClientRange {
                range,
                name: name.map(Into::into),
                addresses: range.size(),
            });
        }
        for name in subnets {
            let (id, name) = (subnet(name), None);
            list.subnets.push(ClientSubnet { id, name });
        }
        list
    }

    fn said(access: &AccessChange) -> String {
        let lines = super::who(access, super::Verbs::OF_CHANGE).into_iter();
        lines
            .map(|(verb, who)| format!("{verb} {who}"))
            .collect::<Vec<_>>()
            .join(" / ")
    }

    fn lost(who: Who) -> String {
        let access = AccessChange {
            loses: Some(who),
            ..AccessChange::default()
        };
        said(&access)
    }

    #[test]
    fn everyone_but_a_few_counts_the_few() {
        use OtherClient::{Tasks, TrustedServices};
        let rows = [
            (list(&[], &[], &[]), "loses everyone"),
            (list(&[], &["build"], &[]), "loses everyone but subnet hub/build"),
            (
                list(
                    &[("203.0.113.0/24", Some("offices")), ("192.0.2.7", None)],
                    &["build"],
                    &[],
                ),
                "loses everyone but 257 addresses and subnet hub/build",
            ),
            (
                list(&[("192.0.2.7", None)], &["build", "a"], &[TrustedServices, Tasks]),
                "loses everyone but 1 address, subnets hub/a, hub/build, trusted services and ACR Tasks with a \
                 system-assigned identity",
            ),
        ];
        for (list, want) in rows {
            assert_eq!(lost(Who::EveryoneBut(list)), want);
        }
    }

    #[test]
    fn names_come_once_and_many_ranges_are_counted() {
        let offices = [
            ("203.0.113.0/24", Some("offices")),
            ("198.51.100.16/28", Some("offices")),
        ];
        assert_eq!(
            lost(Who::Only(list(&offices, &["build"], &[OtherClient::Tasks]))),
            "loses 272 addresses: offices; subnet hub/build; ACR Tasks with a system-assigned identity"
        );
        let many = [
            "1.0.0.1", "1.0.0.2", "1.0.0.3", "1.0.0.4", "1.0.0.5", "1.0.0.6", "1.0.0.7",
        ];
        let many = many.map(|ip| (ip, None));
        assert_eq!(
            lost(Who::Only(list(&many, &[], &[]))),
            "loses 7 addresses: 1.0.0.1, 1.0.0.2, 1.0.0.3, 1.0.0.4, 1.0.0.5 and 2 more"
        );
    }

    #[test]
    fn rules_that_cannot_be_read_have_unknown_clients() {
        let access = AccessChange {
            unparsed_opened: 2,
            ..AccessChange::default()
        };
        assert_eq!(said(&access), "gains the clients of 2 unreadable rules");
    }

    #[test]
    fn clients_whose_access_is_unknown_may_gain_or_lose_it() {
        use OtherClient::{Tasks, TrustedServices};
        let mut access = AccessChange {
            others_closed: vec![TrustedServices, Tasks],
            loses: Some(Who::Only(list(
                &[("192.0.2.7", None)],
                &["build"],
                &[TrustedServices, Tasks],
            ))),
            ..AccessChange::default()
        };
        access.uncertain.others = vec![Tasks];
        assert_eq!(
            said(&access),
            "loses 1 address: 192.0.2.7; subnet hub/build; trusted services / may lose ACR Tasks with a \
             system-assigned identity"
        );
        access.uncertain.addresses = true;
        access.uncertain.subnets = vec![subnet("build")];
        assert_eq!(
            said(&access),
            "loses trusted services / may lose 1 address: 192.0.2.7; subnet hub/build; ACR Tasks with a \
             system-assigned identity"
        );
        access.loses = Some(Who::EveryoneBut(ClientList::default()));
        assert_eq!(said(&access), "may lose everyone");
        access.uncertain.addresses = false;
        assert_eq!(
            said(&access),
            "loses everyone / may lose ACR Tasks with a system-assigned identity"
        );
    }
}
