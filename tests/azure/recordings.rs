//! Recorded traffic of Azure: every registry and subnet is read without loss and gives the expected live values.
//!
//! The recordings are public files of azure-cli, azure-powershell and azure-libraries-for-net, kept outside this
//! repository in the folder that `RINGFENCE_RECORDINGS` names. Without it their tests print a line and pass. The tables below hold the same facts, each row with its
//! source, and run everywhere.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::date;
use ringfence::azure::{ErrorBody, lists_endpoint, subnet_with_endpoint};
use ringfence::import::import;
use ringfence::live::{FoundRegistries, Live, LiveRegistry, Reading, SubnetIdKey, parse};
use ringfence::model::{RegistryId, Rule, Setting, SettingValue};
use ringfence::plan::{Policy, diff};
use ringfence::spec::load_str;
use serde::Serialize as _;
use serde_json::{Value, json};

use crate::recording_files::recording_files;

/// A recording: its name, its text and its JSON.
struct Recording {
    name: String,
    text: String,
    json: Value,
}

/// Returns all recordings, or prints a line and returns `None`.
fn recordings() -> Option<Vec<Recording>> {
    let paths = recording_files()?;
    Some(paths.iter().map(|path| load(path)).collect())
}

fn load(path: &Path) -> Recording {
    let text = std::fs::read_to_string(path).unwrap();
    Recording {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        json: serde_json::from_str(&text).unwrap(),
        text,
    }
}

/// Collects every object inside `value` for which `wanted` is true, at any depth.
fn find<'a>(value: &'a Value, wanted: &dyn Fn(&Value) -> bool, found: &mut Vec<&'a Value>) {
    if wanted(value) {
        found.push(value);
    }
    match value {
        Value::Object(object) => object.values().for_each(|value| find(value, wanted, found)),
        Value::Array(list) => list.iter().for_each(|value| find(value, wanted, found)),
        _ => {}
    }
}

/// The bodies of successful answers, with the api-version of the request.
fn answers(recording: &Recording) -> Vec<(String, &Value)> {
    let interactions = recording.json["interactions"].as_array().unwrap();
    let good = interactions
        .iter()
        .filter(|i| i["status"].as_u64().is_some_and(|status| status < 300));
    good.map(|interaction| {
        let uri = interaction["uri"].as_str().unwrap_or_default();
        let version = uri.split("api-version=").nth(1).unwrap_or_default();
        (version.to_owned(), &interaction["response_body"])
    })
    .collect()
}

fn is(kind: &str) -> impl Fn(&Value) -> bool + '_ {
    move |value| {
        value["type"]
            .as_str()
            .is_some_and(|found| found.eq_ignore_ascii_case(kind))
            && value["properties"].is_object()
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Compares a view with the JSON it came from, field by field.
fn check_registry(live: &LiveRegistry, body: &Value) {
    let properties = &body["properties"];
    let rules = &properties["networkRuleSet"];
    assert_eq!(live.id, RegistryId::parse(body["id"].as_str().unwrap()).unwrap());
    assert_eq!(live.id.as_str(), body["id"]);
    assert_eq!(live.location, body["location"]);
    assert_eq!(live.sku, body["sku"]["name"]);
    assert_eq!(live.provisioning_state, properties["provisioningState"]);
    assert_eq!(live.login_server, properties["loginServer"]);
    for setting in Setting::ALL.iter().copied().filter(|setting| !setting.is_list()) {
        let pointer = format!("/{}", setting.path().replace('.', "/"));
        let shown = properties.pointer(&pointer).cloned().unwrap_or_default();
        let read = live
            .settings
            .get(setting)
            .map_or(Value::Null, SettingValue::to_json);
        assert_eq!(read, shown, "{}", setting.path());
    }
    assert_eq!(
        live.export_policy,
        text(&properties["policies"]["exportPolicy"]["status"])
    );
    let connections = properties["privateEndpointConnections"]
        .as_array()
        .map_or(0, Vec::len);
    assert_eq!(live.private_endpoint_connections, connections);
    let last = live.last_modified.as_ref();
    assert_eq!(
        last.map(|last| last.by.clone()),
        text(&body["systemData"]["lastModifiedBy"])
    );
    assert_eq!(
        last.map(|last| last.at.clone()),
        text(&body["systemData"]["lastModifiedAt"])
    );
    check_rules(live, body, rules);
    assert_eq!(live.body.to_string(), without_lists(body).to_string());
}

/// Returns the element that a PATCH sends for a rule that was read. A plain IP rule is not kept, but made anew.
fn element(rule: &Rule) -> Value {
    match rule.body() {
        Some(body) => body.clone(),
        None => json!({"action": "Allow", "value": rule.as_str()}),
    }
}

/// Returns a body without the lists of rules, which are among the settings.
fn without_lists(body: &Value) -> Value {
    let mut body = body.clone();
    let set = body.pointer_mut("/properties/networkRuleSet");
    if let Some(set) = set.and_then(Value::as_object_mut) {
        set.retain(|key, _| key != "ipRules" && key != "virtualNetworkRules");
    }
    body
}

fn check_rules(live: &LiveRegistry, body: &Value, rules: &Value) {
    for list in Setting::lists() {
        let bodies = rules[list.key()].as_array();
        let Some(read) = live.settings.rules(list) else {
            assert_eq!(body["sku"]["name"], "Premium");
            // The list of this version is always empty, and counts as hidden (Azure/azure-sdk-for-go#5181).
            assert!(bodies.is_none() || live.api_version == "2017-10-01");
            continue;
        };
        let kept: Vec<Value> = read.iter().map(element).collect();
        assert_eq!(kept, bodies.cloned().unwrap_or_default());
        for rule in read {
            let key = match list {
                Setting::IpRules => "value",
                _ => SubnetIdKey::shown(std::slice::from_ref(rule)).unwrap().as_str(),
            };
            assert_eq!(element(rule)[key], rule.as_str());
            assert_eq!(rule.cidr().is_some(), list == Setting::IpRules);
            assert_eq!(rule.subnet().is_some(), list == Setting::VirtualNetworkRules);
        }
    }
}

#[test]
fn every_recording_round_trips_byte_for_byte() {
    for recording in recordings().unwrap_or_default() {
        let mut written = Vec::new();
        let format = serde_json::ser::PrettyFormatter::with_indent(b" ");
        let mut serializer = serde_json::Serializer::with_formatter(&mut written, format);
        recording.json.serialize(&mut serializer).unwrap();
        let written = escaped(&String::from_utf8(written).unwrap());
        assert!(
            written == recording.text.trim_end(),
            "{} is not what was read",
            recording.name
        );
    }
}

/// Escapes non-ASCII characters as `\uXXXX`, as the recordings do.
fn escaped(text: &str) -> String {
    let spell = |c: char| match c {
        c if c.is_ascii() => c.to_string(),
        c => c
            .encode_utf16(&mut [0; 2])
            .iter()
            .map(|unit| format!("\\u{unit:04x}"))
            .collect(),
    };
    text.chars().map(spell).collect()
}

#[test]
fn every_recorded_registry_is_parsed_as_its_json_says() {
    let Some(recordings) = recordings() else { return };
    let mut read = 0;
    for recording in &recordings {
        for (version, answer) in answers(recording) {
            let mut found = Vec::new();
            find(answer, &is("Microsoft.ContainerRegistry/registries"), &mut found);
            for body in found {
                let live = parse::registry(&version, body.clone())
                    .unwrap_or_else(|error| panic!("{}: {error}: {body}", recording.name));
                check_registry(&live, body);
                read += 1;
            }
        }
    }
    assert!(read >= 150, "only {read} registries were found in the recordings");
}

#[test]
fn every_recorded_registry_is_imported_with_an_empty_plan() {
    let Some(recordings) = recordings() else { return };
    for recording in &recordings {
        for (version, answer) in answers(recording) {
            let mut found = Vec::new();
            find(answer, &is("Microsoft.ContainerRegistry/registries"), &mut found);
            for body in found {
                let live = parse::registry(&version, body.clone()).unwrap();
                check_import(&recording.name, live);
            }
        }
    }
}

/// Fails unless the plan of the imported registry changes and refuses nothing.
fn check_import(recording: &str, live: LiveRegistry) {
    let registries = BTreeMap::from([(live.id.clone(), live.clone())]);
    let import = import(&FoundRegistries {
        registries,
        ..FoundRegistries::default()
    });
    let loaded = load_str("import.yaml", &import.spec, date(2026, 11, 29))
        .unwrap_or_else(|invalid| panic!("{recording}: {:?}\n{}", invalid.diagnostics, import.spec));
    let reading = (live.id.clone(), Ok(Reading::of(live)));
    let live = Live {
        registries: BTreeMap::from([reading]),
        ..Live::default()
    };
    let plan = diff(&loaded.spec, &live, &Policy::default());
    let [registry] = &plan.registries[..] else {
        panic!("{recording}: {}", import.spec)
    };
    let quiet =
        registry.changes.is_empty() && registry.refusals.is_empty() && registry.unseen.is_empty();
    assert!(quiet, "{recording}: {registry:#?}\n{}", import.spec);
}

#[test]
fn every_recorded_subnet_is_parsed_as_its_json_says() {
    let Some(recordings) = recordings() else { return };
    let mut read = 0;
    for recording in &recordings {
        for (version, answer) in answers(recording) {
            let mut found = Vec::new();
            find(
                answer,
                &is("Microsoft.Network/virtualNetworks/subnets"),
                &mut found,
            );
            for body in found {
                check_subnet(&recording.name, &version, body);
                read += 1;
            }
        }
    }
    assert!(read >= 110, "only {read} subnets were found in the recordings");
}

fn check_subnet(name: &str, version: &str, body: &Value) {
    let live = parse::subnet(version, text(&body["etag"]), body.clone())
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let services = body["properties"]["serviceEndpoints"]
        .as_array()
        .into_iter()
        .flatten();
    let has = services
        .map(|endpoint| &endpoint["service"])
        .any(|service| service == "Microsoft.ContainerRegistry");
    assert_eq!(live.has_endpoint || live.endpoint_pending, has, "{name}");
    assert_eq!(live.body.to_string(), body.to_string(), "{name}");
    // The body of a PUT differs by the endpoint and by the keys that only Azure sets.
    let put = subnet_with_endpoint(body);
    assert!(lists_endpoint(&put));
    for (key, value) in body["properties"].as_object().unwrap() {
        if !CHANGED_BY_A_PUT.contains(&key.as_str()) {
            assert_eq!(&put["properties"][key], value, "{name}: {key}");
        }
    }
}

/// The list that gets the endpoint, the list with read-only parts, and the keys that only Azure sets.
const CHANGED_BY_A_PUT: [&str; 8] = [
    "serviceEndpoints",
    "delegations",
    "provisioningState",
    "ipConfigurations",
    "privateEndpoints",
    "resourceNavigationLinks",
    "serviceAssociationLinks",
    "purpose",
];

#[test]
fn every_recorded_error_yields_code_and_message() {
    let Some(recordings) = recordings() else { return };
    let mut read = 0;
    for recording in &recordings {
        for interaction in recording.json["interactions"].as_array().unwrap() {
            let body = &interaction["response_body"];
            if interaction["status"].as_u64().is_none_or(|status| status < 400) || !body.is_object() {
                continue;
            }
            let fault = ErrorBody::parse(body).unwrap_or_else(|| panic!("{}: {body}", recording.name));
            let error = if body["error"].is_object() {
                &body["error"]
            } else {
                body
            };
            assert_eq!(fault.code, error["code"], "{}", recording.name);
            assert_eq!(fault.message, error["message"], "{}", recording.name);
            read += 1;
        }
    }
    assert!(read >= 15, "only {read} errors were found in the recordings");
}

/// A Premium registry of 2026 with all of its fields, in their order (recorded: azure-cli
/// test_acr_with_dual_stack_endpoints, 2026-09-10, at 2026-09-01-preview; names and times are ours).
const PREMIUM_2026: &str = r#"{"sku":{"name":"Premium","tier":"Premium"},"type":"Microsoft.ContainerRegistry/registries","id":"/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso","name":"contoso","location":"eastus","tags":{},"systemData":{"createdBy":"test@example.com","createdByType":"User","createdAt":"2026-09-10T06:48:16.1242114+00:00","lastModifiedBy":"test@example.com","lastModifiedByType":"User","lastModifiedAt":"2026-09-10T06:48:16.1242114+00:00"},"properties":{"loginServer":"contoso.azurecr.io","creationDate":"2026-09-10T06:48:16.1242114Z","provisioningState":"Succeeded","adminUserEnabled":false,"networkRuleSet":{"defaultAction":"Allow","virtualNetworkRules":[],"ipRules":[]},"policies":{"quarantinePolicy":{"status":"disabled"},"trustPolicy":{"type":"Notary","status":"disabled"},"retentionPolicy":{"days":7,"lastUpdatedTime":"2026-09-10T06:48:23.3026245+00:00","status":"disabled"},"exportPolicy":{"status":"enabled"},"azureADAuthenticationAsArmPolicy":{"status":"enabled"},"softDeletePolicy":{"retentionDays":7,"lastUpdatedTime":"2026-09-10T06:48:23.3026626+00:00","status":"disabled"}},"encryption":{"status":"disabled"},"dataEndpointEnabled":false,"regionalEndpoints":"Disabled","dataEndpointHostNames":[],"regionalEndpointHostNames":[],"endpointProtocol":"IPv4","privateEndpointConnections":[],"publicNetworkAccess":"Enabled","networkRuleBypassOptions":"AzureServices","networkRuleBypassAllowedForTasks":false,"zoneRedundancy":"Disabled","anonymousPullEnabled":false,"metadataSearch":"Disabled","roleAssignmentMode":"LegacyRegistryPermissions","autoGeneratedDomainNameLabelScope":"Unsecure","writableCacheRepos":"Disabled"}}"#;

#[test]
fn registry_of_2026_has_all_fields() {
    let body: Value = serde_json::from_str(PREMIUM_2026).unwrap();
    let live = parse::registry("2026-09-01-preview", body.clone()).unwrap();
    check_registry(&live, &body);
    let subnets = live.settings.rules(Setting::VirtualNetworkRules);
    assert!(subnets.unwrap().is_empty());
    let tasks = Setting::NetworkRuleBypassAllowedForTasks;
    assert_eq!(live.settings.flag(tasks), Some(false));
}

#[test]
fn fields_missing_in_older_versions_are_none() {
    let subnet =
        "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/a";
    let cases = [
        // recorded: azure-powershell TestCreateWithNetworkRuleSet, 2020-10: no public access setting, no bypass
        (
            "2019-05-01",
            json!({"networkRuleSet": {"defaultAction": "Allow", "virtualNetworkRules": [{"id": subnet, "action": "Allow"}], "ipRules": [{"action": "Allow", "value": "23.45.1.0/24"}]}}),
            (None, Some(SubnetIdKey::Id)),
        ),
        // recorded: azure-cli test_acr_network_rule, 2022-06, at 2021-08-01-preview
        (
            "2021-08-01-preview",
            json!({"publicNetworkAccess": "Enabled", "networkRuleSet": {"defaultAction": "Deny", "virtualNetworkRules": [{"action": "Allow", "id": subnet}], "ipRules": []}}),
            (Some("Enabled"), Some(SubnetIdKey::Id)),
        ),
        // The same registry at 2022-02-01-preview: the rule exists and is not shown.
        (
            "2022-02-01-preview",
            json!({"publicNetworkAccess": "Enabled", "networkRuleSet": {"defaultAction": "Deny", "ipRules": []}}),
            (Some("Enabled"), None),
        ),
    ];
    for (version, properties, (access, key)) in cases {
        let mut body: Value = serde_json::from_str(PREMIUM_2026).unwrap();
        let base = json!({"loginServer": "contoso.azurecr.io", "provisioningState": "Succeeded"});
        body["properties"] = base;
        for (name, value) in properties.as_object().unwrap() {
            body["properties"][name] = value.clone();
        }
        body.as_object_mut().unwrap().remove("systemData");
        let live = parse::registry(version, body.clone()).unwrap();
        check_registry(&live, &body);
        assert_eq!(live.settings.word(Setting::PublicNetworkAccess), access);
        let rules = live.settings.rules(Setting::VirtualNetworkRules);
        let found = SubnetIdKey::shown(rules.unwrap_or_default());
        assert_eq!(found, key, "{version}");
    }
}
