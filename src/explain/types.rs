//! Explanations as values. The JSON form is `ringfence.explain/1`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Client, RegistryId};
use crate::plan::Answer;
use crate::spec::ListedRule;

/// Name of the JSON format.
pub const FORMAT: &str = "ringfence.explain/1";

/// The answers of one registry to some clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    pub format: String,
    #[schemars(with = "String")]
    pub registry: RegistryId,
    pub view: View,
    /// The access mode in words.
    pub mode: String,
    /// Connections of private endpoints in any state. Absent for a spec.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_endpoint_connections: Option<usize>,
    /// Those of them that are approved: clients that come through these get in whatever the settings are. Absent for a spec.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_private_endpoints: Option<usize>,
    /// In the order of the question.
    pub clients: Vec<ClientExplanation>,
}

/// The state that is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// The registry as Azure shows it.
    Live,
    /// The registry as a spec wants it.
    Spec,
}

/// The answer to one client, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ClientExplanation {
    /// As it was asked for.
    pub client: String,
    /// The client that this stands for.
    #[serde(skip)]
    pub asked: Client,
    pub answer: Answer,
    /// In the order in which Azure decides, up to the one that decides.
    pub reasons: Vec<Reason>,
    /// The rule that admits the client, or that admits it if the settings that are not known allow it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<ListedRule>,
    /// The leases without which the answer is another one: their access goes when they are closed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leases: Vec<HoldingLease>,
    /// The rule that named the client until it expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expired: Option<ListedRule>,
    /// The rule that comes nearest to an address that no rule admits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<NearestRule>,
    /// What would let the client in. Each is enough on its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<String>,
}

/// A lease that an answer rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoldingLease {
    pub name: String,
    /// RFC 3339, UTC.
    pub until: String,
    /// True if its time is over, so that nothing but a close ends it.
    pub ended: bool,
    /// The command that closes it.
    pub close: String,
}

/// One thing that the decision looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reason {
    pub check: Check,
    /// What was found, in words.
    pub finding: String,
}

/// The things that the decision looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    Sku,
    Address,
    Subnet,
    Protocol,
    PublicNetworkAccess,
    DefaultAction,
    IpRules,
    ServiceEndpoint,
    SubnetRules,
    Bypass,
}

/// A rule near an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NearestRule {
    #[serde(flatten)]
    pub rule: ListedRule,
    /// Number of steps from the address to the nearest address of the rule.
    pub distance: u64,
}
