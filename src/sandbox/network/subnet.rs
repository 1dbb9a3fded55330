//! PUT and DELETE of a subnet. Each begins an operation that goes on after the answer.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::lookup::{find, key, subnet_in};
use super::prefixes;
use super::subnet_body::replaced;
use crate::sandbox::forms::normalize;
use crate::sandbox::governance::conditions::BusyNetwork;
use crate::sandbox::operations::kinds::{self, NewOperation, OperationEnd, OperationStyle};
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::json::{fresh_etag, id, list, same_id, text};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::protocol::{errors, preconditions};

/// First api-version at which every write of networks and subnets has the header `azure-asyncnotification` (recorded:
/// cloud-provider-azure subnetclient, 2023-09; absent from subnet writes at 2021-08-01).
const NOTIFIES_FROM: &str = "2023-04-01";

/// Answers a PUT of a subnet: 200 for an existing one, 201 for a new one. Both begin an operation.
pub(crate) fn put(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let (group, network, name) = (at.get("group"), at.get("network"), at.get("subnet"));
    let body = call.request.json()?;
    let parent = find(call, group, network)
        .map_err(|_| parent_not_found(network))?
        .clone();
    let network_key = key(call.subscription, group, network);
    check_idle(call, &network_key)?;
    let old = subnet_in(&parent, name);
    // A network and its subnets have one ETag.
    let (status, known) = match old {
        Some(_) => (StatusCode::OK, Some(text(&parent, "/etag"))),
        None => (StatusCode::CREATED, None),
    };
    let path = format!("{}/subnets/{name}", id(&parent));
    preconditions::check(call, known, &path)?;
    let mut new = replaced(call.version, &parent, old, name, &body, "")?;
    // A PUT that changes nothing is done at once, but for its operation (recorded: cloud-provider-azure subnetclient,
    // 2023-09).
    if let Some(old) = old
        && is_unchanged(old, &new)
    {
        normalize::settle_subnet(&mut new);
    }
    // The answer shows the ETag that the whole network gets.
    let etag = fresh_etag();
    let answer = Answer::new(status, with_etag(&new, &etag));
    let changed = with_subnet(parent.clone(), new, etag);
    prefixes::check(&changed, Some(&parent))?;
    store(call, &network_key, changed);
    Ok(started(call, answer, text(&parent, "/location"), &network_key))
}

/// Returns true if a subnet has the properties of `old` once its update is done.
fn is_unchanged(old: &Value, new: &Value) -> bool {
    let mut done = new.clone();
    normalize::settle_subnet(&mut done);
    done["properties"] == old["properties"]
}

/// Returns the error for a PUT below a network that does not exist (general knowledge; no recording).
fn parent_not_found(network: &str) -> Answer {
    let message = format!(
        "Can not perform requested operation on nested resource. Parent resource '{network}' not found."
    );
    errors::gateway(StatusCode::NOT_FOUND, "ParentResourceNotFound", &message)
}

/// Refuses a write to a virtual network while another one runs (Azure/bicep#5132; the text is general knowledge).
pub(crate) fn check_idle(call: &Call<'_>, network: &str) -> Result<(), Answer> {
    let Some(running) = call.store.operations.running_on(network) else {
        return Ok(());
    };
    let answer = match call.options.conditions.busy_network {
        BusyNetwork::Conflict => conflict(call, &running),
        BusyNetwork::Retryable => retryable(network),
    };
    Err(answer.with("retry-after", &call.options.retry_after.to_string()))
}

fn conflict(call: &Call<'_>, running: &str) -> Answer {
    let uri = format!("{}{running}?api-version={}", call.request.base, call.version);
    let message = format!(
        "Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: {uri}."
    );
    errors::network(StatusCode::CONFLICT, "AnotherOperationInProgress", &message)
}

fn retryable(network: &str) -> Answer {
    let detail = format!(
        "Cannot proceed with operation because resource {network} is not in Succeeded state. Resource is in Updating state."
    );
    let details = json!([{"code": "ReferencedResourceNotProvisioned", "message": detail}]);
    let error =
        json!({"code": "RetryableError", "message": "A retryable error occurred.", "details": details});
    Answer::new(StatusCode::TOO_MANY_REQUESTS, json!({ "error": error }))
}

fn with_etag(subnet: &Value, etag: &str) -> Value {
    let mut subnet = subnet.clone();
    normalize::stamp_subnet(&mut subnet, etag);
    subnet
}

/// Returns the network with the subnet in it, and with the new ETag.
fn with_subnet(mut parent: Value, subnet: Value, etag: String) -> Value {
    if let Some(subnets) = parent["properties"]["subnets"].as_array_mut() {
        let position = subnets.iter().position(|known| same_id(id(known), id(&subnet)));
        match position {
            Some(at) => subnets[at] = subnet,
            None => subnets.push(subnet),
        }
    }
    normalize::stamp(&mut parent, etag);
    parent
}

fn store(call: &mut Call<'_>, key: &str, parent: Value) {
    call.store.resources.insert(key.to_owned(), parent);
    call.store.dirty = true;
}

/// Answers a DELETE of a subnet: 202 with both headers (recorded: azure-cli test_network_vnet, 2021-05), or 204 if
/// there is no such subnet (specification).
pub(crate) fn delete(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let (group, network, name) = (at.get("group"), at.get("network"), at.get("subnet"));
    // A missing network is not a missing subnet (ansible/ansible#29593, 2016-10).
    let parent = find(call, group, network)?.clone();
    let Some(subnet) = subnet_in(&parent, name).cloned() else {
        preconditions::check(call, None, "")?;
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    };
    let network_key = key(call.subscription, group, network);
    check_idle(call, &network_key)?;
    preconditions::check(call, Some(text(&parent, "/etag")), id(&subnet))?;
    check_unused(&subnet)?;
    // The subnet shows as `Deleting` until the operation ends.
    let mut going = subnet.clone();
    going["properties"]["provisioningState"] = "Deleting".into();
    let location = text(&parent, "/location").to_owned();
    let changed = with_subnet(parent, going, fresh_etag());
    store(call, &network_key, changed);
    let end = OperationEnd::RemoveSubnet(id(&subnet).to_owned());
    Ok(deleting(call, &location, &network_key, end))
}

/// Refuses to delete a subnet that something uses, as its read-only properties say (recorded: azure-cli
/// test_delete_dependent_resources, 2021-04).
pub(crate) fn check_unused(subnet: &Value) -> Result<(), Answer> {
    let users = [
        "ipConfigurations",
        "privateEndpoints",
        "serviceAssociationLinks",
        "resourceNavigationLinks",
    ];
    let mut users = users.iter().flat_map(|key| list(&subnet["properties"], key));
    let Some(user) = users.next() else {
        return Ok(());
    };
    let message = format!(
        "Subnet {} is in use by {} and cannot be deleted. In order to delete the subnet, delete all the resources within the subnet. See aka.ms/deletesubnet.",
        text(subnet, "/name"),
        id(user)
    );
    Err(errors::network(
        StatusCode::BAD_REQUEST,
        "InUseSubnetCannotBeDeleted",
        &message,
    ))
}

/// Begins the operation of a PUT and adds its headers to the answer.
pub(crate) fn started(call: &mut Call<'_>, answer: Answer, location: &str, network: &str) -> Answer {
    let (answer, _) = begin(call, answer, location, network, OperationEnd::Settle);
    notifies(call, answer, NOTIFIES_FROM)
}

/// Adds `azure-asyncnotification` to the answer of a write at version `from` or later.
pub(crate) fn notifies(call: &Call<'_>, answer: Answer, from: &str) -> Answer {
    if call.version >= from {
        return answer.with("azure-asyncnotification", "Enabled");
    }
    answer
}

/// Begins the operation of a DELETE. Returns 202, empty, with `Azure-AsyncOperation` and `Location` (recorded:
/// azure-powershell TestCreateWithNetworkRuleSet, 2020-10).
pub(crate) fn deleting(call: &mut Call<'_>, location: &str, network: &str, end: OperationEnd) -> Answer {
    let answer = Answer::empty(StatusCode::ACCEPTED);
    let (answer, url) = begin(call, answer, location, network, end);
    let answer = answer.with("location", &url.replace("/operations/", "/operationResults/"));
    notifies(call, answer, NOTIFIES_FROM)
}

/// Begins an operation on a network. Returns the answer with its headers, and the URL to poll.
fn begin(
    call: &mut Call<'_>,
    answer: Answer,
    location: &str,
    network: &str,
    end: OperationEnd,
) -> (Answer, String) {
    let scope = kinds::scope(call.subscription, location);
    let begin = NewOperation {
        style: OperationStyle::Network,
        scope: scope.clone(),
        on: network,
        state: "Updating",
        end,
    };
    let operation = call.store.operations.begin(begin, "", call.options.polls);
    // Links stay on the host that the client uses.
    let base = &call.request.base;
    let url = format!(
        "{base}{scope}/operations/{operation}?api-version={}",
        call.version
    );
    let answer = answer
        .with("azure-asyncoperation", &url)
        .with("retry-after", &call.options.retry_after.to_string());
    (answer, url)
}
