//! Live state: what Azure said, its gaps, and how it is read with the fewest requests.

mod types;

pub use types::{
    Failure, LastModified, Live, LiveIpRule, LiveRegistry, LiveSubnet, LiveSubnetRule, PresentSubnet,
    Quota, Reading, SubnetKey, SubnetRules, Usages,
};
