//! The last change of a registry, in words.

use jiff::Timestamp;

use crate::render::safe;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Says the same of a registry: `registry last changed 3 h ago …`.
pub(in crate::render) fn changed_last(at: &str, by: &str, by_type: &str, now: &str) -> String {
    format!("registry last changed {}", last_change(at, by, by_type, now))
}

/// Says when a registry was last changed, and by whom: `3 h ago (2026-11-28 10:07 UTC) by user@example.com (User)`.
pub(super) fn last_change(at: &str, by: &str, by_type: &str, now: &str) -> String {
    let when = match since(at, now) {
        Some(words) => words,
        None => safe(at).into_owned(),
    };
    format!("{when} by {} ({})", safe(by), safe(by_type))
}

/// Returns the time from `then` to `now` in words, and `then` in UTC: `3 h ago (2026-11-28 10:07 UTC)`. Returns `None` if
/// one of them is not a time, or if `then` is later.
fn since(then: &str, now: &str) -> Option<String> {
    let (then, now): (Timestamp, Timestamp) = (then.parse().ok()?, now.parse().ok()?);
    let words = match now.as_second() - then.as_second() {
        ..0 => return None,
        0..MINUTE => "just now".to_owned(),
        seconds @ MINUTE..HOUR => format!("{} min ago", seconds / MINUTE),
        // Two days are easier to grasp than 48 hours.
        seconds if seconds < 2 * DAY => format!("{} h ago", seconds / HOUR),
        seconds => format!("{} days ago", seconds / DAY),
    };
    Some(format!("{words} ({})", then.strftime("%Y-%m-%d %H:%M UTC")))
}

#[cfg(test)]
mod tests {
    use super::since;

    #[test]
    fn times_are_told_in_the_unit_that_fits() {
        let now = "2026-11-28T13:07:31Z";
        let rows = [
            (
                "2026-11-28T13:07:30.0675814+00:00",
                Some("just now (2026-11-28 13:07 UTC)"),
            ),
            ("2026-11-28T10:07:30Z", Some("3 h ago (2026-11-28 10:07 UTC)")),
            ("2026-11-26T13:07:31Z", Some("2 days ago (2026-11-26 13:07 UTC)")),
            ("2026-11-28T13:07:32Z", None),
            ("yesterday", None),
        ];
        for (then, want) in rows {
            assert_eq!(since(then, now).as_deref(), want, "{then}");
        }
    }
}
