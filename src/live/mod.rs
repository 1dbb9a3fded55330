//! Live state: what Azure said, its gaps, and how it is read with the fewest requests.

mod failure;
pub mod parse;
mod probe;
mod read;
mod types;

pub use parse::ViewError;
pub use probe::{Probe, Prober};
pub use read::{Cache, ReadOptions, Say, read, read_all, read_registry, read_subnet};
pub use types::{
    Failure, LastModified, Live, LiveIpRule, LiveRegistry, LiveSubnet, LiveSubnetRule, PresentSubnet,
    Quota, Reading, SubnetKey, SubnetRules, Usages,
};
