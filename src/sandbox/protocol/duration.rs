//! Reads times of conditions and faults.

use std::time::Duration;

/// Reads a time such as `500ms` or `10s`. The error is the mistake as text.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let signed = text.parse::<jiff::SignedDuration>();
    if let Ok(signed) = signed
        && let Ok(time) = Duration::try_from(signed)
    {
        return Ok(time);
    }
    Err(format!(
        "invalid time `{text}`; expected one such as 500ms or 10s"
    ))
}
