//! The product's decision against the data plane of the sandbox, which has its own: random states, and every kind of client
//! that the sandbox knows.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use reqwest::Client as HttpClient;
use ringfence::live::parse;
use ringfence::model::{Access, Admitted, Client, OtherClient, decide};
use ringfence::sandbox::{Options, State};
use serde_json::{Value, json};

use crate::arm_requests::{NEWEST, SUB, ip, registry, subnet, vnet_rule};
use crate::sandbox_client::Arm;

const REGISTRIES: usize = 160;
/// Ranges of rules: nested, neighbours, single, half of the internet, and addresses that no client has.
const RANGES: [&str; 8] = [
    "203.0.113.0/24",
    "203.0.113.0/25",
    "203.0.113.7",
    "203.0.113.128/25",
    "198.51.100.7",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "10.0.0.0/8",
];
/// Addresses at the edges of these ranges and outside of them, all of them public.
const ADDRESSES: [&str; 9] = [
    "203.0.113.0",
    "203.0.113.7",
    "203.0.113.127",
    "203.0.113.128",
    "203.0.114.0",
    "198.51.100.7",
    "198.51.100.8",
    "8.8.8.8",
    "200.1.2.3",
];
/// Subnets of one network: two have the endpoint.
const SUBNETS: [(&str, bool); 4] = [("a", true), ("b", true), ("c", false), ("d", false)];
/// A subnet with the endpoint that no rule lists.
const UNLISTED: &str = "e";
/// Public address of clients in a subnet without the endpoint.
const EGRESS: &str = "203.0.113.7";

/// Draws the settings of a registry.
fn body() -> impl Strategy<Value = Value> {
    let words = (
        select(vec![
            "Premium", "Premium", "Premium", "Premium", "Standard", "Basic",
        ]),
        select(vec!["Enabled", "Enabled", "Enabled", "Disabled"]),
        select(vec!["Deny", "Deny", "Allow"]),
        select(vec!["AzureServices", "None"]),
        select(vec!["IPv4", "IPv4", "IPv4AndIPv6"]),
        any::<bool>(),
    );
    let lists = (
        subsequence(RANGES.to_vec(), 0..=4),
        subsequence(SUBNETS.to_vec(), 0..=3),
    );
    (words, lists).prop_map(
        |((sku, public, action, bypass, protocol, tasks), (ips, subnets))| {
            let basics = json!({"sku": {"name": sku}, "properties": {
                "networkRuleBypassOptions": bypass, "networkRuleBypassAllowedForTasks": tasks
            }});
            // Everything else needs Premium.
            if sku != "Premium" {
                return basics;
            }
            let mut body = basics;
            let ips: Vec<Value> = ips.into_iter().map(ip).collect();
            let mut rules = Vec::new();
            for (name, _) in subnets {
                rules.push(vnet_rule("virtualNetworkSubnetResourceId", &subnet(name)));
            }
            let properties = &mut body["properties"];
            properties["publicNetworkAccess"] = json!(public);
            properties["dataEndpointEnabled"] = json!(true);
            properties["endpointProtocol"] = json!(protocol);
            properties["networkRuleSet"] =
                json!({"defaultAction": action, "ipRules": ips, "virtualNetworkRules": rules});
            body
        },
    )
}

fn name(number: usize) -> String {
    format!("registry{number}")
}

/// Draws the same states in each run.
fn seed() -> State {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut resources = vec![network()];
    for number in 0..REGISTRIES {
        let mut body = body().new_tree(&mut runner).unwrap().current();
        body["id"] = json!(registry(&name(number)).as_str());
        resources.push(body);
    }
    let subscription =
        json!({"id": SUB, "registered": ["Microsoft.ContainerRegistry", "Microsoft.Network"]});
    serde_json::from_value(json!({"subscriptions": [subscription], "resources": resources})).unwrap()
}

fn network() -> Value {
    let mut subnets = Vec::new();
    let all = SUBNETS.into_iter().chain([(UNLISTED, true)]);
    for (number, (name, has_endpoint)) in all.enumerate() {
        let mut properties = json!({"addressPrefix": format!("10.0.{number}.0/24")});
        if has_endpoint {
            properties["serviceEndpoints"] = json!([{
                "service": "Microsoft.ContainerRegistry", "locations": ["*"], "provisioningState": "Succeeded"
            }]);
        }
        subnets.push(json!({"name": name, "id": subnet(name).as_str(), "properties": properties}));
    }
    let id = subnet("a");
    let (network, _) = id.as_str().rsplit_once("/subnets/").unwrap();
    json!({"id": network, "location": "eastus", "properties": {
        "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": subnets
    }})
}

/// Clients, each with the headers by which the sandbox knows it.
fn clients() -> Vec<(Client, Vec<(&'static str, String)>)> {
    let mut clients = Vec::new();
    for address in ADDRESSES {
        let client = Client::Address(address.parse().unwrap());
        clients.push((client, vec![("x-ringfence-client-ip", address.to_owned())]));
    }
    for (name, _) in SUBNETS {
        let id = subnet(name);
        let headers = vec![
            ("x-ringfence-client-ip", EGRESS.to_owned()),
            ("x-ringfence-client-subnet", id.to_string()),
        ];
        clients.push((Client::Subnet(id), headers));
    }
    for (kind, value) in [
        (OtherClient::TrustedServices, "trusted-service"),
        (OtherClient::Tasks, "task"),
        (OtherClient::Ipv6, "public"),
    ] {
        // No rule admits this address, so only the kind decides.
        let headers = vec![
            ("x-ringfence-client-ip", "2001:db8::7".to_owned()),
            ("x-ringfence-client-kind", value.to_owned()),
        ];
        clients.push((Client::Other(kind), headers));
    }
    // No rule lists this subnet.
    let headers = vec![
        ("x-ringfence-client-ip", EGRESS.to_owned()),
        ("x-ringfence-client-subnet", subnet(UNLISTED).to_string()),
    ];
    clients.push((Client::Other(OtherClient::UnlistedSubnets), headers));
    clients
}

/// Returns the access to a registry, as the product reads it from ARM.
async fn access(arm: &Arm, name: &str) -> Access {
    let reply = arm.get(registry(name).as_str(), NEWEST).await;
    let live = parse::registry(NEWEST, reply.body).unwrap();
    let mut access = Access {
        restricts: live.is_premium(),
        ..Access::of(&live.settings)
    };
    let egress = || [EGRESS.parse().unwrap()].into_iter().collect();
    for (name, has_endpoint) in SUBNETS {
        if !has_endpoint {
            access.endpoints_off.insert(subnet(name));
            access.egress.insert(subnet(name), egress());
        }
    }
    access
}

/// Returns what the data plane answers to a client; `None` where no source decides.
async fn answer(http: &HttpClient, url: &str, headers: &[(&'static str, String)]) -> Option<bool> {
    let mut request = http.get(url);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    match request.send().await.unwrap().status().as_u16() {
        // A client that gets in is asked to sign in.
        401 => Some(true),
        403 => Some(false),
        501 => None,
        other => panic!("{url}: {other}"),
    }
}

/// Returns true if the two agree. The sandbox leaves open what no source decides.
fn agree(access: &Access, client: &Client, found: Option<bool>) -> bool {
    let decided = decide(access, client).admitted;
    match client {
        // The sandbox takes IPv6 clients in any case. A registry without dual-stack endpoints has no address for them.
        Client::Other(OtherClient::Ipv6) if access.dual_stack == Admitted::No => decided == Admitted::No,
        // Tasks do not work there, and the answer to them is open.
        Client::Other(OtherClient::Tasks) if access.dual_stack == Admitted::Yes => {
            decided == Admitted::No && found.is_none()
        }
        _ => {
            let expected = match found {
                Some(true) => Admitted::Yes,
                Some(false) => Admitted::No,
                None => Admitted::Unknown,
            };
            decided == expected
        }
    }
}

#[tokio::test]
async fn decisions_are_those_of_the_data_plane() {
    let arm = Arm::start(Options {
        seed: seed(),
        ..Options::default()
    })
    .await;
    let ready = arm.sandbox.ready();
    let (_, port) = ready.arm.rsplit_once(':').unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()));
    let ca = reqwest::Certificate::from_pem(ready.ca_pem.as_bytes()).unwrap();
    let mut http = HttpClient::builder()
        .tls_certs_only([ca])
        .https_only(true)
        .no_proxy();
    for number in 0..REGISTRIES {
        http = http.resolve(&format!("{}.azurecr.io", name(number)), address);
    }
    let http = http.build().unwrap();
    let clients = clients();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for number in 0..REGISTRIES {
        let access = access(&arm, &name(number)).await;
        let url = format!("https://{}.azurecr.io:{port}/v2/", name(number));
        for (client, headers) in &clients {
            let found = answer(&http, &url, headers).await;
            assert!(agree(&access, client, found), "{client}: {found:?}, {access:#?}");
            *kinds.entry(format!("{found:?}")).or_default() += 1;
        }
    }
    // Each answer was given often enough to mean something.
    assert!(
        kinds.len() == 3 && kinds.values().all(|count| *count > 20),
        "{kinds:?}"
    );
}
