//! Requests to ARM, and polling of operations.

use serde_json::{Value, json};

use super::stub::*;
use ringfence::azure::{ArmClient, ArmError, WaitEvent};
use ringfence::model::{Failure, RegistryId, SubnetId};

const V: &str = "2026-09-01-preview";

fn registry_id() -> RegistryId {
    RegistryId::parse(REGISTRY).unwrap()
}

fn subnet_id() -> SubnetId {
    SubnetId::parse(SUBNET).unwrap()
}

fn refused_version(list: &str) -> Answer {
    refusal(
        400,
        "NoRegisteredProviderFound",
        &format!(
            "No registered resource provider found for location 'uksouth' and API version '{V}' for type 'registries'. The supported api-versions are '{list}'. The supported locations are 'uksouth'."
        ),
    )
}

async fn patch(client: &ArmClient) -> Result<Value, ArmError> {
    let body = json!({"properties": {"networkRuleSet": {"defaultAction": "Deny", "ipRules": []}}});
    client
        .patch_registry(&registry_id(), V, &body)
        .await
        .map_err(|error| error.error)
}

async fn put(client: &ArmClient) -> Result<(), ArmError> {
    let body = json!({"properties": {}});
    client
        .put_subnet(&subnet_id(), "2024-07-01", &body, Some("W/\"1\""))
        .await
        .map(|_| ())
        .map_err(|error| error.error)
}

#[tokio::test]
async fn body_keeps_unknown_fields_order_and_numbers() {
    let stub = Stub::start();
    let text =
        r#"{"zz":1.50,"id":"x","big":123456789012345678901234567890,"a":{"null":null,"list":[]}}"#;
    stub.on("GET", REGISTRY, [raw(200, "application/json", text.as_bytes())]);
    let fetched = stub.client().registry(&registry_id()).await.unwrap();
    assert_eq!(fetched.body.to_string(), text);
    stub.on("PATCH", REGISTRY, [answer(200, &json!({}))]);
    stub.client()
        .patch_registry(&registry_id(), V, &fetched.body)
        .await
        .unwrap();
    assert_eq!(stub.seen().last().unwrap().body, text);
}

#[tokio::test]
async fn refused_api_version_falls_back_once() {
    let stub = Stub::start();
    let list = "2017-10-01, 2019-05-01, 2021-08-01-preview, 2025-11-01";
    stub.on(
        "GET",
        REGISTRY,
        [refused_version(list), answer(200, &registry(&open()))],
    );
    let (client, id) = (stub.client(), registry_id());
    let (first, second) = futures::join!(client.registry(&id), client.registry(&id));
    assert_eq!(first.unwrap().api_version, "2021-08-01-preview");
    assert_eq!(second.unwrap().api_version, "2021-08-01-preview");
    client.registry(&registry_id()).await.unwrap();
    let queries: Vec<_> = stub.seen().into_iter().map(|seen| seen.query).collect();
    let (new, old) = (
        format!("api-version={V}"),
        "api-version=2021-08-01-preview".to_owned(),
    );
    assert_eq!(queries, [new, old.clone(), old.clone(), old]);
}

#[tokio::test]
async fn cloud_without_a_known_version_is_an_error() {
    let stub = Stub::start();
    stub.on("GET", REGISTRY, [refused_version("2017-03-01")]);
    let error = stub.client().registry(&registry_id()).await.unwrap_err();
    assert_eq!(error.code(), "NoRegisteredProviderFound");
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn immediate_patch_is_one_request() {
    let stub = Stub::start();
    stub.on("PATCH", REGISTRY, [answer(200, &registry(&open()))]);
    assert_eq!(patch(&stub.client()).await.unwrap(), registry(&open()));
    assert_eq!(stub.calls(), ["PATCH contoso"]);
    let seen = &stub.seen()[0];
    assert_eq!(
        seen.body,
        r#"{"properties":{"networkRuleSet":{"defaultAction":"Deny","ipRules":[]}}}"#
    );
    assert_eq!(
        (seen.query.as_str(), seen.headers["content-type"].as_str()),
        ("api-version=2026-09-01-preview", "application/json")
    );
}

#[tokio::test]
async fn every_operation_style_ends_with_reading_the_registry() {
    let updating = json!({"properties": {"provisioningState": "Updating"}});
    let running = json!({"status": "Updating"});
    let succeeded = json!({"status": "Succeeded"});
    for (start, polls) in [
        // A (recorded: azure-cli test_acr_encryption_with_cmk), the poll being 200 at once
        (
            answer(201, &updating).with("azure-asyncoperation", "OP"),
            vec![answer(200, &succeeded)],
        ),
        // B (recorded: azure-cli test_acr_with_private_endpoint): polls answer 201 while it goes on
        (
            answer(201, &updating).with("azure-asyncoperation", "OP"),
            vec![
                answer(201, &running),
                answer(201, &running),
                answer(200, &succeeded),
            ],
        ),
        // C (recorded: azure-cli test_acr_agentpool): 202 with `null` until it is 200
        (
            answer(202, &Value::Null).with("location", "OP"),
            vec![answer(202, &Value::Null), raw(200, "application/json", b"")],
        ),
    ] {
        let stub = Stub::start();
        let polled = polls.len();
        stub.on(
            "PATCH",
            REGISTRY,
            [with_link(start, &stub.link("/op?t=1&c=2%2F&s=3"))],
        );
        let mut polls = polls.into_iter();
        match polled {
            1 => stub.on("GET", "/op", [polls.next().unwrap()]),
            2 => stub.on("GET", "/op", [polls.next().unwrap(), polls.next().unwrap()]),
            _ => stub.on(
                "GET",
                "/op",
                [
                    polls.next().unwrap(),
                    polls.next().unwrap(),
                    polls.next().unwrap(),
                ],
            ),
        }
        stub.on("GET", REGISTRY, [answer(200, &registry(&open()))]);
        assert_eq!(patch(&stub.client()).await.unwrap(), registry(&open()));
        let mut calls = vec!["PATCH contoso"];
        calls.extend(vec!["GET op"; polled]);
        calls.push("GET contoso");
        assert_eq!(stub.calls(), calls);
        // signed links go back untouched
        assert_eq!(stub.seen()[1].query, "t=1&c=2%2F&s=3");
    }
}

/// Replaces the placeholder in the answer's headers.
fn with_link(answer: Answer, link: &str) -> Answer {
    answer.map_headers(|value| if value == "OP" { link.to_owned() } else { value })
}

#[tokio::test]
async fn subnet_put_ends_without_another_read() {
    let stub = Stub::start();
    let updating = json!({"properties": {"provisioningState": "Updating"}});
    let put_answer = answer(200, &updating)
        .with("azure-asyncoperation", &stub.link("/operations/1"))
        .with("retry-after", "0");
    stub.on("PUT", SUBNET, [put_answer]);
    stub.on(
        "GET",
        "/operations/1",
        [
            answer(200, &json!({"status": "InProgress"})).with("retry-after", "0"),
            answer(200, &json!({"status": "Succeeded"})),
        ],
    );
    put(&stub.client()).await.unwrap();
    assert_eq!(stub.calls(), ["PUT a", "GET 1", "GET 1"]);
    assert_eq!(stub.seen()[0].headers["if-match"], "W/\"1\"");
    let statuses = stub.events.all().into_iter().map(|event| match event {
        WaitEvent::Polling { status, .. } => status.unwrap_or_default(),
        WaitEvent::Retrying { .. } => "retrying".into(),
    });
    assert_eq!(statuses.collect::<Vec<_>>(), ["Updating", "InProgress"]);
}

#[tokio::test]
async fn updating_without_a_link_polls_the_resource() {
    let stub = Stub::start();
    let state = |state: &str| answer(200, &json!({"properties": {"provisioningState": state}}));
    stub.on("PUT", SUBNET, [state("Updating")]);
    stub.on("GET", SUBNET, [state("Updating"), state("Succeeded")]);
    put(&stub.client()).await.unwrap();
    assert_eq!(stub.calls(), ["PUT a", "GET a", "GET a"]);
}

#[tokio::test]
async fn failed_operation_reports_code_and_message() {
    let stub = Stub::start();
    let started = answer(201, &json!({})).with("azure-asyncoperation", &stub.link("/op"));
    stub.on("PATCH", REGISTRY, [started]);
    let failed = json!({"status": "Failed", "error": {"code": "OutOfCapacity", "message": "no room"}});
    stub.on(
        "GET",
        "/op",
        [answer(200, &failed).with("x-ms-request-id", "r-1")],
    );
    let error = patch(&stub.client()).await.unwrap_err();
    assert!(matches!(error, ArmError::OperationFailed { .. }), "{error:?}");
    assert_eq!(
        (error.code(), error.to_string().as_str(), error.request_id()),
        ("OutOfCapacity", "no room", Some("r-1"))
    );
}

#[tokio::test]
async fn link_to_another_host_is_refused_without_its_signature() {
    for link in [
        "https://evil.example/op?s=signature",
        "//evil.example/op?s=signature",
        "http://127.0.0.1/op?s=signature",
    ] {
        let stub = Stub::start();
        stub.on(
            "PATCH",
            REGISTRY,
            [answer(202, &Value::Null).with("location", link)],
        );
        let error = patch(&stub.client()).await.unwrap_err();
        assert!(matches!(error, ArmError::ForeignLink { .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("signature"));
        assert_eq!(stub.calls(), ["PATCH contoso"]);
    }
}

#[tokio::test]
async fn wait_beyond_the_deadline_fails_at_once() {
    let stub = Stub::start();
    let started = answer(201, &json!({"properties": {"provisioningState": "Updating"}}))
        .with("azure-asyncoperation", &stub.link("/op?s=signature"))
        .with("retry-after", "3600");
    stub.on("PATCH", REGISTRY, [started]);
    let error = patch(&stub.client()).await.unwrap_err();
    assert!(
        matches!(&error, ArmError::Timeout { last, .. } if last == "`Updating`"),
        "{error:?}"
    );
    assert!(Failure::from(&error).help.unwrap().contains("--timeout"));
}

#[tokio::test]
async fn huge_retry_after_does_not_overflow() {
    for wait in [
        "18446744073709551615",
        "99999999999999999999999",
        "-1",
        "",
        "never",
    ] {
        let stub = Stub::start();
        let busy = |status, code| refusal(status, code, "busy").with("retry-after", wait);
        stub.on("PATCH", REGISTRY, [busy(409, "RegistryStatusConflict")]);
        stub.on("PUT", SUBNET, [busy(429, "RetryableError")]);
        let mut connection = stub.connection();
        connection.deadline = std::time::Duration::MAX;
        let client = ArmClient::connect(connection).unwrap();
        let busy = patch(&client).await.unwrap_err();
        assert_eq!(busy.status(), Some(409));
        let waited = client.waits(REGISTRY).before_retry(&busy).await;
        assert_eq!(waited, wait.parse::<u64>().is_err(), "{wait}");
        assert_eq!(put(&client).await.unwrap_err().status(), Some(429));
    }
}

#[tokio::test]
async fn changed_subnet_returns_412_to_the_caller() {
    let stub = Stub::start();
    stub.on(
        "PUT",
        SUBNET,
        [refusal(412, "PreconditionFailed", "Precondition failed.")],
    );
    let error = put(&stub.client()).await.unwrap_err();
    assert!(error.is_precondition_failed());
    assert_eq!(stub.calls(), ["PUT a"]);
}

#[tokio::test]
async fn busy_virtual_network_is_retried() {
    let done = answer(200, &json!({"properties": {"provisioningState": "Succeeded"}}));
    let stub = Stub::start();
    let busy = |status, code| refusal(status, code, "busy").with("retry-after", "0");
    stub.on(
        "PUT",
        SUBNET,
        [
            busy(409, "AnotherOperationInProgress"),
            busy(429, "RetryableErrorDueToAnotherOperation"),
            done,
        ],
    );
    put(&stub.client()).await.unwrap();
    assert_eq!(stub.calls(), ["PUT a"; 3]);
}

#[tokio::test]
async fn operation_that_failed_on_a_busy_network_restarts() {
    // Azure/bicep#5132
    let stub = Stub::start();
    let done = answer(200, &json!({"properties": {"provisioningState": "Succeeded"}}));
    stub.on(
        "PUT",
        SUBNET,
        [
            answer(200, &json!({})).with("azure-asyncoperation", &stub.link("/op")),
            done,
        ],
    );
    let failed =
        json!({"status": "Failed", "error": {"code": "AnotherOperationInProgress", "message": "busy"}});
    stub.on("GET", "/op", [answer(200, &failed)]);
    put(&stub.client()).await.unwrap();
    assert_eq!(stub.calls(), ["PUT a", "GET op", "PUT a"]);
}

#[tokio::test]
async fn resource_that_stays_busy_is_an_error() {
    let stub = Stub::start();
    stub.on(
        "PUT",
        SUBNET,
        [refusal(409, "AnotherOperationInProgress", "busy").with("retry-after", "0")],
    );
    let error = put(&stub.client()).await.unwrap_err();
    assert_eq!(error.status(), Some(409));
    assert_eq!(stub.calls().len(), 8);
    stub.on("PUT", SUBNET, [refusal(409, "ScopeLocked", "locked")]);
    put(&stub.client()).await.unwrap_err();
    assert_eq!(stub.calls().len(), 9);
}

/// A PATCH depends on a read that is old after a wait, so the caller must make it again.
#[tokio::test]
async fn registry_patch_is_sent_once_with_bounded_retries() {
    for (status, code, tries) in [
        (409, "RegistryStatusConflict", 8),
        (503, "ServiceUnavailable", 10),
        (403, "AuthorizationFailed", 1),
    ] {
        let stub = Stub::start();
        let no = refusal(status, code, "no").with("retry-after", "0");
        stub.on("PATCH", REGISTRY, [no]);
        let client = stub.client();
        let mut waits = client.waits(REGISTRY);
        let mut sent = 1;
        while waits.before_retry(&patch(&client).await.unwrap_err()).await {
            sent += 1;
        }
        assert_eq!((sent, stub.calls().len()), (tries, tries), "{code}");
    }
}

#[tokio::test]
async fn provider_registration_waits_for_the_registered_state() {
    // recorded: azure-cli test_provider_registration
    let stub = Stub::start();
    let path = "/subscriptions/s2/providers/Microsoft.ContainerRegistry";
    let state = |state: &str| {
        answer(
            200,
            &json!({"namespace": "Microsoft.ContainerRegistry", "registrationState": state}),
        )
    };
    stub.on(
        "GET",
        path,
        [state("NotRegistered"), state("Registering"), state("Registered")],
    );
    stub.on("POST", &format!("{path}/register"), [state("Registering")]);
    let client = stub.client();
    let namespace = "Microsoft.ContainerRegistry";
    assert_eq!(
        client.provider_state("s2", namespace).await.unwrap(),
        "NotRegistered"
    );
    client.register_provider("s2", namespace).await.unwrap();
    let c = "GET Microsoft.ContainerRegistry";
    assert_eq!(stub.calls(), [c, "POST register", c, c]);
}

#[tokio::test]
async fn usages_are_read_with_get() {
    let stub = Stub::start();
    stub.on(
        "GET",
        &format!("{REGISTRY}/listUsages"),
        [answer(200, &json!({"value": []}))],
    );
    let usages = stub.client().usages(&registry_id(), V).await.unwrap();
    assert_eq!(usages, json!({"value": []}));
}

#[tokio::test]
async fn subnet_etag_comes_from_header_or_body() {
    let stub = Stub::start();
    let body = answer(200, &json!({"etag": "W/\"body\"", "properties": {}}));
    stub.on("GET", SUBNET, [body.clone().with("etag", "W/\"header\""), body]);
    let client = stub.client();
    assert_eq!(
        client.subnet(&subnet_id()).await.unwrap().etag.as_deref(),
        Some("W/\"header\"")
    );
    assert_eq!(
        client.subnet(&subnet_id()).await.unwrap().etag.as_deref(),
        Some("W/\"body\"")
    );
    assert_eq!(stub.seen()[0].query, "api-version=2026-03-01");
}
