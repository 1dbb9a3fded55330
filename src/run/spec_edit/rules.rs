//! Rules that are added to a spec, and taken out of it.

use std::collections::BTreeSet;
use std::path::Path;

use super::edited::{BYTE_ORDER_MARK, EditedSpec, SpecText, new_warnings, reason};
use crate::az::RuleList;
use crate::error::Error;
use crate::model::{Rule, RuleTarget};
use crate::plan::Guard;
use crate::run::interface::Interface;
use crate::run::registry::named_registry::NamedRegistry;
use crate::run::spec_request::SpecRequest;
use crate::spec::edit::{
    self, EditAction, EditError, EditErrorKind, EditReport, EntryOutcome, ListEntry, RuleEdit, TextEdit,
};
use crate::spec::{
    ChangedFile, Diagnostic, KnownNames, Loaded, RegistrySpec, RuleInfo, Source, Spec, corrected,
    suggest_name,
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

/// Edits the rules of a registry in the text of its file. Every other registry keeps its meaning, and every other line its
/// bytes.
///
/// # Errors
/// The spec is invalid or has no such registry, a guard refuses the change, or a person has to make it.
pub fn edit_rules(request: &SpecEditRequest) -> Result<EditedSpec, Error> {
    let (file, loaded) = request.read()?;
    let registry = meant(request.registry.as_deref(), &request.named, &loaded.spec)?;
    let pending = PendingEdit {
        request,
        loaded: &loaded,
        registry,
        place: request.place(registry)?,
        edit: request.edit(&loaded.spec.names)?,
    };
    let text = file.text()?;
    let edited = edit::edit_rules(text, &loaded.spec, registry, pending.place, &pending.edit)
        .map_err(|source| file.not_edited(source))?;
    pending
        .guards(&edited)
        .map_err(|kind| file.not_edited(pending.error(kind)))?;
    let report = EditReport::new(&pending.place.file, text, Some(&registry.id), &edited);
    let Some(after) = corrected(&file.bytes, &edited.corrections) else {
        return Err(file.not_edited(pending.error(pending.other_meaning(text))));
    };
    let mut warnings = Vec::new();
    if !edited.corrections.is_empty() {
        warnings = pending
            .check(text, &after)
            .map_err(|kind| file.not_edited(pending.error(kind)))?;
    }
    let SpecText { path, bytes: before } = file;
    Ok(EditedSpec {
        path,
        before,
        after,
        report,
        warnings,
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

    /// Checks what can be judged without a connection. What is as it was asked for already needs no leave.
    fn guards(&self, edited: &TextEdit) -> Result<(), EditErrorKind> {
        let overrides = &self.request.overrides;
        let mut outcomes = edited.entries.iter().map(|entry| entry.outcome);
        if self.registry.protect
            && !overrides.contains(&Guard::Protect)
            && outcomes.any(|outcome| outcome == EntryOutcome::Removed)
        {
            return Err(EditErrorKind::Protected);
        }
        let widest = self.registry.guardrails.widest_rule;
        for entry in &self.edit.entries {
            if let ListEntry::Range(range) = entry
                && range.prefix_len() < widest
                && !overrides.contains(&Guard::WidestRule)
                && is_added(edited, &range.to_string())
            {
                let rule = range.to_string();
                return Err(EditErrorKind::TooWide { rule, widest });
            }
        }
        Ok(())
    }

    /// Loads the changed text, and compares what the spec means. Returns the warnings that it did not have before.
    fn check(&self, before: &str, text: &[u8]) -> Result<Vec<Diagnostic>, EditErrorKind> {
        let path = self.path();
        let changed = ChangedFile { path, text };
        let after = match self.request.spec.load_changed(changed, true) {
            Ok(after) => after,
            Err(Error::InvalidSpec(found)) => {
                return Err(reason(&found, self.place, self.other_meaning(before)));
            }
            Err(_) => return Err(self.other_meaning(before)),
        };
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let stays_json = !edit::is_json(before.as_bytes()) || edit::is_json(text);
        if !stays_json || !edit::is_edited(&self.loaded.spec, &after.spec, &self.registry.id, &self.edit)
        {
            return Err(self.other_meaning(before));
        }
        Ok(new_warnings(self.loaded, after.warnings))
    }

    /// Returns the reason why the text does not mean what was asked for.
    fn other_meaning(&self, before: &str) -> EditErrorKind {
        let place = self.place.clone();
        match edit::is_repeated(before, &place) {
            true => EditErrorKind::Repeated { place },
            false => EditErrorKind::OtherMeaning { place },
        }
    }

    fn error(&self, kind: EditErrorKind) -> Box<EditError> {
        Box::new(EditError {
            registry: self.registry.id.name().to_owned(),
            kind,
            by_hand: edit::by_hand(&self.edit, self.registry),
        })
    }
}

/// Returns true if an edit adds an entry.
fn is_added(edited: &TextEdit, value: &str) -> bool {
    let mut entries = edited.entries.iter();
    entries.any(|entry| entry.value == value && entry.outcome == EntryOutcome::Added)
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
    /// Finds the file that declares the registry, reads it, and loads the spec with it.
    fn read(&self) -> Result<(SpecText, Loaded), Error> {
        // An edit can be what makes `expect` hold again.
        let found = self.spec.load_quietly(false)?;
        let registry = meant(self.registry.as_deref(), &self.named, &found.spec)?;
        let file = SpecText::read(Path::new(&*self.place(registry)?.file))?;
        // Another run may have changed the file meanwhile. Places and text must be those of the same bytes.
        let loaded = self.spec.load_changed(file.as_read(), false)?;
        Ok((file, loaded))
    }

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
                RuleTarget::Subnet(id) => Ok(ListEntry::Subnet((**id).clone())),
                RuleTarget::Unparsed(text) => {
                    Err(unknown(text, "network or subnet", &names.all_names(), CIDR))
                }
            },
            Self::Network(name) => {
                let rules = names.rules_named(name);
                match rules.iter().any(|rule| rule.cidr().is_some()) {
                    true => Ok(ListEntry::Network(name.as_str().into())),
                    false => Err(unknown(name, "network", &names.network_names(), CIDR)),
                }
            }
            Self::Subnet(name) => {
                let rules = names.rules_named(name);
                match rules.iter().find_map(Rule::subnet) {
                    Some(id) => Ok(ListEntry::Subnet(id.clone())),
                    None => Err(unknown(name, "subnet", &names.subnet_names(), SUBNET)),
                }
            }
        }
    }
}

/// What to give in place of names that a spec does not have.
const CIDR: &str = "give the addresses, --ip-address CIDR";
const SUBNET: &str = "give the id of the subnet, --subnet ID (az network vnet subnet show --query id)";

fn unknown(name: &str, kind: &str, known: &[&str], otherwise: &str) -> Error {
    Error::usage(
        format!("the spec has no {kind} `{name}`"),
        suggest_name(name, known, otherwise),
    )
}
