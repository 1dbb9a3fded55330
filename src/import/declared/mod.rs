//! Registries that files declare: Terraform's configuration, plans and states, and templates of Resource Manager.
//!
//! Each format becomes resources with [`node::Node`]s in ARM's shape. A value that only the format's own tool can compute is
//! named with its place, and never guessed.

mod blocks;
mod budget;
mod hcl;
mod hcl_file;
mod node;
mod plan_json;
mod plan_providers;
mod registry;
mod template;
mod terraform;

use std::collections::BTreeMap;

use serde_json::Value;

use super::describe::describe;
use super::importable::Importable;
use super::notes::{SeenCode, SeenNote};
use super::types::Import;
use crate::live::UnreadPlace;
use crate::model::{ErrorCode, Failure, RegistryId, strict_json};
use registry::DeclaredRegistry;
pub use registry::Deployment;

/// Registries of files, and what the files do not tell.
#[derive(Debug, Default)]
struct Declared {
    registries: BTreeMap<RegistryId, Importable>,
    failures: Vec<UnreadPlace>,
    notes: Vec<SeenNote>,
    /// The next step for a value that the files do not tell.
    values: &'static str,
}

/// Describes the registries of Terraform's files: one JSON document of `terraform show`, or files of configurations, each
/// with its name. `unread` says what is not read.
///
/// # Errors
/// A file cannot be read as either, for this reason.
pub fn import_terraform(
    files: &[(String, String)],
    unread: &[String],
    deployment: &Deployment,
) -> Result<Import, String> {
    let mut declared = Declared {
        values: WITH_A_PLAN,
        ..Declared::default()
    };
    for what in unread {
        declared.not_read(what, WITH_A_PLAN);
    }
    if let [(_, text)] = files
        && text.trim_start().starts_with('{')
    {
        let document = json(text)?;
        declared.values = AFTER_APPLY;
        let resources = plan_json::resources(&document).ok_or_else(|| other_json(&document))?;
        for resource in resources {
            declared.add(resource.registry(), deployment);
        }
    } else {
        let configuration = hcl::configuration(files, deployment.subscription.as_deref())?;
        for resource in configuration.resources {
            declared.add(resource.registry(), deployment);
        }
        for (place, keyword) in configuration.repeated {
            let message = format!("it has `{keyword}`, so its registries are not known");
            let failure = Failure::new(ErrorCode::Unresolved, message);
            declared.fail(place, failure.with_help(WITH_A_PLAN));
        }
        for module in configuration.modules {
            declared.not_read(&module, WITH_A_PLAN);
        }
    }
    Ok(declared.describe())
}

/// Says what a JSON document is that `terraform show` did not print.
fn other_json(document: &Value) -> String {
    match document["terraform_version"].is_string() && document["resources"].is_array() {
        true => "it is the state as Terraform stores it; `terraform show -json` prints the one to give"
            .to_owned(),
        false => "it is neither a plan nor a state".to_owned(),
    }
}

/// The comment at the top of a spec.
const COMMENT: [&str; 1] =
    ["Written by `ringfence import` from files: `ringfence plan` compares it with what is live."];

const WITH_A_PLAN: &str = "give the JSON of `terraform show -json PLANFILE`, which has every value";

/// The same for a value that a plan does not know yet.
const AFTER_APPLY: &str = "give the JSON of `terraform show -json` after the apply, which has every value; or import the registry that is live: \
     ringfence import REGISTRY";

/// The same for a template: neither the values of its parameters nor those of its functions are in its JSON.
const WITH_VALUES: &str = "write values, conditions and loops out, since a template does not have the values of its parameters and functions; or \
     import the registry that is live: ringfence import REGISTRY, or --resource-group RG for all of a group";
/// The same for a template that is another file.
const LINKED: &str = "import it by itself: ringfence import --from-arm FILE";

/// Describes the registries of a template.
///
/// # Errors
/// The text is not a template, for this reason.
pub fn import_template(text: &str, deployment: &Deployment) -> Result<Import, String> {
    let document = json(text)?;
    let found = template::template(&document).ok_or("it is not a template of Resource Manager")?;
    let mut declared = Declared {
        values: WITH_VALUES,
        ..Declared::default()
    };
    for registry in found.registries {
        declared.add(Some(registry), deployment);
    }
    for place in found.linked {
        declared.not_read(&format!("the template that `{place}` links to"), LINKED);
    }
    Ok(declared.describe())
}

/// Reads JSON in which no key is twice.
fn json(text: &str) -> Result<Value, String> {
    strict_json(text.as_bytes()).map_err(|error| error.to_string())
}

impl Declared {
    /// Adds the registry of a resource. Two resources of one registry declare it together.
    fn add(&mut self, registry: Option<DeclaredRegistry>, deployment: &Deployment) {
        let Some(registry) = registry else { return };
        match registry.importable(deployment) {
            Ok(importable) => match self.registries.get_mut(&importable.id) {
                Some(known) => known.join(importable),
                None => {
                    self.registries.insert(importable.id.clone(), importable);
                }
            },
            Err(error) => {
                let help = error.help.clone().unwrap_or_else(|| self.values.to_owned());
                self.fail(registry.place, error.with_help(help));
            }
        }
    }

    /// Adds a resource that is no known registry.
    fn fail(&mut self, place: String, error: Failure) {
        self.failures.push(UnreadPlace { id: place, error });
    }

    /// Names a part of the files that is not read.
    fn not_read(&mut self, what: &str, help: &str) {
        self.notes.push(SeenNote {
            code: SeenCode::NotRead,
            message: format!("{what} is not read: {help}"),
        });
    }

    fn describe(self) -> Import {
        let registries = self.registries.into_values().collect();
        describe(registries, self.failures, self.notes, &COMMENT)
    }
}
