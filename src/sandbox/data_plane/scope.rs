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

/// Returns true for a valid name of a repository (distribution specification, "Pulling manifests"): parts between `/` of
/// small letters and digits, with separators between them.
pub(crate) fn is_repository(name: &str) -> bool {
    name.split('/').all(is_part)
}

fn is_word(word: &str) -> bool {
    let mut bytes = word.bytes();
    !word.is_empty() && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

fn is_part(part: &str) -> bool {
    let mut words = Vec::new();
    let mut rest = part;
    while let Some(at) = rest.find(['.', '_', '-']) {
        words.push(&rest[..at]);
        let after = &rest[at..];
        // One dot, one or two underscores, or any number of hyphens.
        let separator = match after.as_bytes() {
            [b'_', b'_', ..] => 2,
            [b'-', ..] => after.bytes().take_while(|byte| *byte == b'-').count(),
            _ => 1,
        };
        rest = &after[separator..];
    }
    words.push(rest);
    words.into_iter().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repository_names_follow_the_specification() {
        for name in ["a", "lab/app", "a.b_c__d--e/f9", "0"] {
            assert!(is_repository(name), "{name}");
        }
        for name in [
            "", "A", "a/", "/a", "a//b", "a..b", "a___b", "-a", "a-", "a b", "a:b", "ä",
        ] {
            assert!(!is_repository(name), "{name}");
        }
    }
}
