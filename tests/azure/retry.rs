//! Retries: their number, and the deadline.

use super::stub::*;
use ringfence::azure::{ArmError, WaitEvent};
use ringfence::model::{Failure, RegistryId, SubnetId};

fn id() -> RegistryId {
    RegistryId::parse(REGISTRY).unwrap()
}

fn good() -> Answer {
    answer(200, &registry(&open()))
}

#[tokio::test]
async fn throttling_and_server_errors_are_retried_and_reported() {
    let stub = Stub::start();
    let throttled = refusal(429, "SubscriptionRequestsThrottled", "slow down").with("retry-after", "0");
    let html = raw(502, "text/html", b"<html>bad gateway</html>");
    stub.on(
        "GET",
        REGISTRY,
        [throttled, refusal(500, "InternalServerError", "x"), html, good()],
    );
    stub.client().registry(&id()).await.unwrap();
    assert_eq!(stub.seen().len(), 4);
    let reasons = stub.events.all().into_iter().map(|event| match event {
        WaitEvent::Retrying { reason, tries, .. } => format!("{reason} {tries}"),
        WaitEvent::Polling { .. } => "polling".into(),
    });
    assert_eq!(reasons.collect::<Vec<_>>(), ["429 1", "500 2", "502 3"]);
    // one operation, one id
    let ids: std::collections::BTreeSet<_> = stub
        .seen()
        .iter()
        .map(|seen| seen.headers["x-ms-client-request-id"].clone())
        .collect();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn truncated_answer_is_retried() {
    let stub = Stub::start();
    let cut = raw(200, "application/json", br#"{"id":"#).broken();
    stub.on("GET", REGISTRY, [cut.clone(), good()]);
    stub.client().registry(&id()).await.unwrap();
    assert_eq!(stub.seen().len(), 2);
    stub.on("GET", REGISTRY, [cut]);
    let error = stub.client().registry(&id()).await.unwrap_err();
    assert!(matches!(error, ArmError::Transport { .. }), "{error:?}");
    assert_eq!(stub.seen().len(), 5);
}

#[tokio::test]
async fn retry_that_would_pass_the_deadline_is_not_started() {
    let stub = Stub::start();
    let throttled =
        refusal(429, "SubscriptionRequestsThrottled", "slow down").with("retry-after", "3600");
    stub.on("GET", REGISTRY, [throttled, good()]);
    let error = stub.client().registry(&id()).await.unwrap_err();
    assert_eq!(error.status(), Some(429));
    assert_eq!(
        Failure::from(&error).help.as_deref(),
        Some("ARM asks to wait 3600s; run again after that, or allow a longer wait with `--timeout`")
    );
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn refused_connection_is_tried_three_times() {
    let stub = Stub::start();
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut connection = stub.connection();
    connection.cloud = connection
        .cloud
        .with_arm(format!("https://127.0.0.1:{port}").parse().unwrap());
    let error = ringfence::azure::ArmClient::connect(connection)
        .unwrap()
        .registry(&id())
        .await
        .unwrap_err();
    assert!(matches!(error, ArmError::Transport { .. }), "{error:?}");
    assert!(Failure::from(&error).help.unwrap().contains("--arm-endpoint"));
    assert_eq!(stub.events.all().len(), 2);
}

#[tokio::test]
async fn throttled_write_is_resent_whole() {
    let stub = Stub::start();
    let throttled = refusal(429, "SubscriptionRequestsThrottled", "slow down").with("retry-after", "0");
    stub.on("PUT", SUBNET, [throttled, good()]);
    let body = serde_json::json!({"properties": {"serviceEndpoints": []}});
    let client = stub.client();
    client
        .put_subnet(&SubnetId::parse(SUBNET).unwrap(), "v", &body, None)
        .await
        .unwrap();
    let bodies: Vec<_> = stub.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(bodies, [body.to_string(), body.to_string()]);
}
