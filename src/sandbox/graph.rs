//! Resource Graph for registry queries: a small part of KQL.
//!
//! `resources | where type =~ 'microsoft.containerregistry/registries'`, then any of `where FIELD ==|=~ 'TEXT'`,
//! `project NAME[=FIELD], …`, `order by FIELD [asc|desc]`, `limit N`. All else is answered 501. Registries show
//! what the newest stable api-version shows, so no subnet rules (inferred from the documentation, which says
//! that mostly the newest version that is no preview is used).

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::answer::{Answer, Answered};
use super::body::{id, is, list};
use super::projection::project;
use super::registry::REGISTRIES;
use super::request::Request;
use super::server::Identity;
use super::store::Store;
use super::version_matrix;
use super::{Options, auth, errors};

/// Stable versions (specification).
const VERSIONS: &[&str] = &["2021-03-01", "2022-10-01", "2024-04-01"];
/// The newest stable version of registries.
const SHOWN_AT: &str = "2025-11-01";
const MOST_ROWS: usize = 1000;

/// Whether a path is that of a query.
pub(super) fn is_query(segments: &[&str]) -> bool {
    let wanted = ["providers", "microsoft.resourcegraph", "resources"];
    segments.len() == wanted.len()
        && segments
            .iter()
            .zip(wanted)
            .all(|(a, b)| a.eq_ignore_ascii_case(b))
}

/// Answers POST `/providers/Microsoft.ResourceGraph/resources`.
pub(super) fn answer(
    store: &Store,
    options: &Options,
    identity: &Identity,
    request: &Request,
) -> Answered {
    let claims = auth::authenticate(identity, request)?;
    let version = request.query("api-version").unwrap_or_default();
    if request.method != Method::POST || !VERSIONS.contains(&version) {
        return Err(errors::not_established(&format!(
            "Resource Graph at api-version `{version}`"
        )));
    }
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
    let row = version_matrix::find(SHOWN_AT)
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
    let registries = store
        .resources
        .values()
        .filter(|resource| is(resource, "/type", REGISTRIES));
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

/// A query that the sandbox understands.
#[derive(Debug, Default, PartialEq)]
struct Query {
    stages: Vec<Stage>,
}

#[derive(Debug, PartialEq)]
enum Stage {
    Where {
        field: String,
        wanted: String,
        any_case: bool,
    },
    Project(Vec<(String, String)>),
    Order {
        field: String,
        descending: bool,
    },
    Limit(usize),
}

impl Query {
    fn parse(text: &str) -> Option<Self> {
        let mut stages = text.split('|').map(str::trim);
        if !stages.next()?.eq_ignore_ascii_case("resources") {
            return None;
        }
        let stages: Vec<Stage> = stages.map(Stage::parse).collect::<Option<_>>()?;
        let of_registries = |stage: &Stage| {
            matches!(stage, Stage::Where { field, wanted, any_case } if field == "type"
                && if *any_case { wanted.eq_ignore_ascii_case(REGISTRIES) } else { *wanted == REGISTRIES.to_ascii_lowercase() })
        };
        stages.iter().any(of_registries).then_some(Self { stages })
    }

    fn run(&self, mut rows: Vec<Value>) -> Vec<Value> {
        for stage in &self.stages {
            stage.run(&mut rows);
        }
        rows
    }
}

impl Stage {
    fn parse(text: &str) -> Option<Self> {
        let (verb, rest) = text.split_once(char::is_whitespace)?;
        let rest = rest.trim();
        match verb {
            "where" => Self::filter(rest),
            "project" => rest
                .split(',')
                .map(column)
                .collect::<Option<_>>()
                .map(Self::Project),
            "limit" | "take" => rest.parse().ok().map(Self::Limit),
            "order" | "sort" => {
                let mut words = rest.strip_prefix("by")?.split_whitespace();
                let (field, direction) = (words.next()?, words.next().unwrap_or("desc"));
                let known =
                    words.next().is_none() && ["asc", "desc"].contains(&direction) && is_field(field);
                known.then(|| Self::Order {
                    field: field.to_owned(),
                    descending: direction == "desc",
                })
            }
            _ => None,
        }
    }

    fn filter(text: &str) -> Option<Self> {
        let (field, wanted, any_case) = text
            .split_once("=~")
            .map(|(field, wanted)| (field, wanted, true))
            .or_else(|| {
                text.split_once("==")
                    .map(|(field, wanted)| (field, wanted, false))
            })?;
        let (field, wanted) = (field.trim(), wanted.trim());
        let quoted = |quote| wanted.strip_prefix(quote)?.strip_suffix(quote);
        let wanted = quoted('\'').or_else(|| quoted('"'))?;
        let plain = !wanted.contains(['\'', '"', '\\']);
        (is_field(field) && plain).then(|| Self::Where {
            field: field.to_owned(),
            wanted: wanted.to_owned(),
            any_case,
        })
    }

    fn run(&self, rows: &mut Vec<Value>) {
        match self {
            Self::Where {
                field,
                wanted,
                any_case,
            } => rows.retain(|row| {
                let value = value(row, field).as_str().unwrap_or_default();
                if *any_case {
                    value.eq_ignore_ascii_case(wanted)
                } else {
                    value == wanted
                }
            }),
            Self::Project(columns) => {
                for row in rows {
                    *row = columns
                        .iter()
                        .map(|(name, field)| (name.clone(), value(row, field).clone()))
                        .collect();
                }
            }
            Self::Order { field, descending } => {
                rows.sort_by_key(|row| value(row, field).to_string());
                if *descending {
                    rows.reverse();
                }
            }
            Self::Limit(limit) => rows.truncate(*limit),
        }
    }
}

/// `name = field`, or a field, which is then named by its parts (`properties_publicNetworkAccess`).
fn column(text: &str) -> Option<(String, String)> {
    let (name, field) = match text.split_once('=') {
        Some((name, field)) => (name.trim().to_owned(), field.trim()),
        None => (text.trim().replace('.', "_"), text.trim()),
    };
    (is_field(field) && is_field(&name)).then(|| (name, field.to_owned()))
}

fn is_field(text: &str) -> bool {
    let part =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    text.split('.').all(part)
}

fn value<'a>(row: &'a Value, field: &str) -> &'a Value {
    static NONE: Value = Value::Null;
    field
        .split('.')
        .try_fold(row, |value, part| value.get(part))
        .unwrap_or(&NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_queries_for_registries_in_the_documented_forms_are_understood() {
        let base = "resources | where type =~ 'microsoft.containerregistry/registries'";
        let taken = [
            base.to_owned(),
            format!("{base} | project id"),
            "Resources | where type == 'microsoft.containerregistry/registries' | order by id asc | limit 5".to_owned(),
            format!(
                "{base} | where subscriptionId == \"s\" | project id, mode = properties.networkRuleSet.defaultAction"
            ),
        ];
        let refused = [
            "resources".to_owned(),
            "resources | where type =~ 'microsoft.compute/virtualmachines'".to_owned(),
            format!("{base} | summarize count()"),
            format!("{base} or 1 == 1"),
            format!("{base} | project tolower(id)"),
            "resourcecontainers | where type =~ 'microsoft.containerregistry/registries'".to_owned(),
        ];
        for query in taken {
            assert!(Query::parse(&query).is_some(), "{query}");
        }
        for query in refused {
            assert_eq!(Query::parse(&query), None, "{query}");
        }
    }
}
