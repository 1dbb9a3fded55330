//! Address sets against brute force over a /26.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use proptest::prelude::*;
use ringfence::model::{AddressSet, Cidr};

/// The first address of the /26 in which all ranges of the properties lie.
const BASE: u32 = u32::from_be_bytes([198, 51, 100, 64]);
const SIZE: u32 = 64;

fn set(ranges: &[&str]) -> AddressSet {
    ranges.iter().map(|text| text.parse::<Cidr>().unwrap()).collect()
}

fn single(address: u32) -> Cidr {
    Cidr::containing(Ipv4Addr::from(address), 32).unwrap()
}

/// The addresses of the /26 that are in a set.
fn members(set: &AddressSet) -> BTreeSet<u32> {
    let mut members = BTreeSet::new();
    for address in BASE..BASE + SIZE {
        if set.contains(single(address)) {
            members.insert(address);
        }
    }
    members
}

fn range() -> impl Strategy<Value = Cidr> {
    (0..SIZE, 26u8..=32).prop_map(|(host, len)| Cidr::containing((BASE + host).into(), len).unwrap())
}

fn ranges() -> impl Strategy<Value = Vec<Cidr>> {
    proptest::collection::vec(range(), 0..8)
}

#[test]
fn sizes_reach_from_nothing_to_every_address() {
    let rows: [(&[&str], u64); 6] = [
        (&[], 0),
        (&["203.0.113.7"], 1),
        (&["203.0.113.7", "203.0.113.7/32"], 1),
        (&["203.0.113.0/24", "203.0.113.7"], 256),
        (&["0.0.0.0/1", "128.0.0.0/1"], 1 << 32),
        (&["0.0.0.0", "255.255.255.255"], 2),
    ];
    for (ranges, len) in rows {
        assert_eq!(set(ranges).len(), len, "{ranges:?}");
        assert_eq!(set(ranges).is_empty(), len == 0);
    }
    assert_eq!(AddressSet::all().len(), 1 << 32);
}

#[test]
fn adjacent_ranges_merge() {
    assert_eq!(
        set(&["203.0.113.0/25", "203.0.113.128/25"]),
        set(&["203.0.113.0/24"])
    );
    assert_eq!(set(&["0.0.0.0/1", "128.0.0.0/1"]), AddressSet::all());
    assert_ne!(
        set(&["203.0.113.0/25", "203.0.113.129"]),
        set(&["203.0.113.0/24"])
    );
}

#[test]
fn range_is_contained_only_as_a_whole() {
    let set = set(&["203.0.113.0/25", "203.0.113.192/26"]);
    for (range, contained, met) in [
        ("203.0.113.0/25", true, true),
        ("203.0.113.0/24", false, true),
        ("203.0.113.128/26", false, false),
        ("203.0.113.200", true, true),
        ("0.0.0.0/0", false, true),
        ("8.8.8.8", false, false),
    ] {
        let range: Cidr = range.parse().unwrap();
        assert_eq!(set.contains(range), contained, "{range}");
        assert_eq!(set.intersects(range), met, "{range}");
    }
}

#[test]
fn difference_works_at_both_ends_of_the_address_space() {
    let all = AddressSet::all();
    assert_eq!(all.difference(&set(&["0.0.0.0/1"])), set(&["128.0.0.0/1"]));
    assert_eq!(all.difference(&set(&["128.0.0.0/1"])), set(&["0.0.0.0/1"]));
    assert_eq!(all.difference(&all).len(), 0);
    assert_eq!(all.difference(&AddressSet::default()), all);
    let inner = all.difference(&set(&["0.0.0.0", "255.255.255.255"]));
    assert_eq!(inner.len(), (1 << 32) - 2);
}

proptest! {
    #[test]
    fn membership_matches_brute_force(list in ranges()) {
        let set: AddressSet = list.iter().copied().collect();
        let mut expected = BTreeSet::new();
        for range in &list {
            expected.extend(range.first()..=range.last());
        }
        prop_assert_eq!(members(&set), expected.clone());
        prop_assert_eq!(set.len(), expected.len() as u64);
    }

    #[test]
    fn difference_matches_brute_force(a in ranges(), b in ranges()) {
        let (a, b): (AddressSet, AddressSet) = (a.into_iter().collect(), b.into_iter().collect());
        let expected: BTreeSet<u32> = members(&a).difference(&members(&b)).copied().collect();
        prop_assert_eq!(members(&a.difference(&b)), expected);
    }

    #[test]
    fn ranges_are_contained_and_met_as_brute_force_says(list in ranges(), range in range()) {
        let set: AddressSet = list.into_iter().collect();
        let members = members(&set);
        prop_assert_eq!(set.contains(range), (range.first()..=range.last()).all(|ip| members.contains(&ip)));
        prop_assert_eq!(set.intersects(range), (range.first()..=range.last()).any(|ip| members.contains(&ip)));
    }

    #[test]
    fn equal_members_make_equal_sets(mut list in ranges()) {
        let set: AddressSet = list.iter().copied().collect();
        list.reverse();
        let mut singles = Vec::new();
        for address in members(&set) {
            singles.push(single(address));
        }
        prop_assert_eq!(&list.into_iter().collect::<AddressSet>(), &set);
        prop_assert_eq!(&singles.into_iter().collect::<AddressSet>(), &set);
    }
}
