//! Malformed networks, subnets and regions, and unknown properties of them.

use reqwest::Method;
use ringfence::sandbox::State;
use serde_json::json;

use super::hostile::{OWN, RESOURCES, arm, network, network_body, outcome};
use crate::arm_requests::{NETWORK, NEWEST, SUB, registry, rule_set, subnet};
use crate::sandbox_client::Arm;

/// Texts: Azure/acr#406 (for another type), cloud-barista/cb-spider#527, 2021-11.
#[tokio::test]
async fn unknown_region_is_refused() {
    let arm = arm().await;
    let rg = format!("/subscriptions/{SUB}/resourceGroups/rg/providers");
    let space = json!({"addressPrefixes": ["10.0.0.0/16"]});
    let rows = [
        (
            format!("{rg}/Microsoft.ContainerRegistry/registries/fabrikam"),
            NEWEST,
            json!({"sku": {"name": "Premium"}}),
            "resource type 'Microsoft.ContainerRegistry/registries'",
        ),
        (
            format!("{}/replications/westus3", registry("contoso")),
            NEWEST,
            json!({}),
            "resource type 'Microsoft.ContainerRegistry/registries/replications'",
        ),
        (
            format!("{rg}/Microsoft.Network/virtualNetworks/new"),
            NETWORK,
            json!({"properties": {"addressSpace": space}}),
            "resource type 'Microsoft.Network/virtualNetworks'",
        ),
        (
            format!("/subscriptions/{SUB}/resourcegroups/new"),
            RESOURCES,
            json!({}),
            "resource group",
        ),
    ];
    for (path, version, mut body, kind) in rows {
        body["location"] = "Middle Earth".into();
        let reply = arm.put(&path, version, &body).await;
        let start = format!(
            "The provided location 'Middle Earth' is not available for {kind}. List of available regions"
        );
        assert!(reply.message().starts_with(&start), "{}", reply.message());
        let code = if kind == "resource group" { "Group" } else { "Type" };
        let code = format!("LocationNotAvailableForResource{code}");
        assert_eq!(outcome(&reply), (400, code.as_str()));
        for (sent, want) in [
            (json!(5), "InvalidRequestContent"),
            (json!(null), "LocationRequired"),
            (json!(" "), "LocationRequired"),
        ] {
            body["location"] = sent;
            assert_eq!(
                outcome(&arm.put(&path, version, &body).await),
                (400, want),
                "{body}"
            );
        }
        body["location"] = "West US 3".into();
        let made = arm.put(&path, version, &body).await;
        assert_eq!(
            (made.status.is_success(), &made.body["location"]),
            (true, &json!("westus3")),
            "{}",
            made.body
        );
    }
}

/// Texts: Azure/azure-service-operator#997, MicrosoftDocs/azure-docs#123869; host bits: quoted by many users.
#[tokio::test]
async fn subnets_must_fit_into_their_network() {
    let arm = arm().await;
    let rows = [
        (
            "10.1.0.0",
            "InvalidAddressPrefixFormat",
            "Address prefix 10.1.0.0 of resource ",
        ),
        (
            "nonsense/24",
            "InvalidAddressPrefixFormat",
            "It should follow CIDR notation, for example 10.0.0.0/24.",
        ),
        (
            "10.1.0.5/24",
            "InvalidCIDRNotation",
            "the address prefix should be 10.1.0.0/24.",
        ),
        (
            "192.168.0.0/24",
            "NetcfgSubnetRangeOutsideVnet",
            "Subnet 'new' is not valid because its IP address range is outside the IP address range of virtual network 'vnet'.",
        ),
        ("fd00::/64", "NetcfgSubnetRangeOutsideVnet", "outside"),
        (
            "10.0.0.0/25",
            "NetcfgSubnetRangesOverlap",
            "Subnet 'new' is not valid because its IP address range overlaps with that of an existing subnet in virtual network 'vnet'.",
        ),
        ("10.0.0.0/8", "NetcfgSubnetRangesOverlap", "overlaps"),
        ("10.1.0.0/30", "InvalidRequestFormat", "must be /29 or shorter"),
    ];
    for (prefix, code, message) in rows {
        let bodies = [
            json!({"addressPrefix": prefix}),
            json!({"addressPrefixes": ["10.2.0.0/24", prefix]}),
        ];
        for properties in bodies {
            let body = json!({"properties": properties});
            let reply = arm.put(subnet("new").as_str(), NETWORK, &body).await;
            assert_eq!(outcome(&reply), (400, code), "{body}");
            assert!(reply.message().contains(message), "{}", reply.message());
            assert_eq!(reply.body["error"]["details"], json!([]));
        }
        let one = json!({"name": "build", "properties": {"addressPrefix": "10.0.0.0/24"}});
        let two = json!({"name": "new", "properties": {"addressPrefix": prefix}});
        let body = network_body(json!({"addressPrefixes": ["10.0.0.0/8"]}), json!([one, two]));
        assert_eq!(
            outcome(&arm.put(&network(), NETWORK, &body).await).0,
            400,
            "{body}"
        );
    }
    assert_eq!(arm.get(subnet("new").as_str(), NETWORK).await.status, 404);
    let body = json!({"properties": {"addressPrefix": "10.0.1.0/29"}});
    assert_eq!(arm.put(subnet("new").as_str(), NETWORK, &body).await.status, 201);
}

/// A subnet seeded without its network lies outside the network that is created for it.
#[tokio::test]
async fn unchanged_subnet_prefix_is_not_checked_again() {
    let mut seed = State::empty();
    let id = subnet("pasted");
    seed.resources.push(
        json!({"id": id.as_str(), "name": "pasted", "properties": {"addressPrefix": "192.168.0.0/24"}}),
    );
    let arm = Arm::with(seed).await;
    arm.enable_endpoint(id.as_str()).await;
}

#[tokio::test]
async fn properties_of_the_wrong_type_are_named() {
    let arm = arm().await;
    let rows = [
        ("addressPrefix", json!(5)),
        ("addressPrefix", json!(["10.0.0.0/24"])),
        ("addressPrefixes", json!("10.0.0.0/24")),
        ("networkSecurityGroup", json!("/subscriptions/x")),
        ("routeTable", json!([])),
        ("serviceEndpoints", json!({})),
        ("delegations", json!("none")),
        ("defaultOutboundAccess", json!("yes")),
        ("privateEndpointNetworkPolicies", json!("Perhaps")),
        ("privateLinkServiceNetworkPolicies", json!(true)),
    ];
    for (name, value) in rows {
        let mut body = json!({"properties": {"addressPrefix": "10.0.0.0/24"}});
        body["properties"][name] = value;
        let reply = arm.put(subnet("build").as_str(), NETWORK, &body).await;
        assert_eq!(outcome(&reply), (400, "InvalidRequestFormat"), "{body}");
        assert!(
            reply.message().contains(name) && reply.message().starts_with(OWN),
            "{}",
            reply.message()
        );
    }
    let space = json!({"addressPrefixes": ["10.0.0.0/8"]});
    let twice = json!({"name": "a", "properties": {"addressPrefix": "10.0.1.0/24"}});
    let rows = [
        network_body(json!("10.0.0.0/8"), json!([])),
        network_body(json!({}), json!([])),
        network_body(json!({"addressPrefixes": "10.0.0.0/8"}), json!([])),
        network_body(json!({"addressPrefixes": [5]}), json!([])),
        network_body(json!({"addressPrefixes": ["10.0.0.0"]}), json!([])),
        network_body(space.clone(), json!({})),
        network_body(space.clone(), json!(["a"])),
        network_body(space.clone(), json!([twice, twice])),
        network_body(space, json!([{"name": "a", "properties": []}])),
        json!({"location": "eastus", "properties": []}),
        json!({"location": "eastus", "properties": {"addressSpace": null}}),
    ];
    for body in rows {
        assert_eq!(arm.put(&network(), NETWORK, &body).await.status, 400, "{body}");
    }
    let both =
        json!({"properties": {"addressPrefix": "10.0.0.0/24", "addressPrefixes": ["10.0.0.0/24"]}});
    let reply = arm.put(subnet("build").as_str(), NETWORK, &both).await;
    assert!(
        reply
            .message()
            .contains("cannot populate both address prefix and address prefixes")
    );
    assert_eq!(
        arm.get(subnet("build").as_str(), NETWORK).await.body["properties"]["provisioningState"],
        "Succeeded"
    );
}

#[tokio::test]
async fn endpoints_of_unknown_services_are_refused() {
    let arm = arm().await;
    let acr = json!({"service": "Microsoft.ContainerRegistry"});
    let rows = [
        json!([{"service": "Microsoft.Nonsense"}]),
        json!([acr, {"service": "microsoft.containerregistry"}]),
    ];
    for endpoints in rows {
        let body =
            json!({"properties": {"addressPrefix": "10.0.0.0/24", "serviceEndpoints": endpoints}});
        let reply = arm.put(subnet("build").as_str(), NETWORK, &body).await;
        assert_eq!(outcome(&reply), (501, "NotEstablished"), "{body}");
    }
}

#[tokio::test]
async fn unestablished_preconditions_are_not_ignored() {
    let arm = arm().await;
    let (id, new) = (subnet("build"), subnet("new"));
    let body = arm.get(id.as_str(), NETWORK).await.body;
    let net = arm.get(&network(), NETWORK).await.body;
    let made = json!({"properties": {"addressPrefix": "10.0.9.0/24"}});
    let contoso = registry("contoso");
    let register = json!({"location": "eastus", "sku": {"name": "Premium"}});
    let rows = [
        (id.as_str(), NETWORK, &body, "if-none-match", "*"),
        (&network(), NETWORK, &net, "if-none-match", "*"),
        (contoso.as_str(), NEWEST, &register, "if-none-match", "*"),
        (new.as_str(), NETWORK, &made, "if-none-match", "W/\"x\""),
        (new.as_str(), NETWORK, &made, "if-match", "*"),
    ];
    for (path, version, body, name, value) in rows {
        let path = format!("{path}?api-version={version}");
        let reply = arm.send(Method::PUT, &path, Some(body), &[(name, value)]).await;
        assert_eq!(outcome(&reply), (501, "NotEstablished"), "{path} {name}: {value}");
    }
    let path = format!("{id}?api-version={NETWORK}");
    let stale = arm
        .send(Method::DELETE, &path, None, &[("if-match", "W/\"x\"")])
        .await;
    assert_eq!(outcome(&stale), (412, "PreconditionFailed"));
    let path = format!("{new}?api-version={NETWORK}");
    let reply = arm
        .send(Method::PUT, &path, Some(&made), &[("if-none-match", "*")])
        .await;
    assert_eq!(reply.status, 201, "it holds for what is not there");
}

#[tokio::test]
async fn malformed_endpoints_are_named() {
    let arm = arm().await;
    let rows = [
        json!({"service": 5}),
        json!({"service": null}),
        json!("Microsoft.ContainerRegistry"),
        json!({"service": "Microsoft.Storage", "locations": "eastus"}),
        json!({"service": "Microsoft.Storage", "locations": [5]}),
        json!({"service": "Microsoft.ContainerRegistry", "networkIdentifier": "x"}),
    ];
    for endpoint in rows {
        let body =
            json!({"properties": {"addressPrefix": "10.0.0.0/24", "serviceEndpoints": [endpoint]}});
        let reply = arm.put(subnet("build").as_str(), NETWORK, &body).await;
        assert_eq!(outcome(&reply), (400, "InvalidRequestFormat"), "{body}");
    }
}

/// The registry service's endpoints reach registries of every region: their `locations` are `["*"]` (recorded).
/// Ids are compared without case and kept as sent (recorded for the usual case only).
#[tokio::test]
async fn subnet_of_another_region_or_case_is_accepted() {
    let id = subnet("build");
    let mut seed = State::empty()
        .with_registry(&registry("contoso"))
        .with_endpoint(&id);
    seed.resources[1]["location"] = "westus".into();
    let arm = Arm::with(seed).await;
    let key = "virtualNetworkSubnetResourceId";
    let rows = [
        id.as_str().to_owned(),
        id.as_str().replace("Microsoft.Network", "MICROSOFT.NETWORK"),
        id.as_str().to_uppercase(),
    ];
    for spelling in rows {
        let body = rule_set(
            json!({"defaultAction": "Deny", "virtualNetworkRules": [{"action": "Allow", key: spelling}]}),
        );
        let reply = arm.patch(registry("contoso").as_str(), NEWEST, &body).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.rules()["virtualNetworkRules"][0][key], json!(spelling));
    }
    let encoded = id.as_str().replace("/rg/", "/%72g/");
    let body = rule_set(
        json!({"defaultAction": "Deny", "virtualNetworkRules": [{"action": "Allow", key: encoded}]}),
    );
    let refused = arm.patch(registry("contoso").as_str(), NEWEST, &body).await;
    assert_eq!(refused.status, 400, "an id in a body is not percent-decoded");
}
