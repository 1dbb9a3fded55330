//! Resource providers of a subscription: list, GET, register and unregister. The last two go on after their answer.

use serde_json::{Value, json};

use super::locations::DISPLAY_NAMES;
use crate::sandbox::forms::api_versions;
use crate::sandbox::forms::types::{NAMESPACE, NETWORK_VERSIONS, PROVIDERS};
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::state::registrations::Registration;
use crate::sandbox::state::store::group_key;

/// Answers the list of all providers that the sandbox has.
pub(crate) fn list(call: &mut Call<'_>, _: &PathValues<'_>) -> Answered {
    let mut value = Vec::new();
    for namespace in PROVIDERS {
        let state = read_state(call, namespace);
        value.push(provider(call, namespace, state));
    }
    Ok(Answer::ok(json!({ "value": value })))
}

/// Answers one provider.
pub(crate) fn get(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let namespace = known(at.get("namespace"))?;
    let state = read_state(call, namespace);
    Ok(Answer::ok(provider(call, namespace, state)))
}

/// Answers the preview features of a provider: none, because the sandbox has none. Azure lists those that it offers.
pub(crate) fn list_features(_: &mut Call<'_>, _: &PathValues<'_>) -> Answered {
    Ok(Answer::ok(json!({"value": []})))
}

/// Returns the namespace of a provider that the sandbox has, in Azure's case.
pub(crate) fn known(namespace: &str) -> Result<&'static str, Answer> {
    for known in PROVIDERS {
        if known.eq_ignore_ascii_case(namespace) {
            return Ok(known);
        }
    }
    Err(errors::not_served(&format!(
        "the resource provider `{namespace}`"
    )))
}

/// Registers a provider: 200 with `Registering` at once (recorded: azure-libraries-for-net
/// CanRegisterAndUnRegisterProvider, 2021-08). The answer for a registered one is inferred.
pub(crate) fn register(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let namespace = known(at.get("namespace"))?;
    // The body may give consent to a third party, which neither provider needs.
    if !call.request.body.is_empty() && !call.request.json()?.is_empty() {
        return Err(errors::not_established("a registration with a body"));
    }
    if call.store.registered(call.subscription, namespace) {
        return Ok(Answer::ok(provider(call, namespace, "Registered")));
    }
    set(call, namespace, Registration::Registering(call.options.polls));
    Ok(Answer::ok(provider(call, namespace, "Registering")))
}

/// Unregisters a provider: 200 with `Unregistering` at once, also while it still registers (recorded: same, and
/// azure-cli test_provider_registration, 2021-04).
///
/// Azure refuses this for a provider with resources, but its text is not known.
pub(crate) fn unregister(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let namespace = known(at.get("namespace"))?;
    let prefix = group_key(call.subscription, "");
    let part = format!("/providers/{}/", namespace.to_ascii_lowercase());
    if call.store.under(&prefix).any(|(key, _)| key.contains(&part)) {
        return Err(errors::not_established(
            "unregistering a provider that has resources",
        ));
    }
    // The subscription lists finished registrations only.
    change_registered(call, |registered| {
        registered.retain(|name| !name.eq_ignore_ascii_case(namespace));
    });
    set(call, namespace, Registration::Unregistering(call.options.polls));
    Ok(Answer::ok(provider(call, namespace, "Unregistering")))
}

/// Returns the registration state. Each read counts down to the next state.
fn read_state(call: &mut Call<'_>, namespace: &str) -> &'static str {
    if call.store.registered(call.subscription, namespace) {
        return "Registered";
    }
    let states = &call.store.registrations.states;
    match states.get(&key(call.subscription, namespace)).copied() {
        None => "NotRegistered",
        Some(Registration::Unregistered) => "Unregistered",
        // No reads are left: the change takes effect.
        Some(Registration::Registering(0)) => {
            finish(call, namespace);
            "Registered"
        }
        Some(Registration::Unregistering(0)) => {
            set(call, namespace, Registration::Unregistered);
            "Unregistered"
        }
        Some(Registration::Registering(left)) => {
            set(call, namespace, Registration::Registering(left - 1));
            "Registering"
        }
        Some(Registration::Unregistering(left)) => {
            set(call, namespace, Registration::Unregistering(left - 1));
            "Unregistering"
        }
    }
}

fn set(call: &mut Call<'_>, namespace: &str, state: Registration) {
    let key = key(call.subscription, namespace);
    call.store.registrations.states.insert(key, state);
}

/// Marks a registration as finished.
fn finish(call: &mut Call<'_>, namespace: &str) {
    let id = call.subscription;
    call.store.registrations.states.remove(&key(id, namespace));
    change_registered(call, |registered| registered.push(namespace.to_owned()));
}

fn change_registered(call: &mut Call<'_>, change: impl FnOnce(&mut Vec<String>)) {
    let id = call.subscription;
    let mut known = call.store.subscriptions.iter_mut();
    if let Some(subscription) = known.find(|known| known.id.eq_ignore_ascii_case(id)) {
        change(&mut subscription.registered);
        call.store.dirty = true;
    }
}

fn key(subscription: &str, namespace: &str) -> (String, String) {
    (subscription.to_ascii_lowercase(), namespace.to_ascii_lowercase())
}

/// Returns the provider's body (recorded: azure-powershell TestCreateWithNetworkRuleSet, 2020-10), with the types that
/// the sandbox serves. Versions are newest first, as recorded.
fn provider(call: &Call<'_>, namespace: &str, state: &str) -> Value {
    let types = if namespace == NAMESPACE {
        registry_types()
    } else {
        network_types()
    };
    let mut provider = json!({
        "id": format!("/subscriptions/{}/providers/{namespace}", call.subscription),
        "namespace": namespace,
        "authorizations": [],
        "resourceTypes": types,
        "registrationState": state,
    });
    // Absent at 2016-09-01, present at 2020-10-01 (recorded). The first version is not known.
    if call.version > "2016-09-01" {
        provider["registrationPolicy"] = "RegistrationRequired".into();
    }
    provider
}

fn registry_types() -> Value {
    let versions: Vec<&str> = api_versions::ROWS.iter().rev().map(|row| row.version).collect();
    let capabilities =
        "CrossResourceGroupResourceMove, CrossSubscriptionResourceMove, SystemAssignedResourceIdentity";
    json!([{
        "resourceType": "registries", "locations": DISPLAY_NAMES, "apiVersions": versions, "capabilities": capabilities,
    }])
}

fn network_types() -> Value {
    let versions: Vec<&str> = NETWORK_VERSIONS.iter().rev().copied().collect();
    let mut types = Vec::new();
    for kind in [
        "virtualNetworks",
        "natGateways",
        "publicIPAddresses",
        "publicIPPrefixes",
        "privateEndpoints",
        "networkInterfaces",
        "networkSecurityGroups",
        "routeTables",
        "serviceEndpointPolicies",
    ] {
        types.push(json!({
            "resourceType": kind, "locations": DISPLAY_NAMES, "apiVersions": versions,
            "capabilities": "CrossResourceGroupResourceMove, CrossSubscriptionResourceMove, SupportsTags, SupportsLocation",
        }));
    }
    types.into()
}
