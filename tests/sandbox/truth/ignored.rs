//! Queries, headers and keys that the sandbox does not know are refused, never dropped.

use reqwest::Method;
use ringfence::sandbox::State;
use serde_json::{Value, json};

use crate::arm_requests::{NETWORK, NEWEST, SUB, registry, subnet};
use crate::sandbox_client::{Arm, Reply, form, reply};

const RESOURCES: &str = "2024-11-01";

/// A registry, a replication, a subnet and three locks: on the subscription, its group and the registry.
async fn arm() -> Arm {
    let seed = State::empty()
        .with_registry(&registry("contoso"))
        .with_endpoint(&subnet("build"));
    let arm = Arm::with(seed).await;
    for scope in scopes() {
        let lock = format!("{scope}/providers/Microsoft.Authorization/locks/keep");
        let body = json!({"properties": {"level": "CanNotDelete"}});
        assert_eq!(arm.put(&lock, "2020-05-01", &body).await.status, 201);
    }
    arm
}

fn scopes() -> [String; 3] {
    let subscription = format!("/subscriptions/{SUB}");
    let group = format!("{subscription}/resourceGroups/rg");
    [subscription, group, registry("contoso").as_str().to_owned()]
}

async fn ask(arm: &Arm, path: &str, version: &str, query: &str) -> Reply {
    let path = format!("{path}?api-version={version}&{query}");
    arm.send(Method::GET, &path, None, &[]).await
}

fn outcome(reply: &Reply) -> (u16, &str) {
    (reply.status.as_u16(), reply.code())
}

#[tokio::test]
async fn queries_that_no_handler_reads_are_refused() {
    let arm = arm().await;
    let [subscription, group, contoso] = scopes();
    let network = subnet("build").as_str().replace("/subnets/build", "");
    let rows = [
        (format!("{contoso}/replications"), NEWEST),
        (format!("{contoso}/privateEndpointConnections"), NEWEST),
        (format!("{contoso}/privateLinkResources"), NEWEST),
        (format!("{contoso}/listUsages"), NEWEST),
        (format!("{contoso}/tasks"), "2019-04-01"),
        (
            format!("{group}/providers/Microsoft.ContainerRegistry/registries"),
            NEWEST,
        ),
        (format!("{network}/subnets"), NETWORK),
        (
            format!("{subscription}/providers/Microsoft.Network/virtualNetworks"),
            NETWORK,
        ),
        (format!("{subscription}/providers"), RESOURCES),
        (format!("{subscription}/locations"), "2022-12-01"),
        ("/subscriptions".to_owned(), "2022-12-01"),
        (network, NETWORK),
        (contoso, NEWEST),
    ];
    for (path, version) in rows {
        assert_eq!(ask(&arm, &path, version, "$filter=").await.status, 200, "{path}");
        for query in ["$filter=x", "$expand=x", "$select=x", "$orderby=x", "x=1"] {
            let refused = ask(&arm, &path, version, query).await;
            assert_eq!(outcome(&refused), (501, "NotEstablished"), "{path} {query}");
            let name = query.split('=').next().unwrap();
            assert!(refused.message().contains(name), "{}", refused.message());
        }
    }
}

/// Docs: Get-AzResourceLock, `-AtScope`.
#[tokio::test]
async fn locks_are_listed_at_above_and_below_a_scope() {
    let arm = arm().await;
    let all = scopes();
    for (position, scope) in all.iter().enumerate() {
        let list = format!("{scope}/providers/Microsoft.Authorization/locks");
        let found = ask(&arm, &list, "2020-05-01", "$filter=").await;
        assert_eq!(ids(&found.body).len(), 3, "{scope}");
        let at_scope = ask(&arm, &list, "2020-05-01", "$filter=atScope()").await;
        assert_eq!(ids(&at_scope.body).len(), position + 1, "{scope}");
        let other = ask(&arm, &list, "2020-05-01", "$filter=level eq 'ReadOnly'").await;
        assert_eq!(outcome(&other), (501, "NotEstablished"));
    }
}

fn ids(list: &Value) -> Vec<&str> {
    let items = list["value"].as_array().unwrap();
    items.iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn misspelt_headers_of_the_sandbox_are_named() {
    let arm = arm().await;
    let path = format!("{}?api-version={NEWEST}", registry("contoso"));
    for name in ["x-ringfence-client-ips", "X-RINGFENCE-IP", "x-ringfence-"] {
        let refused = arm.send(Method::GET, &path, None, &[(name, "8.8.8.8")]).await;
        assert_eq!(refused.status, 400);
        let message = refused.message();
        assert!(message.contains(&name.to_lowercase()), "{message}");
        assert!(message.contains("x-ringfence-client-ip,"), "{message}");
    }
}

#[tokio::test]
async fn sku_has_a_name_and_its_own_tier() {
    let arm = arm().await;
    let rows = [
        (json!({"name": "Premium", "tier": "premium"}), 200),
        (json!({"name": "Premium", "tier": null}), 200),
        (json!({"name": "Premium", "tier": "Basic"}), 501),
        (json!({"name": "Premium", "capacity": 2}), 501),
        (json!({"name": "Premium", "tier": 5}), 400),
        (json!({"tier": "Premium"}), 400),
        (json!("Premium"), 400),
    ];
    for (sku, status) in rows {
        let body = json!({"sku": sku});
        let reply = arm.patch(registry("contoso").as_str(), NEWEST, &body).await;
        assert_eq!(reply.status, status, "{body}");
    }
}

/// Codes: databricks/databricks-sql-nodejs#226. A token for a service that no source names is not established.
#[tokio::test]
async fn token_scopes_are_resources_with_default() {
    let arm = arm().await;
    let ready = arm.sandbox.ready();
    let url = format!("{}/{}/oauth2/v2.0/token", ready.authority, ready.tenant_id);
    let arm_audience = "https://management.azure.com";
    let rows = [
        (format!("{arm_audience}/.default"), 200, Value::Null),
        (format!("{arm_audience}//.default"), 200, Value::Null),
        (
            "https://graph.microsoft.com/.default".to_owned(),
            200,
            Value::Null,
        ),
        (format!("{}/.default", ready.arm), 200, Value::Null),
        (
            format!("{arm_audience}/user_impersonation"),
            400,
            json!([1_002_012]),
        ),
        (arm_audience.to_owned(), 400, json!([1_002_012])),
        ("openid".to_owned(), 400, json!([1_002_012])),
        (format!("openid {arm_audience}/.default"), 501, Value::Null),
        ("zzz/.default".to_owned(), 501, Value::Null),
    ];
    for (scope, status, numbers) in rows {
        let mut fields = form(ready);
        fields[3].1 = scope.clone();
        let answer = reply(arm.client.post(&url).form(&fields)).await;
        assert_eq!(answer.status, status, "{scope}");
        assert_eq!(answer.body["error_codes"], numbers, "{scope}");
        if !numbers.is_null() {
            assert_eq!(answer.body["error"], "invalid_scope");
        }
    }
}

#[tokio::test]
async fn token_requests_are_forms_with_each_field_once() {
    let arm = arm().await;
    let ready = arm.sandbox.ready();
    let url = format!("{}/{}/oauth2/v2.0/token", ready.authority, ready.tenant_id);
    let mut twice = form(ready);
    twice.push(twice[3].clone());
    let mut resource = form(ready);
    resource.push(("resource", "https://management.azure.com".to_owned()));
    for fields in [twice, resource] {
        let refused = reply(arm.client.post(&url).form(&fields)).await;
        assert_eq!(outcome(&refused), (501, "NotEstablished"), "{fields:?}");
    }
    for kind in ["application/json", "text/plain"] {
        let request = arm.client.post(&url).header("content-type", kind);
        let request = request.form(&form(ready));
        assert_eq!(reply(request).await.status, 501, "{kind}");
    }
}

#[tokio::test]
async fn unknown_keys_of_small_bodies_are_refused() {
    let arm = arm().await;
    let [subscription, group, contoso] = scopes();
    let check = format!("{subscription}/providers/Microsoft.ContainerRegistry/checkNameAvailability");
    let register = format!("{subscription}/providers/Microsoft.Network/register");
    let graph = "/providers/Microsoft.ResourceGraph/resources";
    let query = "resources | where type =~ 'microsoft.containerregistry/registries'";
    let kind = "Microsoft.ContainerRegistry/registries";
    let rows = [
        (
            Method::POST,
            check.as_str(),
            NEWEST,
            json!({"name": "fabrikam", "type": kind, "x": 1}),
        ),
        (Method::POST, &register, RESOURCES, json!({"x": 1})),
        (
            Method::POST,
            graph,
            "2022-10-01",
            json!({"query": query, "subscriptions": "s"}),
        ),
        (
            Method::POST,
            graph,
            "2022-10-01",
            json!({"query": query, "subscriptions": ["s"]}),
        ),
        (
            Method::POST,
            graph,
            "2022-10-01",
            json!({"query": format!("{query} | project id, id")}),
        ),
        (
            Method::POST,
            graph,
            "2022-10-01",
            json!({"query": query, "options": {"$top": "5"}}),
        ),
        (
            Method::POST,
            graph,
            "2022-10-01",
            json!({"query": query, "options": {"x": 5}}),
        ),
        (
            Method::PUT,
            &group,
            RESOURCES,
            json!({"location": "eastus", "properties": {"x": 1}}),
        ),
        (
            Method::PUT,
            &format!("{contoso}/replications/westus"),
            NEWEST,
            json!({"location": "westus", "x": 1}),
        ),
        (
            Method::PUT,
            &format!("{contoso}/replications/westus"),
            NEWEST,
            json!({"location": "westus", "name": "other"}),
        ),
        (
            Method::PUT,
            &format!("{contoso}/replications/westus"),
            NEWEST,
            json!({"location": "westus", "properties": {"provisioningState": "Failed"}}),
        ),
        (
            Method::POST,
            check.as_str(),
            "2022-12-01",
            json!({"name": "fabrikam", "type": kind, "autoGeneratedDomainNameLabelScope": "TenantReuse"}),
        ),
        (
            Method::PUT,
            &format!("{contoso}/providers/Microsoft.Authorization/locks/new"),
            "2020-05-01",
            json!({"properties": {"level": "ReadOnly"}, "x": 1}),
        ),
    ];
    for (method, path, version, body) in rows {
        let path = format!("{path}?api-version={version}");
        let reply = arm.send(method, &path, Some(&body), &[]).await;
        assert_eq!(outcome(&reply), (501, "NotEstablished"), "{path} {body}");
    }
}
