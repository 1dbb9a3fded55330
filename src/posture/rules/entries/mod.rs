//! Rules about the entries of a spec.

pub(super) mod expired_entry;
pub(super) mod expiring_entry;
mod named_entry;
pub(super) mod unowned_entry;
