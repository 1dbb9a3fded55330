//! A sandbox and a plain HTTPS client for it. The client is reqwest alone: it shares no code with ringfence's own.

use reqwest::{Client, Method, StatusCode, header::HeaderMap};
use ringfence::model::{RegistryId, SubnetId};
use ringfence::sandbox::{Options, Ready, Sandbox, State, start};
use serde_json::{Value, json};

pub const SUB: &str = "00000000-0000-0000-0000-000000000000";
pub const NEWEST: &str = "2026-09-01-preview";
pub const NETWORK: &str = "2024-07-01";

pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Reply {
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }

    pub fn rules(&self) -> &Value {
        &self.body["properties"]["networkRuleSet"]
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

pub struct Arm {
    pub sandbox: Sandbox,
    pub client: Client,
    pub token: String,
}

impl Arm {
    pub async fn start(options: Options) -> Self {
        let sandbox = start(options).await.unwrap();
        let client = client(sandbox.ready());
        let token = token(&client, sandbox.ready()).await;
        Self { sandbox, client, token }
    }

    pub async fn with(seed: State) -> Self {
        Self::start(Options { seed, ..Options::default() }).await
    }

    /// Sends with the token; `path` may have a query, or be a whole URL.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>, headers: &[(&str, &str)]) -> Reply {
        let url = if path.starts_with("https://") { path.to_owned() } else { format!("{}{path}", self.sandbox.ready().arm) };
        let mut request = self.client.request(method, url).bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        reply(request).await
    }

    pub async fn get(&self, id: &str, version: &str) -> Reply {
        self.send(Method::GET, &format!("{id}?api-version={version}"), None, &[]).await
    }

    pub async fn patch(&self, id: &str, version: &str, body: &Value) -> Reply {
        self.send(Method::PATCH, &format!("{id}?api-version={version}"), Some(body), &[]).await
    }

    pub async fn put(&self, id: &str, version: &str, body: &Value) -> Reply {
        self.send(Method::PUT, &format!("{id}?api-version={version}"), Some(body), &[]).await
    }

    /// GETs the subnet, adds the registry's endpoint, PUTs it back, and polls the operation to its end.
    pub async fn enable_endpoint(&self, subnet: &str) {
        let mut body = self.get(subnet, NETWORK).await.body;
        body["properties"]["serviceEndpoints"] = json!([{"service": "Microsoft.ContainerRegistry"}]);
        let put = self.put(subnet, NETWORK, &body).await;
        assert_eq!(put.status, 200);
        let poll = self.send(Method::GET, put.header("azure-asyncoperation").unwrap(), None, &[]).await;
        assert_eq!(poll.body, json!({"status": "Succeeded"}));
    }
}

pub async fn reply(request: reqwest::RequestBuilder) -> Reply {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = response.bytes().await.unwrap();
    let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
    Reply { status, headers, body }
}

pub fn client(ready: &Ready) -> Client {
    let ca = reqwest::Certificate::from_pem(ready.ca_pem.as_bytes()).unwrap();
    Client::builder().tls_certs_only([ca]).https_only(true).no_proxy().build().unwrap()
}

pub fn form(ready: &Ready) -> Vec<(&'static str, String)> {
    vec![
        ("grant_type", "client_credentials".to_owned()),
        ("client_id", ready.client_id.clone()),
        ("client_secret", ready.client_secret.clone()),
        ("scope", "https://management.azure.com/.default".to_owned()),
    ]
}

pub async fn token(client: &Client, ready: &Ready) -> String {
    let url = format!("{}/{}/oauth2/v2.0/token", ready.authority, ready.tenant_id);
    let reply = reply(client.post(url).form(&form(ready))).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body["access_token"].as_str().unwrap().to_owned()
}

pub fn registry(name: &str) -> RegistryId {
    RegistryId::new(SUB, "rg", name).unwrap()
}

pub fn subnet(name: &str) -> SubnetId {
    SubnetId::parse(&format!(
        "/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet/subnets/{name}"
    ))
    .unwrap()
}
