//! Parses text into a tree of [`YamlNode`]s.
//!
//! The parser sends events, and a [`TreeBuilder`] makes the tree of them. It resolves anchors and merge keys, reports
//! duplicate keys, and limits the number of values and their nesting.

pub(crate) mod builder;
pub(crate) mod error;
pub(crate) mod merge_keys;
pub(crate) mod node;
pub(crate) mod place;
pub(crate) mod syntax;

use serde_saphyr::granit_parser::{self, Event, Parser};

use builder::TreeBuilder;
use error::{DEEPEST, YamlError, YamlErrors};
use node::{YamlNode, YamlValue};
use place::At;

/// A document and its errors. `root` is `None` if an error left no document.
pub(crate) struct Parsed {
    pub root: Option<YamlNode>,
    pub errors: YamlErrors,
}

/// Parses the only document of `text`. Every place carries `file`.
pub(crate) fn parse(text: &str, file: u32) -> Parsed {
    let mut builder = TreeBuilder::new(file);
    let read = read(&mut builder, text, file);
    let (mut root, mut errors) = builder.finish();
    if let Err(error) = read {
        errors.push(*error);
        root = None;
    }
    Parsed { root, errors }
}

/// Sends the events of `text` to the builder, until one is an error that leaves no document.
fn read(builder: &mut TreeBuilder, text: &str, file: u32) -> Result<(), Box<YamlError>> {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
    };
    // A spec is one document. A second one is usually a paste, so it is not merged or ignored.
    let mut documents = 0;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let at = At::of_marker(file, error.marker());
                return Err(Box::new(YamlError::syntax(at, &error, text)));
            }
        };
        if matches!(event, Event::DocumentStart(..)) {
            documents += 1;
            if documents > 1 {
                let at = At::of_span(file, &span);
                return Err(Box::new(YamlError::several_documents(at)));
            }
        }
        builder.event(event, &span)?;
    }
    // A file of comments only has no document, or one that is null.
    match builder.root() {
        Some(node) if node.value != YamlValue::Null => Ok(()),
        _ => Err(Box::new(YamlError::empty(At::start_of(file)))),
    }
}
