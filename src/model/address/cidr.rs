//! IPv4 addresses and ranges as ACR's `ipRules` take them.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::Ipv4Net;

use super::pasted;

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
    #[error("`{text}` is not an IPv4 address or CIDR range{}", pasted::hint(text))]
    Syntax { text: String },
}

impl CidrError {
    /// Returns the ranges that the text means; none if they are not known, or if it can mean others too.
    pub fn ranges(&self) -> Vec<Cidr> {
        match self {
            Self::Syntax { text } if pasted::may_be_octal(text) => Vec::new(),
            Self::HostBits { corrected, .. } => vec![*corrected],
            Self::Ipv6(_) => Vec::new(),
            Self::Syntax { text } => pasted::ranges(text).into_iter().map(Cidr).collect(),
        }
    }

    /// Returns the ranges that the text most likely means, each in backticks. `None` if they are not known.
    pub fn corrected(&self) -> Option<String> {
        match self {
            Self::HostBits { corrected, .. } => Some(format!("`{corrected}`")),
            Self::Ipv6(_) => None,
            Self::Syntax { text } => pasted::corrected(text),
        }
    }
}

impl Cidr {
    /// Returns a range of a constant table. A prefix of more than 32 bits does not compile there.
    pub(super) const fn new([a, b, c, d]: [u8; 4], prefix_len: u8) -> Self {
        Self(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix_len))
    }

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

    /// Returns the number of addresses, 1 to 2^32.
    pub fn size(self) -> u64 {
        u64::from(self.last() - self.first()) + 1
    }

    /// Returns the number of fixed bits, 0 to 32.
    pub fn prefix_len(self) -> u8 {
        self.0.prefix_len()
    }

    /// Returns true if every address of `other` is in this range.
    pub fn contains(self, other: Self) -> bool {
        self.0.contains(&other.0)
    }
}

impl FromStr for Cidr {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Self, CidrError> {
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Ok(Self(Ipv4Net::from(address)));
        }
        // The parser of ranges takes leading zeros, that of addresses does not.
        if !pasted::may_be_octal(text)
            && let Ok(net) = text.parse::<Ipv4Net>()
        {
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
        let address = text.split('/').next().unwrap_or_default();
        if address.parse::<Ipv6Addr>().is_ok() {
            return Err(CidrError::Ipv6(text.to_owned()));
        }
        Err(CidrError::Syntax {
            text: text.to_owned(),
        })
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
}
