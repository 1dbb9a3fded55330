//! Tenants and subscriptions that a caller can see.

use serde_json::{Value, json};

use super::bearer;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::state::subscription::Subscription;

/// Answers the tenant of the token (docs: Tenants - List).
pub(crate) fn list_tenants(call: &mut Call<'_>, _: &PathValues<'_>) -> Answered {
    let tenant = &call.claims.tid;
    let value = json!([{
        "id": format!("/tenants/{tenant}"), "tenantId": tenant, "countryCode": "US", "displayName": "ringfence sandbox",
        "domains": ["sandbox.onmicrosoft.com"], "defaultDomain": "sandbox.onmicrosoft.com", "tenantType": "AAD",
        "tenantCategory": "Home",
    }]);
    Ok(Answer::ok(json!({ "value": value })))
}

/// Answers the subscriptions of the token's tenant (docs: Subscriptions - List).
pub(crate) fn list_subscriptions(call: &mut Call<'_>, _: &PathValues<'_>) -> Answered {
    let mut value = Vec::new();
    for known in &call.store.subscriptions {
        if known.tenant.eq_ignore_ascii_case(&call.claims.tid) {
            value.push(shown(known));
        }
    }
    let count = json!({"type": "Total", "value": value.len()});
    Ok(Answer::ok(json!({"value": value, "count": count})))
}

/// Answers one subscription of the token's tenant.
pub(crate) fn get_subscription(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let id = at.get("subscription");
    bearer::check_tenant(call.store, call.claims, id, call.request)?;
    match call.store.subscription(id) {
        Some(known) => Ok(Answer::ok(shown(known))),
        None => Err(errors::subscription_not_found(id)),
    }
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
