//! Limits that keep times within what clocks and dates can hold.

use std::time::Duration;

/// Longest time that a flag, a file or an answer can ask for: added to any clock, it cannot overflow.
pub const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
