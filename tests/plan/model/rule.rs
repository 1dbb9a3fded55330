//! Rules: their meaning against their text, over drawn texts.

use std::cmp::Ordering;

use proptest::prelude::*;
use ringfence::model::{JsonText, Rule, RuleTarget};
use serde_json::json;

use crate::azure_bodies::subnet_id;
use crate::reference::addresses::{inside, range};

/// A text of an IP rule in either spelling.
fn ip_text() -> impl Strategy<Value = String> {
    (0u8..=255, 24u32..=32, any::<bool>()).prop_map(|(host, length, short)| {
        let host = u32::from(host) & (u32::MAX << (32 - length));
        match length {
            32 if short => format!("20.42.7.{host}"),
            _ => format!("20.42.7.{host}/{length}"),
        }
    })
}

/// A subnet id in some case.
fn subnet_text() -> impl Strategy<Value = String> {
    (0usize..3, any::<bool>()).prop_map(|(name, upper)| {
        let id = subnet_id("hub", ["a", "b", "build"][name]).to_string();
        let rest = &id["/subscriptions/".len()..];
        let rest = if upper {
            rest.to_uppercase()
        } else {
            rest.to_owned()
        };
        format!("/subscriptions/{rest}")
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![ip_text(), subnet_text(), "[a-z:./ ]{0,6}"]
}

/// Returns true if two texts mean the same clients, without the code under test.
fn same_meaning(a: &str, b: &str) -> bool {
    match (a.starts_with("20."), b.starts_with("20.")) {
        (true, true) => range(a) == range(b),
        _ if a.starts_with("/subscriptions/") => a.eq_ignore_ascii_case(b),
        _ => a == b,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn rules_are_equal_by_meaning_and_keep_their_text(a in text(), b in text()) {
        let (left, right) = (Rule::parse(&a), Rule::parse(&b));
        prop_assert_eq!(left == right, same_meaning(&a, &b));
        prop_assert_eq!(left.cmp(&right) == Ordering::Equal, left == right);
        prop_assert_eq!(left.cmp(&right), right.cmp(&left).reverse());
        let json = serde_json::to_value(&left).unwrap();
        prop_assert_eq!(&json, &json!(a));
        let read: Rule = serde_json::from_value(json).unwrap();
        prop_assert_eq!(read.as_str(), &*a);
        prop_assert!(read == left);
    }

    #[test]
    fn order_is_transitive(mut rules in proptest::collection::vec(text(), 3)) {
        rules.sort_by(|a, b| Rule::parse(a).cmp(&Rule::parse(b)));
        prop_assert!(Rule::parse(&rules[0]) <= Rule::parse(&rules[2]));
    }

    #[test]
    fn range_covers_exactly_the_ranges_inside_it(a in ip_text(), b in ip_text()) {
        let covers = Rule::parse(&a).covers(&Rule::parse(&b));
        prop_assert_eq!(covers, inside(range(&b), range(&a)));
    }

    #[test]
    fn rules_of_different_kinds_do_not_cover_each_other(ip in ip_text(), id in subnet_text()) {
        let (ip, id) = (Rule::parse(&ip), Rule::parse(&id));
        prop_assert!(!ip.covers(&id) && !id.covers(&ip));
        prop_assert!(matches!(ip.target(), RuleTarget::Ip(_)));
        prop_assert!(matches!(id.target(), RuleTarget::Subnet(_)));
    }

    #[test]
    fn only_one_spelling_of_a_range_is_normal(text in ip_text()) {
        let rule = Rule::parse(&text);
        prop_assert_eq!(rule.is_normal(), !text.ends_with("/32"));
        let normal = Rule::from(rule.cidr().unwrap());
        prop_assert!(normal.is_normal() && normal == rule);
    }

    #[test]
    fn element_of_the_list_is_kept_beside_the_text(text in text()) {
        let body = json!({"value": text, "note": "kept"});
        let rule = Rule::read(&text, JsonText::from(&body));
        prop_assert_eq!(rule.body(), Some(&body));
        let parsed = Rule::parse(&text);
        prop_assert_eq!(parsed.body(), None);
        prop_assert!(rule == parsed);
    }
}
