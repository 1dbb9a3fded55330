//! The ARM part: at which api-version, for what, and who answers.

use axum::http::StatusCode;

use super::entra::bearer;
use super::operations::{self, polls};
use super::protocol::errors;
use super::protocol::request::Request;
use super::protocol::response::{Answer, Answered};
use super::resources::{self, groups, locations, providers, resource_graph};
use super::server::start::Identity;
use super::state::store::Store;
use super::{Options, governance, network, registry};

/// One authenticated request in a subscription.
pub(crate) struct Call<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) options: &'a Options,
    pub(crate) request: &'a Request,
    /// The subscription, as the client wrote it.
    pub(crate) subscription: &'a str,
    /// The caller's client id, which is also its object id here.
    pub(crate) caller: &'a str,
    pub(crate) version: &'a str,
}

/// Answers a request that is not the authority's.
pub(crate) fn answer(
    store: &mut Store,
    options: &Options,
    identity: &Identity,
    request: &Request,
) -> Answer {
    let answered = authenticated(store, options, identity, request);
    answered.unwrap_or_else(|refused| refused)
}

fn authenticated(
    store: &mut Store,
    options: &Options,
    identity: &Identity,
    request: &Request,
) -> Answered {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    let Some((first, rest)) = segments.split_first() else {
        return Err(path_not_found(request));
    };
    if resource_graph::is_query(&segments) {
        return resource_graph::answer(store, options, identity, request);
    }
    if first.eq_ignore_ascii_case("providers") {
        return Err(errors::not_served(&format!("the path `/{first}`")));
    }
    if !first.eq_ignore_ascii_case("subscriptions") {
        return Err(path_not_found(request));
    }
    let claims = bearer::authenticate(identity, request)?;
    if let Some(name) = request.query_twice() {
        return Err(errors::not_established(&format!(
            "a request with `{name}` twice in its query"
        )));
    }
    let version = request.query("api-version").filter(|version| !version.is_empty());
    let version = version.ok_or_else(missing_version)?;
    let Some((subscription, rest)) = rest.split_first() else {
        return Err(errors::not_served("the list of subscriptions"));
    };
    bearer::check_tenant(store, &claims, subscription, request)?;
    operations::expire(store, options.operation_time);
    let mut call = Call {
        store,
        options,
        request,
        subscription,
        caller: &claims.appid,
        version,
    };
    route(&mut call, rest)
}

/// Finds the handler. Literal segments are compared without case.
fn route(call: &mut Call<'_>, path: &[&str]) -> Answered {
    let lower: Vec<String> = path.iter().map(|segment| segment.to_ascii_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    governance::check(call, path)?;
    if polls::is_poll(&call.request.method, &lower) {
        return polls::poll(call, path);
    }
    match lower.as_slice() {
        [.., "providers", "microsoft.authorization", "locks"] => {
            resources::locks(call, &path[..path.len() - 3])
        }
        ["providers", namespace, rest @ ..] => provider_scope(call, path, namespace, rest),
        ["providers"] => providers::list(call),
        ["resources"] => resources::list(call, None),
        ["resourcegroups"] | ["resourcegroups", _] => groups::answer(call, &path[1..]),
        ["resourcegroups", _, "resources"] => resources::list(call, Some(path[1])),
        [
            "resourcegroups",
            _,
            "providers",
            "microsoft.containerregistry",
            "registries",
            ..,
        ] => registry::answer(call, path[1], &path[5..]),
        [
            "resourcegroups",
            _,
            "providers",
            "microsoft.network",
            "virtualnetworks",
            ..,
        ] => network::answer(call, path[1], &path[5..]),
        ["resourcegroups" | "locations" | "tagnames", ..] | [] => Err(errors::not_served(&format!(
            "{} `/{}` of a subscription",
            call.request.method,
            path.join("/")
        ))),
        _ => Err(path_not_found(call.request)),
    }
}

/// What a subscription asks a provider: its registration, or what the provider has in the whole subscription.
fn provider_scope(call: &mut Call<'_>, path: &[&str], namespace: &str, rest: &[&str]) -> Answered {
    match (namespace, rest) {
        ("microsoft.containerregistry", ["registries"]) => registry::list_subscription(call),
        ("microsoft.containerregistry", ["checknameavailability"]) => registry::check_name(call),
        ("microsoft.network", ["virtualnetworks"]) => network::list_subscription(call),
        ("microsoft.network", ["locations", _, "virtualnetworkavailableendpointservices"]) => {
            network::endpoint_services(call)
        }
        (_, []) => providers::answer(call, path[1], None),
        (_, ["register" | "unregister"]) => providers::answer(call, path[1], Some(path[2])),
        _ => Err(errors::not_served(&format!(
            "{} `/{}` of a subscription",
            call.request.method,
            path.join("/")
        ))),
    }
}

impl Call<'_> {
    /// The version, if `kind` is offered at it; else ARM's 400 with the list.
    pub(crate) fn offered(&self, kind: &str, versions: &[&str]) -> Result<(), Answer> {
        if versions
            .iter()
            .any(|known| known.eq_ignore_ascii_case(self.version))
        {
            return Ok(());
        }
        if !is_date(self.version) {
            return Err(invalid_version(self.version, versions));
        }
        let (_, kind) = kind.split_once('/').unwrap_or(("", kind));
        let message = format!(
            "No registered resource provider found for location '{}' and API version '{}' for type '{kind}'. The supported api-versions are '{}'. The supported locations are '{}'.",
            "eastus",
            self.version,
            versions.join(", "),
            locations::normalised().join(", ")
        );
        Err(errors::gateway(
            StatusCode::BAD_REQUEST,
            "NoRegisteredProviderFound",
            &message,
        ))
    }

    /// The version, if ARM itself has it.
    pub(crate) fn known_version(&self, versions: &[&str]) -> Result<(), Answer> {
        let known = versions
            .iter()
            .any(|known| known.eq_ignore_ascii_case(self.version));
        known
            .then_some(())
            .ok_or_else(|| invalid_version(self.version, versions))
    }

    pub(crate) fn require_registered(&self, namespace: &str) -> Result<(), Answer> {
        let registered = self.store.registered(self.subscription, namespace);
        registered
            .then_some(())
            .ok_or_else(|| errors::not_registered(namespace))
    }

    pub(crate) fn require_group(&self, group: &str) -> Result<(), Answer> {
        let exists = self.store.group_exists(self.subscription, group);
        exists.then_some(()).ok_or_else(|| errors::group_not_found(group))
    }
}

pub(crate) fn missing_version() -> Answer {
    let message = "The api-version query parameter (?api-version=) is required for all requests.";
    errors::gateway(StatusCode::BAD_REQUEST, "MissingApiVersionParameter", message)
}

fn invalid_version(version: &str, versions: &[&str]) -> Answer {
    let message = format!(
        "The api-version '{version}' is invalid. The supported versions are '{}'.",
        versions.join(",")
    );
    errors::gateway(StatusCode::BAD_REQUEST, "InvalidApiVersionParameter", &message)
}

/// The version of a request outside subscriptions, if ARM itself has it.
pub(crate) fn check_plain_version(request: &Request, versions: &[&str]) -> Result<(), Answer> {
    let version = request.query("api-version").filter(|version| !version.is_empty());
    let version = version.ok_or_else(missing_version)?;
    let known = versions.iter().any(|known| known.eq_ignore_ascii_case(version));
    known
        .then_some(())
        .ok_or_else(|| invalid_version(version, versions))
}

/// Whether a version has the form of one: a date, then perhaps `-preview` or the like.
fn is_date(version: &str) -> bool {
    let (date, rest) = version.split_at_checked(10).unwrap_or(("", version));
    let plain = rest.is_empty()
        || (rest.starts_with('-') && rest[1..].bytes().all(|b| b.is_ascii_alphanumeric()));
    plain && date.parse::<jiff::civil::Date>().is_ok()
}

/// The text is the sandbox's own; the shape is ARM's.
fn path_not_found(request: &Request) -> Answer {
    let message = format!("ringfence sandbox: no resource is at '{}'.", request.path);
    errors::gateway(StatusCode::NOT_FOUND, "NotFound", &message)
}
