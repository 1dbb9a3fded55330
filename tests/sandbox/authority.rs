//! Sign-in of clients: cloud metadata, authority, managed identity and subscriptions.

use std::time::Duration;

use crate::arm_requests::{NEWEST, SUB, registry};
use crate::sandbox_client::{Arm, Reply, form, reply};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jiff::Timestamp;
use reqwest::Client;
use ringfence::model::RegistryId;
use ringfence::sandbox::{Options, Ready, State};
use serde_json::{Value, json};

async fn ask(arm: &Arm, path: &str) -> Reply {
    reply(arm.client.get(format!("{}{path}", arm.sandbox.ready().arm))).await
}

#[tokio::test]
async fn openid_configurations_v1_and_v2_point_to_the_sandbox() {
    let arm = Arm::contoso().await;
    let (base, tenant) = (&arm.sandbox.ready().authority, &arm.sandbox.ready().tenant_id);
    let rows = [
        (
            format!("/{tenant}/v2.0"),
            format!("{tenant}/oauth2/v2.0/token"),
            format!("{tenant}/v2.0"),
        ),
        (
            format!("/{tenant}"),
            format!("{tenant}/oauth2/token"),
            format!("{tenant}/"),
        ),
        (
            "/organizations/v2.0".into(),
            "organizations/oauth2/v2.0/token".into(),
            "{tenantid}/v2.0".into(),
        ),
        (
            "/common/v2.0".into(),
            "common/oauth2/v2.0/token".into(),
            "{tenantid}/v2.0".into(),
        ),
    ];
    for (path, token, issuer) in rows {
        let found = ask(&arm, &format!("{path}/.well-known/openid-configuration")).await;
        assert_eq!(found.body["token_endpoint"], format!("{base}/{token}"), "{path}");
        assert_eq!(found.body["issuer"], format!("{base}/{issuer}"), "{path}");
    }
    let unknown = ask(&arm, "/nowhere/v2.0/.well-known/openid-configuration").await;
    assert_eq!(unknown.body["error_codes"], json!([90_002]));
    let instance = ask(&arm, "/common/discovery/instance?api-version=1.1").await;
    let host = base.trim_start_matches("https://");
    assert_eq!(instance.body["metadata"][0]["aliases"], json!([host]));
}

/// Microsoft identity platform, "v1.0 client credentials": numbers are strings, and `resource` is returned.
#[tokio::test]
async fn v1_token_endpoint_takes_resource_and_answers_strings() {
    let mut arm = Arm::contoso().await;
    let ready = arm.sandbox.ready().clone();
    let mut fields = form(&ready);
    fields[3] = ("resource", "https://management.azure.com/".to_owned());
    let url = format!("{}/{}/oauth2/token", ready.authority, ready.tenant_id);
    let granted = reply(arm.client.post(&url).form(&fields)).await;
    assert_eq!(granted.body["expires_in"], "3599");
    assert_eq!(granted.body["resource"], "https://management.azure.com/");
    arm.token = granted.body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(arm.get(registry("contoso").as_str(), NEWEST).await.status, 200);
    let common = url.replace(&ready.tenant_id, "common");
    let refused = reply(arm.client.post(common).form(&fields)).await;
    assert_eq!(refused.body["error_codes"], json!([50_059]));
}

/// A JWT without a real signature, which the sandbox does not check.
fn jwt(algorithm: &str, claims: &Value) -> String {
    let part = |value: &Value| BASE64.encode(value.to_string());
    format!(
        "{}.{}.{}",
        part(&json!({"alg": algorithm})),
        part(claims),
        BASE64.encode("signature")
    )
}

fn github(expiry: i64, audience: &str) -> Value {
    let now = Timestamp::now().as_second();
    json!({"iss": "https://token.actions.githubusercontent.com", "sub": "repo:o/r:ref:refs/heads/main",
           "aud": audience, "nbf": now, "exp": now + expiry})
}

async fn assert_with(arm: &Arm, assertion: &str) -> Reply {
    let ready = arm.sandbox.ready();
    let mut fields = form(ready);
    fields[2] = ("client_assertion", assertion.to_owned());
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned();
    fields.push(("client_assertion_type", kind));
    let url = format!("{}/{}/oauth2/v2.0/token", ready.authority, ready.tenant_id);
    reply(arm.client.post(url).form(&fields)).await
}

/// Numbers: Microsoft identity platform, "authentication and authorization error codes".
#[tokio::test]
async fn valid_client_assertion_is_accepted() {
    let mut arm = Arm::contoso().await;
    let exchange = "api://AzureADTokenExchange";
    let good = assert_with(&arm, &jwt("RS256", &github(300, exchange))).await;
    assert_eq!(good.status, 200, "{}", good.body);
    arm.token = good.body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(arm.get(registry("contoso").as_str(), NEWEST).await.status, 200);

    let without = |key: &str| {
        let mut claims = github(300, exchange);
        claims.as_object_mut().unwrap().remove(key);
        jwt("RS256", &claims)
    };
    let rows = [
        (jwt("RS256", &github(-600, exchange)), 700_024),
        (jwt("RS256", &github(300, "https://elsewhere")), 700_212),
        (without("iss"), 700_211),
        (without("sub"), 700_213),
        (without("exp"), 50_027),
        (jwt("none", &github(300, exchange)), 50_027),
        (jwt("HS256", &github(300, exchange)), 50_027),
        ("a.b.c".to_owned(), 50_027),
        (String::new(), 50_027),
    ];
    for (assertion, number) in rows {
        let refused = assert_with(&arm, &assertion).await;
        assert_eq!(refused.body["error_codes"], json!([number]), "{assertion}");
        assert!(refused.status.is_client_error());
    }
}

#[tokio::test]
async fn self_signed_application_assertion_is_accepted() {
    let arm = Arm::contoso().await;
    let ready = arm.sandbox.ready();
    let now = Timestamp::now().as_second();
    let endpoint = format!("{}/{}/oauth2/v2.0/token", ready.authority, ready.tenant_id);
    let rows = [
        (ready.client_id.as_str(), endpoint.as_str(), None),
        ("someone", endpoint.as_str(), Some(700_021)),
        (ready.client_id.as_str(), "https://elsewhere", Some(700_023)),
    ];
    for (subject, audience, number) in rows {
        let claims = json!({"iss": ready.client_id, "sub": subject, "aud": audience, "exp": now + 60});
        let answered = assert_with(&arm, &jwt("PS256", &claims)).await;
        let want = number.map_or(Value::Null, |number| json!([number]));
        assert_eq!(answered.body["error_codes"], want, "{}", answered.body);
    }
}

/// RFC 7519, NumericDate. MSAL for Python 1.39 writes `time.time() + 600`.
#[tokio::test]
async fn assertion_times_may_be_fractions() {
    let arm = Arm::contoso().await;
    let ready = arm.sandbox.ready();
    let now = f64::from(u32::try_from(Timestamp::now().as_second()).unwrap());
    let endpoint = format!("{}/{}/oauth2/v2.0/token", ready.authority, ready.tenant_id);
    let rows = [
        (now + 600.742, now + 0.5, Value::Null),
        (now - 900.5, now - 1000.5, json!([700_024])),
        (now + 900.5, now + 800.5, json!([700_024])),
    ];
    for (expiry, begin, want) in rows {
        let claims = json!({
            "iss": ready.client_id, "sub": ready.client_id, "aud": endpoint, "exp": expiry, "nbf": begin,
        });
        let answered = assert_with(&arm, &jwt("PS256", &claims)).await;
        assert_eq!(answered.body["error_codes"], want, "{}", answered.body);
    }
}

/// azure-cli-core 2.91: one object at 2022-09-01, a list at 2019-05-01.
#[tokio::test]
async fn cloud_metadata_is_public_in_both_formats() {
    let arm = Arm::contoso().await;
    let base = &arm.sandbox.ready().arm;
    let object = ask(&arm, "/metadata/endpoints?api-version=2022-09-01").await.body;
    assert_eq!(object["resourceManager"], *base);
    assert_eq!(object["authentication"]["loginEndpoint"], *base);
    assert_eq!(object["suffixes"]["acrLoginServer"], "azurecr.io");
    let list = ask(&arm, "/metadata/endpoints?api-version=2019-05-01").await.body;
    assert_eq!(list, json!([object]));
    let rows = [
        ("", "MissingApiVersionParameter"),
        ("?api-version=1999-01-01", "InvalidApiVersionParameter"),
    ];
    for (query, code) in rows {
        let refused = ask(&arm, &format!("/metadata/endpoints{query}")).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (400, code));
    }
}

#[tokio::test]
async fn caller_sees_only_its_tenants_subscriptions() {
    let other = RegistryId::new("other", "rg", "fabrikam").unwrap();
    let mut seed = State::empty()
        .with_registry(&registry("contoso"))
        .with_registry(&other);
    seed.subscriptions[1].tenant = "22222222-2222-2222-2222-222222222222".to_owned();
    let arm = Arm::with(seed).await;
    let list = arm.get("/subscriptions", "2022-12-01").await.body;
    assert_eq!(list["count"], json!({"type": "Total", "value": 1}));
    assert_eq!(list["value"][0]["subscriptionId"], SUB);
    assert_eq!(list["value"][0]["tenantId"], arm.sandbox.ready().tenant_id);
    assert_eq!(list["value"][0]["state"], "Enabled");
    let one = arm.get(&format!("/subscriptions/{SUB}"), "2022-12-01").await;
    assert_eq!(one.body, list["value"][0]);
    let tenants = arm.get("/tenants", "2022-12-01").await.body;
    assert_eq!(tenants["value"][0]["tenantId"], arm.sandbox.ready().tenant_id);

    let rows = [
        (
            "/subscriptions/other",
            "2022-12-01",
            401,
            "InvalidAuthenticationTokenTenant",
        ),
        ("/subscriptions/none", "2022-12-01", 404, "SubscriptionNotFound"),
        ("/subscriptions", "2022-12-31", 400, "InvalidApiVersionParameter"),
        ("/tenants", "", 400, "MissingApiVersionParameter"),
    ];
    for (path, version, status, code) in rows {
        let refused = arm.get(path, version).await;
        assert_eq!(
            (refused.status.as_u16(), refused.code()),
            (status, code),
            "{path}"
        );
    }
    assert_eq!(
        ask(&arm, "/subscriptions?api-version=2022-12-01").await.status,
        401
    );
}

#[tokio::test]
async fn empty_state_has_a_subscription_only_on_request() {
    for (default_subscription, count) in [(false, 0), (true, 1)] {
        let arm = Arm::start(Options {
            default_subscription,
            ..Options::default()
        })
        .await;
        let list = arm.get("/subscriptions", "2022-12-01").await.body;
        assert_eq!(list["count"]["value"], count);
        assert_eq!(arm.sandbox.ready().subscriptions.len(), count);
    }
}

async fn with_identity() -> (Arm, Ready, Client) {
    let arm = Arm::start(Options {
        seed: State::empty().with_registry(&registry("contoso")),
        managed_identity: true,
        token_lifetime: Duration::from_secs(3599),
        ..Options::default()
    })
    .await;
    let ready = arm.sandbox.ready().clone();
    let plain = Client::builder().no_proxy().build().unwrap();
    (arm, ready, plain)
}

/// "How to use managed identities for App Service", "… on an Azure VM to acquire an access token".
#[tokio::test]
async fn managed_identity_tokens_are_accepted_by_arm() {
    let (mut arm, ready, plain) = with_identity().await;
    let identity = ready.managed_identity.unwrap();
    let resource = "resource=https://management.azure.com/";
    let app_service = format!("{}?api-version=2019-08-01&{resource}", identity.endpoint);
    let imds = format!(
        "{}/metadata/identity/oauth2/token?api-version=2018-02-01&{resource}",
        identity.imds
    );
    let rows = [
        (app_service, ("x-identity-header", identity.header.as_str())),
        (imds, ("metadata", "true")),
    ];
    for (url, (name, value)) in rows {
        let granted = reply(plain.get(&url).header(name, value)).await;
        assert_eq!(granted.status, 200, "{}", granted.body);
        assert_eq!(granted.body["client_id"], ready.client_id);
        let expiry: i64 = granted.body["expires_on"].as_str().unwrap().parse().unwrap();
        assert!(expiry > Timestamp::now().as_second());
        arm.token = granted.body["access_token"].as_str().unwrap().to_owned();
        assert_eq!(arm.get(registry("contoso").as_str(), NEWEST).await.status, 200);
    }
}

#[tokio::test]
async fn managed_identity_refuses_forged_requests() {
    let (_arm, ready, plain) = with_identity().await;
    let identity = ready.managed_identity.unwrap();
    let app_service = format!("{}?api-version=2019-08-01&resource=x", identity.endpoint);
    let imds = format!(
        "{}/metadata/identity/oauth2/token?api-version=2018-02-01",
        identity.imds
    );
    let metadata = ("metadata", "true");
    let rows = [
        (app_service.clone(), vec![], 401),
        (app_service, vec![("x-identity-header", "guess")], 401),
        (format!("{imds}&resource=x"), vec![], 400),
        (
            format!("{imds}&resource=x"),
            vec![metadata, ("x-forwarded-for", "1.2.3.4")],
            400,
        ),
        (imds.clone(), vec![metadata], 400),
        (format!("{imds}&resource=x&client_id=other"), vec![metadata], 400),
        (format!("{imds}1&resource=x"), vec![metadata], 400),
    ];
    for (url, headers, status) in rows {
        let mut request = plain.get(&url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        assert_eq!(reply(request).await.status, status, "{url}");
    }
}
