//! `ringfence restore`

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, formats_of_result, with_formats};
use crate::cli::args::policy::PolicyArgs;
use crate::cli::args::values::subscription_id;
use crate::cli::args::write::WriteArgs;
use crate::cli::command::Command;
use crate::cli::inputs::{self, GivenBy};
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::model::shell_word;
use crate::run::{self, NamedRegistry, PlanOptions, RestoreTarget};

/// Restore Azure's default (--default-allow) or an earlier state (--from)
///
/// Shows the plan and asks first. Service endpoints on subnets stay on. With --default-allow the internet can reach the
/// registries: no rules, default action Allow, public access Enabled. With --from, the state before a run comes back. A registry
/// with `protect: true` in its spec needs --override protect too.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence restore --from last            # the last run that wrote something
  ringfence restore --from 20261121T203355-012345
  ringfence restore --from report.json     # from the JSON report of a run
  # open registries to every client:
  ringfence restore --default-allow registries.yaml
  ringfence restore --default-allow contoso -g platform --subscription ID")]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
pub(crate) struct RestoreArgs {
    /// Registry id, registry name (with --resource-group and --subscription), or YAML file or folder of a spec
    #[arg(value_name = "TARGET", value_hint = ValueHint::AnyPath, conflicts_with = "from")]
    targets: Vec<String>,
    /// Open the targets to every client, which is Azure's default
    #[arg(long, requires = "targets", conflicts_with = "from")]
    default_allow: bool,
    /// Restore the state before a run: `last`, the id of the run, its JSON report, or a snapshot (repeatable; of a registry that several have, the first one counts)
    #[arg(long, value_name = "SOURCE", num_args = 1.., value_hint = ValueHint::AnyPath)]
    from: Vec<PathBuf>,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
    /// Subscription of registries given by name
    #[arg(
        long,
        value_name = "ID",
        value_hint = ValueHint::Other,
        env = "AZURE_SUBSCRIPTION_ID",
        hide_env_values = true
    )]
    subscription: Option<String>,
    /// Resource group of registries given by name
    #[arg(short = 'g', long, value_name = "RG", value_hint = ValueHint::Other)]
    resource_group: Option<String>,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result. The first is the default.
const FORMATS: &[Format] = formats_of_result![Table];

impl RestoreArgs {
    /// Returns the error of a command line that does not say which state to restore.
    fn without_state(&self) -> Error {
        let message = "`restore` needs the state to restore: --from or --default-allow";
        // A JSON file is a record of a run, and not the name of a registry.
        match self.targets.iter().find(|target| target.ends_with(".json")) {
            Some(file) => {
                let file = shell_word(file);
                Error::usage(message, format!("did you mean: ringfence restore --from {file}"))
            }
            None => Error::usage(
                message,
                "--from last (or RUN, REPORT, SNAPSHOT) restores the state before a run; --default-allow TARGET… opens \
                 registries to every client, which is Azure's default",
            ),
        }
    }

    /// Returns the targets, in the order of the arguments.
    fn targets(&self) -> Result<Vec<RestoreTarget>, Error> {
        let named = NamedRegistry {
            subscription: self.subscription.clone(),
            resource_group: self.resource_group.clone(),
        };
        let mut targets = Vec::new();
        for text in &self.targets {
            let exists = Path::new(text).exists();
            let target = RestoreTarget::parse(text, &named, exists)?;
            // A registry that is given by its id needs no flag.
            if let (RestoreTarget::Registry(id), false) = (&target, text.starts_with('/')) {
                subscription_id(id.subscription()).map_err(|help| {
                    Error::usage(
                        format!("invalid value `{}` for --subscription", id.subscription()),
                        help,
                    )
                })?;
            }
            targets.push(target);
        }
        Ok(targets)
    }
}

/// Refuses a spec that does not exist, or a file of another kind.
fn check_specs(targets: &[RestoreTarget]) -> Result<(), Error> {
    let mut paths = Vec::new();
    for target in targets {
        if let RestoreTarget::Spec(path) = target {
            paths.push(path.as_path());
        }
    }
    let given = GivenBy {
        command: "restore",
        bare_sandbox: false,
    };
    inputs::check(&paths, given)
}

impl Command for RestoreArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let write = self.write.options();
        let plan = PlanOptions {
            snapshots: write.snapshots.clone(),
            ..self.policy.options()
        };
        let options = context.globals.run_options();
        if !self.from.is_empty() {
            return run::restore_snapshots(&self.from, &plan, &write, &options, context);
        }
        // Opening to every client must be asked for by its own flag.
        if !self.default_allow {
            return Err(self.without_state());
        }
        let targets = self.targets()?;
        check_specs(&targets)?;
        run::restore_default_access(&targets, &self.targets, &plan, &write, &options, context)
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    fn inputs(&self) -> Vec<&Path> {
        // A target that is not a file does no harm here.
        let mut inputs: Vec<&Path> = self.targets.iter().map(Path::new).collect();
        inputs.extend(self.from.iter().map(PathBuf::as_path));
        inputs
    }
}
