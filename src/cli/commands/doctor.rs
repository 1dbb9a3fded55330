//! `ringfence doctor`

use std::fs::File;
use std::io::{BufReader, ErrorKind, stdin};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use crate::cli::args::around::AroundArgs;
use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::args::repository::repository;
use crate::cli::args::values::subscription_id;
use crate::cli::command::Command;
use crate::cli::inputs::STDIN;
use crate::cli::io::context::Context;
use crate::doctor::{AskedName, Diagnosis, LogReading, read_log};
use crate::error::{Error, Exit};
use crate::local_file;
use crate::run::{self, DoctorRequest, NamedRegistry};

/// Find the cause of a network or login problem
///
/// Goes the way of a client to the registry, step by step, and names the cause of the first step that fails. With --log,
/// reads what Docker, containerd, kubelet, the Azure CLI, Terraform or a CI job printed. Never writes. A problem that is
/// found ends with 2.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
#[command(after_help = "Examples:
  ringfence doctor contoso
  ringfence doctor contoso.azurecr.io --repository app/web -o markdown
  ringfence doctor contoso --from-subnet $SUBNET_ID
  ringfence doctor contoso --aks $CLUSTER_ID
  ringfence doctor contoso --events logins.csv
  ringfence doctor --log build.log
  ringfence doctor --log - -o json < events.txt")]
pub(crate) struct DoctorArgs {
    /// Registry name, registry id or login server
    #[arg(value_name = "REGISTRY", value_hint = ValueHint::Other, value_parser = asked_name)]
    registry: Option<AskedName>,
    /// File with what was printed, or - for stdin
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    log: Option<PathBuf>,
    /// Repository to ask a token for, as a pull and a push do
    #[arg(long, value_name = "NAME", value_hint = ValueHint::Other, requires = "registry")]
    #[arg(value_parser = repository)]
    repository: Option<String>,
    /// DNS server to ask instead of the system's, such as 10.0.0.4 or 10.0.0.4:5353
    #[arg(long, value_name = "ADDRESS", value_hint = ValueHint::Other, requires = "registry")]
    #[arg(value_parser = dns_server)]
    dns_server: Option<SocketAddr>,
    /// Address and port to connect to, whatever the names resolve to
    #[arg(long, value_name = "ADDRESS:PORT", value_hint = ValueHint::Other, requires = "registry")]
    #[arg(value_parser = connect_to)]
    connect_to: Option<SocketAddr>,
    // Not from a variable: the name of a registry is unique, and one in another subscription must be found too.
    /// Subscription of the registry
    #[arg(long, value_name = "ID", value_hint = ValueHint::Other, requires = "registry")]
    #[arg(value_parser = subscription_id)]
    subscription: Option<String>,
    /// Resource group of the registry
    #[arg(short = 'g', long, value_name = "RG", value_hint = ValueHint::Other, requires = "registry")]
    resource_group: Option<String>,
    #[command(flatten)]
    around: Box<AroundArgs>,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result. The first is the default.
const FORMATS: &[Format] = &[Format::Text, Format::Json, Format::Jsonl, Format::Markdown];

/// The port of DNS (RFC 1035).
const DNS_PORT: u16 = 53;

fn asked_name(text: &str) -> Result<AskedName, &'static str> {
    AskedName::parse(text)
        .ok_or("expected a registry name, a registry id, or a login server such as contoso.azurecr.io")
}

fn dns_server(text: &str) -> Result<SocketAddr, &'static str> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(SocketAddr::new(address, DNS_PORT));
    }
    text.parse()
        .map_err(|_| "expected an IP address, with or without a port")
}

fn connect_to(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse()
        .map_err(|_| "expected an IP address and a port, such as 10.0.0.5:443")
}

impl DoctorArgs {
    fn request(&self, registry: &AskedName) -> DoctorRequest {
        DoctorRequest {
            registry: registry.clone(),
            flags: NamedRegistry {
                subscription: self.subscription.clone(),
                resource_group: self.resource_group.clone(),
            },
            repository: self.repository.clone(),
            dns_server: self.dns_server,
            connect_to: self.connect_to,
            around: self.around.request(),
            callers: self.around.callers(),
        }
    }

    /// Probes the registry, if one is named, and reads the log, if one is given.
    fn diagnosis(&self, context: &Context) -> Result<Diagnosis, Error> {
        // A log that cannot be read is an error before anything is probed.
        let log = self.log.as_deref().map(read).transpose()?;
        match (&self.registry, log) {
            (Some(registry), log) => {
                let options = context.globals.run_options();
                run::doctor(&self.request(registry), log, &options, context)
            }
            (None, Some(log)) => Ok(log.diagnosis()),
            (None, None) => Err(Error::usage(
                "no registry is named and no log is given",
                "name a registry: ringfence doctor REGISTRY, or give --log FILE",
            )),
        }
    }
}

/// Reads a log.
fn read(log: &Path) -> Result<LogReading, Error> {
    let read = if log == Path::new(STDIN) {
        read_log(stdin().lock())
    } else {
        local_file::open_regular(log).and_then(|file: File| read_log(BufReader::new(file)))
    };
    read.map_err(|source| match source.kind() {
        ErrorKind::NotFound => Error::NoInput {
            path: log.to_owned(),
            help: "give `--log` a file with what was printed, or - for stdin".to_owned(),
        },
        _ => Error::File {
            action: "read",
            path: log.to_owned(),
            source,
        },
    })
}

impl Command for DoctorArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let diagnosis = self.diagnosis(context)?;
        context.write(&diagnosis)?;
        Ok(if diagnosis.verdicts.is_empty() {
            Exit::Done
        } else {
            Exit::Differs
        })
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    fn inputs(&self) -> Vec<&Path> {
        self.log
            .as_deref()
            .into_iter()
            .chain(self.around.input())
            .collect()
    }
}
