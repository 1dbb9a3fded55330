//! Address prefixes of virtual networks and their subnets: their form, and that subnets fit.
//!
//! A subnet whose prefixes a write does not change is not judged again: a state may hold subnets without their
//! real network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::StatusCode;
use serde_json::Value;

use super::errors::invalid;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{id, list, same_id, text};
use crate::sandbox::protocol::response::Answer;

/// The longest IPv4 prefix of a subnet, and the only IPv6 one (virtual-networks-faq).
const LONGEST_V4: u32 = 29;
const ONLY_V6: u32 = 64;

/// A prefix as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Prefix {
    v6: bool,
    length: u32,
    first: u128,
    last: u128,
}

impl Prefix {
    fn contains(&self, other: &Self) -> bool {
        self.v6 == other.v6 && self.first <= other.first && other.last <= self.last
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.v6 == other.v6 && self.first <= other.last && other.first <= self.last
    }
}

/// Why a text is no prefix.
#[derive(Debug, PartialEq, Eq)]
enum PrefixFault {
    Form,
    /// Bits after the prefix length are set; this is the prefix without them.
    HostBits(String),
}

fn parse(prefix: &str) -> Result<Prefix, PrefixFault> {
    let (address, length) = prefix.split_once('/').ok_or(PrefixFault::Form)?;
    if !length.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(PrefixFault::Form);
    }
    let length: u32 = length.parse().map_err(|_| PrefixFault::Form)?;
    let (v6, bits, value) = match address.parse::<IpAddr>().map_err(|_| PrefixFault::Form)? {
        IpAddr::V4(address) => (false, 32, u128::from(u32::from(address))),
        IpAddr::V6(address) => (true, 128, u128::from(address)),
    };
    let host_bits = u32::checked_sub(bits, length).ok_or(PrefixFault::Form)?;
    let rest = u128::MAX.checked_shr(128 - host_bits).unwrap_or(0);
    let first = value & !rest;
    if first != value {
        return Err(PrefixFault::HostBits(format!(
            "{}/{length}",
            address_of(v6, first)
        )));
    }
    Ok(Prefix {
        v6,
        length,
        first,
        last: first | rest,
    })
}

fn address_of(v6: bool, value: u128) -> IpAddr {
    match u32::try_from(value) {
        Ok(value) if !v6 => Ipv4Addr::from(value).into(),
        _ => Ipv6Addr::from(value).into(),
    }
}

/// The prefix, or Azure's refusal (form: Azure/azure-service-operator#997; host bits: general knowledge, quoted by
/// many users).
fn checked(prefix: &Value, resource: &str) -> Result<Prefix, Answer> {
    let Some(prefix) = prefix.as_str() else {
        return Err(invalid("an address prefix must be a string"));
    };
    parse(prefix).map_err(|fault| match fault {
        PrefixFault::Form => refused("InvalidAddressPrefixFormat", &format!(
            "Address prefix {prefix} of resource {resource} is not formatted correctly. It should follow CIDR notation, for example 10.0.0.0/24."
        )),
        PrefixFault::HostBits(right) => refused("InvalidCIDRNotation", &format!(
            "The address prefix {prefix} in resource {resource} has an invalid CIDR notation. For the given prefix length, the address prefix should be {right}."
        )),
    })
}

fn refused(code: &str, message: &str) -> Answer {
    errors::network(StatusCode::BAD_REQUEST, code, message)
}

/// The prefixes of a network's `addressSpace`; none where a pool gives them.
fn space(network: &Value) -> Result<Vec<Prefix>, Answer> {
    let space = &network["properties"]["addressSpace"];
    let Some(prefixes) = space
        .get("addressPrefixes")
        .filter(|prefixes| !prefixes.is_null())
    else {
        return Ok(Vec::new());
    };
    let prefixes = prefixes
        .as_array()
        .ok_or_else(|| invalid("`addressPrefixes` must be a list"))?;
    prefixes
        .iter()
        .map(|prefix| checked(prefix, id(network)))
        .collect()
}

fn sent(subnet: &Value) -> Vec<&Value> {
    let properties = &subnet["properties"];
    let one = properties.get("addressPrefix");
    one.into_iter()
        .chain(list(properties, "addressPrefixes"))
        .collect()
}

fn of_subnet(subnet: &Value) -> Result<Vec<Prefix>, Answer> {
    let prefixes = sent(subnet).into_iter();
    let prefixes = prefixes.map(|prefix| checked(prefix, id(subnet)));
    let prefixes = prefixes.collect::<Result<Vec<_>, _>>()?;
    let fits = |prefix: &Prefix| match prefix.v6 {
        true => prefix.length == ONLY_V6,
        false => prefix.length <= LONGEST_V4,
    };
    if !prefixes.iter().all(fits) {
        return Err(invalid("a subnet is at most a /29, and with IPv6 a /64"));
    }
    Ok(prefixes)
}

/// What a write makes of a network, against what was there: its own prefixes, and each subnet that has others
/// than before.
pub(crate) fn check(network: &Value, old: Option<&Value>) -> Result<(), Answer> {
    let space_of = |network: &Value| network["properties"]["addressSpace"].clone();
    let same_space = old.is_some_and(|old| space_of(old) == space_of(network));
    let space = if same_space {
        space(network).unwrap_or_default()
    } else {
        space(network)?
    };
    let subnets = list(&network["properties"], "subnets");
    for (position, subnet) in subnets.iter().enumerate() {
        let before = old.map_or(&[][..], |old| list(&old["properties"], "subnets"));
        let before = before.iter().find(|known| same_id(id(known), id(subnet)));
        if !(same_space && before.is_some_and(|before| sent(before) == sent(subnet))) {
            let others = subnets.iter().enumerate().filter(|(other, _)| *other != position);
            fits(network, subnet, &space, others.map(|(_, other)| other))?;
        }
    }
    Ok(())
}

/// Both refusals: MicrosoftDocs/azure-docs#123869, 2024-07.
fn fits<'a>(
    network: &Value,
    subnet: &Value,
    space: &[Prefix],
    others: impl Iterator<Item = &'a Value>,
) -> Result<(), Answer> {
    let (name, network) = (text(subnet, "/name"), text(network, "/name"));
    let prefixes = of_subnet(subnet)?;
    let inside = |prefix: &Prefix| space.iter().any(|space| space.contains(prefix));
    if !space.is_empty() && !prefixes.iter().all(inside) {
        return Err(refused(
            "NetcfgSubnetRangeOutsideVnet",
            &format!(
                "Subnet '{name}' is not valid because its IP address range is outside the IP address range of virtual network '{network}'."
            ),
        ));
    }
    // One that is there and that nobody can read does not stand in the way.
    let taken: Vec<Prefix> = others
        .flat_map(|other| of_subnet(other).unwrap_or_default())
        .collect();
    let overlaps = |prefix: &Prefix| taken.iter().any(|other| other.overlaps(prefix));
    if prefixes.iter().any(overlaps) {
        return Err(refused(
            "NetcfgSubnetRangesOverlap",
            &format!(
                "Subnet '{name}' is not valid because its IP address range overlaps with that of an existing subnet in virtual network '{network}'."
            ),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_read_and_nonsense_is_told_apart() {
        let bits = |right: &str| Err(PrefixFault::HostBits(right.to_owned()));
        let v4 = |length, first: u32, last: u32| {
            Ok(Prefix {
                v6: false,
                length,
                first: first.into(),
                last: last.into(),
            })
        };
        let rows = [
            ("10.0.0.0/8", v4(8, 0x0a00_0000, 0x0aff_ffff)),
            ("0.0.0.0/0", v4(0, 0, u32::MAX)),
            ("10.0.0.1/32", v4(32, 0x0a00_0001, 0x0a00_0001)),
            ("10.0.0.11/8", bits("10.0.0.0/8")),
            ("1.0.0.0/0", bits("0.0.0.0/0")),
            ("fd00::1/64", bits("fd00::/64")),
            ("::1/0", bits("::/0")),
            ("10.0.0.0", Err(PrefixFault::Form)),
            ("10.0.0.0/33", Err(PrefixFault::Form)),
            ("10.0.0.0/+8", Err(PrefixFault::Form)),
            ("10.0.0.0/", Err(PrefixFault::Form)),
            ("10..0.0/8", Err(PrefixFault::Form)),
            ("10.0.0.0/99999999999", Err(PrefixFault::Form)),
            ("::/129", Err(PrefixFault::Form)),
            ("", Err(PrefixFault::Form)),
            ("/", Err(PrefixFault::Form)),
        ];
        for (prefix, want) in rows {
            assert_eq!(parse(prefix), want, "{prefix}");
        }
        let whole = parse("::/0").map(|prefix| (prefix.first, prefix.last));
        assert_eq!(whole, Ok((0, u128::MAX)));
    }
}
