//! Causes in logins, and on this machine.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::row::Kind::{Beside, First, Note};
use super::row::Row;
use crate::azure_bodies::SUBSCRIPTION;
use crate::doctor::lab::{HOST, Lab, OWN};
use crate::doctor::servers::{Impostor, challenge, http};

pub(super) const LOGIN: &[Row] = &[
    ("L5", First, "401", |lab| {
        tokens(lab, &http("401 Unauthorized", "{}"), "")
    }),
    ("L5", First, "403 of an open registry", |lab| {
        tokens(lab, &http("403 Forbidden", "{}"), "")
    }),
    ("CONNECTIVITY_TOOMANYREQUESTS_ERROR", First, "429", |lab| {
        tokens(lab, &http("429 Too Many Requests", "{}"), "");
    }),
    ("UNKNOWN_CAUSE", First, "200 without a token", |lab| {
        tokens(lab, &http("200 OK", "{}"), "");
    }),
    ("UNKNOWN_CAUSE", First, "500", |lab| {
        tokens(lab, &http("500 Internal Server Error", "{}"), "");
    }),
    ("UNKNOWN_CAUSE", First, "500, and no daemon", |lab| {
        lab.program("docker", NO_DAEMON);
        tokens(lab, &http("500 Internal Server Error", "{}"), "");
    }),
    (
        "CONNECTIVITY_TOOMANYREQUESTS_ERROR",
        First,
        "429 for the repository",
        |lab| {
            let refused = http("429 Too Many Requests", "{}");
            tokens(lab, &given("refresh_token", &json!({})), &refused);
        },
    ),
    ("LC5", First, "no action", |lab| {
        tokens(lab, &given("refresh_token", &json!({})), &actions(&[]))
    }),
    ("LC5", Note, "pull alone", |lab| {
        tokens(lab, &given("refresh_token", &json!({})), &actions(&["pull"]));
    }),
    ("LC5", First, "401 for the repository", |lab| {
        let refused = http("401 Unauthorized", "{}");
        tokens(lab, &given("refresh_token", &json!({})), &refused);
    }),
    ("LC5", Beside, "403 for the repository", |lab| {
        lab.deny(&[OWN]);
        let refused = http("403 Forbidden", "{}");
        tokens(lab, &given("refresh_token", &json!({})), &refused);
    }),
    (
        "LC5",
        First,
        "403 for the repository of an open registry",
        |lab| {
            let refused = http("403 Forbidden", "{}");
            tokens(lab, &given("refresh_token", &json!({})), &refused);
        },
    ),
    ("NC2", First, "403 for the repository", |lab| {
        lab.deny(&[OWN]);
        let refused = http("403 Forbidden", "{}");
        tokens(lab, &given("refresh_token", &json!({})), &refused);
    }),
    ("LC7", First, "no action in ABAC mode", |lab| {
        lab.set(&json!({"roleAssignmentMode": "AbacRepositoryPermissions"}));
        tokens(lab, &given("refresh_token", &json!({})), &actions(&[]));
    }),
    ("LX9", Note, "no right to give the role", |lab| {
        lab.deny_action("Microsoft.Authorization/roleAssignments/write");
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

pub(super) const CLIENT: &[Row] = &[
    ("LX1", First, "an old Docker", |lab| {
        lab.program(
            "docker",
            r#"echo '{"Client":{"Version":"17.12.1-ce"},"Server":{"Version":"17.12.1-ce"}}'"#,
        );
    }),
    ("LX1", Note, "no Docker", |_| ()),
    ("LX2", First, "no daemon", |lab| {
        lab.program("docker", NO_DAEMON);
    }),
    ("DOCKER_DAEMON_ERROR", First, "a socket of another user", |lab| {
        lab.program(
            "docker",
            r#"echo '{"Client":{"Version":"29.1.3"},"Server":null}'
echo "permission denied while trying to connect to the docker API at unix:///var/run/docker.sock" >&2; exit 1"#,
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

const NO_DAEMON: &str = r#"echo '{"Client":{"Version":"29.1.3"},"Server":null}'; exit 1"#;

const TOKEN_USER: &str = "00000000-0000-0000-0000-000000000000";

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
