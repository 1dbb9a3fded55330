//! `ringfence import`

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::args::spec::request_of;
use crate::cli::args::values::segment;
use crate::cli::command::Command;
use crate::cli::inputs::{GivenBy, STDIN};
use crate::cli::io::context::Context;
use crate::cli::io::spec_file;
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
  ringfence import --all -o yaml=registries.yaml -o json=import.json
  ringfence import fabrikam --into registries.yaml")]
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
    /// Add the registries to this spec that it lacks; every other byte of the file stays
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    into: Option<PathBuf>,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result. The first is the default.
const FORMATS: &[Format] = &[Format::Yaml, Format::Json, Format::Jsonl];
/// Formats of an edit of a spec.
const EDIT_FORMATS: &[Format] = &[Format::Text, Format::Json, Format::Jsonl];

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

/// Returns the end of an import.
fn exit(has_failures: bool) -> Exit {
    if has_failures { Exit::Failed } else { Exit::Done }
}

/// Adds the registries to a spec.
fn import_into(file: &Path, request: &ImportRequest, context: &Context) -> Result<Exit, Error> {
    if file.is_dir() || file == Path::new(STDIN) {
        return Err(Error::usage(
            format!("`--into {}` is not a file", file.display()),
            "name the file of the spec that the registries go into",
        ));
    }
    let given = GivenBy {
        command: "import --into",
        bare_sandbox: context.globals.sandbox == Some(None),
    };
    let spec = request_of(&[file], given)?;
    let found = run::import_into(request, &spec, &context.globals.run_options(), context)?;
    spec_file::write(&found.edited)?;
    context.write(&found.edited.report)?;
    context.comment(&found.import);
    Ok(exit(!found.import.failures.is_empty()))
}

impl Command for ImportArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let request = ImportRequest { scope: self.scope()? };
        if let Some(file) = &self.into {
            return import_into(file, &request, context);
        }
        let import = run::import(&request, &context.globals.run_options(), context)?;
        context.write(&import)?;
        context.comment(&import);
        Ok(exit(!import.failures.is_empty()))
    }

    fn formats(&self) -> &'static [Format] {
        match self.into {
            Some(_) => EDIT_FORMATS,
            None => FORMATS,
        }
    }

    fn inputs(&self) -> Vec<&Path> {
        self.into.as_deref().into_iter().collect()
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }
}
