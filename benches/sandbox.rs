//! The sandbox under load: GET of a registry by 50 concurrent clients, each with its own connection, with 1 and with
//! 10,000 registries in the state. Also the time to build and start such a state, and the slowest answers to 200 clients.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use reqwest::Client;
use ringfence::model::RegistryId;
use ringfence::sandbox::{Options, Ready, Sandbox, State, start};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const CLIENTS: u64 = 50;
/// Clients of which the slowest answers are measured.
const CROWD: u64 = 200;
/// Requests of each of them.
const EACH: usize = 100;
/// Requests a second of all of them together, where they do not ask as fast as they can.
const RATE: u32 = 5_000;
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

/// Prints how long the answers to [`CROWD`] clients take: all ask at once, each one request after the other, and then at
/// [`RATE`] requests a second.
fn crowd(_: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let sandbox = run(&runtime, state(REGISTRIES));
    let (_, token) = clients(&runtime, &sandbox, 1);
    let asking = Asking::new(sandbox.ready(), &token);
    for (words, pause) in [
        ("one request after the other".to_owned(), Duration::ZERO),
        (
            format!("{RATE} requests a second"),
            Duration::from_secs(CROWD) / RATE,
        ),
    ] {
        let mut times = runtime.block_on(times(&asking, pause));
        times.sort_unstable();
        let percentile = times.len() * 99 / 100;
        let (median, last) = (times[times.len() / 2], times[times.len() - 1]);
        let line = format!(
            "sandbox: GET registry, {CROWD} clients, {words}: median {median:?}, 99th percentile {:?}, slowest {last:?}",
            times[percentile]
        );
        writeln!(std::io::stdout(), "{line}").expect("stdout is open");
    }
}

/// Returns the time of each request of each client. Clients begin evenly spread over a `pause`.
async fn times(asking: &Asking, pause: Duration) -> Vec<Duration> {
    let mut connections = Vec::new();
    for _ in 0..CROWD {
        connections.push(asking.connect().await);
    }
    let begun = tokio::time::Instant::now() + Duration::from_millis(50);
    let mut tasks = Vec::new();
    for (number, stream) in (0..).zip(connections) {
        let first = begun + pause * number / CROWD as u32;
        tasks.push(tokio::spawn(ask(stream, asking.request.clone(), first, pause)));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.expect("no client fails"));
    }
    all
}

/// Sends [`EACH`] requests and returns the time of each. With a `pause`, the time counts from the planned moment, so a slow
/// answer makes those after it slow too.
async fn ask(
    mut stream: TlsStream<TcpStream>,
    request: Vec<u8>,
    first: tokio::time::Instant,
    pause: Duration,
) -> Vec<Duration> {
    let mut times = Vec::with_capacity(EACH);
    let mut answer = Vec::with_capacity(8192);
    tokio::time::sleep_until(first).await;
    for number in 0..EACH {
        let planned = first + pause * u32::try_from(number).expect("a small number");
        tokio::time::sleep_until(planned).await;
        let begun = if pause.is_zero() {
            tokio::time::Instant::now()
        } else {
            planned
        };
        stream.write_all(&request).await.expect("an open connection");
        answer.clear();
        while !is_whole(&answer) {
            let read = stream.read_buf(&mut answer).await.expect("an open connection");
            assert_ne!(read, 0, "the connection ended");
        }
        times.push(begun.elapsed());
    }
    times
}

/// Returns true for a 200 with all of its body.
fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|part| part == b"\r\n\r\n") else {
        return false;
    };
    let head = std::str::from_utf8(&answer[..end]).expect("text");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let (_, rest) = head.split_once("content-length: ").expect("a length");
    let length = rest.lines().next().expect("a line");
    answer.len() == end + 4 + length.parse::<usize>().expect("a number")
}

/// A client that costs as little as possible, because it runs on the cores of the sandbox: it makes the bytes of its
/// request once.
struct Asking {
    connector: TlsConnector,
    address: String,
    request: Vec<u8>,
}

impl Asking {
    fn new(ready: &Ready, token: &str) -> Self {
        let mut roots = RootCertStore::empty();
        let ca = CertificateDer::from_pem_slice(ready.ca_pem.as_bytes()).expect("a certificate");
        roots.add(ca).expect("a certificate");
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .expect("the provider has them")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let address = ready.arm.trim_start_matches("https://").to_owned();
        let request = format!(
            "GET {}?api-version=2026-09-01-preview HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\r\n",
            id(0)
        );
        Self {
            connector: TlsConnector::from(Arc::new(config)),
            address,
            request: request.into_bytes(),
        }
    }

    async fn connect(&self) -> TlsStream<TcpStream> {
        let stream = TcpStream::connect(&self.address).await.expect("a connection");
        stream.set_nodelay(true).expect("an option of every system");
        let name = ServerName::try_from("localhost").expect("a name");
        let connected = self.connector.connect(name, stream).await;
        connected.expect("a certificate of the sandbox")
    }
}

criterion_group!(benches, requests, starts, crowd);
criterion_main!(benches);
