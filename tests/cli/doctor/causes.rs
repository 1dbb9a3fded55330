//! Every cause that probes can find is produced in the lab, and found.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hickory_proto::op::ResponseCode;
use ringfence::doctor::{FoundBy, all_causes};
use ringfence::model::SubnetId;
use serde_json::{Value, json};

use super::dns_server::Says;
use super::lab::{HOST, Lab, OTHER_SUBSCRIPTION, OWN};
use super::servers::{CLOSED, Impostor, challenge, closing, denial, http, proxy, silent};
use crate::azure_bodies::{SUBSCRIPTION, subnet_id};
use crate::virtual_network::vnet_body;

/// A row of the table: the id, what it is for this machine, how often it is, and what breaks the lab.
type Row = (&'static str, Kind, &'static str, fn(&mut Lab));

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The likeliest cause.
    First,
    /// A cause beside a likelier one.
    Beside,
    Note,
}
use Kind::{Beside, First, Note};

const DNS: &[Row] = &[
    ("N1", First, "NXDOMAIN", |lab| {
        lab.dns(vec![]);
    }),
    ("N1", First, "SERVFAIL", |lab| {
        lab.dns(vec![(HOST, Says::Code(ResponseCode::ServFail))]);
    }),
    ("N1", First, "silence", |lab| {
        lab.dns(vec![(HOST, Says::Nothing)]);
    }),
    ("N1", First, "a private zone without the record", |lab| {
        lab.dns(vec![(
            HOST,
            Says::aliased(&["contoso.privatelink.azurecr.io"], &[]),
        )]);
    }),
    ("LC2", First, "no such registry", |lab| {
        lab.ask("fabrikam").dns(vec![]);
    }),
    ("NX4", First, "public and private addresses", |lab| {
        let address = lab.start();
        lab.connect_to(address).resolves_to(&["10.0.0.5", "20.62.128.1"]);
    }),
    ("N11", First, "a private address without a route", |lab| {
        lab.connect_to(CLOSED).resolves_to(&["10.0.0.5"]);
    }),
    (
        "N11",
        First,
        "a public address, and public access is disabled",
        |lab| {
            lab.set(&json!({"publicNetworkAccess": "Disabled"}))
                .private_endpoint("Approved");
            let address = lab.start();
            lab.connect_to(address).resolves_to(&["20.62.128.1"]);
        },
    ),
    ("N11", First, "the name of the private zone", |lab| {
        let names = [HOST];
        let impostor = Impostor::start("DigiCert Inc", &names, vec![]);
        lab.ask("contoso.privatelink.azurecr.io")
            .impostor(&impostor, true);
    }),
    ("NX5", First, "a data endpoint without a record", |lab| {
        lab.set(&json!({
            "dataEndpointEnabled": true, "dataEndpointHostNames": ["contoso.eastus.data.azurecr.io"]
        }));
        let address = lab.start();
        lab.connect_to(address).resolves_to(&["20.62.128.1"]);
    }),
];

const WAY: &[Row] = &[
    ("N2", First, "TCP", |lab| {
        lab.blackhole();
    }),
    ("N2", First, "TLS", |lab| {
        lab.connect_to(silent());
    }),
    ("N2", First, "the proxy", |lab| {
        lab.variable("HTTPS_PROXY", &format!("http://{}", silent()));
    }),
    ("N3", First, "TCP is refused", |lab| {
        lab.connect_to(CLOSED);
    }),
    ("N3", First, "a proxy opens TLS", |lab| {
        let impostor = Impostor::start("Contoso Web Gateway", &[HOST], vec![]);
        lab.impostor(&impostor, false);
    }),
    ("N3", First, "the certificate of another host", |lab| {
        let impostor = Impostor::start("DigiCert Inc", &["www.example"], vec![]);
        lab.impostor(&impostor, true);
    }),
    ("N3", First, "the connection is closed", |lab| {
        lab.connect_to(closing());
    }),
    ("N3", First, "another server answers", |lab| {
        let impostor =
            Impostor::start("DigiCert Inc", &[HOST], vec![("/", http("502 Bad Gateway", ""))]);
        lab.impostor(&impostor, true);
    }),
    ("NC1", First, "the proxy wants credentials", |lab| {
        let proxy = proxy("407 Proxy Authentication Required", CLOSED);
        lab.variable("HTTPS_PROXY", &format!("http://user:pa55word@{proxy}"));
    }),
    ("NC1", First, "the proxy refuses", |lab| {
        lab.variable(
            "https_proxy",
            &format!("http://{}", proxy("403 Forbidden", CLOSED)),
        );
    }),
    ("NC1", Note, "the daemon does not know the proxy", |lab| {
        let address = lab.start();
        lab.variable("HTTPS_PROXY", &format!("http://{}", proxy("200 OK", address)));
        lab.program("docker", DOCKER);
    }),
    ("N5b", First, "the proxy closes", |lab| {
        lab.variable("HTTPS_PROXY", &format!("http://{}", closing()));
    }),
    ("N5b", First, "the scheme of the proxy is wrong", |lab| {
        let address = lab.start();
        lab.variable("HTTPS_PROXY", &format!("https://{}", proxy("200 OK", address)));
    }),
    ("N5b", First, "the proxy of the daemon closes", |lab| {
        let settings = json!({"proxies": {"https-proxy": format!("http://{}", closing())}});
        lab.file(".config/docker/daemon.json", &settings.to_string());
    }),
];

const FIREWALL: &[Row] = &[
    ("NC2", First, "no rule", |lab| {
        lab.deny(&["198.51.100.0/30"]);
    }),
    ("NC2", First, "public access is disabled", |lab| {
        lab.set(&json!({"publicNetworkAccess": "Disabled"}));
    }),
    ("S19", First, "a rule that does not count yet", |lab| {
        lab.deny(&[OWN]);
        let impostor = Impostor::start("DigiCert Inc", &[HOST], vec![("/v2/", denial(OWN))]);
        lab.impostor(&impostor, true);
    }),
    ("NX7", First, "a service endpoint without a rule", |lab| {
        lab.deny(&[]).seen_from("10.0.0.4");
    }),
    ("NX1", Beside, "subnet rules and disabled public access", |lab| {
        lab.deny(&[]).admit_subnet(subnet_id("hub", "build").as_str());
        lab.set(&json!({"publicNetworkAccess": "Disabled"}));
    }),
    ("N5a", First, "the registry sees the proxy", |lab| {
        lab.deny(&["203.0.113.9"]);
        let address = lab.start();
        lab.variable("HTTPS_PROXY", &format!("http://{}", proxy("200 OK", address)));
    }),
    ("N5a", First, "something else refuses", |lab| {
        let page = http("403 Forbidden", "<html>blocked</html>");
        let impostor = Impostor::start("DigiCert Inc", &[HOST], vec![("/v2/", page)]);
        lab.impostor(&impostor, true);
    }),
    ("CONNECTIVITY_TOOMANYREQUESTS_ERROR", First, "429", |lab| {
        let answer = http("429 Too Many Requests", "");
        let impostor = Impostor::start("DigiCert Inc", &[HOST], vec![("/v2/", answer)]);
        lab.impostor(&impostor, true);
    }),
];

const LOGIN: &[Row] = &[
    ("L5", First, "401", |lab| {
        tokens(lab, &http("401 Unauthorized", "{}"), "")
    }),
    ("CONNECTIVITY_TOOMANYREQUESTS_ERROR", First, "429", |lab| {
        tokens(lab, &http("429 Too Many Requests", "{}"), "");
    }),
    ("LC5", First, "no action", |lab| {
        tokens(lab, &given("refresh_token", &json!({})), &actions(&[]))
    }),
    ("LC5", Note, "pull alone", |lab| {
        tokens(lab, &given("refresh_token", &json!({})), &actions(&["pull"]));
    }),
    ("LC7", First, "no action in ABAC mode", |lab| {
        lab.set(&json!({"roleAssignmentMode": "AbacRepositoryPermissions"}));
        tokens(lab, &given("refresh_token", &json!({})), &actions(&[]));
    }),
    ("LC6", First, "an expired token", |lab| {
        login(lab, TOKEN_USER, &jwt(&json!({"exp": 1_700_000_000})))
    }),
    ("LX7", First, "an expired token before anonymous pull", |lab| {
        lab.set(&json!({"anonymousPullEnabled": true}));
        login(lab, TOKEN_USER, &jwt(&json!({"exp": 1_700_000_000})));
    }),
    ("LX6", First, "a token under another user", |lab| {
        login(lab, "me", &valid_token())
    }),
    ("L2b", First, "the subscription as user", |lab| {
        login(lab, SUBSCRIPTION, "s3cret")
    }),
    ("L2a", First, "the admin user, which is off", |lab| {
        login(lab, "contoso", "s3cret")
    }),
];

const CLIENT: &[Row] = &[
    ("LX1", First, "an old Docker", |lab| {
        lab.program(
            "docker",
            r#"echo '{"Client":{"Version":"17.12.1-ce"},"Server":{"Version":"17.12.1-ce"}}'"#,
        );
    }),
    ("LX1", Note, "no Docker", |_| ()),
    ("LX2", First, "no daemon", |lab| {
        lab.program(
            "docker",
            r#"echo '{"Client":{"Version":"29.1.3"},"Server":null}'; exit 1"#,
        );
    }),
    ("LX3", First, "upper case", |lab| {
        lab.ask("Contoso.azurecr.io");
    }),
    ("LX3", Note, "a name in upper case", |lab| {
        lab.ask("CONTOSO");
    }),
    ("LX3", First, "a scheme", |lab| {
        lab.ask("https://contoso.azurecr.io/");
    }),
    ("LX4", Note, "not signed in", |lab| {
        lab.program("az", "exit 1");
    }),
];

const SETTINGS: &[Row] = &[
    ("N7", Note, "a registry that the account does not see", |lab| {
        let impostor = Impostor::start(
            "DigiCert Inc",
            &["fabrikam.azurecr.io"],
            vec![("/v2/", challenge("fabrikam.azurecr.io"))],
        );
        lab.ask("fabrikam")
            .dns(vec![("fabrikam.azurecr.io", Says::addresses(&["20.62.128.1"]))]);
        lab.impostor(&impostor, true);
    }),
    ("NX10", Note, "login events that no setting sends", |_| {}),
    ("LC7", Note, "ABAC mode", |lab| {
        lab.set(&json!({"roleAssignmentMode": "AbacRepositoryPermissions"}));
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

const DOCKER: &str = r#"echo '{"Client":{"Version":"29.1.3"},"Server":{"Version":"29.1.3"}}'"#;
const TOKEN_USER: &str = "00000000-0000-0000-0000-000000000000";

/// The causes that no sandbox can show: its registries are read at an api-version with subnet rules, their rules are
/// well-formed, and none is changed by somebody else.
const NOT_IN_THE_LAB: [&str; 2] = ["S16", "S23"];

fn jwt(claims: &Value) -> String {
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    format!("e30.{claims}.c2lnbmF0dXJl")
}

fn valid_token() -> String {
    // The year 2100.
    jwt(&json!({"exp": 4_102_444_800_i64}))
}

fn given(key: &str, claims: &Value) -> String {
    http("200 OK", &json!({key: jwt(claims)}).to_string())
}

fn actions(actions: &[&str]) -> String {
    given(
        "access_token",
        &json!({"access": [{"type": "repository", "name": "web", "actions": actions}]}),
    )
}

/// Puts a registry in place that gives these answers to requests for tokens.
fn tokens(lab: &mut Lab, exchange: &str, access: &str) {
    let answers = vec![
        ("/v2/", challenge(HOST)),
        ("/oauth2/exchange", exchange.to_owned()),
        ("/oauth2/token", access.to_owned()),
    ];
    let impostor = Impostor::start("DigiCert Inc", &[HOST], answers);
    lab.impostor(&impostor, true).flag("--repository", "web");
}

/// Keeps a login in Docker's configuration.
fn login(lab: &mut Lab, user: &str, secret: &str) {
    let pair = STANDARD.encode(format!("{user}:{secret}"));
    let config = json!({"auths": {HOST: {"auth": pair}}});
    lab.file(".docker/config.json", &config.to_string());
}

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

/// Breaks a lab in each way, and compares what is found.
fn check(rows: &[Row]) {
    let mut wrong = Vec::new();
    for (id, kind, how, breaks) in rows {
        let mut lab = Lab::new();
        breaks(&mut lab);
        let seen = lab.run();
        let (causes, notes) = (seen.ids("verdicts"), seen.ids("notes"));
        let found = match kind {
            First => causes.first().is_some_and(|first| first == id),
            Beside => causes.iter().any(|cause| cause == id),
            Note => notes.iter().any(|note| note == id),
        };
        let code = if causes.is_empty() { 0 } else { 2 };
        if !found || seen.code != code {
            let ladder = &seen.document["ladder"];
            wrong.push(format!(
                "{id} ({how}): {causes:?} {notes:?} {}\n{ladder:#}\n{}",
                seen.code, seen.stderr
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
}

#[test]
fn causes_in_dns_are_found() {
    check(DNS);
}

#[test]
fn causes_on_the_way_are_found() {
    check(WAY);
}

#[test]
fn causes_in_the_firewall_are_found() {
    check(FIREWALL);
}

#[test]
fn causes_of_logins_are_found() {
    check(LOGIN);
}

#[test]
fn causes_on_this_machine_are_found() {
    check(CLIENT);
}

#[test]
fn causes_in_the_settings_are_found() {
    check(SETTINGS);
}

#[test]
fn every_cause_that_probes_find_has_a_row() {
    let mut rows = BTreeSet::from(NOT_IN_THE_LAB);
    for (id, ..) in [DNS, WAY, FIREWALL, LOGIN, CLIENT, SETTINGS]
        .into_iter()
        .flatten()
    {
        rows.insert(*id);
    }
    for cause in all_causes() {
        let by_probes = cause.found_by == FoundBy::Probes("")
            || cause.found_by == FoundBy::Probes("--repository NAME");
        assert!(!by_probes || rows.contains(cause.id), "{} has no row", cause.id);
    }
}
