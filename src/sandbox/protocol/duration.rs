//! Reads times of conditions and faults.

use std::time::Duration;

/// Longest time that the sandbox waits for anything.
pub const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads a time such as `500ms` or `10s`, of at most a day. The error is the mistake as text.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let signed = text.parse::<jiff::SignedDuration>();
    if let Ok(signed) = signed
        && let Ok(time) = Duration::try_from(signed)
        && time <= LONGEST_WAIT
    {
        return Ok(time);
    }
    Err(format!(
        "invalid time `{text}`; expected one such as 500ms or 10s, at most 24h"
    ))
}
