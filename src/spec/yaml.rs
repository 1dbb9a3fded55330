//! Text to [`Node`]: YAML's events, bounded, with anchors, merge keys and duplicate keys dealt with.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::granit_parser::{self, ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::node::{At, Kind, Node, plain, short};

/// Most values in one file, those that aliases repeat included: an alias bomb of a few lines ends here. Ten
/// thousand registries with forty values each are well below.
const MOST_VALUES: usize = 1_000_000;
/// Deepest nesting of lists and mappings. The format itself needs five levels.
const DEEPEST: usize = 64;

/// What is wrong with the YAML itself.
pub(super) struct Fault {
    pub at: At,
    pub code: &'static str,
    pub message: String,
    pub help: Option<String>,
    /// Where the same key was given first.
    pub first: Option<At>,
}

/// A document, and what is wrong with it. Without a document one fault says why.
pub(super) struct Parsed {
    pub root: Option<Node>,
    pub faults: Vec<Fault>,
}

/// Reads the one document of `text`. Every place carries `file`.
pub(super) fn parse(text: &str, file: u32) -> Parsed {
    let mut builder = Builder::new(file);
    if let Err(fault) = builder.read(text) {
        builder.faults.push(*fault);
        builder.root = None;
    }
    Parsed {
        root: builder.root,
        faults: builder.faults,
    }
}

type Step = Result<(), Box<Fault>>;

struct Builder {
    file: u32,
    root: Option<Node>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Anchor>,
    values: usize,
    faults: Vec<Fault>,
}

/// A list or mapping that is not closed yet.
struct Open {
    at: At,
    anchor: usize,
    /// Values in this subtree start at this count.
    from: usize,
    /// Levels of lists and mappings inside it.
    height: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map {
        entries: Vec<(Node, Node)>,
        /// A key that waits for its value, and whether it is a plain `<<`.
        key: Option<(Node, bool)>,
        merges: Vec<(Node, Node)>,
    },
}

struct Anchor {
    node: Node,
    size: Size,
}

/// How much an anchor stands for.
#[derive(Clone, Copy)]
struct Size {
    values: usize,
    height: usize,
}

/// What a scalar stands for.
const ONE: Size = Size { values: 1, height: 0 };

/// A node just read, with what its place in the tree has to know.
struct Read {
    node: Node,
    height: usize,
    is_merge: bool,
}

impl Builder {
    fn new(file: u32) -> Self {
        Self {
            file,
            root: None,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            values: 0,
            faults: Vec::new(),
        }
    }

    fn read(&mut self, text: &str) -> Step {
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
            let (event, span) = event.map_err(|error| self.syntax(&error, text))?;
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
            Some(node) if node.kind != Kind::Null => Ok(()),
            _ => Err(empty(At {
                offset: 0,
                line: 1,
                column: 1,
                len: 0,
                ..last
            })),
        }
    }

    fn event(&mut self, event: Event<'_>, span: &Span) -> Step {
        let at = self.at(span);
        self.check_tag(&event, span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(at, text, style, anchor, tag.as_deref())
            }
            Event::SequenceStart(_, anchor, _) => self.start(at, anchor, Content::List(Vec::new())),
            Event::MappingStart(_, anchor, _) => {
                let content = Content::Map {
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
    ) -> Step {
        let is_plain = style == ScalarStyle::Plain;
        let is_merge = is_plain && tag.is_none() && text == "<<";
        let as_text = !is_plain || tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
        let kind = if as_text {
            Kind::Text(text.into())
        } else {
            plain(&text)
        };
        self.count(at, 1)?;
        let node = Node { at, kind };
        self.keep_anchor(anchor, &node, ONE)?;
        self.place(Read {
            node,
            height: 0,
            is_merge,
        });
        Ok(())
    }

    fn start(&mut self, at: At, anchor: usize, content: Content) -> Step {
        self.count(at, 1)?;
        if self.open.len() >= DEEPEST {
            return Err(too_deep(at));
        }
        self.open.push(Open {
            at: At { len: 0, ..at },
            anchor,
            from: self.values - 1,
            height: 0,
            content,
        });
        Ok(())
    }

    fn end(&mut self) -> Step {
        let Some(Open {
            at,
            anchor,
            from,
            height,
            content,
        }) = self.open.pop()
        else {
            return Ok(());
        };
        let kind = match content {
            Content::List(items) => Kind::List(items),
            Content::Map { entries, merges, .. } => Kind::Map(self.merge(entries, merges)),
        };
        let node = Node { at, kind };
        let height = height + 1;
        self.keep_anchor(
            anchor,
            &node,
            Size {
                values: self.values - from,
                height,
            },
        )?;
        self.place(Read {
            node,
            height,
            is_merge: false,
        });
        Ok(())
    }

    fn alias(&mut self, at: At, anchor: usize) -> Step {
        let Some(Anchor { node, size }) = self.anchors.get(&anchor) else {
            let message = "an alias inside of what it stands for";
            return Err(fault(at, "yaml-syntax", message, "write the value itself"));
        };
        let Size { values, height } = *size;
        self.values += values;
        if self.values > MOST_VALUES {
            return Err(too_large(at));
        }
        if self.open.len() + height > DEEPEST {
            return Err(too_deep(at));
        }
        let node = node.clone();
        self.place(Read {
            node,
            height,
            is_merge: false,
        });
        Ok(())
    }

    /// Keeps a copy for aliases. The copy counts as values: it takes memory too.
    fn keep_anchor(&mut self, anchor: usize, node: &Node, size: Size) -> Step {
        if anchor != 0 {
            self.count(node.at, size.values)?;
            let node = node.clone();
            self.anchors.insert(anchor, Anchor { node, size });
        }
        Ok(())
    }

    /// Puts a finished node where it belongs.
    fn place(
        &mut self,
        Read {
            node,
            height,
            is_merge,
        }: Read,
    ) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        open.height = open.height.max(height);
        match &mut open.content {
            Content::List(items) => items.push(node),
            Content::Map { entries, key, merges } => match key.take() {
                None => *key = Some((node, is_merge)),
                Some((name, true)) => merges.push((name, node)),
                Some((name, false)) => entries.push((name, node)),
            },
        }
    }

    /// Checks keys and adds what `<<` brings: a key of the mapping itself wins, then the first merged mapping.
    fn merge(&mut self, own: Vec<(Node, Node)>, merges: Vec<(Node, Node)>) -> Vec<(Node, Node)> {
        let mut entries = self.unique(own);
        for (second, _) in merges.iter().skip(1) {
            self.faults.push(duplicate(second.at, "<<", merges[0].0.at));
        }
        if merges.is_empty() {
            return entries;
        }
        let mut taken: BTreeSet<Box<str>> = entries
            .iter()
            .filter_map(|(key, _)| key.text())
            .map(Into::into)
            .collect();
        for (merge, value) in merges {
            match mappings(value) {
                Some(inherited) => entries.extend(
                    inherited
                        .flatten()
                        .filter(|(key, _)| key.text().is_some_and(|key| taken.insert(key.into()))),
                ),
                None => self.faults.push(not_a_merge(merge.at)),
            }
        }
        entries
    }

    /// Drops keys that are no text or that were given before, and says so.
    fn unique(&mut self, entries: Vec<(Node, Node)>) -> Vec<(Node, Node)> {
        let mut seen: BTreeMap<Box<str>, At> = BTreeMap::new();
        let mut kept = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let Some(name) = key.text() else {
                self.faults.push(key_is_no_text(&key));
                continue;
            };
            match seen.get(name) {
                Some(first) => self.faults.push(duplicate(key.at, name, *first)),
                None => {
                    seen.insert(name.into(), key.at);
                    kept.push((key, value));
                }
            }
        }
        kept
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
            self.faults
                .push(*fault(at, "unsupported-tag", message, "remove the tag"));
        }
    }

    fn count(&mut self, at: At, values: usize) -> Step {
        self.values += values;
        if self.values > MOST_VALUES {
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

    fn syntax(&self, error: &ScanError, text: &str) -> Box<Fault> {
        let at = self.at_marker(error.marker());
        if *error.kind() == ErrorKind::RecursionLimitExceeded {
            return too_deep(at);
        }
        if let Some(tab) = tab_in_indentation(text, at) {
            let help = "indent with spaces; YAML does not take tabs there";
            return fault(tab, "tab-indent", "a tab indents this line", help);
        }
        let help = "check the indentation, the quotes and the brackets here and on the line before";
        fault(at, "yaml-syntax", format!("not YAML: {}", error.info()), help)
    }
}

/// Files are at most some megabytes, so positions fit.
fn narrow(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// The first tab before any content on the line at `at`, or on the one before it.
fn tab_in_indentation(text: &str, at: At) -> Option<At> {
    let offset = (at.offset as usize).min(text.len());
    let start = text.get(..offset)?.rfind('\n').map_or(0, |index| index + 1);
    let before = text
        .get(..start.saturating_sub(1))?
        .rfind('\n')
        .map_or(0, |index| index + 1);
    let rows = [(start, at.line), (before, at.line.saturating_sub(1).max(1))];
    rows.into_iter().find_map(|(start, line)| {
        let indent = text[start..].bytes().take_while(|byte| *byte == b' ').count();
        let found = text.as_bytes().get(start + indent) == Some(&b'\t');
        found.then(|| At {
            line,
            column: narrow(indent + 1),
            offset: narrow(start + indent),
            len: 1,
            ..at
        })
    })
}

fn fault(at: At, code: &'static str, message: impl Into<String>, help: &str) -> Box<Fault> {
    Box::new(Fault {
        at,
        code,
        message: message.into(),
        help: Some(help.to_owned()),
        first: None,
    })
}

fn several_documents(at: At) -> Box<Fault> {
    let help = "put each document into a file of its own and name the folder";
    fault(
        at,
        "several-documents",
        "a second YAML document starts here",
        help,
    )
}

fn empty(at: At) -> Box<Fault> {
    let help = "start with `version: 1` and `registries:`; docs/spec.md has the keys";
    fault(at, "empty-file", "the file has no content", help)
}

fn too_deep(at: At) -> Box<Fault> {
    let message = format!("lists and mappings are nested more than {DEEPEST} levels deep");
    fault(
        at,
        "too-deep",
        message,
        "no key needs more than five levels; check the brackets",
    )
}

fn too_large(at: At) -> Box<Fault> {
    let message = format!("more than {MOST_VALUES} values, those that aliases repeat included");
    fault(
        at,
        "too-large",
        message,
        "use fewer aliases, or split the file and name the folder",
    )
}

/// What `<<` may bring: the entries of a mapping, or of each mapping of a list.
fn mappings(value: Node) -> Option<impl Iterator<Item = Vec<(Node, Node)>>> {
    let items = match value.kind {
        Kind::List(items) => items,
        _ => vec![value],
    };
    let all = items.iter().all(|item| matches!(item.kind, Kind::Map(_)));
    all.then(|| {
        items.into_iter().filter_map(|item| match item.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        })
    })
}

fn not_a_merge(at: At) -> Fault {
    let message = "`<<` takes a mapping, or a list of mappings";
    *fault(
        at,
        "wrong-type",
        message,
        "write `<<: *name`, where `&name` marks a mapping",
    )
}

fn duplicate(at: At, name: &str, first: At) -> Fault {
    let message = format!("the key `{}` is given twice", short(name));
    Fault {
        first: Some(first),
        ..*fault(at, "duplicate-key", message, "keep one of the two")
    }
}

fn key_is_no_text(key: &Node) -> Fault {
    let message = format!("a key must be a text, found {}", key.noun());
    *fault(
        key.at,
        "wrong-type",
        message,
        "put the key in quotes, such as `\"1\"`",
    )
}
