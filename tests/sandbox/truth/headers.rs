//! Each answer has exactly the headers that its kind is recorded with (azure-cli, azure-powershell and
//! azure-libraries-for-net, 2019 to 2026), besides ids, rates and those of HTTP.

use reqwest::Method;
use ringfence::sandbox::{Completion, Conditions, Options, State};
use serde_json::{Value, json};

use crate::arm_requests::{NETWORK, NEWEST, SUB, registry, subnet};
use crate::sandbox_client::{Arm, Reply};

const RESOURCES: &str = "2024-11-01";
/// Headers that tell the kinds of answers apart.
const TELLING: [&str; 8] = [
    "api-supported-versions",
    "azure-asyncnotification",
    "azure-asyncoperation",
    "etag",
    "location",
    "retry-after",
    "x-ms-arm-service-request-id",
    "x-ms-original-request-ids",
];

/// A request and its answer: method, path below the subscription, version, body, status, telling headers.
type Row = (Method, &'static str, &'static str, Value, u16, &'static str);

const VERSIONS: &str = "api-supported-versions";
const BEGUN: &str = "api-supported-versions azure-asyncoperation retry-after";
const GOING: &str = "api-supported-versions location retry-after";
const ID: &str = "x-ms-arm-service-request-id";
const TAGGED: &str = "etag x-ms-arm-service-request-id";
const REGISTRY: &str = "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";
const VNET: &str = "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet";

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

/// Returns the telling headers of an answer. An answer has a content type if it has a body, and only then.
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
    let found = TELLING.into_iter().filter(|name| reply.header(name).is_some());
    found.collect::<Vec<_>>().join(" ")
}

/// Polls an operation to its end. Returns status and telling headers of the poll while it runs and at its end, under
/// each link of the answer.
async fn polls(arm: &Arm, begun: &Reply) -> Vec<String> {
    let mut seen = Vec::new();
    for link in ["azure-asyncoperation", "location"] {
        let Some(url) = begun.header(link) else {
            continue;
        };
        for _ in 0..2 {
            let poll = arm.send(Method::GET, url, None, &[]).await;
            seen.push(format!("{} {}", poll.status.as_u16(), telling(&poll, url)));
        }
    }
    seen
}

async fn check(arm: &Arm, row: &Row) -> Reply {
    let (method, path, version, body, status, headers) = row;
    let sent = (!body.is_null()).then_some(body);
    let path = format!("/subscriptions/{SUB}{path}?api-version={version}");
    let reply = arm.send(method.clone(), &path, sent, &[]).await;
    let what = format!("{method} {path}");
    assert_eq!(reply.status, *status, "{what}: {}", reply.body);
    assert_eq!(telling(&reply, &what), *headers, "{what}");
    reply
}

#[tokio::test]
async fn registry_answers_have_their_recorded_headers() {
    let arm = arm(Completion::AtOnce).await;
    let premium = json!({"location": "eastus", "sku": {"name": "Premium"}});
    let rows: Vec<Row> = vec![
        (Method::GET, REGISTRY, NEWEST, json!(null), 200, VERSIONS),
        (
            Method::PATCH,
            REGISTRY,
            NEWEST,
            json!({"tags": {}}),
            200,
            VERSIONS,
        ),
        (Method::PUT, REGISTRY, NEWEST, premium.clone(), 200, VERSIONS),
        (
            Method::GET,
            "/providers/Microsoft.ContainerRegistry/registries",
            NEWEST,
            json!(null),
            200,
            "api-supported-versions x-ms-original-request-ids",
        ),
        (
            Method::GET,
            "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries",
            NEWEST,
            json!(null),
            200,
            VERSIONS,
        ),
        (
            Method::PUT,
            "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/fabrikam",
            NEWEST,
            premium,
            200,
            VERSIONS,
        ),
        (
            Method::DELETE,
            "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/fabrikam",
            NEWEST,
            json!(null),
            200,
            VERSIONS,
        ),
    ];
    for row in rows {
        check(&arm, &row).await;
    }
}

#[tokio::test]
async fn other_answers_have_their_recorded_headers() {
    let arm = arm(Completion::AtOnce).await;
    let rows: Vec<Row> = vec![
        (
            Method::GET,
            "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso/listUsages",
            NEWEST,
            json!(null),
            200,
            VERSIONS,
        ),
        (
            Method::GET,
            "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso/privateLinkResources",
            NEWEST,
            json!(null),
            200,
            VERSIONS,
        ),
        (
            Method::GET,
            "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso/privateLinkResources/registry",
            NEWEST,
            json!(null),
            200,
            VERSIONS,
        ),
        (
            Method::GET,
            "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso/privateEndpointConnections",
            NEWEST,
            json!(null),
            200,
            VERSIONS,
        ),
        (
            Method::GET,
            "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso/privateEndpointConnections/one",
            NEWEST,
            json!(null),
            200,
            VERSIONS,
        ),
        (
            Method::POST,
            "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso/listCredentials",
            NEWEST,
            json!(null),
            200,
            VERSIONS,
        ),
        (
            Method::POST,
            "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso/regenerateCredential",
            NEWEST,
            json!({"name": "password"}),
            200,
            VERSIONS,
        ),
        (
            Method::GET,
            "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso/replications",
            NEWEST,
            json!(null),
            200,
            "api-supported-versions x-ms-original-request-ids",
        ),
        (
            Method::GET,
            "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso/tasks",
            "2019-04-01",
            json!(null),
            200,
            "",
        ),
        (
            Method::GET,
            "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso/agentPools",
            "2019-06-01-preview",
            json!(null),
            200,
            "",
        ),
        (Method::GET, "/resources", RESOURCES, json!(null), 200, ""),
        (Method::GET, "/resourceGroups", RESOURCES, json!(null), 200, ""),
        (Method::GET, "/resourceGroups/rg", RESOURCES, json!(null), 200, ""),
        (
            Method::HEAD,
            "/resourceGroups/rg",
            RESOURCES,
            json!(null),
            204,
            "",
        ),
        (
            Method::PUT,
            "/resourceGroups/rg",
            RESOURCES,
            json!({"location": "eastus"}),
            200,
            "",
        ),
        (
            Method::PUT,
            "/resourceGroups/new",
            RESOURCES,
            json!({"location": "eastus"}),
            201,
            "",
        ),
        (
            Method::GET,
            "/providers/Microsoft.Network",
            RESOURCES,
            json!(null),
            200,
            "",
        ),
        (
            Method::POST,
            "/providers/Microsoft.Network/register",
            RESOURCES,
            json!(null),
            200,
            "",
        ),
        (
            Method::POST,
            "/providers/Microsoft.ContainerRegistry/checkNameAvailability",
            NEWEST,
            json!({"name": "free12345", "type": "Microsoft.ContainerRegistry/registries"}),
            200,
            "",
        ),
        (
            Method::GET,
            "/providers/Microsoft.Network/virtualNetworks",
            NETWORK,
            json!(null),
            200,
            "x-ms-original-request-ids",
        ),
        (
            Method::GET,
            "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks",
            NETWORK,
            json!(null),
            200,
            ID,
        ),
        (Method::GET, VNET, NETWORK, json!(null), 200, TAGGED),
        (Method::PATCH, VNET, NETWORK, json!({"tags": {}}), 200, TAGGED),
        (
            Method::GET,
            "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet/subnets",
            NETWORK,
            json!(null),
            200,
            ID,
        ),
        (
            Method::GET,
            "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet/subnets/build",
            NETWORK,
            json!(null),
            200,
            TAGGED,
        ),
        (
            Method::DELETE,
            "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/none",
            NETWORK,
            json!(null),
            204,
            ID,
        ),
    ];
    for row in rows {
        let reply = check(&arm, &row).await;
        if row.5 == TAGGED {
            assert_eq!(reply.header("etag"), reply.body["etag"].as_str());
        }
    }
}

#[tokio::test]
async fn operations_and_their_polls_have_their_recorded_headers() {
    let arm = arm(Completion::Operation).await;
    let premium = json!({"location": "eastus", "sku": {"name": "Premium"}});
    let space = json!({"location": "eastus", "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}});
    let prefix = json!({"properties": {"addressPrefix": "10.0.0.0/24"}});
    let approved = json!({"properties": {"privateLinkServiceConnectionState": {"status": "Approved"}}});
    let rows: Vec<(Row, Vec<&str>)> = vec![
        (
            (
                Method::PUT,
                "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso/replications/westus",
                NEWEST,
                json!({"location": "westus"}),
                201,
                BEGUN,
            ),
            vec![
                "200 api-supported-versions azure-asyncoperation retry-after",
                "200 api-supported-versions azure-asyncoperation",
            ],
        ),
        (
            (
                Method::PATCH,
                "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso/replications/westus",
                NEWEST,
                json!({"tags": {"a": "b"}}),
                201,
                BEGUN,
            ),
            vec![
                "200 api-supported-versions azure-asyncoperation retry-after",
                "200 api-supported-versions azure-asyncoperation",
            ],
        ),
        (
            (
                Method::DELETE,
                "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso/replications/westus",
                NEWEST,
                json!(null),
                202,
                GOING,
            ),
            vec![
                "202 api-supported-versions location retry-after",
                "200 api-supported-versions",
            ],
        ),
        (
            (
                Method::PUT,
                "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso/privateEndpointConnections/one",
                NEWEST,
                approved.clone(),
                201,
                BEGUN,
            ),
            vec![
                "201 api-supported-versions azure-asyncoperation retry-after",
                "200 api-supported-versions",
            ],
        ),
        (
            (
                Method::DELETE,
                "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso/privateEndpointConnections/one",
                NEWEST,
                json!(null),
                202,
                GOING,
            ),
            vec![
                "202 api-supported-versions location retry-after",
                "200 api-supported-versions",
            ],
        ),
        (
            (
                Method::PATCH,
                REGISTRY,
                NEWEST,
                json!({"identity": {"type": "SystemAssigned"}}),
                201,
                BEGUN,
            ),
            vec![
                "200 api-supported-versions azure-asyncoperation retry-after",
                "200 api-supported-versions azure-asyncoperation",
            ],
        ),
        (
            (
                Method::PUT,
                "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/fabrikam",
                NEWEST,
                premium.clone(),
                201,
                BEGUN,
            ),
            vec![
                "200 api-supported-versions azure-asyncoperation retry-after",
                "200 api-supported-versions azure-asyncoperation",
            ],
        ),
        (
            (
                Method::PUT,
                "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/fabrikam",
                NEWEST,
                premium.clone(),
                201,
                BEGUN,
            ),
            vec![
                "200 api-supported-versions azure-asyncoperation retry-after",
                "200 api-supported-versions azure-asyncoperation",
            ],
        ),
        (
            (
                Method::DELETE,
                "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/fabrikam",
                NEWEST,
                json!(null),
                202,
                GOING,
            ),
            vec![
                "202 api-supported-versions location retry-after",
                "200 api-supported-versions",
            ],
        ),
        (
            (
                Method::PUT,
                "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/new",
                NETWORK,
                space.clone(),
                201,
                "azure-asyncnotification azure-asyncoperation retry-after x-ms-arm-service-request-id",
            ),
            vec![
                "200 retry-after x-ms-arm-service-request-id",
                "200 x-ms-arm-service-request-id",
            ],
        ),
        (
            (
                Method::PUT,
                "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/new",
                NETWORK,
                space.clone(),
                200,
                "azure-asyncnotification azure-asyncoperation retry-after x-ms-arm-service-request-id",
            ),
            vec![
                "200 retry-after x-ms-arm-service-request-id",
                "200 x-ms-arm-service-request-id",
            ],
        ),
        (
            (
                Method::PUT,
                "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/new",
                "2019-09-01",
                space.clone(),
                200,
                "azure-asyncoperation retry-after x-ms-arm-service-request-id",
            ),
            vec![
                "200 retry-after x-ms-arm-service-request-id",
                "200 x-ms-arm-service-request-id",
            ],
        ),
        (
            (
                Method::PUT,
                "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/new/subnets/a",
                NETWORK,
                prefix.clone(),
                201,
                "azure-asyncnotification azure-asyncoperation retry-after x-ms-arm-service-request-id",
            ),
            vec![
                "200 retry-after x-ms-arm-service-request-id",
                "200 x-ms-arm-service-request-id",
            ],
        ),
        (
            (
                Method::PUT,
                "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/new/subnets/a",
                "2021-02-01",
                prefix.clone(),
                200,
                "azure-asyncoperation retry-after x-ms-arm-service-request-id",
            ),
            vec![
                "200 retry-after x-ms-arm-service-request-id",
                "200 x-ms-arm-service-request-id",
            ],
        ),
        (
            (
                Method::DELETE,
                "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/new/subnets/a",
                NETWORK,
                json!(null),
                202,
                "azure-asyncnotification azure-asyncoperation location retry-after x-ms-arm-service-request-id",
            ),
            vec![
                "200 retry-after x-ms-arm-service-request-id",
                "200 x-ms-arm-service-request-id",
                "204 x-ms-arm-service-request-id",
                "204 x-ms-arm-service-request-id",
            ],
        ),
        (
            (
                Method::DELETE,
                "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/new",
                NETWORK,
                json!(null),
                202,
                "azure-asyncnotification azure-asyncoperation location retry-after x-ms-arm-service-request-id",
            ),
            vec![
                "200 retry-after x-ms-arm-service-request-id",
                "200 x-ms-arm-service-request-id",
                "204 x-ms-arm-service-request-id",
                "204 x-ms-arm-service-request-id",
            ],
        ),
        (
            (
                Method::DELETE,
                "/resourceGroups/rg",
                RESOURCES,
                json!(null),
                202,
                "location retry-after",
            ),
            vec!["202 location retry-after", "200 "],
        ),
    ];
    for (row, want) in rows {
        let begun = check(&arm, &row).await;
        assert_eq!(polls(&arm, &begun).await, want, "{} {}", row.0, row.1);
    }
}
