//! The table of findings: one row for each code.

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::RowPath;
use crate::spec::Severity;

/// How live state and spec differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Drift {
    /// Wanted, not live.
    Missing,
    /// Live, not wanted.
    Unexpected,
    /// A single value that is not the wanted one.
    Different,
    /// An expectation of the spec that the live state breaks.
    Expectation,
}

/// The code of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FindingCode {
    /// A live rule that the spec does not want.
    UnexpectedRule,
    /// A rule of the spec that is not live.
    MissingRule,
    /// A setting that does not have the wanted value.
    DifferentSetting,
    /// A wanted subnet without its service endpoint.
    MissingEndpoint,
    /// A wanted subnet that does not exist.
    GoneSubnet,
    /// A live rule that the spec does not want and that a plan leaves alone, because its clients are not known.
    UnreadableRule,
    /// An expectation of the spec that does not hold on the live state.
    BrokenExpectation,
    /// A wanted rule or setting that a lease holds, and that goes with it.
    HeldByLease,
}

impl FindingCode {
    /// Every code, with its severity and a line for the documentation.
    #[rustfmt::skip]
    pub const ALL: [(Self, Severity, &'static str); 8] = [
        (Self::UnexpectedRule, Severity::Error, "a live rule that the spec does not want"),
        (Self::MissingRule, Severity::Warning, "a rule of the spec that is not live"),
        (Self::DifferentSetting, Severity::Error, "a setting that does not have the wanted value"),
        (Self::MissingEndpoint, Severity::Warning, "a wanted subnet without its service endpoint"),
        (Self::GoneSubnet, Severity::Error, "a wanted subnet that does not exist"),
        (Self::UnreadableRule, Severity::Warning, "a live rule that the spec does not want and whose clients are not known"),
        (Self::BrokenExpectation, Severity::Error, "an expectation that does not hold on the live state"),
        (Self::HeldByLease, Severity::Warning, "a wanted rule or setting that a lease holds, and that goes with it"),
    ];

    /// Returns the code of a finding at this place; an expectation has none.
    pub(crate) fn of(drift: Drift, path: Option<RowPath>) -> Self {
        match (drift, path) {
            (Drift::Expectation, _) => Self::BrokenExpectation,
            (Drift::Different, Some(RowPath::Leases)) => Self::HeldByLease,
            (Drift::Different, _) => Self::DifferentSetting,
            (Drift::Unexpected, _) => Self::UnexpectedRule,
            (Drift::Missing, Some(RowPath::ServiceEndpoints)) => Self::MissingEndpoint,
            (Drift::Missing, _) => Self::MissingRule,
        }
    }

    /// Returns the severity.
    pub fn severity(self) -> Severity {
        Self::ALL[self as usize].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_the_order_of_the_codes() {
        for (row, (code, _, about)) in FindingCode::ALL.into_iter().enumerate() {
            assert_eq!(code as usize, row, "{about}");
            assert!(!about.is_empty() && !about.ends_with('.'), "{about}");
        }
    }
}
