//! What a caller may see: tenants and subscriptions.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::access_token::Claims;
use super::bearer;
use crate::sandbox::entra::identity::Identity;
use crate::sandbox::protocol::request::Request;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::protocol::{call, errors};
use crate::sandbox::state::store::Store;
use crate::sandbox::state::types::Subscription;

/// Versions of Microsoft.Resources subscriptions that SDKs use (azure-mgmt-resource, @azure/arm-subscriptions).
const VERSIONS: &[&str] = &[
    "2014-04-01",
    "2015-11-01",
    "2016-06-01",
    "2018-06-01",
    "2019-06-01",
    "2019-11-01",
    "2020-01-01",
    "2021-01-01",
    "2021-04-01",
    "2022-09-01",
    "2022-12-01",
];

/// Answers `/tenants`, `/subscriptions` and `/subscriptions/{id}`, or `None` for other paths.
pub(crate) fn answer(store: &Store, identity: &Identity, request: &Request) -> Option<Answer> {
    let first = request.segments.first()?.to_ascii_lowercase();
    let ask: fn(&Store, &Claims, &Request) -> Answered = match (first.as_str(), request.segments.len()) {
        ("tenants", 1) => tenants,
        ("subscriptions", 1) => subscriptions,
        ("subscriptions", 2) => subscription,
        _ => return None,
    };
    let answered = bearer::authenticate(identity, request).and_then(|claims| {
        call::check_plain_version(request, VERSIONS)?;
        if request.method != Method::GET {
            return Err(errors::not_served(&format!(
                "{} of `{}`",
                request.method, request.path
            )));
        }
        ask(store, &claims, request)
    });
    Some(answered.unwrap_or_else(|refused| refused))
}

/// The tenant of the token (docs: Tenants - List).
fn tenants(_: &Store, claims: &Claims, _: &Request) -> Answered {
    let tenant = &claims.tid;
    let value = json!([{
        "id": format!("/tenants/{tenant}"), "tenantId": tenant, "countryCode": "US", "displayName": "ringfence sandbox",
        "domains": ["sandbox.onmicrosoft.com"], "defaultDomain": "sandbox.onmicrosoft.com", "tenantType": "AAD",
        "tenantCategory": "Home",
    }]);
    Ok(Answer::ok(json!({ "value": value })))
}

/// The subscriptions of the token's tenant (docs: Subscriptions - List).
fn subscriptions(store: &Store, claims: &Claims, _: &Request) -> Answered {
    let known = store.subscriptions.iter();
    let mine = known.filter(|known| known.tenant.eq_ignore_ascii_case(&claims.tid));
    let value: Vec<Value> = mine.map(shown).collect();
    let count = json!({"type": "Total", "value": value.len()});
    Ok(Answer::ok(json!({"value": value, "count": count})))
}

fn subscription(store: &Store, claims: &Claims, request: &Request) -> Answered {
    let id = request.segments.get(1).map_or("", String::as_str);
    bearer::check_tenant(store, claims, id, request)?;
    let known = store
        .subscription(id)
        .ok_or_else(|| errors::subscription_not_found(id))?;
    Ok(Answer::new(StatusCode::OK, shown(known)))
}

fn shown(subscription: &Subscription) -> Value {
    let id = &subscription.id;
    json!({
        "id": format!("/subscriptions/{id}"),
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": id,
        "tenantId": subscription.tenant,
        "displayName": format!("ringfence sandbox {}", id.get(..8).unwrap_or(id)),
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off",
        },
    })
}
