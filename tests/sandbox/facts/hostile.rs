//! Malformed requests and unknown properties: nothing is accepted silently.

use reqwest::Method;
use ringfence::sandbox::{Options, State};
use serde_json::{Value, json};

use crate::arm_requests::{NETWORK, NEWEST, SUB, ip, registry, rule_set, subnet, vnet_rule};
use crate::sandbox_client::{Arm, Reply};

/// A registry and a subnet with the registry's endpoint.
pub(crate) async fn arm() -> Arm {
    let seed = State::empty()
        .with_registry(&registry("contoso"))
        .with_endpoint(&subnet("build"));
    Arm::with(seed).await
}

pub(crate) fn outcome(reply: &Reply) -> (u16, &str) {
    (reply.status.as_u16(), reply.code())
}

pub(crate) fn network() -> String {
    let id = subnet("build");
    id.as_str().trim_end_matches("/subnets/build").to_owned()
}

pub(crate) fn network_body(space: Value, subnets: Value) -> Value {
    json!({"location": "eastus", "properties": {"addressSpace": space, "subnets": subnets}})
}

pub(crate) const RESOURCES: &str = "2024-11-01";
pub(crate) const OWN: &str = "ringfence sandbox: ";

#[tokio::test]
async fn invalid_page_sizes_are_refused() {
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
async fn name_check_counts_as_a_read() {
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
async fn malformed_rules_are_named() {
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

/// The fields of each policy: specification; statuses in lower case: recorded.
#[tokio::test]
async fn policies_accept_only_their_own_fields_and_values() {
    let arm = arm().await;
    let id = registry("contoso");
    let rows = [
        ("quarantinePolicy", json!({"status": "perhaps"}), 400),
        ("quarantinePolicy", json!({"status": true}), 400),
        ("quarantinePolicy", json!({"days": 7}), 501),
        ("retentionPolicy", json!({"days": -1}), 400),
        ("retentionPolicy", json!({"days": 366}), 400),
        ("retentionPolicy", json!({"days": "7"}), 400),
        ("softDeletePolicy", json!({"retentionDays": 91}), 400),
        ("trustPolicy", json!({"type": "Cosign"}), 400),
        ("exportPolicy", json!([]), 400),
    ];
    for (policy, value, status) in rows {
        let body = json!({"properties": {"policies": {policy: value}}});
        let reply = arm.patch(id.as_str(), NEWEST, &body).await;
        assert_eq!(reply.status, status, "{body}");
        assert!(
            reply.message().contains(&format!("policies.{policy}")),
            "{}",
            reply.message()
        );
    }
    let body = json!({"properties": {"policies": {"retentionPolicy": {"days": 30, "status": "Enabled", "lastUpdatedTime": "x"}}}});
    let taken = arm.patch(id.as_str(), NEWEST, &body).await;
    let policy = &taken.body["properties"]["policies"]["retentionPolicy"];
    assert_eq!(
        (&policy["days"], &policy["status"]),
        (&json!(30), &json!("enabled"))
    );
    assert_ne!(policy["lastUpdatedTime"], "x");
}

#[tokio::test]
async fn body_with_another_id_is_refused() {
    let arm = arm().await;
    let (contoso, build) = (registry("contoso"), subnet("build"));
    let body = |key: &str, value: &Value| {
        let mut body = json!({"properties": {"addressPrefix": "10.0.0.0/24"}});
        body[key] = value.clone();
        body
    };
    for (key, value) in [
        ("location", "westus"),
        ("id", "/other"),
        ("name", "other"),
        ("type", "other"),
    ] {
        let patch = json!({key: value});
        assert_eq!(
            outcome(&arm.patch(contoso.as_str(), NEWEST, &patch).await),
            (501, "NotEstablished"),
            "{patch}"
        );
        let wrong = json!({key: 5});
        assert_eq!(
            arm.patch(contoso.as_str(), NEWEST, &wrong).await.status,
            400,
            "{wrong}"
        );
    }
    for key in ["id", "name"] {
        let reply = arm
            .put(build.as_str(), NETWORK, &body(key, &json!("other")))
            .await;
        assert_eq!(outcome(&reply), (501, "NotEstablished"), "{key}");
        assert_eq!(
            arm.put(build.as_str(), NETWORK, &body(key, &json!([])))
                .await
                .status,
            400,
            "{key}"
        );
        let mut net = network_body(json!({"addressPrefixes": ["10.0.0.0/8"]}), json!([]));
        net[key] = "other".into();
        assert_eq!(arm.put(&network(), NETWORK, &net).await.status, 501, "{key}");
    }
    let shown = arm.get(contoso.as_str(), NEWEST).await.body;
    for (key, other) in [
        ("provisioningState", json!("Failed")),
        ("loginServer", json!("fabrikam.azurecr.io")),
        ("zoneRedundancy", json!("Enabled")),
        ("dataEndpointHostNames", json!(["a.test"])),
        ("creationDate", json!("2020-01-01T00:00:00Z")),
    ] {
        let patch = json!({"properties": {key: other}});
        let reply = arm.patch(contoso.as_str(), NEWEST, &patch).await;
        assert_eq!(outcome(&reply), (501, "NotEstablished"), "{patch}");
        assert!(reply.message().contains(key), "{}", reply.message());
        let mut put = shown.clone();
        put["properties"][key] = other;
        let reply = arm.put(contoso.as_str(), NEWEST, &put).await;
        assert_eq!(outcome(&reply), (501, "NotEstablished"), "PUT {patch}");
    }
    let mut echo = shown.clone();
    echo["properties"]["dataEndpointEnabled"] = true.into();
    let reply = arm.patch(contoso.as_str(), NEWEST, &echo).await;
    assert_eq!(reply.status, 200, "the host names of before: {}", reply.body);
    let echo = json!({"location": "East US", "name": "CONTOSO", "id": contoso.as_str().to_uppercase()});
    assert_eq!(arm.patch(contoso.as_str(), NEWEST, &echo).await.status, 200);
}

/// Rules: resource-name-rules, tag-resources; encryption and creation: specification.
#[tokio::test]
async fn impossible_registries_are_not_created() {
    let arm = arm().await;
    let providers = format!("/subscriptions/{SUB}/resourceGroups/rg/providers");
    let prefix = json!({"properties": {"addressPrefix": "10.0.9.0/24"}});
    let net = network_body(json!({"addressPrefixes": ["10.0.0.0/16"]}), json!([]));
    let long = "x".repeat(91);
    for name in ["-a", "a.", "a%20b", "a%2Fb", "%3Cscript%3E", long.as_str()] {
        let subnet = format!("{}/subnets/{name}", network());
        assert_eq!(arm.put(&subnet, NETWORK, &prefix).await.status, 400, "{name}");
        let path = format!("{providers}/Microsoft.Network/virtualNetworks/{name}");
        assert_eq!(arm.put(&path, NETWORK, &net).await.status, 400, "{name}");
    }
    for name in ["a.", "a%20b", "a%2Fb", "%3Cscript%3E", long.as_str()] {
        let path = format!("/subscriptions/{SUB}/resourcegroups/{name}");
        let reply = arm.put(&path, RESOURCES, &json!({"location": "eastus"})).await;
        assert_eq!(reply.status, 400, "{name}");
    }
    let many: serde_json::Map<String, Value> = (0..51).map(|n| (n.to_string(), json!(""))).collect();
    let tags = [
        json!({"": "a"}),
        json!({"a": "x".repeat(257)}),
        json!({"a<b": "c"}),
        json!({"a": "", "A": ""}),
        json!(many),
        json!({"a": 1}),
    ];
    for tags in tags {
        let reply = arm
            .patch(registry("contoso").as_str(), NEWEST, &json!({"tags": tags}))
            .await;
        assert_eq!(reply.status, 400, "{tags}");
    }
    let rows = [
        ("zoneRedundancy", json!("Perhaps")),
        ("autoGeneratedDomainNameLabelScope", json!(5)),
        ("encryption", json!("on")),
        ("encryption", json!({"status": 5})),
        ("encryption", json!({"keyVaultProperties": "x"})),
        ("encryption", json!({"fromTheFuture": 1})),
    ];
    for (name, value) in rows {
        let body =
            json!({"location": "eastus", "sku": {"name": "Premium"}, "properties": {name: value}});
        let path = format!("{providers}/Microsoft.ContainerRegistry/registries/fabrikam");
        let reply = arm.put(&path, NEWEST, &body).await;
        assert!(
            [400, 501].contains(&reply.status.as_u16()),
            "{body}: {}",
            reply.body
        );
    }
}

/// No recording shows which of two equal keys counts.
#[tokio::test]
async fn duplicate_keys_are_501() {
    let arm = arm().await;
    let url = format!(
        "{}{}?api-version={NEWEST}",
        arm.sandbox.ready().arm,
        registry("contoso")
    );
    let body =
        r#"{"properties": {"networkRuleSet": {"defaultAction": "Deny", "defaultAction": "Allow"}}}"#;
    let request = arm
        .client
        .patch(url)
        .bearer_auth(&arm.token)
        .header("content-type", "application/json");
    let reply = crate::sandbox_client::reply(request.body(body)).await;
    assert_eq!(outcome(&reply), (501, "NotEstablished"));
    assert!(reply.message().contains("`defaultAction`"));
}

#[tokio::test]
async fn unknown_methods_and_versions_are_refused_everywhere() {
    let arm = arm().await;
    let paths = [
        (registry("contoso").as_str().to_owned(), NEWEST),
        (subnet("build").as_str().to_owned(), NETWORK),
        (network(), NETWORK),
        (format!("/subscriptions/{SUB}/resourcegroups/rg"), RESOURCES),
        (format!("/subscriptions/{SUB}/resources"), RESOURCES),
        (
            format!("/subscriptions/{SUB}/providers/Microsoft.Network"),
            RESOURCES,
        ),
    ];
    for (path, version) in &paths {
        for method in ["OPTIONS", "POST", "TRACE", "FOO"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let reply = arm
                .send(
                    method.clone(),
                    &format!("{path}?api-version={version}"),
                    None,
                    &[],
                )
                .await;
            assert_eq!(outcome(&reply), (501, "NotServed"), "{method} {path}");
        }
        for bad in [
            "",
            "?api-version=",
            "?api-version=latest",
            "?api-version=2024-13-01",
            "?api-version=9999-01-01",
            "?api-version=%00",
        ] {
            let reply = arm.send(Method::GET, &format!("{path}{bad}"), None, &[]).await;
            assert_eq!(reply.status, 400, "{path}{bad}");
        }
    }
}

/// Unknown members of a body or a query are refused.
#[tokio::test]
async fn unknown_properties_are_not_dropped_silently() {
    let arm = arm().await;
    let lists = [
        (
            format!("/subscriptions/{SUB}/providers/Microsoft.ContainerRegistry/registries"),
            NEWEST,
        ),
        (
            format!("/subscriptions/{SUB}/providers/Microsoft.Network/virtualNetworks"),
            NETWORK,
        ),
    ];
    for (path, version) in &lists {
        for query in [
            "&$filter=name eq 'x'",
            "&api-version=2019-05-01",
            "&$top=1&$Top=2",
        ] {
            let reply = arm
                .send(
                    Method::GET,
                    &format!("{path}?api-version={version}{query}"),
                    None,
                    &[],
                )
                .await;
            assert_eq!(outcome(&reply), (501, "NotEstablished"), "{path}{query}");
        }
    }
    let group = format!("/subscriptions/{SUB}/resourcegroups/rg");
    let rows = [
        ("managedBy", 501),
        ("fromTheFuture", 501),
        ("name", 501),
        ("tags", 400),
    ];
    for (key, status) in rows {
        let mut body = json!({"location": "eastus"});
        body[key] = "x".into();
        assert_eq!(arm.put(&group, RESOURCES, &body).await.status, status, "{key}");
    }
    let check =
        format!("/subscriptions/{SUB}/providers/Microsoft.ContainerRegistry/checkNameAvailability");
    assert_eq!(outcome(&arm.get(&check, NEWEST).await), (501, "NotServed"));
}

#[tokio::test]
async fn malformed_identities_and_replications_are_refused() {
    let arm = arm().await;
    let id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/u";
    let identities = [
        json!({"type": 5}),
        json!({"type": "SystemAssignedX"}),
        json!({"type": "SystemAssigned, None"}),
        json!({"type": "UserAssigned"}),
        json!({"type": "UserAssigned", "userAssignedIdentities": [id]}),
        json!({"type": "UserAssigned", "userAssignedIdentities": {"u": {}}}),
        json!({"type": "UserAssigned", "userAssignedIdentities": {id: 5}}),
        json!([]),
    ];
    for identity in identities {
        let body = json!({"identity": identity});
        assert_eq!(
            arm.patch(registry("contoso").as_str(), NEWEST, &body)
                .await
                .status,
            400,
            "{body}"
        );
    }
    let rows = [
        ("westus", json!({"properties": 5})),
        ("westus", json!({"properties": {"zoneRedundancy": 5}})),
        ("westus", json!({"properties": {"regionEndpointEnabled": "x"}})),
        ("west%20us", json!({})),
    ];
    for (name, mut body) in rows {
        body["location"] = "westus".into();
        let path = format!("{}/replications/{name}", registry("contoso"));
        let reply = arm.put(&path, NEWEST, &body).await;
        assert!(
            [400, 501].contains(&reply.status.as_u16()),
            "{body}: {}",
            reply.body
        );
    }
}
