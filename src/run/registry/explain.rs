//! Explanations of who gets in, on the live state or on a spec.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::error::Error;
use crate::explain::{Applied, AskedClient, Explanation, Facts, explain};
use crate::live::ReadOptions;
use crate::model::{Client, RegistryId, Rule, Setting, shell_word};
use crate::run::interface::{Interface, Question};
use crate::run::options::RunOptions;
use crate::run::registry::chosen_client::{ChosenClient, clients, clients_without_names};
use crate::run::registry::named_registry::NamedRegistry;
use crate::run::session::Asker;
use crate::run::spec_request::SpecRequest;
use crate::spec::{Expectation, ListedRule, Ownership, RegistrySpec, Spec};

/// The question for a registry that the command line leaves out.
const WHICH: Question<'_> = Question {
    what: "registry",
    names: &[],
    default: None,
    missing: "no registry is named",
    instead: "name it: ringfence explain REGISTRY --from CLIENT; on a terminal it is asked for",
};

/// Reads a registry, and the subnets that are asked for, and explains its answers. `registry` is an id or a name; without
/// one, the user is asked.
///
/// # Errors
/// There is no connection, no such registry, or it cannot be read.
pub fn explain_live(
    registry: Option<&str>,
    flags: &NamedRegistry,
    chosen: &[ChosenClient],
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<Explanation, Error> {
    let asked = clients_without_names(chosen)?;
    let known = flags.known_or_asked(registry, &WHICH, interface)?;
    let meant = Meant {
        registry,
        known,
        flags,
        paths: &[],
    };
    answers(&meant, &asked, &Spec::default(), options, &Asker::new(interface))
}

/// Does the same with a spec, which names registries and clients and gives the public addresses of subnets. Without a registry,
/// the user is asked for one of the spec.
///
/// # Errors
/// As for [`explain_live`], and those of the spec.
pub fn explain_live_with(
    request: &SpecRequest,
    registry: Option<&str>,
    flags: &NamedRegistry,
    chosen: &[ChosenClient],
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<Explanation, Error> {
    // A name that cannot be one is an error before the spec is read.
    let mut known = match registry {
        Some(registry) => flags.known(registry)?,
        None => None,
    };
    let spec = request.load(interface)?;
    let asked = clients(chosen, &spec.names)?;
    let asker = Asker::new(interface);
    let registry = match registry {
        Some(registry) => registry.to_owned(),
        None => ask_of_spec(&spec, &asker)?,
    };
    // A registry of the spec needs no look-up.
    if known.is_none()
        && let Ok(wanted) = flags.wanted(&registry, &spec)
    {
        known = Some(wanted.id.clone());
    }
    let meant = Meant {
        registry: Some(&registry),
        known,
        flags,
        paths: &request.paths,
    };
    answers(&meant, &asked, &spec, options, &asker)
}

/// The registry that a question is about.
struct Meant<'a> {
    /// As the user names it; `None` to ask.
    registry: Option<&'a str>,
    /// Its id, if no look-up is needed.
    known: Option<RegistryId>,
    flags: &'a NamedRegistry,
    /// The files and folders of the spec, if there is one.
    paths: &'a [PathBuf],
}

fn answers(
    meant: &Meant<'_>,
    asked: &[AskedClient],
    loaded: &Spec,
    options: &RunOptions,
    asker: &Asker<'_>,
) -> Result<Explanation, Error> {
    let Meant {
        registry,
        known,
        flags,
        paths,
    } = meant;
    // A fresh sandbox gets what the question names.
    let mut spec = Spec::default();
    if let Some(id) = known {
        spec.registries.push(question(id.clone(), asked, loaded));
    }
    let session = asker.open(options, &spec)?;
    let id = flags.find_or_ask(*registry, known.clone(), &WHICH, &session)?;
    let question = question(id.clone(), asked, loaded);
    let egress = question.egress.clone();
    spec.registries = vec![question];
    let mut live = session.live(&spec, ReadOptions { all_subnets: true })?;
    let reading = match live.registries.remove(&id) {
        Some(Ok(reading)) => reading,
        Some(Err(failure)) => return Err(Error::Failed(failure)),
        None => return Err(NamedRegistry::other_place(id.name(), &id)),
    };
    // Where the spec has the registry, it may say already what would change the answer.
    let mut registries = loaded.registries.iter();
    let wanted = registries.find(|wanted| wanted.id == id);
    let facts = Facts::live(&reading)
        .with_egress(&egress)
        .with_names(loaded)
        .with_leases(&reading.registry, Timestamp::now(), &options.same_service_flags());
    let explanation = explain(&facts, asked);
    Ok(match wanted {
        Some(wanted) => {
            let words = words(paths) + &options.same_service_flags();
            Applied::new(wanted, &reading, &egress, words).remedies_in(explanation)
        }
        None => explanation,
    })
}

/// Returns paths as words of a command.
fn words(paths: &[PathBuf]) -> String {
    let words: Vec<String> = paths.iter().map(shell_word).collect();
    words.join(" ")
}

/// Explains the answers of a registry as a spec wants it, without a connection. Without a registry, the user is asked.
///
/// # Errors
/// The spec is invalid, or has no such registry or name.
pub fn explain_wanted(
    registry: Option<&str>,
    flags: &NamedRegistry,
    request: &SpecRequest,
    chosen: &[ChosenClient],
    interface: &dyn Interface,
) -> Result<Explanation, Error> {
    // A name that cannot be one is an error before the spec is read.
    if let Some(registry) = registry {
        flags.known(registry)?;
    }
    let spec = request.load(interface)?;
    let asked = &clients(chosen, &spec.names)?;
    let registry = match registry {
        Some(registry) => registry.to_owned(),
        None => ask_of_spec(&spec, &Asker::new(interface))?,
    };
    let wanted = flags.wanted(&registry, &spec)?;
    let egress = spec.egress_for(&wanted.id);
    let facts = Facts::wanted(wanted).with_egress(&egress).with_names(&spec);
    Ok(explain(&facts, asked))
}

/// Asks for a registry of a spec. The only one of a spec is meant without a question.
fn ask_of_spec(spec: &Spec, asker: &Asker<'_>) -> Result<String, Error> {
    let mut names = Vec::new();
    for registry in &spec.registries {
        names.push(registry.id.name().to_owned());
    }
    if let [only] = &names[..] {
        return Ok(only.clone());
    }
    WHICH.check(asker.interface)?;
    asker.ask(&Question {
        names: &names,
        ..WHICH
    })
}

/// Returns a spec that wants nothing but to have the subnets read that are asked for: also where subnet rules are hidden, if
/// the answer depends on the endpoint. Public addresses that `loaded` gives to subnets are not read.
fn question(id: RegistryId, asked: &[AskedClient], loaded: &Spec) -> RegistrySpec {
    let mut subnets: Vec<ListedRule> = Vec::new();
    let egress = Arc::new(loaded.egress_for(&id));
    let mut spec = RegistrySpec {
        egress,
        ..RegistrySpec::unmanaged(id)
    };
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
