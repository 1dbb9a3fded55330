//! Checks of a planned change, one function each: notes about what was not done, and refusals of what Azure itself would
//! refuse.
//!
//! To add a check, write its function in the file of its subject and add a row to [`CHECKS`].

mod input;
mod leases;
mod left_out;
mod limits;
mod registry;
mod restore;
mod rules;
mod settings;
mod subnets;

use super::refusal_code::BUSY;
use super::{Note, Refusal, RefusalCode};
use CheckKind::{Note as NOTE, Refusal as REFUSAL, Uncompared as UNCOMPARED};
pub(crate) use input::CheckInput;
use input::Found;
pub(crate) use subnets::gone_subnets;

/// A row of the table of checks.
pub struct Check {
    /// The stable name of its notes or refusals.
    pub code: &'static str,
    pub kind: CheckKind,
    /// A line for the documentation.
    pub about: &'static str,
    find: fn(&CheckInput<'_>) -> Vec<Found>,
}

/// The kind of entry that a check adds to a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckKind {
    /// A note: the reader should know it; nothing is refused.
    Note,
    /// A refusal: nothing is written for the registry.
    Refusal,
    /// A refusal that leaves a managed setting uncompared: without it, an audit would take silence for "in sync".
    Uncompared,
}

const fn row(
    code: &'static str,
    kind: CheckKind,
    about: &'static str,
    find: fn(&CheckInput<'_>) -> Vec<Found>,
) -> Check {
    Check {
        code,
        kind,
        about,
        find,
    }
}

/// Every check, in the order in which a plan lists what they find.
#[rustfmt::skip]
pub const CHECKS: &[Check] = &[
    row("expired-rule", NOTE, "a rule of the spec has expired and is not wanted any more", rules::expired),
    row("ignored-rules", NOTE, "live rules that `ignore` leaves alone", rules::ignored),
    row("leased-rules", NOTE, "live rules that a running `open` or `with-access` has added", rules::leased),
    row("leased-access", NOTE, "public access or a default action that an `open` or `with-access` has set", settings::leased),
    row("kept-rules", NOTE, "live rules that stay because of `ownership: additive`, or because a restore takes back the change of its run alone", rules::kept),
    row("unreadable-rules-stay", NOTE, "live rules that stay because their clients are not known", rules::unparsed_kept),
    row("no-such-rule", NOTE, "a rule that a command removes and that is not there", rules::not_there),
    row("subnet-rules-hidden", NOTE, "the api-version hides subnet rules", rules::hidden),
    row("public-access-hidden", NOTE, "the api-version hides whether public access is enabled", settings::public_access_hidden),
    row("dormant-rules", NOTE, "rules without effect, because the default action is `Allow`", rules::dormant),
    row("dead-rules", NOTE, "rules without effect, because public access is disabled", rules::dead),
    row("service-endpoint-preview", NOTE, "service endpoints for registries are a preview", subnets::preview),
    row("endpoint-elsewhere", NOTE, "the run turns on a subnet's endpoint for another registry, and its clients gain or lose this one, or may", subnets::switched_elsewhere),
    row("endpoint-beyond-run", NOTE, "the run turns on a subnet's endpoint, and its clients may lose registries of the spec that the run does not write", left_out::switched_beyond),
    row("delegated-subnet", NOTE, "a subnet whose clients may not be able to use the endpoint", subnets::delegated),
    row("subnet-not-checked", NOTE, "a subnet that cannot be read, with `serviceEndpoints: assume`", subnets::not_checked),
    row("unreadable-rule", NOTE, "a rule goes that no spec can bring back", rules::unparsed_removed),
    row("not-restored", NOTE, "a rule of the snapshot that cannot be brought back, or a setting that the snapshot does not show", restore::not_restored),
    row("unknown-value", NOTE, "a live value that is not known here", settings::unknown_values),
    row("setting-not-shown", NOTE, "a setting that the api-version hides and that a restore leaves alone", restore::not_shown),
    row("policy-may-deny", NOTE, "an Azure Policy may refuse a restore", restore::policy_may_deny),
    row("service-endpoints-stay", NOTE, "service endpoints stay on when subnet rules go", restore::endpoints_stay),
    row("private-endpoints-stay", NOTE, "a restore leaves private endpoints in place", restore::private_endpoints_stay),
    row("dual-stack-limits", NOTE, "dual-stack endpoints stop ACR Tasks, and IP rules do not cover IPv6", settings::dual_stack_limits),
    row("ip-rule-limit", NOTE, "more IP rules than every page of the documentation grants", limits::disputed),
    row("setting-not-shown", UNCOMPARED, "a managed setting that the api-version hides", settings::not_shown),
    row("subnet-rules-hidden", UNCOMPARED, "subnets are managed and the api-version hides them", rules::hidden_and_managed),
    row("subnet-unreadable", UNCOMPARED, "a wanted subnet that cannot be read", subnets::unreadable),
    row("endpoint-missing", REFUSAL, "a wanted subnet without the endpoint, with `serviceEndpoints: assume`", subnets::endpoint_missing),
    row("subnet-gone", REFUSAL, "a wanted subnet that does not exist", subnets::gone),
    row("no-service-endpoints", REFUSAL, "a cloud without service endpoints for registries", subnets::not_in_this_cloud),
    row("private-endpoint", REFUSAL, "new subnet rules on a registry with private endpoints", subnets::private_endpoint),
    row("sku", REFUSAL, "a change that needs SKU Premium", registry::sku),
    row(BUSY, REFUSAL, "the registry is in the middle of another write", registry::busy),
    row("dual-stack", REFUSAL, "dual-stack endpoints without data endpoints", settings::dual_stack_needs_data_endpoint),
    row("exports-disabled", REFUSAL, "public access on a registry with exports disabled", registry::exports_disabled),
    row("held-by-lease", REFUSAL, "a wanted rule or setting that a lease holds, or a removed one that a running lease needs", leases::in_the_way),
    row("limit", REFUSAL, "more rules than the registry takes", limits::over),
];

/// Returns the notes on this registry.
pub(crate) fn notes(input: &CheckInput<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    for check in CHECKS.iter().filter(|check| check.kind == CheckKind::Note) {
        for found in (check.find)(input) {
            notes.push(Note {
                code: check.code.into(),
                message: found.message,
            });
        }
    }
    notes
}

/// Returns everything that Azure would refuse in this plan.
pub(crate) fn refusals(input: &CheckInput<'_>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    // The order of the table is the order of the document.
    for check in CHECKS.iter().filter(|check| check.kind != CheckKind::Note) {
        for found in (check.find)(input) {
            refusals.push(refusal(check, found));
        }
    }
    refusals
}

/// Makes the refusal of a check. Azure's refusals have no flag that overrides them.
fn refusal(check: &Check, found: Found) -> Refusal {
    let (measured, limit) = found.over.unzip();
    Refusal {
        code: RefusalCode::Other {
            name: check.code.into(),
            uncompared: check.kind == CheckKind::Uncompared,
        },
        message: found.message,
        measured: measured.map(|measured| measured.to_string()),
        limit: limit.map(|limit| limit.to_string()),
        override_flag: None,
        help: found.help,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::plan::{FailOn, Guard};

    #[test]
    fn codes_are_kebab_case_and_unique_by_list() {
        let mut seen = BTreeSet::new();
        for check in CHECKS {
            assert!(
                seen.insert((check.kind == CheckKind::Note, check.code)),
                "{}",
                check.code
            );
            assert!(
                !check.about.is_empty() && !check.about.ends_with('.'),
                "{}",
                check.code
            );
        }
        for code in Guard::ALL
            .map(Guard::name)
            .into_iter()
            .chain(FailOn::ALL.map(FailOn::name))
        {
            assert!(seen.insert((false, code)), "{code}");
        }
        for (_, code) in seen {
            let plain = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(
                code.chars().all(plain) && !code.starts_with('-') && !code.ends_with('-'),
                "{code}"
            );
        }
    }
}
