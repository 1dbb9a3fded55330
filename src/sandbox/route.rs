//! Rows of the route table: one path, its methods, and the permission that each method needs.

use axum::http::Method;

use super::protocol::call::Call;
use super::protocol::errors;
use super::protocol::json::known_word;
use super::protocol::path::{PathValues, segments};
use super::protocol::request::Request;
use super::protocol::response::{Answer, Answered};
use super::services::Service;

/// One path and the methods that are served there.
pub(crate) struct Route {
    /// Pattern of the path; see [`PathValues`].
    pub(crate) path: &'static str,
    pub(crate) service: Service,
    /// Words of the refusal of another method.
    pub(crate) name: Name,
    pub(crate) endpoints: &'static [Endpoint],
}

/// Name of a route in a refusal.
pub(crate) enum Name {
    /// The path as the client wrote it.
    Path,
    /// The same, without the subscription.
    PathInSubscription,
    /// A resource type, followed by the segments below it.
    Type(&'static str),
    /// Plain words. `{last}` stands for the last segment of the path.
    Words(&'static str),
}

/// One method of a route.
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    /// Permission by its name in Azure's operations lists (resource-provider-operations); empty if none is needed.
    /// `{namespace}` stands for that segment of the path.
    pub(crate) permission: &'static str,
    /// Query parameters that the handler reads, besides `api-version`.
    pub(crate) query: &'static [&'static str],
    pub(crate) handler: Handler,
}

/// Answers a request that has passed the checks of its route.
pub(crate) type Handler = fn(&mut Call<'_>, &PathValues<'_>) -> Answered;

/// A route that matches a path.
pub(crate) struct FoundRoute<'a> {
    pub(crate) route: &'static Route,
    /// `None` if the route does not serve the method.
    pub(crate) endpoint: Option<&'static Endpoint>,
    pub(crate) at: PathValues<'a>,
}

const fn endpoint(method: Method, permission: &'static str, handler: Handler) -> Endpoint {
    Endpoint {
        method,
        permission,
        query: &[],
        handler,
    }
}

pub(crate) const fn get(permission: &'static str, handler: Handler) -> Endpoint {
    endpoint(Method::GET, permission, handler)
}

pub(crate) const fn head(permission: &'static str, handler: Handler) -> Endpoint {
    endpoint(Method::HEAD, permission, handler)
}

pub(crate) const fn put(permission: &'static str, handler: Handler) -> Endpoint {
    endpoint(Method::PUT, permission, handler)
}

pub(crate) const fn patch(permission: &'static str, handler: Handler) -> Endpoint {
    endpoint(Method::PATCH, permission, handler)
}

pub(crate) const fn post(permission: &'static str, handler: Handler) -> Endpoint {
    endpoint(Method::POST, permission, handler)
}

pub(crate) const fn delete(permission: &'static str, handler: Handler) -> Endpoint {
    endpoint(Method::DELETE, permission, handler)
}

impl Route {
    /// Matches a path. The result has no endpoint if the route does not serve `method`.
    pub(crate) fn find<'a>(
        &'static self,
        method: &Method,
        path: &'a [&'a str],
    ) -> Option<FoundRoute<'a>> {
        let at = PathValues::of(self.path, path)?;
        let endpoint = self.endpoints.iter().find(|known| known.method == *method);
        Some(FoundRoute {
            route: self,
            endpoint,
            at,
        })
    }

    /// Names a request that the route does not serve, such as `POST of locks`.
    pub(crate) fn unserved(&self, request: &Request, at: &PathValues<'_>) -> String {
        let method = &request.method;
        match self.name {
            Name::Path => format!("{method} of `{}`", request.path),
            Name::PathInSubscription => unserved(request, at.after_subscription()),
            Name::Type(name) => {
                // The word of the type in the pattern tells where the names of resources begin.
                let word = name.rsplit('/').next();
                let position = segments(self.path).position(|segment| Some(segment) == word);
                let below = at.after(position.unwrap_or_default());
                format!("{method} of `{name}/{}`", below.join("/"))
            }
            Name::Words(words) => {
                let last = at.after_subscription().last().copied().unwrap_or_default();
                format!("{method} of {}", words.replace("{last}", last))
            }
        }
    }
}

/// Names a request that no route of a subscription serves. `path` follows the subscription.
pub(crate) fn unserved(request: &Request, path: &[&str]) -> String {
    format!("{} `/{}` of a subscription", request.method, path.join("/"))
}

impl Endpoint {
    /// Adds the query parameters that the handler reads.
    pub(crate) const fn reads(mut self, query: &'static [&'static str]) -> Self {
        self.query = query;
        self
    }

    /// Refuses a query parameter that the handler would ignore: 501. An empty value asks for nothing.
    pub(crate) fn check_query(&self, request: &Request) -> Result<(), Answer> {
        for (name, value) in &request.query {
            let known =
                name.eq_ignore_ascii_case("api-version") || known_word(self.query, name).is_some();
            if !known && !value.is_empty() {
                return Err(errors::not_established(&format!(
                    "{} of `{}` with `{name}` in its query",
                    request.method, request.path
                )));
            }
        }
        Ok(())
    }

    /// Returns the permission that a request needs, empty if it needs none.
    pub(crate) fn permission(&self, at: &PathValues<'_>) -> String {
        self.permission.replace("{namespace}", at.get("namespace"))
    }
}
