//! Parts of a tree that is being built.

use super::node::{At, YamlNode};

/// A list or mapping that is not closed yet.
pub(crate) struct OpenNode {
    pub at: At,
    pub anchor: usize,
    /// Values in this subtree start at this count.
    pub from: usize,
    /// Levels of lists and mappings inside it.
    pub height: usize,
    pub content: OpenContent,
}

pub(crate) enum OpenContent {
    List(Vec<YamlNode>),
    Map {
        entries: Vec<(YamlNode, YamlNode)>,
        /// A key that waits for its value, and whether it is a plain `<<`.
        key: Option<(YamlNode, bool)>,
        merges: Vec<(YamlNode, YamlNode)>,
    },
}

pub(crate) struct Anchor {
    pub node: YamlNode,
    pub size: NodeSize,
}

/// How much an anchor stands for.
#[derive(Clone, Copy)]
pub(crate) struct NodeSize {
    pub values: usize,
    pub height: usize,
}

/// A node just read, with what its place in the tree has to know.
pub(crate) struct FinishedNode {
    pub node: YamlNode,
    pub height: usize,
    pub is_merge: bool,
}
