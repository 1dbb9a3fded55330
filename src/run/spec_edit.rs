//! Edits of a spec: loaded, changed, loaded again and compared. Nothing is written here.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::interface::{Interface, Notice};
use super::named_registry::NamedRegistry;
use super::spec_request::SpecRequest;
use crate::az::RuleList;
use crate::error::{Error, RunRefusal};
use crate::local_file;
use crate::model::{Rule, RuleTarget};
use crate::plan::Guard;
use crate::spec::edit::{self, EditAction, EditError, EditErrorKind, EditReport, ListEntry, RuleEdit};
use crate::spec::{
    ChangedFile, Diagnostic, DiagnosticCode, KnownNames, LARGEST_FILE, Loaded, RegistrySpec, RuleInfo,
    Source, Spec, corrected, suggest_name,
};

/// A change of the rules that a spec has for one registry.
#[derive(Clone, Debug)]
pub struct SpecEditRequest {
    pub spec: SpecRequest,
    /// Name or id of the registry. `None` for the only one.
    pub registry: Option<String>,
    pub named: NamedRegistry,
    pub action: EditAction,
    pub entries: Vec<GivenEntry>,
    /// Guards that this run overrides.
    pub overrides: BTreeSet<Guard>,
}

/// An entry as the user gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GivenEntry {
    /// An address, a range or a subnet.
    Rule(Rule),
    /// The name of a network of the spec.
    Network(String),
    /// The name of a subnet of the spec, or the names of its virtual network and its own (`hub/build`).
    Subnet(String),
}

/// An edit that is checked, and that is still to be written.
#[derive(Clone, Debug)]
pub struct EditedSpec {
    pub path: PathBuf,
    /// The bytes of the file that the edit was made for.
    pub before: Vec<u8>,
    pub after: Vec<u8>,
    pub report: EditReport,
}

/// Edits the rules of a registry in the text of its file. Every other registry keeps its meaning, and every other line its
/// bytes.
///
/// # Errors
/// The spec is invalid or has no such registry, a guard refuses the change, or a person has to make it.
pub fn edit_rules(request: &SpecEditRequest, interface: &dyn Interface) -> Result<EditedSpec, Error> {
    // An edit can be what makes `expect` hold again.
    let loaded = request.spec.load_quietly(false)?;
    let registry = meant(request.registry.as_deref(), &request.named, &loaded.spec)?;
    let pending = PendingEdit {
        request,
        loaded: &loaded,
        registry,
        place: request.place(registry)?,
        edit: request.edit(&loaded.spec.names)?,
    };
    pending.guards().map_err(|kind| pending.refused(kind))?;

    let path = pending.path();
    let before = local_file::read(path, LARGEST_FILE).map_err(|source| unreadable(path, source))?;
    let text = text_of(&before).map_err(|source| unreadable(path, source))?;
    let edited = edit::edit_rules(text, &loaded.spec, registry, pending.place, &pending.edit)
        .map_err(|source| not_edited(path, source))?;
    let report = EditReport::new(&pending.place.file, text, &registry.id, &edited);
    let Some(after) = corrected(&before, &edited.corrections) else {
        return Err(pending.refused(pending.other_meaning()));
    };
    if !edited.corrections.is_empty() {
        let warnings = pending.check(&after).map_err(|kind| pending.refused(kind))?;
        if !warnings.is_empty() {
            interface.notify(&Notice::Warnings(&warnings));
        }
    }
    Ok(EditedSpec {
        path: path.to_owned(),
        before,
        after,
        report,
    })
}

/// An edit of a registry that is not checked yet.
struct PendingEdit<'a> {
    request: &'a SpecEditRequest,
    loaded: &'a Loaded,
    registry: &'a RegistrySpec,
    /// The place of the registry in its file.
    place: &'a Source,
    edit: RuleEdit,
}

impl PendingEdit<'_> {
    fn path(&self) -> &Path {
        Path::new(&*self.place.file)
    }

    /// Checks what can be judged without a connection.
    fn guards(&self) -> Result<(), EditErrorKind> {
        let overrides = &self.request.overrides;
        if self.edit.action == EditAction::Remove {
            let is_free = !self.registry.protect || overrides.contains(&Guard::Protect);
            return is_free.then_some(()).ok_or(EditErrorKind::Protected);
        }
        let widest = self.registry.guardrails.widest_rule;
        for entry in &self.edit.entries {
            if let ListEntry::Range(range) = entry
                && range.prefix_len() < widest
                && !overrides.contains(&Guard::WidestRule)
            {
                let rule = range.to_string();
                return Err(EditErrorKind::TooWide { rule, widest });
            }
        }
        Ok(())
    }

    /// Loads the changed text, and compares what the spec means. Returns the warnings that it did not have before.
    fn check(&self, text: &[u8]) -> Result<Vec<Diagnostic>, EditErrorKind> {
        let path = self.path();
        let after = match self.request.spec.load_changed(ChangedFile { path, text }) {
            Ok(after) => after,
            Err(Error::InvalidSpec(found)) => {
                return Err(self.broken_expect(&found).unwrap_or(self.other_meaning()));
            }
            Err(_) => return Err(self.other_meaning()),
        };
        if !edit::is_edited(&self.loaded.spec, &after.spec, &self.registry.id, &self.edit) {
            return Err(self.other_meaning());
        }
        let mut warnings = Vec::new();
        for new in after.warnings {
            let mut known = self.loaded.warnings.iter();
            if !known.any(|old| old.code == new.code && old.message == new.message) {
                warnings.push(new);
            }
        }
        Ok(warnings)
    }

    /// Returns the refusal for an expectation that would no longer hold.
    fn broken_expect(&self, found: &[Diagnostic]) -> Option<EditErrorKind> {
        let found = found
            .iter()
            .find(|found| found.code == DiagnosticCode::ExpectFails)?;
        Some(EditErrorKind::BreaksExpect {
            found: found.message.clone(),
            place: found.source().unwrap_or(self.place).clone(),
        })
    }

    fn other_meaning(&self) -> EditErrorKind {
        let place = self.place.clone();
        EditErrorKind::OtherMeaning { place }
    }

    fn refused(&self, kind: EditErrorKind) -> Error {
        let source = EditError {
            registry: self.registry.id.name().to_owned(),
            kind,
            by_hand: edit::by_hand(&self.edit),
        };
        not_edited(self.path(), Box::new(source))
    }
}

/// Lists the rules that a spec wants for a registry. Without a name, it is the only one of the spec.
///
/// # Errors
/// The spec is invalid, or has no such registry.
pub fn list_wanted_rules(
    registry: Option<&str>,
    named: &NamedRegistry,
    spec: &SpecRequest,
    interface: &dyn Interface,
) -> Result<RuleList, Error> {
    let spec = spec.load(interface)?;
    let registry = meant(registry, named, &spec)?;
    Ok(RuleList::wanted(registry))
}

/// Returns the registry that is meant. Without a name, it is the only one of the spec.
fn meant<'s>(
    registry: Option<&str>,
    named: &NamedRegistry,
    spec: &'s Spec,
) -> Result<&'s RegistrySpec, Error> {
    match (registry, &spec.registries[..]) {
        (Some(name), _) => named.wanted(name, spec),
        (None, [only]) => Ok(only),
        (None, all) => Err(Error::usage(
            format!("the spec has {} registries: which one is meant?", all.len()),
            "add --name NAME",
        )),
    }
}

impl SpecEditRequest {
    /// Returns the place of a registry in a file.
    fn place<'s>(&self, registry: &'s RegistrySpec) -> Result<&'s Source, Error> {
        match &registry.source {
            Some(source) if self.spec.stdin.is_none() => Ok(source),
            _ => Err(Error::usage(
                "a spec from stdin cannot be edited",
                "give the path of its file",
            )),
        }
    }

    /// Returns the edit, with each name looked up.
    fn edit(&self, names: &KnownNames) -> Result<RuleEdit, Error> {
        let mut entries = Vec::new();
        for entry in &self.entries {
            entries.push(entry.found(names)?);
        }
        let has_info =
            self.action != EditAction::Remove && self.action != EditAction::Add(RuleInfo::default());
        if has_info && !entries.iter().all(|entry| matches!(entry, ListEntry::Range(_))) {
            return Err(Error::usage(
                "an owner, a reason, a ticket or a day belongs to addresses, and not to names or subnets",
                "give the addresses alone",
            ));
        }
        Ok(RuleEdit {
            action: self.action.clone(),
            entries,
        })
    }
}

impl GivenEntry {
    /// Returns the entry, with its name looked up.
    fn found(&self, names: &KnownNames) -> Result<ListEntry, Error> {
        match self {
            Self::Rule(rule) => match rule.target() {
                RuleTarget::Ip(range) => Ok(ListEntry::Range(*range)),
                RuleTarget::Subnet(id) => Ok(ListEntry::Subnet(id.clone())),
                RuleTarget::Unparsed(text) => Err(unknown(text, "network or subnet", names)),
            },
            Self::Network(name) => {
                let rules = names.rules_named(name);
                match rules.iter().any(|rule| rule.cidr().is_some()) {
                    true => Ok(ListEntry::Network(name.as_str().into())),
                    false => Err(unknown(name, "network", names)),
                }
            }
            Self::Subnet(name) => {
                let rules = names.rules_named(name);
                match rules.iter().find_map(Rule::subnet) {
                    Some(id) => Ok(ListEntry::Subnet(id.clone())),
                    None => Err(unknown(name, "subnet", names)),
                }
            }
        }
    }
}

fn unknown(name: &str, kind: &str, names: &KnownNames) -> Error {
    Error::usage(
        format!("the spec has no {kind} `{name}`"),
        suggest_name(name, &names.all_names()),
    )
}

/// Returns the text of a file without its byte order mark.
fn text_of(file: &[u8]) -> io::Result<&str> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    std::str::from_utf8(file).map_err(io::Error::other)
}

fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::File {
        action: "read",
        path: path.to_owned(),
        source,
    }
}

fn not_edited(path: &Path, source: Box<EditError>) -> Error {
    let file = path.to_owned();
    Error::Refused(RunRefusal::NotEdited { file, source })
}
