//! The sandbox under load: GET of a registry by 50 concurrent clients, each with its own connection, with 1 and with
//! 10,000 registries in the state. Also the time to build and start such a state, and the slowest answers to 200 clients.

use std::io::Write;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use reqwest::Client;
use ringfence::model::RegistryId;
use ringfence::sandbox::{Options, Sandbox, State, start};
use serde_json::Value;
use tokio::runtime::Runtime;

const CLIENTS: u64 = 50;
/// Clients of which the slowest answers are measured.
const CROWD: u64 = 200;
/// Requests of each of them.
const EACH: usize = 100;
const REGISTRIES: usize = 10_000;

fn id(n: usize) -> RegistryId {
    let subscription = "00000000-0000-0000-0000-000000000001";
    RegistryId::new(subscription, "rg", &format!("registry{n}")).expect("well formed")
}

fn state(registries: usize) -> State {
    let ids: Vec<RegistryId> = (0..registries).map(id).collect();
    State::empty().with_all(&ids, [])
}

fn run(runtime: &Runtime, seed: State) -> Sandbox {
    let options = Options {
        seed,
        ..Options::default()
    };
    runtime.block_on(start(options)).expect("the sandbox starts")
}

/// One client per connection, each with the token.
fn clients(runtime: &Runtime, sandbox: &Sandbox, count: u64) -> (Vec<Client>, String) {
    let ready = sandbox.ready();
    let client = || {
        let ca = reqwest::Certificate::from_pem(ready.ca_pem.as_bytes()).expect("a certificate");
        let builder = Client::builder().tls_certs_only([ca]).no_proxy().http1_only();
        builder.build().expect("a client")
    };
    let clients: Vec<Client> = (0..count).map(|_| client()).collect();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", ready.client_id.as_str()),
        ("client_secret", ready.client_secret.as_str()),
        ("scope", "https://management.azure.com/.default"),
    ];
    let url = format!("{}/{}/oauth2/v2.0/token", ready.authority, ready.tenant_id);
    let token = runtime.block_on(async {
        let reply = clients[0].post(url).form(&form).send().await.expect("an answer");
        let body: Value = reply.json().await.expect("JSON");
        body["access_token"].as_str().expect("a token").to_owned()
    });
    (clients, token)
}

/// Sends `count` requests over all connections and returns the elapsed time.
fn get(runtime: &Runtime, clients: &[Client], token: &str, url: &str, count: u64) -> Duration {
    runtime.block_on(async {
        let begun = Instant::now();
        let work = clients.iter().enumerate().map(|(n, client)| {
            let share = count / CLIENTS + u64::from((n as u64) < count % CLIENTS);
            let (client, token, url) = (client.clone(), token.to_owned(), url.to_owned());
            tokio::spawn(async move {
                for _ in 0..share {
                    let reply = client
                        .get(&url)
                        .bearer_auth(&token)
                        .send()
                        .await
                        .expect("an answer");
                    assert_eq!(reply.status(), 200);
                    reply.bytes().await.expect("a body");
                }
            })
        });
        for task in work.collect::<Vec<_>>() {
            task.await.expect("no client fails");
        }
        begun.elapsed()
    })
}

fn requests(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let mut group = c.benchmark_group("sandbox: GET registry, 50 connections");
    group
        .throughput(criterion::Throughput::Elements(1))
        .sample_size(20);
    for registries in [1, REGISTRIES] {
        let sandbox = run(&runtime, state(registries));
        let (clients, token) = clients(&runtime, &sandbox, CLIENTS);
        let url = format!("{}{}?api-version=2026-09-01-preview", sandbox.ready().arm, id(0));
        group.bench_function(format!("{registries} registries"), |bencher| {
            bencher.iter_custom(|count| get(&runtime, &clients, &token, &url, count));
        });
    }
    group.finish();
}

fn starts(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let mut group = c.benchmark_group("sandbox");
    group.sample_size(10);
    group.bench_function("make a state of 10,000 registries", |bencher| {
        bencher.iter(|| state(REGISTRIES));
    });
    let seed = state(1);
    group.bench_function("start to ready", |bencher| {
        bencher.iter(|| run(&runtime, seed.clone()));
    });
    group.finish();
}

/// Prints how long the answers to [`CROWD`] clients take that all ask at once, each one request after the other.
fn crowd(_: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let sandbox = run(&runtime, state(REGISTRIES));
    let (clients, token) = clients(&runtime, &sandbox, CROWD);
    let url = format!("{}{}?api-version=2026-09-01-preview", sandbox.ready().arm, id(0));
    let mut times: Vec<Duration> = runtime.block_on(async {
        let mut tasks = Vec::new();
        for client in clients {
            tasks.push(tokio::spawn(ask(client, token.clone(), url.clone())));
        }
        let mut all = Vec::new();
        for task in tasks {
            all.extend(task.await.expect("no client fails"));
        }
        all
    });
    times.sort_unstable();
    let percentile = times.len() * 99 / 100;
    let (median, last) = (times[times.len() / 2], times[times.len() - 1]);
    let line = format!(
        "sandbox: GET registry, {CROWD} clients: median {median:?}, 99th percentile {:?}, slowest {last:?}",
        times[percentile]
    );
    writeln!(std::io::stdout(), "{line}").expect("stdout is open");
}

/// Sends [`EACH`] requests and returns the time of each. The first ones, which connect, are left out.
async fn ask(client: Client, token: String, url: String) -> Vec<Duration> {
    let mut times = Vec::with_capacity(EACH);
    for number in 0..EACH + 5 {
        let begun = Instant::now();
        let request = client.get(&url).bearer_auth(&token);
        let reply = request.send().await.expect("an answer");
        reply.bytes().await.expect("a body");
        if number >= 5 {
            times.push(begun.elapsed());
        }
    }
    times
}

criterion_group!(benches, requests, starts, crowd);
criterion_main!(benches);
