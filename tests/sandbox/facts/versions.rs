//! Properties of a registry at each api-version.

use ringfence::sandbox::{LegacySubnetKey, Options, State};
use serde_json::{Value, json};

use crate::arm_requests::{NEWEST, SUB, ip, registry, rule_set, subnet, vnet_rule};
use crate::sandbox_client::Arm;

const NEW_KEY: &str = "virtualNetworkSubnetResourceId";
const HIDDEN: Option<&str> = None;

/// A registry with a subnet rule and an IP rule.
async fn ruled(key: LegacySubnetKey) -> Arm {
    let seed = State::empty()
        .with_registry(&registry("contoso"))
        .with_subnet(&subnet("build"));
    let arm = Arm::start(Options {
        seed,
        subnet_key_2021_08: key,
        ..Options::default()
    })
    .await;
    arm.enable_endpoint(subnet("build").as_str()).await;
    let set = json!({"defaultAction": "Deny", "ipRules": [ip("8.8.8.8")], "virtualNetworkRules": [vnet_rule(NEW_KEY, &subnet("build"))]});
    assert_eq!(
        arm.patch(registry("contoso").as_str(), NEWEST, &rule_set(set))
            .await
            .status,
        200
    );
    arm
}

#[tokio::test]
async fn subnet_rules_appear_under_the_versions_key() {
    let arm = ruled(LegacySubnetKey::Id).await;
    let rows = [
        (
            "2019-05-01",
            Some("id"),
            "recorded: azure-powershell TestCreateWithNetworkRuleSet, 2020-10",
        ),
        (
            "2019-12-01-preview",
            Some("id"),
            "recorded: azure-cli test_acr_network_rule, 2020-05",
        ),
        (
            "2020-11-01-preview",
            Some("id"),
            "recorded: azure-cli test_acr_network_rule, 2021-02",
        ),
        (
            "2021-08-01-preview",
            Some("id"),
            "recorded: azure-cli test_acr_network_rule, 2022-06",
        ),
        ("2021-09-01", HIDDEN, "Azure/azure-sdk-for-java#34935"),
        ("2021-12-01-preview", Some("id"), "Python SDK 9.1.0"),
        (
            "2022-02-01-preview",
            HIDDEN,
            "recorded: azure-cli test_acr_network_rule, 2022-06",
        ),
        (
            "2023-11-01-preview",
            HIDDEN,
            "recorded: azure-cli test_acr_network_rule, 2023-12",
        ),
        (
            "2025-03-01-preview",
            HIDDEN,
            "recorded: azure-cli test_acr_with_public_network_access_disabled, 2025-04",
        ),
        ("2025-11-01", HIDDEN, "Python SDK"),
        ("2026-03-01-preview", Some(NEW_KEY), "Python SDK 15.1.0b2"),
        ("2026-09-01-preview", Some(NEW_KEY), "Python SDK 15.1.0b3"),
    ];
    for (version, key, source) in rows {
        let reply = arm.get(registry("contoso").as_str(), version).await;
        let shown = key.map(|key| json!([vnet_rule(key, &subnet("build"))]));
        assert_eq!(
            reply.rules().get("virtualNetworkRules"),
            shown.as_ref(),
            "{version}: {source}"
        );
        assert_eq!(reply.rules()["ipRules"], json!([ip("8.8.8.8")]), "{version}");
        assert_eq!(reply.header("api-supported-versions"), Some(version));
    }
}

/// Azure/azure-cli#33685 contradicts the recordings. The sandbox can act either way.
#[tokio::test]
async fn disputed_version_can_use_either_key() {
    let arm = ruled(LegacySubnetKey::SubnetResourceId).await;
    let reply = arm.get(registry("contoso").as_str(), "2021-08-01-preview").await;
    assert_eq!(
        reply.rules()["virtualNetworkRules"],
        json!([vnet_rule(NEW_KEY, &subnet("build"))])
    );
    let disputed = arm.get(registry("contoso").as_str(), "2026-01-01-preview").await;
    assert_eq!(
        (disputed.status.as_u16(), disputed.code()),
        (501, "NotEstablished")
    );
}

/// Only `[]` is recorded at 2017-10-01, and sources disagree about 2026-01-01-preview.
#[tokio::test]
async fn rules_unknown_to_a_version_are_501() {
    let arm = ruled(LegacySubnetKey::Id).await;
    let id = registry("contoso");
    let old = arm.get(id.as_str(), "2017-10-01").await;
    assert_eq!((old.status.as_u16(), old.code()), (501, "NotEstablished"));
    let ips = json!({"properties": {"networkRuleSet": {"defaultAction": "Deny", "ipRules": []}}});
    for version in ["2026-01-01-preview", "2017-10-01"] {
        let reply = arm.patch(id.as_str(), version, &ips).await;
        assert_eq!(
            (reply.status.as_u16(), reply.code()),
            (501, "NotEstablished"),
            "{version}"
        );
    }
    let kept = arm.get(id.as_str(), NEWEST).await;
    assert_eq!(kept.rules()["ipRules"], json!([ip("8.8.8.8")]));
    let clear = json!({"properties": {"networkRuleSet": {"defaultAction": "Deny", "virtualNetworkRules": [], "ipRules": []}}});
    assert_eq!(arm.patch(id.as_str(), NEWEST, &clear).await.status, 200);
    let empty = arm.get(id.as_str(), "2017-10-01").await;
    assert_eq!(empty.rules()["virtualNetworkRules"], json!([]));
    assert_eq!(
        arm.patch(id.as_str(), "2025-11-01", &ips).await.status,
        200,
        "there is nothing to lose"
    );
}

/// The recorded keys of each version, in order.
#[tokio::test]
async fn each_version_shows_exactly_its_properties() {
    let arm = Arm::contoso().await;
    let old = "loginServer creationDate provisioningState adminUserEnabled networkRuleSet policies";
    let rows = [
        ("2019-05-01", old.to_owned()),
        (
            "2020-11-01-preview",
            format!(
                "{old} encryption dataEndpointEnabled dataEndpointHostNames privateEndpointConnections publicNetworkAccess networkRuleBypassOptions zoneRedundancy anonymousPullEnabled"
            ),
        ),
        (
            "2022-02-01-preview",
            format!(
                "{old} encryption dataEndpointEnabled dataEndpointHostNames privateEndpointConnections publicNetworkAccess networkRuleBypassOptions zoneRedundancy anonymousPullEnabled"
            ),
        ),
        (
            "2022-12-01",
            format!(
                "{old} encryption dataEndpointEnabled dataEndpointHostNames privateEndpointConnections publicNetworkAccess networkRuleBypassOptions zoneRedundancy anonymousPullEnabled"
            ),
        ),
        (
            "2026-09-01-preview",
            format!(
                "{old} encryption dataEndpointEnabled regionalEndpoints dataEndpointHostNames regionalEndpointHostNames endpointProtocol privateEndpointConnections publicNetworkAccess networkRuleBypassOptions networkRuleBypassAllowedForTasks zoneRedundancy anonymousPullEnabled metadataSearch roleAssignmentMode autoGeneratedDomainNameLabelScope writableCacheRepos"
            ),
        ),
    ];
    for (version, keys) in rows {
        let body = arm.get(registry("contoso").as_str(), version).await.body;
        let seen: Vec<&str> = body["properties"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(seen.join(" "), keys, "{version}");
        assert_eq!(body.get("systemData").is_some(), version > "2020", "{version}");
    }
    let policies =
        arm.get(registry("contoso").as_str(), "2019-05-01").await.body["properties"]["policies"].clone();
    let seen: Vec<&String> = policies.as_object().unwrap().keys().collect();
    assert_eq!(seen, ["quarantinePolicy", "trustPolicy", "retentionPolicy"]);
}

/// Recorded: azure-sdk-for-net ContainerRegistryPrivateLinkResources, 2023-02; azure-service-operator
/// Test_ContainerRegistry_Registry_20230701_CRUD, 2025-11.
#[tokio::test]
async fn stable_versions_show_and_take_recorded_properties() {
    let arm = Arm::contoso().await;
    let id = registry("contoso");
    for version in ["2022-12-01", "2023-07-01"] {
        let properties = arm.get(id.as_str(), version).await.body["properties"].clone();
        let policies = properties["policies"].as_object().unwrap();
        assert!(
            policies.contains_key("azureADAuthenticationAsArmPolicy"),
            "{version}"
        );
        assert!(!policies.contains_key("softDeletePolicy"), "gone by 2025-11");
        assert!(properties["networkRuleSet"].get("virtualNetworkRules").is_none());
        let body = json!({"properties": {"anonymousPullEnabled": true}});
        let patched = arm.patch(id.as_str(), version, &body).await;
        assert_eq!(patched.body["properties"]["anonymousPullEnabled"], true);
    }
}

/// Texts: ARM's, as users quote them (JulianHayward/Azure-MG-Sub-Governance-Reporting#266 and others).
#[tokio::test]
async fn unknown_version_gets_arms_400() {
    let arm = Arm::contoso().await;
    let id = registry("contoso");
    for version in ["2017-03-01", "2024-01-01-preview", "2026-11-01"] {
        let reply = arm.get(id.as_str(), version).await;
        assert_eq!(
            (reply.status.as_u16(), reply.code()),
            (400, "NoRegisteredProviderFound")
        );
        let start = format!(
            "No registered resource provider found for location 'eastus' and API version '{version}' for type 'registries'. The supported api-versions are '2026-09-01-preview, 2026-03-01-preview, "
        );
        assert!(reply.message().starts_with(&start), "{}", reply.message());
        assert!(
            reply
                .message()
                .contains("2019-05-01, 2017-10-01'. The supported locations are 'eastus, ")
        );
        assert_eq!(reply.header("x-ms-failure-cause"), Some("gateway"));
    }
    let invalid = arm.get(id.as_str(), "latest").await;
    assert_eq!(
        (invalid.status.as_u16(), invalid.code()),
        (400, "InvalidApiVersionParameter")
    );
    let missing = arm.send(reqwest::Method::GET, id.as_str(), None, &[]).await;
    let text = "The api-version query parameter (?api-version=) is required for all requests.";
    assert_eq!(
        (missing.code(), missing.message()),
        ("MissingApiVersionParameter", text)
    );
}

#[tokio::test]
async fn lists_have_whole_registries_of_their_scope() {
    let elsewhere = ringfence::model::RegistryId::new(SUB, "other", "fabrikam").unwrap();
    let arm = Arm::with(
        State::empty()
            .with_registry(&registry("contoso"))
            .with_registry(&elsewhere),
    )
    .await;
    let provider = "providers/Microsoft.ContainerRegistry/registries";
    let names = |body: &Value| -> Vec<String> {
        body["value"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = arm.get(&format!("/subscriptions/{SUB}/{provider}"), NEWEST).await;
    assert_eq!(names(&all.body), ["fabrikam", "contoso"]);
    assert!(all.header("x-ms-original-request-ids").is_some() && all.body.get("nextLink").is_none());
    let group = arm
        .get(
            &format!("/subscriptions/{SUB}/resourcegroups/RG/{provider}"),
            NEWEST,
        )
        .await;
    assert_eq!(
        group.body["value"],
        json!([arm.get(registry("contoso").as_str(), NEWEST).await.body])
    );
}

/// Recorded: azure-powershell TestCreateWithNetworkRuleSet, 2020-10; Get-AzContainerRegistryUsage, 2025-09.
#[tokio::test]
async fn usages_count_rules_at_newer_versions() {
    let arm = ruled(LegacySubnetKey::Id).await;
    let path = format!("{}/listUsages", registry("contoso"));
    let old = arm.get(&path, "2019-05-01").await.body;
    assert_eq!(
        old,
        json!({"value": [
            {"name": "Size", "limit": 536_870_912_000_u64, "currentValue": 0, "unit": "Bytes"},
            {"name": "Webhooks", "limit": 500, "currentValue": 0, "unit": "Count"},
        ]})
    );
    let new = arm.get(&path, "2023-01-01-preview").await.body;
    let rows: Vec<String> = new["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|usage| format!("{} {}/{}", usage["name"], usage["currentValue"], usage["limit"]))
        .collect();
    let want = [
        "\"Size\" 0/536870912000",
        "\"Webhooks\" 0/500",
        "\"Geo-replications\" 0/-1",
        "\"IPRules\" 1/200",
        "\"VNetRules\" 1/100",
        "\"PrivateEndpointConnections\" 0/200",
        "\"ScopeMaps\" 0/50000",
        "\"Tokens\" 0/50000",
    ];
    assert_eq!(rows, want);
}
