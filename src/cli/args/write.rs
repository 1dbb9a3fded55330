//! Flags of commands that write.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use super::policy::PolicyArgs;
use super::values::{duration, public_range};
use crate::apply::Proof;
use crate::model::Cidr;
use crate::run::{PlanOptions, WriteOptions};

/// The way in which a plan is written.
#[derive(Clone, Debug, Args)]
pub(crate) struct WriteArgs {
    /// Write without being asked
    #[arg(short, long)]
    pub yes: bool,
    #[command(flatten)]
    pub unasked: UnaskedWriteArgs,
}

/// The way in which a change is written, where nothing is asked.
#[derive(Clone, Debug, Args)]
pub(crate) struct UnaskedWriteArgs {
    /// Folder for snapshots of the state before the write [default: .ringfence, and a folder in it for each sandbox and each other cloud]
    #[arg(long, value_name = "DIR")]
    pub snapshots: Option<PathBuf>,
    /// Wait until the registries answer this machine as their new state says, at most DURATION [default: 10m]
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, default_missing_value = "10m")]
    #[arg(value_parser = duration, value_hint = ValueHint::Other)]
    pub wait_effective: Option<Duration>,
    /// Address at which the registries see this machine, for --wait-effective: a registry that admits it does not name it
    #[arg(long, value_name = "CIDR", requires = "wait_effective", value_parser = public_range, value_hint = ValueHint::Other)]
    pub own_address: Option<Cidr>,
}

impl WriteArgs {
    /// Returns the options of the run.
    pub(crate) fn options(&self) -> WriteOptions {
        WriteOptions {
            yes: self.yes,
            ..self.unasked.write_options()
        }
    }
}

impl UnaskedWriteArgs {
    /// Returns the options of a run that asks first.
    fn write_options(&self) -> WriteOptions {
        WriteOptions {
            yes: false,
            partial: false,
            snapshots: self.snapshots.clone(),
            proof: Proof::ReadBack,
            record: true,
            wait_effective: self.wait_effective,
            own_address: self.own_address,
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
