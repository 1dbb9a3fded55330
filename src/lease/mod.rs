//! Leases: access to a registry for a while, recorded as tags of the registry.
//!
//! A lease and its rule are always written together, in one PATCH that rests on one read. So every state that ringfence
//! writes has a lease for each rule that is there for a while, wherever a job is killed. Registries have no etag: a rival
//! that wrote on an older read takes back both, and each job looks again until its own goal holds
//! ([`Goal::next`]). The functions here decide; they send nothing.

mod goal;
mod need;
mod refusal;
mod report;
mod write;

pub use crate::live::lease::{
    Lease, LeaseName, LeaseNameError, UnreadableLease, leases_of, unreadable_leases_of,
};
pub use goal::{Goal, not_brought_back, still_admitted};
pub use need::{Asked, Need, end_after, need};
pub(crate) use need::{Ground, ground, may_admit};
pub use refusal::LeaseRefusal;
pub use report::{AccessOutcome, AccessReport, FORMAT, LeaseEntry, RegistryAccess};
pub use write::{LeaseWrite, still_deviates};
