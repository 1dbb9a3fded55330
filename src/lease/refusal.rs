//! Reasons not to open a registry for a while.

use crate::live::lease::UnreadableLease;
use crate::model::{Cidr, RegistryId, shell_word};
use crate::plan::{Guard, Refusal, RefusalCode};

/// The reason why a registry is not opened, or not closed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LeaseRefusal {
    /// Public access is disabled.
    #[error("public access of {} is disabled, and this command does not enable it unasked", .0.name())]
    PublicAccess(RegistryId),
    /// Public access is enabled only by other leases.
    #[error("public access of {} is enabled for other leases alone, and this command does not keep it so unasked", .0.name())]
    LeasedPublicAccess(RegistryId),
    /// Public access is neither enabled nor disabled, such as `SecuredByPerimeter`.
    #[error("public access of {} is `{word}`, which this command can neither change nor bring back", registry.name())]
    UnknownPublicAccess { registry: RegistryId, word: String },
    /// The rules of the registry, which have no effect yet, admit others.
    #[error(
        "public access of {} is disabled without a lease, and enabling it admits others too: its rules {} have no effect otherwise",
        registry.name(), rules.join(", ")
    )]
    OthersGetIn {
        registry: RegistryId,
        rules: Vec<String>,
    },
    /// No IP rule admits the address that the registry sees.
    #[error(
        "the registry sees this machine at {0}, which is not a public address: no IP rule can admit it"
    )]
    NotPublic(Cidr),
    /// The tag of a lease has no room for the addresses.
    #[error(
        "the tag of the lease would need {length} characters for its {addresses} addresses, and Azure allows {LONGEST_VALUE}"
    )]
    TooManyAddresses { addresses: usize, length: usize },
    /// The registry has no room for another tag.
    #[error("{} has {number} tags, and Azure allows {MOST_TAGS}: no room for the tag of a lease", registry.name())]
    TooManyTags {
        registry: RegistryId,
        number: usize,
        /// Flags that lead another command to the same service, each after a space.
        flags: String,
    },
    /// The tag of a lease with this name cannot be read, so the rules of its job are not known.
    #[error("the tag {} of a lease cannot be read, and a new lease of this name would overwrite it: `{}`", tag.tag, tag.value)]
    UnreadableTag {
        registry: RegistryId,
        tag: UnreadableLease,
    },
    /// The plan is refused.
    #[error("{}", in_words(.0))]
    Plan(Vec<Refusal>),
}

/// Most tags of a resource (tag-resources, "Limitations").
pub(crate) const MOST_TAGS: usize = 50;
/// Longest value of a tag (tag-resources, "Limitations").
pub(crate) const LONGEST_VALUE: usize = 256;

impl LeaseRefusal {
    /// Returns true if nothing but the write of somebody else is in the way, which ends by itself.
    pub(crate) fn is_busy(&self) -> bool {
        match self {
            Self::Plan(refusals) => refusals.iter().all(|refusal| refusal.code.is_busy()),
            _ => false,
        }
    }

    /// Returns the next step.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::PublicAccess(_) | Self::LeasedPublicAccess(_) => {
                "add --allow-public-access: public access is enabled together with default action Deny, and disabled again at the end"
                    .to_owned()
            }
            Self::UnknownPublicAccess { registry, .. } => {
                let name = shell_word(registry.name());
                format!(
                    "admit this machine in the perimeter of the registry, or come through a private endpoint; az acr show \
                     --name {name} --query publicNetworkAccess shows it"
                )
            }
            Self::OthersGetIn { .. } => {
                "take these rules out first, with `ringfence rule remove` or in the spec: while public access is disabled, \
                 they admit no one"
                    .to_owned()
            }
            Self::NotPublic(_) => {
                "name the public address of this machine: --ip ADDRESS; or admit its subnet".to_owned()
            }
            Self::TooManyAddresses { .. } => {
                "name the public address of this machine, or a range with it: --ip CIDR; and give each job a lease of its own"
                    .to_owned()
            }
            Self::TooManyTags { registry, flags, .. } => {
                let id = shell_word(registry.as_str());
                format!("remove tags; `ringfence close {id} --expired{flags}` removes those of killed jobs")
            }
            Self::UnreadableTag { registry, tag } => format!(
                "take out the rules that its job added, and remove the tag: {}; or choose another name: --lease NAME",
                tag.remove_command(registry)
            ),
            Self::Plan(refusals) => {
                let widest = RefusalCode::from(Guard::WidestRule);
                if refusals.iter().any(|refusal| refusal.code == widest) {
                    return Some("name a narrower range: --ip CIDR".to_owned());
                }
                return refusals.iter().find_map(|refusal| refusal.help.clone());
            }
        })
    }
}

fn in_words(refusals: &[Refusal]) -> String {
    let messages: Vec<&str> = refusals.iter().map(|refusal| refusal.message.as_str()).collect();
    messages.join("; ")
}
