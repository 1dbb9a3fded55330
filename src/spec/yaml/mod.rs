//! Text to [`YamlNode`]: YAML's events, bounded, with anchors, merge keys and duplicate keys dealt with.

pub(crate) mod builder;
pub(crate) mod error;
pub(crate) mod merge_keys;
pub(crate) mod node;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_saphyr::granit_parser::{self, Event, Parser, ScalarStyle, Span, Tag};

use builder::{Anchor, FinishedNode, NodeSize, OpenContent, OpenNode};
use error::{
    DEEPEST, MOST_VALUES, YamlError, YamlErrors, empty, fault, narrow, several_documents, syntax,
    too_deep, too_large,
};
use merge_keys::merge;
use node::{At, YamlNode, YamlValue, plain, short};

/// A document, and what is wrong with it. Without a document one fault says why.
pub(crate) struct Parsed {
    pub root: Option<YamlNode>,
    pub errors: YamlErrors,
}

/// Reads the one document of `text`. Every place carries `file`.
pub(crate) fn parse(text: &str, file: u32) -> Parsed {
    let mut builder = TreeBuilder::new(file);
    if let Err(error) = builder.read(text) {
        builder.errors.push(*error);
        builder.root = None;
    }
    Parsed {
        root: builder.root,
        errors: builder.errors,
    }
}

struct TreeBuilder {
    file: u32,
    root: Option<YamlNode>,
    open: Vec<OpenNode>,
    anchors: BTreeMap<usize, Anchor>,
    values: usize,
    /// Values kept for aliases: they take memory too.
    copies: usize,
    errors: YamlErrors,
}

impl TreeBuilder {
    fn new(file: u32) -> Self {
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

    fn read(&mut self, text: &str) -> Result<(), Box<YamlError>> {
        let options = granit_parser::options! {
            emit_comments: false,
            flow_nesting_limit: DEEPEST,
            block_nesting_limit: DEEPEST,
        };
        let mut documents = 0;
        let mut last = At {
            file: self.file,
            line: 1,
            column: 1,
            ..At::default()
        };
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) =
                event.map_err(|error| syntax(self.at_marker(error.marker()), &error, text))?;
            last = self.at(&span);
            if matches!(event, Event::DocumentStart(..)) {
                documents += 1;
                if documents > 1 {
                    return Err(several_documents(last));
                }
            }
            self.event(event, &span)?;
        }
        match &self.root {
            Some(node) if node.value != YamlValue::Null => Ok(()),
            _ => Err(empty(At {
                offset: 0,
                line: 1,
                column: 1,
                len: 0,
                ..last
            })),
        }
    }

    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), Box<YamlError>> {
        let at = self.at(span);
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
        let text_len = text.len();
        let is_plain = style == ScalarStyle::Plain;
        let is_merge = is_plain && tag.is_none() && text == "<<";
        let as_text = !is_plain || tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
        let value = if as_text {
            YamlValue::Text(text.into())
        } else {
            plain(&text)
        };
        // A long text counts more than once: an alias can repeat it.
        let values = 1 + text_len / 64;
        self.values += values;
        self.check_size(at)?;
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
            return Err(too_deep(at));
        }
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
        let Some(OpenNode {
            at,
            anchor,
            from,
            height,
            content,
        }) = self.open.pop()
        else {
            return Ok(());
        };
        let value = match content {
            OpenContent::List(items) => YamlValue::List(items),
            OpenContent::Map { entries, merges, .. } => {
                YamlValue::Map(merge(&mut self.errors, entries, merges))
            }
        };
        let node = YamlNode { at, value };
        let height = height + 1;
        self.keep_anchor(
            anchor,
            &node,
            NodeSize {
                values: self.values - from,
                height,
            },
        )?;
        self.place(FinishedNode {
            node,
            height,
            is_merge: false,
        });
        Ok(())
    }

    fn alias(&mut self, at: At, anchor: usize) -> Result<(), Box<YamlError>> {
        let Some(NodeSize { values, height }) = self.anchors.get(&anchor).map(|it| it.size) else {
            let message = "an alias inside of what it stands for";
            return Err(fault(at, "yaml-syntax", message, "write the value itself"));
        };
        self.values += values;
        self.check_size(at)?;
        if self.open.len() + height > DEEPEST {
            return Err(too_deep(at));
        }
        let node = self.anchors[&anchor].node.clone();
        self.place(FinishedNode {
            node,
            height,
            is_merge: false,
        });
        Ok(())
    }

    /// Keeps a copy for aliases.
    fn keep_anchor(
        &mut self,
        anchor: usize,
        node: &YamlNode,
        size: NodeSize,
    ) -> Result<(), Box<YamlError>> {
        if anchor != 0 {
            self.copies += size.values;
            self.check_size(node.at)?;
            let node = node.clone();
            self.anchors.insert(anchor, Anchor { node, size });
        }
        Ok(())
    }

    /// Puts a finished node where it belongs.
    fn place(
        &mut self,
        FinishedNode {
            node,
            height,
            is_merge,
        }: FinishedNode,
    ) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        open.height = open.height.max(height);
        match &mut open.content {
            OpenContent::List(items) => items.push(node),
            OpenContent::Map { entries, key, merges } => match key.take() {
                None => *key = Some((node, is_merge)),
                Some((name, true)) => merges.push((name, node)),
                Some((name, false)) => entries.push((name, node)),
            },
        }
    }

    /// Tags are refused, but for those that say what the value is anyway.
    fn check_tag(&mut self, event: &Event<'_>, span: &Span) {
        let Some(tag) = event.tag() else { return };
        let allowed = match event {
            Event::Scalar(..) => "str",
            Event::SequenceStart(..) => "seq",
            _ => "map",
        };
        if !tag.is_yaml_core_schema_tag(allowed) {
            let at = span
                .tag_start()
                .map_or(self.at(span), |start| self.at_marker(&start));
            let message = format!("the YAML tag `{}` is not supported", short(&tag.to_string()));
            self.errors
                .push(*fault(at, "unsupported-tag", message, "remove the tag"));
        }
    }

    fn check_size(&self, at: At) -> Result<(), Box<YamlError>> {
        if self.values + self.copies > MOST_VALUES {
            Err(too_large(at))
        } else {
            Ok(())
        }
    }

    fn at(&self, span: &Span) -> At {
        let (start, end) = (span.start, span.end);
        let len = if start.line() == end.line() {
            span.byte_range().map_or(0, |range| range.len())
        } else {
            0
        };
        At {
            len: narrow(len),
            ..self.at_marker(&start)
        }
    }

    fn at_marker(&self, marker: &granit_parser::Marker) -> At {
        At {
            file: self.file,
            line: narrow(marker.line()),
            column: narrow(marker.col() + 1),
            offset: narrow(marker.byte_offset().unwrap_or_default()),
            len: 0,
        }
    }
}
