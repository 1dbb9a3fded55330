//! A plan that was written to a file and comes back.

use serde_json::Value;

use super::{Change, FORMAT, Plan, RegistryPlan, Rule, Setting, StepAction, checksum};
use crate::model::RegistryId;

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
    /// Reads what `plan -o json` wrote. The checksum must fit, so that what is applied is what was reviewed.
    pub fn from_json(text: &str) -> Result<Self, SavedPlanError> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| SavedPlanError::NotJson(error.to_string()))?;
        match value.get("format").and_then(Value::as_str) {
            Some(FORMAT) => {}
            found => {
                let found = found.unwrap_or("of no known format").to_owned();
                return Err(SavedPlanError::OtherFormat { found });
            }
        }
        let plan: Self = serde_json::from_value(value)
            .map_err(|error| SavedPlanError::NotAPlan(error.to_string()))?;
        let stated = plan.checksum.clone();
        let plan = checksum::seal(plan);
        if plan.checksum != stated {
            let computed = plan.checksum;
            return Err(SavedPlanError::Edited { stated, computed });
        }
        if let Some(registry) = plan
            .registries
            .iter()
            .find(|registry| !registry.steps_fit_changes())
        {
            let message = format!("the steps of `{}` are not those of its changes", registry.id);
            return Err(SavedPlanError::NotAPlan(message));
        }
        Ok(plan)
    }

    /// The registries whose changes are not those of `other`, by name.
    pub fn differs_from(&self, other: &Self) -> Vec<String> {
        let changes = |plan: &Self, id: &RegistryId| {
            let registry = plan.registries.iter().find(|registry| registry.id == *id);
            registry.map(|registry| registry.changes.iter().map(what).collect::<Vec<_>>())
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
        ids.into_iter().map(|id| id.name().to_owned()).collect()
    }
}

impl RegistryPlan {
    /// Whether the PATCH carries every change of the registry, and there is one for nothing else.
    fn steps_fit_changes(&self) -> bool {
        let changes: Vec<Setting> = self
            .changes
            .iter()
            .map(|change| change.path)
            .filter(|path| *path != Setting::ServiceEndpoints)
            .collect();
        let patches = self.steps.iter().filter_map(|step| match &step.action {
            StepAction::PatchRegistry { settings } => Some(settings),
            StepAction::RegisterProvider { .. } | StepAction::EnableServiceEndpoint { .. } => None,
        });
        let wanted = if changes.is_empty() {
            Vec::new()
        } else {
            vec![&changes]
        };
        patches.collect::<Vec<_>>() == wanted
    }
}

/// What a change does, whoever asked for it.
fn what(change: &Change) -> (Setting, Vec<String>, Vec<String>, Option<Value>) {
    let values = |rules: &[Rule]| rules.iter().map(|rule| rule.value.clone()).collect();
    (
        change.path,
        values(&change.add),
        values(&change.remove),
        change.after.clone(),
    )
}
