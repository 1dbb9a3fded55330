//! `ringfence rule remove`

use std::path::Path;

use clap::Args;

use super::show::show;
use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::args::policy::PolicyArgs;
use crate::cli::args::rule::{Purpose, RegistryArgs, RuleArgs};
use crate::cli::args::write::UnaskedWriteArgs;
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::model::shell_word;
use crate::run::{self, RuleAction, RuleRequest};

/// Remove rules from a registry, in one read and one write
///
/// Prints the registry as az acr network-rule remove does. Rules are compared as ranges: 203.0.113.9/32 removes
/// 203.0.113.9, and nothing else. The service endpoint of a subnet stays on, for other registries and services. To take out
/// every rule and open the registry, use `ringfence restore --default-allow`. To take out every rule and keep it closed,
/// apply a spec with `ipRules: []` and `subnets: []`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence rule remove -n contoso --ip-address 203.0.113.9
  ringfence rule list -n contoso | jq -r '.ipRules[].ipAddressOrRange' > old.txt
  ringfence rule remove -n contoso --ip-file old.txt --override last-rule")]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
pub(crate) struct RemoveArgs {
    #[command(flatten)]
    registry: RegistryArgs,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    write: UnaskedWriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result. The first is the default.
const FORMATS: &[Format] = &[Format::Json, Format::Text];

impl RemoveArgs {
    fn request(&self) -> Result<RuleRequest, Error> {
        if self.rules.is_empty() {
            return Err(self.without_rules());
        }
        Ok(RuleRequest {
            registry: self.registry.name.clone(),
            named: self.registry.named(),
            action: RuleAction::Remove,
            addresses: self.rules.addresses(Purpose::Remove)?,
            subnets: self.rules.subnets()?,
        })
    }

    /// Returns the error of a removal that names no rule. People expect that it removes all
    /// (Azure/azure-cli#24739, Azure/azure-cli#5561).
    fn without_rules(&self) -> Error {
        let name = shell_word(&self.registry.name);
        Error::usage(
            "`rule remove` needs a rule to remove: --ip-address CIDR, --ip-file FILE or --subnet SUBNET",
            format!(
                "to take out every rule and open the registry: ringfence restore --default-allow {name} -g RG \
                 --subscription ID; to take out every rule and keep it closed, apply a spec with `ipRules: []` and `subnets: []`"
            ),
        )
    }
}

impl Command for RemoveArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let (plan, write) = self.write.options(&self.policy);
        let options = context.globals.run_options();
        let answer = run::change_rules(&self.request()?, &plan, &write, &options, context)?;
        show(&answer, context)
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    fn inputs(&self) -> Vec<&Path> {
        self.rules.inputs()
    }
}
