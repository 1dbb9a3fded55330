//! Rules about clients that come beside the network rules.

pub(super) mod cache_without_bypass;
pub(super) mod dual_stack_tasks;
pub(super) mod tasks_bypass;
pub(super) mod tasks_off;
pub(super) mod trusted_services_cut;
pub(super) mod trusted_services_off;
