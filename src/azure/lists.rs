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

/// A list that is read page by page, a request for each.
#[derive(Debug)]
pub struct Pages<'a> {
    client: &'a ArmClient,
    group: RequestGroup,
    next: NextPage,
    /// Links that were read already.
    followed: BTreeSet<String>,
}

#[derive(Debug)]
enum NextPage {
    /// The first page, which was read from this URL.
    Read(Value, Url),
    Link(Url),
    /// The link of the page before cannot be followed.
    Broken(Box<ArmError>),
    None,
}

impl Pages<'_> {
    /// Returns the entries of the next page, or `None` after the last one. A link that cannot be followed is an error after the
    /// entries of its page.
    ///
    /// # Errors
    /// The page cannot be read, or was read already.
    pub async fn next(&mut self) -> Result<Option<Vec<Value>>, ArmError> {
        let client = self.client;
        let (mut page, url) = match mem::replace(&mut self.next, NextPage::None) {
            NextPage::None => return Ok(None),
            NextPage::Broken(error) => return Err(*error),
            NextPage::Read(page, url) => (page, url),
            NextPage::Link(url) => {
                let page = client.get_body(ArmRequest::get(&url), &self.group).await?;
                (page, url)
            }
        };
        let request = ArmRequest::get(&url);
        let entries = client.entries(&mut page, "value", &request, &self.group)?;
        if let Some(link) = link_of(&page, "nextLink") {
            self.next = match self.follow(link, &request) {
                Ok(url) => NextPage::Link(url),
                Err(error) => NextPage::Broken(Box::new(error)),
            };
        }
        Ok(Some(entries))
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

    /// Returns the entries of all pages that are left.
    async fn rest(mut self) -> Result<Vec<Value>, ArmError> {
        let mut all = Vec::new();
        while let Some(entries) = self.next().await? {
            all.extend(entries);
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
        first: Value,
        request: &ArmRequest<'_>,
    ) -> Result<Vec<Value>, ArmError> {
        self.pages(first, request.url.clone()).rest().await
    }

    /// Returns a list whose first page was read from `url`.
    fn pages(&self, first: Value, url: Url) -> Pages<'_> {
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
