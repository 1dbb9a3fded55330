//! The generic list of resources with `$filter`, and locks.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::answer::{Answer, Answered};
use super::arm::Call;
use super::body::{id, text};
use super::providers::VERSIONS;
use super::{errors, governance, paging};

/// Versions of Microsoft.Authorization/locks (specification).
const LOCK_VERSIONS: &[&str] = &["2015-01-01", "2016-09-01", "2017-04-01", "2020-05-01"];

/// Keys of a list entry, in order: no `properties` (recorded: azure-cli test_acr_create_replication, 2021-05).
const KEYS: &[&str] = &[
    "id",
    "name",
    "type",
    "kind",
    "sku",
    "managedBy",
    "identity",
    "location",
    "tags",
    "systemData",
];

/// Answers `/subscriptions/{s}/resources` and `…/resourceGroups/{group}/resources`.
pub(super) fn list(call: &Call<'_>, group: Option<&str>) -> Answered {
    call.known_version(VERSIONS)?;
    if call.request.method != Method::GET {
        return Err(errors::not_served(&format!(
            "{} of the resource list",
            call.request.method
        )));
    }
    if let Some(group) = group {
        call.require_group(group)?;
    }
    let terms = terms(call.request.query("$filter").unwrap_or_default())?;
    let prefix = super::groups::key(call.subscription, group.unwrap_or_default());
    let prefix = if group.is_some() {
        format!("{prefix}/")
    } else {
        prefix
    };
    let all = call.store.under(&prefix).map(|(_, resource)| resource);
    // What has a place is listed: a group has one too, but is no resource; locks and the like have none.
    let listed = all.filter(|resource| {
        resource.get("location").is_some()
            && id(resource).split('/').count() > 5
            && terms.iter().all(|term| term.holds(resource))
    });
    let listed: Vec<&Value> = listed.collect();
    let expand = call.request.query("$expand").unwrap_or_default();
    paging::answer(call, &listed, |resource| Ok(entry(resource, expand)))
}

fn entry(resource: &Value, expand: &str) -> Value {
    let mut entry = Map::new();
    for key in KEYS {
        if let Some(value) = resource.get(*key).filter(|value| !value.is_null()) {
            entry.insert((*key).to_owned(), value.clone());
        }
    }
    entry.insert("name".to_owned(), full_name(resource).into());
    // Times end in `Z` here (recorded: same).
    for key in ["createdAt", "lastModifiedAt"] {
        if let Some(time) = entry.get_mut("systemData").and_then(|data| data.get_mut(key)) {
            *time = time.as_str().unwrap_or_default().replace("+00:00", "Z").into();
        }
    }
    expand_with(&mut entry, resource, expand);
    Value::Object(entry)
}

/// A nested resource is listed as `parent/child` (general knowledge).
fn full_name(resource: &Value) -> String {
    let names: Vec<&str> = id(resource).split('/').skip(8).step_by(2).collect();
    names.join("/")
}

/// `$expand` of `createdTime`, `changedTime` and `provisioningState` (specification).
fn expand_with(entry: &mut Map<String, Value>, resource: &Value, expand: &str) {
    let asked = |name: &str| {
        expand
            .split(',')
            .any(|part| part.trim().eq_ignore_ascii_case(name))
    };
    let fields = [
        ("createdTime", "/systemData/createdAt"),
        ("changedTime", "/systemData/lastModifiedAt"),
        ("provisioningState", "/properties/provisioningState"),
    ];
    for (name, pointer) in fields {
        if let Some(value) = resource.pointer(pointer).filter(|_| asked(name)) {
            entry.insert(name.to_owned(), value.clone());
        }
    }
}

/// One comparison of a `$filter`.
enum Term {
    Equals(&'static str, String),
    NameContains(String),
    TagName(String),
    TagValue(String),
}

impl Term {
    fn holds(&self, resource: &Value) -> bool {
        match self {
            Self::Equals("resourceType", wanted) => text(resource, "/type").eq_ignore_ascii_case(wanted),
            Self::Equals("resourceGroup", wanted) => id(resource)
                .split('/')
                .nth(4)
                .is_some_and(|group| group.eq_ignore_ascii_case(wanted)),
            Self::Equals(field, wanted) => {
                text(resource, &format!("/{field}")).eq_ignore_ascii_case(wanted)
            }
            Self::NameContains(part) => text(resource, "/name")
                .to_ascii_lowercase()
                .contains(&part.to_ascii_lowercase()),
            Self::TagName(name) => tags(resource).any(|(key, _)| key.eq_ignore_ascii_case(name)),
            Self::TagValue(value) => tags(resource).any(|(_, known)| known.as_str() == Some(value)),
        }
    }
}

fn tags(resource: &Value) -> impl Iterator<Item = (&String, &Value)> {
    resource
        .get("tags")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// The forms that Azure's clients send: equalities and `substringof`, joined by `and` (Resources - List).
fn terms(filter: &str) -> Result<Vec<Term>, Answer> {
    if filter.trim().is_empty() {
        return Ok(Vec::new());
    }
    let open = || errors::not_established(&format!("the filter `{filter}`"));
    split_and(filter)
        .map(|part| term(part.trim()).ok_or_else(open))
        .collect()
}

/// The parts between `and`s. A quoted value with ` and ` in it is not taken apart.
fn split_and(filter: &str) -> impl Iterator<Item = &str> {
    let lower = filter.to_ascii_lowercase();
    let mut parts = Vec::new();
    let (mut from, mut search) = (0, 0);
    while let Some(at) = lower[search..].find(" and ").map(|at| at + search) {
        search = at + 5;
        if filter[from..at].matches('\'').count().is_multiple_of(2) {
            parts.push(&filter[from..at]);
            from = search;
        }
    }
    parts.push(&filter[from..]);
    parts.into_iter()
}

fn term(part: &str) -> Option<Term> {
    if let Some(inside) = part
        .strip_prefix("substringof(")
        .and_then(|rest| rest.strip_suffix(')'))
    {
        let (value, field) = inside.rsplit_once(',')?;
        return field
            .trim()
            .eq_ignore_ascii_case("name")
            .then_some(Term::NameContains(unquoted(value)?));
    }
    let mut words = part.splitn(3, ' ');
    let (field, operator, value) = (words.next()?, words.next()?, words.next()?);
    let value = unquoted(value).filter(|_| operator.eq_ignore_ascii_case("eq"))?;
    match field.to_ascii_lowercase().as_str() {
        "resourcetype" => Some(Term::Equals("resourceType", value)),
        "resourcegroup" => Some(Term::Equals("resourceGroup", value)),
        "name" => Some(Term::Equals("name", value)),
        "location" => Some(Term::Equals("location", value)),
        "tagname" => Some(Term::TagName(value)),
        "tagvalue" => Some(Term::TagValue(value)),
        _ => None,
    }
}

/// The text of an OData string: a doubled quote is one.
fn unquoted(value: &str) -> Option<String> {
    let inside = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    Some(inside.replace("''", "'"))
}

/// GET of the locks at a scope and above it. `path` follows the subscription.
pub(super) fn locks(call: &Call<'_>, path: &[&str]) -> Answered {
    call.known_version(LOCK_VERSIONS)?;
    if call.request.method != Method::GET {
        return Err(errors::not_served(&format!("{} of locks", call.request.method)));
    }
    let scope = format!("/subscriptions/{}/{}", call.subscription, path.join("/"));
    let scope = scope.trim_end_matches('/');
    let found =
        governance::locks(call).filter(|lock| governance::within(scope, governance::locked_scope(lock)));
    let found: Vec<&Value> = found.collect();
    Ok(Answer::ok(json!({ "value": found })))
}
