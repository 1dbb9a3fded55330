//! Credentials of a registry's admin user (recorded: azure-sdk-for-net ContainerRegistryCoreScenario, 2022-08).
//!
//! The passwords are made when they are first asked for, and end with the sandbox.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::sandbox::forms::json_type::check_object;
use crate::sandbox::forms::registry_types::NEW_PASSWORD;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{id, text, text_under};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::registry::fields::differs;
use crate::sandbox::registry::lookup::registry_of;

/// Names of the two passwords.
const NAMES: [&str; 2] = ["password", "password2"];

/// Answers the name and both passwords of the admin user.
pub(crate) fn list(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let registry = registry_with_admin(call, at)?;
    Ok(shown(&registry, passwords(call, &registry)))
}

/// Replaces one password, and answers both.
pub(crate) fn regenerate(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let registry = registry_with_admin(call, at)?;
    let body = call.request.json()?;
    check_object(&body, NEW_PASSWORD, "").map_err(differs)?;
    let sent = text_under(&body, "name");
    let position = NAMES.iter().position(|name| name.eq_ignore_ascii_case(sent));
    let Some(position) = position else {
        return Err(errors::own_bad_request("`name` must be password or password2"));
    };
    let passwords = passwords(call, &registry);
    passwords[position] = fresh();
    Ok(shown(&registry, passwords))
}

/// Returns the registry of the path. The code of the refusal is recorded (same), its text is general knowledge.
fn registry_with_admin(call: &Call<'_>, at: &PathValues<'_>) -> Result<Value, Answer> {
    let registry = registry_of(call, at)?;
    if registry["properties"]["adminUserEnabled"] == true {
        return Ok(registry);
    }
    let message = format!(
        "Cannot perform credential operations for {} as admin user is disabled. Kindly enable the admin user as per docs: https://docs.microsoft.com/en-us/azure/container-registry/container-registry-authentication#admin-account",
        id(&registry)
    );
    Err(errors::bad_request(
        "UnAuthorizedForCredentialOperations",
        &message,
    ))
}

fn passwords<'a>(call: &'a mut Call<'_>, registry: &Value) -> &'a mut [String; 2] {
    let key = id(registry).to_ascii_lowercase();
    call.store
        .passwords
        .entry(key)
        .or_insert_with(|| [fresh(), fresh()])
}

fn fresh() -> String {
    Uuid::new_v4().simple().to_string()
}

fn shown(registry: &Value, passwords: &[String; 2]) -> Answer {
    let mut listed = Vec::new();
    for (name, value) in NAMES.iter().zip(passwords) {
        listed.push(json!({"name": name, "value": value}));
    }
    Answer::ok(json!({"username": text(registry, "/name"), "passwords": listed}))
}
