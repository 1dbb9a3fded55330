//! Requests that make no sense, or none that is known: nothing of them is taken silently.

use reqwest::Method;
use ringfence::sandbox::{Options, State};
use serde_json::json;

use crate::sandbox_support::{Arm, Reply};
use crate::tools::{NEWEST, SUB, ip, registry, rule_set, subnet, vnet_rule};

const RESOURCES: &str = "2024-11-01";
const OWN: &str = "ringfence sandbox: ";

/// A registry and a subnet with the registry's endpoint.
async fn arm() -> Arm {
    let seed = State::empty()
        .with_registry(&registry("contoso"))
        .with_endpoint(&subnet("build"));
    Arm::with(seed).await
}

fn outcome(reply: &Reply) -> (u16, &str) {
    (reply.status.as_u16(), reply.code())
}

#[tokio::test]
async fn page_sizes_that_are_none_are_refused() {
    let arm = arm().await;
    let rows = [
        ("0", (501, "NotEstablished")),
        ("-1", (400, "BadRequest")),
        ("abc", (400, "BadRequest")),
        ("1.5", (400, "BadRequest")),
        ("99999999999999999999999", (400, "BadRequest")),
    ];
    for (top, want) in rows {
        let path = format!("/subscriptions/{SUB}/resources?api-version={RESOURCES}&$top={top}");
        let reply = arm.send(Method::GET, &path, None, &[]).await;
        assert_eq!(outcome(&reply), want, "{top}");
        assert!(reply.message().contains("$top"), "{}", reply.message());
    }
}

/// Recorded: azure-powershell TestCreateWithNetworkRuleSet, 2020-10, where the answer counts reads.
#[tokio::test]
async fn a_name_check_counts_as_a_read() {
    let path = format!(
        "/subscriptions/{SUB}/providers/Microsoft.ContainerRegistry/checkNameAvailability?api-version={NEWEST}"
    );
    let body = json!({"name": "fabrikam", "type": "Microsoft.ContainerRegistry/registries"});
    let reads = "x-ms-ratelimit-remaining-subscription-global-reads";
    let reply = arm().await.send(Method::POST, &path, Some(&body), &[]).await;
    assert_eq!((reply.status.as_u16(), reply.header(reads)), (200, Some("16499")));
    let throttled = Arm::start(Options {
        seed: State::empty().with_registry(&registry("contoso")),
        throttle: Some("reads=2/0,writes=1/0".parse().unwrap()),
        ..Options::default()
    })
    .await;
    for left in ["1", "0"] {
        let reply = throttled.send(Method::POST, &path, Some(&body), &[]).await;
        let header = reply.header("x-ms-ratelimit-remaining-subscription-reads");
        assert_eq!(header, Some(left));
    }
}

#[tokio::test]
async fn rules_of_the_wrong_shape_are_named() {
    let arm = arm().await;
    let id = subnet("build");
    let key = "virtualNetworkSubnetResourceId";
    let slash = format!("{id}/");
    let rows = [
        (
            "ipRules",
            json!({"value": 5}),
            "an IP rule must have a string as `value`",
        ),
        ("ipRules", json!({"value": null}), "an IP rule must have `value`"),
        (
            "ipRules",
            json!({"action": "Allow"}),
            "an IP rule must have `value`",
        ),
        ("ipRules", json!("8.8.8.8"), "an IP rule must be an object"),
        ("ipRules", json!([]), "an IP rule must be an object"),
        (
            "ipRules",
            json!({"value": "8.8.8.8", "action": 1}),
            "a rule's `action` must be a string",
        ),
        (
            "virtualNetworkRules",
            json!({key: 5}),
            "a subnet rule must have a string as",
        ),
        (
            "virtualNetworkRules",
            json!({}),
            "a subnet rule must have `virtualNetwork",
        ),
        (
            "virtualNetworkRules",
            json!(null),
            "a subnet rule must be an object",
        ),
        ("virtualNetworkRules", json!({key: slash}), "which ends in `/`"),
        (
            "virtualNetworkRules",
            json!({key: id.as_str(), "id": "/other"}),
            "two ids",
        ),
        (
            "virtualNetworkRules",
            json!({key: id.as_str(), "action": []}),
            "a rule's `action`",
        ),
    ];
    for (list, rule, want) in rows {
        let body = rule_set(json!({"defaultAction": "Deny", list: [rule]}));
        let reply = arm.patch(registry("contoso").as_str(), NEWEST, &body).await;
        assert!([400, 501].contains(&reply.status.as_u16()), "{body}");
        assert!(
            reply.message().starts_with(OWN) && reply.message().contains(want),
            "{}",
            reply.message()
        );
    }
    let both = json!({"action": "Deny", key: id.as_str(), "id": id.as_str()});
    let body = rule_set(
        json!({"defaultAction": "Deny", "ipRules": [ip("8.8.8.8")], "virtualNetworkRules": [both]}),
    );
    let reply = arm.patch(registry("contoso").as_str(), NEWEST, &body).await;
    assert_eq!(reply.rules()["virtualNetworkRules"], json!([vnet_rule(key, &id)]));
}
