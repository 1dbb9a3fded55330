//! `ringfence endpoints`: the hosts of registries, in words and as rules of firewalls.

use serde_json::{Value, json};

use crate::apply::apply_run::expect;
use crate::azure_bodies::{premium_registry, registry_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;

fn replica(registry: &str, region: &str) -> Value {
    json!({
        "id": format!("{}/replications/{region}", registry_id(registry)),
        "location": region,
    })
}

/// A registry with replicas in two regions, and dedicated data endpoints.
fn replicated() -> Scenario {
    let mut registry = premium_registry("contoso");
    registry["location"] = json!("eastus");
    registry["properties"]["dataEndpointEnabled"] = json!(true);
    registry["properties"]["dataEndpointHostNames"] = json!([
        "contoso.eastus.data.azurecr.io",
        "contoso.westeurope.data.azurecr.io"
    ]);
    let replicas = [replica("contoso", "eastus"), replica("contoso", "westeurope")];
    Scenario::new(&spec_of(""), &[vec![registry], replicas.to_vec()].concat())
}

fn basic(name: &str) -> Value {
    let mut registry = premium_registry(name);
    registry["sku"] = json!({"name": "Basic", "tier": "Basic"});
    registry["properties"]
        .as_object_mut()
        .unwrap()
        .remove("networkRuleSet");
    registry
}

fn document(run: &Run) -> Value {
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(document["format"], "ringfence.endpoints/1", "{}", run.stdout);
    document
}

fn hosts(list: &Value) -> Vec<&str> {
    let hosts = list.as_array().expect("a list").iter();
    hosts.map(|host| host["name"].as_str().expect("a name")).collect()
}

#[test]
fn hosts_are_those_of_every_replica() {
    let scenario = replicated();
    let run = scenario.run(&["endpoints", "contoso", "-o", "json"]);
    expect(&run, 0, &[]);
    let document = document(&run);
    let registry = &document["registries"][0];
    assert_eq!(
        hosts(&registry["hosts"]),
        [
            "contoso.azurecr.io",
            "contoso.eastus.data.azurecr.io",
            "contoso.westeurope.data.azurecr.io"
        ]
    );
    assert_eq!(registry["regions"], json!(["eastus", "westeurope"]));
    assert_eq!(registry.get("notes"), None, "{registry}");
    let shared = hosts(&document["shared"]);
    assert!(shared.contains(&"azurecr.io"), "{shared:?}");
    // The registry, and its replicas with one request. The name is looked up outside the subscription.
    let paths: Vec<String> = scenario.requests().into_iter().map(|(_, path)| path).collect();
    let id = registry_id("contoso");
    assert_eq!(paths, [id.clone(), format!("{id}/replications")]);
}

#[test]
fn blobs_of_other_registries_are_in_any_storage_account() {
    let scenario = Scenario::new(&spec_of(""), &[basic("contoso")]);
    let run = scenario.run(&["endpoints", &registry_id("contoso")]);
    expect(
        &run,
        0,
        &[
            "contoso.azurecr.io",
            "*.blob.core.windows.net",
            "every storage account: a Premium registry can",
            "azurecr.io",
            "TCP port 443",
        ],
    );
    // Only Premium has replicas.
    assert_eq!(scenario.requests().len(), 1, "{:?}", scenario.requests());
}

/// What a reader of the names has to know.
#[test]
fn notes_say_what_the_names_do_not() {
    let mut registry = premium_registry("contoso");
    registry["properties"]["loginServer"] = json!("contoso-a1b2c3.azurecr.io");
    registry["properties"]["publicNetworkAccess"] = json!("Disabled");
    registry["properties"]["regionalEndpoints"] = json!("Enabled");
    registry["properties"]["regionalEndpointHostNames"] = json!(["contoso.eastus.geo.azurecr.io"]);
    registry["properties"]["dataEndpointEnabled"] = json!(true);
    registry["properties"]["dataEndpointHostNames"] = json!(["contoso.eastus.data.azurecr.io"]);
    registry["properties"]["endpointProtocol"] = json!("IPv4AndIPv6");
    let replicas = [replica("contoso", "eastus"), replica("contoso", "westus")];
    let scenario = Scenario::new(&spec_of(""), &[vec![registry], replicas.to_vec()].concat());
    let run = scenario.run(&["endpoints", "--spec", "spec.yaml"]);
    expect(
        &run,
        0,
        &[
            "contoso-a1b2c3.azurecr.io",
            "contoso.eastus.geo.azurecr.io",
            "the login server has a generated name",
            "dual stack: allow the hosts over IPv6 too",
            "public access is disabled",
            "Azure lists no data endpoint in westus",
            "Azure lists no regional endpoint in westus",
        ],
    );
    // Rules have no place for notes.
    let run = scenario.run(&["endpoints", "--spec", "spec.yaml", "--as", "squid"]);
    let note = "note: contoso: Azure lists no data endpoint in westus";
    assert!(run.stderr.contains(note) && run.code == 0, "{}", run.stderr);
}

/// The blobs come from the data endpoints of the registry, whose names Azure does not list.
#[test]
fn private_endpoint_brings_data_hosts() {
    let mut registry = premium_registry("contoso");
    registry["location"] = json!("eastus");
    let id = registry_id("contoso");
    registry["properties"]["privateEndpointConnections"] = json!([{
        "id": format!("{id}/privateEndpointConnections/pe"),
        "name": "pe",
        "type": "Microsoft.ContainerRegistry/registries/privateEndpointConnections",
        "properties": {
            "privateEndpoint": {"id": id.replace("ContainerRegistry/registries/contoso", "Network/privateEndpoints/pe")},
            "privateLinkServiceConnectionState": {"status": "Approved"},
            "provisioningState": "Succeeded",
        },
    }]);
    let more = [replica("contoso", "westeurope")];
    let hosts_of = |registry: &Value| {
        let scenario = Scenario::new(&spec_of(""), &[std::slice::from_ref(registry), &more].concat());
        let run = scenario.run(&["endpoints", &id, "-o", "json"]);
        expect(&run, 0, &["data endpoints of the registry"]);
        let document = document(&run);
        let names = hosts(&document["registries"][0]["hosts"]);
        names.into_iter().map(str::to_owned).collect::<Vec<String>>()
    };
    let private = [
        "contoso.azurecr.io",
        "contoso.eastus.data.azurecr.io",
        "contoso.westeurope.data.azurecr.io",
    ];
    // Clients elsewhere may still be led to a storage account.
    assert_eq!(
        hosts_of(&registry),
        [&private[..], &["*.blob.core.windows.net"]].concat()
    );
    registry["properties"]["publicNetworkAccess"] = json!("Disabled");
    assert_eq!(hosts_of(&registry), private);
    // A name that Azure generated goes into these hosts in a way that no source tells.
    registry["properties"]["loginServer"] = json!("contoso-a1b2c3.azurecr.io");
    let generated = ["contoso-a1b2c3.azurecr.io", "*.blob.core.windows.net"];
    assert_eq!(hosts_of(&registry), generated);
}

#[test]
fn both_sign_in_hosts_of_china_are_listed() {
    let scenario = Scenario::new(&spec_of(""), &[basic("contoso")]);
    let id = registry_id("contoso");
    let run = scenario.run(&["endpoints", &id, "--cloud", "china"]);
    let both = ["login.chinacloudapi.cn", "login.partner.microsoftonline.cn"];
    expect(&run, 0, &both);
}

#[test]
fn rules_are_ready_for_a_firewall() {
    let scenario = replicated();
    let rules = |form: &str| {
        let run = scenario.run(&["endpoints", "contoso", "--as", form]);
        expect(&run, 0, &[]);
        run.stdout
    };
    let firewall: Value = serde_json::from_str(&rules("azure-firewall")).expect("JSON");
    let names = &firewall["rules"][0]["targetFqdns"];
    assert_eq!(names[2], "contoso.westeurope.data.azurecr.io", "{firewall}");
    let nsg: Value = serde_json::from_str(&rules("nsg")).expect("JSON");
    let first = &nsg[0]["properties"];
    assert_eq!(first["destinationAddressPrefix"], "AzureContainerRegistry");
    assert_eq!(first["direction"], "Outbound");
    for rule in nsg.as_array().expect("a list") {
        let description = rule["properties"]["description"].as_str().expect("a text");
        assert!(description.len() <= 140, "{description}");
    }
    let squid = rules("squid");
    assert!(
        squid.contains("acl registry_hosts dstdomain contoso.westeurope.data.azurecr.io"),
        "{squid}"
    );
    let refused = scenario.run_plain(&["endpoints", "contoso", "--as", "iptables-fqdn"]);
    expect(&refused, 64, &["no rules for host names", "--as squid"]);
}

/// Rules for some of the registries would cut off the clients of the others.
#[test]
fn unread_registry_is_named_and_stops_rules() {
    let scenario = replicated();
    let both = [&*registry_id("contoso"), &*registry_id("fabrikam")];
    let run = scenario.run(&[&["endpoints"], &both[..], &["-o", "json"]].concat());
    assert_eq!(run.code, 1, "{}", run.stderr);
    let document = document(&run);
    assert_eq!(document["failures"][0]["error"]["code"], "ResourceNotFound");
    assert_eq!(document["registries"].as_array().unwrap().len(), 1);
    let run = scenario.run(&[&["endpoints"], &both[..], &["--as", "squid"]].concat());
    expect(&run, 1, &["ResourceNotFound"]);
    assert_eq!(run.stdout, "");
}

/// squid warns of a name that it has already.
#[test]
fn squid_gets_each_host_once() {
    let registries = ["contoso", "fabrikam"].map(premium_registry);
    let scenario = Scenario::new(&spec_of(""), &registries);
    let run = scenario.run(&["endpoints", "contoso", "fabrikam", "--as", "squid"]);
    expect(&run, 0, &[]);
    assert_eq!(
        run.stdout.matches(".blob.core.windows.net").count(),
        1,
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("contoso.azurecr.io") && run.stdout.contains("fabrikam.azurecr.io"));
}

/// The hosts of a region whose replica is not known are not known either.
#[test]
fn unread_replicas_are_told_and_stop_rules() {
    let scenario = replicated();
    let action = "Microsoft.ContainerRegistry/registries/replications/read";
    let denied = json!({"denied": [{"action": action, "scope": registry_id("contoso")}]});
    scenario.write("conditions.json", &denied.to_string());
    let flags = ["endpoints", "contoso", "--conditions", "conditions.json"];
    let told = [
        "the replicas cannot be read, so hosts of their regions may be missing",
        "AuthorizationFailed",
        action,
    ];
    expect(&scenario.run(&flags), 1, &told);
    let run = scenario.run(&[&flags[..], &["-o", "json"]].concat());
    expect(&run, 1, &[]);
    let unread = &document(&run)["registries"][0]["unreadReplicas"];
    assert_eq!(unread["code"], "AuthorizationFailed");
    let run = scenario.run(&[&flags[..], &["-o", "markdown"]].concat());
    expect(&run, 1, &[told[0]]);
    for form in ["squid", "azure-firewall"] {
        let run = scenario.run(&[&flags[..], &["--as", form, "-q"]].concat());
        expect(&run, 1, &["may be missing", action]);
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn unknown_name_does_not_keep_the_others_back() {
    let scenario = replicated();
    let run = scenario.run(&["endpoints", "contoso", "nosuchone", "-o", "json"]);
    expect(&run, 1, &[]);
    let document = document(&run);
    assert_eq!(document["registries"].as_array().map(Vec::len), Some(1));
    let unknown = &document["failures"][0];
    assert_eq!(unknown["name"], "nosuchone");
    assert_eq!(unknown["error"]["code"], "registry-not-found");
    expect(
        &scenario.run(&["endpoints", "contoso", "nosuchone"]),
        1,
        &["contoso.azurecr.io", "! nosuchone could not be read"],
    );
}

#[test]
fn markdown_is_a_table() {
    let run = replicated().run(&["endpoints", "contoso", "-o", "markdown"]);
    expect(&run, 0, &[]);
    let row = "| `contoso.eastus.data.azurecr.io` | contoso | blobs of images |";
    assert!(run.stdout.contains(row), "{}", run.stdout);
    let tags =
        "\n- every registry: service tags for firewalls without host names: AzureContainerRegistry, ";
    assert!(run.stdout.contains(tags), "{}", run.stdout);
}
