//! A limit on work: references can multiply what they lead to.

use std::cell::Cell;

/// Values that one import may make. A registry with 200 rules has about 800.
const MOST: usize = 1 << 19;
/// Bytes of a text that count as one more value.
const BYTES: usize = 64;

/// The work that is left.
#[derive(Debug)]
pub(crate) struct Budget(Cell<usize>);

impl Budget {
    pub(crate) fn new() -> Self {
        Self(Cell::new(MOST))
    }

    /// Takes the cost of a value whose text has this length. Returns false once nothing is left.
    pub(crate) fn spend(&self, text: usize) -> bool {
        let left = self.0.get().saturating_sub(1 + text / BYTES);
        self.0.set(left);
        left > 0
    }
}
