//! The hosts that clients of registries connect to.

use crate::endpoints::{Endpoints, UnreadRegistry};
use crate::error::Error;
use crate::model::{ErrorCode, Failure, RegistryId};
use crate::run::interface::{Interface, Question};
use crate::run::options::RunOptions;
use crate::run::registry::named_registry::NamedRegistry;
use crate::run::session::Session;
use crate::run::spec_request::SpecRequest;
use crate::spec::{RegistrySpec, Spec};

/// The registries whose hosts are asked for.
#[derive(Clone, Debug)]
pub struct EndpointsRequest {
    /// Ids and names.
    pub registries: Vec<String>,
    /// The flags that complete names.
    pub flags: NamedRegistry,
    /// A spec stands for all of its registries.
    pub spec: Option<SpecRequest>,
}

/// The question for registries that the command line leaves out.
const WHICH: Question<'_> = Question {
    what: "registry",
    names: &[],
    default: None,
    missing: "no registry is named",
    instead: "name it: ringfence endpoints REGISTRY, or --spec SPEC; on a terminal it is asked for",
};

/// Reads the registries and returns their hosts. A registry that cannot be read is a failure in the result.
///
/// # Errors
/// There is no connection, a name leads to no registry, or the spec is invalid.
pub fn endpoints(
    request: &EndpointsRequest,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<Endpoints, Error> {
    let asks = request.spec.is_none() && request.registries.is_empty();
    if asks {
        WHICH.check(interface)?;
    }
    // Sort out names that have to be looked up.
    let (mut ids, mut names) = (Vec::new(), Vec::new());
    if let Some(spec) = &request.spec {
        let spec = spec.load_without_expect(interface)?;
        ids.extend(spec.registries.into_iter().map(|registry| registry.id));
    }
    for text in &request.registries {
        match request.flags.known(text)? {
            Some(id) => ids.push(id),
            None => names.push(text),
        }
    }
    // A fresh sandbox has the registries that are known by their ids.
    let session = Session::open(options, interface, &naming(&ids))?;
    if asks {
        ids.push(request.flags.find_or_ask(None, None, &WHICH, &session)?);
    }
    let mut unknown = Vec::new();
    // One unknown name does not keep the hosts of the others back.
    let stands_alone = ids.len() + names.len() == 1;
    for name in names {
        match request.flags.find(name, None, &session) {
            Ok(id) => ids.push(id),
            Err(Error::Failed(error)) if !stands_alone && is_unknown(&error) => {
                unknown.push(UnreadRegistry {
                    id: None,
                    name: name.clone(),
                    error,
                });
            }
            Err(error) => return Err(error),
        }
    }
    ids.sort();
    ids.dedup();
    let mut endpoints = session.endpoints(&ids);
    endpoints.failures.extend(unknown);
    Ok(endpoints)
}

/// Returns true if the account sees no registry of the name, or only one in another place.
fn is_unknown(error: &Failure) -> bool {
    error.code == ErrorCode::RegistryNotFound.as_str()
}

/// Returns a spec that names registries and wants nothing of them.
fn naming(ids: &[RegistryId]) -> Spec {
    Spec {
        registries: ids.iter().cloned().map(RegistrySpec::unmanaged).collect(),
        ..Spec::default()
    }
}
