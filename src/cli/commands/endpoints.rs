//! `ringfence endpoints`

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::args::spec::request_of;
use crate::cli::command::Command;
use crate::cli::inputs::GivenBy;
use crate::cli::io::context::Context;
use crate::endpoints::Endpoints;
use crate::error::{Error, Exit};
use crate::render::{Firewall, firewall_rules, safe};
use crate::run::{self, EndpointsRequest, NamedRegistry};

/// Show the host names that a firewall in front of clients must allow
///
/// Reads the registries and their replicas. Never writes.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
#[command(after_help = "Examples:
  ringfence endpoints contoso
  ringfence endpoints --spec registries.yaml -o markdown
  ringfence endpoints contoso fabrikam --as squid > registries.conf")]
pub(crate) struct EndpointsArgs {
    /// Registry name or registry id (repeatable) [on a terminal it is asked for]
    #[arg(value_name = "REGISTRY", value_hint = ValueHint::Other)]
    registries: Vec<String>,
    /// All registries of this file or folder, or - for stdin (repeatable)
    #[arg(long, value_name = "SPEC", num_args = 1.., value_hint = ValueHint::AnyPath)]
    spec: Vec<PathBuf>,
    /// Write rules of this firewall instead: nsg, azure-firewall or squid
    #[arg(long = "as", value_name = "FIREWALL", value_parser = firewalls(), hide_possible_values = true)]
    #[arg(conflicts_with = "output")]
    form: Option<Form>,
    // Not from a variable: the name of a registry is unique, and one in another subscription must be found too.
    /// Subscription of the registries that are given by name
    #[arg(long, value_name = "ID", value_hint = ValueHint::Other)]
    subscription: Option<String>,
    /// Resource group of the registries that are given by name
    #[arg(short = 'g', long, value_name = "RG", value_hint = ValueHint::Other)]
    resource_group: Option<String>,
    #[command(flatten)]
    repeated: Repeated,
}

const FORMATS: &[Format] = &[Format::Text, Format::Json, Format::Jsonl, Format::Markdown];

/// A value of `--as`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Rules(Firewall),
    /// A firewall that knows no host names, and whose rules have no service tags either.
    Iptables,
}

fn firewalls() -> impl TypedValueParser<Value = Form> {
    let names = ["nsg", "azure-firewall", "squid", "iptables-fqdn"];
    PossibleValuesParser::new(names).map(|name| match name.as_str() {
        "nsg" => Form::Rules(Firewall::Nsg),
        "azure-firewall" => Form::Rules(Firewall::AzureFirewall),
        "squid" => Form::Rules(Firewall::Squid),
        _ => Form::Iptables,
    })
}

impl EndpointsArgs {
    fn request(&self) -> Result<EndpointsRequest, Error> {
        let paths: Vec<&Path> = self.spec.iter().map(PathBuf::as_path).collect();
        let given = GivenBy {
            command: "endpoints --spec",
            bare_sandbox: false,
        };
        Ok(EndpointsRequest {
            registries: self.registries.clone(),
            flags: NamedRegistry {
                subscription: self.subscription.clone(),
                resource_group: self.resource_group.clone(),
            },
            spec: match paths.is_empty() {
                true => None,
                false => Some(request_of(&paths, given)?),
            },
        })
    }
}

/// Refuses rules of `iptables` with host names.
fn no_host_names() -> Error {
    Error::usage(
        "`iptables` has no rules for host names: it looks a name up once, and the addresses of registries change",
        "let clients go through a proxy and give it the rules of --as squid, or use --as azure-firewall",
    )
}

/// Writes rules. Some of the hosts alone would leave clients without access.
fn write_rules(endpoints: &Endpoints, firewall: Firewall, context: &Context) -> Result<Exit, Error> {
    if let Some(unread) = endpoints.unread() {
        return Err(Error::Failed(unread));
    }
    context.write_bytes(firewall_rules(endpoints, firewall).as_bytes())?;
    // The form of a firewall has no place for them.
    if !context.globals.quiet {
        for registry in &endpoints.registries {
            for note in &registry.notes {
                let line = format!("note: {}: {}\n", registry.id.name(), safe(note));
                context.tell(&line);
            }
        }
    }
    Ok(Exit::Done)
}

impl Command for EndpointsArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        // What cannot be written needs no connection.
        if self.form == Some(Form::Iptables) {
            return Err(no_host_names());
        }
        let options = context.globals.run_options();
        let endpoints = run::endpoints(&self.request()?, &options, context)?;
        if let Some(Form::Rules(firewall)) = self.form {
            return write_rules(&endpoints, firewall, context);
        }
        context.write(&endpoints)?;
        Ok(match endpoints.unread() {
            None => Exit::Done,
            Some(_) => Exit::Failed,
        })
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    fn inputs(&self) -> Vec<&Path> {
        self.spec.iter().map(PathBuf::as_path).collect()
    }
}
