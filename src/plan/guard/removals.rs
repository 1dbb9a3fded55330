//! Guards over rules: how many are removed, whether one is left, how wide a new one is.

use super::case::{GuardCase, refusal};
use crate::model::{Access, AddressSet, Admitted, Comparison, Gate, Rule, Setting};
use crate::plan::{Guard, Guards, Refusal, access};
use crate::spec::ListedRule;

/// The number of live rules from which on a percentage says something: two of three rules is not a large change.
const PERCENT_FROM: usize = 10;

/// Counts the rules that would be removed and whose clients no other rule admits: ranges may be split and joined.
fn removed(case: &GuardCase<'_>) -> usize {
    let covered: AddressSet = case.after.ip_rules.iter().filter_map(Rule::cidr).collect();
    let mut removed = case.plan.changes.removed(Setting::VirtualNetworkRules).len();
    for listed in case.plan.changes.removed(Setting::IpRules) {
        if !listed.rule.cidr().is_some_and(|cidr| covered.contains(cidr)) {
            removed += 1;
        }
    }
    removed
}

/// Refuses more removals than `maxRemovals`.
pub(crate) fn too_many(case: &GuardCase<'_>, _: &Guards) -> Vec<Refusal> {
    let Some(limit) = case.plan.guardrails.max_removals else {
        return Vec::new();
    };
    let removed = removed(case);
    if removed <= limit as usize {
        return Vec::new();
    }
    let message = format!("{removed} rules would be removed; `maxRemovals` is {limit}");
    vec![refusal(
        Guard::Removals,
        message,
        removed.to_string(),
        limit.to_string(),
    )]
}

/// Refuses the removal of a larger part of the live rules than `maxRemovalPercent`.
pub(crate) fn too_large_a_part(case: &GuardCase<'_>, _: &Guards) -> Vec<Refusal> {
    let Some(limit) = case.plan.guardrails.max_removal_percent else {
        return Vec::new();
    };
    let removed = removed(case);
    let total = case.basis.settings.all_rules().count();
    if total < PERCENT_FROM || removed * 100 <= total * limit as usize {
        return Vec::new();
    }
    // Rounded up, so that a value over the limit also reads as more than the limit.
    let percent = (removed * 100).div_ceil(total);
    let message = format!(
        "{percent} % of the live rules would be removed ({removed} of {total}); `maxRemovalPercent` is {limit}"
    );
    vec![refusal(
        Guard::Removals,
        message,
        format!("{percent} %"),
        format!("{limit} %"),
    )]
}

/// Refuses to leave a registry under `Deny` without a rule that certainly admits a client, where one got in before. A rule
/// for special-use addresses admits no client, and what leases hold goes soon.
pub(crate) fn last_rule(case: &GuardCase<'_>, _: &Guards) -> Vec<Refusal> {
    let plan = case.plan;
    let found = last_rule_between(case.before, case.after);
    if !found.is_empty() {
        return found;
    }
    match access::lasting_sides(plan, case.basis) {
        Some((before, after)) => last_rule_between(&before, &after),
        None => found,
    }
}

fn last_rule_between(before: &Access, after: &Access) -> Vec<Refusal> {
    // Disabled public access is a decision of its own.
    if after.gate() == Gate::Disabled {
        return Vec::new();
    }
    let Some(left) = Comparison::new(before, after).anyone_left() else {
        return Vec::new();
    };
    let (message, measured) = if left == Admitted::No {
        (
            "the registry would be left under `Deny` without a rule that admits a client: none could reach it from a \
             public address or a subnet",
            "0 rules",
        )
    } else {
        (
            "the registry would be left under `Deny` without a rule that is known to admit a client",
            "unknown",
        )
    };
    vec![refusal(
        Guard::LastRule,
        message.to_owned(),
        measured.to_owned(),
        "at least 1 rule under `Deny`".to_owned(),
    )]
}

/// Refuses each new IP rule that is wider than `widestRule`.
pub(crate) fn widest_rule(case: &GuardCase<'_>, _: &Guards) -> Vec<Refusal> {
    let widest = case.plan.guardrails.widest_rule;
    let mut refusals = Vec::new();
    for listed in case.plan.changes.added(Setting::IpRules) {
        if let Some(cidr) = listed.rule.cidr()
            && cidr.prefix_len() < widest
        {
            refusals.push(wider_than(listed, cidr.prefix_len(), widest));
        }
    }
    refusals
}

fn wider_than(listed: &ListedRule, prefix: u8, widest: u8) -> Refusal {
    let at = match &listed.source {
        Some(source) => format!(" ({}:{})", source.file, source.line),
        None => String::new(),
    };
    let rule = &listed.rule;
    refusal(
        Guard::WidestRule,
        format!("the new rule `{rule}`{at} is wider than `widestRule` /{widest}"),
        format!("/{prefix}"),
        format!("/{widest}"),
    )
}

#[cfg(test)]
mod tests {
    use crate::plan::guard::tests::planned;
    use crate::plan::{Guard, Guards, Policy, judge};

    #[test]
    fn joined_ranges_are_no_removals() {
        let ips: Vec<String> = (0..64).map(|n| format!("203.0.113.{n}")).collect();
        let ips: Vec<&str> = ips.iter().map(String::as_str).collect();
        let plan = planned(&ips, &["203.0.113.0/26"], &Policy::default());
        assert!(plan.refusals.is_empty(), "{:?}", plan.refusals);
    }

    #[test]
    fn rule_for_special_use_addresses_does_not_save_the_last_rule() {
        for special in ["0.0.0.0", "192.168.1.0/24"] {
            let plan = planned(&["203.0.113.7"], &[special], &Policy::default());
            assert_eq!(plan.access.opened, 0, "{special}");
            assert!(
                plan.refusals
                    .iter()
                    .any(|refusal| refusal.guard() == Some(Guard::LastRule))
            );
        }
    }

    #[test]
    fn percentage_over_the_limit_rounds_up() {
        let ips: Vec<String> = (1..=13).map(|n| format!("203.0.113.{n}")).collect();
        let ips: Vec<&str> = ips.iter().map(String::as_str).collect();
        for (goes, measured) in [(3, None), (4, Some("31 %")), (13, Some("100 %"))] {
            let plan = planned(&ips, &ips[goes..], &Policy::default());
            let refusals = judge(&plan, &plan.basis, &Guards::default());
            let removals = refusals
                .iter()
                .find(|refusal| refusal.guard() == Some(Guard::Removals));
            assert_eq!(removals.and_then(|r| r.measured.as_deref()), measured, "{goes}");
        }
    }
}
