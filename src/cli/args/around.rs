//! Flags of the doctor about what stands around a registry.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, ValueHint};

use super::callers::{caller_source, days, workspace};
use crate::doctor::ServiceKind;
use crate::model::{ResourceId, SubnetId};
use crate::run::{AroundRequest, CallerSource};

/// What to look at beside the registry.
#[derive(Clone, Debug, Default, Args)]
#[command(group(ArgGroup::new("callers").args(["workspace", "events"])))]
pub(crate) struct AroundArgs {
    /// Virtual network whose machines should reach the registry's private endpoint; run it there
    #[arg(long, value_name = "ID", value_parser = network, value_hint = ValueHint::Other, requires = "registry")]
    vnet: Option<ResourceId>,
    /// Subnet whose machines should reach the registry; asks Azure only
    #[arg(long, value_name = "ID", value_parser = subnet, value_hint = ValueHint::Other, requires = "registry")]
    from_subnet: Option<SubnetId>,
    #[command(flatten)]
    service: ServiceArgs,
    /// Log Analytics workspace with the registry's login events
    #[arg(long, value_name = "ID", value_parser = workspace, value_hint = ValueHint::Other, requires = "registry")]
    workspace: Option<ResourceId>,
    /// Exported login events (CSV or JSON)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "registry")]
    events: Option<PathBuf>,
    /// Days of login events to look at [default: 30 of a workspace, all of a file]
    #[arg(long, value_name = "N", value_parser = days(), requires = "callers")]
    days: Option<u16>,
}

/// The service of Azure that should reach the registry: one at most.
#[derive(Clone, Debug, Default, Args)]
#[group(multiple = false, requires = "registry")]
struct ServiceArgs {
    /// Cluster of Azure Kubernetes Service that should pull
    #[arg(long, value_name = "ID", value_parser = cluster, value_hint = ValueHint::Other)]
    aks: Option<ResourceId>,
    /// App of App Service or Functions that should pull
    #[arg(long, value_name = "ID", value_parser = site, value_hint = ValueHint::Other)]
    app_service: Option<ResourceId>,
    /// Group of Container Instances that should pull
    #[arg(long, value_name = "ID", value_parser = container_group, value_hint = ValueHint::Other)]
    aci: Option<ResourceId>,
    /// Container app that should pull
    #[arg(long, value_name = "ID", value_parser = container_app, value_hint = ValueHint::Other)]
    container_app: Option<ResourceId>,
    /// Microsoft-hosted agents of Azure DevOps
    #[arg(long)]
    devops: bool,
    /// Microsoft Defender for Cloud
    #[arg(long)]
    defender: bool,
    /// ACR Tasks
    #[arg(long)]
    tasks: bool,
    /// Azure Machine Learning
    #[arg(long)]
    ml: bool,
}

impl AroundArgs {
    /// Returns what the flags ask about.
    pub(crate) fn request(&self) -> AroundRequest {
        AroundRequest {
            network: self.vnet.clone(),
            subnet: self.from_subnet.clone(),
            service: self.service.chosen(),
        }
    }

    /// Returns the place of the login events, if one is named.
    pub(crate) fn callers(&self) -> Option<CallerSource> {
        caller_source(self.workspace.as_ref(), self.events.as_deref(), self.days)
    }

    /// Returns the file that is read.
    pub(crate) fn input(&self) -> Option<&Path> {
        self.events.as_deref()
    }
}

impl ServiceArgs {
    fn chosen(&self) -> Option<(ServiceKind, Option<ResourceId>)> {
        let resources = [
            (ServiceKind::Aks, &self.aks),
            (ServiceKind::AppService, &self.app_service),
            (ServiceKind::ContainerInstances, &self.aci),
            (ServiceKind::ContainerApps, &self.container_app),
        ];
        for (kind, id) in resources {
            if id.is_some() {
                return Some((kind, id.clone()));
            }
        }
        let others = [
            (ServiceKind::DevOps, self.devops),
            (ServiceKind::Defender, self.defender),
            (ServiceKind::Tasks, self.tasks),
            (ServiceKind::MachineLearning, self.ml),
        ];
        let given = others.into_iter().find(|(_, given)| *given);
        given.map(|(kind, _)| (kind, None))
    }
}

/// Reads the id of a resource of one type.
fn of_type(text: &str, kind: &str) -> Result<ResourceId, String> {
    let id = ResourceId::parse(text).map_err(|error| error.to_string())?;
    let part = format!("/providers/{}/", kind.to_ascii_lowercase());
    match id.key().split_once(&part) {
        Some((_, name)) if !name.is_empty() && !name.contains('/') => Ok(id),
        _ => Err(format!("expected the id of a resource of the type {kind}")),
    }
}

fn network(text: &str) -> Result<ResourceId, String> {
    of_type(text, "Microsoft.Network/virtualNetworks")
}

fn subnet(text: &str) -> Result<SubnetId, String> {
    SubnetId::parse(text).map_err(|error| error.to_string())
}

fn cluster(text: &str) -> Result<ResourceId, String> {
    of_type(text, "Microsoft.ContainerService/managedClusters")
}

fn site(text: &str) -> Result<ResourceId, String> {
    of_type(text, "Microsoft.Web/sites")
}

fn container_group(text: &str) -> Result<ResourceId, String> {
    of_type(text, "Microsoft.ContainerInstance/containerGroups")
}

fn container_app(text: &str) -> Result<ResourceId, String> {
    of_type(text, "Microsoft.App/containerApps")
}
