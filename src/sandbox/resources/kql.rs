//! The part of KQL that Resource Graph understands here.

use serde_json::Value;

use crate::sandbox::forms::types::REGISTRIES;

/// A query that the sandbox understands.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Query {
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
    pub(crate) fn parse(text: &str) -> Option<Self> {
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

    pub(crate) fn run(&self, mut rows: Vec<Value>) -> Vec<Value> {
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
