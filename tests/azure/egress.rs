//! Reading the public addresses of subnets whose service endpoint is about to be turned on, with the requests.

use std::sync::Arc;

use serde_json::{Value, json};

use super::stub::*;
use ringfence::live::{Cache, Egress, ReadOptions, Reading, UnknownEgress, read};
use ringfence::model::{Cidr, RegistryId, Rule, Setting, SubnetId};
use ringfence::spec::{ListedRule, RegistrySpec, ServiceEndpoints};

const OTHER: &str =
    "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/w/subnets/b";

fn network(kind: &str, name: &str) -> String {
    format!("/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network/{kind}/{name}")
}

fn spec(subnets: &[&str]) -> RegistrySpec {
    let mut spec = RegistrySpec::unmanaged(RegistryId::parse(REGISTRY).unwrap());
    let rules: Vec<ListedRule> = subnets.iter().map(|id| Rule::parse(id).into()).collect();
    spec.settings.want_unsourced(Setting::VirtualNetworkRules, rules);
    spec
}

/// A resource with these properties, in an answer.
fn resource(id: &str, properties: &Value) -> Answer {
    answer(200, &json!({"id": id, "properties": properties}))
}

fn address(family: &str, ip: &str) -> Value {
    json!({"publicIPAddressVersion": family, "ipAddress": ip})
}

/// A server with a registry, and two subnets of two networks behind one NAT gateway.
fn stub() -> Stub {
    let stub = Stub::start();
    stub.on("GET", REGISTRY, [answer(200, &registry(&open()))]);
    let gateway = network("natGateways", "nat");
    for id in [SUBNET, OTHER] {
        let properties = json!({"natGateway": {"id": gateway.to_uppercase()}});
        stub.on("GET", id, [resource(id, &properties)]);
    }
    let (one, two, prefix) = (
        network("publicIPAddresses", "one"),
        network("publicIPAddresses", "two"),
        network("publicIPPrefixes", "range"),
    );
    let names =
        json!({"publicIpAddresses": [{"id": one}, {"id": two}], "publicIpPrefixes": [{"id": prefix}]});
    stub.on("GET", &gateway, [resource(&gateway, &names)]);
    stub.on("GET", &one, [resource(&one, &address("IPv4", "203.0.113.7"))]);
    stub.on("GET", &two, [resource(&two, &address("IPv6", "2001:db8::1"))]);
    let range = json!({"publicIPAddressVersion": "IPv4", "ipPrefix": "198.51.100.0/30"});
    stub.on("GET", &prefix, [resource(&prefix, &range)]);
    stub
}

async fn reading(stub: &Stub, spec: &RegistrySpec) -> Reading {
    read(&stub.client(), &Cache::default(), spec, ReadOptions::default())
        .await
        .unwrap()
}

fn of<'a>(reading: &'a Reading, subnet: &str) -> &'a Egress {
    &reading.egress[&SubnetId::parse(subnet).unwrap()]
}

fn known(texts: &[&str]) -> Egress {
    Egress::Known(texts.iter().map(|text| text.parse::<Cidr>().unwrap()).collect())
}

#[tokio::test]
async fn addresses_of_a_nat_gateway_are_read_once() {
    let stub = stub();
    let reading = reading(&stub, &spec(&[SUBNET, OTHER])).await;
    let want = known(&["203.0.113.7", "198.51.100.0/30"]);
    assert_eq!((of(&reading, SUBNET), of(&reading, OTHER)), (&want, &want));
    let mut calls = stub.calls();
    calls[1..3].sort();
    calls[4..].sort();
    assert_eq!(
        calls,
        [
            "GET contoso",
            "GET a",
            "GET b",
            "GET NAT",
            "GET one",
            "GET range",
            "GET two"
        ]
    );
}

#[tokio::test]
async fn gateway_is_read_only_where_an_endpoint_is_turned_on() {
    // The spec has the addresses.
    let mut told = spec(&[SUBNET]);
    let addresses = [(SubnetId::parse(SUBNET).unwrap(), [].into())];
    told.egress = Arc::new(addresses.into());
    // The endpoint is left to others.
    let mut assumed = spec(&[SUBNET]);
    assumed.service_endpoints = ServiceEndpoints::Assume;
    for spec in [told, assumed] {
        let stub = stub();
        assert!(reading(&stub, &spec).await.egress.is_empty());
        assert_eq!(stub.calls(), ["GET contoso", "GET a"]);
    }
    // The endpoint is on.
    let stub = stub();
    let on = json!({"natGateway": {"id": network("natGateways", "nat")},
        "serviceEndpoints": [{"service": "Microsoft.ContainerRegistry"}]});
    stub.on("GET", SUBNET, [resource(SUBNET, &on)]);
    assert!(reading(&stub, &spec(&[SUBNET])).await.egress.is_empty());
    assert_eq!(stub.calls(), ["GET contoso", "GET a"]);
}

#[tokio::test]
async fn subnet_alone_may_say_that_addresses_are_unknown() {
    let gateway = json!({"id": network("natGateways", "nat")});
    for (properties, reason) in [
        (json!({}), UnknownEgress::NoNatGateway),
        (json!({"natGateway": null}), UnknownEgress::NoNatGateway),
        (
            json!({"natGateway": gateway, "routeTable": {"id": network("routeTables", "r")}}),
            UnknownEgress::RouteTable,
        ),
    ] {
        let stub = stub();
        stub.on("GET", SUBNET, [resource(SUBNET, &properties)]);
        let reading = reading(&stub, &spec(&[SUBNET])).await;
        assert_eq!(of(&reading, SUBNET), &Egress::Unknown(reason));
        assert_eq!(stub.calls(), ["GET contoso", "GET a"]);
    }
}

#[tokio::test]
async fn gateway_without_ipv4_address_is_unknown() {
    let stub = stub();
    let (gateway, two) = (network("natGateways", "nat"), network("publicIPAddresses", "two"));
    for names in [json!({}), json!({"publicIpAddresses": [{"id": two}]})] {
        stub.on("GET", &gateway, [resource(&gateway, &names)]);
        let reading = reading(&stub, &spec(&[SUBNET])).await;
        assert_eq!(of(&reading, SUBNET), &Egress::Unknown(UnknownEgress::NoAddress));
    }
}

/// What cannot be read is unknown, and part of what can be read is not the whole.
#[tokio::test]
async fn failed_reads_are_unknown_and_no_error() {
    let gateway = network("natGateways", "nat");
    let one = network("publicIPAddresses", "one");
    let many: Vec<Value> = (0..17).map(|_| json!({"id": one})).collect();
    let refused = refusal(403, "AuthorizationFailed", "No.");
    for (at, reply, code) in [
        (&gateway, refused.clone(), "AuthorizationFailed"),
        (&one, refused, "AuthorizationFailed"),
        (
            &one,
            refusal(404, "ResourceNotFound", "Gone."),
            "ResourceNotFound",
        ),
        (&gateway, resource(&one, &json!({})), "unreadable-answer"),
        (
            &one,
            resource(&gateway, &address("IPv4", "203.0.113.7")),
            "unreadable-answer",
        ),
        (
            &gateway,
            resource(&gateway, &json!({"publicIpAddresses": many})),
            "unreadable-answer",
        ),
        (
            &gateway,
            resource(&gateway, &json!({"publicIpAddresses": [1]})),
            "unreadable-answer",
        ),
        (
            &gateway,
            resource(&gateway, &json!({"publicIpPrefixes": [{"id": "../x"}]})),
            "unreadable-answer",
        ),
        (&one, resource(&one, &json!({})), "unreadable-answer"),
        (
            &one,
            resource(&one, &address("IPv4", "here")),
            "unreadable-answer",
        ),
        (
            &one,
            resource(&one, &json!({"ipAddress": 7})),
            "unreadable-answer",
        ),
    ] {
        let stub = stub();
        stub.on("GET", at, [reply]);
        let reading = reading(&stub, &spec(&[SUBNET])).await;
        let Egress::Unknown(UnknownEgress::Unreadable(failure)) = of(&reading, SUBNET) else {
            panic!("{at}: {reading:?}")
        };
        assert_eq!(failure.code, code, "{at}: {failure:?}");
    }
    let stub = stub();
    stub.on("GET", SUBNET, [resource(SUBNET, &json!({"natGateway": "nat"}))]);
    let reading = reading(&stub, &spec(&[SUBNET])).await;
    assert!(
        matches!(of(&reading, SUBNET), Egress::Unknown(UnknownEgress::Unreadable(failure)) if failure.code == "unreadable-answer")
    );
}
