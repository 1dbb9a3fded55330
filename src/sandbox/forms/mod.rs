//! Shapes of resources: api-versions, defaults, normalisation and value checks.

pub(crate) mod api_versions;
pub(crate) mod check_values;
pub(crate) mod defaults;
pub(crate) mod egress;
pub(crate) mod fill_in;
pub(crate) mod json_type;
pub(crate) mod network_types;
pub(crate) mod normalize;
pub(crate) mod registry_types;
pub(crate) mod types;
