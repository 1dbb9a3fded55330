//! The Azure CLI.

use super::probes::Probes;
use super::program::{Ran, run};
use crate::doctor::AzCli;

/// Asks the Azure CLI whether somebody is signed in. The account itself is not shown.
pub(super) async fn az(probes: &Probes) -> AzCli {
    match run(
        probes,
        "az",
        &["account", "show", "--query", "id", "-o", "tsv"],
        "",
    )
    .await
    {
        Ran::NotFound => AzCli::NotFound,
        Ran::Failed(reason) => AzCli::Failed(reason),
        Ran::Done(output) if output.status.success() => AzCli::SignedIn,
        Ran::Done(_) => AzCli::NotSignedIn,
    }
}
