//! A list is the union of the GETs of its items at the same api-version, whatever the state.

use ringfence::model::RegistryId;
use ringfence::sandbox::State;
use serde_json::{Value, json};

use crate::arm_requests::{NETWORK, NEWEST, SUB, registry, subnet};
use crate::sandbox_client::Arm;

const RESOURCES: &str = "2024-11-01";

/// Registries of every kind in two groups, with what stands below them, and networks.
async fn arm() -> Arm {
    let other = RegistryId::new(SUB, "Other", "tailspin").unwrap();
    let names = ["contoso", "fabrikam", "northwind", "wingtip"].map(registry);
    let mut seed = State::empty()
        .with_endpoint(&subnet("build"))
        .with_subnet(&subnet("test"));
    for id in names.iter().chain([&other]) {
        seed = seed.with_registry(id);
    }
    for resource in &mut seed.resources {
        shape(resource);
    }
    let arm = Arm::with(seed).await;
    let replica = format!("{}/replications/westus", registry("contoso"));
    let made = arm.put(&replica, NEWEST, &json!({"location": "westus"})).await;
    assert_eq!(made.status, 201, "{}", made.body);
    for scope in [
        registry("contoso").as_str(),
        &format!("/subscriptions/{SUB}/resourceGroups/Other"),
    ] {
        let lock = format!("{scope}/providers/Microsoft.Authorization/locks/keep");
        let body = json!({"properties": {"level": "CanNotDelete", "notes": "n"}});
        assert_eq!(arm.put(&lock, "2020-05-01", &body).await.status, 201);
    }
    arm
}

/// Gives each registry other settings, by its name.
fn shape(resource: &mut Value) {
    let name = resource["name"].as_str().unwrap_or_default().to_owned();
    let id = resource["id"].as_str().unwrap_or_default().to_owned();
    let properties = &mut resource["properties"];
    match name.as_str() {
        "contoso" => {
            properties["networkRuleSet"] = json!({"defaultAction": "Deny", "ipRules": [{"action": "Allow", "value": "8.8.8.8"}],
                "virtualNetworkRules": [{"action": "Allow", "virtualNetworkSubnetResourceId": subnet("build").as_str()}]});
            properties["privateEndpointConnections"] = json!([{
                "id": format!("{id}/privateEndpointConnections/one"), "name": "one",
                "type": "Microsoft.ContainerRegistry/registries/privateEndpointConnections",
                "properties": {"privateEndpoint": {"id": "/subscriptions/s/pe"}, "provisioningState": "Succeeded",
                    "privateLinkServiceConnectionState": {"status": "Approved"}},
            }]);
        }
        "fabrikam" => resource["sku"] = json!({"name": "Basic", "tier": "Basic"}),
        "northwind" => resource["tags"] = json!({"team": "a"}),
        "wingtip" => {
            resource["identity"] = json!({"type": "systemAssigned", "principalId": SUB, "tenantId": SUB})
        }
        _ => {}
    }
}

/// Compares a list with the GETs of its items; returns the ids, sorted. Both may be refused, in the same words.
async fn union(arm: &Arm, list: &str, version: &str) -> Vec<String> {
    let listed = arm.get(list, version).await;
    let Some(items) = listed.body["value"].as_array() else {
        assert_eq!(listed.status, 501, "{list} {version}: {}", listed.body);
        return Vec::new();
    };
    let mut ids = Vec::new();
    for item in items {
        let id = item["id"].as_str().unwrap();
        let one = arm.get(id, version).await;
        assert_eq!(one.body, *item, "{id} in {list} at {version}");
        ids.push(id.rsplit('/').next().unwrap().to_owned());
    }
    ids.sort_unstable();
    ids
}

/// Returns every api-version of registries, from the message that names them.
async fn registry_versions(arm: &Arm) -> Vec<String> {
    let refused = arm.get(registry("contoso").as_str(), "2018-01-01").await;
    let (_, rest) = refused.message().split_once("api-versions are '").unwrap();
    let (versions, _) = rest.split_once('\'').unwrap();
    versions.split(", ").map(str::to_owned).collect()
}

#[tokio::test]
async fn registry_lists_are_their_gets_at_every_version() {
    let arm = arm().await;
    let group = format!("/subscriptions/{SUB}/resourceGroups");
    let kind = "providers/Microsoft.ContainerRegistry/registries";
    let mut whole = 0;
    for version in registry_versions(&arm).await {
        let all = union(&arm, &format!("/subscriptions/{SUB}/{kind}"), &version).await;
        let rg = union(&arm, &format!("{group}/RG/{kind}"), &version).await;
        let other = union(&arm, &format!("{group}/other/{kind}"), &version).await;
        assert_eq!(other, ["tailspin"], "{version}");
        // A registry with subnet rules cannot be shown at a few versions, so that both lists are refused.
        if !all.is_empty() {
            assert_eq!((all.len(), rg.len()), (5, 4), "{version}");
            whole += 1;
        }
    }
    assert!(whole > 20, "{whole} versions show all registries");
}

#[tokio::test]
async fn lists_below_and_beside_registries_are_their_gets() {
    let arm = arm().await;
    let subscription = format!("/subscriptions/{SUB}");
    let contoso = registry("contoso");
    let network = subnet("build").as_str().replace("/subnets/build", "");
    let rows = [
        (
            format!("{contoso}/replications"),
            NEWEST,
            vec!["eastus", "westus"],
        ),
        (
            format!("{contoso}/replications"),
            "2020-11-01-preview",
            vec!["eastus", "westus"],
        ),
        (
            format!("{contoso}/privateEndpointConnections"),
            NEWEST,
            vec!["one"],
        ),
        (
            format!("{contoso}/privateLinkResources"),
            NEWEST,
            vec!["registry"],
        ),
        (
            format!("{subscription}/providers/Microsoft.Network/virtualNetworks"),
            NETWORK,
            vec!["vnet"],
        ),
        (
            format!("{subscription}/providers/Microsoft.Network/virtualNetworks"),
            "2020-06-01",
            vec!["vnet"],
        ),
        (
            format!("{subscription}/providers/Microsoft.Network/virtualNetworks"),
            "2026-03-01",
            vec!["vnet"],
        ),
        (format!("{network}/subnets"), NETWORK, vec!["build", "test"]),
        (
            format!("{subscription}/resourcegroups"),
            RESOURCES,
            vec!["Other", "rg"],
        ),
        (
            format!("{subscription}/providers"),
            RESOURCES,
            vec!["Microsoft.ContainerRegistry", "Microsoft.Network"],
        ),
        (
            format!("{subscription}/providers/Microsoft.Authorization/locks"),
            "2020-05-01",
            vec!["keep", "keep"],
        ),
        ("/subscriptions".to_owned(), "2022-12-01", vec![SUB]),
    ];
    for (list, version, want) in rows {
        assert_eq!(union(&arm, &list, version).await, want, "{list} {version}");
    }
}

/// The generic list shows part of each resource.
#[tokio::test]
async fn generic_list_agrees_with_each_resource() {
    let arm = arm().await;
    let listed = arm
        .get(&format!("/subscriptions/{SUB}/resources"), RESOURCES)
        .await;
    let items = listed.body["value"].as_array().unwrap();
    let mut kinds = Vec::new();
    for item in items {
        let kind = item["type"].as_str().unwrap();
        let version = if kind.starts_with("Microsoft.Network") {
            NETWORK
        } else {
            NEWEST
        };
        let one = arm.get(item["id"].as_str().unwrap(), version).await.body;
        for key in ["id", "type", "location", "sku", "tags", "identity"] {
            assert_eq!(one[key], item[key], "{key} of {item}");
        }
        kinds.push(kind.rsplit('/').next().unwrap());
    }
    kinds.sort_unstable();
    let registries = ["registries"; 5];
    let want = [
        &registries[..],
        &["replications", "replications", "virtualNetworks"],
    ]
    .concat();
    assert_eq!(kinds, want);
}
