//! Looks at a registry: its state, and whether it admits this machine.

use std::time::Duration;

use jiff::Timestamp;

use super::TemporaryAccess;
use super::not_opened::{gone, interrupted, unexplained};
use crate::azure::Deadline;
use crate::error::Error;
use crate::lease::{Ground, ground, leases_of};
use crate::live::{LiveRegistry, Probe};
use crate::run::interface::Notice;

/// How often leases may come or go between the two reads around a probe.
const MOST_LOOKS: u32 = 5;

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
        let limit = self.request.wait;
        let client = self.session.client();
        let mut waits = client.waits_until(self.id.as_str(), Deadline::after(limit));
        let mut is_told = false;
        let cancel = &self.session.interruption().cancel;
        let pause = async |live: &LiveRegistry| {
            // The lease of a named address does not rest on the answer.
            if self.request.ip.is_some() {
                return Ok(false);
            }
            let ground = ground(live, self.request.allow_public_access);
            if !may_have_ended(ground, live, limit, Timestamp::now()) {
                return Ok(false);
            }
            if !std::mem::replace(&mut is_told, true) {
                let registry = self.id.name();
                self.session
                    .interface
                    .notify(&Notice::MayHaveEnded { registry, limit });
            }
            let in_time = tokio::select! {
                in_time = waits.before_poll(None, Some(Duration::ZERO)) => in_time,
                () = cancel.cancelled() => return Err(Error::Failed(interrupted(&self.id))),
            };
            match (in_time, ground) {
                (false, Ground::Nothing) => Err(Error::Failed(unexplained(&self.id, limit))),
                // Every access that had ended is without effect by now.
                (in_time, _) => Ok(in_time),
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
/// follows minutes later: it is asked for again after each `pause`, which returns false once it counts.
async fn look(
    mut read: impl AsyncFnMut() -> Result<LiveRegistry, Error>,
    mut probe: impl AsyncFnMut(&LiveRegistry) -> Probe,
    mut pause: impl AsyncFnMut(&LiveRegistry) -> Result<bool, Error>,
) -> Result<(LiveRegistry, Probe), Error> {
    let mut live = read().await?;
    let mut answer = probe(&live).await;
    let mut moved = 0;
    loop {
        let after = read().await?;
        let is_same = leases_of(&after) == leases_of(&live);
        live = after;
        let is_final = !matches!(answer, Probe::Admitted) || moved == MOST_LOOKS;
        if is_final || (is_same && !pause(&live).await?) {
            return Ok((live, answer));
        }
        moved += u32::from(!is_same);
        answer = probe(&live).await;
    }
}

/// Returns true if an admission may rest on an access that has ended less than this time ago.
fn may_have_ended(ground: Ground, live: &LiveRegistry, limit: Duration, now: Timestamp) -> bool {
    match ground {
        Ground::Stays => false,
        Ground::Nothing => true,
        Ground::Possible => live.changed_within(limit, now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::LastModified;
    use crate::live::lease::tests::{lease, registry};

    const OWN: &str = "198.51.100.7";
    const MOST_PAUSES: u32 = 3;
    const LIMIT: Duration = Duration::from_secs(600);
    const NOW: &str = "2026-11-29T03:00:00Z";
    const JUST_NOW: &str = "2026-11-29T02:50:30.1242114+00:00";
    const EARLIER: &str = "2026-11-29T02:49:30.1242114+00:00";

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
            async |live: &LiveRegistry| {
                let now = NOW.parse().unwrap();
                pauses += 1;
                Ok(may_have_ended(ground(live, false), live, LIMIT, now) && pauses <= MOST_PAUSES)
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

    /// A registry that was changed at this time.
    fn changed(at: &str, mut live: LiveRegistry) -> LiveRegistry {
        live.last_modified = Some(LastModified {
            by: "someone".to_owned(),
            by_type: "User".to_owned(),
            at: at.to_owned(),
        });
        live
    }

    #[tokio::test]
    async fn admission_by_an_access_that_may_have_ended_is_waited_out() {
        let rule = registry("Enabled", "Deny", &["203.0.113.25"], &[]);
        let mut private = registry("Disabled", "Deny", &[], &[]);
        private.private_endpoint_connections = 1;
        let rival = lease("rival", "2026-11-29T03:20:00Z", &[OWN]);
        let leased = registry("Enabled", "Deny", &[OWN], &[rival]);
        let nothing = registry("Enabled", "Deny", &[], &[]);
        // The registry, and true if it is asked again: after a change that may not be effective yet.
        let rows = [
            (changed(JUST_NOW, rule.clone()), true),
            (changed(EARLIER, rule.clone()), false),
            // A clock that is late.
            (changed("2026-11-29T03:00:30Z", rule.clone()), true),
            (rule, true),
            (changed(JUST_NOW, private.clone()), true),
            (changed(EARLIER, private), false),
            (changed(JUST_NOW, registry("Enabled", "Allow", &[], &[])), false),
            (changed(JUST_NOW, leased), false),
            (
                changed(EARLIER, registry("SecuredByPerimeter", "Deny", &[], &[])),
                false,
            ),
            (changed(JUST_NOW, nothing.clone()), true),
            (changed(EARLIER, nothing), true),
        ];
        for (live, waits) in rows {
            let states = std::slice::from_ref(&live);
            let ended = looked(states, &[true, true, false]).await;
            assert_eq!(
                (ended.0, ended.2),
                if waits { (4, false) } else { (2, true) },
                "{}",
                live.body
            );
            // It counts once the time to wait is over.
            assert_eq!(looked(states, &[true]).await.0, if waits { 5 } else { 2 });
        }
    }
}
