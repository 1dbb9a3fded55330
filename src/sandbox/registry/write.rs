//! PATCH and DELETE of a registry, and the begin of its operations.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

use super::lookup::{find, key, row};
use super::merge;
use super::projection::project;
use crate::sandbox::forms::api_versions::Row;
use crate::sandbox::forms::types::NAMESPACE;
use crate::sandbox::governance;
use crate::sandbox::governance::conditions::Completion;
use crate::sandbox::operations::kinds::{NewOperation, OperationEnd, OperationStyle, provider_scope};
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::json::{id, text, timestamp};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};

/// Answers a PATCH: 200 with the changed registry at once (recorded for network settings, 2019 to 2025).
///
/// A change of `identity` or `encryption` is an operation instead, and shows when it has ended (recorded: azure-cli
/// test_acr_encryption_with_cmk, 2021-06).
pub(crate) fn patch(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let (group, name, row) = (at.get("group"), at.get("registry"), row(call)?);
    let stored = find(call, group, name)?;
    let body = call.request.json()?;
    let changed = merge::merge(call, stored, row, &body)?;
    // Azure Policy may refuse the write or change it.
    let mut changed = governance::apply_policies(call, changed)?;
    changed["systemData"]["lastModifiedBy"] = call.caller.into();
    changed["systemData"]["lastModifiedByType"] = "Application".into();
    changed["systemData"]["lastModifiedAt"] = timestamp(Timestamp::now()).into();
    // Other settings are done at once.
    let (identity, encryption) = (stored.get("identity"), &stored["properties"]["encryption"]);
    let same = identity == changed.get("identity") && *encryption == changed["properties"]["encryption"];
    if same && !call.request.is_operation {
        let shown = project(&changed, row, call.options)?;
        call.store.put(changed);
        return Ok(Answer::ok(shown));
    }
    // Until the operation ends, all but identity and encryption is new.
    let mut initial = changed.clone();
    initial["properties"]["encryption"] = encryption.clone();
    if let Some(identity) = identity {
        initial["identity"] = identity.clone();
    } else if let Some(map) = initial.as_object_mut() {
        map.shift_remove("identity");
    }
    operate(call, initial, changed, "Updating", row)
}

/// Begins an operation that leads to `done`, and answers 201 with `initial`, the registry until then.
pub(crate) fn operate(
    call: &mut Call<'_>,
    mut initial: Value,
    done: Value,
    state: &'static str,
    row: &Row,
) -> Answered {
    initial["properties"]["provisioningState"] = state.into();
    let shown = project(&initial, row, call.options)?;
    Ok(call.begin_replacement(initial, done, shown, state, "registries-"))
}

/// Answers a DELETE: 200 empty, or 202 with the registry `Deleting` and a `Location`; both recorded. 204 if there is no
/// such registry (specification).
pub(crate) fn delete(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let (group, name, row) = (at.get("group"), at.get("registry"), row(call)?);
    let Ok(stored) = find(call, group, name) else {
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    };
    merge::check_idle(stored)?;
    let key = key(call.subscription, group, name);
    if call.completes(call.options.conditions.deletion) == Completion::AtOnce {
        call.store.remove(&key);
        return Ok(Answer::empty(StatusCode::OK));
    }
    // The registry shows as `Deleting` until the operation ends.
    let mut going = stored.clone();
    going["properties"]["provisioningState"] = "Deleting".into();
    let shown = project(&going, row, call.options)?;
    let location = text(&going, "/location").to_owned();
    call.store.put(going);
    let answer = Answer::new(StatusCode::ACCEPTED, shown);
    Ok(call.begin_result(answer, &location, &key, OperationEnd::Remove, "registries-"))
}

impl Call<'_> {
    /// Returns how a write is answered that is recorded both ways. `usual` is the way without a fault.
    pub(crate) fn completes(&self, usual: Completion) -> Completion {
        if self.request.is_operation {
            return Completion::Operation;
        }
        usual
    }

    /// Stores `initial` and begins the operation that replaces it with `done`. The answer is 201 with `shown`.
    pub(crate) fn begin_replacement(
        &mut self,
        initial: Value,
        done: Value,
        shown: Value,
        state: &'static str,
        prefix: &str,
    ) -> Answer {
        let path = id(&initial).to_owned();
        let key = path.to_ascii_lowercase();
        self.store.put(initial);
        let begin = NewOperation {
            style: OperationStyle::Registry,
            scope: path.clone(),
            on: &key,
            state,
            end: OperationEnd::Replace(done),
        };
        self.begin_status(Answer::new(StatusCode::CREATED, shown), begin, prefix, &path)
    }

    /// Begins an operation that clients poll below the resource at `path`, and adds its headers to the answer.
    pub(crate) fn begin_status(
        &mut self,
        answer: Answer,
        begin: NewOperation<'_>,
        prefix: &str,
        path: &str,
    ) -> Answer {
        let id = self.store.operations.begin(begin, prefix, self.options.polls);
        let url = format!(
            "{}{path}/operationStatuses/{id}?api-version={}",
            self.request.base, self.version
        );
        answer
            .with("azure-asyncoperation", &url)
            .with("retry-after", &self.options.retry_after.to_string())
    }

    /// Begins a deletion that clients poll below the location, and adds its headers to the answer.
    pub(crate) fn begin_result(
        &mut self,
        answer: Answer,
        location: &str,
        on: &str,
        end: OperationEnd,
        prefix: &str,
    ) -> Answer {
        let scope = provider_scope(NAMESPACE, self.subscription, location);
        let begin = NewOperation {
            style: OperationStyle::RegistryDelete,
            scope: scope.clone(),
            on,
            state: "Deleting",
            end,
        };
        let id = self.store.operations.begin(begin, prefix, self.options.polls);
        let url = format!(
            "{}{scope}/operationResults/{id}?api-version={}",
            self.request.base, self.version
        );
        answer
            .with("location", &url)
            .with("retry-after", &self.options.retry_after.to_string())
    }
}
