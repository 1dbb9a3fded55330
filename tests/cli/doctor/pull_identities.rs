//! `doctor --app-service` and its like: who the service is to the registry, by the built binary.

use serde_json::{Value, json};

use super::around::{ACR_PULL, PRINCIPAL, id, registry, role, run_with};

const OTHER: &str = "33333333-3333-4333-8333-333333333333";
const CLIENT: &str = "44444444-4444-4444-8444-444444444444";

fn user_identity() -> String {
    id("Microsoft.ManagedIdentity/userAssignedIdentities/puller")
}

/// Both identities: the system-assigned one, and one of a user that has AcrPull.
fn identities() -> Value {
    let mut users = json!({});
    users[user_identity()] = json!({"principalId": PRINCIPAL, "clientId": CLIENT});
    json!({"type": "SystemAssigned, UserAssigned", "principalId": OTHER, "userAssignedIdentities": users})
}

fn site(config: &Value) -> Value {
    json!({"id": id("Microsoft.Web/sites/shop"), "identity": identities(), "properties": {
        "possibleOutboundIpAddresses": "198.51.100.7", "siteConfig": config}})
}

fn app(credentials: &Value) -> Value {
    json!({"id": id("Microsoft.App/containerApps/shop"), "identity": identities(), "properties": {
        "outboundIpAddresses": ["198.51.100.7"], "configuration": {"registries": credentials}}})
}

fn group(credentials: &Value) -> Value {
    json!({"id": id("Microsoft.ContainerInstance/containerGroups/shop"), "identity": identities(), "properties": {
        "imageRegistryCredentials": credentials}})
}

fn cluster(identity: &Value) -> Value {
    json!({"id": id("Microsoft.ContainerService/managedClusters/shop"), "properties": {
        "identityProfile": identity, "networkProfile": {"loadBalancerProfile": {"effectiveOutboundIPs": []}}}})
}

#[test]
fn roles_are_those_of_the_identity_that_pulls() {
    let server = "contoso.azurecr.io";
    let by_user = json!([{"server": server, "identity": user_identity()}]);
    let by_system = json!([{"server": server, "identity": "system"}]);
    let by_password = json!([{"server": server, "username": "x", "passwordSecretRef": "y"}]);
    let elsewhere = json!([{"server": "fabrikam.azurecr.io", "identity": user_identity()}]);
    let managed = json!({"acrUseManagedIdentityCreds": true});
    let managed_by_user =
        json!({"acrUseManagedIdentityCreds": true, "acrUserManagedIdentityID": CLIENT});
    for (flag, service, status, unjudged) in [
        ("--app-service", site(&managed), "failed", false),
        ("--app-service", site(&managed_by_user), "passed", false),
        // The password is among the settings, which are not shown.
        (
            "--app-service",
            site(&json!({"acrUseManagedIdentityCreds": false})),
            "skipped",
            true,
        ),
        ("--app-service", site(&json!({})), "skipped", true),
        ("--container-app", app(&by_user), "passed", false),
        ("--container-app", app(&by_system), "failed", false),
        ("--container-app", app(&by_password), "skipped", false),
        ("--container-app", app(&elsewhere), "skipped", true),
        ("--aci", group(&by_user), "passed", false),
        ("--aks", cluster(&json!({})), "skipped", true),
    ] {
        let about = service["id"].as_str().expect("an id").to_owned();
        let resources = [registry(&["198.51.100.7"], &[]), service, role(ACR_PULL)];
        let (_, json) = run_with(&resources, &[flag, &about], &json!([]));
        let mut steps = json["ladder"].as_array().expect("a ladder").iter();
        let roles = steps.find(|step| step["name"] == "roles").expect("the step");
        assert_eq!(roles["status"], status, "{about} {json:#}");
        let mut verdicts = json["verdicts"].as_array().expect("a list").iter();
        let lacks = verdicts.any(|verdict| verdict["id"] == "LC5");
        assert_eq!(lacks, status == "failed", "{about} {json:#}");
        let mut named = json["unjudged"].as_array().into_iter().flatten();
        assert_eq!(named.any(|name| name == "roles"), unjudged, "{about} {json:#}");
    }
}

#[test]
fn identity_for_another_registry_makes_no_trusted_service() {
    let elsewhere = json!([{"server": "fabrikam.azurecr.io", "identity": user_identity()}]);
    let service = group(&elsewhere);
    let about = service["id"].as_str().expect("an id").to_owned();
    let (_, json) = run_with(&[registry(&[], &[]), service], &["--aci", &about], &json!([]));
    assert_eq!(json["verdicts"][0]["id"], "N4", "{json:#}");
}

#[test]
fn address_that_is_admitted_holds_beside_one_that_is_not_known() {
    let service = app(&json!([]));
    let about = service["id"].as_str().expect("an id").to_owned();
    let resources = [registry(&["198.51.100.7"], &[]), service];
    let (_, json) = run_with(&resources, &["--container-app", &about], &json!([]));
    let steps = json["ladder"].as_array().expect("a ladder").iter();
    let mut ways = Vec::new();
    for step in steps.filter(|step| step["name"] == "comes from") {
        ways.push((step["result"].clone(), step["status"].clone()));
    }
    assert_eq!(json["verdicts"], json!([]), "{json:#}");
    let exchange = json!("an address of Azure, for the exchange of tokens");
    assert_eq!(
        ways,
        [
            (json!("198.51.100.7"), json!("passed")),
            (exchange, json!("skipped"))
        ],
        "{json:#}"
    );
}
