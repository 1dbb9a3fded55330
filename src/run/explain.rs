//! Explanations of who gets in, on the live state or on a spec.

use super::chosen_client::{ChosenClient, clients, clients_without_names};
use super::interface::Interface;
use super::named_registry::NamedRegistry;
use super::options::RunOptions;
use super::session::Session;
use super::spec_request::SpecRequest;
use crate::error::Error;
use crate::explain::{AskedClient, Explanation, Facts, explain};
use crate::live::ReadOptions;
use crate::model::{Client, RegistryId, Rule, Setting};
use crate::spec::{Expectation, ListedRule, Ownership, RegistrySpec, Spec};

/// Reads a registry, and the subnets that are asked for, and explains its answers. `registry` is an id or a name.
///
/// # Errors
/// There is no connection, no such registry, or it cannot be read.
pub fn explain_live(
    registry: &str,
    flags: &NamedRegistry,
    chosen: &[ChosenClient],
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<Explanation, Error> {
    let asked = &clients_without_names(chosen)?;
    let known = flags.known(registry)?;
    // A fresh sandbox gets what the question names.
    let named = Spec {
        registries: known.iter().map(|id| question(id.clone(), asked)).collect(),
        ..Spec::default()
    };
    let session = Session::open(options, interface, &named)?;
    let id = flags.find(registry, known, &session)?;
    let spec = Spec {
        registries: vec![question(id.clone(), asked)],
        ..Spec::default()
    };
    let mut live = session.live(&spec, ReadOptions { all_subnets: true });
    match live.registries.remove(&id) {
        Some(Ok(reading)) => Ok(explain(&Facts::live(&reading), asked)),
        Some(Err(failure)) => Err(Error::Failed(failure)),
        None => Err(NamedRegistry::other_place(registry, &id)),
    }
}

/// Explains the answers of a registry as a spec wants it, without a connection.
///
/// # Errors
/// The spec is invalid, or has no such registry or name.
pub fn explain_wanted(
    registry: &str,
    flags: &NamedRegistry,
    request: &SpecRequest,
    chosen: &[ChosenClient],
    interface: &dyn Interface,
) -> Result<Explanation, Error> {
    let spec = request.load(interface)?;
    let asked = &clients(chosen, &spec.names)?;
    let wanted = flags.wanted(registry, &spec)?;
    Ok(explain(&Facts::wanted(wanted), asked))
}

/// Returns a spec that wants nothing but to have the subnets read that are asked for: also where subnet rules are hidden, if
/// the answer depends on the endpoint.
fn question(id: RegistryId, asked: &[AskedClient]) -> RegistrySpec {
    let mut subnets: Vec<ListedRule> = Vec::new();
    let mut spec = RegistrySpec::unmanaged(id);
    for asked in asked {
        if let Client::Subnet(id) = &asked.client {
            subnets.push(Rule::from(id.clone()).into());
            spec.expect.push(Expectation {
                client: asked.client.clone(),
                allowed: true,
                written: asked.written.as_str().into(),
                case: None,
                source: None,
            });
        }
    }
    spec.ownership = Ownership::Additive;
    if !subnets.is_empty() {
        spec.settings
            .want_unsourced(Setting::VirtualNetworkRules, subnets);
    }
    spec
}
