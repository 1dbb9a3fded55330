//! Posture rules by their id: what an audit can say about a registry beside drift, and what `suppress` can name.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Declares [`PostureRule`] from rows of `Variant = "id"`, each with its title as a doc comment.
macro_rules! posture_rules {
    ($(#[doc = $title:literal] $variant:ident = $id:literal;)+) => {
        /// A posture rule. Its id is stable; `docs/posture.md` describes each.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
        )]
        pub enum PostureRule {
            $(#[doc = $title] #[serde(rename = $id)] $variant),+
        }

        impl PostureRule {
            /// Every rule, in the order of the ids.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns the id, such as `RF001`.
            pub fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $id),+
                }
            }

            /// Returns what the rule finds, in a few words.
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$variant => $title),+
                }
                .trim()
            }
        }
    };
}

posture_rules! {
    /// Open to all by the default action
    OpenByDefaultAction = "RF001";
    /// Open to all by the union of its IP rules
    OpenByUnion = "RF002";
    /// Open to all by the rule `0.0.0.0/0`
    OpenByRule = "RF003";
    /// Open to all, because the SKU has no network rules
    OpenBySku = "RF004";
    /// Public network access is enabled
    PublicAccess = "RF005";
    /// No approved private endpoint
    NoPrivateEndpoint = "RF006";
    /// No client gets in
    NoClient = "RF007";
    /// Dead rules under disabled public access
    DeadRules = "RF008";
    /// Dormant rules under the default action `Allow`
    DormantRules = "RF009";
    /// Wide IP rule
    WideRule = "RF010";
    /// IP rule for a private or reserved range
    SpecialUseRange = "RF011";
    /// Duplicate IP rule
    DuplicateRule = "RF012";
    /// IP rule inside another one
    ContainedRule = "RF013";
    /// IP rules that one wider rule can replace
    MergeableRules = "RF014";
    /// Number of rules near or over the quota
    RuleQuota = "RF015";
    /// Expired entry
    ExpiredEntry = "RF016";
    /// Entry that expires soon
    ExpiringEntry = "RF017";
    /// Entry without owner or reason
    UnownedEntry = "RF018";
    /// Subnet rule without service endpoint
    SubnetWithoutEndpoint = "RF019";
    /// Subnet rule for a subnet that does not exist
    GoneSubnet = "RF020";
    /// Subnet rule in an unregistered subscription
    UnregisteredSubnet = "RF021";
    /// Subnet rule for a delegated subnet
    DelegatedSubnet = "RF022";
    /// Subnet rules together with private endpoints
    SubnetsWithPrivateEndpoints = "RF023";
    /// Service endpoint without a rule
    EndpointWithoutRule = "RF024";
    /// IP rule for an address that a service endpoint hides
    HiddenAddress = "RF025";
    /// Subnet rules in a cloud without service endpoints
    UnsupportedEndpoints = "RF026";
    /// Trusted services are shut out
    TrustedServicesOff = "RF027";
    /// Trusted services are shut out by subnet rules
    TrustedServicesCut = "RF028";
    /// ACR Tasks are shut out
    TasksOff = "RF029";
    /// ACR Tasks bypass the network rules
    TasksBypass = "RF030";
    /// ACR Tasks bypass on a dual-stack registry
    DualStackTasks = "RF031";
    /// Artifact cache without the bypass
    CacheWithoutBypass = "RF032";
    /// No dedicated data endpoints
    NoDataEndpoints = "RF033";
    /// Disabled exports forbid public access
    ExportsDisabled = "RF034";
    /// Anonymous pull is enabled
    AnonymousPull = "RF035";
    /// Admin user is enabled
    AdminUser = "RF036";
    /// Lease left open
    LeaseLeftOpen = "RF037";
    /// Subnet rules that the api-version hides
    HiddenSubnetRules = "RF038";
    /// Registry that no spec names
    UnlistedRegistry = "RF039";
    /// Lease that cannot be read
    UnreadableLease = "RF040";
    /// Rule that cannot be read
    UnreadableRule = "RF041";
}

impl fmt::Display for PostureRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
