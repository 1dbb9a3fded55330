//! IPv4 addresses and ranges as ACR's `ipRules` take them.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::Ipv4Net;

/// An IPv4 range without host bits. `a.b.c.d` and `a.b.c.d/32` are one value, printed without the `/32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cidr(Ipv4Net);

/// The reason why a text is not a [`Cidr`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CidrError {
    #[error("`{text}` has host bits set; the range is `{corrected}`")]
    HostBits { text: String, corrected: Cidr },
    #[error("`{0}` is IPv6; registry IP rules are IPv4 only")]
    Ipv6(String),
    #[error("`{text}` is not an IPv4 address or CIDR range{}", hint.as_deref().unwrap_or_default())]
    Syntax { text: String, hint: Option<String> },
}

impl Cidr {
    /// Returns the range of `prefix_len` bits that `address` lies in; `None` for more than 32 bits.
    pub fn containing(address: Ipv4Addr, prefix_len: u8) -> Option<Self> {
        Ipv4Net::new(address, prefix_len)
            .ok()
            .map(|net| Self(net.trunc()))
    }

    /// Returns the lowest address, as a number.
    pub fn first(self) -> u32 {
        self.0.network().into()
    }

    /// Returns the highest address, as a number.
    pub fn last(self) -> u32 {
        self.0.broadcast().into()
    }

    /// Returns the number of fixed bits, 0 to 32.
    pub fn prefix_len(self) -> u8 {
        self.0.prefix_len()
    }

    /// Returns true if every address of `other` is in this range.
    pub fn contains(self, other: Self) -> bool {
        self.0.contains(&other.0)
    }

    /// Returns the name of the special-use block that the range lies in, so that no client of the public endpoint can
    /// match it: a private (RFC 1918), shared (RFC 6598), loopback, link-local, multicast or otherwise reserved block
    /// (RFC 6890).
    pub fn special_use(self) -> Option<&'static str> {
        SPECIAL
            .iter()
            .find(|(block, _)| lies_in(block, self))
            .map(|(_, name)| *name)
    }
}

/// Special-purpose blocks of RFC 6890 and its registry.
const SPECIAL: [(&str, &str); 12] = [
    ("0.0.0.0/8", "a \"this network\" range (RFC 1122)"),
    ("10.0.0.0/8", "a private range (RFC 1918)"),
    ("100.64.0.0/10", "a carrier-grade NAT range (RFC 6598)"),
    ("127.0.0.0/8", "a loopback range (RFC 1122)"),
    ("169.254.0.0/16", "a link-local range (RFC 3927)"),
    ("172.16.0.0/12", "a private range (RFC 1918)"),
    ("192.0.0.0/24", "an IETF protocol range (RFC 6890)"),
    ("192.88.99.0/24", "a retired 6to4 range (RFC 7526)"),
    ("192.168.0.0/16", "a private range (RFC 1918)"),
    ("198.18.0.0/15", "a benchmarking range (RFC 2544)"),
    ("224.0.0.0/4", "a multicast range (RFC 5771)"),
    ("240.0.0.0/4", "a reserved range (RFC 1112)"),
];

/// Returns true if `cidr` lies inside `block`. A wider range also has public addresses and is not reported.
fn lies_in(block: &str, cidr: Cidr) -> bool {
    block.parse::<Cidr>().is_ok_and(|block| block.contains(cidr))
}

impl FromStr for Cidr {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Self, CidrError> {
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Ok(Self(Ipv4Net::from(address)));
        }
        if let Ok(net) = text.parse::<Ipv4Net>() {
            let corrected = Self(net.trunc());
            return if net == corrected.0 {
                Ok(corrected)
            } else {
                Err(CidrError::HostBits {
                    text: text.to_owned(),
                    corrected,
                })
            };
        }
        Err(explain(text))
    }
}

/// Explains what is wrong with a text that is not an IPv4 address or range.
fn explain(text: &str) -> CidrError {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
    if address.parse::<Ipv6Addr>().is_ok() {
        return CidrError::Ipv6(text.to_owned());
    }
    let hint = match prefix {
        _ if text.trim() != text && text.trim().parse::<Cidr>().is_ok() => {
            Some(format!("; without the spaces it is `{}`", text.trim()))
        }
        Some(prefix) if address.parse::<Ipv4Addr>().is_ok() => {
            Some(format!("; `/{prefix}` is not a prefix length from 0 to 32"))
        }
        _ => without_leading_zeros(text).map(|fixed| format!("; without leading zeros it is `{fixed}`")),
    };
    CidrError::Syntax {
        text: text.to_owned(),
        hint,
    }
}

/// Returns the range without leading zeros. `010.0.0.1` reads as octal in some tools and as decimal in others, so it is
/// refused with the plain form.
fn without_leading_zeros(text: &str) -> Option<Cidr> {
    let (address, prefix) = text.split_once('/').unwrap_or((text, "32"));
    let parts: Vec<&str> = address.split('.').map(plain_number).collect();
    let address: Ipv4Addr = parts.join(".").parse().ok()?;
    Cidr::containing(address, plain_number(prefix).parse().ok()?)
}

fn plain_number(digits: &str) -> &str {
    match digits.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.prefix_len() == 32 {
            self.0.addr().fmt(f)
        } else {
            self.0.fmt(f)
        }
    }
}

impl serde::Serialize for Cidr {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Cidr {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_equals_its_slash_32() {
        let bare: Cidr = "203.0.113.7".parse().unwrap();
        assert_eq!(bare, "203.0.113.7/32".parse().unwrap());
        assert_eq!(bare.to_string(), "203.0.113.7");
        assert_eq!(
            "203.0.113.0/24".parse::<Cidr>().unwrap().to_string(),
            "203.0.113.0/24"
        );
    }

    #[test]
    fn errors_name_the_corrected_form() {
        let cases = [
            (
                "203.0.113.7/24",
                "`203.0.113.7/24` has host bits set; the range is `203.0.113.0/24`",
            ),
            (
                "2001:db8::1",
                "`2001:db8::1` is IPv6; registry IP rules are IPv4 only",
            ),
            (
                "2001:db8::/32",
                "`2001:db8::/32` is IPv6; registry IP rules are IPv4 only",
            ),
            (
                "010.1.2.3",
                "`010.1.2.3` is not an IPv4 address or CIDR range; without leading zeros it is `10.1.2.3`",
            ),
            (
                "1.2.3.4/33",
                "`1.2.3.4/33` is not an IPv4 address or CIDR range; `/33` is not a prefix length from 0 to 32",
            ),
            ("offices", "`offices` is not an IPv4 address or CIDR range"),
            (
                " 1.2.3.4",
                "` 1.2.3.4` is not an IPv4 address or CIDR range; without the spaces it is `1.2.3.4`",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(text.parse::<Cidr>().unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn special_use_ranges_are_named() {
        for text in [
            "10.1.0.0/16",
            "192.168.1.1",
            "172.31.0.0/16",
            "127.0.0.1",
            "100.64.0.0/10",
            "255.255.255.255",
        ] {
            assert!(text.parse::<Cidr>().unwrap().special_use().is_some(), "{text}");
        }
        for text in ["8.8.8.8", "203.0.113.0/24", "0.0.0.0/0", "172.32.0.0/16"] {
            assert!(text.parse::<Cidr>().unwrap().special_use().is_none(), "{text}");
        }
    }
}
