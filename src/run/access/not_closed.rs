//! The failure of a close, by what the registry shows after it.

use super::writer::{NotReached, NotReachedCause};
use crate::lease::{Lease, leases_of, still_admitted};
use crate::live::LiveRegistry;
use crate::model::{Access, Cidr, ErrorCode, Failure, RegistryId, Rule, shell_word};

/// A close that did not come to its end.
#[derive(Debug)]
pub struct NotClosed {
    pub failure: Box<Failure>,
    /// True if something was written, or may have been.
    pub written: bool,
    /// The settings that something on the way has changed.
    pub altered: Vec<Failure>,
}

impl NotClosed {
    /// Says what is still open. `flags` lead to the same service, each after a space.
    pub(super) fn of(id: &RegistryId, leases: &[Lease], error: NotReached, flags: &str) -> Self {
        let failure = failure_of(error.cause);
        let all = leases.iter().flat_map(|lease| &lease.addresses);
        let (name, all) = (id.name(), listed(all));
        let still = error.live.as_ref().map(|live| still_admitted(live, leases));
        let (code, state) = match still {
            None => (ErrorCode::LeftOpen, format!("{name} may still admit {all}")),
            Some(still) if still.is_empty() => (
                ErrorCode::NotVerified,
                format!("{name} does not admit {all} any more, but the close has not come to its end"),
            ),
            Some(still) => {
                let still = listed(&still);
                let why = "because it cannot be closed";
                (ErrorCode::LeftOpen, format!("{name} still admits {still}, {why}"))
            }
        };
        let failure = Failure {
            code: code.into(),
            message: format!("{state}: {}", failure.message),
            help: Some(next_step(id, leases, error.live.as_deref(), flags)),
            ..failure
        };
        Self {
            failure: Box::new(failure),
            written: error.written,
            altered: error.altered,
        }
    }

    /// Stands for a registry that could not be read, before anything was written.
    pub(super) fn unread(failure: Failure) -> Self {
        Self {
            failure: Box::new(failure),
            written: false,
            altered: Vec::new(),
        }
    }
}

/// Returns the failure of a goal that was not reached. A refusal keeps its help.
fn failure_of(cause: NotReachedCause) -> Failure {
    match cause {
        NotReachedCause::Failed(failure) => failure,
        NotReachedCause::Refused(refusal) => Failure {
            help: refusal.help(),
            ..Failure::new(ErrorCode::AccessRefused, refusal.to_string())
        },
    }
}

/// Returns the command that closes what is there. A rule whose tag is gone is of no lease any more.
fn next_step(id: &RegistryId, leases: &[Lease], live: Option<&LiveRegistry>, flags: &str) -> String {
    if let Some(live) = live
        && leases_of(live)
            .iter()
            .all(|there| leases.iter().all(|lease| lease.name != there.name))
    {
        let rules = rules_of(live, leases);
        if !rules.is_empty() {
            let id = shell_word(id.as_str());
            let mut command = format!("ringfence rule remove -n {id}");
            for rule in rules {
                command += &format!(" --ip-address {rule}");
            }
            return format!("its tag is gone, so take the rule out: {command}{flags}");
        }
    }
    match leases {
        [lease] => format!("close it: {}", lease.close_command(id, flags)),
        _ => format!(
            "close them: ringfence close {} --expired{flags}",
            shell_word(id.as_str())
        ),
    }
}

/// Returns the addresses of the leases that have a rule.
fn rules_of(live: &LiveRegistry, leases: &[Lease]) -> Vec<Cidr> {
    let mut rules: Vec<Cidr> = Access::of(&live.settings)
        .ip_rules
        .iter()
        .filter_map(Rule::cidr)
        .collect();
    rules.retain(|rule| leases.iter().any(|lease| lease.addresses.contains(rule)));
    rules
}

fn listed<'a>(addresses: impl IntoIterator<Item = &'a Cidr>) -> String {
    let addresses: Vec<String> = addresses.into_iter().map(Cidr::to_string).collect();
    addresses.join(", ")
}
