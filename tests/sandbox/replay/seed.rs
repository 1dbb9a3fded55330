//! The state before the first request of a recording, derived from its answers.
//!
//! - A resource existed if it answers before the recording creates it. It is seeded as its first answer shows it, and
//!   before a PATCH without the rules that the PATCH sends.
//! - A resource also existed if a child answers, or if it refuses a change for another reason than that it is missing.
//!   It is seeded as a later answer shows it, else as a plain Premium registry.
//! - A subnet had the service endpoint if a registry accepts a rule for it.
//! - A resource group existed unless an answer says that it is missing.
//! - A provider was registered unless its first answer says otherwise.
//! - A permission was missing, a lock existed or a subnet was in use if an error says so.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use ringfence::sandbox::{State, Subscription};
use serde_json::{Value, json};

use super::recording::Interaction;
use super::scope::{self, Scope};
use super::shown::{bare, bare_at, before, quoted, shown};

const TENANT: &str = "11111111-1111-4111-8111-111111111111";
const REGISTRY: &str = "Microsoft.ContainerRegistry";
const NETWORK: &str = "Microsoft.Network";

/// The state before the first request.
pub(crate) fn state(interactions: &[Interaction]) -> State {
    let mut seed = Seed {
        shown: shown(interactions),
        ..Seed::default()
    };
    for interaction in interactions
        .iter()
        .filter(|known| matches!(scope::of(known), Scope::Served))
    {
        seed.look_at(interaction);
    }
    State {
        subscriptions: seed.subscriptions,
        resources: seed.resources,
    }
}

#[derive(Default)]
struct Seed {
    shown: BTreeMap<String, Value>,
    subscriptions: Vec<Subscription>,
    resources: Vec<Value>,
    /// Ids in lower case that are seeded, or that the recording makes itself.
    known: BTreeSet<String>,
    /// Namespaces whose first answer has been seen, by subscription.
    asked: BTreeSet<String>,
}

impl Seed {
    fn look_at(&mut self, interaction: &Interaction) {
        let segments = interaction.segments();
        let Some(subscription) = segments
            .get(1)
            .filter(|_| segments[0].eq_ignore_ascii_case("subscriptions"))
        else {
            return;
        };
        self.subscription(subscription);
        self.provider(interaction, &segments);
        self.group(interaction, &segments);
        self.error(interaction);
        self.parent(interaction, &segments);
        if interaction.succeeded() {
            self.resource(interaction);
            self.rules(interaction);
        }
    }

    /// Seeds the registry or network of a request, unless the recording creates it.
    fn parent(&mut self, interaction: &Interaction, segments: &[&str]) {
        let missing =
            interaction.status == 404 || interaction.status == 403 || interaction.status == 409;
        let creates = interaction.method == Method::PUT && segments.len() == 8;
        let direct = segments.len() == 8 && interaction.succeeded();
        if segments.len() < 8 || missing || creates || direct {
            return;
        }
        let path = format!("/{}", segments[..8].join("/"));
        let key = path.to_ascii_lowercase();
        if !segments[2].eq_ignore_ascii_case("resourceGroups") || !self.known.insert(key.clone()) {
            return;
        }
        let plain = || {
            let kind = format!("{}/{}", segments[5], segments[6]);
            bare_at(&path, &kind, segments[7], "eastus")
        };
        let network = segments[5].eq_ignore_ascii_case(NETWORK);
        match self.shown.get(&key).cloned() {
            Some(shown) => self.resources.push(shown),
            // Seeding a subnet adds its network.
            None if network => {}
            None => self.resources.push(plain()),
        }
        let entries = interaction.response["value"].as_array().filter(|_| network);
        for subnet in entries.into_iter().flatten() {
            let id = subnet["id"].as_str().unwrap_or_default();
            if self.known.insert(id.to_ascii_lowercase()) {
                self.resources.push(subnet.clone());
            }
        }
    }

    /// Subnets of a registry's rules, with the endpoint.
    fn rules(&mut self, interaction: &Interaction) {
        let rules = &interaction.response["properties"]["networkRuleSet"]["virtualNetworkRules"];
        for rule in rules.as_array().into_iter().flatten() {
            let id = rule["virtualNetworkSubnetResourceId"]
                .as_str()
                .or(rule["id"].as_str())
                .unwrap_or_default();
            let Some((network, name)) = id.split_once("/subnets/") else {
                continue;
            };
            if self.known.contains(&network.to_ascii_lowercase())
                || !self.known.insert(id.to_ascii_lowercase())
            {
                continue;
            }
            if let Some(subscription) = id.split('/').nth(2) {
                self.subscription(subscription);
            }
            self.resources.push(json!({
                "id": id, "name": name, "type": "Microsoft.Network/virtualNetworks/subnets",
                "properties": {"addressPrefix": "10.0.0.0/24", "provisioningState": "Succeeded", "serviceEndpoints": [
                    {"provisioningState": "Succeeded", "service": REGISTRY, "locations": ["*"]},
                ]},
            }));
        }
    }

    fn subscription(&mut self, id: &str) -> &mut Subscription {
        let at = self
            .subscriptions
            .iter()
            .position(|known| known.id.eq_ignore_ascii_case(id));
        let at = at.unwrap_or_else(|| {
            let registered = vec![REGISTRY.to_owned(), NETWORK.to_owned()];
            self.subscriptions.push(Subscription {
                id: id.to_owned(),
                tenant: TENANT.to_owned(),
                registered,
            });
            self.subscriptions.len() - 1
        });
        &mut self.subscriptions[at]
    }

    /// Seeds the registration that `GET`, `POST …/register` or the error of an unregistered subscription shows.
    fn provider(&mut self, interaction: &Interaction, segments: &[&str]) {
        let missing = interaction.error().0 == "MissingSubscriptionRegistration";
        let namespace = match segments {
            [_, _, providers, namespace, ..] if providers.eq_ignore_ascii_case("providers") => {
                Some(*namespace)
            }
            _ if missing => quoted(interaction.error().1, "namespace '"),
            _ => None,
        };
        let Some(namespace) = namespace.filter(|_| missing || segments.len() <= 5) else {
            return;
        };
        if !self
            .asked
            .insert(format!("{}/{namespace}", segments[1]).to_ascii_lowercase())
        {
            return;
        }
        let state = interaction.response["registrationState"]
            .as_str()
            .unwrap_or_default();
        let unregistered = ["NotRegistered", "Unregistered", "Registering"].contains(&state);
        if missing || unregistered {
            let subscription = self.subscription(segments[1]);
            subscription
                .registered
                .retain(|known| !known.eq_ignore_ascii_case(namespace));
        }
    }

    fn group(&mut self, interaction: &Interaction, segments: &[&str]) {
        let [_, subscription, groups, name, rest @ ..] = segments else {
            return;
        };
        if !groups.eq_ignore_ascii_case("resourceGroups")
            || interaction.error().0 == "ResourceGroupNotFound"
        {
            return;
        }
        let id = format!("/subscriptions/{subscription}/resourceGroups/{name}");
        let shown = self.shown.get(&id.to_ascii_lowercase()).cloned();
        let makes = rest.is_empty() && interaction.method == Method::PUT && interaction.status == 201;
        if !self.known.insert(id.to_ascii_lowercase())
            || makes
            || interaction.status == 404 && rest.is_empty()
        {
            return;
        }
        if let Some(shown) = shown {
            return self.resources.push(shown);
        }
        if rest.is_empty() && interaction.response["location"].is_string() {
            return self.resources.push(interaction.response.clone());
        }
        let location = interaction.response["location"].as_str().unwrap_or("eastus");
        self.resources.push(json!({
            "id": id, "name": name, "type": "Microsoft.Resources/resourceGroups", "location": location,
            "properties": {"provisioningState": "Succeeded"},
        }));
    }

    fn resource(&mut self, interaction: &Interaction) {
        let segments = interaction.segments();
        // A registry or network, or one of its replications or subnets: an even number after `providers`.
        let typed = segments.len() >= 8 && segments.len().is_multiple_of(2);
        let at_group = segments
            .get(2)
            .is_some_and(|part| part.eq_ignore_ascii_case("resourceGroups"));
        let child = segments.get(8).map(|child| child.to_ascii_lowercase());
        let kept = matches!(child.as_deref(), None | Some("subnets" | "replications"));
        self.children_of(interaction);
        if !typed || !at_group || !kept || !self.known.insert(interaction.key()) {
            return;
        }
        let network = segments[5].eq_ignore_ascii_case(NETWORK);
        let creates = interaction.method == Method::PUT && (interaction.status == 201 || !network);
        if creates {
            return;
        }
        let resource = if interaction.response["id"].is_string() {
            before(interaction)
        } else {
            bare(interaction)
        };
        self.resources.push(resource);
    }

    /// Marks the subnets that come and go with their network as known.
    fn children_of(&mut self, interaction: &Interaction) {
        for subnet in interaction.response["properties"]["subnets"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let id = subnet["id"].as_str().unwrap_or_default();
            self.known.insert(id.to_ascii_lowercase());
        }
    }

    /// Seeds subnets in use and locks that an error names.
    fn error(&mut self, interaction: &Interaction) {
        let (code, message) = interaction.error();
        let path = interaction.url.path();
        if code == "InUseSubnetCannotBeDeleted" {
            let mut words = message.split(' ');
            let (name, user) = (words.nth(1).unwrap_or_default(), words.nth(4).unwrap_or_default());
            let network = path.split("/subnets/").next().unwrap_or(path);
            let subnet = json!({
                "id": format!("{network}/subnets/{name}"), "name": name,
                "type": "Microsoft.Network/virtualNetworks/subnets",
                "properties": {"addressPrefix": "10.0.0.0/24", "ipConfigurations": [{"id": user}]},
            });
            self.known.insert(network.to_ascii_lowercase());
            self.resources.push(subnet);
        }
        if code == "ScopeLocked" {
            let locked = quoted(message, "are locked: '").unwrap_or(path);
            let level = if interaction.method == Method::DELETE {
                "CanNotDelete"
            } else {
                "ReadOnly"
            };
            self.resources.push(json!({
                "id": format!("{locked}/providers/Microsoft.Authorization/locks/recorded"), "name": "recorded",
                "type": "Microsoft.Authorization/locks", "properties": {"level": level},
            }));
        }
    }
}
