//! Requests that make no sense, or none that is known: nothing of them is taken silently.

use reqwest::Method;
use ringfence::sandbox::{Options, State};
use serde_json::{Value, json};

use crate::sandbox_support::{Arm, Reply};
use crate::tools::{NETWORK, NEWEST, SUB, ip, registry, rule_set, subnet, vnet_rule};

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

fn network() -> String {
    let id = subnet("build");
    id.as_str().trim_end_matches("/subnets/build").to_owned()
}

fn network_body(space: Value, subnets: Value) -> Value {
    json!({"location": "eastus", "properties": {"addressSpace": space, "subnets": subnets}})
}

/// Texts: Azure/acr#406 (for another type), cloud-barista/cb-spider#527, 2021-11.
#[tokio::test]
async fn nothing_is_made_where_there_is_no_region() {
    let arm = arm().await;
    let rg = format!("/subscriptions/{SUB}/resourceGroups/rg/providers");
    let space = json!({"addressPrefixes": ["10.0.0.0/16"]});
    let rows = [
        (
            format!("{rg}/Microsoft.ContainerRegistry/registries/fabrikam"),
            NEWEST,
            json!({"sku": {"name": "Premium"}}),
            "resource type 'Microsoft.ContainerRegistry/registries'",
        ),
        (
            format!("{}/replications/nowhere", registry("contoso")),
            NEWEST,
            json!({}),
            "resource type 'Microsoft.ContainerRegistry/registries/replications'",
        ),
        (
            format!("{rg}/Microsoft.Network/virtualNetworks/new"),
            NETWORK,
            json!({"properties": {"addressSpace": space}}),
            "resource type 'Microsoft.Network/virtualNetworks'",
        ),
        (
            format!("/subscriptions/{SUB}/resourcegroups/new"),
            RESOURCES,
            json!({}),
            "resource group",
        ),
    ];
    for (path, version, mut body, kind) in rows {
        body["location"] = "Middle Earth".into();
        let reply = arm.put(&path, version, &body).await;
        let start = format!(
            "The provided location 'Middle Earth' is not available for {kind}. List of available regions"
        );
        assert!(reply.message().starts_with(&start), "{}", reply.message());
        let code = if kind == "resource group" { "Group" } else { "Type" };
        let code = format!("LocationNotAvailableForResource{code}");
        assert_eq!(outcome(&reply), (400, code.as_str()));
        for (sent, want) in [
            (json!(5), "InvalidRequestContent"),
            (json!(null), "LocationRequired"),
            (json!(" "), "LocationRequired"),
        ] {
            body["location"] = sent;
            assert_eq!(
                outcome(&arm.put(&path, version, &body).await),
                (400, want),
                "{body}"
            );
        }
        body["location"] = "West US 3".into();
        let made = arm.put(&path, version, &body).await;
        assert_eq!(
            (made.status.is_success(), &made.body["location"]),
            (true, &json!("westus3")),
            "{}",
            made.body
        );
    }
}

/// Texts: Azure/azure-service-operator#997, MicrosoftDocs/azure-docs#123869; host bits: quoted by many users.
#[tokio::test]
async fn subnets_must_fit_into_their_network() {
    let arm = arm().await;
    let rows = [
        (
            "10.1.0.0",
            "InvalidAddressPrefixFormat",
            "Address prefix 10.1.0.0 of resource ",
        ),
        (
            "nonsense/24",
            "InvalidAddressPrefixFormat",
            "It should follow CIDR notation, for example 10.0.0.0/24.",
        ),
        (
            "10.1.0.5/24",
            "InvalidCIDRNotation",
            "the address prefix should be 10.1.0.0/24.",
        ),
        (
            "192.168.0.0/24",
            "NetcfgSubnetRangeOutsideVnet",
            "Subnet 'new' is not valid because its IP address range is outside the IP address range of virtual network 'vnet'.",
        ),
        ("fd00::/64", "NetcfgSubnetRangeOutsideVnet", "outside"),
        (
            "10.0.0.0/25",
            "NetcfgSubnetRangesOverlap",
            "Subnet 'new' is not valid because its IP address range overlaps with that of an existing subnet in virtual network 'vnet'.",
        ),
        ("10.0.0.0/8", "NetcfgSubnetRangesOverlap", "overlaps"),
        ("10.1.0.0/30", "InvalidRequestFormat", "at most a /29"),
    ];
    for (prefix, code, message) in rows {
        let bodies = [
            json!({"addressPrefix": prefix}),
            json!({"addressPrefixes": ["10.2.0.0/24", prefix]}),
        ];
        for properties in bodies {
            let body = json!({"properties": properties});
            let reply = arm.put(subnet("new").as_str(), NETWORK, &body).await;
            assert_eq!(outcome(&reply), (400, code), "{body}");
            assert!(reply.message().contains(message), "{}", reply.message());
            assert_eq!(reply.body["error"]["details"], json!([]));
        }
        let one = json!({"name": "build", "properties": {"addressPrefix": "10.0.0.0/24"}});
        let two = json!({"name": "new", "properties": {"addressPrefix": prefix}});
        let body = network_body(json!({"addressPrefixes": ["10.0.0.0/8"]}), json!([one, two]));
        assert_eq!(
            outcome(&arm.put(&network(), NETWORK, &body).await).0,
            400,
            "{body}"
        );
    }
    assert_eq!(arm.get(subnet("new").as_str(), NETWORK).await.status, 404);
    let body = json!({"properties": {"addressPrefix": "10.0.1.0/29"}});
    assert_eq!(arm.put(subnet("new").as_str(), NETWORK, &body).await.status, 201);
}

/// A subnet pasted without its network lies outside the one that is made for it.
#[tokio::test]
async fn a_subnet_whose_prefix_stays_is_not_judged_again() {
    let mut seed = State::empty();
    let id = subnet("pasted");
    seed.resources.push(
        json!({"id": id.as_str(), "name": "pasted", "properties": {"addressPrefix": "192.168.0.0/24"}}),
    );
    let arm = Arm::with(seed).await;
    arm.enable_endpoint(id.as_str()).await;
}

#[tokio::test]
async fn properties_of_another_type_than_theirs_are_named() {
    let arm = arm().await;
    let rows = [
        ("addressPrefix", json!(5)),
        ("addressPrefix", json!(["10.0.0.0/24"])),
        ("addressPrefixes", json!("10.0.0.0/24")),
        ("networkSecurityGroup", json!("/subscriptions/x")),
        ("routeTable", json!([])),
        ("serviceEndpoints", json!({})),
        ("delegations", json!("none")),
        ("defaultOutboundAccess", json!("yes")),
        ("privateEndpointNetworkPolicies", json!("Perhaps")),
        ("privateLinkServiceNetworkPolicies", json!(true)),
    ];
    for (name, value) in rows {
        let mut body = json!({"properties": {"addressPrefix": "10.0.0.0/24"}});
        body["properties"][name] = value;
        let reply = arm.put(subnet("build").as_str(), NETWORK, &body).await;
        assert_eq!(outcome(&reply), (400, "InvalidRequestFormat"), "{body}");
        assert!(
            reply.message().contains(name) && reply.message().starts_with(OWN),
            "{}",
            reply.message()
        );
    }
    let space = json!({"addressPrefixes": ["10.0.0.0/8"]});
    let twice = json!({"name": "a", "properties": {"addressPrefix": "10.0.1.0/24"}});
    let rows = [
        network_body(json!("10.0.0.0/8"), json!([])),
        network_body(json!({}), json!([])),
        network_body(json!({"addressPrefixes": "10.0.0.0/8"}), json!([])),
        network_body(json!({"addressPrefixes": [5]}), json!([])),
        network_body(json!({"addressPrefixes": ["10.0.0.0"]}), json!([])),
        network_body(space.clone(), json!({})),
        network_body(space.clone(), json!(["a"])),
        network_body(space.clone(), json!([twice, twice])),
        network_body(space, json!([{"name": "a", "properties": []}])),
        json!({"location": "eastus", "properties": []}),
        json!({"location": "eastus", "properties": {"addressSpace": null}}),
    ];
    for body in rows {
        assert_eq!(arm.put(&network(), NETWORK, &body).await.status, 400, "{body}");
    }
    let both =
        json!({"properties": {"addressPrefix": "10.0.0.0/24", "addressPrefixes": ["10.0.0.0/24"]}});
    let reply = arm.put(subnet("build").as_str(), NETWORK, &both).await;
    assert!(
        reply
            .message()
            .contains("cannot populate both address prefix and address prefixes")
    );
    assert_eq!(
        arm.get(subnet("build").as_str(), NETWORK).await.body["properties"]["provisioningState"],
        "Succeeded"
    );
}

#[tokio::test]
async fn endpoints_of_services_that_nobody_knows_are_not_made_up() {
    let arm = arm().await;
    let acr = json!({"service": "Microsoft.ContainerRegistry"});
    let rows = [
        json!([{"service": "Microsoft.Nonsense"}]),
        json!([acr, {"service": "microsoft.containerregistry"}]),
    ];
    for endpoints in rows {
        let body =
            json!({"properties": {"addressPrefix": "10.0.0.0/24", "serviceEndpoints": endpoints}});
        let reply = arm.put(subnet("build").as_str(), NETWORK, &body).await;
        assert_eq!(outcome(&reply), (501, "NotEstablished"), "{body}");
    }
}

#[tokio::test]
async fn preconditions_that_nobody_has_seen_answered_are_not_ignored() {
    let arm = arm().await;
    let (id, new) = (subnet("build"), subnet("new"));
    let body = arm.get(id.as_str(), NETWORK).await.body;
    let net = arm.get(&network(), NETWORK).await.body;
    let made = json!({"properties": {"addressPrefix": "10.0.9.0/24"}});
    let contoso = registry("contoso");
    let register = json!({"location": "eastus", "sku": {"name": "Premium"}});
    let rows = [
        (id.as_str(), NETWORK, &body, "if-none-match", "*"),
        (&network(), NETWORK, &net, "if-none-match", "*"),
        (contoso.as_str(), NEWEST, &register, "if-none-match", "*"),
        (new.as_str(), NETWORK, &made, "if-none-match", "W/\"x\""),
        (new.as_str(), NETWORK, &made, "if-match", "*"),
    ];
    for (path, version, body, name, value) in rows {
        let path = format!("{path}?api-version={version}");
        let reply = arm.send(Method::PUT, &path, Some(body), &[(name, value)]).await;
        assert_eq!(outcome(&reply), (501, "NotEstablished"), "{path} {name}: {value}");
    }
    let path = format!("{id}?api-version={NETWORK}");
    let stale = arm
        .send(Method::DELETE, &path, None, &[("if-match", "W/\"x\"")])
        .await;
    assert_eq!(outcome(&stale), (412, "PreconditionFailed"));
    let path = format!("{new}?api-version={NETWORK}");
    let reply = arm
        .send(Method::PUT, &path, Some(&made), &[("if-none-match", "*")])
        .await;
    assert_eq!(reply.status, 201, "it holds for what is not there");
}

/// The fields of each policy: specification; statuses in lower case: recorded.
#[tokio::test]
async fn policies_take_their_own_fields_and_values_only() {
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
async fn a_write_that_names_another_thing_than_its_own_is_not_taken() {
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
    let echo = json!({"location": "East US", "name": "CONTOSO", "id": contoso.as_str().to_uppercase()});
    assert_eq!(arm.patch(contoso.as_str(), NEWEST, &echo).await.status, 200);
}

/// Rules: resource-name-rules, tag-resources; encryption and creation: specification.
#[tokio::test]
async fn what_cannot_be_made_is_not_made() {
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

#[tokio::test]
async fn endpoints_of_the_wrong_shape_are_named() {
    let arm = arm().await;
    let rows = [
        json!({"service": 5}),
        json!({"service": null}),
        json!("Microsoft.ContainerRegistry"),
        json!({"service": "Microsoft.Storage", "locations": "eastus"}),
        json!({"service": "Microsoft.Storage", "locations": [5]}),
        json!({"service": "Microsoft.ContainerRegistry", "networkIdentifier": "x"}),
    ];
    for endpoint in rows {
        let body =
            json!({"properties": {"addressPrefix": "10.0.0.0/24", "serviceEndpoints": [endpoint]}});
        let reply = arm.put(subnet("build").as_str(), NETWORK, &body).await;
        assert_eq!(outcome(&reply), (400, "InvalidRequestFormat"), "{body}");
    }
}

/// Which of two equal keys counts is not recorded.
#[tokio::test]
async fn a_key_that_is_there_twice_is_not_decided_about() {
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
    let reply = crate::sandbox_support::reply(request.body(body)).await;
    assert_eq!(outcome(&reply), (501, "NotEstablished"));
    assert!(reply.message().contains("`defaultAction`"));
}

/// The registry service's endpoints reach registries of every region: their `locations` are `["*"]` (recorded).
/// Ids are compared without case and kept as sent (recorded for the usual case only).
#[tokio::test]
async fn a_subnet_of_another_region_and_of_another_spelling_is_taken() {
    let id = subnet("build");
    let mut seed = State::empty()
        .with_registry(&registry("contoso"))
        .with_endpoint(&id);
    seed.resources[1]["location"] = "westus".into();
    let arm = Arm::with(seed).await;
    let key = "virtualNetworkSubnetResourceId";
    let rows = [
        id.as_str().to_owned(),
        id.as_str().replace("Microsoft.Network", "MICROSOFT.NETWORK"),
        id.as_str().to_uppercase(),
    ];
    for spelling in rows {
        let body = rule_set(
            json!({"defaultAction": "Deny", "virtualNetworkRules": [{"action": "Allow", key: spelling}]}),
        );
        let reply = arm.patch(registry("contoso").as_str(), NEWEST, &body).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.rules()["virtualNetworkRules"][0][key], json!(spelling));
    }
    let encoded = id.as_str().replace("/rg/", "/%72g/");
    let body = rule_set(
        json!({"defaultAction": "Deny", "virtualNetworkRules": [{"action": "Allow", key: encoded}]}),
    );
    let refused = arm.patch(registry("contoso").as_str(), NEWEST, &body).await;
    assert_eq!(refused.status, 400, "an id in a body is not percent-decoded");
}

#[tokio::test]
async fn methods_and_versions_that_nobody_has_are_refused_everywhere() {
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
