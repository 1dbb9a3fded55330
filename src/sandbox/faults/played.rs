//! An answer, and how it reaches the client.

use std::time::Duration;

use crate::sandbox::protocol::request::Request;
use crate::sandbox::protocol::response::Answer;
use crate::sandbox::state::store::Store;

/// An answer and how it reaches the client.
pub(crate) struct Played {
    pub(crate) answer: Answer,
    pub(crate) wire: Wire,
    pub(crate) delay: Duration,
}

/// What becomes of the answer on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    Whole,
    /// Half of the body, then the end of the connection.
    Truncated,
    /// HTML in the place of the body.
    Garbage,
    /// No answer: the connection ends.
    Cut,
}

/// Answers a request as if there were no fault.
pub(crate) type Process<'a> = &'a mut dyn FnMut(&mut Store, &Request) -> Answer;

impl Played {
    pub(crate) fn whole(answer: Answer) -> Self {
        Self::by(Wire::Whole, answer)
    }

    pub(crate) fn by(wire: Wire, answer: Answer) -> Self {
        Self {
            answer,
            wire,
            delay: Duration::ZERO,
        }
    }

    /// The status that the client sees.
    pub(crate) fn status(&self) -> Option<u16> {
        match self.wire {
            Wire::Whole | Wire::Truncated => Some(self.answer.status.as_u16()),
            Wire::Garbage => Some(200),
            Wire::Cut => None,
        }
    }
}
