//! Tokens: which hosts see one, and what their answers mean.

use serde_json::json;

use super::lab::{HOST, Lab, Seen};
use super::servers::{Impostor, challenge, http};

/// Asks about a host, whose server gives a token to everyone.
fn ask(host: &'static str, base: String) -> Seen {
    let token = http("200 OK", &json!({"refresh_token": "e30.e30.c2ln"}).to_string());
    let impostor = Impostor::start("DigiCert Inc", &[host], vec![("/v2/", base), ("/oauth2/", token)]);
    Lab::new().ask(host).impostor(&impostor, true).run()
}

#[test]
fn login_server_of_azure_sees_a_token() {
    let seen = ask(HOST, challenge(HOST));
    assert_eq!(seen.step("sign-in"), "passed", "{:#}", seen.document);
}

#[test]
fn hosts_outside_of_azure_see_no_token() {
    for host in [
        "gitlab.example.com",
        "contoso.azurecr.io.evil.example",
        "myazurecr.io",
    ] {
        let seen = ask(host, challenge(host));
        assert_eq!(seen.step("sign-in"), "skipped", "{:#}", seen.document);
        assert_eq!(
            (seen.code, seen.ids("verdicts")),
            (2, vec!["NOT_A_REGISTRY".to_owned()])
        );
    }
}

#[test]
fn challenge_that_leads_elsewhere_gets_no_token() {
    for (realm, causes) in [
        ("evil.example", vec!["NOT_A_REGISTRY".to_owned()]),
        ("fabrikam.azurecr.io", vec![]),
    ] {
        let seen = ask(HOST, challenge(realm));
        assert_eq!(seen.step("sign-in"), "skipped", "{:#}", seen.document);
        assert_eq!(seen.ids("verdicts"), causes, "{realm}");
    }
}

#[test]
fn hosts_of_another_cloud_see_no_token() {
    let host = "fabrikam.azurecr.cn";
    let seen = ask(host, challenge(host));
    assert_eq!(seen.step("sign-in"), "skipped", "{:#}", seen.document);
    assert_eq!((seen.code, seen.ids("verdicts")), (0, vec![]));
}

#[test]
fn token_without_claims_says_nothing_of_rights() {
    let answers = vec![
        ("/v2/", challenge(HOST)),
        (
            "/oauth2/exchange",
            http("200 OK", r#"{"refresh_token": "e30.e30.c2ln"}"#),
        ),
        ("/oauth2/token", http("200 OK", r#"{"access_token": "garbage"}"#)),
    ];
    let impostor = Impostor::start("DigiCert Inc", &[HOST], answers);
    let mut lab = Lab::new();
    let seen = lab.impostor(&impostor, true).flag("--repository", "web").run();
    assert_eq!(
        (seen.step("repository"), seen.code),
        ("skipped", 0),
        "{:#}",
        seen.document
    );
}
