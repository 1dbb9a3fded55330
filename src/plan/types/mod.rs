//! The plan as a value. Its JSON form is `ringfence.plan/1`.

pub(crate) mod expectation;
pub(crate) mod impact;
pub(crate) mod lease_conflict;
pub(crate) mod refusal;
pub(crate) mod row_path;
pub(crate) mod step;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use super::{AccessChange, Basis, Change, ChangeCount, Changes, Guards, RefusalCode};
use crate::live::LastModified;
use crate::live::lease::Lease;
use crate::model::{Access, Failure, RegistryId, Rule, Setting, SubnetId, is_zero};
use crate::spec::{Guardrails, ListedRule, Ownership, Source, SpecPart};
use expectation::BrokenExpectation;
use impact::Impact;
use lease_conflict::LeaseConflict;
use refusal::{Note, Refusal};
use step::{Step, SwitchedSubnet};

/// Name and version of the JSON form.
pub const FORMAT: &str = "ringfence.plan/1";

/// The plan of a run: the changes of every registry.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Always `ringfence.plan/1`.
    pub format: String,
    /// `sha256:` over everything but `created`, `spec`, `impacts` and itself.
    pub checksum: String,
    /// RFC 3339, UTC.
    pub created: String,
    /// Files and folders as they were named on the command line.
    pub specs: Vec<String>,
    /// The content of these files, and the shard of it. The checksum leaves it out: a comment is no change.
    #[serde(default, skip_serializing_if = "SpecPart::is_empty")]
    pub spec: SpecPart,
    /// The guards that judged it, beside the guardrails of the spec.
    pub guards: Guards,
    /// Sorted by id.
    pub registries: Vec<RegistryPlan>,
    /// Registries that could not be read. The others are planned all the same.
    #[serde(serialize_with = "without_request_ids")]
    pub failures: Vec<RegistryFailure>,
    /// The callers of the registries, if they were asked for. They belong to no decision, so the checksum leaves them out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub impacts: Vec<Impact>,
    pub summary: Summary,
}

/// A registry that could not be read.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RegistryFailure {
    #[schemars(with = "String")]
    pub id: RegistryId,
    /// The place in the spec that names the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    pub error: Failure,
}

/// The plan of one registry.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistryPlan {
    #[schemars(with = "String")]
    pub id: RegistryId,
    /// The place in the spec that names the registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    pub mode: ModeChange,
    pub access: AccessChange,
    /// Only managed settings that differ.
    pub changes: Changes,
    /// Subnets whose service endpoint the run turns on, for this registry or for another one: those that decide about
    /// clients of this registry, before the change or after it, and those that its expectations name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub switched: Vec<SwitchedSubnet>,
    /// In the order in which they are done.
    pub steps: Vec<Step>,
    pub notes: Vec<Note>,
    /// Non-empty: nothing is written for this registry.
    pub refusals: Vec<Refusal>,
    /// The state that was read and that the plan rests on.
    pub basis: Basis,
    /// The limits of the spec that it was judged by.
    pub guardrails: Guardrails,
    /// The last writer of the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<LastModified>,
    /// True if the spec protects the registry: no rule may be removed, and access may not narrow or open to everyone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protect: bool,
    /// The settings that the spec manages, changed or not.
    pub managed: Vec<Setting>,
    /// The treatment of live rules that the spec does not list.
    pub ownership: Ownership,
    /// Ranges and subnets whose rules belong to others.
    #[schemars(with = "Vec<String>")]
    pub ignore: Vec<Rule>,
    /// Rules of running leases, which stay until these end. They are no part of the spec.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub leased: Vec<Rule>,
    /// The leases of the registry: what they hold goes when they are closed, so it counts for nothing that is to last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leases: Vec<Lease>,
    /// Leases that hold what the plan wants, or need what it takes out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held_by_lease: Vec<LeaseConflict>,
    /// Rules of the spec that are live already, where others share the lists: they must stay. Empty where the spec owns
    /// the lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub listed: Vec<Rule>,
    /// Expectations that the live state breaks today.
    pub broken: Vec<BrokenExpectation>,
    /// Wanted subnets that do not exist.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<ListedRule>,
    /// Live rules that the spec does not list and that stay all the same, because they are neither IPv4 ranges nor subnet
    /// ids and their clients are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    #[serde(rename = "unreadable")]
    pub unparsed: Vec<Rule>,
    /// Managed settings that the answer did not show. Nothing is written for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<UnseenSetting>,
    /// True if the spec leaves the service endpoints of its subnets to others (`serviceEndpoints: assume`).
    #[serde(
        default,
        rename = "assumesEndpoints",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub assumes_endpoints: bool,
    /// Subnets that could not be read. A restore leaves their new rules out if Azure refuses the list.
    #[serde(skip)]
    pub may_leave_out: BTreeSet<SubnetId>,
}

/// A managed setting that the api-version does not show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnseenSetting {
    pub path: Setting,
    /// As it is wanted.
    pub wanted: serde_json::Value,
}

/// Access mode before and after, in the words of the documentation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModeChange {
    pub before: String,
    pub after: String,
}

/// Leaves out the ids of requests, so that two plans of one state are the same.
fn without_request_ids<S: Serializer>(
    failures: &[RegistryFailure],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut failures = failures.to_vec();
    for failure in &mut failures {
        failure.error.request_id = None;
    }
    failures.serialize(serializer)
}

impl ModeChange {
    /// Returns the modes of two states.
    pub(crate) fn between(before: &Access, after: &Access) -> Self {
        Self {
            before: before.mode_in_words(),
            after: after.mode_in_words(),
        }
    }
}

impl RegistryPlan {
    /// Returns true if applying would write nothing.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Returns true if applying would write something: there is a step to do, and no refusal.
    pub fn writes(&self) -> bool {
        !self.is_empty() && self.refusals.is_empty()
    }

    /// Returns true if a guard is broken. A guard has a flag that overrides it; a refusal by Azure or by the calendar has
    /// none.
    pub fn breaks_guard(&self) -> bool {
        self.refusals
            .iter()
            .any(|refusal| refusal.override_flag.is_some())
    }

    /// Takes the flag from each refusal that `unexpired`, the plan without the calendar, does not have. Such a refusal stops
    /// this registry and no other.
    pub(crate) fn keep_expiry_to_itself(&mut self, unexpired: &Self) {
        for refusal in &mut self.refusals {
            let same = unexpired.refusals.iter().any(|other| other.code == refusal.code);
            if !same && let Some(flag) = refusal.override_flag.take() {
                // The override of `--fail-on` is the advice to leave it out; that of a guard is a flag of `plan`.
                let way = match refusal.code {
                    RefusalCode::FailOn(_) => flag,
                    RefusalCode::Guard(_) | RefusalCode::Other { .. } => format!("plan with {flag}"),
                };
                let help = format!("only an entry that has expired causes this; to allow it, {way}");
                refusal.help = Some(match refusal.help.take() {
                    Some(first) => format!("{first}; {help}"),
                    None => help,
                });
            }
        }
    }

    /// Returns the change to one setting.
    pub fn change(&self, setting: Setting) -> Option<&Change> {
        self.changes.get(setting)
    }

    /// Returns a managed setting that was not shown.
    pub(crate) fn unseen_setting(&self, setting: Setting) -> Option<&UnseenSetting> {
        self.unseen.iter().find(|unseen| unseen.path == setting)
    }

    /// Returns true if the rule is in a range, or for a subnet, that the spec leaves to others, or if a lease holds it.
    pub(crate) fn ignores(&self, rule: &Rule) -> bool {
        self.leased.contains(rule) || self.ignore.iter().any(|ignored| ignored.covers(rule))
    }
}

impl Plan {
    /// Returns true if applying would write nothing.
    pub fn is_empty(&self) -> bool {
        self.registries.iter().all(RegistryPlan::is_empty)
    }

    /// Returns true if a guard is broken on some registry, which stops the whole run.
    pub fn is_stopped(&self) -> bool {
        self.registries.iter().any(RegistryPlan::breaks_guard)
    }

    /// Returns true if applying would write something.
    pub fn writes(&self) -> bool {
        !self.is_stopped() && self.registries.iter().any(RegistryPlan::writes)
    }
}

/// Counts over the whole plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Registries that were planned or failed.
    pub registries: usize,
    /// Registries with changes.
    pub changed: usize,
    /// Rules that go in.
    pub add: usize,
    /// Single values that change, and subnets whose service endpoint is turned on, each subnet once.
    pub change: usize,
    /// Rules that go out.
    pub remove: usize,
    pub notes: usize,
    pub refusals: usize,
    /// Registries whose changes nothing stands against but the guard that another registry breaks. It stops the whole run.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub stopped: usize,
    /// Registries that could not be read.
    pub failed: usize,
}

impl Summary {
    /// Returns the sums of two summaries.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            registries: self.registries + other.registries,
            changed: self.changed + other.changed,
            add: self.add + other.add,
            change: self.change + other.change,
            remove: self.remove + other.remove,
            notes: self.notes + other.notes,
            refusals: self.refusals + other.refusals,
            stopped: self.stopped + other.stopped,
            failed: self.failed + other.failed,
        }
    }

    /// Returns the summary without this number of subnets whose endpoint is turned on.
    #[must_use]
    pub(crate) fn without_endpoints(self, count: usize) -> Self {
        Self {
            change: self.change.saturating_sub(count),
            ..self
        }
    }
}

impl Summary {
    /// Counts the plans of some registries; `failed` others could not be read.
    pub(crate) fn of(registries: &[RegistryPlan], failed: usize) -> Self {
        let mut summary = Self {
            registries: registries.len() + failed,
            failed,
            ..Self::default()
        };
        // Registries that share a subnet turn its endpoint on once.
        let mut subnets = BTreeSet::new();
        for registry in registries {
            summary.changed += usize::from(!registry.changes.is_empty());
            summary.notes += registry.notes.len();
            summary.refusals += registry.refusals.len();
            for change in &registry.changes.settings {
                let ChangeCount { add, change, remove } = change.count();
                summary.add += add;
                summary.change += change;
                summary.remove += remove;
            }
            if let Some(endpoints) = &registry.changes.endpoints {
                subnets.extend(endpoints.add.iter().filter_map(|listed| listed.rule.subnet()));
            }
        }
        summary.change += subnets.len();
        if registries.iter().any(RegistryPlan::breaks_guard) {
            summary.stopped = registries.iter().filter(|registry| registry.writes()).count();
        }
        summary
    }
}
