//! Short files and pasted output: they answer like what Azure made.

use ringfence::sandbox::State;
use serde_json::{Value, json};

use super::{at, contoso, load, network, replication};
use crate::arm_requests::{NETWORK, NEWEST, SUB, registry};
use crate::sandbox_client::Arm;

fn taken(resources: Value) -> State {
    load(&json!({"resources": resources})).unwrap()
}

#[tokio::test]
async fn short_replication_is_complete_and_has_a_home() {
    let state = taken(json!([replication("westus", "West US"), contoso()]));
    let arm = Arm::with(state).await;
    let path = format!("{}/replications", registry("contoso"));
    let list = arm.get(&path, NEWEST).await.body;
    let names: Vec<&Value> = list["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(names, ["eastus", "westus"]);
    let shown = &list["value"][1];
    assert_eq!(
        shown["type"],
        "Microsoft.ContainerRegistry/registries/replications"
    );
    assert_eq!(shown["location"], "westus");
    assert_eq!(shown["properties"]["provisioningState"], "Succeeded");
    assert_eq!(shown["properties"]["status"]["displayStatus"], "Ready");
    assert_eq!(shown["properties"]["regionEndpointEnabled"], true);
}

#[tokio::test]
async fn short_network_group_and_lock_are_complete() {
    let group = format!("/subscriptions/{SUB}/resourceGroups/rg");
    let lock = format!("{group}/providers/Microsoft.Authorization/locks/not now");
    let vnet = at("Microsoft.Network/virtualNetworks/bare");
    let state = taken(json!([
        {"id": vnet}, network(), {"id": group}, {"id": lock, "properties": {"level": "CanNotDelete"}}
    ]));
    let arm = Arm::with(state).await;
    let bare = arm.get(&vnet, NETWORK).await.body;
    assert_eq!(bare["location"], "eastus");
    assert_eq!(bare["properties"]["subnets"], json!([]));
    assert_eq!(
        bare["properties"]["addressSpace"]["addressPrefixes"],
        json!(["10.0.0.0/8"])
    );
    let subnet = at("Microsoft.Network/virtualNetworks/net/subnets/a");
    let subnet = arm.get(&subnet, NETWORK).await.body;
    assert_eq!(subnet["type"], "Microsoft.Network/virtualNetworks/subnets");
    assert_eq!(subnet["properties"]["delegations"], json!([]));
    let shown = arm.get(&group, "2024-11-01").await.body;
    assert_eq!(
        shown,
        json!({"id": group, "name": "rg", "type": "Microsoft.Resources/resourceGroups", "location": "eastus",
               "properties": {"provisioningState": "Succeeded"}})
    );
    let path = format!("{group}/providers/Microsoft.Authorization/locks/not%20now");
    let shown = arm.get(&path, "2020-05-01").await.body;
    assert_eq!(
        (&shown["name"], &shown["type"]),
        (&json!("not now"), &json!("Microsoft.Authorization/locks"))
    );
}

/// The space of a network that the file does not have holds the subnets that it has.
#[test]
fn pasted_subnet_lies_in_its_network() {
    let subnet = |name: &str| at(&format!("Microsoft.Network/virtualNetworks/net/subnets/{name}"));
    let state = taken(json!([
        {"id": subnet("a"), "addressPrefix": "172.16.1.0/24", "resourceGroup": "rg",
         "natGateway": {"id": at("Microsoft.Network/natGateways/n"), "resourceGroup": "rg"},
         "delegations": [{"name": "d", "serviceName": "Microsoft.Web/serverFarms", "resourceGroup": "rg"}]},
        {"id": subnet("b")},
    ]));
    let properties = &state.resources[0]["properties"];
    assert_eq!(
        properties["addressSpace"]["addressPrefixes"],
        json!(["10.0.0.0/8", "172.16.1.0/24"])
    );
    let (first, second) = (
        &properties["subnets"][0]["properties"],
        &properties["subnets"][1]["properties"],
    );
    assert_eq!(
        first["natGateway"],
        json!({"id": at("Microsoft.Network/natGateways/n")})
    );
    assert_eq!(
        first["delegations"][0]["properties"]["serviceName"],
        "Microsoft.Web/serverFarms"
    );
    assert_eq!(second["addressPrefix"], "10.0.1.0/24");
}

#[test]
fn names_of_azure_cli_become_those_of_arm() {
    let mut pasted = contoso();
    pasted["policies"] = json!({"azureAdAuthenticationAsArmPolicy": {"status": "disabled"}});
    pasted["privateEndpointConnections"] = json!([{
        "id": format!("{}/privateEndpointConnections/one", registry("contoso")), "resourceGroup": "rg",
        "privateLinkServiceConnectionState": {"status": "Approved"}, "provisioningState": "Succeeded",
    }]);
    let state = taken(json!([pasted]));
    let properties = &state.resources[0]["properties"];
    let policies = &properties["policies"];
    assert_eq!(policies["azureADAuthenticationAsArmPolicy"]["status"], "disabled");
    assert!(policies.get("azureAdAuthenticationAsArmPolicy").is_none());
    let connection = &properties["privateEndpointConnections"][0];
    assert_eq!(connection["name"], "one");
    assert_eq!(
        connection["properties"]["privateLinkServiceConnectionState"]["status"],
        "Approved"
    );
}
