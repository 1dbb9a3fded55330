//! Live state: what Azure returned, what it did not show, and how it is read with the fewest requests.

mod cache;
mod egress;
mod find;
mod fleet;
pub(crate) mod held;
pub(crate) mod lease;
mod lists;
mod needs;
mod outage;
pub mod parse;
mod posture;
mod probe;
mod progress;
mod read;
mod replicas;
pub mod surroundings;
mod types;
mod unreadable;

pub use cache::Cache;
pub use egress::{read_public_addresses, read_subnet_egress};
pub use find::find_registry;
pub use fleet::{AllChosen, Chosen, read_all};
pub use lists::{
    FoundRegistries, UnreadPlace, find_visible_ids, list_registries, read_registries,
    read_visible_registries,
};
pub use needs::ReadOptions;
pub use outage::Outages;
pub use parse::json_node::UnexpectedJson;
pub use posture::{read_for_posture, read_with_rules};
pub use probe::{Probe, denied_address};
pub use progress::{ProgressEvent, ProgressFn};
pub use read::{parse_registry, read, read_registry, read_subnet, read_subnets};
pub use replicas::{ReplicatedRegistry, read_regions, read_replicated};
pub use types::{
    Egress, LastModified, Live, LiveRegistry, LiveSubnet, PresentSubnet, Quota, Reading, SubnetIdKey,
    UnknownEgress, Usages,
};
