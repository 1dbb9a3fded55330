//! Requests that other clients make: SDKs, Ansible, Cloud Custodian, Prowler.

use reqwest::Method;
use ringfence::sandbox::State;
use serde_json::{Value, json};

use crate::arm_requests::{NETWORK, NEWEST, SUB, registry, subnet};
use crate::sandbox_client::Arm;

async fn arm() -> Arm {
    let seed = State::empty()
        .with_registry(&registry("contoso"))
        .with_subnet(&subnet("build"));
    Arm::with(seed).await
}

fn network() -> String {
    subnet("x").as_str().trim_end_matches("/subnets/x").to_owned()
}

/// Each type has api-versions of its own: agent pools at 2019-06-01-preview are recorded.
#[tokio::test]
async fn types_below_a_known_one_are_501_at_any_version() {
    let arm = arm().await;
    let (id, subnet, network) = (registry("contoso"), subnet("build"), network());
    let rows = [
        format!("{id}/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01"),
        format!(
            "{id}/providers/Microsoft.Insights/diagnosticSettings/one?api-version=2021-05-01-preview"
        ),
        format!("{id}/webhooks?api-version=2019-05-01"),
        format!("{id}/agentPools/one?api-version=2019-06-01-preview"),
        format!("{id}/agentPools?api-version=2019-04-01"),
        format!("{id}/tasks?api-version=2025-11-01"),
        format!("{id}/replications/a/other?api-version=2019-04-01"),
        format!("{network}/providers/Microsoft.Authorization/roleAssignments?api-version=2000-01-01"),
        format!("{subnet}/providers/Microsoft.Authorization/permissions?api-version=2000-01-01"),
    ];
    for path in rows {
        let reply = arm.send(Method::GET, &path, None, &[]).await;
        assert_eq!(
            (reply.status.as_u16(), reply.code()),
            (501, "NotServed"),
            "{path}"
        );
        assert!(reply.message().starts_with("ringfence sandbox: GET of "));
    }
}

#[tokio::test]
async fn refusal_outside_of_subscriptions_names_the_path() {
    let arm = arm().await;
    let path = "/providers/Microsoft.Resources/validateResources";
    let url = format!("{path}?api-version=2020-10-01");
    let reply = arm.send(Method::POST, &url, Some(&json!({})), &[]).await;
    assert_eq!(reply.status, 501);
    assert!(
        reply.message().contains(&format!("POST of `{path}`")),
        "{}",
        reply.message()
    );
}

/// Specification: Subscriptions - List Locations. Prowler 5.46 asks for it first.
#[tokio::test]
async fn subscription_lists_its_regions() {
    let arm = arm().await;
    let reply = arm
        .get(&format!("/subscriptions/{SUB}/locations"), "2016-06-01")
        .await;
    let first = json!({"id": format!("/subscriptions/{SUB}/locations/eastus"), "name": "eastus", "displayName": "East US"});
    assert_eq!(reply.body["value"][0], first, "{}", reply.body);
}

/// Recorded: azure-powershell New-AzContainerRegistryReplication, 2025-09.
#[tokio::test]
async fn replication_can_have_a_name_of_its_own() {
    let arm = arm().await;
    let id = format!("{}/replications/kyuhvq", registry("contoso"));
    let body = json!({"location": "westus2"});
    let made = arm.put(&id, "2025-09-01-preview", &body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let supported = made.header("api-supported-versions").unwrap();
    assert!(supported.starts_with("2020-11-01-preview, ") && supported.contains("2024-01-01-preview"));
    let poll = made.header("azure-asyncoperation").unwrap();
    let ended = arm.send(Method::GET, poll, None, &[]).await;
    assert_eq!(
        (ended.status.as_u16(), &ended.body["status"]),
        (200, &json!("Succeeded"))
    );
    let listed = arm
        .get(&format!("{}/replications", registry("contoso")), NEWEST)
        .await;
    let names: Vec<&Value> = listed.body["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["name"])
        .collect();
    assert_eq!(names, ["eastus", "kyuhvq"]);
    let again = format!("{}/replications/another", registry("contoso"));
    let refused = arm.put(&again, NEWEST, &body).await;
    assert!(
        refused.message().contains("a second replication in `westus2`"),
        "{}",
        refused.body
    );
    let unknown = arm.get(&id, "2020-01-01").await;
    assert!(unknown.message().contains("for type 'registries/replications'"));
}

/// Recorded for `Microsoft`: azure-sdk-for-net CheckNameAvailability, 2022-08; the words: docs,
/// error-reserved-resource-name.
#[tokio::test]
async fn reserved_names_are_not_available() {
    let arm = arm().await;
    let path = format!(
        "/subscriptions/{SUB}/providers/Microsoft.ContainerRegistry/checkNameAvailability?api-version=2021-09-01"
    );
    let invalid = json!({"nameAvailable": false, "reason": "Invalid", "message": "The specified resource name is disallowed."});
    for (name, reserved) in [
        ("Microsoft", true),
        ("azure", true),
        ("mywindowslab", true),
        ("loginlab", true),
        ("azurelab", false),
        ("mylogin", false),
    ] {
        let body = json!({"name": name, "type": "Microsoft.ContainerRegistry/registries"});
        let reply = arm.send(Method::POST, &path, Some(&body), &[]).await;
        let want = if reserved {
            invalid.clone()
        } else {
            json!({"nameAvailable": true})
        };
        assert_eq!((reply.status.as_u16(), &reply.body), (200, &want), "{name}");
        let body = json!({"location": "eastus", "sku": {"name": "Premium"}});
        let made = arm.put(registry(name).as_str(), NEWEST, &body).await;
        let want = if reserved {
            (400, "ReservedResourceName")
        } else {
            (200, "")
        };
        assert_eq!((made.status.as_u16(), made.code()), want, "{name}");
    }
}

/// azure-rest-api-specs has these versions. Dates that never were are refused in ARM's words.
#[tokio::test]
async fn old_network_versions_are_501() {
    let arm = arm().await;
    for (version, status, code) in [
        ("2017-11-01", 501, "NotEstablished"),
        ("2018-11-01", 501, "NotEstablished"),
        ("2019-04-01", 501, "NotEstablished"),
        ("2019-04-02", 400, "NoRegisteredProviderFound"),
    ] {
        let reply = arm.get(&network(), version).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (status, code), "{version}");
    }
}

/// Recorded: cloud-provider-azure subnetclient, 2023-09.
#[tokio::test]
async fn unchanged_subnet_put_is_done_at_once() {
    let arm = arm().await;
    arm.enable_endpoint(subnet("build").as_str()).await;
    let now = arm.get(subnet("build").as_str(), NETWORK).await.body;
    let put = arm.put(subnet("build").as_str(), "2023-04-01", &now).await;
    assert_eq!(put.status, 200, "{}", put.body);
    assert_eq!(put.body["properties"], now["properties"]);
    assert_eq!(put.header("azure-asyncnotification"), Some("Enabled"));
    assert!(put.header("azure-asyncoperation").is_some());
}

/// Recorded: azure-cli test_network_vnet_list_available_ips, 2025-06; azure-powershell TestCreateWithNetworkRuleSet,
/// 2020-10 (the header at creation and deletion).
#[tokio::test]
async fn networks_have_endpoint_policies_since_2024() {
    let arm = arm().await;
    for (version, policies, notified) in [
        ("2025-07-01", json!("Disabled"), true),
        ("2021-02-01", Value::Null, true),
        ("2019-09-01", Value::Null, false),
    ] {
        let path = network().replace("/vnet", &format!("/new{}", &version[..4]));
        let body = json!({"location": "eastus", "properties": {"addressSpace": {"addressPrefixes": ["10.8.0.0/16"]}}});
        let made = arm.put(&path, version, &body).await;
        assert_eq!(made.status, 201, "{}", made.body);
        assert_eq!(made.body["properties"]["privateEndpointVNetPolicies"], policies);
        assert_eq!(
            made.headers.contains_key("azure-asyncnotification"),
            notified,
            "{version}"
        );
    }
}

/// The Azure CLI 2.91 asks for public addresses, and moves addresses of networks, at these versions.
#[tokio::test]
async fn newest_network_versions_of_the_azure_cli_are_served() {
    let arm = arm().await;
    for version in ["2025-09-01", "2026-01-01"] {
        assert_eq!(arm.get(&network(), version).await.status, 200, "{version}");
    }
}

/// Cloud Custodian's lock client encodes the whole scope.
#[tokio::test]
async fn scope_can_be_percent_encoded() {
    let arm = arm().await;
    let scope = registry("contoso").as_str().replace('/', "%2F");
    let path = format!("/{scope}/providers/Microsoft.Authorization/locks");
    let reply = arm.get(&path, "2020-05-01").await;
    assert_eq!((reply.status.as_u16(), reply.body), (200, json!({"value": []})));
}
