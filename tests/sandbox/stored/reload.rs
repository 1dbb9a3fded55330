//! What the sandbox writes it reads again: random requests, then the same answers from the file.

use proptest::collection::vec;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use reqwest::Method;
use ringfence::sandbox::{Options, State};
use serde_json::{Value, json};

use super::at;
use crate::arm_requests::{NETWORK, NEWEST, SUB, ip, registry, subnet, vnet_rule};
use crate::sandbox_client::Arm;

const RUNS: usize = 12;
const REQUESTS: usize = 40;
const RESOURCES: &str = "2024-11-01";
const LOCKS: &str = "2020-05-01";

/// A write: method, path and body.
type Write = (Method, String, Value);

fn write(method: Method, path: &str, version: &str, body: Value) -> Write {
    (method, format!("{path}?api-version={version}"), body)
}

/// Writes of every kind. Some contradict each other, so that a run has refusals too.
fn writes() -> Vec<Write> {
    let mut writes = registry_writes();
    writes.extend(network_writes());
    writes.extend(general_writes());
    writes
}

fn registry_writes() -> Vec<Write> {
    let (contoso, fabrikam) = (registry("contoso"), registry("Fabrikam"));
    let user = at("Microsoft.ManagedIdentity/userAssignedIdentities/u");
    let rules = json!([vnet_rule("virtualNetworkSubnetResourceId", &subnet("build"))]);
    let key = json!({"keyIdentifier": "https://v.vault.azure.net/keys/k/1", "identity": SUB});
    let mut writes = Vec::new();
    for body in [
        json!({"tags": {"a": "b", "c": ""}}),
        json!({"properties": {"networkRuleSet": {"defaultAction": "Deny", "ipRules": [ip("8.8.8.8/32"), ip("8.8.4.0/24")]}}}),
        json!({"properties": {"networkRuleSet": {"defaultAction": "Allow", "virtualNetworkRules": rules}}}),
        json!({"properties": {"publicNetworkAccess": "Disabled", "policies": {"exportPolicy": {"status": "disabled"}}}}),
        json!({"properties": {"publicNetworkAccess": "Enabled", "policies": {"exportPolicy": {"status": "enabled"}}}}),
        json!({"properties": {"dataEndpointEnabled": true, "endpointProtocol": "IPv4AndIPv6"}}),
        json!({"properties": {"policies": {"retentionPolicy": {"days": 3, "status": "enabled"}}}}),
        json!({"identity": {"type": "SystemAssigned, UserAssigned", "userAssignedIdentities": {user: {}}}}),
        json!({"identity": {"type": "None"}}),
    ] {
        writes.push(write(Method::PATCH, contoso.as_str(), NEWEST, body));
    }
    for sku in ["Standard", "Premium"] {
        let body = json!({"sku": {"name": sku}});
        writes.push(write(Method::PATCH, registry("litware").as_str(), NEWEST, body));
    }
    let place = |location: &str| json!({"location": location});
    let sku = |name: &str, properties: Value| json!({"location": "West US", "sku": {"name": name}, "properties": properties});
    let replications = format!("{contoso}/replications");
    let connection = format!("{contoso}/privateEndpointConnections/one");
    let state = json!({"properties": {"privateLinkServiceConnectionState": {"status": "Rejected", "description": "no"}}});
    writes.extend([
        write(
            Method::PUT,
            fabrikam.as_str(),
            NEWEST,
            sku("Basic", json!({"adminUserEnabled": true})),
        ),
        write(
            Method::PUT,
            fabrikam.as_str(),
            NEWEST,
            sku(
                "Premium",
                json!({"encryption": {"status": "enabled", "keyVaultProperties": key}}),
            ),
        ),
        write(Method::DELETE, fabrikam.as_str(), NEWEST, Value::Null),
        write(
            Method::PUT,
            &format!("{replications}/westus"),
            NEWEST,
            place("westus"),
        ),
        write(
            Method::PUT,
            &format!("{replications}/elsewhere"),
            NEWEST,
            place("North Europe"),
        ),
        write(
            Method::PATCH,
            &format!("{replications}/westus"),
            NEWEST,
            json!({"properties": {"regionEndpointEnabled": false}}),
        ),
        write(
            Method::DELETE,
            &format!("{replications}/westus"),
            NEWEST,
            Value::Null,
        ),
        write(Method::PUT, &connection, NEWEST, state),
        write(Method::DELETE, &connection, NEWEST, Value::Null),
    ]);
    writes
}

fn network_writes() -> Vec<Write> {
    let (vnet, other) = (
        at("Microsoft.Network/virtualNetworks/vnet"),
        at("Microsoft.Network/virtualNetworks/Other_1"),
    );
    let subnets = format!("{other}/subnets");
    let space = |prefixes: Value, more: Value| {
        let mut body =
            json!({"location": "eastus", "properties": {"addressSpace": {"addressPrefixes": prefixes}}});
        for (key, value) in more.as_object().unwrap() {
            body["properties"][key] = value.clone();
        }
        body
    };
    let prefix = |prefix: &str, more: Value| {
        let mut body = json!({"properties": {"addressPrefix": prefix}});
        for (key, value) in more.as_object().unwrap() {
            body["properties"][key] = value.clone();
        }
        body
    };
    let delegation = json!({"delegations": [{"name": "d", "properties": {"serviceName": "Microsoft.Web/serverFarms"}}]});
    let endpoints = json!({"serviceEndpoints": [{"service": "Microsoft.ContainerRegistry", "later": 1}, {"service": "Microsoft.Storage"}]});
    let two = json!({"properties": {"addressPrefixes": ["10.0.3.0/24", "fd00:0:0:1::/64"], "later": {"a": [1]}}});
    vec![
        write(
            Method::PUT,
            &other,
            NETWORK,
            space(json!(["10.0.0.0/16", "fd00::/48"]), json!({"dhcpOptions": {}})),
        ),
        write(
            Method::PUT,
            &other,
            "2020-06-01",
            space(
                json!(["10.0.0.0/16"]),
                json!({"enableVmProtection": true, "later": 1}),
            ),
        ),
        write(Method::PATCH, &other, NETWORK, json!({"tags": {"a": "b"}})),
        write(Method::DELETE, &other, NETWORK, Value::Null),
        write(
            Method::PUT,
            &format!("{subnets}/a"),
            NETWORK,
            prefix("10.0.0.0/24", endpoints),
        ),
        write(
            Method::PUT,
            &format!("{subnets}/b.1"),
            "2021-08-01",
            prefix("10.0.1.0/24", delegation),
        ),
        write(Method::PUT, &format!("{subnets}/c"), NETWORK, two),
        write(Method::DELETE, &format!("{subnets}/a"), NETWORK, Value::Null),
        write(
            Method::PUT,
            subnet("build").as_str(),
            NETWORK,
            prefix(
                "10.0.0.0/24",
                json!({"serviceEndpoints": [{"service": "Microsoft.ContainerRegistry"}]}),
            ),
        ),
        write(
            Method::PUT,
            &vnet,
            "2020-06-01",
            space(json!(["10.0.0.0/8"]), json!({})),
        ),
        write(
            Method::PUT,
            &vnet,
            NETWORK,
            space(json!(["10.0.0.0/8"]), json!({"flowTimeoutInMinutes": 10})),
        ),
    ]
}

fn general_writes() -> Vec<Write> {
    let group = |name: &str| format!("/subscriptions/{SUB}/resourceGroups/{name}");
    let lock =
        |scope: &str, name: &str| format!("{scope}/providers/Microsoft.Authorization/locks/{name}");
    let level = json!({"properties": {"level": "CanNotDelete", "notes": "why"}});
    let subscription = format!("/subscriptions/{SUB}");
    let network = format!("{subscription}/providers/Microsoft.Network");
    vec![
        write(
            Method::PUT,
            &group("new(1)"),
            RESOURCES,
            json!({"location": "West US", "tags": {"a": "b"}}),
        ),
        write(
            Method::PUT,
            &group("rg"),
            RESOURCES,
            json!({"location": "eastus", "tags": {}}),
        ),
        write(Method::DELETE, &group("new(1)"), RESOURCES, Value::Null),
        write(
            Method::PUT,
            &lock(&group("new(1)"), "a%20b,c'd"),
            LOCKS,
            level.clone(),
        ),
        write(
            Method::PUT,
            &lock(registry("contoso").as_str(), "keep"),
            LOCKS,
            level.clone(),
        ),
        write(
            Method::PUT,
            &lock(subnet("build").as_str(), "keep"),
            LOCKS,
            level.clone(),
        ),
        write(Method::PUT, &lock(&subscription, "%C3%A9"), LOCKS, level),
        write(Method::DELETE, &lock(&subscription, "%C3%A9"), LOCKS, Value::Null),
        write(
            Method::DELETE,
            &lock(registry("contoso").as_str(), "keep"),
            LOCKS,
            Value::Null,
        ),
        write(
            Method::POST,
            &format!("{network}/register"),
            RESOURCES,
            Value::Null,
        ),
    ]
}

/// The questions whose answers are compared.
fn questions() -> Vec<String> {
    let subscription = format!("/subscriptions/{SUB}");
    let registries = "providers/Microsoft.ContainerRegistry/registries";
    let contoso = registry("contoso");
    let mut questions = Vec::new();
    for (path, version) in [
        (format!("{subscription}/resourceGroups"), RESOURCES),
        (format!("{subscription}/resources"), RESOURCES),
        (format!("{subscription}/providers"), RESOURCES),
        (format!("{subscription}/{registries}"), NEWEST),
        (format!("{subscription}/{registries}"), "2019-05-01"),
        (format!("{contoso}/replications"), NEWEST),
        (format!("{contoso}/privateEndpointConnections"), NEWEST),
        (format!("{contoso}/listUsages"), NEWEST),
        (
            format!("{subscription}/providers/Microsoft.Network/virtualNetworks"),
            NETWORK,
        ),
        (
            format!("{subscription}/providers/Microsoft.Network/virtualNetworks"),
            "2020-06-01",
        ),
        (
            format!("{subscription}/providers/Microsoft.Authorization/locks"),
            LOCKS,
        ),
    ] {
        questions.push(format!("{path}?api-version={version}"));
    }
    questions
}

async fn answers(arm: &Arm) -> Vec<(u16, Value)> {
    let mut answers = Vec::new();
    for question in questions() {
        let reply = arm.send(Method::GET, &question, None, &[]).await;
        answers.push((reply.status.as_u16(), reply.body));
    }
    answers
}

/// Sends a write and polls its operation to the end. Returns true if it was taken.
async fn send(arm: &Arm, (method, path, body): &Write) -> bool {
    let body = (!body.is_null()).then_some(body);
    let reply = arm.send(method.clone(), path, body, &[]).await;
    assert!(reply.status.as_u16() != 500, "{method} {path}: {}", reply.body);
    for header in ["azure-asyncoperation", "location"] {
        if let Some(operation) = reply.header(header) {
            arm.send(Method::GET, operation, None, &[]).await;
        }
    }
    reply.status.is_success()
}

fn seed() -> State {
    let connection = json!({"id": format!("{}/privateEndpointConnections/one", registry("contoso")), "name": "one",
        "type": "Microsoft.ContainerRegistry/registries/privateEndpointConnections",
        "properties": {"privateLinkServiceConnectionState": {"status": "Pending"}, "provisioningState": "Succeeded"}});
    let mut seed = State::empty()
        .with_registry(&registry("contoso"))
        .with_registry(&registry("litware"))
        .with_endpoint(&subnet("build"));
    seed.resources[0]["properties"]["privateEndpointConnections"] = json!([connection]);
    seed
}

#[tokio::test]
async fn reloaded_state_gives_equal_answers() {
    let writes = writes();
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    );
    let mut taken = vec![false; writes.len()];
    for _ in 0..RUNS {
        let drawn = vec(0..writes.len(), REQUESTS)
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            seed: seed(),
            state_file: Some(folder.path().join("state.json")),
            polls: 0,
            ..Options::default()
        };
        let arm = Arm::start(options.clone()).await;
        for number in &drawn {
            taken[*number] |= send(&arm, &writes[*number]).await;
        }
        let before = answers(&arm).await;
        arm.sandbox.stop().await;
        let again = Arm::start(options).await;
        for ((question, before), after) in questions().iter().zip(&before).zip(answers(&again).await) {
            assert_eq!(*before, after, "{question} after {:?}", names(&writes, &drawn));
        }
    }
    let never: Vec<usize> = (0..writes.len()).filter(|number| !taken[*number]).collect();
    assert_eq!(
        names(&writes, &never),
        Vec::<String>::new(),
        "these writes were never taken"
    );
}

fn names(writes: &[Write], numbers: &[usize]) -> Vec<String> {
    let mut names = Vec::new();
    for number in numbers {
        let (method, path, body) = &writes[*number];
        names.push(format!("{method} {path} {body}"));
    }
    names
}
