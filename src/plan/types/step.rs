//! Steps, and the subnets that they switch.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Cidr, Setting, SubnetId};

/// One thing that is done, in ARM's terms, and what it costs a client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    #[serde(flatten)]
    pub action: StepAction,
    /// The effect that a client notices; absent where it notices nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<String>,
}

/// The action of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "action", rename_all = "camelCase")]
pub enum StepAction {
    /// Registers `Microsoft.ContainerRegistry` in the subscription of a virtual network.
    RegisterProvider { subscription: String },
    /// Adds `Microsoft.ContainerRegistry` to a subnet's `serviceEndpoints`.
    EnableServiceEndpoint {
        #[schemars(with = "String")]
        subnet: SubnetId,
    },
    /// One PATCH with everything that changes on the registry.
    PatchRegistry { settings: Vec<Setting> },
}

/// A subnet whose service endpoint the run turns on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SwitchedSubnet {
    #[schemars(with = "String")]
    pub subnet: SubnetId,
    /// Public addresses of its clients while the endpoint is off. Absent where they are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<String>>")]
    pub egress: Option<BTreeSet<Cidr>>,
    /// The reason why they are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

impl Step {
    /// Returns the subnet whose endpoint the step turns on.
    pub(crate) fn subnet(&self) -> Option<&SubnetId> {
        self.action.subnet()
    }
}

impl StepAction {
    /// Returns the subnet whose endpoint is turned on.
    pub(crate) fn subnet(&self) -> Option<&SubnetId> {
        match self {
            Self::EnableServiceEndpoint { subnet } => Some(subnet),
            _ => None,
        }
    }
}
