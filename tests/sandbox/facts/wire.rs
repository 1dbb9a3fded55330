//! Raw HTTP requests: sizes, framing and versions.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use ringfence::sandbox::Ready;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::arm_requests::{NEWEST, registry};
use crate::sandbox_client::{Arm, form};

type Tls = StreamOwned<ClientConnection, TcpStream>;

fn connect(ready: &Ready) -> Tls {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_slice(ready.ca_pem.as_bytes()).unwrap();
    roots.add(ca).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let address = ready.arm.strip_prefix("https://").unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    StreamOwned::new(session, TcpStream::connect(address).unwrap())
}

/// Sends all parts and then reads until the connection ends or `enough` has come.
fn exchange(ready: &Ready, parts: &[&[u8]], enough: &str) -> String {
    let mut tls = connect(ready);
    for part in parts {
        // The server may have closed the connection after its answer.
        let _ = tls.write_all(part).and_then(|()| tls.flush());
    }
    let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(count) = tls.read(&mut buffer) {
        seen.extend_from_slice(&buffer[..count]);
        if count == 0 || String::from_utf8_lossy(&seen).contains(enough) {
            break;
        }
    }
    String::from_utf8_lossy(&seen).into_owned()
}

/// The same on a thread of its own, because the sandbox needs the runtime's.
pub(crate) async fn raw(arm: &Arm, parts: Vec<Vec<u8>>, enough: &'static str) -> String {
    let ready = arm.sandbox.ready().clone();
    let sent = move || {
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        exchange(&ready, &parts, enough)
    };
    tokio::task::spawn_blocking(sent).await.unwrap()
}

fn head(arm: &Arm, more: &str) -> Vec<u8> {
    format!(
        "PATCH {}?api-version={NEWEST} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n{more}\r\n",
        registry("contoso"),
        arm.token
    )
    .into_bytes()
}

/// Most clients send everything before they read. Unread bytes would reset the connection and lose the answer.
#[tokio::test]
async fn oversized_body_is_413() {
    let arm = Arm::contoso().await;
    for megabytes in [5_usize, 9, 160] {
        let size = megabytes << 20;
        let head = head(&arm, &format!("Content-Length: {size}\r\n"));
        let answer = raw(&arm, vec![head, vec![b' '; size]], "RequestContentTooLarge").await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{megabytes} MB: {answer}");
    }
}

#[tokio::test]
async fn oversized_expect_continue_is_refused_before_the_body() {
    let arm = Arm::contoso().await;
    let more = |size: &str| format!("Expect: 100-continue\r\nContent-Length: {size}\r\n");
    let answer = raw(
        &arm,
        vec![head(&arm, &more("99999999"))],
        "RequestContentTooLarge",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    let answer = raw(&arm, vec![head(&arm, &more("2"))], "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 100 "), "{answer}");
}

#[tokio::test]
async fn wrongly_framed_body_is_400() {
    let arm = Arm::contoso().await;
    for body in [
        "zz\r\n{}\r\n0\r\n\r\n",
        "ffffffffffffffffff\r\n{}",
        "-1\r\n{}\r\n",
    ] {
        let head = head(&arm, "Transfer-Encoding: chunked\r\n");
        let answer = raw(&arm, vec![head, body.into()], "\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{body}: {answer}");
    }
}

/// Old, pipelining and broken clients are answered, and so is the next one.
#[tokio::test]
async fn requests_of_any_format_are_answered() {
    let arm = Arm::contoso().await;
    let get = "GET /metadata/endpoints?api-version=2022-09-01";
    let many: String = (0..500).map(|n| format!("x{n}: a\r\n")).collect();
    let rows = [
        (format!("{get} HTTP/1.0\r\n\r\n"), "HTTP/1.0 200 "),
        (
            format!("{get} HTTP/1.1\r\nHost: nobody.invalid\r\n\r\n"),
            "HTTP/1.1 200 ",
        ),
        (format!("{get} HTTP/1.1\r\nHost: a b\r\n\r\n"), "HTTP/1.1 400 "),
        (
            format!("{get} HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"),
            "HTTP/1.1 200 ",
        ),
        (
            format!("{get} HTTP/1.1\r\nHost: a\r\n{many}\r\n"),
            "HTTP/1.1 431 ",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"
                .to_owned(),
            "HTTP/1.1 400 ",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n".to_owned(),
            "HTTP/1.1 400 ",
        ),
        (
            "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "HTTP/1.1 501 ",
        ),
        (
            "BREW /subscriptions/x HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "HTTP/1.1 401 ",
        ),
        ("nonsense\r\n\r\n".to_owned(), "HTTP/1.1 400 "),
    ];
    for (request, want) in rows {
        let answer = raw(&arm, vec![request.clone().into_bytes()], "\r\n\r\n").await;
        assert!(answer.starts_with(want), "{request}: {answer}");
    }
    let paths = ["/a", "/b", "/c"].map(|path| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
    let answer = raw(&arm, vec![paths.concat().into_bytes()], "`/c` is not served").await;
    let places: Vec<Option<usize>> = ["`/a`", "`/b`", "`/c`"]
        .iter()
        .map(|path| answer.find(path))
        .collect();
    assert!(
        places.iter().all(Option::is_some) && places.is_sorted(),
        "{answer}"
    );
}

/// A client can name any host, so that host is not an audience.
#[tokio::test]
async fn token_for_a_foreign_host_is_refused() {
    let arm = Arm::contoso().await;
    let ready = arm.sandbox.ready();
    for (host, want) in [("evil.example", "501"), ("localhost", "200")] {
        let mut fields = form(ready);
        fields[3].1 = format!("https://{host}/.default");
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        let body = body.extend_pairs(fields).finish();
        let head = format!(
            "POST /{}/oauth2/v2.0/token HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            ready.tenant_id,
            body.len()
        );
        let answer = raw(&arm, vec![head.into_bytes()], "}").await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {want} ")),
            "{host}: {answer}"
        );
    }
}
