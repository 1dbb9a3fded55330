//! Preparation before the first interaction of a session.

use std::collections::BTreeSet;

use reqwest::Method;
use ringfence::sandbox::{Conditions, Denial, LegacySubnetKey};

use super::player::Player;
use super::recording::Interaction;
use super::shown::quoted;

const REGISTRY: &str = "Microsoft.ContainerRegistry";

/// Replays the registration of another provider as the registry's, which has the same format, unless the recording
/// registers the registry provider itself.
pub(super) fn with_own_provider(interactions: Vec<Interaction>) -> Vec<Interaction> {
    let namespace = |interaction: &Interaction| {
        let segments = interaction.segments();
        let at_subscription = segments
            .get(2)
            .is_some_and(|part| part.eq_ignore_ascii_case("providers"));
        segments
            .get(3)
            .filter(|_| at_subscription && segments.len() <= 5)
            .map(|name| (*name).to_owned())
    };
    let names: BTreeSet<String> = interactions.iter().filter_map(namespace).collect();
    let has_registry = interactions
        .iter()
        .any(|interaction| interaction.key().contains("microsoft.containerregistry"));
    let [name] = names.iter().collect::<Vec<_>>()[..] else {
        return interactions;
    };
    if has_registry || name.eq_ignore_ascii_case("Microsoft.Network") {
        return interactions;
    }
    let rename = |mut interaction: Interaction| {
        let url = interaction.url.as_str().replace(name, REGISTRY);
        if let Ok(url) = url.parse() {
            interaction.url = url;
        }
        let response = interaction.response.to_string().replace(name, REGISTRY);
        interaction.response = serde_json::from_str(&response).unwrap_or(interaction.response);
        interaction
    };
    interactions.into_iter().map(rename).collect()
}

/// Returns the rule key that the recording has at the disputed version.
pub(super) fn subnet_key(interactions: &[Interaction]) -> LegacySubnetKey {
    let new = |interaction: &Interaction| {
        let bodies = [interaction.request.as_ref(), Some(&interaction.response)];
        let named = bodies
            .into_iter()
            .flatten()
            .any(|body| body.to_string().contains("virtualNetworkSubnetResourceId"));
        named && interaction.version() == "2021-08-01-preview"
    };
    if interactions.iter().any(new) {
        LegacySubnetKey::SubnetResourceId
    } else {
        LegacySubnetKey::Id
    }
}

/// Returns the permissions that the recorded errors name as missing.
pub(super) fn conditions(interactions: &[Interaction]) -> Conditions {
    let mut conditions = Conditions::default();
    for interaction in interactions {
        let (code, message) = interaction.error();
        match code {
            "AuthorizationFailed" => {
                let action = quoted(message, "perform action '").unwrap_or_default();
                let scope = quoted(message, "over scope '").unwrap_or_default();
                conditions.denied.push(Denial {
                    action: action.to_owned(),
                    scope: scope.to_owned(),
                });
            }
            "LinkedAuthorizationFailed" => {
                conditions
                    .denied_joins
                    .extend(quoted(message, "linked scope(s) '").map(str::to_owned));
            }
            _ => {}
        }
    }
    conditions
}

impl Player {
    /// The versions that the sandbox has.
    pub(super) async fn learn_versions(&mut self, interactions: &[Interaction]) {
        let Some(subscription) = interactions
            .iter()
            .find_map(|known| known.segments().get(1).map(|id| (*id).to_owned()))
        else {
            return;
        };
        let path = format!("/subscriptions/{subscription}/providers/{REGISTRY}?api-version=2021-04-01");
        let reply = self.arm.send(Method::GET, &path, None, &[]).await;
        let versions = reply.body["resourceTypes"][0]["apiVersions"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        self.versions = versions
            .iter()
            .filter_map(|version| version.as_str().map(str::to_owned))
            .collect();
        self.versions.sort();
    }

    /// Starts a registration, or unregisters a provider, if the recording begins in such a state.
    pub(super) async fn prepare_providers(&mut self, interactions: &[Interaction]) {
        let mut asked = BTreeSet::new();
        for (at, interaction) in interactions.iter().enumerate() {
            let state = interaction.response["registrationState"]
                .as_str()
                .unwrap_or_default();
            let first = interaction.method == Method::GET && asked.insert(interaction.key());
            let action = match state {
                "Registering" => "register",
                "Unregistering" | "Unregistered" => "unregister",
                _ => continue,
            };
            let untouched = !interactions[..at]
                .iter()
                .any(|known| known.key().starts_with(&interaction.key()));
            if !first || !untouched {
                continue;
            }
            let reads = interactions[at..]
                .iter()
                .filter(|known| known.key().starts_with(&interaction.key()));
            let moving = reads.take_while(|known| {
                known.method == Method::GET && known.response["registrationState"] == state
            });
            let polls = if state == "Unregistered" {
                0
            } else {
                moving.count()
            };
            self.arm
                .sandbox
                .change(|options| options.polls = u32::try_from(polls).unwrap_or(u32::MAX));
            let path = format!("{}/{action}?api-version=2021-04-01", interaction.url.path());
            self.arm.send(Method::POST, &path, None, &[]).await;
        }
    }
}
