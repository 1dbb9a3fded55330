//! Plays a fault: changes the request, the answer, the state, or the connection.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::fault::{Effect, Fault};
use super::played::{Played, Process, Wire};
use super::{operations, responses};
use crate::sandbox::protocol::json::text;
use crate::sandbox::protocol::request::Request;
use crate::sandbox::protocol::response::Answer;
use crate::sandbox::state::store::Store;

/// The faults of a sandbox, how often each was matched, and the operations that they have under way.
pub(crate) struct Faults {
    list: Vec<(Fault, u64)>,
    /// By path in lower case.
    operations: BTreeMap<String, Doomed>,
    retry_after: u32,
}

/// An operation that a fault has in hand.
struct Doomed {
    fate: Fate,
    /// What its resource says meanwhile, `Creating` or `Updating`.
    verb: &'static str,
}

/// How an operation goes on.
enum Fate {
    /// Ends after these polls: the real one where there is one, else `Succeeded`.
    Runs {
        left: u32,
        real: bool,
    },
    Fails {
        code: String,
        message: String,
    },
    Stuck,
}

impl Faults {
    pub(crate) fn new(list: Vec<Fault>, retry_after: u32) -> Self {
        Self {
            list: list.into_iter().map(|fault| (fault, 0)).collect(),
            operations: BTreeMap::new(),
            retry_after,
        }
    }

    /// The fault that strikes this request: the first that concerns it. All that match count it.
    pub(crate) fn next(&mut self, request: &Request) -> Option<Effect> {
        let mut found = None;
        for (fault, count) in &mut self.list {
            if !fault.when.concerns(request.method.as_str(), &request.path) {
                continue;
            }
            *count += 1;
            let strikes = fault.when.nth.is_empty() || fault.when.nth.contains(count);
            if strikes && found.is_none() {
                found = Some(fault.effect.clone());
            }
        }
        found
    }

    /// The answer to the poll of an operation that a fault has in hand.
    pub(crate) fn poll(&mut self, request: &Request) -> Option<Answer> {
        let path = request.path.to_ascii_lowercase();
        let Doomed { fate, verb } = self.operations.get_mut(&path)?;
        match fate {
            Fate::Fails { code, message } => Some(responses::failed(code, message)),
            Fate::Stuck => Some(responses::running(request, verb, self.retry_after)),
            Fate::Runs { left: 0, real: true } => None,
            Fate::Runs { left: 0, real: false } => Some(Answer::ok(json!({"status": "Succeeded"}))),
            Fate::Runs { left, .. } => {
                *left -= 1;
                Some(responses::running(request, verb, self.retry_after))
            }
        }
    }

    /// Plays a fault on a request; `actor` is who sends it.
    pub(crate) fn play(
        &mut self,
        effect: Effect,
        store: &mut Store,
        request: &Request,
        actor: &str,
        process: Process<'_>,
    ) -> Played {
        match effect {
            Effect::Status(fault) => {
                if fault.processed {
                    process(store, request);
                }
                Played::whole(responses::status(&fault, request, actor))
            }
            Effect::Reset => Played::by(Wire::Cut, responses::failed("", "")),
            Effect::ResetAfter => Played::by(Wire::Cut, process(store, request)),
            Effect::Slow(delay) => Played {
                delay,
                ..Played::whole(process(store, request))
            },
            Effect::Truncate => Played::by(Wire::Truncated, process(store, request)),
            Effect::Garbage => Played::by(Wire::Garbage, process(store, request)),
            Effect::LostWrite => Played::whole(operations::lost(store, request, process)),
            Effect::PolicyDeny { policy } => Played::whole(responses::disallowed(&policy, request)),
            Effect::PolicyModify { set } => Played::whole(process(store, &merged(request, &set))),
            Effect::ClearOmittedLists => Played::whole(process(store, &with_both_lists(request))),
            Effect::ExpiredToken => Played::whole(crate::sandbox::entra::bearer::expired(request)),
            Effect::Lro { polls } => {
                let answer = operations::begun(store, request, process, self.retry_after);
                let real = operations::link(&answer).is_some();
                Played::whole(self.takes_over(request, answer, Fate::Runs { left: polls, real }))
            }
            Effect::LroStuck => {
                let answer = operations::begun(store, request, process, self.retry_after);
                if let Some(uri) = operations::link(&answer) {
                    let id = uri.path().rsplit('/').next().unwrap_or_default();
                    store.operations.hold(id);
                }
                Played::whole(self.takes_over(request, answer, Fate::Stuck))
            }
            Effect::LroFailed { code, message } => {
                let answer = operations::lost(store, request, process);
                Played::whole(self.takes_over(request, answer, Fate::Fails { code, message }))
            }
        }
    }

    /// Makes the answer that of an operation, and the operation the fault's. A refusal stays as it is.
    fn takes_over(&mut self, request: &Request, answer: Answer, fate: Fate) -> Answer {
        if request.method == Method::GET || !answer.status.is_success() {
            return answer;
        }
        let answer = if operations::link(&answer).is_some() {
            answer
        } else {
            responses::begun(answer, request, self.retry_after)
        };
        if let Some(uri) = operations::link(&answer) {
            let state = answer.body.as_ref();
            let state = state.map_or("", |body| text(body, "/properties/provisioningState"));
            let verb = if state == "Creating" {
                "Creating"
            } else {
                "Updating"
            };
            let doomed = Doomed { fate, verb };
            self.operations.insert(uri.path().to_ascii_lowercase(), doomed);
        }
        answer
    }
}

/// The request with `set` merged into its body, where it has one.
fn merged(request: &Request, set: &Value) -> Request {
    changed(request, |body| merge(body, set))
}

/// The request with the rule list that it leaves out, empty.
fn with_both_lists(request: &Request) -> Request {
    const LISTS: [&str; 2] = ["ipRules", "virtualNetworkRules"];
    changed(request, |body| {
        let set = body
            .pointer_mut("/properties/networkRuleSet")
            .and_then(Value::as_object_mut);
        if let Some(set) = set.filter(|set| LISTS.iter().any(|list| set.contains_key(*list))) {
            for list in LISTS {
                set.entry(list).or_insert_with(|| json!([]));
            }
        }
    })
}

fn changed(request: &Request, change: impl FnOnce(&mut Value)) -> Request {
    let mut request = request.clone();
    if let Ok(mut body) = serde_json::from_slice::<Value>(&request.body)
        && body.is_object()
    {
        change(&mut body);
        request.body = body.to_string().into_bytes();
    }
    request
}

/// RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    for (key, value) in patch {
        let Some(object) = target.as_object_mut() else {
            return;
        };
        if value.is_null() {
            object.shift_remove(key);
        } else {
            merge(object.entry(key.as_str()).or_insert(Value::Null), value);
        }
    }
}
