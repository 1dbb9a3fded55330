//! Builds the tree of a document from the events of the parser.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_saphyr::granit_parser::{Event, ScalarStyle, Span, Tag};

use super::error::{DEEPEST, MOST_VALUES, YamlError, YamlErrors};
use super::merge_keys::merge;
use super::node::{YamlNode, YamlValue, plain};
use super::place::At;

/// The tree built so far.
pub(crate) struct TreeBuilder {
    file: u32,
    root: Option<YamlNode>,
    /// Lists and mappings that have not ended, outermost first.
    open: Vec<OpenNode>,
    anchors: BTreeMap<usize, Anchor>,
    /// Values read so far, counting those that aliases repeat.
    values: usize,
    /// Values kept for aliases. They take memory too.
    copies: usize,
    errors: YamlErrors,
}

/// A list or mapping that has not ended.
struct OpenNode {
    at: At,
    anchor: usize,
    /// The number of values before this one.
    from: usize,
    /// Levels of lists and mappings inside.
    height: usize,
    content: OpenContent,
}

enum OpenContent {
    List(Vec<YamlNode>),
    Map {
        entries: Vec<(YamlNode, YamlNode)>,
        /// A key without its value yet. The flag is true for a plain `<<`.
        key: Option<(YamlNode, bool)>,
        /// The entries with the key `<<`.
        merges: Vec<(YamlNode, YamlNode)>,
    },
}

/// A value that aliases can repeat.
struct Anchor {
    node: YamlNode,
    size: NodeSize,
}

/// The size of a value with everything inside it.
#[derive(Clone, Copy)]
struct NodeSize {
    values: usize,
    height: usize,
}

/// A complete node, ready to be placed in the tree.
struct FinishedNode {
    node: YamlNode,
    height: usize,
    is_merge: bool,
}

impl TreeBuilder {
    /// Creates a builder without a document. Every place gets `file`.
    pub(crate) fn new(file: u32) -> Self {
        Self {
            file,
            root: None,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            values: 0,
            copies: 0,
            errors: YamlErrors::default(),
        }
    }

    /// Returns the document, if it is complete.
    pub(crate) fn root(&self) -> Option<&YamlNode> {
        self.root.as_ref()
    }

    /// Returns the document, if it is complete, and the errors that left one.
    pub(crate) fn finish(self) -> (Option<YamlNode>, YamlErrors) {
        (self.root, self.errors)
    }

    /// Adds one event.
    ///
    /// # Errors
    /// Returns an error that leaves no document, such as a limit that is exceeded.
    pub(crate) fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), Box<YamlError>> {
        let at = At::of_span(self.file, span);
        self.check_tag(&event, span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(at, text, style, anchor, tag.as_deref())
            }
            Event::SequenceStart(_, anchor, _) => self.start(at, anchor, OpenContent::List(Vec::new())),
            Event::MappingStart(_, anchor, _) => {
                let content = OpenContent::Map {
                    entries: Vec::new(),
                    key: None,
                    merges: Vec::new(),
                };
                self.start(at, anchor, content)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => self.alias(at, anchor),
            _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        at: At,
        text: Cow<'_, str>,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
    ) -> Result<(), Box<YamlError>> {
        // A long text counts more than once, because an alias can repeat it.
        let values = 1 + text.len() / 64;
        self.values += values;
        self.check_size(at)?;

        // Only a plain scalar without `!!str` can be a number, a boolean or null.
        let is_plain = style == ScalarStyle::Plain;
        let is_merge = is_plain && tag.is_none() && text == "<<";
        let as_text = !is_plain || tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
        let value = if as_text {
            YamlValue::Text(text.into())
        } else {
            plain(&text)
        };
        let node = YamlNode { at, value };
        self.keep_anchor(anchor, &node, NodeSize { values, height: 0 })?;
        self.place(FinishedNode {
            node,
            height: 0,
            is_merge,
        });
        Ok(())
    }

    fn start(&mut self, at: At, anchor: usize, content: OpenContent) -> Result<(), Box<YamlError>> {
        self.values += 1;
        self.check_size(at)?;
        if self.open.len() >= DEEPEST {
            return Err(Box::new(YamlError::too_deep(at)));
        }
        // The value spans several lines, so its place is a point.
        self.open.push(OpenNode {
            at: At { len: 0, ..at },
            anchor,
            from: self.values - 1,
            height: 0,
            content,
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Box<YamlError>> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        // Keys are checked here, when all of them are known.
        let value = match open.content {
            OpenContent::List(items) => YamlValue::List(items),
            OpenContent::Map { entries, merges, .. } => {
                YamlValue::Map(merge(&mut self.errors, entries, merges))
            }
        };
        let node = YamlNode { at: open.at, value };
        let size = NodeSize {
            values: self.values - open.from,
            height: open.height + 1,
        };
        self.keep_anchor(open.anchor, &node, size)?;
        self.place(FinishedNode {
            node,
            height: size.height,
            is_merge: false,
        });
        Ok(())
    }

    fn alias(&mut self, at: At, anchor: usize) -> Result<(), Box<YamlError>> {
        let Some(NodeSize { values, height }) = self.anchors.get(&anchor).map(|it| it.size) else {
            return Err(Box::new(YamlError::recursive_alias(at)));
        };
        self.values += values;
        self.check_size(at)?;
        if self.open.len() + height > DEEPEST {
            return Err(Box::new(YamlError::too_deep(at)));
        }
        // The copy is made only after both limits are checked.
        let mut node = self.anchors[&anchor].node.clone();
        node.at.alias = at.offset;
        self.place(FinishedNode {
            node,
            height,
            is_merge: false,
        });
        Ok(())
    }

    /// Keeps a copy of a node that has an anchor.
    fn keep_anchor(
        &mut self,
        anchor: usize,
        node: &YamlNode,
        size: NodeSize,
    ) -> Result<(), Box<YamlError>> {
        // The parser gives 0 to a node without an anchor.
        if anchor != 0 {
            self.copies += size.values;
            self.check_size(node.at)?;
            let node = node.clone();
            self.anchors.insert(anchor, Anchor { node, size });
        }
        Ok(())
    }

    /// Adds a complete node to the innermost open list or mapping.
    fn place(&mut self, finished: FinishedNode) {
        let FinishedNode {
            node,
            height,
            is_merge,
        } = finished;
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        open.height = open.height.max(height);
        match &mut open.content {
            OpenContent::List(items) => items.push(node),
            // The parser sends the keys and values of a mapping in turn.
            OpenContent::Map { entries, key, merges } => match key.take() {
                None => *key = Some((node, is_merge)),
                Some((name, true)) => merges.push((name, node)),
                Some((name, false)) => entries.push((name, node)),
            },
        }
    }

    /// Reports a tag, unless it names the type that the value has anyway.
    fn check_tag(&mut self, event: &Event<'_>, span: &Span) {
        let Some(tag) = event.tag() else { return };
        let allowed = match event {
            Event::Scalar(..) => "str",
            Event::SequenceStart(..) => "seq",
            _ => "map",
        };
        if !tag.is_yaml_core_schema_tag(allowed) {
            let at = match span.tag_start() {
                Some(start) => At::of_marker(self.file, &start),
                None => At::of_span(self.file, span),
            };
            self.errors.push(YamlError::unsupported_tag(at, &tag.to_string()));
        }
    }

    fn check_size(&self, at: At) -> Result<(), Box<YamlError>> {
        if self.values + self.copies > MOST_VALUES {
            return Err(Box::new(YamlError::too_large(at)));
        }
        Ok(())
    }
}
