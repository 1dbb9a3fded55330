//! `doctor` about what stands around a registry: subnets, private DNS, services and login events, by the built binary.

use std::slice::from_ref;

use serde_json::{Value, json};

use super::dns_server::{self, Says};
use super::lab::{check_signs, remedies_of};
use crate::azure_bodies::{SUBSCRIPTION, premium_registry, subnet_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::suggestions::check_suggestions;
use crate::virtual_network::vnet_body;

pub(super) const PRINCIPAL: &str = "22222222-2222-4222-8222-222222222222";
pub(super) const ACR_PULL: &str = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
const REPOSITORY_READER: &str = "b93aa761-3e63-49ed-ac28-beffa264f7ac";

pub(super) fn id(kind: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/{kind}")
}

/// A registry under Deny with these IP rules and subnet rules.
pub(super) fn registry(ips: &[&str], subnets: &[&str]) -> Value {
    let mut registry = premium_registry("contoso");
    let ips: Vec<Value> = ips
        .iter()
        .map(|value| json!({"action": "Allow", "value": value}))
        .collect();
    let subnets: Vec<Value> = subnets
        .iter()
        .map(|id| json!({"action": "Allow", "virtualNetworkSubnetResourceId": id}))
        .collect();
    registry["properties"]["networkRuleSet"] =
        json!({"defaultAction": "Deny", "ipRules": ips, "virtualNetworkRules": subnets});
    registry
}

/// The network `hub` with the subnet `build`, and these properties of the subnet.
pub(super) fn network(properties: &Value) -> Value {
    let mut network = vnet_body(&[subnet_id("hub", "build")]);
    for (key, value) in properties.as_object().unwrap() {
        network["properties"]["subnets"][0]["properties"][key] = value.clone();
    }
    network
}

fn endpoint(service: &str) -> Value {
    json!([{"service": service, "provisioningState": "Succeeded", "locations": ["*"]}])
}

fn group(rules: &Value) -> Value {
    json!({"id": id("Microsoft.Network/networkSecurityGroups/nsg"), "properties": {"securityRules": rules}})
}

fn deny_internet() -> Value {
    json!([{"name": "no-internet", "properties": {"priority": 200, "direction": "Outbound", "access": "Deny",
        "protocol": "*", "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "Internet",
        "destinationPortRange": "*"}}])
}

fn table(prefix: &str, hop: &str) -> Value {
    json!({"id": id("Microsoft.Network/routeTables/rt"), "properties": {"routes": [
        {"name": "all", "properties": {"addressPrefix": prefix, "nextHopType": hop, "nextHopIpAddress": "10.0.9.4"}}]}})
}

fn reference(kind: &str) -> Value {
    json!({"id": id(kind)})
}

fn run(resources: &[Value], flags: &[&str]) -> (Run, Value) {
    run_with(resources, flags, &json!([]))
}

/// Makes a scenario with a file of faults.
pub(super) fn scenario(resources: &[Value], faults: &Value) -> Scenario {
    let scenario = Scenario::new("version: 1\n", resources);
    scenario.write("faults.json", &faults.to_string());
    scenario
}

/// Runs the doctor with these flags and faults.
pub(super) fn run_with(resources: &[Value], flags: &[&str], faults: &Value) -> (Run, Value) {
    let scenario = scenario(resources, faults);
    let registry = premium_registry("contoso")["id"].as_str().unwrap().to_owned();
    let about = ["doctor", &registry, "-o", "json", "--faults", "faults.json"];
    let run = scenario.run(&[&about[..], flags].concat());
    let json: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}{}", run.stdout, run.stderr));
    check_suggestions(remedies_of(&json), true);
    check_signs(&json);
    (run, json)
}

/// The ids of the verdicts of a run, each with its confidence.
fn verdicts(resources: &[Value], flags: &[&str]) -> Vec<String> {
    let (run, json) = run(resources, flags);
    let mut found = Vec::new();
    for verdict in json["verdicts"].as_array().unwrap() {
        found.push(format!(
            "{} {}",
            verdict["id"].as_str().unwrap(),
            verdict["confidence"].as_str().unwrap()
        ));
    }
    assert_eq!(run.code, if found.is_empty() { 0 } else { 2 }, "{}", run.stdout);
    found
}

fn from_subnet(resources: &[Value]) -> Vec<String> {
    let subnet = subnet_id("hub", "build");
    verdicts(resources, &["--from-subnet", subnet.as_str()])
}

#[test]
fn subnet_with_endpoint_and_rule_is_healthy() {
    let subnet = subnet_id("hub", "build");
    let network = network(&json!({"serviceEndpoints": endpoint("Microsoft.ContainerRegistry")}));
    assert_eq!(
        from_subnet(&[registry(&[], &[subnet.as_str()]), network]),
        [""; 0]
    );
}

#[test]
fn subnet_without_endpoint_rule_or_existence_is_told_apart() {
    let subnet = subnet_id("hub", "build");
    let listed = registry(&[], &[subnet.as_str()]);
    let on = network(&json!({"serviceEndpoints": endpoint("Microsoft.ContainerRegistry")}));
    let off = network(&json!({}));
    assert_eq!(from_subnet(&[listed.clone(), off]), ["S15 high"]);
    assert_eq!(from_subnet(&[registry(&[], &[]), on.clone()]), ["NX7 high"]);
    let mut disabled = listed;
    disabled["properties"]["publicNetworkAccess"] = "Disabled".into();
    assert_eq!(from_subnet(&[disabled, on]), ["NX1 high"]);
}

#[test]
fn security_group_and_routes_stop_the_traffic() {
    let subnet = subnet_id("hub", "build");
    let listed = registry(&[], &[subnet.as_str()]);
    let nsg = reference("Microsoft.Network/networkSecurityGroups/nsg");
    let on = endpoint("Microsoft.ContainerRegistry");
    let guarded = network(&json!({"serviceEndpoints": on, "networkSecurityGroup": nsg}));
    assert_eq!(
        from_subnet(&[listed.clone(), guarded.clone(), group(&deny_internet())]),
        ["NX6 high"]
    );
    assert_eq!(
        from_subnet(&[listed.clone(), guarded.clone(), group(&json!([]))]),
        [""; 0]
    );
    // What no client uses, or what only some addresses have, does not stop all of them.
    let mut low_ports = deny_internet();
    low_ports[0]["properties"]["sourcePortRange"] = "1-1024".into();
    assert_eq!(
        from_subnet(&[listed.clone(), guarded, group(&low_ports)]),
        ["NX6 low"]
    );
    // The endpoint's own route wins for the registry, but not for layers and sign-in.
    let routed = network(
        &json!({"serviceEndpoints": on, "routeTable": reference("Microsoft.Network/routeTables/rt")}),
    );
    let dropped = [listed.clone(), routed.clone(), table("0.0.0.0/0", "None")];
    let subnet_flags = ["--from-subnet", subnet.as_str()];
    let (_, json) = run(&dropped, &subnet_flags);
    let facts = json["verdicts"][0]["facts"].as_array().unwrap();
    let names: Vec<&str> = facts.iter().map(|fact| fact["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Storage in eastus", "AzureActiveDirectory"]);
    assert_eq!(
        from_subnet(&[listed, routed, table("0.0.0.0/0", "VirtualAppliance")]),
        ["NX9 low"]
    );
}

#[test]
fn routes_that_together_have_every_address_stop_the_traffic() {
    let subnet = subnet_id("hub", "build");
    let routed = network(&json!({"routeTable": reference("Microsoft.Network/routeTables/rt")}));
    let admitted = premium_registry("contoso");
    let flags = ["--from-subnet", subnet.as_str()];
    let mut halves = table("0.0.0.0/1", "None");
    halves["properties"]["routes"]
        .as_array_mut()
        .unwrap()
        .push(json!({
        "name": "rest", "properties": {"addressPrefix": "128.0.0.0/1", "nextHopType": "None"}}));
    let (_, json) = run(&[admitted.clone(), routed.clone(), halves], &flags);
    let first = &json["verdicts"][0];
    assert_eq!(
        (&first["id"], &first["confidence"]),
        (&json!("NX6"), &json!("high"))
    );
    assert_eq!(first["steps"], json!(["routes"]), "{json:#}");
    let half = [admitted, routed, table("0.0.0.0/1", "None")];
    assert_eq!(verdicts(&half, &flags), ["NX6 low"]);
}

#[test]
fn delegated_subnet_gets_into_an_open_registry() {
    let on = endpoint("Microsoft.ContainerRegistry");
    let delegated = network(&json!({"serviceEndpoints": on, "delegations": [
        {"name": "aci", "properties": {"serviceName": "Microsoft.ContainerInstance/containerGroups"}}]}));
    let open = premium_registry("contoso");
    assert_eq!(from_subnet(&[open, delegated.clone()]), [""; 0]);
    // Under Deny a rule for it would not help.
    assert_eq!(from_subnet(&[registry(&[], &[]), delegated]), ["S6 high"]);
}

#[test]
fn only_services_that_no_rule_admits_are_noted_as_delegated() {
    let subnet = subnet_id("hub", "build");
    for (service, noted) in [
        ("Microsoft.Web/serverFarms", true),
        ("Microsoft.ContainerService/managedClusters", false),
    ] {
        let network = network(
            &json!({"serviceEndpoints": endpoint("Microsoft.ContainerRegistry"),
            "delegations": [{"name": "one", "properties": {"serviceName": service}}]}),
        );
        let listed = registry(&[], &[subnet.as_str()]);
        let (_, json) = run(&[listed, network], &["--defender"]);
        let mut notes = json["notes"].as_array().unwrap().iter();
        assert_eq!(notes.any(|note| note["id"] == "S6"), noted, "{service} {json:#}");
    }
}

#[test]
fn unknown_addresses_of_a_subnet_are_told_as_unknown() {
    let subnet = subnet_id("hub", "build");
    let resources = [registry(&["198.51.100.7"], &[]), network(&json!({}))];
    let (_, json) = run(&resources, &["--from-subnet", subnet.as_str()]);
    let verdict = &json["verdicts"][0];
    assert_eq!(
        (&verdict["id"], &verdict["confidence"]),
        (&json!("NX7"), &json!("low"))
    );
    let cause = verdict["cause"].as_str().unwrap();
    assert!(cause.contains("not known"), "{cause}");
}

#[test]
fn delegation_policy_and_registration_are_found() {
    let subnet = subnet_id("hub", "build");
    let listed = registry(&[], &[subnet.as_str()]);
    let on = endpoint("Microsoft.ContainerRegistry");
    let delegated = network(&json!({"serviceEndpoints": on, "delegations": [
        {"name": "aci", "properties": {"serviceName": "Microsoft.ContainerInstance/containerGroups"}}]}));
    assert_eq!(from_subnet(&[listed.clone(), delegated]), ["S6 high"]);
    let policy = reference("Microsoft.Network/serviceEndpointPolicies/own");
    let both = json!([on[0], endpoint("Microsoft.Storage")[0]]);
    let limited = network(&json!({"serviceEndpoints": both, "serviceEndpointPolicies": [policy]}));
    let own = json!({"id": id("Microsoft.Network/serviceEndpointPolicies/own"), "properties": {
        "serviceEndpointPolicyDefinitions": [{"name": "one", "properties": {"service": "Microsoft.Storage",
            "serviceResources": [id("Microsoft.Storage/storageAccounts/ours")]}}]}});
    assert_eq!(from_subnet(&[listed, limited, own]), ["ENDPOINT_POLICY medium"]);
    let private = network(&json!({"defaultOutboundAccess": false}));
    let admitted = registry(&["203.0.113.7"], &[]);
    assert!(from_subnet(&[admitted, private]).contains(&"NO_OUTBOUND medium".to_owned()));
}

/// A registry with a private endpoint in `hub`, its interface, and a zone with these records that is linked to these
/// networks.
pub(super) fn with_private_endpoint(records: &[(&str, &str)], linked: bool) -> Vec<Value> {
    let endpoint = id("Microsoft.Network/privateEndpoints/pe");
    let zone = id("Microsoft.Network/privateDnsZones/privatelink.azurecr.io");
    let mut registry = registry(&[], &[]);
    registry["properties"]["publicNetworkAccess"] = "Disabled".into();
    registry["properties"]["privateEndpointConnections"] = json!([{
        "id": format!("{}/privateEndpointConnections/one", registry["id"].as_str().unwrap()),
        "properties": {"provisioningState": "Succeeded", "privateEndpoint": {"id": endpoint},
            "privateLinkServiceConnectionState": {"status": "Approved"}}}]);
    let mut resources = vec![
        registry,
        network(&json!({})),
        json!({"id": endpoint, "properties": {"subnet": {"id": subnet_id("hub", "build").as_str()},
            "networkInterfaces": [reference("Microsoft.Network/networkInterfaces/nic")]}}),
        json!({"id": id("Microsoft.Network/networkInterfaces/nic"), "properties": {"ipConfigurations": [
            {"name": "registry", "properties": {"privateIPAddress": "10.0.0.5",
                "privateLinkConnectionProperties": {"fqdns": ["contoso.azurecr.io"]}}}]}}),
        json!({"id": zone}),
    ];
    for (name, address) in records {
        resources.push(json!({"id": format!("{zone}/A/{name}"), "properties": {"aRecords": [{"ipv4Address": address}]}}));
    }
    if linked {
        resources.push(
            json!({"id": format!("{zone}/virtualNetworkLinks/hub"), "properties": {
            "virtualNetwork": {"id": id("Microsoft.Network/virtualNetworks/hub")}}}),
        );
    }
    resources
}

#[test]
fn subnet_behind_a_private_endpoint_needs_no_rule() {
    let whole = with_private_endpoint(&[("contoso", "10.0.0.5")], true);
    assert_eq!(from_subnet(&whole), [""; 0]);
    let unlinked = with_private_endpoint(&[("contoso", "10.0.0.5")], false);
    assert_eq!(from_subnet(&unlinked), ["N11 medium"]);
    // An endpoint of another network helps as well, and public access need not be enabled.
    let mut far = unlinked;
    far[2]["properties"]["subnet"]["id"] = subnet_id("spoke", "private").as_str().into();
    assert_eq!(from_subnet(&far), ["N11 medium"]);
}

#[test]
fn security_group_can_stop_the_traffic_to_a_private_endpoint() {
    let mut resources = with_private_endpoint(&[("contoso", "10.0.0.5")], true);
    resources[1] = network(
        &json!({"networkSecurityGroup": reference("Microsoft.Network/networkSecurityGroups/nsg")}),
    );
    let mut rules = deny_internet();
    rules[0]["properties"]["destinationAddressPrefix"] = "VirtualNetwork".into();
    resources.push(group(&rules));
    let subnet = subnet_id("hub", "build");
    let (_, json) = run(&resources, &["--from-subnet", subnet.as_str()]);
    let first = &json["verdicts"][0];
    assert_eq!(
        (&first["id"], &first["confidence"]),
        (&json!("NX6"), &json!("high"))
    );
    assert_eq!(first["facts"][0]["name"], "the private endpoint at 10.0.0.5");
}

/// Returns the remedies of the first verdict.
fn remedies(resources: &[Value], flags: &[&str]) -> Vec<String> {
    let (_, json) = run(resources, flags);
    let remedies = json["verdicts"][0]["remedies"].as_array().unwrap().iter();
    remedies
        .map(|remedy| remedy.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn linked_zone_without_a_record_is_a_cause() {
    let hub = id("Microsoft.Network/virtualNetworks/hub");
    let subnet = subnet_id("hub", "build");
    let add = |record: &str, address: &str| {
        format!(
            "add the record: `az network private-dns record-set a add-record -g rg -z privatelink.azurecr.io -n {record} -a {address} --subscription {SUBSCRIPTION}`"
        )
    };
    let empty = with_private_endpoint(&[], true);
    assert_eq!(from_subnet(&empty), ["WRONG_PRIVATE_DNS high"]);
    let flags = ["--from-subnet", subnet.as_str()];
    assert_eq!(remedies(&empty, &flags)[0], add("contoso", "10.0.0.5"));
    let (_, json) = run(&empty, &["--vnet", &hub]);
    let verdicts = json["verdicts"].as_array().unwrap();
    let zone = verdicts
        .iter()
        .find(|verdict| verdict["id"] == "WRONG_PRIVATE_DNS");
    assert_eq!(
        zone.unwrap()["remedies"][0],
        add("contoso", "10.0.0.5"),
        "{json:#}"
    );
    // The host of the layers has an address of its own.
    let mut layers = with_private_endpoint(&[("contoso", "10.0.0.5")], true);
    layers[3]["properties"]["ipConfigurations"].as_array_mut().unwrap().push(json!({
        "name": "data", "properties": {"privateIPAddress": "10.0.0.6", "privateLinkConnectionProperties": {
            "fqdns": ["contoso.eastus.data.azurecr.io"]}}}));
    assert_eq!(from_subnet(&layers), ["WRONG_PRIVATE_DNS high"]);
    let found = remedies(&layers, &flags);
    assert_eq!(found[0], add("contoso.eastus.data", "10.0.0.6"), "{found:?}");
    // Names that the zone lacks are looked up on the internet.
    let mut redirected = empty.clone();
    redirected.last_mut().unwrap()["properties"]["resolutionPolicy"] = "NxDomainRedirect".into();
    assert_eq!(from_subnet(&redirected), [""; 0]);
    // A cluster in that network finds no name either.
    let mut pods = empty;
    pods.extend([cluster(&[subnet.as_str()]), outbound(), role(ACR_PULL)]);
    assert_eq!(aks(&pods), ["N4 high"]);
}

#[test]
fn connections_that_are_not_approved_are_approved_or_made_again() {
    let hub = id("Microsoft.Network/virtualNetworks/hub");
    let subnet = subnet_id("hub", "build");
    for (state, wanted) in [
        (
            "Pending",
            vec![format!(
                "approve the connection: `az acr private-endpoint-connection approve -r contoso -n one -g rg --subscription {SUBSCRIPTION}`"
            )],
        ),
        ("Rejected", recreation()),
        ("Disconnected", recreation()),
    ] {
        let mut waiting = with_private_endpoint(&[("contoso", "10.0.0.5")], true);
        let connection = &mut waiting[0]["properties"]["privateEndpointConnections"][0]["properties"];
        connection["privateLinkServiceConnectionState"]["status"] = state.into();
        assert_eq!(from_subnet(&waiting), ["N11 high"], "{state}");
        for flags in [["--from-subnet", subnet.as_str()], ["--vnet", &hub]] {
            assert_eq!(remedies(&waiting, &flags), wanted, "{state}");
        }
        // The step that counts the endpoint does not hold.
        let (_, json) = run(&waiting, &["--vnet", &hub]);
        let steps = json["verdicts"][0]["steps"].as_array().unwrap();
        assert!(steps.contains(&json!("private endpoints")), "{json:#}");
    }
}

#[test]
fn zone_group_of_an_endpoint_is_made_again_with_it() {
    let subnet = subnet_id("hub", "build");
    let mut rejected = with_private_endpoint(&[("contoso", "10.0.0.5")], true);
    let connection = &mut rejected[0]["properties"]["privateEndpointConnections"][0]["properties"];
    connection["privateLinkServiceConnectionState"]["status"] = "Rejected".into();
    let zone = id("Microsoft.Network/privateDnsZones/privatelink.azurecr.io");
    let endpoint = id("Microsoft.Network/privateEndpoints/pe");
    rejected.push(
        json!({"id": format!("{endpoint}/privateDnsZoneGroups/default"), "properties": {
        "privateDnsZoneConfigs": [{"name": "acr", "properties": {"privateDnsZoneId": zone}}]}}),
    );
    let mut wanted = recreation();
    wanted.push(format!(
        "make its DNS zone group again: `az network private-endpoint dns-zone-group create -g rg --endpoint-name pe -n default --private-dns-zone {zone} --zone-name privatelink-azurecr-io --subscription {SUBSCRIPTION}`"
    ));
    let flags = ["--from-subnet", subnet.as_str()];
    assert_eq!(remedies(&rejected, &flags), wanted);
}

/// The commands that make the endpoint `pe` again.
fn recreation() -> Vec<String> {
    let endpoint = id("Microsoft.Network/privateEndpoints/pe");
    let subnet = subnet_id("hub", "build");
    let registry = premium_registry("contoso")["id"].as_str().unwrap().to_owned();
    vec![
        format!("delete the private endpoint: `az network private-endpoint delete --ids {endpoint}`"),
        format!(
            "make it again: `az network private-endpoint create -g rg -n pe --connection-name pe --subnet {} --private-connection-resource-id {registry} --group-id registry --subscription {SUBSCRIPTION} -l eastus`",
            subnet.as_str()
        ),
    ]
}

#[test]
fn things_that_do_not_exist_are_errors() {
    let scenario = Scenario::new(
        "version: 1\n",
        &[premium_registry("contoso"), network(&json!({}))],
    );
    let missing = |kind: &str| id(&format!("{kind}/nosuch"));
    let subnet = subnet_id("hub", "nosuch");
    for (flag, value) in [
        ("--aks", missing("Microsoft.ContainerService/managedClusters")),
        ("--app-service", missing("Microsoft.Web/sites")),
        ("--aci", missing("Microsoft.ContainerInstance/containerGroups")),
        ("--container-app", missing("Microsoft.App/containerApps")),
        ("--vnet", missing("Microsoft.Network/virtualNetworks")),
        ("--from-subnet", subnet.as_str().to_owned()),
        ("--workspace", missing("Microsoft.OperationalInsights/workspaces")),
    ] {
        let run = scenario.run(&["doctor", "contoso", flag, &value]);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{flag}: {}", run.stderr);
        let named = run.stderr.contains("nosuch") && run.stderr.contains(&format!("id of `{flag}`"));
        assert!(named, "{flag}: {}", run.stderr);
    }
    for flags in [
        &["-g", "nosuch"][..],
        &["--subscription", "00000000-0000-0000-0000-000000000002"],
        &["-g", "nosuch", "--subscription", SUBSCRIPTION],
    ] {
        let run = scenario.run(&[&["doctor", "contoso"], flags].concat());
        assert_eq!(run.code, 1, "{flags:?}: {}{}", run.stdout, run.stderr);
    }
}

/// The verdicts about `hub` where DNS answers this address, with those about this machine's own way left out.
fn private_dns(resources: &[Value], answer: &'static str) -> Vec<String> {
    let server = dns_server::start(vec![("contoso.azurecr.io", Says::addresses(&[answer]))]).to_string();
    let hub = id("Microsoft.Network/virtualNetworks/hub");
    let mut open = resources.to_vec();
    open[0]["properties"]["publicNetworkAccess"] = "Enabled".into();
    open[0]["properties"]["networkRuleSet"]["defaultAction"] = "Allow".into();
    let (_, json) = run(&open, &["--vnet", &hub, "--dns-server", &server]);
    let verdicts = json["verdicts"].as_array().unwrap().iter();
    let ids =
        verdicts.map(|verdict| format!("{} {}", verdict["id"], verdict["confidence"]).replace('"', ""));
    ids.filter(|id| id.contains('_')).collect()
}

#[test]
fn names_of_a_network_are_looked_up_and_compared() {
    let right = with_private_endpoint(&[("contoso", "10.0.0.5")], true);
    assert_eq!(private_dns(&right, "10.0.0.5"), [""; 0]);
    assert_eq!(private_dns(&right, "20.1.2.3"), ["WRONG_PRIVATE_DNS low"]);
    let wrong = with_private_endpoint(&[("contoso", "10.0.0.6")], true);
    assert_eq!(private_dns(&wrong, "10.0.0.6"), ["WRONG_PRIVATE_DNS high"]);
    let unlinked = with_private_endpoint(&[("contoso", "10.0.0.5")], false);
    assert_eq!(private_dns(&unlinked, "20.1.2.3"), ["WRONG_PRIVATE_DNS high"]);
    let none = [premium_registry("contoso"), network(&json!({}))];
    assert_eq!(private_dns(&none, "20.1.2.3"), ["NO_PRIVATE_ENDPOINT high"]);
}

pub(super) fn cluster(subnets: &[&str]) -> Value {
    let pools: Vec<Value> = subnets
        .iter()
        .map(|subnet| json!({"name": "pool", "vnetSubnetID": subnet}))
        .collect();
    json!({"id": id("Microsoft.ContainerService/managedClusters/aks"), "properties": {
        "agentPoolProfiles": pools,
        "identityProfile": {"kubeletidentity": {"objectId": PRINCIPAL}},
        "networkProfile": {"outboundType": "loadBalancer", "loadBalancerProfile": {"effectiveOutboundIPs": [
            reference("Microsoft.Network/publicIPAddresses/out")]}}}})
}

pub(super) fn outbound() -> Value {
    json!({"id": id("Microsoft.Network/publicIPAddresses/out"), "properties": {"ipAddress": "198.51.100.7"}})
}

pub(super) fn role(role: &str) -> Value {
    let registry = premium_registry("contoso")["id"].as_str().unwrap().to_owned();
    json!({"id": format!("{registry}/providers/Microsoft.Authorization/roleAssignments/{role}"), "properties": {
        "principalId": PRINCIPAL,
        "roleDefinitionId": format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}")}})
}

fn aks(resources: &[Value]) -> Vec<String> {
    verdicts(
        resources,
        &["--aks", &id("Microsoft.ContainerService/managedClusters/aks")],
    )
}

#[test]
fn cluster_is_judged_by_its_address_and_its_role() {
    let admitted = registry(&["198.51.100.7"], &[]);
    let (cluster, out) = (cluster(&[]), outbound());
    assert_eq!(
        aks(&[admitted.clone(), cluster.clone(), out.clone(), role(ACR_PULL)]),
        [""; 0]
    );
    assert_eq!(
        aks(&[registry(&[], &[]), cluster.clone(), out.clone(), role(ACR_PULL)]),
        ["N4 high"]
    );
    assert_eq!(
        aks(&[admitted.clone(), cluster.clone(), out.clone()]),
        ["LC5 high"]
    );
    assert_eq!(
        aks(&[admitted.clone(), cluster.clone(), out.clone(), role(PRINCIPAL)]),
        ["LC5 low"]
    );
    let mut abac = admitted;
    abac["properties"]["roleAssignmentMode"] = "AbacRepositoryPermissions".into();
    assert_eq!(
        aks(&[abac.clone(), cluster.clone(), out.clone(), role(ACR_PULL)]),
        ["LC7 high"]
    );
    assert_eq!(aks(&[abac, cluster, out, role(REPOSITORY_READER)]), [""; 0]);
}

#[test]
fn cluster_in_a_network_is_judged_by_its_subnet() {
    let subnet = subnet_id("hub", "build");
    let pools = cluster(&[subnet.as_str()]);
    let on = network(&json!({"serviceEndpoints": endpoint("Microsoft.ContainerRegistry")}));
    let listed = registry(&[], &[subnet.as_str()]);
    let rest = [outbound(), role(ACR_PULL)];
    let of = |registry: Value, network: Value| {
        let mut all = vec![registry, network, pools.clone()];
        all.extend(rest.clone());
        aks(&all)
    };
    assert_eq!(of(listed.clone(), on.clone()), [""; 0]);
    // The address counts while the endpoint is off, and not while it is on.
    let by_address = registry(&["198.51.100.7"], &[]);
    assert_eq!(of(by_address.clone(), network(&json!({}))), [""; 0]);
    assert_eq!(of(by_address, on), ["N4 high"]);
}

#[test]
fn other_services_are_judged_by_what_they_are() {
    let site = |over_network: bool| {
        json!({"id": id("Microsoft.Web/sites/shop"), "properties": {"possibleOutboundIpAddresses": "198.51.100.7,198.51.100.8",
            "vnetImagePullEnabled": over_network, "virtualNetworkSubnetId": subnet_id("hub", "build").as_str()}})
    };
    let site_id = id("Microsoft.Web/sites/shop");
    let site_flags = ["--app-service", site_id.as_str()];
    let both = registry(&["198.51.100.7", "198.51.100.8"], &[]);
    assert_eq!(
        verdicts(&[both.clone(), network(&json!({})), site(false)], &site_flags),
        [""; 0]
    );
    let one = registry(&["198.51.100.7"], &[]);
    assert_eq!(
        verdicts(&[one, network(&json!({})), site(false)], &site_flags),
        ["N4 high"]
    );
    let group = |credentials: Value| json!({"id": id("Microsoft.ContainerInstance/containerGroups/jobs"), "properties": {"imageRegistryCredentials": credentials}});
    let group_id = id("Microsoft.ContainerInstance/containerGroups/jobs");
    let group_flags = ["--aci", group_id.as_str()];
    let own = json!([{"server": "contoso.azurecr.io", "identity": id("Microsoft.ManagedIdentity/userAssignedIdentities/i")}]);
    assert_eq!(verdicts(&[both.clone(), group(own)], &group_flags), [""; 0]);
    let password = json!([{"server": "contoso.azurecr.io", "username": "x"}]);
    assert_eq!(
        verdicts(&[both.clone(), group(password)], &group_flags),
        ["N4 high"]
    );
    let mut strict = both;
    strict["properties"]["networkRuleBypassOptions"] = "None".into();
    for (flag, want) in [
        ("--defender", "N10 high"),
        ("--tasks", "N9 high"),
        ("--devops", "N4 high"),
        ("--ml", "N4 high"),
    ] {
        assert_eq!(verdicts(from_ref(&strict), &[flag]), [want], "{flag}");
    }
    let open = premium_registry("contoso");
    for flag in ["--defender", "--tasks", "--devops", "--ml"] {
        assert_eq!(verdicts(from_ref(&open), &[flag]), [""; 0], "{flag}");
    }
}

#[test]
fn login_events_are_read_where_a_setting_sends_them() {
    let registry = premium_registry("contoso");
    let contoso = registry["id"].as_str().unwrap().to_owned();
    let workspace = id("Microsoft.OperationalInsights/workspaces/logs");
    let setting = json!({"id": format!("{contoso}/providers/Microsoft.Insights/diagnosticSettings/all"), "properties": {
        "workspaceId": workspace, "logs": [{"categoryGroup": "allLogs", "enabled": true}]}});
    let row = |result: &str| {
        json!({"TimeGenerated": "2126-11-21T10:00:00Z", "_ResourceId": contoso, "CallerIpAddress": "8.8.8.8",
            "Identity": "laptop", "ResultDescription": result})
    };
    let rows = json!([row("403"), row("200")]);
    let rows = json!({"id": format!("{workspace}/tables/ContainerRegistryLoginEvents"), "properties": {"rows": rows}});
    let all = [registry.clone(), setting, json!({"id": workspace}), rows];
    let (run_with, json) = run(&all, &["--defender", "--workspace", &workspace]);
    assert_eq!(run_with.code, 2, "{}", run_with.stdout);
    assert_eq!(json["verdicts"][0]["id"], "LX14");
    assert_eq!(json["verdicts"][0]["facts"][1]["name"], "8.8.8.8 laptop");
    // The registry is open: the step says who a Deny would cut off.
    let steps = json["ladder"].as_array().unwrap();
    let deny = steps
        .iter()
        .find(|step| step["name"] == "a planned Deny")
        .unwrap();
    assert_eq!(deny["result"], "cuts off 1 of 1 callers: 8.8.8.8 laptop");
    // What was refused long ago says nothing of today.
    let scenario = Scenario::new("version: 1\n", std::slice::from_ref(&registry));
    scenario.write(
        "old.csv",
        "TimeGenerated,CallerIpAddress,ResultDescription\n2020-11-21T10:00:00Z,8.8.8.8,403 Forbidden\n",
    );
    let old = scenario.run(&["doctor", &contoso, "--defender", "--events", "old.csv"]);
    assert_eq!(old.code, 0, "{}", old.stdout);
    assert!(
        old.stdout
            .contains("1 of them refused, last 2020-11-21T10:00:00Z"),
        "{}",
        old.stdout
    );
    let (_, json) = run(&[registry], &["--defender"]);
    let notes = json["notes"].as_array().unwrap();
    assert!(notes.iter().any(|note| note["id"] == "NX10"), "{json}");
}

#[test]
fn ids_of_other_types_are_usage_errors() {
    let scenario = Scenario::new("version: 1\n", &[]);
    let network = id("Microsoft.Network/virtualNetworks/hub");
    for flags in [
        vec!["--aks", &network],
        vec!["--from-subnet", &network],
        vec!["--vnet", "hub"],
        vec!["--subscription", "My Sub"],
        vec!["--defender", "--tasks"],
    ] {
        let run = scenario.run(&[&["doctor", "contoso"], &*flags].concat());
        assert_eq!(run.code, 64, "{flags:?}: {}", run.stderr);
    }
    let alone = scenario.run_plain(&["doctor", "--defender"]);
    assert_eq!(alone.code, 64, "{}", alone.stderr);
}
