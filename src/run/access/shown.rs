//! The progress of an open or a close, which may take minutes.

use crate::live::ProgressEvent;
use crate::model::RegistryId;
use crate::run::session::Session;

/// Shows this task until the work on the registry has ended. What is waited for meanwhile is shown too.
pub(super) fn shown<T>(
    session: &Session<'_>,
    registry: &RegistryId,
    task: &'static str,
    work: impl Future<Output = T>,
) -> T {
    let interface = session.interface;
    interface.progress(ProgressEvent::Begun { task, registries: 1 });
    let done = session.block_on(work);
    interface.progress(ProgressEvent::Ended { registry });
    interface.end_progress();
    done
}
