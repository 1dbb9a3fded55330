//! Lists of registries, page by page.

use ringfence::live::{
    AllChosen, FoundRegistries, Live, ReadOptions, list_registries, read_all, read_visible_registries,
};
use ringfence::model::Setting;
use ringfence::spec::load_str;
use serde_json::{Value, json};

use super::stub::*;

const LIST: &str = "/subscriptions/s1/providers/Microsoft.ContainerRegistry/registries";
const GRAPH: &str = "/providers/Microsoft.ResourceGraph/resources";

/// A registry with this name, in the group of the stub's own one.
fn named(name: &str) -> Value {
    let mut body = registry(&open());
    body["properties"]["publicNetworkAccess"] = json!("Enabled");
    let id = body["id"].as_str().unwrap().to_owned();
    let (group, _) = id.rsplit_once('/').unwrap();
    body["id"] = json!(format!("{group}/{name}"));
    body
}

fn page(names: &[&str], next: Option<String>) -> Answer {
    let value: Vec<Value> = names.iter().map(|name| named(name)).collect();
    answer(200, &json!({"value": value, "nextLink": next}))
}

fn names(found: &FoundRegistries) -> Vec<&str> {
    found.registries.keys().map(|id| id.name()).collect()
}

/// Reads the list of the subscription.
async fn listed(stub: &Stub) -> FoundRegistries {
    list_registries(&stub.client(), &["/subscriptions/s1".to_owned()], 4, &|_| {}).await
}

/// Paths of the requests, without those of lists.
fn read_alone(stub: &Stub) -> Vec<String> {
    let mut paths = Vec::new();
    for seen in stub.seen() {
        if !seen.path.ends_with("/registries") && seen.path != "/subscriptions/s1/more" {
            paths.push(seen.path.rsplit('/').next().unwrap().to_owned());
        }
    }
    paths.sort();
    paths
}

#[tokio::test]
async fn pages_are_followed_to_the_last() {
    let stub = Stub::start();
    let next = stub.link("/subscriptions/s1/more?page=2");
    stub.on("GET", LIST, [page(&["aregistry", "bregistry"], Some(next))]);
    stub.on("GET", "/subscriptions/s1/more", [page(&["cregistry"], None)]);
    let found = listed(&stub).await;
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
    let found = listed(&stub).await;
    assert_eq!(found.unread[0].error.code, "foreign-link", "{:?}", found.unread);
    assert_eq!(names(&found), ["aregistry"], "the page itself was read");
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn pages_in_a_circle_and_pages_without_a_list_are_errors() {
    let stub = Stub::start();
    let own = stub.link(LIST);
    let again = || page(&["aregistry"], Some(own.clone()));
    stub.on("GET", LIST, [again(), again(), again()]);
    let found = listed(&stub).await;
    assert_eq!(found.unread[0].error.code, "unreadable-answer");
    assert_eq!(stub.seen().len(), 2);
    for odd in [r#"{"value": {}}"#, r#"{"value": [], "value": []}"#, "{}", "7"] {
        stub.on("GET", LIST, [raw(200, "application/json", odd.as_bytes())]);
        let found = listed(&stub).await;
        assert_eq!(found.unread[0].error.code, "unreadable-answer", "{odd}");
    }
}

/// The syntax of such an entry is right, and only its texts show the fault.
#[tokio::test]
async fn entry_with_half_a_character_does_not_stop_the_list() {
    let stub = Stub::start();
    let good = named("aregistry");
    let list = format!(r#"{{"value": [{{"id": "\ud800"}}, {good}]}}"#);
    stub.on("GET", LIST, [raw(200, "application/json", list.as_bytes())]);
    let found = listed(&stub).await;
    assert_eq!(names(&found), ["aregistry"]);
    let unread = &found.unread[0];
    assert_eq!((unread.id.as_str(), found.unread.len()), ("/subscriptions/s1", 1));
    assert!(unread.error.message.contains("an entry that cannot be read"));
}

#[tokio::test]
async fn page_that_fails_keeps_the_pages_before_it() {
    let stub = Stub::start();
    let next = stub.link("/subscriptions/s1/more");
    stub.on("GET", LIST, [page(&["aregistry", "bregistry"], Some(next))]);
    let refused = refusal(403, "AuthorizationFailed", "No right to do this.");
    stub.on("GET", "/subscriptions/s1/more", [refused]);
    let found = listed(&stub).await;
    assert_eq!(names(&found), ["aregistry", "bregistry"]);
    assert_eq!(found.unread.len(), 1, "{:?}", found.unread);
    assert_eq!(found.unread[0].id, "/subscriptions/s1");
}

/// A registry with these IP rules.
fn with_rule(name: &str, address: &str) -> Value {
    let mut body = named(name);
    body["properties"]["networkRuleSet"]["ipRules"] = json!([{"action": "Allow", "value": address}]);
    body
}

/// The service: a list of two pages that shows `bregistry` in two states, the second one as a read of it.
fn with_two_states(stub: &Stub) {
    let first = json!([
        named("aregistry"),
        with_rule("bregistry", "192.0.2.7"),
        named("cregistry"),
        named("dregistry")
    ]);
    let second = json!([with_rule("bregistry", "192.0.2.9")]);
    let next = stub.link("/subscriptions/s1/more");
    stub.on(
        "GET",
        LIST,
        [answer(200, &json!({"value": first, "nextLink": next}))],
    );
    stub.on(
        "GET",
        "/subscriptions/s1/more",
        [answer(200, &json!({"value": second}))],
    );
    let now = with_rule("bregistry", "192.0.2.9");
    stub.on("GET", now["id"].as_str().unwrap(), [answer(200, &now)]);
}

#[tokio::test]
async fn registry_in_two_states_is_read_by_itself() {
    let stub = Stub::start();
    with_two_states(&stub);
    let found = listed(&stub).await;
    assert_eq!(found.registries.len(), 4);
    let registry = found.registries.values().nth(1).unwrap();
    let rules = registry.settings.rules(Setting::IpRules).unwrap();
    assert_eq!(rules[0].as_str(), "192.0.2.9");
    assert_eq!(read_alone(&stub), ["bregistry"]);
}

/// Reads the registries of a spec that manages these keys.
async fn planned(stub: &Stub, names: &[&str], keys: &str) -> Live {
    let mut yaml = "version: 1\nregistries:\n".to_owned();
    for name in names {
        yaml += &format!("  - {{name: {name}, resourceGroup: rg, subscription: s1, {keys}}}\n");
    }
    let spec = load_str("spec.yaml", &yaml, jiff::civil::date(2026, 1, 1))
        .unwrap()
        .spec;
    read_all(
        &stub.client(),
        &spec,
        ReadOptions::default(),
        4,
        &AllChosen,
        &|_| {},
    )
    .await
}

const GROUP_LIST: &str =
    "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries";

#[tokio::test]
async fn spec_reads_by_itself_what_a_list_shows_twice_or_in_part() {
    let stub = Stub::start();
    let ids = ["aregistry", "bregistry", "cregistry", "dregistry", "eregistry"];
    let mut hides = named("cregistry");
    hides["properties"]["networkRuleSet"]["virtualNetworkRules"] = json!(null);
    let mut value = vec![with_rule("bregistry", "192.0.2.7"), hides];
    value.extend(["aregistry", "bregistry", "dregistry", "eregistry"].map(named));
    stub.on("GET", GROUP_LIST, [answer(200, &json!({ "value": value }))]);
    for name in ids {
        let body = named(name);
        stub.on("GET", body["id"].as_str().unwrap(), [answer(200, &body)]);
    }
    let live = planned(&stub, &ids, "subnets: []").await;
    assert_eq!(read_alone(&stub), ["bregistry", "cregistry"]);
    for (id, reading) in &live.registries {
        let reading = reading.as_ref().unwrap();
        let is_read = ["bregistry", "cregistry"].contains(&id.name());
        assert_eq!(reading.is_listed, !is_read, "{id}");
        assert!(!reading.registry.hides_subnet_rules(), "{id}");
    }
}

#[tokio::test]
async fn registry_that_cannot_be_read_does_not_stop_the_list() {
    let stub = Stub::start();
    let mut odd = named("oddregistry");
    odd["sku"] = json!(null);
    let value = json!([odd, named("aregistry")]);
    stub.on("GET", LIST, [answer(200, &json!({ "value": value }))]);
    let found = listed(&stub).await;
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
