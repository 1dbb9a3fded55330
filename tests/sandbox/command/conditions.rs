//! Flags for conditions of a cloud: permissions, locks, policies, load, and disputed behaviour.

use reqwest::{Client, Method};
use ringfence::model::{RegistryId, SubnetId};
use ringfence::sandbox::State;
use rustix::process::Signal;
use serde_json::{Value, json};

use super::sandbox_process::{Process, command};

const SUB: &str = "/subscriptions/00000000-0000-0000-0000-000000000001";
const NEWEST: &str = "2026-09-01-preview";
const DISPUTED: &str = "2021-08-01-preview";
const NETWORK: &str = "2024-07-01";

fn registry(name: &str) -> String {
    format!("{SUB}/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/{name}")
}

fn subnet() -> String {
    format!("{SUB}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/build")
}

/// Two registries, one with a subnet rule, and a subnet with the endpoint.
fn seed() -> State {
    let subnet = SubnetId::parse(&subnet()).unwrap();
    let ids = ["contoso", "fabrikam"].map(|name| RegistryId::parse(&registry(name)).unwrap());
    let mut state = State::empty().with_all(&ids, []).with_endpoint(&subnet);
    let rule = json!({"action": "Allow", "virtualNetworkSubnetResourceId": subnet.as_str()});
    for resource in &mut state.resources {
        if resource["name"] == "contoso" {
            resource["properties"]["networkRuleSet"]["virtualNetworkRules"] = json!([rule]);
        }
    }
    state
}

/// A sandbox with the seed, a client and a token.
struct Lab {
    process: Process,
    client: Client,
    token: String,
}

impl Lab {
    async fn start(conditions: &Value, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        seed().save(&folder.path().join("seed.json")).unwrap();
        std::fs::write(folder.path().join("conditions.json"), conditions.to_string()).unwrap();
        let words = ["--seed", "seed.json", "--conditions", "conditions.json"];
        let process = Process::start_in(folder, &[&words, flags].concat());
        let client = process.client();
        let token = process.token(&client).await;
        Self {
            process,
            client,
            token,
        }
    }

    /// The status and the body, as text.
    async fn send(&self, method: Method, path: &str, version: &str, body: &Value) -> (u16, String) {
        let url = format!("{}{path}?api-version={version}", self.process.text("arm"));
        let request = self.client.request(method, url).bearer_auth(&self.token);
        let reply = request.json(body).send().await.unwrap();
        (reply.status().as_u16(), reply.text().await.unwrap())
    }

    fn end(self) {
        assert_eq!(self.process.end(Signal::TERM).0, Some(0));
    }
}

/// A condition, the request that it changes, and the answers without and with it: status and a part of the body.
type Row = (
    Value,
    Method,
    String,
    &'static str,
    Value,
    [(u16, &'static str); 2],
);

fn set(set: Value) -> Value {
    json!({"properties": {"networkRuleSet": set}})
}

fn ip(value: &str) -> Value {
    json!({"action": "Allow", "value": value})
}

fn rows() -> Vec<Row> {
    let (contoso, fabrikam) = (registry("contoso"), registry("fabrikam"));
    let (put, patch) = (Method::PUT, Method::PATCH);
    let list = contoso.rsplit_once('/').unwrap().0.to_owned();
    let made = json!({"location": "eastus", "sku": {"name": "Premium"}});
    let open = json!({"properties": {"publicNetworkAccess": "Enabled"}});
    let rule = |key: &str| set(json!({"virtualNetworkRules": [{"action": "Allow", key: subnet()}]}));
    let policy = |effect: &str| json!({"policies": [{"effect": effect, "scope": SUB}]});
    let write = "Microsoft.ContainerRegistry/registries/write";
    vec![
        (
            json!({"creation": "operation"}),
            put,
            registry("newcomer"),
            NEWEST,
            made,
            [(200, "Succeeded"), (201, "Creating")],
        ),
        (
            json!({"deletion": "operation"}),
            Method::DELETE,
            fabrikam.clone(),
            NEWEST,
            json!({}),
            [(200, ""), (202, "")],
        ),
        (
            json!({"denied": [{"action": write, "scope": fabrikam}]}),
            patch.clone(),
            fabrikam.clone(),
            NEWEST,
            open.clone(),
            [(200, "Enabled"), (403, "AuthorizationFailed")],
        ),
        (
            json!({"deniedJoins": [subnet()]}),
            patch.clone(),
            fabrikam.clone(),
            NEWEST,
            rule("virtualNetworkSubnetResourceId"),
            [(200, "build"), (403, "LinkedAuthorizationFailed")],
        ),
        (
            policy("deny-public-access"),
            patch.clone(),
            fabrikam.clone(),
            NEWEST,
            open.clone(),
            [(200, "Enabled"), (403, "RequestDisallowedByPolicy")],
        ),
        (
            policy("deny-unrestricted-access"),
            patch.clone(),
            fabrikam.clone(),
            NEWEST,
            set(json!({"defaultAction": "Allow"})),
            [(200, "Allow"), (403, "RequestDisallowedByPolicy")],
        ),
        (
            policy("disable-public-access"),
            patch.clone(),
            fabrikam.clone(),
            NEWEST,
            open,
            [
                (200, "\"publicNetworkAccess\":\"Enabled\""),
                (200, "\"publicNetworkAccess\":\"Disabled\""),
            ],
        ),
        (
            json!({"pageSize": 1}),
            Method::GET,
            list,
            NEWEST,
            json!({}),
            [(200, "fabrikam"), (200, "nextLink")],
        ),
        (
            json!({"ipRuleLimit": 1}),
            patch.clone(),
            fabrikam.clone(),
            NEWEST,
            set(json!({"ipRules": [ip("8.8.8.8"), ip("9.9.9.9")]})),
            [(200, "9.9.9.9"), (400, "")],
        ),
        (
            json!({"privateIpRules": true}),
            patch.clone(),
            fabrikam.clone(),
            NEWEST,
            set(json!({"ipRules": [ip("10.0.0.0/8")]})),
            [(400, ""), (200, "10.0.0.0/8")],
        ),
        (
            json!({"eitherSubnetKey": true}),
            patch.clone(),
            fabrikam,
            NEWEST,
            rule("id"),
            [(501, ""), (200, "build")],
        ),
        (
            json!({"rewrittenRules": true}),
            patch.clone(),
            contoso.clone(),
            NEWEST,
            set(json!({"ipRules": [ip("8.8.8.8/32")]})),
            [(200, "\"8.8.8.8/32\""), (200, "\"8.8.8.8\"")],
        ),
        (
            json!({"rewrittenRules": true}),
            Method::GET,
            contoso.clone(),
            NEWEST,
            json!({}),
            [
                (200, "/resourceGroups/rg/providers/Microsoft.Network/"),
                (200, "/resourcegroups/rg/providers/microsoft.network/"),
            ],
        ),
        (
            json!({"omittedListsClear": true}),
            patch,
            contoso,
            NEWEST,
            set(json!({"ipRules": [ip("8.8.8.8")]})),
            [(200, "build"), (200, "\"virtualNetworkRules\":[]")],
        ),
    ]
}

#[tokio::test]
async fn each_condition_has_its_effect() {
    for (conditions, method, path, version, body, want) in rows() {
        for (conditions, (status, part)) in [json!({}), conditions].iter().zip(want) {
            let lab = Lab::start(conditions, &[]).await;
            let (answered, text) = lab.send(method.clone(), &path, version, &body).await;
            assert_eq!(answered, status, "{conditions}: {text}");
            assert!(text.contains(part), "{conditions}: {text}");
            lab.end();
        }
    }
}

/// The second write comes while the first operation runs. With an operation time near zero the first has ended.
#[tokio::test]
async fn busy_network_refuses_for_the_configured_time() {
    let rows = [
        (json!({}), 409, "AnotherOperationInProgress"),
        (json!({"busyNetwork": "retryable"}), 429, "RetryableError"),
        (json!({"operationTime": "1ns"}), 200, "build"),
    ];
    for (conditions, status, part) in rows {
        let lab = Lab::start(&conditions, &["--polls", "1000"]).await;
        let (_, body) = lab.send(Method::GET, &subnet(), NETWORK, &json!({})).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        lab.send(Method::PUT, &subnet(), NETWORK, &body).await;
        let body = json!({"properties": {"addressPrefix": body["properties"]["addressPrefix"]}});
        let (answered, text) = lab.send(Method::PUT, &subnet(), NETWORK, &body).await;
        assert_eq!(answered, status, "{conditions}: {text}");
        assert!(text.contains(part), "{conditions}: {text}");
        lab.end();
    }
}

#[tokio::test]
async fn flags_set_the_disputed_key_and_token_lifetime() {
    for key in ["id", "virtualNetworkSubnetResourceId"] {
        let lab = Lab::start(
            &json!({}),
            &["--legacy-subnet-key", key, "--token-lifetime", "90s"],
        )
        .await;
        let (status, text) = lab
            .send(Method::GET, &registry("contoso"), DISPUTED, &json!({}))
            .await;
        let body: Value = serde_json::from_str(&text).unwrap();
        let rule = &body["properties"]["networkRuleSet"]["virtualNetworkRules"][0];
        assert_eq!(
            (status, rule[key].as_str()),
            (200, Some(subnet().as_str())),
            "{text}"
        );
        assert_eq!(lab.process.grant(&lab.client).await["expires_in"], 90);
        lab.end();
    }
    let folder = tempfile::tempdir().unwrap();
    for words in [["--legacy-subnet-key", "name"], ["--token-lifetime", "500ms"]] {
        let refused = command(folder.path(), &words).output().unwrap();
        assert_eq!(refused.status.code(), Some(64), "{words:?}");
    }
}

#[test]
fn invalid_conditions_are_reported_with_their_position() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.json"), "{\n\"busy\": true}").unwrap();
    for (file, part) in [
        ("bad.json", "unknown field `busy`, expected one of `creation`"),
        ("no.json", "could not be read"),
    ] {
        let refused = command(folder.path(), &["--conditions", file]).output().unwrap();
        let text = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{text}");
        assert!(text.contains(part) && text.contains("help: "), "{text}");
    }
}

/// Any command with `--sandbox` accepts the same flag.
#[test]
fn conditions_apply_to_ringfence_itself() {
    let folder = tempfile::tempdir().unwrap();
    let spec = format!(
        "version: 1\nregistries:\n  - id: {}\n    defaultAction: Deny\n",
        registry("contoso")
    );
    std::fs::write(folder.path().join("spec.yaml"), spec).unwrap();
    let write = "Microsoft.ContainerRegistry/registries/write";
    let conditions = json!({"denied": [{"action": write, "scope": SUB}]});
    std::fs::write(folder.path().join("conditions.json"), conditions.to_string()).unwrap();
    let mut apply = std::process::Command::new(env!("CARGO_BIN_EXE_ringfence"));
    apply
        .env_clear()
        .env("HOME", folder.path())
        .current_dir(folder.path());
    apply.args(["apply", "spec.yaml", "--yes", "--override", "last-rule"]);
    apply.args(["--sandbox", "--conditions", "conditions.json"]);
    let output = apply.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("AuthorizationFailed"), "{text}");
}

/// No source says if Azure keeps `/32` and the case of ids, so neither may cause a change.
#[test]
fn plan_stays_empty_for_reformatted_rules() {
    let folder = tempfile::tempdir().unwrap();
    seed().save(&folder.path().join("state.json")).unwrap();
    std::fs::write(
        folder.path().join("conditions.json"),
        "{\"rewrittenRules\": true}",
    )
    .unwrap();
    let spec = |more: &str| {
        let text = format!(
            "version: 1\nregistries:\n  - id: {}\n    defaultAction: Deny\n    ipRules: [203.0.113.7/32{more}]\n    subnets: [{}]\n",
            registry("contoso"),
            subnet()
        );
        std::fs::write(folder.path().join("spec.yaml"), text).unwrap();
    };
    let run = |words: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ringfence"));
        command
            .env_clear()
            .env("HOME", folder.path())
            .current_dir(folder.path());
        command.args(words).args(["spec.yaml", "--sandbox=state.json"]);
        let output = command
            .args(["--conditions", "conditions.json"])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), text)
    };
    for more in ["", ", 198.51.100.9/32"] {
        spec(more);
        for (words, code) in [
            (&["plan", "--detailed-exitcode"][..], 2),
            (&["apply", "--yes"], 0),
            (&["plan", "--detailed-exitcode"], 0),
            (&["audit"], 0),
            (&["apply", "--yes"], 0),
        ] {
            let (found, text) = run(words);
            assert_eq!(found, Some(code), "{words:?} {more}: {text}");
        }
    }
    let state = std::fs::read_to_string(folder.path().join("state.json")).unwrap();
    assert_eq!(state.matches("203.0.113.7").count(), 1, "{state}");
}
