//! Drawn pairs of a spec and a registry through the built binary: `apply`, then `plan`, then the registries as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use ringfence::model::SubnetId;
use ringfence::sandbox::{RequestEvent, RequestHook, State};
use serde_json::{Value, json};

use crate::azure_bodies::SUBSCRIPTION;
use crate::pool;
use crate::reference::addresses::range;
use crate::reference::decide::{Client, Endpoint};
use crate::reference::draw::{Draw, Pair, id_of};
use crate::reference::state::State as Settings;
use crate::rig::{Rig, block_on};
use crate::virtual_network::vnet_body;

const PAIRS: usize = 200;
/// Registries of one spec file.
const BATCH: usize = 50;
/// All registries of a file are written at the same time.
const PARALLEL: &str = "50";

/// Source addresses that ask the data plane.
const ADDRESSES: [&str; 3] = ["20.42.7.3", "20.42.7.128", "198.51.100.1"];
/// The address of a subnet without its endpoint.
const EGRESS: &str = "20.42.7.15";

/// Guards that drawn pairs break: they remove rules as they please.
const OVERRIDES: [&str; 4] = ["--override", "removals", "--override", "last-rule"];

#[test]
fn applied_pairs_have_an_empty_plan_and_the_access_of_the_model() {
    let mut draw = Draw::new(1_128, false);
    let mut pairs = BTreeMap::new();
    for number in 0..PAIRS {
        let name = format!("registry{number:03}");
        pairs.insert(name.clone(), draw.pair(&name));
    }
    // The state is kept once, at the first question to the data plane: by then everything is written.
    let written = Arc::<OnceLock<State>>::default();
    let keeps = written.clone();
    let hook = RequestHook::new(move |event: &RequestEvent<'_>| {
        if event.path.starts_with("/v2/") {
            keeps.get_or_init(|| event.state());
        }
    });
    let rig = Rig::build(&seed(&pairs), Vec::new(), None, |options| {
        options.on_request = Some(hook)
    });
    // The files have no registry in common, and most of an apply is the wait of the additive ones for other writers.
    pool::each(specs(&pairs), |(file, spec)| {
        rig.write(&file, &spec);
        let apply = ["apply", &*file, "--yes", "-q", "--parallel", PARALLEL];
        succeeds(&rig, &[&apply[..], &OVERRIDES].concat());
        succeeds(&rig, &["plan", &file, "--detailed-exitcode"]);
    });
    let ready = rig.sandbox().ready();
    let answers = block_on(answers(&pairs, &ready.arm, &ready.ca_pem));
    let state = serde_json::to_value(written.get().expect("the data plane was asked")).expect("JSON");
    for ((name, pair), answers) in pairs.iter().zip(answers) {
        compare_state(name, pair, &state);
        compare_answers(name, pair, &state, &answers);
    }
}

fn succeeds(rig: &Rig, words: &[&str]) {
    let output = rig.command(words).output().expect("the binary runs");
    let (stdout, stderr) = (output.stdout, output.stderr);
    let said = [stdout, stderr].map(|text| String::from_utf8(text).expect("UTF-8"));
    assert!(output.status.success(), "{words:?}\n{}{}", said[0], said[1]);
}

/// Returns the name and the text of each spec file.
fn specs(pairs: &BTreeMap<String, Pair>) -> Vec<(String, String)> {
    let mut specs = Vec::new();
    for (number, (name, pair)) in pairs.iter().enumerate() {
        if number % BATCH == 0 {
            specs.push((
                format!("batch{number}.yaml"),
                "version: 1\nregistries:\n".to_owned(),
            ));
        }
        let (_, spec) = specs.last_mut().expect("a batch was begun");
        *spec += &format!("  - id: {}\n{}", id_of(name), pair.wanted.yaml());
    }
    specs
}

/// Returns a state with every registry and its two networks.
fn seed(pairs: &BTreeMap<String, Pair>) -> State {
    let mut resources = Vec::new();
    for pair in pairs.values() {
        resources.push(pair.body.clone());
        resources.extend(networks(pair));
    }
    let subscription = json!({
        "id": SUBSCRIPTION, "tenant": "00000000-0000-0000-0000-00000000000f",
        "registered": ["Microsoft.ContainerRegistry", "Microsoft.Network"]
    });
    let state = json!({"subscriptions": [subscription], "resources": resources});
    serde_json::from_value(state).expect("a state")
}

/// Returns the id of a subnet with a service endpoint that no rule lists, if the pair has a network.
fn unlisted(pair: &Pair) -> Option<String> {
    let (network, _) = pair.endpoints.keys().next()?.rsplit_once("/subnets/")?;
    Some(format!("{network}/subnets/unlisted"))
}

/// Returns the virtual networks of a pair, with the endpoints that are on.
fn networks(pair: &Pair) -> Vec<Value> {
    let mut by_network: BTreeMap<String, Vec<SubnetId>> = BTreeMap::new();
    let unlisted = unlisted(pair);
    for id in pair.endpoints.keys().chain(&unlisted) {
        let (network, _) = id.rsplit_once("/subnets/").expect("a subnet is in a network");
        let id = SubnetId::parse(id).expect("it is well formed");
        by_network.entry(network.to_owned()).or_default().push(id);
    }
    let mut networks = Vec::new();
    for ids in by_network.values() {
        let mut network = vnet_body(ids);
        for (number, id) in ids.iter().enumerate() {
            let properties = &mut network["properties"]["subnets"][number]["properties"];
            properties["addressPrefix"] = json!(format!("10.0.{number}.0/24"));
            let endpoint = pair.endpoints.get(id.as_str());
            if endpoint.is_none_or(|endpoint| *endpoint == Endpoint::On) {
                properties["serviceEndpoints"] = json!([{
                    "service": "Microsoft.ContainerRegistry", "locations": ["*"], "provisioningState": "Succeeded"
                }]);
            }
        }
        networks.push(network);
    }
    networks
}

/// Compares the settings of a registry, and the endpoints of its subnets, with the model.
fn compare_state(name: &str, pair: &Pair, state: &Value) {
    let found = Settings::of(resource(state, &id_of(name)));
    let shown = format!("{name}\n{}{}", pair.wanted.yaml(), pair.body["properties"]);
    assert_eq!(found, after(pair), "{shown}");
    let listed = pair.wanted.subnets.iter().flatten();
    let listed: BTreeSet<String> = listed.map(|id| id.to_lowercase()).collect();
    for (id, before) in &pair.endpoints {
        // An endpoint that is on stays on, and a rule needs one.
        let expected = if listed.contains(&id.to_lowercase()) {
            Endpoint::On
        } else {
            *before
        };
        assert_eq!(endpoint(state, id), expected, "{id}\n{shown}");
    }
}

fn after(pair: &Pair) -> Settings {
    pair.wanted.after(&Settings::of(&pair.body))
}

/// Compares the answers to each kind of client with the model's table, as far as the documentation decides. Where the
/// data plane says that no source decides, the table must not decide either.
fn compare_answers(name: &str, pair: &Pair, state: &Value, answers: &[Option<bool>]) {
    let expected = after(pair);
    let mut clients = Vec::new();
    for address in ADDRESSES {
        clients.push(Client::Address(range(address).0));
    }
    for id in pair.endpoints.keys() {
        clients.push(Client::Subnet {
            id,
            endpoint: endpoint(state, id),
            egress: Some(range(EGRESS).0),
        });
    }
    clients.extend([Client::TrustedService, Client::Task]);
    clients.extend(unlisted(pair).map(|_| Client::UnlistedSubnet));
    assert_eq!(clients.len(), answers.len());
    for (client, found) in clients.into_iter().zip(answers) {
        if let Some(expected) = expected.decide(client) {
            let yaml = pair.wanted.yaml();
            assert_eq!(*found, Some(expected), "{name} {client:?}\n{yaml}");
        }
    }
}

/// Asks the data plane of every registry for each kind of client. Returns true for a client that gets in, and
/// `None` where the sandbox leaves it open.
async fn answers(pairs: &BTreeMap<String, Pair>, arm: &str, ca_pem: &str) -> Vec<Vec<Option<bool>>> {
    let (_, port) = arm.rsplit_once(':').expect("a port");
    let address = SocketAddr::from(([127, 0, 0, 1], port.parse().expect("a number")));
    let ca = reqwest::Certificate::from_pem(ca_pem.as_bytes()).expect("a certificate");
    let mut client = reqwest::Client::builder().tls_certs_only([ca]).no_proxy();
    for name in pairs.keys() {
        client = client.resolve(&host(name), address);
    }
    let client = client.build().expect("a client");
    let mut all = Vec::new();
    for (name, pair) in pairs {
        let mut answers = Vec::new();
        for headers in headers(pair) {
            let mut request = client.get(format!("https://{}:{port}/v2/", host(name)));
            for (header, value) in headers {
                request = request.header(header, value);
            }
            let status = request.send().await.expect("an answer").status().as_u16();
            // A client that gets in is asked to sign in.
            answers.push(match status {
                401 => Some(true),
                403 => Some(false),
                501 => None,
                other => panic!("{name}: {other}"),
            });
        }
        all.push(answers);
    }
    all
}

/// Returns the headers of a request of each kind of client.
fn headers(pair: &Pair) -> Vec<Vec<(&'static str, String)>> {
    let mut all = Vec::new();
    for address in ADDRESSES {
        all.push(vec![("x-ringfence-client-ip", address.to_owned())]);
    }
    for id in pair.endpoints.keys() {
        all.push(from_subnet(id));
    }
    for kind in ["trusted-service", "task"] {
        all.push(vec![("x-ringfence-client-kind", kind.to_owned())]);
    }
    all.extend(unlisted(pair).map(|id| from_subnet(&id)));
    all
}

fn from_subnet(id: &str) -> Vec<(&'static str, String)> {
    vec![
        ("x-ringfence-client-ip", EGRESS.to_owned()),
        ("x-ringfence-client-subnet", id.to_owned()),
    ]
}

fn host(name: &str) -> String {
    format!("{name}.azurecr.io")
}

fn endpoint(state: &Value, id: &str) -> Endpoint {
    let (network, name) = id.rsplit_once("/subnets/").expect("a subnet is in a network");
    let subnets = resource(state, network)["properties"]["subnets"].as_array();
    let subnet = subnets
        .into_iter()
        .flatten()
        .find(|subnet| subnet["name"] == name);
    let endpoints = &subnet.expect("the subnet is there")["properties"]["serviceEndpoints"];
    let is_on = endpoints.as_array().is_some_and(|list| {
        list.iter()
            .any(|endpoint| endpoint["service"] == "Microsoft.ContainerRegistry")
    });
    if is_on { Endpoint::On } else { Endpoint::Off }
}

fn resource<'a>(state: &'a Value, id: &str) -> &'a Value {
    let resources = state["resources"].as_array().into_iter().flatten();
    let is = |resource: &&Value| {
        resource["id"]
            .as_str()
            .is_some_and(|found| found.eq_ignore_ascii_case(id))
    };
    resources.into_iter().find(is).expect("the resource is there")
}
