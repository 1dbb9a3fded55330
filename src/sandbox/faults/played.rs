//! Answers with their way to the client: whole, damaged, or delayed.

use std::time::Duration;

use crate::sandbox::protocol::request::Request;
use crate::sandbox::protocol::response::Answer;
use crate::sandbox::state::store::Store;

/// An answer, and its way to the client.
pub(crate) struct Played {
    pub(crate) answer: Answer,
    pub(crate) wire: Wire,
    pub(crate) delay: Duration,
}

/// Way of an answer to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// The answer arrives as it is.
    Whole,
    /// Half of the body arrives, then the connection ends.
    Truncated,
    /// HTML arrives instead of the body.
    Garbage,
    /// The connection ends without an answer.
    Cut,
}

/// Answers a request without faults.
pub(crate) type Process<'a> = &'a mut dyn FnMut(&mut Store, &Request) -> Answer;

impl Played {
    /// Makes an answer that arrives as it is.
    pub(crate) fn whole(answer: Answer) -> Self {
        Self::by(Wire::Whole, answer)
    }

    /// Makes an answer that arrives at once, as `wire` says.
    pub(crate) fn by(wire: Wire, answer: Answer) -> Self {
        Self {
            answer,
            wire,
            delay: Duration::ZERO,
        }
    }

    /// Returns the status that the client sees, `None` for a cut connection.
    pub(crate) fn status(&self) -> Option<u16> {
        match self.wire {
            Wire::Whole | Wire::Truncated => Some(self.answer.status.as_u16()),
            Wire::Garbage => Some(200),
            Wire::Cut => None,
        }
    }
}
