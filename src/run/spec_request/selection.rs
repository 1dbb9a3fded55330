//! The registries that a run is about.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::error::Error;
use crate::live::{Chosen, FoundRegistries, LiveRegistry};
use crate::model::RegistryId;
use crate::plan::live_mode_name;
use crate::spec::{self, Choice, LiveFacts, Shard, Spec};

/// The registries of a spec that a run is about.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    pub choice: Choice,
    /// The shard to take of those that are left; `None` for all.
    pub shard: Option<Shard>,
}

impl Selection {
    /// Removes the registries that are not meant. Those that live state decides about stay, with the choice.
    ///
    /// # Errors
    /// A selector fits no registry of the spec: a misspelled name must not make a run about nothing look well. The
    /// same holds for selectors that leave none.
    pub(super) fn apply(&self, mut spec: Spec) -> Result<Spec, Error> {
        let mut ids = Vec::new();
        for registry in &spec.registries {
            ids.push(&registry.id);
        }
        self.check(&ids, "of the spec")?;
        let all = std::mem::take(&mut spec.registries);
        let (mut taken, mut mine) = (0, Vec::with_capacity(all.len()));
        let had_some = !all.is_empty();
        for registry in all {
            let choice = self.choice.takes(&registry.id, None);
            let is_taken = choice != Some(false);
            taken += usize::from(is_taken);
            // A shard may be empty: its runner then has nothing to do.
            if is_taken && self.is_mine(&registry.id) {
                mine.push(registry);
                continue;
            }
            // What live state decides is not known of another shard.
            if choice == Some(true) {
                spec.in_other_shards.insert(registry.id.clone());
            }
            spec.left_out.push(registry);
        }
        if had_some && taken == 0 && self.must_leave_some() {
            return Err(none_left());
        }
        spec.registries = mine;
        spec.part.shard = self.shard;
        if self.choice.live_flag().is_some() {
            spec.choice = self.choice.clone();
        }
        Ok(spec)
    }

    /// Returns true if a registry is in the shard of this run.
    fn is_mine(&self, id: &RegistryId) -> bool {
        self.shard.is_none_or(|shard| shard.has(id))
    }

    /// Returns true if a choice of nothing has a mistake. Nothing may have changed since a revision.
    fn must_leave_some(&self) -> bool {
        self.choice.flags().all(|(_, selector)| selector.must_fit())
    }

    /// Removes the registries of an import that are not meant.
    ///
    /// # Errors
    /// As for a spec, and for a selector that compares specs.
    pub(crate) fn apply_to_found(&self, found: &mut FoundRegistries) -> Result<(), Error> {
        for (flag, selector) in self.choice.flags() {
            if selector.revision().is_some() {
                return Err(Error::usage(
                    format!("`{flag} {selector}` is about a spec, and an import reads none"),
                    "choose by name, id, subscription, group, tag or mode",
                ));
            }
        }
        let ids: Vec<&RegistryId> = found.registries.keys().collect();
        self.check(&ids, "that was found")?;
        let choice = LiveChoice::new(&self.choice);
        let had_some = !found.registries.is_empty();
        found.registries.retain(|_, registry| choice.takes(registry));
        choice.check()?;
        if had_some && found.registries.is_empty() && self.must_leave_some() {
            return Err(none_left());
        }
        Ok(())
    }

    /// Refuses a selector of ids that fits none of these registries.
    fn check(&self, ids: &[&RegistryId], whose: &str) -> Result<(), Error> {
        for (flag, selector) in self.choice.flags() {
            let fits_one = ids.iter().any(|id| selector.fits(id, None) == Some(true));
            if selector.must_fit() && !selector.is_live() && !fits_one {
                let (word, known) = selector.meant_among(ids);
                return Err(Error::usage(
                    format!("`{flag} {selector}` fits no registry {whose}"),
                    spec::suggest_name(word, &known, "add registries under `registries`"),
                ));
            }
        }
        Ok(())
    }
}

/// A choice by live state, and the selectors that have fitted a registry.
pub(crate) struct LiveChoice<'a> {
    choice: &'a Choice,
    fitted: Mutex<BTreeSet<&'a str>>,
}

impl<'a> LiveChoice<'a> {
    pub(crate) fn new(choice: &'a Choice) -> Self {
        Self {
            choice,
            fitted: Mutex::default(),
        }
    }

    /// Refuses a tag that no registry has.
    ///
    /// # Errors
    /// A misspelled tag must not make a run about nothing look well. Registries of other shards may have the tag, and those
    /// that an earlier run has done.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let fitted = self.fitted.lock().unwrap_or_else(PoisonError::into_inner);
        for (flag, selector) in self.choice.flags() {
            let is_checked = selector.is_live() && selector.must_fit() && !self.choice.is_partial;
            if is_checked && !fitted.contains(selector.as_str()) {
                return Err(Error::usage(
                    format!("`{flag} {selector}` fits no registry that was read"),
                    "list the tags of a registry: az acr show -n NAME --query tags",
                ));
            }
        }
        Ok(())
    }
}

impl Chosen for LiveChoice<'_> {
    fn takes(&self, registry: &LiveRegistry) -> bool {
        // Most runs choose nothing by live state.
        if self.choice.live_flag().is_none() {
            return self.choice.takes(&registry.id, None) == Some(true);
        }
        let facts = LiveFacts {
            tags: registry.tags.clone(),
            mode: live_mode_name(registry),
        };
        let mut fitted = self.fitted.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, selector) in self.choice.flags() {
            if selector.fits(&registry.id, Some(&facts)) == Some(true) {
                fitted.insert(selector.as_str());
            }
        }
        self.choice.takes(&registry.id, Some(&facts)) == Some(true)
    }
}

fn none_left() -> Error {
    Error::usage(
        "`--except` leaves no registry to work on",
        "leave out the --except that fits every registry that is meant",
    )
}
