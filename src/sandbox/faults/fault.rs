//! Faults as values: the requests that they concern, and their effects.

use std::time::Duration;

use serde_json::Value;

use crate::sandbox::protocol::json::known_word;

/// A failure to inject.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Requests that it concerns.
    pub when: When,
    /// Effect on them.
    pub effect: Effect,
}

/// Requests that a fault concerns. An empty field matches every request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// Method, compared without case.
    pub method: Option<String>,
    /// Part of the path, compared without case. With a `*`, which stands for any text, it must match the whole path.
    pub path: Option<String>,
    /// Positions among the requests that match, from 1. Empty means all of them.
    pub nth: Vec<u64>,
}

/// Effect of a fault on a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// The answer is an error status.
    Status(StatusFault),
    /// The connection is closed before the request is processed.
    Reset,
    /// The request is processed, then the connection is closed without an answer.
    ResetAfter,
    /// The answer comes after this time.
    Slow(Duration),
    /// The connection ends in the middle of the answer's body.
    Truncate,
    /// The answer is 200 with HTML, as from a proxy that wants a login.
    Garbage,
    /// A write becomes an operation, where Azure has one for it. One that is an operation without the fault stays one.
    Lro {
        /// Number of polls that say that it still runs.
        polls: u32,
    },
    /// A write becomes an operation that fails. The state is as before then.
    LroFailed {
        /// Code of the operation's error.
        code: String,
        /// Message of the operation's error.
        message: String,
    },
    /// A write becomes an operation that never ends.
    LroStuck,
    /// A write is answered as done. The state does not change.
    LostWrite,
    /// Reads after a write show the resource as it was before.
    StaleReads {
        /// Number of such reads.
        reads: u32,
    },
    /// The request is processed twice, as after a retry on the way. The second answer arrives.
    Repeated,
    /// A policy with the effect Modify changes the request's body.
    PolicyModify {
        /// Change to merge into the body (RFC 7396).
        set: Value,
    },
    /// A policy with the effect Deny refuses the request.
    PolicyDeny {
        /// Name of the policy.
        policy: String,
    },
    /// The token has just expired.
    ExpiredToken,
    /// A rule list that a PATCH leaves out is cleared.
    ClearOmittedLists,
}

/// An error status and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusFault {
    /// Status from 400 to 599.
    pub status: u16,
    /// Seconds in `Retry-After`. `None` sends none.
    pub retry_after: Option<u32>,
    /// Code of the error. `None` takes Azure's.
    pub code: Option<String>,
    /// Message of the error. `None` takes Azure's.
    pub message: Option<String>,
    /// True if the request is processed and the error only hides it.
    pub processed: bool,
}

impl Fault {
    /// Makes a fault of every request.
    pub fn new(effect: Effect) -> Self {
        Self {
            when: When::default(),
            effect,
        }
    }

    /// Makes a fault of every request: an error status without `Retry-After`. The request is not processed.
    pub fn status(status: u16) -> Self {
        Self::new(Effect::Status(StatusFault {
            status,
            retry_after: None,
            code: None,
            message: None,
            processed: false,
        }))
    }

    /// Returns true if the fault has an effect on requests of this method and path. Their position is not compared.
    pub(crate) fn concerns(&self, method: &str, path: &str) -> bool {
        self.effect.changes(method) && self.when.concerns(method, path)
    }

    /// Limits the fault to a method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.when.method = Some(method.to_owned());
        self
    }

    /// Limits the fault to paths; see [`When::path`].
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        self.when.path = Some(path.to_owned());
        self
    }

    /// Limits the fault to the nth request that matches, from 1. Each further call adds one.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.when.nth.push(nth);
        self
    }
}

/// Methods of requests that Azure may answer with an operation.
const OPERATIONS: &[&str] = &["PUT", "PATCH", "DELETE"];
/// Methods of requests that may change something.
const WRITES: &[&str] = &["PUT", "PATCH", "POST", "DELETE"];

impl Effect {
    /// Returns the methods of the requests that the effect can change, empty for all.
    pub(crate) fn methods(&self) -> &'static [&'static str] {
        match self {
            Self::Lro { .. } | Self::LroFailed { .. } | Self::LroStuck => OPERATIONS,
            Self::LostWrite | Self::StaleReads { .. } => WRITES,
            Self::PolicyModify { .. } | Self::PolicyDeny { .. } => &["PUT", "PATCH"],
            Self::ClearOmittedLists => &["PATCH"],
            Self::Status(_)
            | Self::Reset
            | Self::ResetAfter
            | Self::Slow(_)
            | Self::Truncate
            | Self::Garbage
            | Self::Repeated
            | Self::ExpiredToken => &[],
        }
    }

    /// Returns true if the effect can change requests of a method.
    pub(crate) fn changes(&self, method: &str) -> bool {
        let methods = self.methods();
        methods.is_empty() || known_word(methods, method).is_some()
    }
}

impl When {
    /// Returns true if method and path are those of the fault. The position is not compared.
    fn concerns(&self, method: &str, path: &str) -> bool {
        if let Some(wanted) = &self.method
            && !wanted.eq_ignore_ascii_case(method)
        {
            return false;
        }
        match &self.path {
            Some(pattern) => matches(&pattern.to_lowercase(), &path.to_lowercase()),
            None => true,
        }
    }
}

/// Returns true if a path contains the pattern or, if the pattern has a `*`, matches it as a whole.
fn matches(pattern: &str, path: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return path.contains(pattern);
    };
    let Some(mut left) = path.strip_prefix(head) else {
        return false;
    };
    // The parts between stars must follow each other, and the last one must be at the end.
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
    fn pattern_is_a_part_or_with_star_the_whole() {
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
