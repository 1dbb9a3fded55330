//! The operations that plan and apply need. Bodies are JSON as it came, unknown fields included.

use std::collections::BTreeSet;

use azure_core::http::Method;
use serde_json::Value;

use super::api_versions::{PROVIDERS, Versions, refuses_version};
use super::error::ArmError;
use super::error::body::{Fault, get};
use super::error::write::WriteError;
use super::operation::follow::Ended;
use super::send::client::{ArmClient, Call, Operation};
use super::send::observer::Event;
use crate::model::{RegistryId, SubnetId};

/// A resource as one api-version shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetched {
    pub api_version: String,
    /// The header, or the body's; registries have none.
    pub etag: Option<String>,
    pub body: Value,
}

impl ArmClient {
    /// Reads a registry with the newest api-version that shows subnet rules and that ARM offers. Where ARM offers
    /// none of those, the answer is blind to them, and says so by lacking the key.
    pub async fn registry(&self, id: &RegistryId) -> Result<Fetched, ArmError> {
        self.fetch(id.as_str(), &self.inner.registry_versions).await
    }

    /// Reads a subnet, with the etag that a PUT has to name.
    pub async fn subnet(&self, id: &SubnetId) -> Result<Fetched, ArmError> {
        self.fetch(id.as_str(), &self.inner.subnet_versions).await
    }

    /// Changes a registry and returns it as it is after that. It is sent once: what it says rests on a read, so who
    /// tries again reads again ([`ArmClient::attempts`]). Network rules change synchronously; other settings may
    /// be an operation, which is followed to its end (recorded: azure-cli test_acr_encryption_with_cmk).
    pub async fn patch_registry(
        &self,
        id: &RegistryId,
        api_version: &str,
        body: &Value,
    ) -> Result<Value, WriteError> {
        let operation = self.begin();
        let url = self.url(id.as_str(), api_version);
        let call = Call {
            body: Some(body),
            once: true,
            ..Call::new(Method::Patch, &url)
        };
        match self.write(call, &operation).await? {
            Ended::With(registry) => Ok(registry),
            Ended::Without { .. } => {
                let call = Call::get(&url);
                let reply = self
                    .send(call, &operation)
                    .await
                    .and_then(|reply| reply.into_body(&call.shown()));
                reply.map(|(body, ..)| body).map_err(WriteError::after_request)
            }
        }
    }

    /// Writes a subnet and waits until it is done; returns it as the answer showed it. `if_match` is the etag that was
    /// read with it; a 412 means that somebody else wrote it since.
    pub async fn put_subnet(
        &self,
        id: &SubnetId,
        api_version: &str,
        body: &Value,
        if_match: Option<&str>,
    ) -> Result<Option<Value>, WriteError> {
        let operation = self.begin();
        let url = self.url(id.as_str(), api_version);
        let call = Call {
            body: Some(body),
            if_match,
            ..Call::new(Method::Put, &url)
        };
        Ok(match self.write(call, &operation).await? {
            Ended::With(subnet) => Some(subnet),
            Ended::Without { first } => first,
        })
    }

    /// The state of a provider in a subscription: `Registered`, `NotRegistered`, `Registering` and so on.
    pub async fn provider_state(&self, subscription: &str, namespace: &str) -> Result<String, ArmError> {
        self.provider(subscription, namespace, &self.begin()).await
    }

    /// Registers a provider in a subscription and waits until it is `Registered`; the answer to the request itself
    /// only says `Registering` (recorded: azure-cli test_provider_registration).
    pub async fn register_provider(
        &self,
        subscription: &str,
        namespace: &str,
    ) -> Result<(), WriteError> {
        let operation = self.begin();
        let path = format!("/subscriptions/{subscription}/providers/{namespace}/register");
        let url = self.url(&path, PROVIDERS);
        let call = Call::new(Method::Post, &url);
        let reply = self
            .send(call, &operation)
            .await
            .map_err(|error| WriteError::of_request(error, &operation.doubt))?;
        let state = reply
            .body
            .as_ref()
            .and_then(registration)
            .unwrap_or_default()
            .to_owned();
        let registered = self.until_registered(subscription, namespace, state, &operation);
        registered.await.map_err(WriteError::after_request)
    }

    async fn until_registered(
        &self,
        subscription: &str,
        namespace: &str,
        mut state: String,
        operation: &Operation,
    ) -> Result<(), ArmError> {
        let resource = format!("/subscriptions/{subscription}/providers/{namespace}");
        while !state.eq_ignore_ascii_case("Registered") {
            let wait = self.inner.pace.poll;
            if !operation.allows(wait) {
                let call = format!("POST {resource}/register");
                return Err(self.timeout(call, &format!("`{state}`"), self.ids(operation).into()));
            }
            self.inner.observer.notice(&Event::Polling {
                resource: resource.clone(),
                status: Some(state),
                wait,
            });
            tokio::time::sleep(wait).await;
            state = self.provider(subscription, namespace, operation).await?;
        }
        Ok(())
    }

    /// Quotas of a registry. It is a GET (recorded: azure-cli acr show-usage).
    pub async fn usages(&self, id: &RegistryId, api_version: &str) -> Result<Value, ArmError> {
        let url = self.url(&format!("{id}/listUsages"), api_version);
        let call = Call::get(&url);
        let reply = self.send(call, &self.begin()).await?;
        reply.into_body(&call.shown()).map(|(body, ..)| body)
    }

    async fn provider(
        &self,
        subscription: &str,
        namespace: &str,
        operation: &Operation,
    ) -> Result<String, ArmError> {
        let url = self.url(
            &format!("/subscriptions/{subscription}/providers/{namespace}"),
            PROVIDERS,
        );
        let call = Call::get(&url);
        let (body, _, ids) = self.send(call, operation).await?.into_body(&call.shown())?;
        registration(&body)
            .map(str::to_owned)
            .ok_or_else(|| ArmError::Decode {
                call: call.shown(),
                reason: "`registrationState` is missing".into(),
                ids,
            })
    }

    /// Reads `path` at the version that worked before. The first reader finds it while the others wait.
    async fn fetch(&self, path: &str, versions: &Versions) -> Result<Fetched, ArmError> {
        let _first = versions.turn().await;
        let operation = self.begin();
        let mut version = versions.first();
        let mut tried = BTreeSet::new();
        loop {
            let result = self.fetch_at(path, &version, &operation).await;
            let Some(fault) = refused_version(&result) else {
                if answered(&result) {
                    versions.settle(&version);
                }
                return result;
            };
            tried.insert(version);
            match versions.next(fault, &tried) {
                Some(next) => version = next,
                None => return result,
            }
        }
    }

    async fn fetch_at(
        &self,
        path: &str,
        version: &str,
        operation: &Operation,
    ) -> Result<Fetched, ArmError> {
        let url = self.url(path, version);
        let call = Call::get(&url);
        let (body, etag, _) = self.send(call, operation).await?.into_body(&call.shown())?;
        let in_body = || body.get("etag").and_then(Value::as_str).map(str::to_owned);
        Ok(Fetched {
            api_version: version.to_owned(),
            etag: etag.or_else(in_body),
            body,
        })
    }
}

/// What ARM said of the api-version, if that is what it refused.
fn refused_version(result: &Result<Fetched, ArmError>) -> Option<&Fault> {
    match result {
        Err(ArmError::Service { status, fault, .. }) if refuses_version(*status, fault) => Some(fault),
        _ => None,
    }
}

/// Whether the service looked past the version: it answered, or refused for another reason such as a missing right.
fn answered(result: &Result<Fetched, ArmError>) -> bool {
    result.is_ok() || matches!(result, Err(ArmError::Service { status, .. }) if *status < 429)
}

fn registration(body: &Value) -> Option<&str> {
    get(body.as_object()?, "registrationState")?.as_str()
}
