//! Lists of tasks, agent pools and artifact cache rules (specification: Tasks - List, Agent Pools - List, Cache Rules - List).
//!
//! The sandbox makes none of them. Cache rules come with the state; the other lists are empty.

use serde_json::{Value, json};

use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::json::{id, is};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::protocol::{errors, paging};
use crate::sandbox::registry::lookup::registry_of;

/// Answers the tasks of a registry.
pub(crate) fn list_tasks(_: &mut Call<'_>, _: &PathValues<'_>) -> Answered {
    Ok(Answer::ok(json!({"value": []})))
}

/// Answers the artifact cache rules of a registry, in pages.
pub(crate) fn list_cache_rules(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let below = format!("{}/cacheRules/", id(&registry_of(call, at)?)).to_ascii_lowercase();
    let found: Vec<Value> = call.store.under(&below).map(|(_, rule)| rule.clone()).collect();
    paging::answer(call, &found, |rule| Ok(rule.clone()))
}

/// Answers the agent pools of a registry, which only Premium can have (docs: tasks-agent-pools).
pub(crate) fn list_agent_pools(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    if !is(&registry_of(call, at)?, "/sku/name", "Premium") {
        return Err(errors::not_established(
            "the agent pools of a registry below Premium",
        ));
    }
    Ok(Answer::ok(json!({"value": []})))
}
