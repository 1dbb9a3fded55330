//! The rules that a restore leaves out after Azure has refused the whole list.

use crate::apply::context::{RegistryRun, WriteTarget};
use crate::apply::outcome::Outcome;
use crate::apply::registry_report::RegistryReport;
use crate::azure::WriteError;
use crate::model::Setting;
use crate::plan::RowPath;

/// Gives the change of the list the refusal for its outcome: not all of it was made. Returns the outcome of the step, which was
/// `verified` by what the registry shows.
pub(crate) fn tell(
    registry: &RegistryRun<'_>,
    report: &mut RegistryReport,
    refused: WriteError,
    verified: Outcome,
) -> Outcome {
    let list = Setting::VirtualNetworkRules;
    let plan = registry.plan;
    let mut names = Vec::new();
    for id in plan
        .changes
        .added(list)
        .iter()
        .filter_map(|listed| listed.rule.subnet())
    {
        if plan.may_leave_out.contains(id) {
            names.push(id.short());
        }
    }
    let mut failure = registry.write_failure(refused, false, WriteTarget::Registry);
    failure.message += &format!(
        "; everything else was restored, without the rules of subnets that cannot be read: {}",
        names.join(", ")
    );
    failure.help = Some(
        "restore again with an account that may read these subnets: it leaves out only the rules that Azure does not take"
            .to_owned(),
    );
    let list = RowPath::Setting(list);
    let mut changes = report.changes.iter_mut();
    let change = changes.find(|change| change.change.path() == list && change.outcome.is_failed());
    // Somebody else may have added the rules since.
    let Some(change) = change else { return verified };
    let outcome = Outcome::Failed { error: failure };
    change.outcome = outcome.clone();
    outcome
}
