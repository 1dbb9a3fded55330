//! Rules about clients that no rule of the registry names: trusted services, tasks, and those without a private endpoint. They are
//! notes, because this machine gets in.

use super::cross_check::public_access_disabled;
use super::evidence::{CauseRule, Evidence};
use super::registry::access;
use crate::doctor::causes::{N9, N10, S8, S9, S11};
use crate::doctor::facts::{Observations, PrivateEndpoints};
use crate::doctor::subnet_answer::explained;
use crate::model::{Admitted, Client, OtherClient, decide};

pub(super) const RULES: &[CauseRule] = &[
    CauseRule {
        cause: N10,
        find: trusted_services_refused,
        steps: &[],
    },
    CauseRule {
        cause: N9,
        find: tasks_refused,
        steps: &[],
    },
    CauseRule {
        cause: S8,
        find: disabled_without_bypass,
        steps: &[],
    },
    CauseRule {
        cause: S9,
        find: disabled,
        steps: &[],
    },
    CauseRule {
        cause: S11,
        find: not_listable,
        steps: &[],
    },
];

/// Returns true if the registry does not admit this kind of client.
fn refuses(facts: &Observations, kind: OtherClient) -> bool {
    let client = Client::Other(kind);
    access(facts).is_some_and(|access| decide(&access, &client).admitted == Admitted::No)
}

fn trusted_services_refused(facts: &Observations) -> Option<Evidence> {
    if !refuses(facts, OtherClient::TrustedServices) {
        return None;
    }
    with_explanation(facts, OtherClient::TrustedServices, Evidence::note())
}

/// Adds the settings that keep a kind of client out, and what helps against these alone.
fn with_explanation(facts: &Observations, kind: OtherClient, found: Evidence) -> Option<Evidence> {
    let explained = explained(facts.reading()?, Client::Other(kind))?;
    let mut found = found;
    for reason in &explained.reasons {
        found = found.fact("settings", &reason.finding);
    }
    for remedy in explained.remedies {
        found = found.remedy(remedy);
    }
    Some(found.only_these())
}

fn tasks_refused(facts: &Observations) -> Option<Evidence> {
    if !refuses(facts, OtherClient::Tasks) {
        return None;
    }
    let found = with_explanation(facts, OtherClient::Tasks, Evidence::note())?;
    Some(with_agent_pool(facts, found))
}

/// Adds what helps tasks beside the bypass: an agent pool is in a network. With dual-stack endpoints, no task works.
pub(super) fn with_agent_pool(facts: &Observations, found: Evidence) -> Evidence {
    match access(facts) {
        Some(access) if access.dual_stack != Admitted::Yes => {
            found.remedy("else run the tasks on an agent pool in a subnet that is admitted")
        }
        _ => found,
    }
}

fn disabled_without_bypass(facts: &Observations) -> Option<Evidence> {
    if !public_access_disabled(facts) || !refuses(facts, OtherClient::TrustedServices) {
        return None;
    }
    let found = Evidence::note().fact("public network access", "disabled");
    with_explanation(facts, OtherClient::TrustedServices, found)
}

fn disabled(facts: &Observations) -> Option<Evidence> {
    public_access_disabled(facts).then(|| Evidence::note().fact("public network access", "disabled"))
}

fn not_listable(facts: &Observations) -> Option<Evidence> {
    let private = PrivateEndpoints::of(facts);
    if private.approved == 0 || !public_access_disabled(facts) {
        return None;
    }
    Some(Evidence::note().fact("private endpoint connections", private.in_words()))
}
