//! `ringfence rule remove`

use std::path::Path;

use clap::Args;

use super::edit_spec::{edit_spec, formats};
use super::show::show;
use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::args::policy::PolicyArgs;
use crate::cli::args::rule::{Purpose, RegistryArgs, RuleArgs};
use crate::cli::args::spec_edit::SpecFileArgs;
use crate::cli::args::write::UnaskedWriteArgs;
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::model::shell_word;
use crate::plan::Guard;
use crate::run::{self, RuleAction, RuleRequest, SpecEditRequest, SpecRequest};
use crate::spec::edit::EditAction;

/// Remove rules from a registry, in one read and one write
///
/// Prints the registry as az acr network-rule remove does. Rules are compared as ranges: 203.0.113.9/32 removes
/// 203.0.113.9, and nothing else. With --override unparsed, --ip-address also takes the text of a rule that cannot be read,
/// such as ::/0. The service endpoint of a subnet stays on, for other registries and services. To take out
/// every rule and open the registry, use `ringfence restore --default-allow`. To take out every rule and keep it closed,
/// apply a spec with `ipRules: []` and `subnets: []`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence rule remove -n contoso --ip-address 203.0.113.9
  ringfence rule list -n contoso | jq -r '.ipRules[].ipAddressOrRange' > old.txt
  ringfence rule remove -n contoso --ip-file old.txt --override last-rule
  ringfence rule remove -n contoso --spec registries.yaml --ip-address 203.0.113.9")]
#[command(mut_arg("spec", |spec| spec.conflicts_with_all(LIVE_ONLY)))]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
pub(crate) struct RemoveArgs {
    #[command(flatten)]
    registry: RegistryArgs,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    spec: SpecFileArgs,
    #[command(flatten)]
    write: UnaskedWriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    repeated: Repeated,
}

/// Flags of a change of the registry itself.
const LIVE_ONLY: [&str; 6] = [
    "snapshots",
    "fail_on",
    "protect",
    "verify_endpoints",
    "wait_effective",
    "own_address",
];
const WITHOUT_RULES: &str =
    "`rule remove` needs a rule to remove: --ip-address CIDR, --ip-file FILE or --subnet SUBNET";
/// Formats of the result. The first is the default.
const FORMATS: &[Format] = &[Format::Json, Format::Text];

impl RemoveArgs {
    /// Returns the change of a spec.
    fn edit(&self, spec: SpecRequest) -> Result<SpecEditRequest, Error> {
        if self.rules.is_empty() {
            return Err(Error::usage(
                WITHOUT_RULES,
                "to take every rule out of the spec, write `ipRules: []` and `subnets: []` for the registry",
            ));
        }
        Ok(SpecEditRequest {
            spec,
            registry: self.registry.name.clone(),
            named: self.registry.named(),
            action: EditAction::Remove,
            entries: self.rules.entries(Purpose::Remove)?,
            overrides: self.policy.options().overrides,
        })
    }

    /// Returns the change of the registry.
    fn request(&self) -> Result<RuleRequest, Error> {
        if self.rules.is_empty() {
            return Err(self.without_rules());
        }
        Ok(RuleRequest {
            registry: self.registry.name.clone(),
            named: self.registry.named(),
            action: RuleAction::Remove,
            addresses: self.rules.addresses(self.purpose())?,
            subnets: self.rules.subnets()?,
        })
    }

    /// Returns whether a text can name a rule that is not a range.
    fn purpose(&self) -> Purpose {
        match self.policy.overrides.contains(&Guard::Unparsed) {
            true => Purpose::RemoveText,
            false => Purpose::Remove,
        }
    }

    /// Returns the error of a removal that names no rule. People expect that it removes all
    /// (Azure/azure-cli#24739, Azure/azure-cli#5561).
    fn without_rules(&self) -> Error {
        let name = self
            .registry
            .name
            .as_deref()
            .map_or("REGISTRY".into(), shell_word);
        Error::usage(
            WITHOUT_RULES,
            format!(
                "to take out every rule and open the registry: ringfence restore --default-allow {name} -g RG \
                 --subscription ID; to take out every rule and keep it closed, apply a spec with `ipRules: []` and `subnets: []`"
            ),
        )
    }
}

impl Command for RemoveArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        if let Some(spec) = self.spec.request("rule remove --spec")? {
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
