//! Rules about the login events of the registry.

use super::evidence::{CauseRule, Evidence};
use crate::doctor::causes::{LX14, NX10};
use crate::doctor::facts::Observations;
use crate::doctor::types::Confidence::Medium;
use crate::live::surroundings::{CallerTable, LogDestination, callers_query};

pub(super) const RULES: &[CauseRule] = &[
    CauseRule {
        cause: LX14,
        find: callers_were_refused,
    },
    CauseRule {
        cause: NX10,
        find: login_events_are_not_kept,
    },
];

/// Callers that a verdict names.
const MOST_NAMED: usize = 10;

fn callers_were_refused(facts: &Observations) -> Option<Evidence> {
    let asked = facts.surroundings.callers.as_ref()?;
    let refused: Vec<_> = asked
        .callers
        .as_ref()
        .ok()?
        .iter()
        .filter(|caller| caller.refused > 0)
        .collect();
    if refused.is_empty() {
        return None;
    }
    let mut found = Evidence::cause(Medium).fact("from", &asked.from);
    for caller in refused.iter().take(MOST_NAMED) {
        let last = caller
            .last_seen
            .map_or_else(String::new, |time| format!(", last {time}"));
        let requests = format!(
            "{} of {} requests refused (403){last}",
            caller.refused, caller.events
        );
        found = found.fact(&format!("{} {}", caller.address, caller.identity), requests);
    }
    Some(found)
}

fn login_events_are_not_kept(facts: &Observations) -> Option<Evidence> {
    let settings = facts.surroundings.logging.as_ref()?.as_ref().ok()?;
    let in_workspace = settings.iter().any(|setting| {
        let mut destinations = setting.destinations.iter();
        setting.sends_logins && destinations.any(|place| matches!(place, LogDestination::Workspace(_)))
    });
    if in_workspace {
        return None;
    }
    let id = &facts.reading()?.registry.id;
    let remedy = format!(
        "keep them: `az monitor diagnostic-settings create -n logins --resource {id} --workspace WORKSPACE \
         --logs '[{{category:ContainerRegistryLoginEvents,enabled:true}}]'`"
    );
    let query = callers_query(CallerTable::Logins, id, 30).replace('\n', " ");
    Some(
        Evidence::note()
            .fact("diagnostic settings", settings.len())
            .remedy(remedy)
            .remedy(format!("then ask for the callers: `{query}`"))
            .only_these(),
    )
}
