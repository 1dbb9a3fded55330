//! One sandbox with a registry and a subnet, ringfence's own client and the oracle's.

use std::time::Duration;

use ringfence::azure::{ArmClient, Cloud, Connection, Pace};
use ringfence::model::{RegistryId, SubnetId};
use ringfence::sandbox::{Options, Ready, Sandbox, State, start};
use serde_json::{Value, json};

use crate::transport::{Oracle, Sent, Transport};

pub const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";

pub struct Lab {
    pub ours: ArmClient,
    pub oracle: Oracle,
    client: reqwest::Client,
    token: String,
    arm: String,
    log: std::path::PathBuf,
    _sandbox: Sandbox,
    _folder: tempfile::TempDir,
}

pub fn registry_id() -> RegistryId {
    RegistryId::new(SUBSCRIPTION, "rg", "contoso").expect("well formed")
}

pub fn subnet_id() -> SubnetId {
    let id = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/build"
    );
    SubnetId::parse(&id).expect("well formed")
}

impl Lab {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder of its own");
        let log = folder.path().join("requests.jsonl");
        let seed = State::empty()
            .with_registry(&registry_id())
            .with_subnet(&subnet_id());
        let options = Options {
            seed,
            request_log: Some(log.clone()),
            ..Options::default()
        };
        let sandbox = start(options).await.expect("a free port on loopback");
        let ready = sandbox.ready().clone();
        let client = client(&ready);
        let token = token(&client, &ready).await;
        Self {
            ours: ours(&ready),
            oracle: Oracle::new(&ready.arm, &token, &Transport::server(client.clone())),
            client,
            token,
            arm: ready.arm,
            log,
            _sandbox: sandbox,
            _folder: folder,
        }
    }

    /// Returns the body of an answer, as no client has read it yet. The answer must be a success.
    pub async fn ask(&self, method: &str, path: &str) -> Value {
        let method = method.parse().expect("a method");
        let request = self.client.request(method, format!("{}{path}", self.arm));
        let reply = request.bearer_auth(&self.token).send().await;
        let reply = reply.expect("the sandbox answers");
        assert!(reply.status().is_success(), "{path}: {}", reply.status());
        reply.json().await.expect("JSON")
    }

    /// The requests to ARM that the sandbox has seen since the last call.
    pub fn seen(&self) -> Vec<Sent> {
        let text = std::fs::read_to_string(&self.log).expect("the sandbox writes its log");
        std::fs::write(&self.log, "").expect("the log can be emptied");
        let lines = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("a JSON line"));
        lines
            .map(|line| sent(&line))
            .filter(|sent| sent.path.starts_with("/subscriptions/"))
            .collect()
    }
}

fn sent(line: &Value) -> Sent {
    let text = |key: &str| line[key].as_str().map(str::to_owned);
    Sent {
        method: text("method").expect("a method"),
        path: text("path").expect("a path"),
        api_version: text("api-version"),
        body: Some(line["body"].clone()).filter(|body| !body.is_null()),
    }
}

fn ours(ready: &Ready) -> ArmClient {
    let url = |text: &str| text.parse().expect("the sandbox's address");
    let cloud = Cloud {
        authority: url(&ready.authority),
        ..Cloud::public().with_arm(url(&ready.arm))
    };
    let env = [
        ("AZURE_TENANT_ID", &ready.tenant_id),
        ("AZURE_CLIENT_ID", &ready.client_id),
        ("AZURE_CLIENT_SECRET", &ready.client_secret),
    ];
    let env = env.map(|(name, value)| (name.to_owned(), value.clone())).into();
    let connection = Connection {
        ca_pem: Some(ready.ca_pem.clone().into_bytes()),
        pace: Pace {
            poll: Duration::ZERO,
            backoff: Duration::ZERO,
        },
        ..Connection::new(cloud, env)
    };
    ArmClient::connect(connection).expect("the sandbox is https")
}

fn client(ready: &Ready) -> reqwest::Client {
    let ca = reqwest::Certificate::from_pem(ready.ca_pem.as_bytes()).expect("the sandbox's CA");
    let builder = reqwest::Client::builder()
        .tls_certs_only([ca])
        .https_only(true)
        .no_proxy();
    builder.build().expect("a client")
}

async fn token(client: &reqwest::Client, ready: &Ready) -> String {
    let form = json!({
        "grant_type": "client_credentials",
        "client_id": ready.client_id,
        "client_secret": ready.client_secret,
        "scope": "https://management.azure.com/.default",
    });
    let url = format!("{}/{}/oauth2/v2.0/token", ready.authority, ready.tenant_id);
    let reply = client
        .post(url)
        .form(&form)
        .send()
        .await
        .expect("the authority answers");
    let body: Value = reply.json().await.expect("JSON");
    body["access_token"].as_str().expect("a token").to_owned()
}
