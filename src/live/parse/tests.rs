use serde_json::json;

use super::*;
use crate::live::SubnetIdKey;

const ID: &str =
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";
const SUBNET: &str =
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/a";

/// Returns a registry with the given `networkRuleSet` and SKU.
fn body(sku: &str, rules: &Value) -> Value {
    json!({"id": ID, "location": "westeurope", "sku": {"name": sku, "tier": sku},
        "properties": {"provisioningState": "Succeeded", "loginServer": "contoso.azurecr.io", "networkRuleSet": rules}})
}

fn view(sku: &str, rules: &Value) -> LiveRegistry {
    registry("v", body(sku, rules)).unwrap()
}

#[test]
fn api_versions_show_or_hide_subnet_rules() {
    // recorded: azure-cli test_acr_network_rule, 2022-06-20, one registry at one moment
    let blind =
        json!({"defaultAction": "Deny", "ipRules": [{"action": "Allow", "value": "16.17.18.0/24"}]});
    let mut shown = blind.clone();
    shown["virtualNetworkRules"] = json!([{"action": "Allow", "id": SUBNET}]);
    assert!(view("Premium", &blind).hides_subnet_rules());
    let live = view("Premium", &shown);
    let rules = live.settings.rules(Setting::VirtualNetworkRules).unwrap();
    assert_eq!(SubnetIdKey::shown(rules), Some(SubnetIdKey::Id));
    assert_eq!((rules[0].as_str(), rules[0].subnet().is_some()), (SUBNET, true));
    assert_eq!(
        live.settings.rules(Setting::IpRules).unwrap()[0].as_str(),
        "16.17.18.0/24"
    );
    assert_eq!(live.settings.word(Setting::DefaultAction), Some("Deny"));
}

#[test]
fn missing_subnet_rules_depend_on_key_and_sku() {
    let cases = [
        // recorded: azure-cli test_acr_with_dual_stack_endpoints, 2026-09: the key is there, empty
        (
            "Premium",
            json!({"defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": []}),
            "shown",
        ),
        (
            "Premium",
            json!({"defaultAction": "Deny", "ipRules": []}),
            "hidden",
        ),
        (
            "premium",
            json!({"defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": null}),
            "hidden",
        ),
        // recorded: azure-cli test_acr_image_import list: no networkRuleSet on Basic and Standard
        ("Basic", json!(null), "unsupported"),
        ("Standard", json!(null), "unsupported"),
    ];
    for (sku, rules, expected) in cases {
        let live = view(sku, &rules);
        let found = match live.settings.rules(Setting::VirtualNetworkRules) {
            Some(_) if live.is_premium() => "shown",
            Some(_) => "unsupported",
            None => "hidden",
        };
        assert_eq!(found, expected, "{sku} {rules}");
    }
}

#[test]
fn premium_registry_without_ip_rule_list_is_an_error() {
    for (rules, says) in [
        (json!({"defaultAction": "Deny"}), "missing"),
        (
            json!({"defaultAction": "Deny", "virtualNetworkRules": []}),
            "missing",
        ),
        (json!({"defaultAction": "Deny", "ipRules": null}), "missing"),
        (
            json!({"defaultAction": "Deny", "ipRules": false}),
            "true or false",
        ),
    ] {
        let error = registry("v", body("premium", &rules)).unwrap_err();
        assert_eq!(error.path, "properties.networkRuleSet.ipRules", "{rules}");
        assert_eq!(error.found, says, "{rules}");
    }
    // recorded: azure-cli test_acr_image_import, azure-libraries-for-net: neither SKU has a networkRuleSet
    for sku in ["Basic", "Standard"] {
        assert_eq!(
            view(sku, &json!(null)).settings.rules(Setting::IpRules),
            Some(&[][..])
        );
    }
}

#[test]
fn premium_registry_without_default_action_is_an_error() {
    for (rules, says) in [
        (json!(null), "missing"),
        (json!({"ipRules": [], "virtualNetworkRules": []}), "missing"),
        (json!({"defaultAction": null, "ipRules": []}), "missing"),
        (json!({"defaultAction": false, "ipRules": []}), "true or false"),
    ] {
        let error = registry("v", body("premium", &rules)).unwrap_err();
        assert_eq!(error.path, "properties.networkRuleSet.defaultAction", "{rules}");
        assert_eq!(error.found, says, "{rules}");
    }
    let basic = view("Basic", &json!(null));
    assert_eq!(basic.settings.word(Setting::DefaultAction), None);
}

#[test]
fn answer_about_another_id_is_an_error() {
    let asked = RegistryId::parse(ID).unwrap();
    for (id, fits) in [
        (json!(ID), true),
        (json!(ID.to_uppercase()), true),
        (json!(format!("{ID}2")), false),
        (json!(SUBNET), false),
        (json!("contoso"), false),
        (json!(7), false),
        (json!(null), false),
    ] {
        assert_eq!(is_about(&asked, &json!({ "id": id })).is_ok(), fits, "{id}");
    }
}

#[test]
fn both_spellings_of_a_subnet_id_are_read() {
    // Azure/azure-cli#33685 (2026-07) against the recordings of 2022 and 2023
    for key in [SubnetIdKey::Id, SubnetIdKey::VirtualNetworkSubnetResourceId] {
        let rule = json!({"action": "Allow", key.as_str(): SUBNET, "state": "Succeeded"});
        let live = view(
            "Premium",
            &json!({ "defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": [rule] }),
        );
        let rules = live.settings.rules(Setting::VirtualNetworkRules).unwrap();
        assert_eq!(
            (SubnetIdKey::shown(rules), rules[0].body()),
            (Some(key), Some(&rule))
        );
    }
}

#[test]
fn unknown_values_are_kept() {
    let mut body = body(
        "Premium",
        &json!({"defaultAction": "Maybe", "ipRules": [{"value": "2001:db8::/32"}], "virtualNetworkRules": [{"id": "odd"}]}),
    );
    body["properties"]["publicNetworkAccess"] = "SecuredByPerimeter".into();
    body["properties"]["newer"] = json!({"a": [1.50]});
    let live = registry("v", body.clone()).unwrap();
    let settings = &live.settings;
    assert_eq!(
        settings.word(Setting::PublicNetworkAccess),
        Some("SecuredByPerimeter")
    );
    assert_eq!(settings.word(Setting::DefaultAction), Some("Maybe"));
    let ip = &settings.rules(Setting::IpRules).unwrap()[0];
    assert_eq!((ip.cidr(), ip.as_str()), (None, "2001:db8::/32"));
    let subnet = &settings.rules(Setting::VirtualNetworkRules).unwrap()[0];
    assert_eq!((subnet.subnet(), subnet.as_str()), (None, "odd"));
    body["properties"]["networkRuleSet"] = json!({"defaultAction": "Maybe"});
    assert_eq!(*live.body, body);
}

#[test]
fn unexpected_shape_is_an_error_with_its_path() {
    let with = |path: &str, value: Value| {
        let mut body = body(
            "Premium",
            &json!({"defaultAction": "Deny", "ipRules": [{"value": "1.2.3.4"}], "virtualNetworkRules": [{"id": SUBNET}]}),
        );
        *body.pointer_mut(path).unwrap() = value;
        registry("v", body).unwrap_err().to_string()
    };
    let cases = [
        ("/id", json!(null), "`id` is missing, expected a text"),
        (
            "/id",
            json!("/x"),
            "`id` is a text, expected the id of a registry",
        ),
        ("/sku", json!("Premium"), "`sku` is a text, expected an object"),
        ("/location", json!(1), "`location` is a number, expected a text"),
        (
            "/properties",
            json!([]),
            "`properties` is a list, expected an object",
        ),
        (
            "/properties",
            json!(null),
            "`properties.provisioningState` is missing, expected a text",
        ),
        (
            "/properties/networkRuleSet",
            json!(true),
            "`properties.networkRuleSet` is true or false, expected an object",
        ),
        (
            "/properties/networkRuleSet/ipRules",
            json!({}),
            "`properties.networkRuleSet.ipRules` is an object, expected a list",
        ),
        (
            "/properties/networkRuleSet/ipRules/0",
            json!({"action": "Allow"}),
            "`properties.networkRuleSet.ipRules[0].value` is missing, expected a text",
        ),
        (
            "/properties/networkRuleSet/virtualNetworkRules/0",
            json!({"action": "Allow"}),
            "`properties.networkRuleSet.virtualNetworkRules[0].id` is missing, expected a text",
        ),
    ];
    for (path, value, message) in cases {
        assert_eq!(with(path, value), message);
    }
    for body in [json!(null), json!([]), json!("x"), json!(1)] {
        assert!(registry("v", body).is_err());
    }
}

#[test]
fn last_modification_is_read_if_shown() {
    let mut body = body("Premium", &json!({"defaultAction": "Deny", "ipRules": []}));
    assert_eq!(registry("v", body.clone()).unwrap().last_modified, None);
    body["systemData"] = json!({"lastModifiedBy": "ann@example.com", "lastModifiedByType": "User",
        "lastModifiedAt": "2026-09-10T02:44:39.2Z"});
    let last = registry("v", body).unwrap().last_modified.unwrap();
    assert_eq!(
        (last.by.as_str(), last.by_type.as_str(), last.at.as_str()),
        ("ann@example.com", "User", "2026-09-10T02:44:39.2Z")
    );
}

#[test]
fn subnet_shows_its_endpoint_and_delegations() {
    for (endpoints, has) in [
        // absent, not empty, where there is none (recorded: azure-cli test_acr_network_rule)
        (json!(null), false),
        (json!([]), false),
        (json!([{"service": "Microsoft.Storage"}]), false),
        (
            json!([{"service": "Microsoft.Storage"}, {"service": "MICROSOFT.ContainerRegistry"}]),
            true,
        ),
        (
            json!([{"service": "Microsoft.ContainerRegistry", "provisioningState": "Failed"}]),
            false,
        ),
    ] {
        let body = json!({"properties": {"serviceEndpoints": endpoints,
            "delegations": [{"properties": {"serviceName": "Microsoft.Web/serverFarms"}}]}});
        let live = subnet("v", Some("e".into()), body).unwrap();
        assert_eq!(
            (live.has_endpoint, live.delegations),
            (has, vec!["Microsoft.Web/serverFarms".to_owned()])
        );
    }
    for body in [
        json!([]),
        json!({"properties": 1}),
        json!({"properties": {"serviceEndpoints": "x"}}),
        json!({"properties": {"serviceEndpoints": [1]}}),
        json!({"properties": {"delegations": [{"properties": []}]}}),
    ] {
        assert!(subnet("v", None, body.clone()).is_err(), "{body}");
    }
}

#[test]
fn usages_are_read_by_name_and_optional() {
    // recorded: azure-powershell TestCreateWithNetworkRuleSet, 2020-10: Size and Webhooks only
    let recorded = json!({"value": [{"name": "Size", "limit": 536870912000_u64, "currentValue": 0, "unit": "Bytes"},
        {"name": "Webhooks", "limit": 500, "currentValue": 0, "unit": "Count"}]});
    assert_eq!(usages(&recorded).unwrap(), Usages::default());
    // docs: container-registry-skus, `az acr show-usage`
    let documented = json!({"value": [{"name": "IPRules", "limit": 200, "currentValue": 93, "unit": "Count"},
        {"name": "vnetrules", "limit": 100, "currentValue": 2, "unit": "Count"}]});
    let read = usages(&documented).unwrap();
    assert_eq!(
        read.ip_rules,
        Some(Quota {
            limit: 200,
            current: 93
        })
    );
    assert_eq!(
        read.subnet_rules,
        Some(Quota {
            limit: 100,
            current: 2
        })
    );
    let broken = json!({"value": [{"name": "IPRules", "limit": -1, "currentValue": 0}]});
    assert_eq!(
        usages(&broken).unwrap_err().to_string(),
        "`value[0].limit` is a number, expected a whole number"
    );
}
