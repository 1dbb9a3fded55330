//! Patterns of paths, and the segments of one path that their placeholders stand for.
//!
//! A pattern is written as in Azure's documentation: `/subscriptions/{subscription}/providers/{namespace}`.
//! `{name}` stands for one segment and `{name*}` for any number of them. All other segments are compared without
//! case, as ARM compares them.

/// The segments of a path that matched a pattern.
#[derive(Debug)]
pub(crate) struct PathValues<'a> {
    path: &'a [&'a str],
    values: Vec<(&'static str, &'a str)>,
    many: &'a [&'a str],
}

impl<'a> PathValues<'a> {
    /// Matches the segments of a path; `None` if they do not match.
    pub(crate) fn of(pattern: &'static str, path: &'a [&'a str]) -> Option<Self> {
        let pattern: Vec<&'static str> = segments(pattern).collect();
        let mut found = Self {
            path,
            values: Vec::new(),
            many: &[],
        };
        let Some(at) = pattern.iter().position(|segment| segment.ends_with("*}")) else {
            return found.take(&pattern, path).then_some(found);
        };
        // `{name*}` takes what the segments before and after it leave.
        let (head, tail) = (&pattern[..at], &pattern[at + 1..]);
        let end = path.len().checked_sub(tail.len()).filter(|end| *end >= at)?;
        found.many = &path[at..end];
        let matches = found.take(head, &path[..at]) && found.take(tail, &path[end..]);
        matches.then_some(found)
    }

    /// Compares segments one by one and notes the values of placeholders.
    fn take(&mut self, pattern: &[&'static str], path: &'a [&'a str]) -> bool {
        if pattern.len() != path.len() {
            return false;
        }
        for (wanted, segment) in pattern.iter().zip(path) {
            if let Some(name) = placeholder(wanted) {
                self.values.push((name, segment));
            } else if !wanted.eq_ignore_ascii_case(segment) {
                return false;
            }
        }
        true
    }

    /// Returns the segment in the place of `{name}` as the client wrote it; empty if the pattern has none.
    pub(crate) fn get(&self, name: &str) -> &'a str {
        for (known, value) in &self.values {
            if *known == name {
                return value;
            }
        }
        ""
    }

    /// Returns the segments in the place of `{name*}`.
    pub(crate) fn many(&self) -> &'a [&'a str] {
        self.many
    }

    /// Returns the segments after `/subscriptions/{subscription}`.
    pub(crate) fn after_subscription(&self) -> &'a [&'a str] {
        self.after(1)
    }

    /// Returns the segments after the one at `position`.
    pub(crate) fn after(&self, position: usize) -> &'a [&'a str] {
        self.path.get(position + 1..).unwrap_or_default()
    }
}

/// Returns the segments of a pattern.
pub(crate) fn segments(pattern: &'static str) -> impl Iterator<Item = &'static str> {
    pattern.split('/').filter(|segment| !segment.is_empty())
}

fn placeholder(segment: &'static str) -> Option<&'static str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_take_one_segment_or_many() {
        let rows = [
            ("/a/{x}", "A/One", Some(("One", 0))),
            ("/a/{x}", "a", None),
            ("/a/{x}", "b/one", None),
            ("/a/{x}", "a/one/two", None),
            ("/a/{x}/{m*}", "a/one", Some(("one", 0))),
            ("/a/{x}/{m*}", "a/one/two/three", Some(("one", 2))),
            ("/a/{m*}/c/{x}", "a/c/one", Some(("one", 0))),
            ("/a/{m*}/c/{x}", "a/b/b/C/one", Some(("one", 2))),
        ];
        for (pattern, path, want) in rows {
            let path: Vec<&str> = path.split('/').collect();
            let found = PathValues::of(pattern, &path);
            let found = found.map(|found| (found.get("x"), found.many().len()));
            assert_eq!(found, want, "{pattern} {path:?}");
        }
    }
}
