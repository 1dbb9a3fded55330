//! The default action that a close leaves behind.

use super::writer::Reached;
use crate::lease::Lease;
use crate::model::{ErrorCode, Failure, RegistryId, shell_word};

/// Returns the default action that the close of these leases did not bring back, with the command that does.
pub(super) fn not_brought_back(id: &RegistryId, reached: &Reached, leases: &[Lease]) -> Option<Failure> {
    let before = reached.not_brought_back(leases)?.as_str();
    let message = format!(
        "`defaultAction` was `{before}` before the lease and stays as it is: another writer or an Azure Policy has changed \
         access meanwhile"
    );
    let (name, subscription) = (shell_word(id.name()), shell_word(id.subscription()));
    let help = format!(
        "bring it back: az acr update --name {name} --subscription {subscription} --default-action {before}"
    );
    Some(Failure::new(ErrorCode::NotVerified, message).with_help(help))
}
