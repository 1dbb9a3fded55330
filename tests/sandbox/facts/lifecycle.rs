//! Creation, replacement and deletion of registries and their child resources.

use reqwest::Method;
use ringfence::sandbox::{Completion, Conditions, Options, State};
use serde_json::{Value, json};

use crate::arm_requests::{NEWEST, SUB, ip, registry, rule_set};
use crate::sandbox_client::{Arm, Reply};

const LABELLED: &str = "2024-11-01-preview";

async fn with_operations() -> Arm {
    let conditions = Conditions {
        creation: Completion::Operation,
        deletion: Completion::Operation,
        ..Conditions::default()
    };
    Arm::start(Options {
        seed: State::empty().with_registry(&registry("contoso")),
        conditions,
        polls: 1,
        retry_after: 10,
        ..Options::default()
    })
    .await
}

fn premium() -> Value {
    json!({"location": "West US", "sku": {"name": "Premium"}, "properties": {"adminUserEnabled": true}})
}

async fn delete(arm: &Arm, id: &str, version: &str) -> Reply {
    arm.send(Method::DELETE, &format!("{id}?api-version={version}"), None, &[])
        .await
}

async fn follow(arm: &Arm, reply: &Reply, header: &str) -> Reply {
    arm.send(Method::GET, reply.header(header).unwrap(), None, &[])
        .await
}

/// Recorded: azure-cli test_acr_create_replication, 2021-05.
#[tokio::test]
async fn creation_can_be_an_operation() {
    let arm = with_operations().await;
    let id = registry("fabrikam");
    let made = arm.put(id.as_str(), NEWEST, &premium()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.body["properties"]["provisioningState"], "Creating");
    assert_eq!(made.body["location"], "westus");
    assert_eq!(made.header("retry-after"), Some("10"));
    let busy = arm.patch(id.as_str(), NEWEST, &json!({"tags": {}})).await;
    assert_eq!(
        (busy.status.as_u16(), busy.code()),
        (409, "RegistryStatusConflict")
    );
    let header = "azure-asyncoperation";
    for status in ["Creating", "Succeeded"] {
        let poll = follow(&arm, &made, header).await;
        assert_eq!(
            (poll.status.as_u16(), &poll.body),
            (200, &json!({"status": status}))
        );
        assert_eq!(poll.header(header), made.header(header));
    }
    let done = arm.get(id.as_str(), NEWEST).await.body;
    assert_eq!(done["properties"]["provisioningState"], "Succeeded");
}

/// Recorded: azure-cli test_acr_with_dual_stack_endpoints, 2026-09 (200 without a header).
#[tokio::test]
async fn immediate_creation_has_the_defaults_of_its_sku() {
    let arm = Arm::contoso().await;
    for (sku, rules) in [("Premium", true), ("Standard", false), ("Basic", false)] {
        let id = registry(&format!("new{}", sku.to_lowercase()));
        let body = json!({"location": "eastus", "sku": {"name": sku}});
        let made = arm.put(id.as_str(), NEWEST, &body).await;
        assert_eq!(made.status, 200, "{}", made.body);
        assert!(!made.headers.contains_key("azure-asyncoperation"));
        assert_eq!(made.rules().is_object(), rules, "{sku}");
        assert_eq!(made.body["properties"]["publicNetworkAccess"], "Enabled");
        assert_eq!(made.body, arm.get(id.as_str(), NEWEST).await.body);
    }
}

/// `LocationRequired` is general knowledge; the other messages have no source.
#[tokio::test]
async fn invalid_registry_body_is_refused() {
    let arm = Arm::contoso().await;
    let rows = [
        (
            "fabrikam",
            json!({"sku": {"name": "Premium"}}),
            400,
            "LocationRequired",
        ),
        ("fabrikam", json!({"location": "eastus"}), 400, "BadRequest"),
        ("abc", premium(), 400, "BadRequest"),
        ("fab-rikam", premium(), 400, "BadRequest"),
        (
            "fabrikam",
            json!({"location": "eastus", "sku": {"name": "Basic"}, "properties": {"networkRuleSet": {"defaultAction": "Deny"}}}),
            400,
            "NetworkRuleNotSupported",
        ),
        (
            "fabrikam",
            json!({"location": "eastus", "sku": {"name": "Basic"}, "properties": {"publicNetworkAccess": "Disabled"}}),
            400,
            "DisablingPublicNetworkAccessNotSupported",
        ),
    ];
    for (name, body, status, code) in rows {
        let path = registry("contoso").as_str().replace("contoso", name);
        let refused = arm.put(&path, NEWEST, &body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.code()),
            (status, code),
            "{body}"
        );
    }
    let elsewhere = registry("contoso").as_str().replace("/rg/", "/other/");
    let group = json!({"location": "eastus"});
    arm.put(
        &format!("/subscriptions/{SUB}/resourceGroups/other"),
        "2021-04-01",
        &group,
    )
    .await;
    assert_eq!(
        arm.put(&elsewhere, NEWEST, &premium()).await.code(),
        "AlreadyInUse"
    );
}

/// Recorded: azure-cli test_acr_export_policy, 2022-06.
#[tokio::test]
async fn put_over_a_registry_resets_omitted_fields() {
    let arm = Arm::contoso().await;
    let id = registry("contoso");
    let closed = json!({"properties": {"publicNetworkAccess": "Disabled", "policies": {"exportPolicy": {"status": "disabled"}}}});
    assert_eq!(arm.patch(id.as_str(), NEWEST, &closed).await.status, 200);
    let before = arm.get(id.as_str(), NEWEST).await.body;
    let body = json!({"location": "eastus", "sku": {"name": "Premium"}, "properties": {"publicNetworkAccess": "Disabled"}});
    let after = arm.put(id.as_str(), NEWEST, &body).await;
    assert_eq!(after.status, 200, "{}", after.body);
    assert_eq!(
        after.body["properties"]["policies"]["exportPolicy"]["status"],
        "enabled"
    );
    assert_eq!(
        after.body["systemData"]["createdAt"],
        before["systemData"]["createdAt"]
    );
}

/// No source shows a PUT over a registry with rules.
#[tokio::test]
async fn put_over_a_registry_with_rules_is_501() {
    let arm = Arm::contoso().await;
    let id = registry("contoso");
    let rules = rule_set(
        json!({"defaultAction": "Deny", "ipRules": [ip("203.0.113.7")], "virtualNetworkRules": []}),
    );
    arm.patch(id.as_str(), NEWEST, &rules).await;
    let body = json!({"location": "eastus", "sku": {"name": "Premium"}});
    let refused = arm.put(id.as_str(), NEWEST, &body).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (501, "NotEstablished"));
    assert!(
        refused.message().contains("network rules"),
        "{}",
        refused.message()
    );
}

/// Recorded: 200 in azure-cli test_acr_network_rule, 2021-02; 202 in azure-powershell
/// TestCreateWithNetworkRuleSet, 2020-10. 204 is from the specification.
#[tokio::test]
async fn deletion_is_immediate_or_an_operation() {
    let at_once = Arm::contoso().await;
    let id = registry("contoso");
    let gone = delete(&at_once, id.as_str(), NEWEST).await;
    assert_eq!((gone.status.as_u16(), gone.body), (200, Value::Null));
    assert!(
        !gone.headers.contains_key("content-type"),
        "an empty body has no type"
    );

    let arm = with_operations().await;
    let going = delete(&arm, id.as_str(), NEWEST).await;
    assert_eq!(going.status, 202);
    assert_eq!(going.body["properties"]["provisioningState"], "Deleting");
    for status in [202, 200] {
        let poll = follow(&arm, &going, "location").await;
        assert_eq!(poll.status, status);
        assert_eq!(poll.headers.contains_key("location"), status == 202);
    }
    let group = json!({"location": "eastus"});
    arm.put(
        &format!("/subscriptions/{SUB}/resourceGroups/rg"),
        "2021-04-01",
        &group,
    )
    .await;
    assert_eq!(arm.get(id.as_str(), NEWEST).await.code(), "ResourceNotFound");
    assert_eq!(delete(&arm, id.as_str(), NEWEST).await.status, 204);
}

/// Recorded: azure-cli test_acr_encryption_with_cmk, 2021-06, and test_acr_identity, 2020-07.
#[tokio::test]
async fn identity_patch_is_an_operation() {
    let arm = with_operations().await;
    let id = registry("contoso");
    let user = format!(
        "/subscriptions/{SUB}/resourcegroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/u"
    );
    let mut users = serde_json::Map::new();
    users.insert(user.clone(), json!({}));
    let body = json!({"identity": {"type": "UserAssigned", "userAssignedIdentities": users}});
    let patched = arm.patch(id.as_str(), NEWEST, &body).await;
    assert_eq!(patched.status, 201, "{}", patched.body);
    assert_eq!(patched.body["properties"]["provisioningState"], "Updating");
    assert!(patched.body.get("identity").is_none());
    for _ in 0..2 {
        follow(&arm, &patched, "azure-asyncoperation").await;
    }
    let done = arm.get(id.as_str(), NEWEST).await.body;
    assert_eq!(done["identity"]["type"], "userAssigned");
    assert!(done["identity"]["userAssignedIdentities"][&user]["clientId"].is_string());
    let same = arm
        .patch(id.as_str(), NEWEST, &json!({"identity": done["identity"]}))
        .await;
    assert_eq!(same.status, 200, "an echo changes nothing");
}

/// Recorded: azure-cli test_acr_encryption_with_cmk, 2021-06; the rest has no source.
#[tokio::test]
async fn encryption_is_set_at_creation_and_its_key_rotates() {
    let arm = with_operations().await;
    let id = registry("fabrikam");
    let key = |version: &str| json!({"status": "enabled", "keyVaultProperties": {"keyIdentifier": format!("https://v.vault.azure.net/keys/k/{version}"), "identity": "11111111-1111-1111-1111-111111111111"}});
    let mut body = premium();
    body["properties"]["encryption"] = key("1");
    let made = arm.put(id.as_str(), NEWEST, &body).await;
    assert_eq!(
        made.body["properties"]["encryption"],
        json!({"status": "disabled"}),
        "until it is done"
    );
    for _ in 0..2 {
        follow(&arm, &made, "azure-asyncoperation").await;
    }
    let stored = arm.get(id.as_str(), NEWEST).await.body["properties"]["encryption"].clone();
    assert_eq!(stored["keyVaultProperties"]["keyRotationEnabled"], false);
    let rotated = arm
        .patch(
            id.as_str(),
            NEWEST,
            &json!({"properties": {"encryption": key("2")}}),
        )
        .await;
    assert_eq!(
        (rotated.status.as_u16(), &rotated.body["properties"]["encryption"]),
        (201, &stored)
    );
    for _ in 0..2 {
        follow(&arm, &rotated, "azure-asyncoperation").await;
    }
    let stored =
        arm.get(id.as_str(), NEWEST).await.body["properties"]["encryption"]["keyVaultProperties"]
            .clone();
    assert_eq!(
        stored["versionedKeyIdentifier"],
        "https://v.vault.azure.net/keys/k/2"
    );
    assert!(stored["lastKeyRotationTimestamp"].is_string());
    let off = json!({"properties": {"encryption": {"status": "disabled"}}});
    assert_eq!(
        arm.patch(id.as_str(), NEWEST, &off).await.code(),
        "NotEstablished"
    );
}

/// Recorded: azure-powershell TestCreateWithNetworkRuleSet, 2020-10; azure-cli test_check_name_availability, 2026-09.
#[tokio::test]
async fn name_check_covers_the_whole_cloud() {
    let arm = Arm::contoso().await;
    let taken = json!({"nameAvailable": false, "reason": "AlreadyExists", "message": "The registry Contoso is already in use."});
    let rows = [
        ("Contoso", NEWEST, taken),
        ("fabrikam", "2019-05-01", json!({"nameAvailable": true})),
        (
            "fabrikam",
            LABELLED,
            json!({"availableLoginServerName": "fabrikam.azurecr.io", "nameAvailable": true}),
        ),
    ];
    for (name, version, answer) in rows {
        let path = format!(
            "/subscriptions/{SUB}/providers/Microsoft.ContainerRegistry/checkNameAvailability?api-version={version}"
        );
        let body = json!({"name": name, "type": "Microsoft.ContainerRegistry/registries"});
        let reply = arm.send(Method::POST, &path, Some(&body), &[]).await;
        assert_eq!((reply.status.as_u16(), &reply.body), (200, &answer), "{name}");
        assert!(!reply.headers.contains_key("api-supported-versions"));
    }
}

/// Recorded: azure-cli test_acr_create_replication and test_acr_with_dedicated_data_endpoints, 2021-05.
#[tokio::test]
async fn replication_adds_the_home_region_and_a_data_host() {
    let arm = with_operations().await;
    let id = registry("contoso");
    let list = format!("{id}/replications");
    assert_eq!(arm.get(&list, NEWEST).await.body, json!({"value": []}));
    arm.patch(
        id.as_str(),
        NEWEST,
        &json!({"properties": {"dataEndpointEnabled": true}}),
    )
    .await;
    let elsewhere = json!({"location": "West US"});
    let refused = arm.put(&format!("{list}/eastus"), NEWEST, &elsewhere).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code()),
        (501, "NotEstablished"),
        "the home region's replication has this name"
    );
    let path = format!("{list}/centralus");
    let made = arm.put(&path, NEWEST, &json!({"location": "Central US"})).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert!(made.body["properties"]["status"].get("displayStatus").is_none());
    // No source has the answer to a write before the end of the first.
    let url = format!("{path}?api-version={NEWEST}");
    for (method, body) in [
        (reqwest::Method::PATCH, json!({"tags": {}})),
        (reqwest::Method::DELETE, json!({})),
    ] {
        let refused = arm.send(method, &url, Some(&body), &[]).await;
        assert_eq!(refused.code(), "NotEstablished", "{}", refused.body);
    }
    for _ in 0..2 {
        follow(&arm, &made, "azure-asyncoperation").await;
    }
    let listed = arm.get(&list, NEWEST).await.body;
    let regions: Vec<&str> = listed["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|known| known["name"].as_str().unwrap())
        .collect();
    assert_eq!(regions, ["centralus", "eastus"]);
    let hosts = arm.get(id.as_str(), NEWEST).await.body["properties"]["dataEndpointHostNames"].clone();
    assert_eq!(
        hosts,
        json!([
            "contoso.centralus.data.azurecr.io",
            "contoso.eastus.data.azurecr.io"
        ])
    );

    let patched = arm
        .patch(
            &path,
            NEWEST,
            &json!({"properties": {"regionEndpointEnabled": false}}),
        )
        .await;
    assert_eq!(
        (
            patched.status.as_u16(),
            &patched.body["properties"]["regionEndpointEnabled"]
        ),
        (201, &json!(false))
    );
    for _ in 0..2 {
        follow(&arm, &patched, "azure-asyncoperation").await;
    }
    let going = delete(&arm, &path, NEWEST).await;
    assert_eq!((going.status.as_u16(), &going.body), (202, &Value::Null));
    assert!(
        going
            .header("location")
            .unwrap()
            .contains("/locations/centralus/operationResults/replications-")
    );
    for _ in 0..2 {
        follow(&arm, &going, "location").await;
    }
    assert_eq!(arm.get(&path, NEWEST).await.code(), "ResourceNotFound");
    let hosts = arm.get(id.as_str(), NEWEST).await.body["properties"]["dataEndpointHostNames"].clone();
    assert_eq!(hosts, json!(["contoso.eastus.data.azurecr.io"]));
}

/// Recorded: azure-cli test_acr_with_private_endpoint, 2021-06.
#[tokio::test]
async fn private_endpoint_connection_is_approved_and_deleted() {
    let arm = with_operations().await;
    let id = registry("contoso");
    let path = format!("{id}/privateEndpointConnections/contoso.1");
    let mut pasted = arm.get(id.as_str(), NEWEST).await.body;
    pasted["properties"]["privateEndpointConnections"] = json!([{
        "type": "Microsoft.ContainerRegistry/registries/privateEndpointConnections", "id": path, "name": "contoso.1",
        "properties": {"privateLinkServiceConnectionState": {"status": "Pending"}, "provisioningState": "Succeeded"},
    }]);
    arm.sandbox.put(pasted).unwrap();
    let body = json!({"properties": {"privateLinkServiceConnectionState": {"status": "Approved", "description": "ok"}}});
    let made = arm.put(&path, NEWEST, &body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(
        made.body["properties"]["privateLinkServiceConnectionState"]["status"],
        "Pending"
    );
    assert!(made.body["systemData"].is_object());
    for (status, state) in [(201, "Updating"), (200, "Succeeded")] {
        let poll = follow(&arm, &made, "azure-asyncoperation").await;
        assert_eq!(
            (poll.status.as_u16(), &poll.body["status"]),
            (status, &json!(state))
        );
        assert_eq!(poll.body["id"], path.as_str());
    }
    let done = arm.get(&path, NEWEST).await.body;
    assert_eq!(
        done["properties"]["privateLinkServiceConnectionState"],
        json!({"status": "Approved", "description": "ok"})
    );
    assert!(done.get("systemData").is_none());
    assert_eq!(
        arm.get(&path, "2019-05-01").await.code(),
        "NoRegisteredProviderFound",
        "since 2019-12-01-preview"
    );

    let going = delete(&arm, &path, NEWEST).await;
    assert_eq!(going.status, 202);
    for _ in 0..2 {
        follow(&arm, &going, "location").await;
    }
    assert_eq!(
        arm.get(id.as_str(), NEWEST).await.body["properties"]["privateEndpointConnections"],
        json!([])
    );
}

/// The page size is the sandbox's; that one page has no `nextLink` is recorded (azure-cli acr list, 2019-02).
#[tokio::test]
async fn lists_are_paged_by_next_link() {
    let names = ["aaaaa", "bbbbb", "ccccc"];
    let seed = names
        .iter()
        .fold(State::empty(), |state, name| state.with_registry(&registry(name)));
    let arm = Arm::with(seed).await;
    let path = format!("/subscriptions/{SUB}/providers/Microsoft.ContainerRegistry/registries");
    assert!(arm.get(&path, NEWEST).await.body.get("nextLink").is_none());
    let mut url = format!("{path}?api-version={NEWEST}&$top=2");
    let mut found = Vec::new();
    while !url.is_empty() {
        let page = arm.send(Method::GET, &url, None, &[]).await.body;
        found.extend(
            page["value"]
                .as_array()
                .unwrap()
                .iter()
                .map(|known| known["name"].as_str().unwrap().to_owned()),
        );
        url = page["nextLink"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!(found, names);
}
