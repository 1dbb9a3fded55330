//! One element of a registry's rule lists.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::Ipv6Addr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use ipnet::Ipv6Net;

use super::{Cidr, JsonText, Setting, SubnetId};

/// A rule: an address range or a subnet, with the text that names it.
///
/// Two rules are equal if they mean the same: `192.0.2.7/32` is `192.0.2.7`, and ids compare without case. The text
/// stays as it was read, because a removal must name it so and a plan shows it so. The JSON form is the text.
#[derive(Clone, Debug)]
pub struct Rule {
    text: Arc<str>,
    target: RuleTarget,
    /// The element of the list as Azure returned it, which a PATCH sends back unchanged. Few rules have one.
    body: Option<Box<JsonText>>,
}

/// The clients that a rule admits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleTarget {
    /// A text that is neither a range nor a subnet id. No known api-version accepts one; a later one may.
    Unparsed(Arc<str>),
    /// An IPv4 address or range.
    Ip(Cidr),
    /// A subnet with a service endpoint. It is on the heap, so that the many IP rules stay small.
    Subnet(Box<SubnetId>),
}

impl Rule {
    /// Reads a rule from its text. Every text is a rule, if only an unparsed one.
    pub fn parse(text: &str) -> Self {
        let text: Arc<str> = text.into();
        // No text is both a range and an id, so the order does not matter.
        let target = if let Ok(cidr) = text.parse() {
            RuleTarget::Ip(cidr)
        } else if let Ok(id) = SubnetId::parse(&text) {
            RuleTarget::Subnet(Box::new(id))
        } else {
            RuleTarget::Unparsed(text.clone())
        };
        Self {
            text,
            target,
            body: None,
        }
    }

    /// Reads a rule from its text and keeps the list element that it came in.
    pub fn read(text: &str, body: JsonText) -> Self {
        Self {
            body: Some(Box::new(body)),
            ..Self::parse(text)
        }
    }

    /// Returns the text as it was read.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the clients that the rule admits.
    pub fn target(&self) -> &RuleTarget {
        &self.target
    }

    /// Returns the address range of an IP rule.
    pub fn cidr(&self) -> Option<Cidr> {
        match self.target {
            RuleTarget::Ip(cidr) => Some(cidr),
            RuleTarget::Subnet(_) | RuleTarget::Unparsed(_) => None,
        }
    }

    /// Returns the subnet of a subnet rule.
    pub fn subnet(&self) -> Option<&SubnetId> {
        match &self.target {
            RuleTarget::Subnet(id) => Some(id),
            RuleTarget::Ip(_) | RuleTarget::Unparsed(_) => None,
        }
    }

    /// Returns true for an IPv6 address or range. No known api-version accepts one as a rule.
    pub fn is_ipv6(&self) -> bool {
        let (address, _) = self.text.split_once('/').unwrap_or((&self.text, ""));
        address.parse::<Ipv6Addr>().is_ok()
    }

    /// Returns the list element that the rule was read from; `None` for a rule that Azure has not returned.
    pub fn body(&self) -> Option<&Value> {
        self.body.as_deref().map(|body| &**body)
    }

    /// Returns true if a list can hold the rule as what it was parsed to: its clients are known then.
    pub fn fits(&self, list: Setting) -> bool {
        match list {
            Setting::IpRules => self.cidr().is_some(),
            Setting::VirtualNetworkRules => self.subnet().is_some(),
            _ => false,
        }
    }

    /// Returns true if this rule admits every client that `other` admits.
    pub fn covers(&self, other: &Self) -> bool {
        match (&self.target, &other.target) {
            (RuleTarget::Ip(range), RuleTarget::Ip(cidr)) => range.contains(*cidr),
            (RuleTarget::Unparsed(_), RuleTarget::Unparsed(_)) => {
                self == other || ipv6_range_contains(&self.text, &other.text)
            }
            _ => self == other,
        }
    }

    /// Returns true if the text is the one spelling that a PATCH sends for this rule.
    pub fn is_normal(&self) -> bool {
        match &self.target {
            RuleTarget::Ip(cidr) => cidr.to_string() == *self.text,
            RuleTarget::Subnet(id) => id.as_str() == &*self.text,
            // Nobody can tell how such a text would be normalised.
            RuleTarget::Unparsed(_) => false,
        }
    }
}

/// Returns true if both texts are IPv6 addresses or ranges and the first contains the second.
fn ipv6_range_contains(range: &str, other: &str) -> bool {
    match (ipv6_range(range), ipv6_range(other)) {
        (Some(range), Some(other)) => range.contains(&other),
        _ => false,
    }
}

fn ipv6_range(text: &str) -> Option<Ipv6Net> {
    if let Ok(address) = text.parse::<Ipv6Addr>() {
        return Some(address.into());
    }
    Some(text.parse::<Ipv6Net>().ok()?.trunc())
}

impl From<Cidr> for Rule {
    fn from(cidr: Cidr) -> Self {
        Self {
            text: cidr.to_string().into(),
            target: RuleTarget::Ip(cidr),
            body: None,
        }
    }
}

impl From<SubnetId> for Rule {
    fn from(id: SubnetId) -> Self {
        Self {
            text: id.as_str().into(),
            target: RuleTarget::Subnet(Box::new(id)),
            body: None,
        }
    }
}

// The text and the body are left out of every comparison: only the meaning counts.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.target == other.target
    }
}
impl Eq for Rule {}
impl PartialOrd for Rule {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Rule {
    fn cmp(&self, other: &Self) -> Ordering {
        self.target.cmp(&other.target)
    }
}
impl Hash for Rule {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.target.hash(state);
    }
}
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}
impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        Ok(Self::parse(&text))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    const SUBNET: &str =
        "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/v/subnets/a";

    #[test]
    fn rules_compare_by_meaning_and_keep_their_text() {
        let upper = SUBNET.to_uppercase();
        let slash = format!("{SUBNET}/");
        let rows = [
            ("192.0.2.7", "192.0.2.7/32", true),
            ("192.0.2.0/24", "192.0.2.0/25", false),
            (SUBNET, &*upper, true),
            (SUBNET, &*slash, true),
            ("2001:db8::/32", "2001:DB8::/32", false),
            ("192.0.2.7/24", "192.0.2.0/24", false),
        ];
        for (a, b, equal) in rows {
            let (left, right) = (Rule::parse(a), Rule::parse(b));
            assert_eq!(left == right, equal, "{a} {b}");
            assert_eq!(
                BTreeSet::from([left, right.clone()]).len(),
                if equal { 1 } else { 2 }
            );
            assert_eq!((right.as_str(), json!(right)), (b, json!(b)));
        }
    }

    #[test]
    fn every_text_is_a_rule_of_one_kind() {
        for (text, ip, subnet) in [
            ("192.0.2.7/32", true, false),
            (SUBNET, false, true),
            ("", false, false),
            ("2001:db8::1", false, false),
            ("/subscriptions/s", false, false),
        ] {
            let rule: Rule = serde_json::from_value(json!(text)).unwrap();
            assert_eq!(
                (rule.cidr().is_some(), rule.subnet().is_some()),
                (ip, subnet),
                "{text}"
            );
            let unparsed = matches!(rule.target(), RuleTarget::Unparsed(_));
            assert_eq!(unparsed, !ip && !subnet, "{text}");
        }
    }

    #[test]
    fn only_the_sent_spelling_is_normal() {
        for (text, normal) in [
            ("192.0.2.7", true),
            ("192.0.2.7/32", false),
            ("192.0.2.0/24", true),
            (SUBNET, true),
            ("odd", false),
        ] {
            assert_eq!(Rule::parse(text).is_normal(), normal, "{text}");
        }
        assert!(!Rule::parse(&format!("{SUBNET}/")).is_normal());
    }

    #[test]
    fn a_range_covers_the_ranges_inside_it() {
        let subnet = SUBNET.to_uppercase();
        for (wide, narrow, covers) in [
            ("192.0.2.0/24", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.0/24", false),
            (SUBNET, &*subnet, true),
            (SUBNET, "192.0.2.7", false),
            ("odd", "odd", true),
            ("odd", "other", false),
            ("2001:db8::/32", "2001:DB8:1::7", true),
            ("2001:db8::/32", "2001:0DB8::/32", true),
            ("2001:db8::7", "2001:db8::/32", false),
        ] {
            assert_eq!(
                Rule::parse(wide).covers(&Rule::parse(narrow)),
                covers,
                "{wide} {narrow}"
            );
        }
    }

    #[test]
    fn rules_sort_unparsed_then_by_address_then_by_subnet() {
        let mut rules = [SUBNET, "203.0.113.7", "odd", "9.0.0.0/8", "10.0.0.1"].map(Rule::parse);
        rules.sort();
        let texts = rules.each_ref().map(Rule::as_str);
        assert_eq!(texts, ["odd", "9.0.0.0/8", "10.0.0.1", "203.0.113.7", SUBNET]);
    }
}
