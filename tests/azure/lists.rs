//! Lists of registries, page by page.

use ringfence::azure::ArmError;
use ringfence::live::{list_registries, read_visible_registries};
use serde_json::{Value, json};

use super::stub::*;

const LIST: &str = "/subscriptions/s1/providers/Microsoft.ContainerRegistry/registries";
const GRAPH: &str = "/providers/Microsoft.ResourceGraph/resources";

/// A registry with this name, in the group of the stub's own one.
fn named(name: &str) -> Value {
    let mut body = registry(&open());
    let id = body["id"].as_str().unwrap().to_owned();
    let (group, _) = id.rsplit_once('/').unwrap();
    body["id"] = json!(format!("{group}/{name}"));
    body
}

fn page(names: &[&str], next: Option<String>) -> Answer {
    let value: Vec<Value> = names.iter().map(|name| named(name)).collect();
    answer(200, &json!({"value": value, "nextLink": next}))
}

fn names(found: &ringfence::live::FoundRegistries) -> Vec<&str> {
    found.registries.keys().map(|id| id.name()).collect()
}

#[tokio::test]
async fn pages_are_followed_to_the_last() {
    let stub = Stub::start();
    let next = stub.link("/subscriptions/s1/more?page=2");
    stub.on("GET", LIST, [page(&["aregistry", "bregistry"], Some(next))]);
    stub.on("GET", "/subscriptions/s1/more", [page(&["cregistry"], None)]);
    let found = list_registries(&stub.client(), &["/subscriptions/s1".to_owned()], 4).await;
    assert_eq!(names(&found), ["aregistry", "bregistry", "cregistry"]);
    assert!(found.unread.is_empty(), "{:?}", found.unread);
    assert_eq!(stub.seen().len(), 2);
}

/// The token goes with every request, so a link must not lead it away.
#[tokio::test]
async fn link_to_another_host_is_refused() {
    let stub = Stub::start();
    let away = "https://192.0.2.1/subscriptions/s1/more".to_owned();
    stub.on("GET", LIST, [page(&["aregistry"], Some(away))]);
    let error = stub
        .client()
        .registries_below("/subscriptions/s1")
        .await
        .unwrap_err();
    assert!(matches!(error, ArmError::ForeignLink { .. }), "{error:?}");
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn pages_in_a_circle_and_pages_without_a_list_are_errors() {
    let stub = Stub::start();
    let client = stub.client();
    let own = stub.link(LIST);
    let again = || page(&["aregistry"], Some(own.clone()));
    stub.on("GET", LIST, [again(), again(), again()]);
    let error = client.registries_below("/subscriptions/s1").await.unwrap_err();
    assert!(matches!(error, ArmError::Decode { .. }), "{error:?}");
    assert_eq!(stub.seen().len(), 2);
    stub.on("GET", LIST, [answer(200, &json!({"value": {}}))]);
    let error = client.registries_below("/subscriptions/s1").await.unwrap_err();
    assert!(matches!(error, ArmError::Decode { .. }), "{error:?}");
}

#[tokio::test]
async fn registry_that_cannot_be_read_does_not_stop_the_list() {
    let stub = Stub::start();
    let mut odd = named("oddregistry");
    odd["sku"] = json!(null);
    let value = json!([odd, named("aregistry")]);
    stub.on("GET", LIST, [answer(200, &json!({ "value": value }))]);
    let found = list_registries(&stub.client(), &["/subscriptions/s1".to_owned()], 1).await;
    assert_eq!(names(&found), ["aregistry"]);
    assert!(found.unread[0].id.ends_with("/oddregistry"), "{:?}", found.unread);
}

/// Resource Graph lags: it names registries that are gone.
#[tokio::test]
async fn visible_registries_are_those_of_lists_and_those_read_alone() {
    let stub = Stub::start();
    let row = |name: &str| json!({"id": named(name)["id"]});
    let first = json!({"data": [row("aregistry"), row("bregistry")], "$skipToken": "2"});
    let second = json!({"data": [row("goneregistry")]});
    stub.on("POST", GRAPH, [answer(200, &first), answer(200, &second)]);
    stub.on("GET", LIST, [page(&["aregistry"], None)]);
    let alone = named("bregistry");
    stub.on("GET", alone["id"].as_str().unwrap(), [answer(200, &alone)]);
    let gone = named("goneregistry");
    let refused = refusal(404, "ResourceNotFound", "The resource was not found.");
    stub.on("GET", gone["id"].as_str().unwrap(), [refused]);
    let found = read_visible_registries(&stub.client(), 1, &|_| {}).await.unwrap();
    assert_eq!(names(&found), ["aregistry", "bregistry"]);
    assert!(found.unread.is_empty(), "{:?}", found.unread);
    assert_eq!(stub.seen().len(), 5);
    assert!(
        stub.seen()[1].body.to_string().contains("\"$skipToken\":\"2\""),
        "{:?}",
        stub.seen()[1]
    );
}
