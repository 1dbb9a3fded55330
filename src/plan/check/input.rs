//! The input of a check, and what it reports.

use std::collections::BTreeMap;

use crate::live::{LiveRegistry, Reading};
use crate::model::{Access, RegistryId, Settings, SubnetId};
use crate::plan::rules::LeftAlone;
use crate::plan::switched::left_out::LeftOutLoss;
use crate::plan::{Changes, LeaseConflict, SwitchedSubnet};
use crate::spec::RegistrySpec;

/// One registry's plan and all that it comes from.
pub(crate) struct CheckInput<'a> {
    pub(crate) wanted: &'a RegistrySpec,
    pub(crate) reading: &'a Reading,
    pub(crate) changes: &'a Changes,
    /// Subnets whose endpoint the run turns on, for this registry or for another one, and whose clients get another answer.
    pub(crate) switched: &'a [SwitchedSubnet],
    /// Every subnet whose endpoint the run turns on, with the first registry that asks for it.
    pub(crate) turned_on: &'a BTreeMap<SubnetId, RegistryId>,
    /// What the endpoints that this registry turns on cost the registries that the run does not write.
    pub(crate) left_out: &'a [LeftOutLoss<'a>],
    /// The access as it was read.
    pub(crate) before: &'a Access,
    /// The live rules that stay although the spec does not list them, list by list.
    pub(crate) left_alone: &'a [LeftAlone],
    /// The settings once the changes are made.
    pub(crate) settings_after: &'a Settings,
    /// The access once the changes are made.
    pub(crate) after: &'a Access,
    /// True for a restore to Azure's defaults, which rules that the api-version hides do not stop.
    pub(crate) opens: bool,
    /// Leases that hold what is wanted, or need what goes.
    pub(crate) held_by_lease: &'a [LeaseConflict],
}

/// One thing that a check reports. Its code is that of the check.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) message: String,
    /// The next step to take.
    pub(crate) help: Option<String>,
    /// The value that was measured, and the limit that it breaks.
    pub(crate) over: Option<(u64, u64)>,
}

impl CheckInput<'_> {
    /// Returns the registry as it was read.
    pub(crate) fn live(&self) -> &LiveRegistry {
        &self.reading.registry
    }
}

impl Found {
    /// Makes a report without a next step.
    pub(crate) fn note(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    /// Makes a report with the next step to take.
    pub(crate) fn refusal(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: Some(help.into()),
            over: None,
        }
    }
}
