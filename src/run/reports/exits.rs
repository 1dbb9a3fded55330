//! The exits of plans, applies and audits, by their summaries.

use crate::apply::ReportSummary;
use crate::audit::AuditSummary;
use crate::error::Exit;
use crate::plan::Summary;
use crate::spec::Severity;

/// Returns the exit of a plan. A registry that could not be read weighs more than a refusal, and a refusal more than a
/// change. A change counts only if the exit is `detailed`.
pub fn exit_of_plan(summary: &Summary, detailed: bool) -> Exit {
    if summary.failed > 0 {
        Exit::Failed
    } else if summary.refusals > 0 {
        Exit::Refused
    } else if detailed && summary.changed > 0 {
        Exit::Differs
    } else {
        Exit::Done
    }
}

/// Returns the exit of an audit. An audit that could not compare everything is a failure. Posture findings count from the
/// severity `fail_on`.
pub fn exit_of_audit(summary: &AuditSummary, fail_on: Severity) -> Exit {
    let found = summary.findings + summary.posture.at_least(fail_on);
    match (summary.incomplete + summary.places + summary.unanswered, found) {
        (0, 0) => Exit::Done,
        (0, _) => Exit::Differs,
        _ => Exit::Failed,
    }
}

/// Returns the exit of an apply. A partial write weighs most, as does one of an earlier run that is not effective yet; if
/// nothing was written, a failure weighs more than a refusal.
pub(crate) fn exit_of_apply(summary: &ReportSummary) -> Exit {
    let failed = summary.failed + summary.unknown + summary.unread > 0;
    let pending = summary.pending > 0;
    let refused = summary.refused > 0;
    // Without a failure, a refusal or a skipped step, everything is as wanted.
    if !failed && !pending && !refused && summary.skipped == 0 {
        Exit::Done
    } else if summary.written || pending {
        Exit::Partial
    } else if refused && !failed {
        Exit::Refused
    } else {
        Exit::Failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_tells_a_partial_write_from_a_failure() {
        let base = ReportSummary {
            registries: 2,
            ..ReportSummary::default()
        };
        let written = ReportSummary {
            done: 1,
            written: true,
            ..base
        };
        let rows = [
            (base, Exit::Done),
            (written, Exit::Done),
            (ReportSummary { failed: 1, ..written }, Exit::Partial),
            (
                ReportSummary {
                    refused: 1,
                    ..written
                },
                Exit::Partial,
            ),
            (ReportSummary { unread: 1, ..written }, Exit::Partial),
            (
                ReportSummary {
                    pending: 1,
                    ..written
                },
                Exit::Partial,
            ),
            (
                ReportSummary {
                    unknown: 1,
                    ..written
                },
                Exit::Partial,
            ),
            (
                ReportSummary {
                    skipped: 1,
                    ..written
                },
                Exit::Partial,
            ),
            (ReportSummary { pending: 1, ..base }, Exit::Partial),
            (ReportSummary { failed: 1, ..base }, Exit::Failed),
            (ReportSummary { skipped: 1, ..base }, Exit::Failed),
            (
                ReportSummary {
                    unread: 1,
                    refused: 1,
                    ..base
                },
                Exit::Failed,
            ),
            (
                ReportSummary {
                    refused: 1,
                    skipped: 3,
                    ..base
                },
                Exit::Refused,
            ),
        ];
        for (summary, want) in rows {
            assert_eq!(exit_of_apply(&summary), want, "{summary:?}");
        }
    }
    #[test]
    fn failure_weighs_more_than_refusal_and_refusal_more_than_change() {
        let rows = [
            ((0, 0, 0), [Exit::Done, Exit::Done]),
            ((0, 0, 3), [Exit::Done, Exit::Differs]),
            ((0, 2, 3), [Exit::Refused, Exit::Refused]),
            ((1, 2, 3), [Exit::Failed, Exit::Failed]),
        ];
        for ((failed, refusals, changed), want) in rows {
            let summary = Summary {
                failed,
                refusals,
                changed,
                ..Summary::default()
            };
            assert_eq!(
                [exit_of_plan(&summary, false), exit_of_plan(&summary, true)],
                want
            );
        }
    }

    #[test]
    fn incomplete_audit_is_a_failure() {
        let rows = [
            ((0, 0), Exit::Done),
            ((0, 3), Exit::Differs),
            ((1, 3), Exit::Failed),
            ((1, 0), Exit::Failed),
        ];
        for ((incomplete, findings), want) in rows {
            let summary = AuditSummary {
                incomplete,
                findings,
                ..AuditSummary::default()
            };
            assert_eq!(exit_of_audit(&summary, Severity::Error), want);
        }
    }
}
