//! The ARM part: at which api-version, for what, and who answers.

use axum::http::StatusCode;

use super::entra::bearer;
use super::entra::identity::Identity;
use super::operations::{effects, polls};
use super::options::Options;
use super::protocol::call::{Call, missing_version};
use super::protocol::errors;
use super::protocol::request::Request;
use super::protocol::response::{Answer, Answered};
use super::resources::{self, groups, providers, resource_graph};
use super::state::store::Store;
use super::{governance, network, registry};

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
    effects::expire(store, options.operation_time);
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

/// The text is the sandbox's own; the shape is ARM's.
fn path_not_found(request: &Request) -> Answer {
    let message = format!("ringfence sandbox: no resource is at '{}'.", request.path);
    errors::gateway(StatusCode::NOT_FOUND, "NotFound", &message)
}
