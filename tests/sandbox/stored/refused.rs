//! Files that ARM could not have stored.

use ringfence::model::RegistryId;
use ringfence::sandbox::{Options, SandboxError, State, StateError, start};
use serde_json::{Value, json};

use super::{at, contoso, load, network, replication};
use crate::arm_requests::{SUB, registry};

/// Sets the value at a pointer. The objects on the way are made if they are missing.
fn with(mut resource: Value, pointer: &str, value: Value) -> Value {
    let mut place = &mut resource;
    for key in pointer.split('/').skip(1) {
        place = match place {
            Value::Array(items) => &mut items[key.parse::<usize>().unwrap()],
            object => &mut object[key],
        };
    }
    *place = value;
    resource
}

fn assert_refused(content: &Value, wanted: &str) {
    let Err(error @ StateError::Invalid { .. }) = load(content) else {
        panic!("{content} was taken, not refused with `{wanted}`");
    };
    assert!(error.to_string().contains(wanted), "{error}\n{wanted}");
}

fn assert_all_refused(rows: &[(Value, &str)]) {
    for (resource, wanted) in rows {
        let wanted = format!("resources[0]: {wanted}");
        assert_refused(&json!({"resources": [resource]}), &wanted);
    }
}

#[test]
fn registry_that_azure_would_not_store_is_refused() {
    let basic = with(contoso(), "/sku/name", json!("Basic"));
    let properties =
        |pointer: &str, value: Value| with(contoso(), &format!("/properties/{pointer}"), value);
    let below =
        |pointer: &str, value: Value| with(basic.clone(), &format!("/properties/{pointer}"), value);
    let rule = |rule: Value| {
        properties(
            "networkRuleSet",
            json!({"defaultAction": "Deny", "ipRules": [rule]}),
        )
    };
    assert_all_refused(&[
        (
            with(contoso(), "/location", json!("mars")),
            "`location` must be an Azure region, not `mars`",
        ),
        (with(contoso(), "/foo", json!(1)), "unknown property `foo`"),
        (
            with(contoso(), "/name", json!(5)),
            "`name` must be a string, not 5",
        ),
        (
            with(contoso(), "/systemData", json!({"createdAt": "x"})),
            "`systemData.createdAt` must be a time",
        ),
        (
            with(
                contoso(),
                "/identity",
                json!({"type": "UserAssigned", "userAssignedIdentities": {"x": {}}}),
            ),
            "`identity.userAssignedIdentities.x`: ",
        ),
        (
            properties("dataEndpointHostNames", json!(["x"])),
            "`properties.dataEndpointHostNames` must begin with `contoso.`",
        ),
        (with(contoso(), "/sku/foo", json!(1)), "unknown key `sku.foo`"),
        (
            with(contoso(), "/tags", json!({"a": 1})),
            "`tags` must be an object of strings",
        ),
        (
            with(contoso(), "/systemData", json!({"x": 1})),
            "unknown key `systemData.x`",
        ),
        (
            with(contoso(), "/identity", json!({})),
            "`identity.type` must be one of",
        ),
        (
            with(contoso(), "/identity", json!({"type": "Both"})),
            "`identity.type` must be one of",
        ),
        (
            with(
                contoso(),
                "/id",
                json!(at("Microsoft.ContainerRegistry/registries/a-b")),
            ),
            "the name of a registry",
        ),
        (
            properties("loginServer", json!("evil.azurecr.io")),
            "`properties.loginServer` must begin with `contoso`",
        ),
        (
            properties("creationDate", json!(5)),
            "`properties.creationDate` must be a string",
        ),
        (
            properties("policies", json!({"x": {}})),
            "unknown key `properties.policies.x`",
        ),
        (
            properties("policies", json!({"retentionPolicy": {"days": 400}})),
            "`properties.policies.retentionPolicy.days` must be",
        ),
        (
            properties("policies", json!({"exportPolicy": {"status": "disabled"}})),
            "`properties.policies.exportPolicy` can be",
        ),
        (
            properties("encryption", json!({"status": "enabled"})),
            "`properties.encryption.keyVaultProperties.keyIdentifier` is",
        ),
        (
            properties("endpointProtocol", json!("IPv4AndIPv6")),
            "`properties.endpointProtocol` can be IPv4AndIPv6 only",
        ),
        (
            properties("zoneRedundancy", json!("Perhaps")),
            "`properties.zoneRedundancy` must be one of",
        ),
        (
            properties("privateEndpointConnections", json!([{}])),
            "`properties.privateEndpointConnections[0].properties.",
        ),
        (rule(json!({"value": "8.8.8.8", "foo": 1})), "`networkRuleSet` of"),
        (
            rule(json!({"value": "8.8.8.8", "action": 5})),
            "`networkRuleSet` of",
        ),
        (
            rule(json!({"value": "8.8.8"})),
            "`properties.networkRuleSet.ipRules[0]`: ",
        ),
        (
            below("networkRuleSet", json!({"defaultAction": "Deny"})),
            "`networkRuleSet` of",
        ),
        (
            below("networkRuleSet", json!({"ipRules": [{"value": "8.8.8.8"}]})),
            "`networkRuleSet` of",
        ),
        (
            below("publicNetworkAccess", json!("Disabled")),
            "`properties.publicNetworkAccess` can be Disabled",
        ),
        (
            below("dataEndpointEnabled", json!(true)),
            "`properties.dataEndpointEnabled` needs the SKU Premium",
        ),
    ]);
}

#[test]
fn private_endpoint_connection_has_the_id_of_its_registry() {
    let connection = |id: &str, status: &str| {
        let state = json!({"privateLinkServiceConnectionState": {"status": status}});
        let list = json!([{"id": id, "properties": state}]);
        with(contoso(), "/properties/privateEndpointConnections", list)
    };
    let own = format!("{}/privateEndpointConnections/one", registry("contoso"));
    let other = own.replace("contoso", "fabrikam");
    assert!(load(&json!({"resources": [connection(&own, "Approved")]})).is_ok());
    let place = "`properties.privateEndpointConnections[0].";
    assert_all_refused(&[
        (
            connection(&other, "Approved"),
            &format!("{place}id` must be `{own}`"),
        ),
        (
            connection(&own, "Perhaps"),
            &format!("{place}properties.privateLinkServiceConnectionState.status` must"),
        ),
        (json!({"id": own}), &format!("`{own}` belongs into")),
    ]);
}

#[test]
fn network_that_azure_would_not_store_is_refused() {
    let subnet =
        |key: &str, value: Value| with(network(), &format!("/properties/subnets/0/{key}"), value);
    let space = |prefixes: Value| with(network(), "/properties/addressSpace/addressPrefixes", prefixes);
    assert_all_refused(&[
        (
            with(network(), "/location", json!("mars")),
            "`location` must be an Azure region, not `mars`",
        ),
        (with(network(), "/foo", json!(1)), "unknown key `foo`"),
        (
            with(network(), "/etag", json!([])),
            "`etag` must be a string, not []",
        ),
        (
            with(network(), "/properties/resourceGuid", json!("x")),
            "`properties.resourceGuid` must be a GUID",
        ),
        (
            with(
                network(),
                "/properties/subnets/0/properties/ipConfigurations",
                json!("x"),
            ),
            "`properties.subnets[0].properties.ipConfigurations` must be a list of objects",
        ),
        (
            with(network(), "/properties/provisioningState", json!("Done")),
            "`properties.provisioningState` must be one of",
        ),
        (
            with(network(), "/properties/dhcpOptions", json!({"dnsServers": ["x"]})),
            "`properties.dhcpOptions.dnsServers[0]` must",
        ),
        (
            with(
                network(),
                "/properties/bgpCommunities",
                json!({"virtualNetworkCommunity": "x"}),
            ),
            "`properties.bgpCommunities.",
        ),
        (space(json!(["x"])), "Address prefix x of resource"),
        (
            space(json!([])),
            "`properties.addressSpace.addressPrefixes` is missing",
        ),
        (
            space(json!(["127.0.0.0/16", "10.0.0.0/16"])),
            "ringfence sandbox: the prefix 127.0.0.0/16 is in",
        ),
        (subnet("name", json!(null)), "subnet id `` is not inside"),
        (
            subnet("id", json!(at("Microsoft.Network/virtualNetworks/net/subnets/b"))),
            "`name` of",
        ),
        (subnet("type", json!("other")), "`type` of"),
        (
            subnet("properties", json!({})),
            "the subnet `a` has no `addressPrefix`",
        ),
        (
            subnet("properties/addressPrefix", json!("11.0.0.0/24")),
            "Subnet 'a' is not valid because its IP address range is outside",
        ),
        (
            subnet("properties/addressPrefixes", json!(["10.0.1.0/24"])),
            "the subnet `a` has both",
        ),
        (
            subnet("properties/natGateway", json!({"id": "x"})),
            "`properties.subnets[0].properties.natGateway.id` must",
        ),
        (
            subnet(
                "properties/delegations",
                json!([{"name": "x", "serviceName": "x"}]),
            ),
            "`properties.subnets[0].properties.delegations[0].",
        ),
        (
            subnet("properties/serviceEndpoints", json!([{}])),
            "`properties.subnets[0].properties.serviceEndpoints[0].service` is missing",
        ),
        (
            subnet(
                "properties/serviceEndpoints",
                json!([{"service": "Microsoft.Web"}, {"service": "microsoft.web"}]),
            ),
            "`properties.subnets[0].properties.serviceEndpoints[1].service` is named twice",
        ),
    ]);
}

#[test]
fn other_resource_that_azure_would_not_store_is_refused() {
    let group = format!("/subscriptions/{SUB}/resourceGroups/rg");
    let lock = json!({"id": format!("{group}/providers/Microsoft.Authorization/locks/a b")});
    assert_all_refused(&[
        (
            json!({"id": group, "location": "mars"}),
            "`location` must be an Azure region, not `mars`",
        ),
        (json!({"id": group, "name": "other"}), "`name` of"),
        (
            json!({"id": group, "managedBy": "x", "properties": {}}),
            "unknown key `managedBy`",
        ),
        (lock.clone(), "`properties.level` is missing"),
        (
            with(lock.clone(), "/properties/level", json!("All")),
            "`properties.level` must be one of",
        ),
        (
            with(lock, "/properties/level", json!("ReadOnly")),
            "what it locks is missing",
        ),
        (
            json!({"id": at("Microsoft.Network/natGateways/n"), "location": "mars"}),
            "`location` must be",
        ),
        (json!({"id": format!("/subscriptions/{SUB}")}), "`/subscriptions/"),
        (
            json!({"id": group.replace(SUB, "x")}),
            "the subscription of an id must be a GUID, not `x`",
        ),
        (
            json!({"id": format!("{group}/providers/Microsoft.Web")}),
            "`/subscriptions/",
        ),
    ]);
}

#[test]
fn resources_that_contradict_each_other_are_refused() {
    let moved = registry("CONTOSO").as_str().replace("/rg/", "/other/");
    let mut net = network();
    net["properties"]["subnets"][0]["name"] = "A".into();
    let subnet = json!({"id": at("Microsoft.Network/virtualNetworks/NET/subnets/a")});
    let basic = with(contoso(), "/sku/name", json!("Basic"));
    let west = replication("westus", "westus");
    let rows = [
        (
            vec![contoso(), with(contoso(), "/id", json!(moved))],
            "resources[1]: the names of registries are global",
        ),
        (vec![net, subnet], "resources[1]: the id"),
        (vec![west.clone()], "resources[0]: its registry is missing"),
        (
            vec![basic, west.clone()],
            "resources[1]: its registry must be Premium",
        ),
        (
            vec![contoso(), west.clone(), replication("other", "West US")],
            "resources[2]: the registry has a replication there",
        ),
        (
            vec![contoso(), replication("x", "westus")],
            "resources[1]: the name of a replication",
        ),
        (
            vec![contoso(), replication("northwest", "mars")],
            "resources[1]: `location` must be",
        ),
        (
            vec![contoso(), with(west, "/foo", json!(1))],
            "resources[1]: unknown key",
        ),
    ];
    for (resources, wanted) in rows {
        assert_refused(&json!({"resources": resources}), wanted);
    }
}

#[test]
fn subscriptions_have_guids_and_appear_once() {
    let rows = [
        (
            json!([{"id": "x"}]),
            "subscriptions[0]: `id` must be a GUID, not `x`",
        ),
        (
            json!([{"id": SUB, "tenant": "zz"}]),
            "subscriptions[0]: `tenant` must be a GUID, not `zz`",
        ),
        (
            json!([{"id": SUB}, {"id": SUB}]),
            "subscriptions[1]: `id` is that of subscriptions[0]",
        ),
        (
            json!([{"id": SUB, "registered": ["Web"]}]),
            "subscriptions[0]: `registered`: `Web` is not a namespace",
        ),
        (
            json!([{"id": SUB, "registered": ["Microsoft.Web", "microsoft.web"]}]),
            "subscriptions[0]: `registered` names `microsoft.web` twice",
        ),
        (json!({}), "a list as `subscriptions`"),
    ];
    for (subscriptions, wanted) in rows {
        assert_refused(&json!({"subscriptions": subscriptions}), wanted);
    }
}

/// A spec may name what ARM cannot have. A file that could not be read again is not written.
#[tokio::test]
async fn seed_that_no_file_may_hold_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let seed = State::empty().with_registry(&RegistryId::new("s1", "rg", "contoso").unwrap());
    let options = Options {
        seed,
        state_file: Some(file.clone()),
        ..Options::default()
    };
    let Err(error @ SandboxError::Seed { .. }) = start(options.clone()).await else {
        panic!("taken");
    };
    assert!(error.to_string().contains("must be a GUID, not `s1`"), "{error}");
    assert!(!file.exists());
    let unsaved = Options {
        state_file: None,
        ..options
    };
    start(unsaved).await.unwrap().stop().await;
}

#[test]
fn first_value_has_column_one() {
    assert_refused(
        &json!([]),
        "line 1, column 1: invalid type: sequence, expected an object",
    );
}
