//! Set-ups that are in order: no cause is found, whatever they look like.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;

use super::dns_server::Says;
use super::lab::{HOST, Lab, OWN};
use super::servers::{Answers, CLOSED, Impostor, challenge, http, proxy, socks_proxy};
use crate::azure_bodies::{registry_id, subnet_body, subnet_id};
use crate::virtual_network::vnet_body;

/// A set-up: its name, and what makes it.
type Setup = (&'static str, fn(&mut Lab));

const NETWORKS: &[Setup] = &[
    ("open", |_| ()),
    ("open, by its login server", |lab| {
        lab.ask(HOST);
    }),
    ("open, by an image", |lab| {
        lab.ask("contoso.azurecr.io/app/web:1");
    }),
    ("open, by its id", |lab| {
        lab.ask(&registry_id("contoso"));
    }),
    ("an address of the rules", |lab| {
        lab.deny(&["203.0.113.9", OWN]);
    }),
    ("a range of the rules", |lab| {
        lab.deny(&["198.51.100.0/24"]);
    }),
    ("Basic", |lab| {
        lab.registry["sku"] = json!({"name": "Basic", "tier": "Basic"});
        lab.registry["properties"]
            .as_object_mut()
            .unwrap()
            .remove("networkRuleSet");
    }),
    ("dual stack", |lab| {
        resolved(lab, &[], &["20.62.128.1", "2603:1030::1"])
    }),
    ("aliases", |lab| {
        resolved(
            lab,
            &["eus-1.fe.azcr.io", "eus-acr.trafficmanager.net"],
            &["20.62.128.1"],
        );
    }),
    ("a private endpoint", |lab| {
        lab.set(&json!({"publicNetworkAccess": "Disabled"}))
            .private_endpoint("Approved");
        let impostor = registry(lab);
        lab.connect_to(impostor);
        let aliases = ["contoso.privatelink.azurecr.io"];
        lab.dns(vec![(HOST, Says::aliased(&aliases, &["10.0.0.5"]))]);
    }),
    ("a subnet of the rules", |lab| {
        let id = subnet_id("hub", "build");
        lab.deny(&[OWN]).admit_subnet(id.as_str());
        let mut subnet = subnet_body(&id);
        subnet["properties"]["serviceEndpoints"] = json!([{
            "service": "Microsoft.ContainerRegistry", "provisioningState": "Succeeded", "locations": ["*"]
        }]);
        let mut network = vnet_body(&[id]);
        network["properties"]["subnets"] = json!([subnet]);
        lab.resource(network);
    }),
    ("data endpoints", |lab| {
        let data = "contoso.eastus.data.azurecr.io";
        lab.set(&json!({"dataEndpointEnabled": true, "dataEndpointHostNames": [data]}));
        let address = lab.start();
        let public = Says::addresses(&["20.62.128.1"]);
        lab.connect_to(address).dns(vec![
            (HOST, public.clone()),
            ("contoso.eastus.data.azurecr.io", public),
        ]);
    }),
];

const PROXIES: &[Setup] = &[
    ("a proxy", |lab| {
        let address = lab.start();
        lab.variable(
            "HTTPS_PROXY",
            &format!("http://{}", proxy("200 Connection established", address)),
        );
    }),
    ("a proxy, and no DNS", |lab| {
        let address = lab.start();
        lab.variable("HTTPS_PROXY", &format!("http://{}", proxy("200 OK", address)))
            .dns(vec![]);
    }),
    ("a SOCKS proxy", |lab| {
        let address = lab.start();
        lab.variable("ALL_PROXY", &format!("socks5h://{}", socks_proxy(address)));
    }),
    ("no proxy for registries", |lab| {
        lab.variable("HTTPS_PROXY", &format!("http://{CLOSED}"))
            .variable("NO_PROXY", ".azurecr.io");
    }),
    ("no proxy for a registry with its port", |lab| {
        lab.variable("HTTPS_PROXY", &format!("http://{CLOSED}"))
            .variable("NO_PROXY", "contoso.azurecr.io:443");
    }),
    ("a proxy of the daemon", |lab| {
        let address = lab.start();
        let drop_in = format!(
            "[Service]\nEnvironment=\"HTTPS_PROXY=http://{}\"\n",
            proxy("200 OK", address)
        );
        lab.file(".config/systemd/user/docker.service.d/proxy.conf", &drop_in);
    }),
];

const MACHINES: &[Setup] = &[
    ("no credential", |lab| {
        lab.without_credential();
    }),
    ("no variables of a credential", |lab| {
        lab.without_credential()
            .variable("RINGFENCE_AUTH", "client-secret");
    }),
    ("podman", |lab| {
        lab.program("docker", r#"echo '{"Client":{"Version":"5.4.2"}}'"#);
    }),
    ("podman with a service", |lab| {
        lab.program(
            "docker",
            r#"echo '{"Client":{"APIVersion":"5.4.2","Version":"5.4.2"},"Server":{"Version":"5.4.2"}}'"#,
        );
    }),
    ("nerdctl", |lab| {
        lab.program(
            "docker",
            r#"echo '{"Client":{"Version":"2.0.2","Components":[]},"Server":{"Components":[]}}'"#,
        );
    }),
    ("a docker that says nothing", |lab| {
        lab.program("docker", "exit 1");
    }),
    ("a docker that never ends its answer", |lab| {
        lab.program("docker", "while :; do echo 0123456789abcdef; done");
    }),
    ("a name in upper case", |lab| {
        lab.ask("Contoso");
    }),
    ("a registry of somebody else", |lab| {
        let host = "fabrikam.azurecr.io";
        let impostor = Impostor::start("DigiCert Inc", &[host], open_answers(host));
        lab.ask(host).impostor(&impostor, true);
    }),
    ("Docker and a valid login", |lab| {
        lab.program(
            "docker",
            r#"echo '{"Client":{"Version":"29.1.3"},"Server":{"Version":"29.1.3"}}'"#,
        );
        let pair = STANDARD.encode("00000000-0000-0000-0000-000000000000:");
        let config = json!({"auths": {HOST: {"auth": pair, "identitytoken": valid_token()}}});
        lab.file(".docker/config.json", &config.to_string());
    }),
    ("a credential store", |lab| {
        let login = json!({"Username": "<token>", "Secret": valid_token()});
        lab.program("docker-credential-lab", &format!("echo '{login}'"));
        lab.file(".docker/config.json", &json!({"credsStore": "lab"}).to_string());
    }),
    ("a login for another registry", |lab| {
        let pair = STANDARD.encode("me:s3cret");
        lab.file(
            ".docker/config.json",
            &json!({"auths": {"docker.io": {"auth": pair}}}).to_string(),
        );
    }),
    ("a password of a token", |lab| {
        let pair = STANDARD.encode("puller:s3cret");
        lab.file(
            ".docker/config.json",
            &json!({"auths": {HOST: {"auth": pair}}}).to_string(),
        );
    }),
    ("a configuration that is not JSON", |lab| {
        lab.file(".docker/config.json", "{");
    }),
    ("the Azure CLI", |lab| {
        lab.program("az", "echo 00000000-0000-0000-0000-000000000001");
    }),
    ("a repository", |lab| {
        lab.flag("--repository", "app/web");
    }),
    ("anonymous pull", |lab| {
        lab.set(&json!({"anonymousPullEnabled": true}));
    }),
];

fn valid_token() -> String {
    // The year 2100.
    let claims = URL_SAFE_NO_PAD.encode(json!({"exp": 4_102_444_800_i64}).to_string());
    format!("e30.{claims}.c2lnbmF0dXJl")
}

fn resolved(lab: &mut Lab, aliases: &[&'static str], addresses: &[&'static str]) {
    let address = lab.start();
    lab.connect_to(address);
    lab.dns(vec![(HOST, Says::aliased(aliases, addresses))]);
}

/// Puts a registry in place that lets everyone in.
fn registry(lab: &mut Lab) -> SocketAddr {
    let impostor = Impostor::start("DigiCert Inc", &[HOST], open_answers(HOST));
    lab.trust(&impostor);
    impostor.address
}

/// Returns the answers of a registry that lets everyone in.
fn open_answers(host: &str) -> Answers {
    let token = http("200 OK", r#"{"refresh_token": "e30.e30.c2ln"}"#);
    vec![("/v2/", challenge(host)), ("/oauth2/exchange", token)]
}

fn check(setups: &[Setup]) {
    let mut wrong = Vec::new();
    for (name, make) in setups {
        let mut lab = Lab::new();
        make(&mut lab);
        let seen = lab.run();
        let causes = seen.ids("verdicts");
        if !causes.is_empty() || seen.code != 0 || seen.step("GET /v2/") != "passed" {
            let ladder = &seen.document["ladder"];
            wrong.push(format!(
                "{name}: {causes:?} {}\n{ladder:#}\n{}",
                seen.code, seen.stderr
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        setups.len(),
        wrong.join("\n")
    );
}

#[test]
fn networks_in_order_have_no_cause() {
    check(NETWORKS);
}

#[test]
fn proxies_in_order_have_no_cause() {
    check(PROXIES);
}

#[test]
fn machines_in_order_have_no_cause() {
    check(MACHINES);
}
