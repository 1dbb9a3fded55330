//! `ringfence audit`

use clap::Args;

use crate::audit::{AuditSummary, audit};
use crate::cli::session::{self, Reads, Session};
use crate::cli::{Context, Repeated, SpecArgs};
use crate::error::{Error, Exit};
use crate::live::ReadOptions;
use crate::plan::Policy;

/// Show where live state differs from the spec
///
/// Reads and never writes. Rule by rule, with the line of the spec and who changed the registry last. Drift ends
/// with 2.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence audit registries.yaml
  ringfence audit specs/ -o json=audit.json   on a schedule; exit 2: drift")]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    pub specs: SpecArgs,
    #[command(flatten)]
    pub repeated: Repeated,
}

pub(crate) fn run(args: &AuditArgs, context: &Context) -> Result<Exit, Error> {
    let spec = session::load(&args.specs, context)?;
    let session = Session::open(context, &spec)?;
    let policy = Policy {
        created: session::now(),
        ..Policy::default()
    };
    let (plan, _) = session.plan(
        &spec,
        Reads {
            options: ReadOptions { all_subnets: true },
            probe: false,
        },
        &policy,
    );
    let audit = audit(&plan);
    context.write(&audit)?;
    Ok(exit(&audit.summary))
}

/// An audit that is not whole must not pass for one that is.
pub(crate) fn exit(summary: &AuditSummary) -> Exit {
    match (summary.failed, summary.findings) {
        (0, 0) => Exit::Done,
        (0, _) => Exit::Differs,
        _ => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audit_that_is_not_whole_is_a_failure() {
        let rows = [
            ((0, 0), Exit::Done),
            ((0, 3), Exit::Differs),
            ((1, 3), Exit::Failed),
            ((1, 0), Exit::Failed),
        ];
        for ((failed, findings), want) in rows {
            assert_eq!(
                exit(&AuditSummary {
                    failed,
                    findings,
                    ..AuditSummary::default()
                }),
                want
            );
        }
    }
}
