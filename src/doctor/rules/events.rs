//! Rules about the login events of the registry.

use std::net::Ipv4Addr;

use super::evidence::{CauseRule, Evidence};
use crate::doctor::causes::{LX14, NX10};
use crate::doctor::facts::Observations;
use crate::doctor::steps::Step;
use crate::doctor::types::Confidence::Medium;
use crate::live::surroundings::{CallerTable, LogDestination, callers_query};

pub(super) const RULES: &[CauseRule] = &[
    CauseRule {
        cause: LX14,
        find: callers_were_refused,
        steps: &[Step::Callers],
    },
    CauseRule {
        cause: NX10,
        find: login_events_are_not_kept,
        steps: &[Step::LoginEvents],
    },
];

/// Callers that a verdict names.
const MOST_NAMED: usize = 10;

fn callers_were_refused(facts: &Observations) -> Option<Evidence> {
    let asked = facts.surroundings.callers.as_ref()?;
    let refused = asked.refused();
    if refused.is_empty() {
        return None;
    }
    let found = match asked.has_recent(facts.now) {
        true => Evidence::cause(Medium),
        false => Evidence::note(),
    };
    let mut found = found.fact("from", &asked.from);
    for caller in refused.iter().take(MOST_NAMED) {
        let last = caller
            .last_refused
            .map_or_else(String::new, |time| format!(", last refused {time}"));
        let requests = format!(
            "{} of {} requests refused (403){last}",
            caller.refused, caller.events
        );
        found = found.fact(&caller.name(), requests);
    }
    for caller in &refused {
        if let Ok(address) = caller.address.parse::<Ipv4Addr>() {
            let asked = format!("`ringfence explain {{name}} --from {address}`");
            found = found.remedy(format!("ask about an address: {asked}"));
            break;
        }
    }
    let losers = format!("`ringfence plan SPEC {}`", asked.plan_flag);
    Some(
        found
            .remedy(format!("see who would lose access: {losers}"))
            .only_these(),
    )
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
        "keep them: `az monitor diagnostic-settings create -n logins --resource {id} --workspace WORKSPACE_ID \
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
