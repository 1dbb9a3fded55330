//! `ringfence import`

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::args::spec::request_of;
use crate::cli::args::values::{segment, selector};
use crate::cli::command::Command;
use crate::cli::inputs::{GivenBy, STDIN};
use crate::cli::io::context::Context;
use crate::cli::io::spec_file::{self, EditEnd};
use crate::error::{Error, Exit};
use crate::import::{Deployment, Import};
use crate::run::{self, ImportFiles, ImportRequest, NamedRegistry, RegistryScope, Selection};
use crate::spec::{Choice, Selector};

/// Write a spec that describes live registries, or those that files declare
///
/// The plan of live registries is empty: apply changes nothing until you edit it. What registries share becomes named
/// networks, named subnets and defaults. What no spec manages is told on stderr. Files are read without a connection, and
/// values that they do not tell are named. Never writes to Azure.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
#[command(after_help = "Examples:
  ringfence import contoso > registries.yaml
  ringfence import --subscription ID -o yaml=registries.yaml
  ringfence import --subscription ID -g registries
  ringfence import --subscription ID --only 'prod*' -o yaml=prod.yaml
  ringfence import --all -o yaml=registries.yaml -o json=import.json
  ringfence import fabrikam --into registries.yaml
  ringfence import --from-terraform infra/ --subscription ID
  ringfence import --from-arm main.json --subscription ID -g registries")]
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
    /// Take only these of the registries that are found (repeatable): a name, glob or id, or subscription:ID, group:NAME,
    /// tag:NAME=VALUE, mode:MODE
    #[arg(long, value_name = "WHICH", value_parser = selector, value_hint = ValueHint::Other)]
    only: Vec<Selector>,
    /// Leave out these registries (repeatable): the same forms as --only
    #[arg(long, value_name = "WHICH", value_parser = selector, value_hint = ValueHint::Other)]
    except: Vec<Selector>,
    /// Import what Terraform declares: *.tf files, a folder of them, or the JSON of terraform show (repeatable; - for stdin)
    #[arg(long, value_name = "FILE", num_args = 1.., value_hint = ValueHint::AnyPath)]
    #[arg(conflicts_with_all = ["registries", "all", "only", "except"])]
    from_terraform: Vec<PathBuf>,
    /// Import what a template of Resource Manager declares, or the JSON that Bicep compiles to (- for stdin)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(conflicts_with_all = ["registries", "all", "from_terraform", "only", "except"])]
    from_arm: Option<PathBuf>,
    /// Add the registries to this spec that it lacks; every other byte of the file stays
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(conflicts_with_all = ["from_terraform", "from_arm"])]
    into: Option<PathBuf>,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result. The first is the default.
const FORMATS: &[Format] = &[Format::Yaml, Format::Json, Format::Jsonl];
/// Formats of an edit of a spec.
const EDIT_FORMATS: &[Format] = Format::ANSWER;

impl ImportArgs {
    fn live(&self, context: &Context) -> Result<Import, Error> {
        let request = self.request()?;
        run::import(&request, &context.globals.run_options(), context)
    }

    /// Returns the registries to import.
    fn request(&self) -> Result<ImportRequest, Error> {
        Ok(ImportRequest {
            scope: self.scope()?,
            selection: Selection {
                choice: Choice {
                    only: self.only.clone(),
                    except: self.except.clone(),
                    is_partial: false,
                },
                shard: None,
            },
        })
    }

    /// Returns the files to import, if any are named.
    fn files(&self) -> Option<ImportFiles> {
        match (&self.from_terraform[..], &self.from_arm) {
            (_, Some(template)) => Some(ImportFiles::Template(template.clone())),
            ([], None) => None,
            (files, None) => Some(ImportFiles::Terraform(files.to_vec())),
        }
    }

    /// Returns the place that the registries of files go to.
    fn deployment(&self) -> Result<Deployment, Error> {
        match &self.subscription[..] {
            [] | [_] => Ok(Deployment {
                subscription: self.subscription.first().cloned(),
                resource_group: self.resource_group.clone(),
            }),
            _ => Err(one_subscription()),
        }
    }

    /// Returns the place where registries are looked for.
    fn scope(&self) -> Result<RegistryScope, Error> {
        if self.all {
            return Ok(RegistryScope::Visible);
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
            ([], [subscription], Some(group)) => Ok(RegistryScope::Group {
                subscription: subscription.clone(),
                group: group.clone(),
            }),
            ([], subscriptions, None) => Ok(RegistryScope::Subscriptions(subscriptions.to_vec())),
            (registries, [], _) | (registries @ [_, ..], [_], _) => Ok(RegistryScope::Registries {
                registries: registries.to_vec(),
                flags: NamedRegistry {
                    subscription: self.subscription.first().cloned(),
                    resource_group: self.resource_group.clone(),
                },
            }),
            _ => Err(one_subscription()),
        }
    }
}

/// Returns the end of an import.
fn exit(import: &Import) -> Exit {
    match import.failures.is_empty() {
        true => Exit::Done,
        false => Exit::Failed,
    }
}

/// Tells people what was imported. Failures are errors, so `--quiet` does not hide them.
pub(super) fn tell(import: &Import, context: &Context) {
    context.comment(import);
    if context.globals.quiet {
        for place in &import.failures {
            context.complain(&Error::Failed(place.located()));
        }
    }
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
    let edited = &found.edited;
    if spec_file::write(edited)? == EditEnd::Overtaken {
        return Err(spec_file::overtaken(&edited.path));
    }
    context.warn(&edited.warnings);
    let shown = context.write_after(&edited.report, edited.before != edited.after)?;
    tell(&found.import, context);
    Ok(match exit(&found.import) {
        Exit::Done => shown,
        failed => failed,
    })
}

fn one_subscription() -> Error {
    Error::usage(
        "a registry or a resource group is in one subscription",
        "give --subscription once",
    )
}

impl Command for ImportArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        if let Some(file) = &self.into {
            let request = self.request()?;
            return import_into(file, &request, context);
        }
        let import = match self.files() {
            Some(files) => run::import_files(&files, &self.deployment()?, context)?,
            None => self.live(context)?,
        };
        context.write(&import)?;
        tell(&import, context);
        Ok(exit(&import))
    }

    fn formats(&self) -> &'static [Format] {
        match self.into {
            Some(_) => EDIT_FORMATS,
            None => FORMATS,
        }
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    fn inputs(&self) -> Vec<&Path> {
        let mut inputs: Vec<&Path> = self.from_terraform.iter().map(PathBuf::as_path).collect();
        inputs.extend(self.from_arm.as_deref());
        inputs.extend(self.into.as_deref());
        inputs
    }
}
