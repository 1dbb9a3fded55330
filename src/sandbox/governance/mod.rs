//! Rules that stand above a resource: permissions, locks, policies, and the deletion of its group.

mod access;
pub(crate) mod conditions;
pub(crate) mod conditions_file;
mod locks;
pub(crate) mod permissions;
mod policies;
mod scope;

pub(crate) use access::{check_join, check_permission, may_read, readable};
pub(crate) use locks::{check_locks, locked_scope, locks, require_alive};
pub(crate) use policies::apply_policies;
pub(crate) use scope::within;
