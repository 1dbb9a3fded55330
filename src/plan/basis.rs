//! The state that a plan rests on.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::live::{Egress, LiveRegistry, LiveSubnet, Reading};
use crate::model::{Cidr, FailureKind, Settings};

/// The state that a plan rests on, as it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Basis {
    pub api_version: String,
    pub sku: String,
    pub provisioning_state: String,
    #[serde(flatten)]
    pub settings: Settings,
    pub export_policy: Option<String>,
    /// Private endpoint connections in any state.
    pub private_endpoint_connections: usize,
    /// Those of them that are approved: no other one admits clients. Absent in a plan that does not say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_private_endpoints: Option<usize>,
    /// The service endpoint of each subnet that was read: true if it is on, `null` if the subnet cannot be read.
    #[schemars(with = "BTreeMap<String, Option<bool>>")]
    pub subnets: BTreeMap<String, Option<bool>>,
    /// Those of the subnets that do not exist.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub gone: BTreeSet<String>,
    /// Public addresses of the clients of subnets whose service endpoint is off, as far as they were read from NAT gateways.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, Vec<String>>")]
    pub egress: BTreeMap<String, BTreeSet<Cidr>>,
    /// Registration state of `Microsoft.ContainerRegistry`, by subscription.
    pub registrations: BTreeMap<String, String>,
    /// True in a cloud without service endpoints for registries.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_service_endpoints: bool,
}

impl Basis {
    /// Returns the state that a registry shows of itself, without subnets and registrations.
    pub fn of(live: &LiveRegistry) -> Self {
        Self {
            api_version: live.api_version.clone(),
            sku: live.sku.clone(),
            provisioning_state: live.provisioning_state.clone(),
            settings: live.settings.clone(),
            export_policy: live.export_policy.clone(),
            private_endpoint_connections: live.private_endpoint_connections,
            approved_private_endpoints: Some(live.approved_private_endpoints),
            subnets: BTreeMap::new(),
            gone: BTreeSet::new(),
            egress: BTreeMap::new(),
            registrations: BTreeMap::new(),
            no_service_endpoints: false,
        }
    }

    /// Returns true if the SKU has network rules.
    pub(crate) fn is_premium(&self) -> bool {
        self.sku.eq_ignore_ascii_case("Premium")
    }

    /// Returns everything that was read for one registry.
    pub(crate) fn of_reading(reading: &Reading) -> Self {
        let (mut subnets, mut gone) = (BTreeMap::new(), BTreeSet::new());
        for (id, subnet) in &reading.subnets {
            let has_endpoint = match subnet {
                LiveSubnet::Present(subnet) => Some(subnet.has_endpoint),
                LiveSubnet::Unreadable(failure) => {
                    if failure.kind == FailureKind::NotFound {
                        gone.insert(id.to_string());
                    }
                    None
                }
            };
            subnets.insert(id.to_string(), has_endpoint);
        }
        let mut egress = BTreeMap::new();
        for (id, read) in &reading.egress {
            if let Egress::Known(addresses) = read {
                egress.insert(id.to_string(), addresses.clone());
            }
        }
        Self {
            subnets,
            gone,
            egress,
            registrations: reading.registrations.clone(),
            no_service_endpoints: !reading.service_endpoints_supported,
            ..Self::of(&reading.registry)
        }
    }
}
