//! The state file: its content, and when it is saved.

use std::error::Error;

use ringfence::sandbox::{Options, SandboxError, State, StateError, start};
use serde_json::{Value, json};

use crate::arm_requests::{NETWORK, NEWEST, SUB, ip, registry, rule_set, subnet};
use crate::sandbox_client::Arm;

#[tokio::test]
async fn missing_state_file_is_created_and_has_every_write() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let seed = State::empty()
        .with_registry(&registry("contoso"))
        .with_subnet(&subnet("build"));
    let options = Options {
        seed,
        state_file: Some(file.clone()),
        ..Options::default()
    };
    let arm = Arm::start(options.clone()).await;
    arm.patch(
        registry("contoso").as_str(),
        NEWEST,
        &rule_set(json!({"defaultAction": "Deny", "ipRules": [ip("8.8.8.8")]})),
    )
    .await;
    arm.enable_endpoint(subnet("build").as_str()).await;
    let (seen, network) = (
        arm.get(registry("contoso").as_str(), NEWEST).await.body,
        arm.get(subnet("build").as_str(), NETWORK).await.body,
    );
    arm.sandbox.stop().await;

    let saved = State::load(&file).unwrap();
    assert!(saved.resources.contains(&seen));
    let again = Arm::start(Options {
        seed: State::empty(),
        ..options
    })
    .await;
    assert_eq!(again.get(registry("contoso").as_str(), NEWEST).await.body, seen);
    assert_eq!(again.get(subnet("build").as_str(), NETWORK).await.body, network);
}

#[test]
fn state_survives_saving_and_loading() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let state = State::empty()
        .with_registry(&registry("contoso"))
        .with_subnet(&subnet("a"))
        .with_subnet(&subnet("b"));
    state.save(file.path()).unwrap();
    assert_eq!(State::load(file.path()).unwrap(), state);
}

#[test]
#[cfg(unix)]
fn symbolic_link_to_a_state_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (link, real) = (folder.path().join("link"), folder.path().join("real.json"));
    std::os::unix::fs::symlink("real.json", &link).unwrap();
    for state in [State::empty(), State::empty().with_registry(&registry("contoso"))] {
        state.save(&link).unwrap();
        assert!(link.is_symlink());
        assert_eq!(State::load(&real).unwrap(), state);
    }
}

#[test]
fn unwritable_state_reports_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("no/state.json");
    let told = |error: StateError| format!("{error}: {}", error.source().unwrap());
    let error = told(State::empty().save(&file).unwrap_err());
    assert!(
        error.ends_with("could not be written: No such file or directory (os error 2)"),
        "{error}"
    );
    let error = told(State::load(folder.path()).unwrap_err());
    assert!(
        error.ends_with("could not be read: it is a folder, not a regular file"),
        "{error}"
    );
}

/// The output of `az acr show`: flat, with nulls, and with its own names for rule ids.
#[test]
fn output_of_az_can_be_pasted_in() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let (id, subnet) = (registry("contoso"), subnet("build"));
    let pasted = json!({"resources": [
        {"id": id.as_str(), "name": "contoso", "type": "Microsoft.ContainerRegistry/registries", "location": "eastus",
         "resourceGroup": "rg", "identity": null, "sku": {"name": "Premium"}, "adminUserEnabled": false,
         "networkRuleSet": {"defaultAction": "Deny", "ipRules": [{"action": "Allow", "ipAddressOrRange": "8.8.8.8"}],
                            "virtualNetworkRules": [{"action": "Allow", "virtualNetworkResourceId": subnet.as_str()}]}},
        {"id": subnet.as_str(), "name": "build", "addressPrefix": "10.0.0.0/24", "resourceGroup": "rg", "routeTable": null},
    ]});
    std::fs::write(file.path(), pasted.to_string()).unwrap();
    let state = State::load(file.path()).unwrap();
    let registry = &state.resources[0];
    assert_eq!(registry["sku"]["tier"], "Premium");
    assert!(registry.get("resourceGroup").is_none() && registry.get("identity").is_none());
    assert_eq!(
        registry["properties"]["networkRuleSet"],
        json!({
            "defaultAction": "Deny",
            "virtualNetworkRules": [{"action": "Allow", "virtualNetworkSubnetResourceId": subnet.as_str()}],
            "ipRules": [{"action": "Allow", "value": "8.8.8.8"}],
        })
    );
    let network = &state.resources[1];
    assert_eq!(network["type"], "Microsoft.Network/virtualNetworks");
    assert_eq!(
        network["properties"]["subnets"][0]["properties"],
        json!({
            "addressPrefix": "10.0.0.0/24", "provisioningState": "Succeeded", "delegations": [],
            "privateEndpointNetworkPolicies": "Disabled", "privateLinkServiceNetworkPolicies": "Enabled",
        })
    );
    assert_eq!(
        state.subscriptions.len(),
        1,
        "a subscription that only resources name is added"
    );
}

/// Recorded: azure-cli test_acr_with_dual_stack_endpoints, 2026-09.
#[tokio::test]
async fn omitted_seed_fields_have_azures_defaults() {
    let (id, other) = (registry("contoso"), registry("fabrikam"));
    let properties = json!({
        "publicNetworkAccess": "Disabled", "adminUserEnabled": null, "dataEndpointEnabled": true,
        "policies": {"exportPolicy": {"status": "disabled"}}, "unknown": 1,
    });
    let mut seed = State::empty();
    seed.resources = vec![
        json!({"id": id.as_str(), "sku": {"name": "Premium"}, "location": "westus", "properties": properties}),
        json!({"id": other.as_str(), "sku": {"name": "Basic"}, "properties": {}}),
    ];
    let arm = Arm::with(seed).await;
    let made = Arm::with(State::empty().with_registry(&id).with_registry(&other)).await;
    let mut want = made.get(id.as_str(), NEWEST).await.body;
    want["location"] = "westus".into();
    let properties = &mut want["properties"];
    properties["publicNetworkAccess"] = "Disabled".into();
    properties["dataEndpointEnabled"] = true.into();
    properties["dataEndpointHostNames"] = json!(["contoso.westus.data.azurecr.io"]);
    properties["policies"]["exportPolicy"]["status"] = "disabled".into();
    properties["unknown"] = 1.into();
    assert_eq!(arm.get(id.as_str(), NEWEST).await.body, want);
    let mut want = made.get(other.as_str(), NEWEST).await.body;
    want["sku"] = json!({"name": "Basic", "tier": "Basic"});
    want["properties"]
        .as_object_mut()
        .unwrap()
        .remove("networkRuleSet");
    assert_eq!(arm.get(other.as_str(), NEWEST).await.body, want);
}

#[test]
fn impossible_registry_in_a_seed_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let rows = [
        (
            "/sku",
            json!({"name": "Gold"}),
            "`sku.name` must be one of Basic,",
        ),
        ("/location", json!(5), "`location` must be a string, not 5"),
        ("/tags", json!([]), "`tags` of `"),
        ("/tags", json!({"a": 1}), "`tags` must be an object of strings"),
        ("/name", json!("other"), "`name` of `"),
        ("/type", json!("other"), "`type` of `"),
        ("/sku/tier", json!("Basic"), "`sku.tier` must be Premium"),
        (
            "/properties/provisioningState",
            json!("Done"),
            "`properties.provisioningState` must be one of Creating,",
        ),
        (
            "/properties/networkRuleSet",
            json!({"bypass": "None"}),
            "unknown key `bypass`",
        ),
        ("/properties", json!("none"), "`properties` of `"),
        ("/properties/publicNetworkAccess", json!(true), "must be a string"),
        (
            "/properties/publicNetworkAccess",
            json!("Foo"),
            "`properties.publicNetworkAccess` must be one of Enabled, Disabled",
        ),
        (
            "/properties/networkRuleBypassOptions",
            json!("All"),
            "must be one of AzureServices, None",
        ),
        (
            "/properties/networkRuleSet/defaultAction",
            json!("Maybe"),
            "`properties.networkRuleSet.defaultAction` must be one of Allow, Deny",
        ),
        (
            "/properties/networkRuleSet/ipRules",
            json!([{"value": "x"}]),
            "`properties.networkRuleSet.ipRules[0]`: `x`",
        ),
        (
            "/properties/networkRuleSet/ipRules",
            json!({}),
            "`ipRules` must be a list",
        ),
        (
            "/properties/networkRuleSet/virtualNetworkRules",
            json!([{"id": "build"}]),
            "`properties.networkRuleSet.virtualNetworkRules[0]`: ",
        ),
        (
            "/properties/dataEndpointEnabled",
            json!("yes"),
            "`dataEndpointEnabled` of `",
        ),
        ("/properties/policies", json!([]), "`policies` of `"),
        (
            "/properties/networkRuleSet",
            json!("open"),
            "`networkRuleSet` of `",
        ),
    ];
    for (pointer, value, want) in rows {
        let mut state = State::empty().with_registry(&registry("contoso"));
        *state.resources[0].pointer_mut(pointer).unwrap() = value;
        state.save(file.path()).unwrap();
        let error = State::load(file.path()).unwrap_err().to_string();
        assert!(error.contains(want) && error.contains("line "), "{error}");
        assert!(error.contains("resources[0]: "), "{error}");
    }
}

/// A location comes back normalised (recorded: azure-powershell TestCreateWithNetworkRuleSet, 2020-10), enums in
/// Azure's case.
#[tokio::test]
async fn seed_accepts_the_body_a_client_sends() {
    let mut seed = State::empty()
        .with_registry(&registry("contoso"))
        .with_subnet(&subnet("build"));
    for resource in &mut seed.resources {
        resource["location"] = "West Europe".into();
    }
    seed.resources[0]["properties"]["publicNetworkAccess"] = "enabled".into();
    seed.resources[0]["properties"]["networkRuleSet"]["defaultAction"] = "DENY".into();
    let arm = Arm::with(seed).await;
    let id = registry("contoso");
    let shown = arm.get(id.as_str(), NEWEST).await;
    assert_eq!(shown.body["location"], "westeurope");
    assert_eq!(shown.body["properties"]["publicNetworkAccess"], "Enabled");
    assert_eq!(shown.rules()["defaultAction"], "Deny");
    arm.enable_endpoint(subnet("build").as_str()).await;
    let body = json!({"location": "westeurope", "tags": {"a": "b"}});
    assert_eq!(arm.patch(id.as_str(), NEWEST, &body).await.status, 200);
    let network = subnet("build").as_str().replace("/subnets/build", "");
    let body = arm.get(&network, "2024-07-01").await.body;
    assert_eq!(body["location"], "westeurope");
    assert_eq!(arm.put(&network, "2024-07-01", &body).await.status, 200);
}

#[tokio::test]
async fn invalid_state_is_reported_and_unchanged() {
    let group = format!("/subscriptions/{SUB}/resourceGroups/rg");
    let bare = json!({"id": group}).to_string();
    let rows: [(&str, usize, &str); 9] = [
        ("", 1, "EOF while parsing"),
        ("{\n \"resources\": [\n  }", 3, "expected value"),
        ("[]", 1, "invalid"),
        ("{\n\"resource\": []}", 2, "unknown field `resource`"),
        ("{\"resources\": [\n1]}", 2, "a resource must be an object"),
        (
            "{\"resources\": [{\"id\": \"contoso\"}]}",
            1,
            "`contoso` is not an ARM resource id",
        ),
        (
            "{\"subscriptions\": [{\"tenant\": \"t\"}]}",
            1,
            "missing field `id`",
        ),
        (
            "{\"resources\": [{\"id\": \"/subscriptions/s/resourceGroups/r/providers/Microsoft.ContainerRegistry/registries/contoso\"}]}",
            1,
            "has no `sku.name`",
        ),
        (
            &format!("{{\"resources\": [{bare}, {bare}]}}"),
            1,
            &format!("resources[1]: the id `{group}` is in resources[0] too"),
        ),
    ];
    for (text, wanted, reason) in rows {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let options = Options {
            state_file: Some(file.path().to_owned()),
            ..Options::default()
        };
        let Err(SandboxError::State(error @ StateError::Invalid { .. })) = start(options).await else {
            panic!("`{text}` was taken");
        };
        let shown = error.to_string();
        assert!(
            shown.contains(&format!("line {wanted}, column ")) && shown.contains(reason),
            "{shown}"
        );
        assert!(shown.contains(&file.path().display().to_string()));
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), text);
    }
}

#[tokio::test]
async fn invalid_seed_is_refused() {
    let seed = State {
        resources: vec![Value::Null],
        ..State::empty()
    };
    let started = start(Options {
        seed,
        ..Options::default()
    })
    .await;
    assert!(matches!(started, Err(SandboxError::Seed { .. })));
}

#[test]
fn seeding_many_equals_seeding_one_by_one() {
    let (registries, subnets) = (
        ["a1234", "b1234", "A1234"].map(registry),
        ["x", "y", "x"].map(subnet),
    );
    let names = |state: &State| -> Vec<String> {
        let ids = |resource: &Value| {
            let subnets = resource["properties"]["subnets"].as_array();
            let subnets = subnets.into_iter().flatten().map(|subnet| &subnet["id"]);
            let shared = |subnet: &Value| subnet["etag"] == resource["etag"];
            assert!(
                resource["properties"]["subnets"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .all(shared)
            );
            std::iter::once(&resource["id"])
                .chain(subnets)
                .map(Value::to_string)
                .collect::<Vec<_>>()
        };
        state.resources.iter().flat_map(ids).collect()
    };
    let together = State::empty().with_all(&registries, &subnets);
    let single = registries.iter().fold(State::empty(), State::with_registry);
    let single = subnets.iter().fold(single, State::with_subnet);
    assert_eq!(names(&together), names(&single));
    assert_eq!(together.subscriptions, single.subscriptions);
    assert_eq!(names(&together).len(), 2 + 1 + 2);
}
