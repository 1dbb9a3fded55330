//! Guards: what a plan may not do unless the caller says so.

use std::fmt;

use super::{BrokenExpectation, Policy, Refusal, RegistryPlan, Rule, Setting};
use crate::live::{Reading, SubnetRules};
use crate::model::{Access, Cidr, Mode};
use crate::spec::{Expectation, RegistrySpec};

/// A guard, by the name that `--override` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guard {
    /// More rules go out than the guardrails allow.
    Removals,
    /// The registry would be left under `Deny` without a single rule.
    LastRule,
    /// A new rule is wider than the guardrails allow.
    WidestRule,
    /// An expectation of the spec does not hold in the wanted state.
    Expect,
}

impl Guard {
    /// Every guard, for help texts.
    pub const ALL: [Self; 4] = [Self::Removals, Self::LastRule, Self::WidestRule, Self::Expect];

    /// The name that `--override` takes; also the refusal's code.
    pub fn name(self) -> &'static str {
        match self {
            Self::Removals => "removals",
            Self::LastRule => "last-rule",
            Self::WidestRule => "widest-rule",
            Self::Expect => "expect",
        }
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Percentages mean little on short lists: removing two of three rules is no landslide.
const PERCENT_FROM: usize = 10;

/// Every guard that this plan breaks and that is not overridden.
pub(super) fn refusals(
    wanted: &RegistrySpec,
    reading: &Reading,
    plan: &RegistryPlan,
    before: &Access,
    after: &Access,
    policy: &Policy,
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if !policy.restore && !plan.changes.is_empty() {
        refusals.extend(removals(wanted, reading, plan));
        refusals.extend(last_rule(before, after));
    }
    refusals.extend(widest_rule(wanted, plan));
    refusals.extend(
        wanted
            .expect
            .iter()
            .filter_map(|expectation| broken(expectation, after)),
    );
    refusals.retain(|refusal| !policy.overrides.iter().any(|guard| guard.name() == refusal.code));
    refusals
}

fn refusal(guard: Guard, message: String, measured: String, limit: String) -> Refusal {
    Refusal {
        code: guard.name().into(),
        message,
        measured: Some(measured),
        limit: Some(limit),
        override_flag: Some(format!("--override {guard}")),
        help: None,
    }
}

fn removals(wanted: &RegistrySpec, reading: &Reading, plan: &RegistryPlan) -> Vec<Refusal> {
    let lists = [Setting::IpRules, Setting::VirtualNetworkRules];
    let removed: usize = lists
        .iter()
        .filter_map(|path| plan.change(*path))
        .map(|change| change.remove.len())
        .sum();
    let mut refusals = Vec::new();
    if let Some(limit) = wanted
        .guardrails
        .max_removals
        .filter(|limit| removed > *limit as usize)
    {
        let message = format!("{removed} rules would go out; `maxRemovals` is {limit}");
        refusals.push(refusal(
            Guard::Removals,
            message,
            removed.to_string(),
            limit.to_string(),
        ));
    }
    let total = live_rules(reading);
    if let Some(limit) = wanted.guardrails.max_removal_percent
        && total >= PERCENT_FROM
        && removed * 100 > total * limit as usize
    {
        let percent = removed * 100 / total;
        let message = format!(
            "{percent} % of the live rules would go out ({removed} of {total}); `maxRemovalPercent` is {limit}"
        );
        refusals.push(refusal(
            Guard::Removals,
            message,
            format!("{percent} %"),
            format!("{limit} %"),
        ));
    }
    refusals
}

fn live_rules(reading: &Reading) -> usize {
    let subnets = match &reading.registry.subnet_rules {
        SubnetRules::Shown(rules) => rules.len(),
        SubnetRules::Hidden | SubnetRules::Unsupported => 0,
    };
    reading.registry.ip_rules.len() + subnets
}

fn last_rule(before: &Access, after: &Access) -> Option<Refusal> {
    let got_in = matches!(before.mode(), Mode::Open { .. } | Mode::SelectedNetworks { .. });
    let closes = after.mode() == Mode::Closed && got_in;
    closes.then(|| {
        let message = "the registry would be left under `Deny` without a rule: nobody could reach it from a public \
                       address or a subnet"
            .to_owned();
        refusal(Guard::LastRule, message, "0 rules".to_owned(), "at least 1 rule under `Deny`".to_owned())
    })
}

fn widest_rule(wanted: &RegistrySpec, plan: &RegistryPlan) -> Vec<Refusal> {
    let widest = wanted.guardrails.widest_rule;
    let added = plan
        .change(Setting::IpRules)
        .map_or(&[][..], |change| &change.add);
    let too_wide = |rule: &&Rule| {
        rule.value
            .parse::<Cidr>()
            .is_ok_and(|cidr| cidr.prefix_len() < widest)
    };
    let refuse = |rule: &Rule| {
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
    };
    added.iter().filter(too_wide).map(refuse).collect()
}

/// The expectations that do not hold.
pub(super) fn broken_expectations(wanted: &RegistrySpec, access: &Access) -> Vec<BrokenExpectation> {
    let broken = wanted
        .expect
        .iter()
        .filter(|expectation| !expectation.holds(access));
    broken
        .map(|expectation| BrokenExpectation {
            client: expectation.written.to_string(),
            allowed: expectation.allowed,
            source: expectation.source.clone(),
        })
        .collect()
}

/// The refusal of an expectation that fails.
fn broken(expectation: &Expectation, after: &Access) -> Option<Refusal> {
    let holds = expectation.holds(after);
    (!holds).then(|| {
        let verb = |allowed| if allowed { "allowed" } else { "denied" };
        let at = expectation
            .source
            .as_ref()
            .map(|s| format!("{}:{}: ", s.file, s.line))
            .unwrap_or_default();
        let (client, wanted) = (&expectation.client, verb(expectation.allowed));
        let named = match &*expectation.written {
            written if written == client.to_string() => format!("`{written}`"),
            written => format!("`{written}` ({client})"),
        };
        let message =
            format!("{at}{named} is expected to be {wanted}, and the wanted state would not do that");
        let measured = if expectation.allowed {
            "not allowed"
        } else {
            "not denied"
        };
        refusal(Guard::Expect, message, measured.to_owned(), wanted.to_owned())
    })
}
