//! Settings that each SKU of a registry allows.

use ringfence::sandbox::State;
use serde_json::{Value, json};

use crate::arm_requests::{NEWEST, ip, registry, rule_set};
use crate::sandbox_client::Arm;

/// Each Premium setting with its refusal at another SKU. Defaults such as `Allow` pass.
fn settings() -> Vec<(Value, u16, &'static str)> {
    let policy = |name: &str| json!({"policies": {name: {"status": "enabled"}}});
    vec![
        (json!({"dataEndpointEnabled": true}), 400, "`dataEndpointEnabled`"),
        (
            json!({"dataEndpointEnabled": true, "endpointProtocol": "IPv4AndIPv6"}),
            400,
            "needs the SKU Premium",
        ),
        (policy("retentionPolicy"), 400, "`policies.retentionPolicy`"),
        (policy("trustPolicy"), 400, "`policies.trustPolicy`"),
        (policy("quarantinePolicy"), 400, "`policies.quarantinePolicy`"),
        (policy("softDeletePolicy"), 501, "`policies.softDeletePolicy`"),
        (
            json!({"regionalEndpoints": "Enabled"}),
            501,
            "`regionalEndpoints`",
        ),
        (
            json!({"networkRuleBypassOptions": "None"}),
            501,
            "`networkRuleBypassOptions`",
        ),
        (
            json!({"networkRuleBypassAllowedForTasks": true}),
            501,
            "`networkRuleBypassAllowedForTasks`",
        ),
    ]
}

/// container-registry-skus and the pages of the features; the other settings have no source.
#[tokio::test]
async fn premium_settings_are_refused_below_premium() {
    for sku in ["Basic", "Standard"] {
        let arm = Arm::contoso().await;
        let id = registry("contoso");
        let down = arm
            .patch(id.as_str(), NEWEST, &json!({"sku": {"name": sku}}))
            .await;
        assert_eq!(down.status, 200, "{}", down.body);
        let mut rows = settings();
        if sku == "Basic" {
            // MicrosoftDocs/azure-docs#94535
            rows.push((json!({"anonymousPullEnabled": true}), 400, "SKU Managed_Basic"));
        }
        for (properties, status, named) in rows {
            let refused = arm
                .patch(id.as_str(), NEWEST, &json!({"properties": properties}))
                .await;
            assert_eq!(refused.status, status, "{sku} {properties}: {}", refused.body);
            assert!(refused.message().contains(named), "{}", refused.message());
            let body = json!({"location": "eastus", "sku": {"name": sku}, "properties": properties});
            let fabrikam = registry("fabrikam");
            let made = arm.put(fabrikam.as_str(), NEWEST, &body).await;
            assert_eq!(made.status, status, "{sku} {properties}: {}", made.body);
        }
        assert_eq!(arm.get(id.as_str(), NEWEST).await.body, down.body);
        let key = json!({"keyIdentifier": "https://v.vault.azure.net/keys/k/1", "identity": "11111111-1111-1111-1111-111111111111"});
        let key = json!({"encryption": {"status": "enabled", "keyVaultProperties": key}});
        let encrypted = json!({"location": "eastus", "sku": {"name": sku}, "properties": key});
        let made = arm.put(registry("fabrikam").as_str(), NEWEST, &encrypted).await;
        assert!(
            made.message().contains("`encryption` needs the SKU Premium"),
            "{}",
            made.body
        );
        let zones = json!({"location": "eastus", "sku": {"name": sku}, "properties": {"zoneRedundancy": "Enabled"}});
        let fabrikam = registry("fabrikam");
        assert_eq!(arm.put(fabrikam.as_str(), NEWEST, &zones).await.status, 501);
    }
}

/// azure-cli sends the defaults, which do not count as Premium settings.
#[tokio::test]
async fn defaults_are_accepted_at_every_sku() {
    let defaults = json!({
        "dataEndpointEnabled": false, "endpointProtocol": "IPv4", "regionalEndpoints": "Disabled",
        "networkRuleBypassOptions": "AzureServices", "networkRuleBypassAllowedForTasks": false,
        "publicNetworkAccess": "Enabled", "zoneRedundancy": "Disabled", "anonymousPullEnabled": false,
        "encryption": {"status": "disabled"}, "networkRuleSet": {"defaultAction": "Allow"},
        "policies": {"retentionPolicy": {"status": "disabled", "days": 7}, "exportPolicy": {"status": "enabled"}},
    });
    let arm = Arm::with(State::empty().with_registry(&registry("other"))).await;
    for sku in ["Basic", "Standard", "Premium"] {
        let id = registry(&format!("new{sku}"));
        let body = json!({"location": "eastus", "sku": {"name": sku}, "properties": defaults});
        let made = arm.put(id.as_str(), NEWEST, &body).await;
        assert_eq!(made.status, 200, "{sku}: {}", made.body);
        let again = arm
            .patch(id.as_str(), NEWEST, &json!({"properties": defaults}))
            .await;
        assert_eq!(again.status, 200, "{sku}: {}", again.body);
    }
}

#[tokio::test]
async fn downgrade_from_premium_needs_premium_settings_off() {
    for (properties, status, named) in settings() {
        let arm = Arm::contoso().await;
        let id = registry("contoso");
        let set = arm
            .patch(id.as_str(), NEWEST, &json!({"properties": properties}))
            .await;
        assert_eq!(set.status, 200, "{}", set.body);
        let refused = arm
            .patch(id.as_str(), NEWEST, &json!({"sku": {"name": "Basic"}}))
            .await;
        assert_eq!(refused.status, status, "{properties}: {}", refused.body);
        assert!(
            refused.message().contains(named) || status == 400,
            "{}",
            refused.message()
        );
        assert_eq!(arm.get(id.as_str(), NEWEST).await.body, set.body);
    }
}

/// No source says if Azure checks the registry before or after such a write.
#[tokio::test]
async fn downgrade_is_checked_with_the_rules_it_sends() {
    let down = |set: Value| {
        let mut body = rule_set(set);
        body["sku"] = json!({"name": "Standard"});
        body
    };
    let deny = json!({"defaultAction": "Deny", "ipRules": [ip("203.0.113.7")]});
    let open = json!({"defaultAction": "Allow", "ipRules": []});
    let rows = [
        (&deny, down(open.clone()), 501),
        (&deny, down(json!({"defaultAction": "Allow"})), 400),
        (&open, down(deny.clone()), 400),
        (&open, down(open.clone()), 200),
    ];
    for (before, sent, status) in rows {
        let arm = Arm::contoso().await;
        let id = registry("contoso");
        arm.patch(id.as_str(), NEWEST, &rule_set(before.clone())).await;
        let reply = arm.patch(id.as_str(), NEWEST, &sent).await;
        assert_eq!(reply.status, status, "{before} {sent}: {}", reply.body);
        assert!(reply.rules().is_null(), "{}", reply.body);
    }
}
