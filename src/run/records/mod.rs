//! Records of the state that runs left, for `--fail-on drift`, and the folder that they share with snapshots.

pub(crate) mod folder;
pub(crate) mod left_records;
pub(crate) mod recorder;
