//! Causes in DNS, on the way, and in the firewall.

use hickory_proto::op::ResponseCode;
use serde_json::json;

use super::row::Kind::{Beside, First, Note};
use super::row::Row;
use crate::azure_bodies::subnet_id;
use crate::doctor::dns_server::Says;
use crate::doctor::lab::{HOST, Lab, OWN};
use crate::doctor::servers::{CLOSED, Impostor, challenge, closing, denial, http, proxy, silent};

pub(super) const DNS: &[Row] = &[
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
    ("LC2", First, "a name that no registry has", |lab| {
        lab.ask("fabrikam").connect_to(CLOSED);
    }),
    ("LC2", First, "no such registry in the sandbox", |lab| {
        lab.ask("fabrikam");
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

pub(super) const WAY: &[Row] = &[
    ("N2", First, "TCP", |lab| {
        lab.blackhole();
    }),
    ("N2", First, "TLS", |lab| {
        lab.connect_to(silent());
    }),
    ("N5b", First, "the proxy hangs", |lab| {
        lab.variable("HTTPS_PROXY", &format!("http://{}", silent()));
    }),
    ("N5b", First, "the URL of the proxy has a wrong scheme", |lab| {
        lab.variable("HTTPS_PROXY", "ftp://127.0.0.1:1");
    }),
    ("N5b", First, "the port of the proxy is too large", |lab| {
        lab.variable("HTTPS_PROXY", "http://127.0.0.1:99999");
    }),
    ("N5b", First, "the URL of the daemon's proxy has no host", |lab| {
        let settings = json!({"proxies": {"https-proxy": "http://"}});
        lab.file(".config/docker/daemon.json", &settings.to_string());
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
    ("NX9", Beside, "the connection is closed at the name", |lab| {
        lab.connect_to(closing());
    }),
    ("UNKNOWN_CAUSE", First, "an error of the server", |lab| {
        answers(lab, &http("502 Bad Gateway", ""))
    }),
    ("NOT_A_REGISTRY", First, "a page", |lab| {
        answers(lab, &http("200 OK", "<html>sign in</html>"))
    }),
    (
        "NOT_A_REGISTRY",
        First,
        "a registry that is not of Azure",
        |lab| {
            let host = "gitlab.example.com";
            let impostor = Impostor::start("DigiCert Inc", &[host], vec![("/v2/", challenge(host))]);
            lab.ask(host).impostor(&impostor, true);
        },
    ),
    ("NOT_A_REGISTRY", First, "a redirect", |lab| {
        answers(lab, &http("302 Found", ""))
    }),
    ("NOT_A_REGISTRY", First, "no challenge", |lab| {
        answers(lab, &http("401 Unauthorized", ""))
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
    ("N5b", First, "a proxy that does not speak SOCKS", |lab| {
        lab.variable("ALL_PROXY", &format!("socks5h://{}", closing()));
    }),
    ("N5b", First, "the proxy of the daemon closes", |lab| {
        let settings = json!({"proxies": {"https-proxy": format!("http://{}", closing())}});
        lab.file(".config/docker/daemon.json", &settings.to_string());
    }),
];

pub(super) const FIREWALL: &[Row] = &[
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
    ("NC2", First, "an IPv6 address", |lab| {
        lab.deny(&[OWN]);
        let refusal = denial("2001:db8::7");
        let impostor = Impostor::start("DigiCert Inc", &[HOST], vec![("/v2/", refusal)]);
        lab.impostor(&impostor, true);
    }),
    ("N11", First, "a connection that is not approved", |lab| {
        lab.set(&json!({"publicNetworkAccess": "Disabled"}))
            .private_endpoint("Pending");
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

/// Puts a server in the place of the registry that answers like this.
fn answers(lab: &mut Lab, answer: &str) {
    let impostor = Impostor::start("DigiCert Inc", &[HOST], vec![("/", answer.to_owned())]);
    lab.impostor(&impostor, true);
}

const DOCKER: &str = r#"echo '{"Client":{"Version":"29.1.3"},"Server":{"Version":"29.1.3"}}'"#;
