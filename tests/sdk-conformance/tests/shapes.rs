//! The sandbox's answers, read by the generated models, which refuse a missing key and another type.

use azure_mgmt_containerregistry::package_2023_11_preview::models as registries;
use azure_mgmt_network::package_2024_03::models as networks;
use sdk_conformance::lab::{Lab, SUBSCRIPTION, registry_id, subnet_id};
use sdk_conformance::{REGISTRIES, SUBNETS};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Reads an answer by a model.
type Reads = fn(Value) -> Result<(), String>;

fn reads<T: DeserializeOwned>(body: Value) -> Result<(), String> {
    match serde_json::from_value::<T>(body) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

#[tokio::test]
async fn answers_are_read_by_the_generated_models() {
    let lab = Lab::start().await;
    let admin = json!({"properties": {"adminUserEnabled": true}});
    lab.ours
        .patch_registry(&registry_id(), REGISTRIES, &admin)
        .await
        .unwrap();
    let registry = registry_id().as_str().to_owned();
    let (subnet, subscription) = (subnet_id(), format!("/subscriptions/{SUBSCRIPTION}"));
    let (network, _) = subnet.as_str().split_once("/subnets/").unwrap();
    let rows: [(&str, String, Reads); 13] = [
        ("GET", registry.clone(), reads::<registries::Registry>),
        (
            "GET",
            format!("{subscription}/providers/Microsoft.ContainerRegistry/registries"),
            reads::<registries::RegistryListResult>,
        ),
        (
            "GET",
            format!("{registry}/listUsages"),
            reads::<registries::RegistryUsageListResult>,
        ),
        (
            "POST",
            format!("{registry}/listCredentials"),
            reads::<registries::RegistryListCredentialsResult>,
        ),
        (
            "GET",
            format!("{registry}/replications"),
            reads::<registries::ReplicationListResult>,
        ),
        (
            "GET",
            format!("{registry}/privateEndpointConnections"),
            reads::<registries::PrivateEndpointConnectionListResult>,
        ),
        (
            "GET",
            format!("{registry}/privateLinkResources"),
            reads::<registries::PrivateLinkResourceListResult>,
        ),
        (
            "GET",
            format!("{registry}/privateLinkResources/registry"),
            reads::<registries::PrivateLinkResource>,
        ),
        ("GET", network.to_owned(), reads::<networks::VirtualNetwork>),
        (
            "GET",
            format!("{subscription}/providers/Microsoft.Network/virtualNetworks"),
            reads::<networks::VirtualNetworkListResult>,
        ),
        ("GET", subnet.as_str().to_owned(), reads::<networks::Subnet>),
        (
            "GET",
            format!("{network}/subnets"),
            reads::<networks::SubnetListResult>,
        ),
        (
            "GET",
            format!(
                "{subscription}/providers/Microsoft.Network/locations/eastus/virtualNetworkAvailableEndpointServices"
            ),
            reads::<networks::EndpointServicesListResult>,
        ),
    ];
    for (method, path, read) in rows {
        let version = if path.contains("/Microsoft.Network/") {
            SUBNETS
        } else {
            REGISTRIES
        };
        let body = lab.ask(method, &format!("{path}?api-version={version}")).await;
        assert_eq!(read(body.clone()), Ok(()), "{method} {path}: {body}");
    }
}

/// Proves that the test above can fail.
#[test]
fn generated_models_refuse_other_shapes() {
    assert!(reads::<registries::Registry>(json!({"location": "eastus"})).is_err());
    let word = json!({"properties": {"adminUserEnabled": "no"}, "location": "eastus", "sku": {"name": "Premium"}});
    assert!(reads::<registries::Registry>(word).is_err());
    assert!(reads::<networks::Subnet>(json!({"properties": {"serviceEndpoints": "all"}})).is_err());
}
