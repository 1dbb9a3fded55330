//! Each fault over real HTTPS, and the request hook of tests.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::arm_requests::{NETWORK, NEWEST, ip, registry, rule_set, subnet};
use crate::sandbox_client::{Arm, Reply};
use reqwest::{Certificate, Client, Method, Version};
use ringfence::sandbox::{Effect, Fault, Options, Phase, RequestHook, State, StatusFault};
use serde_json::{Value, json};

async fn arm(faults: Vec<Fault>) -> Arm {
    Arm::start(Options {
        seed: seed(),
        faults,
        ..Options::default()
    })
    .await
}

fn seed() -> State {
    State::empty()
        .with_registry(&registry("contoso"))
        .with_subnet(&subnet("build"))
}

fn get() -> String {
    format!("{}?api-version={NEWEST}", registry("contoso"))
}

fn deny() -> Value {
    rule_set(json!({"defaultAction": "Deny", "ipRules": [ip("8.8.8.8")]}))
}

async fn read(arm: &Arm) -> Reply {
    arm.get(registry("contoso").as_str(), NEWEST).await
}

async fn write(arm: &Arm) -> Reply {
    arm.patch(registry("contoso").as_str(), NEWEST, &deny()).await
}

/// Sends a request. Returns the client's error if there is no complete answer.
async fn raw(arm: &Arm, method: Method, body: Option<&Value>) -> Result<String, reqwest::Error> {
    let url = format!("{}{}", arm.sandbox.ready().arm, get());
    let mut request = arm.client.request(method, url).bearer_auth(&arm.token);
    if let Some(body) = body {
        request = request.json(body);
    }
    request.send().await?.text().await
}

fn action(reply: &Reply) -> &str {
    reply.rules()["defaultAction"].as_str().unwrap()
}

#[tokio::test]
async fn status_fault_hits_the_nth_matching_request() {
    let fault = Fault::status(503)
        .method("get")
        .path("/REGISTRIES/contoso")
        .nth(2)
        .nth(3);
    let arm = arm(vec![fault]).await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        assert_eq!(arm.get("/subscriptions/x/y", NEWEST).await.status, 404);
        assert_eq!(write(&arm).await.status, 200);
        seen.push(read(&arm).await.status.as_u16());
    }
    assert_eq!(seen, [200, 503, 503, 200]);
}

#[tokio::test]
async fn status_fault_has_azures_or_the_given_code() {
    let rows = [
        (429, "SubscriptionRequestsThrottled"),
        (500, "InternalServerError"),
        (502, "BadGateway"),
        (503, "ServerTimeout"),
        (504, "GatewayTimeout"),
    ];
    for (status, code) in rows {
        let arm = arm(vec![Fault::status(status).path("registries")]).await;
        let answered = read(&arm).await;
        assert_eq!((answered.status.as_u16(), answered.code()), (status, code));
        assert_eq!(answered.header("retry-after"), None);
    }
    let fault = StatusFault {
        status: 409,
        retry_after: Some(7),
        code: Some("RegistryStatusConflict".to_owned()),
        message: Some("busy".to_owned()),
        processed: true,
    };
    let arm = arm(vec![Fault::new(Effect::Status(fault)).method("PATCH")]).await;
    let answered = write(&arm).await;
    assert_eq!(
        (answered.status.as_u16(), answered.code(), answered.message()),
        (409, "RegistryStatusConflict", "busy")
    );
    assert_eq!(answered.header("retry-after"), Some("7"));
    assert_eq!(
        action(&read(&arm).await),
        "Deny",
        "`processed` hides a write that was made"
    );
}

#[tokio::test]
async fn reset_is_before_and_reset_after_behind_the_write() {
    for (effect, after) in [(Effect::Reset, "Allow"), (Effect::ResetAfter, "Deny")] {
        let arm = arm(vec![Fault::new(effect).method("PATCH")]).await;
        let error = raw(&arm, Method::PATCH, Some(&deny())).await.unwrap_err();
        assert!(error.is_request(), "{error:?}");
        assert_eq!(action(&read(&arm).await), after);
    }
}

#[tokio::test]
async fn http1_reset_closes_the_connection_without_a_byte() {
    let arm = arm(vec![Fault::new(Effect::Reset).path("registries")]).await;
    let ca = reqwest::Certificate::from_pem(arm.sandbox.ready().ca_pem.as_bytes()).unwrap();
    let http1 = reqwest::Client::builder()
        .tls_certs_only([ca])
        .http1_only()
        .no_proxy()
        .build()
        .unwrap();
    let url = format!("{}{}", arm.sandbox.ready().arm, get());
    let error = http1.get(url).bearer_auth(&arm.token).send().await.unwrap_err();
    assert!(error.is_request(), "{error:?}");
}

#[tokio::test]
async fn delayed_request_is_processed_after_the_client_leaves() {
    let slow = Fault::new(Effect::Slow(Duration::from_secs(3600))).method("PATCH");
    let arm = arm(vec![slow]).await;
    let url = format!("{}{}", arm.sandbox.ready().arm, get());
    let request = arm.client.patch(url).bearer_auth(&arm.token).json(&deny());
    let error = request
        .timeout(Duration::from_millis(500))
        .send()
        .await
        .unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(action(&read(&arm).await), "Deny");
}

#[tokio::test]
async fn truncated_answer_is_half_of_the_body() {
    let fault = Fault::new(Effect::Truncate).method("GET").nth(2).nth(3);
    let arm = arm(vec![fault]).await;
    let whole = raw(&arm, Method::GET, None).await.unwrap();
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let ca = Certificate::from_pem(arm.sandbox.ready().ca_pem.as_bytes()).unwrap();
        let client = Client::builder().tls_certs_only([ca]).no_proxy();
        let client = if version == Version::HTTP_11 {
            client.http1_only()
        } else {
            client
        };
        let url = format!("{}{}", arm.sandbox.ready().arm, get());
        let request = client.build().unwrap().get(url).bearer_auth(&arm.token);
        let mut response = request.send().await.unwrap();
        assert_eq!((response.status().as_u16(), response.version()), (200, version));
        let length = &response.headers()["content-length"];
        assert_eq!(length.to_str().unwrap(), whole.len().to_string());
        let mut seen = Vec::new();
        let broken = loop {
            match response.chunk().await {
                Ok(chunk) => seen.extend_from_slice(&chunk.expect("the body must not end well")),
                Err(error) => break error,
            }
        };
        assert!(broken.is_body() || broken.is_decode(), "{broken:?}");
        assert_eq!(seen, &whole.as_bytes()[..whole.len() / 2], "{version:?}");
    }
}

#[tokio::test]
async fn garbage_answer_is_not_json() {
    let garbage = arm(vec![Fault::new(Effect::Garbage).method("GET")]).await;
    let text = raw(&garbage, Method::GET, None).await.unwrap();
    assert!(text.starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn lost_write_is_answered_but_not_stored() {
    let arm = arm(vec![Fault::new(Effect::LostWrite).nth(1).method("PATCH")]).await;
    let answered = write(&arm).await;
    assert_eq!((answered.status.as_u16(), action(&answered)), (200, "Deny"));
    assert_eq!(action(&read(&arm).await), "Allow");
    write(&arm).await;
    assert_eq!(action(&read(&arm).await), "Deny", "only the first is lost");
}

#[tokio::test]
async fn policy_fault_changes_or_refuses_the_request() {
    let set =
        json!({"properties": {"publicNetworkAccess": "Disabled", "networkRuleSet": {"ipRules": null}}});
    let modify = arm(vec![Fault::new(Effect::PolicyModify { set }).method("PATCH")]).await;
    let answered = write(&modify).await;
    assert_eq!(answered.status, 200, "{}", answered.body);
    assert_eq!(answered.body["properties"]["publicNetworkAccess"], "Disabled");
    assert_eq!(action(&answered), "Deny", "what the policy does not name stays");
    assert_eq!(answered.rules()["ipRules"], json!([]), "null takes a key out");

    let policy = "no-open-registries".to_owned();
    let refuse = arm(vec![Fault::new(Effect::PolicyDeny { policy }).method("PATCH")]).await;
    let answered = write(&refuse).await;
    assert_eq!(
        (answered.status.as_u16(), answered.code()),
        (403, "RequestDisallowedByPolicy")
    );
    assert!(answered.message().contains("no-open-registries"));
    assert_eq!(
        answered.body["error"]["additionalInfo"][0]["type"],
        "PolicyViolation"
    );
    assert_eq!(action(&read(&refuse).await), "Allow");
}

#[tokio::test]
async fn expired_fault_rejects_the_token() {
    let arm = arm(vec![Fault::new(Effect::ExpiredToken).path("registries").nth(1)]).await;
    let refused = read(&arm).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code()),
        (401, "ExpiredAuthenticationToken")
    );
    assert_eq!(read(&arm).await.status, 200);
}

#[tokio::test]
async fn clear_fault_empties_omitted_lists() {
    let arm = arm(vec![Fault::new(Effect::ClearOmittedLists).method("PATCH").nth(2)]).await;
    write(&arm).await;
    let other = rule_set(json!({"defaultAction": "Deny", "virtualNetworkRules": []}));
    let cleared = arm.patch(registry("contoso").as_str(), NEWEST, &other).await;
    assert_eq!(cleared.rules()["ipRules"], json!([]));
}

/// Azure/azure-cli#33660, 2026-09: the message names the caller and the wait.
#[tokio::test]
async fn throttling_fault_names_the_caller_and_the_wait() {
    let mut fault = Fault::status(429).method("PATCH");
    if let Effect::Status(status) = &mut fault.effect {
        status.retry_after = Some(3);
    }
    let arm = arm(vec![fault, Fault::status(429).method("DELETE")]).await;
    let client = &arm.sandbox.ready().client_id;
    let text = |kind: &str, wait: u32| {
        format!(
            "Number of '{kind}' requests for subscription '{}' actor '{client}' exceeded. Please try again after '{wait}' seconds.",
            crate::arm_requests::SUB
        )
    };
    assert_eq!(write(&arm).await.message(), text("write", 3));
    let deleted = arm.send(Method::DELETE, &get(), None, &[]).await;
    assert_eq!(deleted.message(), text("delete", 10));
}

#[tokio::test]
async fn policy_denial_names_the_group() {
    let policy = "no-groups".to_owned();
    let arm = arm(vec![Fault::new(Effect::PolicyDeny { policy }).method("PUT")]).await;
    let path = format!("/subscriptions/{}/resourcegroups/lab", crate::arm_requests::SUB);
    let denied = arm.put(&path, "2024-11-01", &json!({"location": "eastus"})).await;
    assert_eq!(
        (denied.code(), &denied.body["error"]["target"]),
        ("RequestDisallowedByPolicy", &json!("lab"))
    );
    assert!(
        denied
            .message()
            .starts_with("Resource 'lab' was disallowed by policy.")
    );
}

/// Polls the operation of a registry PATCH `times` times.
async fn statuses(arm: &Arm, reply: &Reply, times: usize) -> Vec<Value> {
    let link = reply.header("azure-asyncoperation").unwrap();
    let mut seen = Vec::new();
    for _ in 0..times {
        let poll = arm.send(Method::GET, link, None, &[]).await;
        assert_eq!(poll.status, 200);
        seen.push(poll.body["status"].clone());
    }
    seen
}

#[tokio::test]
async fn registry_write_operation_can_succeed_fail_or_hang() {
    let lro = arm(vec![Fault::new(Effect::Lro { polls: 2 }).method("PATCH")]).await;
    let begun = write(&lro).await;
    assert_eq!(begun.status, 201);
    assert_eq!(begun.body["properties"]["provisioningState"], "Updating");
    assert_eq!(
        statuses(&lro, &begun, 3).await,
        ["Updating", "Updating", "Succeeded"]
    );
    assert_eq!(action(&read(&lro).await), "Deny");

    let stuck = arm(vec![Fault::new(Effect::LroStuck).method("PATCH")]).await;
    let begun = write(&stuck).await;
    assert_eq!(statuses(&stuck, &begun, 3).await, ["Updating"; 3]);

    let fails = Effect::LroFailed {
        code: "Conflict".to_owned(),
        message: "no".to_owned(),
    };
    let failed = arm(vec![Fault::new(fails).method("PATCH")]).await;
    let begun = write(&failed).await;
    let link = begun.header("azure-asyncoperation").unwrap();
    let poll = failed.send(Method::GET, link, None, &[]).await;
    assert_eq!(
        poll.body,
        json!({"status": "Failed", "error": {"code": "Conflict", "message": "no"}})
    );
    assert_eq!(action(&read(&failed).await), "Allow");
    let unsigned = failed.client.get(link);
    assert_eq!(crate::sandbox_client::reply(unsigned).await.status, 401);
}

/// The code of the 409 is from Azure/bicep-ptn-aiml-landing-zone#18; `Updating` until the end is recorded for
/// `identity` and `encryption` (azure-cli test_acr_encryption_with_cmk, 2021-06).
#[tokio::test]
async fn registry_refuses_writes_during_an_operation() {
    async fn state(arm: &Arm) -> String {
        let read = read(arm).await;
        let state = &read.body["properties"]["provisioningState"];
        state.as_str().unwrap().to_owned()
    }
    let lro = arm(vec![Fault::new(Effect::Lro { polls: 1 }).method("PATCH").nth(1)]).await;
    let begun = write(&lro).await;
    assert_eq!(begun.header("retry-after"), Some("0"));
    assert_eq!(state(&lro).await, "Updating");
    let busy = write(&lro).await;
    assert_eq!(
        (busy.status.as_u16(), busy.code()),
        (409, "RegistryStatusConflict")
    );
    assert_eq!(statuses(&lro, &begun, 2).await, ["Updating", "Succeeded"]);
    assert_eq!(state(&lro).await, "Succeeded");
    assert_eq!(write(&lro).await.status, 200);

    let body = json!({"location": "eastus", "sku": {"name": "Premium"}});
    let new = registry("fabrikam");
    let made = arm(vec![Fault::new(Effect::Lro { polls: 1 }).method("PUT")]).await;
    let begun = made.put(new.as_str(), NEWEST, &body).await;
    assert_eq!(begun.body["properties"]["provisioningState"], "Creating");
    assert_eq!(statuses(&made, &begun, 2).await, ["Creating", "Succeeded"]);
}

/// The operation time is zero, so only the fault holds the operation.
#[tokio::test]
async fn stuck_operation_ends_only_when_the_faults_end() {
    let arm = Arm::start(Options {
        seed: seed(),
        operation_time: Duration::ZERO,
        faults: vec![
            Fault::new(Effect::LroStuck).method("PATCH").nth(1),
            Fault::new(Effect::LroStuck).method("PUT").nth(1),
        ],
        ..Options::default()
    })
    .await;
    write(&arm).await;
    assert_eq!(
        read(&arm).await.body["properties"]["provisioningState"],
        "Updating"
    );
    assert_eq!(write(&arm).await.code(), "RegistryStatusConflict");
    let subnet = subnet("build");
    let body = arm.get(subnet.as_str(), NETWORK).await.body;
    assert_eq!(arm.put(subnet.as_str(), NETWORK, &body).await.status, 200);
    let busy = arm.put(subnet.as_str(), NETWORK, &body).await;
    assert_eq!(busy.code(), "AnotherOperationInProgress");
    arm.sandbox.change(|options| options.faults.clear());
    assert_eq!(write(&arm).await.status, 200);
    assert_eq!(arm.put(subnet.as_str(), NETWORK, &body).await.status, 200);
}

#[tokio::test]
async fn failed_subnet_operation_changes_nothing() {
    let fails = Effect::LroFailed {
        code: "InternalServerError".to_owned(),
        message: "An error occurred.".to_owned(),
    };
    let arm = Arm::start(Options {
        seed: seed(),
        polls: 2,
        faults: vec![Fault::new(fails).method("PUT").nth(1)],
        ..Options::default()
    })
    .await;
    let id = subnet("build");
    let before = arm.get(id.as_str(), NETWORK).await.body;
    let mut body = before.clone();
    body["properties"]["serviceEndpoints"] = json!([{"service": "Microsoft.ContainerRegistry"}]);
    let put = arm.put(id.as_str(), NETWORK, &body).await;
    assert_eq!(put.status, 200);
    assert_eq!(
        statuses(&arm, &put, 4).await,
        ["InProgress", "InProgress", "Failed", "Failed"]
    );
    let after = arm.get(id.as_str(), NETWORK).await.body;
    assert_eq!(after["properties"], before["properties"]);
    assert_ne!(after["etag"], before["etag"]);
    let again = arm.put(id.as_str(), NETWORK, &body).await;
    assert_eq!(again.status, 200, "{}", again.body);
    assert_eq!(
        statuses(&arm, &again, 3).await,
        ["InProgress", "InProgress", "Succeeded"]
    );
}

#[tokio::test]
async fn refusal_does_not_become_an_operation() {
    let arm = arm(vec![Fault::new(Effect::LroStuck).method("PATCH")]).await;
    let refused = arm
        .patch(
            registry("contoso").as_str(),
            NEWEST,
            &rule_set(json!({"ipRules": 1})),
        )
        .await;
    assert!(refused.status.is_client_error() && refused.header("azure-asyncoperation").is_none());
}

#[tokio::test]
async fn request_hook_sees_state_before_and_after_each_request() {
    type Seen = Arc<Mutex<Vec<(Phase, String, String)>>>;
    let seen: Seen = Arc::default();
    let log = Arc::clone(&seen);
    let observer = RequestHook::new(move |event| {
        if event.method == "PATCH" {
            let state = event.state();
            let set = &state.resources[0]["properties"]["networkRuleSet"];
            let action = set["defaultAction"].as_str().unwrap().to_owned();
            let name = event.path.rsplit('/').next().unwrap().to_owned();
            log.lock().unwrap().push((event.phase, name, action));
        }
    });
    let arm = Arm::start(Options {
        seed: State::empty().with_registry(&registry("contoso")),
        faults: vec![Fault::new(Effect::ResetAfter).method("PATCH").nth(2)],
        on_request: Some(observer),
        ..Options::default()
    })
    .await;
    write(&arm).await;
    let open = rule_set(json!({"defaultAction": "Allow"}));
    raw(&arm, Method::PATCH, Some(&open)).await.unwrap_err();
    let row = |phase, action: &str| (phase, "contoso".to_owned(), action.to_owned());
    assert_eq!(
        *seen.lock().unwrap(),
        [
            row(Phase::Before, "Allow"),
            row(Phase::After { status: Some(200) }, "Deny"),
            row(Phase::Before, "Deny"),
            row(Phase::After { status: None }, "Allow"),
        ]
    );
}

#[tokio::test]
async fn stale_reads_show_the_state_before_the_write() {
    let lags = Fault::new(Effect::StaleReads { reads: 2 }).method("PATCH");
    let arm = arm(vec![lags]).await;
    assert_eq!(write(&arm).await.status, 200);
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(action(&read(&arm).await).to_owned());
    }
    assert_eq!(seen, ["Allow", "Allow", "Deny"]);
}

#[tokio::test]
async fn repeated_request_is_answered_as_the_second_one() {
    let arm = arm(vec![Fault::new(Effect::Repeated).method("DELETE")]).await;
    let url = format!("{}{}", arm.sandbox.ready().arm, get());
    let delete = arm.client.delete(url).bearer_auth(&arm.token);
    let answered = delete.send().await.unwrap();
    assert_eq!(answered.status().as_u16(), 204, "the first one has deleted it");
}
