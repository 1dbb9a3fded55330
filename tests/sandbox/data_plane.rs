//! The data plane of registries, by their names, over real TLS.

use std::net::SocketAddr;
use std::time::Duration;

use crate::arm_requests::{NEWEST, ip, registry, rule_set, subnet, vnet_rule};
use crate::sandbox_client::{Arm, Reply, form, reply};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Client;
use ringfence::sandbox::{ManualClock, Options, State};
use serde_json::{Value, json};

const HOST: &str = "contoso.azurecr.io";

/// A sandbox, and a client that resolves registry names to its address.
struct Registry {
    arm: Arm,
    client: Client,
    port: u16,
}

impl Registry {
    async fn start(options: Options) -> Self {
        let seed = State::empty()
            .with_registry(&registry("contoso"))
            .with_subnet(&subnet("build"));
        let arm = Arm::start(Options { seed, ..options }).await;
        let (_, port) = arm.sandbox.ready().arm.rsplit_once(':').unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()));
        let ca = reqwest::Certificate::from_pem(arm.sandbox.ready().ca_pem.as_bytes()).unwrap();
        let mut client = Client::builder().tls_certs_only([ca]).https_only(true).no_proxy();
        for host in [HOST, "contoso.eastus.data.azurecr.io", "nobody.azurecr.io"] {
            client = client.resolve(host, address);
        }
        Self {
            arm,
            client: client.build().unwrap(),
            port: address.port(),
        }
    }

    /// Starts a registry under `Deny` with these IP rules.
    async fn denying(ips: &[&str], options: Options) -> Self {
        let registry = Self::start(options).await;
        registry.deny(ips).await;
        registry
    }

    /// Sets `Deny` with these IP rules.
    async fn deny(&self, ips: &[&str]) {
        let ips: Vec<Value> = ips.iter().copied().map(ip).collect();
        self.set(json!({"defaultAction": "Deny", "ipRules": ips})).await;
    }

    fn url(&self, host: &str, path: &str) -> String {
        format!("https://{host}:{}{path}", self.port)
    }

    async fn ping(&self, headers: &[(&str, &str)]) -> Reply {
        let mut request = self.client.get(self.url(HOST, "/v2/"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        reply(request).await
    }

    async fn from(&self, address: &str) -> u16 {
        self.ping(&[("x-ringfence-client-ip", address)])
            .await
            .status
            .as_u16()
    }

    async fn set(&self, set: Value) {
        let id = registry("contoso");
        let changed = self.arm.patch(id.as_str(), NEWEST, &rule_set(set)).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        reply(self.client.post(self.url(HOST, path)).form(form)).await
    }

    /// An Entra token for an audience.
    async fn entra(&self, audience: &str) -> String {
        let ready = self.arm.sandbox.ready();
        let mut fields = form(ready);
        fields[3].1 = format!("{audience}/.default");
        let url = format!("{}/{}/oauth2/v2.0/token", ready.authority, ready.tenant_id);
        let granted = reply(self.arm.client.post(url).form(&fields)).await;
        granted.body["access_token"].as_str().unwrap().to_owned()
    }
}

/// Docs: container-registry-troubleshoot-access, container-registry-access-selected-networks.
#[tokio::test]
async fn open_registry_challenges_and_closed_one_names_the_address() {
    let registry = Registry::start(Options::default()).await;
    let open = registry.ping(&[]).await;
    assert_eq!(
        (open.status.as_u16(), &open.body["errors"][0]["code"]),
        (401, &json!("UNAUTHORIZED"))
    );
    let base = registry.url(HOST, "");
    assert_eq!(
        open.header("www-authenticate"),
        Some(format!("Bearer realm=\"{base}/oauth2/token\",service=\"{HOST}\"").as_str())
    );
    registry.deny(&["203.0.113.0/24", "192.0.2.7"]).await;
    for (address, status) in [
        ("203.0.113.9", 401),
        ("192.0.2.7", 401),
        ("192.0.2.8", 403),
        ("::1", 403),
    ] {
        assert_eq!(registry.from(address).await, status, "{address}");
    }
    let denied = registry.ping(&[("x-ringfence-client-ip", "192.0.2.8")]).await;
    assert_eq!(denied.body["errors"][0]["code"], "DENIED");
    let message = denied.body["errors"][0]["message"].as_str().unwrap();
    let start = "client with IP '192.0.2.8' is not allowed access. Refer https://aka.ms/acr/firewall to grant access. CorrelationId: ";
    assert!(message.starts_with(start), "{message}");
    let own = registry.ping(&[]).await;
    assert!(own.body.to_string().contains("client with IP '127.0.0.1'"));
}

#[tokio::test]
async fn client_address_can_be_set_for_all_requests() {
    let client_ip = Some("198.51.100.1".parse().unwrap());
    let registry = Registry::denying(
        &["198.51.100.1"],
        Options {
            client_ip,
            ..Options::default()
        },
    )
    .await;
    assert_eq!(registry.ping(&[]).await.status, 401);
    assert_eq!(registry.from("198.51.100.2").await, 403);
}

/// A dual-stack socket shows IPv4 clients in IPv6 form.
#[tokio::test]
async fn mapped_ipv6_address_counts_as_ipv4() {
    let client_ip = Some("::ffff:198.51.100.1".parse().unwrap());
    let registry = Registry::denying(
        &["198.51.100.0/31"],
        Options {
            client_ip,
            ..Options::default()
        },
    )
    .await;
    assert_eq!(registry.ping(&[]).await.status, 401);
    assert_eq!(registry.from("::ffff:198.51.100.0").await, 401);
    let denied = registry
        .ping(&[("x-ringfence-client-ip", "::ffff:198.51.100.2")])
        .await;
    let text = denied.body.to_string();
    assert!(text.contains("client with IP '198.51.100.2'"), "{text}");
}

/// The sandbox listens on both protocols, and the address is that of the connection.
#[tokio::test]
async fn dual_stack_socket_clients_have_their_ipv4_address() {
    let listen = "[::]:0".parse().unwrap();
    let registry = Registry::denying(
        &["198.51.100.1"],
        Options {
            listen,
            ..Options::default()
        },
    )
    .await;
    let text = registry.ping(&[]).await.body.to_string();
    assert!(text.contains("client with IP '127.0.0.1'"), "{text}");
}

/// Docs: container-registry-vnet. Without the endpoint the subnet's clients have a public address.
#[tokio::test]
async fn subnet_needs_rule_and_endpoint_for_access() {
    let registry = Registry::start(Options::default()).await;
    let id = subnet("build");
    let from_subnet = [
        ("x-ringfence-client-subnet", id.as_str()),
        ("x-ringfence-client-ip", "8.8.8.8"),
    ];
    registry.deny(&["8.8.8.8"]).await;
    assert_eq!(
        registry.ping(&from_subnet).await.status,
        401,
        "by its public address"
    );
    registry.arm.enable_endpoint(id.as_str()).await;
    let denied = registry.ping(&from_subnet).await;
    assert!(
        denied.body.to_string().contains("client with IP '10.0.0.4'"),
        "{}",
        denied.body
    );
    let rule = vnet_rule("virtualNetworkSubnetResourceId", &id);
    registry
        .set(json!({"defaultAction": "Deny", "virtualNetworkRules": [rule]}))
        .await;
    assert_eq!(registry.ping(&from_subnet).await.status, 401);
    for bad in [
        ("x-ringfence-client-subnet", "build"),
        ("x-ringfence-client-kind", "friend"),
        ("x-ringfence-client-ip", "here"),
    ] {
        assert_eq!(registry.ping(&[bad]).await.status, 400, "{bad:?}");
    }
}

#[tokio::test]
async fn change_reaches_the_data_plane_after_the_delay() {
    let clock = ManualClock::default();
    let registry = Registry::denying(
        &[],
        Options {
            propagation: Duration::from_secs(60),
            clock: clock.clock(),
            ..Options::default()
        },
    )
    .await;
    assert_eq!(registry.from("8.8.8.8").await, 401, "not yet closed");
    clock.advance(Duration::from_secs(30));
    registry.deny(&["8.8.8.8"]).await;
    let steps = [(29, 401), (1, 403), (29, 403), (1, 401)];
    for (seconds, status) in steps {
        clock.advance(Duration::from_secs(seconds));
        assert_eq!(registry.from("8.8.8.8").await, status);
    }
    registry.deny(&[]).await;
    clock.advance(Duration::from_secs(60));
    assert_eq!(
        registry.from("8.8.8.8").await,
        403,
        "what is long past is forgotten"
    );
}

/// Azure/acr, docs/AAD-OAuth.md.
#[tokio::test]
async fn entra_token_is_exchanged_for_refresh_and_access_tokens() {
    let registry = Registry::start(Options::default()).await;
    let entra = registry.entra("https://containerregistry.azure.net").await;
    let exchanged = registry
        .post(
            "/oauth2/exchange",
            &[
                ("grant_type", "access_token"),
                ("service", HOST),
                ("access_token", &entra),
            ],
        )
        .await;
    let refresh = exchanged.body["refresh_token"].as_str().unwrap();
    let granted = registry
        .post(
            "/oauth2/token",
            &[
                ("grant_type", "refresh_token"),
                ("service", HOST),
                ("scope", "repository:app:pull,push"),
                ("refresh_token", refresh),
            ],
        )
        .await;
    let access = granted.body["access_token"].as_str().unwrap();
    let signed_in = registry
        .client
        .get(registry.url(HOST, "/v2/"))
        .bearer_auth(access);
    assert_eq!(reply(signed_in).await.status, 200);
    let docker = registry
        .client
        .get(registry.url(
            HOST,
            &format!("/oauth2/token?service={HOST}&scope=repository:app:pull"),
        ))
        .basic_auth("00000000-0000-0000-0000-000000000000", Some(refresh));
    assert_eq!(reply(docker).await.status, 200);

    let arm = registry.arm.token.clone();
    for wrong in [entra.as_str(), refresh, arm.as_str(), "a.b.c"] {
        let request = registry.client.get(registry.url(HOST, "/v2/")).bearer_auth(wrong);
        assert_eq!(reply(request).await.status, 401);
    }
    let rows = [
        (["access_token", HOST, access], 401),
        (["access_token", HOST, "a.b.c"], 401),
        (["access_token", "fabrikam.azurecr.io", &entra], 501),
        (["access_token", "", &entra], 501),
        (["password", HOST, &entra], 501),
        (["", HOST, &entra], 501),
    ];
    for ([grant, service, token], status) in rows {
        let form = [
            ("grant_type", grant),
            ("service", service),
            ("access_token", token),
        ];
        let refused = registry.post("/oauth2/exchange", &form).await;
        assert_eq!(refused.status, status, "{grant} {service} {token}");
        let twice = [&form[..], &form[..1]].concat();
        assert!(
            !registry
                .post("/oauth2/exchange", &twice)
                .await
                .status
                .is_success()
        );
    }
    let elsewhere = [
        ("grant_type", "access_token"),
        ("service", HOST),
        ("tenant", "00000000-0000-0000-0000-00000000000f"),
        ("access_token", &entra),
    ];
    assert_eq!(registry.post("/oauth2/exchange", &elsewhere).await.status, 501);
}

/// Docker Registry, "Token Authentication Specification": a scope may be given several times.
#[tokio::test]
async fn every_scope_is_in_the_token() {
    let registry = Registry::start(Options::default()).await;
    let entra = registry.entra("https://containerregistry.azure.net").await;
    let form = [
        ("grant_type", "access_token"),
        ("service", HOST),
        ("access_token", &entra),
    ];
    let exchanged = registry.post("/oauth2/exchange", &form).await;
    let refresh = exchanged.body["refresh_token"].as_str().unwrap();
    let rows: [(&[&str], Option<usize>); 6] = [
        (&["repository:app:pull"], Some(1)),
        (&["repository:app:pull repository:web:pull"], Some(2)),
        (&["repository:app:pull", "repository:web:pull,push"], Some(2)),
        (&[""], Some(0)),
        (&["repository"], None),
        (&["repository:app:pull", "repository:app:"], None),
    ];
    for (scopes, want) in rows {
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("service", HOST),
            ("refresh_token", refresh),
        ];
        for scope in scopes {
            form.push(("scope", scope));
        }
        let granted = registry.post("/oauth2/token", &form).await;
        assert_eq!(
            granted.status,
            if want.is_some() { 200 } else { 501 },
            "{scopes:?}"
        );
        let token = granted.body["access_token"].as_str();
        let count = token.map(|token| {
            let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
            let claims: Value = serde_json::from_slice(&claims).unwrap();
            claims["access"].as_array().unwrap().len()
        });
        assert_eq!(count, want, "{scopes:?}");
    }
}

/// Docs: container-registry-disable-authentication-as-arm.
#[tokio::test]
async fn arm_audience_is_accepted_unless_disabled() {
    let registry = Registry::start(Options::default()).await;
    let entra = registry.entra("https://management.azure.com").await;
    let form = [
        ("grant_type", "access_token"),
        ("service", HOST),
        ("access_token", entra.as_str()),
    ];
    assert_eq!(registry.post("/oauth2/exchange", &form).await.status, 200);
    let off = json!({"properties": {"policies": {"azureADAuthenticationAsArmPolicy": {"status": "disabled"}}}});
    let changed = registry
        .arm
        .patch(crate::arm_requests::registry("contoso").as_str(), NEWEST, &off)
        .await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(registry.post("/oauth2/exchange", &form).await.status, 401);
}

#[tokio::test]
async fn firewall_is_checked_before_everything_else() {
    let registry = Registry::start(Options::default()).await;
    let entra = registry.entra("https://containerregistry.azure.net").await;
    let changed = json!({"properties": {"publicNetworkAccess": "Disabled"}});
    registry
        .arm
        .patch(
            crate::arm_requests::registry("contoso").as_str(),
            NEWEST,
            &changed,
        )
        .await;
    let form = [
        ("grant_type", "access_token"),
        ("service", HOST),
        ("access_token", entra.as_str()),
    ];
    assert_eq!(registry.post("/oauth2/exchange", &form).await.status, 403);
    assert_eq!(
        registry
            .ping(&[("x-ringfence-client-kind", "trusted-service")])
            .await
            .status,
        401
    );
    assert_eq!(
        registry
            .ping(&[("x-ringfence-client-kind", "private-endpoint")])
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn unknown_hosts_are_404_and_images_not_served() {
    let registry = Registry::start(Options::default()).await;
    let nobody = reply(registry.client.get(registry.url("nobody.azurecr.io", "/v2/"))).await;
    assert_eq!(nobody.status, 404);
    let changed = json!({"properties": {"dataEndpointEnabled": true}});
    registry
        .arm
        .patch(
            crate::arm_requests::registry("contoso").as_str(),
            NEWEST,
            &changed,
        )
        .await;
    let blob = registry
        .client
        .get(registry.url("contoso.eastus.data.azurecr.io", "/x"));
    assert_eq!(reply(blob).await.status, 501);
    let ready = registry.arm.sandbox.ready();
    let catalog = registry
        .client
        .get(registry.url(HOST, "/v2/_catalog"))
        .basic_auth(&ready.client_id, Some(&ready.client_secret));
    let catalog = reply(catalog).await;
    assert_eq!(catalog.status, 501);
    let error = &catalog.body["errors"][0];
    assert_eq!(
        error["code"], "NOT_SERVED",
        "the registry's envelope: {}",
        catalog.body
    );
    assert!(error["message"].as_str().unwrap().contains("/v2/_catalog"));
}

#[tokio::test]
async fn v2_without_slash_and_invalid_repositories_are_501() {
    let registry = Registry::start(Options::default()).await;
    for path in [
        "/v2",
        "/V2/",
        "//v2/",
        "/v2/Upper/tags/list",
        "/acr/v1/a..b/_tags",
    ] {
        let answered = reply(registry.client.get(registry.url(HOST, path))).await;
        let code = &answered.body["errors"][0]["code"];
        assert_eq!(
            (answered.status.as_u16(), code),
            (501, &json!("NOT_ESTABLISHED")),
            "{path}"
        );
    }
}

/// Recorded: azure-sdk-for-js container-registry, 2021; pull and push: Azure/acr docs/Token-BasicAuth.md.
#[tokio::test]
async fn challenge_names_the_scope_of_the_request() {
    let registry = Registry::start(Options::default()).await;
    let rows = [
        ("GET", "/v2/", ""),
        ("GET", "/v2/_catalog", "registry:catalog:*"),
        ("GET", "/acr/v1/_catalog", "registry:catalog:*"),
        (
            "GET",
            "/v2/hello-world/manifests/latest",
            "repository:hello-world:pull",
        ),
        ("POST", "/v2/a/b/blobs/uploads/", "repository:a/b:pull,push"),
        ("DELETE", "/v2/a/b/manifests/sha256:0", "repository:a/b:delete"),
        (
            "GET",
            "/acr/v1/library%2Fhello-world/_manifests",
            "repository:library/hello-world:metadata_read",
        ),
        ("GET", "/acr/v1/a", "repository:a:metadata_read"),
    ];
    for (method, path, scope) in rows {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let asked = reply(registry.client.request(method, registry.url(HOST, path))).await;
        assert_eq!(asked.status, 401, "{path}");
        let challenge = asked.header("www-authenticate").unwrap();
        let found = challenge.split_once(",scope=\"");
        let found = found.map_or("", |(_, scope)| scope.trim_end_matches('"'));
        assert_eq!(found, scope, "{path}: {challenge}");
        let detail = &asked.body["errors"][0]["detail"];
        assert_eq!(detail.is_array(), !scope.is_empty(), "{path}: {detail}");
    }
    let catalog = reply(registry.client.get(registry.url(HOST, "/v2/_catalog"))).await;
    assert_eq!(
        catalog.body["errors"][0]["detail"],
        json!([{"Type": "registry", "Name": "catalog", "Action": "*"}])
    );
}

/// A subnet rule ends the bypass, and disabled public access keeps it. No page has both.
#[tokio::test]
async fn trusted_service_over_dead_subnet_rules_is_501() {
    let registry = Registry::start(Options::default()).await;
    let trusted = [("x-ringfence-client-kind", "trusted-service")];
    let id = crate::arm_requests::registry("contoso");
    registry.arm.enable_endpoint(subnet("build").as_str()).await;
    let rule = vnet_rule("virtualNetworkSubnetResourceId", &subnet("build"));
    let rules = json!({"defaultAction": "Deny", "virtualNetworkRules": [rule], "ipRules": []});
    registry.set(rules).await;
    assert_eq!(registry.ping(&trusted).await.status, 403);
    let off = json!({"properties": {"publicNetworkAccess": "Disabled"}});
    registry.arm.patch(id.as_str(), NEWEST, &off).await;
    let open = registry.ping(&trusted).await;
    assert_eq!(
        (open.status.as_u16(), &open.body["errors"][0]["code"]),
        (501, &json!("NOT_ESTABLISHED"))
    );
    assert_eq!(registry.from("8.8.8.8").await, 403);
}
