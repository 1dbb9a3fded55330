//! Compares a registry after a write with the plan: every setting, also those that must not change.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{Change, LeaseConflict, RegistryPlan, RowPath};
use crate::live::LiveRegistry;
use crate::live::lease::{Lease, leases_of};
use crate::model::{Cidr, Rule, Setting, SettingValue, Settings};
use crate::spec::Ownership;

/// A setting, or the leases, that are not as they should be after a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Deviation {
    /// The setting.
    #[schemars(with = "Setting")]
    pub path: RowPath,
    /// The problems in words, to be read after the path.
    #[serde(rename = "message", serialize_with = "as_message")]
    #[schemars(with = "String")]
    pub problems: Vec<Problem>,
}

/// One difference between a setting after a write and the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The plan adds the rule, and the list lacks it.
    Absent(Rule),
    /// The plan removes the rule, and the list still has it.
    Present(Rule),
    /// The plan leaves the rule alone, and the list lost it.
    Gone(Rule),
    /// The list has a rule that neither the state before nor the spec lists.
    Unexpected(Rule),
    /// The list has a rule that the write neither found nor added.
    Unsent(Rule),
    /// The tag of a lease is not as it was sent. `None` where it is not there.
    Tag {
        tag: String,
        live: Option<String>,
        sent: Option<String>,
    },
    /// The answer does not show the setting.
    NotShown,
    /// A single setting does not have the wanted value.
    Value { live: Value, wanted: Value },
    /// A lease that was opened meanwhile is in the way.
    Lease(LeaseConflict),
    /// A running lease lost the rules of these addresses.
    Cut { lease: Lease, addresses: BTreeSet<Cidr> },
}

impl Deviation {
    /// Returns the problems in words, to be read after the path.
    pub fn message(&self) -> String {
        in_words(&self.problems)
    }

    /// Returns true if the write was accepted and an added rule is missing.
    pub fn lacks_added_rule(&self) -> bool {
        self.problems
            .iter()
            .any(|problem| matches!(problem, Problem::Absent(_)))
    }

    /// Returns true if the list has unplanned rules, and nothing else is wrong with it.
    pub(crate) fn only_has_new_rules(&self) -> bool {
        self.problems
            .iter()
            .all(|problem| matches!(problem, Problem::Unexpected(_)))
    }

    /// Returns true if the answer has no value of the single setting.
    pub(crate) fn lacks_value(&self) -> bool {
        let mut problems = self.problems.iter();
        problems.any(|problem| {
            matches!(
                problem,
                Problem::Value {
                    live: Value::Null,
                    ..
                }
            )
        })
    }

    /// Returns true if the answer does not show the setting, so that nothing is known about it.
    pub fn is_hidden(&self) -> bool {
        self.problems.contains(&Problem::NotShown)
    }

    /// Returns true if a rule that was not to change is gone.
    pub fn lost_rule(&self) -> bool {
        self.problems
            .iter()
            .any(|problem| matches!(problem, Problem::Gone(_)))
    }
}

impl Problem {
    /// Returns the rule that the problem is about, and true if the list has it.
    pub(crate) fn rule(&self) -> Option<(&Rule, bool)> {
        match self {
            Self::Absent(rule) | Self::Gone(rule) => Some((rule, false)),
            Self::Present(rule) | Self::Unexpected(rule) | Self::Unsent(rule) => Some((rule, true)),
            Self::NotShown
            | Self::Value { .. }
            | Self::Lease(_)
            | Self::Tag { .. }
            | Self::Cut { .. } => None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent(rule) => write!(f, "lacks `{rule}`"),
            Self::Present(rule) => write!(f, "still has `{rule}`"),
            Self::Gone(rule) => write!(f, "lost `{rule}`, which was to stay"),
            Self::Unexpected(rule) => write!(f, "has `{rule}`, which the spec does not list"),
            Self::Unsent(rule) => write!(f, "has `{rule}`, which was neither there nor sent"),
            Self::Tag { tag, live, sent } => match (live, sent) {
                (None, _) => write!(f, "the registry lacks the tag `{tag}`"),
                (Some(_), None) => write!(f, "the registry still has the tag `{tag}`"),
                (Some(live), Some(sent)) => write!(f, "the tag `{tag}` is `{live}`, not `{sent}`"),
            },
            Self::NotShown => f.write_str("is not shown by Azure"),
            Self::Value { live, wanted } => write!(f, "is {live}, not {wanted}"),
            Self::Lease(conflict) => f.write_str(&conflict.message()),
            Self::Cut { lease, addresses } => {
                let addresses: Vec<String> = addresses.iter().map(Cidr::to_string).collect();
                let (name, until) = (&lease.name, lease.until);
                write!(
                    f,
                    "the lease `{name}` needs {} until {until}, and the write took it away",
                    addresses.join(", ")
                )
            }
        }
    }
}

/// Writes the problems as the text that the JSON form has.
fn as_message<S: Serializer>(problems: &[Problem], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&in_words(problems))
}

fn in_words(problems: &[Problem]) -> String {
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    problems.join(", ")
}

/// Compares what the registry shows now with what was read before the write and what the plan changes of that.
pub fn deviations(plan: &RegistryPlan, before: &LiveRegistry, after: &LiveRegistry) -> Vec<Deviation> {
    let mut deviations = Vec::new();
    for setting in Setting::ALL.iter().copied() {
        // Lists are compared rule by rule, so that the message names the rule.
        let problems = if setting.is_list() {
            list_problems(plan, setting, &before.settings, &after.settings)
        } else {
            value_problem(plan, setting, &before.settings, &after.settings)
        };
        if !problems.is_empty() {
            deviations.push(Deviation {
                path: RowPath::Setting(setting),
                problems,
            });
        }
    }
    deviations
}

impl Deviation {
    /// Makes the deviation of these problems; `None` if there are none.
    pub(crate) fn of(path: RowPath, problems: Vec<Problem>) -> Option<Self> {
        (!problems.is_empty()).then_some(Self { path, problems })
    }

    /// Makes the deviation of leases that were opened meanwhile; `None` if none is in the way, and none lost a rule.
    pub(crate) fn of_leases(conflicts: Vec<LeaseConflict>, cut: Vec<Problem>) -> Option<Self> {
        let mut problems: Vec<Problem> = conflicts.into_iter().map(Problem::Lease).collect();
        problems.extend(cut);
        Self::of(RowPath::Leases, problems)
    }
}

/// Returns the running leases whose rules a write of the lists took out: they were opened between its read and itself.
pub fn cut_leases(plan: &RegistryPlan, after: &LiveRegistry, now: Timestamp) -> Vec<Problem> {
    let mut cut = Vec::new();
    if Setting::lists().all(|list| plan.change(list).is_none()) {
        return cut;
    }
    let there: BTreeSet<Cidr> = addresses_of(&after.settings);
    for lease in leases_of(after) {
        let mut addresses = &lease.addresses - &there;
        // What was gone before is not the doing of this write.
        if plan.leases.contains(&lease) {
            addresses = addresses
                .intersection(&addresses_of(&plan.basis.settings))
                .copied()
                .collect();
        }
        if !addresses.is_empty() && !lease.is_expired(now) {
            cut.push(Problem::Cut { lease, addresses });
        }
    }
    cut
}

fn addresses_of(settings: &Settings) -> BTreeSet<Cidr> {
    let rules = settings.rules(Setting::IpRules).unwrap_or_default();
    rules.iter().filter_map(Rule::cidr).collect()
}

/// Returns true if everything that the plan changes is there, as far as the registry shows it. A managed setting that is
/// hidden has no change, so no write can bring it.
pub fn is_there(plan: &RegistryPlan, before: &LiveRegistry, now: &LiveRegistry) -> bool {
    deviations(plan, before, now)
        .iter()
        .all(|deviation| deviation.is_hidden() && is_unseen(plan, deviation.path))
}

fn is_unseen(plan: &RegistryPlan, path: RowPath) -> bool {
    match path {
        RowPath::Setting(setting) => plan.unseen_setting(setting).is_some(),
        RowPath::ServiceEndpoints | RowPath::Leases => false,
    }
}

fn value_problem(
    plan: &RegistryPlan,
    setting: Setting,
    before: &Settings,
    after: &Settings,
) -> Vec<Problem> {
    let live = after.value(setting);
    // What was not shown before the write has no change, and may not hold.
    if let Some(unseen) = plan.unseen_setting(setting) {
        let live = live.map(|live| normal_json(setting, &live));
        return unseen_problem(live, &unseen.wanted).into_iter().collect();
    }
    let wanted = match plan.change(setting).and_then(Change::value) {
        Some(wanted) => Cow::Owned(wanted),
        None => match before.value(setting) {
            Some(before) => before,
            // A setting that was not shown cannot be said to have changed.
            None => return Vec::new(),
        },
    };
    if live.as_ref().is_some_and(|live| live.means(&wanted)) {
        return Vec::new();
    }
    vec![Problem::Value {
        live: live.map_or(Value::Null, |live| normal_json(setting, &live)),
        wanted: normal_json(setting, &wanted),
    }]
}

fn unseen_problem(live: Option<Value>, wanted: &Value) -> Option<Problem> {
    match live {
        None => Some(Problem::NotShown),
        Some(live) if live == *wanted => None,
        Some(live) => Some(Problem::Value {
            live,
            wanted: wanted.clone(),
        }),
    }
}

/// Compares a list that was hidden before the write with what is wanted of it.
fn unseen_rules(wanted: &Value, live: &[Rule]) -> Vec<Problem> {
    let texts = wanted.as_array().into_iter().flatten();
    let wanted: BTreeSet<Rule> = texts.filter_map(Value::as_str).map(Rule::parse).collect();
    let live: BTreeSet<Rule> = live.iter().cloned().collect();
    let mut problems = Vec::new();
    for rule in wanted.difference(&live) {
        problems.push(Problem::Absent(rule.clone()));
    }
    for rule in live.difference(&wanted) {
        problems.push(Problem::Present(rule.clone()));
    }
    problems
}

/// Returns a single value in ARM's own case.
fn normal_json(setting: Setting, value: &SettingValue) -> Value {
    match value.word().and_then(|word| setting.known_word(word)) {
        Some(word) => word.into(),
        None => value.to_json(),
    }
}

/// Returns the rules that a plan adds to a list and those that it removes.
fn planned(plan: &RegistryPlan, list: Setting) -> (BTreeSet<&Rule>, BTreeSet<&Rule>) {
    let added = plan.changes.added(list).iter().map(|listed| &listed.rule);
    let removed = plan.changes.removed(list).iter().map(|listed| &listed.rule);
    (added.collect(), removed.collect())
}

fn list_problems(
    plan: &RegistryPlan,
    list: Setting,
    before: &Settings,
    after: &Settings,
) -> Vec<Problem> {
    // A list that was hidden and that shows now: a later read tells more than the one that the plan rests on.
    if let (Some(unseen), Some(after)) = (plan.unseen_setting(list), after.rules(list)) {
        return unseen_rules(&unseen.wanted, after);
    }
    let (Some(before), Some(after)) = (before.rules(list), after.rules(list)) else {
        return plan.change(list).map(|_| Problem::NotShown).into_iter().collect();
    };
    let (add, remove) = planned(plan, list);
    let before: BTreeSet<&Rule> = before.iter().collect();
    let after: BTreeSet<&Rule> = after.iter().collect();
    let mut problems = Vec::new();
    // The rules of the plan itself.
    for rule in add.difference(&after) {
        problems.push(Problem::Absent((*rule).clone()));
    }
    for rule in remove.intersection(&after) {
        problems.push(Problem::Present((*rule).clone()));
    }
    // Rules that the plan leaves alone must still be there.
    for rule in before.difference(&after) {
        if !remove.contains(rule) {
            problems.push(Problem::Gone((*rule).clone()));
        }
    }
    // A rule that the plan does not know breaks a list that the spec owns, or one that the plan was to leave alone.
    for rule in after.difference(&before) {
        if !add.contains(rule) && is_unexpected(plan, list, rule) {
            problems.push(Problem::Unexpected((*rule).clone()));
        }
    }
    problems
}

/// Returns true if a list lacks a rule that the plan adds, or the default action is not the planned one, as they are when a
/// rival has written an older state over ours.
pub fn lacks(plan: &RegistryPlan, live: &LiveRegistry) -> bool {
    let wanted = plan.change(Setting::DefaultAction).and_then(Change::value);
    if let (Some(wanted), Some(live)) = (wanted, live.settings.value(Setting::DefaultAction))
        && !live.means(&wanted)
    {
        return true;
    }
    Setting::lists().any(|list| {
        let there: BTreeSet<&Rule> = live.settings.rules(list).unwrap_or_default().iter().collect();
        !planned(plan, list).0.is_subset(&there)
    })
}

/// Returns the rules of others that were in a list that we share with them and are there no more.
pub fn gone(plan: &RegistryPlan, before: &LiveRegistry, after: &LiveRegistry) -> BTreeSet<Rule> {
    let mut gone = BTreeSet::new();
    if plan.ownership != Ownership::Additive {
        return gone;
    }
    for list in Setting::lists() {
        let (before, after) = (before.settings.rules(list), after.settings.rules(list));
        let (true, Some(before), Some(after)) = (plan.managed.contains(&list), before, after) else {
            continue;
        };
        let (_, removed) = planned(plan, list);
        let after: BTreeSet<&Rule> = after.iter().collect();
        // A rule that we removed ourselves is not lost.
        for rule in before {
            if !after.contains(rule) && !removed.contains(rule) {
                gone.insert(rule.clone());
            }
        }
    }
    gone
}

/// Returns true if a new unplanned rule is a deviation, rather than the rule of another writer.
fn is_unexpected(plan: &RegistryPlan, list: Setting, rule: &Rule) -> bool {
    !plan.managed.contains(&list) || (plan.ownership == Ownership::Exact && !plan.ignores(rule))
}
