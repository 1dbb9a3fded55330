//! Flags of commands that write.

use std::path::PathBuf;

use clap::Args;

use super::policy::PolicyArgs;
use crate::apply::Proof;
use crate::run::{PlanOptions, WriteOptions};

/// The way in which a plan is written.
#[derive(Clone, Debug, Args)]
pub(crate) struct WriteArgs {
    /// Write without being asked
    #[arg(short, long)]
    pub yes: bool,
    #[command(flatten)]
    pub snapshots: SnapshotArgs,
}

/// The place of snapshots.
#[derive(Clone, Debug, Args)]
pub(crate) struct SnapshotArgs {
    /// Folder for snapshots of the state before the write [default: .ringfence, in the sandbox .ringfence/sandbox]
    #[arg(long, value_name = "DIR")]
    pub snapshots: Option<PathBuf>,
}

impl WriteArgs {
    /// Returns the options of the run.
    pub(crate) fn options(&self) -> WriteOptions {
        WriteOptions {
            yes: self.yes,
            ..self.snapshots.write_options()
        }
    }
}

impl SnapshotArgs {
    /// Returns the options of a run that asks first.
    fn write_options(&self) -> WriteOptions {
        WriteOptions {
            yes: false,
            partial: false,
            snapshots: self.snapshots.clone(),
            proof: Proof::ReadBack,
            record: true,
        }
    }

    /// Returns the options of planning and writing of a command without a spec.
    pub(crate) fn options(&self, policy: &PolicyArgs) -> (PlanOptions, WriteOptions) {
        let plan = PlanOptions {
            snapshots: self.snapshots.clone(),
            ..policy.options()
        };
        (plan, self.write_options())
    }
}
