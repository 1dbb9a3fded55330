//! Shapes of resources: api-versions, defaults, normalisation and value checks.

pub(crate) mod api_versions;
pub(crate) mod defaults;
pub(crate) mod egress;
pub(crate) mod fill_in;
pub(crate) mod fold_subnets;
pub(crate) mod home_replications;
pub(crate) mod json_type;
pub(crate) mod network_types;
pub(crate) mod normalize;
pub(crate) mod registry_types;
pub(crate) mod shared_types;
pub(crate) mod stored;
pub(crate) mod surroundings;
pub(crate) mod types;
