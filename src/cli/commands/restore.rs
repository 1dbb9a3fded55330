//! `ringfence restore`

use std::path::{Path, PathBuf};

use clap::Args;

use super::apply::{WriteArgs, finish, plan_and_apply};
use super::plan::PolicyArgs;
use crate::apply::Snapshot;
use crate::cli::session::{self, Session};
use crate::cli::{Context, Repeated, SpecArgs};
use crate::error::{Error, Exit, RunRefusal};
use crate::model::{RegistryId, valid_registry_name};
use crate::plan::{Policy, restored};
use crate::spec::{RegistrySpec, Spec};

/// Open registries again: every rule out, default action Allow, public access Enabled
///
/// Shows the plan and asks first. Service endpoints on subnets stay on. With --from, back to an earlier state instead.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence restore contoso -g platform --subscription <ID>
  ringfence restore /subscriptions/<ID>/resourceGroups/platform/providers/Microsoft.ContainerRegistry/registries/contoso
  ringfence restore registries.yaml --yes      every registry of the spec
  ringfence restore --from .ringfence/contoso-20261121T203355Z-0a1b2c3d.json      undo an apply")]
pub(crate) struct RestoreArgs {
    /// Registry id, registry name (with --resource-group and --subscription), or YAML file or folder of a spec
    #[arg(
        value_name = "TARGET",
        required_unless_present = "from",
        conflicts_with = "from"
    )]
    pub targets: Vec<String>,
    /// Bring back the state that this snapshot keeps, instead of opening (repeatable)
    #[arg(long, value_name = "SNAPSHOT")]
    pub from: Vec<PathBuf>,
    #[command(flatten)]
    pub write: WriteArgs,
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Subscription of registries given by name
    #[arg(
        long,
        value_name = "ID",
        env = "AZURE_SUBSCRIPTION_ID",
        hide_env_values = true
    )]
    pub subscription: Option<String>,
    /// Resource group of registries given by name
    #[arg(short = 'g', long, value_name = "RG")]
    pub resource_group: Option<String>,
    #[command(flatten)]
    pub repeated: Repeated,
}

/// What is restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Registry(RegistryId),
    /// Every registry of a file or folder.
    Spec(PathBuf),
}

pub(crate) fn run(args: &RestoreArgs, context: &Context) -> Result<Exit, Error> {
    if args.from.is_empty() {
        open(args, context)
    } else {
        bring_back(args, context)
    }
}

/// Opens registries.
fn open(args: &RestoreArgs, context: &Context) -> Result<Exit, Error> {
    let mut ids = Vec::new();
    for target in targets(args)? {
        match target {
            Target::Registry(id) => ids.push(id),
            Target::Spec(path) => {
                let spec = session::load(
                    &SpecArgs {
                        specs: vec![path],
                        as_of: None,
                    },
                    context,
                )?;
                ids.extend(spec.registries.into_iter().map(|registry| registry.id));
            }
        }
    }
    let policy = Policy {
        restore: true,
        ..args.policy.policy()
    };
    plan_and_apply(
        &restored(args.targets.clone(), ids),
        args.policy.read(),
        &policy,
        &args.write,
        context,
    )
}

/// Brings earlier states back, through the normal plan, guards and verification.
fn bring_back(args: &RestoreArgs, context: &Context) -> Result<Exit, Error> {
    let mut registries = Vec::new();
    let mut kept = Vec::new();
    for file in &args.from {
        let (snapshot, wanted) = snapshot(file)?;
        kept.push((file, snapshot.environment));
        registries.push(wanted);
    }
    registries.sort_by(|a, b| a.id.cmp(&b.id));
    if let Some(twice) = registries.windows(2).find(|pair| pair[0].id == pair[1].id) {
        let message = format!("two snapshots are of the same registry `{}`", twice[0].id);
        return Err(Error::usage(message, "name the one to bring back"));
    }
    let files = args.from.iter().map(|file| file.display().to_string()).collect();
    let spec = Spec { files, registries };
    let session = Session::open(context, &spec)?;
    let here = session.environment();
    if let Some((file, there)) = kept.iter().find(|(_, there)| *there != here) {
        let refusal = RunRefusal::OtherEnvironment {
            file: file.to_path_buf(),
            taken_in: there.clone(),
            here,
        };
        return Err(refusal.into());
    }
    let (plan, live) = session.plan(&spec, args.policy.read(), &args.policy.policy());
    finish(&session, &plan, Some(&live), &args.write, context)
}

fn snapshot(file: &Path) -> Result<(Snapshot, RegistrySpec), Error> {
    let text = session::read_document(file)?;
    let read = Snapshot::from_json(&text)
        .and_then(|snapshot| snapshot.wanted().map(|wanted| (snapshot, wanted)));
    let read = read.map_err(|source| RunRefusal::UnusableSnapshot {
        file: file.to_owned(),
        source,
    })?;
    Ok(read)
}

/// What the arguments name, in their order.
pub(crate) fn targets(args: &RestoreArgs) -> Result<Vec<Target>, Error> {
    args.targets
        .iter()
        .map(|text| target(text, args, Path::new(text).exists()))
        .collect()
}

/// A name with a resource group is a registry even where a folder has the same name: opening everything that a folder
/// lists must not happen by accident.
fn target(text: &str, args: &RestoreArgs, exists: bool) -> Result<Target, Error> {
    if text.to_ascii_lowercase().starts_with("/subscriptions/") {
        let help = "give the id as `az acr show --query id` prints it";
        return RegistryId::parse(text)
            .map(Target::Registry)
            .map_err(|error| Error::usage(error.to_string(), help));
    }
    let is_name = valid_registry_name(text);
    if is_name && args.resource_group.is_some() {
        return named(text, args).map(Target::Registry);
    }
    if exists || text.contains(['/', '\\']) || text.ends_with(".yaml") || text.ends_with(".yml") {
        return Ok(Target::Spec(PathBuf::from(text)));
    }
    if is_name {
        return named(text, args).map(Target::Registry);
    }
    Err(Error::usage(
        format!("`{text}` is no registry id, no registry name and no file"),
        "a registry name has 5 to 50 letters and digits; a spec is a file or folder that exists",
    ))
}

fn named(name: &str, args: &RestoreArgs) -> Result<RegistryId, Error> {
    let (Some(subscription), Some(group)) = (&args.subscription, &args.resource_group) else {
        return Err(Error::usage(
            format!("registry `{name}` needs its resource group and subscription"),
            "add --resource-group RG and --subscription ID (or AZURE_SUBSCRIPTION_ID), or give the registry's id",
        ));
    };
    RegistryId::new(subscription, group, name)
        .map_err(|error| Error::usage(error.to_string(), "correct --subscription or --resource-group"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str =
        "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";

    fn args(group: Option<&str>, subscription: Option<&str>) -> RestoreArgs {
        RestoreArgs {
            targets: Vec::new(),
            from: Vec::new(),
            write: WriteArgs {
                yes: false,
                snapshots: None,
            },
            policy: PolicyArgs::default(),
            subscription: subscription.map(str::to_owned),
            resource_group: group.map(str::to_owned),
            repeated: Repeated::default(),
        }
    }

    fn kind(text: &str, group: Option<&str>, exists: bool) -> &'static str {
        match target(text, &args(group, Some("s")), exists) {
            Ok(Target::Registry(id)) if id.as_str() == ID => "contoso",
            Ok(Target::Registry(_)) => "another registry",
            Ok(Target::Spec(_)) => "spec",
            Err(_) => "error",
        }
    }

    #[test]
    fn a_target_is_an_id_a_name_or_a_path() {
        let rows = [
            (ID, None, false, "contoso"),
            ("contoso", Some("rg"), false, "contoso"),
            ("contoso", Some("rg"), true, "contoso"),
            ("contoso", None, true, "spec"),
            ("contoso", None, false, "error"),
            ("specs/prod", None, false, "spec"),
            ("prod.yaml", Some("rg"), false, "spec"),
            ("abc", Some("rg"), false, "error"),
            ("/subscriptions/s/resourceGroups/rg", None, false, "error"),
            ("contoso", Some("a/b"), false, "error"),
        ];
        for (text, group, exists, want) in rows {
            assert_eq!(kind(text, group, exists), want, "{text} {group:?} {exists}");
        }
    }
}
