//! `Microsoft.Network/virtualNetworks` and their subnets: reading. Writing is in `network_write`.

pub(crate) mod errors;
pub(crate) mod free_address;
pub(crate) mod lookup;
pub(crate) mod names;
pub(crate) mod prefixes;
pub(crate) mod subnet;
pub(crate) mod subnet_body;
pub(crate) mod virtual_network;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::forms::types::{NETWORK_VERSIONS, NETWORKS};
use super::governance;
use super::protocol::call::Call;
use super::protocol::json::{id, is, list, text};
use super::protocol::response::{Answer, Answered};
use super::protocol::{self, paging};
use super::state::store::group_key;
use lookup::{find, key, subnet_in};
use subnet_body::ENDPOINT_SERVICES;

/// Answers for what comes after `…/virtualNetworks` in a resource group.
pub(crate) fn answer(call: &mut Call<'_>, group: &str, rest: &[&str]) -> Answered {
    call.offered(NETWORKS, NETWORK_VERSIONS)?;
    call.require_registered("Microsoft.Network")?;
    call.require_group(group)?;
    if !matches!(call.request.method, Method::GET | Method::HEAD) {
        governance::require_alive(call, group)?;
    }
    let answered = match (&call.request.method, rest) {
        (&Method::GET, []) => networks(call, &key(call.subscription, group, "")),
        (&Method::GET, [network]) => {
            let found = find(call, group, network)?;
            let shown = virtual_network::shown(found, call.version);
            Ok(Answer::ok(shown).with("etag", text(found, "/etag")))
        }
        (&Method::PUT, [network]) => virtual_network::put(call, group, network),
        (&Method::PATCH, [network]) => virtual_network::patch(call, group, network),
        (&Method::DELETE, [network]) => virtual_network::delete(call, group, network),
        (&Method::GET, [network, subnets]) if is_subnets(subnets) => {
            let found = find(call, group, network)?;
            Ok(Answer::ok(
                json!({"value": list(&found["properties"], "subnets")}),
            ))
        }
        (&Method::GET, [network, action])
            if action.eq_ignore_ascii_case("CheckIPAddressAvailability") =>
        {
            free_address::check(call, find(call, group, network)?)
        }
        (&Method::GET, [network, subnets, name]) if is_subnets(subnets) => {
            subnet(call, group, network, name)
        }
        (&Method::PUT, [network, subnets, name]) if is_subnets(subnets) => {
            subnet::put_subnet(call, group, network, name)
        }
        (&Method::DELETE, [network, subnets, name]) if is_subnets(subnets) => {
            subnet::delete_subnet(call, group, network, name)
        }
        (method, rest) => Err(protocol::errors::not_served(&format!(
            "{method} of `{NETWORKS}/{}`",
            rest.join("/")
        ))),
    };
    answered.map(service_id).map_err(service_id)
}

/// The provider's own request id; the front door's errors carry none (recorded: azure-cli network recordings).
fn service_id(answer: Answer) -> Answer {
    if answer.headers.contains_key("x-ms-failure-cause") {
        return answer;
    }
    answer.with("x-ms-arm-service-request-id", &uuid::Uuid::new_v4().to_string())
}

fn is_subnets(segment: &str) -> bool {
    segment.eq_ignore_ascii_case("subnets")
}

/// All virtual networks of a subscription; ARM asks every region, hence the header (recorded: azure-cli
/// test_network_vnet, 2021-05).
pub(crate) fn list_subscription(call: &mut Call<'_>) -> Answered {
    call.offered(NETWORKS, NETWORK_VERSIONS)?;
    call.require_registered("Microsoft.Network")?;
    if call.request.method != Method::GET {
        return Err(protocol::errors::not_served(&format!(
            "{} of the list of networks",
            call.request.method
        )));
    }
    let prefix = group_key(call.subscription, "");
    networks(call, &prefix).map(|answer| answer.with("x-ms-original-request-ids", ", "))
}

fn networks(call: &Call<'_>, prefix: &str) -> Answered {
    paging::unfiltered(call)?;
    let found = call.store.under(prefix).map(|(_, network)| network);
    let conditions = &call.options.conditions;
    let found = found.filter(|network| is(network, "/type", NETWORKS));
    let found: Vec<&Value> = found
        .filter(|network| governance::may_read(conditions, network))
        .collect();
    paging::answer(call, &found, |network| {
        Ok(virtual_network::shown(network, call.version))
    })
}

/// Services that can have an endpoint, with the shape of the specification; the list is of the documentation
/// (virtual-network-service-endpoints-overview), the same for each location.
pub(crate) fn endpoint_services(call: &Call<'_>) -> Answered {
    call.offered(NETWORKS, NETWORK_VERSIONS)?;
    call.require_registered("Microsoft.Network")?;
    let service = |name: &&str| {
        let id = format!(
            "/subscriptions/{}/providers/Microsoft.Network/virtualNetworkEndpointServices/{name}",
            call.subscription
        );
        json!({"name": name, "id": id, "type": "Microsoft.Network/virtualNetworkEndpointServices"})
    };
    let value: Vec<Value> = ENDPOINT_SERVICES.iter().map(service).collect();
    Ok(service_id(Answer::ok(json!({ "value": value }))))
}

fn subnet(call: &Call<'_>, group: &str, network: &str, name: &str) -> Answered {
    let parent = find(call, group, network)?;
    let Some(found) = subnet_in(parent, name) else {
        return Err(subnet_not_found(parent, name));
    };
    Ok(Answer::ok(found.clone()).with("etag", text(found, "/etag")))
}

/// The provider's own 404, without the gateway's mark: the network is there, the subnet is not.
fn subnet_not_found(network: &Value, name: &str) -> Answer {
    let message = format!("Resource {}/subnets/{name} not found.", id(network));
    protocol::errors::network(StatusCode::NOT_FOUND, "NotFound", &message)
}
