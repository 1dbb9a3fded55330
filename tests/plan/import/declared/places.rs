//! Files that say the place of a registry themselves, and files that override or deny.

use ringfence::import::{Import, SeenCode, import_template, import_terraform};
use serde_json::{Value, json};

use super::{deployment, messages, registries, terraform};
use crate::azure_bodies::registry_id;
use crate::import::codes;

const OTHER: &str = "11111111-0000-0000-0000-000000000000";

/// A registry of provider `azurerm.other`, whose block has this argument.
fn of_other_provider(subscription: &str) -> String {
    format!(
        "provider \"azurerm\" {{\n  alias = \"other\"\n  {subscription}\n}}\n\
         resource \"azurerm_container_registry\" \"acr\" {{\n  provider = azurerm.other\n  name = \"contoso\"\n  \
         resource_group_name = \"rg\"\n  data_endpoint_enabled = false\n}}\n"
    )
}

fn ids(import: &Import) -> Vec<&str> {
    import
        .registries
        .iter()
        .map(|registry| registry.id.as_str())
        .collect()
}

#[test]
fn provider_of_a_resource_says_its_subscription() {
    let said = format!("subscription_id = \"{OTHER}\"");
    let in_other = registry_id("contoso").replace(&registry_id("contoso")[15..51], OTHER);
    assert_eq!(ids(&terraform(&of_other_provider(&said))), [in_other.as_str()]);
    // The default provider says it for resources that name none.
    let default = of_other_provider(&said)
        .replace("  alias = \"other\"\n", "")
        .replace("  provider = azurerm.other\n", "");
    assert_eq!(ids(&terraform(&default)), [in_other.as_str()]);
    // The flag completes the default provider only.
    let open = default.replace(&said, "subscription_id = var.subscription");
    assert_eq!(ids(&terraform(&open)), [registry_id("contoso")]);
    for open in ["subscription_id = var.subscription", "features {}"] {
        let import = terraform(&of_other_provider(open));
        assert_eq!(ids(&import), [""; 0], "{open}");
        let error = &import.failures[0].error;
        assert!(error.help.as_ref().unwrap().contains("by its id"), "{error:?}");
    }
}

#[test]
fn provider_says_the_subscription_of_computed_ids() {
    let text = format!(
        "provider \"azurerm\" {{\n  alias = \"other\"\n  subscription_id = \"{OTHER}\"\n}}\n\
         resource \"azurerm_resource_group\" \"rg\" {{\n  provider = azurerm.other\n  name = \"rg\"\n}}\n\
         resource \"azapi_resource\" \"acr\" {{\n  type = \"Microsoft.ContainerRegistry/registries@2025-11-01\"\n  \
         parent_id = azurerm_resource_group.rg.id\n  name = \"contoso\"\n}}\n"
    );
    assert!(ids(&terraform(&text))[0].contains(OTHER));
}

/// A plan of a registry with this provider.
fn plan(key: &str, subscription: &Value) -> Import {
    let resource = |more: Value| {
        let mut resource = json!({"address": "a.b", "mode": "managed", "type": "azurerm_container_registry", "name": "acr"});
        for (key, value) in more.as_object().unwrap() {
            resource[key] = value.clone();
        }
        resource
    };
    let document = json!({
        "variables": {"sub": {"value": OTHER}},
        "planned_values": {"root_module": {"resources": [
            resource(json!({"values": {"name": "contoso", "resource_group_name": "rg"}}))]}},
        "configuration": {
            "provider_config": {key: {"expressions": {"subscription_id": subscription}}},
            "root_module": {"resources": [resource(json!({"provider_config_key": key}))]},
        },
    });
    terraform(&document.to_string())
}

#[test]
fn plan_says_the_subscription_of_providers() {
    for known in [
        json!({"constant_value": OTHER}),
        json!({"references": ["var.sub"]}),
    ] {
        assert!(ids(&plan("azurerm.other", &known))[0].contains(OTHER), "{known}");
        assert!(ids(&plan("azurerm", &known))[0].contains(OTHER), "{known}");
    }
    let open = json!({"references": ["data.x.y"]});
    assert_eq!(ids(&plan("azurerm", &open)), [registry_id("contoso")]);
    assert_eq!(plan("azurerm.other", &open).failures.len(), 1);
}

#[test]
fn list_with_a_rule_that_denies_is_left_out() {
    let azurerm = "resource \"azurerm_container_registry\" \"acr\" {\n  name = \"contoso\"\n  resource_group_name = \"rg\"\n  \
                   network_rule_set {\n    default_action = \"Allow\"\n    ip_rule {\n      action = \"Deny\"\n      \
                   ip_range = \"9.9.9.9\"\n    }\n  }\n}\n";
    let import = terraform(azurerm);
    assert!(registries(&import).ends_with("contoso\n    defaultAction: Allow\n"));
    assert_eq!(
        messages(&import),
        ["`ipRules` is left out: main.tf:7 has the action `Deny`, and a spec lists allow rules only"]
    );
    let template = json!({"$schema": "deploymentTemplate.json", "resources": [{
        "type": "Microsoft.ContainerRegistry/registries", "name": "contoso",
        "properties": {"networkRuleSet": {"ipRules": [{"value": "192.0.2.7"}, {"action": "Deny", "value": "9.9.9.9"}]}}}]});
    let import = super::template(&template);
    assert_eq!(codes(&import), [SeenCode::Unresolved]);
    assert!(!import.spec.contains("ipRules"), "{}", import.spec);
}

/// A later resource of the same registry does not bring back what an earlier one leaves open.
#[test]
fn setting_left_out_once_stays_out() {
    let resource = |name: &str, public: &str| {
        format!(
            "resource \"azurerm_container_registry\" \"{name}\" {{\n  name = \"contoso\"\n  resource_group_name = \"rg\"\n  \
             public_network_access_enabled = {public}\n}}\n"
        )
    };
    for values in [
        ["true", "false", "true"],
        ["var.a", "true", "true"],
        ["true", "true", "var.a"],
    ] {
        let text: String = ["a", "b", "c"]
            .iter()
            .zip(values)
            .map(|(name, value)| resource(name, value))
            .collect();
        let import = terraform(&text);
        assert!(
            !import.spec.contains("publicNetworkAccess"),
            "{values:?}\n{}",
            import.spec
        );
    }
}

#[test]
fn override_files_replace_arguments_and_blocks() {
    let main = "locals {\n  ip = \"192.0.2.1\"\n}\nresource \"azurerm_container_registry\" \"acr\" {\n  name = \"contoso\"\n  \
                resource_group_name = \"rg\"\n  public_network_access_enabled = true\n  network_rule_set {\n    \
                default_action = \"Deny\"\n    ip_rule { ip_range = \"9.9.9.9\" }\n  }\n  \
                lifecycle { ignore_changes = [tags, network_rule_set] }\n}\n";
    let over = "locals {\n  ip = \"192.0.2.2\"\n}\nresource \"azurerm_container_registry\" \"acr\" {\n  network_rule_set {\n    \
                default_action = \"Deny\"\n    ip_rule { ip_range = local.ip }\n  }\n  lifecycle { prevent_destroy = true }\n}\n";
    let files = |name: &str| {
        vec![
            (name.to_owned(), over.to_owned()),
            ("infra/main.tf".to_owned(), main.to_owned()),
        ]
    };
    for name in ["infra/a_override.tf", "infra/override.tf"] {
        let import = import_terraform(&files(name), &[], &deployment()).unwrap();
        let text = registries(&import);
        assert!(
            text.contains("publicNetworkAccess: Enabled") && text.contains("ipRules: [192.0.2.2]"),
            "{text}"
        );
        assert_eq!(
            messages(&import),
            [
                "infra/main.tf:12 ignores changes of `network_rule_set`: what is live may differ from the files"
            ]
        );
    }
    // The files of another folder override nothing here.
    let import = import_terraform(&files("other/override.tf"), &[], &deployment()).unwrap();
    assert!(import.spec.contains("9.9.9.9"), "{}", import.spec);
}

#[test]
fn sensitive_values_of_a_plan_are_named() {
    let document = json!({"planned_values": {"root_module": {"resources": [{
        "address": "azurerm_container_registry.acr", "mode": "managed", "type": "azurerm_container_registry", "name": "acr",
        "values": {
            "name": "contoso", "resource_group_name": "rg", "admin_password": "hidden",
            "network_rule_set": [{"default_action": "Deny", "ip_rule": [{"action": "Allow", "ip_range": "192.0.2.1"}]}],
            "data_endpoint_enabled": false,
        },
        "sensitive_values": {
            "admin_password": true,
            "network_rule_set": [{"ip_rule": [{"ip_range": true}]}],
            "data_endpoint_enabled": false,
        },
    }]}}});
    let import = terraform(&document.to_string());
    assert!(import.spec.contains("192.0.2.1"), "{}", import.spec);
    assert_eq!(codes(&import), [SeenCode::Sensitive]);
    assert_eq!(
        messages(&import),
        [
            "azurerm_container_registry.acr marks `network_rule_set` as sensitive: the spec shows its value"
        ]
    );
}

/// Each folder is a configuration of its own.
#[test]
fn names_of_another_folder_are_not_followed() {
    let file = |name: &str, registry: &str, ip: &str| {
        let text = format!(
            "locals {{\n  ip = \"{ip}\"\n}}\nresource \"azurerm_container_registry\" \"acr\" {{\n  name = \"{registry}\"\n  \
             resource_group_name = \"rg\"\n  network_rule_set {{\n    default_action = \"Deny\"\n    ip_rule {{ ip_range = \
             local.ip }}\n  }}\n}}\n"
        );
        (name.to_owned(), text)
    };
    let files = [
        file("prod/main.tf", "contoso", "192.0.2.1"),
        file("./test/main.tf", "fabrikam", "192.0.2.2"),
    ];
    let import = import_terraform(&files, &[], &deployment()).unwrap();
    let text = registries(&import);
    let contoso = text.find("ipRules: [192.0.2.1]");
    let fabrikam = text.find("ipRules: [192.0.2.2]");
    assert!(contoso < fabrikam && contoso.is_some(), "{text}");
    // `./test` and `test` are one folder.
    let mut apart = files[1].1.splitn(2, "resource ");
    let (locals, rest) = (apart.next().unwrap(), apart.next().unwrap());
    let files = [
        ("test/locals.tf".to_owned(), locals.to_owned()),
        ("./test/main.tf".to_owned(), format!("resource {rest}")),
    ];
    let import = import_terraform(&files, &[], &deployment()).unwrap();
    assert!(
        registries(&import).contains("ipRules: [192.0.2.2]"),
        "{}",
        import.spec
    );
}

#[test]
fn computed_group_of_a_nested_deployment_is_named() {
    let registry = json!({"type": "Microsoft.ContainerRegistry/registries", "name": "contoso"});
    let template = json!({"$schema": "deploymentTemplate.json", "resources": [{
        "type": "Microsoft.Resources/deployments", "name": "m", "resourceGroup": "[parameters('group')]",
        "properties": {"template": {"$schema": "deploymentTemplate.json", "resources": [registry]}}}]});
    let import = import_template(&template.to_string(), &deployment()).unwrap();
    let error = &import.failures[0].error;
    assert_eq!(
        error.message,
        "resources[0].resourceGroup has the expression `[parameters('group')]`"
    );
}
