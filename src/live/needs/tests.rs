use serde_json::json;

use super::*;
use crate::live::parse;
use crate::model::SubnetId;
use crate::spec::{ListedRule, Ownership};

const SUBSCRIPTION: &str = "/subscriptions/S1/resourceGroups/rg/providers";

fn subnet_id(subscription: &str, name: &str) -> SubnetId {
    SubnetId::parse(&format!(
        "/subscriptions/{subscription}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/{name}"
    ))
    .unwrap()
}

fn ip(number: usize) -> String {
    format!("203.0.{}.{}", number / 256, number % 256)
}

/// Returns a live registry with `ips` IP rules and the given subnets; `None` hides the subnet rules.
fn live(sku: &str, ips: usize, subnets: Option<&[SubnetId]>) -> LiveRegistry {
    let ip_rules: Vec<_> = (0..ips)
        .map(|n| json!({"action": "Allow", "value": ip(n)}))
        .collect();
    let mut rules = json!({"defaultAction": "Deny", "ipRules": ip_rules});
    if let Some(subnets) = subnets {
        rules["virtualNetworkRules"] = subnets.iter().map(|id| json!({"id": id.as_str()})).collect();
    }
    let body = json!({"id": format!("{SUBSCRIPTION}/Microsoft.ContainerRegistry/registries/contoso"), "location": "x",
        "sku": {"name": sku}, "properties": {"provisioningState": "Succeeded", "loginServer": "l", "networkRuleSet": rules}});
    parse::registry("v", body).unwrap()
}

/// Returns a spec that wants the IP rules with the given numbers and the given subnets.
fn spec(ips: Option<std::ops::Range<usize>>, subnets: Option<&[SubnetId]>) -> RegistrySpec {
    let mut spec = RegistrySpec::unmanaged(live("Premium", 0, None).id);
    if let Some(range) = ips {
        let rules: Vec<ListedRule> = range.map(|n| Rule::parse(&ip(n)).into()).collect();
        spec.settings.want_unsourced(Setting::IpRules, rules);
    }
    if let Some(ids) = subnets {
        let rules: Vec<ListedRule> = ids.iter().map(|id| Rule::from(id.clone()).into()).collect();
        spec.settings.want_unsourced(Setting::VirtualNetworkRules, rules);
    }
    spec
}

#[test]
fn only_subnets_to_add_are_read() {
    let (a, b) = (subnet_id("s1", "a"), subnet_id("s1", "b"));
    let both = [a.clone(), b.clone()];
    let read = |spec: &RegistrySpec, live: &LiveRegistry, all_subnets| {
        Needs::of(spec, live, ReadOptions { all_subnets }, true).subnets
    };
    let wants = spec(None, Some(&both));
    let listed = [subnet_id("S1", "A")];
    assert_eq!(read(&wants, &live("Premium", 0, Some(&listed)), false), [b]);
    assert_eq!(read(&wants, &live("Premium", 0, Some(&both)), false), []);
    assert_eq!(read(&wants, &live("Premium", 0, Some(&both)), true), both);
    assert_eq!(read(&spec(None, None), &live("Premium", 0, Some(&[])), true), []);
    let mut assumes = wants.clone();
    assumes.service_endpoints = ServiceEndpoints::Assume;
    // Looked at before its rule is added, never again.
    assert_eq!(read(&assumes, &live("Premium", 0, Some(&[])), false), both);
    assert_eq!(read(&assumes, &live("Premium", 0, Some(&both)), true), []);
}

#[test]
fn no_subnet_is_read_if_the_plan_refuses_subnets() {
    let wants = spec(None, Some(&[subnet_id("s1", "a")]));
    let options = ReadOptions { all_subnets: true };
    for (sku, shown, supported) in [
        ("Premium", None, true),
        ("Standard", Some(&[][..]), true),
        ("Premium", Some(&[][..]), false),
    ] {
        let needs = Needs::of(&wants, &live(sku, 0, shown), options, supported);
        assert_eq!(needs.subnets, [], "{sku}");
        assert!(needs.subscriptions.is_empty(), "{sku}");
    }
}

#[test]
fn registration_is_read_for_other_subscriptions_only() {
    let subnets = [
        subnet_id("s1", "a"),
        subnet_id("S2", "b"),
        subnet_id("s2", "c"),
        subnet_id("s3", "d"),
    ];
    let live = live("Premium", 0, Some(&subnets[3..]));
    let needs = Needs::of(&spec(None, Some(&subnets)), &live, ReadOptions::default(), true);
    assert_eq!(needs.subscriptions, BTreeSet::from(["s2".to_owned()]));
}

fn needs_usages(spec: &RegistrySpec, live: &LiveRegistry) -> bool {
    Needs::of(spec, live, ReadOptions::default(), true).usages()
}

#[test]
fn quotas_are_read_when_a_list_grows_past_a_hundred() {
    let none: &[SubnetId] = &[];
    for (wanted, live_ips, ownership, matters) in [
        (Some(0..100), 0, Ownership::Exact, false),
        (Some(0..101), 0, Ownership::Exact, true),
        // in sync: no quota can matter
        (Some(0..105), 105, Ownership::Exact, false),
        // shrinks
        (Some(0..101), 105, Ownership::Exact, false),
        // shrinks by five and grows by two
        (Some(5..107), 105, Ownership::Exact, false),
        // one new for 104 that go
        (Some(200..201), 105, Ownership::Exact, false),
        // one new besides 105 that stay
        (Some(200..201), 105, Ownership::Additive, true),
        (None, 105, Ownership::Exact, false),
    ] {
        let mut wants = spec(wanted.clone(), None);
        wants.ownership = ownership;
        let found = needs_usages(&wants, &live("Premium", live_ips, Some(none)));
        assert_eq!(found, matters, "{wanted:?} of {live_ips} {ownership:?}");
    }
}

#[test]
fn ignored_rules_count_because_they_stay() {
    let mut wants = spec(Some(100..101), None);
    wants.ignore = vec![Rule::parse("203.0.0.0/24")];
    assert!(needs_usages(&wants, &live("Premium", 100, Some(&[]))));
    wants.ignore = vec![Rule::parse("203.1.0.0/24")];
    assert!(!needs_usages(&wants, &live("Premium", 100, Some(&[]))));
}

#[test]
fn subnet_rules_have_a_quota_of_their_own() {
    let many: Vec<SubnetId> = (0..101).map(|n| subnet_id("s1", &format!("n{n}"))).collect();
    assert!(needs_usages(
        &spec(None, Some(&many)),
        &live("Premium", 0, Some(&[]))
    ));
    assert!(!needs_usages(
        &spec(None, Some(&many[..100])),
        &live("Premium", 0, Some(&[]))
    ));
    assert!(!needs_usages(&spec(None, Some(&many)), &live("Premium", 0, None)));
}

#[test]
fn quota_that_stops_the_change_drops_other_reads() {
    let subnets: Vec<SubnetId> = (0..101).map(|n| subnet_id("s2", &format!("n{n}"))).collect();
    let live = live("Premium", 0, Some(&[]));
    let quota = |limit| Usages {
        subnet_rules: Some(Quota { limit, current: 0 }),
        ..Usages::default()
    };
    let all = ReadOptions { all_subnets: true };
    for (usages, options, reads) in [
        (quota(100), ReadOptions::default(), 0),
        (quota(100), all, 101),
        (quota(101), ReadOptions::default(), 101),
        (Usages::default(), ReadOptions::default(), 101),
    ] {
        let mut needs = Needs::of(&spec(None, Some(&subnets)), &live, options, true);
        needs.drop_if_over(&usages, options);
        assert_eq!(needs.subnets.len(), reads, "{usages:?}");
        assert_eq!(needs.subscriptions.len(), reads.min(1), "{usages:?}");
    }
}
