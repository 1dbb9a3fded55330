//! A plan that was written to a file and comes back.

pub(crate) mod change;
pub(crate) mod checksum;
pub(crate) mod consistency;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{AnyChange, Change, FORMAT, Plan, Refusal, RegistryPlan, RowPath, judge};
use crate::model::{RegistryId, Rule, RuleTarget, Setting, strict_json};
use crate::spec::{Guardrails, ListedRule};

/// Why a text is not a plan that can be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SavedPlanError {
    #[error("it is no whole JSON document: {0}")]
    NotJson(String),
    #[error("it is `{found}`, not `{FORMAT}`")]
    OtherFormat { found: String },
    #[error("it is no plan: {0}")]
    NotAPlan(String),
    #[error("it was edited: its checksum is {computed}, and it says {stated}")]
    Edited { stated: String, computed: String },
}

impl Plan {
    /// Reads what `plan -o json` wrote. The checksum must fit, so that what is applied is what was reviewed; and since
    /// anybody can make one that fits, the plan must be what planning could have made of its basis: what it says about
    /// itself follows from its changes, and they from what was read. The guards are asked again.
    pub fn from_json(text: impl AsRef<[u8]>) -> Result<Self, SavedPlanError> {
        let value: Value =
            strict_json(text.as_ref()).map_err(|error| SavedPlanError::NotJson(error.to_string()))?;
        match value.get("format").and_then(Value::as_str) {
            Some(FORMAT) => {}
            found => {
                let found = found.unwrap_or("of no known format").to_owned();
                return Err(SavedPlanError::OtherFormat { found });
            }
        }
        let plan: Self =
            Self::deserialize(&value).map_err(|error| SavedPlanError::NotAPlan(error.to_string()))?;
        let stated = plan.checksum.clone();
        let plan = checksum::seal(plan);
        if plan.checksum != stated {
            let computed = plan.checksum;
            return Err(SavedPlanError::Edited { stated, computed });
        }
        match plan.unread(&value).or_else(|| plan.flaw()) {
            Some(flaw) => Err(SavedPlanError::NotAPlan(flaw)),
            None => Ok(plan.judged_again()),
        }
    }

    /// With every refusal that its own basis, changes and limits give, whether it has it already or not.
    fn judged_again(mut self) -> Self {
        for registry in &mut self.registries {
            let mut refusals = judge(registry, &registry.basis, &self.guards);
            refusals.retain(|refusal| !registry.refusals.contains(refusal));
            self.summary.refusals += refusals.len();
            registry.refusals.extend(refusals);
        }
        self
    }

    /// With the refusals of a plan that this one takes the place of. Planning again is no way past a guard; what Azure
    /// itself would refuse is judged afresh.
    pub fn keeping_refusals(mut self, saved: &Self) -> Self {
        for registry in &mut self.registries {
            let same = saved.registries.iter().find(|same| same.id == registry.id);
            for refusal in same.into_iter().flat_map(|same| &same.refusals) {
                let there = registry.refusals.iter().any(|other| other.code == refusal.code);
                if refusal.override_flag.is_some() && !there {
                    registry.refusals.push(refusal.clone());
                    self.summary.refusals += 1;
                }
            }
        }
        checksum::seal(self)
    }

    /// Returns true if endpoints were looked for beyond those of new rules: one goes on for a rule that is there already.
    pub fn verified_endpoints(&self) -> bool {
        self.registries.iter().any(|registry| {
            let changes = &registry.changes;
            let new: BTreeSet<&Rule> = rules_of(changes.added(Setting::VirtualNetworkRules)).collect();
            let endpoints = changes.endpoints.as_ref();
            endpoints.is_some_and(|change| rules_of(&change.add).any(|rule| !new.contains(rule)))
        })
    }

    /// By which other guardrails and ownership than `saved` its registries were planned. They are the spec's, and were
    /// reviewed with the plan: a spec that has changed since must not let past what the saved one would have stopped.
    pub fn other_terms(&self, saved: &Self) -> Vec<String> {
        let pairs = self.registries.iter().filter_map(|registry| {
            let same = saved.registries.iter().find(|same| same.id == registry.id);
            Some((registry, same?))
        });
        let differ = pairs.flat_map(|(registry, saved)| {
            let both = terms(saved).into_iter().zip(terms(registry));
            let moved = both.filter(|(then, now)| then != now);
            let name = registry.id.name();
            moved.map(move |((path, then), (_, now))| {
                format!("`{path}` of `{name}` was {then} and is {now}")
            })
        });
        differ.collect()
    }

    /// The registries whose changes are not those of `other`, by name; by id where two have one name.
    pub fn differs_from(&self, other: &Self) -> Vec<String> {
        let changes = |plan: &Self, id: &RegistryId| {
            let registry = plan.registries.iter().find(|registry| registry.id == *id);
            registry.map(|registry| {
                registry
                    .changes
                    .all()
                    .map(|change| what(&change))
                    .collect::<Vec<_>>()
            })
        };
        let mut ids: Vec<_> = self
            .registries
            .iter()
            .chain(&other.registries)
            .map(|registry| &registry.id)
            .collect();
        ids.sort();
        ids.dedup();
        ids.retain(|id| changes(self, id) != changes(other, id));
        let same_name =
            |id: &&RegistryId| ids.iter().filter(|other| other.name() == id.name()).count() > 1;
        let named = |id: &&RegistryId| match same_name(id) {
            true => id.to_string(),
            false => id.name().to_owned(),
        };
        ids.iter().map(named).collect()
    }
}

/// What a spec says of a registry beside its state, by key of the spec.
fn terms(plan: &RegistryPlan) -> [(&'static str, Value); 5] {
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
        ("ignore", json!(ignored)),
    ]
}

impl Refusal {
    /// Past a guard leads a new plan, where the flag that it names is no way: a saved plan takes none, and what a plan
    /// does on a state that nobody has seen needs a look at it first.
    pub fn plan_again(&mut self) {
        let Some(flag) = &self.override_flag else {
            return;
        };
        let (way, command) = if flag.starts_with("--") {
            (
                format!("plan again with {flag}"),
                format!("ringfence plan SPEC {flag} -o json=FILE"),
            )
        } else {
            (
                format!("plan again and {flag}"),
                "ringfence plan SPEC -o json=FILE".to_owned(),
            )
        };
        self.override_flag = Some(way);
        let again = format!("{command}, have that reviewed, then ringfence apply --plan FILE");
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

fn rules_of(listed: &[ListedRule]) -> impl Iterator<Item = &Rule> {
    listed.iter().map(|listed| &listed.rule)
}

/// Returns what a change does, without who asked for it.
fn what(change: &AnyChange) -> (RowPath, Vec<String>, Vec<String>, Option<Value>) {
    let texts = |listed: &[ListedRule]| rules_of(listed).map(ToString::to_string).collect();
    match change {
        AnyChange::Setting(Change {
            add, remove, after, ..
        }) => (change.path(), texts(add), texts(remove), after.clone()),
        AnyChange::Endpoints(endpoints) => (change.path(), texts(&endpoints.add), Vec::new(), None),
    }
}
