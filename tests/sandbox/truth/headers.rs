//! Each answer has exactly the headers that its kind is recorded with (azure-cli, azure-powershell and
//! azure-libraries-for-net, 2019 to 2026), besides ids, rates and those of HTTP.

use reqwest::Method;
use ringfence::sandbox::{Completion, Conditions, Options, State};
use serde_json::json;

use crate::arm_requests::{NETWORK, NEWEST, SUB, registry, subnet};
use crate::sandbox_client::{Arm, Reply};

const RESOURCES: &str = "2024-11-01";
/// Headers that tell the kinds of answers apart, and their names in the table.
const TELLING: [(&str, &str); 8] = [
    ("api-supported-versions", "versions"),
    ("azure-asyncnotification", "notification"),
    ("azure-asyncoperation", "operation"),
    ("etag", "etag"),
    ("location", "location"),
    ("retry-after", "retry"),
    ("x-ms-arm-service-request-id", "service-id"),
    ("x-ms-original-request-ids", "origins"),
];
const REGISTRIES: &str = "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries";
const NETWORKS: &str = "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks";

/// The table. Rows with polls follow each other in one sandbox, those without in another.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("GET REGISTRIES/contoso", NEWEST, "",
        "200 versions", &[]),
    ("PATCH REGISTRIES/contoso", NEWEST, r#"{"tags": {}}"#,
        "200 versions", &[]),
    ("GET /providers/Microsoft.ContainerRegistry/registries", NEWEST, "",
        "200 versions origins", &[]),
    ("GET REGISTRIES", NEWEST, "",
        "200 versions", &[]),
    ("PUT REGISTRIES/fabrikam", NEWEST, r#"{"location": "eastus", "sku": {"name": "Premium"}}"#,
        "200 versions", &[]),
    ("DELETE REGISTRIES/fabrikam", NEWEST, "",
        "200 versions", &[]),
    ("GET REGISTRIES/contoso/listUsages", NEWEST, "",
        "200 versions", &[]),
    ("GET REGISTRIES/contoso/privateLinkResources", NEWEST, "",
        "200 versions", &[]),
    ("GET REGISTRIES/contoso/privateLinkResources/registry", NEWEST, "",
        "200 versions", &[]),
    ("GET REGISTRIES/contoso/privateEndpointConnections", NEWEST, "",
        "200 versions", &[]),
    ("GET REGISTRIES/contoso/privateEndpointConnections/one", NEWEST, "",
        "200 versions", &[]),
    ("POST REGISTRIES/contoso/listCredentials", NEWEST, "",
        "200 versions", &[]),
    ("POST REGISTRIES/contoso/regenerateCredential", NEWEST, r#"{"name": "password"}"#,
        "200 versions", &[]),
    ("PUT REGISTRIES/contoso", NEWEST, r#"{"location": "eastus", "sku": {"name": "Premium"}}"#,
        "200 versions", &[]),
    ("GET REGISTRIES/contoso/replications", NEWEST, "",
        "200 versions origins", &[]),
    ("GET REGISTRIES/contoso/tasks", "2019-04-01", "",
        "200", &[]),
    ("GET REGISTRIES/contoso/agentPools", "2019-06-01-preview", "",
        "200", &[]),
    ("GET /resources", RESOURCES, "",
        "200", &[]),
    ("GET /resourceGroups", RESOURCES, "",
        "200", &[]),
    ("GET /resourceGroups/rg", RESOURCES, "",
        "200", &[]),
    ("HEAD /resourceGroups/rg", RESOURCES, "",
        "204", &[]),
    ("PUT /resourceGroups/rg", RESOURCES, r#"{"location": "eastus"}"#,
        "200", &[]),
    ("PUT /resourceGroups/new", RESOURCES, r#"{"location": "eastus"}"#,
        "201", &[]),
    ("GET /providers/Microsoft.Network", RESOURCES, "",
        "200", &[]),
    ("POST /providers/Microsoft.Network/register", RESOURCES, "",
        "200", &[]),
    ("POST /providers/Microsoft.ContainerRegistry/checkNameAvailability", NEWEST, r#"{"name": "free12345", "type": "Microsoft.ContainerRegistry/registries"}"#,
        "200", &[]),
    ("GET /providers/Microsoft.Network/virtualNetworks", NETWORK, "",
        "200 origins", &[]),
    ("GET NETWORKS", NETWORK, "",
        "200 service-id", &[]),
    ("GET NETWORKS/vnet", NETWORK, "",
        "200 etag service-id", &[]),
    ("PATCH NETWORKS/vnet", NETWORK, r#"{"tags": {}}"#,
        "200 etag service-id", &[]),
    ("GET NETWORKS/vnet/subnets", NETWORK, "",
        "200 service-id", &[]),
    ("GET NETWORKS/vnet/subnets/build", NETWORK, "",
        "200 etag service-id", &[]),
    ("DELETE NETWORKS/none", NETWORK, "",
        "204 service-id", &[]),
    ("PUT REGISTRIES/contoso/replications/westus", NEWEST, r#"{"location": "westus"}"#,
        "201 versions operation retry", &["200 versions operation retry", "200 versions operation"]),
    ("PATCH REGISTRIES/contoso/replications/westus", NEWEST, r#"{"tags": {"a": "b"}}"#,
        "201 versions operation retry", &["200 versions operation retry", "200 versions operation"]),
    ("DELETE REGISTRIES/contoso/replications/westus", NEWEST, "",
        "202 versions location retry", &["202 versions location retry", "200 versions"]),
    ("PUT REGISTRIES/contoso/privateEndpointConnections/one", NEWEST, r#"{"properties": {"privateLinkServiceConnectionState": {"status": "Approved"}}}"#,
        "201 versions operation retry", &["201 versions operation retry", "200 versions"]),
    ("DELETE REGISTRIES/contoso/privateEndpointConnections/one", NEWEST, "",
        "202 versions location retry", &["202 versions location retry", "200 versions"]),
    ("PATCH REGISTRIES/contoso", NEWEST, r#"{"identity": {"type": "SystemAssigned"}}"#,
        "201 versions operation retry", &["200 versions operation retry", "200 versions operation"]),
    ("PUT REGISTRIES/fabrikam", NEWEST, r#"{"location": "eastus", "sku": {"name": "Premium"}}"#,
        "201 versions operation retry", &["200 versions operation retry", "200 versions operation"]),
    ("PUT REGISTRIES/fabrikam", NEWEST, r#"{"location": "eastus", "sku": {"name": "Premium"}}"#,
        "201 versions operation retry", &["200 versions operation retry", "200 versions operation"]),
    ("DELETE REGISTRIES/fabrikam", NEWEST, "",
        "202 versions location retry", &["202 versions location retry", "200 versions"]),
    ("PUT NETWORKS/new", NETWORK, r#"{"location": "eastus", "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}}"#,
        "201 notification operation retry service-id", &["200 retry service-id", "200 service-id"]),
    ("PUT NETWORKS/new", NETWORK, r#"{"location": "eastus", "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}}"#,
        "200 notification operation retry service-id", &["200 retry service-id", "200 service-id"]),
    ("PUT NETWORKS/new", "2019-09-01", r#"{"location": "eastus", "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}}"#,
        "200 operation retry service-id", &["200 retry service-id", "200 service-id"]),
    ("PUT NETWORKS/new/subnets/a", NETWORK, r#"{"properties": {"addressPrefix": "10.0.0.0/24"}}"#,
        "201 notification operation retry service-id", &["200 retry service-id", "200 service-id"]),
    ("PUT NETWORKS/new/subnets/a", "2021-02-01", r#"{"properties": {"addressPrefix": "10.0.0.0/24"}}"#,
        "200 operation retry service-id", &["200 retry service-id", "200 service-id"]),
    ("DELETE NETWORKS/new/subnets/a", NETWORK, "",
        "202 notification operation location retry service-id", &["200 retry service-id", "200 service-id", "204 service-id", "204 service-id"]),
    ("DELETE NETWORKS/new", NETWORK, "",
        "202 notification operation location retry service-id", &["200 retry service-id", "200 service-id", "204 service-id", "204 service-id"]),
    ("DELETE /resourceGroups/rg", RESOURCES, "",
        "202 location retry", &["202 location retry", "200"]),
];

/// A request and its answer: method and path below the subscription, version, body, status and telling headers, and the
/// same for each poll of the operation that it begins.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

async fn arm(completion: Completion) -> Arm {
    let mut seed = State::empty()
        .with_registry(&registry("contoso"))
        .with_endpoint(&subnet("build"))
        .with_subnet(&subnet("test"));
    for resource in &mut seed.resources {
        if resource["name"] == "contoso" {
            let id = format!("{}/privateEndpointConnections/one", registry("contoso"));
            resource["properties"]["adminUserEnabled"] = json!(true);
            resource["properties"]["privateEndpointConnections"] = json!([{
                "id": id, "name": "one", "type": "Microsoft.ContainerRegistry/registries/privateEndpointConnections",
                "properties": {"privateEndpoint": {"id": "/subscriptions/s/pe"}, "provisioningState": "Succeeded",
                    "privateLinkServiceConnectionState": {"status": "Pending"}},
            }]);
        }
    }
    Arm::start(Options {
        seed,
        conditions: Conditions {
            creation: completion,
            deletion: completion,
            ..Conditions::default()
        },
        polls: 1,
        ..Options::default()
    })
    .await
}

/// Returns the status and the telling headers of an answer. An answer has a content type if it has a body, and only then.
fn telling(reply: &Reply, what: &str) -> String {
    let typed = reply.header("content-type") == Some("application/json; charset=utf-8");
    let has_body = reply.header("content-length").is_none_or(|length| length != "0");
    assert!(
        typed || !has_body || reply.body.is_null(),
        "{what}: {:?}",
        reply.headers
    );
    for name in [
        "x-ms-request-id",
        "x-ms-correlation-request-id",
        "x-ms-routing-request-id",
    ] {
        assert!(reply.header(name).is_some(), "{what}: {name}");
    }
    let mut found = vec![reply.status.as_str()];
    for (name, short) in TELLING {
        if reply.header(name).is_some() {
            found.push(short);
        }
    }
    found.join(" ")
}

/// Polls an operation to its end. Returns those of the poll while it runs and at its end, under
/// each link of the answer.
async fn polls(arm: &Arm, begun: &Reply) -> Vec<String> {
    let mut seen = Vec::new();
    for link in ["azure-asyncoperation", "location"] {
        let Some(url) = begun.header(link) else {
            continue;
        };
        for _ in 0..2 {
            let poll = arm.send(Method::GET, url, None, &[]).await;
            seen.push(telling(&poll, url));
        }
    }
    seen
}

async fn check(arm: &Arm, row: &Row) {
    let (request, version, body, answer, wanted) = row;
    let (method, path) = request.split_once(' ').unwrap();
    let path = path
        .replace("REGISTRIES", REGISTRIES)
        .replace("NETWORKS", NETWORKS);
    let path = format!("/subscriptions/{SUB}{path}?api-version={version}");
    let body = (!body.is_empty()).then(|| serde_json::from_str(body).unwrap());
    let method = method.parse().unwrap();
    let reply = arm.send(method, &path, body.as_ref(), &[]).await;
    assert_eq!(telling(&reply, request), *answer, "{request}: {}", reply.body);
    if reply.header("etag").is_some() {
        assert_eq!(reply.header("etag"), reply.body["etag"].as_str());
    }
    assert_eq!(polls(arm, &reply).await, *wanted, "{request}");
}

#[tokio::test]
async fn answers_have_their_recorded_headers() {
    let arm = arm(Completion::AtOnce).await;
    for row in ROWS.iter().filter(|row| row.4.is_empty()) {
        check(&arm, row).await;
    }
}

#[tokio::test]
async fn operations_and_their_polls_have_their_recorded_headers() {
    let arm = arm(Completion::Operation).await;
    for row in ROWS.iter().filter(|row| !row.4.is_empty()) {
        check(&arm, row).await;
    }
}
