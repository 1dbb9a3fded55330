//! The place where a command looks for registries that no spec names.

use super::named_registry::NamedRegistry;
use crate::error::Error;
use crate::live::{FoundRegistries, UnreadPlace};
use crate::model::{ErrorCode, Failure, RegistryId};
use crate::run::session::Session;

/// The place where registries are looked for.
#[derive(Clone, Debug)]
pub enum RegistryScope {
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

impl RegistryScope {
    /// Returns the registries that are named by id. A fresh sandbox gets them.
    ///
    /// # Errors
    /// A usage error: a text is neither an id nor a name.
    pub(crate) fn seeds(&self) -> Result<Vec<RegistryId>, Error> {
        let Self::Registries { registries, flags } = self else {
            return Ok(Vec::new());
        };
        let mut seeds = Vec::new();
        for registry in registries {
            seeds.extend(flags.known(registry)?);
        }
        Ok(seeds)
    }

    /// Reads the registries of this place.
    ///
    /// # Errors
    /// A text is neither an id nor a name, or there is no answer at all.
    pub(crate) fn read(&self, session: &Session<'_>) -> Result<FoundRegistries, Error> {
        match self {
            Self::Registries { registries, flags } => named(registries, flags, session),
            Self::Subscriptions(subscriptions) => {
                let mut scopes = Vec::new();
                for subscription in subscriptions {
                    scopes.push(format!("/subscriptions/{subscription}"));
                }
                Ok(session.registries_below(&scopes))
            }
            Self::Group { subscription, group } => {
                let scope = format!("/subscriptions/{subscription}/resourceGroups/{group}");
                Ok(session.registries_below(&[scope]))
            }
            Self::Visible => session.visible_registries(),
        }
    }
}

/// Returns the error of a place without registries. A result about nothing would look like one about all.
pub(crate) fn nothing_found() -> Error {
    let failure = Failure::new(
        ErrorCode::RegistryNotFound,
        "there is no registry that this account can see",
    );
    Error::Failed(failure.with_help(
        "look in another place, or sign in with an account that may read the registries (role Reader)",
    ))
}

/// Reads the registries of the command line. Names are looked up one by one, and an unknown one does not stop the others.
fn named(
    registries: &[String],
    flags: &NamedRegistry,
    session: &Session<'_>,
) -> Result<FoundRegistries, Error> {
    let (mut ids, mut unknown) = (Vec::new(), Vec::new());
    for registry in registries {
        match flags.find(registry, flags.known(registry)?, session) {
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
