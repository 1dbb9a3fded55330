//! Causes in the settings of the registry. They are notes: this machine gets in.

use ringfence::model::SubnetId;
use serde_json::{Value, json};

use super::row::Kind::Note;
use super::row::Row;
use crate::azure_bodies::{SUBSCRIPTION, subnet_id};
use crate::doctor::dns_server::Says;
use crate::doctor::lab::{Lab, OTHER_SUBSCRIPTION, OWN};
use crate::doctor::servers::{Impostor, challenge, http};
use crate::virtual_network::vnet_body;

pub(super) const SETTINGS: &[Row] = &[
    ("N7", Note, "a registry that the account does not see", |lab| {
        let impostor = Impostor::start(
            "DigiCert Inc",
            &["fabrikam.azurecr.io"],
            vec![
                ("/v2/", challenge("fabrikam.azurecr.io")),
                (
                    "/oauth2/exchange",
                    http("200 OK", r#"{"refresh_token": "e30.e30.c2ln"}"#),
                ),
            ],
        );
        lab.ask("fabrikam")
            .dns(vec![("fabrikam.azurecr.io", Says::addresses(&["20.62.128.1"]))]);
        lab.impostor(&impostor, true);
    }),
    ("NX10", Note, "login events that no setting sends", |_| {}),
    ("LC7", Note, "ABAC mode", |lab| {
        lab.set(&json!({"roleAssignmentMode": "AbacRepositoryPermissions"}));
    }),
    ("N8", Note, "no exports", |lab| {
        lab.registry["properties"]["policies"]["exportPolicy"]["status"] = json!("disabled");
        lab.set(&json!({"publicNetworkAccess": "Disabled"}));
    }),
    ("N8", Note, "a lock of the group", |lab| {
        let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg");
        lab.resource(json!({
            "id": format!("{group}/providers/Microsoft.Authorization/locks/keep"), "properties": {"level": "ReadOnly"}
        }));
    }),
    ("S3", Note, "Basic", basic),
    ("S17", Note, "dormant rules", |lab| {
        lab.set(&json!({"networkRuleSet": {
            "defaultAction": "Allow", "virtualNetworkRules": [], "ipRules": [{"action": "Allow", "value": "203.0.113.9"}]
        }}));
    }),
    ("S15", Note, "a subnet without its endpoint", |lab| {
        subnet(lab, &json!({}))
    }),
    ("S6", Note, "a delegated subnet", |lab| {
        subnet(
            lab,
            &json!({"delegations": [{
                "name": "aci", "properties": {"serviceName": "Microsoft.ContainerInstance/containerGroups"}
            }]}),
        );
    }),
    ("S4", Note, "subnet rules", |lab| subnet(lab, &json!({}))),
    ("NX8", Note, "an unregistered provider", |lab| {
        lab.unregister();
    }),
    (
        "NX8",
        Note,
        "an unregistered provider in the subscription of a subnet",
        |lab| {
            let id = subnet_id("hub", "build")
                .as_str()
                .replace(SUBSCRIPTION, OTHER_SUBSCRIPTION);
            lab.deny(&[OWN]).admit_subnet(&id);
            lab.resource(vnet_body(&[SubnetId::parse(&id).unwrap()]));
        },
    ),
    ("S7", Note, "a cloud without service endpoints", |lab| {
        subnet(lab, &json!({}));
        lab.flag("--cloud", "usgov");
    }),
    ("S2", Note, "private endpoints and subnet rules", |lab| {
        subnet(lab, &json!({}));
        lab.private_endpoint("Approved");
    }),
    ("NX2", Note, "private endpoints and IP rules", |lab| {
        lab.deny(&[OWN]).private_endpoint("Approved");
    }),
    ("N10", Note, "no bypass", |lab| {
        lab.deny(&[OWN]).set(&json!({"networkRuleBypassOptions": "None"}));
    }),
    ("N9", Note, "tasks without bypass", |lab| {
        lab.deny(&[OWN]);
    }),
    ("S8", Note, "disabled public access without bypass", |lab| {
        lab.set(&json!({"publicNetworkAccess": "Disabled", "networkRuleBypassOptions": "None"}));
    }),
    ("S9", Note, "disabled public access", |lab| {
        lab.set(&json!({"publicNetworkAccess": "Disabled"}));
    }),
    (
        "S11",
        Note,
        "disabled public access and a private endpoint",
        |lab| {
            lab.set(&json!({"publicNetworkAccess": "Disabled"}))
                .private_endpoint("Approved");
        },
    ),
    ("S1", Note, "as many rules as fit", |lab| {
        let mut rules = Vec::new();
        for number in 0..200 {
            rules.push(format!("203.0.113.{number}"));
        }
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        lab.deny(&rules);
    }),
];

fn basic(lab: &mut Lab) {
    lab.registry["sku"] = json!({"name": "Basic", "tier": "Basic"});
    lab.registry["properties"]
        .as_object_mut()
        .unwrap()
        .remove("networkRuleSet");
}

/// Admits a subnet with these properties, and this machine.
fn subnet(lab: &mut Lab, properties: &Value) {
    let id = subnet_id("hub", "build");
    lab.deny(&[OWN]).admit_subnet(id.as_str());
    let mut network = vnet_body(&[id]);
    for (key, value) in properties.as_object().unwrap() {
        network["properties"]["subnets"][0]["properties"][key] = value.clone();
    }
    lab.resource(network);
}
