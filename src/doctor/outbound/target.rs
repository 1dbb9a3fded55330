//! The service tags that clients of a registry need.

use crate::live::LiveRegistry;
use crate::model::Setting;

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
        });
        // Layers of a registry without hosts of its own come from storage accounts of the region.
        if registry.settings.flag(Setting::DataEndpointEnabled) != Some(true) {
            targets.push(Target {
                tag: "Storage",
                region,
                purpose: "layers of images",
                endpoint: "Microsoft.Storage",
            });
        }
    }
    targets.push(Target {
        tag: "AzureActiveDirectory",
        region: None,
        purpose: "sign-in",
        endpoint: "Microsoft.AzureActiveDirectory",
    });
    targets
}

impl Target {
    /// Returns the tag, with the region where it has one.
    pub(crate) fn in_words(&self) -> String {
        match &self.region {
            Some(region) => format!("{} in {region}", self.tag),
            None => self.tag.to_owned(),
        }
    }
}
