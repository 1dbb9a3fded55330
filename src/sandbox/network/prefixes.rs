//! Address prefixes of virtual networks and subnets: their form, and whether subnets fit into their network.
//!
//! A subnet whose prefixes a write does not change is not checked again, because a state may hold subnets without
//! their real network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::StatusCode;
use serde_json::Value;

use super::errors::invalid;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{id, list, same_id, text};
use crate::sandbox::protocol::response::Answer;

/// Shortest and longest IPv4 prefix of a subnet, and its only IPv6 one (virtual-networks-faq).
const SHORTEST_V4: u32 = 2;
const LONGEST_V4: u32 = 29;
const ONLY_V6: u32 = 64;

/// A prefix as numbers. An IPv4 prefix has 32-bit addresses in `first` and `last`.
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

/// Reason why a text is not a prefix.
#[derive(Debug, PartialEq, Eq)]
enum PrefixFault {
    Form,
    /// Bits after the prefix length are set. Holds the prefix without them.
    HostBits(String),
}

/// Parses an IPv4 or IPv6 prefix such as `10.0.0.0/16`.
fn parse(prefix: &str) -> Result<Prefix, PrefixFault> {
    let Some((address, length)) = prefix.split_once('/') else {
        return Err(PrefixFault::Form);
    };
    // `parse` would accept a sign.
    if !length.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(PrefixFault::Form);
    }
    let (Ok(address), Ok(length)) = (address.parse::<IpAddr>(), length.parse::<u32>()) else {
        return Err(PrefixFault::Form);
    };
    let (v6, bits, value) = match address {
        IpAddr::V4(address) => (false, 32, u128::from(u32::from(address))),
        IpAddr::V6(address) => (true, 128, u128::from(address)),
    };
    let Some(host_bits) = u32::checked_sub(bits, length) else {
        return Err(PrefixFault::Form);
    };
    // Shifting all 128 bits out overflows: the prefix of a single address has no host bits.
    let host_mask = u128::MAX.checked_shr(128 - host_bits).unwrap_or(0);
    let first = value & !host_mask;
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
        last: first | host_mask,
    })
}

fn address_of(v6: bool, value: u128) -> IpAddr {
    match u32::try_from(value) {
        Ok(value) if !v6 => Ipv4Addr::from(value).into(),
        _ => Ipv6Addr::from(value).into(),
    }
}

/// Parses a prefix of a body, or returns Azure's refusal (form: Azure/azure-service-operator#997; host bits: general
/// knowledge, quoted by many users).
fn checked(prefix: &Value, resource: &str) -> Result<Prefix, Answer> {
    let Value::String(prefix) = prefix else {
        return Err(invalid("an address prefix must be a string"));
    };
    match parse(prefix) {
        Ok(parsed) => Ok(parsed),
        Err(PrefixFault::Form) => Err(refused(
            "InvalidAddressPrefixFormat",
            &format!(
                "Address prefix {prefix} of resource {resource} is not formatted correctly. It should follow CIDR notation, for example 10.0.0.0/24."
            ),
        )),
        Err(PrefixFault::HostBits(right)) => Err(refused(
            "InvalidCIDRNotation",
            &format!(
                "The address prefix {prefix} in resource {resource} has an invalid CIDR notation. For the given prefix length, the address prefix should be {right}."
            ),
        )),
    }
}

fn refused(code: &str, message: &str) -> Answer {
    errors::network(StatusCode::BAD_REQUEST, code, message)
}

/// Returns the prefixes of a network's `addressSpace`. The list is empty if an address pool provides them.
fn space(network: &Value) -> Result<Vec<Prefix>, Answer> {
    let prefixes = match network["properties"]["addressSpace"].get("addressPrefixes") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(prefixes)) => prefixes,
        Some(_) => return Err(invalid("`addressPrefixes` must be a list")),
    };
    let mut space = Vec::new();
    for prefix in prefixes {
        let parsed = checked(prefix, id(network))?;
        check_space(text(prefix, ""), parsed)?;
        if space.iter().any(|taken| parsed.overlaps(taken)) {
            return Err(errors::not_established(&format!(
                "an address space in which `{}` overlaps another prefix",
                text(prefix, "")
            )));
        }
        space.push(parsed);
    }
    if !space.is_empty() && space.iter().all(|prefix| prefix.v6) {
        return Err(errors::not_established(
            "a virtual network without an IPv4 prefix",
        ));
    }
    Ok(space)
}

/// Ranges that no network can have (virtual-networks-faq): multicast, broadcast, loopback, link-local, and Azure's own
/// resolver.
const FORBIDDEN: &[&str] = &[
    "224.0.0.0/4",
    "255.255.255.255/32",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "168.63.129.16/32",
];

/// Refuses a prefix of an address space that Azure forbids, and one that holds no subnet or contains such a range.
fn check_space(sent: &str, prefix: Prefix) -> Result<(), Answer> {
    for text in FORBIDDEN {
        let Ok(forbidden) = parse(text) else {
            continue;
        };
        if forbidden.contains(&prefix) {
            return Err(invalid(&format!(
                "the prefix {sent} is in {text}, which no virtual network can have"
            )));
        }
        if forbidden.overlaps(&prefix) {
            return Err(errors::not_established(&format!(
                "an address space with `{sent}`, which contains {text}"
            )));
        }
    }
    let holds_subnet = if prefix.v6 {
        prefix.length <= ONLY_V6
    } else {
        (SHORTEST_V4..=LONGEST_V4).contains(&prefix.length)
    };
    if holds_subnet {
        return Ok(());
    }
    Err(errors::not_established(&format!(
        "an address space with `{sent}`, which is not of the size of any subnet"
    )))
}

/// Returns the prefixes of a subnet as they were sent, under either key.
fn sent(subnet: &Value) -> Vec<&Value> {
    let properties = &subnet["properties"];
    let mut sent: Vec<&Value> = properties.get("addressPrefix").into_iter().collect();
    sent.extend(list(properties, "addressPrefixes"));
    sent
}

/// Returns true if a subnet has a prefix, or gets its prefixes from an address pool.
pub(crate) fn has_any(subnet: &Value) -> bool {
    !sent(subnet).is_empty() || !list(&subnet["properties"], "ipamPoolPrefixAllocations").is_empty()
}

/// Adds the prefixes of a subnet to the address space of a network, if they are outside of it.
pub(crate) fn widen(network: &mut Value, subnet: &Value) {
    let space = space(network).unwrap_or_default();
    let Value::Array(prefixes) = &mut network["properties"]["addressSpace"]["addressPrefixes"] else {
        return;
    };
    for sent in sent(subnet) {
        let Ok(prefix) = parse(text(sent, "")) else {
            continue;
        };
        if !space.iter().any(|space| space.contains(&prefix)) && !prefixes.contains(sent) {
            prefixes.push(sent.clone());
        }
    }
}

/// Parses the prefixes of a subnet and refuses those of a length that Azure does not allow.
fn of_subnet(subnet: &Value) -> Result<Vec<Prefix>, Answer> {
    let mut prefixes = Vec::new();
    for prefix in sent(subnet) {
        prefixes.push(checked(prefix, id(subnet))?);
    }
    // Lengths are checked after the form of all prefixes.
    for prefix in &prefixes {
        let fits = if prefix.v6 {
            prefix.length == ONLY_V6
        } else {
            (SHORTEST_V4..=LONGEST_V4).contains(&prefix.length)
        };
        if !fits {
            return Err(invalid(
                "a subnet prefix must be /29 or shorter and /2 or longer, or exactly /64 for IPv6",
            ));
        }
    }
    Ok(prefixes)
}

/// Checks the result of a write to a network: its own prefixes, and each subnet whose prefixes are new or changed.
///
/// `old` is the network before the write, `None` for a new one.
pub(crate) fn check(network: &Value, old: Option<&Value>) -> Result<(), Answer> {
    let same_space = old
        .is_some_and(|old| old["properties"]["addressSpace"] == network["properties"]["addressSpace"]);
    // An invalid space that is stored already does not make other writes fail.
    let space = match space(network) {
        Err(_) if same_space => Vec::new(),
        space => space?,
    };
    let subnets = list(&network["properties"], "subnets");
    for (position, subnet) in subnets.iter().enumerate() {
        if same_space && has_same_prefixes(subnet, old) {
            continue;
        }
        check_inside(network, subnet, &space)?;
        let (before, after) = (&subnets[..position], &subnets[position + 1..]);
        check_apart(network, subnet, before)?;
        check_apart(network, subnet, after)?;
        check_own(subnet)?;
    }
    Ok(())
}

/// Returns true if the network before the write has this subnet with the same prefixes.
fn has_same_prefixes(subnet: &Value, old: Option<&Value>) -> bool {
    let Some(old) = old else {
        return false;
    };
    let known = list(&old["properties"], "subnets")
        .iter()
        .find(|known| same_id(id(known), id(subnet)));
    known.is_some_and(|known| sent(known) == sent(subnet))
}

/// Refuses a subnet outside the address space (text: MicrosoftDocs/azure-docs#123869, 2024-07).
fn check_inside(network: &Value, subnet: &Value, space: &[Prefix]) -> Result<(), Answer> {
    for prefix in of_subnet(subnet)? {
        if !space.is_empty() && !space.iter().any(|space| space.contains(&prefix)) {
            return Err(refused(
                "NetcfgSubnetRangeOutsideVnet",
                &format!(
                    "Subnet '{}' is not valid because its IP address range is outside the IP address range of virtual network '{}'.",
                    text(subnet, "/name"),
                    text(network, "/name")
                ),
            ));
        }
    }
    Ok(())
}

/// Refuses a subnet whose own prefixes overlap, and one without an IPv4 prefix.
fn check_own(subnet: &Value) -> Result<(), Answer> {
    let prefixes = of_subnet(subnet)?;
    for (position, prefix) in prefixes.iter().enumerate() {
        if prefixes[..position].iter().any(|taken| taken.overlaps(prefix)) {
            return Err(errors::not_established("a subnet whose prefixes overlap"));
        }
    }
    if !prefixes.is_empty() && prefixes.iter().all(|prefix| prefix.v6) {
        return Err(errors::not_established("a subnet without an IPv4 prefix"));
    }
    Ok(())
}

/// Refuses a subnet that overlaps one of the others (text: MicrosoftDocs/azure-docs#123869, 2024-07).
fn check_apart(network: &Value, subnet: &Value, others: &[Value]) -> Result<(), Answer> {
    let prefixes = of_subnet(subnet)?;
    for other in others {
        // A stored subnet with invalid prefixes takes no addresses.
        for taken in of_subnet(other).unwrap_or_default() {
            if prefixes.iter().any(|prefix| prefix.overlaps(&taken)) {
                return Err(refused(
                    "NetcfgSubnetRangesOverlap",
                    &format!(
                        "Subnet '{}' is not valid because its IP address range overlaps with that of an existing subnet in virtual network '{}'.",
                        text(subnet, "/name"),
                        text(network, "/name")
                    ),
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_prefixes_say_what_is_wrong() {
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
