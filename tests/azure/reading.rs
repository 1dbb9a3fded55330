//! Reading registries and their subnets, with the number of requests.

use std::path::Path;

use serde_json::{Value, json};

use super::stub::*;
use ringfence::apply::{self, Outcome, Proof};
use ringfence::live::{
    AllChosen, Cache, Live, LiveSubnet, ReadOptions, read, read_all, read_registry, read_subnet,
};
use ringfence::model::{RegistryId, Rule, Setting, SubnetId};
use ringfence::plan::{Policy, diff};
use ringfence::spec::{ListedRule, LiveChange, RegistrySpec, Spec};

const FOREIGN: &str =
    "/subscriptions/s2/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/b";

fn spec(subnets: &[&str]) -> RegistrySpec {
    let mut spec = RegistrySpec::unmanaged(RegistryId::parse(REGISTRY).unwrap());
    let rules: Vec<ListedRule> = subnets.iter().map(|id| Rule::parse(id).into()).collect();
    spec.settings.want_unsourced(Setting::VirtualNetworkRules, rules);
    spec
}

/// A server with the registry and both subnets.
fn stub(rules: &Value) -> Stub {
    let stub = Stub::start();
    stub.on("GET", REGISTRY, [answer(200, &registry(rules))]);
    let subnet = |id: &str| {
        let endpoints = json!([{"service": "Microsoft.ContainerRegistry"}]);
        answer(
            200,
            &json!({"id": id, "properties": {"serviceEndpoints": endpoints}}),
        )
    };
    stub.on("GET", SUBNET, [subnet(SUBNET).with("etag", "W/\"1\"")]);
    stub.on("GET", FOREIGN, [subnet(FOREIGN)]);
    let provider = answer(200, &json!({"registrationState": "NotRegistered"}));
    stub.on(
        "GET",
        "/subscriptions/s2/providers/Microsoft.ContainerRegistry",
        [provider],
    );
    stub
}

#[tokio::test]
async fn complete_registry_is_one_request() {
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
    let rules = reading.registry.settings.rules(Setting::VirtualNetworkRules);
    assert_eq!(rules.unwrap().len(), 1);
}

#[tokio::test]
async fn shared_subnets_and_subscriptions_are_read_once() {
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
    // Another run starts with an empty cache.
    read(&client, &Cache::default(), &spec, ReadOptions::default())
        .await
        .unwrap();
    assert_eq!(stub.seen().len(), 9);
}

#[tokio::test]
async fn missing_subnet_is_not_a_failure() {
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
async fn cloud_without_service_endpoints_reads_no_subnets() {
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
async fn usages_are_read_near_the_limit() {
    let stub = stub(&open());
    let usages =
        json!({"value": [{"name": "IPRules", "limit": 200, "currentValue": 0, "unit": "Count"}]});
    stub.on("GET", &format!("{REGISTRY}/listUsages"), [answer(200, &usages)]);
    let mut spec = RegistrySpec::unmanaged(RegistryId::parse(REGISTRY).unwrap());
    let rules: Vec<ListedRule> = (0..101)
        .map(|n| Rule::parse(&format!("203.0.113.{n}")).into())
        .collect();
    spec.settings.want_unsourced(Setting::IpRules, rules);
    let reading = read(&stub.client(), &Cache::default(), &spec, ReadOptions::default())
        .await
        .unwrap();
    assert_eq!(reading.usages.unwrap().ip_rules.unwrap().limit, 200);
    assert_eq!(stub.calls(), ["GET contoso", "GET listUsages"]);
}

#[tokio::test]
async fn unreadable_registry_reports_code_id_and_help() {
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

#[tokio::test]
async fn answer_about_another_id_is_an_error() {
    let stub = stub(&open());
    let client = stub.client();
    let mut other = registry(&open());
    other["id"] = json!(REGISTRY.replace("contoso", "fabrikam"));
    stub.on("GET", REGISTRY, [answer(200, &other)]);
    let id = RegistryId::parse(REGISTRY).unwrap();
    let failure = read_registry(&client, &id).await.unwrap_err();
    assert_eq!(failure.code, "unreadable-answer");
    assert!(
        failure.message.contains("`id` is another id") && failure.help.is_some(),
        "{failure:?}"
    );
    let mut same = registry(&open());
    same["id"] = json!(REGISTRY.to_uppercase());
    stub.on("GET", REGISTRY, [answer(200, &same)]);
    assert!(read_registry(&client, &id).await.is_ok());
    stub.on(
        "GET",
        SUBNET,
        [answer(200, &json!({"id": FOREIGN, "properties": {}}))],
    );
    let subnet = read_subnet(&client, &SubnetId::parse(SUBNET).unwrap()).await;
    assert!(
        matches!(&subnet, LiveSubnet::Unreadable(failure) if failure.code == "unreadable-answer"),
        "{subnet:?}"
    );
}

/// Adds an IP rule with the answer of the PATCH as the proof. Returns the report, and the methods of all requests to the
/// registry.
async fn add_with_answer(shown_by_patch: &Value) -> (apply::Report, Vec<String>) {
    let stub = stub(&open());
    let change = LiveChange {
        add: vec![Rule::parse("203.0.113.7")],
        ..LiveChange::default()
    };
    let spec = change.spec(RegistryId::parse(REGISTRY).unwrap());
    let client = stub.client();
    let live = read_all(&client, &spec, ReadOptions::default(), 1, &AllChosen, &|_| {}).await;
    let plan = diff(&spec, &live, &Policy::default());
    let folder = tempfile::tempdir().unwrap();
    stub.on("PATCH", REGISTRY, [answer(200, &registry(shown_by_patch))]);
    let options = apply::ApplyOptions {
        proof: Proof::Answer,
        ..options(&live, folder.path())
    };
    let report = apply::apply(&client, &plan, &options).await;
    let calls = stub.calls();
    let methods = calls.iter().filter(|call| call.ends_with(" contoso"));
    let first = |call: &String| call.split_whitespace().next().unwrap_or_default().to_owned();
    (report, methods.map(first).collect())
}

/// The answer is taken for the proof only if it shows what was planned. Otherwise the registry tells.
#[tokio::test]
async fn answer_that_shows_the_change_proves_it() {
    let mut written = open();
    written["ipRules"] = json!([{"action": "Allow", "value": "203.0.113.7"}]);
    let (report, methods) = add_with_answer(&written).await;
    let summary = &report.summary;
    assert_eq!((summary.verified, summary.answered, summary.add), (0, 1, 1));
    assert_eq!(report.registries[0].proof, Some(Proof::Answer));
    assert_eq!(methods, ["GET", "PATCH"]);
    let (report, methods) = add_with_answer(&open()).await;
    assert_eq!(report.summary.verified, 0);
    assert!(
        methods.len() > 2 && methods[2..].iter().all(|method| method == "GET"),
        "{methods:?}"
    );
}

fn options<'a>(live: &'a Live, folder: &'a Path) -> apply::ApplyOptions<'a> {
    apply::ApplyOptions {
        created: "2026-11-21T03:00:00Z",
        run: "20261121T030000-000000",
        parallel: 1,
        read: Some(live),
        read_again: apply::ReadAgain::Nothing,
        all_or_nothing: false,
        proof: Proof::ReadBack,
        effective: None,
        snapshots: folder,
        settle: std::time::Duration::ZERO,
        cancel: tokio_util::sync::CancellationToken::new(),
        abandon: tokio_util::sync::CancellationToken::new(),
        service_flags: "",
        begin: &(),
        say: &|_| {},
    }
}

/// The registry has rules, but the answers before or after the write do not show them.
#[tokio::test]
async fn answer_without_ip_rules_does_not_verify_a_write() {
    let stub = stub(&open());
    let mut spec = RegistrySpec::unmanaged(RegistryId::parse(REGISTRY).unwrap());
    let rule = ListedRule::from(Rule::parse("203.0.113.7"));
    spec.settings.want_unsourced(Setting::IpRules, vec![rule]);
    let spec = Spec {
        files: Vec::new(),
        registries: vec![spec],
        ..Spec::default()
    };
    let (client, id) = (stub.client(), &spec.registries[0].id);
    let reading = read(
        &client,
        &Cache::default(),
        &spec.registries[0],
        ReadOptions::default(),
    )
    .await;
    let live = Live {
        registries: [(id.clone(), reading)].into(),
        ..Live::default()
    };
    let plan = diff(&spec, &live, &Policy::default());
    let folder = tempfile::tempdir().unwrap();
    let options = options(&live, folder.path());
    let blind = answer(
        200,
        &registry(&json!({"defaultAction": "Allow", "virtualNetworkRules": []})),
    );
    stub.on("PATCH", REGISTRY, [answer(200, &registry(&open()))]);
    stub.on("GET", REGISTRY, [blind]);
    let report = apply::apply(&client, &plan, &options).await;
    let Outcome::Unknown { error } = &report.registries[0].steps[0].outcome else {
        panic!("not proven")
    };
    assert!(
        error
            .message
            .contains("the change was written, but could not be read back")
            && error.message.contains("ipRules"),
        "{error:?}"
    );
    assert!(report.summary.written && report.summary.verified == 0);
    let unread = apply::apply(
        &client,
        &plan,
        &apply::ApplyOptions {
            read_again: apply::ReadAgain::Registries,
            ..options
        },
    )
    .await;
    assert!(!unread.summary.written && unread.summary.failed > 0);
    assert_eq!(
        stub.calls()
            .iter()
            .filter(|call| call.starts_with("PATCH"))
            .count(),
        1
    );
}
