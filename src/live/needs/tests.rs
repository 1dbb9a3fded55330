use serde_json::json;

use super::*;
use crate::live::parse;
use crate::model::{Client, DefaultAction, PublicNetworkAccess, Rule, SettingValue, SubnetId};
use crate::spec::{Expectation, ListedRule, Ownership};

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

/// Returns a spec that expects something of this subnet, whose public address is `203.0.0.0`.
fn expecting(mut spec: RegistrySpec, id: &SubnetId) -> RegistrySpec {
    spec.expect.push(Expectation {
        client: Client::Subnet(id.clone()),
        allowed: false,
        written: "hb".into(),
        case: None,
        source: None,
    });
    spec.egress = std::sync::Arc::new([(id.clone(), [ip(0).parse().unwrap()].into())].into());
    spec
}

#[test]
fn expected_subnets_are_read_where_their_endpoint_decides() {
    let id = subnet_id("s1", "hb");
    let (none, listed): (&[SubnetId], _) = (&[], [id.clone()]);
    let rows = [
        // Live rules, the rules and subnets that the spec wants, and whether the endpoint decides.
        (0, None, None, none, false),
        (1, None, None, none, true),
        // By a rule that goes, one that comes, and one that keeps others in.
        (1, Some(5..6), None, none, true),
        (0, Some(0..1), None, none, true),
        (0, Some(5..6), None, none, false),
        // A subnet that is listed, or will be.
        (0, None, None, &listed, true),
        (1, None, None, &listed, false),
        (0, None, Some(&listed[..]), none, true),
        (0, None, Some(none), &listed, true),
    ];
    for (ips, wanted_ips, wanted_subnets, subnets, decides) in rows {
        let live = live("Premium", ips, Some(subnets));
        let spec = expecting(spec(wanted_ips.clone(), wanted_subnets), &id);
        let needs = Needs::of(&spec, &live, ReadOptions::default(), true);
        let found = needs.expected.contains(&id);
        assert_eq!(
            found, decides,
            "{ips} {wanted_ips:?} {wanted_subnets:?} {subnets:?}"
        );
    }
}

#[test]
fn open_and_closed_registries_need_no_look_at_expected_subnets() {
    let id = subnet_id("s1", "hb");
    let wants = |spec: RegistrySpec, live: &LiveRegistry| {
        Needs::of(&expecting(spec, &id), live, ReadOptions::default(), true).expected
    };
    let shown: &[SubnetId] = &[];
    assert!(wants(spec(None, None), &live("Standard", 1, Some(shown))).is_empty());
    let mut open = live("Premium", 1, Some(shown));
    open.settings
        .set(Setting::DefaultAction, SettingValue::from(DefaultAction::Allow));
    assert!(wants(spec(None, None), &open).is_empty());
    // The rules are in force once the spec is applied.
    let mut closes = spec(None, None);
    closes
        .settings
        .want_unsourced(Setting::DefaultAction, DefaultAction::Deny);
    assert_eq!(wants(closes, &open).len(), 1);
    let mut private = live("Premium", 1, Some(shown));
    private.settings.set(
        Setting::PublicNetworkAccess,
        SettingValue::from(PublicNetworkAccess::Disabled),
    );
    assert!(wants(spec(None, None), &private).is_empty());
    // Where the rules of subnets are hidden, only one state of the endpoint has a known answer.
    let mut hidden = live("Premium", 1, None);
    assert!(wants(spec(None, None), &hidden).is_empty());
    hidden.settings.set(
        Setting::PublicNetworkAccess,
        SettingValue::from(PublicNetworkAccess::Enabled),
    );
    assert_eq!(wants(spec(None, None), &hidden).len(), 1);
}

#[test]
fn rule_that_expired_decides_about_expected_subnets() {
    let id = subnet_id("s1", "hb");
    let live = live("Premium", 0, Some(&[]));
    let mut wants = expecting(spec(Some(5..6), None), &id);
    assert!(expected(&wants, &live).is_empty());
    wants.expired = vec![Rule::parse(&ip(0)).into()];
    assert_eq!(expected(&wants, &live).len(), 1);
}

#[test]
fn quota_does_not_stop_the_read_of_an_expected_subnet() {
    let id = subnet_id("s1", "hb");
    let wants = expecting(spec(Some(0..201), None), &id);
    let options = ReadOptions::default();
    let mut needs = Needs::of(&wants, &live("Premium", 0, Some(&[])), options, true);
    let ip_rules = Some(Quota {
        limit: 200,
        current: 0,
    });
    needs.drop_if_over(
        &Usages {
            ip_rules,
            ..Usages::default()
        },
        options,
    );
    assert_eq!(needs.all_subnets(), [id]);
}
