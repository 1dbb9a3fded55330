//! The services behind ARM's routes, with their checks before a handler and their headers after it.

use axum::http::Method;

use super::forms::api_versions::ROWS;
use super::forms::surroundings;
use super::forms::types::{
    AGENT_POOL_VERSIONS, CACHE_RULE_VERSIONS, DIAGNOSTIC_VERSIONS, FEATURE_VERSIONS, LOCK_VERSIONS,
    LOG_QUERY_VERSIONS, NAMESPACE, NETWORK_NAMESPACE, PERMISSION_VERSIONS, PRIVATE_ENDPOINTS,
    REGISTRIES, RESOURCES_VERSIONS, ROLE_ASSIGNMENT_VERSIONS, SUBSCRIPTIONS_VERSIONS, TAGS_FROM,
    TASK_VERSIONS,
};
use super::governance;
use super::network::read::with_request_id;
use super::network::versions;
use super::protocol::call::Call;
use super::protocol::path::PathValues;
use super::protocol::response::Answer;
use super::registry::lookup::find;
use super::registry::sub_resources::{private_endpoints, replications};
use super::resources::{providers, resource_graph};

/// A service that answers requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// Tenants and subscriptions.
    Subscriptions,
    /// Queries over all subscriptions.
    ResourceGraph,
    /// Groups, the list of providers, and the generic list.
    Resources,
    /// One resource provider.
    Providers,
    /// Preview features of a provider.
    Features,
    /// Locks at any scope.
    Locks,
    /// Permissions of the caller at any scope.
    Permissions,
    /// Diagnostic settings at any scope.
    DiagnosticSettings,
    /// Tags at any scope.
    Tags,
    /// The registry provider.
    Registries,
    /// Replications of a registry.
    Replications,
    /// Private endpoint connections of a registry, which not all api-versions have.
    PrivateEndpoints,
    /// Private link resources of a registry.
    PrivateLinks,
    /// Agent pools of a registry.
    AgentPools,
    /// Tasks of a registry.
    Tasks,
    /// Artifact cache rules of a registry.
    CacheRules,
    /// The network provider.
    Networks,
    /// Resources around a registry that other providers have, or that have api-versions of their own.
    Surroundings,
    /// Role assignments at any scope.
    RoleAssignments,
    /// Queries of the logs that a workspace keeps.
    Logs,
    /// Operations of any provider. Each poll checks the version itself.
    Operations,
}

impl Service {
    /// Checks the api-version, the provider's registration, and the resources above the path, in ARM's order.
    pub(crate) fn check(self, call: &Call<'_>, at: &PathValues<'_>) -> Result<(), Answer> {
        match self {
            Self::Subscriptions => call.known_version(SUBSCRIPTIONS_VERSIONS),
            Self::ResourceGraph => resource_graph::check(call),
            Self::Resources => call.known_version(RESOURCES_VERSIONS),
            Self::Providers => {
                call.known_version(RESOURCES_VERSIONS)?;
                providers::known(at.get("namespace"))?;
                Ok(())
            }
            Self::Features => {
                call.known_version(FEATURE_VERSIONS)?;
                providers::known(at.get("namespace"))?;
                Ok(())
            }
            Self::Locks => call.known_version(LOCK_VERSIONS),
            Self::Permissions => call.served_at(PERMISSION_VERSIONS),
            Self::DiagnosticSettings => call.served_at(DIAGNOSTIC_VERSIONS),
            Self::Tags if call.version < TAGS_FROM => call.served_at(&[]),
            Self::Tags => call.served_at(RESOURCES_VERSIONS),
            Self::Registries => {
                call.offered(REGISTRIES, &registry_versions())?;
                check_provider(call, NAMESPACE, at.get("group"))
            }
            Self::Replications => {
                replications::check_version(call)?;
                check_provider(call, NAMESPACE, at.get("group"))?;
                check_registry(call, at)
            }
            Self::PrivateEndpoints => {
                call.offered(PRIVATE_ENDPOINTS, &private_endpoints::versions())?;
                check_provider(call, NAMESPACE, at.get("group"))?;
                check_registry(call, at)
            }
            // Both came with the same versions (sdk).
            Self::PrivateLinks => check_child(call, at, &private_endpoints::versions()),
            Self::AgentPools => check_child(call, at, AGENT_POOL_VERSIONS),
            Self::Tasks => check_child(call, at, TASK_VERSIONS),
            Self::CacheRules => check_child(call, at, CACHE_RULE_VERSIONS),
            Self::Networks => {
                versions::check(call)?;
                check_provider(call, NETWORK_NAMESPACE, at.get("group"))
            }
            Self::Surroundings => {
                call.served_at(surrounding_versions(call))?;
                check_group(call, at.get("group"))
            }
            Self::RoleAssignments => call.served_at(ROLE_ASSIGNMENT_VERSIONS),
            Self::Logs => {
                call.served_at(LOG_QUERY_VERSIONS)?;
                check_group(call, at.get("group"))
            }
            Self::Operations => Ok(()),
        }
    }

    /// Adds the headers that the service puts on its answers in a resource group, errors included. Errors of ARM's
    /// front door have none of them.
    pub(crate) fn finish(self, call: &Call<'_>, at: &PathValues<'_>, answer: Answer) -> Answer {
        if at.get("group").is_empty() || answer.headers.contains_key("x-ms-failure-cause") {
            return answer;
        }
        match self {
            // The provider names the version that it answered at (recorded since about 2022).
            Self::Registries | Self::Replications | Self::PrivateEndpoints | Self::PrivateLinks => {
                if answer.headers.contains_key("api-supported-versions") {
                    return answer;
                }
                answer.with("api-supported-versions", call.version)
            }
            Self::Networks => with_request_id(answer),
            _ => answer,
        }
    }
}

/// Returns the api-versions of registries, newest first.
fn registry_versions() -> Vec<&'static str> {
    let mut versions = Vec::with_capacity(ROWS.len());
    for row in ROWS.iter().rev() {
        versions.push(row.version);
    }
    versions
}

/// Checks a type below a registry, which has api-versions of its own.
fn check_child(call: &Call<'_>, at: &PathValues<'_>, versions: &[&str]) -> Result<(), Answer> {
    call.served_at(versions)?;
    check_provider(call, NAMESPACE, at.get("group"))?;
    check_registry(call, at)
}

fn check_registry(call: &Call<'_>, at: &PathValues<'_>) -> Result<(), Answer> {
    find(call, at.get("group"), at.get("registry"))?;
    Ok(())
}

/// Returns the versions of the type that the path names. A resource that is there was made by a registered provider, so
/// that is not asked.
fn surrounding_versions(call: &Call<'_>) -> &'static [&'static str] {
    let mut segments = call.request.segments.iter();
    segments.find(|segment| segment.eq_ignore_ascii_case("providers"));
    let (namespace, word) = (segments.next(), segments.next());
    match (namespace, word) {
        (Some(namespace), Some(word)) => {
            let kind = surroundings::of_type(&format!("{namespace}/{word}"));
            kind.map_or(&[], |kind| kind.versions)
        }
        _ => &[],
    }
}

fn check_provider(call: &Call<'_>, namespace: &str, group: &str) -> Result<(), Answer> {
    call.require_registered(namespace)?;
    check_group(call, group)
}

fn check_group(call: &Call<'_>, group: &str) -> Result<(), Answer> {
    if group.is_empty() {
        return Ok(());
    }
    call.require_group(group)?;
    // A group that is being deleted can still be read.
    if matches!(call.request.method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    governance::require_alive(call, group)
}
