//! Imports: registries that are live, described as a spec.

pub(crate) mod files;

use crate::error::Error;
use crate::import::{self, Import};
use crate::live::{FoundRegistries, UnreadPlace};
use crate::model::{ErrorCode, Failure, RegistryId};
use crate::run::interface::Interface;
use crate::run::options::RunOptions;
use crate::run::registry::named_registry::NamedRegistry;
use crate::run::session::Session;
use crate::run::spec_request::Selection;
use crate::spec::{RegistrySpec, Spec};

/// The registries to import.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    pub scope: ImportScope,
    /// The registries to take of those that are found.
    pub selection: Selection,
}

/// The place where registries are looked for.
#[derive(Clone, Debug)]
pub enum ImportScope {
    /// These registries, by id or name. The flags complete a name, or contradict it.
    Registries {
        registries: Vec<String>,
        flags: NamedRegistry,
    },
    /// All of these subscriptions.
    Subscriptions(Vec<String>),
    /// All of a resource group.
    Group { subscription: String, group: String },
    /// All that the account sees.
    Visible,
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
    let mut found = match &request.scope {
        ImportScope::Registries { registries, flags } => named(registries, flags, options, interface)?,
        ImportScope::Subscriptions(subscriptions) => {
            let mut scopes = Vec::new();
            for subscription in subscriptions {
                scopes.push(format!("/subscriptions/{subscription}"));
            }
            empty_session(options, interface)?.registries_below(&scopes)
        }
        ImportScope::Group { subscription, group } => {
            let scope = format!("/subscriptions/{subscription}/resourceGroups/{group}");
            empty_session(options, interface)?.registries_below(&[scope])
        }
        ImportScope::Visible => empty_session(options, interface)?.visible_registries()?,
    };
    request.selection.apply_to_found(&mut found)?;
    let described = with_registries(import::import(&found), interface)?.ok_or_else(nothing_found)?;
    Ok((found, described))
}

/// Reads the registries of the command line. Names are looked up one by one, and an unknown one does not stop the others.
fn named(
    registries: &[String],
    flags: &NamedRegistry,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<FoundRegistries, Error> {
    let mut known = Vec::new();
    for registry in registries {
        known.push(flags.known(registry)?);
    }
    // A fresh sandbox gets the registries that are named by id.
    let seeds: Vec<RegistryId> = known.iter().flatten().cloned().collect();
    let spec = Spec {
        registries: seeds.into_iter().map(RegistrySpec::unmanaged).collect(),
        ..Spec::default()
    };
    let session = Session::open(options, interface, &spec)?;
    let (mut ids, mut unknown) = (Vec::new(), Vec::new());
    for (registry, known) in registries.iter().zip(known) {
        match flags.find(registry, known, &session) {
            Ok(id) => ids.push(id),
            Err(Error::Failed(error)) if error.code == ErrorCode::RegistryNotFound.as_str() => {
                let id = registry.clone();
                unknown.push(UnreadPlace { id, error });
            }
            Err(error) => return Err(error),
        }
    }
    // One registry can be given twice.
    ids.sort();
    ids.dedup();
    let mut found = session.registries(&ids);
    found.unread.extend(unknown);
    Ok(found)
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

fn empty_session<'a>(
    options: &'a RunOptions,
    interface: &'a dyn Interface,
) -> Result<Session<'a>, Error> {
    Session::open(options, interface, &Spec::default())
}

fn nothing_found() -> Error {
    let failure = Failure::new(
        ErrorCode::RegistryNotFound,
        "there is no registry that this account can see",
    );
    Error::Failed(failure.with_help(
        "look in another place, or sign in with an account that may read the registries (role Reader)",
    ))
}
