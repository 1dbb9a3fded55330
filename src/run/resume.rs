//! Going on from the report of an earlier run: what it has done is left out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::document_file::read_document;
use super::interface::{Interface, Notice};
use super::options::RunOptions;
use crate::apply::Earlier;
use crate::error::{Error, RunRefusal};
use crate::merge::EarlierReport;
use crate::spec::Spec;

/// The earlier run that a run goes on from.
#[derive(Clone, Debug)]
pub struct Resumed {
    file: PathBuf,
    /// The place where the registries of the earlier run are.
    environment: String,
    /// The name of the sandbox; `None` elsewhere.
    sandbox: Option<String>,
    pub(crate) earlier: Earlier,
}

/// Takes the registries out of a spec that the apply of a report has done. An entry of the spec that has changed since is not
/// done, and neither is one of which something has expired since.
///
/// # Errors
/// The file cannot be read, or is not the report of an apply; or the run has a sandbox of its own, in which nothing is done.
pub fn leave_out_done(
    spec: &mut Spec,
    file: &Path,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<Resumed, Error> {
    if options.forgets() {
        return Err(Error::usage(
            "no run can go on in a new sandbox: nothing is done in it yet",
            "name the state of the earlier run: --sandbox=STATE",
        ));
    }
    let text = read_document(file, "make it with apply: -o json=FILE")?;
    let EarlierReport {
        environment,
        sandbox,
        mut earlier,
    } = EarlierReport::read(&text).map_err(|error| {
        Error::usage(
            format!("no run can go on from `{}`: {error}", file.display()),
            "name what apply or report merge wrote with -o json=FILE, or leave --resume out",
        )
    })?;
    let mut named = BTreeSet::new();
    for registry in spec.registries.iter().chain(&spec.left_out) {
        named.insert(registry.id.clone());
    }
    earlier.narrow(spec.part.shard, &named);
    let all = std::mem::take(&mut spec.registries);
    let count = all.len();
    for registry in all {
        match earlier.leave_out(&registry.id, &registry.fingerprint()) {
            true => spec.left_out.push(registry),
            false => spec.registries.push(registry),
        }
    }
    spec.choice.is_partial |= !earlier.done.is_empty();
    spec.left_out.sort_by(|a, b| a.id.cmp(&b.id));
    interface.notify(&Notice::Resumed {
        done: earlier.done.len(),
        all: count,
    });
    Ok(Resumed {
        file: file.to_owned(),
        environment,
        sandbox,
        earlier,
    })
}

impl Resumed {
    /// Refuses to go on in another place than the earlier run: nothing is done there. `sandbox` is the name of the one here.
    ///
    /// # Errors
    /// It is another place.
    pub(crate) fn check_place(&self, here: &str, sandbox: Option<String>) -> Result<(), Error> {
        if self.environment == here {
            return match self.sandbox == sandbox {
                true => Ok(()),
                false => Err(RunRefusal::OtherSandbox {
                    file: self.file.clone(),
                }
                .into()),
            };
        }
        let refusal = RunRefusal::OtherEnvironment {
            file: self.file.clone(),
            taken_in: self.environment.clone(),
            here: here.to_owned(),
        };
        Err(refusal.into())
    }
}
