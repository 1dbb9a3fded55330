//! The likely cause of a write that Azure accepted and did not keep.

use crate::live::LiveRegistry;
use crate::model::{ErrorCode, Failure, Setting};
use crate::plan::Deviation;

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
    Failure::new(ErrorCode::NotVerified, message).with_help(likely_cause(deviation))
}

fn likely_cause(deviation: &Deviation) -> &'static str {
    match deviation.path {
        Setting::IpRules | Setting::VirtualNetworkRules if deviation.lost_rule() => {
            "another writer dropped it, or the service did, as it may with a list that is left out: the undo command \
             brings it back, for whoever may join its subnets"
        }
        Setting::VirtualNetworkRules => {
            "is Microsoft.ContainerRegistry registered in the subnet's subscription (Azure/acr#249)? Otherwise another \
             writer was faster: run plan again"
        }
        Setting::PublicNetworkAccess | Setting::DefaultAction => {
            "an Azure Policy with effect Modify may rewrite it: az policy state list --resource <registry id>"
        }
        _ => "another writer may have been faster: run plan again",
    }
}
