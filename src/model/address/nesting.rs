//! Ranges inside other ranges, and ranges that are one wider range together.

use jiff::civil::Date;

use super::Cidr;

/// Returns, for each range, the index of the narrowest range before or after it that contains it. Of two equal ranges, one
/// contains the other.
pub fn containers(ranges: &[Cidr]) -> Vec<Option<usize>> {
    // In the order of their first address, with the wider range first, the ranges that may contain the next one form
    // a stack.
    let mut order: Vec<usize> = (0..ranges.len()).collect();
    order.sort_by_key(|at| (ranges[*at].first(), ranges[*at].prefix_len()));
    let mut containers = vec![None; ranges.len()];
    let mut around: Vec<usize> = Vec::new();
    for at in order {
        while around
            .last()
            .is_some_and(|outer| !ranges[*outer].contains(ranges[at]))
        {
            around.pop();
        }
        containers[at] = around.last().copied();
        around.push(at);
    }
    containers
}

/// Returns, for each range with the first day on which it is no longer wanted, the index of the narrowest range that contains
/// it for as long. `None` as the day is a range that stays.
pub fn lasting_containers(ranges: &[(Cidr, Option<Date>)]) -> Vec<Option<usize>> {
    let all: Vec<Cidr> = ranges.iter().map(|(range, _)| *range).collect();
    let around = containers(&all);
    let mut lasting = Vec::with_capacity(ranges.len());
    for (at, (_, end)) in ranges.iter().enumerate() {
        let mut outer = around[at];
        // A wider range that ends first leaves the inner one to its clients.
        while let Some(wider) = outer
            && !lasts_until(ranges[wider].1, *end)
        {
            outer = around[wider];
        }
        lasting.push(outer);
    }
    lasting
}

/// Returns true if the first of two ends is not before the other one.
fn lasts_until(outer: Option<Date>, inner: Option<Date>) -> bool {
    match (outer, inner) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(outer), Some(inner)) => inner <= outer,
    }
}

/// Returns the wider ranges that several of these are together, each with its parts in order. No range may contain another
/// one.
pub fn merged_ranges(mut ranges: Vec<Cidr>) -> Vec<(Cidr, Vec<Cidr>)> {
    ranges.sort_unstable_by_key(|range| range.first());
    let mut merged: Vec<(Cidr, Vec<Cidr>)> = Vec::new();
    for range in ranges {
        let (mut whole, mut parts) = (range, vec![range]);
        // A range that is complete may be the second half of a still wider one.
        while let Some((before, _)) = merged.last()
            && let Some(wider) = joined(*before, whole)
            && let Some((_, mut first)) = merged.pop()
        {
            first.append(&mut parts);
            (whole, parts) = (wider, first);
        }
        merged.push((whole, parts));
    }
    merged.retain(|(_, parts)| parts.len() > 1);
    merged
}

/// Returns the range of which these are the two halves.
fn joined(low: Cidr, high: Cidr) -> Option<Cidr> {
    let length = high.prefix_len();
    let wider = Cidr::containing(low.first().into(), length.checked_sub(1)?)?;
    let halves = low.prefix_len() == length && low != high && wider.contains(high);
    halves.then_some(wider)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::AddressSet;

    fn ranges(texts: &[&str]) -> Vec<Cidr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn narrowest_container_is_found() {
        let all = ranges(&["192.0.2.7", "192.0.0.0/16", "192.0.2.0/24", "198.51.100.0/24"]);
        assert_eq!(containers(&all), [Some(2), None, Some(1), None]);
    }

    #[test]
    fn halves_are_joined_as_far_as_they_go() {
        let rows: [(&[&str], &[&str]); 5] = [
            (&["192.0.2.0/25", "192.0.2.128/25"], &["192.0.2.0/24"]),
            (&["192.0.2.0", "192.0.2.1", "192.0.2.2/31"], &["192.0.2.0/30"]),
            // These two are neighbours and not the halves of one range.
            (&["192.0.2.1", "192.0.2.2"], &[]),
            (&["192.0.2.0/25", "192.0.2.128/26"], &[]),
            (&["0.0.0.0/1", "128.0.0.0/1"], &["0.0.0.0/0"]),
        ];
        for (parts, want) in rows {
            let found: Vec<Cidr> = merged_ranges(ranges(parts))
                .into_iter()
                .map(|(it, _)| it)
                .collect();
            assert_eq!(found, ranges(want), "{parts:?}");
        }
    }

    #[test]
    fn container_that_ends_first_does_not_count() {
        let day = |day: &str| Some(day.parse::<Date>().unwrap());
        let all = ranges(&["192.0.2.7", "192.0.2.0/24", "192.0.0.0/16"]);
        let lasting = |ends: [Option<Date>; 3]| {
            let ranges: Vec<_> = all.iter().copied().zip(ends).collect();
            lasting_containers(&ranges)[0]
        };
        assert_eq!(lasting([None, None, None]), Some(1));
        assert_eq!(lasting([None, day("2027-01-01"), None]), Some(2));
        assert_eq!(lasting([None, day("2027-01-01"), day("2027-01-01")]), None);
        assert_eq!(lasting([day("2027-01-01"), day("2027-01-01"), None]), Some(1));
        assert_eq!(lasting([day("2027-01-02"), day("2027-01-01"), None]), Some(2));
    }

    proptest! {
        #[test]
        fn merged_ranges_have_the_addresses_of_their_parts(
            hosts in proptest::collection::btree_set(0u8..=255, 0..40)
        ) {
            let single = |host: u8| Cidr::containing([198, 51, 100, host].into(), 32).unwrap();
            let all: Vec<Cidr> = hosts.into_iter().map(single).collect();
            for (wider, parts) in merged_ranges(all) {
                prop_assert_eq!(parts.into_iter().collect::<AddressSet>(), [wider].into_iter().collect());
            }
        }
    }
}
