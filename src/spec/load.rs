//! Files to [`Spec`]: reading, including, resolving, checking. Everything wrong is collected, then said at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use jiff::civil::Date;
use serde::Deserialize;

use super::context::Context;
use super::de::Spanned;
use super::diagnostic::{Diagnostic, Invalid};
use super::files::{expand, read, unreadable, without_bom};
use super::include::{Base, target};
use super::names::{Network, Scope, Subnet, check_name};
use super::node::{At, Node};
use super::raw::RawFile;
use super::resolve::Resolved;
use super::shape;
use super::types::{RegistrySpec, Spec};
use super::yaml::{self, Fault};
use super::{checks, expect, resolve};
use crate::model::RegistryId;

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
            Err(found) => loader.ctx.findings.push(found),
        }
    }
    loader.finish()
}

/// Loads one text as if it were a file named `name`. It cannot include others.
///
/// # Errors
/// As for [`load`].
pub fn load_str(name: &str, text: &str, today: Date) -> Result<Loaded, Invalid> {
    let mut loader = Loader::new(today);
    let bytes = without_bom(text.as_bytes().to_vec());
    loader.document(name, bytes, None, &mut Vec::new(), true);
    loader.finish()
}

struct Loader {
    ctx: Context,
    /// By index of the file in [`super::files::Files`].
    documents: Vec<Document>,
    by_path: BTreeMap<PathBuf, u32>,
}

/// One file that was read.
#[derive(Default)]
struct Document {
    raw: RawFile,
    /// What it includes, in its order, with the place of each entry.
    includes: Vec<(u32, At)>,
    /// Whether it was named on the command line.
    named: bool,
    /// Whether a part of it, or of what it includes, could not be read.
    incomplete: bool,
    /// Every name it defines, wrongly defined ones included.
    names: BTreeSet<String>,
    scope: Option<Rc<Scope>>,
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
        let found = path.canonicalize().map_err(|error| error.to_string());
        match found {
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
                self.ctx.findings.push(found);
                return None;
            }
        };
        parsed.faults.into_iter().for_each(|fault| self.fault(fault));
        let mut root = parsed.root?;
        let names = ["networks", "subnets"]
            .into_iter()
            .flat_map(|key| root.names_under(key))
            .collect();
        for misfit in shape::fit(&mut root) {
            let place = self.ctx.files.place(misfit.at);
            let found = Diagnostic {
                help: misfit.help,
                ..Diagnostic::error(misfit.code, misfit.message)
            };
            self.ctx.findings.push(found.at(place));
        }
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
                let message = format!("cannot read `{}`: {reason}", super::node::short(&entry.value));
                let help = "the path counts from the folder of this file";
                self.ctx.error(entry.at, "include-unreadable", message, help);
                None
            }
        }
    }

    /// Everything after reading.
    fn finish(mut self) -> Result<Loaded, Invalid> {
        for file in 0..self.documents.len() {
            self.scope(file);
        }
        let registries = self.registries();
        let broken = self.ctx.findings.any_error();
        if !broken {
            self.unused();
        }
        for registry in &registries {
            checks::check(&mut self.ctx, registry);
            // A rule that an error took away is no reason to say that an expectation fails.
            if !broken {
                expect::check(&mut self.ctx, registry);
            }
        }
        self.warn_without_registries(registries.is_empty());
        let spec = self.spec(registries);
        let failed = self.ctx.findings.any_error();
        let found = self.ctx.findings.finish();
        if failed {
            Err(Invalid { diagnostics: found })
        } else {
            Ok(Loaded {
                spec,
                warnings: found,
            })
        }
    }

    /// What a file sees, made once. Files that it includes come first; there are no cycles.
    fn scope(&mut self, file: usize) -> Rc<Scope> {
        if let Some(scope) = &self.documents[file].scope {
            return scope.clone();
        }
        let mut scope = self.own_scope(file);
        // A later include wins over an earlier one, so it is merged in first.
        for (other, _) in self.documents[file].includes.clone().into_iter().rev() {
            let other = self.scope(other as usize);
            scope.include(&other, &mut self.ctx);
        }
        let scope = Rc::new(scope);
        self.documents[file].scope = Some(scope.clone());
        scope
    }

    fn own_scope(&mut self, file: usize) -> Scope {
        let document = &self.documents[file];
        let mut scope = Scope {
            defaults: document.raw.defaults.clone(),
            guardrails: document.raw.guardrails.clone(),
            broken: document.names.clone(),
            incomplete: document.incomplete,
            ..Scope::default()
        };
        for (name, raw) in &document.raw.networks.0 {
            check_name(&mut self.ctx, name);
            let network = Network::define(&mut self.ctx, name, raw);
            scope
                .networks
                .insert(network.name.value.clone(), Rc::new(network));
        }
        for (name, raw) in &document.raw.subnets.0 {
            check_name(&mut self.ctx, name);
            if let Some(subnet) = Subnet::define(&mut self.ctx, name, raw) {
                scope.subnets.insert(subnet.name.value.clone(), Rc::new(subnet));
            }
        }
        scope.broken.retain(|name| {
            !scope.networks.contains_key(name.as_str()) && !scope.subnets.contains_key(name.as_str())
        });
        scope
    }

    /// The registries of all named files, each once, by id.
    fn registries(&mut self) -> Vec<Resolved> {
        let mut all: BTreeMap<RegistryId, Resolved> = BTreeMap::new();
        for file in 0..self.documents.len() {
            let scope = self.scope(file);
            let document = &mut self.documents[file];
            if !document.named {
                self.warn_included_registries(file);
                continue;
            }
            let raws = std::mem::take(&mut document.raw.registries);
            resolve::defaults(&mut self.ctx, &scope, &scope.defaults);
            for raw in &raws {
                let Some(registry) = resolve::registry(&mut self.ctx, &scope, raw) else {
                    continue;
                };
                match all.get(&registry.spec.id) {
                    Some(first) => self.twice(&registry, first.at),
                    None => {
                        all.insert(registry.spec.id.clone(), registry);
                    }
                }
            }
            self.documents[file].raw.registries = raws;
        }
        all.into_values().collect()
    }

    fn twice(&mut self, registry: &Resolved, first: At) {
        let message = format!("the registry `{}` is declared twice", registry.spec.id.name());
        let found = Diagnostic::error("duplicate-registry", message).help("keep one of the two");
        self.ctx.both(found, registry.at, first, "declared here first");
    }

    fn warn_included_registries(&mut self, file: usize) {
        let Some(first) = self.documents[file].raw.registries.first().map(|it| it.at) else {
            return;
        };
        let message = "registries of an included file are not loaded";
        let help = format!(
            "name `{}` on the command line too",
            self.ctx.files.name(first.file)
        );
        self.ctx.warn(first, "included-registries", message, help);
    }

    /// Warns of names that nothing refers to, in files with registries: others are there for other files.
    fn unused(&mut self) {
        let mut unused = Vec::new();
        for document in self
            .documents
            .iter()
            .filter(|it| it.named && !it.raw.registries.is_empty())
        {
            let Some(scope) = &document.scope else { continue };
            let own = |at: At| at.file == document.raw.registries[0].at.file;
            let networks = scope
                .networks
                .values()
                .filter(|it| !it.used.get())
                .map(|it| ("network", &it.name));
            let subnets = scope
                .subnets
                .values()
                .filter(|it| !it.used.get())
                .map(|it| ("subnet", &it.name));
            unused.extend(
                networks
                    .chain(subnets)
                    .filter(|(_, name)| own(name.at))
                    .map(|(kind, name)| (kind, name.clone())),
            );
        }
        for (kind, name) in unused {
            let message = format!("nothing uses the {kind} `{}`", name.value);
            self.ctx
                .warn(name.at, "unused-name", message, "remove it, or use it");
        }
    }

    fn warn_without_registries(&mut self, none: bool) {
        if none && !self.ctx.findings.any_error() {
            let found = Diagnostic::warning(
                "no-registries",
                "no file declares a registry: there is nothing to do",
            );
            self.ctx
                .findings
                .push(found.help("add `registries:` with an `id` each"));
        }
    }

    fn spec(&self, registries: Vec<Resolved>) -> Spec {
        let named = self
            .documents
            .iter()
            .enumerate()
            .filter(|(_, document)| document.named);
        Spec {
            files: named
                .map(|(file, _)| self.ctx.files.name(narrow(file)).to_string())
                .collect(),
            registries: registries
                .into_iter()
                .map(|registry| registry.spec)
                .collect::<Vec<RegistrySpec>>(),
        }
    }
}

fn narrow(file: usize) -> u32 {
    u32::try_from(file).unwrap_or(u32::MAX)
}
