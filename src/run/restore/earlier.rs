//! Earlier states of registries, as runs kept them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::source::{LAST, read_source};
use crate::apply::Snapshot;
use crate::error::{Error, RunRefusal};
use crate::model::{RegistryId, SubnetId};
use crate::spec::{RegistrySpec, Spec};

/// Earlier states, as a spec that wants them again.
pub(crate) struct EarlierStates {
    pub(crate) spec: Spec,
    /// Registries that the runs read and did not write, as far as they are known. Asked for with the whole extent alone.
    pub(crate) unwritten: BTreeSet<RegistryId>,
    /// The id of the run that `last` stands for, if it is one of the sources.
    pub(crate) last: Option<String>,
    /// Each with the file that holds it.
    snapshots: Vec<(PathBuf, Snapshot)>,
}

/// The part of an earlier state that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What a restore brings back: where others share the rule lists, only the change of the run itself.
    Restore,
    /// Everything that the snapshots hold.
    Whole,
}

impl EarlierStates {
    /// Reads the snapshots of these sources. `folder` is where runs keep them. To restore a registry that several of them have, the
    /// first one counts.
    ///
    /// # Errors
    /// A file is not a usable snapshot, or two of one source are of one registry.
    pub(crate) fn read(sources: &[PathBuf], folder: &Path, extent: Extent) -> Result<Self, Error> {
        let mut snapshots: Vec<(PathBuf, Snapshot)> = Vec::new();
        let mut registries = Vec::new();
        let mut unwritten = BTreeSet::new();
        let mut last = None;
        // The first source of each registry, and the place of its snapshot.
        let mut chosen: BTreeMap<RegistryId, (&PathBuf, usize)> = BTreeMap::new();
        for source in sources {
            if extent == Extent::Whole {
                unwritten.extend(super::unwritten::unwritten(source, folder));
            }
            let read = read_source(source, folder)?;
            if source.as_os_str() == LAST {
                last = run_of(&read);
            }
            for (file, snapshot) in read {
                let here = (source, snapshots.len());
                let (first, at) = *chosen.entry(snapshot.id.clone()).or_insert(here);
                let is_before_both = first != source && has_state_before(&snapshots[at].1, &snapshot);
                if extent == Extent::Whole || !is_before_both {
                    registries.push(wanted(&file, &snapshot, extent)?);
                }
                snapshots.push((file, snapshot));
            }
        }
        registries.sort_by(|a, b| a.id.cmp(&b.id));
        for registry in &registries {
            unwritten.remove(&registry.id);
        }
        check_unique(&registries, extent)?;
        let names = sources.iter().map(|source| source.display().to_string());
        let spec = Spec {
            files: names.collect(),
            registries,
            ..Spec::default()
        };
        Ok(Self {
            spec,
            unwritten,
            last,
            snapshots,
        })
    }

    /// Returns the service endpoints that the runs turned on, each with a registry that they turned it on for.
    pub(crate) fn turned_on(&self) -> Vec<(RegistryId, SubnetId)> {
        let mut turned_on = Vec::new();
        for (_, snapshot) in &self.snapshots {
            for subnet in &snapshot.endpoints {
                turned_on.push((snapshot.id.clone(), subnet.clone()));
            }
        }
        turned_on
    }

    /// Refuses states that were taken in another place than this one.
    ///
    /// # Errors
    /// There is one.
    pub(crate) fn check_place(&self, here: &str) -> Result<(), Error> {
        for (file, snapshot) in &self.snapshots {
            if snapshot.environment != here {
                let refusal = RunRefusal::OtherEnvironment {
                    file: file.clone(),
                    taken_in: snapshot.environment.clone(),
                    here: here.to_owned(),
                };
                return Err(refusal.into());
            }
        }
        Ok(())
    }
}

/// Returns true if the snapshot of a first run has the state before a later run, too. It has not where both wrote rules beside
/// those of others: each knows its own change only.
fn has_state_before(first: &Snapshot, later: &Snapshot) -> bool {
    first.clone().with_own_of(later) == *first
}

/// Returns the id of the run whose folder holds these snapshots.
fn run_of(snapshots: &[(PathBuf, Snapshot)]) -> Option<String> {
    let folder = snapshots.first()?.0.parent()?;
    Some(folder.file_name()?.to_str()?.to_owned())
}

/// Returns the spec of the state that a snapshot holds.
fn wanted(file: &Path, snapshot: &Snapshot, extent: Extent) -> Result<RegistrySpec, Error> {
    let wanted = match extent {
        Extent::Restore => snapshot.wanted(),
        Extent::Whole => snapshot.whole().wanted(),
    };
    let mut spec = wanted.map_err(|source| {
        let file = file.to_owned();
        RunRefusal::UnusableSnapshot { file, source }
    })?;
    spec.restore_hints.leaves_out_dead = extent == Extent::Restore;
    Ok(spec)
}

/// Refuses two states for one registry. `registries` are sorted by id.
fn check_unique(registries: &[RegistrySpec], extent: Extent) -> Result<(), Error> {
    for pair in registries.windows(2) {
        if pair[0].id == pair[1].id {
            let message = format!("two snapshots are of the same registry `{}`", pair[0].id);
            let help = match extent {
                Extent::Restore => "name the one to restore",
                Extent::Whole => "name the one to compare with",
            };
            return Err(Error::usage(message, help));
        }
    }
    Ok(())
}
