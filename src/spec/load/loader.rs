//! Reads the files of a run and the files that they include.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::Deserialize;

use super::documents::{Loaded, SpecFile, SpecFiles};
use super::files::{canonical, read, unreadable, without_bom};
use super::folder::{expand, not_loaded};
use super::include::{IncludeBase, IncludeError, STDIN, target};
use super::root::root_of;
use crate::spec::diagnostic::{Diagnostic, InvalidSpec};
use crate::spec::diagnostic_code::{DiagnosticCode, Severity};
use crate::spec::loading::Loading;
use crate::spec::raw::{RawFile, check_schema};
use crate::spec::yaml;
use crate::spec::yaml::error::YamlError;
use crate::spec::yaml::node::{YamlNode, short};

/// Deepest chain of includes.
const DEEPEST_INCLUDE: usize = 16;

/// Reads files in the order of the command line, each file once.
pub(crate) struct Loader {
    loading: Loading,
    /// The files read so far, by their index in [`super::files::FileTexts`].
    files: Vec<SpecFile>,
    /// The index of each file, by its canonical path.
    by_path: BTreeMap<PathBuf, u32>,
    /// The folders whose subfolders are not loaded.
    folders: Vec<PathBuf>,
    /// A folder whose files have another name in messages, and that name.
    renamed: Option<(PathBuf, String)>,
    /// The canonical path of a file that is taken to have another text, and that text.
    changed: Option<(PathBuf, Vec<u8>)>,
}

/// The text of one file, before it is parsed.
struct SpecText<'a> {
    name: &'a str,
    bytes: Vec<u8>,
    /// `None` for a text that is in no folder.
    base: Option<IncludeBase>,
    /// True if the file was named on the command line.
    named: bool,
}

impl Loader {
    /// Creates a loader that has read nothing.
    pub(crate) fn new(today: Date) -> Self {
        Self {
            loading: Loading::new(today),
            files: Vec::new(),
            by_path: BTreeMap::new(),
            folders: Vec::new(),
            renamed: None,
            changed: None,
        }
    }

    /// Shows the files of a folder under another name.
    pub(crate) fn rename(&mut self, folder: &Path, name: &str) {
        self.renamed = Some((folder.to_owned(), name.to_owned()));
    }

    /// Takes a text for that of a file. A path that cannot be read is reported where it is loaded.
    pub(crate) fn change(&mut self, path: &Path, text: &[u8]) {
        if let Ok(path) = canonical(path) {
            self.changed = Some((path, without_bom(text.to_vec())));
        }
    }

    /// Returns the name of a file in messages.
    fn shown_name(&self, path: &Path) -> String {
        if let Some((folder, name)) = &self.renamed
            && let Ok(inside) = path.strip_prefix(folder)
        {
            return format!("{name}{}", inside.display());
        }
        path.to_string_lossy().into_owned()
    }

    /// Leaves `expect` unchecked.
    pub(crate) fn skip_expect(&mut self) {
        self.loading.skips_expect = true;
    }

    /// Loads a file, or the YAML files of a folder, named on the command line.
    pub(crate) fn add_path(&mut self, path: &Path, with_subfolders: bool) {
        let files = match expand(path, with_subfolders) {
            Ok(files) => files,
            Err(found) => return self.loading.diagnostics.push(*found),
        };
        // The root is that of the argument: a link in a named folder must not choose another one.
        let root = match root_of(path) {
            Ok(root) => root,
            Err(error) => {
                let found = unreadable(path, &error.to_string());
                return self.loading.diagnostics.push(found);
            }
        };
        for file in &files {
            if let Err(found) = self.named_file(file, &root) {
                self.loading.diagnostics.push(*found);
            }
        }
        if !with_subfolders && path.is_dir() {
            self.folders.push(path.to_owned());
        }
    }

    /// Loads a text as a file of the current folder.
    pub(crate) fn add_stdin(&mut self, bytes: &[u8]) {
        let base = match IncludeBase::of_stdin() {
            Ok(base) => base,
            Err(found) => return self.loading.diagnostics.push(*found),
        };
        let text = SpecText {
            name: STDIN,
            bytes: without_bom(bytes.to_vec()),
            base: Some(base),
            named: true,
        };
        self.load(text, &mut Vec::new());
    }

    /// Loads a text as if it were a file named `name`.
    pub(crate) fn add_text(&mut self, name: &str, text: &str) {
        let text = SpecText {
            name,
            bytes: without_bom(text.as_bytes().to_vec()),
            base: None,
            named: true,
        };
        self.load(text, &mut Vec::new());
    }

    /// Resolves and checks everything that was read.
    pub(crate) fn finish(mut self) -> Result<Loaded, InvalidSpec> {
        for folder in std::mem::take(&mut self.folders) {
            if let Some(found) = not_loaded(&folder, &self.by_path) {
                self.loading.diagnostics.push(found);
            }
        }
        SpecFiles {
            loading: self.loading,
            list: self.files,
        }
        .finish()
    }

    fn named_file(&mut self, path: &Path, root: &Path) -> Result<(), Box<Diagnostic>> {
        let base = IncludeBase::of_named(path, root)?;
        match self.file(base, &mut Vec::new(), true) {
            Ok(_) => Ok(()),
            Err(reason) => Err(Box::new(unreadable(path, &reason))),
        }
    }

    /// Loads a file unless it is loaded already, and returns its index. `stack` holds the files that are being
    /// loaded, from the named one to the one that includes this file.
    fn file(&mut self, base: IncludeBase, stack: &mut Vec<u32>, named: bool) -> Result<u32, String> {
        if let Some(&file) = self.by_path.get(&base.canonical) {
            self.files[file as usize].named |= named;
            return Ok(file);
        }
        let bytes = match &self.changed {
            Some((path, text)) if *path == base.canonical => text.clone(),
            _ => read(&base.canonical)?,
        };
        let name = self.shown_name(&base.shown);
        let text = SpecText {
            name: &name,
            bytes,
            base: Some(base),
            named,
        };
        Ok(self.load(text, stack))
    }

    /// Parses a text, loads the files that it includes, and returns its index.
    fn load(&mut self, text: SpecText<'_>, stack: &mut Vec<u32>) -> u32 {
        let SpecText {
            name,
            bytes,
            base,
            named,
        } = text;
        let file = self.loading.files.add(name, bytes);
        // The path is known before the file is parsed, so that an include of itself is found as a cycle.
        if let Some(base) = &base {
            self.by_path.insert(base.canonical.clone(), file);
        }
        let mut parsed = SpecFile {
            named,
            ..SpecFile::default()
        };
        match self.parse(file) {
            Some((raw, names)) => (parsed.raw, parsed.names) = (raw, names),
            None => parsed.incomplete = true,
        }
        self.files.push(parsed);

        // Includes come after the file itself, so that its index stays the one that `FileTexts` gave it.
        stack.push(file);
        self.includes(file, base.as_ref(), stack);
        stack.pop();
        file
    }

    /// Parses the text of a file. Also returns the names that it defines, including those defined wrongly.
    fn parse(&mut self, file: u32) -> Option<(RawFile, BTreeSet<String>)> {
        let parsed = match self.loading.files.text(file) {
            Ok(text) => yaml::parse(text, file),
            Err(found) => {
                self.loading.diagnostics.push(*found);
                return None;
            }
        };
        // Errors in the YAML come first. Most of them leave a tree that can be checked further.
        for error in parsed.errors.list {
            self.yaml_error(error);
        }
        self.loading
            .diagnostics
            .count(Severity::Error, parsed.errors.more);

        // The names are taken before the schema check, which removes definitions that do not fit.
        let mut root = parsed.root?;
        let mut names = BTreeSet::new();
        for key in ["networks", "subnets"] {
            names.extend(root.names_under(key));
        }
        check_schema::fit(&mut root, &mut self.loading);
        let raw = self.deserialize(&root)?;
        Some((raw, names))
    }

    /// Turns a tree that fits the schema into raw types. That cannot fail, and a test holds it. If it does fail, the
    /// defect is reported as an error instead of a panic.
    fn deserialize(&mut self, root: &YamlNode) -> Option<RawFile> {
        match RawFile::deserialize(root) {
            Ok(raw) => Some(raw),
            Err(error) => {
                if !self.loading.diagnostics.any_error() {
                    let code = DiagnosticCode::UnreadableShape;
                    let help = "this is a defect of ringfence: please report it with the file";
                    self.loading.report(root.at, code, error.to_string(), help);
                }
                None
            }
        }
    }

    fn yaml_error(&mut self, error: YamlError) {
        let YamlError {
            at,
            code,
            message,
            help,
            first,
        } = error;
        let help = help.into_owned();
        match first {
            Some(first) => {
                let found = Diagnostic::new(code, message, help);
                self.loading.report_with(found, at, first, "first used here");
            }
            None => self.loading.report(at, code, message, help),
        }
    }

    /// Loads the files that a file includes. Reports those that cannot be loaded.
    fn includes(&mut self, file: u32, base: Option<&IncludeBase>, stack: &mut Vec<u32>) {
        for entry in self.files[file as usize].raw.include.clone() {
            let included = self.include(&entry.value, base, stack);
            let file = &mut self.files[file as usize];
            match included {
                Ok(other) => file.includes.push(other),
                Err(error) => {
                    file.incomplete = true;
                    self.loading
                        .report(entry.at, error.code, error.message, error.help);
                }
            }
        }
    }

    /// Loads the file that an entry of `include` names, and returns its index.
    fn include(
        &mut self,
        text: &str,
        base: Option<&IncludeBase>,
        stack: &mut Vec<u32>,
    ) -> Result<u32, IncludeError> {
        if stack.len() >= DEEPEST_INCLUDE {
            return Err(IncludeError {
                code: DiagnosticCode::IncludeTooDeep,
                message: format!("includes are nested more than {DEEPEST_INCLUDE} levels deep"),
                help: "include the files from one place".to_owned(),
            });
        }
        // A file that is already being loaded further up would include itself for ever.
        let target = target(base, text)?;
        if let Some(files) = self.cycle(&target, stack) {
            return Err(IncludeError {
                code: DiagnosticCode::IncludeCycle,
                message: format!("these files include each other: {files}"),
                help: "remove one of the includes".to_owned(),
            });
        }
        match self.file(target, stack, false) {
            Ok(file) => Ok(file),
            Err(reason) => Err(IncludeError::unreadable(&short(text), &reason)),
        }
    }

    /// Returns the files of a cycle, `a → b → a`, if `target` is being loaded already.
    fn cycle(&self, target: &IncludeBase, stack: &[u32]) -> Option<String> {
        let file = self.by_path.get(&target.canonical)?;
        let start = stack.iter().position(|open| open == file)?;
        let mut names: Vec<&str> = Vec::new();
        for file in stack[start..].iter().chain([file]) {
            names.push(self.loading.files.name(*file));
        }
        Some(names.join(" → "))
    }
}
