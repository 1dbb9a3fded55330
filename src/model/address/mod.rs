//! IPv4 addresses: ranges, sets of ranges, the blocks that are no clients, and what people paste for a range.

mod address_set;
mod cidr;
mod nesting;
mod pasted;
mod special_use;

pub use address_set::AddressSet;
pub use cidr::{Cidr, CidrError};
pub use nesting::{containers, lasting_containers, merged_ranges};
