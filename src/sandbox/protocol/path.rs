//! Patterns of paths, and the segments of one path that their placeholders stand for.
//!
//! A pattern is written as in Azure's documentation: `/subscriptions/{subscription}/providers/{namespace}`.
//! `{name}` stands for one segment and `{name*}` for any number of them. All other segments are compared without
//! case, as ARM compares them.

/// The segments of a path that matched a pattern.
#[derive(Debug)]
pub(crate) struct PathValues<'a> {
    path: &'a [&'a str],
    /// Pattern before and after `{name*}`; the second is empty if the pattern has none.
    head: &'static str,
    tail: &'static str,
    many: &'a [&'a str],
}

impl<'a> PathValues<'a> {
    /// Matches the segments of a path; `None` if they do not match.
    ///
    /// A request is compared with many patterns, so nothing is allocated.
    pub(crate) fn of(pattern: &'static str, path: &'a [&'a str]) -> Option<Self> {
        let Some((before, tail)) = pattern.split_once("*}") else {
            return (count(pattern) == path.len() && matches(pattern, path)).then_some(Self {
                path,
                head: pattern,
                tail: "",
                many: &[],
            });
        };
        // `{name*}` takes what the segments before and after it leave.
        let (head, _) = before.rsplit_once('/')?;
        let (at, end) = (count(head), path.len().checked_sub(count(tail))?);
        let many = path.get(at..end)?;
        (matches(head, &path[..at]) && matches(tail, &path[end..])).then_some(Self {
            path,
            head,
            tail,
            many,
        })
    }

    /// Returns the segment in the place of `{name}` as the client wrote it; empty if the pattern has none.
    pub(crate) fn get(&self, name: &str) -> &'a str {
        let tail = &self.path[self.path.len() - count(self.tail)..];
        let places = segments(self.head).zip(self.path);
        for (wanted, segment) in places.chain(segments(self.tail).zip(tail)) {
            if placeholder(wanted) == Some(name) {
                return segment;
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

/// Returns the segments of a pattern, each of which follows a `/`.
pub(crate) fn segments(pattern: &'static str) -> impl Iterator<Item = &'static str> {
    pattern.split('/').filter(|segment| !segment.is_empty())
}

/// Returns the number of segments of a pattern.
fn count(pattern: &str) -> usize {
    pattern.bytes().filter(|byte| *byte == b'/').count()
}

/// Compares a pattern with as many segments of a path.
fn matches(pattern: &'static str, path: &[&str]) -> bool {
    for (wanted, segment) in segments(pattern).zip(path) {
        if placeholder(wanted).is_none() && !wanted.eq_ignore_ascii_case(segment) {
            return false;
        }
    }
    true
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
