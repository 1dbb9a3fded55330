//! Lists, page by page.

use std::collections::BTreeSet;
use std::mem;

use azure_core::http::Method;
use serde_json::{Value, json};

use super::api_versions::RESOURCE_GRAPH;
use super::error::ArmError;
use super::send::client::ArmClient;
use super::send::request::{ArmRequest, RequestGroup};

/// Resources as one api-version shows them.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchedList {
    pub api_version: String,
    pub bodies: Vec<Value>,
}

/// All registries that the account sees. Only a query with a stable order has pages (docs: Azure Resource Graph, "Paging
/// results").
const VISIBLE: &str =
    "resources | where type =~ 'microsoft.containerregistry/registries' | project id | order by id asc";

impl ArmClient {
    /// Lists the registries below `scope`, the path of a subscription or a resource group. Each has the settings that a
    /// read of it shows (recorded: azure-cli acr list, 2019 to 2025).
    pub async fn registries_below(&self, scope: &str) -> Result<FetchedList, ArmError> {
        let path = format!("{scope}/providers/Microsoft.ContainerRegistry/registries");
        let first = self.fetch(&path, &self.inner.registry_versions).await?;
        let url = self.url(&path, &first.api_version);
        Ok(FetchedList {
            bodies: self.all_entries(first.body, &ArmRequest::get(&url)).await?,
            api_version: first.api_version,
        })
    }

    /// Returns the entries of a list whose first page was read, and those of the pages that it links to.
    pub(super) async fn all_entries(
        &self,
        mut page: Value,
        request: &ArmRequest<'_>,
    ) -> Result<Vec<Value>, ArmError> {
        let group = self.begin();
        let mut entries = self.entries(&mut page, "value", request, &group)?;
        let mut followed = BTreeSet::new();
        while let Some(link) = link_of(&page, "nextLink") {
            // A link back would never end.
            if !followed.insert(link.clone()) {
                let reason = "the list links to a page that was read already";
                return Err(self.unreadable(reason, request, &group));
            }
            let next = self.checked_link(&link, request, &self.ids(&group).into())?;
            page = self.get_body(ArmRequest::get(&next), &group).await?;
            entries.extend(self.entries(&mut page, "value", request, &group)?);
        }
        Ok(entries)
    }

    /// Asks Resource Graph for the ids of all registries that the account sees, a request for each 1,000.
    pub async fn visible_registries(&self) -> Result<Vec<Value>, ArmError> {
        let url = self.url("/providers/Microsoft.ResourceGraph/resources", RESOURCE_GRAPH);
        let group = self.begin();
        let mut query = json!({ "query": VISIBLE });
        let mut rows = Vec::new();
        let mut followed = BTreeSet::new();
        loop {
            let request = ArmRequest {
                body: Some(&query),
                ..ArmRequest::new(Method::Post, &url)
            };
            let mut page = self.get_body(request, &group).await?;
            rows.extend(self.entries(&mut page, "data", &request, &group)?);
            let Some(token) = link_of(&page, "$skipToken") else {
                return Ok(rows);
            };
            if !followed.insert(token.clone()) {
                let reason = "the result links to a page that was read already";
                return Err(self.unreadable(reason, &request, &group));
            }
            query["options"] = json!({ "$skipToken": token });
        }
    }

    /// Takes the entries out of a page.
    fn entries(
        &self,
        page: &mut Value,
        key: &str,
        request: &ArmRequest<'_>,
        group: &RequestGroup,
    ) -> Result<Vec<Value>, ArmError> {
        match page.get_mut(key) {
            Some(Value::Array(entries)) => Ok(mem::take(entries)),
            _ => Err(self.unreadable(&format!("`{key}` is not a list"), request, group)),
        }
    }

    fn unreadable(&self, reason: &str, request: &ArmRequest<'_>, group: &RequestGroup) -> ArmError {
        ArmError::Decode {
            call: request.shown(),
            reason: reason.to_owned(),
            ids: self.ids(group).into(),
        }
    }
}

/// Returns the link or token that leads to the next page. The last page has none.
fn link_of(page: &Value, key: &str) -> Option<String> {
    let link = page.get(key)?.as_str()?;
    (!link.is_empty()).then(|| link.to_owned())
}
