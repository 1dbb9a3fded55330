//! Subnets.

use std::time::Duration;

use reqwest::Method;
use ringfence::sandbox::{Options, State};
use serde_json::{Value, json};

use crate::arm_requests::{NETWORK, NEWEST, SUB, registry, rule_set, subnet};
use crate::sandbox_client::Arm;

async fn with_subnets(options: Options) -> Arm {
    let seed = State::empty()
        .with_subnet(&subnet("build"))
        .with_subnet(&subnet("test"));
    Arm::start(Options { seed, ..options }).await
}

fn with_endpoint(subnet: &Value) -> Value {
    let mut body = subnet.clone();
    body["properties"]["serviceEndpoints"] = json!([{"service": "Microsoft.ContainerRegistry"}]);
    body
}

/// Recorded: azure-cli test_acr_network_rule, 2021-02 and 2023-12.
#[tokio::test]
async fn subnet_put_is_updating_until_its_operation_ends() {
    let arm = with_subnets(Options {
        polls: 2,
        retry_after: 3,
        ..Options::default()
    })
    .await;
    let id = subnet("build");
    let before = arm.get(id.as_str(), NETWORK).await;
    assert!(
        before.body["properties"].get("serviceEndpoints").is_none(),
        "absent, not []"
    );
    assert_eq!(before.header("etag"), before.body["etag"].as_str());

    let put = arm.put(id.as_str(), NETWORK, &with_endpoint(&before.body)).await;
    let endpoint = json!([{"provisioningState": "Updating", "service": "Microsoft.ContainerRegistry", "locations": ["*"]}]);
    assert_eq!(put.status, 200);
    assert_eq!(put.body["properties"]["provisioningState"], "Updating");
    assert_eq!(put.body["properties"]["serviceEndpoints"], endpoint);
    assert_ne!(put.body["etag"], before.body["etag"]);
    assert_eq!(
        (put.header("retry-after"), put.header("azure-asyncnotification")),
        (Some("3"), Some("Enabled"))
    );

    let operation = put.header("azure-asyncoperation").unwrap();
    let scope = format!(
        "{}/subscriptions/{SUB}/providers/Microsoft.Network/locations/eastus/operations/",
        arm.sandbox.ready().arm
    );
    assert!(
        operation.starts_with(&scope) && operation.ends_with("?api-version=2024-07-01"),
        "{operation}"
    );
    for status in ["InProgress", "InProgress", "Succeeded", "Succeeded"] {
        let poll = arm.send(Method::GET, operation, None, &[]).await;
        assert_eq!(
            (poll.status.as_u16(), poll.body),
            (200, json!({"status": status}))
        );
        assert_eq!(poll.headers.contains_key("retry-after"), status == "InProgress");
    }

    let after = arm.get(id.as_str(), NETWORK).await.body;
    assert_eq!(after["properties"]["provisioningState"], "Succeeded");
    assert_eq!(
        after["properties"]["serviceEndpoints"][0]["provisioningState"],
        "Succeeded"
    );
    assert_ne!(after["etag"], put.body["etag"], "the ETag moves again at the end");
    let sibling = arm.get(subnet("test").as_str(), NETWORK).await.body;
    assert_eq!(sibling["etag"], after["etag"], "subnets share the network's ETag");
}

/// A PUT replaces the whole subnet (recorded and documented): omitted properties go, unknown ones stay.
#[tokio::test]
async fn put_replaces_the_whole_subnet() {
    let arm = with_subnets(Options::default()).await;
    let id = subnet("build");
    arm.enable_endpoint(id.as_str()).await;
    let gateway = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/natGateways/n";
    let body = json!({"properties": {
        "addressPrefix": "10.9.0.0/24", "provisioningState": "Failed", "ipConfigurations": [{"id": "x"}],
        "fromTheFuture": {"kept": [1, 2]}, "natGateway": {"id": gateway},
        "serviceEndpoints": [{"service": "Microsoft.ContainerRegistry", "fromTheFuture": 1, "locations": ["*"]}],
    }});
    let put = arm.put(id.as_str(), NETWORK, &body).await;
    assert_eq!(put.status, 200, "{}", put.body);
    assert_eq!(
        put.body["properties"],
        json!({
            "provisioningState": "Updating", "addressPrefix": "10.9.0.0/24",
            "fromTheFuture": {"kept": [1, 2]}, "natGateway": {"id": gateway},
            "serviceEndpoints": [{"provisioningState": "Updating", "service": "Microsoft.ContainerRegistry", "locations": ["*"], "fromTheFuture": 1}],
            "delegations": [], "privateEndpointNetworkPolicies": "Disabled", "privateLinkServiceNetworkPolicies": "Enabled",
        })
    );
    let operation = put.header("azure-asyncoperation").unwrap();
    arm.send(Method::GET, operation, None, &[]).await;
    let slim = arm
        .put(
            id.as_str(),
            "2021-02-01",
            &json!({"properties": {"addressPrefix": "10.9.0.0/24"}}),
        )
        .await;
    assert!(slim.body["properties"].get("natGateway").is_none());
    assert_eq!(
        slim.body["properties"]["privateEndpointNetworkPolicies"], "Enabled",
        "recorded at 2021-08"
    );
    assert!(
        !slim.headers.contains_key("azure-asyncnotification"),
        "recorded: absent before 2023-09-01"
    );
}

#[tokio::test]
async fn new_subnet_is_created_and_listed() {
    let arm = with_subnets(Options::default()).await;
    let put = arm
        .put(
            subnet("new").as_str(),
            NETWORK,
            &json!({"properties": {"addressPrefix": "10.7.0.0/24"}}),
        )
        .await;
    assert_eq!(
        (put.status.as_u16(), put.body["name"].as_str()),
        (201, Some("new"))
    );
    let network = subnet("new").as_str().trim_end_matches("/subnets/new").to_owned();
    let listed = arm.get(&format!("{network}/subnets"), NETWORK).await.body;
    let embedded = arm.get(&network, NETWORK).await;
    assert_eq!(listed["value"], embedded.body["properties"]["subnets"]);
    assert_eq!(listed["value"].as_array().unwrap().len(), 3);
    assert_eq!(embedded.header("etag"), embedded.body["etag"].as_str());
    let networks = arm.get(network.trim_end_matches("/vnet"), NETWORK).await.body;
    assert_eq!(networks["value"], json!([embedded.body]));
}

/// The body's shape: kubernetes-sigs/cloud-provider-azure#9729.
#[tokio::test]
async fn stale_if_match_is_412_and_changes_nothing() {
    let arm = with_subnets(Options::default()).await;
    let id = subnet("build");
    let read = arm.get(id.as_str(), NETWORK).await.body;
    arm.enable_endpoint(subnet("test").as_str()).await;
    let path = format!("{id}?api-version={NETWORK}");
    let stale = read["etag"].as_str().unwrap();
    let refused = arm
        .send(
            Method::PUT,
            &path,
            Some(&with_endpoint(&read)),
            &[("if-match", stale)],
        )
        .await;
    assert_eq!(
        (refused.status.as_u16(), refused.code(), refused.message()),
        (412, "PreconditionFailed", "Precondition failed.")
    );
    assert_eq!(
        refused.body["error"]["details"][0]["code"],
        "PreconditionFailedEtagMismatch"
    );
    let fresh = arm.get(id.as_str(), NETWORK).await.body;
    assert!(fresh["properties"].get("serviceEndpoints").is_none());
    for etag in [fresh["etag"].as_str().unwrap(), "*"] {
        let taken = arm
            .send(
                Method::PUT,
                &path,
                Some(&with_endpoint(&fresh)),
                &[("if-match", etag)],
            )
            .await;
        assert_eq!(taken.status, 200, "{etag}");
        arm.send(
            Method::GET,
            taken.header("azure-asyncoperation").unwrap(),
            None,
            &[],
        )
        .await;
    }
}

#[tokio::test]
async fn if_match_on_a_missing_subnet_is_501() {
    let arm = with_subnets(Options::default()).await;
    let nowhere = subnet("nope");
    let network = nowhere.as_str().replace("/vnet/subnets/nope", "/nowhere");
    let in_nowhere = format!("{network}/subnets/nope");
    // A missing network is not a missing subnet: ansible/ansible#29593, 2016-10.
    for (id, statuses) in [
        (nowhere.as_str(), (204, 501)),
        (&network, (204, 501)),
        (&in_nowhere, (404, 404)),
    ] {
        let path = format!("{id}?api-version={NETWORK}");
        let plain = arm.send(Method::DELETE, &path, None, &[]).await;
        let matched = arm
            .send(Method::DELETE, &path, None, &[("if-match", "W/\"1\"")])
            .await;
        assert_eq!((plain.status.as_u16(), matched.status.as_u16()), statuses, "{id}");
    }
}

/// Azure/bicep#5132.
#[tokio::test]
async fn virtual_network_allows_one_write_at_a_time() {
    let arm = with_subnets(Options::default()).await;
    let read = arm.get(subnet("test").as_str(), NETWORK).await.body;
    let build = arm.get(subnet("build").as_str(), NETWORK).await.body;
    let first = arm
        .put(subnet("build").as_str(), NETWORK, &with_endpoint(&build))
        .await;
    let second = arm
        .put(subnet("test").as_str(), NETWORK, &with_endpoint(&read))
        .await;
    assert_eq!(
        (second.status.as_u16(), second.code()),
        (409, "AnotherOperationInProgress")
    );
    arm.send(
        Method::GET,
        first.header("azure-asyncoperation").unwrap(),
        None,
        &[],
    )
    .await;
    let third = arm
        .put(subnet("test").as_str(), NETWORK, &with_endpoint(&read))
        .await;
    assert_eq!(third.status, 200);
}

#[tokio::test]
async fn unpolled_operation_ends_by_itself() {
    let arm = with_subnets(Options {
        operation_time: Duration::ZERO,
        ..Options::default()
    })
    .await;
    let read = arm.get(subnet("build").as_str(), NETWORK).await.body;
    arm.put(subnet("build").as_str(), NETWORK, &with_endpoint(&read))
        .await;
    let after = arm.get(subnet("build").as_str(), NETWORK).await.body;
    assert_eq!(after["properties"]["provisioningState"], "Succeeded");
}

/// The service refuses a subnet rule before the endpoint is done (service-endpoint article's order).
#[tokio::test]
async fn endpoint_counts_only_after_its_operation() {
    let seed = State::empty()
        .with_registry(&registry("contoso"))
        .with_subnet(&subnet("build"));
    let arm = Arm::with(seed).await;
    let read = arm.get(subnet("build").as_str(), NETWORK).await.body;
    let put = arm
        .put(subnet("build").as_str(), NETWORK, &with_endpoint(&read))
        .await;
    let rule = json!({"defaultAction": "Deny", "virtualNetworkRules": [{"virtualNetworkSubnetResourceId": subnet("build").as_str()}]});
    let early = arm
        .patch(registry("contoso").as_str(), NEWEST, &rule_set(rule.clone()))
        .await;
    assert_eq!(early.code(), "NetworkRuleValidationError");
    arm.send(
        Method::GET,
        put.header("azure-asyncoperation").unwrap(),
        None,
        &[],
    )
    .await;
    assert_eq!(
        arm.patch(registry("contoso").as_str(), NEWEST, &rule_set(rule))
            .await
            .status,
        200
    );
}

/// Recorded: azure-cli test_network_vnet_caching and test_vrouter_with_virtual_hub_support, 2021.
#[tokio::test]
async fn missing_resources_have_the_404_of_their_level() {
    let arm = with_subnets(Options::default()).await;
    let network =
        format!("/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks");
    let group = network.replace("/rg/", "/nope/");
    let rows = [
        (format!("{network}/vnet/subnets/nope"), "NotFound", format!("Resource {network}/vnet/subnets/nope not found."), None),
        (format!("{network}/nope"), "ResourceNotFound", "The Resource 'Microsoft.Network/virtualNetworks/nope' under resource group 'rg' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix".to_owned(), Some("gateway")),
        (format!("{group}/vnet/subnets/build"), "ResourceGroupNotFound", "Resource group 'nope' could not be found.".to_owned(), Some("gateway")),
        ("/subscriptions/nope/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet".to_owned(), "SubscriptionNotFound", "The subscription 'nope' could not be found.".to_owned(), Some("gateway")),
    ];
    for (path, code, message, cause) in rows {
        let reply = arm.get(&path, NETWORK).await;
        assert_eq!(
            (reply.status.as_u16(), reply.code(), reply.message()),
            (404, code, message.as_str())
        );
        assert_eq!(reply.header("x-ms-failure-cause"), cause, "{path}");
    }
    let orphan = arm
        .put(
            &format!("{network}/nope/subnets/s"),
            NETWORK,
            &json!({"properties": {"addressPrefix": "10.0.0.0/24"}}),
        )
        .await;
    assert_eq!(
        (orphan.status.as_u16(), orphan.code()),
        (404, "ParentResourceNotFound")
    );
}

#[tokio::test]
async fn invalid_subnet_body_is_400() {
    let arm = with_subnets(Options::default()).await;
    let bodies = [
        json!({}),
        json!({"properties": {}}),
        json!({"properties": {"addressPrefix": "10.0.0.0/24", "serviceEndpoints": 1}}),
        json!({"properties": {"addressPrefix": "10.0.0.0/24", "serviceEndpoints": [{}]}}),
    ];
    for body in bodies {
        let reply = arm.put(subnet("build").as_str(), NETWORK, &body).await;
        assert_eq!(reply.status, 400, "{body}");
    }
    let version = arm.get(subnet("build").as_str(), "2014-01-01").await;
    assert_eq!(version.code(), "NoRegisteredProviderFound");
    let patch = arm.patch(subnet("build").as_str(), NETWORK, &json!({})).await;
    assert_eq!((patch.status.as_u16(), patch.code()), (501, "NotServed"));
}
