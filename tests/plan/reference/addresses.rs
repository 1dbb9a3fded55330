//! Sets of addresses by elementary ranges: between two neighbouring ends of any range, all addresses are alike.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// First and last address of a range.
pub(crate) type Range = (u32, u32);

/// Special-use blocks (RFC 6890, and RFC 7526 for 6to4). Their addresses are no clients of a public endpoint.
const SPECIAL: [&str; 12] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
];

/// Reads `a.b.c.d` or `a.b.c.d/n`.
pub(crate) fn range(text: &str) -> Range {
    let (address, length) = text.split_once('/').unwrap_or((text, "32"));
    let address = u32::from(address.parse::<Ipv4Addr>().expect("an IPv4 address"));
    let hosts = u32::MAX
        .checked_shr(length.parse().expect("a prefix length"))
        .unwrap_or(0);
    (address & !hosts, address | hosts)
}

/// Returns true if every address of `inner` is in `outer`.
pub(crate) fn inside(inner: Range, outer: Range) -> bool {
    outer.0 <= inner.0 && inner.1 <= outer.1
}

/// Returns true if the ranges have an address in common.
pub(crate) fn overlap(a: Range, b: Range) -> bool {
    a.0 <= b.1 && b.0 <= a.1
}

/// Numbers of addresses: those that clients can have, and those of special-use blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) public: u64,
    pub(crate) special: u64,
}

/// Counts the addresses for which `holds`, which must be alike inside and outside of each of the ranges.
pub(crate) fn count(ranges: impl IntoIterator<Item = Range>, holds: impl Fn(u32) -> bool) -> Count {
    let special = SPECIAL.map(range);
    // The ends of all ranges cut the address space into elementary ranges.
    let mut starts = BTreeSet::from([0, 1 << 32]);
    for (first, last) in ranges.into_iter().chain(special) {
        starts.insert(u64::from(first));
        starts.insert(u64::from(last) + 1);
    }
    let starts: Vec<u64> = starts.into_iter().collect();
    let mut count = Count::default();
    for ends in starts.windows(2) {
        let address = u32::try_from(ends[0]).expect("the last start is no address");
        if !holds(address) {
            continue;
        }
        let is_special = special.iter().any(|block| inside((address, address), *block));
        let number = if is_special {
            &mut count.special
        } else {
            &mut count.public
        };
        *number += ends[1] - ends[0];
    }
    count
}

#[test]
fn elementary_ranges_are_counted_once() {
    let ranges = ["20.0.0.0/24", "20.0.0.128/25", "20.0.0.7/32", "10.0.0.0/8"].map(range);
    let listed = count(ranges, |address| {
        ranges.iter().any(|range| inside((address, address), *range))
    });
    assert_eq!(
        listed,
        Count {
            public: 256,
            special: 1 << 24
        }
    );
    let all = count([], |_| true);
    assert_eq!(all.public + all.special, 1 << 32);
    assert!(overlap(ranges[0], ranges[1]) && !overlap(ranges[1], ranges[2]));
}
