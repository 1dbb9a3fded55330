//! Turns the files that were read into a [`Spec`]: builds scopes, resolves registries, checks them.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::model::{Client, RegistryId, Setting, SubnetId};
use crate::spec::check::{self, expect, expect_endpoint};
use crate::spec::diagnostic::{Diagnostic, InvalidSpec};
use crate::spec::diagnostic_code::DiagnosticCode;
use crate::spec::loading::Loading;
use crate::spec::raw::RawFile;
use crate::spec::resolve::names::{NamedNetwork, NamedSubnet, check_name};
use crate::spec::resolve::scope::FileScope;
use crate::spec::resolve::{self, ResolvedRegistry};
use crate::spec::types::{KnownNames, Spec};
use crate::spec::yaml::place::{At, narrow};

/// A spec without errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    pub spec: Spec,
    /// Sorted by file, line and column.
    pub warnings: Vec<Diagnostic>,
}

/// All files of a run, after reading.
pub(crate) struct SpecFiles {
    pub loading: Loading,
    /// By index of the file in [`super::files::FileTexts`].
    pub list: Vec<SpecFile>,
}

/// One file that was read.
#[derive(Default)]
pub(crate) struct SpecFile {
    /// What the file says. Its registries are dropped as they are resolved: a fleet would have both forms in memory.
    pub raw: RawFile,
    /// Place of the first registry, once they are resolved.
    pub first_registry: Option<At>,
    /// The included files, in the order of `include`.
    pub includes: Vec<u32>,
    /// True if the file was named on the command line.
    pub named: bool,
    /// True if a part of the file, or of a file that it includes, could not be read.
    pub incomplete: bool,
    /// Every name that the file defines, with those defined wrongly.
    pub names: BTreeSet<String>,
    /// The names and defaults of the file and its includes, once they are known.
    pub scope: Option<Rc<FileScope>>,
}

impl SpecFiles {
    /// Resolves and checks all registries.
    ///
    /// # Errors
    /// Returns all diagnostics if at least one of them is an error.
    pub(crate) fn finish(mut self) -> Result<Loaded, InvalidSpec> {
        for file in 0..self.list.len() {
            self.scope(file);
        }
        let registries = self.registries();

        // An expectation can fail, or a name be unused, only because an error removed something else.
        let broken = self.loading.diagnostics.any_error();
        if !broken {
            self.warn_unused(&registries);
        }
        for registry in &registries {
            check::check(&mut self.loading, registry);
            if !broken && !self.loading.skips_expect {
                expect::check(&mut self.loading, registry);
                expect_endpoint::check(&mut self.loading, registry);
            }
        }
        self.warn_without_registries(registries.is_empty());

        let spec = self.spec(registries);
        let failed = self.loading.diagnostics.any_error();
        let diagnostics = self.loading.diagnostics.finish();
        if failed {
            return Err(InvalidSpec { diagnostics });
        }
        Ok(Loaded {
            spec,
            warnings: diagnostics,
        })
    }

    /// Returns the scope of a file, and builds it the first time. The scopes of included files come first. There are
    /// no cycles, because the loader refuses them.
    fn scope(&mut self, file: usize) -> Rc<FileScope> {
        if let Some(scope) = &self.list[file].scope {
            return scope.clone();
        }
        let mut scope = self.own_scope(file);
        // A later include wins over an earlier one, so it is merged first.
        for other in self.list[file].includes.clone().into_iter().rev() {
            let other = self.scope(other as usize);
            scope.include(&other, &mut self.loading);
        }
        // The names of the includes are needed here.
        scope.resolve_egress(&mut self.loading, narrow(file));
        scope.limits = resolve::guardrails(&mut self.loading, &scope.guardrails);
        let scope = Rc::new(scope);
        self.list[file].scope = Some(scope.clone());
        scope
    }

    /// Builds the scope of a file without its includes.
    fn own_scope(&mut self, file: usize) -> FileScope {
        // Every name counts as broken until its definition is read.
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
            let name = network.name.value.clone();
            scope.networks.insert(name, Rc::new(network));
        }
        for (name, raw) in &document.raw.subnets.0 {
            check_name(&mut self.loading, name);
            if let Some(subnet) = NamedSubnet::define(&mut self.loading, name, raw) {
                let name = subnet.name.value.clone();
                scope.subnets.insert(name, Rc::new(subnet));
            }
        }
        let (networks, subnets) = (&scope.networks, &scope.subnets);
        scope.broken.retain(|name| {
            !networks.contains_key(name.as_str()) && !subnets.contains_key(name.as_str())
        });
        scope
    }

    /// Returns the registries of all named files, each once, by id.
    fn registries(&mut self) -> Vec<ResolvedRegistry> {
        let mut all: BTreeMap<RegistryId, ResolvedRegistry> = BTreeMap::new();
        for file in 0..self.list.len() {
            let scope = self.scope(file);
            if !self.list[file].named {
                self.warn_included_registries(file);
                continue;
            }
            // Defaults are also checked on their own, because each registry may override some of them.
            resolve::defaults(&mut self.loading, &scope, &scope.defaults);
            let registries = std::mem::take(&mut self.list[file].raw.registries);
            self.list[file].first_registry = registries.first().map(|first| first.at);
            for raw in registries {
                let Some(registry) = resolve::registry(&mut self.loading, &scope, &raw) else {
                    continue;
                };
                // The first declaration is kept, and the second one reported.
                match all.get(&registry.spec.id) {
                    Some(first) => report_duplicate(&mut self.loading, &registry, first.at),
                    None => {
                        all.insert(registry.spec.id.clone(), registry);
                    }
                }
            }
        }
        all.into_values().collect()
    }

    fn warn_included_registries(&mut self, file: usize) {
        let Some(first) = self.list[file].raw.registries.first() else {
            return;
        };
        let message = "registries of an included file are not loaded";
        let name = self.loading.files.name(first.at.file);
        let help = format!("name `{name}` on the command line too");
        self.loading
            .report(first.at, DiagnosticCode::IncludedRegistries, message, help);
    }

    /// Warns about unused names in files with registries. Files without registries define names for other files.
    fn warn_unused(&mut self, registries: &[ResolvedRegistry]) {
        let named = subnets_of(registries);
        for document in &self.list {
            let (Some(scope), Some(registry)) = (&document.scope, document.first_registry) else {
                continue;
            };
            if !document.named {
                continue;
            }
            // The scope also has the names of included files.
            let file = registry.file;
            for network in scope.networks.values() {
                if network.name.at.file == file && !network.used.get() {
                    report_unused(&mut self.loading, network.name.at, "network", &network.name.value);
                }
            }
            for subnet in scope.subnets.values() {
                // `egress` counts for a subnet that is listed by its id, too.
                let used =
                    subnet.used.get() || (subnet.egress.is_some() && named.contains(&subnet.id.value));
                if subnet.name.at.file == file && !used {
                    report_unused(&mut self.loading, subnet.name.at, "subnet", &subnet.name.value);
                }
            }
        }
    }

    fn warn_without_registries(&mut self, none: bool) {
        if none && !self.loading.diagnostics.any_error() {
            self.loading.diagnostics.push(Diagnostic::new(
                DiagnosticCode::NoRegistries,
                "no file declares a registry",
                "add `registries:` with at least one `id`",
            ));
        }
    }

    fn spec(&self, registries: Vec<ResolvedRegistry>) -> Spec {
        let mut spec = Spec::default();
        spec.part.digest = self.loading.files.digest();
        for (file, document) in self.list.iter().enumerate() {
            if document.named {
                spec.files.push(self.loading.files.name(narrow(file)).to_string());
            }
        }
        for registry in registries {
            spec.registries.push(registry.spec);
        }
        spec.names = Arc::new(self.known_names());
        spec
    }

    /// Collects the names that the files define, used or not.
    fn known_names(&self) -> KnownNames {
        let (mut networks, mut subnets) = (Vec::new(), Vec::new());
        for (file, document) in self.list.iter().enumerate() {
            let Some(scope) = &document.scope else { continue };
            // A scope also has the names of included files, which have scopes of their own.
            for network in scope.networks.values() {
                if network.name.at.file == narrow(file) {
                    networks.push(network.known());
                }
            }
            for subnet in scope.subnets.values() {
                if subnet.name.at.file == narrow(file) {
                    subnets.push((subnet.name.value.clone(), subnet.id.value.clone()));
                }
            }
        }
        KnownNames::new(networks, subnets)
    }
}

fn report_duplicate(loading: &mut Loading, registry: &ResolvedRegistry, first: At) {
    let message = format!("the registry `{}` is declared twice", registry.spec.id.name());
    let found = Diagnostic::new(
        DiagnosticCode::DuplicateRegistry,
        message,
        "remove one of the two",
    );
    loading.report_with(found, registry.at, first, "first declared here");
}

/// Returns the subnets that registries list or that their expectations name, by name or by id.
fn subnets_of(registries: &[ResolvedRegistry]) -> BTreeSet<&SubnetId> {
    let mut found = BTreeSet::new();
    for ResolvedRegistry { spec, .. } in registries {
        let listed = spec
            .settings
            .rules(Setting::VirtualNetworkRules)
            .unwrap_or_default();
        found.extend(listed.iter().filter_map(|listed| listed.rule.subnet()));
        for expectation in &spec.expect {
            if let Client::Subnet(id) = &expectation.client {
                found.insert(id);
            }
        }
    }
    found
}

fn report_unused(loading: &mut Loading, at: At, kind: &str, name: &str) {
    let message = format!("unused {kind} `{name}`");
    loading.report(at, DiagnosticCode::UnusedName, message, "remove it, or use it");
}
