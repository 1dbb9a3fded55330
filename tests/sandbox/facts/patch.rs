//! PATCH of a registry.

use ringfence::sandbox::{Options, State};
use serde_json::{Value, json};

use crate::arm_requests::{NEWEST, SUB, ip, registry, rule_set, subnet, vnet_rule};
use crate::sandbox_client::Arm;

const NEW_KEY: &str = "virtualNetworkSubnetResourceId";

/// A registry with one rule of each kind under Deny.
async fn restricted() -> Arm {
    let arm = Arm::with(
        State::empty()
            .with_registry(&registry("contoso"))
            .with_subnet(&subnet("build")),
    )
    .await;
    arm.enable_endpoint(subnet("build").as_str()).await;
    let set = json!({
        "defaultAction": "Deny", "ipRules": [ip("16.17.18.0/24")],
        "virtualNetworkRules": [vnet_rule(NEW_KEY, &subnet("build"))],
    });
    let reply = arm
        .patch(registry("contoso").as_str(), NEWEST, &rule_set(set.clone()))
        .await;
    assert_eq!(
        (reply.status.as_u16(), reply.rules()),
        (200, &set),
        "{}",
        reply.body
    );
    arm
}

/// Each row: the body sent to the restricted registry, the resulting rules, and the source.
#[tokio::test]
async fn patch_replaces_sent_fields_and_keeps_omitted_ones() {
    let (ips, subnets) = (
        json!([ip("16.17.18.0/24")]),
        json!([vnet_rule(NEW_KEY, &subnet("build"))]),
    );
    let rows = [
        (
            json!({"defaultAction": "Allow"}),
            "Allow",
            &ips,
            &subnets,
            "recorded: azure-cli test_acr_network_rule, 2021-02",
        ),
        (
            json!({"defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": []}),
            "Deny",
            &json!([]),
            &json!([]),
            "recorded: same",
        ),
        (
            json!({"defaultAction": "Deny", "ipRules": []}),
            "Deny",
            &json!([]),
            &subnets,
            "inferred from the first row",
        ),
        (
            json!({"defaultAction": "Deny", "virtualNetworkRules": []}),
            "Deny",
            &ips,
            &json!([]),
            "inferred from the first row",
        ),
        (
            json!({"defaultAction": "Deny", "ipRules": [{"action": "Forbidden", "value": "192.159.0.31"}, {"value": "1.2.3.4/31"}]}),
            "Deny",
            &json!([ip("192.159.0.31"), ip("1.2.3.4/31")]),
            &subnets,
            "recorded: azure-powershell Update-AzContainerRegistry, 2023-01",
        ),
    ];
    for (sent, action, ips, subnets, source) in rows {
        let arm = restricted().await;
        let id = registry("contoso");
        let reply = arm.patch(id.as_str(), NEWEST, &rule_set(sent)).await;
        let expected = json!({"defaultAction": action, "virtualNetworkRules": subnets, "ipRules": ips});
        assert_eq!(
            (reply.status.as_u16(), reply.rules()),
            (200, &expected),
            "{source}: {}",
            reply.body
        );
        assert_eq!(arm.get(id.as_str(), NEWEST).await.body, reply.body, "{source}");
    }
}

#[tokio::test]
async fn hidden_subnet_rules_survive_a_patch() {
    let arm = restricted().await;
    let id = registry("contoso");
    let blind = "2022-02-01-preview";
    let reply = arm
        .patch(id.as_str(), blind, &rule_set(json!({"defaultAction": "Allow"})))
        .await;
    assert_eq!(
        reply.rules(),
        &json!({"defaultAction": "Allow", "ipRules": [ip("16.17.18.0/24")]})
    );
    let seen = arm.get(id.as_str(), NEWEST).await;
    assert_eq!(
        seen.rules()["virtualNetworkRules"],
        json!([vnet_rule(NEW_KEY, &subnet("build"))])
    );
}

/// Recorded: azure-cli test_acr_with_public_network_access, 2021-06, and …_disabled, 2025-04.
#[tokio::test]
async fn public_access_bypass_and_default_action_are_independent() {
    let arm = Arm::contoso().await;
    let id = registry("contoso");
    let rows = [
        (
            json!({"publicNetworkAccess": "Disabled", "networkRuleBypassOptions": "None"}),
            ["Disabled", "None", "Allow"],
        ),
        (
            json!({"networkRuleBypassOptions": "AzureServices"}),
            ["Disabled", "AzureServices", "Allow"],
        ),
        (
            json!({"networkRuleSet": {"defaultAction": "Deny"}}),
            ["Disabled", "AzureServices", "Deny"],
        ),
        (
            json!({"publicNetworkAccess": "Enabled"}),
            ["Enabled", "AzureServices", "Deny"],
        ),
    ];
    for (sent, expected) in rows {
        let reply = arm.patch(id.as_str(), NEWEST, &json!({"properties": sent})).await;
        let properties = &reply.body["properties"];
        let seen = [
            &properties["publicNetworkAccess"],
            &properties["networkRuleBypassOptions"],
            &reply.rules()["defaultAction"],
        ];
        assert_eq!(seen, expected.map(Value::from).each_ref(), "{sent}");
    }
}

#[tokio::test]
async fn patch_updates_last_modified_and_keeps_other_keys() {
    let arm = Arm::contoso().await;
    let id = registry("contoso");
    let before = arm.get(id.as_str(), NEWEST).await.body;
    let mut after = arm
        .patch(
            id.as_str(),
            NEWEST,
            &json!({"properties": {"networkRuleBypassOptions": "None"}}),
        )
        .await
        .body;
    assert_ne!(
        after["systemData"]["lastModifiedAt"],
        before["systemData"]["lastModifiedAt"]
    );
    assert_eq!(
        after["systemData"]["lastModifiedBy"],
        arm.sandbox.ready().client_id
    );
    after["systemData"] = before["systemData"].clone();
    after["properties"]["networkRuleBypassOptions"] = "AzureServices".into();
    assert_eq!(after, before);
}

/// Recorded: azure-cli test_acr_with_dedicated_data_endpoints, 2021-05.
#[tokio::test]
async fn dedicated_data_endpoints_have_host_names() {
    let arm = Arm::contoso().await;
    for (on, names) in [
        (true, json!(["contoso.eastus.data.azurecr.io"])),
        (false, json!([])),
    ] {
        let reply = arm
            .patch(
                registry("contoso").as_str(),
                NEWEST,
                &json!({"properties": {"dataEndpointEnabled": on}}),
            )
            .await;
        assert_eq!(reply.body["properties"]["dataEndpointHostNames"], names);
    }
}

/// Each row: a first change of the registry, the body sent, and Azure's code and message.
#[tokio::test]
async fn refusals_have_the_providers_code_and_message() {
    let no_endpoint = format!(
        "Could not validate network rule - Subnets build of virtual network /subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet do not have ServiceEndpoints for Microsoft.ContainerRegistry resources configured. Add Microsoft.ContainerRegistry to subnet's ServiceEndpoints collection before trying to ACL Microsoft.ContainerRegistry resources to these subnets."
    );
    let many: Vec<Value> = (0..201).map(|n| ip(&format!("20.0.0.{n}"))).collect();
    let rows = [
        // hashicorp/terraform-provider-azurerm#13792
        (
            json!({}),
            rule_set(
                json!({"defaultAction": "Deny", "virtualNetworkRules": [vnet_rule(NEW_KEY, &subnet("build"))]}),
            ),
            "NetworkRuleValidationError",
            no_endpoint.as_str(),
        ),
        // deployment logs; also for `Deny` without a rule
        (
            json!({"sku": {"name": "Standard"}}),
            rule_set(json!({"defaultAction": "Deny"})),
            "NetworkRuleNotSupported",
            "The requested feature virtual network rule is not supported for the SKU Standard.",
        ),
        // Azure-Samples/dotNET-Frontend-AB-Testing-on-Azure-Container-Apps#5
        (
            json!({"sku": {"name": "Basic"}}),
            json!({"properties": {"publicNetworkAccess": "Disabled"}}),
            "DisablingPublicNetworkAccessNotSupported",
            "Disabling public network access is not supported for the SKU Basic. For more information, please visit https://aka.ms/acr/private-link.",
        ),
        // Azure/acr#518 at the limit of azure-powershell Get-AzContainerRegistryUsage, 2025-09
        (
            json!({}),
            rule_set(json!({"defaultAction": "Deny", "ipRules": many})),
            "BadRequest",
            "The requested feature IP rule exceeds allowed quota 200 for the SKU Premium.",
        ),
        // recorded: azure-cli test_acr_with_dual_stack_endpoints, 2026-09
        (
            json!({}),
            json!({"properties": {"endpointProtocol": "IPv4AndIPv6"}}),
            "BadRequest",
            "The requested feature dual stack endpoints is not supported without data endpoint enabled.",
        ),
        // Azure-Samples/holiday-peak-hub#732
        (
            json!({"properties": {"publicNetworkAccess": "Disabled", "policies": {"exportPolicy": {"status": "disabled"}}}}),
            json!({"properties": {"publicNetworkAccess": "Enabled"}}),
            "BadRequest",
            "Enabling public network access is not supported because the registry 'contoso' has exports disabled.",
        ),
    ];
    for (first, sent, code, message) in rows {
        let arm = Arm::with(
            State::empty()
                .with_registry(&registry("contoso"))
                .with_subnet(&subnet("build")),
        )
        .await;
        let id = registry("contoso");
        let prepared = arm.patch(id.as_str(), NEWEST, &first).await;
        assert_eq!(prepared.status, 200, "{}", prepared.body);
        let refused = arm.patch(id.as_str(), NEWEST, &sent).await;
        let expected = json!({"error": {"code": code, "message": message}, "status": "Failed"});
        assert_eq!((refused.status.as_u16(), &refused.body), (400, &expected));
        assert_eq!(
            arm.get(id.as_str(), NEWEST).await.body,
            prepared.body,
            "a refused PATCH changes nothing"
        );
    }
}

/// Azure/azure-cli#12711.
#[tokio::test]
async fn duplicate_subnet_rule_is_named() {
    let arm = restricted().await;
    let twice = [
        subnet("build"),
        ringfence::model::SubnetId::parse(&subnet("build").as_str().to_uppercase()).unwrap(),
    ];
    let rules: Vec<Value> = twice.iter().map(|id| vnet_rule(NEW_KEY, id)).collect();
    let reply = arm
        .patch(
            registry("contoso").as_str(),
            NEWEST,
            &rule_set(json!({"defaultAction": "Deny", "virtualNetworkRules": rules})),
        )
        .await;
    assert_eq!(reply.status, 400);
    assert!(
        reply
            .message()
            .starts_with("Virtual network rule is not valid - Found duplicate virtual network rule /")
    );
}

/// Azure/acr#358: the error looks like a missing role.
#[tokio::test]
async fn unregistered_subscription_reads_like_a_missing_role() {
    let other =
        "/subscriptions/other/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/s";
    let mut seed = State::empty()
        .with_registry(&registry("contoso"))
        .with_subnet(&ringfence::model::SubnetId::parse(other).unwrap());
    seed.subscriptions[1]
        .registered
        .retain(|name| name != "Microsoft.ContainerRegistry");
    let arm = Arm::with(seed).await;
    arm.enable_endpoint(other).await;
    let sent = rule_set(json!({"defaultAction": "Deny", "virtualNetworkRules": [{NEW_KEY: other}]}));
    let refused = arm.patch(registry("contoso").as_str(), NEWEST, &sent).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code()),
        (400, "NetworkRuleValidationError")
    );
    assert!(refused.message().contains(
        "/virtualNetworks/v/taggedTrafficConsumers/Microsoft.ContainerRegistry' or the scope is invalid"
    ));
}

/// No source has Azure's messages for these, so the sandbox says that the words are its own.
#[tokio::test]
async fn unsourced_refusals_use_the_sandboxs_own_words() {
    let values = ["1.2.3", "2001:db8::1", "1.2.3.4/24", "10.0.0.0/8", "offices", ""];
    let arm = Arm::contoso().await;
    let id = registry("contoso");
    let mut bodies: Vec<Value> = values
        .iter()
        .map(|value| rule_set(json!({"defaultAction": "Deny", "ipRules": [ip(value)]})))
        .collect();
    bodies.extend([
        rule_set(json!({"defaultAction": "Deny", "ipRules": [ip("1.2.3.4"), ip("1.2.3.4/32")]})),
        rule_set(json!({"defaultAction": "Deny", "ipRules": [{"action": "Allow"}]})),
        rule_set(json!({"defaultAction": "Deny", "ipRules": "all"})),
        rule_set(json!({"defaultAction": "Maybe"})),
        rule_set(json!([])),
        json!({"properties": {"publicNetworkAccess": "SecuredByPerimeter"}}),
        json!({"properties": []}),
        json!({"tags": 1}),
        json!({"sku": {"name": "Gold"}}),
    ]);
    for body in bodies {
        let reply = arm.patch(id.as_str(), NEWEST, &body).await;
        assert_eq!(
            (reply.status.as_u16(), reply.code()),
            (400, "BadRequest"),
            "{body}"
        );
        assert!(
            reply.message().starts_with("ringfence sandbox: "),
            "{body}: {}",
            reply.message()
        );
    }
}

#[tokio::test]
async fn unestablished_behaviour_is_501_and_named() {
    let arm = restricted().await;
    let id = registry("contoso");
    let rows = [
        (
            NEWEST,
            rule_set(json!({"ipRules": []})),
            "without `defaultAction`",
        ),
        (
            NEWEST,
            rule_set(
                json!({"defaultAction": "Deny", "virtualNetworkRules": [vnet_rule("id", &subnet("build"))]}),
            ),
            "the key `id`",
        ),
        (
            "2019-05-01",
            rule_set(
                json!({"defaultAction": "Deny", "virtualNetworkRules": [vnet_rule(NEW_KEY, &subnet("build"))]}),
            ),
            NEW_KEY,
        ),
        (
            "2025-11-01",
            rule_set(json!({"defaultAction": "Deny", "virtualNetworkRules": []})),
            "hides them",
        ),
        (
            NEWEST,
            rule_set(json!({"defaultAction": "Deny", "denyRules": []})),
            "`networkRuleSet.denyRules`",
        ),
        (
            NEWEST,
            rule_set(json!({"defaultAction": "Deny", "ipRules": [{"value": "8.8.8.8", "note": "dns"}]})),
            "an IP rule with `note`",
        ),
        (
            NEWEST,
            rule_set(
                json!({"defaultAction": "Deny", "virtualNetworkRules": [{NEW_KEY: subnet("build").as_str(), "state": "x"}]}),
            ),
            "a subnet rule with `state`",
        ),
        (
            NEWEST,
            json!({"properties": {"publicNetwork": "Enabled"}}),
            "`publicNetwork`",
        ),
        (
            "2019-05-01",
            json!({"properties": {"publicNetworkAccess": "Enabled"}}),
            "`publicNetworkAccess`",
        ),
        (
            "2019-05-01",
            json!({"properties": {"policies": {"exportPolicy": {"status": "enabled"}}}}),
            "`policies.exportPolicy`",
        ),
    ];
    for (version, body, named) in rows {
        let reply = arm.patch(id.as_str(), version, &body).await;
        assert_eq!(
            (reply.status.as_u16(), reply.code()),
            (501, "NotEstablished"),
            "{version} {body}"
        );
        assert!(reply.message().contains(named), "{}", reply.message());
    }
    let nulls = json!({"value": "8.8.8.8", "action": null, "note": null});
    let nulls = rule_set(json!({"defaultAction": "Deny", "ipRules": [nulls]}));
    assert_eq!(arm.patch(id.as_str(), NEWEST, &nulls).await.status, 200);
    let put = json!({"location": "eastus", "sku": {"name": "Premium"}, "properties": {"new": 1}});
    let refused = arm.put(registry("fabrikam").as_str(), NEWEST, &put).await;
    assert!(
        refused.message().contains("a write with `new`"),
        "{}",
        refused.message()
    );
}

#[tokio::test]
async fn options_choose_between_disputed_behaviours() {
    let options = Options {
        seed: State::empty()
            .with_registry(&registry("contoso"))
            .with_subnet(&subnet("build")),
        either_subnet_key: true,
        private_ip_rules: true,
        omitted_lists_clear: true,
        ip_rule_limit: 1,
        ..Options::default()
    };
    let arm = Arm::start(options).await;
    let id = registry("contoso");
    arm.enable_endpoint(subnet("build").as_str()).await;
    let sent = json!({"defaultAction": "Deny", "virtualNetworkRules": [vnet_rule("id", &subnet("build"))], "ipRules": [ip("10.0.0.0/8")]});
    assert_eq!(arm.patch(id.as_str(), NEWEST, &rule_set(sent)).await.status, 200);
    let cleared = arm
        .patch(
            id.as_str(),
            NEWEST,
            &rule_set(json!({"defaultAction": "Deny", "ipRules": [ip("8.8.8.8")]})),
        )
        .await;
    assert_eq!(cleared.rules()["virtualNetworkRules"], json!([]));
    let over = arm
        .patch(
            id.as_str(),
            NEWEST,
            &rule_set(json!({"defaultAction": "Deny", "ipRules": [ip("8.8.8.8"), ip("8.8.4.4")]})),
        )
        .await;
    assert!(over.message().contains("quota 1 "), "{}", over.body);
}

/// Recorded: azure-libraries-for-net ContainerRegistryCRUD, 2019-10 (tags replaced whole, Basic to Standard).
#[tokio::test]
async fn rule_set_exists_only_at_premium() {
    let arm = Arm::contoso().await;
    let id = registry("contoso");
    let down = arm
        .patch(
            id.as_str(),
            NEWEST,
            &json!({"tags": {"tag1": "value1"}, "sku": {"name": "Standard"}}),
        )
        .await;
    assert_eq!(down.body["sku"], json!({"name": "Standard", "tier": "Standard"}));
    assert!(down.body["properties"].get("networkRuleSet").is_none());
    let allow = arm
        .patch(id.as_str(), NEWEST, &rule_set(json!({"defaultAction": "Allow"})))
        .await;
    assert_eq!(allow.status, 200);
    let up = arm
        .patch(
            id.as_str(),
            NEWEST,
            &json!({"tags": {"tag2": "value2"}, "sku": {"name": "Premium"}}),
        )
        .await;
    assert_eq!(up.body["tags"], json!({"tag2": "value2"}));
    assert_eq!(
        up.rules(),
        &json!({"defaultAction": "Allow", "virtualNetworkRules": [], "ipRules": []})
    );
}

#[tokio::test]
async fn busy_registry_refuses_with_a_conflict() {
    let mut seed = State::empty().with_registry(&registry("contoso"));
    seed.resources[0]["properties"]["provisioningState"] = "Updating".into();
    let arm = Arm::with(seed).await;
    let reply = arm
        .patch(registry("contoso").as_str(), NEWEST, &json!({"tags": {}}))
        .await;
    assert_eq!(
        (reply.status.as_u16(), reply.code()),
        (409, "RegistryStatusConflict")
    );
}

/// Azure Resource Manager: no operation runs in a terminal state. The state after the write is inferred.
#[tokio::test]
async fn failed_or_canceled_registry_takes_writes() {
    for state in ["Failed", "Canceled"] {
        let mut seed = State::empty().with_registry(&registry("contoso"));
        seed.resources[0]["properties"]["provisioningState"] = state.into();
        let arm = Arm::with(seed).await;
        let id = registry("contoso");
        let before = arm.get(id.as_str(), NEWEST).await.body;
        assert_eq!(before["properties"]["provisioningState"], state);
        let set = rule_set(json!({"defaultAction": "Deny", "ipRules": [ip("203.0.113.7")]}));
        let reply = arm.patch(id.as_str(), NEWEST, &set).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.body["properties"]["provisioningState"], "Succeeded");
    }
}
