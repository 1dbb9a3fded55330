//! Files to [`Spec`]: reading, including, resolving, checking. Everything wrong is collected, then said at once.

pub(crate) mod documents;
pub(crate) mod files;
pub(crate) mod include;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::Deserialize;

use super::context::Context;
use super::diagnostic::{Diagnostic, Invalid, Severity};
use super::raw::deserialize::Spanned;
use super::raw::{RawFile, check_schema};
use super::types::Spec;
use super::yaml;
use super::yaml::error::Fault;
use super::yaml::node::Node;
use documents::{Document, Documents};
use files::{canonical, expand, read, unreadable, without_bom};
use include::{Base, target};

/// Deepest chain of includes.
const DEEPEST_INCLUDE: usize = 16;

/// A spec without errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    pub spec: Spec,
    /// Sorted by file, line and column.
    pub warnings: Vec<Diagnostic>,
}

/// Loads files, and the YAML files of folders, as one spec. `today` decides which rules have expired.
///
/// # Errors
/// Everything that is wrong with the files, not the first thing only.
pub fn load(paths: &[PathBuf], today: Date) -> Result<Loaded, Invalid> {
    let mut loader = Loader::new(today);
    for path in paths {
        match expand(path) {
            Ok(files) => files.iter().for_each(|file| loader.named(file)),
            Err(found) => loader.ctx.findings.push(*found),
        }
    }
    Documents {
        ctx: loader.ctx,
        list: loader.documents,
    }
    .finish()
}

/// Loads one text as if it were a file named `name`. It cannot include others.
///
/// # Errors
/// As for [`load`].
pub fn load_str(name: &str, text: &str, today: Date) -> Result<Loaded, Invalid> {
    let mut loader = Loader::new(today);
    let bytes = without_bom(text.as_bytes().to_vec());
    loader.document(name, bytes, None, &mut Vec::new(), true);
    Documents {
        ctx: loader.ctx,
        list: loader.documents,
    }
    .finish()
}

struct Loader {
    ctx: Context,
    /// By index of the file in [`super::load::files::Files`].
    documents: Vec<Document>,
    by_path: BTreeMap<PathBuf, u32>,
}

impl Loader {
    fn new(today: Date) -> Self {
        Self {
            ctx: Context::new(today),
            documents: Vec::new(),
            by_path: BTreeMap::new(),
        }
    }

    /// Loads a file named on the command line, once.
    fn named(&mut self, path: &Path) {
        match canonical(path) {
            Ok(canonical) => {
                let base = Base::of_named(path, &canonical);
                if let Err(reason) = self.file(base, &mut Vec::new(), true) {
                    self.ctx.findings.push(unreadable(path, &reason));
                }
            }
            Err(reason) => self.ctx.findings.push(unreadable(path, &reason)),
        }
    }

    /// Loads a file if it is not loaded yet.
    fn file(&mut self, base: Base, stack: &mut Vec<u32>, named: bool) -> Result<u32, String> {
        if let Some(&file) = self.by_path.get(&base.canonical) {
            self.documents[file as usize].named |= named;
            return Ok(file);
        }
        let bytes = read(&base.canonical)?;
        let name = base.shown.to_string_lossy().into_owned();
        Ok(self.document(&name, bytes, Some(base), stack, named))
    }

    fn document(
        &mut self,
        name: &str,
        bytes: Vec<u8>,
        base: Option<Base>,
        stack: &mut Vec<u32>,
        named: bool,
    ) -> u32 {
        let file = self.ctx.files.add(name, bytes);
        if let Some(base) = &base {
            self.by_path.insert(base.canonical.clone(), file);
        }
        self.documents.push(Document {
            named,
            ..Document::default()
        });
        let parsed = self.parse(file);
        let document = &mut self.documents[file as usize];
        match parsed {
            Some((raw, names)) => (document.raw, document.names) = (raw, names),
            None => document.incomplete = true,
        }
        stack.push(file);
        self.includes(file, base.as_ref(), stack);
        stack.pop();
        file
    }

    /// Text to raw shapes, and the names that the text defines, be it wrongly.
    fn parse(&mut self, file: u32) -> Option<(RawFile, BTreeSet<String>)> {
        let parsed = match self.ctx.files.text(file) {
            Ok(text) => yaml::parse(text, file),
            Err(found) => {
                self.ctx.findings.push(*found);
                return None;
            }
        };
        parsed.faults.list.into_iter().for_each(|fault| self.fault(fault));
        self.ctx.findings.count(Severity::Error, parsed.faults.more);
        let mut root = parsed.root?;
        let names = ["networks", "subnets"]
            .into_iter()
            .flat_map(|key| root.names_under(key))
            .collect();
        check_schema::fit(&mut root, &mut self.ctx);
        self.deserialize(&root).map(|raw| (raw, names))
    }

    /// Cannot fail after the check against the schema; a test holds that. A mistake of ours is an error all the
    /// same, not a panic.
    fn deserialize(&mut self, root: &Node) -> Option<RawFile> {
        match RawFile::deserialize(root) {
            Ok(raw) => Some(raw),
            Err(error) => {
                if !self.ctx.findings.any_error() {
                    let help = "this is a defect of ringfence: please report it with the file";
                    self.ctx
                        .error(root.at, "unreadable-shape", error.to_string(), help);
                }
                None
            }
        }
    }

    fn fault(&mut self, fault: Fault) {
        let Fault {
            at,
            code,
            message,
            help,
            first,
        } = fault;
        let found = Diagnostic {
            help,
            ..Diagnostic::error(code, message)
        };
        match first {
            Some(first) => self.ctx.both(found, at, first, "given here first"),
            None => {
                let place = self.ctx.files.place(at);
                self.ctx.findings.push(found.at(place));
            }
        }
    }

    fn includes(&mut self, file: u32, base: Option<&Base>, stack: &mut Vec<u32>) {
        for entry in self.documents[file as usize].raw.include.clone() {
            match self.include(&entry, base, stack) {
                Some(other) => self.documents[file as usize].includes.push((other, entry.at)),
                None => self.documents[file as usize].incomplete = true,
            }
        }
    }

    fn include(
        &mut self,
        entry: &Spanned<String>,
        base: Option<&Base>,
        stack: &mut Vec<u32>,
    ) -> Option<u32> {
        if stack.len() >= DEEPEST_INCLUDE {
            let message = format!("includes are nested more than {DEEPEST_INCLUDE} deep");
            self.ctx.error(
                entry.at,
                "include-too-deep",
                message,
                "include the files from one place",
            );
            return None;
        }
        let target = match target(base, &entry.value) {
            Ok(target) => target,
            Err(wrong) => {
                self.ctx.error(entry.at, wrong.code, wrong.message, wrong.help);
                return None;
            }
        };
        if let Some(at) = self
            .by_path
            .get(&target.canonical)
            .and_then(|file| stack.iter().position(|it| it == file))
        {
            let mut chain: Vec<&str> = stack[at..]
                .iter()
                .map(|file| &**self.ctx.files.name(*file))
                .collect();
            chain.push(chain[0]);
            let message = format!("these files include each other: {}", chain.join(" → "));
            self.ctx
                .error(entry.at, "include-cycle", message, "remove one of the includes");
            return None;
        }
        match self.file(target, stack, false) {
            Ok(file) => Some(file),
            Err(reason) => {
                let message = format!(
                    "cannot read `{}`: {reason}",
                    super::yaml::node::short(&entry.value)
                );
                let help = "the path counts from the folder of this file";
                self.ctx.error(entry.at, "include-unreadable", message, help);
                None
            }
        }
    }
}
