//! IPv4 ranges: accepted texts, refused texts with their correction, and containment.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use proptest::prelude::*;
use ringfence::model::Cidr;

fn cidr(text: &str) -> Cidr {
    text.parse().unwrap()
}

#[test]
fn accepted_texts_have_one_printed_form() {
    for (text, printed) in [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7/32", "203.0.113.7"),
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("255.255.255.255", "255.255.255.255"),
        ("128.0.0.0/1", "128.0.0.0/1"),
        ("10.0.0.0/31", "10.0.0.0/31"),
    ] {
        assert_eq!(cidr(text).to_string(), printed);
        assert_eq!(cidr(printed), cidr(text));
    }
}

#[test]
fn host_bits_are_refused_with_the_corrected_range() {
    for (text, corrected) in [
        ("203.0.113.7/24", "203.0.113.0/24"),
        ("203.0.113.7/31", "203.0.113.6/31"),
        ("1.2.3.4/0", "0.0.0.0/0"),
        ("255.255.255.255/8", "255.0.0.0/8"),
    ] {
        let message = text.parse::<Cidr>().unwrap_err().to_string();
        assert!(message.contains(&format!("`{corrected}`")), "{message}");
        assert!(message.contains(&format!("`{text}`")), "{message}");
    }
}

#[test]
fn ipv6_is_refused_by_name() {
    for text in ["2001:db8::1", "2001:db8::/32", "::", "::ffff:203.0.113.7"] {
        let message = text.parse::<Cidr>().unwrap_err().to_string();
        assert!(message.contains("IPv6"), "{message}");
    }
}

#[test]
fn malformed_texts_are_refused() {
    for text in [
        "",
        " ",
        "203.0.113",
        "203.0.113.7.8",
        "203.0.113.256",
        "203.0.113.7/33",
        "203.0.113.7/-1",
        "203.0.113.7/",
        "/24",
        "203.0.113.7/24/24",
        "203.0.113.0/255.255.255.0",
        "203.0.113.1-203.0.113.9",
        "example.com",
        "*",
        "203.0.113.7\n",
        "٢٠٣.0.113.7",
    ] {
        assert!(text.parse::<Cidr>().is_err(), "{text:?}");
    }
}

#[test]
fn fixable_texts_are_refused_with_the_fixed_form() {
    for (text, fixed) in [
        (" 203.0.113.7", "`203.0.113.7`"),
        ("203.0.113.0/24 ", "`203.0.113.0/24`"),
        ("010.0.0.1", "`10.0.0.1`"),
        ("203.000.113.007", "`203.0.113.7`"),
        ("203.0.113.0/40", "`/40`"),
    ] {
        let message = text.parse::<Cidr>().unwrap_err().to_string();
        assert!(message.contains(fixed), "{message}");
    }
}

#[test]
fn containing_cuts_host_bits() {
    let address = Ipv4Addr::new(203, 0, 113, 77);
    for (len, expected) in [
        (32, Some("203.0.113.77")),
        (24, Some("203.0.113.0/24")),
        (26, Some("203.0.113.64/26")),
        (0, Some("0.0.0.0/0")),
        (33, None),
    ] {
        let range = Cidr::containing(address, len).map(|range| range.to_string());
        assert_eq!(range.as_deref(), expected);
    }
}

#[test]
fn containment_includes_the_range_itself() {
    let rows = [
        ("203.0.113.0/24", "203.0.113.0/24", true),
        ("203.0.113.0/24", "203.0.113.255", true),
        ("203.0.113.0/24", "203.0.113.128/25", true),
        ("203.0.113.0/24", "203.0.112.0/23", false),
        ("203.0.113.0/24", "203.0.114.0", false),
        ("0.0.0.0/0", "255.255.255.255", true),
        ("203.0.113.7", "203.0.113.7/32", true),
    ];
    for (outer, inner, expected) in rows {
        assert_eq!(cidr(outer).contains(cidr(inner)), expected, "{outer} {inner}");
    }
}

#[test]
fn special_ranges_are_named_only_if_wholly_inside() {
    let rows = [
        ("10.1.2.3", Some("RFC 1918")),
        ("172.16.0.0/12", Some("RFC 1918")),
        ("172.32.0.0", None),
        ("192.168.0.0/16", Some("RFC 1918")),
        ("100.64.0.1", Some("RFC 6598")),
        ("100.128.0.1", None),
        ("127.0.0.1", Some("RFC 1122")),
        ("169.254.169.254", Some("RFC 3927")),
        ("224.0.0.1", Some("RFC 5771")),
        ("255.255.255.255", Some("RFC 1112")),
        ("0.0.0.0", Some("RFC 1122")),
        ("0.0.0.0/0", None),
        ("10.0.0.0/7", None),
        ("8.8.8.8", None),
    ];
    for (text, expected) in rows {
        let found = cidr(text).special_use();
        assert_eq!(found.is_some(), expected.is_some(), "{text}: {found:?}");
        if let Some(source) = expected {
            assert!(found.unwrap().contains(source), "{text}: {found:?}");
        }
    }
}

#[test]
fn equal_ranges_are_one_element_of_a_set() {
    let set: BTreeSet<Cidr> = ["203.0.113.7", "203.0.113.7/32", "203.0.113.6/31"]
        .into_iter()
        .map(cidr)
        .collect();
    assert_eq!(set.len(), 2);
}

#[test]
fn json_form_is_the_printed_text() {
    let range = cidr("203.0.113.7/32");
    assert_eq!(serde_json::to_string(&range).unwrap(), "\"203.0.113.7\"");
    assert_eq!(serde_json::from_str::<Cidr>("\"203.0.113.7/32\"").unwrap(), range);
    assert!(serde_json::from_str::<Cidr>("\"203.0.113.7/24\"").is_err());
    assert!(serde_json::from_str::<Cidr>("7").is_err());
}

proptest! {
    #[test]
    fn every_range_round_trips_and_has_its_size(address: u32, len in 0u8..=32) {
        let range = Cidr::containing(address.into(), len).unwrap();
        prop_assert_eq!(range.to_string().parse::<Cidr>().unwrap(), range);
        prop_assert_eq!(u64::from(range.last() - range.first()) + 1, 1u64 << (32 - len));
        prop_assert!(range.first() <= address && address <= range.last());
        prop_assert_eq!(range.prefix_len(), len);
    }

    #[test]
    fn containment_compares_first_and_last_addresses(a: u32, b: u32, m in 0u8..=32, n in 0u8..=32) {
        let (outer, inner) = (Cidr::containing(a.into(), m).unwrap(), Cidr::containing(b.into(), n).unwrap());
        let expected = outer.first() <= inner.first() && inner.last() <= outer.last();
        prop_assert_eq!(outer.contains(inner), expected);
    }
}
