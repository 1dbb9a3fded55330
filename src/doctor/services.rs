//! What Microsoft's documentation says of each kind of service.

use super::facts::{AskedService, Observations, ServiceKind, registry_of};
use crate::model::shell_word;

/// What is known of a kind of service.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ServiceRow {
    pub(crate) kind: ServiceKind,
    pub(crate) name: &'static str,
    /// True if it reaches a restricted registry as a trusted service.
    pub(crate) trusted: bool,
    /// What else it needs.
    pub(crate) condition: &'static str,
}

/// The date of the list of trusted services. It changes without notice, so every answer names this date and the page.
pub(crate) const TRUSTED_AS_OF: &str = "2025-02-28";
pub(crate) const TRUSTED_LIST: &str =
    "https://learn.microsoft.com/azure/container-registry/allow-access-trusted-services";

/// Docs: allow-access-trusted-services (2025-02-28); for Container Apps and hosted agents, their own pages.
pub(crate) const SERVICES: &[ServiceRow] = &[
    ServiceRow {
        kind: ServiceKind::Aks,
        name: "Azure Kubernetes Service",
        trusted: false,
        condition: "its outbound address or its subnet is admitted, and its kubelet identity has a role",
    },
    ServiceRow {
        kind: ServiceKind::AppService,
        name: "App Service",
        trusted: false,
        condition: "it pulls over its virtual network, or its outbound addresses are admitted",
    },
    ServiceRow {
        kind: ServiceKind::ContainerInstances,
        name: "Container Instances",
        trusted: true,
        condition: "it pulls with a managed identity",
    },
    ServiceRow {
        kind: ServiceKind::ContainerApps,
        name: "Container Apps",
        trusted: false,
        condition: "its outbound addresses are admitted; the exchange of tokens leaves from an address of Azure, outside of the customer's network",
    },
    ServiceRow {
        kind: ServiceKind::DevOps,
        name: "Microsoft-hosted agents of Azure DevOps",
        trusted: false,
        condition: "they have no fixed address and no private endpoint: a self-hosted agent has both",
    },
    ServiceRow {
        kind: ServiceKind::Defender,
        name: "Microsoft Defender for Cloud",
        trusted: true,
        condition: "it needs no identity",
    },
    ServiceRow {
        kind: ServiceKind::Tasks,
        name: "ACR Tasks",
        trusted: false,
        condition: "the bypass for tasks is on, and the task has a system-assigned identity; or it runs on an agent pool in a network",
    },
    ServiceRow {
        kind: ServiceKind::MachineLearning,
        name: "Machine Learning",
        trusted: true,
        condition: "its workspace has a system-assigned identity",
    },
];

/// Returns the row of a kind.
pub(crate) fn row(kind: ServiceKind) -> &'static ServiceRow {
    let mut rows = SERVICES.iter();
    rows.find(|row| row.kind == kind)
        .expect("every kind has a row, by test")
}

/// Returns the one command that asks the service itself, for what Azure Resource Manager cannot tell.
pub(crate) fn command_inside(facts: &Observations, service: &AskedService) -> String {
    let registry = facts.host().unwrap_or_else(|| "REGISTRY.azurecr.io".to_owned());
    let registry_name = registry_of(&registry);
    let resource = match &service.id {
        Some(id) => format!(
            "-g {} -n {} --subscription {}",
            shell_word(id.resource_group()),
            shell_word(id.name()),
            id.subscription()
        ),
        None => "-g GROUP -n NAME".to_owned(),
    };
    let subscription = match facts.reading() {
        Some(reading) => format!(" --subscription {}", reading.registry.id.subscription()),
        None => String::new(),
    };
    match service.kind {
        ServiceKind::Aks => format!("az aks check-acr {resource} --acr {registry}"),
        ServiceKind::AppService => format!("az webapp log tail {resource}"),
        ServiceKind::ContainerInstances => {
            format!("az container show {resource} --query instanceView.events")
        }
        ServiceKind::ContainerApps => format!("az containerapp logs show {resource} --type system"),
        ServiceKind::DevOps => format!("curl -si https://{registry}/v2/"),
        ServiceKind::Defender => format!("az security assessment list{subscription}"),
        ServiceKind::Tasks => format!("az acr task logs -r {registry_name}{subscription}"),
        ServiceKind::MachineLearning => format!("az ml workspace diagnose {resource}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_service_has_a_row() {
        use ServiceKind::*;
        for kind in [
            Aks,
            AppService,
            ContainerInstances,
            ContainerApps,
            DevOps,
            Defender,
            Tasks,
            MachineLearning,
        ] {
            assert_eq!(row(kind).kind, kind);
        }
    }
}
