//! The part of KQL that the sandbox's Resource Graph understands.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::sandbox::forms::types::REGISTRIES;

/// Columns of the table `resources`.
const COLUMNS: &[&str] = &[
    "id",
    "name",
    "type",
    "tenantId",
    "kind",
    "location",
    "resourceGroup",
    "subscriptionId",
    "managedBy",
    "sku",
    "plan",
    "properties",
    "tags",
    "identity",
    "zones",
    "extendedLocation",
    "systemData",
];

/// A query that the sandbox understands.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Query {
    operators: Vec<TabularOperator>,
}

/// One step of a query, between two `|`.
#[derive(Debug, PartialEq)]
enum TabularOperator {
    Where {
        field: String,
        wanted: String,
        any_case: bool,
    },
    /// New names and fields.
    Project(Vec<(String, String)>),
    Order {
        field: String,
        descending: bool,
    },
    Limit(usize),
}

impl Query {
    /// Parses a query of registries. Returns `None` for any other query.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('|').map(str::trim);
        if !parts.next()?.eq_ignore_ascii_case("resources") {
            return None;
        }
        let operators: Option<Vec<_>> = parts.map(TabularOperator::parse).collect();
        let operators = operators?;
        // The table holds registries only, so a query of other types would get a wrong answer.
        let of_registries = operators.iter().any(TabularOperator::selects_registries);
        (of_registries && columns_exist(&operators)).then_some(Self { operators })
    }

    /// Returns the rows that the query selects.
    pub(crate) fn run(&self, mut rows: Vec<Value>) -> Vec<Value> {
        for operator in &self.operators {
            operator.run(&mut rows);
        }
        rows
    }
}

/// Returns true if each operator names columns that the operators before it leave. Azure refuses others.
fn columns_exist(operators: &[TabularOperator]) -> bool {
    let mut columns: Vec<&str> = COLUMNS.to_vec();
    for operator in operators {
        let fields: Vec<&str> = match operator {
            TabularOperator::Where { field, .. } | TabularOperator::Order { field, .. } => vec![field],
            TabularOperator::Project(projected) => {
                projected.iter().map(|(_, field)| field.as_str()).collect()
            }
            TabularOperator::Limit(_) => Vec::new(),
        };
        for field in fields {
            let column = field.split('.').next().unwrap_or_default();
            if !columns.contains(&column) {
                return false;
            }
        }
        if let TabularOperator::Project(projected) = operator {
            columns = projected.iter().map(|(name, _)| name.as_str()).collect();
            // A table has each column once.
            let distinct: BTreeSet<&&str> = columns.iter().collect();
            if distinct.len() < columns.len() {
                return false;
            }
        }
    }
    true
}

impl TabularOperator {
    fn parse(text: &str) -> Option<Self> {
        // Every operator has an argument.
        let (verb, rest) = text.split_once(char::is_whitespace)?;
        let rest = rest.trim();
        match verb {
            "where" => Self::parse_where(rest),
            "project" => {
                let columns: Option<Vec<_>> = rest.split(',').map(column).collect();
                Some(Self::Project(columns?))
            }
            "limit" | "take" => Some(Self::Limit(rest.parse().ok()?)),
            "order" | "sort" => Self::parse_order(rest.strip_prefix("by")?),
            _ => None,
        }
    }

    /// Parses `FIELD =~ 'TEXT'` or `FIELD == 'TEXT'`.
    fn parse_where(text: &str) -> Option<Self> {
        let (field, wanted, any_case) = match text.split_once("=~") {
            Some((field, wanted)) => (field.trim(), wanted.trim(), true),
            None => {
                let (field, wanted) = text.split_once("==")?;
                (field.trim(), wanted.trim(), false)
            }
        };
        let wanted = unquote(wanted)?;
        // No source says whether a missing value equals an empty text.
        if !is_field(field) || wanted.is_empty() || wanted.contains(['\'', '"', '\\']) {
            return None;
        }
        Some(Self::Where {
            field: field.to_owned(),
            wanted: wanted.to_owned(),
            any_case,
        })
    }

    /// Parses `FIELD [asc|desc]`. KQL's default is descending.
    fn parse_order(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (field, descending) = match words.as_slice() {
            [field] | [field, "desc"] => (*field, true),
            [field, "asc"] => (*field, false),
            _ => return None,
        };
        let valid = is_field(field);
        let field = field.to_owned();
        valid.then_some(Self::Order { field, descending })
    }

    fn selects_registries(&self) -> bool {
        match self {
            // Resource Graph stores types in lower case.
            Self::Where {
                field,
                wanted,
                any_case,
            } if field == "type" => {
                if *any_case {
                    wanted.eq_ignore_ascii_case(REGISTRIES)
                } else {
                    *wanted == REGISTRIES.to_ascii_lowercase()
                }
            }
            _ => false,
        }
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
                    let mut projected = Map::new();
                    for (name, field) in columns {
                        projected.insert(name.clone(), value(row, field).clone());
                    }
                    *row = Value::Object(projected);
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

/// Returns the text between two quotes of one kind.
fn unquote(text: &str) -> Option<&str> {
    for quote in ['\'', '"'] {
        if let Some(rest) = text.strip_prefix(quote)
            && let Some(inner) = rest.strip_suffix(quote)
        {
            return Some(inner);
        }
    }
    None
}

/// Parses `NAME = FIELD`, or a field, whose name is then made of its parts (`properties_publicNetworkAccess`).
fn column(text: &str) -> Option<(String, String)> {
    let (name, field) = match text.split_once('=') {
        Some((name, field)) => (name.trim().to_owned(), field.trim()),
        None => (text.trim().replace('.', "_"), text.trim()),
    };
    let valid = is_field(field) && is_field(&name);
    valid.then(|| (name, field.to_owned()))
}

fn is_field(text: &str) -> bool {
    text.split('.').all(is_identifier)
}

fn is_identifier(text: &str) -> bool {
    let mut bytes = text.bytes();
    !text.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Returns the value of a field such as `properties.sku.name`, null if there is none.
fn value<'a>(row: &'a Value, field: &str) -> &'a Value {
    let mut value = row;
    for part in field.split('.') {
        value = &value[part];
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_documented_queries_of_registries_are_understood() {
        let base = "resources | where type =~ 'microsoft.containerregistry/registries'";
        let taken = [
            base.to_owned(),
            format!("{base} | project id"),
            format!("{base} | project who = name | where who == 'x' | order by who"),
            "Resources | where type == 'microsoft.containerregistry/registries' | order by id asc | limit 5".to_owned(),
            format!(
                "{base} | where subscriptionId == \"s\" | project id, mode = properties.networkRuleSet.defaultAction"
            ),
        ];
        let refused = [
            "resources".to_owned(),
            "resources | where type =~ 'microsoft.compute/virtualmachines'".to_owned(),
            format!("{base} | summarize count()"),
            format!("{base} | order by nope"),
            format!("{base} | where name == ''"),
            format!("{base} | project id | where name == 'x'"),
            format!("{base} | project nope"),
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
