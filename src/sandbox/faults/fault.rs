//! What goes wrong, and for which requests.

use std::time::Duration;

use serde_json::Value;

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The requests that it concerns.
    pub when: When,
    /// What becomes of them.
    pub effect: Effect,
}

/// Which requests a fault concerns. What is left out matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// The method, compared without case.
    pub method: Option<String>,
    /// A part of the path, compared without case. With a `*`, which stands for any text, it must cover the whole
    /// path.
    pub path: Option<String>,
    /// Of the requests that match, the first is 1. Empty: all of them.
    pub nth: Vec<u64>,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// An error of the service.
    Status(StatusFault),
    /// The connection is closed before the request is processed.
    Reset,
    /// The request is processed, then the connection is closed without an answer.
    ResetAfter,
    /// The answer comes after this time.
    Slow(Duration),
    /// The answer breaks off in the middle of its body.
    Truncate,
    /// The answer is 200 with HTML, as from a proxy that wants a login.
    Garbage,
    /// A write becomes an operation that ends after so many polls. One that is an operation anyway stays it.
    Lro { polls: u32 },
    /// A write becomes an operation that fails; the state is as before.
    LroFailed { code: String, message: String },
    /// A write becomes an operation that never ends.
    LroStuck,
    /// A write is answered as if it were done; the state is as before.
    LostWrite,
    /// A policy with the effect Modify merges this into the request's body (RFC 7396).
    PolicyModify { set: Value },
    /// A policy with the effect Deny refuses the request.
    PolicyDeny { policy: String },
    /// The token has just expired.
    ExpiredToken,
    /// A rule list that a PATCH leaves out is cleared.
    ClearOmittedLists,
}

/// An error status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusFault {
    /// 400 to 599.
    pub status: u16,
    /// Seconds in `Retry-After`; `None` sends none.
    pub retry_after: Option<u32>,
    /// Azure's own where `None`.
    pub code: Option<String>,
    /// Azure's own where `None`.
    pub message: Option<String>,
    /// The request is processed all the same: the error only hides it.
    pub processed: bool,
}

impl Fault {
    /// A fault of every request, until it is narrowed down.
    pub fn new(effect: Effect) -> Self {
        Self {
            when: When::default(),
            effect,
        }
    }

    /// An error status for a request that is not processed, without `Retry-After`.
    pub fn status(status: u16) -> Self {
        Self::new(Effect::Status(StatusFault {
            status,
            retry_after: None,
            code: None,
            message: None,
            processed: false,
        }))
    }

    /// Narrows down to a method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.when.method = Some(method.to_owned());
        self
    }

    /// Narrows down to paths; see [`When::path`].
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        self.when.path = Some(path.to_owned());
        self
    }

    /// Narrows down to the nth request that matches, from 1. Called again, to one more.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.when.nth.push(nth);
        self
    }
}

impl When {
    /// Whether method and path are those of the fault.
    pub(crate) fn concerns(&self, method: &str, path: &str) -> bool {
        let method_is = |wanted: &String| wanted.eq_ignore_ascii_case(method);
        let path_is = |wanted: &String| matches(&wanted.to_lowercase(), &path.to_lowercase());
        self.method.as_ref().is_none_or(method_is) && self.path.as_ref().is_none_or(path_is)
    }
}

/// Whether a path has the text in it, or, where the pattern has a `*`, is covered by the pattern.
fn matches(pattern: &str, path: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return path.contains(pattern);
    };
    let Some(mut left) = path.strip_prefix(head) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = left.find(part) else {
            return false;
        };
        left = &left[at + part.len()..];
    }
    left.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_part_or_with_a_star_the_whole() {
        let path = "/subscriptions/s/resourcegroups/rg/registries/contoso";
        let rows = [
            ("registries", true),
            ("/registries/contoso", true),
            ("fabrikam", false),
            ("*", true),
            ("*/contoso", true),
            ("*/registries", false),
            ("/subscriptions/*", true),
            ("/subscriptions/*/registries/*", true),
            ("/subscriptions/*/virtualnetworks/*", false),
            ("subscriptions/*", false),
            ("/subscriptions/*contoso*contoso", false),
        ];
        for (pattern, want) in rows {
            assert_eq!(matches(pattern, path), want, "{pattern}");
        }
    }
}
