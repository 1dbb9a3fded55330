//! The tables of requests: one for each provider alone, and one for both on the same registry.

use serde_json::{Value, json};

use super::player::{Body, Step};
use crate::arm_requests::{ip, subnet, vnet_rule};

const REGISTRY: &str = "GET {registry}?api-version=2025-11-01";
const REPLICATIONS: &str = "GET {registry}/replications?api-version=2025-11-01";
const PATCH: &str = "PATCH {registry}?api-version=2025-11-01";
const WHOLE: &str = "GET {registry}?api-version=2026-03-01-preview";
const PUT: &str = "PUT {registry}?api-version=2026-03-01-preview";
const BUILD: &str = "GET {build}?api-version=2024-07-01";
const OPERATION: &str = "GET {operation}";

fn step(request: &'static str, body: Body, status: u16, shown: Value) -> Step {
    Step {
        request,
        body,
        status,
        shown,
    }
}

fn read(request: &'static str, shown: Value) -> Step {
    step(request, Body::None, 200, shown)
}

fn rules(set: Value) -> Value {
    json!({"properties": {"networkRuleSet": set}})
}

/// The rule set as azurerm writes and reads it.
fn addresses(addresses: &[&str]) -> Value {
    let rules: Vec<Value> = addresses.iter().map(|address| ip(address)).collect();
    rules_of(json!(rules), None)
}

/// The rule set as azapi writes and reads it.
fn both_lists(addresses: &[&str], subnets: &[&str]) -> Value {
    let addresses: Vec<Value> = addresses.iter().map(|address| ip(address)).collect();
    let key = "virtualNetworkSubnetResourceId";
    let subnets: Vec<Value> = subnets.iter().map(|name| vnet_rule(key, &subnet(name))).collect();
    rules_of(json!(addresses), Some(json!(subnets)))
}

fn rules_of(addresses: Value, subnets: Option<Value>) -> Value {
    let mut set = json!({"defaultAction": "Deny", "ipRules": addresses});
    if let Some(subnets) = subnets {
        set["virtualNetworkRules"] = subnets;
    }
    rules(set)
}

/// The read that ends each operation of azurerm and begins each plan.
fn azurerm_reads(shown: Value) -> [Step; 2] {
    [read(REGISTRY, shown), read(REPLICATIONS, json!({"value": []}))]
}

/// The body of a creation by azurerm: empty policies are empty objects, a tier is beside the name.
fn azurerm_body() -> Value {
    json!({
        "location": "westeurope", "sku": {"name": "Premium", "tier": "Premium"}, "tags": {},
        "properties": {
            "adminUserEnabled": true, "anonymousPullEnabled": false, "dataEndpointEnabled": false,
            "networkRuleBypassOptions": "AzureServices", "publicNetworkAccess": "Enabled", "zoneRedundancy": "Disabled",
            "networkRuleSet": {"defaultAction": "Deny", "ipRules": [ip("203.0.113.0/24"), ip("192.0.2.9/32")]},
            "policies": {
                "exportPolicy": {"status": "enabled"}, "quarantinePolicy": {"status": "disabled"},
                "retentionPolicy": {}, "trustPolicy": {},
            },
        },
    })
}

/// Create, read, update and destroy of `azurerm_container_registry` with `network_rule_set` and its admin user on.
pub(crate) fn azurerm() -> Vec<Step> {
    let name = json!({"name": "contoso", "type": "Microsoft.ContainerRegistry/registries"});
    let check = "POST {subscription}/providers/Microsoft.ContainerRegistry/checkNameAvailability?api-version=2025-11-01";
    let credentials = "POST {registry}/listCredentials?api-version=2025-11-01";
    let admin = json!({"username": "contoso"});
    let first = addresses(&["203.0.113.0/24", "192.0.2.9/32"]);
    let second = addresses(&["203.0.113.0/24"]);
    let create = "PUT {registry}?api-version=2025-11-01";
    let mut steps = vec![
        step(
            REGISTRY,
            Body::None,
            404,
            json!({"error": {"code": "ResourceNotFound"}}),
        ),
        step(check, Body::Sent(name), 200, json!({"nameAvailable": true})),
        step(
            create,
            Body::Sent(azurerm_body()),
            201,
            json!({"properties": {"provisioningState": "Creating"}}),
        ),
        read(OPERATION, json!({"status": "Creating"})),
        read(OPERATION, json!({"status": "Succeeded"})),
        read(REGISTRY, first.clone()),
        step(credentials, Body::None, 200, admin.clone()),
        read(REPLICATIONS, json!({"value": []})),
    ];
    // The next plan: a rule goes. The answer is done at once, and the provider reads the state all the same.
    steps.extend(azurerm_reads(first));
    steps.push(step(PATCH, Body::Sent(second.clone()), 200, second.clone()));
    steps.push(read(
        REGISTRY,
        json!({"properties": {"provisioningState": "Succeeded"}}),
    ));
    steps.extend(azurerm_reads(second));
    steps.push(step(credentials, Body::None, 200, admin));
    // `network_rule_set = []` and `admin_enabled = false`.
    let open = rules(json!({"defaultAction": "Allow", "ipRules": []}));
    steps.push(step(PATCH, Body::Sent(open.clone()), 200, open));
    let off = json!({"properties": {"adminUserEnabled": false}});
    steps.push(step(PATCH, Body::Sent(off.clone()), 200, off));
    steps.extend([
        step(
            "DELETE {registry}?api-version=2025-11-01",
            Body::None,
            202,
            Value::Null,
        ),
        step(OPERATION, Body::None, 202, Value::Null),
        read(OPERATION, Value::Null),
        step(
            REGISTRY,
            Body::None,
            404,
            json!({"error": {"code": "ResourceNotFound"}}),
        ),
    ]);
    steps
}

/// `azapi_resource` of a registry and `azapi_update_resource` of two subnets and of the registry's rules.
pub(crate) fn azapi() -> Vec<Step> {
    let provider = "GET {subscription}/providers/Microsoft.ContainerRegistry?api-version=2022-09-01";
    let register =
        "POST {subscription}/providers/Microsoft.ContainerRegistry/register?api-version=2022-09-01";
    let body = json!({"location": "westeurope", "sku": {"name": "Premium"}, "properties": {}});
    let missing = json!({"error": {"code": "MissingSubscriptionRegistration"}});
    let mut steps = vec![
        step(WHOLE, Body::None, 409, missing.clone()),
        step(PUT, Body::Sent(body.clone()), 409, missing),
        read(provider, json!({"registrationState": "NotRegistered"})),
        step(
            register,
            Body::None,
            200,
            json!({"registrationState": "Registering"}),
        ),
        read(provider, json!({"registrationState": "Registering"})),
        read(provider, json!({"registrationState": "Registered"})),
        step(
            PUT,
            Body::Sent(body),
            201,
            json!({"properties": {"provisioningState": "Creating"}}),
        ),
        read(OPERATION, json!({"status": "Creating"})),
        read(OPERATION, json!({"status": "Succeeded"})),
        read(WHOLE, json!({"properties": {"publicNetworkAccess": "Enabled"}})),
    ];
    steps.extend(endpoint(BUILD, "PUT {build}?api-version=2024-07-01"));
    steps.extend(endpoint(
        "GET {aks}?api-version=2024-07-01",
        "PUT {aks}?api-version=2024-07-01",
    ));
    // Rules made, drift repaired, one rule less, back to open: each a read and a PUT of the whole.
    let open = json!({"defaultAction": "Allow", "ipRules": [], "virtualNetworkRules": []});
    for wanted in [
        both_lists(&["203.0.113.0/24", "192.0.2.9"], &["build", "aks"]),
        both_lists(&["203.0.113.0/24"], &["build", "aks"]),
        both_lists(&["203.0.113.0/24"], &["aks"]),
        rules(open),
    ] {
        steps.extend(update(wanted));
    }
    steps.extend([
        step(
            "DELETE {registry}?api-version=2026-03-01-preview",
            Body::None,
            202,
            Value::Null,
        ),
        step(OPERATION, Body::None, 202, Value::Null),
        read(OPERATION, Value::Null),
        step(WHOLE, Body::None, 404, Value::Null),
    ]);
    steps
}

/// azapi's update of the registry: PUT answers as a creation does, with an operation or at once.
fn update(wanted: Value) -> Vec<Step> {
    vec![
        read(WHOLE, Value::Null),
        step(PUT, Body::AsRead(wanted.clone()), 201, wanted.clone()),
        read(OPERATION, json!({"status": "Updating"})),
        read(OPERATION, json!({"status": "Succeeded"})),
        read(WHOLE, wanted),
    ]
}

/// The endpoint of a subnet in a state.
fn endpoints(state: &str) -> Value {
    let on = json!({"service": "Microsoft.ContainerRegistry", "locations": ["*"], "provisioningState": state});
    json!({"properties": {"serviceEndpoints": [on], "provisioningState": state}})
}

/// azapi's update of a subnet: the registry's endpoint is turned on.
fn endpoint(get: &'static str, put: &'static str) -> Vec<Step> {
    let sent = json!({"properties": {"serviceEndpoints": [{"service": "Microsoft.ContainerRegistry"}]}});
    vec![
        read(get, Value::Null),
        step(put, Body::AsRead(sent), 200, endpoints("Updating")),
        read(OPERATION, json!({"status": "InProgress"})),
        read(OPERATION, json!({"status": "Succeeded"})),
        read(get, endpoints("Succeeded")),
    ]
}

/// The usual estate: azurerm for the registry and its IP rules, azapi for the subnets.
pub(crate) fn both() -> Vec<Step> {
    let create = "PUT {registry}?api-version=2025-11-01";
    let address = &["203.0.113.0/24", "192.0.2.9/32"];
    let mut steps = vec![
        step(create, Body::Sent(azurerm_body()), 201, Value::Null),
        read(OPERATION, json!({"status": "Creating"})),
        read(OPERATION, json!({"status": "Succeeded"})),
    ];
    // Between the two providers the subnets are out.
    steps.push(read(WHOLE, both_lists(address, &[])));
    steps.extend(endpoint(BUILD, "PUT {build}?api-version=2024-07-01"));
    steps.extend(update(both_lists(address, &["build"])));
    // azurerm sees no drift, and its next change of an IP rule keeps the rule that it cannot see (inferred).
    steps.extend(azurerm_reads(addresses(address)));
    let fewer = addresses(&["203.0.113.0/24"]);
    steps.push(step(PATCH, Body::Sent(fewer.clone()), 200, fewer));
    steps.push(read(WHOLE, both_lists(&["203.0.113.0/24"], &["build"])));
    steps
}
