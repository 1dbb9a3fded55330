//! Reads of what stands around a registry, each at the one api-version that this client knows for the type.

use azure_core::http::Method;
use serde_json::{Value, json};

use super::endpoint_body::CONTAINER_REGISTRY;
use super::error::ArmError;
use super::send::client::ArmClient;
use super::send::request::ArmRequest;
use crate::model::ResourceId;

/// Types of resources that are read at one fixed api-version, each with the same fields in all clouds that offer it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surrounding {
    /// azure-rest-api-specs: privatedns/resource-manager/Microsoft.Network, 2024-06-01.
    PrivateDns,
    /// azure-rest-api-specs: containerservice/resource-manager, aks/stable/2024-09-01.
    Cluster,
    /// azure-rest-api-specs: web/resource-manager/Microsoft.Web/stable/2024-04-01.
    Site,
    /// azure-rest-api-specs: containerinstance/resource-manager, stable/2023-05-01.
    ContainerGroup,
    /// azure-rest-api-specs: app/resource-manager/Microsoft.App/ContainerApps/stable/2025-01-01.
    ContainerApp,
    /// Docs: role-assignments-list-rest. The first version whose answers have conditions.
    RoleAssignment,
    /// azure-rest-api-specs: monitor/resource-manager/Microsoft.Insights, 2021-05-01-preview.
    DiagnosticSetting,
    /// Docs: Management Locks - List By Scope.
    Lock,
    /// Docs: Permissions - List For Resource.
    Permission,
    /// Docs: Subscriptions - List.
    Subscription,
}

/// Version of name checks (azure-rest-api-specs: containerregistry/resource-manager, stable/2023-07-01).
const NAME_CHECK: &str = "2023-07-01";

/// Version of log queries (azure-rest-api-specs: operationalinsights/data-plane, preview/2017-10-01). Its host is ARM's, so
/// a query needs no other token, and the cloud no other endpoint.
const LOG_QUERY: &str = "2017-10-01";

impl Surrounding {
    fn version(self) -> &'static str {
        match self {
            Self::PrivateDns => "2024-06-01",
            Self::Cluster => "2024-09-01",
            Self::Site => "2024-04-01",
            Self::ContainerGroup => "2023-05-01",
            Self::ContainerApp => "2025-01-01",
            Self::RoleAssignment => "2022-04-01",
            Self::DiagnosticSetting => "2021-05-01-preview",
            Self::Lock => "2020-05-01",
            Self::Permission => "2022-04-01",
            Self::Subscription => "2022-12-01",
        }
    }
}

impl ArmClient {
    /// Reads one resource.
    pub async fn surrounding(&self, kind: Surrounding, id: &ResourceId) -> Result<Value, ArmError> {
        let url = self.url(id.as_str(), kind.version());
        self.get_body(ArmRequest::get(&url), &self.begin()).await
    }

    /// Reads a list with all its pages. `filter` is OData's `$filter`.
    pub async fn surroundings(
        &self,
        kind: Surrounding,
        path: &str,
        filter: Option<&str>,
    ) -> Result<Vec<Value>, ArmError> {
        let mut url = self.url(path, kind.version());
        if let Some(filter) = filter {
            url.query_pairs_mut().append_pair("$filter", filter);
        }
        let request = ArmRequest::get(&url);
        let page = self.get_body(request, &self.begin()).await?;
        self.all_entries(page, &request).await
    }

    /// Asks whether a registry name is free (recorded: azure-cli test_check_name_availability).
    pub async fn check_registry_name(&self, subscription: &str, name: &str) -> Result<Value, ArmError> {
        let path = format!(
            "/subscriptions/{subscription}/providers/{CONTAINER_REGISTRY}/checkNameAvailability"
        );
        let url = self.url(&path, NAME_CHECK);
        let body = json!({"name": name, "type": "Microsoft.ContainerRegistry/registries"});
        let request = ArmRequest {
            body: Some(&body),
            ..ArmRequest::new(Method::Post, &url)
        };
        self.get_body(request, &self.begin()).await
    }

    /// Lists resources of the network provider that stand below another one.
    pub async fn network_resources(&self, path: &str) -> Result<Vec<Value>, ArmError> {
        let first = self.fetch(path, &self.inner.network_versions).await?;
        let url = self.url(path, &first.api_version);
        self.all_entries(first.body, &ArmRequest::get(&url)).await
    }

    /// Runs a log query on a workspace, and returns the answer with its tables.
    pub async fn query_logs(&self, workspace: &ResourceId, query: &str) -> Result<Value, ArmError> {
        let url = self.url(&format!("{workspace}/query"), LOG_QUERY);
        let body = json!({ "query": query });
        let request = ArmRequest {
            body: Some(&body),
            ..ArmRequest::new(Method::Post, &url)
        };
        self.get_body(request, &self.begin()).await
    }
}
