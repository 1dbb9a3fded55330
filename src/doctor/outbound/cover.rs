//! How much of a target a prefix or a service tag covers.

use super::target::Target;
use crate::model::Cidr;

/// How much of something is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cover {
    Nothing,
    /// Some of it. Which part depends on the addresses of the day.
    Part,
    Whole,
}

/// Tags that have every public address of Azure (docs: service-tags-overview): `Internet` has all that is outside of the
/// virtual network.
const WIDE: [&str; 4] = ["*", "Any", "Internet", "AzureCloud"];

/// Returns how much of a target's addresses a destination covers.
pub(crate) fn of_target(destination: &str, target: &Target) -> Cover {
    if WIDE.iter().any(|wide| wide.eq_ignore_ascii_case(destination)) {
        return Cover::Whole;
    }
    if let Ok(range) = destination.parse::<Cidr>() {
        return of_range(range);
    }
    // A tag of one region, such as `Storage.WestEurope`.
    let (tag, region) = match destination.split_once('.') {
        Some((tag, region)) => (tag, Some(region)),
        None => (destination, None),
    };
    if !tag.eq_ignore_ascii_case(target.tag) && !tag.eq_ignore_ascii_case("AzureCloud") {
        return Cover::Nothing;
    }
    match (region, &target.region) {
        (None, _) => Cover::Whole,
        (Some(region), Some(wanted)) if region.eq_ignore_ascii_case(wanted) => Cover::Whole,
        _ => Cover::Nothing,
    }
}

fn of_range(range: Cidr) -> Cover {
    if range.prefix_len() == 0 {
        Cover::Whole
    } else if range.public().is_empty() {
        Cover::Nothing
    } else {
        Cover::Part
    }
}

/// Returns how much of a subnet a source covers.
pub(crate) fn of_subnet(source: &str, prefixes: &[Cidr]) -> Cover {
    if ["*", "Any", "VirtualNetwork"]
        .iter()
        .any(|wide| wide.eq_ignore_ascii_case(source))
    {
        return Cover::Whole;
    }
    let Ok(range) = source.parse::<Cidr>() else {
        return Cover::Nothing;
    };
    if !prefixes.is_empty() && prefixes.iter().all(|prefix| range.contains(*prefix)) {
        return Cover::Whole;
    }
    let meets = prefixes
        .iter()
        .any(|prefix| prefix.contains(range) || range.contains(*prefix));
    if meets || prefixes.is_empty() {
        Cover::Part
    } else {
        Cover::Nothing
    }
}

/// Returns true if a port range such as `443`, `400-500` or `*` has the port.
pub(crate) fn has_port(range: &str, port: u16) -> bool {
    if range == "*" || range.eq_ignore_ascii_case("Any") {
        return true;
    }
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    match (first.trim().parse::<u16>(), last.trim().parse::<u16>()) {
        (Ok(first), Ok(last)) => (first..=last).contains(&port),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn storage(region: &str) -> Target {
        Target {
            tag: "Storage",
            region: Some(region.to_owned()),
            purpose: "layers of images",
            endpoint: "Microsoft.Storage",
        }
    }

    #[test]
    fn destinations_cover_tags() {
        let rows = [
            ("*", Cover::Whole),
            ("0.0.0.0/0", Cover::Whole),
            ("Internet", Cover::Whole),
            ("AzureCloud", Cover::Whole),
            ("AzureCloud.WestEurope", Cover::Whole),
            ("AzureCloud.EastUS", Cover::Nothing),
            ("storage", Cover::Whole),
            ("Storage.WestEurope", Cover::Whole),
            ("Storage.EastUS", Cover::Nothing),
            ("Sql", Cover::Nothing),
            ("VirtualNetwork", Cover::Nothing),
            ("10.0.0.0/8", Cover::Nothing),
            ("20.0.0.0/8", Cover::Part),
            ("0.0.0.0/1", Cover::Part),
        ];
        for (destination, want) in rows {
            assert_eq!(
                of_target(destination, &storage("westeurope")),
                want,
                "{destination}"
            );
        }
    }

    #[test]
    fn sources_cover_subnets() {
        let prefixes = ["10.0.1.0/24".parse().unwrap()];
        let rows = [
            ("*", Cover::Whole),
            ("VirtualNetwork", Cover::Whole),
            ("10.0.0.0/16", Cover::Whole),
            ("10.0.1.0/24", Cover::Whole),
            ("10.0.1.7", Cover::Part),
            ("10.0.2.0/24", Cover::Nothing),
            ("Internet", Cover::Nothing),
        ];
        for (source, want) in rows {
            assert_eq!(of_subnet(source, &prefixes), want, "{source}");
        }
        assert_eq!(of_subnet("10.0.0.0/8", &[]), Cover::Part);
    }

    #[test]
    fn ports_are_in_their_ranges() {
        for (range, want) in [
            ("*", true),
            ("443", true),
            ("400-500", true),
            ("80", false),
            ("x", false),
        ] {
            assert_eq!(has_port(range, 443), want, "{range}");
        }
    }
}
