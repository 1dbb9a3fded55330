//! Flags that every command takes, before or after its name.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args};
use url::Url;

use crate::azure::{AuthMethod, CloudName};
use crate::cli::io::color::ColorChoice;
use crate::cli::io::output::OutputArg;
use crate::error::Error;
use crate::model::shell_word;

/// Flags with one value. Given twice, the one after the command wins.
#[derive(Clone, Debug, Args)]
pub struct Globals {
    /// How to sign in
    #[arg(long, global = true, value_name = "METHOD", default_value = "auto", value_parser = methods())]
    #[arg(env = "RINGFENCE_AUTH", hide_env_values = true, help_heading = CONNECTION)]
    pub auth: AuthMethod,
    /// Azure cloud: public, usgov, china, or the URL of its Resource Manager
    #[arg(long, global = true, value_name = "CLOUD", default_value = "public", value_parser = cloud)]
    #[arg(env = "RINGFENCE_CLOUD", hide_env_values = true, help_heading = CONNECTION)]
    pub cloud: CloudName,
    /// Azure Resource Manager at another URL (https)
    #[arg(long, global = true, value_name = "URL", value_parser = https)]
    #[arg(env = "RINGFENCE_ARM_ENDPOINT", hide_env_values = true, help_heading = CONNECTION)]
    pub arm_endpoint: Option<Url>,
    /// PEM file with a further certificate authority to trust
    #[arg(long, global = true, value_name = "FILE")]
    #[arg(env = "RINGFENCE_CA_FILE", hide_env_values = true, help_heading = CONNECTION)]
    pub ca_file: Option<PathBuf>,
    /// Longest time for one operation, such as 90s or 15m
    #[arg(long, global = true, value_name = "DURATION", default_value = "15m", value_parser = duration)]
    #[arg(help_heading = CONNECTION)]
    pub timeout: Duration,
    /// Registries worked on at the same time
    #[arg(long, global = true, value_name = "N", default_value = "8")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=256), help_heading = CONNECTION)]
    pub parallel: u16,

    /// Use a local stand-in for Azure: a fresh one, or the one kept in the file STATE
    #[arg(long, global = true, value_name = "STATE", num_args = 0..=1, require_equals = true)]
    #[arg(help_heading = SANDBOX)]
    pub sandbox: Option<Option<PathBuf>>,
    /// Write a JSON line per request to FILE (with --sandbox)
    #[arg(long, global = true, value_name = "FILE", help_heading = SANDBOX)]
    pub request_log: Option<PathBuf>,
    /// Let go wrong what the JSON in FILE says (with --sandbox)
    #[arg(long, global = true, value_name = "FILE", help_heading = SANDBOX)]
    pub faults: Option<PathBuf>,
    /// Permissions, policies and other circumstances, which the JSON in FILE says (with --sandbox)
    #[arg(long, global = true, value_name = "FILE", help_heading = SANDBOX)]
    pub conditions: Option<PathBuf>,

    /// When to colour; NO_COLOR, CLICOLOR_FORCE and CLICOLOR hold for auto
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = OUTPUT)]
    pub color: ColorChoice,
    /// No progress and no warnings on stderr
    #[arg(short, long, global = true, help_heading = OUTPUT)]
    pub quiet: bool,
}

/// Flags that add up, wherever they are given. The parser's own global flags would forget those before the command.
#[derive(Clone, Debug, Default, Args)]
pub struct Repeated {
    /// Format of the result: text or json; with =FILE into that file (repeatable)
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_parser = OutputArg::parse)]
    #[arg(help_heading = OUTPUT)]
    pub output: Vec<OutputArg>,
    /// Log to stderr; -vv logs more
    #[arg(short, long, action = ArgAction::Count, help_heading = OUTPUT)]
    pub verbose: u8,
}

const CONNECTION: &str = "Connection";
const SANDBOX: &str = "Sandbox";
const OUTPUT: &str = "Output";

impl Globals {
    /// What the parser cannot see: flags that need the sandbox, or that the sandbox itself has no use for.
    pub(crate) fn check(&self, is_sandbox: bool) -> Result<(), Error> {
        if is_sandbox && self.sandbox.is_some() {
            return Err(Error::usage(
                "`--sandbox` does not go with the command `sandbox`",
                "give `--state FILE` to keep the state in a file",
            ));
        }
        let needy = [
            ("request-log", self.request_log.is_some()),
            ("faults", self.faults.is_some()),
            ("conditions", self.conditions.is_some()),
        ];
        match needy.iter().find(|(_, given)| *given) {
            Some((flag, _)) if !is_sandbox && self.sandbox.is_none() => Err(Error::usage(
                format!("`--{flag}` needs `--sandbox`"),
                "add --sandbox, or leave it out",
            )),
            _ => Ok(()),
        }
    }
}

impl Globals {
    /// The flags that lead another command to the same service, each after a space: what brings a state of the sandbox
    /// back must never reach Azure, nor one of a cloud another cloud.
    pub(crate) fn again(&self) -> String {
        let state = self.sandbox.as_ref().map(|state| match state {
            Some(file) => format!("--sandbox={}", shell_word(file)),
            None => "--sandbox".to_owned(),
        });
        let cloud = match &self.cloud {
            CloudName::Public => None,
            CloudName::UsGov => Some("--cloud usgov".to_owned()),
            CloudName::China => Some("--cloud china".to_owned()),
            CloudName::Url(url) => Some(format!("--cloud {}", shell_word(url.as_str()))),
        };
        let arm = self.arm_endpoint.as_ref().map(|url| shell_word(url.as_str()));
        let ca = self.ca_file.as_ref().map(shell_word);
        let auth = (self.auth != AuthMethod::Auto).then(|| format!("--auth {}", self.auth.as_str()));
        let flags = [
            state,
            cloud,
            arm.map(|url| format!("--arm-endpoint {url}")),
            ca.map(|file| format!("--ca-file {file}")),
            auth,
        ];
        flags
            .into_iter()
            .flatten()
            .map(|flag| format!(" {flag}"))
            .collect()
    }
}

impl Repeated {
    /// These flags and those given after the command.
    pub(crate) fn and(mut self, later: &Self) -> Self {
        self.output.extend(later.output.iter().cloned());
        self.verbose = self.verbose.saturating_add(later.verbose);
        self
    }
}

fn methods() -> impl TypedValueParser<Value = AuthMethod> {
    PossibleValuesParser::new(AuthMethod::ALL.map(AuthMethod::as_str)).map(|name| {
        let method = AuthMethod::ALL.into_iter().find(|method| method.as_str() == name);
        method.expect("the possible values are the names of all methods")
    })
}

/// The parser shows the value itself, made harmless, so the message leaves it out.
fn cloud(text: &str) -> Result<CloudName, String> {
    if text.contains("://") {
        return https(text).map(CloudName::Url);
    }
    text.parse()
        .map_err(|_| "expected public, usgov, china or an https URL".to_owned())
}

/// Tokens travel with every request, so nothing but https will do.
fn https(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let clean = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    match (url.scheme(), clean && url.has_host()) {
        ("https", true) => Ok(url),
        ("https", false) => Err("expected a URL without user and query".to_owned()),
        (scheme, _) => Err(format!(
            "expected https, not {scheme}: tokens travel with every request"
        )),
    }
}

pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let expected = || "expected a time such as 90s, 15m or 1h30m".to_owned();
    let signed: jiff::SignedDuration = text.parse().map_err(|_| expected())?;
    Duration::try_from(signed)
        .ok()
        .filter(|time| !time.is_zero())
        .ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(clap::Parser)]
    struct Parser {
        #[command(flatten)]
        globals: Globals,
    }

    #[test]
    fn another_command_gets_the_flags_that_lead_to_the_same_service() {
        let rows: [(&[&str], &str); 4] = [
            (&["--auth", "auto", "--cloud", "public"], ""),
            (&["--cloud", "usgov"], " --cloud usgov"),
            (&["--sandbox"], " --sandbox"),
            (
                &["--sandbox=it's", "--ca-file", "ca.pem", "--timeout", "1s", "-q"],
                r" --sandbox='it'\''s' --ca-file 'ca.pem'",
            ),
        ];
        for (words, want) in rows {
            let parsed: Parser = clap::Parser::parse_from([&["x"], words].concat());
            assert_eq!(parsed.globals.again(), want);
        }
    }

    #[test]
    fn durations_are_positive_and_have_a_unit() {
        let rows = [
            ("90s", Some(90)),
            ("15m", Some(900)),
            ("1h30m", Some(5400)),
            ("0s", None),
            ("-5s", None),
            ("90", None),
            ("", None),
            ("soon", None),
        ];
        for (text, want) in rows {
            assert_eq!(duration(text).ok().map(|time| time.as_secs()), want, "{text}");
        }
    }

    #[test]
    fn clouds_are_names_or_https_urls() {
        assert_eq!(cloud("usgov"), Ok(CloudName::UsGov));
        assert!(matches!(
            cloud("https://management.example"),
            Ok(CloudName::Url(_))
        ));
        for bad in [
            "mars",
            "",
            "http://management.example",
            "https://user@host",
            "https://",
        ] {
            assert!(cloud(bad).is_err(), "{bad}");
        }
    }
}
