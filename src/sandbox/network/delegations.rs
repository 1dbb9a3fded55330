//! Delegations of a subnet after a PUT.

use serde_json::{Value, json};

use super::errors::invalid;
use crate::sandbox::forms::fill_in;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{is, list, text};
use crate::sandbox::protocol::response::Answer;

/// Returns the delegations in the form that Azure stores (docs: manage-subnet-delegation). `subnet` is the id of the
/// subnet, `old` the subnet before the write.
///
/// `actions` are read only: those of the state stay. Which ones Azure gives to a service is not known for each.
pub(super) fn completed(sent: &Value, old: Option<&Value>, subnet: &str) -> Result<Value, Answer> {
    let Value::Array(sent) = sent else {
        return Err(invalid("`delegations` must be a list"));
    };
    // A subnet is delegated to one service (docs: subnet-delegation-overview).
    if sent.len() > 1 {
        return Err(errors::not_established("a subnet with several delegations"));
    }
    let mut completed = Vec::with_capacity(sent.len());
    for delegation in sent {
        let name = text(delegation, "/name");
        if name.is_empty() || name.contains('/') {
            return Err(errors::not_established(&format!("a delegation named `{name}`")));
        }
        let service = text(delegation, "/properties/serviceName");
        let mut new = json!({"name": name, "properties": {"serviceName": service}});
        if let Some(actions) = stored_actions(old, service) {
            new["properties"]["actions"] = actions.clone();
        }
        fill_in::delegation(&mut new, subnet);
        completed.push(new);
    }
    Ok(Value::Array(completed))
}

/// Returns the actions that the subnet has for a service.
fn stored_actions<'a>(old: Option<&'a Value>, service: &str) -> Option<&'a Value> {
    let stored = list(&old?["properties"], "delegations").iter();
    let mut stored = stored.filter(|known| is(known, "/properties/serviceName", service));
    stored.next()?.pointer("/properties/actions")
}
