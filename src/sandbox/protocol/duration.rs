//! Reads times of conditions and faults.

use std::time::Duration;

use crate::model::A_YEAR;

/// Reads a time such as `500ms` or `10s`; a longer one than a year counts as a year. The error is the mistake as text.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let signed = text.parse::<jiff::SignedDuration>();
    if let Ok(signed) = signed
        && let Ok(time) = Duration::try_from(signed)
    {
        return Ok(time.min(A_YEAR));
    }
    Err(format!(
        "invalid time `{text}`; expected one such as 500ms or 10s"
    ))
}
