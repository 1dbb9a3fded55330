//! A sandbox and a plain HTTPS client for it. The client is reqwest alone: it shares no code with ringfence's own.

use reqwest::{Client, Method, StatusCode, header::HeaderMap};
use ringfence::sandbox::{Options, Ready, Sandbox, start};
use serde_json::Value;

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

pub(crate) struct Arm {
    pub(crate) sandbox: Sandbox,
    pub(crate) client: Client,
    pub(crate) token: String,
}

impl Arm {
    pub(crate) async fn start(options: Options) -> Self {
        let sandbox = start(options).await.unwrap();
        let client = client(sandbox.ready());
        let token = token(&client, sandbox.ready()).await;
        Self {
            sandbox,
            client,
            token,
        }
    }

    /// Sends with the token; `path` may have a query, or be a whole URL.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Reply {
        let arm = &self.sandbox.ready().arm;
        let url = if path.starts_with("https://") {
            path.to_owned()
        } else {
            format!("{arm}{path}")
        };
        let mut request = self.client.request(method, url).bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        reply(request).await
    }
}

pub(crate) async fn reply(request: reqwest::RequestBuilder) -> Reply {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = response.bytes().await.unwrap();
    let body = if bytes.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&bytes).unwrap()
    };
    Reply {
        status,
        headers,
        body,
    }
}

/// A client that trusts the sandbox's CA and nothing else.
pub(crate) fn client(ready: &Ready) -> Client {
    let ca = reqwest::Certificate::from_pem(ready.ca_pem.as_bytes()).unwrap();
    Client::builder()
        .tls_certs_only([ca])
        .https_only(true)
        .no_proxy()
        .build()
        .unwrap()
}

pub(crate) fn form(ready: &Ready) -> Vec<(&'static str, String)> {
    vec![
        ("grant_type", "client_credentials".to_owned()),
        ("client_id", ready.client_id.clone()),
        ("client_secret", ready.client_secret.clone()),
        ("scope", "https://management.azure.com/.default".to_owned()),
    ]
}

pub(crate) async fn token(client: &Client, ready: &Ready) -> String {
    let url = format!("{}/{}/oauth2/v2.0/token", ready.authority, ready.tenant_id);
    let reply = reply(client.post(url).form(&form(ready))).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body["access_token"].as_str().unwrap().to_owned()
}
