//! The client's address in the words of a registry.

use std::net::Ipv4Addr;

/// The words that stand before the address, squeezed.
const BEFORE: &str = "clientwithip";

/// Reads the address in squeezed text such as `clientwithip203.0.113.7isnotallowedaccess`.
pub(super) fn first_address(squeezed: &str) -> Option<Ipv4Addr> {
    let (_, rest) = squeezed.split_once(BEFORE)?;
    let rest = rest.trim_start_matches([':', '(', '[']);
    let end = rest
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(rest.len());
    rest[..end].trim_end_matches('.').parse().ok()
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
