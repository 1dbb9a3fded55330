//! Tokens of a registry (Azure/acr, docs/AAD-OAuth.md). They are kept in memory for the next request alone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::dial;
use super::http::{HttpAnswer, post_form};
use super::probes::Probes;
use crate::doctor::{AccessToken, EndpointFacts, NoAnswer, TokenAnswer};

/// The actions that a pull and a push need.
const ACTIONS: [&str; 2] = ["pull", "push"];

/// Exchanges a token of Entra for a refresh token of the registry.
pub(super) async fn exchange(
    probes: &Probes,
    endpoint: &EndpointFacts,
    token: &str,
) -> (TokenAnswer, Option<String>) {
    let form = [
        ("grant_type", "access_token"),
        ("service", endpoint.host.as_str()),
        ("access_token", token),
    ];
    ask(probes, endpoint, "/oauth2/exchange", &form, "refresh_token").await
}

/// Asks for an access token for a repository.
pub(super) async fn access(
    probes: &Probes,
    endpoint: &EndpointFacts,
    refresh_token: &str,
    repository: &str,
) -> AccessToken {
    let scope = format!("repository:{repository}:{}", ACTIONS.join(","));
    let form = [
        ("grant_type", "refresh_token"),
        ("service", endpoint.host.as_str()),
        ("scope", scope.as_str()),
        ("refresh_token", refresh_token),
    ];
    let (answer, token) = ask(probes, endpoint, "/oauth2/token", &form, "access_token").await;
    let actions = token.as_deref().and_then(actions);
    // A token that cannot be read says nothing of rights.
    let answer = match (answer, &actions) {
        (TokenAnswer::Given, None) => TokenAnswer::Unreadable,
        (answer, _) => answer,
    };
    AccessToken {
        repository: repository.to_owned(),
        answer,
        asked: ACTIONS.map(str::to_owned).to_vec(),
        actions: actions.unwrap_or_default(),
    }
}

async fn ask(
    probes: &Probes,
    endpoint: &EndpointFacts,
    path: &str,
    form: &[(&str, &str)],
    field: &str,
) -> (TokenAnswer, Option<String>) {
    let Some(stream) = dial::again(probes, endpoint).await else {
        return (TokenAnswer::Failed("the connection broke".to_owned()), None);
    };
    match post_form(probes, &endpoint.host, path, form, stream).await {
        Ok(answer) => read(&answer, field),
        Err(error) => (TokenAnswer::Failed(no_answer(error)), None),
    }
}

fn no_answer(error: NoAnswer) -> String {
    match error {
        NoAnswer::TimedOut => "no answer in time".to_owned(),
        NoAnswer::Closed => "the connection was closed".to_owned(),
        NoAnswer::Failed(reason) => reason,
    }
}

fn read(answer: &HttpAnswer, field: &str) -> (TokenAnswer, Option<String>) {
    if answer.status != 200 {
        return (TokenAnswer::Refused(answer.status), None);
    }
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let token = body.and_then(|body| body[field].as_str().map(str::to_owned));
    match token {
        Some(token) => (TokenAnswer::Given, Some(token)),
        None => (TokenAnswer::Failed("the answer has no token".to_owned()), None),
    }
}

/// Reads the actions of an access token: `access[0].actions`. Returns `None` if the token has no claims.
fn actions(token: &str) -> Option<Vec<String>> {
    let mut actions = Vec::new();
    let claims = claims(token)?;
    for action in claims["access"][0]["actions"].as_array().into_iter().flatten() {
        actions.extend(action.as_str().map(str::to_owned));
    }
    Some(actions)
}

/// Reads the claims of a JSON Web Token (RFC 7519). Its signature is the registry's business.
pub(super) fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}
