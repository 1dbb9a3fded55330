//! Special-use addresses: no client of a public endpoint has one.

use super::{AddressSet, Cidr};

/// Special-purpose blocks of RFC 6890 and its registry. Source addresses of them do not reach a public endpoint. The blocks for
/// documentation are left out: examples and tests use them as clients.
const BLOCKS: [(Cidr, &str); 12] = [
    (Cidr::new([0, 0, 0, 0], 8), "a \"this network\" range (RFC 1122)"),
    (Cidr::new([10, 0, 0, 0], 8), "a private range (RFC 1918)"),
    (
        Cidr::new([100, 64, 0, 0], 10),
        "a carrier-grade NAT range (RFC 6598)",
    ),
    (Cidr::new([127, 0, 0, 0], 8), "a loopback range (RFC 1122)"),
    (Cidr::new([169, 254, 0, 0], 16), "a link-local range (RFC 3927)"),
    (Cidr::new([172, 16, 0, 0], 12), "a private range (RFC 1918)"),
    (Cidr::new([192, 0, 0, 0], 24), "an IETF protocol range (RFC 6890)"),
    (Cidr::new([192, 88, 99, 0], 24), "a retired 6to4 range (RFC 7526)"),
    (Cidr::new([192, 168, 0, 0], 16), "a private range (RFC 1918)"),
    (Cidr::new([198, 18, 0, 0], 15), "a benchmarking range (RFC 2544)"),
    (Cidr::new([224, 0, 0, 0], 4), "a multicast range (RFC 5771)"),
    (Cidr::new([240, 0, 0, 0], 4), "a reserved range (RFC 1112)"),
];

impl Cidr {
    /// Returns the name of the special-use block that the range lies in. `None` for a range with public addresses.
    pub fn special_use(self) -> Option<&'static str> {
        for (block, name) in BLOCKS {
            if block.contains(self) {
                return Some(name);
            }
        }
        // `224.0.0.0/3` is the only range of two blocks.
        (self.prefix_len() == 3 && self.public().is_empty()).then_some("a reserved range (RFC 6890)")
    }

    /// Returns the addresses of the range that clients can have: all but special-use addresses.
    pub fn public(self) -> AddressSet {
        AddressSet::from_iter([self]).public()
    }
}

impl AddressSet {
    /// Returns the addresses of the set that clients can have: all but special-use addresses.
    pub fn public(&self) -> Self {
        self.difference(&Self::special_use())
    }

    /// Returns all special-use addresses.
    pub fn special_use() -> Self {
        BLOCKS.iter().map(|(block, _)| *block).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_use_ranges_have_no_public_address() {
        for text in [
            "10.1.0.0/16",
            "192.168.1.1",
            "172.31.0.0/16",
            "127.0.0.1",
            "100.64.0.0/10",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.0/3",
        ] {
            let range: Cidr = text.parse().unwrap();
            assert!(range.special_use().is_some(), "{text}");
            assert!(range.public().is_empty(), "{text}");
        }
        for text in ["8.8.8.8", "203.0.113.0/24", "172.32.0.0/16"] {
            let range: Cidr = text.parse().unwrap();
            assert_eq!(range.special_use(), None, "{text}");
            assert_eq!(range.public(), AddressSet::from_iter([range]), "{text}");
        }
    }

    #[test]
    fn wide_ranges_keep_their_public_addresses() {
        let all: Cidr = "0.0.0.0/0".parse().unwrap();
        assert_eq!(all.special_use(), None);
        let special: u64 =
            (3 << 24) + (1 << 22) + (2 << 16) + (1 << 20) + (2 << 8) + (1 << 17) + (2 << 28);
        assert_eq!(all.public().len(), (1 << 32) - special);
    }
}
