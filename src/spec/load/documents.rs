//! What was read, put together: scopes, registries, checks, [`Spec`].

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::model::RegistryId;
use crate::spec::check::{self, expect};
use crate::spec::diagnostic::{Diagnostic, InvalidSpec};
use crate::spec::loading::Loading;
use crate::spec::raw::RawFile;
use crate::spec::resolve::names::{NamedNetwork, NamedSubnet, check_name};
use crate::spec::resolve::scope::FileScope;
use crate::spec::resolve::{self, ResolvedRegistry};
use crate::spec::types::{RegistrySpec, Spec};
use crate::spec::yaml::error::narrow;
use crate::spec::yaml::node::At;

/// A spec without errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    pub spec: Spec,
    /// Sorted by file, line and column.
    pub warnings: Vec<Diagnostic>,
}

/// All files of a run, read.
pub(crate) struct SpecFiles {
    pub loading: Loading,
    /// By index of the file in [`super::files::FileTexts`].
    pub list: Vec<SpecFile>,
}

/// One file that was read.
#[derive(Default)]
pub(crate) struct SpecFile {
    pub raw: RawFile,
    /// What it includes, in its order, with the place of each entry.
    pub includes: Vec<(u32, At)>,
    /// Whether it was named on the command line.
    pub named: bool,
    /// Whether a part of it, or of what it includes, could not be read.
    pub incomplete: bool,
    /// Every name it defines, wrongly defined ones included.
    pub names: BTreeSet<String>,
    pub scope: Option<Rc<FileScope>>,
}

impl SpecFiles {
    /// Everything after reading.
    pub(crate) fn finish(mut self) -> Result<Loaded, InvalidSpec> {
        for file in 0..self.list.len() {
            self.scope(file);
        }
        let registries = self.registries();
        let broken = self.loading.diagnostics.any_error();
        if !broken {
            self.unused();
        }
        for registry in &registries {
            check::check(&mut self.loading, registry);
            // A rule that an error took away is no reason to say that an expectation fails.
            if !broken {
                expect::check(&mut self.loading, registry);
            }
        }
        self.warn_without_registries(registries.is_empty());
        let spec = self.spec(registries);
        let failed = self.loading.diagnostics.any_error();
        let found = self.loading.diagnostics.finish();
        if failed {
            Err(InvalidSpec { diagnostics: found })
        } else {
            Ok(Loaded {
                spec,
                warnings: found,
            })
        }
    }

    /// What a file sees, made once. Files that it includes come first; there are no cycles.
    fn scope(&mut self, file: usize) -> Rc<FileScope> {
        if let Some(scope) = &self.list[file].scope {
            return scope.clone();
        }
        let mut scope = self.own_scope(file);
        // A later include wins over an earlier one, so it is merged in first.
        for (other, _) in self.list[file].includes.clone().into_iter().rev() {
            let other = self.scope(other as usize);
            scope.include(&other, &mut self.loading);
        }
        scope.limits = resolve::guardrails(&mut self.loading, &scope.guardrails);
        let scope = Rc::new(scope);
        self.list[file].scope = Some(scope.clone());
        scope
    }

    fn own_scope(&mut self, file: usize) -> FileScope {
        let document = &self.list[file];
        let mut scope = FileScope {
            defaults: document.raw.defaults.clone(),
            guardrails: document.raw.guardrails.clone(),
            broken: document.names.clone(),
            incomplete: document.incomplete,
            ..FileScope::default()
        };
        for (name, raw) in &document.raw.networks.0 {
            check_name(&mut self.loading, name);
            let network = NamedNetwork::define(&mut self.loading, name, raw);
            scope
                .networks
                .insert(network.name.value.clone(), Rc::new(network));
        }
        for (name, raw) in &document.raw.subnets.0 {
            check_name(&mut self.loading, name);
            if let Some(subnet) = NamedSubnet::define(&mut self.loading, name, raw) {
                scope.subnets.insert(subnet.name.value.clone(), Rc::new(subnet));
            }
        }
        scope.broken.retain(|name| {
            !scope.networks.contains_key(name.as_str()) && !scope.subnets.contains_key(name.as_str())
        });
        scope
    }

    /// The registries of all named files, each once, by id.
    fn registries(&mut self) -> Vec<ResolvedRegistry> {
        let mut all: BTreeMap<RegistryId, ResolvedRegistry> = BTreeMap::new();
        for file in 0..self.list.len() {
            let scope = self.scope(file);
            let document = &mut self.list[file];
            if !document.named {
                self.warn_included_registries(file);
                continue;
            }
            let raws = std::mem::take(&mut document.raw.registries);
            resolve::defaults(&mut self.loading, &scope, &scope.defaults);
            for raw in &raws {
                let Some(registry) = resolve::registry(&mut self.loading, &scope, raw) else {
                    continue;
                };
                match all.get(&registry.spec.id) {
                    Some(first) => self.twice(&registry, first.at),
                    None => {
                        all.insert(registry.spec.id.clone(), registry);
                    }
                }
            }
            self.list[file].raw.registries = raws;
        }
        all.into_values().collect()
    }

    fn twice(&mut self, registry: &ResolvedRegistry, first: At) {
        let message = format!("the registry `{}` is declared twice", registry.spec.id.name());
        let found = Diagnostic::error("duplicate-registry", message).help("keep one of the two");
        self.loading
            .both(found, registry.at, first, "declared here first");
    }

    fn warn_included_registries(&mut self, file: usize) {
        let Some(first) = self.list[file].raw.registries.first().map(|it| it.at) else {
            return;
        };
        let message = "registries of an included file are not loaded";
        let help = format!(
            "name `{}` on the command line too",
            self.loading.files.name(first.file)
        );
        self.loading.warn(first, "included-registries", message, help);
    }

    /// Warns of names that nothing refers to, in files with registries: others are there for other files.
    fn unused(&mut self) {
        let mut unused = Vec::new();
        for document in self
            .list
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
            self.loading
                .warn(name.at, "unused-name", message, "remove it, or use it");
        }
    }

    fn warn_without_registries(&mut self, none: bool) {
        if none && !self.loading.diagnostics.any_error() {
            let found = Diagnostic::warning(
                "no-registries",
                "no file declares a registry: there is nothing to do",
            );
            self.loading
                .diagnostics
                .push(found.help("add `registries:` with an `id` each"));
        }
    }

    fn spec(&self, registries: Vec<ResolvedRegistry>) -> Spec {
        let named = self
            .list
            .iter()
            .enumerate()
            .filter(|(_, document)| document.named);
        Spec {
            files: named
                .map(|(file, _)| self.loading.files.name(narrow(file)).to_string())
                .collect(),
            registries: registries
                .into_iter()
                .map(|registry| registry.spec)
                .collect::<Vec<RegistrySpec>>(),
        }
    }
}
