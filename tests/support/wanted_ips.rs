//! Wanted IP rules.

use ringfence::spec::{Sourced, WantedIp};

/// Wanted IP rules without a source position.
pub(crate) fn wanted_ips(cidrs: &[&str]) -> Option<Sourced<Vec<WantedIp>>> {
    let ip = |text: &&str| WantedIp {
        cidr: text.parse().expect("a range"),
        source: None,
        network: None,
        info: None,
    };
    Some(Sourced::unsourced(cidrs.iter().map(ip).collect()))
}
