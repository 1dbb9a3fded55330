//! `ringfence rule list`

use std::path::Path;

use clap::Args;

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::args::rule::RegistryArgs;
use crate::cli::args::spec_edit::SpecFileArgs;
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::run;

/// List the rules of a registry
///
/// Prints the JSON of az acr network-rule list.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence rule list -n contoso
  ringfence rule list -n contoso -o text
  ringfence rule list -n contoso --spec registries.yaml
  ringfence rule list -n contoso | jq -r '.ipRules[].ipAddressOrRange'")]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
pub(crate) struct ListArgs {
    #[command(flatten)]
    registry: RegistryArgs,
    #[command(flatten)]
    spec: SpecFileArgs,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result. The first is the default.
const FORMATS: &[Format] = &[Format::Json, Format::Text];

impl Command for ListArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let named = self.registry.named();
        let name = self.registry.name.as_deref();
        let rules = match self.spec.request("rule list --spec")? {
            Some(spec) => run::list_wanted_rules(name, &named, &spec, context)?,
            None => run::list_rules(name, &named, &context.globals.run_options(), context)?,
        };
        context.write(&rules)?;
        Ok(Exit::Done)
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    fn inputs(&self) -> Vec<&Path> {
        self.spec.path().into_iter().collect()
    }
}
