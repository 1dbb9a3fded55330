//! What clients ask in passing: permissions, diagnostic settings, tags, private link resources, tasks.

use reqwest::Method;
use ringfence::sandbox::{Conditions, Denial, Options, State};
use serde_json::{Value, json};

use crate::arm_requests::{NEWEST, SUB, registry, subnet};
use crate::sandbox_client::Arm;

fn seed() -> State {
    State::empty()
        .with_registry(&registry("contoso"))
        .with_subnet(&subnet("build"))
}

fn group() -> String {
    format!("/subscriptions/{SUB}/resourceGroups/rg")
}

async fn status(arm: &Arm, path: &str) -> u16 {
    arm.send(Method::GET, path, None, &[]).await.status.as_u16()
}

/// Specification: Permissions - List For Resource.
#[tokio::test]
async fn permissions_are_all_but_the_denied_ones() {
    let write = "Microsoft.ContainerRegistry/registries/write";
    let denial = |scope: String| Denial {
        action: write.to_owned(),
        scope,
    };
    let conditions = Conditions {
        denied: vec![denial(registry("contoso").as_str().to_owned())],
        ..Conditions::default()
    };
    let arm = Arm::start(Options {
        seed: seed(),
        conditions,
        ..Options::default()
    })
    .await;
    let permissions = "providers/Microsoft.Authorization/permissions";
    let rows = [
        (registry("contoso").as_str().to_owned(), json!([write])),
        (subnet("build").as_str().to_owned(), json!([])),
        (group(), json!([])),
    ];
    for (scope, denied) in rows {
        let found = arm.get(&format!("{scope}/{permissions}"), "2022-04-01").await;
        let want = json!({"value": [
            {"actions": ["*"], "notActions": denied, "dataActions": [], "notDataActions": []},
        ]});
        assert_eq!((found.status.as_u16(), found.body), (200, want), "{scope}");
    }
    for scope in [
        format!("/subscriptions/{SUB}"),
        registry("fabrikam").as_str().to_owned(),
    ] {
        let path = format!("{scope}/{permissions}?api-version=2022-04-01");
        assert_eq!(status(&arm, &path).await, 501, "{scope}");
    }
}

/// None of them can be made in the sandbox, so that an empty list is the truth.
#[tokio::test]
async fn lists_of_what_cannot_be_made_are_empty() {
    let arm = Arm::with(seed()).await;
    let id = registry("contoso");
    let rows = [
        (
            format!("{id}/providers/Microsoft.Insights/diagnosticSettings"),
            "2021-05-01-preview",
        ),
        (
            format!("{}/providers/Microsoft.Insights/diagnosticSettings", group()),
            "2017-05-01-preview",
        ),
        (format!("{id}/agentPools"), "2019-06-01-preview"),
        (format!("{id}/tasks"), "2019-04-01"),
        (format!("{id}/cacheRules"), "2023-07-01"),
    ];
    for (path, version) in rows {
        let found = arm.get(&path, version).await;
        let want = (200, json!({"value": []}));
        assert_eq!((found.status.as_u16(), found.body), want, "{path}");
        let made = arm.put(&format!("{path}/one"), version, &json!({})).await;
        assert_eq!(made.status, 501, "{path}");
    }
    let missing = arm
        .get(&format!("{}/tasks", registry("fabrikam")), "2019-04-01")
        .await;
    assert_eq!(
        (missing.status.as_u16(), missing.code()),
        (404, "ResourceNotFound")
    );
}

/// Specification: Tags - Get At Scope.
#[tokio::test]
async fn tags_are_those_of_the_resource() {
    let arm = Arm::with(seed()).await;
    let id = registry("contoso");
    let tags = json!({"team": "a"});
    arm.patch(id.as_str(), NEWEST, &json!({"tags": tags})).await;
    for (scope, tags) in [(id.as_str().to_owned(), tags), (group(), json!({}))] {
        let path = format!("{scope}/providers/Microsoft.Resources/tags/default");
        let found = arm.get(&path, "2021-04-01").await;
        let want = json!({
            "id": path, "name": "default", "type": "Microsoft.Resources/tags", "properties": {"tags": tags},
        });
        assert_eq!((found.status.as_u16(), found.body), (200, want));
        let sent = json!({"properties": {"tags": {}}});
        assert_eq!(arm.put(&path, "2021-04-01", &sent).await.status, 501);
    }
    let path = format!("{}/providers/Microsoft.Resources/tags/default", subnet("build"));
    assert_eq!(arm.get(&path, "2021-04-01").await.status, 501);
}

/// Recorded: azure-sdk-for-net ContainerRegistryPrivateLinkResources, 2023-02.
#[tokio::test]
async fn private_link_resource_names_registry_and_data_endpoints() {
    let arm = Arm::with(seed()).await;
    let path = format!("{}/privateLinkResources", registry("contoso"));
    let resource = |members: Value| {
        json!({
            "type": "Microsoft.ContainerRegistry/registries/privateLinkResources",
            "id": format!("{path}/registry"), "name": "registry",
            "properties": {
                "groupId": "registry", "requiredMembers": members, "requiredZoneNames": ["privatelink.azurecr.io"],
            },
        })
    };
    let one = resource(json!(["registry_data_eastus", "registry"]));
    let listed = arm.get(&path, "2022-12-01").await;
    assert_eq!(
        (listed.status.as_u16(), &listed.body),
        (200, &json!({"value": [one]}))
    );
    assert_eq!(listed.header("api-supported-versions"), Some("2022-12-01"));
    assert_eq!(arm.get(&format!("{path}/registry"), "2022-12-01").await.body, one);
    let replica = json!({"location": "westus"});
    arm.put(
        &format!("{}/replications/westus", registry("contoso")),
        NEWEST,
        &replica,
    )
    .await;
    let two = resource(json!([
        "registry_data_eastus",
        "registry_data_westus",
        "registry"
    ]));
    assert_eq!(arm.get(&path, "2022-12-01").await.body, json!({"value": [two]}));
    for (below, version) in [("", "2019-05-01"), ("/other", "2022-12-01")] {
        assert_eq!(arm.get(&format!("{path}{below}"), version).await.status, 501);
    }
}
