//! Imports: registries that are live, described as a spec.

pub(crate) mod files;

use crate::error::Error;
use crate::import::{self, Import};
use crate::live::FoundRegistries;
use crate::run::interface::Interface;
use crate::run::options::RunOptions;
use crate::run::registry::scope::{RegistryScope, nothing_found};
use crate::run::session::Session;
use crate::run::spec_request::Selection;
use crate::spec::{RegistrySpec, Spec};

/// The registries to import.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    pub scope: RegistryScope,
    /// The registries to take of those that are found.
    pub selection: Selection,
}

/// Reads registries and describes them as a spec. A registry that cannot be read is a failure of the import, and does not
/// stop the others.
///
/// # Errors
/// There is no connection, a name is unknown, or no registry is found.
pub fn import(
    request: &ImportRequest,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<Import, Error> {
    Ok(find(request, options, interface)?.1)
}

/// Reads the registries of a request, and describes them.
///
/// # Errors
/// As for [`import`].
pub(super) fn find(
    request: &ImportRequest,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<(FoundRegistries, Import), Error> {
    let seeds = request.scope.seeds()?;
    let spec = Spec {
        registries: seeds.into_iter().map(RegistrySpec::unmanaged).collect(),
        ..Spec::default()
    };
    let session = Session::open(options, interface, &spec)?;
    let mut found = request.scope.read(&session)?;
    request.selection.apply_to_found(&mut found)?;
    let described = with_registries(import::import(&found), interface)?.ok_or_else(nothing_found)?;
    Ok((found, described))
}

/// Returns an import that has a registry. One without any is an error: a spec of nothing would look like a result.
///
/// # Errors
/// Nothing could be read. The first failure is the error, and the user is told the others.
pub(super) fn with_registries(
    import: Import,
    interface: &dyn Interface,
) -> Result<Option<Import>, Error> {
    if !import.registries.is_empty() {
        return Ok(Some(import));
    }
    let mut failures = import.failures.into_iter();
    let Some(first) = failures.next() else {
        return Ok(None);
    };
    for place in failures {
        interface.complain(&Error::Failed(place.located()));
    }
    Err(Error::Failed(first.located()))
}
