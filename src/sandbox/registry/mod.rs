//! `Microsoft.ContainerRegistry/registries`: which part answers, GET, lists, usages and names.

pub(crate) mod cross_checks;
pub(crate) mod encryption;
pub(crate) mod fields;
pub(crate) mod lookup;
pub(crate) mod merge;
pub(crate) mod network_rules;
pub(crate) mod policies;
pub(crate) mod private_endpoints;
pub(crate) mod projection;
pub(crate) mod put;
pub(crate) mod replications;
pub(crate) mod sku;
pub(crate) mod write;

use axum::http::Method;
use serde_json::{Value, json};

use super::forms::api_versions::{self, ROWS, Row, Shown};
use super::forms::types::{NAMESPACE, REGISTRIES};
use super::governance;
use super::protocol::call::Call;
use super::protocol::json::{is, list, text};
use super::protocol::response::{Answer, Answered};
use super::protocol::{errors, paging};
use fields::is_name;
use lookup::{find, key, named};
use projection::project;

/// Where a name check tells the login server (recorded at 2026-01-01-preview; the first version is that of the
/// property in the SDK).
const LABELS: Shown = Shown::From("2024-11-01-preview", "2025-11-01");

/// Answers for what comes after `…/registries` in a resource group.
pub(crate) fn answer(call: &mut Call<'_>, group: &str, rest: &[&str]) -> Answered {
    let row = row(call)?;
    call.require_registered(NAMESPACE)?;
    call.require_group(group)?;
    if !matches!(call.request.method, Method::GET | Method::HEAD) {
        governance::require_alive(call, group)?;
    }
    let answered = dispatch(call, group, rest, row);
    version_header(answered, call)
}

fn dispatch(call: &mut Call<'_>, group: &str, rest: &[&str], row: &Row) -> Answered {
    let kind = rest
        .get(1)
        .map(|kind| kind.to_ascii_lowercase())
        .unwrap_or_default();
    match (&call.request.method, rest) {
        (&Method::GET, []) => list_under(call, &key(call.subscription, group, ""), row),
        (&Method::GET, [name]) => get(call, group, name, row),
        (&Method::PUT, [name]) => put::put(call, group, name, row),
        (&Method::PATCH, [name]) => write::patch(call, group, name, row),
        (&Method::DELETE, [name]) => write::delete(call, group, name, row),
        (&Method::GET, [name, _]) if kind == "listusages" => {
            Ok(usages_of(call, find(call, group, name)?, row))
        }
        (_, [name, _, rest @ ..]) if kind == "replications" => {
            replications::answer(call, group, name, rest, row)
        }
        (_, [name, _, rest @ ..]) if kind == "privateendpointconnections" => {
            let has = |row: &&Row| row.shows(Shown::Column("PEC"));
            let versions: Vec<&str> = ROWS.iter().rev().filter(has).map(|row| row.version).collect();
            call.offered(private_endpoints::TYPE, &versions)?;
            private_endpoints::answer(call, group, name, rest)
        }
        (method, rest) => Err(errors::not_served(&format!(
            "{method} of `{REGISTRIES}/{}`",
            rest.join("/")
        ))),
    }
}

/// All registries of a subscription. ARM asks every region, hence the header (recorded: azure-cli
/// acr list, 2019-02).
pub(crate) fn list_subscription(call: &mut Call<'_>) -> Answered {
    let row = row(call)?;
    call.require_registered(NAMESPACE)?;
    if call.request.method != Method::GET {
        return Err(errors::not_served(&format!(
            "{} of the registry list",
            call.request.method
        )));
    }
    let prefix = format!("/subscriptions/{}/resourcegroups/", call.subscription).to_ascii_lowercase();
    let answered =
        list_under(call, &prefix, row).map(|answer| answer.with("x-ms-original-request-ids", ", "));
    version_header(answered, call)
}

/// Whether a registry name is free, in the whole cloud, with the login server that it would get where labels
/// exist; without `api-supported-versions` (recorded: azure-powershell TestCreateWithNetworkRuleSet, 2020-10,
/// and azure-cli test_check_name_availability, 2026-09).
pub(crate) fn check_name(call: &mut Call<'_>) -> Answered {
    let row = row(call)?;
    call.require_registered(NAMESPACE)?;
    if call.request.method != Method::POST {
        return Err(errors::not_served(&format!(
            "{} of a name check",
            call.request.method
        )));
    }
    let body = call.request.json()?;
    let sent = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = sent("name");
    if !sent("type").eq_ignore_ascii_case(REGISTRIES) {
        return Err(errors::not_established(
            "a name check of another type than registries",
        ));
    }
    if !is_name(name) {
        return Err(errors::not_established(
            "a name check of a name that no registry can have",
        ));
    }
    let answer = if named(call, name).is_some() {
        let message = format!("The registry {name} is already in use.");
        json!({"nameAvailable": false, "reason": "AlreadyExists", "message": message})
    } else if row.shows(LABELS) {
        let scope = sent("autoGeneratedDomainNameLabelScope");
        if !scope.is_empty() && !scope.eq_ignore_ascii_case("Unsecure") {
            return Err(errors::not_established(
                "the login server of another label scope than Unsecure",
            ));
        }
        let server = format!("{}.azurecr.io", name.to_ascii_lowercase());
        json!({"availableLoginServerName": server, "nameAvailable": true})
    } else {
        json!({"nameAvailable": true})
    };
    Ok(Answer::ok(answer))
}

fn row(call: &Call<'_>) -> Result<&'static Row, Answer> {
    let versions: Vec<&str> = ROWS.iter().rev().map(|row| row.version).collect();
    call.offered(REGISTRIES, &versions)?;
    api_versions::find(call.version)
        .ok_or_else(|| errors::internal("the version matrix has no such row"))
}

/// The provider names the version that it answered at (recorded since about 2022), on errors too; the
/// front door's own errors carry none.
fn version_header(answered: Answered, call: &Call<'_>) -> Answered {
    let add = |answer: Answer| {
        let told = ["x-ms-failure-cause", "api-supported-versions"];
        if told.iter().any(|name| answer.headers.contains_key(*name)) {
            return answer;
        }
        answer.with("api-supported-versions", call.version)
    };
    answered.map(add).map_err(add)
}

fn get(call: &Call<'_>, group: &str, name: &str, row: &Row) -> Answered {
    let registry = find(call, group, name)?;
    project(registry, row, call.options).map(Answer::ok)
}

/// In the order of ids, which nothing promises.
fn list_under(call: &Call<'_>, prefix: &str, row: &Row) -> Answered {
    paging::unfiltered(call)?;
    let registries = call.store.under(prefix).map(|(_, resource)| resource);
    let registries: Vec<&Value> = registries
        .filter(|resource| {
            is(resource, "/type", REGISTRIES) && governance::may_read(&call.options.conditions, resource)
        })
        .collect();
    let show = |registry: &&Value| project(registry, row, call.options);
    paging::answer(call, &registries, show)
}

/// `Size` and `Webhooks` are recorded (azure-powershell TestCreateWithNetworkRuleSet, 2020-10); the network
/// quotas are documented for newer versions (Get-AzContainerRegistryUsage), from which on is not.
fn usages_of(call: &Call<'_>, registry: &Value, row: &Row) -> Answer {
    let set = &registry["properties"]["networkRuleSet"];
    let used = |key: &str| list(set, key).len();
    let (size, webhooks) = quotas(text(registry, "/sku/name"));
    let mut value = vec![
        json!({"name": "Size", "limit": size, "currentValue": 0, "unit": "Bytes"}),
        json!({"name": "Webhooks", "limit": webhooks, "currentValue": 0, "unit": "Count"}),
    ];
    if row.version >= "2022-01-01" && !set.is_null() {
        let connections = list(&registry["properties"], "privateEndpointConnections").len();
        let count = |name: &str, limit: usize, current: usize| json!({"name": name, "limit": limit, "currentValue": current, "unit": "Count"});
        value.push(count("IPRules", call.options.ip_rule_limit, used("ipRules")));
        value.push(count(
            "VNetRules",
            network_rules::SUBNET_RULE_LIMIT,
            used("virtualNetworkRules"),
        ));
        value.push(count("PrivateEndpointConnections", 200, connections));
    }
    Answer::ok(json!({ "value": value }))
}

/// Bytes of storage and number of webhooks: Premium recorded, the others documented (container-registry-skus).
fn quotas(sku: &str) -> (u64, u32) {
    match sku.to_ascii_lowercase().as_str() {
        "premium" => (536_870_912_000, 500),
        "standard" => (107_374_182_400, 10),
        _ => (10_737_418_240, 2),
    }
}
