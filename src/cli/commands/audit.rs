//! `ringfence audit`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::audit::{Audit, FindingCode};
use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, formats_of_result, with_formats};
use crate::cli::args::spec::SpecArgs;
use crate::cli::args::values::{days, segment, severities};
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::run::{self, AuditRequest, NamedRegistry, RegistryScope};
use crate::spec::{Severity, Spec};

/// Show where live state differs from the spec, and what is wrong with either
///
/// Reads and never writes. Shows each rule with the line of the spec and who changed the registry last, and then what posture
/// rules find (docs/posture.md). Without a spec, only the rules judge. Drift ends with 2, and so does a posture finding at or
/// over --fail-on.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence audit registries.yaml
  ringfence audit --registry contoso          # posture alone
  ringfence audit specs/ --subscription ID    # and registries without a spec
  ringfence audit specs/ --fail-on warning --expiring 30d
  ringfence audit --since last                # what changed, the run included
  ringfence audit specs/ -o jsonl             # a line for each finding
  ringfence audit specs/ -o ci -o sarif=audit.sarif
  ringfence audit specs/ -o html=audit.html   # a page to look at
  ringfence audit specs/ -o json=audit.json --exit-zero  # on a schedule")]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    specs: SpecArgs,
    /// Audit this registry, in a spec or not: name or id (repeatable)
    #[arg(long, value_name = "REGISTRY", value_hint = clap::ValueHint::Other)]
    registry: Vec<String>,
    /// Audit all registries of this subscription (repeatable), or complete a name
    #[arg(long, value_name = "ID", value_parser = segment, value_hint = clap::ValueHint::Other)]
    subscription: Vec<String>,
    /// Audit every registry that the account sees
    #[arg(long, conflicts_with_all = ["registry", "subscription"])]
    all: bool,
    /// Compare with the state before a run instead: `last`, the id of a run, its JSON report, or a snapshot (repeatable)
    #[arg(long, value_name = "SOURCE", value_hint = clap::ValueHint::AnyPath)]
    #[arg(conflicts_with_all = ["specs", "registry", "subscription", "all", "expiring", "fail_on", "notes"])]
    since: Vec<PathBuf>,
    /// Report entries of the spec that expire within this time, such as 30d
    #[arg(long, value_name = "TIME", value_parser = days, default_value = "14d")]
    expiring: u16,
    /// End with 2 for a posture finding of this severity or a worse one
    #[arg(long, value_name = "SEVERITY", value_parser = severities(), default_value = "error")]
    fail_on: Severity,
    /// End with 0 whatever is found; an error still ends with 1
    #[arg(long)]
    exit_zero: bool,
    /// Show the notes of posture rules too, which are counted otherwise
    #[arg(long)]
    notes: bool,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result. The first is the default.
const FORMATS: &[Format] = formats_of_result![Table, Html];

impl AuditArgs {
    /// Returns the place of registries beside those of the spec.
    fn scope(&self) -> Result<Option<RegistryScope>, Error> {
        self.check_shard()?;
        if self.all {
            return Ok(Some(RegistryScope::Visible));
        }
        match (&self.registry[..], &self.subscription[..]) {
            ([], []) => Ok(None),
            ([], _) => Ok(Some(RegistryScope::Subscriptions(self.subscriptions()))),
            (_, [_, _, ..]) => Err(Error::usage(
                "a registry is in one subscription",
                "give --subscription once, or leave out --registry",
            )),
            (registries, subscription) => Ok(Some(RegistryScope::Registries {
                registries: registries.to_vec(),
                flags: NamedRegistry {
                    subscription: subscription.first().cloned(),
                    resource_group: None,
                },
            })),
        }
    }

    /// Returns the subscriptions whose registries are audited: those of the shard.
    fn subscriptions(&self) -> Vec<String> {
        let mut mine = self.subscription.clone();
        if let Some(shard) = self.specs.shard() {
            mine.retain(|subscription| shard.has_subscription(subscription));
        }
        mine
    }

    /// Refuses places that no shard divides: each shard would report all of their registries.
    fn check_shard(&self) -> Result<(), Error> {
        let place = match (self.all, self.registry.is_empty()) {
            (true, _) => "--all",
            (false, false) => "--registry",
            (false, true) => return Ok(()),
        };
        match self.specs.shard() {
            None => Ok(()),
            Some(_) => Err(Error::usage(
                format!("`--shard` divides a spec and subscriptions, and `{place}` is given"),
                "name the subscriptions with --subscription, or leave --shard out",
            )),
        }
    }

    /// Loads the spec. One that the command line does not name is not loaded where it names registries.
    fn spec(&self, has_scope: bool, context: &Context) -> Result<Spec, Error> {
        let beside = has_scope || !self.since.is_empty();
        if !beside || self.specs.is_given() {
            return self.specs.request("audit", context)?.load(context);
        }
        match self.specs.flag() {
            Some(flag) if flag != "--as-of" => Err(Error::usage(
                format!("{flag} is about the registries of a spec, and none is given"),
                "name the spec, or leave the flag out",
            )),
            _ => Ok(Spec::default()),
        }
    }

    /// Returns the command that shows what to do about the drift.
    fn next(&self, audit: &Audit, service: &str) -> Option<String> {
        // What changed since the state before a run is also what that run was asked to change. A restore would undo it.
        if audit.summary.drifted == 0 || !self.since.is_empty() {
            return None;
        }
        let words = self.specs.words()?;
        let flag = plan_flag(audit);
        Some(format!("ringfence plan{words}{flag}{service}"))
    }

    fn exit(&self, audit: &Audit) -> Exit {
        match run::exit_of_audit(&audit.summary, self.fail_on) {
            Exit::Differs if self.exit_zero => Exit::Done,
            exit => exit,
        }
    }
}

impl Command for AuditArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let scope = self.scope()?;
        let request = AuditRequest {
            spec: self.spec(scope.is_some(), context)?,
            scope,
            since: self.since.clone(),
            today: self.specs.day(),
            days_ahead: self.expiring,
        };
        let options = context.globals.run_options();
        let mut audit = run::audit(&request, &options, context)?;
        audit.next = self.next(&audit, &options.same_service_flags());
        context.write(&audit)?;
        Ok(self.exit(&audit))
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    /// Notes that decide the exit are shown.
    fn shows_all(&self) -> bool {
        self.notes || self.fail_on == Severity::Note
    }

    fn inputs(&self) -> Vec<&Path> {
        let mut inputs = self.specs.paths();
        inputs.extend(self.since.iter().map(PathBuf::as_path));
        inputs
    }
}

/// Returns the flag with which a plan shows the drift. Without one, it does not read subnets again, so that it sees no lost
/// endpoint, and changes nothing about rules that it cannot read.
fn plan_flag(audit: &Audit) -> &'static str {
    let codes: BTreeSet<FindingCode> = audit.findings.iter().map(|finding| finding.code).collect();
    if codes.contains(&FindingCode::MissingEndpoint) {
        " --verify-endpoints"
    } else if codes == BTreeSet::from([FindingCode::UnreadableRule]) {
        " --override unparsed"
    } else {
        ""
    }
}
