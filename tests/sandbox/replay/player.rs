//! Replays one session.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use reqwest::Method;
use ringfence::sandbox::{Completion, Options};

use super::chance::{is_running, operations, polls};
use super::compare::{self, Habits};
use super::prelude::{conditions, subnet_key, with_own_provider};
use super::recording::Interaction;
use super::scope::{self, Scope};
use super::{Line, Outcome, seed};
use crate::sandbox_client::{Arm, Reply};

/// Starts a sandbox and replays the interactions in order.
pub(crate) async fn play(interactions: Vec<Interaction>) -> Result<Vec<Line>, String> {
    let interactions = with_own_provider(interactions);
    let options = Options {
        seed: seed::state(&interactions),
        conditions: conditions(&interactions),
        // Only polls end an operation, so that a slow machine gives the same result.
        operation_time: Duration::from_secs(3600),
        retry_after: 3,
        subnet_key_2021_08: subnet_key(&interactions),
        ..Options::default()
    };
    let mut player = Player {
        arm: Arm::start(options).await,
        habits: Habits::of(&interactions),
        urls: BTreeMap::new(),
        running: Vec::new(),
        own: interactions.iter().map(Interaction::key).collect(),
        written: BTreeSet::new(),
        injected: BTreeSet::new(),
        versions: Vec::new(),
    };
    player.learn_versions(&interactions).await;
    player.prepare_providers(&interactions).await;
    let mut lines = Vec::new();
    for at in 0..interactions.len() {
        let interaction = &interactions[at];
        lines.push(Line {
            index: interaction.index,
            request: format!("{} {}", interaction.method, shown(interaction)),
            outcome: player.step(&interactions, at).await,
        });
    }
    Ok(lines)
}

fn shown(interaction: &Interaction) -> String {
    let path = interaction.url.path();
    let path = path.split("/resourceGroups/").nth(1).unwrap_or(path);
    let path: String = path.chars().take(110).collect();
    format!("{path} ({})", interaction.version())
}

pub(super) struct Player {
    pub(super) arm: Arm,
    habits: Habits,
    /// Recorded URLs of operations and next pages, by path in lower case, and the sandbox's. `None` for an
    /// operation of a request that was not played.
    urls: BTreeMap<String, Option<String>>,
    /// Operations that the recording no longer polls.
    running: Vec<String>,
    /// Paths that the recording asks for.
    pub(super) own: BTreeSet<String>,
    /// Paths that the recording has written so far.
    pub(super) written: BTreeSet<String>,
    /// Foreign resources, added because a list shows them.
    pub(super) injected: BTreeSet<String>,
    /// Api-versions of registries, oldest first.
    pub(super) versions: Vec<String>,
}

impl Player {
    async fn step(&mut self, all: &[Interaction], at: usize) -> Outcome {
        let interaction = &all[at];
        let target = match scope::of(interaction) {
            Scope::Foreign(what) => return self.skip(interaction, what),
            Scope::Poll => match self.urls.get(&interaction.key()) {
                Some(Some(url)) => url.clone(),
                _ => {
                    return Outcome::Skipped(
                        "the operation of a request that was not played".to_owned(),
                    );
                }
            },
            Scope::Served => {
                self.finish_operations(interaction).await;
                self.inject(interaction).await;
                self.set_chance(all, at);
                self.target(interaction)
            }
        };
        let reply = self
            .arm
            .send(
                interaction.method.clone(),
                &target,
                interaction.request.as_ref(),
                &[],
            )
            .await;
        self.remember(all, at, &reply);
        if interaction.method != Method::GET {
            self.written.insert(interaction.key());
        }
        let status = reply.status.as_u16();
        let found = compare::differences(&self.habits, interaction, status, &reply.headers, &reply.body);
        if found.is_empty() {
            Outcome::Same
        } else {
            Outcome::Different(found)
        }
    }

    fn skip(&mut self, interaction: &Interaction, reason: String) -> Outcome {
        for (path, _) in operations(interaction) {
            self.urls.entry(path).or_insert(None);
        }
        Outcome::Skipped(reason)
    }

    /// Returns the path at the sandbox, with the api-version of that day.
    fn target(&self, interaction: &Interaction) -> String {
        if let Some(Some(url)) = self.urls.get(&page_key(interaction)) {
            return url.clone();
        }
        let query = interaction.url.query().unwrap_or_default();
        let version = interaction.version();
        let query = match self.version_of_the_day(interaction) {
            Some(older) => query.replace(&version, &older),
            None => query.to_owned(),
        };
        format!("{}?{query}", interaction.url.path())
    }

    /// Returns an older version if the recorded one did not exist yet.
    fn version_of_the_day(&self, interaction: &Interaction) -> Option<String> {
        let told = interaction.header("api-supported-versions");
        let told = told.filter(|told| !told.contains(',') && *told != interaction.version());
        if let Some(told) = told.filter(|told| self.versions.iter().any(|known| known == told)) {
            return Some(told.to_owned());
        }
        let day = interaction.time.as_ref()?.get(..8)?.to_owned();
        let date = |version: &str| {
            version
                .chars()
                .filter(char::is_ascii_digit)
                .take(8)
                .collect::<String>()
        };
        let of_registries = interaction
            .key()
            .contains("/microsoft.containerregistry/registries");
        let bumped = of_registries && date(&interaction.version()) > day;
        let older = self.versions.iter().rev().find(|known| date(known) <= day);
        older.filter(|_| bumped).cloned()
    }

    /// Sets the behaviour that varies in Azure to that of the recorded answer.
    fn set_chance(&self, all: &[Interaction], at: usize) {
        let interaction = &all[at];
        let polls = polls(all, at);
        let completion = if interaction.status == 200 {
            Completion::AtOnce
        } else {
            Completion::Operation
        };
        let page = interaction.response["nextLink"].is_string();
        let items = interaction.response["value"].as_array().map(Vec::len);
        self.arm.sandbox.change(|options| {
            options.polls = polls;
            options.conditions.creation = completion;
            options.conditions.deletion = completion;
            options.conditions.page_size = items.filter(|_| page);
        });
    }

    /// Ends operations that the recording no longer polls, once its answers show them done.
    async fn finish_operations(&mut self, interaction: &Interaction) {
        let state = interaction.response["properties"]["provisioningState"]
            .as_str()
            .unwrap_or_default();
        if interaction.method == Method::GET && ["Creating", "Updating", "Deleting"].contains(&state) {
            return;
        }
        for url in std::mem::take(&mut self.running) {
            // One poll usually ends the operation; the limit is above that of any recording.
            for _ in 0..100 {
                let reply = self.arm.send(Method::GET, &url, None, &[]).await;
                let status = reply.body["status"].as_str().unwrap_or("Succeeded").to_owned();
                if reply.status != 202 && reply.status != 201 && status == "Succeeded" {
                    break;
                }
            }
        }
    }

    /// Maps the recorded operation and next page to the sandbox's.
    fn remember(&mut self, all: &[Interaction], at: usize, reply: &Reply) {
        let interaction = &all[at];
        if !matches!(scope::of(interaction), Scope::Served) {
            return;
        }
        for (path, header) in operations(interaction) {
            let ours = reply.header(header).map(str::to_owned);
            let finished = all[at + 1..]
                .iter()
                .any(|poll| poll.key() == path && !is_running(poll));
            if let Some(ours) = ours.clone().filter(|_| !finished) {
                self.running.push(ours);
            }
            self.urls.insert(path, ours);
        }
        let links = (
            interaction.response["nextLink"].as_str(),
            reply.body["nextLink"].as_str(),
        );
        if let (Some(recorded), Some(ours)) = links
            && let Ok(recorded) = recorded.parse::<reqwest::Url>()
        {
            let key = format!("{}?{}", recorded.path(), recorded.query().unwrap_or_default());
            self.urls.insert(key.to_ascii_lowercase(), Some(ours.to_owned()));
        }
    }
}

fn page_key(interaction: &Interaction) -> String {
    let url = &interaction.url;
    format!("{}?{}", url.path(), url.query().unwrap_or_default()).to_ascii_lowercase()
}
