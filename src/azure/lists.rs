//! Lists, page by page.

use std::collections::BTreeSet;
use std::mem;

use azure_core::http::Method;
use serde_json::{Value, json};
use url::Url;

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

/// A list of registries that is read page by page, a request for each.
#[derive(Debug)]
pub struct RegistryPages<'a> {
    client: &'a ArmClient,
    path: String,
    group: RequestGroup,
    api_version: String,
    next: NextPage,
    /// Links that were read already.
    followed: BTreeSet<String>,
}

#[derive(Debug)]
enum NextPage {
    First,
    Link(Url),
    None,
}

impl RegistryPages<'_> {
    /// Returns the api-version of the list, once its first page is read.
    pub fn api_version(&self) -> &str {
        &self.api_version
    }

    /// Returns true if there may be another page.
    pub fn has_more(&self) -> bool {
        !matches!(self.next, NextPage::None)
    }

    /// Reads the next page. Returns `None` after the last one.
    ///
    /// # Errors
    /// The page cannot be read, or links to one that was read already.
    pub async fn next(&mut self) -> Result<Option<Vec<Value>>, ArmError> {
        let client = self.client;
        let (mut page, url) = match mem::replace(&mut self.next, NextPage::None) {
            NextPage::None => return Ok(None),
            NextPage::First => {
                let first = client.fetch(&self.path, &client.inner.registry_versions).await?;
                self.api_version = first.api_version;
                (first.body, client.url(&self.path, &self.api_version))
            }
            NextPage::Link(url) => {
                let page = client.get_body(ArmRequest::get(&url), &self.group).await?;
                (page, url)
            }
        };
        let request = ArmRequest::get(&url);
        let bodies = client.entries(&mut page, "value", &request, &self.group)?;
        if let Some(link) = link_of(&page, "nextLink") {
            // A link back would never end.
            if !self.followed.insert(link.clone()) {
                let reason = "the list links to a page that was read already";
                return Err(client.unreadable(reason, &request, &self.group));
            }
            let ids = client.ids(&self.group).into();
            self.next = NextPage::Link(client.checked_link(&link, &request, &ids)?);
        }
        Ok(Some(bodies))
    }
}

/// All registries that the account sees. Only a query with a stable order has pages (docs: Azure Resource Graph, "Paging
/// results").
const VISIBLE: &str =
    "resources | where type =~ 'microsoft.containerregistry/registries' | project id | order by id asc";

impl ArmClient {
    /// Begins to list the registries below `scope`, the path of a subscription or a resource group. Each has the settings
    /// that a read of it shows (recorded: azure-cli acr list, 2019 to 2025).
    pub fn registry_pages(&self, scope: &str) -> RegistryPages<'_> {
        RegistryPages {
            client: self,
            path: format!("{scope}/providers/Microsoft.ContainerRegistry/registries"),
            group: self.begin(),
            api_version: String::new(),
            next: NextPage::First,
            followed: BTreeSet::new(),
        }
    }

    /// Lists all registries below `scope`.
    pub async fn registries_below(&self, scope: &str) -> Result<FetchedList, ArmError> {
<<<<<<< HEAD
        let mut pages = self.registry_pages(scope);
        let mut bodies = Vec::new();
        while let Some(page) = pages.next().await? {
            bodies.extend(page);
        }
        Ok(FetchedList {
            api_version: pages.api_version,
            bodies,
        })
=======
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
>>>>>>> main
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
