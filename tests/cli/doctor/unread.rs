//! `doctor` where Azure does not tell something: the step is not judged, and no verdict rests on it.

use serde_json::{Value, json};

use super::around::{
    ACR_PULL, cluster, id, network, outbound, registry, role, run_with, with_private_endpoint,
};
use crate::azure_bodies::{premium_registry, subnet_id};

/// Returns the step of this name.
fn step<'d>(document: &'d Value, name: &str) -> &'d Value {
    let steps = document["ladder"].as_array().expect("a ladder").iter();
    let mut named = steps.filter(|step| step["name"] == name);
    named
        .next()
        .unwrap_or_else(|| panic!("no step {name} in {document:#}"))
}

/// Asserts that a step is not judged and has the code of the refusal, and that no cause is found.
fn assert_unjudged(document: &Value, name: &str, code: &str, what: &str) {
    let step = step(document, name);
    assert_eq!(step["status"], "skipped", "{what}: {document:#}");
    let has_code = step["result"].as_str().unwrap().contains(code);
    assert!(has_code, "{what}: {step}");
    let listed = document["unjudged"].as_array().expect("steps");
    assert!(listed.contains(&json!(name)), "{what}: {document:#}");
    for verdict in document["verdicts"].as_array().unwrap() {
        // That this machine asks other DNS servers is no cause in the network.
        let low = verdict["id"] == "WRONG_PRIVATE_DNS" && verdict["confidence"] == "low";
        // The lab's registry refuses this machine.
        let own = verdict["steps"] == json!(["GET /v2/"]);
        assert!(low || own, "{what}: {verdict:#}");
    }
}

fn refusing(path: &str) -> Value {
    json!([{"match": {"path": path}, "fault": 403}])
}

#[test]
fn unread_private_endpoints_and_zones_are_not_judged() {
    let hub = id("Microsoft.Network/virtualNetworks/hub");
    let subnet = subnet_id("hub", "build");
    let aks = id("Microsoft.ContainerService/managedClusters/aks");
    let mut resources = with_private_endpoint(&[("contoso", "10.0.0.5")], true);
    resources.extend([cluster(&[subnet.as_str()]), outbound(), role(ACR_PULL)]);
    let endpoints = "*/privateendpoints/*";
    let interfaces = "*/networkinterfaces/*";
    let lists = "*/privatednszones";
    let links = "*/virtualnetworklinks";
    let records = "*/privatelink.azurecr.io/a";
    for (flag, about, path, name) in [
        ("--from-subnet", subnet.as_str(), endpoints, "registry's answer"),
        ("--from-subnet", subnet.as_str(), interfaces, "registry's answer"),
        ("--from-subnet", subnet.as_str(), lists, "registry's answer"),
        ("--from-subnet", subnet.as_str(), links, "registry's answer"),
        ("--from-subnet", subnet.as_str(), records, "registry's answer"),
        ("--vnet", &hub, endpoints, "private endpoints"),
        ("--vnet", &hub, interfaces, "private endpoints"),
        ("--vnet", &hub, lists, "private zone"),
        ("--vnet", &hub, links, "private zone"),
        ("--vnet", &hub, records, "private zone"),
        ("--aks", &aks, endpoints, "private zones"),
        ("--aks", &aks, interfaces, "private zones"),
        ("--aks", &aks, lists, "private zones"),
        ("--aks", &aks, links, "private zones"),
        ("--aks", &aks, records, "private zones"),
    ] {
        let (_, json) = run_with(&resources, &[flag, about], &refusing(path));
        assert_unjudged(&json, name, "SandboxFault", &format!("{flag} {path}"));
    }
}

#[test]
fn throttled_zones_are_not_judged() {
    let subnet = subnet_id("hub", "build");
    let resources = with_private_endpoint(&[("contoso", "10.0.0.5")], true);
    let faults = json!([{"match": {"path": "*/virtualnetworklinks"}, "fault": 429, "retryAfter": 120}]);
    let (run, json) = run_with(&resources, &["--from-subnet", subnet.as_str()], &faults);
    assert_unjudged(&json, "registry's answer", "SubscriptionRequestsThrottled", "429");
    assert_eq!(run.code, 0, "{}", run.stdout);
}

#[test]
fn network_with_its_own_dns_servers_is_not_judged() {
    let subnet = subnet_id("hub", "build");
    let mut resources = with_private_endpoint(&[("contoso", "10.0.0.5")], false);
    resources[1]["properties"]["dhcpOptions"] = json!({"dnsServers": ["10.9.0.4"]});
    let flags = ["--from-subnet", subnet.as_str()];
    let (_, json) = run_with(&resources, &flags, &json!([]));
    assert_unjudged(&json, "registry's answer", "10.9.0.4", "own servers");
    // These servers need not ask the zone that is linked to the network, nor lack what it lacks.
    for records in [&[("contoso", "10.0.0.5")][..], &[]] {
        let mut linked = with_private_endpoint(records, true);
        linked[1]["properties"]["dhcpOptions"] = json!({"dnsServers": ["10.9.0.4"]});
        let (_, json) = run_with(&linked, &flags, &json!([]));
        assert_unjudged(&json, "registry's answer", "10.9.0.4", "linked");
    }
    // That address is Azure's own.
    let mut azures = with_private_endpoint(&[("contoso", "10.0.0.5")], true);
    azures[1]["properties"]["dhcpOptions"] = json!({"dnsServers": ["168.63.129.16"]});
    let (_, json) = run_with(&azures, &flags, &json!([]));
    assert_eq!(step(&json, "registry's answer")["status"], "passed", "{json:#}");
}

#[test]
fn endpoint_in_a_network_without_peering_is_not_judged() {
    let subnet = subnet_id("hub", "build");
    let flags = ["--from-subnet", subnet.as_str()];
    let mut far = with_private_endpoint(&[("contoso", "10.0.0.5")], true);
    far[2]["properties"]["subnet"]["id"] = subnet_id("spoke", "private").as_str().into();
    let (run, json) = run_with(&far, &flags, &json!([]));
    assert_unjudged(&json, "registry's answer", "no peering", "not peered");
    assert_eq!(run.code, 0, "{}", run.stdout);
    for (state, status) in [("Connected", "passed"), ("Disconnected", "skipped")] {
        far[1]["properties"]["virtualNetworkPeerings"] = json!([{"name": "spoke", "properties": {
            "peeringState": state,
            "remoteVirtualNetwork": {"id": id("Microsoft.Network/virtualNetworks/spoke")}}}]);
        let (_, json) = run_with(&far, &flags, &json!([]));
        assert_eq!(
            step(&json, "registry's answer")["status"],
            status,
            "{state} {json:#}"
        );
    }
}

#[test]
fn network_that_cannot_be_read_has_no_private_path_for_sure() {
    let subnet = subnet_id("hub", "build");
    let resources = with_private_endpoint(&[("contoso", "10.0.0.5")], true);
    let (_, json) = run_with(
        &resources,
        &["--from-subnet", subnet.as_str()],
        &refusing("*/virtualnetworks/hub"),
    );
    assert_unjudged(&json, "registry's answer", "SandboxFault", "network");
}

#[test]
fn route_to_a_private_endpoint_counts_with_its_own_prefix_alone() {
    let subnet = subnet_id("hub", "build");
    let table = id("Microsoft.Network/routeTables/rt");
    for (prefix, hop, status, verdict) in [
        ("10.0.0.5/32", "None", "failed", Some("NX6")),
        ("10.0.0.0/16", "VirtualAppliance", "skipped", None),
        ("0.0.0.0/0", "Internet", "passed", None),
    ] {
        let mut resources = with_private_endpoint(&[("contoso", "10.0.0.5")], true);
        resources[1] = network(&json!({"routeTable": {"id": table}}));
        resources.push(json!({"id": table, "properties": {"routes": [
            {"name": "own", "properties": {"addressPrefix": prefix, "nextHopType": hop}}]}}));
        let (_, json) = run_with(&resources, &["--from-subnet", subnet.as_str()], &json!([]));
        assert_eq!(step(&json, "routes")["status"], status, "{prefix} {json:#}");
        assert_eq!(json["verdicts"][0]["id"].as_str(), verdict, "{prefix} {json:#}");
    }
}

#[test]
fn unread_replicas_addresses_and_locks_are_steps() {
    let subnet = subnet_id("hub", "build");
    let gateway = id("Microsoft.Network/natGateways/nat");
    let network = network(&json!({"natGateway": {"id": gateway}}));
    let resources = [registry(&["198.51.100.7"], &[]), network];
    for (path, name) in [
        ("*/replications", "replicas"),
        ("*/natgateways/*", "registry's answer"),
        ("*/locks", "locks"),
    ] {
        let (_, json) = run_with(&resources, &["--from-subnet", subnet.as_str()], &refusing(path));
        let step = step(&json, name);
        assert_eq!(step["status"], "skipped", "{path} {json:#}");
        assert!(
            json["unjudged"].as_array().unwrap().contains(&json!(name)),
            "{json:#}"
        );
        let ids = json["verdicts"].as_array().unwrap().iter();
        let refused = ids.filter(|verdict| verdict["id"] == "NX7").count();
        assert!(name != "registry's answer" || refused == 0, "{json:#}");
    }
}

#[test]
fn network_is_looked_at_without_the_registry() {
    let hub = id("Microsoft.Network/virtualNetworks/hub");
    let resources = with_private_endpoint(&[("contoso", "10.0.0.5")], true);
    let (_, json) = run_with(&resources, &["--vnet", &hub], &refusing("*/registries/contoso"));
    for name in ["private endpoints", "private zone", "private DNS"] {
        assert_eq!(step(&json, name)["status"], "skipped", "{json:#}");
    }
    let records = step(&json, "private zone")["facts"].to_string();
    assert!(records.contains("10.0.0.5"), "{json:#}");
    assert!(!json.to_string().contains("rule add"), "{json:#}");
}

#[test]
fn busy_azure_is_told_from_missing_rights() {
    let resources = [registry(&[], &[])];
    let faults = json!([{"match": {"path": "*/registries/contoso"}, "fault": 429, "retryAfter": 120}]);
    let (_, json) = run_with(&resources, &[], &faults);
    assert!(
        step(&json, "registry")["result"]
            .as_str()
            .unwrap()
            .starts_with("SubscriptionRequestsThrottled: "),
        "{json:#}"
    );
    let notes = json["notes"].to_string();
    assert!(notes.contains("asks to wait 120s"), "{notes}");
    let verdicts = json["verdicts"].to_string();
    assert!(
        verdicts.contains("not read: SubscriptionRequestsThrottled"),
        "{verdicts}"
    );
    let others = step(&json, "other hosts")["result"].as_str().unwrap();
    assert!(others.contains("not read"), "{others}");
    let garbage = json!([{"match": {"path": "*/registries/contoso"}, "fault": "garbage"}]);
    let (_, json) = run_with(&resources, &[], &garbage);
    let verdicts = json["verdicts"].to_string();
    assert!(verdicts.contains("not read: unreadable-answer"), "{verdicts}");
}

#[test]
fn healthy_result_names_what_was_not_judged() {
    let open = [premium_registry("contoso")];
    let scenario = super::around::scenario(&open, &refusing("*/locks"));
    let registry = open[0]["id"].as_str().unwrap();
    let run = scenario.run(&["doctor", registry, "--defender", "--faults", "faults.json"]);
    let first = run.stdout.lines().next().unwrap_or_default();
    assert!(first.ends_with("; not judged: locks"), "{}", run.stdout);
}
