//! Faults of operations: they play where Azure has an operation, in its recorded form, and nowhere else.

use crate::arm_requests::{NETWORK, NEWEST, SUB, ip, registry, rule_set, subnet};
use crate::sandbox_client::{Arm, Reply};
use reqwest::Method;
use ringfence::sandbox::{Effect, Fault, Options, State};
use serde_json::{Value, json};

const RESOURCES: &str = "2024-11-01";
const LOCKS: &str = "2020-05-01";

async fn arm(effect: Effect, polls: u32) -> Arm {
    Arm::start(Options {
        seed: State::empty()
            .with_registry(&registry("contoso"))
            .with_subnet(&subnet("build")),
        faults: vec![Fault::new(effect)],
        polls,
        ..Options::default()
    })
    .await
}

fn failing() -> Effect {
    Effect::LroFailed {
        code: "Conflict".to_owned(),
        message: "no".to_owned(),
    }
}

async fn send(arm: &Arm, method: Method, path: &str, version: &str, body: Option<&Value>) -> Reply {
    let path = format!("{path}?api-version={version}");
    arm.send(method, &path, body, &[]).await
}

async fn poll(arm: &Arm, begun: &Reply, header: &str) -> Reply {
    arm.send(Method::GET, begun.header(header).unwrap(), None, &[])
        .await
}

/// Recorded: azure-powershell TestCreateWithNetworkRuleSet, 2020-10.
#[tokio::test]
async fn faulted_deletion_has_its_recorded_form() {
    let arm = arm(Effect::Lro { polls: 1 }, 0).await;
    let id = registry("contoso");
    let gone = send(&arm, Method::DELETE, id.as_str(), NEWEST, None).await;
    assert_eq!(gone.status, 202);
    assert_eq!(gone.body["properties"]["provisioningState"], "Deleting");
    assert_eq!(gone.header("azure-asyncoperation"), None);
    for (status, read) in [(202, 200), (200, 404)] {
        assert_eq!(poll(&arm, &gone, "location").await.status, status);
        assert_eq!(arm.get(id.as_str(), NEWEST).await.status, read);
    }
}

#[tokio::test]
async fn writes_without_operation_are_as_without_the_fault() {
    let group = format!("/subscriptions/{SUB}/resourceGroups/rg");
    let lock = format!(
        "{}/providers/Microsoft.Authorization/locks/keep",
        registry("contoso")
    );
    let credentials = format!("{}/listCredentials", registry("contoso"));
    let subnet = subnet("build");
    let (network, _) = subnet.as_str().split_once("/subnets/").unwrap();
    let level = json!({"properties": {"level": "CanNotDelete"}});
    let place = json!({"location": "eastus"});
    let tags = json!({"tags": {"a": "b"}});
    let rows = [
        (Method::PUT, lock.as_str(), LOCKS, Some(&level), 201),
        (Method::DELETE, &lock, LOCKS, None, 200),
        (Method::PUT, &group, RESOURCES, Some(&place), 200),
        (Method::PATCH, network, NETWORK, Some(&tags), 200),
        (Method::POST, &credentials, NEWEST, None, 400),
    ];
    for effect in [Effect::Lro { polls: 1 }, Effect::LroStuck, failing()] {
        let arm = arm(effect, 0).await;
        for (method, path, version, body, status) in &rows {
            let answered = send(&arm, method.clone(), path, version, *body).await;
            assert_eq!(answered.status, *status, "{method} {path}: {}", answered.body);
            for header in ["azure-asyncoperation", "location"] {
                assert_eq!(answered.header(header), None, "{method} {path}");
            }
        }
    }
}

/// The first replication brings that of the home region with it.
#[tokio::test]
async fn failed_and_lost_replications_leave_nothing_behind() {
    let path = format!("{}/replications/westus", registry("contoso"));
    let list = format!("{}/replications", registry("contoso"));
    let body = json!({"location": "westus"});
    let arm = arm(failing(), 1).await;
    let begun = arm.put(&path, NEWEST, &body).await;
    assert_eq!(begun.status, 201, "{}", begun.body);
    assert_eq!(arm.get(&path, NEWEST).await.status, 200);
    for status in ["Creating", "Failed", "Failed"] {
        assert_eq!(
            poll(&arm, &begun, "azure-asyncoperation").await.body["status"],
            status
        );
    }
    assert_eq!(arm.get(&list, NEWEST).await.body, json!({"value": []}));

    let arm = self::arm(Effect::LostWrite, 1).await;
    assert_eq!(arm.put(&path, NEWEST, &body).await.status, 201);
    assert_eq!(arm.get(&list, NEWEST).await.body, json!({"value": []}));
}

#[tokio::test]
async fn failed_deletion_is_501_at_its_location() {
    let arm = arm(failing(), 1).await;
    let id = registry("contoso");
    let begun = send(&arm, Method::DELETE, id.as_str(), NEWEST, None).await;
    assert_eq!(poll(&arm, &begun, "location").await.status, 202);
    assert_eq!(poll(&arm, &begun, "location").await.code(), "NotEstablished");
    let read = arm.get(id.as_str(), NEWEST).await;
    assert_eq!(read.body["properties"]["provisioningState"], "Succeeded");
}

#[tokio::test]
async fn fault_of_writes_does_not_count_reads() {
    let id = registry("contoso");
    let arm = Arm::start(Options {
        seed: State::empty().with_registry(&id),
        faults: vec![Fault::new(Effect::LostWrite).path("registries").nth(1)],
        ..Options::default()
    })
    .await;
    let before = arm.get(id.as_str(), NEWEST).await.body;
    let deny = rule_set(json!({"defaultAction": "Deny", "ipRules": [ip("8.8.8.8")]}));
    assert_eq!(arm.patch(id.as_str(), NEWEST, &deny).await.status, 200);
    assert_eq!(arm.get(id.as_str(), NEWEST).await.body, before);
}
