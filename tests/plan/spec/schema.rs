//! The committed schema is current and agrees with the loader.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use ringfence::model::Cidr;
use ringfence::spec;
use serde_json::{Value, json};

/// The file in the repository is what the code generates. `RINGFENCE_BLESS=1 cargo test --test plan schema`
/// writes it.
#[test]
fn committed_schema_matches_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs/ringfence.schema.json");
    let generated = format!("{:#}\n", spec::schema());
    if std::env::var_os("RINGFENCE_BLESS").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(
        committed == generated,
        "specs/ringfence.schema.json is stale: run with RINGFENCE_BLESS=1"
    );
}

/// The codes of findings that the schema must report too.
const SHAPE: [&str; 8] = [
    "unknown-key",
    "wrong-type",
    "missing-key",
    "unknown-value",
    "unsupported-version",
    "out-of-range",
    "registry-identity",
    "bad-prefix",
];

/// Compares the loader with an independent validator. The loader refuses every document that the schema refuses. The
/// loader finds no wrong shape in a document that the schema accepts; it may find host bits or an unknown name, which a
/// schema cannot express.
fn disagreement(text: &str, value: &Value) -> Option<String> {
    let takes = VALIDATOR.is_valid(value);
    let found = match spec::load_str("a.yaml", text, "2026-11-21".parse().unwrap()) {
        Ok(_) => Vec::new(),
        Err(invalid) => invalid.diagnostics.iter().map(|it| it.code.as_str()).collect(),
    };
    let shape = found.iter().any(|code| SHAPE.contains(code));
    let internal = found.contains(&"unreadable-shape");
    let wrong = internal || (takes && shape) || (!takes && found.is_empty());
    wrong.then(|| format!("schema takes: {takes}, loader says: {found:?}\n{text}"))
}

static VALIDATOR: LazyLock<jsonschema::Validator> =
    LazyLock::new(|| jsonschema::draft7::new(&spec::schema()).expect("the schema is a schema"));

/// Returns true if the schema takes a text as a range of a network.
fn takes_range(text: &str) -> bool {
    VALIDATOR.is_valid(&json!({ "version": 1, "networks": { "offices": [text] } }))
}

#[test]
fn schema_is_draft_07() {
    let schema = spec::schema();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    assert!(jsonschema::draft7::meta::is_valid(&schema));
}

#[test]
fn schema_and_loader_agree_on_every_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs");
    let mut compared = 0;
    for folder in [
        root.clone(),
        root.join("shared"),
        root.join("invalid"),
        root.join("invalid/parts"),
    ] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            // Reads with another deserializer than ours. Its syntax errors are not compared.
            let options = serde_saphyr::options! { strict_booleans: true };
            let Ok(value) = serde_saphyr::from_str_with_options::<Value>(&text, options) else {
                continue;
            };
            if path.extension().is_some_and(|it| it == "yaml") && !value.is_null() {
                let disagreement = disagreement(&text.replace("include: [", "include: [] #"), &value);
                assert_eq!(disagreement, None, "{}", path.display());
                compared += 1;
            }
        }
    }
    assert!(compared > 40, "{compared}");
}

/// A document with every key, as JSON, which is YAML too.
fn every_key() -> Value {
    let subnet =
        "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/v/subnets/build";
    let registry =
        "/subscriptions/s/resourceGroups/r/providers/Microsoft.ContainerRegistry/registries/contoso";
    json!({
        "version": 1,
        "networks": {
            "offices": ["203.0.113.0/24"],
            "vendor": { "cidrs": ["192.0.2.7"], "owner": "a", "reason": "b", "ticket": "c", "expires": "2099-01-01" }
        },
        "subnets": { "build": subnet, "aks": { "id": format!("{subnet}2"), "egress": ["203.0.113.9", "offices"] } },
        "defaults": { "publicNetworkAccess": "Enabled", "defaultAction": "Deny" },
        "registries": [
            {
                "id": registry,
                "ipRules": ["offices", "vendor", { "cidr": "192.0.2.9", "reason": "lab" }],
                "subnets": ["build", "aks"], "serviceEndpoints": "ensure", "trustedServices": true, "tasksBypass": false,
                "dataEndpoint": true, "endpointProtocol": "IPv4", "ownership": "exact", "protect": true, "ignore": ["20.0.0.0/8"],
                "expect": { "allow": ["203.0.113.9", "build"], "deny": ["8.8.8.8"] },
                "suppress": [{ "rule": "RF033", "reason": "a", "expires": "2099-01-01" }]
            },
            {
                "name": "contososhared", "resourceGroup": "r", "subscription": "s",
                "expect": [{ "name": "CI gets in", "allow": ["192.0.2.7"], "deny": ["8.8.8.8"], "reason": "SEC-142" }]
            }
        ],
        "guardrails": { "maxRemovals": 20, "maxRemovalPercent": 30, "widestRule": "/16" }
    })
}

/// Pointers to every value of a document.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(object) => object
            .iter()
            .for_each(|(key, inner)| pointers(inner, &format!("{at}/{key}"), all)),
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, inner)| pointers(inner, &format!("{at}/{index}"), all));
        }
        _ => {}
    }
}

#[derive(Clone, Debug)]
enum Mutation {
    Replace(Value),
    Remove,
    Add(&'static str, Value),
}

fn any_value() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(null),
        json!(true),
        json!("true"),
        json!(0),
        json!(1),
        json!(2),
        json!(-1),
        json!(100),
        json!(101),
        json!(1.5),
        json!(1.0),
        json!(5_000_000_000_u64),
        json!(""),
        json!("Deny"),
        json!("deny"),
        json!("exact"),
        json!("/16"),
        json!("/33"),
        json!("/016"),
        json!("16"),
        json!("203.0.113.7"),
        json!("2027-03-31"),
        json!("2027-3-1"),
        json!("contoso"),
        json!("a/b"),
        json!([]),
        json!(["203.0.113.7"]),
        json!([1]),
        json!([[]]),
        json!({}),
        json!({ "cidr": "203.0.113.7" }),
        json!({ "cidrs": [] }),
        json!({ "allow": [] }),
    ])
}

fn any_key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "version",
        "id",
        "name",
        "subscription",
        "resourceGroup",
        "ipRules",
        "iprules",
        "cidr",
        "cidrs",
        "owner",
        "expires",
        "allow",
        "subnets",
        "networks",
        "x",
        "",
        "1",
        "null",
    ])
}

fn any_mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        any_value().prop_map(Mutation::Replace),
        Just(Mutation::Remove),
        (any_key(), any_value()).prop_map(|(key, value)| Mutation::Add(key, value)),
    ]
}

fn mutate(document: &mut Value, at: &str, mutation: &Mutation) {
    match mutation {
        Mutation::Replace(value) => {
            if let Some(target) = document.pointer_mut(at) {
                *target = value.clone();
            }
        }
        Mutation::Remove => {
            let Some((parent, key)) = at.rsplit_once('/') else {
                return;
            };
            match document.pointer_mut(parent) {
                Some(Value::Object(object)) => drop(object.shift_remove(key)),
                Some(Value::Array(items)) => {
                    drop(key.parse().ok().map(|index: usize| items.remove(index)))
                }
                _ => {}
            }
        }
        Mutation::Add(key, value) => {
            if let Some(Value::Object(object)) = document.pointer_mut(at) {
                object.insert((*key).to_owned(), value.clone());
            }
        }
    }
}

/// Each prefix length with each value of the octet that it cuts, and what people write beside ranges.
#[test]
fn schema_takes_the_ranges_that_the_loader_takes() {
    for prefix in 0..=33 {
        for value in 0..=256 {
            let mut octets = [0; 4];
            octets[usize::min(prefix.max(1) - 1, 31) / 8] = value;
            let [a, b, c, d] = octets;
            let range = format!("{a}.{b}.{c}.{d}/{prefix}");
            assert_eq!(takes_range(&range), range.parse::<Cidr>().is_ok(), "{range}");
        }
    }
    for text in [
        "203.0.113.7",
        "255.255.255.255",
        "203.0.113.07",
        "010.1.1.0/24",
        "010.1.1.1/24",
        "8.0.0.0/08",
        "203.0.113",
        "203.0.113.0/024",
        "203.0.113.0/",
        " 203.0.113.7",
        "203.0.113.1-203.0.113.9",
        "2001:db8::/32",
        "203.0.113.0/255.255.255.0",
        "offices",
    ] {
        assert_eq!(takes_range(text), text.parse::<Cidr>().is_ok(), "{text}");
    }
}

#[test]
fn document_with_every_key_is_valid_and_complete() {
    let document = every_key();
    assert_eq!(disagreement(&document.to_string(), &document), None);
    assert!(VALIDATOR.is_valid(&document));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn schema_and_loader_agree_on_mutated_documents(
        mutations in proptest::collection::vec((any::<prop::sample::Index>(), any_mutation()), 1..4)
    ) {
        let mut document = every_key();
        for (index, mutation) in &mutations {
            let mut all = Vec::new();
            pointers(&document, "", &mut all);
            mutate(&mut document, index.get::<String>(&all), mutation);
        }
        if !document.is_null() {
            let disagreement = disagreement(&document.to_string(), &document);
            prop_assert!(disagreement.is_none(), "{}", disagreement.unwrap_or_default());
        }
    }
}

/// Every key of the schema, by walking `properties`.
fn keys(value: &Value, all: &mut BTreeSet<String>) {
    if let Some(Value::Object(properties)) = value.get("properties") {
        all.extend(properties.keys().cloned());
    }
    match value {
        Value::Object(object) => object.values().for_each(|inner| keys(inner, all)),
        Value::Array(items) => items.iter().for_each(|inner| keys(inner, all)),
        _ => {}
    }
}

#[test]
fn full_example_has_every_key() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs/full.yaml");
    let example = std::fs::read_to_string(path).unwrap();
    let mut missing = BTreeSet::new();
    keys(&spec::schema(), &mut missing);
    missing.retain(|name| !example.contains(&format!("{name}:")));
    assert!(missing.is_empty(), "specs/full.yaml does not have {missing:?}");
}

#[test]
fn documentation_lists_every_key_and_finding() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/spec.md")).unwrap();
    let mut all = BTreeSet::new();
    keys(&spec::schema(), &mut all);
    assert!(all.len() > 25, "{all:?}");
    for entry in std::fs::read_dir(root.join("specs/invalid")).unwrap() {
        let Ok(text) = std::fs::read_to_string(entry.unwrap().path()) else {
            continue;
        };
        let first = text.lines().next().unwrap().trim_start_matches("# expect: ");
        all.extend(
            first
                .split(", ")
                .map(|finding| finding.split(' ').next().unwrap().to_owned()),
        );
    }
    let missing: Vec<&String> = all
        .iter()
        .filter(|name| !page.contains(&format!("`{name}`")))
        .collect();
    assert!(missing.is_empty(), "docs/spec.md does not mention {missing:?}");
}
