//! Every refusal and note, each with the smallest state that causes it.

use std::collections::BTreeSet;

use crate::azure_bodies::{premium_registry, subnet_id};
use crate::readings::{reading, reading_at, unmanaged, wanted_subnets};
use crate::wanted_ips::wanted_ips;
use ringfence::live::{LiveSubnet, PresentSubnet, Quota, Reading, Usages};
use ringfence::model::{Client, DefaultAction, Failure, PublicNetworkAccess, Setting};
use ringfence::plan::{Guard, Policy, RegistryPlan, plan_registry};
use ringfence::run::open_access;
use ringfence::spec::{Expectation, Guardrails, Ownership, RegistrySpec};
use serde_json::{Value, json};

fn plan(spec: &RegistrySpec, reading: &Reading) -> RegistryPlan {
    plan_registry(spec, reading, &Policy::default())
}

fn codes(plan: &RegistryPlan) -> Vec<&str> {
    plan.refusals.iter().map(|refusal| refusal.code.name()).collect()
}

fn notes(plan: &RegistryPlan) -> Vec<&str> {
    plan.notes.iter().map(|note| &*note.code).collect()
}

/// A Premium registry, and a spec that manages none of its settings.
fn fresh() -> (RegistrySpec, Value) {
    let body = premium_registry("contoso");
    (unmanaged(&body), body)
}

/// A registry under Deny with these rules.
fn denying(values: &[&str]) -> (RegistrySpec, Value) {
    let (spec, mut body) = fresh();
    let rules: Vec<Value> = values
        .iter()
        .map(|value| json!({"action": "Allow", "value": value}))
        .collect();
    body["properties"]["networkRuleSet"] =
        json!({"defaultAction": "Deny", "virtualNetworkRules": [], "ipRules": rules});
    (spec, body)
}

fn ten() -> Vec<String> {
    (0..10).map(|n| format!("203.0.113.{n}")).collect()
}

#[test]
fn refuses_network_rules_below_premium() {
    let (mut spec, mut body) = fresh();
    body["sku"] = json!({"name": "Basic", "tier": "Basic"});
    body["properties"]
        .as_object_mut()
        .unwrap()
        .remove("networkRuleSet");
    spec.settings
        .want_unsourced(Setting::DefaultAction, DefaultAction::Deny);
    spec.settings
        .want_unsourced(Setting::IpRules, wanted_ips(&["203.0.113.7"]));
    let refused = plan(&spec, &reading(&body));
    assert_eq!(codes(&refused), ["sku"]);
    assert!(refused.refusals[0].message.contains("`Basic`"));
    assert!(refused.refusals[0].override_flag.is_none());

    spec.settings
        .want_unsourced(Setting::DefaultAction, DefaultAction::Allow);
    spec.settings.want_unsourced(Setting::IpRules, wanted_ips(&[]));
    spec.settings
        .want_unsourced(Setting::VirtualNetworkRules, wanted_subnets(&[]));
    let empty = plan(&spec, &reading(&body));
    assert!(empty.is_empty() && empty.refusals.is_empty(), "{empty:?}");
}

#[test]
fn refuses_a_busy_registry_only_when_it_must_write() {
    let (mut spec, mut body) = fresh();
    body["properties"]["provisioningState"] = json!("Updating");
    assert!(plan(&spec, &reading(&body)).refusals.is_empty());
    spec.settings
        .want_unsourced(Setting::NetworkRuleBypassOptions, "None");
    assert_eq!(codes(&plan(&spec, &reading(&body))), ["busy"]);
}

#[test]
fn refuses_public_access_while_exports_are_off() {
    let (mut spec, mut body) = fresh();
    body["properties"]["publicNetworkAccess"] = json!("Disabled");
    body["properties"]["policies"]["exportPolicy"]["status"] = json!("disabled");
    spec.settings
        .want_unsourced(Setting::PublicNetworkAccess, PublicNetworkAccess::Enabled);
    assert_eq!(codes(&plan(&spec, &reading(&body))), ["exports-disabled"]);
}

#[test]
fn refuses_subnet_rules_hidden_by_the_version() {
    let (mut spec, mut body) = denying(&["203.0.113.7"]);
    body["properties"]["networkRuleSet"]
        .as_object_mut()
        .unwrap()
        .remove("virtualNetworkRules");
    let hidden = reading_at("2025-11-01", &body);
    spec.settings
        .want_unsourced(Setting::VirtualNetworkRules, wanted_subnets(&[]));
    assert_eq!(codes(&plan(&spec, &hidden)), ["subnet-rules-hidden"]);

    let mut spec = unmanaged(&body);
    spec.settings
        .want_unsourced(Setting::IpRules, wanted_ips(&["203.0.113.7", "203.0.113.8"]));
    let ips_only = plan(&spec, &hidden);
    assert!(ips_only.refusals.is_empty());
    assert_eq!(notes(&ips_only), ["subnet-rules-hidden"]);
}

#[test]
fn refuses_a_setting_hidden_by_the_version() {
    let (mut spec, mut body) = fresh();
    body["properties"]
        .as_object_mut()
        .unwrap()
        .remove("networkRuleBypassAllowedForTasks");
    spec.settings
        .want_unsourced(Setting::NetworkRuleBypassAllowedForTasks, true);
    assert_eq!(
        codes(&plan(&spec, &reading_at("2021-08-01-preview", &body))),
        ["setting-not-shown"]
    );
}

#[test]
fn refuses_subnet_rules_with_private_endpoints_or_without_endpoint_support() {
    let (mut spec, mut body) = fresh();
    spec.settings.want_unsourced(
        Setting::VirtualNetworkRules,
        wanted_subnets(&[subnet_id("vnet", "build")]),
    );
    let mut elsewhere = reading(&body);
    elsewhere.service_endpoints_supported = false;
    assert_eq!(codes(&plan(&spec, &elsewhere)), ["no-service-endpoints"]);
    body["properties"]["privateEndpointConnections"] = json!([{"id": "x"}]);
    assert_eq!(codes(&plan(&spec, &reading(&body))), ["private-endpoint"]);
}

#[test]
fn unreadable_subnet_refusal_has_the_services_message() {
    let (mut spec, body) = fresh();
    let id = subnet_id("vnet", "build");
    spec.settings.want_unsourced(
        Setting::VirtualNetworkRules,
        wanted_subnets(std::slice::from_ref(&id)),
    );
    let mut live = reading(&body);
    let failure = Failure {
        request_id: Some("req-1".to_owned()),
        ..Failure::new("NotFound", "Resource not found.")
    };
    live.subnets.insert(id, LiveSubnet::Unreadable(failure));
    let plan = plan(&spec, &live);
    assert_eq!(codes(&plan), ["subnet-unreadable"]);
    assert!(
        plan.refusals[0]
            .message
            .ends_with("NotFound: Resource not found.")
    );
}

#[test]
fn rule_limit_comes_from_usages_or_the_documented_maximum() {
    let many: Vec<String> = (0..=200)
        .map(|n| format!("203.0.{}.{}", n / 256, n % 256))
        .collect();
    let (mut spec, body) = fresh();
    spec.settings.want_unsourced(
        Setting::IpRules,
        wanted_ips(&many.iter().map(String::as_str).collect::<Vec<_>>()),
    );
    let over = plan(&spec, &reading(&body));
    assert_eq!(codes(&over), ["limit"]);
    assert_eq!(
        (
            over.refusals[0].measured.as_deref(),
            over.refusals[0].limit.as_deref()
        ),
        (Some("201"), Some("200"))
    );

    let mut granted = reading(&body);
    granted.usages = Some(Usages {
        ip_rules: Some(Quota {
            limit: 400,
            current: 0,
        }),
        subnet_rules: None,
    });
    assert!(plan(&spec, &granted).refusals.is_empty());

    spec.settings.want_unsourced(
        Setting::IpRules,
        wanted_ips(&many[..101].iter().map(String::as_str).collect::<Vec<_>>()),
    );
    let disputed = plan(&spec, &reading(&body));
    assert!(disputed.refusals.is_empty());
    assert!(notes(&disputed).contains(&"ip-rule-limit"));
}

#[test]
fn guards_state_value_limit_and_override_flag() {
    let ten = ten();
    let (mut spec, body) = denying(&ten.iter().map(String::as_str).collect::<Vec<_>>());
    spec.settings
        .want_unsourced(Setting::IpRules, wanted_ips(&["203.0.113.0", "8.0.0.0/7"]));
    spec.guardrails = Guardrails {
        max_removals: Some(8),
        max_removal_percent: Some(30),
        widest_rule: 16,
    };
    let plan = plan(&spec, &reading(&body));
    let rows: Vec<_> = plan
        .refusals
        .iter()
        .map(|r| {
            (
                r.code.name(),
                r.measured.as_deref().unwrap(),
                r.limit.as_deref().unwrap(),
                r.override_flag.as_deref().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("removals", "9", "8", "--override removals"),
            ("removals", "90 %", "30 %", "--override removals"),
            ("widest-rule", "/7", "/16", "--override widest-rule"),
        ]
    );
    let policy = Policy {
        overrides: BTreeSet::from(Guard::ALL),
        ..Policy::default()
    };
    assert!(plan_registry(&spec, &reading(&body), &policy).refusals.is_empty());
}

#[test]
fn removal_percentage_counts_from_ten_live_rules() {
    let ten = ten();
    let values: Vec<&str> = ten.iter().map(String::as_str).collect();
    for (live, refused) in [(&values[..9], false), (&values[..], true)] {
        let (mut spec, body) = denying(live);
        spec.settings
            .want_unsourced(Setting::IpRules, wanted_ips(&live[..5]));
        assert_eq!(
            !plan(&spec, &reading(&body)).refusals.is_empty(),
            refused,
            "{} rules",
            live.len()
        );
    }
}

#[test]
fn removing_the_last_rule_under_deny_is_refused_once() {
    let (mut spec, body) = denying(&["203.0.113.7"]);
    spec.settings.want_unsourced(Setting::IpRules, wanted_ips(&[]));
    let closing = plan(&spec, &reading(&body));
    assert_eq!(codes(&closing), ["last-rule"]);
    assert_eq!(closing.mode.after, "closed");
    let (mut closed, body) = denying(&[]);
    closed.settings.want_unsourced(Setting::IpRules, wanted_ips(&[]));
    closed
        .settings
        .want_unsourced(Setting::NetworkRuleBypassOptions, "None");
    assert!(plan(&closed, &reading(&body)).refusals.is_empty());
}

#[test]
fn wanted_state_that_breaks_expect_is_refused() {
    let expectation = |text: &str, allowed| Expectation {
        client: Client::Address(text.parse().unwrap()),
        allowed,
        written: text.into(),
        case: None,
        source: None,
    };
    let (mut spec, body) = fresh();
    spec.settings
        .want_unsourced(Setting::DefaultAction, DefaultAction::Deny);
    spec.settings
        .want_unsourced(Setting::IpRules, wanted_ips(&["203.0.113.0/24"]));
    spec.expect = vec![
        expectation("203.0.113.9", true),
        expectation("8.8.8.8", false),
        expectation("203.0.112.0/23", true),
        expectation("203.0.113.128/25", false),
        expectation("203.0.112.0/23", false),
    ];
    let plan = plan(&spec, &reading(&body));
    let messages: Vec<&str> = plan
        .refusals
        .iter()
        .map(|refusal| refusal.message.as_str())
        .collect();
    assert_eq!(
        messages,
        [
            "`203.0.112.0/23` would get in only in part, but `expect.allow` says it must",
            "`203.0.113.128/25` would get in, but `expect.deny` says it must not",
            "`203.0.112.0/23` would get in in part, but `expect.deny` says it must not",
        ]
    );
}

#[test]
fn delegated_subnet_kept_rule_and_unknown_value_are_noted() {
    let (mut spec, mut body) = denying(&["203.0.113.7"]);
    body["properties"]["publicNetworkAccess"] = json!("SecuredByPerimeter");
    let id = subnet_id("vnet", "aci");
    spec.ownership = Ownership::Additive;
    spec.settings.want_unsourced(Setting::IpRules, wanted_ips(&[]));
    spec.settings.want_unsourced(
        Setting::VirtualNetworkRules,
        wanted_subnets(std::slice::from_ref(&id)),
    );
    let mut live = reading(&body);
    let subnet = PresentSubnet {
        api_version: "2024-07-01".to_owned(),
        etag: None,
        has_endpoint: true,
        endpoint_pending: false,
        delegations: vec!["Microsoft.ContainerInstance/containerGroups".to_owned()],
        body: json!({}),
    };
    live.subnets.insert(id, LiveSubnet::Present(subnet));
    let plan = plan(&spec, &live);
    assert_eq!(
        notes(&plan),
        [
            "kept-rules",
            "dead-rules",
            "service-endpoint-preview",
            "delegated-subnet",
            "unknown-value"
        ]
    );
    assert_eq!(plan.mode.before, "private only (1 dead rule)");
}

#[test]
fn restore_opens_everything_in_one_patch() {
    let ten = ten();
    let (_, mut body) = denying(&ten.iter().map(String::as_str).collect::<Vec<_>>());
    body["properties"]["publicNetworkAccess"] = json!("Disabled");
    let live = reading(&body);
    let spec = open_access(Vec::new(), [live.registry.id.clone()]);
    let plan = plan_registry(&spec.registries[0], &live, &Policy::default());
    assert!(plan.refusals.is_empty());
    assert_eq!(plan.mode.after, "open");
    assert_eq!((plan.access.opened, plan.access.closed), (3_702_259_200, 0));
    assert_eq!(plan.steps.len(), 1);
    assert_eq!(notes(&plan), ["policy-may-deny", "service-endpoints-stay"]);
}

#[test]
fn dual_stack_needs_data_endpoints_before_and_after() {
    let (dual, data) = (Setting::EndpointProtocol, Setting::DataEndpointEnabled);
    let rows = [
        (
            "IPv4",
            false,
            Some("IPv4AndIPv6"),
            None,
            "dual-stack, dual-stack-limits",
        ),
        (
            "IPv4",
            false,
            Some("IPv4AndIPv6"),
            Some(true),
            "dual-stack-limits",
        ),
        (
            "IPv4",
            true,
            Some("IPv4AndIPv6"),
            Some(false),
            "dual-stack, dual-stack-limits",
        ),
        ("IPv4AndIPv6", true, None, Some(false), "dual-stack"),
        ("IPv4AndIPv6", true, Some("IPv4"), Some(false), ""),
        ("IPv4AndIPv6", true, Some("IPv4AndIPv6"), None, ""),
    ];
    for (live_dual, live_data, want_dual, want_data, found) in rows {
        let (mut spec, mut body) = fresh();
        body["properties"]["endpointProtocol"] = json!(live_dual);
        body["properties"]["dataEndpointEnabled"] = json!(live_data);
        if let Some(word) = want_dual {
            spec.settings.want_unsourced(dual, word);
        }
        if let Some(on) = want_data {
            spec.settings.want_unsourced(data, on);
        }
        let plan = plan(&spec, &reading(&body));
        let mut all = codes(&plan);
        all.extend(notes(&plan));
        let row = format!("{live_dual} {live_data} to {want_dual:?} {want_data:?}");
        assert_eq!(all.join(", "), found, "{row}");
    }
}

#[test]
fn endpoint_protocol_needs_premium_and_a_version_that_shows_it() {
    let (mut spec, mut body) = fresh();
    spec.settings.want_unsourced(Setting::EndpointProtocol, "IPv4");
    body["properties"]["endpointProtocol"] = json!("IPv4AndIPv6");
    body["properties"]["dataEndpointEnabled"] = json!(true);
    body["sku"] = json!({"name": "Standard", "tier": "Standard"});
    assert_eq!(codes(&plan(&spec, &reading(&body))), ["sku"]);
    body["properties"]
        .as_object_mut()
        .unwrap()
        .remove("endpointProtocol");
    let hidden = plan(&spec, &reading_at("2025-11-01", &body));
    assert_eq!(codes(&hidden), ["setting-not-shown"]);
}
