//! `ringfence import`

use clap::{Args, ValueHint};

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::args::values::segment;
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::run::{self, ImportRequest, ImportScope, NamedRegistry};

/// Write a spec that describes live registries
///
/// The plan of the spec is empty: apply changes nothing until you edit it. What registries share becomes named networks,
/// named subnets and defaults. What no spec manages is told on stderr. Never writes to Azure.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
#[command(after_help = "Examples:
  ringfence import contoso > registries.yaml
  ringfence import --subscription ID -o yaml=registries.yaml
  ringfence import --subscription ID -g registries
  ringfence import --all -o yaml=registries.yaml -o json=import.json")]
pub(crate) struct ImportArgs {
    /// Registry names or registry ids
    #[arg(value_name = "REGISTRY", value_hint = ValueHint::Other)]
    registries: Vec<String>,
    /// Import all registries of this subscription (repeatable), or complete a name
    #[arg(long, value_name = "ID", value_parser = segment, value_hint = ValueHint::Other)]
    subscription: Vec<String>,
    /// Import all registries of this resource group, or complete a name
    #[arg(short = 'g', long, value_name = "RG", value_parser = segment, value_hint = ValueHint::Other)]
    resource_group: Option<String>,
    /// Import every registry that the account sees
    #[arg(long, conflicts_with_all = ["registries", "subscription", "resource_group"])]
    all: bool,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result. The first is the default.
const FORMATS: &[Format] = &[Format::Yaml, Format::Json, Format::Jsonl];

impl ImportArgs {
    /// Returns the place where registries are looked for.
    fn scope(&self) -> Result<ImportScope, Error> {
        if self.all {
            return Ok(ImportScope::Visible);
        }
        match (&self.registries[..], &self.subscription[..], &self.resource_group) {
            ([], [], None) => Err(Error::usage(
                "nothing to import is named",
                "name registries, or give --subscription ID or --all",
            )),
            ([], [], Some(_)) => Err(Error::usage(
                "a resource group needs its subscription",
                "add --subscription ID",
            )),
            ([], [subscription], Some(group)) => Ok(ImportScope::Group {
                subscription: subscription.clone(),
                group: group.clone(),
            }),
            ([], subscriptions, None) => Ok(ImportScope::Subscriptions(subscriptions.to_vec())),
            (registries, [], _) | (registries @ [_, ..], [_], _) => Ok(ImportScope::Registries {
                registries: registries.to_vec(),
                flags: NamedRegistry {
                    subscription: self.subscription.first().cloned(),
                    resource_group: self.resource_group.clone(),
                },
            }),
            _ => Err(Error::usage(
                "a registry or a resource group is in one subscription",
                "give --subscription once",
            )),
        }
    }
}

impl Command for ImportArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let request = ImportRequest { scope: self.scope()? };
        let import = run::import(&request, &context.globals.run_options(), context)?;
        context.write(&import)?;
        context.comment(&import);
        Ok(match import.failures.is_empty() {
            true => Exit::Done,
            false => Exit::Failed,
        })
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }
}
