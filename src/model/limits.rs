//! Limits that several parts share.

use std::time::Duration;

/// Longest time that a flag, a file or an answer can ask for: added to any clock, it cannot overflow.
pub const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Number of IP rules, and of subnet rules, that every Premium registry accepts: quotas start at 100
/// (container-registry-access-selected-networks). Some accept 200 IP rules; `listUsages` tells the limit (Azure/acr#518).
pub const SURE_RULES: usize = 100;
