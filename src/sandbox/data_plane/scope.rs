//! Scopes that requests to a registry need.

use axum::http::Method;

use crate::sandbox::protocol::request::Request;

/// Scope of a request, as its challenge names it.
pub(crate) struct Scope {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) actions: &'static [&'static str],
}

impl Scope {
    /// Returns the scope of a request; `None` for `/v2/`, and where no source has one.
    ///
    /// Recorded: `registry:catalog:*` and `repository:{name}:metadata_read` (azure-sdk-for-js, container-registry,
    /// 2021-04 and 2021-11). Pull and push are those of the Docker registry (Azure/acr docs/Token-BasicAuth.md;
    /// distribution, "Token Scope Documentation").
    pub(crate) fn of(request: &Request) -> Option<Self> {
        let path: Vec<&str> = request.segments.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["v2", "_catalog"] | ["acr", "v1", "_catalog"] => Some(Self {
                kind: "registry",
                name: "catalog".to_owned(),
                actions: &["*"],
            }),
            // A repository's name may have several segments.
            ["v2", name @ .., "manifests" | "blobs" | "tags", _] => {
                Self::repository(name, docker_actions(&request.method)?)
            }
            ["v2", name @ .., "blobs", "uploads", _] => {
                Self::repository(name, docker_actions(&request.method)?)
            }
            ["acr", "v1", name @ .., "_tags" | "_manifests"] | ["acr", "v1", name @ ..]
                if request.method == Method::GET =>
            {
                Self::repository(name, &["metadata_read"])
            }
            _ => None,
        }
    }

    fn repository(name: &[&str], actions: &'static [&'static str]) -> Option<Self> {
        let (kind, name) = ("repository", name.join("/"));
        (!name.is_empty()).then_some(Self { kind, name, actions })
    }
}

/// Returns the actions that a method needs on a repository.
fn docker_actions(method: &Method) -> Option<&'static [&'static str]> {
    match *method {
        Method::GET | Method::HEAD => Some(&["pull"]),
        Method::PUT | Method::POST | Method::PATCH => Some(&["pull", "push"]),
        Method::DELETE => Some(&["delete"]),
        _ => None,
    }
}
