//! The status of a step.

use crate::doctor::private_path::Unjudged;
use crate::doctor::steps::Step;
use crate::doctor::types::RungStatus::{Failed, Passed, Skipped};
use crate::doctor::types::{Fact, Rung, RungStatus};
use crate::model::Failure;

pub(super) fn status_of(holds: bool) -> RungStatus {
    if holds { Passed } else { Failed }
}

/// Returns a step that could not be judged, because something could not be read.
pub(in crate::doctor) fn unread(step: Step, failure: &Failure) -> Rung {
    let result = format!("{}: {}", failure.code, failure.message);
    let rung = Rung::new(step, Skipped, result).with([Fact::new("code", &failure.code)]);
    Rung {
        unjudged: true,
        ..rung
    }
}

/// Returns a step that could not be judged.
pub(super) fn unjudged(step: Step, why: &Unjudged<'_>) -> Rung {
    let result = match why {
        Unjudged::Unread(failure) => return unread(step, failure),
        Unjudged::NoZone => {
            "a private endpoint is approved, and this account sees no private DNS zone of its names"
                .to_owned()
        }
        Unjudged::OwnServers(servers) => format!(
            "the network asks its own DNS servers, which may lead to a private endpoint: {}",
            servers.join(", ")
        ),
        Unjudged::NotPeered(subnet) => format!(
            "the zone leads to the private endpoint in {subnet}, and no peering with its network is seen: other ways, such as those of \
             a hub or a gateway, are not read"
        ),
    };
    Rung {
        unjudged: true,
        ..Rung::new(step, Skipped, result)
    }
}
