//! Tokens, headers, the request log, and malformed requests.

use std::sync::Arc;
use std::time::Duration;

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientOptions, Transport};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use reqwest::{Method, header};
use ringfence::sandbox::{Options, State, start};
use serde_json::{Value, json};

use crate::arm_requests::{NEWEST, SUB, registry};
use crate::sandbox_client::{Arm, client, form, reply, token};

#[tokio::test]
async fn only_own_unexpired_tokens_are_accepted() {
    let arm = Arm::contoso().await;
    let other = Arm::contoso().await;
    let url = format!(
        "{}{}?api-version={NEWEST}",
        arm.sandbox.ready().arm,
        registry("contoso")
    );
    let rows = [
        (None, "AuthenticationFailed"),
        (Some("Basic eDp5".to_owned()), "AuthenticationFailedInvalidHeader"),
        (Some("Bearer ".to_owned()), "InvalidAuthenticationToken"),
        (Some("Bearer a.b.c".to_owned()), "InvalidAuthenticationToken"),
        (
            Some(format!("Bearer {}", other.token)),
            "InvalidAuthenticationToken",
        ),
        (
            Some(format!("Bearer {}x", arm.token)),
            "InvalidAuthenticationToken",
        ),
    ];
    for (authorization, code) in rows {
        let mut request = arm.client.get(&url);
        if let Some(value) = &authorization {
            request = request.header(header::AUTHORIZATION, value);
        }
        let refused = reply(request).await;
        assert_eq!(
            (refused.status.as_u16(), refused.code()),
            (401, code),
            "{authorization:?}"
        );
        let challenge = refused.header("www-authenticate").unwrap();
        assert!(challenge.starts_with(&format!(
            "Bearer authorization_uri=\"{}/",
            arm.sandbox.ready().arm
        )));
    }
}

#[tokio::test]
async fn expired_and_foreign_tokens_are_401() {
    let expired = Arm::start(Options {
        seed: State::empty().with_registry(&registry("contoso")),
        token_lifetime: Duration::ZERO,
        ..Options::default()
    })
    .await;
    let refused = expired.get(registry("contoso").as_str(), NEWEST).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code()),
        (401, "ExpiredAuthenticationToken")
    );

    let mut seed = State::empty().with_registry(&registry("contoso"));
    let foreign = ringfence::model::RegistryId::new("other", "rg", "fabrikam").unwrap();
    seed = seed.with_registry(&foreign);
    seed.subscriptions[1].tenant = "22222222-2222-2222-2222-222222222222".to_owned();
    let mut arm = Arm::with(seed).await;
    assert_eq!(
        arm.get(foreign.as_str(), NEWEST).await.code(),
        "InvalidAuthenticationTokenTenant"
    );

    let ready = arm.sandbox.ready().clone();
    let mut fields = form(&ready);
    fields[3].1 = "https://containerregistry.azure.net/.default".to_owned();
    let url = format!("{}/{}/oauth2/v2.0/token", ready.authority, ready.tenant_id);
    let granted = reply(arm.client.post(url).form(&fields)).await;
    arm.token = granted.body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(
        arm.get(registry("contoso").as_str(), NEWEST).await.code(),
        "InvalidAuthenticationTokenAudience"
    );
}

/// Shapes: Microsoft identity platform, "authentication and authorization error codes".
#[tokio::test]
async fn authority_errors_match_entras() {
    let sandbox = start(Options::default()).await.unwrap();
    let ready = sandbox.ready();
    let client = client(ready);
    let url = format!("{}/{}/oauth2/v2.0/token", ready.authority, ready.tenant_id);
    let rows = [
        (2, "wrong", 401, "invalid_client", 7_000_215),
        (2, "", 401, "invalid_client", 7_000_215),
        (1, "nobody", 400, "unauthorized_client", 700_016),
        (0, "password", 400, "unsupported_grant_type", 70_003),
        (0, "", 400, "invalid_request", 900_144),
        (3, "", 400, "invalid_request", 900_144),
    ];
    for (field, value, status, code, number) in rows {
        let mut fields = form(ready);
        fields[field].1 = value.to_owned();
        let refused = reply(client.post(&url).form(&fields)).await;
        assert_eq!(
            (refused.status.as_u16(), refused.body["error"].as_str()),
            (status, Some(code)),
            "{}",
            refused.body
        );
        assert_eq!(refused.body["error_codes"], json!([number]));
        let text = refused.body.to_string();
        assert!(
            !text.contains(&ready.client_secret),
            "a secret must not come back"
        );
    }
    let tenant = reply(
        client
            .post(url.replace(&ready.tenant_id, "nope"))
            .form(&form(ready)),
    )
    .await;
    assert_eq!(tenant.body["error_codes"], json!([90_002]));
    let get = reply(client.get(&url)).await;
    assert_eq!(get.status, 405);
}

#[tokio::test]
async fn openid_configuration_names_the_token_endpoint() {
    let arm = Arm::contoso().await;
    let ready = arm.sandbox.ready();
    let base = format!("{}/{}", ready.authority, ready.tenant_id);
    let found = reply(
        arm.client
            .get(format!("{base}/v2.0/.well-known/openid-configuration")),
    )
    .await;
    assert_eq!(found.body["token_endpoint"], format!("{base}/oauth2/v2.0/token"));
    assert_eq!(found.body["issuer"], format!("{base}/v2.0"));
}

#[tokio::test]
async fn localhost_and_address_are_separate_origins() {
    let arm = Arm::contoso().await;
    let local = arm.sandbox.ready().arm.replace("127.0.0.1", "localhost");
    let refused = reply(arm.client.get(format!("{local}/subscriptions/x"))).await;
    assert!(
        refused.header("www-authenticate").unwrap().contains(&local),
        "links stay on the origin that the client used"
    );
}

/// Recorded: azure-cli test_acr_with_dual_stack_endpoints, 2026-09 (rates); azure-powershell
/// TestCreateWithNetworkRuleSet, 2020-10 (ids, equal for the registry provider).
#[tokio::test]
async fn every_answer_has_ids_and_rate_headers() {
    let arm = Arm::contoso().await;
    let id = registry("contoso");
    let read = arm.get(id.as_str(), NEWEST).await;
    assert_eq!(
        read.header("x-ms-ratelimit-remaining-subscription-global-reads"),
        Some("16499")
    );
    assert_eq!(
        read.header("x-ms-request-id"),
        read.header("x-ms-correlation-request-id")
    );
    let group = format!("/subscriptions/{SUB}/resourceGroups/rg?api-version=2021-04-01");
    let head = arm.send(Method::HEAD, &group, None, &[]).await;
    assert_eq!(
        head.header("x-ms-ratelimit-remaining-subscription-global-reads"),
        Some("16498"),
        "HEAD reads"
    );
    let routing = read.header("x-ms-routing-request-id").unwrap();
    assert!(routing.ends_with(read.header("x-ms-request-id").unwrap()));
    let writes = ["800", "799"];
    for remaining in writes {
        let write = arm.patch(id.as_str(), NEWEST, &json!({})).await;
        assert_eq!(
            write.header("x-ms-ratelimit-remaining-subscription-writes"),
            Some(remaining)
        );
    }
    let path = format!("{id}?api-version={NEWEST}");
    let echoed = arm
        .send(
            Method::GET,
            &path,
            None,
            &[("x-ms-correlation-request-id", "run-1")],
        )
        .await;
    assert_eq!(echoed.header("x-ms-correlation-request-id"), Some("run-1"));
    assert_ne!(echoed.header("x-ms-request-id"), Some("run-1"));
}

#[tokio::test]
async fn paths_match_without_case_and_percent_decoded() {
    let arm = Arm::contoso().await;
    let id = registry("contoso");
    let plain = arm.get(id.as_str(), NEWEST).await.body;
    for path in [
        id.as_str().to_uppercase(),
        id.as_str().to_lowercase(),
        id.as_str().replace("contoso", "%63ontoso"),
    ] {
        assert_eq!(arm.get(&path, NEWEST).await.body, plain, "{path}");
    }
}

#[tokio::test]
async fn malformed_requests_are_4xx() {
    let arm = Arm::contoso().await;
    let url = format!(
        "{}{}?api-version={NEWEST}",
        arm.sandbox.ready().arm,
        registry("contoso")
    );
    let deep = "[".repeat(100_000);
    let huge = format!("{{\"tags\": {{\"a\": \"{}\"}}}}", "x".repeat(5 * 1024 * 1024));
    let rows: [(&str, &[u8], u16, &str); 8] = [
        ("application/json", b"{", 400, "InvalidRequestContent"),
        ("application/json", b"", 400, "InvalidRequestContent"),
        ("application/json", b"[]", 400, "InvalidRequestContent"),
        ("application/json", b"\xff\xfe", 400, "InvalidRequestContent"),
        ("application/json", deep.as_bytes(), 400, "InvalidRequestContent"),
        ("text/plain", b"{}", 415, "UnsupportedMediaType"),
        ("application/json; charset=utf-8", b"{\"tags\": {}}", 200, ""),
        ("application/json", huge.as_bytes(), 413, "RequestContentTooLarge"),
    ];
    for (kind, body, status, code) in rows {
        let request = arm
            .client
            .patch(&url)
            .bearer_auth(&arm.token)
            .header("content-type", kind)
            .body(body.to_vec());
        let answered = reply(request).await;
        assert_eq!(
            (answered.status.as_u16(), answered.code()),
            (status, code),
            "{kind}"
        );
    }
    assert_eq!(arm.get(registry("contoso").as_str(), NEWEST).await.status, 200);
}

#[tokio::test]
async fn missing_registries_are_404_and_unserved_paths_501() {
    let arm = Arm::contoso().await;
    let registries = format!(
        "/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries"
    );
    let rows = [
        // ARM has more paths than are known here, such as `/batch`, so none is called missing.
        ("/".to_owned(), 501, "`/`"),
        ("/batch".to_owned(), 501, "`/batch`"),
        (format!("/subscriptions/{SUB}/nothing"), 501, "`/nothing`"),
        (
            format!("{registries}/nope"),
            404,
            "'Microsoft.ContainerRegistry/registries/nope'",
        ),
        (
            format!("{registries}/contoso/webhooks"),
            501,
            "`Microsoft.ContainerRegistry/registries/contoso/webhooks`",
        ),
        (format!("/subscriptions/{SUB}/tagNames"), 501, "tagNames"),
        (
            format!("/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Compute/disks"),
            501,
            "Microsoft.Compute/disks",
        ),
        (
            "/providers/Microsoft.ResourceGraph/resourcesHistory".to_owned(),
            501,
            "providers",
        ),
    ];
    for (path, status, named) in rows {
        let answered = arm.get(&path, NEWEST).await;
        assert_eq!(answered.status, status, "{path}: {}", answered.body);
        let named = named.trim_matches('\'');
        assert!(answered.message().contains(named), "{}", answered.message());
    }
}

#[tokio::test]
async fn request_log_has_every_request_and_no_secret() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let seed = State::empty().with_registry(&registry("contoso"));
    let arm = Arm::start(Options {
        seed,
        request_log: Some(file.path().to_owned()),
        ..Options::default()
    })
    .await;
    let id = registry("contoso");
    arm.get(id.as_str(), NEWEST).await;
    arm.patch(id.as_str(), NEWEST, &json!({"tags": {"a": "b"}})).await;
    arm.get("/nothing", NEWEST).await;
    let text = std::fs::read_to_string(file.path()).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let token_path = format!("/{}/oauth2/v2.0/token", arm.sandbox.ready().tenant_id);
    let expected = [
        ("POST", token_path.as_str(), Value::Null, Value::Null, 200),
        ("GET", id.as_str(), json!(NEWEST), Value::Null, 200),
        (
            "PATCH",
            id.as_str(),
            json!(NEWEST),
            json!({"tags": {"a": "b"}}),
            200,
        ),
        ("GET", "/nothing", json!(NEWEST), Value::Null, 501),
    ];
    assert_eq!(lines.len(), expected.len());
    for (line, (method, path, version, body, status)) in lines.iter().zip(expected) {
        let keys: Vec<&String> = line.as_object().unwrap().keys().collect();
        assert_eq!(
            keys,
            ["method", "host", "path", "api-version", "body", "status", "ms"]
        );
        assert_eq!(
            (&line["method"], &line["host"]),
            (&json!(method), &json!("127.0.0.1"))
        );
        assert_eq!(
            (
                &line["path"],
                &line["api-version"],
                &line["body"],
                &line["status"]
            ),
            (&json!(path), &version, &body, &json!(status))
        );
    }
    assert!(!text.contains(&arm.token) && !text.contains(&arm.sandbox.ready().client_secret));
}

#[tokio::test]
async fn fifty_concurrent_clients_lose_no_write() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..50).map(|n| format!("registry{n:02}")).collect();
    let seed = names
        .iter()
        .fold(State::empty(), |state, name| state.with_registry(&registry(name)));
    let file = folder.path().join("state.json");
    let arm = Arm::start(Options {
        seed,
        state_file: Some(file.clone()),
        ..Options::default()
    })
    .await;
    let (arm, body) = (&arm, &json!({"tags": {"seen": "yes"}}));
    let writes = names
        .iter()
        .map(|name| async move { arm.patch(registry(name).as_str(), NEWEST, body).await.status });
    let statuses = futures::future::join_all(writes).await;
    assert!(statuses.iter().all(|status| *status == 200));
    let saved = State::load(&file).unwrap();
    assert!(
        saved
            .resources
            .iter()
            .all(|resource| resource["tags"]["seen"] == "yes")
    );
}

#[tokio::test]
async fn stopped_sandbox_refuses_connections() {
    let arm = Arm::contoso().await;
    let ready = arm.sandbox.ready().clone();
    arm.sandbox.stop().await;
    let gone = client(&ready).get(&ready.arm).send().await.unwrap_err();
    assert!(gone.is_connect());
}

#[tokio::test]
async fn address_in_use_is_named() {
    let first = start(Options::default()).await.unwrap();
    let address = first.ready().arm.trim_start_matches("https://").parse().unwrap();
    let second = start(Options {
        listen: address,
        ..Options::default()
    })
    .await;
    let message = second.err().unwrap().to_string();
    assert_eq!(message, format!("the sandbox cannot listen on `{address}`"));
}

#[tokio::test]
async fn client_without_the_ca_does_not_connect() {
    let arm = Arm::contoso().await;
    let stranger = start(Options::default()).await.unwrap();
    let untrusting = client(stranger.ready());
    assert!(untrusting.get(&arm.sandbox.ready().arm).send().await.is_err());
    assert!(!token(&arm.client, arm.sandbox.ready()).await.is_empty());
}

/// Runs Microsoft's credential for Rust, unchanged, against the authority.
#[tokio::test]
async fn azure_identity_gets_a_valid_token() {
    let mut arm = Arm::contoso().await;
    let ready = arm.sandbox.ready().clone();
    let mut cloud = CustomConfiguration::default();
    cloud.authority_host = ready.authority.clone();
    let client_options = ClientOptions {
        cloud: Some(Arc::new(cloud.into())),
        transport: Some(Transport::new(Arc::new(arm.client.clone()))),
        ..ClientOptions::default()
    };
    let options = ClientSecretCredentialOptions { client_options };
    let secret = ready.client_secret.clone().into();
    let credential =
        ClientSecretCredential::new(&ready.tenant_id, ready.client_id, secret, Some(options)).unwrap();
    let scope = format!("{}/.default", ready.arm);
    let granted = credential.get_token(&[&scope], None).await.unwrap();
    arm.token = granted.token.secret().to_owned();
    assert_eq!(arm.get(registry("contoso").as_str(), NEWEST).await.status, 200);
}
