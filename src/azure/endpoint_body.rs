//! The body that turns a service endpoint on: the subnet as it was read, with the endpoint added.

use serde_json::{Map, Value, json};

use super::error::body::get;

/// Name of the service endpoint of container registries, and of the provider that subscriptions register.
pub const CONTAINER_REGISTRY: &str = "Microsoft.ContainerRegistry";

/// Properties of a subnet that only Azure sets (api-version 2026-03-01 of Microsoft.Network).
const READ_ONLY: [&str; 7] = [
    "provisioningState",
    "privateEndpoints",
    "ipConfigurations",
    "ipConfigurationProfiles",
    "resourceNavigationLinks",
    "serviceAssociationLinks",
    "purpose",
];

/// Lists inside a subnet whose elements have read-only fields of their own.
const NESTED: [&str; 3] = [
    "serviceEndpoints",
    "delegations",
    "applicationGatewayIPConfigurations",
];

/// Makes the PUT body from `body`, which a GET returned: adds the endpoint unless it is there, removes what only Azure
/// sets, and keeps everything else as it came. A subnet has no PATCH, and a PUT clears what it leaves out.
pub fn subnet_with_endpoint(body: &Value) -> Value {
    let mut wanted = body.clone();
    let Some(subnet) = wanted.as_object_mut() else {
        return wanted;
    };
    // `If-Match` carries the etag.
    subnet.shift_remove("etag");
    let properties = subnet.entry("properties").or_insert_with(|| json!({}));
    if let Some(properties) = properties.as_object_mut() {
        strip(properties);
        add(properties);
    }
    wanted
}

/// Returns true if a subnet lists the endpoint of container registries.
pub fn lists_endpoint(body: &Value) -> bool {
    endpoint_state(body).is_some()
}

/// Returns the provisioning state of the endpoint of container registries, or the empty text if it has none. Returns
/// `None` if the subnet does not list the endpoint.
pub(crate) fn endpoint_state(body: &Value) -> Option<&str> {
    let mut endpoints = body["properties"]["serviceEndpoints"].as_array()?.iter();
    let endpoint = endpoints.find(|endpoint| is_ours(endpoint))?;
    Some(endpoint["provisioningState"].as_str().unwrap_or_default())
}

/// Returns true if an element of `serviceEndpoints` is the endpoint of container registries.
fn is_ours(endpoint: &Value) -> bool {
    let service = endpoint.as_object().and_then(|endpoint| get(endpoint, "service"));
    let service = service.and_then(Value::as_str);
    service.is_some_and(|service| service.eq_ignore_ascii_case(CONTAINER_REGISTRY))
}

fn strip(properties: &mut Map<String, Value>) {
    for key in READ_ONLY {
        properties.shift_remove(key);
    }
    for list in NESTED {
        let Some(elements) = properties.get_mut(list).and_then(Value::as_array_mut) else {
            continue;
        };
        // The rest of an element is the user's and stays.
        for element in elements.iter_mut().filter_map(Value::as_object_mut) {
            strip_element(element);
        }
    }
}

fn strip_element(element: &mut Map<String, Value>) {
    element.shift_remove("etag");
    element.shift_remove("provisioningState");
    if let Some(inner) = element.get_mut("properties").and_then(Value::as_object_mut) {
        inner.shift_remove("provisioningState");
    }
}

/// Adds the endpoint. A subnet without endpoints lacks the list, or has `null` in its place.
fn add(properties: &mut Map<String, Value>) {
    let list = properties.entry("serviceEndpoints").or_insert(Value::Null);
    if list.is_null() {
        *list = json!([]);
    }
    if let Some(endpoints) = list.as_array_mut()
        && !endpoints.iter().any(is_ours)
    {
        endpoints.push(json!({ "service": CONTAINER_REGISTRY }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes and returns text, because the order of keys counts.
    fn put(body: &str) -> String {
        subnet_with_endpoint(&serde_json::from_str(body).unwrap()).to_string()
    }

    #[test]
    fn put_body_adds_endpoint_and_keeps_order() {
        let cases = [
            // recorded: azure-cli test_acr_network_rule, 2023-12
            (
                r#"{"name":"s","id":"/x","etag":"W/\"1\"","properties":{"provisioningState":"Succeeded","addressPrefix":"10.0.0.0/24","delegations":[],"privateEndpointNetworkPolicies":"Disabled"},"type":"t"}"#,
                r#"{"name":"s","id":"/x","properties":{"addressPrefix":"10.0.0.0/24","delegations":[],"privateEndpointNetworkPolicies":"Disabled","serviceEndpoints":[{"service":"Microsoft.ContainerRegistry"}]},"type":"t"}"#,
            ),
            // other endpoints stay, with their locations
            (
                r#"{"properties":{"serviceEndpoints":[{"provisioningState":"Succeeded","service":"Microsoft.Storage","locations":["westus","eastus"]}],"zzz":{"etag":"kept"}}}"#,
                r#"{"properties":{"serviceEndpoints":[{"service":"Microsoft.Storage","locations":["westus","eastus"]},{"service":"Microsoft.ContainerRegistry"}],"zzz":{"etag":"kept"}}}"#,
            ),
            // already there, in another case
            (
                r#"{"properties":{"serviceEndpoints":[{"service":"microsoft.containerregistry"}]}}"#,
                r#"{"properties":{"serviceEndpoints":[{"service":"microsoft.containerregistry"}]}}"#,
            ),
            (
                r#"{"properties":{"serviceEndpoints":null,"newer":1.50}}"#,
                r#"{"properties":{"serviceEndpoints":[{"service":"Microsoft.ContainerRegistry"}],"newer":1.50}}"#,
            ),
            // read-only parts of delegations and of the subnet
            (
                r#"{"properties":{"delegations":[{"name":"d","etag":"e","properties":{"provisioningState":"Succeeded","serviceName":"Microsoft.Web/serverFarms"}}],"ipConfigurations":[{"id":"/i"}],"networkSecurityGroup":{"id":"/n"},"purpose":"PrivateEndpoints","serviceEndpoints":[]}}"#,
                r#"{"properties":{"delegations":[{"name":"d","properties":{"serviceName":"Microsoft.Web/serverFarms"}}],"networkSecurityGroup":{"id":"/n"},"serviceEndpoints":[{"service":"Microsoft.ContainerRegistry"}]}}"#,
            ),
        ];
        for (body, wanted) in cases {
            assert_eq!(put(body), wanted);
        }
    }

    #[test]
    fn adding_twice_is_the_same_as_once() {
        let once = subnet_with_endpoint(&json!({"properties": {"addressPrefixes": ["10.0.0.0/24"]}}));
        assert!(lists_endpoint(&once));
        assert_eq!(subnet_with_endpoint(&once), once);
    }

    #[test]
    fn bodies_of_other_shapes_do_not_panic() {
        for body in [
            json!(null),
            json!([]),
            json!({"properties": 1}),
            json!({"properties": {"serviceEndpoints": 1}}),
        ] {
            assert!(!lists_endpoint(&subnet_with_endpoint(&body)), "{body}");
        }
    }
}
