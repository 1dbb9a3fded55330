//! `ringfence rule add`

use std::path::Path;

use clap::Args;

use super::edit_spec::{edit_spec, formats};
use super::show::show;
use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::args::policy::PolicyArgs;
use crate::cli::args::rule::{Purpose, RegistryArgs, RuleArgs};
use crate::cli::args::spec_edit::{RuleInfoArgs, SpecFileArgs};
use crate::cli::args::write::UnaskedWriteArgs;
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::run::{self, RuleAction, RuleRequest, SpecEditRequest, SpecRequest};
use crate::spec::ServiceEndpoints;
use crate::spec::edit::EditAction;

/// Add rules to a registry, in one read and one write
///
/// Prints the registry as az acr network-rule add does. A rule that is there already is not added again: 203.0.113.9 is
/// 203.0.113.9/32. The service endpoint of a subnet is turned on where it is off; its other endpoints stay.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence rule add -n contoso --ip-address 203.0.113.9 198.51.100.0/24
  ringfence rule add -n contoso --ip-file addresses.txt
  ringfence rule add -n contoso --subnet build --vnet-name hub
  ringfence rule add -n contoso --spec registries.yaml --ip-address 203.0.113.9 --reason 'nightly scans'")]
#[command(mut_arg("spec", |spec| spec.conflicts_with_all(LIVE_ONLY)))]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
pub(crate) struct AddArgs {
    #[command(flatten)]
    registry: RegistryArgs,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    spec: SpecFileArgs,
    #[command(flatten)]
    info: RuleInfoArgs,
    /// Leave the service endpoints of subnets to somebody else
    #[arg(long, requires = "subnet")]
    no_service_endpoint: bool,
    #[command(flatten)]
    write: UnaskedWriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    repeated: Repeated,
}

/// Flags of a change of the registry itself.
const LIVE_ONLY: [&str; 7] = [
    "no_service_endpoint",
    "snapshots",
    "fail_on",
    "protect",
    "verify_endpoints",
    "wait_effective",
    "own_address",
];
/// Formats of the result. The first is the default.
const FORMATS: &[Format] = &[Format::Json, Format::Text];

impl AddArgs {
    /// Checks that a rule is given.
    fn check(&self) -> Result<(), Error> {
        if self.rules.is_empty() {
            return Err(Error::usage(
                "`rule add` needs a rule to add",
                "add --ip-address CIDR, --ip-file FILE or --subnet SUBNET",
            ));
        }
        Ok(())
    }

    /// Returns the change of a spec.
    fn edit(&self, spec: SpecRequest) -> Result<SpecEditRequest, Error> {
        self.check()?;
        Ok(SpecEditRequest {
            spec,
            registry: self.registry.name.clone(),
            named: self.registry.named(),
            action: EditAction::Add(self.info.info()?),
            entries: self.rules.entries(Purpose::Add)?,
            overrides: self.policy.options().overrides,
        })
    }

    /// Returns the change of the registry.
    fn request(&self) -> Result<RuleRequest, Error> {
        self.check()?;
        let service_endpoints = if self.no_service_endpoint {
            ServiceEndpoints::Assume
        } else {
            ServiceEndpoints::Ensure
        };
        Ok(RuleRequest {
            registry: self.registry.name.clone(),
            named: self.registry.named(),
            action: RuleAction::Add { service_endpoints },
            addresses: self.rules.addresses(Purpose::Add)?,
            subnets: self.rules.subnets()?,
        })
    }
}

impl Command for AddArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        if let Some(spec) = self.spec.request("rule add --spec")? {
            return edit_spec(&self.edit(spec)?, context);
        }
        let (plan, write) = self.write.options(&self.policy);
        let options = context.globals.run_options();
        let answer = run::change_rules(&self.request()?, &plan, &write, &options, context)?;
        show(&answer, context)
    }

    fn formats(&self) -> &'static [Format] {
        formats(&self.spec, FORMATS)
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    fn inputs(&self) -> Vec<&Path> {
        let mut inputs = self.rules.inputs();
        inputs.extend(self.spec.path());
        inputs
    }
}
