//! The operations that plan and apply need. Bodies are JSON as it came, unknown fields included.

use std::collections::BTreeSet;

use azure_core::http::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::api_versions::{PROVIDERS, RESOURCE_GRAPH, Versions, refuses_version};
use super::error::ArmError;
use super::error::body::{ErrorBody, get};
use super::error::write::WriteError;
use super::operation::follow::WriteEnd;
use super::send::client::ArmClient;
use super::send::request::{ArmRequest, RequestGroup};
use crate::model::{RegistryId, ResourceId, SubnetId};

/// A resource as one api-version shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetched<B = Value> {
    pub api_version: String,
    /// The header, or else the field of the body. Registries have none.
    pub etag: Option<String>,
    pub body: B,
}

impl ArmClient {
    /// Reads a registry with the newest api-version that shows subnet rules and that ARM offers. If ARM offers none of
    /// those, the answer hides the subnet rules: it lacks their key.
    pub async fn registry(&self, id: &RegistryId) -> Result<Fetched, ArmError> {
        self.fetch(id.as_str(), &self.inner.registry_versions).await
    }

    /// Reads a subnet, with the etag that a PUT has to name.
    pub async fn subnet(&self, id: &SubnetId) -> Result<Fetched, ArmError> {
        let fetched = self.network_resource(id).await?;
        let shown = fetched.body.get("etag").and_then(Value::as_str);
        Ok(Fetched {
            etag: fetched.etag.or_else(|| shown.map(str::to_owned)),
            ..fetched
        })
    }

    /// Reads a resource of the network provider, such as a NAT gateway.
    pub async fn network_resource(&self, id: &ResourceId) -> Result<Fetched, ArmError> {
        self.fetch(id.as_str(), &self.inner.network_versions).await
    }

    /// Reads the subnets of the virtual network that `id` is in: one page of a list, with the right to read a subnet.
    pub async fn subnets_beside(&self, id: &SubnetId) -> Result<Fetched, ArmError> {
        let end = id.as_str().len() - id.name().len() - 1;
        self.fetch(&id.as_str()[..end], &self.inner.network_versions)
            .await
    }

    /// Changes a registry and returns it as it is after that. The PATCH is sent once: its body rests on a read, so the
    /// caller reads again before another try ([`ArmClient::waits`]). Network rules change synchronously. Other settings
    /// may be an operation, which is followed to its end (recorded: azure-cli test_acr_encryption_with_cmk).
    pub async fn patch_registry(
        &self,
        id: &RegistryId,
        api_version: &str,
        body: &Value,
    ) -> Result<Value, WriteError> {
        let group = self.begin();
        let url = self.url(id.as_str(), api_version);
        let request = ArmRequest {
            body: Some(body),
            once: true,
            ..ArmRequest::new(Method::Patch, &url)
        };
        match self.write(request, &group).await? {
            WriteEnd::Shown(registry) => Ok(registry),
            // The operation ended without showing the registry, so it is read once more.
            WriteEnd::NotShown { .. } => self
                .get_body(ArmRequest::get(&url), &group)
                .await
                .map_err(WriteError::after_request),
        }
    }

    /// Writes a subnet, waits until it is done, and returns it as the answer showed it. `if_match` is the etag that was
    /// read with it. A 412 means that someone else wrote it since.
    pub async fn put_subnet(
        &self,
        id: &SubnetId,
        api_version: &str,
        body: &Value,
        if_match: Option<&str>,
    ) -> Result<Option<Value>, WriteError> {
        let group = self.begin();
        let url = self.url(id.as_str(), api_version);
        let request = ArmRequest {
            body: Some(body),
            if_match,
            ..ArmRequest::new(Method::Put, &url)
        };
        Ok(match self.write(request, &group).await? {
            WriteEnd::Shown(subnet) => Some(subnet),
            WriteEnd::NotShown { first } => first,
        })
    }

    /// Returns the state of a provider in a subscription: `Registered`, `NotRegistered`, `Registering` and so on.
    pub async fn provider_state(&self, subscription: &str, namespace: &str) -> Result<String, ArmError> {
        let path = provider_path(subscription, namespace);
        self.registration_state(&path, &self.begin()).await
    }

    /// Registers a provider in a subscription and waits until it is `Registered`. The answer to the request itself
    /// only says `Registering` (recorded: azure-cli test_provider_registration).
    pub async fn register_provider(
        &self,
        subscription: &str,
        namespace: &str,
    ) -> Result<(), WriteError> {
        let group = self.begin();
        let path = provider_path(subscription, namespace);
        let url = self.url(&format!("{path}/register"), PROVIDERS);
        let sent = self.send(ArmRequest::new(Method::Post, &url), &group).await;
        let reply = sent.map_err(|error| WriteError::of_request(error, &group.maybe_processed))?;
        // The answer may say `Registered` already, but only a read shows it.
        let state = reply.body.as_ref().and_then(registration).unwrap_or_default();
        self.until_registered(&path, state.to_owned(), &group)
            .await
            .map_err(WriteError::after_request)
    }

    async fn until_registered(
        &self,
        path: &str,
        mut state: String,
        group: &RequestGroup,
    ) -> Result<(), ArmError> {
        let mut waits = self.waits_until(path, group.deadline.clone());
        loop {
            if !waits.before_poll(Some(state.clone()), None).await {
                let call = format!("POST {path}/register");
                return Err(self.timeout(call, &format!("`{state}`"), self.ids(group).into()));
            }
            state = self.registration_state(path, group).await?;
            if state.eq_ignore_ascii_case("Registered") {
                return Ok(());
            }
        }
    }

    async fn registration_state(&self, path: &str, group: &RequestGroup) -> Result<String, ArmError> {
        let url = self.url(path, PROVIDERS);
        let request = ArmRequest::get(&url);
        let reply = self.send(request, group).await?;
        let ids = reply.ids.clone();
        let body = reply.into_body(&request.shown())?;
        match registration(&body) {
            Some(state) => Ok(state.to_owned()),
            None => Err(ArmError::Decode {
                call: request.shown(),
                reason: "`registrationState` is missing".into(),
                ids,
            }),
        }
    }

    /// Reads the quotas of a registry. It is a GET (recorded: azure-cli acr show-usage).
    pub async fn usages(&self, id: &RegistryId, api_version: &str) -> Result<Value, ArmError> {
        let url = self.url(&format!("{id}/listUsages"), api_version);
        self.get_body(ArmRequest::get(&url), &self.begin()).await
    }

    /// Lists the replications of a registry, as one page: a registry has one for each region at most.
    pub async fn replications(&self, id: &RegistryId, api_version: &str) -> Result<Value, ArmError> {
        let url = self.url(&format!("{id}/replications"), api_version);
        self.get_body(ArmRequest::get(&url), &self.begin()).await
    }

    /// Lists the artifact cache rules of a registry, as one page (Microsoft.ContainerRegistry cacheRules, list).
    pub async fn cache_rules(&self, id: &RegistryId, api_version: &str) -> Result<Vec<Value>, ArmError> {
        let url = self.url(&format!("{id}/cacheRules"), api_version);
        let request = ArmRequest::get(&url);
        let first = self.get_body(request, &self.begin()).await?;
        self.all_entries(first, &request).await
    }

    /// Asks Resource Graph for the id of a registry. It sees what the account may read, in all subscriptions or in this one.
    pub async fn find_registries(
        &self,
        name: &str,
        subscription: Option<&str>,
    ) -> Result<Value, ArmError> {
        let url = self.url("/providers/Microsoft.ResourceGraph/resources", RESOURCE_GRAPH);
        let mut body = json!({"query": format!(
            "resources | where type =~ 'microsoft.containerregistry/registries' | where name =~ '{name}' | project id"
        )});
        if let Some(subscription) = subscription {
            body["subscriptions"] = json!([subscription]);
        }
        let request = ArmRequest {
            body: Some(&body),
            ..ArmRequest::new(Method::Post, &url)
        };
        self.get_body(request, &self.begin()).await
    }

    /// Reads `path` at the version that worked before. The first reader finds that version while the others wait.
    pub(super) async fn fetch<B: DeserializeOwned>(
        &self,
        path: &str,
        versions: &Versions,
    ) -> Result<Fetched<B>, ArmError> {
        // The guard of the first reader is held until the function returns.
        let _first = versions.turn().await;
        let group = self.begin();
        let mut version = versions.first();
        let mut tried = BTreeSet::new();
        loop {
            let result = self.fetch_at(path, &version, &group).await;
            let Some(refusal) = refused_version(result.as_ref().err()) else {
                // A missing right or a missing registry proves the version as well.
                if got_past_version(result.as_ref().err()) {
                    versions.settle(&version);
                }
                return result;
            };
            // ARM's refusal lists the versions that it offers.
            tried.insert(version);
            match versions.next(refusal, &tried) {
                Some(next) => version = next,
                None => return result,
            }
        }
    }

    async fn fetch_at<B: DeserializeOwned>(
        &self,
        path: &str,
        version: &str,
        group: &RequestGroup,
    ) -> Result<Fetched<B>, ArmError> {
        let url = self.url(path, version);
        let request = ArmRequest::get(&url);
        let mut reply = self.send(request, group).await?;
        Ok(Fetched {
            api_version: version.to_owned(),
            etag: reply.etag.take(),
            body: reply.into_body(&request.shown())?,
        })
    }

    pub(super) async fn get_body<B: DeserializeOwned>(
        &self,
        request: ArmRequest<'_>,
        group: &RequestGroup,
    ) -> Result<B, ArmError> {
        self.send(request, group).await?.into_body(&request.shown())
    }
}

fn provider_path(subscription: &str, namespace: &str) -> String {
    format!("/subscriptions/{subscription}/providers/{namespace}")
}

/// Returns ARM's error if it refused the api-version.
fn refused_version(error: Option<&ArmError>) -> Option<&ErrorBody> {
    match error {
        Some(ArmError::Service { status, body, .. }) if refuses_version(*status, body) => Some(body),
        _ => None,
    }
}

/// Returns true if the service accepted the version: it answered, or refused for another reason such as a missing right.
fn got_past_version(error: Option<&ArmError>) -> bool {
    match error {
        None => true,
        Some(ArmError::Service { status, .. }) => *status < 429,
        Some(_) => false,
    }
}

fn registration(body: &Value) -> Option<&str> {
    get(body.as_object()?, "registrationState")?.as_str()
}
