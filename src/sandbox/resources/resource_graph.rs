//! Resource Graph for registry queries: a small part of KQL.
//!
//! `resources | where type =~ 'microsoft.containerregistry/registries'`, then any of `where FIELD ==|=~ 'TEXT'`,
//! `project NAME[=FIELD], …`, `order by FIELD [asc|desc]`, `limit N`. Any other query is answered 501. Registries
//! appear as at the newest stable api-version, so without subnet rules (inferred from the documentation, which says
//! that mostly the newest version other than a preview is used).

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::kql::Query;
use crate::sandbox::forms::api_versions;
use crate::sandbox::forms::json_type::{JsonType, Keys, check_object, optional};
use crate::sandbox::forms::shared_types::GUID;
use crate::sandbox::forms::types::REGISTRIES;
use crate::sandbox::governance;
use crate::sandbox::options::Options;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{id, is, list, text_under};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::registry::projection::project;
use crate::sandbox::state::store::Store;

/// Stable versions of Resource Graph (specification).
const VERSIONS: &[&str] = &["2021-03-01", "2022-10-01", "2024-04-01"];
/// Newest stable api-version of registries.
const SHOWN_AT: &str = "2025-11-01";
/// Maximum number of rows of a page.
const MOST_ROWS: usize = 1000;

/// Keys of a request that are read (specification).
const BODY: Keys = &[
    optional("query", JsonType::Text),
    optional("subscriptions", JsonType::List(&GUID)),
    optional(
        "options",
        JsonType::Object(&[
            optional("$top", JsonType::Whole(1, 1000)),
            optional("$skip", JsonType::Whole(0, u32::MAX as u64)),
            optional("$skipToken", JsonType::Text),
            optional("resultFormat", JsonType::Text),
        ]),
    ),
];

/// Refuses other methods than POST, and unknown api-versions.
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
    if check_object(&body, BODY, "").is_err() {
        return Err(errors::not_established(
            "a Resource Graph request of this form, or with other keys than `query`, `subscriptions` and `options`",
        ));
    }
    let text = text_under(&body, "query");
    let Some(query) = Query::parse(text) else {
        return Err(errors::not_established(&format!("the query `{text}`")));
    };
    let body = Value::Object(body);
    let rows = rows(store, options, &claims.tid, &body)?;
    page(query.run(rows), &body["options"])
}

/// Returns the registries of the subscriptions that the body names, or of all in the tenant if it names none.
fn rows(store: &Store, options: &Options, tenant: &str, body: &Value) -> Result<Vec<Value>, Answer> {
    let Some(row) = api_versions::find(SHOWN_AT) else {
        return Err(errors::internal(
            "the version matrix has no newest stable version",
        ));
    };
    let wanted = list(body, "subscriptions");
    let mut rows = Vec::new();
    for resource in store.resources.values() {
        if !is(resource, "/type", REGISTRIES) || !governance::may_read(&options.conditions, resource) {
            continue;
        }
        let subscription = segment(resource, 2);
        // A body without subscriptions asks for all.
        let named = wanted.iter().any(|id| is(id, "", subscription));
        if (named || wanted.is_empty()) && is_in_tenant(store, subscription, tenant) {
            rows.push(table_row(project(resource, row, options)?, tenant));
        }
    }
    Ok(rows)
}

fn is_in_tenant(store: &Store, subscription: &str, tenant: &str) -> bool {
    let known = store.subscription(subscription);
    known.is_some_and(|known| known.tenant.eq_ignore_ascii_case(tenant))
}

/// Returns one segment of a resource's id, empty if it has fewer. Number 2 is the subscription, 4 the group.
fn segment(resource: &Value, at: usize) -> &str {
    id(resource).split('/').nth(at).unwrap_or_default()
}

/// Returns the columns of the table `resources`. Type and group are in lower case there (general knowledge).
fn table_row(registry: Value, tenant: &str) -> Value {
    // A missing column is null.
    json!({
        "id": registry["id"], "name": registry["name"], "type": REGISTRIES.to_ascii_lowercase(), "tenantId": tenant,
        "kind": "", "location": registry["location"], "resourceGroup": segment(&registry, 4).to_ascii_lowercase(),
        "subscriptionId": segment(&registry, 2), "managedBy": "", "sku": registry["sku"], "plan": null,
        "properties": registry["properties"], "tags": registry["tags"], "identity": registry["identity"],
        "zones": null, "extendedLocation": null, "systemData": registry["systemData"],
    })
}

/// Answers one page: `$top` rows from `$skipToken` or `$skip` on. A token is the number of the next row.
fn page(rows: Vec<Value>, options: &Value) -> Answered {
    if !options["resultFormat"].is_null() && !is(options, "/resultFormat", "objectArray") {
        return Err(errors::not_established(
            "a Resource Graph result that is not an objectArray",
        ));
    }
    let top = number(options, "$top").unwrap_or(MOST_ROWS);
    // A token takes precedence over `$skip`.
    let from = match options["$skipToken"].as_str() {
        Some(token) => token.parse().map_err(|_| {
            let message = "ringfence sandbox: not a `$skipToken` of this sandbox";
            errors::gateway(StatusCode::BAD_REQUEST, "BadRequest", message)
        })?,
        None => number(options, "$skip").unwrap_or(0),
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

fn number(options: &Value, key: &str) -> Option<usize> {
    usize::try_from(options[key].as_u64()?).ok()
}
