//! Resource groups, lists, permissions, locks, policies and Resource Graph.

use reqwest::Method;
use ringfence::sandbox::{AzurePolicy, Conditions, Denial, Options, PolicyEffect, State};
use serde_json::{Value, json};

use crate::arm_requests::{NEWEST, SUB, registry, rule_set, subnet, vnet_rule};
use crate::sandbox_client::Arm;

const RESOURCES: &str = "2021-04-01";

fn group(name: &str) -> String {
    format!("/subscriptions/{SUB}/resourceGroups/{name}")
}

async fn governed(conditions: Conditions) -> Arm {
    let seed = State::empty()
        .with_registry(&registry("contoso"))
        .with_subnet(&subnet("build"));
    Arm::start(Options {
        seed,
        conditions,
        polls: 1,
        ..Options::default()
    })
    .await
}

/// Recorded: azure-libraries-for-net CreateUpdateSubnetServiceAccess, 2019-12. HEAD is from the specification.
#[tokio::test]
async fn group_is_created_listed_and_deleted_with_its_resources() {
    let arm = governed(Conditions::default()).await;
    let path = group("new");
    let made = arm.put(&path, RESOURCES, &json!({"location": "West US"})).await;
    let body = json!({
        "id": path, "name": "new", "type": "Microsoft.Resources/resourceGroups", "location": "westus",
        "properties": {"provisioningState": "Succeeded"},
    });
    assert_eq!((made.status.as_u16(), &made.body), (201, &body));
    assert_eq!(
        arm.put(&path, RESOURCES, &json!({"location": "westus"}))
            .await
            .status,
        200
    );
    // Azure/azure-cli#22242, 2022-05; microsoft/vscode-azurefunctions#889: the location as it was sent.
    let moved = arm.put(&path, RESOURCES, &json!({"location": "East US"})).await;
    assert_eq!(
        (moved.status.as_u16(), moved.code(), moved.message()),
        (
            409,
            "InvalidResourceGroupLocation",
            "Invalid resource group location 'East US'. The Resource group already exists in location 'westus'."
        )
    );
    assert_eq!(arm.get(&path.to_lowercase(), RESOURCES).await.body, body);
    for (name, status) in [("rg", 204), ("nope", 404)] {
        let url = format!("{}?api-version={RESOURCES}", group(name));
        assert_eq!(
            arm.send(Method::HEAD, &url, None, &[]).await.status,
            status,
            "{name}"
        );
    }
    let listed = arm
        .get(&format!("/subscriptions/{SUB}/resourcegroups"), RESOURCES)
        .await
        .body;
    let names: Vec<&str> = listed["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["new", "rg"]);

    let url = format!("{}?api-version={RESOURCES}", group("rg"));
    let going = arm.send(Method::DELETE, &url, None, &[]).await;
    assert_eq!((going.status.as_u16(), &going.body), (202, &Value::Null));
    let busy = arm
        .patch(registry("contoso").as_str(), NEWEST, &json!({"tags": {}}))
        .await;
    assert_eq!(
        (busy.status.as_u16(), busy.code()),
        (409, "ResourceGroupBeingDeleted")
    );
    for status in [202, 200] {
        let poll = arm
            .send(Method::GET, going.header("location").unwrap(), None, &[])
            .await;
        assert_eq!(poll.status, status);
    }
    assert_eq!(
        arm.get(registry("contoso").as_str(), NEWEST).await.code(),
        "ResourceGroupNotFound"
    );
    assert_eq!(arm.send(Method::DELETE, &url, None, &[]).await.status, 404);
}

/// Recorded: azure-cli test_acr_create_replication, 2021-05; the other filters are of the documentation.
#[tokio::test]
async fn generic_list_filters_and_omits_properties() {
    let arm = governed(Conditions::default()).await;
    let list = format!("/subscriptions/{SUB}/resources");
    let rows = [
        ("resourceType eq 'Microsoft.ContainerRegistry/registries'", 1),
        ("resourceType eq 'microsoft.network/virtualnetworks'", 1),
        (
            "resourceType eq 'Microsoft.Network/virtualNetworks' and name eq 'nope'",
            0,
        ),
        ("resourceGroup eq 'rg' and location eq 'eastus'", 2),
        ("substringof('tos', name)", 1),
        ("tagName eq 'a' and tagValue eq 'b and c'", 0),
        ("", 2),
    ];
    for (filter, count) in rows {
        let reply = arm
            .send(
                Method::GET,
                &format!("{list}?api-version={RESOURCES}&$filter={filter}"),
                None,
                &[],
            )
            .await;
        let found = reply.body["value"].as_array().unwrap();
        assert_eq!(found.len(), count, "{filter}");
        assert!(found.iter().all(|entry| entry.get("properties").is_none()));
    }
    let group_list = format!("/subscriptions/{SUB}/resourcegroups");
    let locks = format!("/subscriptions/{SUB}/providers/Microsoft.Authorization/locks");
    let rows = [
        (&list, RESOURCES, "$filter=name ne 'a'"),
        (&list, RESOURCES, "$filter=startswith(name, 'a')"),
        (&list, RESOURCES, "$filter=name eq a"),
        (&list, RESOURCES, "$filter=name eq 'contoso' or name eq 'vnet'"),
        (&list, RESOURCES, "$filter=name eq 'contoso' please"),
        (&list, RESOURCES, "$expand=properties"),
        (&group_list, RESOURCES, "$filter=name eq 'rg'"),
        (&locks, "2020-05-01", "$filter=level eq 'ReadOnly'"),
    ];
    for (path, version, filter) in rows {
        let query = format!("{path}?api-version={version}&{filter}");
        let reply = arm.send(Method::GET, &query, None, &[]).await;
        let asked = filter
            .trim_start_matches("$filter=")
            .trim_start_matches("$expand=");
        assert!(reply.message().contains(asked), "{filter}: {}", reply.message());
        assert_eq!(
            (reply.status.as_u16(), reply.code()),
            (501, "NotEstablished"),
            "{filter}"
        );
    }
    let expanded = arm
        .send(
            Method::GET,
            &format!("{list}?api-version={RESOURCES}&$expand=createdTime,provisioningState"),
            None,
            &[],
        )
        .await;
    assert_eq!(expanded.body["value"][0]["provisioningState"], "Succeeded");
}

/// Many users quote the message: general knowledge.
#[tokio::test]
async fn missing_permission_is_403_with_action_and_scope() {
    let denied = |action: &str, scope: String| Conditions {
        denied: vec![Denial {
            action: action.to_owned(),
            scope,
        }],
        ..Conditions::default()
    };
    let id = registry("contoso");
    let rows = [
        (
            "Microsoft.ContainerRegistry/registries/write",
            group("rg"),
            Method::PATCH,
            403,
        ),
        (
            "Microsoft.ContainerRegistry/registries/write",
            group("rg"),
            Method::GET,
            200,
        ),
        (
            "microsoft.containerregistry/*",
            id.as_str().to_owned(),
            Method::GET,
            403,
        ),
        (
            "Microsoft.ContainerRegistry/registries/read",
            group("r"),
            Method::GET,
            200,
        ),
    ];
    for (action, scope, method, status) in rows {
        let arm = governed(denied(action, scope.clone())).await;
        let body = (method == Method::PATCH).then(|| json!({"tags": {}}));
        let reply = arm
            .send(method, &format!("{id}?api-version={NEWEST}"), body.as_ref(), &[])
            .await;
        assert_eq!(reply.status, status, "{action} at {scope}");
        if status == 403 {
            assert_eq!(
                (reply.code(), reply.header("x-ms-failure-cause")),
                ("AuthorizationFailed", Some("gateway"))
            );
            assert!(
                reply.message().contains(&format!("over scope '{id}'")),
                "{}",
                reply.message()
            );
        }
    }
}

/// Azure/azure-cli#14596: every subnet of the list is checked. The message is general knowledge.
#[tokio::test]
async fn subnet_without_join_permission_is_refused() {
    let conditions = Conditions {
        denied_joins: vec![subnet("build").as_str().to_owned()],
        ..Conditions::default()
    };
    let arm = governed(conditions).await;
    arm.enable_endpoint_slowly(subnet("build").as_str()).await;
    let rule = vnet_rule("virtualNetworkSubnetResourceId", &subnet("build"));
    let with = rule_set(json!({"defaultAction": "Deny", "virtualNetworkRules": [rule], "ipRules": []}));
    let refused = arm.patch(registry("contoso").as_str(), NEWEST, &with).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code()),
        (403, "LinkedAuthorizationFailed")
    );
    assert!(
        refused.message().contains("joinViaServiceEndpoint/action"),
        "{}",
        refused.message()
    );
    let without = rule_set(json!({"defaultAction": "Deny", "ipRules": []}));
    assert_eq!(
        arm.patch(registry("contoso").as_str(), NEWEST, &without)
            .await
            .status,
        200
    );
}

/// Azure-Player/azure.datafactory.devops#183, 2025-07; the comma is general knowledge.
#[tokio::test]
async fn every_locked_scope_is_named() {
    let (arm, id) = (governed(Conditions::default()).await, registry("contoso"));
    let contoso = id.as_str().to_owned();
    for scope in [&contoso, &group("rg")] {
        let lock = format!("{scope}/providers/Microsoft.Authorization/locks/keep");
        let body = json!({"properties": {"level": "CanNotDelete"}});
        assert_eq!(arm.put(&lock, "2020-05-01", &body).await.status, 201);
    }
    let url = format!("{id}?api-version={NEWEST}");
    let refused = arm.send(Method::DELETE, &url, None, &[]).await;
    let wanted = format!(
        "The scope '{contoso}' cannot perform delete operation because following scope(s) are locked: '{},{contoso}'. Please remove the lock and try again.",
        group("rg")
    );
    assert_eq!(
        (refused.code(), refused.message()),
        ("ScopeLocked", wanted.as_str())
    );
}

/// lock-resources.
#[tokio::test]
async fn locks_block_writes_and_deletions_below_their_scope() {
    let id = registry("contoso");
    for (level, patch, delete) in [("ReadOnly", 409, 409), ("CanNotDelete", 200, 409)] {
        let arm = governed(Conditions::default()).await;
        let lock = format!("{}/providers/Microsoft.Authorization/locks/keep", group("rg"));
        let body = json!({"id": lock, "name": "keep", "type": "Microsoft.Authorization/locks", "properties": {"level": level}});
        arm.sandbox.put(body.clone()).unwrap();
        let url = format!("{id}?api-version={NEWEST}");
        for (method, status) in [
            (Method::GET, 200),
            (Method::PATCH, patch),
            (Method::DELETE, delete),
        ] {
            let sent = (method == Method::PATCH).then(|| json!({"tags": {}}));
            let reply = arm.send(method.clone(), &url, sent.as_ref(), &[]).await;
            assert_eq!(reply.status, status, "{level} {method}");
            assert!(status != 409 || reply.code() == "ScopeLocked");
        }
        let listed = arm
            .get(
                &format!("{id}/providers/Microsoft.Authorization/locks"),
                "2020-05-01",
            )
            .await;
        assert_eq!(listed.body, json!({"value": [body]}));
    }
}

/// Azure/azure-policy; the envelope is general knowledge.
#[tokio::test]
async fn policies_deny_or_silently_change_a_write() {
    let id = registry("contoso");
    let open = json!({"properties": {"publicNetworkAccess": "Enabled", "networkRuleSet": {"defaultAction": "Allow"}}});
    let deny = json!({"properties": {"networkRuleSet": {"defaultAction": "Deny"}}});
    let rows = [
        (PolicyEffect::DenyPublicAccess, &open, 403, ""),
        (PolicyEffect::DenyPublicAccess, &deny, 403, ""),
        (PolicyEffect::DenyUnrestrictedAccess, &open, 403, ""),
        (PolicyEffect::DenyUnrestrictedAccess, &deny, 200, "Enabled"),
        (PolicyEffect::DisablePublicAccess, &open, 200, "Disabled"),
    ];
    for (effect, body, status, access) in rows {
        let policies = vec![AzurePolicy {
            effect,
            scope: format!("/subscriptions/{SUB}"),
        }];
        let arm = governed(Conditions {
            policies,
            ..Conditions::default()
        })
        .await;
        let reply = arm.patch(id.as_str(), NEWEST, body).await;
        assert_eq!(reply.status, status, "{effect:?}: {}", reply.body);
        if status == 403 {
            assert_eq!(reply.code(), "RequestDisallowedByPolicy");
            let info = &reply.body["error"]["additionalInfo"][0];
            assert_eq!(info["type"], "PolicyViolation");
            assert_eq!(info["info"]["policyDefinitionEffect"], "Deny");
        } else {
            assert_eq!(reply.body["properties"]["publicNetworkAccess"], access);
        }
    }
}

/// Recorded: azure-libraries-for-net CanRegisterAndUnRegisterProvider, 2021-08; azure-cli test_provider_registration, 2021-04.
#[tokio::test]
async fn unregistering_takes_time_and_keeps_used_providers() {
    let seed = State::empty().with_registry(&registry("contoso"));
    let arm = Arm::start(Options {
        seed,
        polls: 1,
        ..Options::default()
    })
    .await;
    let provider = |name: &str| format!("/subscriptions/{SUB}/providers/{name}");
    let url = format!(
        "{}/unregister?api-version={RESOURCES}",
        provider("Microsoft.Network")
    );
    assert_eq!(
        arm.send(Method::POST, &url, None, &[]).await.body["registrationState"],
        "Unregistering"
    );
    for state in ["Unregistering", "Unregistered", "Unregistered"] {
        assert_eq!(
            arm.get(&provider("Microsoft.Network"), RESOURCES).await.body["registrationState"],
            state
        );
    }
    let used = url.replace("Microsoft.Network", "Microsoft.ContainerRegistry");
    assert_eq!(
        arm.send(Method::POST, &used, None, &[]).await.code(),
        "NotEstablished"
    );
    let listed = arm
        .get(&format!("/subscriptions/{SUB}/providers"), RESOURCES)
        .await
        .body;
    let states: Vec<&str> = listed["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|known| known["registrationState"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["Registered", "Unregistered"]);
}

/// Documentation: Resources (Resource Graph), with paging; that it shows no subnet rules is inferred.
#[tokio::test]
async fn resource_graph_pages_registries() {
    let names = ["aaaaa", "bbbbb", "ccccc"];
    let seed = names
        .iter()
        .fold(State::empty(), |state, name| state.with_registry(&registry(name)));
    let arm = Arm::with(seed).await;
    let path = "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01";
    let query = "resources | where type =~ 'Microsoft.ContainerRegistry/registries' | project id, set = properties.networkRuleSet | order by id asc";
    let mut options = json!({"$top": 2});
    let mut found = Vec::new();
    loop {
        let body = json!({"query": query, "subscriptions": [SUB], "options": options});
        let page = arm.send(Method::POST, path, Some(&body), &[]).await.body;
        assert_eq!(
            (&page["totalRecords"], &page["resultTruncated"]),
            (&json!(3), &json!("false")),
            "{page}"
        );
        found.extend(page["data"].as_array().unwrap().clone());
        match page.get("$skipToken") {
            Some(token) => options["$skipToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(found.len(), 3);
    assert_eq!(found[0]["id"], registry("aaaaa").as_str());
    assert!(found[0]["set"].get("virtualNetworkRules").is_none());
    let other = json!({"query": "resources | summarize count()"});
    let refused = arm.send(Method::POST, path, Some(&other), &[]).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (501, "NotEstablished"));
    let elsewhere = json!({"query": query, "subscriptions": ["11111111-0000-0000-0000-000000000000"]});
    assert_eq!(
        arm.send(Method::POST, path, Some(&elsewhere), &[]).await.body["count"],
        0
    );
}
