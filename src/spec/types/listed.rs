//! Listed rules and values, with the place that they come from and what is said about them.

use std::sync::Arc;

use crate::model::Rule;

/// A place in a YAML file; lines and columns count from 1.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
pub struct Source {
    pub file: Arc<str>,
    pub line: u32,
    pub column: u32,
}

/// A value and the place where it is written. `source` is `None` if no file has the value, as for `restore`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    pub value: T,
    pub source: Option<Source>,
}

/// A rule with its origin: wanted by a spec, or added or removed by a plan.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[schemars(rename = "Rule", description = "One rule that goes in or out.")]
pub struct ListedRule {
    /// An address or range, or a subnet id, as it is sent or as it was read.
    #[serde(rename = "value")]
    #[schemars(with = "String")]
    pub rule: Rule,
    /// The named network or subnet of the spec.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// The place in the spec that asks for the rule, or where the rule expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// `None` if the file gives no information about the rule.
    #[serde(flatten)]
    pub info: Option<Arc<RuleInfo>>,
}

/// Information about a rule: owner, reason, ticket and last day.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub struct RuleInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Arc<str>>,
    /// First day on which the rule is no longer wanted, as `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub expires: Option<jiff::civil::Date>,
}

impl ListedRule {
    /// Returns the first day on which the rule is no longer wanted.
    pub fn expires(&self) -> Option<jiff::civil::Date> {
        self.info.as_ref()?.expires
    }
}

impl From<Rule> for ListedRule {
    fn from(rule: Rule) -> Self {
        Self {
            rule,
            name: None,
            source: None,
            info: None,
        }
    }
}

impl<T> Sourced<T> {
    /// Wraps a value that no file has.
    pub fn unsourced(value: T) -> Self {
        Self { value, source: None }
    }
}
