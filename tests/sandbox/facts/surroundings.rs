//! Resources around a registry, which come with the state: what a diagnosis reads, and what is refused.

use reqwest::Method;
use ringfence::sandbox::{Options, State};
use serde_json::{Value, json};

use crate::arm_requests::{NETWORK, SUB, registry, subnet};
use crate::sandbox_client::Arm;

const DNS: &str = "2024-06-01";
const ROLES: &str = "2022-04-01";
const SETTINGS: &str = "2021-05-01-preview";
const PRINCIPAL: &str = "22222222-2222-4222-8222-222222222222";
const PULL: &str = "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d";

fn id(kind: &str) -> String {
    format!("/subscriptions/{SUB}/resourceGroups/rg/providers/{kind}")
}

fn state(resources: Vec<Value>) -> State {
    let mut state = State::empty()
        .with_registry(&registry("contoso"))
        .with_subnet(&subnet("build"));
    state.resources.extend(resources);
    state
}

fn names(list: &Value) -> Vec<&str> {
    let list = list["value"].as_array().unwrap();
    list.iter().map(|entry| entry["name"].as_str().unwrap()).collect()
}

/// Shapes: azure-rest-api-specs, network/resource-manager.
#[tokio::test]
async fn private_endpoint_leads_to_its_addresses() {
    let (endpoint, nic) = (
        id("Microsoft.Network/privateEndpoints/pe"),
        id("Microsoft.Network/networkInterfaces/nic"),
    );
    let zone = id("Microsoft.Network/privateDnsZones/privatelink.azurecr.io");
    let arm = Arm::with(state(vec![
        json!({"id": endpoint, "properties": {
            "subnet": {"id": subnet("build").as_str()}, "networkInterfaces": [{"id": nic}],
        }}),
        json!({"id": format!("{endpoint}/privateDnsZoneGroups/default"), "properties": {
            "privateDnsZoneConfigs": [{"name": "acr", "properties": {"privateDnsZoneId": zone}}],
        }}),
        // As azure-cli prints it, with the properties of a part beside its name.
        json!({"id": nic, "ipConfigurations": [{"name": "one", "privateIPAddress": "10.0.0.5",
            "privateLinkConnectionProperties": {"requiredMemberName": "registry", "fqdns": ["contoso.azurecr.io"]}}]}),
        json!({"id": zone}),
        json!({"id": format!("{zone}/virtualNetworkLinks/hub"), "properties": {
            "virtualNetwork": {"id": id("Microsoft.Network/virtualNetworks/vnet")}, "registrationEnabled": false}}),
        json!({"id": format!("{zone}/A/contoso"), "properties": {"ttl": 10, "aRecords": [{"ipv4Address": "10.0.0.5"}]}}),
    ]))
    .await;
    let read = arm.get(&endpoint, NETWORK).await;
    assert_eq!(read.status, 200, "{}", read.body);
    assert_eq!(read.header("etag"), read.body["etag"].as_str());
    let groups = arm
        .get(&format!("{endpoint}/privateDnsZoneGroups"), NETWORK)
        .await;
    assert_eq!(names(&groups.body), ["default"]);
    let nic = arm.get(&nic, NETWORK).await.body;
    let part = &nic["properties"]["ipConfigurations"][0]["properties"];
    assert_eq!(part["privateIPAddress"], "10.0.0.5");
    let zones = format!("/subscriptions/{SUB}/providers/Microsoft.Network/privateDnsZones");
    assert_eq!(
        names(&arm.get(&zones, DNS).await.body),
        ["privatelink.azurecr.io"]
    );
    for (part, name) in [("virtualNetworkLinks", "hub"), ("A", "contoso")] {
        let list = arm.get(&format!("{zone}/{part}"), DNS).await;
        assert_eq!(names(&list.body), [name], "{}", list.body);
    }
}

/// Docs: network-security-groups-overview, "Default security rules".
#[tokio::test]
async fn security_group_has_the_default_rules() {
    let group = id("Microsoft.Network/networkSecurityGroups/nsg");
    let arm = Arm::with(state(vec![json!({"id": group})])).await;
    let read = arm.get(&group, NETWORK).await.body;
    let rules = read["properties"]["defaultSecurityRules"].as_array().unwrap();
    let outbound: Vec<(u64, &str)> = rules
        .iter()
        .map(|rule| &rule["properties"])
        .filter(|rule| rule["direction"] == "Outbound")
        .map(|rule| {
            (
                rule["priority"].as_u64().unwrap(),
                rule["access"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(outbound, [(65000, "Allow"), (65001, "Allow"), (65500, "Deny")]);
}

/// Docs: role-assignments-list-rest.
#[tokio::test]
async fn role_assignments_of_a_scope_are_those_above_and_below_it() {
    let other = "33333333-3333-4333-8333-333333333333";
    let at = |scope: &str, name: &str, principal: &str| {
        json!({"id": format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"),
            "properties": {"principalId": principal, "roleDefinitionId": PULL}})
    };
    let contoso = registry("contoso");
    let subscription = format!("/subscriptions/{SUB}");
    let arm = Arm::with(state(vec![
        at(contoso.as_str(), "own", PRINCIPAL),
        at(&subscription, "above", PRINCIPAL),
        at(contoso.as_str(), "other", other),
    ]))
    .await;
    let list = |scope: &str, filter: &str| {
        let path = format!(
            "{scope}/providers/Microsoft.Authorization/roleAssignments?api-version={ROLES}&$filter={filter}"
        );
        let arm = &arm;
        async move { arm.send(Method::GET, &path, None, &[]).await }
    };
    let of_principal = format!("principalId%20eq%20'{PRINCIPAL}'");
    let found = list(contoso.as_str(), &of_principal).await;
    assert_eq!(names(&found.body), ["above", "own"]);
    assert_eq!(found.body["value"][0]["properties"]["scope"], subscription);
    let found = list(&subscription, "atScope()").await;
    assert_eq!(names(&found.body), ["above"]);
    let refused = list(contoso.as_str(), "assignedTo('x')").await;
    assert_eq!((refused.status.as_u16(), refused.code()), (501, "NotEstablished"));
}

#[tokio::test]
async fn diagnostic_settings_are_those_of_the_scope() {
    let contoso = registry("contoso");
    let workspace = id("Microsoft.OperationalInsights/workspaces/logs");
    let arm = Arm::with(state(vec![json!({
        "id": format!("{contoso}/providers/Microsoft.Insights/diagnosticSettings/all"),
        "properties": {"workspaceId": workspace, "logs": [{"categoryGroup": "audit", "enabled": true}]},
    })]))
    .await;
    let list = format!("{contoso}/providers/Microsoft.Insights/diagnosticSettings");
    let list = arm.get(&list, SETTINGS).await;
    assert_eq!(names(&list.body), ["all"]);
    assert_eq!(list.body["value"][0]["properties"]["workspaceId"], workspace);
}

/// Specification: operationalinsights/data-plane, preview/2017-10-01; docs: logs/api/response-format.
#[tokio::test]
async fn log_query_sums_up_callers() {
    let (contoso, workspace) = (
        registry("contoso"),
        id("Microsoft.OperationalInsights/workspaces/logs"),
    );
    let row = |time: &str, address: &str, resource: &str| {
        json!({"TimeGenerated": time, "_ResourceId": resource, "CallerIpAddress": address,
            "Identity": "ci", "ResultDescription": "200"})
    };
    let lower = contoso.as_str().to_ascii_lowercase();
    let arm = Arm::with(state(vec![
        json!({"id": workspace}),
        json!({"id": format!("{workspace}/tables/ContainerRegistryLoginEvents"), "properties": {"rows": [
            row("2126-11-20T10:00:00Z", "203.0.113.7", &lower),
            row("2126-11-21T10:00:00Z", "203.0.113.7", &lower),
            row("2126-11-21T10:00:00Z", "8.8.8.8", &lower),
            row("2020-01-01T00:00:00Z", "192.0.2.1", &lower),
            row("2126-11-21T10:00:00Z", "192.0.2.2", "/subscriptions/other"),
        ]}}),
    ]))
    .await;
    let path = format!("{workspace}/query?api-version=2017-10-01");
    let query = format!(
        "ContainerRegistryLoginEvents\n| where TimeGenerated > ago(30d)\n| where _ResourceId =~ '{contoso}'\n\
         | summarize Events = count(), LastSeen = max(TimeGenerated) by CallerIpAddress, Identity, ResultDescription\n\
         | order by Events desc\n| take 100"
    );
    let answer = arm
        .send(Method::POST, &path, Some(&json!({"query": query})), &[])
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let table = &answer.body["tables"][0];
    assert_eq!(table["columns"][3], json!({"name": "Events", "type": "long"}));
    assert_eq!(
        table["rows"],
        json!([
            ["203.0.113.7", "ci", "200", 2, "2126-11-21T10:00:00Z"],
            ["8.8.8.8", "ci", "200", 1, "2126-11-21T10:00:00Z"],
        ])
    );
    for other in ["ContainerRegistryLoginEvents", "Usage | take 10", ""] {
        let answer = arm
            .send(Method::POST, &path, Some(&json!({"query": other})), &[])
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (501, "NotEstablished"),
            "{other}"
        );
    }
}

#[tokio::test]
async fn missing_surroundings_are_404_and_their_writes_501() {
    let arm = Arm::with(state(Vec::new())).await;
    let rows = [
        ("Microsoft.Network/privateEndpoints/x", NETWORK),
        ("Microsoft.Network/routeTables/x", NETWORK),
        ("Microsoft.Network/privateDnsZones/x", DNS),
        ("Microsoft.ContainerService/managedClusters/x", "2026-06-01"),
        ("Microsoft.Web/sites/x", "2025-05-01"),
        ("Microsoft.ContainerInstance/containerGroups/x", "2023-05-01"),
        ("Microsoft.App/containerApps/x", "2025-01-01"),
    ];
    for (kind, version) in rows {
        let missing = arm.get(&id(kind), version).await;
        assert_eq!(
            (missing.status.as_u16(), missing.code()),
            (404, "ResourceNotFound"),
            "{kind}"
        );
        assert!(missing.message().contains(kind), "{}", missing.body);
        let write = arm.put(&id(kind), version, &json!({})).await;
        assert_eq!(
            (write.status.as_u16(), write.code()),
            (501, "NotServed"),
            "{kind}"
        );
    }
    let unknown = arm.get(&id("Microsoft.Web/sites/x"), "2015-08-01").await;
    assert_eq!((unknown.status.as_u16(), unknown.code()), (501, "NotServed"));
}

#[tokio::test]
async fn impossible_surroundings_are_refused_in_a_file() {
    let rows = [
        (
            "Microsoft.Network/networkSecurityGroups/x",
            json!({"securityRules": [{"name": "one", "properties": {"access": "Allow", "direction": "Outbound",
                "priority": 7, "protocol": "*"}}]}),
            "priority",
        ),
        (
            "Microsoft.Network/routeTables/x",
            json!({"routes": [{"name": "one", "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "Moon"}}]}),
            "nextHopType",
        ),
        (
            "Microsoft.Network/privateEndpoints/x",
            json!({}),
            "properties.subnet",
        ),
        (
            "Microsoft.ContainerService/managedClusters/x",
            json!({"identityProfile": {"kubeletidentity": {"objectId": "me"}}}),
            "objectId",
        ),
        (
            "Microsoft.Network/privateDnsZones/privatelink.azurecr.io/A/x",
            json!({"aRecords": [{"ipv4Address": "here"}]}),
            "ipv4Address",
        ),
    ];
    for (kind, properties, named) in rows {
        let file = json!({"resources": [{"id": id(kind), "properties": properties}]});
        let error = serde_json::from_value::<State>(file).unwrap_err().to_string();
        assert!(error.contains(named), "{kind}: {error}");
    }
    let started = ringfence::sandbox::start(Options {
        seed: state(vec![json!({"id": id("Microsoft.Network/routeTables/x")})]),
        ..Options::default()
    });
    assert!(started.await.is_ok());
}
