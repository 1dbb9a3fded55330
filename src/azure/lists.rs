//! Lists, page by page.

use std::collections::BTreeSet;
use std::mem;

use azure_core::http::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use url::Url;

use super::api_versions::RESOURCE_GRAPH;
use super::error::ArmError;
use super::send::client::ArmClient;
use super::send::request::{ArmRequest, RequestGroup};

/// A list that is read page by page, a request for each.
#[derive(Debug)]
pub struct Pages<'a> {
    client: &'a ArmClient,
    group: RequestGroup,
    next: NextPage,
    /// Links that were read already.
    followed: BTreeSet<String>,
}

/// One page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    /// The entries as they came. Who reads a list knows best how much of each to keep.
    value: Vec<Box<RawValue>>,
    #[serde(default, rename = "nextLink")]
    next_link: Value,
}

#[derive(Debug)]
enum NextPage {
    /// The first page, which was read from this URL.
    Read(Page, Url),
    Link(Url),
    /// The link of the page before cannot be followed.
    Broken(Box<ArmError>),
    None,
}

/// One page of a result of Resource Graph.
#[derive(Debug, Deserialize)]
struct GraphPage {
    data: Vec<Value>,
    #[serde(default, rename = "$skipToken")]
    skip_token: Value,
}

impl Pages<'_> {
    /// Returns the entries of the next page, or `None` after the last one. A link that cannot be followed is an error after the
    /// entries of its page.
    ///
    /// # Errors
    /// The page cannot be read, or was read already.
    pub async fn next(&mut self) -> Result<Option<Vec<Box<RawValue>>>, ArmError> {
        let client = self.client;
        let (page, url) = match mem::replace(&mut self.next, NextPage::None) {
            NextPage::None => return Ok(None),
            NextPage::Broken(error) => return Err(*error),
            NextPage::Read(page, url) => (page, url),
            NextPage::Link(url) => {
                let page = client.get_body(ArmRequest::get(&url), &self.group).await?;
                (page, url)
            }
        };
        if let Some(link) = link(&page.next_link) {
            self.next = match self.follow(link, &ArmRequest::get(&url)) {
                Ok(url) => NextPage::Link(url),
                Err(error) => NextPage::Broken(Box::new(error)),
            };
        }
        Ok(Some(page.value))
    }

    /// Checks a link to the next page.
    fn follow(&mut self, link: String, request: &ArmRequest<'_>) -> Result<Url, ArmError> {
        let ids = self.client.ids(&self.group).into();
        let url = self.client.checked_link(&link, request, &ids)?;
        // A link back would never end.
        match self.followed.insert(link) {
            true => Ok(url),
            false => {
                let reason = "the list links to a page that was read already";
                Err(self.client.unreadable(reason, request, &self.group))
            }
        }
    }

    /// Returns the entries of all pages that are left, parsed.
    async fn rest(mut self, request: &ArmRequest<'_>) -> Result<Vec<Value>, ArmError> {
        let mut all = Vec::new();
        while let Some(entries) = self.next().await? {
            for entry in entries {
                // Half a character and an entry that is too deep are found here.
                let parsed = serde_json::from_str(entry.get());
                all.push(parsed.map_err(|error| {
                    let reason = format!("the body is not JSON: {error}");
                    self.client.unreadable(&reason, request, &self.group)
                })?);
            }
        }
        Ok(all)
    }
}

/// All registries that the account sees. Only a query with a stable order has pages (docs: Azure Resource Graph, "Paging
/// results").
const VISIBLE: &str =
    "resources | where type =~ 'microsoft.containerregistry/registries' | project id | order by id asc";

impl ArmClient {
    /// Begins to list the registries below `scope`, the path of a subscription or a resource group, and returns the
    /// api-version. Each has the settings that a read of it shows (recorded: azure-cli acr list, 2019 to 2025).
    pub async fn registry_pages(&self, scope: &str) -> Result<(String, Pages<'_>), ArmError> {
        let path = format!("{scope}/providers/Microsoft.ContainerRegistry/registries");
        let first = self.fetch(&path, &self.inner.registry_versions).await?;
        let url = self.url(&path, &first.api_version);
        Ok((first.api_version, self.pages(first.body, url)))
    }

    /// Returns the entries of a list whose first page was read, and those of the pages that it links to.
    pub(super) async fn all_entries(
        &self,
        first: Page,
        request: &ArmRequest<'_>,
    ) -> Result<Vec<Value>, ArmError> {
        self.pages(first, request.url.clone()).rest(request).await
    }

    /// Returns a list whose first page was read from `url`.
    fn pages(&self, first: Page, url: Url) -> Pages<'_> {
        Pages {
            client: self,
            group: self.begin(),
            next: NextPage::Read(first, url),
            followed: BTreeSet::new(),
        }
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
            let page: GraphPage = self.get_body(request, &group).await?;
            rows.extend(page.data);
            let Some(token) = link(&page.skip_token) else {
                return Ok(rows);
            };
            if !followed.insert(token.clone()) {
                let reason = "the result links to a page that was read already";
                return Err(self.unreadable(reason, &request, &group));
            }
            query["options"] = json!({ "$skipToken": token });
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
fn link(value: &Value) -> Option<String> {
    let link = value.as_str()?;
    (!link.is_empty()).then(|| link.to_owned())
}
