//! The content of progress: a task, and the steps in hand.

use crate::render::safe;

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

/// Says what a task waits for: the oldest activity and how many more there are.
pub(super) fn waits_for(task: &Task) -> String {
    let Some((first, rest)) = task.activities.split_first() else {
        return String::new();
    };
    let mut text = format!("{}: {}", first.name, first.doing);
    if !rest.is_empty() {
        text += &format!(", {} more", rest.len());
    }
    text
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
        assert_eq!(waits_for(&task), "");
        for (name, want) in rows {
            task.activities.push(Activity::new(name, "reading"));
            assert_eq!(waits_for(&task), want);
        }
        assert_eq!(task.activities[1].name, "b\\u{1b}");
    }
}
