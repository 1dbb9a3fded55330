//! Requests at the level of HTTP: sizes, framing, versions.

use reqwest::{Certificate, Client, Version};
use ringfence::sandbox::Ready;

use crate::sandbox_support::{Arm, reply};
use crate::tools::{NEWEST, registry};

fn client(ready: &Ready, version: Version) -> Client {
    let ca = Certificate::from_pem(ready.ca_pem.as_bytes()).unwrap();
    let client = Client::builder().tls_certs_only([ca]).no_proxy();
    let client = if version == Version::HTTP_11 {
        client.http1_only()
    } else {
        client
    };
    client.build().unwrap()
}

fn url(arm: &Arm) -> String {
    let id = registry("contoso");
    format!("{}{id}?api-version={NEWEST}", arm.sandbox.ready().arm)
}

/// Clients send all before they read: what is not read to its end cuts the connection, and the answer with it.
#[tokio::test]
async fn a_body_that_is_much_too_large_is_answered_413() {
    let arm = Arm::contoso().await;
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let client = client(arm.sandbox.ready(), version);
        for megabytes in [5, 9, 40] {
            let request = client.patch(url(&arm)).bearer_auth(&arm.token);
            let request = request.header("content-type", "application/json");
            let refused = reply(request.body(vec![b' '; megabytes << 20])).await;
            assert_eq!(
                (refused.status.as_u16(), refused.code()),
                (413, "RequestContentTooLarge"),
                "{megabytes} MB over {version:?}"
            );
        }
    }
}
