//! Parts of a tree that is being built.

use super::node::{At, Node};

/// A list or mapping that is not closed yet.
pub(crate) struct Open {
    pub at: At,
    pub anchor: usize,
    /// Values in this subtree start at this count.
    pub from: usize,
    /// Levels of lists and mappings inside it.
    pub height: usize,
    pub content: Content,
}

pub(crate) enum Content {
    List(Vec<Node>),
    Map {
        entries: Vec<(Node, Node)>,
        /// A key that waits for its value, and whether it is a plain `<<`.
        key: Option<(Node, bool)>,
        merges: Vec<(Node, Node)>,
    },
}

pub(crate) struct Anchor {
    pub node: Node,
    pub size: Size,
}

/// How much an anchor stands for.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub values: usize,
    pub height: usize,
}

/// A node just read, with what its place in the tree has to know.
pub(crate) struct Read {
    pub node: Node,
    pub height: usize,
    pub is_merge: bool,
}
