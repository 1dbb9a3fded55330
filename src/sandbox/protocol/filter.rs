//! `$filter` of the generic list and of resource groups.
//!
//! The sandbox reads what "Resources - List" and "Resource Groups - List" document and Azure's clients send: equalities
//! and `substringof`, joined by `and`, and a tag's name with its value. Everything else (`or`, `ne`, words after a
//! condition, operators in another case) is answered 501, because an empty list would be a wrong answer.

use serde_json::Value;

use super::errors;
use super::json::{id, text};
use super::response::Answer;

/// A `$filter` that was read.
#[derive(Default)]
pub(crate) struct Filter {
    conditions: Vec<Condition>,
}

/// One condition of a filter.
enum Condition {
    /// The field equals the text, without case.
    Equals(Field, String),
    /// The text is part of the field, without case.
    Contains(Field, String),
    /// The resource has a tag of this name and, if given, this value. Case counts in values only (tag-resources).
    Tag(String, Option<String>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Type,
    Group,
    Name,
    Location,
    TagName,
    TagValue,
}

const FIELDS: [(&str, Field); 6] = [
    ("resourceType", Field::Type),
    ("resourceGroup", Field::Group),
    ("name", Field::Name),
    ("location", Field::Location),
    ("tagName", Field::TagName),
    ("tagValue", Field::TagValue),
];

impl Filter {
    /// Reads a `$filter`. An empty one holds for every resource.
    ///
    /// # Errors
    ///
    /// A 501 for a filter that is not documented.
    pub(crate) fn parse(filter: &str) -> Result<Self, Answer> {
        if filter.trim().is_empty() {
            return Ok(Self::default());
        }
        match conditions(filter) {
            Some(conditions) => Ok(Self { conditions }),
            None => Err(errors::not_established(&format!("the filter `{filter}`"))),
        }
    }

    /// Returns true if all conditions hold for a resource.
    pub(crate) fn holds(&self, resource: &Value) -> bool {
        self.conditions.iter().all(|condition| condition.holds(resource))
    }

    /// Returns true if the filter is one of groups: nothing but tags.
    pub(crate) fn is_of_tags(&self) -> bool {
        for condition in &self.conditions {
            if !matches!(condition, Condition::Tag(..)) {
                return false;
            }
        }
        true
    }

    /// Returns true if answers leave out tags: "When you filter by a tag name and value, the tags for each resource
    /// are not returned in the results" (Resources - List).
    pub(crate) fn hides_tags(&self) -> bool {
        for condition in &self.conditions {
            if matches!(condition, Condition::Tag(_, Some(_))) {
                return true;
            }
        }
        false
    }
}

impl Condition {
    fn holds(&self, resource: &Value) -> bool {
        match self {
            Self::Equals(field, wanted) => value(resource, *field).eq_ignore_ascii_case(wanted),
            Self::Contains(field, part) => {
                let value = value(resource, *field).to_ascii_lowercase();
                value.contains(&part.to_ascii_lowercase())
            }
            Self::Tag(name, wanted) => has_tag(resource, name, wanted.as_deref()),
        }
    }
}

fn has_tag(resource: &Value, name: &str, wanted: Option<&str>) -> bool {
    let Some(Value::Object(tags)) = resource.get("tags") else {
        return false;
    };
    for (key, value) in tags {
        if key.eq_ignore_ascii_case(name) && (wanted.is_none() || value.as_str() == wanted) {
            return true;
        }
    }
    false
}

/// Returns a field's value as the list shows it; tags are not fields.
fn value(resource: &Value, field: Field) -> String {
    match field {
        Field::Type => text(resource, "/type").to_owned(),
        Field::Group => id(resource).split('/').nth(4).unwrap_or_default().to_owned(),
        Field::Name => full_name(resource),
        Field::Location => text(resource, "/location").to_owned(),
        Field::TagName | Field::TagValue => String::new(),
    }
}

/// Returns the name in lists: `parent/child` for a nested resource (general knowledge).
pub(crate) fn full_name(resource: &Value) -> String {
    let names: Vec<&str> = id(resource).split('/').skip(8).step_by(2).collect();
    names.join("/")
}

/// Reads the conditions of a filter, `None` for one that is not documented.
fn conditions(filter: &str) -> Option<Vec<Condition>> {
    let mut terms = Vec::new();
    let mut tags = false;
    for part in split_and(filter) {
        let term = term(part.trim())?;
        tags |= matches!(term, Condition::Equals(Field::TagName | Field::TagValue, _));
        terms.push(term);
    }
    if tags { tag_condition(&terms) } else { Some(terms) }
}

/// Makes one condition of a tag's name and value. A value without a name, and tags next to other conditions, are not
/// documented.
fn tag_condition(terms: &[Condition]) -> Option<Vec<Condition>> {
    match terms {
        [Condition::Equals(Field::TagName, name)] => Some(vec![Condition::Tag(name.clone(), None)]),
        [
            Condition::Equals(Field::TagName, name),
            Condition::Equals(Field::TagValue, value),
        ] => Some(vec![Condition::Tag(name.clone(), Some(value.clone()))]),
        _ => None,
    }
}

/// Splits a filter at each ` and ` outside of quotes.
fn split_and(filter: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut from, mut search) = (0, 0);
    while let Some(found) = filter[search..].find(" and ") {
        let at = search + found;
        search = at + " and ".len();
        // An odd number of quotes before it means that it is inside of them.
        if filter[from..at].matches('\'').count().is_multiple_of(2) {
            parts.push(&filter[from..at]);
            from = search;
        }
    }
    parts.push(&filter[from..]);
    parts
}

/// Reads `NAME eq 'TEXT'` or `substringof('TEXT', NAME)`.
fn term(part: &str) -> Option<Condition> {
    if let Some(inside) = part.strip_prefix("substringof(") {
        let (value, name) = inside.strip_suffix(')')?.rsplit_once(',')?;
        return match field(name.trim())? {
            field @ (Field::Name | Field::Group) => Some(Condition::Contains(field, unquoted(value)?)),
            _ => None,
        };
    }
    let mut words = part.splitn(3, ' ');
    let (name, operator, value) = (words.next()?, words.next()?, words.next()?);
    let (field, value) = (field(name)?, unquoted(value)?);
    // No source says which spellings of a region the filter takes. Azure's own are in lower case.
    let display_name = field == Field::Location && value.contains(' ');
    if operator != "eq" || display_name {
        return None;
    }
    Some(Condition::Equals(field, value))
}

fn field(name: &str) -> Option<Field> {
    for (known, field) in FIELDS {
        if known.eq_ignore_ascii_case(name) {
            return Some(field);
        }
    }
    None
}

/// Reads an OData string, in which a doubled quote stands for one. `None` if a single quote ends it early.
fn unquoted(value: &str) -> Option<String> {
    let inside = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    if inside.replace("''", "").contains('\'') {
        return None;
    }
    Some(inside.replace("''", "'"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resource() -> Value {
        json!({
            "id": "/subscriptions/s/resourceGroups/Rg-One/providers/P.N/registries/contoso/replications/westus",
            "type": "P.N/registries/replications", "name": "westus", "location": "westus",
            "tags": {"Team": "a", "note": "it's and 'so' or"},
        })
    }

    #[test]
    fn documented_filters_are_read() {
        let rows = [
            ("", true),
            ("resourceType eq 'p.n/REGISTRIES/replications'", true),
            ("resourcetype eq 'p.n/registries'", false),
            ("resourceGroup eq 'rg-one' and location eq 'westus'", true),
            ("name eq 'contoso/westus'", true),
            ("name eq 'westus'", false),
            ("substringof('TOSO', name)", true),
            (
                "substringof('one',resourceGroup) and substringof('x',name)",
                false,
            ),
            ("tagName eq 'team'", true),
            ("tagName eq 'team' and tagValue eq 'a'", true),
            ("tagName eq 'team' and tagValue eq 'A'", false),
            ("tagName eq 'note' and tagValue eq 'it''s and ''so'' or'", true),
            ("tagName eq 'team' and tagValue eq 'it''s and ''so'' or'", false),
        ];
        for (filter, want) in rows {
            let Ok(parsed) = Filter::parse(filter) else {
                panic!("`{filter}` was refused");
            };
            assert_eq!(parsed.holds(&resource()), want, "{filter}");
        }
    }

    #[test]
    fn other_filters_are_refused() {
        let rows = [
            "resourceType eq 'a' or resourceType eq 'b'",
            "name eq 'contoso' or name eq 'b'",
            "name eq 'a' 'b'",
            "name eq 'a'b'",
            "name eq 'a",
            "name eq a",
            "name eq '''",
            "name eq ",
            "name  eq 'a'",
            "name ne 'a'",
            "name EQ 'a'",
            "name eq 'a' AND name eq 'b'",
            "name eq 'a' and",
            " and name eq 'a'",
            "name eq 'a' and  and name eq 'b'",
            "not name eq 'a'",
            "(name eq 'a')",
            "'a' eq name",
            "id eq 'a'",
            "location eq 'West US'",
            "substringof('a', location)",
            "substringof('a','b',name)",
            "substringof('a', name) or substringof('b', name)",
            "startswith(tagName, 'a')",
            "tagValue eq 'a'",
            "tagName eq 'a' and tagName eq 'b'",
            "tagName eq 'a' and name eq 'b'",
            "identity eq 'a'",
            "$filter=name eq 'a'",
            "name eq 'a';",
            "é and ü",
        ];
        for filter in rows {
            assert!(Filter::parse(filter).is_err(), "{filter}");
        }
    }
}
