//! `doctor --vnet`: names of a registry in a network, by the built binary.

use hickory_proto::op::ResponseCode;
use serde_json::{Value, json};

use super::around::{id, network, run_with, with_private_endpoint};
use super::dns_server::{self, Says};
use crate::azure_bodies::{SUBSCRIPTION, premium_registry, subnet_id};

const HOST: &str = "contoso.azurecr.io";

/// Runs the doctor about the network `hub`, where a DNS server says this of the registry's name.
fn about_hub(resources: &[Value], says: Says) -> Value {
    let server = dns_server::start(vec![(HOST, says)]).to_string();
    let hub = id("Microsoft.Network/virtualNetworks/hub");
    let (_, json) = run_with(resources, &["--vnet", &hub, "--dns-server", &server], &json!([]));
    json
}

/// Returns what `list` has with this id.
fn named<'d>(document: &'d Value, list: &str, id: &str) -> Option<&'d Value> {
    let mut entries = document[list].as_array()?.iter();
    entries.find(|entry| entry["id"] == id)
}

fn status<'d>(document: &'d Value, name: &str) -> &'d Value {
    let mut steps = document["ladder"].as_array().expect("a ladder").iter();
    &steps.find(|step| step["name"] == name).expect("the step")["status"]
}

#[test]
fn endpoint_of_a_hub_serves_its_spokes() {
    let cause = "NO_PRIVATE_ENDPOINT_IN_VNET";
    for (linked, list) in [(true, "notes"), (false, "verdicts")] {
        let mut far = with_private_endpoint(&[("contoso", "10.0.0.5")], linked);
        far[2]["properties"]["subnet"]["id"] = subnet_id("other", "private").as_str().into();
        let json = about_hub(&far, Says::addresses(&["10.0.0.5"]));
        assert!(named(&json, list, cause).is_some(), "{linked} {json:#}");
        let want = if linked { "skipped" } else { "failed" };
        assert_eq!(status(&json, "private endpoints"), want, "{json:#}");
    }
}

#[test]
fn server_without_an_answer_says_nothing_of_a_name() {
    let right = with_private_endpoint(&[("contoso", "10.0.0.5")], true);
    let json = about_hub(&right, Says::Code(ResponseCode::ServFail));
    assert_eq!(named(&json, "verdicts", "WRONG_PRIVATE_DNS"), None, "{json:#}");
    assert_eq!(status(&json, "private DNS"), "skipped", "{json:#}");
    let unjudged = json["unjudged"].as_array().expect("steps");
    assert!(unjudged.contains(&json!("private DNS")), "{json:#}");
    // That there is no such name is an answer.
    let json = about_hub(&right, Says::Code(ResponseCode::NXDomain));
    assert_eq!(status(&json, "private DNS"), "failed", "{json:#}");
}

#[test]
fn zone_that_is_linked_is_not_linked_again() {
    let remedies = |records: &[(&str, &str)], linked| {
        let resources = with_private_endpoint(records, linked);
        let json = about_hub(&resources, Says::addresses(&["20.1.2.3"]));
        let broken = named(&json, "verdicts", "N11").expect("a verdict");
        broken["remedies"].to_string()
    };
    let right = remedies(&[("contoso", "10.0.0.5")], true);
    assert!(
        !right.contains("link") && right.contains("on a machine in the network"),
        "{right}"
    );
    let empty = remedies(&[], true);
    assert!(
        !empty.contains("link the zone") && empty.contains("add-record"),
        "{empty}"
    );
    let unlinked = remedies(&[("contoso", "10.0.0.5")], false);
    assert!(unlinked.contains("link vnet create"), "{unlinked}");
    // Servers of the network need not ask the zone.
    let mut own = with_private_endpoint(&[("contoso", "10.0.0.5")], true);
    own[1]["properties"]["dhcpOptions"] = json!({"dnsServers": ["10.9.0.4"]});
    let json = about_hub(&own, Says::addresses(&["20.1.2.3"]));
    let broken = named(&json, "verdicts", "N11").expect("a verdict");
    let own = broken["remedies"].to_string();
    assert!(!own.contains("link the zone"), "{own}");
    assert!(own.contains("forward the zone"), "{own}");
}

#[test]
fn zone_with_the_right_records_is_the_one_to_link() {
    let mut resources = with_private_endpoint(&[], false);
    let right = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/zones/providers/Microsoft.Network/privateDnsZones/privatelink.azurecr.io"
    );
    resources.push(json!({"id": right}));
    resources.push(json!({"id": format!("{right}/A/contoso"), "properties": {"aRecords": [{"ipv4Address": "10.0.0.5"}]}}));
    let subnet = subnet_id("hub", "build");
    let (_, json) = run_with(&resources, &["--from-subnet", subnet.as_str()], &json!([]));
    let remedy = json["verdicts"][0]["remedies"][0].to_string();
    assert!(remedy.contains("link vnet create -g zones "), "{json:#}");
}

#[test]
fn only_premium_registries_get_a_private_endpoint() {
    let mut basic = premium_registry("contoso");
    basic["sku"] = json!({"name": "Basic", "tier": "Basic"});
    basic["properties"]
        .as_object_mut()
        .expect("properties")
        .remove("networkRuleSet");
    let json = about_hub(&[basic, network(&json!({}))], Says::addresses(&["20.1.2.3"]));
    let none = named(&json, "verdicts", "NO_PRIVATE_ENDPOINT").expect("a verdict");
    let first = none["remedies"][0].as_str().expect("a remedy");
    assert!(first.contains("--sku Premium"), "{json:#}");
}
