//! The comparison of two specs, offline: files, folders, and revisions of a git repository.

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::git::revision::Revision;
use super::interface::Interface;
use super::spec_request::SpecRequest;
use crate::error::Error;
use crate::spec::Spec;
use crate::spec_diff::{SpecDiff, compare};

/// A comparison, as the user asks for it.
#[derive(Clone, Debug)]
pub struct DiffRequest {
    /// A file or folder, or `REV:PATH`.
    pub old: PathBuf,
    /// A file or folder, or `REV:PATH`.
    pub new: PathBuf,
    /// True if the files of subfolders are loaded too.
    pub subfolders: bool,
    /// The day that decides which rules have expired, in both.
    pub day: Date,
}

/// Compares two specs.
///
/// # Errors
/// A path or revision that does not exist, or everything that is wrong with a spec.
pub fn diff_specs(request: &DiffRequest, interface: &dyn Interface) -> Result<SpecDiff, Error> {
    let old = load(&request.old, request, interface)?;
    let new = load(&request.new, request, interface)?;
    Ok(compare(&old, &new))
}

/// Loads one side. A path that exists is never taken for a revision.
fn load(side: &Path, request: &DiffRequest, interface: &dyn Interface) -> Result<Spec, Error> {
    let whole = SpecRequest {
        subfolders: request.subfolders,
        day: request.day,
        ..SpecRequest::of_files(vec![side.to_owned()])
    };
    if side.symlink_metadata().is_ok() {
        return whole.load(interface);
    }
    let Some(revision) = Revision::parse(side)? else {
        return Err(Error::NoInput {
            path: side.to_owned(),
            help: "name a file or a folder, or one of a git revision: REV:PATH, such as main:registries.yaml".to_owned(),
        });
    };
    let checkout = revision.checkout()?;
    if checkout.paths.iter().any(|path| !path.exists()) {
        return Err(revision.lacks());
    }
    let request = SpecRequest {
        paths: checkout.paths,
        renamed: Some((checkout.folder.path().to_owned(), format!("{}:", revision.name()))),
        ..whole
    };
    // Messages and the result name the revision, and not the folder that holds it for a moment.
    let mut spec = request.load(interface)?;
    spec.files = vec![side.display().to_string()];
    Ok(spec)
}
