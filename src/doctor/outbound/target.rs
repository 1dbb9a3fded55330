//! The service tags that clients of a registry need.

use crate::live::LiveRegistry;
use crate::model::{Cidr, Setting};

/// A service tag that clients need, in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) tag: &'static str,
    /// A region of the registry, in lower case. Sign-in has none.
    pub(crate) region: Option<String>,
    /// What clients do there.
    pub(crate) purpose: &'static str,
    /// Services whose endpoint on the subnet leads there.
    pub(crate) endpoint: &'static str,
    /// The private address, where the target is a private endpoint.
    pub(crate) private: Option<Cidr>,
}

/// Returns the targets of a registry in these regions (docs: container-registry-firewall-access-rules, "Configure client
/// access").
pub(crate) fn targets(registry: &LiveRegistry, regions: &[String]) -> Vec<Target> {
    let mut targets = Vec::new();
    for region in regions {
        let region = Some(region.replace(' ', "").to_ascii_lowercase());
        targets.push(Target {
            tag: "AzureContainerRegistry",
            region: region.clone(),
            purpose: "the registry",
            endpoint: "Microsoft.ContainerRegistry",
            private: None,
        });
        // Layers of a registry without hosts of its own come from storage accounts of the region.
        if registry.settings.flag(Setting::DataEndpointEnabled) != Some(true) {
            targets.push(Target {
                tag: "Storage",
                region,
                purpose: "layers of images",
                endpoint: "Microsoft.Storage",
                private: None,
            });
        }
    }
    targets.push(Target {
        tag: "AzureActiveDirectory",
        region: None,
        purpose: "sign-in",
        endpoint: "Microsoft.AzureActiveDirectory",
        private: None,
    });
    targets
}

/// Returns the target of a private endpoint's address. Its way is that of the virtual network.
pub(crate) fn private_target(address: Cidr) -> Target {
    Target {
        tag: "VirtualNetwork",
        region: None,
        purpose: "the private endpoint",
        endpoint: "",
        private: Some(address),
    }
}

impl Target {
    /// Returns the tag, with the region where it has one, or the private address.
    pub(crate) fn in_words(&self) -> String {
        if let Some(address) = self.private {
            return format!("the private endpoint at {address}");
        }
        match &self.region {
            Some(region) => format!("{} in {region}", self.tag),
            None => self.tag.to_owned(),
        }
    }
}
