//! The part of a target's addresses that a prefix or a service tag covers, and the part of a subnet's clients.

use super::target::Target;
use crate::model::{AddressSet, Cidr};

/// Tags that have every public address of Azure (docs: service-tags-overview): `Internet` has all that is outside of the
/// virtual network.
const WIDE: [&str; 4] = ["*", "Any", "Internet", "AzureCloud"];

/// Tags that have the addresses of private endpoints (docs: service-tags-overview): `VirtualNetwork` has those of the network and of
/// the networks that it is connected to.
const INSIDE: [&str; 3] = ["*", "Any", "VirtualNetwork"];

/// Returns the addresses that a target may have. Those behind a tag change weekly, so every public one counts.
pub(crate) fn all_of_target(target: &Target) -> AddressSet {
    match target.private {
        Some(address) => AddressSet::from_iter([address]),
        None => AddressSet::all().public(),
    }
}

/// Returns the addresses of a target that a destination covers.
pub(crate) fn of_target(destination: &str, target: &Target) -> AddressSet {
    match destination.parse::<Cidr>() {
        Ok(range) => all_of_target(target).intersection(&AddressSet::from_iter([range])),
        Err(_) if names_target(destination, target) => all_of_target(target),
        Err(_) => AddressSet::default(),
    }
}

/// Returns true if a service tag, with or without a region, has all addresses of a target.
pub(crate) fn names_target(tag: &str, target: &Target) -> bool {
    let wide: &[&str] = if target.private.is_some() { &INSIDE } else { &WIDE };
    if wide.iter().any(|wide| wide.eq_ignore_ascii_case(tag)) {
        return true;
    }
    if target.private.is_some() {
        return false;
    }
    // A tag of one region, such as `Storage.WestEurope`.
    let (tag, region) = match tag.split_once('.') {
        Some((tag, region)) => (tag, Some(region)),
        None => (tag, None),
    };
    if !tag.eq_ignore_ascii_case(target.tag) && !tag.eq_ignore_ascii_case("AzureCloud") {
        return false;
    }
    match (region, &target.region) {
        (None, _) => true,
        (Some(region), Some(wanted)) => region.eq_ignore_ascii_case(wanted),
        (Some(_), None) => false,
    }
}

/// Returns the addresses of a subnet's clients: any, where its prefixes are not known.
pub(crate) fn all_of_subnet(prefixes: &[Cidr]) -> AddressSet {
    match prefixes.is_empty() {
        true => AddressSet::all(),
        false => prefixes.iter().copied().collect(),
    }
}

/// Returns the clients that a source covers.
pub(crate) fn of_subnet(source: &str, clients: &AddressSet) -> AddressSet {
    if ["*", "Any", "VirtualNetwork"]
        .iter()
        .any(|wide| wide.eq_ignore_ascii_case(source))
    {
        return clients.clone();
    }
    match source.parse::<Cidr>() {
        Ok(range) => clients.intersection(&AddressSet::from_iter([range])),
        Err(_) => AddressSet::default(),
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
    use super::super::target::private_target;
    use super::*;

    fn storage(region: &str) -> Target {
        Target {
            tag: "Storage",
            region: Some(region.to_owned()),
            purpose: "layers of images",
            endpoint: "Microsoft.Storage",
            private: None,
        }
    }

    /// Returns how much of the whole a part is.
    fn share(part: &AddressSet, whole: &AddressSet) -> &'static str {
        match part {
            part if part == whole => "whole",
            part if part.is_empty() => "nothing",
            _ => "part",
        }
    }

    #[test]
    fn destinations_cover_tags() {
        let rows = [
            ("*", "whole"),
            ("0.0.0.0/0", "whole"),
            ("Internet", "whole"),
            ("AzureCloud", "whole"),
            ("AzureCloud.WestEurope", "whole"),
            ("AzureCloud.EastUS", "nothing"),
            ("storage", "whole"),
            ("Storage.WestEurope", "whole"),
            ("Storage.EastUS", "nothing"),
            ("Sql", "nothing"),
            ("VirtualNetwork", "nothing"),
            ("10.0.0.0/8", "nothing"),
            ("20.0.0.0/8", "part"),
            ("0.0.0.0/1", "part"),
        ];
        for (destination, want) in rows {
            let found = of_target(destination, &storage("westeurope"));
            let whole = all_of_target(&storage("westeurope"));
            assert_eq!(share(&found, &whole), want, "{destination}");
        }
    }

    #[test]
    fn destinations_cover_private_endpoints() {
        let target = private_target("10.0.2.5".parse().unwrap());
        for (destination, want) in [
            ("*", true),
            ("VirtualNetwork", true),
            ("10.0.0.0/8", true),
            ("0.0.0.0/0", true),
            ("10.0.2.6", false),
            ("Internet", false),
            ("AzureCloud", false),
            ("AzureContainerRegistry", false),
        ] {
            let found = of_target(destination, &target);
            assert_eq!(found == all_of_target(&target), want, "{destination}");
        }
    }

    #[test]
    fn sources_cover_subnets() {
        let clients = all_of_subnet(&["10.0.1.0/24".parse().unwrap()]);
        let rows = [
            ("*", "whole"),
            ("VirtualNetwork", "whole"),
            ("10.0.0.0/16", "whole"),
            ("10.0.1.0/24", "whole"),
            ("10.0.1.7", "part"),
            ("10.0.2.0/24", "nothing"),
            ("Internet", "nothing"),
        ];
        for (source, want) in rows {
            assert_eq!(share(&of_subnet(source, &clients), &clients), want, "{source}");
        }
        let unknown = all_of_subnet(&[]);
        assert_eq!(share(&of_subnet("10.0.0.0/8", &unknown), &unknown), "part");
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
