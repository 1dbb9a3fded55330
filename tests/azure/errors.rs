//! Error answers of ARM, and answers that are not JSON.

use serde_json::json;

use super::stub::*;
use ringfence::azure::ArmError;
use ringfence::model::{Failure, RegistryId};

async fn fails(answer: Answer) -> ArmError {
    let stub = Stub::start();
    stub.on("GET", REGISTRY, [answer]);
    let id = RegistryId::parse(REGISTRY).unwrap();
    stub.client().registry(&id).await.unwrap_err()
}

#[tokio::test]
async fn every_error_format_yields_code_message_and_request_id() {
    let acr = json!({"error": {"code": "BadRequest", "message": "m"}, "status": "Failed"});
    let network = json!({"Error": {"Code": "BadRequest", "Message": "m", "Details": []}});
    let details = json!({"error": {"code": "BadRequest", "message": "m", "details": [{"code": "x", "message": "more"}]}});
    for (body, message) in [(acr, "m"), (network, "m"), (details, "m; more")] {
        let error = fails(answer(400, &body).with("x-ms-request-id", "r-1")).await;
        let failure = Failure::from(&error);
        assert_eq!(
            (
                failure.code.as_str(),
                failure.message.as_str(),
                failure.request_id.as_deref()
            ),
            ("BadRequest", message, Some("r-1"))
        );
    }
}

#[tokio::test]
async fn authorization_error_names_action_and_scope() {
    let message = "The client 'c' with object id 'o' does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read' over scope '/subscriptions/s1' or the scope is invalid. If access was recently granted, please refresh your credentials.";
    let error = fails(refusal(403, "AuthorizationFailed", message)).await;
    assert!(error.is_forbidden());
    assert_eq!(
        Failure::from(&error).help.as_deref(),
        Some("ask for a role with `Microsoft.ContainerRegistry/registries/read` on `/subscriptions/s1`")
    );
}

#[tokio::test]
async fn missing_registry_is_not_found() {
    let error = fails(refusal(404, "ResourceNotFound", "gone")).await;
    assert_eq!(error.status(), Some(404));
    assert!(Failure::from(&error).help.is_some());
}

#[tokio::test]
async fn non_json_answers_are_described() {
    for (body, content_type, reason) in [
        (
            &b"<html>sign in to the proxy</html>"[..],
            "text/html; charset=utf-8",
            "the body is `text/html; charset=utf-8`, not JSON",
        ),
        (
            br#"{"id": "x""#,
            "application/json",
            "the body is not JSON: EOF while parsing an object at line 1 column 10",
        ),
        (b"", "application/json", "the body is empty"),
        (b"null", "application/json", "the body is empty"),
        (
            b"\xff\xfe",
            "application/json",
            "the body is not JSON: expected value at line 1 column 1",
        ),
    ] {
        let error = fails(raw(200, content_type, body)).await;
        match &error {
            ArmError::Decode { reason: found, .. } => assert_eq!(found, reason),
            other => panic!("{other:?}"),
        }
        assert!(error.request_id().is_some());
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let error = fails(raw(302, "text/html", b"").with("location", "https://evil.example/")).await;
    assert_eq!((error.status(), error.code()), (Some(302), "Http302"));
}

#[tokio::test]
async fn deeply_nested_json_is_an_error() {
    let deep = "[".repeat(100_000);
    let error = fails(raw(200, "application/json", deep.as_bytes())).await;
    assert!(matches!(error, ArmError::Decode { .. }), "{error:?}");
}
