//! Bodies that Azure cannot take are refused at their write, not stored.

use reqwest::Method;
use ringfence::sandbox::State;
use serde_json::{Value, json};

use crate::arm_requests::{NETWORK, NEWEST, SUB, registry, subnet};
use crate::sandbox_client::Arm;

fn group() -> String {
    format!("/subscriptions/{SUB}/resourceGroups/rg/providers")
}

async fn arm() -> Arm {
    let seed = State::empty()
        .with_registry(&registry("contoso"))
        .with_endpoint(&subnet("build"));
    Arm::with(seed).await
}

#[tokio::test]
async fn nonsense_in_a_network_is_not_stored() {
    let arm = arm().await;
    let reference = format!("{}/Microsoft.Network/ddosProtectionPlans/p", group());
    let rows = [
        ("dhcpOptions", json!({"dnsServers": ["10.0.0.4", "fd00::1"]}), 201),
        ("dhcpOptions", json!({"dnsServers": ["zzz"]}), 501),
        ("dhcpOptions", json!({"dnsServers": "10.0.0.4"}), 400),
        ("dhcpOptions", json!({"x": 1}), 501),
        ("flowTimeoutInMinutes", json!(4), 201),
        ("flowTimeoutInMinutes", json!(3), 501),
        ("flowTimeoutInMinutes", json!("4"), 400),
        ("virtualNetworkPeerings", json!([]), 201),
        ("virtualNetworkPeerings", json!([{}]), 501),
        ("ddosProtectionPlan", json!({"id": reference}), 201),
        ("ddosProtectionPlan", json!({}), 501),
        ("bgpCommunities", json!({}), 501),
        (
            "bgpCommunities",
            json!({"virtualNetworkCommunity": "12076:20000"}),
            201,
        ),
        ("bgpCommunities", json!({"virtualNetworkCommunity": "zzz"}), 501),
        (
            "bgpCommunities",
            json!({"virtualNetworkCommunity": "1:99999"}),
            501,
        ),
        (
            "encryption",
            json!({"enabled": true, "enforcement": "Sometimes"}),
            400,
        ),
        ("ipAllocations", json!([{"id": 5}]), 400),
        ("privateEndpointVNetPolicies", json!("Perhaps"), 400),
    ];
    let path = format!("{}/Microsoft.Network/virtualNetworks/new", group());
    for (name, value, status) in rows {
        let mut body = network(json!(["10.1.0.0/16"]));
        body["properties"][name] = value;
        let reply = arm.put(&path, NETWORK, &body).await;
        assert_eq!(reply.status, status, "{body}: {}", reply.body);
        if let Some(operation) = reply.header("azure-asyncoperation") {
            arm.send(Method::GET, operation, None, &[]).await;
            arm.sandbox.remove(&path);
        }
        assert_eq!(arm.get(&path, NETWORK).await.status, 404, "{body}");
    }
    for (name, value) in [("x", json!(1)), ("extendedLocation", json!({}))] {
        let mut body = network(json!(["10.1.0.0/16"]));
        body[name] = value;
        assert_eq!(arm.put(&path, NETWORK, &body).await.status, 501, "{body}");
    }
}

fn network(prefixes: Value) -> Value {
    json!({"location": "eastus", "properties": {"addressSpace": {"addressPrefixes": prefixes}}})
}

/// Ranges: virtual-networks-faq.
#[tokio::test]
async fn impossible_address_spaces_are_refused() {
    let arm = arm().await;
    let path = format!("{}/Microsoft.Network/virtualNetworks/new", group());
    let rows = [
        (json!(["224.0.0.0/8"]), 400),
        (json!(["127.0.0.0/16"]), 400),
        (json!(["169.254.1.0/24"]), 400),
        (json!(["168.63.129.16/32"]), 400),
        (json!(["168.63.0.0/16"]), 501),
        (json!(["0.0.0.0/0"]), 501),
        (json!(["10.0.0.0/30"]), 501),
        (json!(["fd00::/65"]), 501),
        (json!(["fd00::/48"]), 501),
        (json!(["10.0.0.0/8", "10.1.0.0/16"]), 501),
        (json!(["10.0.0.0/16", "10.0.0.0/16"]), 501),
        (json!(["10.0.0.0/16", "10.1.0.0/16", "fd00::/48"]), 201),
    ];
    for (prefixes, status) in rows {
        let reply = arm.put(&path, NETWORK, &network(prefixes.clone())).await;
        assert_eq!(reply.status, status, "{prefixes}: {}", reply.body);
    }
}

/// Text and code of the id: docs, troubleshooting-shared-images and resource-manager-common-deployment-errors.
#[tokio::test]
async fn nonsense_in_a_subnet_is_not_stored() {
    let arm = arm().await;
    let gateway = format!("{}/Microsoft.Network/natGateways/nat", group());
    let delegation = json!({"name": "d", "properties": {"serviceName": "Microsoft.ContainerInstance/containerGroups"}});
    let storage = "Microsoft.Storage";
    let rows = [
        ("natGateway", json!({"id": gateway}), 200),
        ("natGateway", json!({"id": "zzz"}), 400),
        ("natGateway", json!({"id": ""}), 400),
        ("natGateway", json!({}), 501),
        (
            "natGateway",
            json!({"id": gateway.replace("natGateways", "routeTables")}),
            501,
        ),
        ("networkSecurityGroup", json!({"id": "/subscriptions/s"}), 501),
        ("routeTable", json!({"id": "zzz"}), 400),
        ("delegations", json!([delegation]), 200),
        ("delegations", json!([{}]), 501),
        ("delegations", json!([{"name": "d"}]), 501),
        ("delegations", json!([delegation, delegation]), 501),
        (
            "delegations",
            json!([{"name": "", "properties": delegation["properties"]}]),
            501,
        ),
        (
            "delegations",
            json!([{"name": "d", "properties": {"serviceName": "zzz"}}]),
            501,
        ),
        (
            "serviceEndpoints",
            json!([{"service": storage, "locations": ["West US"]}]),
            200,
        ),
        (
            "serviceEndpoints",
            json!([{"service": storage, "locations": ["zzz"]}]),
            501,
        ),
        ("addressPrefixes", json!(["10.0.0.0/24", "10.0.0.0/25"]), 501),
        ("sharingScope", json!("World"), 400),
    ];
    for (name, value, status) in rows {
        let before = arm.get(subnet("build").as_str(), NETWORK).await.body;
        let mut body = json!({"properties": {"addressPrefix": "10.0.0.0/24"}});
        if name == "addressPrefixes" {
            body = json!({"properties": {}});
        }
        body["properties"][name] = value;
        let reply = arm.put(subnet("build").as_str(), NETWORK, &body).await;
        assert_eq!(reply.status, status, "{body}: {}", reply.body);
        if status == 200 {
            let operation = reply.header("azure-asyncoperation").unwrap();
            arm.send(Method::GET, operation, None, &[]).await;
        } else {
            assert_eq!(arm.get(subnet("build").as_str(), NETWORK).await.body, before);
        }
    }
    let body = json!({"location": "eastus", "properties": {
        "addressSpace": {"addressPrefixes": ["10.0.0.0/8"]},
        "subnets": [{"name": "build", "properties": {"addressPrefix": "10.0.0.0/24", "natGateway": {"id": "zzz"}}}],
    }});
    let path = subnet("build").as_str().replace("/subnets/build", "");
    let refused = arm.put(&path, NETWORK, &body).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code()),
        (400, "LinkedInvalidPropertyId")
    );
    assert_eq!(
        refused.message(),
        "Property id 'zzz' at path 'properties.subnets[0].properties.natGateway.id' is invalid. Expect fully qualified resource Id that start with '/subscriptions/{subscriptionId}' or '/providers/{resourceProviderNamespace}/'."
    );
}

#[tokio::test]
async fn encryption_needs_a_key_and_an_identity() {
    let arm = arm().await;
    let key = "https://v.vault.azure.net/keys/k/1";
    let client = "11111111-1111-1111-1111-111111111111";
    let with = |properties: Value| json!({"status": "enabled", "keyVaultProperties": properties});
    let rows = [
        (json!({"status": "enabled"}), 501),
        (with(json!({})), 501),
        (with(json!({"keyIdentifier": key})), 501),
        (
            with(json!({"keyIdentifier": "zzz/keys/a/b", "identity": client})),
            501,
        ),
        (with(json!({"keyIdentifier": key, "identity": "i"})), 501),
        (
            with(json!({"keyIdentifier": key, "identity": client, "x": 1})),
            501,
        ),
        (
            with(json!({"keyIdentifier": key, "identity": client, "keyRotationEnabled": true})),
            501,
        ),
        (with(json!({"keyIdentifier": key, "identity": client})), 201),
    ];
    let path = registry("fabrikam");
    for (encryption, status) in rows {
        let body = json!({"location": "eastus", "sku": {"name": "Premium"}, "properties": {"encryption": encryption}});
        let reply = arm.put(path.as_str(), NEWEST, &body).await;
        assert_eq!(reply.status, status, "{body}: {}", reply.body);
    }
}

#[tokio::test]
async fn identity_keys_and_ids_are_checked() {
    let arm = arm().await;
    let user = format!("{}/Microsoft.ManagedIdentity/userAssignedIdentities/u", group());
    let rows = [
        (
            json!({"type": "SystemAssigned", "userAssignedIdentities": {user: {}}}),
            501,
        ),
        (json!({"type": "SystemAssigned", "x": 1}), 501),
        (json!({"type": "SystemAssigned", "principalId": SUB}), 501),
        (
            json!({"type": "SystemAssigned", "userAssignedIdentities": {}}),
            201,
        ),
    ];
    for (identity, status) in rows {
        let body = json!({"identity": identity});
        let reply = arm.patch(registry("contoso").as_str(), NEWEST, &body).await;
        assert_eq!(reply.status, status, "{body}: {}", reply.body);
    }
}

/// RFC 6890: no client of a registry has such an address, and no source says what Azure does with the rule.
#[tokio::test]
async fn special_use_range_as_ip_rule_is_not_guessed() {
    let arm = arm().await;
    let rows = [
        ("127.0.0.1", 501),
        ("0.0.0.0", 501),
        ("100.64.0.0/10", 501),
        ("169.254.169.254", 501),
        ("224.0.0.0/4", 501),
        ("240.0.0.0/4", 501),
        ("10.0.0.0/8", 400),
        ("0.0.0.0/1", 200),
        ("203.0.113.0/24", 200),
    ];
    for (value, status) in rows {
        let rule = json!({"action": "Allow", "value": value});
        let body =
            json!({"properties": {"networkRuleSet": {"defaultAction": "Deny", "ipRules": [rule]}}});
        let reply = arm.patch(registry("contoso").as_str(), NEWEST, &body).await;
        assert_eq!(reply.status, status, "{value}: {}", reply.body);
    }
}

/// A GET never has null for these, and no source says what a write with it does.
#[tokio::test]
async fn null_in_a_patch_is_not_guessed() {
    let arm = arm().await;
    let rows = [
        json!({"tags": null}),
        json!({"sku": null}),
        json!({"identity": null}),
        json!({"properties": null}),
        json!({"properties": {"publicNetworkAccess": null}}),
        json!({"properties": {"encryption": null}}),
        json!({"properties": {"networkRuleSet": null}}),
        json!({"properties": {"networkRuleSet": {"defaultAction": "Allow", "ipRules": null}}}),
        json!({"properties": {"policies": {"retentionPolicy": null}}}),
    ];
    for body in rows {
        let reply = arm.patch(registry("contoso").as_str(), NEWEST, &body).await;
        assert_eq!(
            (reply.status.as_u16(), reply.code()),
            (501, "NotEstablished"),
            "{body}"
        );
        assert!(reply.message().contains("null"), "{}", reply.message());
    }
}

#[tokio::test]
async fn rule_set_below_premium_is_read_too() {
    let arm = arm().await;
    let rows = [
        (json!({"defaultAction": "Allow", "ipRules": []}), 200),
        (json!({"defaultAction": "Perhaps"}), 400),
        (json!({"ipRules": "x"}), 400),
        (json!({"x": 1}), 501),
    ];
    for (set, status) in rows {
        let body = json!({"location": "eastus", "sku": {"name": "Basic"}, "properties": {"networkRuleSet": set}});
        let reply = arm.put(registry("fabrikam").as_str(), NEWEST, &body).await;
        assert_eq!(reply.status, status, "{body}: {}", reply.body);
    }
}

#[tokio::test]
async fn creation_does_not_take_what_azure_alone_writes() {
    let arm = arm().await;
    let rows = [
        ("loginServer", json!("fabrikam.azurecr.io"), 200),
        ("loginServer", json!("evil.azurecr.io"), 501),
        ("provisioningState", json!("Failed"), 501),
        ("privateEndpointConnections", json!([{"id": "x"}]), 501),
        ("dataEndpointHostNames", json!(["x"]), 501),
    ];
    for (name, value, status) in rows {
        let body =
            json!({"location": "eastus", "sku": {"name": "Premium"}, "properties": {name: value}});
        let reply = arm.put(registry("fabrikam").as_str(), NEWEST, &body).await;
        assert_eq!(reply.status, status, "{body}: {}", reply.body);
    }
}

/// A list with a body that names another resource, a PATCH without tags, a pool without prefixes, an unknown region.
#[tokio::test]
async fn requests_about_something_else_are_refused() {
    let arm = arm().await;
    let vnet = subnet("build").as_str().replace("/subnets/build", "");
    let other = |key: &str| {
        let mut body = network(json!(["10.0.0.0/8"]));
        let mut subnet = json!({"name": "build", "properties": {"addressPrefix": "10.0.0.0/24"}});
        subnet[key] = "/other".into();
        body["properties"]["subnets"] = json!([subnet]);
        body
    };
    let pool = json!([{"pool": {"id": format!("{}/Microsoft.Network/networkManagers/m/ipamPools/p", group())}}]);
    for body in [other("id"), other("type")] {
        assert_eq!(arm.put(&vnet, NETWORK, &body).await.status, 501, "{body}");
    }
    let body = json!({"properties": {"ipamPoolPrefixAllocations": pool}});
    assert_eq!(arm.put(subnet("new").as_str(), NETWORK, &body).await.status, 501);
    let body = json!({"properties": {"ipamPoolPrefixAllocations": []}});
    assert_eq!(arm.put(subnet("new").as_str(), NETWORK, &body).await.status, 400);
    assert_eq!(arm.patch(&vnet, NETWORK, &json!({})).await.status, 501);
    let services = |region: &str| {
        format!(
            "/subscriptions/{SUB}/providers/Microsoft.Network/locations/{region}/virtualNetworkAvailableEndpointServices"
        )
    };
    assert_eq!(arm.get(&services("West%20US"), NETWORK).await.status, 200);
    assert_eq!(arm.get(&services("zzz"), NETWORK).await.status, 501);
    let locks = format!("{}/providers/Microsoft.Authorization/locks", registry("contoso"));
    let level = json!({"properties": {"level": "ReadOnly"}});
    assert_eq!(
        arm.put(&format!("{locks}/a%2Fb"), "2020-05-01", &level)
            .await
            .status,
        400
    );
    let named = json!({"properties": {"level": "ReadOnly"}, "name": "b"});
    assert_eq!(
        arm.put(&format!("{locks}/a"), "2020-05-01", &named).await.status,
        501
    );
    let gone = locks.replace("contoso", "nowhere");
    assert_eq!(arm.get(&gone, "2020-05-01").await.status, 501);
}
