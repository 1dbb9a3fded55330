//! One plan under judgement, with the access before and after it.

use crate::model::Access;
use crate::plan::{AccessChange, Basis, Guard, Refusal, RegistryPlan};

/// A change of one registry, and the state before and after it.
pub(crate) struct GuardCase<'a> {
    pub(crate) plan: &'a RegistryPlan,
    /// The state before, which need not be the plan's own basis.
    pub(crate) basis: &'a Basis,
    pub(crate) before: &'a Access,
    pub(crate) after: &'a Access,
    pub(crate) access: &'a AccessChange,
}

/// Makes the refusal of a guard, with the flag that overrides it.
pub(crate) fn refusal(guard: Guard, message: String, measured: String, limit: String) -> Refusal {
    Refusal {
        code: guard.into(),
        message,
        measured: Some(measured),
        limit: Some(limit),
        override_flag: Some(format!("--override {guard}")),
        help: None,
    }
}
