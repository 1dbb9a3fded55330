//! Properties of planning, against a model of the service. For every spec and every live state, applying the plan gives
//! a state whose plan is empty, and leaves unmanaged settings unchanged.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use crate::azure_bodies::{SUBSCRIPTION, premium_registry, registry_id, subnet_body, subnet_id};
use crate::readings::{reading, wanted_subnets};
use proptest::prelude::*;
use proptest::sample::subsequence;
use ringfence::live::{Live, LiveSubnet, Reading, SubnetIdKey, parse};
use ringfence::model::{Cidr, DefaultAction, PublicNetworkAccess, RegistryId, Rule, Setting, SubnetId};
use ringfence::plan::{Direction, Lists, Plan, Policy, RegistryPlan, diff, patch_body, plan_registry};
use ringfence::render::Document;
use ringfence::spec::{ListedRule, Ownership, RegistrySpec, RuleInfo, Spec};
use serde_json::{Value, json};

/// All rules of these tests lie in this /24, so that brute force can try every address.
fn cidr() -> impl Strategy<Value = Cidr> {
    (0u8..=255, 27u8..=32)
        .prop_map(|(host, len)| Cidr::containing(Ipv4Addr::new(198, 51, 100, host), len).unwrap())
}

fn subnets() -> Vec<SubnetId> {
    ["a", "b", "c", "d"]
        .iter()
        .map(|name| subnet_id("vnet", name))
        .collect()
}

fn wanted() -> impl Strategy<Value = RegistrySpec> {
    let option = proptest::option::of::<BoxedStrategy<bool>>;
    (
        (
            option(any::<bool>().boxed()),
            option(any::<bool>().boxed()),
            option(any::<bool>().boxed()),
        ),
        (option(any::<bool>().boxed()), option(any::<bool>().boxed())),
        proptest::option::of(proptest::collection::btree_set(cidr(), 0..8)),
        proptest::option::of(subsequence(subnets(), 0..=4)),
        (
            any::<bool>(),
            proptest::collection::vec(cidr(), 0..3),
            subsequence(subnets(), 0..=2),
        ),
    )
        .prop_map(
            |((public, action, trusted), (tasks, data), ips, subnets, (additive, ranges, theirs))| {
                let mut spec =
                    RegistrySpec::unmanaged(RegistryId::parse(&registry_id("contoso")).unwrap());
                let public_value = |on| {
                    if on {
                        PublicNetworkAccess::Enabled
                    } else {
                        PublicNetworkAccess::Disabled
                    }
                };
                let action_value = |on| {
                    if on {
                        DefaultAction::Allow
                    } else {
                        DefaultAction::Deny
                    }
                };
                let settings = &mut spec.settings;
                if let Some(on) = public {
                    settings.want_unsourced(Setting::PublicNetworkAccess, public_value(on));
                }
                if let Some(on) = action {
                    settings.want_unsourced(Setting::DefaultAction, action_value(on));
                }
                if let Some(on) = trusted {
                    let setting = Setting::NetworkRuleBypassOptions;
                    settings.want_unsourced(setting, ringfence::model::bypass_word(on));
                }
                if let Some(on) = tasks {
                    settings.want_unsourced(Setting::NetworkRuleBypassAllowedForTasks, on);
                }
                if let Some(on) = data {
                    settings.want_unsourced(Setting::DataEndpointEnabled, on);
                }
                if let Some(ips) = ips {
                    let rules: Vec<ListedRule> =
                        ips.into_iter().map(|ip| Rule::from(ip).into()).collect();
                    settings.want_unsourced(Setting::IpRules, rules);
                }
                if let Some(ids) = subnets {
                    settings.want_unsourced(Setting::VirtualNetworkRules, wanted_subnets(&ids));
                }
                spec.ownership = if additive {
                    Ownership::Additive
                } else {
                    Ownership::Exact
                };
                spec.ignore = ranges.into_iter().map(Rule::from).collect();
                spec.ignore.extend(theirs.into_iter().map(Rule::from));
                spec
            },
        )
}

/// A live registry with unknown fields at every level.
fn live() -> impl Strategy<Value = Value> {
    (
        (
            any::<bool>(),
            any::<bool>(),
            any::<bool>(),
            any::<bool>(),
            any::<bool>(),
        ),
        proptest::collection::vec((cidr(), any::<bool>(), any::<bool>()), 0..8),
        subsequence(subnets(), 0..=4),
        any::<bool>(),
    )
        .prop_map(
            |((public, action, trusted, tasks, data), ips, subnets, new_key)| {
                let mut body = premium_registry("contoso");
                let key = if new_key {
                    "virtualNetworkSubnetResourceId"
                } else {
                    "id"
                };
                let ip = |(cidr, slash, known): (Cidr, bool, bool)| {
                    let slash = if slash && cidr.prefix_len() == 32 {
                        "/32"
                    } else {
                        ""
                    };
                    let mut rule = json!({"action": "Allow", "value": format!("{cidr}{slash}")});
                    if !known {
                        rule["note"] = json!("kept");
                    }
                    rule
                };
                let set = json!({
                    "defaultAction": if action { "Allow" } else { "Deny" },
                    "virtualNetworkRules": subnets
                        .iter()
                        .map(|id| json!({"action": "Allow", key: id.as_str(), "since": 1}))
                        .collect::<Vec<_>>(),
                    "ipRules": ips.into_iter().map(ip).collect::<Vec<_>>(),
                    "futureRules": [{"value": 12345678901234567890123_u128 as f64}],
                });
                let properties = &mut body["properties"];
                properties["networkRuleSet"] = set;
                properties["publicNetworkAccess"] = json!(if public { "Enabled" } else { "Disabled" });
                properties["networkRuleBypassOptions"] =
                    json!(if trusted { "AzureServices" } else { "None" });
                properties["networkRuleBypassAllowedForTasks"] = json!(tasks);
                properties["dataEndpointEnabled"] = json!(data);
                properties["futureSetting"] = json!({"kept": true});
                body
            },
        )
}

/// A reading of the body with one field missing or one word in capitals. Its subnets lack the service endpoint and are
/// in an unregistered subscription.
fn strange(body: &Value, drop: usize, shout: bool) -> Reading {
    let mut body = body.clone();
    let properties = body["properties"].as_object_mut().unwrap();
    // An answer without IP rules is unreadable.
    let always = ["loginServer", "provisioningState", "networkRuleSet"];
    let fields: Vec<String> = properties
        .keys()
        .filter(|field| !always.contains(&field.as_str()))
        .cloned()
        .collect();
    if let Some(field) = fields.get(drop) {
        properties.remove(field);
    }
    for value in properties.values_mut().filter(|_| shout) {
        if let Value::String(text) = value {
            text.make_ascii_uppercase();
        }
    }
    let lacking = |id: SubnetId| {
        let subnet = parse::subnet("2024-05-01", None, subnet_body(&id)).unwrap();
        (id, LiveSubnet::Present(subnet))
    };
    Reading {
        subnets: subnets().into_iter().skip(1).map(lacking).collect(),
        registrations: BTreeMap::from([(SUBSCRIPTION.to_owned(), "NotRegistered".to_owned())]),
        ..reading(&body)
    }
}

fn plan(spec: &RegistrySpec, body: &Value) -> RegistryPlan {
    plan_registry(spec, &reading(body), &Policy::default())
}

/// The service: PATCH replaces the fields it has and keeps the others, also inside `networkRuleSet`
/// (recorded: azure-cli test_acr_network_rule, 2021 to 2023).
fn patched(body: &Value, patch: &Value) -> Value {
    let mut body = body.clone();
    for (key, value) in patch["properties"].as_object().into_iter().flatten() {
        if key == "networkRuleSet" {
            for (key, value) in value.as_object().into_iter().flatten() {
                body["properties"]["networkRuleSet"][key] = value.clone();
            }
        } else {
            body["properties"][key] = value.clone();
        }
    }
    body
}

fn applied(spec: &RegistrySpec, body: &Value, lists: Lists) -> Value {
    let plan = plan(spec, body);
    let key = SubnetIdKey::VirtualNetworkSubnetResourceId;
    let patch = patch_body(&plan.changes, &reading(body).registry, lists, key);
    patch.map_or_else(|| body.clone(), |patch| patched(body, &patch))
}

/// Returns true if the JSON admits the address, without the code under test.
fn admits(body: &Value, host: u8) -> bool {
    let one = Cidr::containing(Ipv4Addr::new(198, 51, 100, host), 32).unwrap();
    let properties = &body["properties"];
    let rules = properties["networkRuleSet"]["ipRules"].as_array().unwrap();
    properties["publicNetworkAccess"] == "Enabled"
        && (properties["networkRuleSet"]["defaultAction"] == "Allow"
            || rules.iter().any(|rule| {
                rule["value"]
                    .as_str()
                    .unwrap()
                    .parse::<Cidr>()
                    .unwrap()
                    .contains(one)
            }))
}

fn is_open(body: &Value) -> bool {
    let properties = &body["properties"];
    properties["publicNetworkAccess"] == "Enabled"
        && properties["networkRuleSet"]["defaultAction"] == "Allow"
}

/// Returns the addresses that `to` admits and `from` does not.
fn gained(from: &Value, to: &Value) -> u64 {
    let outside = if is_open(to) && !is_open(from) {
        3_702_259_200 - 256
    } else {
        0
    };
    outside
        + (0..=255u8)
            .filter(|host| admits(to, *host) && !admits(from, *host))
            .count() as u64
}

fn ip_values(body: &Value) -> Vec<Cidr> {
    let rules = body["properties"]["networkRuleSet"]["ipRules"]
        .as_array()
        .unwrap();
    rules
        .iter()
        .map(|rule| rule["value"].as_str().unwrap().parse().unwrap())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn plan_after_apply_is_empty(spec in wanted(), body in live()) {
        for lists in [Lists::Both, Lists::ChangedOnly] {
            let after = applied(&spec, &body, lists);
            let again = plan(&spec, &after);
            prop_assert!(again.changes.is_empty(), "{:?}", again.changes);
            prop_assert!(again.is_empty());
        }
    }

    #[test]
    fn audit_after_apply_finds_no_drift(spec in wanted(), body in live()) {
        let reading = reading(&applied(&spec, &body, Lists::Both));
        let live = Live { registries: BTreeMap::from([(spec.id.clone(), Ok(reading))]), ..Live::default() };
        let spec = Spec { registries: vec![spec], ..Spec::default() };
        let audit = ringfence::audit::audit(&diff(&spec, &live, &Policy::default()));
        prop_assert!(audit.findings.is_empty(), "{:?}", audit.findings);
        prop_assert_eq!(audit.summary.in_sync, 1);
    }

    #[test]
    fn unmanaged_and_unknown_fields_survive(spec in wanted(), body in live()) {
        let after = applied(&spec, &body, Lists::Both);
        let managed: BTreeSet<&str> = plan(&spec, &body).changes.settings.iter().map(|change| change.path.path()).collect();
        let mut restored = after.clone();
        for path in &managed {
            let pointer = format!("/properties/{}", path.replace('.', "/"));
            *restored.pointer_mut(&pointer).unwrap() = body.pointer(&pointer).unwrap().clone();
        }
        // Sending both lists drops only exact duplicates from the unchanged one.
        for list in ["ipRules", "virtualNetworkRules"] {
            if !managed.contains(format!("networkRuleSet.{list}").as_str()) {
                let (then, now) = (&body["properties"]["networkRuleSet"][list], &restored["properties"]["networkRuleSet"][list]);
                for rule in now.as_array().unwrap() {
                    prop_assert!(then.as_array().unwrap().contains(rule));
                }
                restored["properties"]["networkRuleSet"][list] = then.clone();
            }
        }
        prop_assert_eq!(restored, body);
    }

    #[test]
    fn kept_rules_keep_every_field(spec in wanted(), body in live()) {
        let after = applied(&spec, &body, Lists::Both);
        let before: Vec<Value> = body["properties"]["networkRuleSet"]["ipRules"].as_array().unwrap().clone();
        let old = ip_values(&body);
        for (rule, cidr) in after["properties"]["networkRuleSet"]["ipRules"].as_array().unwrap().iter().zip(ip_values(&after)) {
            prop_assert!(before.contains(rule) || !old.contains(&cidr), "{rule} lost a field");
        }
    }

    #[test]
    fn ignored_rules_are_never_changed(spec in wanted(), body in live()) {
        let after = applied(&spec, &body, Lists::Both);
        let ignored = |cidr: &Cidr| spec.ignore.iter().any(|rule| rule.covers(&Rule::from(*cidr)));
        let stays: BTreeSet<Cidr> = ip_values(&body).into_iter().filter(ignored).collect();
        let left: BTreeSet<Cidr> = ip_values(&after).into_iter().collect();
        prop_assert!(stays.is_subset(&left));
    }

    #[test]
    fn additive_specs_remove_nothing(spec in wanted(), body in live()) {
        let mut spec = spec;
        spec.ownership = Ownership::Additive;
        prop_assert!(plan(&spec, &body).changes.settings.iter().all(|change| change.remove.is_empty()));
    }

    #[test]
    fn opened_and_closed_addresses_match_brute_force(spec in wanted(), body in live()) {
        let plan = plan(&spec, &body);
        let after = applied(&spec, &body, Lists::Both);
        prop_assert_eq!(plan.access.opened, gained(&body, &after));
        prop_assert_eq!(plan.access.closed, gained(&after, &body));
        let widens = matches!(plan.access.effect, Direction::Widens | Direction::Both);
        prop_assert!(widens || plan.access.opened == 0);
        let narrows = matches!(plan.access.effect, Direction::Narrows | Direction::Both);
        prop_assert!(narrows || plan.access.closed == 0);
    }

    #[test]
    fn input_order_does_not_change_the_plan(spec in wanted(), body in live()) {
        let mut turned = spec.clone();
        for list in Setting::lists() {
            if let Some(rules) = spec.settings.rules(list) {
                let turned_rules: Vec<ListedRule> = rules.iter().rev().cloned().collect();
                turned.settings.want_unsourced(list, turned_rules);
            }
        }
        turned.ignore.reverse();
        let mut mirrored = body.clone();
        for list in ["ipRules", "virtualNetworkRules"] {
            mirrored["properties"]["networkRuleSet"][list].as_array_mut().unwrap().reverse();
        }
        let (one, other) = (plan(&spec, &body), plan(&turned, &mirrored));
        prop_assert_eq!(one.changes, other.changes);
        prop_assert_eq!(one.steps, other.steps);
        prop_assert_eq!(one.notes, other.notes);
        prop_assert_eq!((one.mode, one.access), (other.mode, other.access));
    }

    #[test]
    fn unmanaged_settings_never_change(spec in wanted(), body in live()) {
        let plan = plan(&spec, &body);
        prop_assert!(plan.changes.settings.iter().all(|change| spec.settings.manages(change.path)));
        let lists_subnets = spec.settings.manages(Setting::VirtualNetworkRules);
        prop_assert!(lists_subnets || plan.changes.endpoints.is_none());
    }

    /// Every plan is accepted as a saved plan and equals itself after a round trip.
    #[test]
    fn saved_plan_round_trips(
        spec in wanted(),
        body in live(),
        (drop, shout, expired) in (0usize..40, any::<bool>(), proptest::collection::vec(cidr(), 0..3)),
    ) {
        let mut spec = spec;
        let about = RuleInfo { expires: Some(jiff::civil::date(2026, 1, 31)), ..RuleInfo::default() };
        let expire = |cidr: Cidr| ListedRule { info: Some(about.clone().into()), ..Rule::from(cidr).into() };
        spec.expired = expired.into_iter().map(expire).collect();
        let live = Live { registries: BTreeMap::from([(spec.id.clone(), Ok(strange(&body, drop, shout)))]), ..Live::default() };
        let spec = Spec { files: vec!["spec.yaml".to_owned()], registries: vec![spec], ..Spec::default() };
        let policy = Policy { created: "2026-11-21T03:00:00Z".to_owned(), ..Policy::default() };
        let plan = diff(&spec, &live, &policy);
        let text = plan.json();
        let read = Plan::from_json(&text);
        prop_assert!(read.is_ok(), "{:?}\n{text}", read.err());
        prop_assert_eq!(read.unwrap().json(), text);
    }
}
