//! `ringfence explain`

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::args::spec::request_of;
use crate::cli::args::values::{WithNames, chosen_client};
use crate::cli::command::Command;
use crate::cli::inputs::{GivenBy, STDIN};
use crate::cli::io::context::Context;
use crate::cli::list_file::read_list;
use crate::error::{Error, Exit};
use crate::run::{self, ChosenClient, NamedRegistry, SpecRequest};

/// Show whether a client gets in, by which rule, and what would change that
///
/// Reads the registry, or judges a spec without a connection (--spec). With --spec and --live, reads the registry and takes
/// names and public addresses of subnets from the spec. Never writes.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
#[command(after_help = "Examples:
  ringfence explain contoso --from 203.0.113.9
  ringfence explain contoso --from 203.0.113.0/24 offices --spec registries.yaml
  ringfence explain contoso --from build --spec registries.yaml --live
  ringfence explain contoso --from-file addresses.txt -o json
  ringfence explain contoso --from trusted-services tasks")]
pub(crate) struct ExplainArgs {
    /// Registry name or registry id [on a terminal it is asked for]
    #[arg(value_name = "REGISTRY", value_hint = ValueHint::Other)]
    registry: Option<String>,
    /// Address, range, subnet id, trusted-services, tasks, ipv6, or with --spec a name of the spec (repeatable)
    #[arg(long, value_name = "CLIENT", num_args = 1.., value_parser = clients(), hide_possible_values = true)]
    #[arg(required_unless_present = "from_file")]
    from: Vec<ChosenClient>,
    /// File with a client on each line, or - for stdin
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    from_file: Option<PathBuf>,
    /// Judge the state that this file or folder wants, or - for stdin, without a connection unless --live (repeatable)
    #[arg(long, value_name = "SPEC", num_args = 1.., value_hint = ValueHint::AnyPath)]
    spec: Vec<PathBuf>,
    /// Judge the registry as it is, with the names and the `egress` of the spec
    #[arg(long, requires = "spec")]
    live: bool,
    // Not from a variable: the name of a registry is unique, and one in another subscription must be found too.
    /// Subscription of the registry
    #[arg(long, value_name = "ID", value_hint = ValueHint::Other)]
    subscription: Option<String>,
    /// Resource group of the registry
    #[arg(short = 'g', long, value_name = "RG", value_hint = ValueHint::Other)]
    resource_group: Option<String>,
    #[command(flatten)]
    repeated: Repeated,
}

const FORMATS: &[Format] = Format::ANSWER;

impl ExplainArgs {
    /// Returns the clients of the flags and of the file, in their order.
    fn clients(&self) -> Result<Vec<ChosenClient>, Error> {
        let mut clients = self.from.clone();
        let Some(file) = &self.from_file else {
            return Ok(clients);
        };
        let is_stdin = file == Path::new(STDIN);
        if is_stdin && self.spec.iter().any(|path| path == Path::new(STDIN)) {
            return Err(Error::usage(
                "`--spec -` and `--from-file -` both read stdin",
                "give one of them a file",
            ));
        }
        for (line, text) in read_list(file, "--from-file", "a client")? {
            match chosen_client(&text) {
                Ok(client) => clients.push(client),
                Err(message) => {
                    let message = format!("{}:{line}: `{text}`: {message}", file.display());
                    return Err(Error::usage(message, "correct the line"));
                }
            }
        }
        Ok(clients)
    }
}

impl ExplainArgs {
    /// Returns the spec of `--spec`, if it is given.
    fn request(&self) -> Result<Option<SpecRequest>, Error> {
        if self.spec.is_empty() {
            return Ok(None);
        }
        let paths: Vec<&Path> = self.spec.iter().map(PathBuf::as_path).collect();
        let given = GivenBy {
            command: "explain --spec",
            bare_sandbox: false,
        };
        request_of(&paths, given).map(Some)
    }
}

fn clients() -> WithNames<ChosenClient> {
    WithNames {
        parse: chosen_client,
        names: &["trusted-services", "tasks", "ipv6"],
    }
}

impl Command for ExplainArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let asked = self.clients()?;
        let flags = NamedRegistry {
            subscription: self.subscription.clone(),
            resource_group: self.resource_group.clone(),
        };
        let request = self.request()?;
        let registry = self.registry.as_deref();
        let options = context.globals.run_options();
        let explanation = match &request {
            None => run::explain_live(registry, &flags, &asked, &options, context)?,
            Some(request) if self.live => {
                run::explain_live_with(request, registry, &flags, &asked, &options, context)?
            }
            Some(request) => run::explain_wanted(registry, &flags, request, &asked, context)?,
        };
        context.write(&explanation)?;
        Ok(Exit::Done)
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    fn inputs(&self) -> Vec<&Path> {
        let mut inputs: Vec<&Path> = self.spec.iter().map(PathBuf::as_path).collect();
        inputs.extend(self.from_file.as_deref());
        inputs
    }
}
