//! Sets of IPv4 addresses as sorted, disjoint ranges: the addresses that a list of rules covers.

use super::Cidr;

/// A set of IPv4 addresses.
///
/// Rules overlap and contain each other, so the number of rules says little; the set says how many addresses
/// gain or lose access.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressSet {
    /// Inclusive, sorted, with a gap between any two.
    ranges: Vec<(u32, u32)>,
}

impl AddressSet {
    /// Returns the set of every IPv4 address.
    pub fn all() -> Self {
        Self {
            ranges: vec![(0, u32::MAX)],
        }
    }

    /// Returns the number of addresses, 0 to 2^32.
    pub fn len(&self) -> u64 {
        self.ranges
            .iter()
            .map(|&(first, last)| u64::from(last - first) + 1)
            .sum()
    }

    /// Returns true if no address is in the set.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Returns true if every address of `cidr` is in the set.
    pub fn contains(&self, cidr: Cidr) -> bool {
        let after = self.ranges.partition_point(|&(first, _)| first <= cidr.first());
        after > 0 && self.ranges[after - 1].1 >= cidr.last()
    }

    /// Returns true if any address of `cidr` is in the set.
    pub fn intersects(&self, cidr: Cidr) -> bool {
        let after = self.ranges.partition_point(|&(_, last)| last < cidr.first());
        self.ranges
            .get(after)
            .is_some_and(|&(first, _)| first <= cidr.last())
    }

    /// Returns the number of addresses of the set that are in `cidr`.
    pub fn len_within(&self, cidr: Cidr) -> u64 {
        let start = self.ranges.partition_point(|&(_, last)| last < cidr.first());
        let mut number = 0;
        for &(first, last) in &self.ranges[start..] {
            if first > cidr.last() {
                break;
            }
            number += u64::from(last.min(cidr.last()) - first.max(cidr.first())) + 1;
        }
        number
    }

    /// Returns the first and the last address of each range, sorted, with a gap between any two.
    pub fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    /// Returns the addresses that are in both sets.
    pub fn intersection(&self, other: &Self) -> Self {
        self.difference(&self.difference(other))
    }

    /// Returns the fewest ranges of a prefix each that make up the set.
    pub fn cidrs(&self) -> Vec<Cidr> {
        let mut cidrs = Vec::new();
        for &(first, last) in &self.ranges {
            let (mut next, last) = (u64::from(first), u64::from(last));
            while next <= last {
                // The largest block that may begin here and does not go past the end.
                let aligned = next.trailing_zeros().min(32);
                let bits = aligned.min((last - next + 1).ilog2());
                cidrs.extend(Cidr::containing((next as u32).into(), 32 - bits as u8));
                next += 1 << bits;
            }
        }
        cidrs
    }

    /// Returns the first address of the set.
    pub fn first(&self) -> Option<Cidr> {
        let (first, _) = self.ranges.first()?;
        Cidr::containing((*first).into(), 32)
    }

    /// Returns the addresses of both sets.
    pub fn union(&self, other: &Self) -> Self {
        let mut ranges = self.ranges.clone();
        ranges.extend(&other.ranges);
        Self::merged(ranges)
    }

    /// Returns the addresses of this set that are not in `other`.
    pub fn difference(&self, other: &Self) -> Self {
        let mut ranges = Vec::new();
        let mut holes = other.ranges.iter().peekable();
        for &(first, last) in &self.ranges {
            // `next` is the first address of the range that no hole has covered yet.
            let mut next = u64::from(first);
            while let Some(&&(hole_first, hole_last)) = holes.peek() {
                if u64::from(hole_last) < next {
                    holes.next();
                    continue;
                }
                if hole_first > last {
                    break;
                }
                // The part before the hole stays.
                if u64::from(hole_first) > next {
                    ranges.push((next as u32, hole_first - 1));
                }
                next = u64::from(hole_last) + 1;
                if hole_last >= last {
                    break;
                }
                holes.next();
            }
            if next <= u64::from(last) {
                ranges.push((next as u32, last));
            }
        }
        Self { ranges }
    }

    /// Returns the set of these inclusive ranges, which may overlap.
    fn merged(mut all: Vec<(u32, u32)>) -> Self {
        all.sort_unstable();
        let mut ranges: Vec<(u32, u32)> = Vec::with_capacity(all.len());
        for (first, last) in all {
            match ranges.last_mut() {
                Some(open) if u64::from(first) <= u64::from(open.1) + 1 => open.1 = open.1.max(last),
                _ => ranges.push((first, last)),
            }
        }
        Self { ranges }
    }
}

impl FromIterator<Cidr> for AddressSet {
    fn from_iter<I: IntoIterator<Item = Cidr>>(cidrs: I) -> Self {
        Self::merged(
            cidrs
                .into_iter()
                .map(|cidr| (cidr.first(), cidr.last()))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(cidrs: &[&str]) -> AddressSet {
        cidrs.iter().map(|text| text.parse::<Cidr>().unwrap()).collect()
    }

    #[test]
    fn overlapping_and_touching_ranges_count_once() {
        assert_eq!(
            set(&["10.0.0.0/25", "10.0.0.128/25", "10.0.0.7"]),
            set(&["10.0.0.0/24"])
        );
        assert_eq!(set(&["0.0.0.0/0", "1.2.3.4"]).len(), 1 << 32);
    }

    #[test]
    fn difference_at_the_ends_of_the_address_space() {
        assert!(AddressSet::all().difference(&AddressSet::all()).is_empty());
        let rest = AddressSet::all().difference(&set(&["0.0.0.0", "255.255.255.255"]));
        assert_eq!(rest.len(), (1 << 32) - 2);
        assert_eq!(rest.cidrs().into_iter().collect::<AddressSet>(), rest);
        assert_eq!(AddressSet::all().cidrs(), ["0.0.0.0/0".parse().unwrap()]);
    }

    /// Ranges inside one /24, so that brute force over 256 addresses is the whole truth.
    fn small_ranges() -> impl Strategy<Value = Vec<Cidr>> {
        let cidr = (0u8..=255, 24u8..=32).prop_map(|(host, len)| {
            Cidr::containing(std::net::Ipv4Addr::new(198, 51, 100, host), len).unwrap()
        });
        proptest::collection::vec(cidr, 0..8)
    }

    proptest! {
        #[test]
        fn agrees_with_brute_force(a in small_ranges(), b in small_ranges()) {
            let (set_a, set_b) = (a.iter().copied().collect::<AddressSet>(), b.iter().copied().collect::<AddressSet>());
            let minus = set_a.difference(&set_b);
            for &cidr in &b {
                prop_assert_eq!(set_a.len_within(cidr), set_a.len() - set_a.difference(&[cidr].into_iter().collect()).len());
            }
            let mut count = 0;
            for host in 0..=255u8 {
                let one = Cidr::containing(std::net::Ipv4Addr::new(198, 51, 100, host), 32).unwrap();
                let in_a = a.iter().any(|c| c.contains(one));
                let in_b = b.iter().any(|c| c.contains(one));
                prop_assert_eq!(set_a.contains(one), in_a);
                prop_assert_eq!(set_a.intersects(one), in_a);
                prop_assert_eq!(minus.contains(one), in_a && !in_b);
                prop_assert_eq!(set_a.union(&set_b).contains(one), in_a || in_b);
                count += u64::from(in_a && !in_b);
            }
            prop_assert_eq!(minus.len(), count);
            let cidrs = minus.cidrs();
            prop_assert_eq!(cidrs.iter().map(|cidr| cidr.size()).sum::<u64>(), count);
            prop_assert_eq!(cidrs.into_iter().collect::<AddressSet>(), minus);
        }
    }
}
