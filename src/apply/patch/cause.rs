//! The likely cause of a write that Azure accepted and did not keep.

use crate::live::LiveRegistry;
use crate::model::{ErrorCode, Failure, RegistryId, Setting, shell_word};
use crate::plan::{Deviation, Problem, RowPath};

/// Turns a setting that is not as it should be into a failure with its likely cause.
pub(crate) fn not_kept(deviation: &Deviation, live: &LiveRegistry) -> Failure {
    let mut message = accepted_but(deviation);
    if let Some(last) = &live.last_modified {
        message += &format!(" (last modified by {})", last.by);
    }
    Failure::new(ErrorCode::NotVerified, message).with_help(likely_cause(deviation, &live.id))
}

/// Turns what the answer of a write shows otherwise than it was sent into a failure. No other writer comes between the two.
pub(crate) fn changed_on_the_way(deviation: &Deviation, registry: &RegistryId) -> Failure {
    Failure::new(ErrorCode::NotVerified, accepted_but(deviation)).with_help(by_policy(registry))
}

/// Turns rules that are gone from a list which the write left out into a failure, with the command that adds them again. `flags`
/// lead to the same service, each after a space.
pub(crate) fn lost_from_a_list(deviation: &Deviation, registry: &RegistryId, flags: &str) -> Failure {
    let mut command = format!("ringfence rule add -n {}", shell_word(registry.as_str()));
    for (rule, _) in deviation.problems.iter().filter_map(Problem::rule) {
        command += &format!(" --subnet {}", shell_word(rule.as_str()));
    }
    Failure::new(ErrorCode::NotVerified, accepted_but(deviation)).with_help(format!(
        "another writer removed it, or the service did, which may happen to a list that a write leaves out; add it again with an \
         account that may join its subnets: {command}{flags}"
    ))
}

fn accepted_but(deviation: &Deviation) -> String {
    let what = match deviation.path {
        RowPath::Leases => deviation.message(),
        path => format!("`{}` {}", path.path(), deviation.message()),
    };
    format!("the write was accepted, but {what}")
}

fn by_policy(registry: &RegistryId) -> String {
    format!(
        "an Azure Policy with effect Modify may have changed it: az policy state list --resource {}",
        shell_word(registry.as_str())
    )
}

fn likely_cause(deviation: &Deviation, registry: &RegistryId) -> String {
    match deviation.problems.first() {
        Some(Problem::Lease(conflict)) => return conflict.help(),
        Some(Problem::Cut { lease, .. }) => {
            return format!(
                "run the command again that opened `{}`: it adds its rule again",
                lease.name
            );
        }
        _ => {}
    }
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
        RowPath::Setting(setting) if !setting.is_list() => {
            return by_policy(registry);
        }
        _ => "another writer may have been faster: run the same command again",
    };
    cause.to_owned()
}
