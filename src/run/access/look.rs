//! Looks at a registry: its state, and whether it admits this machine.

use std::time::Duration;

use super::{TemporaryAccess, gone, interrupted};
use crate::azure::Deadline;
use crate::error::Error;
use crate::lease::{leases_of, may_admit};
use crate::live::{LiveRegistry, Probe};
use crate::model::{ErrorCode, Failure, RegistryId};

/// How often leases may come or go between the two reads around a probe.
const MOST_LOOKS: u32 = 5;

/// The answer that a look waits for to end, in words.
const UNEXPLAINED: &str = "admitted, by nothing that is set";

impl TemporaryAccess<'_> {
    /// Reads the registry and asks it for the address of this machine.
    pub(super) fn look(&self) -> Result<(LiveRegistry, Probe), Error> {
        let (writer, prober) = (self.writer(), self.session.prober());
        let read = async || match writer.read().await {
            Ok(Some(live)) => Ok(live),
            Ok(None) => Err(Error::Failed(gone(&self.id))),
            Err(error) => Err(Error::Failed(error)),
        };
        let probe = async |live: &LiveRegistry| prober.probe(&live.login_server).await;
        let deadline = Deadline::after(self.request.wait);
        let client = self.session.client();
        let mut waits = client.waits_until(self.id.as_str(), deadline);
        let cancel = &self.session.interruption().cancel;
        let pause = async || {
            // The lease of a named address does not rest on the answer.
            if self.request.ip.is_some() {
                return Ok(false);
            }
            let wait = waits.before_poll(Some(UNEXPLAINED.to_owned()), Some(Duration::ZERO));
            tokio::select! {
                true = wait => Ok(true),
                () = cancel.cancelled() => Err(Error::Failed(interrupted(&self.id))),
                else => Err(Error::Failed(unexplained(&self.id))),
            }
        };
        self.session.block_on(look(read, probe, pause))
    }
}

/// Reads a registry and asks it for the address of this machine.
///
/// The answer may take long, so the registry is read again after it: a write rests on the state right before it. An
/// admission does not tell the address, and it may rest on the lease of another job that opened after the first read. So it
/// is asked for again until no lease came or went in between. It may also rest on a rule that is gone, which the firewall
/// follows minutes later: an admission that nothing explains is asked for again after a `pause`, which returns false if it
/// counts all the same.
async fn look(
    mut read: impl AsyncFnMut() -> Result<LiveRegistry, Error>,
    mut probe: impl AsyncFnMut(&LiveRegistry) -> Probe,
    mut pause: impl AsyncFnMut() -> Result<bool, Error>,
) -> Result<(LiveRegistry, Probe), Error> {
    let mut live = read().await?;
    let mut answer = probe(&live).await;
    let mut moved = 0;
    loop {
        let after = read().await?;
        let is_same = leases_of(&after) == leases_of(&live);
        live = after;
        let is_final = !matches!(answer, Probe::Admitted) || moved == MOST_LOOKS;
        if is_final || (is_same && (may_admit(&live) || !pause().await?)) {
            return Ok((live, answer));
        }
        moved += u32::from(!is_same);
        answer = probe(&live).await;
    }
}

fn unexplained(id: &RegistryId) -> Failure {
    let message = format!(
        "{} admits this machine, and nothing that is set there does: an access that has ended may still be in effect",
        id.name()
    );
    let help = "wait longer: --wait=30m, or name the address of this machine: --ip";
    Failure::new(ErrorCode::NotVerified, message).with_help(help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::lease::tests::{lease, registry};

    const OWN: &str = "198.51.100.7";
    const MOST_PAUSES: u32 = 3;

    /// Looks at these states in turn, with these answers, and returns the number of reads and of leases seen last.
    async fn looked(states: &[LiveRegistry], admits: &[bool]) -> (usize, usize, bool) {
        let (mut reads, mut probes, mut pauses) = (0, 0, 0);
        let (live, answer) = look(
            async || {
                reads += 1;
                Ok(states[(reads - 1).min(states.len() - 1)].clone())
            },
            async |_: &LiveRegistry| {
                probes += 1;
                match admits[(probes - 1).min(admits.len() - 1)] {
                    true => Probe::Admitted,
                    false => Probe::Denied(OWN.parse().unwrap()),
                }
            },
            async || {
                pauses += 1;
                Ok(pauses <= MOST_PAUSES)
            },
        )
        .await
        .unwrap();
        (reads, leases_of(&live).len(), matches!(answer, Probe::Admitted))
    }

    #[tokio::test]
    async fn lease_that_opens_before_the_probe_is_seen() {
        let without = registry("Enabled", "Deny", &[], &[]);
        let rival = lease("rival", "2026-11-29T03:20:00Z", &[OWN]);
        let with = registry("Enabled", "Deny", &[OWN], &[rival]);
        // Refused, which needs one read after it.
        assert_eq!(
            looked(&[without.clone(), with.clone()], &[false]).await,
            (2, 1, false)
        );
        assert_eq!(looked(std::slice::from_ref(&with), &[true]).await, (2, 1, true));
        assert_eq!(
            looked(&[without.clone(), with.clone()], &[true]).await,
            (3, 1, true)
        );
        // The rival closes again, and its answer no longer counts.
        assert_eq!(
            looked(&[with.clone(), without.clone()], &[true, false]).await,
            (3, 0, false)
        );
        let restless: Vec<_> = [with, without].into_iter().cycle().take(20).collect();
        assert_eq!(looked(&restless, &[true]).await.0, 7);
    }

    #[tokio::test]
    async fn admission_by_nothing_is_waited_out() {
        let nothing = registry("Enabled", "Deny", &[], &[]);
        assert_eq!(
            looked(std::slice::from_ref(&nothing), &[true, true, false]).await,
            (4, 0, false)
        );
        // It counts once the time to wait is over.
        assert_eq!(looked(&[nothing], &[true]).await, (5, 0, true));
        let rule = registry("Enabled", "Deny", &["203.0.113.25"], &[]);
        assert_eq!(looked(&[rule], &[true]).await, (2, 0, true));
        let mut private = registry("Disabled", "Deny", &[], &[]);
        private.private_endpoint_connections = 1;
        assert_eq!(looked(&[private], &[true]).await, (2, 0, true));
    }
}
