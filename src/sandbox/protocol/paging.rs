//! Lists in pages: `$top`, `$skipToken` and `nextLink`.
//!
//! A single page has no `nextLink` key (recorded: azure-cli acr list, 2019-02). The size of Azure's pages and
//! the form of its tokens are not known: clients follow the link untouched.

use serde_json::{Value, json};

use super::call::Call;
use super::errors;
use super::response::{Answer, Answered};

/// One page of `items`, each as `show` makes it.
pub(crate) fn answer<T>(
    call: &Call<'_>,
    items: &[T],
    show: impl Fn(&T) -> Result<Value, Answer>,
) -> Answered {
    let from = number(call, "$skipToken")?.unwrap_or(0).min(items.len());
    let top = number(call, "$top")?;
    if top == Some(0) {
        return Err(errors::not_established("a list with `$top=0`"));
    }
    let size = top
        .or(call.options.conditions.page_size)
        .unwrap_or(items.len())
        .max(1);
    let end = from.saturating_add(size).min(items.len());
    let value = items[from..end].iter().map(show).collect::<Result<Vec<_>, _>>()?;
    let mut body = json!({ "value": value });
    if end < items.len() {
        body["nextLink"] = next_link(call, end).into();
    }
    Ok(Answer::ok(body))
}

/// Refuses a `$filter` of a list that has none in the specification: to ignore it would be a wrong answer.
pub(crate) fn unfiltered(call: &Call<'_>) -> Result<(), Answer> {
    let filter = call.request.query("$filter").filter(|filter| !filter.is_empty());
    filter.map_or(Ok(()), |filter| {
        Err(errors::not_established(&format!("the filter `{filter}`")))
    })
}

fn number(call: &Call<'_>, name: &str) -> Result<Option<usize>, Answer> {
    let Some(text) = call.request.query(name) else {
        return Ok(None);
    };
    let number = text
        .parse()
        .map_err(|_| errors::own_bad_request(&format!("`{name}` must be a whole number from 1 on")))?;
    Ok(Some(number))
}

/// The same request with a token.
fn next_link(call: &Call<'_>, end: usize) -> String {
    let kept = call
        .request
        .query
        .iter()
        .filter(|(name, _)| !name.eq_ignore_ascii_case("$skipToken"));
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in kept {
        query.append_pair(name, value);
    }
    query.append_pair("$skipToken", &end.to_string());
    format!("{}{}?{}", call.request.base, call.request.path, query.finish())
}
