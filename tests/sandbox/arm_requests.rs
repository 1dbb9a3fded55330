//! Short forms for requests to the sandbox, and ids of its resources.

use reqwest::Method;
use ringfence::model::{RegistryId, SubnetId};
use ringfence::sandbox::{Options, State};
use serde_json::{Value, json};

use crate::sandbox_client::{Arm, Reply};

pub(crate) const SUB: &str = "00000000-0000-0000-0000-000000000000";
pub(crate) const NEWEST: &str = "2026-09-01-preview";
pub(crate) const NETWORK: &str = "2024-07-01";

impl Reply {
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }

    pub(crate) fn rules(&self) -> &Value {
        &self.body["properties"]["networkRuleSet"]
    }
}

impl Arm {
    pub(crate) async fn with(seed: State) -> Self {
        Self::start(Options {
            seed,
            ..Options::default()
        })
        .await
    }

    /// One Premium registry, `contoso`.
    pub(crate) async fn contoso() -> Self {
        Self::with(State::empty().with_registry(&registry("contoso"))).await
    }

    pub(crate) async fn get(&self, id: &str, version: &str) -> Reply {
        let path = format!("{id}?api-version={version}");
        self.send(Method::GET, &path, None, &[]).await
    }

    pub(crate) async fn patch(&self, id: &str, version: &str, body: &Value) -> Reply {
        let path = format!("{id}?api-version={version}");
        self.send(Method::PATCH, &path, Some(body), &[]).await
    }

    pub(crate) async fn put(&self, id: &str, version: &str, body: &Value) -> Reply {
        let path = format!("{id}?api-version={version}");
        self.send(Method::PUT, &path, Some(body), &[]).await
    }

    /// Adds the registry's endpoint to the subnet by GET and PUT, and polls the operation to its end.
    pub(crate) async fn enable_endpoint(&self, subnet: &str) {
        let mut body = self.get(subnet, NETWORK).await.body;
        body["properties"]["serviceEndpoints"] = json!([{"service": "Microsoft.ContainerRegistry"}]);
        let put = self.put(subnet, NETWORK, &body).await;
        assert_eq!(put.status, 200, "{}", put.body);
        let operation = put.header("azure-asyncoperation").unwrap();
        let poll = self.send(Method::GET, operation, None, &[]).await;
        assert_eq!(poll.body, json!({"status": "Succeeded"}));
    }

    /// The same for operations that take one poll.
    pub(crate) async fn enable_endpoint_slowly(&self, subnet: &str) {
        self.sandbox.change(|options| options.polls = 0);
        self.enable_endpoint(subnet).await;
        self.sandbox.change(|options| options.polls = 1);
    }
}

pub(crate) fn registry(name: &str) -> RegistryId {
    RegistryId::new(SUB, "rg", name).unwrap()
}

pub(crate) fn subnet(name: &str) -> SubnetId {
    SubnetId::parse(&format!(
        "/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet/subnets/{name}"
    ))
    .unwrap()
}

/// A PATCH body with only a rule set.
pub(crate) fn rule_set(set: Value) -> Value {
    json!({"properties": {"networkRuleSet": set}})
}

pub(crate) fn ip(value: &str) -> Value {
    json!({"action": "Allow", "value": value})
}

pub(crate) fn vnet_rule(key: &str, subnet: &SubnetId) -> Value {
    json!({"action": "Allow", key: subnet.as_str()})
}
