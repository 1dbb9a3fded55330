//! Looks at a registry: its state, and whether it admits this machine.

use crate::error::Error;
use crate::lease::leases_of;
use crate::live::{LiveRegistry, Probe};

/// How often leases may come or go between the two reads around a probe.
const MOST_LOOKS: u32 = 5;

/// Reads a registry and asks it for the address of this machine.
///
/// An admission does not tell the address, and it may rest on the lease of another job that opened after the read. So the
/// registry is read again after it, until no lease came or went in between.
pub(super) async fn look(
    mut read: impl AsyncFnMut() -> Result<LiveRegistry, Error>,
    mut probe: impl AsyncFnMut(&LiveRegistry) -> Probe,
) -> Result<(LiveRegistry, Probe), Error> {
    let mut live = read().await?;
    let mut answer = probe(&live).await;
    for _ in 0..MOST_LOOKS {
        if !matches!(answer, Probe::Admitted) {
            break;
        }
        let after = read().await?;
        let is_same = leases_of(&after) == leases_of(&live);
        live = after;
        if is_same {
            break;
        }
        answer = probe(&live).await;
    }
    Ok((live, answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::lease::tests::{lease, registry};

    const OWN: &str = "198.51.100.7";

    /// Looks at these states in turn, with these answers, and returns the number of reads and of leases seen last.
    async fn looked(states: &[LiveRegistry], admits: &[bool]) -> (usize, usize, bool) {
        let (mut reads, mut probes) = (0, 0);
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
        // Refused: one read is enough.
        assert_eq!(looked(&[without.clone()], &[false]).await, (1, 0, false));
        assert_eq!(looked(&[with.clone()], &[true]).await, (2, 1, true));
        assert_eq!(
            looked(&[without.clone(), with.clone()], &[true]).await,
            (3, 1, true)
        );
        // The rival closes again, and its answer no longer counts.
        assert_eq!(
            looked(&[with.clone(), without.clone()], &[true, false]).await,
            (2, 0, false)
        );
        let restless: Vec<_> = [with, without].into_iter().cycle().take(20).collect();
        assert_eq!(looked(&restless, &[true]).await.0, 6);
    }
}
