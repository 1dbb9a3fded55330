//! Live state: what Azure said, its gaps, and how it is read with the fewest requests.

pub mod parse;
mod probe;
mod read;
mod types;

pub use parse::UnexpectedJson;
pub use probe::{Probe, Prober};
pub use read::{Cache, ProgressFn, ReadOptions, read, read_all, read_registry, read_subnet};
pub use types::{
    LastModified, Live, LiveRegistry, LiveSubnet, PresentSubnet, Quota, Reading, SubnetIdKey, Usages,
};
