//! Resource Graph for registry queries: a small part of KQL.
//!
//! `resources | where type =~ 'microsoft.containerregistry/registries'`, then any of `where FIELD ==|=~ 'TEXT'`,
//! `project NAME[=FIELD], …`, `order by FIELD [asc|desc]`, `limit N`. All else is answered 501. Registries show
//! what the newest stable api-version shows, so no subnet rules (inferred from the documentation, which says
//! that mostly the newest version that is no preview is used).

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::kql::Query;
use crate::sandbox::forms::api_versions;
use crate::sandbox::forms::types::REGISTRIES;
use crate::sandbox::governance;
use crate::sandbox::options::Options;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{id, is, list};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::registry::projection::project;
use crate::sandbox::state::store::Store;

/// Stable versions (specification).
const VERSIONS: &[&str] = &["2021-03-01", "2022-10-01", "2024-04-01"];
/// The newest stable version of registries.
const SHOWN_AT: &str = "2025-11-01";
const MOST_ROWS: usize = 1000;

/// Refuses what is not a POST at a known api-version.
pub(crate) fn check(call: &Call<'_>) -> Result<(), Answer> {
    if call.request.method == Method::POST && VERSIONS.contains(&call.version) {
        return Ok(());
    }
    Err(errors::not_established(&format!(
        "Resource Graph at api-version `{}`",
        call.version
    )))
}

/// Answers a query.
pub(crate) fn query(call: &mut Call<'_>, _: &PathValues<'_>) -> Answered {
    let (store, options, claims, request) = (&*call.store, call.options, call.claims, call.request);
    let body = request.json()?;
    let known = ["query", "subscriptions", "options"];
    if let Some(other) = body
        .iter()
        .find(|(key, value)| !known.contains(&key.as_str()) && !value.is_null())
    {
        return Err(errors::not_established(&format!(
            "a Resource Graph request with `{}`",
            other.0
        )));
    }
    let text = body.get("query").and_then(Value::as_str).unwrap_or_default();
    let query =
        Query::parse(text).ok_or_else(|| errors::not_established(&format!("the query `{text}`")))?;
    let body = Value::Object(body);
    let rows = rows(store, options, &claims.tid, &body)?;
    page(query.run(rows), &body["options"])
}

/// All registries of the subscriptions that are named, or of all in the tenant.
fn rows(store: &Store, options: &Options, tenant: &str, body: &Value) -> Result<Vec<Value>, Answer> {
    let row = api_versions::find(SHOWN_AT)
        .ok_or_else(|| errors::internal("the version matrix has no newest stable version"))?;
    let wanted = list(body, "subscriptions");
    let asked = |subscription: &str| {
        let named = |id: &Value| {
            id.as_str()
                .is_some_and(|id| id.eq_ignore_ascii_case(subscription))
        };
        let own = store
            .subscription(subscription)
            .is_some_and(|known| known.tenant.eq_ignore_ascii_case(tenant));
        own && (wanted.is_empty() || wanted.iter().any(named))
    };
    let registries = store.resources.values().filter(|resource| {
        is(resource, "/type", REGISTRIES) && governance::may_read(&options.conditions, resource)
    });
    let registries =
        registries.filter(|registry| asked(id(registry).split('/').nth(2).unwrap_or_default()));
    registries
        .map(|registry| project(registry, row, options).map(|shown| table_row(shown, tenant)))
        .collect()
}

/// The columns of the table `resources`; type and group are in lower case there (general knowledge).
fn table_row(registry: Value, tenant: &str) -> Value {
    let segment = |at: usize| id(&registry).split('/').nth(at).unwrap_or_default().to_owned();
    let (subscription, group) = (segment(2), segment(4));
    let column = |key: &str| registry.get(key).cloned().unwrap_or(Value::Null);
    json!({
        "id": column("id"), "name": column("name"), "type": REGISTRIES.to_ascii_lowercase(), "tenantId": tenant,
        "kind": "", "location": column("location"), "resourceGroup": group.to_ascii_lowercase(),
        "subscriptionId": subscription, "managedBy": "", "sku": column("sku"), "plan": null,
        "properties": column("properties"), "tags": column("tags"), "identity": column("identity"),
        "zones": null, "extendedLocation": null, "systemData": column("systemData"),
    })
}

/// One page: `$top` rows from `$skipToken` or `$skip` on.
fn page(rows: Vec<Value>, options: &Value) -> Answered {
    if !options["resultFormat"].is_null() && !is(options, "/resultFormat", "objectArray") {
        return Err(errors::not_established(
            "a Resource Graph result that is not an objectArray",
        ));
    }
    let top = options["$top"]
        .as_u64()
        .and_then(|top| usize::try_from(top).ok())
        .unwrap_or(MOST_ROWS);
    if top == 0 || top > MOST_ROWS {
        return Err(errors::not_established("a `$top` outside 1 to 1000"));
    }
    let skip = options["$skip"]
        .as_u64()
        .and_then(|skip| usize::try_from(skip).ok());
    let token = options["$skipToken"].as_str();
    let from = match token {
        Some(token) => token.parse().map_err(|_| {
            errors::gateway(
                StatusCode::BAD_REQUEST,
                "BadRequest",
                "ringfence sandbox: not a `$skipToken` of this sandbox",
            )
        })?,
        None => skip.unwrap_or(0),
    };
    let (total, from) = (rows.len(), from.min(rows.len()));
    let end = from.saturating_add(top).min(total);
    let data = &rows[from..end];
    let mut body = json!({
        "totalRecords": total, "count": data.len(), "data": data, "facets": [], "resultTruncated": "false",
    });
    if end < total {
        body["$skipToken"] = end.to_string().into();
    }
    Ok(Answer::ok(body))
}
