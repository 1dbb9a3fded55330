//! Virtual networks.

use reqwest::Method;
use ringfence::sandbox::{BusyNetwork, Options, State};
use serde_json::{Value, json};

use crate::arm_requests::{NETWORK, SUB, subnet};
use crate::sandbox_client::{Arm, Reply};

fn network() -> String {
    subnet("x").as_str().trim_end_matches("/subnets/x").to_owned()
}

async fn arm() -> Arm {
    let seed = State::empty()
        .with_subnet(&subnet("build"))
        .with_subnet(&subnet("test"));
    Arm::start(Options {
        seed,
        ..Options::default()
    })
    .await
}

async fn end(arm: &Arm, reply: &Reply) {
    let url = reply.header("azure-asyncoperation").unwrap();
    assert_eq!(
        arm.send(Method::GET, url, None, &[]).await.body,
        json!({"status": "Succeeded"})
    );
}

fn body(subnets: Option<Value>) -> Value {
    let mut body = json!({"location": "East US", "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/8"]}}});
    if let Some(subnets) = subnets {
        body["properties"]["subnets"] = subnets;
    }
    body
}

/// Recorded: azure-cli test_network_vnet, 2021-05; azure-powershell TestCreateWithNetworkRuleSet, 2020-10.
#[tokio::test]
async fn network_is_created_with_its_subnets() {
    let arm = arm().await;
    let path = network().replace("/vnet", "/new");
    let mut wanted = body(Some(json!([{"name": "a", "properties": {
        "addressPrefix": "10.0.1.0/24", "addressPrefixes": [], "serviceEndpointPolicies": [],
        "serviceEndpoints": [{"service": "Microsoft.ContainerRegistry", "locations": []}],
    }}])));
    wanted["properties"]["dhcpOptions"] = json!({});
    wanted["properties"]["ipAllocations"] = json!([]);
    let made = arm.put(&path, "2021-02-01", &wanted).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let properties = &made.body["properties"];
    assert_eq!(properties["dhcpOptions"], json!({"dnsServers": []}));
    assert_eq!(
        (properties.get("ipAllocations"), made.body.get("tags")),
        (None, None)
    );
    assert_eq!(
        properties["subnets"][0]["properties"],
        json!({
            "provisioningState": "Updating", "addressPrefix": "10.0.1.0/24",
            "serviceEndpoints": [{"provisioningState": "Updating", "service": "Microsoft.ContainerRegistry", "locations": ["*"]}],
            "delegations": [], "privateEndpointNetworkPolicies": "Enabled", "privateLinkServiceNetworkPolicies": "Enabled",
        })
    );
    end(&arm, &made).await;
    let read = arm.get(&path, "2021-02-01").await;
    assert_eq!(
        read.body["properties"]["subnets"][0]["properties"]["provisioningState"],
        "Succeeded"
    );
    assert_eq!(
        read.body["properties"].get("enableVmProtection"),
        None,
        "recorded: not at 2021-02-01"
    );
    assert_eq!(
        arm.get(&path, "2020-06-01").await.body["properties"]["enableVmProtection"],
        false
    );
}

/// Release notes of Microsoft.Network for 2023-09-01; before, azure-libraries-for-net recorded a list that replaces.
#[tokio::test]
async fn omitted_subnets_stay_or_go_by_api_version() {
    let one = json!([{"name": "build", "properties": {"addressPrefix": "10.0.0.0/24"}}]);
    let rows = [
        ("2023-09-01", None, vec!["build", "test"]),
        ("2023-06-01", None, vec![]),
        ("2023-09-01", Some(json!([])), vec![]),
        ("2024-07-01", Some(one.clone()), vec!["build"]),
        ("2021-02-01", Some(one), vec!["build"]),
    ];
    for (version, subnets, left) in rows {
        let arm = arm().await;
        let put = arm.put(&network(), version, &body(subnets)).await;
        assert_eq!(put.status, 200, "{}", put.body);
        let names: Vec<&str> = put.body["properties"]["subnets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|subnet| subnet["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, left, "{version}");
    }
}

/// Recorded: azure-libraries-for-net CreateUpdateSubnetServiceAccess, 2019-12.
#[tokio::test]
async fn storage_endpoint_names_the_region_and_its_pair() {
    let arm = arm().await;
    let path = network().replace("/vnet", "/pair");
    let mut wanted = body(Some(
        json!([{"name": "a", "properties": {"addressPrefix": "10.0.1.0/24", "serviceEndpoints": [{"service": "Microsoft.Storage"}]}}]),
    ));
    wanted["location"] = "westus".into();
    let made = arm.put(&path, NETWORK, &wanted).await;
    let endpoint = &made.body["properties"]["subnets"][0]["properties"]["serviceEndpoints"][0];
    assert_eq!(endpoint["locations"], json!(["westus", "eastus"]));
}

/// Recorded: azure-cli test_network_vnet, 2021-05; azure-powershell TestCreateWithNetworkRuleSet, 2020-10 (204).
#[tokio::test]
async fn network_deletions_are_operations_with_two_urls() {
    let arm = arm().await;
    for path in [subnet("build").as_str().to_owned(), network()] {
        let url = format!("{path}?api-version={NETWORK}");
        let going = arm.send(Method::DELETE, &url, None, &[]).await;
        assert_eq!((going.status.as_u16(), &going.body), (202, &Value::Null));
        end(&arm, &going).await;
        let result = arm
            .send(Method::GET, going.header("location").unwrap(), None, &[])
            .await;
        assert_eq!(result.status, 204);
        assert_eq!(arm.get(&path, NETWORK).await.status, 404);
    }
}

/// Recorded: azure-cli test_delete_dependent_resources, 2021-04.
#[tokio::test]
async fn subnet_in_use_cannot_be_deleted() {
    let arm = arm().await;
    let nic = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/networkInterfaces/n/ipConfigurations/i";
    let used = format!("{}/subnets/used", network());
    arm.sandbox.put(json!({"id": used, "name": "used", "properties": {"addressPrefix": "10.9.0.0/24", "ipConfigurations": [{"id": nic}]}})).unwrap();
    let text = format!(
        "Subnet used is in use by {nic} and cannot be deleted. In order to delete the subnet, delete all the resources within the subnet. See aka.ms/deletesubnet."
    );
    for path in [used, network()] {
        let refused = arm
            .send(
                Method::DELETE,
                &format!("{path}?api-version={NETWORK}"),
                None,
                &[],
            )
            .await;
        assert_eq!(
            (refused.status.as_u16(), refused.code(), refused.message()),
            (400, "InUseSubnetCannotBeDeleted", text.as_str())
        );
    }
    let replaced = arm.put(&network(), NETWORK, &body(Some(json!([])))).await;
    assert_eq!(replaced.code(), "InUseSubnetCannotBeDeleted", "nor left out");
}

/// Azure/bicep#5132 and the recorded `RetryableError`.
#[tokio::test]
async fn network_being_written_refuses_in_two_ways() {
    let rows = [
        (BusyNetwork::Conflict, 409, "AnotherOperationInProgress"),
        (BusyNetwork::Retryable, 429, "RetryableError"),
    ];
    for (busy_network, status, code) in rows {
        let arm = arm().await;
        arm.sandbox
            .change(|options| options.conditions.busy_network = busy_network);
        arm.put(&network(), NETWORK, &body(None)).await;
        let path = format!("{}/subnets/build", network());
        for method in [Method::DELETE, Method::PUT] {
            let sent = json!({"properties": {"addressPrefix": "10.0.0.0/24"}});
            let refused = arm
                .send(method, &format!("{path}?api-version={NETWORK}"), Some(&sent), &[])
                .await;
            assert_eq!((refused.status.as_u16(), refused.code()), (status, code));
            assert!(refused.headers.contains_key("retry-after"));
        }
    }
}

/// Specification: Update Tags.
#[tokio::test]
async fn network_patch_changes_tags_only() {
    let arm = arm().await;
    let patched = arm.patch(&network(), NETWORK, &json!({"tags": {"a": "b"}})).await;
    assert_eq!(
        (patched.status.as_u16(), &patched.body["tags"]),
        (200, &json!({"a": "b"}))
    );
    let other = arm.patch(&network(), NETWORK, &json!({"properties": {}})).await;
    assert_eq!(other.code(), "NotEstablished");
}

/// Recorded: azure-cli test_network_vnet, 2021-05; the names of the services are documented.
#[tokio::test]
async fn subscription_lists_networks_addresses_and_services() {
    let arm = arm().await;
    let provider = format!("/subscriptions/{SUB}/providers/Microsoft.Network");
    let listed = arm.get(&format!("{provider}/virtualNetworks"), NETWORK).await;
    assert_eq!(listed.body["value"][0]["name"], "vnet");
    assert!(listed.headers.contains_key("x-ms-original-request-ids"));
    let services = arm
        .get(
            &format!("{provider}/locations/eastus/virtualNetworkAvailableEndpointServices"),
            NETWORK,
        )
        .await;
    assert!(
        services.body["value"]
            .as_array()
            .unwrap()
            .iter()
            .any(|known| known["name"] == "Microsoft.ContainerRegistry")
    );
    let rows = [
        (
            "10.0.0.50",
            json!({"available": true, "isPlatformReserved": false}),
        ),
        (
            "10.0.0.0",
            json!({"available": false, "availableIPAddresses": ["10.0.0.4", "10.0.0.5", "10.0.0.6", "10.0.0.7", "10.0.0.8"], "isPlatformReserved": true}),
        ),
    ];
    for (address, answer) in rows {
        let url = format!(
            "{}/CheckIPAddressAvailability?ipAddress={address}&api-version={NETWORK}",
            network()
        );
        assert_eq!(arm.send(Method::GET, &url, None, &[]).await.body, answer);
    }
}

/// sdk: these properties are read-only, so that no body can remove them.
#[tokio::test]
async fn put_keeps_the_users_of_a_subnet() {
    let id = subnet("build");
    let network = id.as_str().trim_end_matches("/subnets/build").to_owned();
    let users = json!([{"id": format!("{network}/nic/ipConfigurations/one")}]);
    let mut seed = State::empty().with_subnet(&id);
    seed.resources[0]["properties"]["subnets"][0]["properties"]["ipConfigurations"] = users.clone();
    let arm = Arm::with(seed).await;
    let mut subnet = arm.get(id.as_str(), NETWORK).await.body;
    assert_eq!(subnet["properties"]["ipConfigurations"], users);
    let properties = subnet["properties"].as_object_mut().unwrap();
    properties.remove("ipConfigurations");
    properties.insert(
        "serviceEndpoints".to_owned(),
        json!([{"service": "Microsoft.Sql"}]),
    );
    let put = arm.put(id.as_str(), NETWORK, &subnet).await;
    assert_eq!(put.body["properties"]["ipConfigurations"], users, "{}", put.body);
    arm.send(
        Method::GET,
        put.header("azure-asyncoperation").unwrap(),
        None,
        &[],
    )
    .await;
    let mut whole = arm.get(&network, NETWORK).await.body;
    whole["properties"]["subnets"] = json!([subnet]);
    let put = arm.put(&network, NETWORK, &whole).await;
    let kept = &put.body["properties"]["subnets"][0]["properties"];
    assert_eq!(kept["ipConfigurations"], users, "{}", put.body);
    arm.send(
        Method::GET,
        put.header("azure-asyncoperation").unwrap(),
        None,
        &[],
    )
    .await;
    let path = format!("{id}?api-version={NETWORK}");
    let refused = arm.send(Method::DELETE, &path, None, &[]).await;
    assert_eq!(refused.code(), "InUseSubnetCannotBeDeleted");
}

/// docs: manage-subnet-delegation. `actions` are read only, so those of a body are ignored.
#[tokio::test]
async fn delegation_has_what_azure_adds() {
    let arm = Arm::with(State::empty().with_subnet(&subnet("build"))).await;
    let service = json!({"serviceName": "Microsoft.Web/serverFarms", "actions": ["x"]});
    let body = json!({"properties": {
        "addressPrefix": "10.0.0.0/24", "delegations": [{"name": "0", "properties": service}]
    }});
    let put = arm.put(subnet("build").as_str(), NETWORK, &body).await;
    assert_eq!(put.status, 200, "{}", put.body);
    assert_eq!(
        put.body["properties"]["delegations"],
        json!([{
            "name": "0",
            "properties": {"serviceName": "Microsoft.Web/serverFarms", "provisioningState": "Succeeded"},
            "id": format!("{}/delegations/0", subnet("build")),
            "type": "Microsoft.Network/virtualNetworks/subnets/delegations",
            "etag": put.body["etag"],
        }])
    );
    arm.send(
        Method::GET,
        put.header("azure-asyncoperation").unwrap(),
        None,
        &[],
    )
    .await;
    let shown = arm.get(subnet("build").as_str(), NETWORK).await.body;
    assert_eq!(shown["properties"]["delegations"][0]["etag"], shown["etag"]);
    let again = arm.put(subnet("build").as_str(), NETWORK, &shown).await;
    assert_eq!(
        again.status, 200,
        "what GET shows can be written back: {}",
        again.body
    );
}
