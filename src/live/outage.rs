//! Subscriptions that do not answer. Each of their registries would wait until its own deadline, a few at a time, so the reads of a
//! subscription end with the first few that nothing answers.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::read::read_registry;
use super::types::LiveRegistry;
use crate::azure::{ArmClient, ArmError};
use crate::model::{Failure, FailureKind, RegistryId};

/// Reads in a row without an answer after which a subscription is not asked any more. One registry alone may be broken.
const ENOUGH: u32 = 3;

/// The results of the reads of a run so far, by subscription in lower case.
#[derive(Debug, Default)]
pub struct Outages {
    seen: Mutex<BTreeMap<String, Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Number of answers.
    answers: u64,
    /// Reads without an answer since the last one.
    silent: u32,
    /// The failure of the registries that are not asked for any more.
    outage: Option<Failure>,
}

impl Outages {
    /// Reads one registry, unless its subscription does not answer: one request.
    ///
    /// # Errors
    /// The registry cannot be read, or is not asked for.
    pub async fn read(&self, client: &ArmClient, id: &RegistryId) -> Result<LiveRegistry, Failure> {
        let subscription = id.subscription();
        let before = self.begin(subscription)?;
        let read = read_registry(client, id).await;
        self.end(subscription, before, read.as_ref().err());
        read
    }

    /// Notes a list whose first page cannot be read. One that had all of `--timeout` and no answer is as good as many reads; what else
    /// stops a list need not stop a read.
    pub(super) fn note_list(&self, subscription: &str, error: &ArmError) {
        if let ArmError::Timeout { .. } = error {
            self.seen(subscription, |seen| seen.outage = Some(not_asked(&error.into())));
        }
    }

    /// Returns the number of answers before a read that begins now.
    fn begin(&self, subscription: &str) -> Result<u64, Failure> {
        self.seen(subscription, |seen| match &seen.outage {
            Some(failure) => Err(failure.clone()),
            None => Ok(seen.answers),
        })
    }

    /// Notes the end of a read that began after so many answers.
    fn end(&self, subscription: &str, before: u64, failure: Option<&Failure>) {
        self.seen(subscription, |seen| match failure {
            Some(failure) if is_silence(failure) => {
                // What was answered meanwhile shows that the subscription is there.
                if seen.answers == before {
                    seen.silent += 1;
                }
                if seen.silent >= ENOUGH {
                    seen.outage = Some(not_asked(failure));
                }
            }
            _ => {
                seen.answers += 1;
                seen.silent = 0;
                seen.outage = None;
            }
        })
    }

    fn seen<T>(&self, subscription: &str, look: impl FnOnce(&mut Seen) -> T) -> T {
        let mut seen: MutexGuard<'_, _> = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        look(seen.entry(subscription.to_ascii_lowercase()).or_default())
    }
}

/// Returns true if nothing but a failing service has answered, in all tries.
fn is_silence(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::NoAnswer | FailureKind::Unavailable)
}

/// Returns the failure of a registry that is not asked for after this one.
fn not_asked(last: &Failure) -> Failure {
    Failure {
        message: format!(
            "not asked for, because no request of its subscription is answered; the last one: {}",
            last.message
        ),
        // That of another registry.
        request_id: None,
        ..last.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(kind: FailureKind) -> Failure {
        Failure {
            kind,
            ..Failure::new("code", "words")
        }
    }

    /// Ends these reads of a subscription one after the other, and returns true if it is asked again.
    fn is_asked(reads: &[Option<FailureKind>]) -> bool {
        let outages = Outages::default();
        for kind in reads {
            let before = outages.begin("S").unwrap();
            outages.end("s", before, kind.map(failure).as_ref());
        }
        assert!(outages.begin("other").is_ok());
        outages.begin("s").is_ok()
    }

    #[test]
    fn subscription_is_left_after_reads_in_a_row_without_an_answer() {
        let (silent, failing) = (Some(FailureKind::NoAnswer), Some(FailureKind::Unavailable));
        let (forbidden, throttled) = (Some(FailureKind::Forbidden), Some(FailureKind::Throttled));
        assert!(!is_asked(&[silent, failing, silent]));
        for reads in [
            [silent, silent, None],
            [None, silent, silent],
            [silent, forbidden, silent],
            [throttled, throttled, throttled],
        ] {
            assert!(is_asked(&reads), "{reads:?}");
        }
    }

    #[test]
    fn answer_during_a_silent_read_counts() {
        let outages = Outages::default();
        let before = outages.begin("s").unwrap();
        outages.end("s", before, None);
        for _ in 0..ENOUGH {
            outages.end("s", before, Some(&failure(FailureKind::NoAnswer)));
        }
        assert!(outages.begin("s").is_ok());
    }
}
