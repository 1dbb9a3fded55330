//! Lists in pages: `$top`, `$skipToken` and `nextLink`.
//!
//! A single page has no `nextLink` key (recorded: azure-cli acr list, 2019-02). The size of Azure's pages and the form
//! of its tokens are not known. Clients follow the link as it is.

use serde_json::{Value, json};

use super::call::Call;
use super::errors;
use super::response::{Answer, Answered};

/// Answers one page of `items`, each as `show` makes it.
pub(crate) fn answer<T>(
    call: &Call<'_>,
    items: &[T],
    show: impl Fn(&T) -> Result<Value, Answer>,
) -> Answered {
    let from = number(call, "$skipToken")?.unwrap_or(0).min(items.len());
    // An empty page would link to itself for ever.
    let top = number(call, "$top")?;
    if top == Some(0) {
        return Err(errors::not_established("a list with `$top=0`"));
    }
    // Without either limit the rest of the list is one page.
    let size = top.or(call.options.conditions.page_size).unwrap_or(items.len());
    let end = from.saturating_add(size.max(1)).min(items.len());
    let mut value = Vec::new();
    for item in &items[from..end] {
        value.push(show(item)?);
    }
    let mut body = json!({ "value": value });
    if end < items.len() {
        body["nextLink"] = next_link(call, end).into();
    }
    Ok(Answer::ok(body))
}

fn number(call: &Call<'_>, name: &str) -> Result<Option<usize>, Answer> {
    let Some(text) = call.request.query(name) else {
        return Ok(None);
    };
    match text.parse() {
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(errors::own_bad_request(&format!(
            "`{name}` must be a whole number from 1 on"
        ))),
    }
}

/// Returns the URL of the same request with a token.
fn next_link(call: &Call<'_>, end: usize) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in &call.request.query {
        if !name.eq_ignore_ascii_case("$skipToken") {
            query.append_pair(name, value);
        }
    }
    query.append_pair("$skipToken", &end.to_string());
    format!("{}{}?{}", call.request.base, call.request.path, query.finish())
}
