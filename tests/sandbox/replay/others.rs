//! Changes that other clients or services made during a recording.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use super::player::Player;
use super::recording::Interaction;

impl Player {
    /// Returns true if the recording has written a resource, its parent or its child.
    fn is_written(&self, key: &str) -> bool {
        let related = |known: &String| {
            let below = |one: &str, other: &str| {
                one.strip_prefix(other)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            below(known, key) || below(key, known)
        };
        self.written.iter().any(related)
    }

    /// Adds resources that other clients or services made meanwhile: those that the recording only reads, entries of
    /// lists, and private endpoint connections.
    pub(super) async fn inject(&mut self, interaction: &Interaction) {
        if !interaction.succeeded() {
            return;
        }
        let none = Vec::new();
        let entries = interaction.response["value"].as_array().unwrap_or(&none);
        if interaction.key().contains("/privateendpointconnections") {
            return self.inject_connections(interaction, entries).await;
        }
        if interaction.method != Method::GET {
            return;
        }
        let kept = ["/registries/", "/virtualnetworks/"]
            .iter()
            .any(|part| interaction.key().contains(part));
        if kept && interaction.response["id"].is_string() && !self.is_written(&interaction.key()) {
            drop(self.arm.sandbox.put(interaction.response.clone()));
        }
        if interaction.key().ends_with("/replications") {
            for entry in entries
                .iter()
                .filter(|entry| !self.written.contains(&key_of(&entry["id"])))
            {
                drop(self.arm.sandbox.put(entry.clone()));
            }
        }
        let whole = ["/registries", "/virtualnetworks", "/resources"]
            .iter()
            .any(|end| interaction.key().ends_with(end));
        if !whole {
            return;
        }
        let shown: BTreeSet<String> = entries.iter().map(|entry| key_of(&entry["id"])).collect();
        for gone in self
            .injected
            .iter()
            .filter(|id| !shown.contains(*id) && same_kind(id, interaction))
        {
            self.arm.sandbox.remove(gone);
        }
        for entry in entries
            .iter()
            .filter(|entry| !self.own.contains(&key_of(&entry["id"])))
        {
            if self.arm.sandbox.put(entry.clone()).is_ok() {
                self.injected.insert(key_of(&entry["id"]));
            }
        }
    }

    /// Adds the connection that a private endpoint makes in the registry. The sandbox does not serve private endpoints.
    async fn inject_connections(&mut self, interaction: &Interaction, entries: &[Value]) {
        let path = interaction.url.path();
        let at = interaction
            .key()
            .find("/privateendpointconnections")
            .unwrap_or(path.len());
        let one =
            (path.len() > at + "/privateendpointconnections".len()).then(|| before_change(interaction));
        let path = format!("{}?api-version=2026-09-01-preview", &path[..at]);
        let mut registry = self.arm.send(Method::GET, &path, None, &[]).await.body;
        let mut known = registry["properties"]["privateEndpointConnections"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let before = known.len();
        for entry in entries.iter().chain(&one) {
            if !known
                .iter()
                .any(|connection| key_of(&connection["id"]) == key_of(&entry["id"]))
            {
                known.push(entry.clone());
            }
        }
        if known.len() > before && registry["id"].is_string() {
            registry["properties"]["privateEndpointConnections"] = json!(known);
            drop(self.arm.sandbox.put(registry));
        }
    }
}

/// Returns a private endpoint connection as it was before the request, in a final state.
fn before_change(interaction: &Interaction) -> Value {
    let path = interaction.url.path();
    let mut connection = interaction.response.clone();
    if !connection["id"].is_string() {
        let name = path.rsplit('/').next().unwrap_or_default();
        connection = json!({
            "id": path, "name": name, "type": "Microsoft.ContainerRegistry/registries/privateEndpointConnections",
            "properties": {"privateLinkServiceConnectionState": {"status": "Approved"}},
        });
    }
    connection["properties"]["provisioningState"] = "Succeeded".into();
    if let Some(connection) = connection
        .as_object_mut()
        .filter(|_| interaction.method != Method::GET)
    {
        connection.shift_remove("systemData");
    }
    connection
}

fn key_of(id: &Value) -> String {
    id.as_str().unwrap_or_default().to_ascii_lowercase()
}

/// Returns true if a resource could be in the requested list.
fn same_kind(id: &str, list: &Interaction) -> bool {
    let last = list.key().rsplit('/').next().unwrap_or_default().to_owned();
    last == "resources" || id.contains(&format!("/{last}/"))
}
