//! The clock of the machine.

use std::time::SystemTime;

/// Start of the year 9000, in seconds since 1970. Dates end with the year 9999.
const YEAR_9000: u64 = 221_845_392_000;

/// Returns true if dates and tokens can be reckoned from the time `now`: it lies between 1970 and 9000.
pub(crate) fn is_usable_clock(now: SystemTime) -> bool {
    match now.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => since.as_secs() < YEAR_9000,
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::A_YEAR;

    #[test]
    fn clocks_before_1970_and_after_9000_are_not_usable() {
        let second = Duration::from_secs(1);
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(YEAR_9000);
        for (now, usable) in [
            (SystemTime::UNIX_EPOCH, true),
            (SystemTime::UNIX_EPOCH - second, false),
            (end - second, true),
            (end, false),
            (end + 1100 * A_YEAR, false),
        ] {
            assert_eq!(is_usable_clock(now), usable, "{now:?}");
        }
    }
}
