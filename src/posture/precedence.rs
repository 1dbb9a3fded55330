//! Precedence: rules that wait for graver ones.
//!
//! The next steps of two rules can contradict each other, as "turn the endpoint on" and "remove the rule" do. The graver
//! rule, or the one whose step leaves nothing to the other, is found alone then. The next audit finds the other one if it
//! still holds.

use super::check::{PostureCheck, Violation};
use crate::spec::PostureRule::{self, *};

/// A rule, and those that wait for it.
pub struct Precedence {
    pub first: PostureRule,
    pub waits: &'static [PostureRule],
    pub extent: Extent,
    pub accepted: Accepted,
}

/// Whether rules still wait for a finding that the spec accepts. Its own next step is not taken then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// The rules that wait for it are found: nothing contradicts their next steps any more.
    Releases,
    /// The rules still wait: their next steps are wrong for as long as the finding holds.
    Holds,
}

/// What a rule waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Any finding about the same registry.
    Registry,
    /// A finding about one of the same rules or subnets.
    Object,
}

/// Rules about subnet rules, which have nothing to say once all subnet rules go.
const ABOUT_SUBNETS: &[PostureRule] = &[
    SubnetWithoutEndpoint,
    GoneSubnet,
    UnregisteredSubnet,
    DelegatedSubnet,
    TrustedServicesCut,
];

/// The whole table.
pub const PRECEDENCE: &[Precedence] = &[
    // Clients come first: their addresses decide which of the rules stay.
    Precedence {
        first: NoClient,
        waits: &[DeadRules],
        extent: Extent::Registry,
        accepted: Accepted::Releases,
    },
    // All rules go, so no single one is changed or helped.
    Precedence {
        first: DeadRules,
        waits: &[
            WideRule,
            SpecialUseRange,
            DuplicateRule,
            ContainedRule,
            MergeableRules,
            RuleQuota,
            UnownedEntry,
            UnreadableRule,
            GoneSubnet,
            UnregisteredSubnet,
            DelegatedSubnet,
            SubnetsWithPrivateEndpoints,
            HiddenAddress,
            UnsupportedEndpoints,
        ],
        extent: Extent::Registry,
        accepted: Accepted::Releases,
    },
    // An endpoint that is turned on breaks connections, for a rule that admits no one.
    Precedence {
        first: DeadRules,
        waits: &[SubnetWithoutEndpoint],
        extent: Extent::Registry,
        accepted: Accepted::Holds,
    },
    Precedence {
        first: DormantRules,
        waits: &[SubnetWithoutEndpoint],
        extent: Extent::Registry,
        accepted: Accepted::Holds,
    },
    // The next step of a subnet that is gone turns on endpoints too. Where the registry stays open, its rule is still in the way
    // of every write.
    Precedence {
        first: DormantRules,
        waits: &[GoneSubnet],
        extent: Extent::Registry,
        accepted: Accepted::Releases,
    },
    Precedence {
        first: UnsupportedEndpoints,
        waits: ABOUT_SUBNETS,
        extent: Extent::Registry,
        accepted: Accepted::Holds,
    },
    Precedence {
        first: SubnetsWithPrivateEndpoints,
        waits: ABOUT_SUBNETS,
        extent: Extent::Registry,
        accepted: Accepted::Releases,
    },
    Precedence {
        first: DelegatedSubnet,
        waits: &[SubnetWithoutEndpoint],
        extent: Extent::Object,
        accepted: Accepted::Releases,
    },
    // The cache needs the bypass that the other rule offers to turn off.
    Precedence {
        first: CacheWithoutBypass,
        waits: &[TrustedServicesCut],
        extent: Extent::Registry,
        accepted: Accepted::Releases,
    },
    // The wide rule goes, so the rules inside it have to stay.
    Precedence {
        first: OpenByRule,
        waits: &[ContainedRule],
        extent: Extent::Registry,
        accepted: Accepted::Holds,
    },
    Precedence {
        first: OpenByUnion,
        waits: &[ContainedRule],
        extent: Extent::Registry,
        accepted: Accepted::Holds,
    },
    Precedence {
        first: WideRule,
        waits: &[ContainedRule],
        extent: Extent::Object,
        accepted: Accepted::Holds,
    },
    // Azure refuses every list with a private range, so no other change of the list succeeds before.
    Precedence {
        first: SpecialUseRange,
        waits: &[WideRule, ContainedRule, MergeableRules, HiddenAddress],
        extent: Extent::Registry,
        accepted: Accepted::Releases,
    },
    // Rules that go are not merged before.
    Precedence {
        first: HiddenAddress,
        waits: &[ContainedRule, MergeableRules],
        extent: Extent::Object,
        accepted: Accepted::Releases,
    },
];

/// A rule, and what it found.
pub(super) type Found = (&'static PostureCheck, Violation);

/// Leaves out what waits for another finding. `accepts` are the rules whose findings the spec accepts.
pub(super) fn without_waiting(found: Vec<Found>, accepts: &[PostureRule]) -> Vec<Found> {
    let mut waits = Vec::new();
    for (check, violation) in &found {
        waits.push(is_waiting(check.rule, violation, &found, accepts));
    }
    let mut kept = Vec::new();
    for (finding, waits) in found.into_iter().zip(waits) {
        if !waits {
            kept.push(finding);
        }
    }
    kept
}

fn is_waiting(
    rule: PostureRule,
    violation: &Violation,
    found: &[Found],
    accepts: &[PostureRule],
) -> bool {
    for row in PRECEDENCE {
        let is_released = row.accepted == Accepted::Releases && accepts.contains(&row.first);
        if is_released || !row.waits.contains(&rule) {
            continue;
        }
        for (check, first) in found {
            let shared = row.extent == Extent::Registry
                || first
                    .objects
                    .iter()
                    .any(|object| violation.objects.contains(object));
            if check.rule == row.first && shared {
                return true;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_rule_waits_for_itself() {
        for row in PRECEDENCE {
            let mut before = vec![row.first];
            let mut at = 0;
            while let Some(rule) = before.get(at).copied() {
                for other in PRECEDENCE.iter().filter(|other| other.waits.contains(&rule)) {
                    assert_ne!(
                        other.first, row.first,
                        "{rule} and {} wait for each other",
                        row.first
                    );
                    if !before.contains(&other.first) {
                        before.push(other.first);
                    }
                }
                at += 1;
            }
        }
    }
}
