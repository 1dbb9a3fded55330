//! Imports: the plan of an imported spec is empty, its text is canonical, and what registries share is written once.

mod declared;
mod fleets;
mod naming;

use std::collections::BTreeMap;

use jiff::civil::date;
use ringfence::import::{Import, SeenCode, import};
use ringfence::live::{FoundRegistries, Live, LiveRegistry, Reading, parse};
use ringfence::plan::{Plan, Policy, diff};
use ringfence::spec::{Spec, formatted, load_str};
use serde_json::{Value, json};

use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::chance::Chance;
use crate::reference::draw::Draw;

/// Registries that are drawn, always the same.
const REGISTRIES: usize = 1_000;

/// Imports registries with these bodies.
fn imported(bodies: &[Value]) -> (Import, BTreeMap<String, LiveRegistry>) {
    let mut found = FoundRegistries::default();
    let mut live = BTreeMap::new();
    for body in bodies {
        let registry = parse::registry("2026-09-01-preview", body.clone()).unwrap();
        live.insert(registry.id.to_string(), registry.clone());
        found.registries.insert(registry.id.clone(), registry);
    }
    (import(&found), live)
}

fn loaded(import: &Import) -> Spec {
    match load_str("import.yaml", &import.spec, date(2026, 11, 29)) {
        Ok(loaded) => loaded.spec,
        Err(invalid) => panic!("{:#?}\n{}", invalid.diagnostics, import.spec),
    }
}

/// Plans the spec of an import against the state that it was made from.
fn planned(import: &Import, live: &BTreeMap<String, LiveRegistry>) -> Plan {
    let spec = loaded(import);
    let mut readings = Live::default();
    for registry in live.values() {
        let reading = Reading::of(registry.clone());
        readings.registries.insert(registry.id.clone(), Ok(reading));
    }
    assert_eq!(
        spec.registries.len(),
        readings.registries.len(),
        "{}",
        import.spec
    );
    diff(&spec, &readings, &Policy::default())
}

/// Fails unless the spec is canonical and its plan changes and refuses nothing.
fn check(bodies: &[Value]) -> Import {
    let (import, live) = imported(bodies);
    assert_eq!(formatted(import.spec.as_bytes()).as_deref(), Ok(&*import.spec));
    for registry in planned(&import, &live).registries {
        let quiet =
            registry.changes.is_empty() && registry.steps.is_empty() && registry.refusals.is_empty();
        assert!(quiet, "{:#?}\n{}\n{bodies:#?}", registry, import.spec);
        assert!(
            registry.unseen.is_empty(),
            "{:#?}\n{}",
            registry.unseen,
            import.spec
        );
    }
    import
}

fn codes(import: &Import) -> Vec<SeenCode> {
    let mut codes = Vec::new();
    for registry in &import.registries {
        codes.extend(registry.notes.iter().map(|note| note.code));
    }
    codes
}

fn denying(name: &str, ips: &[&str]) -> Value {
    let mut body = premium_registry(name);
    let rules: Vec<Value> = ips
        .iter()
        .map(|ip| json!({"action": "Allow", "value": ip}))
        .collect();
    body["properties"]["networkRuleSet"] =
        json!({"defaultAction": "Deny", "virtualNetworkRules": [], "ipRules": rules});
    body
}

#[test]
fn plan_of_an_imported_fleet_is_empty() {
    let mut draw = Draw::new(20_261_129, true);
    let mut chance = Chance::new(11);
    let mut drawn = 0;
    while drawn < REGISTRIES {
        let mut bodies = Vec::new();
        for number in 0..=chance.below(4) {
            let mut body = draw.pair(&format!("contoso{number}")).body;
            // Fleets share rules, so some registries get those of the one before.
            if let Some(Value::Object(before)) = bodies.last().map(|last: &Value| &last["properties"])
                && chance.below(2) == 0
                && let (Some(rules), true) =
                    (before.get("networkRuleSet"), body["sku"]["name"] == "Premium")
            {
                body["properties"]["networkRuleSet"] = rules.clone();
            }
            bodies.push(body);
        }
        drawn += bodies.len();
        check(&bodies);
    }
}

/// One more registry must not rename what the others share.
#[test]
fn new_registry_leaves_the_lines_of_others_alone() {
    let mut shared: Vec<String> = Vec::new();
    for number in 0..30 {
        shared.push(format!("203.0.113.{number}"));
    }
    let with_subnet = |mut body: Value, subnet: &str| {
        body["properties"]["networkRuleSet"]["virtualNetworkRules"] =
            json!([{"action": "Allow", "id": subnet}]);
        body
    };
    let build = subnet_id("hub", "build").to_string();
    let mut fleet = Vec::new();
    for number in 0..30 {
        let own = format!("198.51.100.{number}");
        let ips: Vec<&str> = shared.iter().map(String::as_str).chain([&*own]).collect();
        fleet.push(with_subnet(denying(&format!("fleet{number:02}"), &ips), &build));
    }
    let before = check(&fleet);
    // A part of the shared list, and a subnet of the same name in another group.
    let other = build.replace("/resourceGroups/", "/resourceGroups/a");
    fleet.push(with_subnet(
        denying("newone", &["203.0.113.3", "203.0.113.4"]),
        &other,
    ));
    let after = check(&fleet);
    let gone: Vec<&str> = before
        .spec
        .lines()
        .filter(|line| !after.spec.contains(line))
        .collect();
    assert!(gone.is_empty(), "{gone:?}");
    let new = after.spec.lines().count() - before.spec.lines().count();
    assert!(new <= 6, "{new}\n{}", after.spec);
}

#[test]
fn plan_is_empty_for_hidden_odd_and_unknown_values() {
    let odd = [
        ("/properties/publicNetworkAccess", json!("SecuredByPerimeter")),
        ("/properties/networkRuleBypassOptions", json!("AZURESERVICES")),
        ("/properties/endpointProtocol", json!("IPv4AndIPv6")),
        ("/properties/networkRuleSet/virtualNetworkRules", Value::Null),
        ("/properties/networkRuleBypassAllowedForTasks", Value::Null),
        (
            "/properties/networkRuleSet/ipRules",
            json!([{"value": "2001:db8::/32"}, {"value": "a\u{0}b"}, {"value": "\u{1b}]0;x\u{7}##vso[x]\n::error::"},
                {"value": "203.0.113.7/24"}, {"value": subnet_id("hub", "build").as_str()}, {"value": "x".repeat(5000)}]),
        ),
    ];
    for (pointer, value) in odd {
        let mut body = denying("contoso", &["203.0.113.7"]);
        *body.pointer_mut(pointer).unwrap() = value;
        check(&[body.clone()]);
        check(&[body, denying("fabrikam", &["203.0.113.7"])]);
    }
}

#[test]
fn what_is_not_managed_is_noted() {
    let mut body = denying("contoso", &["198.51.100.7", "198.51.100.7/32", "2001:db8::/32"]);
    let properties = &mut body["properties"];
    properties["privateEndpointConnections"] = json!([{"id": "a"}, {"id": "b"}]);
    properties["policies"]["exportPolicy"]["status"] = json!("disabled");
    properties["adminUserEnabled"] = json!(true);
    properties["publicNetworkAccess"] = json!("SecuredByPerimeter");
    properties["provisioningState"] = json!("Updating");
    properties.as_object_mut().unwrap().remove("endpointProtocol");
    let import = check(&[body]);
    assert_eq!(
        codes(&import),
        [
            SeenCode::UnknownValue,
            SeenCode::DuplicateRule,
            SeenCode::UnparsedRule,
            SeenCode::HiddenSetting,
            SeenCode::PrivateEndpoints,
            SeenCode::OtherSetting,
            SeenCode::OtherSetting,
            SeenCode::NotSucceeded,
        ]
    );
    insta::assert_snapshot!(import.spec, @r#"
    # Written by `ringfence import`: the plan of this state is empty.
    # Give networks and subnets the names that you know them by, here and where they are listed.
    version: 1

    registries:
      # Not managed: settings with unknown values, rules that are neither IPv4 ranges nor subnets, settings that Azure does not show here, private endpoints, settings that no spec has
      - id: /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso
        defaultAction: Deny
        ipRules: [198.51.100.7]
        subnets: []
        trustedServices: true
        tasksBypass: false
        dataEndpoint: false
        ignore:
          - text: "2001:db8::/32"
    "#);
}

#[test]
fn registry_below_premium_has_no_rules() {
    let mut standard = premium_registry("standardacr");
    standard["sku"] = json!({"name": "Standard", "tier": "Standard"});
    standard["properties"]
        .as_object_mut()
        .unwrap()
        .remove("networkRuleSet");
    let shared = ["203.0.113.0/24", "198.51.100.7"];
    let import = check(&[
        denying("contoso", &shared),
        denying("fabrikam", &shared),
        standard.clone(),
    ]);
    let (_, own) = import.spec.split_once("standardacr\n").unwrap();
    assert_eq!(own, "", "{}", import.spec);
    assert!(
        import
            .spec
            .contains("net-203-0-113-0-24: [198.51.100.7, 203.0.113.0/24]"),
        "{}",
        import.spec
    );
    // A registry that was Premium once may have kept its settings.
    standard["properties"]["publicNetworkAccess"] = json!("Disabled");
    let import = check(&[standard]);
    assert_eq!(codes(&import), [SeenCode::Tier]);
}

/// A name outside Azure's rules cannot stand in a spec.
#[test]
fn registry_without_a_valid_name_is_a_failure() {
    let mut body = premium_registry("contoso");
    body["id"] = json!(registry_id("con-toso"));
    let (import, _) = imported(&[body]);
    assert_eq!((import.registries.len(), import.failures.len()), (0, 1));
    assert!(import.spec.ends_with("registries: []\n"), "{}", import.spec);
}
