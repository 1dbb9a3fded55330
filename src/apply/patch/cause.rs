//! The likely cause of a write that Azure accepted and did not keep.

use crate::live::LiveRegistry;
use crate::model::{ErrorCode, Failure, RegistryId, Setting, shell_word};
use crate::plan::{Deviation, RowPath};

/// Turns a setting that is not as it should be into a failure with its likely cause.
pub(crate) fn not_kept(deviation: &Deviation, live: &LiveRegistry) -> Failure {
    let mut message = format!(
        "the write was accepted, but `{}` {}",
        deviation.path.path(),
        deviation.message()
    );
    if let Some(last) = &live.last_modified {
        message += &format!(" (last modified by {})", last.by);
    }
    Failure::new(ErrorCode::NotVerified, message).with_help(likely_cause(deviation, &live.id))
}

fn likely_cause(deviation: &Deviation, registry: &RegistryId) -> String {
    // In the order of likelihood: only the first that fits is named.
    let cause = match deviation.path {
        _ if deviation.is_hidden() => {
            "look at it in the portal: this api-version can neither show nor set it"
        }
        RowPath::Setting(Setting::IpRules | Setting::VirtualNetworkRules) if deviation.lost_rule() => {
            "another writer removed it, or the service did, which may happen to a list that the PATCH leaves out: the \
             undo command restores it, if you may join its subnets"
        }
        RowPath::Setting(Setting::VirtualNetworkRules) => {
            "check that Microsoft.ContainerRegistry is registered in the subnet's subscription (Azure/acr#249); if it \
             is, another writer was faster: run the same command again"
        }
        RowPath::Setting(Setting::PublicNetworkAccess | Setting::DefaultAction) => {
            return format!(
                "an Azure Policy with effect Modify may have changed it back: az policy state list --resource {}",
                shell_word(registry.as_str())
            );
        }
        _ => "another writer may have been faster: run the same command again",
    };
    cause.to_owned()
}
