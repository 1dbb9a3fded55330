//! Who gains and who loses access, in one line each.

use super::common::{self, count};
use crate::plan::{AccessChange, ClientList, Who};
use crate::render::safe;

/// Ranges named in one line; more are counted.
const MOST_RANGES: usize = 5;

/// Names the clients that gain access: `288 addresses: offices, 192.0.2.64/28; subnet hub/build`. Returns `None` if there
/// are none.
pub(super) fn gains(access: &AccessChange) -> Option<String> {
    clients(access.gains.as_ref(), access.unparsed_opened)
}

/// Names the clients that lose access: `everyone but 275 addresses and subnet hub/build`. Returns `None` if there are none.
pub(super) fn loses(access: &AccessChange) -> Option<String> {
    clients(access.loses.as_ref(), access.unparsed_closed)
}

/// `unreadable` counts rules that are neither a range nor a subnet id. Their clients are unknown.
fn clients(who: Option<&Who>, unreadable: usize) -> Option<String> {
    let mut parts = match who {
        Some(Who::Only(list)) => named(list),
        Some(Who::EveryoneBut(list)) => vec![everyone_but(list)],
        None => Vec::new(),
    };
    if unreadable > 0 {
        let rules = count(unreadable, "unreadable rule", "unreadable rules");
        parts.push(format!("the clients of {rules}"));
    }
    if parts.is_empty() {
        None
    } else {
        Some(parts.join("; "))
    }
}

fn named(list: &ClientList) -> Vec<String> {
    let mut parts = Vec::new();
    if !list.ranges.is_empty() {
        parts.push(format!("{}: {}", addresses(list), ranges(list)));
    }
    if !list.subnets.is_empty() {
        parts.push(subnets(list));
    }
    for kind in &list.others {
        parts.push(kind.to_string());
    }
    parts
}

fn everyone_but(list: &ClientList) -> String {
    let mut parts = Vec::new();
    if list.addresses > 0 {
        parts.push(addresses(list));
    }
    if !list.subnets.is_empty() {
        parts.push(subnets(list));
    }
    for kind in &list.others {
        parts.push(kind.to_string());
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
    let mut names: Vec<String> = Vec::new();
    for range in &list.ranges {
        // A network of several ranges is named once. Ranges with names come first, and a spec has few names.
        match &range.name {
            Some(name) => {
                let name = safe(name).into_owned();
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            None => names.push(range.range.to_string()),
        }
    }
    common::first_of(&names, MOST_RANGES)
}

fn subnets(list: &ClientList) -> String {
    common::subnets(list.subnets.iter().map(|subnet| &subnet.id))
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

    fn lost(who: Who) -> String {
        let access = AccessChange {
            loses: Some(who),
            ..AccessChange::default()
        };
        super::loses(&access).unwrap()
    }

    #[test]
    fn everyone_but_a_few_counts_the_few() {
        use OtherClient::{Tasks, TrustedServices};
        let rows = [
            (list(&[], &[], &[]), "everyone"),
            (list(&[], &["build"], &[]), "everyone but subnet hub/build"),
            (
                list(
                    &[("203.0.113.0/24", Some("offices")), ("192.0.2.7", None)],
                    &["build"],
                    &[],
                ),
                "everyone but 257 addresses and subnet hub/build",
            ),
            (
                list(&[("192.0.2.7", None)], &["build", "a"], &[TrustedServices, Tasks]),
                "everyone but 1 address, subnets hub/a, hub/build, trusted services and ACR Tasks with a \
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
            "272 addresses: offices; subnet hub/build; ACR Tasks with a system-assigned identity"
        );
        let many = [
            "1.0.0.1", "1.0.0.2", "1.0.0.3", "1.0.0.4", "1.0.0.5", "1.0.0.6", "1.0.0.7",
        ];
        let many = many.map(|ip| (ip, None));
        assert_eq!(
            lost(Who::Only(list(&many, &[], &[]))),
            "7 addresses: 1.0.0.1, 1.0.0.2, 1.0.0.3, 1.0.0.4, 1.0.0.5 and 2 more"
        );
    }

    #[test]
    fn rules_that_cannot_be_read_have_unknown_clients() {
        let access = AccessChange {
            unparsed_opened: 2,
            ..AccessChange::default()
        };
        let said = super::gains(&access);
        assert_eq!(said.as_deref(), Some("the clients of 2 unreadable rules"));
        assert_eq!(super::loses(&access), None);
    }
}
