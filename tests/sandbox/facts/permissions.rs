//! Effects of missing permissions, and the paths of operations.

use reqwest::Method;
use ringfence::sandbox::{Conditions, Denial, Options, State};
use serde_json::{Value, json};

use crate::arm_requests::{NETWORK, NEWEST, SUB, registry, subnet};
use crate::sandbox_client::Arm;

const RESOURCES: &str = "2021-04-01";

async fn arm(denied: &[(&str, String)]) -> Arm {
    let denial = |(action, scope): &(&str, String)| Denial {
        action: (*action).to_owned(),
        scope: scope.clone(),
    };
    Arm::start(Options {
        seed: State::empty()
            .with_registry(&registry("contoso"))
            .with_registry(&registry("fabrikam"))
            .with_subnet(&subnet("build")),
        conditions: Conditions {
            denied: denied.iter().map(denial).collect(),
            creation: ringfence::sandbox::Completion::Operation,
            ..Conditions::default()
        },
        polls: 1,
        ..Options::default()
    })
    .await
}

/// Starts an operation of each provider, and returns their links.
async fn links(arm: &Arm) -> [String; 2] {
    let id = registry("fresh1");
    let body = json!({"location": "eastus", "sku": {"name": "Premium"}});
    let made = arm.put(id.as_str(), NEWEST, &body).await;
    let body = arm.get(subnet("build").as_str(), NETWORK).await.body;
    let put = arm.put(subnet("build").as_str(), NETWORK, &body).await;
    [made, put].map(|reply| reply.header("azure-asyncoperation").unwrap().to_owned())
}

async fn asked(arm: &Arm, url: &str) -> (u16, String) {
    let reply = arm.send(Method::GET, url, None, &[]).await;
    (reply.status.as_u16(), reply.code().to_owned())
}

/// resource-provider-operations lists both permissions.
#[tokio::test]
async fn operation_polling_has_its_own_permission() {
    let scope = format!("/subscriptions/{SUB}");
    let rows = [
        (
            "Microsoft.ContainerRegistry/registries/operationStatuses/read",
            [403, 200],
        ),
        ("Microsoft.Network/locations/operations/read", [200, 403]),
    ];
    for (action, statuses) in rows {
        let arm = arm(&[(action, scope.clone())]).await;
        for (link, status) in links(&arm).await.iter().zip(statuses) {
            assert_eq!(asked(&arm, link).await.0, status, "{action}: {link}");
        }
    }
}

#[tokio::test]
async fn operation_needs_its_own_path_and_an_offered_version() {
    let arm = arm(&[]).await;
    let [registry, network] = links(&arm).await;
    let rows = [
        (
            registry.replace(NEWEST, "garbage"),
            400,
            "InvalidApiVersionParameter",
        ),
        (
            registry.replace(NEWEST, "1999-01-01"),
            400,
            "NoRegisteredProviderFound",
        ),
        (
            network.replace(NETWORK, "1999-01-01"),
            400,
            "NoRegisteredProviderFound",
        ),
        (network.replace(NETWORK, NEWEST), 400, "NoRegisteredProviderFound"),
        (
            registry.replace("operationStatuses", "operationResults"),
            501,
            "NotEstablished",
        ),
        (
            network.replace("/operations/", "/operationStatuses/"),
            501,
            "NotEstablished",
        ),
        (
            network.replace("/operations/", "/operationResults/"),
            501,
            "NotEstablished",
        ),
        (registry.clone(), 200, ""),
        (registry.replace(NEWEST, "2025-11-01"), 200, ""),
        (network, 200, ""),
    ];
    for (url, status, code) in rows {
        assert_eq!(asked(&arm, &url).await, (status, code.to_owned()), "{url}");
    }
}

/// Resources may have the names of path segments of operations.
#[tokio::test]
async fn resource_named_operations_is_not_an_operation() {
    let arm = arm(&[]).await;
    let id = registry("operations");
    arm.sandbox
        .put(json!({"id": id.as_str(), "sku": {"name": "Premium"}}))
        .unwrap();
    let listed = arm.get(&format!("{id}/replications"), NEWEST).await;
    assert_eq!(
        (listed.status.as_u16(), &listed.body),
        (200, &json!({"value": []}))
    );
}

/// resource-provider-operations: the POST is a read.
#[tokio::test]
async fn name_check_needs_only_read_permission() {
    let path =
        format!("/subscriptions/{SUB}/providers/Microsoft.ContainerRegistry/checkNameAvailability");
    let url = format!("{path}?api-version={NEWEST}");
    let body = json!({"name": "northwind", "type": "Microsoft.ContainerRegistry/registries"});
    for (action, status) in [("read", 403), ("action", 200)] {
        let action = format!("Microsoft.ContainerRegistry/checkNameAvailability/{action}");
        let arm = arm(&[(&action, format!("/subscriptions/{SUB}"))]).await;
        let reply = arm.send(Method::POST, &url, Some(&body), &[]).await;
        assert_eq!(reply.status, status, "{action}");
    }
}

/// General knowledge: lists contain only what the caller may read.
#[tokio::test]
async fn unreadable_resources_are_not_listed() {
    let denied = [
        (
            "Microsoft.ContainerRegistry/registries/read",
            registry("contoso").as_str().to_owned(),
        ),
        (
            "Microsoft.Network/virtualNetworks/read",
            format!(
                "/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet"
            ),
        ),
    ];
    let arm = arm(&denied).await;
    let group = format!("/subscriptions/{SUB}/resourceGroups/rg");
    let all = format!("/subscriptions/{SUB}");
    let rows = [
        (
            format!("{group}/providers/Microsoft.ContainerRegistry/registries"),
            NEWEST,
            vec!["fabrikam"],
        ),
        (
            format!("{all}/providers/Microsoft.ContainerRegistry/registries"),
            NEWEST,
            vec!["fabrikam"],
        ),
        (
            format!("{all}/providers/Microsoft.Network/virtualNetworks"),
            NETWORK,
            vec![],
        ),
        (format!("{all}/resources"), RESOURCES, vec!["fabrikam"]),
        (format!("{group}/resources"), RESOURCES, vec!["fabrikam"]),
        (format!("{all}/resourcegroups"), RESOURCES, vec!["rg"]),
    ];
    let names = |list: &Value| -> Vec<String> {
        let names = list.as_array().unwrap().iter();
        names
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect()
    };
    for (path, version, want) in rows {
        let listed = arm.get(&path, version).await.body;
        assert_eq!(names(&listed["value"]), want, "{path}");
    }
    let query = json!({"query": "resources | where type =~ 'Microsoft.ContainerRegistry/registries'"});
    let path = "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01";
    let found = arm.send(Method::POST, path, Some(&query), &[]).await.body;
    assert_eq!(names(&found["data"]), ["fabrikam"]);
    arm.sandbox.change(|options| {
        options.conditions.denied = vec![Denial {
            action: "Microsoft.Resources/subscriptions/resourceGroups/read".to_owned(),
            scope: group.clone(),
        }];
    });
    let groups = arm.get(&format!("{all}/resourcegroups"), RESOURCES).await.body;
    assert_eq!(groups, json!({"value": []}));
}
