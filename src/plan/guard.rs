//! Guards: what a plan may not do unless the caller says so.

use std::fmt;

use super::{BrokenExpectation, Effect, Policy, Refusal, RegistryPlan, Rule, Setting};
use crate::live::{Reading, SubnetRules};
use crate::model::{Access, Cidr, Client, Mode};
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
    /// An address that is to be protected would lose access, or may.
    OwnAddress,
}

/// A kind of change that `--fail-on` refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailOn {
    /// Somebody gains access.
    Widens,
    /// Somebody loses access.
    Narrows,
    /// `defaultAction` changes.
    DefaultAction,
    /// `publicNetworkAccess` changes.
    PublicAccess,
    /// `dataEndpointEnabled` changes, and with it host names for every client.
    DataEndpoint,
}

impl FailOn {
    /// Every kind, for help texts.
    pub const ALL: [Self; 5] = [
        Self::Widens,
        Self::Narrows,
        Self::DefaultAction,
        Self::PublicAccess,
        Self::DataEndpoint,
    ];

    /// The name that `--fail-on` takes; also the refusal's code.
    pub fn name(self) -> &'static str {
        match self {
            Self::Widens => "widens",
            Self::Narrows => "narrows",
            Self::DefaultAction => "default-action",
            Self::PublicAccess => "public-access",
            Self::DataEndpoint => "data-endpoint",
        }
    }

    /// What of the plan is of this kind, in words.
    fn found(self, plan: &RegistryPlan) -> Option<String> {
        let access = &plan.access;
        let changes = |path: Setting| plan.change(path).map(|_| format!("`{}` changes", path.path()));
        let (gains, loses) = match access.effect {
            Effect::Both => (true, true),
            Effect::Widens => (true, false),
            Effect::Narrows => (false, true),
            Effect::None => (false, false),
        };
        match self {
            Self::Widens => gains.then(|| {
                format!(
                    "access widens: {} addresses and {} subnets gain it",
                    access.opened,
                    access.subnets_opened.len()
                )
            }),
            Self::Narrows => loses.then(|| {
                format!(
                    "access narrows: {} addresses and {} subnets lose it",
                    access.closed,
                    access.subnets_closed.len()
                )
            }),
            Self::DefaultAction => changes(Setting::DefaultAction),
            Self::PublicAccess => changes(Setting::PublicNetworkAccess),
            Self::DataEndpoint => changes(Setting::DataEndpointEnabled),
        }
    }
}

impl Guard {
    /// Every guard, for help texts.
    pub const ALL: [Self; 5] = [
        Self::Removals,
        Self::LastRule,
        Self::WidestRule,
        Self::Expect,
        Self::OwnAddress,
    ];

    /// The name that `--override` takes; also the refusal's code.
    pub fn name(self) -> &'static str {
        match self {
            Self::Removals => "removals",
            Self::LastRule => "last-rule",
            Self::WidestRule => "widest-rule",
            Self::Expect => "expect",
            Self::OwnAddress => "own-address",
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
    if !policy.restore {
        refusals.extend(own_address(plan, before, after, policy));
    }
    refusals.extend(policy.fail_on.iter().filter_map(|kind| fail_on(*kind, plan)));
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

fn fail_on(kind: FailOn, plan: &RegistryPlan) -> Option<Refusal> {
    let found = kind.found(plan)?;
    Some(Refusal {
        code: kind.name().into(),
        message: format!("{found}, and `--fail-on {}` refuses that", kind.name()),
        measured: Some(found),
        limit: Some("none of it".to_owned()),
        override_flag: Some(format!("leave out --fail-on {}", kind.name())),
        help: None,
    })
}

/// Whoever closes a registry should not close it to themselves.
fn own_address(plan: &RegistryPlan, before: &Access, after: &Access, policy: &Policy) -> Vec<Refusal> {
    let loses = |cidr: &&Cidr| {
        let client = Client::Address(**cidr);
        before.verdict(&client).allowed() && !after.verdict(&client).allowed()
    };
    let mut refusals: Vec<Refusal> = policy
        .protect
        .iter()
        .filter(loses)
        .map(|cidr| {
            let message = format!("the protected address `{cidr}` would lose access");
            refusal(
                Guard::OwnAddress,
                message,
                "not allowed".to_owned(),
                "allowed".to_owned(),
            )
        })
        .collect();
    let unknown = policy.protect.is_empty() && policy.admitted.contains(&plan.id);
    if unknown && plan.access.closed > 0 {
        let message = "this machine is admitted now, and whether it will be is not known: no registry of this run names \
                       its address";
        let mut refusal = refusal(
            Guard::OwnAddress,
            message.to_owned(),
            "unknown".to_owned(),
            "allowed".to_owned(),
        );
        refusal.help = Some("name the address: --protect IP".to_owned());
        refusals.push(refusal);
    }
    refusals
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
