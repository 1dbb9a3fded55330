//! `ringfence sandbox`

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueHint};
use tempfile::TempDir;

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::args::values::{delay, host, socket, subnet_keys, token_lifetime};
use crate::cli::command::Command;
use crate::cli::inputs::{self, GivenBy};
use crate::cli::io::child::{self, EndSignals, Variables};
use crate::cli::io::color::Stream;
use crate::cli::io::context::Context;
use crate::cli::io::interface::sandbox_notice;
use crate::cli::sandbox_lines;
use crate::error::{Error, Exit};
use crate::run::{SpecRequest, load_faults, not_started, seed, start_runtime, with_conditions};
use crate::sandbox::{self, LegacySubnetKey, Options, Ready, State, Throttle};

/// Run a local Azure Resource Manager
///
/// Prints one JSON line when it is ready, or lines for people on a terminal, and runs until it is interrupted. With a command, runs that instead, with the
/// environment set so that Azure clients use the sandbox, and ends with the command's exit code.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence sandbox --state lab.json --for registries.yaml
  ringfence sandbox --seed seed.json -- ringfence plan registries.yaml
  ringfence sandbox --state lab.json --faults faults.json -- ./test.sh
  ringfence sandbox --listen 127.0.0.1:8443 --latency 50ms")]
#[command(mut_arg("output", |output| with_formats(output, "the ready line", FORMATS)))]
pub(crate) struct SandboxArgs {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", value_hint = ValueHint::Other, default_value = "127.0.0.1:0", value_parser = socket)]
    listen: SocketAddr,
    /// Host name or address that clients use besides localhost and the one listened on, without port; it goes into the certificate and into links (repeatable)
    #[arg(long, value_name = "HOST", value_hint = ValueHint::Hostname, value_parser = host)]
    announce: Vec<String>,
    /// Keep the state in FILE, which is made if it is missing
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Begin with the state in FILE, unless the file of --state exists
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Begin with the registries and subnets of this spec, unless the file of --state exists (repeatable)
    #[arg(long = "for", value_name = "SPEC", conflicts_with = "seed", value_hint = ValueHint::AnyPath)]
    specs: Vec<PathBuf>,
    /// Print the environment of clients as lines for a shell, instead of the JSON line
    #[arg(long, conflicts_with = "command")]
    export: bool,
    /// Delay every answer by this time, at most 24h
    #[arg(long, value_name = "DURATION", value_hint = ValueHint::Other, value_parser = delay)]
    latency: Option<Duration>,
    /// Delay the effect of rule changes on the data plane by this time, at most 24h
    #[arg(long, value_name = "DURATION", value_hint = ValueHint::Other, value_parser = delay)]
    propagation: Option<Duration>,
    /// Source address of requests to the data plane, instead of the connection's own
    #[arg(long, value_name = "IP", value_hint = ValueHint::Other)]
    client_ip: Option<IpAddr>,
    /// Refuse requests over ARM's published limits, or over LIMITS, such as reads=250/25,writes=200/10,wait=10
    #[arg(long, value_name = "LIMITS", value_hint = ValueHint::Other, num_args = 0..=1, require_equals = true, default_missing_value = "")]
    throttle: Option<Throttle>,
    /// Answer this often that an operation still runs
    #[arg(long, value_name = "N", value_hint = ValueHint::Other, default_value_t = 0, allow_negative_numbers = true, value_parser = clap::value_parser!(u32))]
    polls: u32,
    /// Seconds in the Retry-After of operations; with 0 the Azure CLI waits 30 s instead
    #[arg(long, value_name = "SECONDS", value_hint = ValueHint::Other, default_value_t = 1, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(..=86_400))]
    retry_after: u32,
    /// Key of a subnet rule's id at api-version 2021-08-01-preview, where the record is disputed
    #[arg(long, value_name = "KEY", default_value = "virtualNetworkSubnetResourceId", value_parser = subnet_keys())]
    legacy_subnet_key: LegacySubnetKey,
    /// Lifetime of tokens, at least 1s [default: 3599s]
    #[arg(long, value_name = "DURATION", value_hint = ValueHint::Other, value_parser = token_lifetime)]
    token_lifetime: Option<Duration>,
    /// Give CMD a managed identity, as in App Service, instead of a secret
    #[arg(long, requires = "command")]
    managed_identity: bool,
    /// Command to run, with its arguments
    #[arg(last = true, value_name = "CMD")]
    command: Vec<OsString>,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the ready line.
const FORMATS: &[Format] = &[Format::Json];

impl Command for SandboxArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let options = self.options(context)?;
        start_runtime()?.block_on(self.serve(context, options))
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    fn inputs(&self) -> Vec<&Path> {
        // A result in place of the state would lose it.
        let files = self.specs.iter().chain(&self.state).chain(&self.seed);
        files.map(PathBuf::as_path).collect()
    }

    fn gives_stdout_away(&self) -> bool {
        !self.command.is_empty()
    }

    fn is_sandbox(&self) -> bool {
        true
    }
}

impl SandboxArgs {
    /// Returns the options of the sandbox, with the files that they name.
    fn options(&self, context: &Context) -> Result<Options, Error> {
        let seed = self.seed(context)?;
        let defaults = Options::default();
        let options = Options {
            listen: self.listen,
            announce: self.announce.clone(),
            state_file: self.state.clone(),
            seed,
            // Clients that list subscriptions need one.
            default_subscription: true,
            request_log: context.globals.request_log.clone(),
            faults: load_faults(context.globals.faults.as_deref())?,
            latency: self.latency.unwrap_or_default(),
            managed_identity: true,
            propagation: self.propagation.unwrap_or_default(),
            client_ip: self.client_ip,
            throttle: self.throttle,
            polls: self.polls,
            retry_after: self.retry_after,
            subnet_key_2021_08: self.legacy_subnet_key,
            token_lifetime: self.token_lifetime.unwrap_or(defaults.token_lifetime),
            ..defaults
        };
        with_conditions(options, context.globals.conditions.as_deref())
    }

    /// Returns the state to begin with.
    fn seed(&self, context: &Context) -> Result<State, Error> {
        if let Some(file) = &self.seed {
            inputs::check_seed(file)?;
            return State::load(file).map_err(|error| not_started(&error));
        }
        if self.specs.is_empty() {
            return Ok(State::empty());
        }
        let paths: Vec<&Path> = self.specs.iter().map(PathBuf::as_path).collect();
        let given = GivenBy {
            command: "sandbox --for",
            bare_sandbox: false,
        };
        inputs::check(&paths, given)?;
        let spec = SpecRequest::of_files(self.specs.clone()).load_without_expect(context)?;
        Ok(seed(&spec))
    }

    /// Returns the lines that announce the sandbox: JSON for programs, exports for a shell, and text for people.
    fn ready_lines(&self, ready: &Ready, folders: &Folders) -> String {
        // A terminal without `--output` is read by people.
        let for_people = Stream::Stdout.is_terminal() && self.repeated.output.is_empty();
        if self.export {
            sandbox_lines::exports(&self.variables(ready, folders))
        } else if for_people {
            sandbox_lines::for_people(&ready.arm, &self.variables(ready, folders))
        } else {
            ready_line(ready, &folders.ca)
        }
    }

    /// Runs the sandbox until it is told to end, or until the command ends.
    async fn serve(&self, context: &Context, options: Options) -> Result<Exit, Error> {
        // Listen for signals before anyone can know of the sandbox, so that every signal ends it cleanly.
        let mut signals = EndSignals::listen().map_err(|source| Error::System {
            action: "listen for signals",
            source,
        })?;
        if !self.listen.ip().is_loopback() {
            context.tell(&exposed_warning(self.listen.ip()));
        }
        let started = sandbox::start(options).await;
        let sandbox = started.map_err(|error| not_started(&error))?;
        let folders = Folders::make(sandbox.ready())?;
        // Wait for a signal, or for the command.
        let exit = match self.command.split_first() {
            None => {
                let lines = self.ready_lines(sandbox.ready(), &folders);
                wait(&lines, context, &mut signals).await
            }
            Some((program, words)) => {
                announce(sandbox.ready(), &folders.ca, context)?;
                let variables = self.variables(sandbox.ready(), &folders);
                child::run(program, words, &variables, &mut signals).await
            }
        };
        sandbox.stop().await;
        exit
    }

    /// Returns the variables of the command's environment; those with `None` are removed from it.
    fn variables(&self, ready: &Ready, folders: &Folders) -> Variables {
        let no_proxy = std::env::var("NO_PROXY").or_else(|_| std::env::var("no_proxy"));
        let mut variables = ready.environment(&folders.ca, &no_proxy.unwrap_or_default());
        if self.managed_identity {
            variables = ready.with_managed_identity(variables);
        }
        // The Azure CLI keeps the user's sign-in in its folder. The command must neither use nor change it.
        let azure = folders.azure.path().display().to_string();
        variables.push(("AZURE_CONFIG_DIR", Some(azure)));
        variables
    }
}

/// Announces the sandbox and waits for a signal.
async fn wait(lines: &str, context: &Context, signals: &mut EndSignals) -> Result<Exit, Error> {
    context.write_secret(lines.as_bytes())?;
    signals.next().await;
    Ok(Exit::Done)
}

/// Writes the ready line into files, and tells the user on stderr: stdout is the command's.
fn announce(ready: &Ready, ca: &Path, context: &Context) -> Result<(), Error> {
    context.write_secret(ready_line(ready, ca).as_bytes())?;
    if !context.globals.quiet {
        context.tell(&sandbox_notice(&ready.arm));
    }
    Ok(())
}

fn ready_line(ready: &Ready, ca: &Path) -> String {
    format!("{}\n", ready.json(ca))
}

/// Returns the warning of a sandbox that other machines can reach. `--quiet` does not hide it.
fn exposed_warning(address: IpAddr) -> String {
    format!(
        "warning: the sandbox listens on {address}, not on loopback: anyone who reaches this machine can read and change its state\n"
    )
}

/// Temporary folders, which are removed at the end.
struct Folders {
    /// The file of the certificate authority.
    ca: PathBuf,
    /// An empty folder for the Azure CLI.
    azure: TempDir,
    _ca: TempDir,
}

impl Folders {
    fn make(ready: &Ready) -> Result<Self, Error> {
        let folder = private_folder("sandbox")?;
        let ca = folder.path().join("ca.pem");
        if let Err(source) = std::fs::write(&ca, &ready.ca_pem) {
            return Err(Error::File {
                action: "write",
                path: ca,
                source,
            });
        }
        Ok(Self {
            ca,
            azure: private_folder("azure")?,
            _ca: folder,
        })
    }
}

/// Makes a folder that only its owner can open.
fn private_folder(name: &str) -> Result<TempDir, Error> {
    let prefix = format!("ringfence-{name}-");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir().map_err(|source| Error::System {
        action: "make a temporary folder",
        source,
    })
}
