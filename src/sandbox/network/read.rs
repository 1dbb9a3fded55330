//! GET of virtual networks, subnets, and the services that can have an endpoint.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::lookup::{find, key, subnet_in};
use super::subnet_body::ENDPOINT_SERVICES;
use super::virtual_network::shown;
use crate::sandbox::forms::types::NETWORKS;
use crate::sandbox::governance;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::json::{id, is, list, text};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::protocol::{errors, paging};
use crate::sandbox::state::store::group_key;

/// Answers the virtual networks of a resource group.
pub(crate) fn list_group(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    networks(call, &key(call.subscription, at.get("group"), ""))
}

/// Answers the virtual networks of a subscription. ARM asks every region, hence the header (recorded: azure-cli
/// test_network_vnet, 2021-05).
pub(crate) fn list_subscription(call: &mut Call<'_>, _: &PathValues<'_>) -> Answered {
    let answer = networks(call, &group_key(call.subscription, ""))?;
    Ok(answer.with("x-ms-original-request-ids", ", "))
}

/// Answers one virtual network.
pub(crate) fn get(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let found = find(call, at.get("group"), at.get("network"))?;
    Ok(Answer::ok(shown(found, call.version)).with("etag", text(found, "/etag")))
}

/// Answers the subnets of a virtual network.
pub(crate) fn subnets(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let found = find(call, at.get("group"), at.get("network"))?;
    Ok(Answer::ok(
        json!({"value": list(&found["properties"], "subnets")}),
    ))
}

/// Answers one subnet.
pub(crate) fn subnet(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let (parent, name) = (find(call, at.get("group"), at.get("network"))?, at.get("subnet"));
    let Some(found) = subnet_in(parent, name) else {
        return Err(subnet_not_found(parent, name));
    };
    Ok(Answer::ok(found.clone()).with("etag", text(found, "/etag")))
}

/// The provider's own 404, without the gateway's mark: the network is there, the subnet is not.
fn subnet_not_found(network: &Value, name: &str) -> Answer {
    let message = format!("Resource {}/subnets/{name} not found.", id(network));
    errors::network(StatusCode::NOT_FOUND, "NotFound", &message)
}

fn networks(call: &Call<'_>, prefix: &str) -> Answered {
    paging::unfiltered(call)?;
    let found = call.store.under(prefix).map(|(_, network)| network);
    let conditions = &call.options.conditions;
    let found = found.filter(|network| is(network, "/type", NETWORKS));
    let found: Vec<&Value> = found
        .filter(|network| governance::may_read(conditions, network))
        .collect();
    paging::answer(call, &found, |network| Ok(shown(network, call.version)))
}

/// Services that can have an endpoint, with the shape of the specification; the list is of the documentation
/// (virtual-network-service-endpoints-overview), the same for each location.
pub(crate) fn endpoint_services(call: &mut Call<'_>, _: &PathValues<'_>) -> Answered {
    let service = |name: &&str| {
        let id = format!(
            "/subscriptions/{}/providers/Microsoft.Network/virtualNetworkEndpointServices/{name}",
            call.subscription
        );
        json!({"name": name, "id": id, "type": "Microsoft.Network/virtualNetworkEndpointServices"})
    };
    let value: Vec<Value> = ENDPOINT_SERVICES.iter().map(service).collect();
    Ok(with_request_id(Answer::ok(json!({ "value": value }))))
}

/// The provider's own request id; the front door's errors carry none (recorded: azure-cli network recordings).
pub(crate) fn with_request_id(answer: Answer) -> Answer {
    if answer.headers.contains_key("x-ms-failure-cause") {
        return answer;
    }
    answer.with("x-ms-arm-service-request-id", &uuid::Uuid::new_v4().to_string())
}
