//! A plan that was written to a file and comes back.

pub(crate) mod change;
pub(crate) mod checksum;
pub(crate) mod consistency;
mod finishes;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use finishes::rules_of;

use super::{FORMAT, Plan, Refusal, RefusalCode, RegistryPlan, access, judge};
use crate::model::{RegistryId, Rule, RuleTarget, Setting, strict_json};
use crate::spec::{Guardrails, ListedRule};

/// The reason why a text is not a plan that can be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SavedPlanError {
    #[error("it is not a whole JSON document: {0}")]
    NotJson(String),
    #[error("it is `{found}`, not `{FORMAT}`")]
    OtherFormat { found: String },
    #[error("it lacks `format`, which a plan has: `{FORMAT}`")]
    WithoutFormat,
    #[error("it is not a plan: {0}")]
    NotAPlan(String),
    #[error("it was edited: its checksum is {computed}, and it says {stated}")]
    Edited { stated: String, computed: String },
}

impl Plan {
    /// Reads the document that `plan -o json` wrote.
    ///
    /// The checksum must fit, so that the plan that is applied is the one that was reviewed. Since anybody can make a
    /// checksum that fits, the plan must also be one that planning could have made: what it says about itself follows
    /// from its changes, and they follow from its basis. The guards judge it again.
    ///
    /// # Errors
    /// [`SavedPlanError`] if the document is not such a plan.
    pub fn from_json(text: impl AsRef<[u8]>) -> Result<Self, SavedPlanError> {
        let value: Value =
            strict_json(text.as_ref()).map_err(|error| SavedPlanError::NotJson(error.to_string()))?;
        // Check the format first: a document of another kind is not a broken plan.
        match value.get("format").and_then(Value::as_str) {
            Some(FORMAT) => {}
            Some(other) => {
                let found = other.to_owned();
                return Err(SavedPlanError::OtherFormat { found });
            }
            None => return Err(SavedPlanError::WithoutFormat),
        }
        let plan: Self =
            Self::deserialize(&value).map_err(|error| SavedPlanError::NotAPlan(error.to_string()))?;
        // Compute the checksum again from the values, not from the text.
        let stated = plan.checksum.clone();
        let plan = checksum::seal(plan);
        if plan.checksum != stated {
            let computed = plan.checksum;
            return Err(SavedPlanError::Edited { stated, computed });
        }
        match plan.unread(&value).or_else(|| plan.flaw()) {
            Some(flaw) => Err(SavedPlanError::NotAPlan(flaw)),
            None => Ok(plan.with_names().judged_again()),
        }
    }

    /// Adds the names of those who gain and lose access to a plan of an earlier version, which has none.
    fn with_names(mut self) -> Self {
        for registry in &mut self.registries {
            if registry.access.has_names() {
                continue;
            }
            let (before, after) = access::sides(&registry.basis, &registry.changes, &registry.switched);
            registry.access = access::compare(&before, &after, &registry.changes);
        }
        self
    }

    /// Adds every refusal that the plan's own basis, changes and limits give and that it lacks.
    fn judged_again(mut self) -> Self {
        for registry in &mut self.registries {
            for refusal in judge(registry, &registry.basis, &self.guards) {
                // The reviewed refusal may lack the flag, as for an expired entry.
                let known = registry
                    .refusals
                    .iter()
                    .any(|known| known.code == refusal.code && known.message == refusal.message);
                if !known {
                    registry.refusals.push(refusal);
                    self.summary.refusals += 1;
                }
            }
        }
        self
    }

    /// Refuses the registries that would gain a rule which has expired since the plan was made. Others are not affected.
    #[must_use]
    pub fn refusing_expired(mut self, today: Date) -> Self {
        for registry in &mut self.registries {
            for listed in registry.changes.added(Setting::IpRules) {
                if let Some(day) = listed.expires()
                    && today >= day
                {
                    registry.refusals.push(expired(listed, day));
                    self.summary.refusals += 1;
                }
            }
        }
        self
    }

    /// Keeps the guard refusals of a plan that this one replaces. Planning again does not pass a guard; what Azure itself
    /// would refuse is judged afresh.
    pub fn keeping_refusals(mut self, saved: &Self) -> Self {
        let mut old = by_id(saved);
        for registry in &mut self.registries {
            let Some(saved) = old.remove(&registry.id) else {
                continue;
            };
            for refusal in &saved.refusals {
                let is_there = registry.refusals.iter().any(|other| other.code == refusal.code);
                if refusal.override_flag.is_some() && !is_there {
                    registry.refusals.push(refusal.clone());
                    self.summary.refusals += 1;
                }
            }
        }
        checksum::seal(self)
    }

    /// Returns true if the plan looked for endpoints beyond those of new rules: it turns one on for a rule that is there
    /// already.
    pub fn verified_endpoints(&self) -> bool {
        for registry in &self.registries {
            let changes = &registry.changes;
            let Some(endpoints) = &changes.endpoints else {
                continue;
            };
            let new = rules_of(changes.added(Setting::VirtualNetworkRules));
            if !rules_of(&endpoints.add).is_subset(&new) {
                return true;
            }
        }
        false
    }

    /// Returns the differences in guardrails and ownership from `saved`, in words. They come from the spec and were
    /// reviewed with the plan: a spec that has changed since must not allow what the saved one would have stopped.
    pub fn other_terms(&self, saved: &Self) -> Vec<String> {
        let old = by_id(saved);
        let mut differences = Vec::new();
        for registry in &self.registries {
            let Some(saved) = old.get(&registry.id) else {
                continue;
            };
            let name = registry.id.name();
            let (then, now) = (terms(saved), terms(registry));
            for ((path, then), (_, now)) in then.into_iter().zip(now) {
                if then != now {
                    differences.push(format!("`{path}` of `{name}` was {then} and is {now}"));
                }
            }
        }
        differences
    }

    /// Returns the names of the registries whose changes are not those that `saved` still has to make, or their ids if two
    /// have one name.
    pub fn differs_from(&self, saved: &Self) -> Vec<String> {
        let (here, there) = (by_id(self), by_id(saved));
        let all: BTreeSet<&RegistryId> = here.keys().chain(there.keys()).copied().collect();
        let mut differing = Vec::new();
        // A registry that only one of the plans has differs too.
        for id in all {
            let finishes = match (here.get(id), there.get(id)) {
                (Some(here), Some(there)) => here.finishes(there),
                _ => false,
            };
            if !finishes {
                differing.push(id);
            }
        }
        // Two registries of one name, in two groups, are told apart by their ids.
        let mut names = Vec::new();
        for id in &differing {
            let same_name = differing.iter().filter(|other| other.name() == id.name());
            names.push(match same_name.count() {
                1 => id.name().to_owned(),
                _ => id.to_string(),
            });
        }
        names
    }
}

fn expired(listed: &ListedRule, day: Date) -> Refusal {
    Refusal {
        code: RefusalCode::other("expired-rule"),
        message: format!("`{}` expired on {day}, after the plan was made", listed.rule),
        measured: None,
        limit: None,
        override_flag: None,
        help: Some("plan again: `ringfence plan SPEC -o json=FILE`".to_owned()),
    }
}

/// Returns the registries of a plan by their id.
fn by_id(plan: &Plan) -> BTreeMap<&RegistryId, &RegistryPlan> {
    let pairs = plan.registries.iter().map(|registry| (&registry.id, registry));
    pairs.collect()
}

/// Returns the terms of a spec for a registry beside its wanted state, by the key of the spec.
fn terms(plan: &RegistryPlan) -> [(&'static str, Value); 6] {
    let Guardrails {
        max_removals,
        max_removal_percent,
        widest_rule,
    } = plan.guardrails;
    let ignored: BTreeSet<String> = plan.ignore.iter().map(in_one_spelling).collect();
    [
        ("guardrails.maxRemovals", json!(max_removals)),
        ("guardrails.maxRemovalPercent", json!(max_removal_percent)),
        ("guardrails.widestRule", json!(format!("/{widest_rule}"))),
        ("ownership", json!(plan.ownership)),
        ("protect", json!(plan.protect)),
        ("ignore", json!(ignored)),
    ]
}

impl Refusal {
    /// Names a new plan as the way to override a guard, where its own flag does not help: a saved plan takes no flags, and
    /// a state that was never reviewed needs a review first.
    pub fn plan_again(&mut self) {
        let Some(flag) = &self.override_flag else {
            return;
        };
        // The override of `--fail-on` is the advice to leave it out; that of a guard is a flag of `plan`.
        let (way, command) = match self.code {
            RefusalCode::FailOn(_) => (
                format!("plan again and {flag}"),
                "ringfence plan SPEC -o json=FILE".to_owned(),
            ),
            RefusalCode::Guard(_) | RefusalCode::Other { .. } => (
                format!("plan again with {flag}"),
                format!("ringfence plan SPEC {flag} -o json=FILE"),
            ),
        };
        self.override_flag = Some(way);
        // Keep the help that the guard gave; the new plan is the alternative.
        let again = format!(
            "{command}, with the other flags of this plan, have that reviewed, then ringfence apply --plan FILE"
        );
        self.help = Some(match self.help.take() {
            Some(help) => format!("{help}; or {again}"),
            None => again,
        });
    }
}

/// Returns one text for all spellings of a rule.
fn in_one_spelling(rule: &Rule) -> String {
    match rule.target() {
        RuleTarget::Ip(cidr) => cidr.to_string(),
        RuleTarget::Subnet(id) => id.key().to_owned(),
        RuleTarget::Unparsed(text) => text.to_string(),
    }
}
