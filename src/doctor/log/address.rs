//! The client's address in the words of a registry.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The words that stand before the address, squeezed.
const BEFORE: &str = "clientwithip";

/// Reads the address in squeezed text such as `clientwithip203.0.113.7isnotallowedaccess`.
pub(super) fn first_address(squeezed: &str) -> Option<IpAddr> {
    let (_, rest) = squeezed.split_once(BEFORE)?;
    let rest = match rest.starts_with("::") {
        true => rest,
        false => rest.trim_start_matches([':', '(', '[']),
    };
    let v4 = beginning(rest, |c| c.is_ascii_digit() || c == '.').trim_end_matches('.');
    if let Ok(address) = v4.parse::<Ipv4Addr>() {
        return Some(address.into());
    }
    let v6 = beginning(rest, |c| c.is_ascii_hexdigit() || matches!(c, '.' | ':'));
    let address: Ipv6Addr = v6.trim_end_matches('.').parse().ok()?;
    Some(IpAddr::from(address).to_canonical())
}

/// Returns the beginning of a text that has these characters alone.
fn beginning(text: &str, fits: fn(char) -> bool) -> &str {
    let end = text.find(|c| !fits(c)).unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_read_where_there_is_one() {
        let rows = [
            ("clientwithip203.0.113.7isnot", Some("203.0.113.7")),
            ("denied:clientwithip:203.0.113.7.", Some("203.0.113.7")),
            ("clientwithip52.xxx.xxx.isnot", None),
            ("clientwithip<ip-address>isnot", None),
            ("clientwithip2001:db8::1isnotallowed", Some("2001:db8::1")),
            ("clientwithip[2001:db8::1]isnotallowed", Some("2001:db8::1")),
            ("clientwithip::ffff:203.0.113.7isnot", Some("203.0.113.7")),
            ("clientwithip64:ff9b::1,isnot", Some("64:ff9b::1")),
            ("clientwithip", None),
            ("203.0.113.7", None),
        ];
        for (text, want) in rows {
            assert_eq!(
                first_address(text),
                want.map(|want| want.parse().unwrap()),
                "{text}"
            );
        }
    }
}
