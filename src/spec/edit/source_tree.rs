//! The text of a spec as a tree in which every value knows its bytes.
//!
//! [`crate::spec::yaml`] resolves aliases and merge keys, because a spec means what they stand for. An edit is about what is
//! written, so this tree keeps them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_saphyr::granit_parser::{self, Event, Parser, ScalarStyle, Span, StructureStyle};

use super::lines::end_of_content;
use crate::spec::yaml::error::DEEPEST;

/// A value as it is written.
#[derive(Debug)]
pub(super) struct SourceNode {
    /// Bytes of the value, without its anchor and its tag.
    pub bytes: Range<usize>,
    /// Bytes of the anchor and the tag; empty without them.
    pub marks: Range<usize>,
    /// Number of the anchor; 0 without one.
    pub anchor: usize,
    pub content: SourceContent,
}

#[derive(Debug)]
pub(super) enum SourceContent {
    Scalar {
        text: Box<str>,
        quotes: Quotes,
    },
    /// The number of the anchor that is repeated.
    Alias(usize),
    List {
        is_flow: bool,
        items: Vec<SourceNode>,
    },
    Map {
        is_flow: bool,
        entries: Vec<(SourceNode, SourceNode)>,
    },
}

/// The quotes around a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Quotes {
    #[default]
    None,
    Single,
    Double,
}

impl SourceNode {
    /// Returns the first byte, with the anchor and the tag.
    pub(super) fn start(&self) -> usize {
        if self.marks.is_empty() {
            self.bytes.start
        } else {
            self.marks.start
        }
    }

    /// Returns the text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.content {
            SourceContent::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Returns the items of a list that is written here.
    pub(super) fn items(&self) -> Option<&[SourceNode]> {
        match &self.content {
            SourceContent::List { items, .. } => Some(items),
            _ => None,
        }
    }

    /// Returns the entries of a mapping that is written here.
    pub(super) fn entries(&self) -> Option<&[(SourceNode, SourceNode)]> {
        match &self.content {
            SourceContent::Map { entries, .. } => Some(entries),
            _ => None,
        }
    }

    /// Returns the entry of a mapping with this key, without what a merge key brings.
    pub(super) fn entry(&self, key: &str) -> Option<&(SourceNode, SourceNode)> {
        self.entries()?.iter().find(|(name, _)| name.text() == Some(key))
    }

    /// Returns the value inside that has an anchor of this number.
    pub(super) fn anchored(&self, anchor: usize) -> Option<&SourceNode> {
        if self.anchor == anchor {
            return Some(self);
        }
        match &self.content {
            SourceContent::List { items, .. } => items.iter().find_map(|item| item.anchored(anchor)),
            SourceContent::Map { entries, .. } => entries
                .iter()
                .find_map(|(key, value)| key.anchored(anchor).or_else(|| value.anchored(anchor))),
            _ => None,
        }
    }

    /// Adds the numbers of the anchors inside, and of those that aliases inside repeat.
    pub(super) fn collect_marks(&self, anchors: &mut BTreeSet<usize>, repeated: &mut BTreeSet<usize>) {
        if self.anchor != 0 {
            anchors.insert(self.anchor);
        }
        match &self.content {
            SourceContent::Alias(anchor) => {
                repeated.insert(*anchor);
            }
            SourceContent::List { items, .. } => {
                for item in items {
                    item.collect_marks(anchors, repeated);
                }
            }
            SourceContent::Map { entries, .. } => {
                for (key, value) in entries {
                    key.collect_marks(anchors, repeated);
                    value.collect_marks(anchors, repeated);
                }
            }
            SourceContent::Scalar { .. } => {}
        }
    }

    /// Returns the byte after the last one of the values inside a block list or mapping.
    fn end_of_children(&self) -> usize {
        let last = match &self.content {
            SourceContent::List { items, .. } => items.last().map(|item| item.bytes.end),
            // A value that is left out has no bytes of its own.
            SourceContent::Map { entries, .. } => entries
                .last()
                .map(|(key, value)| key.bytes.end.max(value.bytes.end)),
            _ => None,
        };
        last.unwrap_or(self.bytes.end)
    }
}

/// Builds the tree from the events of the parser.
#[derive(Default)]
struct SourceBuilder {
    root: Option<SourceNode>,
    /// Lists and mappings that have not ended, each with a key without its value.
    open: Vec<(SourceNode, Option<SourceNode>)>,
    /// Bytes of each anchor. The parser sends them after the value.
    anchors: BTreeMap<usize, Range<usize>>,
}

/// Parses a text into a tree. Returns `None` if it is not YAML.
pub(super) fn source_tree(text: &str) -> Option<SourceNode> {
    let options = granit_parser::options! {
        emit_comments: false,
        emit_anchor_events: true,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
    };
    let mut builder = SourceBuilder::default();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.ok()?;
        builder.event(event, &span, text);
    }
    let mut root = builder.root?;
    mark_anchors(&mut root, &builder.anchors);
    Some(root)
}

impl SourceBuilder {
    fn event(&mut self, event: Event<'_>, span: &Span, text: &str) {
        let bytes = span.byte_range().unwrap_or_default();
        let marks = tag_bytes(span);
        let (anchor, content) = match event {
            Event::Scalar(value, style, anchor, _) => {
                let bytes = end_of_content(text, bytes);
                let quotes = quotes_of(style);
                let text = value.into();
                return self.place(node(bytes, marks, anchor, SourceContent::Scalar { text, quotes }));
            }
            Event::Alias(anchor) => {
                return self.place(node(bytes, marks, 0, SourceContent::Alias(anchor)));
            }
            Event::SequenceStart(style, anchor, _) => {
                let (is_flow, items) = (style == StructureStyle::Flow, Vec::new());
                (anchor, SourceContent::List { is_flow, items })
            }
            Event::MappingStart(style, anchor, _) => {
                let (is_flow, entries) = (style == StructureStyle::Flow, Vec::new());
                (anchor, SourceContent::Map { is_flow, entries })
            }
            Event::Anchor(anchor, _) => {
                self.anchors.insert(anchor, bytes);
                return;
            }
            Event::SequenceEnd | Event::MappingEnd => return self.end(bytes.end),
            _ => return,
        };
        self.open.push((node(bytes, marks, anchor, content), None));
    }

    /// Ends the innermost list or mapping. A block ends where its last value does: the parser has gone on to the next one.
    fn end(&mut self, end: usize) {
        let Some((mut node, _)) = self.open.pop() else {
            return;
        };
        node.bytes.end = match node.content {
            SourceContent::List { is_flow: true, .. } | SourceContent::Map { is_flow: true, .. } => end,
            _ => node.end_of_children(),
        };
        self.place(node);
    }

    /// Adds a complete value to the innermost list or mapping.
    fn place(&mut self, node: SourceNode) {
        let Some((parent, key)) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut parent.content {
            SourceContent::List { items, .. } => items.push(node),
            SourceContent::Map { entries, .. } => match key.take() {
                None => *key = Some(node),
                Some(key) => entries.push((key, node)),
            },
            _ => {}
        }
    }
}

fn node(bytes: Range<usize>, marks: Range<usize>, anchor: usize, content: SourceContent) -> SourceNode {
    SourceNode {
        bytes,
        marks,
        anchor,
        content,
    }
}

/// Returns the bytes of a tag; an empty range without one.
fn tag_bytes(span: &Span) -> Range<usize> {
    match span.tag_span() {
        Some(tag) => tag.byte_range().unwrap_or_default(),
        None => 0..0,
    }
}

fn quotes_of(style: ScalarStyle) -> Quotes {
    match style {
        ScalarStyle::SingleQuoted => Quotes::Single,
        ScalarStyle::DoubleQuoted => Quotes::Double,
        _ => Quotes::None,
    }
}

/// Adds the bytes of its anchor to the marks of each value.
fn mark_anchors(node: &mut SourceNode, anchors: &BTreeMap<usize, Range<usize>>) {
    if let Some(bytes) = anchors.get(&node.anchor) {
        node.marks = if node.marks.is_empty() {
            bytes.clone()
        } else {
            node.marks.start.min(bytes.start)..node.marks.end.max(bytes.end)
        };
    }
    match &mut node.content {
        SourceContent::List { items, .. } => {
            for item in items {
                mark_anchors(item, anchors);
            }
        }
        SourceContent::Map { entries, .. } => {
            for (key, value) in entries {
                mark_anchors(key, anchors);
                mark_anchors(value, anchors);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of each item of a list, with anchor and tag.
    fn written<'t>(text: &'t str, list: &SourceNode) -> Vec<&'t str> {
        let mut written = Vec::new();
        for item in list.items().unwrap() {
            written.push(&text[item.start()..item.bytes.end]);
        }
        written
    }

    #[test]
    fn values_know_their_bytes() {
        let text = "a:\n- &x !!str one   # why\n- cidr: two\n  reason: |\n    text\n\n- *x\nb: &all [ 'x', \"y\" ]\n";
        let tree = source_tree(text).unwrap();
        let (_, a) = tree.entry("a").unwrap();
        assert_eq!(
            written(text, a),
            ["&x !!str one", "cidr: two\n  reason: |\n    text", "*x"]
        );
        let (_, b) = tree.entry("b").unwrap();
        assert_eq!(written(text, b), ["'x'", "\"y\""]);
        assert_eq!(&text[b.bytes.clone()], "[ 'x', \"y\" ]");
        assert_eq!(&text[b.marks.clone()], "&all");
        assert_eq!(tree.anchored(1).and_then(SourceNode::text), Some("one"));
        assert!(source_tree("a: [").is_none());
    }
}
