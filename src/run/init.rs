//! First specs: from live registries, or from scratch.

use std::path::{Path, PathBuf};

use super::import::with_registries;
use super::interface::{Interface, Question};
use super::options::RunOptions;
use super::session::Asker;
use crate::error::Error;
use crate::import::{Import, import};
use crate::model::RegistryId;
use crate::run::registry::named_registry::NamedRegistry;
use crate::run::registry::scope::{RegistryScope, nothing_found};
use crate::spec::{DEFAULT_SPEC, Spec};

/// The answer that stands for every registry.
const ALL: &str = "all";

/// What the command line says about a first spec. The rest is asked for.
#[derive(Clone, Debug, Default)]
pub struct InitRequest {
    pub origin: Option<SpecOrigin>,
    /// Ids and names.
    pub registries: Vec<String>,
    /// The flags that complete names, or narrow `all`.
    pub flags: NamedRegistry,
    pub file: Option<PathBuf>,
}

/// Where a first spec comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpecOrigin {
    /// The registries as they are.
    Live,
    /// The registries' ids alone.
    Scratch,
}

/// A first spec, and the file that it is for.
#[derive(Clone, Debug)]
pub struct FirstSpec {
    pub text: String,
    pub file: PathBuf,
    /// Number of its registries.
    pub registries: usize,
    /// The import that the spec comes from, with what it leaves out. `None` for a spec from scratch.
    pub import: Option<Import>,
}

/// Makes a first spec, and asks for what the request leaves out.
///
/// # Errors
/// Something is left out and there is no terminal, the file exists, or the registries cannot be read.
pub fn init(
    request: &InitRequest,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<FirstSpec, Error> {
    let asker = Asker::new(interface);
    let origin = match request.origin {
        Some(origin) => origin,
        None => ask_origin(&asker)?,
    };
    // Without a file nothing is worth a request.
    match &request.file {
        Some(file) => check_new(file)?,
        None => WHERE.check(interface)?,
    }
    let (text, registries, import) = match origin {
        SpecOrigin::Live => {
            let import = from_live(request, options, &asker)?;
            (import.spec.clone(), import.registries.len(), Some(import))
        }
        SpecOrigin::Scratch => {
            let (text, registries) = from_scratch(request, &asker)?;
            (text, registries, None)
        }
    };
    let file = match &request.file {
        Some(file) => file.clone(),
        None => ask_file(&asker)?,
    };
    Ok(FirstSpec {
        text,
        file,
        registries,
        import,
    })
}

/// Returns the error of a file that exists: a spec may be the only record of what is wanted.
pub fn file_exists(file: &Path) -> Error {
    Error::usage(
        format!("`{}` exists, and `init` writes over no file", file.display()),
        "name another file: --to FILE",
    )
}

fn check_new(file: &Path) -> Result<(), Error> {
    if file == Path::new("-") {
        return Err(Error::usage(
            "`-` is not a file",
            "name a file: --to FILE; `ringfence import` writes to stdout",
        ));
    }
    match file.symlink_metadata() {
        Ok(_) => Err(file_exists(file)),
        Err(_) => Ok(()),
    }
}

fn ask_origin(asker: &Asker<'_>) -> Result<SpecOrigin, Error> {
    let names = ["live", "scratch"].map(str::to_owned);
    loop {
        let question = Question {
            what: "From live registries, or from scratch",
            names: &names,
            default: Some("live"),
            missing: "the origin of the spec is not given",
            instead: "give --from live or --from scratch",
        };
        question.check(asker.interface)?;
        let answer = asker.ask(&question)?;
        match answer.to_ascii_lowercase().as_str() {
            "live" => return Ok(SpecOrigin::Live),
            "scratch" => return Ok(SpecOrigin::Scratch),
            _ => {}
        }
    }
}

/// The question for the file.
const WHERE: Question<'_> = Question {
    what: "Write the spec to",
    names: &[],
    // Commands find it without a path.
    default: Some(DEFAULT_SPEC),
    missing: "the file of the spec is not given",
    instead: "give --to FILE",
};

/// Asks until the answer is a new file: all other answers have been given by now.
fn ask_file(asker: &Asker<'_>) -> Result<PathBuf, Error> {
    loop {
        let question = Question {
            default: WHERE.default.filter(|file| check_new(Path::new(file)).is_ok()),
            ..WHERE
        };
        let file = PathBuf::from(asker.ask(&question)?);
        match check_new(&file) {
            Ok(()) => return Ok(file),
            Err(error) => asker.interface.complain(&error),
        }
    }
}

/// Describes live registries.
fn from_live(request: &InitRequest, options: &RunOptions, asker: &Asker<'_>) -> Result<Import, Error> {
    let question = Question {
        what: "Registries, or `all`",
        names: &[],
        default: Some(ALL),
        missing: "no registry is named",
        instead: "name registries, or `all`: ringfence init --from live all",
    };
    let mut names = request.registries.clone();
    if names.is_empty() {
        question.check(asker.interface)?;
    }
    let session = asker.open(options, &Spec::default())?;
    if names.is_empty() {
        let mut visible = Vec::new();
        for id in session.visible_ids()? {
            visible.push(id.name().to_owned());
        }
        names = words(&session.ask(&Question {
            names: &visible,
            ..question
        })?);
    }
    let found = if names.iter().any(|name| name == ALL) {
        all(&request.flags)?.read(&session)?
    } else {
        let mut ids = Vec::new();
        for name in &names {
            let known = request.flags.known(name)?;
            ids.push(request.flags.find(name, known, &session)?);
        }
        ids.sort();
        ids.dedup();
        session.registries(&ids)
    };
    with_registries(import(&found), asker.interface)?.ok_or_else(nothing_found)
}

/// Returns the place that the flags leave of `all`.
fn all(flags: &NamedRegistry) -> Result<RegistryScope, Error> {
    Ok(match (flags.subscription.clone(), flags.resource_group.clone()) {
        (None, None) => RegistryScope::Visible,
        (Some(subscription), None) => RegistryScope::Subscriptions(vec![subscription]),
        (Some(subscription), Some(group)) => RegistryScope::Group { subscription, group },
        (None, Some(_)) => {
            return Err(Error::usage(
                "a resource group needs its subscription",
                "add --subscription ID",
            ));
        }
    })
}

/// Writes a spec that names registries, and shows the keys to begin with. It manages nothing, so its plan is empty.
fn from_scratch(request: &InitRequest, asker: &Asker<'_>) -> Result<(String, usize), Error> {
    let mut names = request.registries.clone();
    if names.is_empty() {
        let question = Question {
            what: "Ids of registries, as `az acr show --query id` prints them",
            names: &[],
            default: None,
            missing: "no registry is named",
            instead: "give the ids of registries",
        };
        question.check(asker.interface)?;
        names = words(&asker.ask(&question)?);
    }
    let mut ids: Vec<RegistryId> = Vec::new();
    for name in &names {
        ids.push(request.flags.complete(name)?);
    }
    ids.sort();
    ids.dedup();
    Ok((scratch(&ids), ids.len()))
}

/// Splits an answer at commas and blanks.
fn words(answer: &str) -> Vec<String> {
    let words = answer.split([',', ' ']).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// Returns the text of a spec from scratch. Ids have no character that YAML reads.
fn scratch(ids: &[RegistryId]) -> String {
    let mut text = "version: 1\n\n\
         # Names for addresses, for the lists below.\n\
         # networks:\n\
         #   offices: [203.0.113.0/24]\n\n\
         registries:\n"
        .to_owned();
    for id in ids {
        text += &format!("  - id: {id}\n");
        text += "    # A key that is here is managed. `ringfence plan` shows what it changes, before anything is written.\n\
                 \x20   # publicNetworkAccess: Enabled\n\
                 \x20   # defaultAction: Deny\n\
                 \x20   # ipRules: [offices, 198.51.100.7]\n\
                 \x20   # subnets: []\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spec_from_scratch_is_valid_and_manages_nothing() {
        let id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";
        let text = scratch(&[RegistryId::parse(id).unwrap()]);
        let day = "2026-11-21".parse().unwrap();
        let loaded = crate::spec::load_str("ringfence.yaml", &text, day).unwrap();
        let registry = &loaded.spec.registries[0];
        assert_eq!(registry.settings.managed().count(), 0);
        // The keys to begin with are valid too.
        let begun = text.replace("# publicNetworkAccess", "publicNetworkAccess");
        let begun = begun.replace("# defaultAction", "defaultAction");
        assert!(crate::spec::load_str("ringfence.yaml", &begun, day).is_ok());
    }

    #[test]
    fn answers_have_several_names() {
        assert_eq!(
            words("contoso, fabrikam northwind"),
            ["contoso", "fabrikam", "northwind"]
        );
    }
}
