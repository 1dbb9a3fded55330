//! Hosts and content types as clients may write them.

use reqwest::header::CONTENT_TYPE;
use ringfence::sandbox::{Options, State};

use crate::arm_requests::{NEWEST, SUB, registry};
use crate::facts::wire::raw;
use crate::sandbox_client::{Arm, reply};

async fn list_as(arm: &Arm, host: &str) -> String {
    let path = format!("/subscriptions/{SUB}/providers/Microsoft.ContainerRegistry/registries");
    let head = format!(
        "GET {path}?api-version={NEWEST}&$top=1 HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
        arm.token
    );
    raw(arm, vec![head.into_bytes()], "never").await
}

#[tokio::test]
async fn links_lead_to_the_sandbox_whatever_host_is_named() {
    let seed = State::empty()
        .with_registry(&registry("contoso"))
        .with_registry(&registry("fabrikam"));
    let announce = ["127.0.0.1", "lab.test"].map(str::to_owned).to_vec();
    let arm = Arm::start(Options {
        seed,
        announce,
        ..Options::default()
    })
    .await;
    let announced = arm.sandbox.ready().arm.clone();
    let rows = [
        ("localhost:7", "https://localhost:7"),
        ("LAB.test.:8443", "https://lab.test:8443"),
        ("127.0.0.1", "https://127.0.0.1"),
        ("evil.example", announced.as_str()),
    ];
    for (host, origin) in rows {
        let answer = list_as(&arm, host).await;
        let link = format!("\"nextLink\":\"{origin}/subscriptions/");
        assert!(answer.contains(&link), "{host}: {answer}");
    }
    for host in [
        "localhost:99999",
        "localhost:x",
        "a b",
        "user@localhost",
        "a/b",
        "a\r\nHost: b",
    ] {
        let answer = list_as(&arm, host).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{host}: {answer}");
        assert!(answer.contains("must name one host"), "{host}: {answer}");
    }
}

#[tokio::test]
async fn registry_name_may_end_with_a_dot() {
    let arm = Arm::contoso().await;
    let head = "GET /v2/ HTTP/1.1\r\nHost: Contoso.azurecr.io.:1\r\nConnection: close\r\n\r\n";
    let answer = raw(&arm, vec![head.into()], "never").await;
    let realm = "realm=\"https://contoso.azurecr.io:1/oauth2/token\"";
    assert!(
        answer.starts_with("HTTP/1.1 401 ") && answer.contains(realm),
        "{answer}"
    );
}

#[tokio::test]
async fn bodies_are_utf_8() {
    let arm = Arm::contoso().await;
    let rows = [
        ("application/json", 200),
        ("application/json; charset=UTF-8", 200),
        ("application/json;odata=x; charset=\"utf-8\"", 200),
        ("application/json; charset=utf-16", 400),
        ("application/json; charset=", 400),
        ("text/json", 415),
    ];
    let url = format!(
        "{}{}?api-version={NEWEST}",
        arm.sandbox.ready().arm,
        registry("contoso")
    );
    for (kind, status) in rows {
        let request = arm.client.patch(&url).bearer_auth(&arm.token);
        let request = request.header(CONTENT_TYPE, kind).body("{\"tags\": {}}");
        assert_eq!(reply(request).await.status, status, "{kind}");
    }
}
