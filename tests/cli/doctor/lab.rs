//! A registry in a sandbox, and a machine that wants to reach it.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use ringfence::sandbox::{Denial, Options, Sandbox, start};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::dns_server::{self, Says};
use super::servers::{Impostor, blackhole};
use crate::azure_bodies::{SUBSCRIPTION, premium_registry};
use crate::suggestions::check_suggestions;

/// The address that the registry sees.
pub(super) const OWN: &str = "198.51.100.7";

/// A subscription without the provider of registries.
pub(super) const OTHER_SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000002";

pub(super) const HOST: &str = "contoso.azurecr.io";

/// A registry and a machine. Everything is in order until a test breaks it.
pub(super) struct Lab {
    runtime: Runtime,
    folder: TempDir,
    pub(super) registry: Value,
    others: Vec<Value>,
    registered: Vec<&'static str>,
    pub(super) client_ip: &'static str,
    asked: String,
    flags: Vec<String>,
    variables: Vec<(String, String)>,
    further_cas: String,
    /// False if there is no credential.
    signs_in: bool,
    denied: Vec<Denial>,
    sandbox: Option<Sandbox>,
}

/// The end of a run.
pub(super) struct Seen {
    pub(super) code: i32,
    pub(super) document: Value,
    pub(super) stderr: String,
}

impl Lab {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir_all(folder.path().join("bin")).expect("a folder");
        Self {
            runtime: Runtime::new().expect("a runtime"),
            folder,
            registry: premium_registry("contoso"),
            others: Vec::new(),
            registered: vec!["Microsoft.ContainerRegistry", "Microsoft.Network"],
            client_ip: OWN,
            asked: "contoso".to_owned(),
            flags: Vec::new(),
            variables: Vec::new(),
            further_cas: String::new(),
            signs_in: true,
            denied: Vec::new(),
            sandbox: None,
        }
    }

    /// Sets properties of the registry.
    pub(super) fn set(&mut self, properties: &Value) -> &mut Self {
        for (key, value) in properties.as_object().expect("properties") {
            self.registry["properties"][key] = value.clone();
        }
        self
    }

    /// Lets only these addresses in.
    pub(super) fn deny(&mut self, admitted: &[&str]) -> &mut Self {
        let mut rules = Vec::new();
        for value in admitted {
            rules.push(json!({"action": "Allow", "value": value}));
        }
        self.registry["properties"]["networkRuleSet"] =
            json!({"defaultAction": "Deny", "virtualNetworkRules": [], "ipRules": rules});
        self
    }

    /// Adds a rule for a subnet.
    pub(super) fn admit_subnet(&mut self, id: &str) -> &mut Self {
        let rules = &mut self.registry["properties"]["networkRuleSet"]["virtualNetworkRules"];
        let rules = rules.as_array_mut().expect("a list");
        rules.push(json!({"action": "Allow", "virtualNetworkSubnetResourceId": id}));
        self
    }

    /// Adds another resource.
    pub(super) fn resource(&mut self, resource: Value) -> &mut Self {
        self.others.push(resource);
        self
    }

    /// Takes the registration away from the subscription of the registry.
    pub(super) fn unregister(&mut self) -> &mut Self {
        self.registered = vec!["Microsoft.Network"];
        self
    }

    /// Takes a right from the account.
    pub(super) fn deny_action(&mut self, action: &str) -> &mut Self {
        self.denied.push(Denial {
            action: action.to_owned(),
            scope: format!("/subscriptions/{SUBSCRIPTION}"),
        });
        self
    }

    /// Adds a private endpoint connection in this state.
    pub(super) fn private_endpoint(&mut self, status: &str) -> &mut Self {
        let id = self.registry["id"].as_str().expect("an id").to_owned();
        self.registry["properties"]["privateEndpointConnections"] = json!([{
            "id": format!("{id}/privateEndpointConnections/one"),
            "name": "one",
            "type": "Microsoft.ContainerRegistry/registries/privateEndpointConnections",
            "properties": {
                "provisioningState": "Succeeded",
                "privateEndpoint": {"id": format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/one")},
                "privateLinkServiceConnectionState": {"status": status, "description": "", "actionsRequired": "None"}
            }
        }]);
        self
    }

    pub(super) fn seen_from(&mut self, address: &'static str) -> &mut Self {
        self.client_ip = address;
        self
    }

    pub(super) fn ask(&mut self, name: &str) -> &mut Self {
        self.asked = name.to_owned();
        self
    }

    pub(super) fn flag(&mut self, flag: &str, value: &str) -> &mut Self {
        self.flags.extend([flag.to_owned(), value.to_owned()]);
        self
    }

    pub(super) fn flags(&mut self, flags: &[&str]) -> &mut Self {
        self.flags.extend(flags.iter().map(|flag| (*flag).to_owned()));
        self
    }

    pub(super) fn variable(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Asks a DNS server that knows these names alone.
    pub(super) fn dns(&mut self, names: Vec<(&'static str, Says)>) -> &mut Self {
        let server = dns_server::start(names).to_string();
        self.flag("--dns-server", &server)
    }

    /// Resolves the login server to these addresses.
    pub(super) fn resolves_to(&mut self, addresses: &[&'static str]) -> &mut Self {
        self.dns(vec![(HOST, Says::addresses(addresses))])
    }

    pub(super) fn connect_to(&mut self, address: SocketAddr) -> &mut Self {
        self.flag("--connect-to", &address.to_string())
    }

    /// Puts a server in the place of the registry. Its CA is trusted, or not.
    pub(super) fn impostor(&mut self, impostor: &Impostor, trusted: bool) -> &mut Self {
        if trusted {
            self.trust(impostor);
        }
        self.connect_to(impostor.address)
    }

    /// Trusts the CA of a server.
    pub(super) fn trust(&mut self, impostor: &Impostor) {
        self.further_cas.push_str(&impostor.ca_pem);
    }

    /// Puts an address in the place of the registry that never answers.
    pub(super) fn blackhole(&mut self) -> &mut Self {
        let (address, _) = blackhole(&self.runtime);
        self.connect_to(address)
    }

    pub(super) fn without_credential(&mut self) -> &mut Self {
        self.signs_in = false;
        self
    }

    /// Puts a program on the path.
    pub(super) fn program(&mut self, name: &str, script: &str) -> &mut Self {
        let path = self.folder.path().join("bin").join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a file");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("it can be run");
        self
    }

    /// Writes a file below the home folder.
    pub(super) fn file(&mut self, name: &str, text: &str) -> &mut Self {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
        self
    }

    /// Starts the sandbox, and returns its address. The registry is as it was set until here.
    pub(super) fn start(&mut self) -> SocketAddr {
        if self.sandbox.is_none() {
            let subscription = json!({
                "id": SUBSCRIPTION, "tenant": "00000000-0000-0000-0000-00000000000f", "registered": self.registered,
            });
            let other = json!({
                "id": OTHER_SUBSCRIPTION, "tenant": "00000000-0000-0000-0000-00000000000f",
                "registered": ["Microsoft.Network"],
            });
            let mut resources = vec![self.registry.clone()];
            resources.append(&mut self.others);
            let state =
                json!({"subscriptions": [subscription, other], "resources": resources}).to_string();
            let file = self.folder.path().join("state.json");
            std::fs::write(&file, state).expect("a file");
            let mut options = Options {
                state_file: Some(file),
                client_ip: Some(self.client_ip.parse::<IpAddr>().expect("an address")),
                ..Options::default()
            };
            options.conditions.denied = std::mem::take(&mut self.denied);
            let sandbox = self.runtime.block_on(start(options)).expect("a sandbox");
            self.sandbox = Some(sandbox);
        }
        let ready = self.sandbox.as_ref().expect("it was started").ready();
        let (_, address) = ready.arm.split_once("://").expect("a URL");
        address.parse().expect("an address")
    }

    /// Runs `ringfence doctor`, and reads its JSON.
    pub(super) fn run(&mut self) -> Seen {
        let (code, stdout, stderr) = self.run_as("json");
        let document: Value =
            serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stdout}\n{stderr}"));
        check_suggestions(remedies_of(&document), true);
        check_signs(&document);
        Seen {
            code,
            document,
            stderr,
        }
    }

    /// Runs `ringfence doctor` with this format, and returns exit code, stdout and stderr.
    pub(super) fn run_as(&mut self, format: &str) -> (i32, String, String) {
        let asked = self.asked.clone();
        let mut words = vec!["doctor".to_owned(), asked, "-o".to_owned(), format.to_owned()];
        words.extend(self.flags.clone());
        self.run_words(&words)
    }

    /// Runs ringfence with these words, on the machine and against the sandbox of the lab.
    pub(super) fn run_words(&mut self, words: &[String]) -> (i32, String, String) {
        self.start();
        let ready = self.sandbox.as_ref().expect("it was started").ready();
        let ca_file = self.folder.path().join("ca.pem");
        std::fs::write(&ca_file, format!("{}{}", ready.ca_pem, self.further_cas)).expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
        command
            .env_clear()
            .env("HOME", self.folder.path())
            .env("PATH", self.folder.path().join("bin"))
            .env("RINGFENCE_ARM_ENDPOINT", &ready.arm)
            .env("RINGFENCE_CA_FILE", &ca_file)
            .current_dir(self.folder.path());
        if self.signs_in {
            command
                .env("RINGFENCE_AUTH", "client-secret")
                .env("AZURE_AUTHORITY_HOST", &ready.authority)
                .env("AZURE_TENANT_ID", &ready.tenant_id)
                .env("AZURE_CLIENT_ID", &ready.client_id)
                .env("AZURE_CLIENT_SECRET", &ready.client_secret);
        } else {
            command.env("RINGFENCE_AUTH", "azure-cli");
        }
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        let output = command.args(words).output().expect("the binary runs");
        (
            output.status.code().expect("it was not killed"),
            String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        )
    }
}

/// Every step that fails is named by a verdict, and every step that a verdict names fails.
pub(super) fn check_signs(document: &Value) {
    let (mut failing, mut named) = (BTreeSet::new(), BTreeSet::new());
    for step in document["ladder"].as_array().into_iter().flatten() {
        if step["status"] == "failed" {
            failing.insert(step["name"].to_string());
        }
    }
    for verdict in document["verdicts"].as_array().into_iter().flatten() {
        let steps = verdict["steps"].as_array().into_iter().flatten();
        named.extend(steps.map(Value::to_string));
    }
    assert_eq!(failing, named, "{document:#}");
}

/// Returns every remedy of a document.
pub(super) fn remedies_of(document: &Value) -> Vec<&str> {
    let mut remedies = Vec::new();
    for list in ["verdicts", "notes"] {
        for verdict in document[list].as_array().into_iter().flatten() {
            let own = verdict["remedies"].as_array().into_iter().flatten();
            remedies.extend(own.filter_map(Value::as_str));
        }
    }
    remedies
}

impl Seen {
    /// Returns the ids of the causes, or of the notes.
    pub(super) fn ids(&self, list: &str) -> Vec<String> {
        let mut ids = Vec::new();
        for verdict in self.document[list].as_array().into_iter().flatten() {
            ids.push(verdict["id"].as_str().expect("an id").to_owned());
        }
        ids
    }

    /// Returns the status of a step.
    pub(super) fn step(&self, name: &str) -> &str {
        let ladder = self.document["ladder"].as_array().expect("a ladder");
        let step = ladder.iter().find(|step| step["name"] == name).expect("the step");
        step["status"].as_str().expect("a status")
    }
}
