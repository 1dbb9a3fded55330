//! GET of virtual networks, subnets, and the services that can have an endpoint.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::lookup::{find, key, subnet_in};
use super::subnet_body::ENDPOINT_SERVICES;
use super::virtual_network::shown;
use crate::sandbox::forms::types::NETWORKS;
use crate::sandbox::governance;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::json::{id, list, text};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::protocol::{errors, paging};
use crate::sandbox::resources::locations;
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

/// Returns the provider's own 404 for a missing subnet of an existing network. It lacks the header of the front door.
fn subnet_not_found(network: &Value, name: &str) -> Answer {
    let message = format!("Resource {}/subnets/{name} not found.", id(network));
    errors::network(StatusCode::NOT_FOUND, "NotFound", &message)
}

fn networks(call: &Call<'_>, prefix: &str) -> Answered {
    let found = governance::readable(call, prefix, NETWORKS);
    paging::answer(call, &found, |network| Ok(shown(network, call.version)))
}

/// Answers the services that can have an endpoint, the same for each location.
///
/// The form is that of the specification, the list that of the documentation
/// (virtual-network-service-endpoints-overview).
pub(crate) fn endpoint_services(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    if !locations::is_region(at.get("location")) {
        return Err(errors::not_established(&format!(
            "the endpoint services of `{}`",
            at.get("location")
        )));
    }
    let kind = "Microsoft.Network/virtualNetworkEndpointServices";
    let mut value = Vec::with_capacity(ENDPOINT_SERVICES.len());
    for name in ENDPOINT_SERVICES {
        let id = format!("/subscriptions/{}/providers/{kind}/{name}", call.subscription);
        value.push(json!({"name": name, "id": id, "type": kind}));
    }
    Ok(with_request_id(Answer::ok(json!({ "value": value }))))
}

/// Adds the provider's own request id. Errors of the front door have none (recorded: azure-cli network recordings).
pub(crate) fn with_request_id(answer: Answer) -> Answer {
    if answer.headers.contains_key("x-ms-failure-cause") {
        return answer;
    }
    answer.with("x-ms-arm-service-request-id", &uuid::Uuid::new_v4().to_string())
}
