//! Reading a registry and what its change depends on: the requests are counted.

use serde_json::{Value, json};

use super::stub::*;
use ringfence::live::{Cache, LiveSubnet, ReadOptions, SubnetRules, read};
use ringfence::model::{RegistryId, SubnetId};
use ringfence::spec::{RegistrySpec, Sourced, WantedIp, WantedSubnet};

const FOREIGN: &str =
    "/subscriptions/s2/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/b";

fn spec(subnets: &[&str]) -> RegistrySpec {
    let mut spec = RegistrySpec::unmanaged(RegistryId::parse(REGISTRY).unwrap());
    let wanted = |id: &&str| WantedSubnet {
        id: SubnetId::parse(id).unwrap(),
        source: None,
        name: None,
    };
    spec.subnets = Some(Sourced::unsourced(subnets.iter().map(wanted).collect()));
    spec
}

/// A server with the registry and both subnets.
fn stub(rules: &Value) -> Stub {
    let stub = Stub::start();
    stub.on("GET", REGISTRY, [answer(200, &registry(rules))]);
    let subnet = answer(
        200,
        &json!({"properties": {"serviceEndpoints": [{"service": "Microsoft.ContainerRegistry"}]}}),
    );
    stub.on("GET", SUBNET, [subnet.clone().with("etag", "W/\"1\"")]);
    stub.on("GET", FOREIGN, [subnet]);
    let provider = answer(200, &json!({"registrationState": "NotRegistered"}));
    stub.on(
        "GET",
        "/subscriptions/s2/providers/Microsoft.ContainerRegistry",
        [provider],
    );
    stub
}

#[tokio::test]
async fn a_registry_that_lacks_nothing_is_one_request() {
    let rules = json!({"defaultAction": "Deny", "ipRules": [],
        "virtualNetworkRules": [{"virtualNetworkSubnetResourceId": SUBNET.to_uppercase()}]});
    let stub = stub(&rules);
    let reading = read(
        &stub.client(),
        &Cache::default(),
        &spec(&[SUBNET]),
        ReadOptions::default(),
    )
    .await
    .unwrap();
    assert_eq!(stub.seen().len(), 1);
    assert!(reading.subnets.is_empty() && reading.service_endpoints_supported);
    assert!(matches!(reading.registry.subnet_rules, SubnetRules::Shown(rules) if rules.len() == 1));
}

#[tokio::test]
async fn new_subnets_and_foreign_subscriptions_are_read_once_for_all_registries() {
    let stub = stub(&open());
    let (client, cache) = (stub.client(), Cache::default());
    let spec = spec(&[SUBNET, FOREIGN]);
    let reading = read(&client, &cache, &spec, ReadOptions::default())
        .await
        .unwrap();
    assert_eq!(reading.subnets.len(), 2);
    assert_eq!(
        reading.registrations,
        [("s2".to_owned(), "NotRegistered".to_owned())].into()
    );
    let LiveSubnet::Present(subnet) = &reading.subnets[&SubnetId::parse(SUBNET).unwrap()] else {
        panic!("present")
    };
    assert_eq!(
        (subnet.has_endpoint, subnet.etag.as_deref()),
        (true, Some("W/\"1\""))
    );
    assert_eq!(stub.seen().len(), 4);
    read(&client, &cache, &spec, ReadOptions::default())
        .await
        .unwrap();
    assert_eq!(stub.seen().len(), 5);
    // Another run begins with nothing in hand.
    read(&client, &Cache::default(), &spec, ReadOptions::default())
        .await
        .unwrap();
    assert_eq!(stub.seen().len(), 9);
}

#[tokio::test]
async fn a_subnet_that_is_gone_is_a_fact_and_no_failure() {
    let stub = stub(&open());
    stub.on("GET", SUBNET, [refusal(404, "NotFound", "Resource not found.")]);
    let reading = read(
        &stub.client(),
        &Cache::default(),
        &spec(&[SUBNET]),
        ReadOptions::default(),
    )
    .await
    .unwrap();
    let LiveSubnet::Unreadable(failure) = &reading.subnets[&SubnetId::parse(SUBNET).unwrap()] else {
        panic!("gone")
    };
    assert_eq!(failure.code, "NotFound");
}

#[tokio::test]
async fn a_cloud_without_service_endpoints_has_no_subnets_to_read() {
    let stub = stub(&open());
    let mut connection = stub.connection();
    connection.cloud.service_endpoints_supported = false;
    let client = ringfence::azure::ArmClient::connect(connection).unwrap();
    let reading = read(
        &client,
        &Cache::default(),
        &spec(&[SUBNET]),
        ReadOptions { all_subnets: true },
    )
    .await
    .unwrap();
    assert_eq!(stub.seen().len(), 1);
    assert!(!reading.service_endpoints_supported);
}

#[tokio::test]
async fn quotas_are_read_when_the_rules_come_near_them() {
    let stub = stub(&open());
    let usages =
        json!({"value": [{"name": "IPRules", "limit": 200, "currentValue": 0, "unit": "Count"}]});
    stub.on("GET", &format!("{REGISTRY}/listUsages"), [answer(200, &usages)]);
    let mut spec = RegistrySpec::unmanaged(RegistryId::parse(REGISTRY).unwrap());
    let rule = |n: u8| WantedIp {
        cidr: format!("203.0.113.{n}").parse().unwrap(),
        source: None,
        network: None,
        about: None,
    };
    spec.ip_rules = Some(Sourced::unsourced((0..91).map(rule).collect()));
    let reading = read(&stub.client(), &Cache::default(), &spec, ReadOptions::default())
        .await
        .unwrap();
    assert_eq!(reading.usages.unwrap().ip_rules.unwrap().limit, 200);
    assert_eq!(stub.calls(), ["GET contoso", "GET listUsages"]);
}

#[tokio::test]
async fn a_registry_that_cannot_be_read_is_a_failure_with_code_id_and_help() {
    let stub = stub(&open());
    stub.on(
        "GET",
        REGISTRY,
        [refusal(
            404,
            "ResourceGroupNotFound",
            "Resource group 'rg' could not be found.",
        )],
    );
    let failed = read(
        &stub.client(),
        &Cache::default(),
        &spec(&[]),
        ReadOptions::default(),
    )
    .await
    .unwrap_err();
    assert_eq!(
        (failed.code.as_str(), failed.request_id.as_deref()),
        ("ResourceGroupNotFound", Some("request-of-the-service"))
    );
    assert!(failed.help.is_some());
    stub.on("GET", REGISTRY, [answer(200, &json!({"id": REGISTRY, "sku": 1}))]);
    let failed = read(
        &stub.client(),
        &Cache::default(),
        &spec(&[]),
        ReadOptions::default(),
    )
    .await
    .unwrap_err();
    assert!(failed.message.contains("`sku` is a number"), "{}", failed.message);
}
