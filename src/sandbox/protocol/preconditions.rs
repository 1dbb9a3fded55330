//! Checks `If-Match` and `If-None-Match` of writes.

use axum::http::StatusCode;
use serde_json::json;

use super::call::Call;
use super::errors;
use super::response::Answer;

/// Checks `If-Match` of a network or subnet against the ETag that both share, `None` for a new one.
///
/// The shape of the 412 is from other Network types (kubernetes-sigs/cloud-provider-azure#9729). None is recorded for
/// subnets.
pub(crate) fn check(call: &Call<'_>, current: Option<&str>, resource: &str) -> Result<(), Answer> {
    check_new(call, current.is_some())?;
    let Some(wanted) = call.request.header("if-match") else {
        return Ok(());
    };
    let Some(current) = current else {
        return Err(errors::not_established(
            "`If-Match` for a network or subnet that does not exist",
        ));
    };
    if wanted == "*" || wanted == current {
        return Ok(());
    }
    if !is_etag(wanted) {
        return Err(errors::not_established(
            "`If-Match` with anything but one ETag or `*`",
        ));
    }
    // A client's header goes into the message, so it is cut.
    let shown: String = wanted.chars().take(80).collect();
    let detail = format!(
        "Etag provided in if-match header {shown} does not match etag {current} of resource {resource} in NRP data store."
    );
    let details = json!([{"code": "PreconditionFailedEtagMismatch", "message": detail}]);
    let error =
        json!({"code": "PreconditionFailed", "message": "Precondition failed.", "details": details});
    Err(Answer::new(
        StatusCode::PRECONDITION_FAILED,
        json!({ "error": error }),
    ))
}

/// Returns true for one ETag, such as `"1"` or `W/"1"`.
fn is_etag(text: &str) -> bool {
    let quoted = text.strip_prefix("W/").unwrap_or(text);
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.is_some_and(|inner| !inner.contains('"'))
}

/// Checks `If-None-Match`. `*` holds for a new resource. No source says what else it leads to for networks, subnets or
/// registries, and no client sends it.
pub(crate) fn check_new(call: &Call<'_>, known: bool) -> Result<(), Answer> {
    match call.request.header("if-none-match") {
        None => Ok(()),
        Some("*") if !known => Ok(()),
        Some("*") => Err(errors::not_established(
            "`If-None-Match: *` for an existing resource",
        )),
        Some(_) => Err(errors::not_established(
            "a write with `If-None-Match` and an ETag",
        )),
    }
}
