//! PUT of a subnet: the whole of it is replaced, and an operation goes on after the answer.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::answer::{Answer, Answered};
use super::arm::Call;
use super::body::{fresh_etag, id, list, same_id, text};
use super::network::{find, key, subnet_in};
use super::{errors, operations, shape};

/// Properties that a client may send back and Azure ignores (Azure SDK models at 2026-03-01).
const READ_ONLY: &[&str] = &[
    "provisioningState",
    "privateEndpoints",
    "ipConfigurations",
    "ipConfigurationProfiles",
    "resourceNavigationLinks",
    "serviceAssociationLinks",
    "purpose",
];

/// From this api-version on, a subnet write carries `azure-asyncnotification` (recorded: azure-cli
/// test_acr_network_rule, 2023-12; absent at 2021-08-01).
const NOTIFIES_FROM: &str = "2023-09-01";

/// PUT of a subnet: 200 for one that is there, 201 for a new one; both go on as an operation.
pub(super) fn put_subnet(call: &mut Call<'_>, group: &str, network: &str, name: &str) -> Answered {
    let body = call.request.json()?;
    let parent = find(call, group, network)
        .map_err(|_| parent_not_found(network))?
        .clone();
    let network_key = key(call.subscription, group, network);
    check_idle(call, &network_key)?;
    check_etag(call, &parent, name)?;
    let old = subnet_in(&parent, name);
    let status = if old.is_some() {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let new = replaced(call.version, &parent, old, name, &body)?;
    let etag = fresh_etag();
    let answer = Answer::new(status, with_etag(&new, &etag));
    store(call, &network_key, parent.clone(), new, etag);
    Ok(started(call, answer, text(&parent, "/location"), &network_key))
}

/// General knowledge; no recording.
fn parent_not_found(network: &str) -> Answer {
    let message = format!(
        "Can not perform requested operation on nested resource. Parent resource '{network}' not found."
    );
    errors::gateway(StatusCode::NOT_FOUND, "ParentResourceNotFound", &message)
}

/// One write at a time per virtual network (Azure/bicep#5132; the text is general knowledge).
fn check_idle(call: &Call<'_>, network: &str) -> Result<(), Answer> {
    let Some(running) = call.store.operations.running_on(network) else {
        return Ok(());
    };
    let uri = format!("{}{running}?api-version={}", call.request.base, call.version);
    let message = format!(
        "Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: {uri}."
    );
    let answer = errors::network(StatusCode::CONFLICT, "AnotherOperationInProgress", &message);
    Err(answer.with("retry-after", &call.options.retry_after.to_string()))
}

/// `If-Match` against the ETag that a network shares with its subnets. The shape of the 412 is from other
/// Network types (kubernetes-sigs/cloud-provider-azure#9729); none is recorded for subnets.
fn check_etag(call: &Call<'_>, parent: &Value, name: &str) -> Result<(), Answer> {
    let current = text(parent, "/etag");
    let Some(wanted) = call
        .request
        .header("if-match")
        .filter(|wanted| *wanted != "*" && *wanted != current)
    else {
        return Ok(());
    };
    let shown: String = wanted.chars().take(80).collect();
    let detail = format!(
        "Etag provided in if-match header {shown} does not match etag {current} of resource {}/subnets/{name} in NRP data store.",
        id(parent)
    );
    let details = json!([{"code": "PreconditionFailedEtagMismatch", "message": detail}]);
    let error =
        json!({"code": "PreconditionFailed", "message": "Precondition failed.", "details": details});
    Err(Answer::new(
        StatusCode::PRECONDITION_FAILED,
        json!({ "error": error }),
    ))
}

/// The subnet that a PUT makes. What the body does not have is gone; unknown properties stay.
fn replaced(
    version: &str,
    parent: &Value,
    old: Option<&Value>,
    name: &str,
    body: &Map<String, Value>,
) -> Result<Value, Answer> {
    let Some(Value::Object(sent)) = body.get("properties") else {
        return Err(invalid("a subnet PUT must have `properties`"));
    };
    let mut properties = Map::from_iter([("provisioningState".to_owned(), json!("Updating"))]);
    let kept = sent
        .iter()
        .filter(|(key, value)| !READ_ONLY.contains(&key.as_str()) && !value.is_null());
    properties.extend(kept.map(|(key, value)| (key.clone(), value.clone())));
    if !["addressPrefix", "addressPrefixes", "ipamPoolPrefixAllocations"]
        .iter()
        .any(|key| properties.contains_key(*key))
    {
        return Err(invalid("a subnet must have `addressPrefix` or `addressPrefixes`"));
    }
    if let Some(endpoints) = properties.get_mut("serviceEndpoints") {
        *endpoints = completed_endpoints(endpoints, old, text(parent, "/location"))?;
    }
    for (key, value) in policy_defaults(version) {
        properties.entry(key).or_insert(value);
    }
    Ok(json!({
        "name": old.map_or(name, |old| text(old, "/name")),
        "id": old.map_or_else(|| format!("{}/subnets/{name}", id(parent)), |old| id(old).to_owned()),
        "etag": "",
        "properties": properties,
        "type": "Microsoft.Network/virtualNetworks/subnets",
    }))
}

/// Which 400 Azure gives is not known for these.
fn invalid(what: &str) -> Answer {
    let message = format!("ringfence sandbox: {what} (Azure's text is not known)");
    errors::network(StatusCode::BAD_REQUEST, "InvalidRequestFormat", &message)
}

/// What a subnet has that the body leaves out (recorded: `Enabled` in 2021-08, `Disabled` from 2022-01 on).
fn policy_defaults(version: &str) -> [(&'static str, Value); 3] {
    let endpoint_policies = if version < "2022-01-01" {
        "Enabled"
    } else {
        "Disabled"
    };
    [
        ("delegations", json!([])),
        ("privateEndpointNetworkPolicies", endpoint_policies.into()),
        ("privateLinkServiceNetworkPolicies", "Enabled".into()),
    ]
}

/// Endpoints as Azure completes them: `locations` is `["*"]` for the registry service (recorded: azure-cli
/// test_acr_network_rule, 2021-02). For other services the sent or stored ones stay, else the network's own
/// region stands for the region pairs, which no source lists whole.
fn completed_endpoints(sent: &Value, old: Option<&Value>, location: &str) -> Result<Value, Answer> {
    let sent = sent
        .as_array()
        .ok_or_else(|| invalid("`serviceEndpoints` must be a list"))?;
    let complete = |endpoint: &Value| {
        let service = text(endpoint, "/service");
        if service.is_empty() {
            return Err(invalid("a service endpoint must have a `service`"));
        }
        let locations = locations(service, endpoint, old, location);
        let mut whole =
            json!({"provisioningState": "Updating", "service": service, "locations": locations});
        if let Some(identifier) = endpoint.get("networkIdentifier").filter(|value| !value.is_null()) {
            whole["networkIdentifier"] = identifier.clone();
        }
        Ok(whole)
    };
    sent.iter()
        .map(complete)
        .collect::<Result<Vec<_>, _>>()
        .map(Value::Array)
}

fn locations(service: &str, sent: &Value, old: Option<&Value>, location: &str) -> Value {
    if service.eq_ignore_ascii_case("Microsoft.ContainerRegistry") {
        return json!(["*"]);
    }
    let before = old.map_or(&[][..], |old| list(&old["properties"], "serviceEndpoints"));
    let before = before
        .iter()
        .find(|known| text(known, "/service").eq_ignore_ascii_case(service));
    let known = [Some(sent), before]
        .into_iter()
        .flatten()
        .map(|endpoint| list(endpoint, "locations"));
    known
        .into_iter()
        .find(|list| !list.is_empty())
        .map_or_else(|| json!([location]), |list| json!(list))
}

fn with_etag(subnet: &Value, etag: &str) -> Value {
    let mut subnet = subnet.clone();
    subnet["etag"] = etag.into();
    subnet
}

fn store(call: &mut Call<'_>, key: &str, mut parent: Value, subnet: Value, etag: String) {
    if let Some(subnets) = parent["properties"]["subnets"].as_array_mut() {
        let same = |known: &&mut Value| same_id(id(known), id(&subnet));
        match subnets.iter_mut().find(same) {
            Some(known) => *known = subnet,
            None => subnets.push(subnet),
        }
    }
    shape::stamp(&mut parent, etag);
    call.store.resources.insert(key.to_owned(), parent);
    call.store.dirty = true;
}

/// Begins the operation and points the answer at it.
fn started(call: &mut Call<'_>, answer: Answer, location: &str, network: &str) -> Answer {
    let polls = call.options.polls;
    let operation =
        call.store
            .operations
            .begin(operations::scope(call.subscription, location), network, polls);
    let subscription = call.subscription;
    let url = format!(
        "{}/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}/operations/{operation}?api-version={}",
        call.request.base, call.version
    );
    let answer = answer
        .with("azure-asyncoperation", &url)
        .with("retry-after", &call.options.retry_after.to_string());
    if call.version >= NOTIFIES_FROM {
        return answer.with("azure-asyncnotification", "Enabled");
    }
    answer
}
