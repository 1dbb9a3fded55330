//! Imports from files: Terraform's configuration and plans, and templates.

use ringfence::import::{Deployment, Import, SeenCode, import_template, import_terraform};
use serde_json::{Value, json};

use super::{codes, loaded};
use crate::azure_bodies::{SUBSCRIPTION, registry_id, subnet_id};
use crate::chance::Chance;

mod places;

fn deployment() -> Deployment {
    Deployment {
        subscription: Some(SUBSCRIPTION.to_owned()),
        resource_group: None,
    }
}

fn terraform(text: &str) -> Import {
    import_terraform(&[("main.tf".to_owned(), text.to_owned())], &[], &deployment()).unwrap()
}

fn template(document: &Value) -> Import {
    let deployment = Deployment {
        resource_group: Some("rg".to_owned()),
        ..deployment()
    };
    import_template(&document.to_string(), &deployment).unwrap()
}

/// Returns the lines of the registries.
fn registries(import: &Import) -> &str {
    loaded(import);
    import.spec.split_once("registries:").unwrap().1
}

fn messages(import: &Import) -> Vec<&str> {
    let mut messages: Vec<&str> = import.notes.iter().map(|note| note.message.as_str()).collect();
    for registry in &import.registries {
        messages.extend(registry.notes.iter().map(|note| note.message.as_str()));
    }
    messages
}

const AZURERM: &str = r#"
locals {
  office = "203.0.113.0/24"
}
resource "azurerm_resource_group" "rg" {
  name     = "Registries"
  location = "westeurope"
}
resource "azurerm_container_registry" "acr" {
  name                          = "contoso"
  resource_group_name           = azurerm_resource_group.rg.name
  location                      = azurerm_resource_group.rg.location
  sku                           = "Premium"
  public_network_access_enabled = true
  network_rule_bypass_option    = "None"
  data_endpoint_enabled         = false
  network_rule_set {
    default_action = "Deny"
    ip_rule {
      action   = "Allow"
      ip_range = local.office
    }
    ip_rule {
      action   = "Allow"
      ip_range = "192.0.2.9/32"
    }
    virtual_network {
      action    = "Allow"
      subnet_id = "SUBNET"
    }
  }
}
"#;

#[test]
fn azurerm_blocks_of_version_3_become_a_registry() {
    let subnet = subnet_id("hub", "build").to_string();
    let import = terraform(&AZURERM.replace("SUBNET", &subnet));
    assert_eq!(messages(&import), [""; 0]);
    insta::assert_snapshot!(registries(&import), @r"

      - id: /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/Registries/providers/Microsoft.ContainerRegistry/registries/contoso
        publicNetworkAccess: Enabled
        defaultAction: Deny
        ipRules: [192.0.2.9, 203.0.113.0/24]
        subnets: [hub-build]
        trustedServices: false
        dataEndpoint: false
    ");
}

#[test]
fn azurerm_attributes_of_version_4_leave_subnets_unmanaged() {
    let import = terraform(
        r#"resource "azurerm_container_registry" "acr" {
  name                = "contoso"
  resource_group_name = "rg"
  sku                 = "Premium"
  network_rule_set    = [{
    default_action = "Deny"
    ip_rule        = [{ action = "Allow", ip_range = "192.0.2.0/24" }]
  }]
}"#,
    );
    let text = registries(&import);
    assert!(
        text.contains("ipRules: [192.0.2.0/24]") && !text.contains("subnets"),
        "{text}"
    );
}

#[test]
fn what_only_a_run_tells_is_named_with_its_place() {
    let import = terraform(
        r#"variable "ips" { default = ["8.8.8.8"] }
module "others" {
  source = "./others"
}
resource "azurerm_container_registry" "acr" {
  name                          = "contoso"
  resource_group_name           = "rg"
  public_network_access_enabled = var.public
  network_rule_set {
    default_action = "Deny"
    ip_rule = [for ip in var.ips : { action = "Allow", ip_range = ip }]
  }
}
resource "azurerm_container_registry" "many" {
  for_each            = toset(["a", "b"])
  name                = "fleet${each.key}"
  resource_group_name = "rg"
}
resource "azurerm_container_registry" "named" {
  name                = var.name
  resource_group_name = "rg"
}
"#,
    );
    let text = registries(&import);
    assert!(text.ends_with("contoso\n    defaultAction: Deny\n"), "{text}");
    let found = messages(&import);
    for (at, part) in [
        "main.tf:2 module `others` is not read",
        "`publicNetworkAccess` is left out: main.tf:8 has the expression `var.public`",
        "`ipRules` is left out: main.tf:11 has the expression `[for ip in var.ips",
    ]
    .iter()
    .enumerate()
    {
        assert!(found[at].contains(part), "{part}: {found:#?}");
    }
    let failures: Vec<&str> = import
        .failures
        .iter()
        .map(|failure| failure.id.as_str())
        .collect();
    assert_eq!(
        failures,
        [
            "main.tf:19 azurerm_container_registry.named",
            "main.tf:14 azurerm_container_registry.many"
        ]
    );
    assert!(!import.spec.contains("8.8.8.8"), "{}", import.spec);
}

/// The usual estate: IP rules by azurerm, subnets by azapi.
#[test]
fn resources_of_one_registry_are_joined() {
    let subnet = subnet_id("hub", "build").to_string();
    let import = terraform(&format!(
        r#"resource "azurerm_container_registry" "acr" {{
  name                = "contoso"
  resource_group_name = "rg"
  network_rule_set {{
    default_action = "Deny"
    ip_rule {{ ip_range = "192.0.2.9" }}
  }}
}}
resource "azapi_update_resource" "subnets" {{
  type        = "Microsoft.ContainerRegistry/registries@2026-03-01-preview"
  resource_id = "/subscriptions/{SUBSCRIPTION}/resourceGroups/RG/providers/Microsoft.ContainerRegistry/registries/contoso"
  body = jsonencode({{
    properties = {{ networkRuleSet = {{
      defaultAction       = "Allow"
      virtualNetworkRules = [{{ action = "Allow", id = "{subnet}" }}]
    }} }}
  }})
}}
"#
    ));
    assert_eq!(codes(&import), [SeenCode::Unresolved]);
    let text = registries(&import);
    assert!(
        text.contains("ipRules: [192.0.2.9]") && text.contains("subnets: [hub-build]"),
        "{text}"
    );
    assert!(!text.contains("defaultAction"), "{text}");
}

#[test]
fn ids_follow_from_names_and_the_subscription() {
    let azapi = r#"
resource "azurerm_resource_group" "rg" { name = "rg" }
data "azurerm_subnet" "build" {
  name                 = "build"
  virtual_network_name = "hub"
  resource_group_name  = azurerm_resource_group.rg.name
}
resource "azurerm_subnet" "other" {
  provider             = azurerm.other
  name                 = "build"
  virtual_network_name = "hub"
  resource_group_name  = "rg"
}
resource "azapi_resource" "acr" {
  type      = "Microsoft.ContainerRegistry/registries@2026-03-01-preview"
  parent_id = azurerm_resource_group.rg.id
  name      = "contoso"
  body = { properties = { networkRuleSet = {
    virtualNetworkRules = [{ virtualNetworkSubnetResourceId = SUBNET.id }]
  } } }
}
"#;
    let import = terraform(&azapi.replace("SUBNET", "data.azurerm_subnet.build"));
    assert_eq!(import.registries[0].id.as_str(), registry_id("contoso"));
    assert_eq!(import.subnets[0].id, subnet_id("hub", "build"));
    // Another provider may be one of another subscription.
    let import = terraform(&azapi.replace("SUBNET", "azurerm_subnet.other"));
    assert_eq!(
        (import.subnets.len(), codes(&import)),
        (0, vec![SeenCode::Unresolved])
    );
}

#[test]
fn plan_has_the_values_of_modules_and_loops() {
    let registry = |address: &str, name: &str, ip: &str| {
        json!({"address": address, "mode": "managed", "type": "azurerm_container_registry", "name": "acr",
            "values": {"name": name, "resource_group_name": "rg", "sku": "Premium", "public_network_access_enabled": false,
                "network_rule_set": [{"default_action": "Deny", "ip_rule": [{"action": "Allow", "ip_range": ip}]}]}})
    };
    let document = json!({"format_version": "1.2",
        "planned_values": {"root_module": {
            "resources": [registry("azurerm_container_registry.acr[\"a\"]", "registrya", "192.0.2.1")],
            "child_modules": [{"address": "module.m", "resources": [
                registry("module.m.azurerm_container_registry.acr", "registryb", "192.0.2.2")]}]}},
        "resource_changes": [{"address": "module.m.azurerm_container_registry.acr", "change": {"actions": ["create"],
            "after_unknown": {"id": true, "network_rule_set": [{"ip_rule": [{"ip_range": true}]}]}}}]});
    let import = terraform(&document.to_string());
    let text = registries(&import);
    assert!(text.contains("registrya\n    ipRules: [192.0.2.1]\n"), "{text}");
    assert!(text.ends_with("registryb\n"), "{text}");
    assert_eq!(
        messages(&import),
        [
            "`ipRules` is left out: module.m.azurerm_container_registry.acr.network_rule_set[0].ip_rule[0].ip_range has the \
          expression `known after apply`"
        ]
    );
    // A state has the same shape elsewhere.
    let state = json!({"values": {"root_module": {"resources": [
        registry("azurerm_container_registry.acr", "registrya", "192.0.2.1")]}}});
    assert_eq!(terraform(&state.to_string()).registries.len(), 1);
}

#[test]
fn template_and_its_modules_become_registries() {
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
    let registry = |name: Value, ip: Value| {
        json!({"type": "Microsoft.ContainerRegistry/registries", "apiVersion": "2025-11-01", "name": name,
            "sku": {"name": "Premium"}, "properties": {"publicNetworkAccess": "Enabled",
                "networkRuleSet": {"defaultAction": "Deny", "ipRules": [{"action": "Allow", "value": ip}]}}})
    };
    let module = json!({"$schema": schema, "parameters": {"name": {"type": "string"}},
        "resources": [registry(json!("[parameters('name')]"), json!("192.0.2.7"))]});
    let import = template(&json!({"$schema": schema,
    "parameters": {"ip": {"type": "string", "defaultValue": "8.8.8.8"}},
    "variables": {"office": "203.0.113.0/24"},
    "resources": [
        registry(json!("contoso"), json!("[variables('office')]")),
        registry(json!("fabrikam"), json!("[parameters('ip')]")),
        registry(json!("[format('{0}acr', parameters('ip'))]"), json!("192.0.2.7")),
        {"type": "Microsoft.Resources/deployments", "name": "m", "resourceGroup": "other", "properties": {
            "expressionEvaluationOptions": {"scope": "inner"},
            "parameters": {"name": {"value": "tailspin"}}, "template": module}},
        {"type": "Microsoft.ContainerRegistry/registries", "name": "looped", "copy": {"name": "c", "count": 2}},
    ]}));
    let text = registries(&import);
    assert!(
        text.contains("/resourceGroups/other/providers/Microsoft.ContainerRegistry/registries/tailspin"),
        "{text}"
    );
    assert!(
        text.contains("contoso\n    ipRules: [203.0.113.0/24]\n"),
        "{text}"
    );
    assert!(!import.spec.contains("8.8.8.8"), "{}", import.spec);
    assert_eq!(
        messages(&import),
        [
            "`ipRules` is left out: resources[1].properties.networkRuleSet.ipRules[0].value has the expression \
          `[parameters('ip')]`"
        ]
    );
    let failures: Vec<&str> = import
        .failures
        .iter()
        .map(|failure| failure.id.as_str())
        .collect();
    assert_eq!(failures, ["resources[2]", "resources[4]"]);
}

/// Mistyped and damaged files are read or refused, and end.
#[test]
fn damaged_files_never_panic() {
    let mut chance = Chance::new(5);
    let plan = json!({"values": {"root_module": {"resources": [{"address": "a", "mode": "managed",
        "type": "azurerm_container_registry", "values": {"name": "contoso", "network_rule_set": [{"ip_rule": []}]}}]}}});
    let arm = json!({"$schema": "deploymentTemplate.json", "variables": {"v": ["[variables('w')]"], "w": 1},
        "resources": {"a": {"type": "Microsoft.ContainerRegistry/registries", "name": "[variables('v')]",
            "properties": {"networkRuleSet": {"ipRules": "[variables('v')]"}}}}});
    for sound in [AZURERM.to_owned(), plan.to_string(), arm.to_string()] {
        for _ in 0..500 {
            let mut bytes = sound.clone().into_bytes();
            for _ in 0..=chance.below(3) {
                let at = chance.below(bytes.len());
                match chance.below(3) {
                    0 => bytes[at] = *chance.pick(b"{}[]()\"$%=,.\n\\#:'<>x0"),
                    1 => bytes.truncate(at.max(1)),
                    _ => bytes
                        .splice(at..at, sound.bytes().take(chance.below(40)))
                        .for_each(drop),
                }
            }
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let _ = import_template(&text, &deployment());
            let _ = import_terraform(&[("main.tf".to_owned(), text)], &[], &deployment());
        }
    }
}

#[test]
fn other_documents_and_broken_files_are_refused() {
    let read =
        |text: &str| import_terraform(&[("main.tf".to_owned(), text.to_owned())], &[], &deployment());
    assert!(read("resource \"a\" {").unwrap_err().starts_with("main.tf:1:"));
    assert!(
        read("{\"resource\": {}}")
            .unwrap_err()
            .contains("neither a plan nor a state")
    );
    let stored = r#"{"version": 4, "terraform_version": "1.11.4", "resources": []}"#;
    let told = read(stored).unwrap_err();
    assert!(
        told.contains("`terraform show -json` prints the one to give"),
        "{told}"
    );
    assert!(read("{").is_err());
    assert!(read(&"[".repeat(100_000)).is_err());
    assert!(read(&format!("a = {}", "[".repeat(100_000))).is_err());
    assert!(
        import_template("{}", &deployment())
            .unwrap_err()
            .contains("not a template")
    );
    // References in a circle end.
    let circle = "locals {\n a = local.b\n b = local.a\n}\nresource \"azurerm_container_registry\" \"acr\" {\n name = local.a\n}";
    let import = read(circle).unwrap();
    assert_eq!(import.failures.len(), 1);
    // References that multiply what they lead to end as well.
    let mut many = "resource \"azurerm_container_registry\" \"acr\" {\n name = \"contoso\"\n resource_group_name = \"rg\"\n \
                    network_rule_set = local.v0\n}\nlocals {\n v15 = \"x\"\n"
        .to_owned();
    let mut variables = json!({"circle": ["[variables('circle')]"], "v15": "x"});
    for number in 0..15 {
        let next = number + 1;
        many += &format!(
            " v{number} = [{}]\n",
            vec![format!("local.v{next}"); 20].join(", ")
        );
        variables[format!("v{number}")] = json!(vec![format!("[variables('v{next}')]"); 20]);
    }
    assert_eq!(codes(&read(&(many + "}\n")).unwrap()), [SeenCode::Unresolved; 3]);
    for name in ["v0", "circle"] {
        let import = template(
            &json!({"$schema": "deploymentTemplate.json", "variables": variables, "resources": [{
            "type": "Microsoft.ContainerRegistry/registries", "name": "contoso",
            "properties": {"networkRuleSet": {"ipRules": format!("[variables('{name}')]")}}}]}),
        );
        assert_eq!(codes(&import), [SeenCode::Unresolved]);
    }
    // Without its group or subscription a registry has no id.
    let bare = import_terraform(
        &[("main.tf".to_owned(), "resource \"azurerm_container_registry\" \"acr\" {\n name = \"contoso\"\n resource_group_name = \"rg\"\n}".to_owned())],
        &[],
        &Deployment::default(),
    )
    .unwrap();
    assert_eq!(
        bare.failures[0].error.help.as_deref(),
        Some("add --subscription ID")
    );
}
