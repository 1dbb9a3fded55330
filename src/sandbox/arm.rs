//! ARM: authenticates a request, finds its route, checks permissions and locks, and calls the handler.

use axum::http::Method;

use super::entra::bearer;
use super::entra::identity::Identity;
use super::governance;
use super::operations::{effects, polls};
use super::options::Options;
use super::protocol::call::{Call, missing_version};
use super::protocol::errors;
use super::protocol::request::Request;
use super::protocol::response::{Answer, Answered};
use super::route::{FoundRoute, unserved};
use super::routes::{POLL_ELSEWHERE, UNSERVED, routes};
use super::services::Service;
use super::state::store::Store;

/// Answers a request that is sent to ARM.
pub(crate) fn answer(
    store: &mut Store,
    options: &Options,
    identity: &Identity,
    request: &Request,
) -> Answer {
    match authenticated(store, options, identity, request) {
        Ok(answer) | Err(answer) => answer,
    }
}

/// Checks and serves a request. An error is the answer that refuses it.
fn authenticated(
    store: &mut Store,
    options: &Options,
    identity: &Identity,
    request: &Request,
) -> Answered {
    let path: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    // Such paths are refused before the token is read.
    let found = find_route(&request.method, &path);
    if found.is_none() {
        check_root(request, &path)?;
    }
    let claims = bearer::authenticate(identity, request)?;
    let mut call = Call {
        subscription: "",
        store,
        options,
        request,
        claims: &claims,
        caller: &claims.appid,
        version: request.query("api-version").unwrap_or_default(),
    };
    // Tenants, subscriptions themselves and Resource Graph are outside of subscriptions.
    if let [first, subscription, _, ..] = path.as_slice()
        && first.eq_ignore_ascii_case("subscriptions")
    {
        enter_subscription(&mut call, subscription)?;
        check_above(&call, found.as_ref(), &path)?;
    }
    match found {
        Some(found) => serve(&mut call, &found),
        None => Err(errors::not_served(&unserved(
            request,
            path.get(2..).unwrap_or_default(),
        ))),
    }
}

/// Finds the route of a path, `None` if ARM or its providers have none.
fn find_route<'a>(method: &Method, path: &'a [&'a str]) -> Option<FoundRoute<'a>> {
    for route in routes() {
        // Operations are for GET only: with another method the path is one of a resource.
        if let Some(found) = route.find(method, path)
            && (found.endpoint.is_some() || route.service != Service::Operations)
        {
            return Some(found);
        }
    }
    if polls::is_poll(method, path) {
        return POLL_ELSEWHERE.find(method, path);
    }
    for route in UNSERVED {
        if let Some(found) = route.find(method, path) {
            return Some(found);
        }
    }
    None
}

/// Refuses a path that has no route and is not in a subscription. Such a request needs no token.
fn check_root(request: &Request, path: &[&str]) -> Result<(), Answer> {
    match path.first() {
        Some(first) if first.eq_ignore_ascii_case("subscriptions") => Ok(()),
        _ => Err(errors::not_served(&format!(
            "{} of `{}`",
            request.method, request.path
        ))),
    }
}

/// Checks the query and the token's tenant, and ends operations that have run long enough.
fn enter_subscription<'a>(call: &mut Call<'a>, subscription: &'a str) -> Result<(), Answer> {
    if let Some(name) = call.request.query_twice() {
        return Err(errors::not_established(&format!(
            "a request with `{name}` twice in its query"
        )));
    }
    if call.version.is_empty() {
        return Err(missing_version());
    }
    bearer::check_tenant(call.store, call.claims, subscription, call.request)?;
    call.subscription = subscription;
    effects::expire(call.store, call.options.operation_time);
    Ok(())
}

/// Checks permissions and locks. A request that no endpoint serves needs no permission.
fn check_above(call: &Call<'_>, found: Option<&FoundRoute<'_>>, path: &[&str]) -> Result<(), Answer> {
    let reads = matches!(call.request.method, Method::GET | Method::HEAD);
    if reads && call.options.conditions.denied.is_empty() {
        return Ok(());
    }
    // ARM's messages have the scope as the client wrote it.
    let scope = format!("/subscriptions/{}", path[1..].join("/"));
    if let Some(FoundRoute {
        endpoint: Some(endpoint),
        at,
        ..
    }) = found
    {
        let permission = endpoint.permission(at);
        if !permission.is_empty() {
            governance::check_permission(call, &permission, &scope)?;
        }
    }
    // A lock does not protect itself: its own path takes it away.
    match found {
        Some(found) if found.route.service == Service::Locks => Ok(()),
        _ => governance::check_locks(call, &scope),
    }
}

/// Calls the handler, between the checks and the headers of the service.
fn serve(call: &mut Call<'_>, found: &FoundRoute<'_>) -> Answered {
    let FoundRoute { route, endpoint, at } = found;
    // Another type below a known one has api-versions of its own, which the sandbox does not know.
    if route.endpoints.is_empty() {
        return Err(errors::not_served(&route.unserved(call.request, at)));
    }
    route.service.check(call, at)?;
    let answered = match endpoint {
        // The links of operations are signed by Azure, and clients add to them.
        Some(endpoint) if route.service != Service::Operations => endpoint
            .check_query(call.request)
            .and_then(|()| (endpoint.handler)(call, at)),
        Some(endpoint) => (endpoint.handler)(call, at),
        None => Err(errors::not_served(&route.unserved(call.request, at))),
    };
    match answered {
        Ok(answer) => Ok(route.service.finish(call, at, answer)),
        Err(refused) => Err(route.service.finish(call, at, refused)),
    }
}
