//! Resource providers of a subscription: GET, and register, which takes a while.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::{Value, json};

use super::answer::{Answer, Answered};
use super::arm::Call;
use super::locations::DISPLAY_NAMES;
use super::{errors, network, version_matrix};

/// Versions of Microsoft.Resources that the recordings and azure-cli use, and what lies between.
const VERSIONS: &[&str] = &[
    "2016-09-01",
    "2017-05-10",
    "2018-05-01",
    "2019-05-01",
    "2019-07-01",
    "2019-08-01",
    "2019-10-01",
    "2020-06-01",
    "2020-08-01",
    "2020-10-01",
    "2021-01-01",
    "2021-04-01",
    "2022-09-01",
    "2022-12-01",
    "2023-07-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-03-01",
    "2025-04-01",
];

const REGISTRY: &str = "Microsoft.ContainerRegistry";
const NETWORK: &str = "Microsoft.Network";

/// Registrations under way: how many reads still answer `Registering`, by subscription and namespace in lower case.
#[derive(Default)]
pub(super) struct Registrations {
    polls_left: BTreeMap<(String, String), u32>,
}

/// Answers `…/providers/{namespace}` and what follows it.
pub(super) fn answer(call: &mut Call<'_>, namespace: &str, action: Option<&str>) -> Answered {
    call.known_version(VERSIONS)?;
    let namespace = [REGISTRY, NETWORK]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(namespace))
        .ok_or_else(|| errors::not_served(&format!("the resource provider `{namespace}`")))?;
    match (&call.request.method, action) {
        (&Method::GET, None) => {
            let state = read_state(call, namespace);
            Ok(Answer::ok(provider(call, namespace, state)))
        }
        (&Method::POST, Some(action)) if action.eq_ignore_ascii_case("register") => {
            let state = register(call, namespace);
            Ok(Answer::ok(provider(call, namespace, state)))
        }
        (method, action) => {
            let what = action.unwrap_or(namespace);
            Err(errors::not_served(&format!(
                "{method} of the provider's `{what}`"
            )))
        }
    }
}

/// 200 with `Registering` at once (recorded: azure-libraries-for-net, 2021-08). What a registered one answers
/// is inferred.
fn register(call: &mut Call<'_>, namespace: &str) -> &'static str {
    if call.store.registered(call.subscription, namespace) {
        return "Registered";
    }
    let key = key(call.subscription, namespace);
    call.store
        .registrations
        .polls_left
        .insert(key, call.options.polls);
    "Registering"
}

/// The registration state, which a read moves on.
fn read_state(call: &mut Call<'_>, namespace: &str) -> &'static str {
    if call.store.registered(call.subscription, namespace) {
        return "Registered";
    }
    let key = key(call.subscription, namespace);
    match call.store.registrations.polls_left.get_mut(&key) {
        None => "NotRegistered",
        Some(0) => {
            call.store.registrations.polls_left.remove(&key);
            finish(call, namespace);
            "Registered"
        }
        Some(left) => {
            *left -= 1;
            "Registering"
        }
    }
}

fn finish(call: &mut Call<'_>, namespace: &str) {
    let id = call.subscription;
    let known = call
        .store
        .subscriptions
        .iter_mut()
        .find(|known| known.id.eq_ignore_ascii_case(id));
    if let Some(subscription) = known {
        subscription.registered.push(namespace.to_owned());
        call.store.dirty = true;
    }
}

fn key(subscription: &str, namespace: &str) -> (String, String) {
    (subscription.to_ascii_lowercase(), namespace.to_ascii_lowercase())
}

/// The provider's body (recorded: azure-powershell TestCreateWithNetworkRuleSet, 2020-10), with the types that
/// the sandbox serves. Versions are newest first, as recorded.
fn provider(call: &Call<'_>, namespace: &str, state: &str) -> Value {
    let types = if namespace == REGISTRY {
        registry_types()
    } else {
        network_types()
    };
    json!({
        "id": format!("/subscriptions/{}/providers/{namespace}", call.subscription),
        "namespace": namespace,
        "authorizations": [],
        "resourceTypes": types,
        "registrationState": state,
        "registrationPolicy": "RegistrationRequired",
    })
}

fn registry_types() -> Value {
    let versions: Vec<&str> = version_matrix::ROWS.iter().rev().map(|row| row.version).collect();
    let capabilities =
        "CrossResourceGroupResourceMove, CrossSubscriptionResourceMove, SystemAssignedResourceIdentity";
    json!([{
        "resourceType": "registries", "locations": DISPLAY_NAMES, "apiVersions": versions, "capabilities": capabilities,
    }])
}

fn network_types() -> Value {
    let versions: Vec<&str> = network::VERSIONS.iter().rev().copied().collect();
    json!([{
        "resourceType": "virtualNetworks", "locations": DISPLAY_NAMES, "apiVersions": versions,
        "capabilities": "CrossResourceGroupResourceMove, CrossSubscriptionResourceMove, SupportsTags, SupportsLocation",
    }])
}
