//! Requests as HTTP sees them: HEAD, repeated headers, encodings, and texts of our own.

use reqwest::{Certificate, Client, Method, Version};
use ringfence::sandbox::{Effect, Fault, Options, State};
use serde_json::json;

use super::wire::raw;
use crate::arm_requests::{NETWORK, NEWEST, SUB, registry, subnet};
use crate::sandbox_client::{Arm, form, reply};

fn client(arm: &Arm, version: Version) -> Client {
    let ca = Certificate::from_pem(arm.sandbox.ready().ca_pem.as_bytes()).unwrap();
    let builder = Client::builder().tls_certs_only([ca]).no_proxy();
    match version {
        Version::HTTP_11 => builder.http1_only().build().unwrap(),
        _ => builder.http2_prior_knowledge().build().unwrap(),
    }
}

/// RFC 9110, "HEAD": no content, and the length that a GET would have.
#[tokio::test]
async fn head_has_no_body_over_either_protocol() {
    let arm = Arm::start(Options {
        seed: State::empty().with_registry(&registry("contoso")),
        faults: vec![
            Fault::new(Effect::Garbage).path("html"),
            Fault::new(Effect::Truncate).path("half"),
            Fault::status(503).path("busy"),
        ],
        ..Options::default()
    })
    .await;
    let registries = "rg/providers/Microsoft.ContainerRegistry/registries";
    // A group that does not exist has no body in the first place.
    let rows = [
        ("rg".to_owned(), 204, false),
        ("nowhere".to_owned(), 404, false),
        ("html".to_owned(), 200, true),
        ("busy".to_owned(), 503, true),
        (format!("{registries}/contoso"), 400, true),
        (format!("{registries}/half1"), 400, true),
    ];
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let client = client(&arm, version);
        for (path, status, has_length) in &rows {
            let base = &arm.sandbox.ready().arm;
            let url = format!("{base}/subscriptions/{SUB}/resourceGroups/{path}?api-version=2024-11-01");
            let answer = client.head(url).bearer_auth(&arm.token).send().await.unwrap();
            assert_eq!((answer.version(), answer.status().as_u16()), (version, *status));
            let length = answer.headers().contains_key("content-length");
            assert_eq!(length, *has_length, "{version:?} {path}");
            assert!(answer.bytes().await.unwrap().is_empty(), "{version:?} {path}");
        }
    }
}

#[tokio::test]
async fn header_twice_and_compressed_body_are_501() {
    let arm = Arm::contoso().await;
    let ready = arm.sandbox.ready();
    let id = registry("contoso");
    let path = format!("{id}?api-version={NEWEST}");
    for header in ["Authorization: Bearer x", "If-Match: *\r\nIf-Match: *"] {
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n{header}\r\n\r\n",
            arm.token
        );
        let answer = raw(&arm, vec![head.into_bytes()], "}").await;
        assert!(answer.starts_with("HTTP/1.1 501 "), "{header}: {answer}");
    }
    let body = json!({"tags": {}});
    let packed = [("content-encoding", "gzip")];
    let patched = arm.send(Method::PATCH, &path, Some(&body), &packed).await;
    assert_eq!(patched.code(), "NotEstablished");
    let url = format!("{}/{}/oauth2/v2.0/token", ready.authority, ready.tenant_id);
    for request in [
        arm.client.post(&url).header("content-encoding", "gzip"),
        arm.client.post(&url).basic_auth(&ready.client_id, Some("x")),
    ] {
        let answered = reply(request.form(&form(ready))).await;
        assert_eq!(answered.code(), "NotEstablished", "{}", answered.body);
    }
}

#[tokio::test]
async fn several_etags_in_if_match_are_501() {
    let id = subnet("build");
    let arm = Arm::with(State::empty().with_subnet(&id)).await;
    let body = arm.get(id.as_str(), NETWORK).await.body;
    let path = format!("{id}?api-version={NETWORK}");
    for (etags, status) in [
        ("W/\"1\", W/\"2\"", 501),
        ("plain", 501),
        ("\"1\"", 412),
        ("W/\"a,b\"", 412),
    ] {
        let headers = [("if-match", etags)];
        let answered = arm.send(Method::PUT, &path, Some(&body), &headers).await;
        assert_eq!(answered.status, status, "{etags}: {}", answered.body);
    }
}

#[tokio::test]
async fn texts_of_the_json_parser_are_marked_as_own() {
    let arm = Arm::contoso().await;
    let url = format!(
        "{}{}?api-version={NEWEST}",
        arm.sandbox.ready().arm,
        registry("contoso")
    );
    for body in ["", "{", "[]", "{\"a\": 1,}"] {
        let request = arm.client.patch(&url).bearer_auth(&arm.token).body(body);
        let refused = reply(request.header("content-type", "application/json")).await;
        assert_eq!(
            (refused.status.as_u16(), refused.code()),
            (400, "InvalidRequestContent")
        );
        assert!(
            refused
                .message()
                .starts_with("ringfence sandbox: the body is not a JSON object: "),
            "{}",
            refused.body
        );
    }
}
