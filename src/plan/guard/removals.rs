//! Guards over rules: how many go out, whether one is left, how wide a new one is.

use super::{Case, Guard, refusal};
use crate::model::{Cidr, Mode};
use crate::plan::{Refusal, Rule, Setting};

/// Percentages mean little on short lists: removing two of three rules is no landslide.
const PERCENT_FROM: usize = 10;

pub(crate) fn refusals(case: &Case<'_>) -> Vec<Refusal> {
    let removed = removed(case);
    let mut refusals = Vec::new();
    refusals.extend(too_many(case, removed));
    refusals.extend(too_large_a_part(case, removed));
    refusals.extend(last_rule(case));
    refusals.extend(widest_rule(case));
    refusals
}

/// Rules that would go out.
fn removed(case: &Case<'_>) -> usize {
    let lists = [Setting::IpRules, Setting::VirtualNetworkRules];
    let changes = lists.iter().filter_map(|path| case.change(*path));
    changes.map(|change| change.remove.len()).sum()
}

fn too_many(case: &Case<'_>, removed: usize) -> Option<Refusal> {
    let limit = case.plan.guardrails.max_removals?;
    (removed > limit as usize).then(|| {
        let message = format!("{removed} rules would go out; `maxRemovals` is {limit}");
        refusal(Guard::Removals, message, removed.to_string(), limit.to_string())
    })
}

fn too_large_a_part(case: &Case<'_>, removed: usize) -> Option<Refusal> {
    let limit = case.plan.guardrails.max_removal_percent?;
    let basis = case.basis;
    let total = basis.ip_rules.len() + basis.virtual_network_rules.as_ref().map_or(0, Vec::len);
    (total >= PERCENT_FROM && removed * 100 > total * limit as usize).then(|| {
        // Rounded up, so that what is over the limit reads as more than it.
        let percent = (removed * 100).div_ceil(total);
        let message = format!(
            "{percent} % of the live rules would go out ({removed} of {total}); `maxRemovalPercent` is {limit}"
        );
        refusal(Guard::Removals, message, format!("{percent} %"), format!("{limit} %"))
    })
}

fn last_rule(case: &Case<'_>) -> Option<Refusal> {
    let got_in = matches!(
        case.before.mode(),
        Mode::Open { .. } | Mode::SelectedNetworks { .. }
    );
    (got_in && case.after.mode() == Mode::Closed).then(|| {
        let message = "the registry would be left under `Deny` without a rule: nobody could reach it from a public \
                       address or a subnet"
            .to_owned();
        refusal(Guard::LastRule, message, "0 rules".to_owned(), "at least 1 rule under `Deny`".to_owned())
    })
}

fn widest_rule(case: &Case<'_>) -> Vec<Refusal> {
    let widest = case.plan.guardrails.widest_rule;
    let added = case
        .change(Setting::IpRules)
        .map_or(&[][..], |change| &change.add);
    let too_wide = |rule: &&Rule| {
        rule.value
            .parse::<Cidr>()
            .is_ok_and(|cidr| cidr.prefix_len() < widest)
    };
    let wide = added.iter().filter(too_wide);
    wide.map(|rule| wider_than(rule, widest)).collect()
}

fn wider_than(rule: &Rule, widest: u8) -> Refusal {
    let at = rule
        .source
        .as_ref()
        .map(|s| format!(" ({}:{})", s.file, s.line))
        .unwrap_or_default();
    let message = format!(
        "the new rule `{}`{at} is wider than `widestRule` /{widest}",
        rule.value
    );
    let prefix = rule.value.rsplit_once('/').map_or("32", |(_, prefix)| prefix);
    refusal(
        Guard::WidestRule,
        message,
        format!("/{prefix}"),
        format!("/{widest}"),
    )
}

#[cfg(test)]
mod tests {
    use crate::plan::guard::tests::planned;
    use crate::plan::{Guards, Policy, judge};

    #[test]
    fn a_part_over_the_limit_reads_as_more_than_the_limit() {
        let ips: Vec<String> = (1..=13).map(|n| format!("203.0.113.{n}")).collect();
        let ips: Vec<&str> = ips.iter().map(String::as_str).collect();
        for (goes, measured) in [(3, None), (4, Some("31 %")), (13, Some("100 %"))] {
            let plan = planned(&ips, &ips[goes..], &Policy::default());
            let refusals = judge(&plan, &plan.basis, &Guards::default());
            let removals = refusals.iter().find(|refusal| refusal.code == "removals");
            assert_eq!(removals.and_then(|r| r.measured.as_deref()), measured, "{goes}");
        }
    }
}
