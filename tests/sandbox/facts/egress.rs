//! NAT gateways and public addresses, from which a client learns the egress addresses of a subnet.

use reqwest::Method;
use ringfence::sandbox::{Options, State};
use serde_json::{Value, json};

use crate::arm_requests::{NETWORK, SUB, subnet};
use crate::sandbox_client::Arm;

fn id(kind: &str, name: &str) -> String {
    format!("/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Network/{kind}/{name}")
}

/// A subnet behind a NAT gateway with an address and a prefix.
fn behind_gateway() -> State {
    let mut state = State::empty().with_subnet(&subnet("build"));
    let gateway = id("natGateways", "nat");
    state.resources[0]["properties"]["subnets"][0]["properties"]["natGateway"] = json!({"id": gateway});
    let (address, prefix) = (id("publicIPAddresses", "one"), id("publicIPPrefixes", "many"));
    state
        .resources
        .push(json!({"id": gateway, "location": "West Europe", "properties": {
            "idleTimeoutInMinutes": 4,
            "publicIpAddresses": [{"id": address}],
            "publicIpPrefixes": [{"id": prefix}],
        }}));
    state
        .resources
        .push(json!({"id": address, "properties": {"ipAddress": "203.0.113.7"}}));
    state
        .resources
        .push(json!({"id": prefix, "properties": {"ipPrefix": "198.51.100.0/30", "prefixLength": 30}}));
    state
}

/// SDK models: azure-mgmt-network `NatGateway`, `PublicIPAddress`, `PublicIPPrefix`.
#[tokio::test]
async fn subnet_leads_to_its_egress_addresses() {
    let arm = Arm::with(behind_gateway()).await;
    let at = |path: String| {
        let arm = &arm;
        async move {
            let reply = arm.get(&path, NETWORK).await;
            assert_eq!(reply.status, 200, "{}", reply.body);
            assert_eq!(reply.header("etag"), reply.body["etag"].as_str());
            reply.body
        }
    };
    let reference =
        |body: &Value, pointer: &str| body.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let build = at(subnet("build").as_str().to_owned()).await;
    let gateway = at(reference(&build, "/properties/natGateway/id")).await;
    assert_eq!(gateway["type"], "Microsoft.Network/natGateways");
    assert_eq!(gateway["location"], "westeurope");
    assert_eq!(
        gateway["properties"]["subnets"],
        json!([{"id": subnet("build").as_str()}])
    );
    let address = at(reference(&gateway, "/properties/publicIpAddresses/0/id")).await;
    assert_eq!(address["name"], "one");
    assert_eq!(address["properties"]["ipAddress"], "203.0.113.7");
    assert_eq!(address["properties"]["publicIPAddressVersion"], "IPv4");
    let prefix = at(reference(&gateway, "/properties/publicIpPrefixes/0/id")).await;
    assert_eq!(prefix["properties"]["ipPrefix"], "198.51.100.0/30");
    assert_eq!(prefix["properties"]["provisioningState"], "Succeeded");
}

#[tokio::test]
async fn missing_gateway_is_404_and_its_write_501() {
    let arm = Arm::with(behind_gateway()).await;
    let missing = arm.get(&id("natGateways", "none"), NETWORK).await;
    assert_eq!(
        (missing.status.as_u16(), missing.code()),
        (404, "ResourceNotFound")
    );
    for kind in ["natGateways", "publicIPAddresses", "publicIPPrefixes"] {
        let path = format!("{}?api-version={NETWORK}", id(kind, "new"));
        for method in [Method::PUT, Method::DELETE] {
            let reply = arm.send(method, &path, Some(&json!({})), &[]).await;
            assert_eq!(
                (reply.status.as_u16(), reply.code()),
                (501, "NotServed"),
                "{kind}"
            );
        }
    }
}

#[tokio::test]
async fn impossible_egress_addresses_are_refused() {
    let rows = [
        (
            "publicIPAddresses",
            json!({"ipAddress": "nowhere"}),
            "`ipAddress`",
        ),
        (
            "publicIPPrefixes",
            json!({"ipPrefix": "203.0.113.0"}),
            "`ipPrefix`",
        ),
        (
            "natGateways",
            json!({"publicIpAddresses": [{}]}),
            "`publicIpAddresses`",
        ),
        ("natGateways", json!({"publicIpPrefixes": {}}), "must be a list"),
    ];
    for (kind, properties, named) in rows {
        let mut seed = State::empty();
        seed.resources
            .push(json!({"id": id(kind, "bad"), "properties": properties}));
        let options = Options {
            seed,
            ..Options::default()
        };
        let Err(error) = ringfence::sandbox::start(options).await else {
            panic!("{kind} {named}");
        };
        assert!(error.to_string().contains(named), "{error}");
    }
}
