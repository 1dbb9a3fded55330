//! The set-ups that `docs/doctor.md` compares with `az acr check-health`, and what doctor says of each. What `az` says is measured by
//! `tests/clients/az/check_health.py`, which needs a real one.

use serde_json::json;

use super::dns_server::Says;
use super::lab::{HOST, Lab};
use super::servers::{CLOSED, Impostor, challenge, http, proxy};

const PAGE: &str = include_str!("../../../docs/doctor.md");

/// A set-up by its name on the page, the cause that comes first, and what breaks the lab.
type Setup = (&'static str, &'static str, fn(&mut Lab));

const SETUPS: &[Setup] = &[
    ("in order", "nothing known found", |_| ()),
    ("the firewall refuses", "NC2", |lab| {
        lab.deny(&["198.51.100.0/30"]);
    }),
    (
        "public access is disabled, and the name resolves to a public address",
        "N11",
        |lab| {
            lab.set(&json!({"publicNetworkAccess": "Disabled"}))
                .private_endpoint("Approved");
            resolved(lab, &["20.62.128.1"]);
        },
    ),
    ("the name does not exist", "N1", |lab| {
        lab.dns(vec![]);
    }),
    ("a private zone lacks the record", "N1", |lab| {
        lab.dns(vec![(
            HOST,
            Says::aliased(&["contoso.privatelink.azurecr.io"], &[]),
        )]);
    }),
    ("TCP is refused", "N3", |lab| {
        lab.connect_to(CLOSED);
    }),
    ("TCP gets no answer", "N2", |lab| {
        lab.blackhole();
    }),
    ("a gateway opens TLS", "N3", |lab| {
        let impostor = Impostor::start("Contoso Web Gateway", &[HOST], vec![]);
        lab.impostor(&impostor, false);
    }),
    ("a proxy wants credentials", "NC1", |lab| {
        let proxy = proxy("407 Proxy Authentication Required", CLOSED);
        lab.variable("HTTPS_PROXY", &format!("http://{proxy}"));
    }),
    ("no rule admits the proxy", "N5a", |lab| {
        lab.deny(&["203.0.113.9"]);
        let address = lab.start();
        lab.variable("HTTPS_PROXY", &format!("http://{}", proxy("200 OK", address)));
    }),
    ("a filter on the way answers 403", "N5a", |lab| {
        answers(lab, http("403 Forbidden", "<html>blocked</html>"), "");
    }),
    ("the identity has no role", "L5", |lab| {
        answers(lab, challenge(HOST), "401 Unauthorized");
    }),
    (
        "the registry answers 429",
        "CONNECTIVITY_TOOMANYREQUESTS_ERROR",
        |lab| {
            answers(lab, http("429 Too Many Requests", ""), "");
        },
    ),
    ("a data endpoint has no DNS record", "NX5", |lab| {
        lab.set(&json!({
            "dataEndpointEnabled": true, "dataEndpointHostNames": ["contoso.eastus.data.azurecr.io"]
        }));
        resolved(lab, &["20.62.128.1"]);
    }),
];

fn resolved(lab: &mut Lab, addresses: &[&'static str]) {
    let address = lab.start();
    lab.connect_to(address).resolves_to(addresses);
}

/// Puts a server in the place of the registry, with these answers to `GET /v2/` and to a sign-in.
fn answers(lab: &mut Lab, base: String, exchange: &str) {
    let answers = vec![("/v2/", base), ("/oauth2/exchange", http(exchange, "{}"))];
    let impostor = Impostor::start("DigiCert Inc", &[HOST], answers);
    lab.impostor(&impostor, true);
}

/// Returns the set-ups of the table, each with what doctor says.
fn rows_of_page() -> Vec<(&'static str, &'static str)> {
    let (_, table) = PAGE.split_once("| set-up | ").expect("the table is there");
    let mut rows = Vec::new();
    for line in table.lines().skip(2).take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        rows.push((cells[1], cells[5]));
    }
    rows
}

#[test]
fn doctor_says_what_the_page_says_beside_az() {
    let rows = rows_of_page();
    let names: Vec<&str> = rows.iter().map(|(name, _)| *name).collect();
    let made: Vec<&str> = SETUPS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(names, made);
    for ((name, id, breaks), (_, says)) in SETUPS.iter().zip(rows) {
        let mut lab = Lab::new();
        breaks(&mut lab);
        let seen = lab.run();
        let first = seen.ids("verdicts").first().cloned();
        let first = first.unwrap_or_else(|| "nothing known found".to_owned());
        assert_eq!(first, *id, "{name}: {:#}", seen.document);
        assert!(says.starts_with(id), "{name}: the page says {says}, and not {id}");
    }
}
