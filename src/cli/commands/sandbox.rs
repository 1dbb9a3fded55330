//! `ringfence sandbox`

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use tempfile::TempDir;

use crate::cli::args::globals;
use crate::cli::io::child::{self, Signals};
use crate::cli::stand_in::{faults, not_started, under_conditions};
use crate::cli::{Context, Repeated};
use crate::error::{Error, Exit};
use crate::sandbox::{self, LegacySubnetKey, Options, Ready, State, Throttle};

/// Run a local Azure Resource Manager
///
/// Prints one JSON line when it is ready and runs until it is interrupted. With a command it runs that instead, with
/// the environment set so that Azure clients use the sandbox, and ends with the command's exit code.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence sandbox --state lab.json
  ringfence sandbox --seed registries.json -- ringfence plan registries.yaml
  ringfence sandbox --state lab.json --faults faults.json -- ./test.sh
  ringfence sandbox --listen 127.0.0.1:8443 --latency 50ms --propagation 30s")]
#[command(mut_arg("output", |output| output.help(OUTPUT_HELP)))]
pub(crate) struct SandboxArgs {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Host name or address that clients use, where it is not the one listened on
    #[arg(long, value_name = "HOST", value_parser = host)]
    pub announce: Option<String>,
    /// Keep the state in FILE, made if missing
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Begin with the state in FILE, unless the file of --state is there
    #[arg(long, value_name = "FILE")]
    pub seed: Option<PathBuf>,
    /// Answer so much later
    #[arg(long, value_name = "DURATION", value_parser = delay)]
    pub latency: Option<Duration>,
    /// Let changes of rules reach the data plane so much later
    #[arg(long, value_name = "DURATION", value_parser = delay)]
    pub propagation: Option<Duration>,
    /// Address that requests to the data plane come from, in the place of the connection's own
    #[arg(long, value_name = "IP")]
    pub client_ip: Option<IpAddr>,
    /// Refuse requests over ARM's published limits, or over LIMITS, such as reads=250/25,writes=200/10,wait=10
    #[arg(long, value_name = "LIMITS", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub throttle: Option<Throttle>,
    /// How often an operation answers that it still runs
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub polls: u32,
    /// Seconds in the Retry-After of operations; with 0 the Azure CLI waits 30 s instead
    #[arg(long, value_name = "SECONDS", default_value_t = 1)]
    pub retry_after: u32,
    /// Key of a subnet rule's id at api-version 2021-08-01-preview, where the record is disputed
    #[arg(long, value_name = "KEY", default_value = "id", value_parser = subnet_keys())]
    pub legacy_subnet_key: LegacySubnetKey,
    /// How long tokens are valid, at least 1s [default: 3599s]
    #[arg(long, value_name = "DURATION", value_parser = lifetime)]
    pub token_lifetime: Option<Duration>,
    /// Let CMD sign in with a managed identity, as in App Service, and not with a secret
    #[arg(long, requires = "command")]
    pub managed_identity: bool,
    /// Command to run, with its arguments
    #[arg(last = true, value_name = "CMD")]
    pub command: Vec<OsString>,
    #[command(flatten)]
    pub repeated: Repeated,
}

const OUTPUT_HELP: &str = "Format of the ready line: json; with =FILE into that file (repeatable)";

/// The certificate authority in a folder of its own, and an empty one for the Azure CLI. Both go when this does.
struct Folders {
    ca: PathBuf,
    azure: TempDir,
    _ca: TempDir,
}

pub(crate) fn run(args: &SandboxArgs, context: &Context) -> Result<Exit, Error> {
    let options = options(args, context)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|source| Error::System {
            action: "start the async runtime",
            source,
        })?;
    runtime.block_on(serve(args, context, options))
}

fn options(args: &SandboxArgs, context: &Context) -> Result<Options, Error> {
    let load = |path: &PathBuf| State::load(path).map_err(|error| not_started(&error, None));
    let seed = args.seed.as_ref().map(load).transpose()?;
    let defaults = Options::default();
    let options = Options {
        listen: args.listen,
        announce: args.announce.clone(),
        state_file: args.state.clone(),
        seed: seed.unwrap_or_else(State::empty),
        default_subscription: true,
        request_log: context.globals.request_log.clone(),
        faults: faults(&context.globals)?,
        latency: args.latency.unwrap_or_default(),
        managed_identity: true,
        propagation: args.propagation.unwrap_or_default(),
        client_ip: args.client_ip,
        throttle: args.throttle,
        polls: args.polls,
        retry_after: args.retry_after,
        subnet_key_2021_08: args.legacy_subnet_key,
        token_lifetime: args.token_lifetime.unwrap_or(defaults.token_lifetime),
        ..defaults
    };
    under_conditions(options, &context.globals)
}

/// By the names that they have on the wire.
fn subnet_keys() -> impl TypedValueParser<Value = LegacySubnetKey> {
    let names = ["id", "virtualNetworkSubnetResourceId"];
    PossibleValuesParser::new(names).map(|name| match name.as_str() {
        "id" => LegacySubnetKey::Id,
        _ => LegacySubnetKey::SubnetResourceId,
    })
}

/// A time that may be none, which is what there is without the flag.
fn delay(text: &str) -> Result<Duration, String> {
    let signed: Option<jiff::SignedDuration> = text.parse().ok();
    if signed.is_some_and(|time| time.is_zero()) {
        return Ok(Duration::ZERO);
    }
    globals::duration(text)
}

/// Tokens say how long they live in whole seconds.
fn lifetime(text: &str) -> Result<Duration, String> {
    let time = globals::duration(text)?;
    let enough = time >= Duration::from_secs(1);
    enough
        .then_some(time)
        .ok_or_else(|| "expected a second or more".to_owned())
}

async fn serve(args: &SandboxArgs, context: &Context, options: Options) -> Result<Exit, Error> {
    // Before anyone can know that the sandbox is there, so that every signal ends it cleanly.
    let mut signals = Signals::listen().map_err(|source| Error::System {
        action: "listen for signals",
        source,
    })?;
    if !args.listen.ip().is_loopback() {
        context.tell(&warning(args.listen.ip()));
    }
    let sandbox = sandbox::start(options)
        .await
        .map_err(|error| not_started(&error, None))?;
    let folders = Folders::make(sandbox.ready())?;
    let exit = match args.command.split_first() {
        None => wait(sandbox.ready(), &folders.ca, context, &mut signals).await,
        Some((program, words)) => {
            announce(sandbox.ready(), &folders.ca, context)?;
            let variables = variables(args, sandbox.ready(), &folders);
            child::run(program, words, &variables, &mut signals).await
        }
    };
    sandbox.stop().await;
    exit
}

/// What the command's environment gets, and with `None` loses.
fn variables(
    args: &SandboxArgs,
    ready: &Ready,
    folders: &Folders,
) -> Vec<(&'static str, Option<String>)> {
    let no_proxy = std::env::var("NO_PROXY").or_else(|_| std::env::var("no_proxy"));
    let mut variables = ready.environment(&folders.ca, &no_proxy.unwrap_or_default());
    if args.managed_identity {
        variables = ready.with_managed_identity(variables);
    }
    // Who is signed in to Azure, and where, is kept there: not for the command to use or to change.
    let azure = folders.azure.path().display().to_string();
    variables.push(("AZURE_CONFIG_DIR", Some(azure)));
    variables
}

/// Says that the sandbox is ready and waits until it is told to end.
async fn wait(
    ready: &Ready,
    ca: &Path,
    context: &Context,
    signals: &mut Signals,
) -> Result<Exit, Error> {
    context.write_secret(line(ready, ca).as_bytes())?;
    signals.next().await;
    Ok(Exit::Done)
}

/// Stdout is the command's, so the line goes into files, and people are told on stderr.
fn announce(ready: &Ready, ca: &Path, context: &Context) -> Result<(), Error> {
    context.write_secret(line(ready, ca).as_bytes())?;
    if !context.globals.quiet {
        context.tell(&format!("sandbox: this is not Azure but {}\n", ready.arm));
    }
    Ok(())
}

fn line(ready: &Ready, ca: &Path) -> String {
    format!("{}\n", ready.json(ca))
}

/// Said even with `--quiet`.
fn warning(address: IpAddr) -> String {
    format!(
        "warning: the sandbox listens on {address}, not on loopback: whoever reaches this machine can read and change its state\n"
    )
}

impl Folders {
    fn make(ready: &Ready) -> Result<Self, Error> {
        let (folder, azure) = (private_folder("sandbox")?, private_folder("azure")?);
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, &ready.ca_pem).map_err(|source| Error::File {
            action: "write",
            path: path.clone(),
            source,
        })?;
        Ok(Self {
            ca: path,
            azure,
            _ca: folder,
        })
    }
}

/// A new folder that only its owner may look into.
fn private_folder(name: &str) -> Result<TempDir, Error> {
    let prefix = format!("ringfence-{name}-");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let made = builder.tempdir();
    made.map_err(|source| Error::System {
        action: "make a temporary folder",
        source,
    })
}

/// A name or an address, without port and scheme. Names of registries lead to registries.
fn host(text: &str) -> Result<String, String> {
    if !(is_name(text) || text.parse::<IpAddr>().is_ok()) {
        return Err("expected a host name or an address, without port".to_owned());
    }
    if sandbox::is_registry_host(&text.to_ascii_lowercase()) {
        return Err("expected a name that is no registry's: those lead to its data plane".to_owned());
    }
    Ok(text.to_owned())
}

/// Whether it is a host name (RFC 1123), and not the short form of an IPv4 address.
fn is_name(text: &str) -> bool {
    let label = |label: &str| {
        let inner = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let ends = !label.starts_with('-') && !label.ends_with('-');
        inner && ends && (1..=63).contains(&label.len())
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    let numeric = last.bytes().all(|b| b.is_ascii_digit());
    text.len() <= 253 && !numeric && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announced_names_are_host_names_or_addresses() {
        let long = "a".repeat(64);
        let rows = [
            ("sandbox", true),
            ("Lab-1.corp.test", true),
            ("10.0.0.1", true),
            ("2001:db8::1", true),
            ("", false),
            (".", false),
            ("-", false),
            ("a..b", false),
            ("a.b.", false),
            ("-a.test", false),
            ("1.2.3", false),
            ("0x7f.1", false),
            ("a b", false),
            ("a:443", false),
            ("https://a", false),
            ("[::1]", false),
            ("contoso.azurecr.io", false),
            ("CONTOSO.AZURECR.IO", false),
            (long.as_str(), false),
        ];
        for (text, taken) in rows {
            assert_eq!(host(text).is_ok(), taken, "{text}");
        }
    }

    #[test]
    fn a_delay_may_be_none() {
        let rows = [
            ("0s", Some(0)),
            ("0ms", Some(0)),
            ("2s", Some(2)),
            ("0", None),
            ("-1s", None),
        ];
        for (text, want) in rows {
            assert_eq!(delay(text).ok().map(|time| time.as_secs()), want, "{text}");
        }
    }

    #[test]
    fn tokens_live_for_a_second_or_more() {
        let rows = [("1s", true), ("999ms", false), ("0s", false), ("1h", true)];
        for (text, taken) in rows {
            assert_eq!(lifetime(text).is_ok(), taken, "{text}");
        }
    }
}
