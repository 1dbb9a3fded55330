//! Live registries that are added to a spec.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use super::edited::{EditedSpec, SpecText, new_warnings, reason};
use crate::error::Error;
use crate::import::{self, Import};
use crate::live::{FoundRegistries, Live, Reading};
use crate::model::{RegistryId, shell_word};
use crate::plan::{Plan, Policy, diff};
use crate::run::import::{ImportRequest, find};
use crate::run::interface::Interface;
use crate::run::options::RunOptions;
use crate::run::spec_request::SpecRequest;
use crate::spec::edit::{
    EditError, EditErrorKind, EditReport, EditedEntry, EntryOutcome, TextEdit, add_registries,
    has_gained,
};
use crate::spec::{
    ChangedFile, Diagnostic, DraftRegistry, DraftSettings, Loaded, Source, Spec, WantedSettings,
    corrected,
};

/// The end of an import into a spec.
#[derive(Clone, Debug)]
pub struct ImportedInto {
    pub edited: EditedSpec,
    /// The registries that the spec lacked, and what was seen beside them.
    pub import: Import,
}

/// Reads registries and adds those to a file that its spec lacks. Its names and defaults are used, and every other line keeps
/// its bytes.
///
/// # Errors
/// As for [`crate::run::import()`]; or the spec is invalid, or a person has to add the registries.
pub fn import_into(
    request: &ImportRequest,
    spec: &SpecRequest,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<ImportedInto, Error> {
    let file = SpecText::read(spec.paths.first().map_or(Path::new(""), |path| path))?;
    // Places and text must be those of the same bytes.
    let loaded = spec.load_changed(file.as_read(), false)?;
    let (mut found, _) = find(request, options, interface)?;
    let mut edited = TextEdit::default();
    for registry in &loaded.spec.registries {
        if found.registries.remove(&registry.id).is_some() {
            edited
                .entries
                .push(entry(&registry.id, EntryOutcome::Listed, registry.source.clone()));
        }
    }
    let mut import = import::import(&found);
    // The file keeps its own names, and gains none.
    import.networks.clear();
    import.subnets.clear();
    (import.summary.networks, import.summary.subnets) = (0, 0);
    // An import leaves out what no spec can name.
    found
        .registries
        .retain(|id, _| import.registries.iter().any(|taken| taken.id == *id));

    let pending = PendingImport {
        spec,
        loaded: &loaded,
        found: &found,
        file,
    };
    for id in found.registries.keys() {
        edited.entries.push(entry(id, EntryOutcome::Added, None));
    }
    let mut after = pending.file.bytes.clone();
    let mut warnings = Vec::new();
    if !found.registries.is_empty() {
        let drafts = pending.drafts()?;
        (edited.corrections, after) = pending.added(&drafts)?;
        let line = edited.corrections.first().map_or(0, |correction| correction.line);
        warnings = pending.check(&after, line, &drafts)?;
    }
    let SpecText { path, bytes } = &pending.file;
    let report = EditReport::new(&path.display().to_string(), pending.file.text()?, None, &edited);
    let edited = EditedSpec {
        path: path.clone(),
        before: bytes.clone(),
        after,
        report,
        warnings,
    };
    Ok(ImportedInto { edited, import })
}

/// Registries that are added to a file, and not checked yet.
struct PendingImport<'a> {
    spec: &'a SpecRequest,
    loaded: &'a Loaded,
    /// The registries that the spec lacks.
    found: &'a FoundRegistries,
    file: SpecText,
}

/// Corrections of a file, and its text with them.
type AddedText = (Vec<crate::spec::Correction>, Vec<u8>);

impl PendingImport<'_> {
    /// Describes the registries with the names and the defaults of the spec.
    fn drafts(&self) -> Result<Vec<DraftRegistry>, Error> {
        let mut bare = Vec::new();
        for id in self.found.registries.keys() {
            bare.push(DraftRegistry {
                id: id.clone(),
                comment: Vec::new(),
                settings: DraftSettings::new(),
                ignore: Vec::new(),
            });
        }
        // What a registry wants that says nothing itself is what the defaults ask for.
        let (_, text) = self.added(&bare)?;
        let loaded = self
            .load(&text, false)
            .map_err(|kind| self.refused(kind, &bare))?;
        let mut given: BTreeMap<&RegistryId, &WantedSettings> = BTreeMap::new();
        for registry in &loaded.spec.registries {
            given.insert(&registry.id, &registry.settings);
        }
        let none = WantedSettings::default();
        let mut drafts = Vec::new();
        for (id, live) in &self.found.registries {
            let given = given.get(id).copied().unwrap_or(&none);
            drafts.push(import::describe_for(live, &self.loaded.spec.names, given));
        }
        Ok(drafts)
    }

    /// Adds registries to the text.
    fn added(&self, drafts: &[DraftRegistry]) -> Result<AddedText, Error> {
        let correction = add_registries(self.file.text()?, drafts);
        let corrections: Vec<_> = correction.into_iter().collect();
        match corrected(&self.file.bytes, &corrections) {
            Some(text) if !corrections.is_empty() => Ok((corrections, text)),
            _ => Err(self.refused(self.other_meaning(), drafts)),
        }
    }

    /// Loads the changed text, and compares what the spec means: its plan must be empty for the registries that are new. `line`
    /// is where they were added.
    fn check(&self, text: &[u8], line: u32, drafts: &[DraftRegistry]) -> Result<Vec<Diagnostic>, Error> {
        let after = self.load(text, true).map_err(|kind| self.refused(kind, drafts))?;
        let ids: BTreeSet<RegistryId> = self.found.registries.keys().cloned().collect();
        let mut new = Spec {
            names: after.spec.names.clone(),
            ..Spec::default()
        };
        for registry in &after.spec.registries {
            if ids.contains(&registry.id) {
                new.registries.push(registry.clone());
            }
        }
        let mut live = Live::default();
        for (id, registry) in &self.found.registries {
            live.registries
                .insert(id.clone(), Ok(Reading::of(registry.clone())));
        }
        let plan = diff(&new, &live, &Policy::default());
        if !plan.is_empty() {
            let added = lines(text).saturating_sub(lines(&self.file.bytes));
            return Err(self.changed_by_defaults(&plan, drafts, line..line + added));
        }
        if !has_gained(&self.loaded.spec, &after.spec, &ids) {
            return Err(self.refused(self.other_meaning(), drafts));
        }
        Ok(new_warnings(self.loaded, after.warnings))
    }

    /// Returns the error for registries that the `defaults` would change. `added` are the new lines.
    fn changed_by_defaults(&self, plan: &Plan, drafts: &[DraftRegistry], added: Range<u32>) -> Error {
        let (mut changed, mut words, mut place) = (Vec::new(), Vec::new(), None);
        for registry in plan.registries.iter().filter(|registry| !registry.is_empty()) {
            let mut keys = Vec::new();
            for change in &registry.changes.settings {
                keys.push(format!("`{}`", change.path.spec_key()));
                place = place.or_else(|| change.source.clone());
            }
            words.push(format!("`{}` ({})", registry.id.name(), keys.join(", ")));
            changed.extend(drafts.iter().filter(|draft| draft.id == registry.id).cloned());
        }
        let mut place = place.unwrap_or_else(|| self.place());
        // The place is that in the text with the new lines.
        if *place.file == *self.file.path.display().to_string() && place.line >= added.end {
            place.line -= added.end - added.start;
        }
        let kind = EditErrorKind::Defaults {
            found: format!("the `defaults` of the spec would change {}", words.join(", ")),
            place,
            are_all: changed.len() == drafts.len(),
        };
        self.refused(kind, &changed)
    }

    fn load(&self, text: &[u8], checks_expect: bool) -> Result<Loaded, EditErrorKind> {
        let path = &self.file.path;
        match self.spec.load_changed(ChangedFile { path, text }, checks_expect) {
            Ok(after) => Ok(after),
            Err(Error::InvalidSpec(found)) => {
                Err(match reason(&found, &self.place(), self.other_meaning()) {
                    // A registry that is new has no expectations but those of `defaults`.
                    EditErrorKind::BreaksExpect { found, place } => EditErrorKind::Defaults {
                        found,
                        place,
                        are_all: true,
                    },
                    other => other,
                })
            }
            Err(_) => Err(self.other_meaning()),
        }
    }

    fn other_meaning(&self) -> EditErrorKind {
        EditErrorKind::NotAdded { place: self.place() }
    }

    /// Returns the place of the last registry of the file, or else its first line.
    fn place(&self) -> Source {
        let file = self.file.path.display().to_string();
        let mut places = Vec::new();
        for registry in &self.loaded.spec.registries {
            places.extend(registry.source.clone());
        }
        places.into_iter().max().unwrap_or(Source {
            file: file.into(),
            line: 1,
            column: 1,
        })
    }

    fn refused(&self, kind: EditErrorKind, drafts: &[DraftRegistry]) -> Error {
        let names: Vec<&str> = drafts.iter().map(|draft| draft.id.name()).collect();
        let ids: Vec<String> = drafts.iter().map(|draft| shell_word(draft.id.as_str())).collect();
        self.file.not_edited(Box::new(EditError {
            registry: names.join(", "),
            kind,
            by_hand: ids.join(" "),
        }))
    }
}

/// Counts the line breaks of a text.
fn lines(text: &[u8]) -> u32 {
    text.iter().map(|byte| u32::from(*byte == b'\n')).sum()
}

fn entry(id: &RegistryId, outcome: EntryOutcome, source: Option<Source>) -> EditedEntry {
    EditedEntry {
        value: id.to_string(),
        outcome,
        by: None,
        source,
    }
}
