//! The content of progress: a task, and the steps in hand.

use std::time::Duration;

use crate::model::grouped;
use crate::render::safe;

/// Most registries that each have a line of their own below the bar.
pub const FEW: usize = 4;
/// Time after which a rate means something.
const SETTLED: Duration = Duration::from_secs(1);

/// The state of a task that is done for several registries.
#[derive(Clone, Debug, Default)]
pub struct Task {
    /// The task in one word, such as `reading`.
    pub name: &'static str,
    /// Registries that it is done for.
    pub registries: usize,
    /// Registries for which it has ended.
    pub ended: usize,
    /// Steps in hand, the longest first.
    pub activities: Vec<Activity>,
    /// Number of steps in hand beside these.
    pub more: usize,
    /// Subscriptions that wait for ARM.
    pub throttled: Option<Throttled>,
}

/// Subscriptions that wait for ARM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Throttled {
    pub subscriptions: usize,
    /// The time at which the last of them goes on.
    pub until: String,
}

/// What is being done for a registry or another resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    pub(super) name: String,
    pub(super) doing: String,
}

impl Activity {
    /// Makes an activity. Names of resources come from files and from Azure, so they are made safe here.
    pub fn new(name: &str, doing: &str) -> Self {
        Self {
            name: safe(name).into_owned(),
            doing: safe(doing).into_owned(),
        }
    }
}

/// Says what a task waits for, in up to two parts: throttled subscriptions, then the oldest activity and how many more there are.
pub(super) fn waits_for(task: &Task) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(Throttled { subscriptions, until }) = &task.throttled {
        let plural = if *subscriptions == 1 { "" } else { "s" };
        parts.push(format!(
            "throttled until {until} ({subscriptions} subscription{plural})"
        ));
    }
    if let Some((first, rest)) = task.activities.split_first() {
        let more = match rest.len() + task.more {
            0 => String::new(),
            more => format!(", {} more", grouped(more as u64)),
        };
        parts.push(format!("{}: {}{more}", first.name, first.doing));
    }
    parts
}

/// Says how fast many registries are done, and how long the rest takes at that rate. Empty as long as that means nothing. A rate that
/// is `throttled` says nothing about the rest.
pub(super) fn pace(ended: usize, registries: usize, elapsed: Duration, throttled: bool) -> String {
    if registries <= FEW || ended == 0 || ended >= registries || elapsed < SETTLED {
        return String::new();
    }
    let elapsed = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let (done, rest) = (ended as u64, (registries - ended) as u64);
    let tenths = done.saturating_mul(10_000) / elapsed;
    let rate = match tenths {
        // Slow work has a rate, too.
        0..100 => format!("{}.{}", tenths / 10, tenths % 10),
        _ => grouped(tenths / 10),
    };
    if throttled {
        return format!("{rate}/s");
    }
    let left = match rest.saturating_mul(elapsed) / done / 1000 {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds => format!("{} min", grouped(seconds / 60)),
    };
    format!("{rate}/s, {left} left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oldest_activity_is_named_and_others_are_counted() {
        let mut task = Task::default();
        let rows = [
            ("contoso", "contoso: reading"),
            ("b\u{1b}", "contoso: reading, 1 more"),
        ];
        assert!(waits_for(&task).is_empty());
        for (name, want) in rows {
            task.activities.push(Activity::new(name, "reading"));
            assert_eq!(waits_for(&task), [want]);
        }
        assert_eq!(task.activities[1].name, "b\\u{1b}");
        task.more = 4000;
        task.throttled = Some(Throttled {
            subscriptions: 2,
            until: "08:31:17 UTC".to_owned(),
        });
        assert_eq!(
            waits_for(&task),
            [
                "throttled until 08:31:17 UTC (2 subscriptions)",
                "contoso: reading, 4,001 more"
            ]
        );
    }

    #[test]
    fn pace_is_told_once_it_means_something() {
        for (ended, registries, millis, expected) in [
            (0, 10_000, 60_000, ""),
            (3, 4, 60_000, ""),
            (10, 10, 60_000, ""),
            (500, 10_000, 999, ""),
            (1200, 10_000, 15_000, "80/s, 110 s left"),
            (12_000, 50_000, 4_000, "3,000/s, 12 s left"),
            (5, 100, 10_000, "0.5/s, 3 min left"),
        ] {
            let elapsed = Duration::from_millis(millis);
            assert_eq!(
                pace(ended, registries, elapsed, false),
                expected,
                "{ended} {registries}"
            );
        }
        assert_eq!(pace(39, 40, Duration::from_secs(10), true), "3.9/s");
    }
}
