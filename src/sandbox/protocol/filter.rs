//! `$filter` of the generic list and of resource groups.
//!
//! Served is what "Resources - List" and "Resource Groups - List" document and Azure's clients send: equalities
//! and `substringof`, joined by `and`, and a tag's name with its value. Anything else (`or`, `ne`, words after a
//! condition, operators in another case) is 501: an empty list in its place would be a wrong answer.

use serde_json::Value;

use super::errors;
use super::json::{id, text};
use super::response::Answer;

/// A `$filter` that was understood.
#[derive(Default)]
pub(crate) struct Filter {
    conditions: Vec<Condition>,
}

enum Condition {
    /// The field equals the text, without case.
    Equals(Field, String),
    /// The text is part of the field, without case.
    Contains(Field, String),
    /// A tag of this name, with this value where one is given. Tag names have no case, values have
    /// (tag-resources).
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
    /// Reads a `$filter`; an empty one holds for everything.
    pub(crate) fn parse(filter: &str) -> Result<Self, Answer> {
        if filter.trim().is_empty() {
            return Ok(Self::default());
        }
        let terms: Option<Vec<Condition>> = split_and(filter).map(|part| term(part.trim())).collect();
        terms
            .and_then(with_tags)
            .map(|conditions| Self { conditions })
            .ok_or_else(|| errors::not_established(&format!("the filter `{filter}`")))
    }

    pub(crate) fn holds(&self, resource: &Value) -> bool {
        self.conditions.iter().all(|condition| condition.holds(resource))
    }

    /// Whether there is nothing but tags, which is what groups can be filtered by.
    pub(crate) fn is_of_tags(&self) -> bool {
        let is_tag = |condition: &Condition| matches!(condition, Condition::Tag(..));
        self.conditions.iter().all(is_tag)
    }

    /// "When you filter by a tag name and value, the tags for each resource are not returned in the results"
    /// (Resources - List).
    pub(crate) fn hides_tags(&self) -> bool {
        let is_pair = |condition: &Condition| matches!(condition, Condition::Tag(_, Some(_)));
        self.conditions.iter().any(is_pair)
    }
}

impl Condition {
    fn holds(&self, resource: &Value) -> bool {
        match self {
            Self::Equals(field, wanted) => value(resource, *field).eq_ignore_ascii_case(wanted),
            Self::Contains(field, part) => value(resource, *field)
                .to_ascii_lowercase()
                .contains(&part.to_ascii_lowercase()),
            Self::Tag(name, wanted) => tags(resource).any(|(key, known)| {
                let same = |wanted: &String| known.as_str() == Some(wanted);
                key.eq_ignore_ascii_case(name) && wanted.as_ref().is_none_or(same)
            }),
        }
    }
}

/// The name is the one that the list shows, `parent/child` for a nested resource.
fn value(resource: &Value, field: Field) -> String {
    match field {
        Field::Type => text(resource, "/type").to_owned(),
        Field::Group => id(resource).split('/').nth(4).unwrap_or_default().to_owned(),
        Field::Name => full_name(resource),
        Field::Location => text(resource, "/location").to_owned(),
        Field::TagName | Field::TagValue => String::new(),
    }
}

/// A nested resource is listed as `parent/child` (general knowledge).
pub(crate) fn full_name(resource: &Value) -> String {
    let names: Vec<&str> = id(resource).split('/').skip(8).step_by(2).collect();
    names.join("/")
}

fn tags(resource: &Value) -> impl Iterator<Item = (&String, &Value)> {
    resource
        .get("tags")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// A tag's name and value are one condition on one tag. A value without a name, or tags next to other
/// conditions, are not documented.
fn with_tags(terms: Vec<Condition>) -> Option<Vec<Condition>> {
    let is_tag =
        |term: &Condition| matches!(term, Condition::Equals(Field::TagName | Field::TagValue, _));
    if !terms.iter().any(is_tag) {
        return Some(terms);
    }
    match terms.as_slice() {
        [Condition::Equals(Field::TagName, name)] => Some(vec![Condition::Tag(name.clone(), None)]),
        [
            Condition::Equals(Field::TagName, name),
            Condition::Equals(Field::TagValue, value),
        ] => Some(vec![Condition::Tag(name.clone(), Some(value.clone()))]),
        _ => None,
    }
}

/// The parts between `and`s. A quoted value with ` and ` in it is not taken apart.
fn split_and(filter: &str) -> impl Iterator<Item = &str> {
    let mut parts = Vec::new();
    let (mut from, mut search) = (0, 0);
    while let Some(at) = filter[search..].find(" and ").map(|at| at + search) {
        search = at + 5;
        if filter[from..at].matches('\'').count().is_multiple_of(2) {
            parts.push(&filter[from..at]);
            from = search;
        }
    }
    parts.push(&filter[from..]);
    parts.into_iter()
}

fn term(part: &str) -> Option<Condition> {
    if let Some(inside) = part
        .strip_prefix("substringof(")
        .and_then(|rest| rest.strip_suffix(')'))
    {
        let (value, name) = inside.rsplit_once(',')?;
        let field = field(name.trim()).filter(|field| matches!(field, Field::Name | Field::Group));
        return Some(Condition::Contains(field?, unquoted(value)?));
    }
    let mut words = part.splitn(3, ' ');
    let (name, operator, value) = (words.next()?, words.next()?, words.next()?);
    let (field, value) = (field(name)?, unquoted(value)?);
    // Which spellings of a region the filter takes is not documented; Azure's own are in lower case.
    let display_name = field == Field::Location && value.contains(' ');
    (operator == "eq" && !display_name).then_some(Condition::Equals(field, value))
}

fn field(name: &str) -> Option<Field> {
    let found = FIELDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, field)| *field)
}

/// The text of an OData string, where a doubled quote is one. `None` where a lone quote ends it early.
fn unquoted(value: &str) -> Option<String> {
    let inside = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    let plain = inside.replace("''", "");
    (!plain.contains('\'')).then(|| inside.replace("''", "'"))
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
    fn what_is_documented_is_understood() {
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
                panic!("`{filter}` was not understood");
            };
            assert_eq!(parsed.holds(&resource()), want, "{filter}");
        }
    }

    #[test]
    fn anything_else_is_not_answered() {
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
