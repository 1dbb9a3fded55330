//! Plays a table of requests.

use std::collections::BTreeMap;

use reqwest::Method;
use ringfence::sandbox::{Completion, Conditions, Options, State};
use serde_json::Value;

use crate::arm_requests::{SUB, registry, subnet};
use crate::sandbox_client::{Arm, Reply};

/// One request and what the provider needs of its answer.
pub(crate) struct Step {
    /// Method and path. `{registry}`, `{build}`, `{aks}` and `{subscription}` stand for ids; `{operation}` for the URL
    /// that the last write named.
    pub(crate) request: &'static str,
    pub(crate) body: Body,
    pub(crate) status: u16,
    /// Part of the answer's body; `Null` for any body.
    pub(crate) shown: Value,
}

/// The body of a request.
pub(crate) enum Body {
    None,
    Sent(Value),
    /// The last answer to a GET of the same path, with these values merged in. Lists are replaced.
    AsRead(Value),
}

/// A sandbox, and what the answers so far have said.
pub(crate) struct Life {
    arm: Arm,
    operation: String,
    read: BTreeMap<String, Value>,
}

impl Life {
    /// Returns the life of two subnets, in which registries are made by an operation of two polls.
    pub(crate) async fn new() -> Self {
        Self::of(seed()).await
    }

    /// The same, in a subscription without Microsoft.ContainerRegistry.
    pub(crate) async fn without_providers() -> Self {
        let mut seed = seed();
        let registered = &mut seed.subscriptions[0].registered;
        registered.retain(|namespace| namespace == "Microsoft.Network");
        Self::of(seed).await
    }

    async fn of(seed: State) -> Self {
        let conditions = Conditions {
            creation: Completion::Operation,
            deletion: Completion::Operation,
            ..Conditions::default()
        };
        let options = Options {
            seed,
            conditions,
            polls: 1,
            ..Options::default()
        };
        Self {
            arm: Arm::start(options).await,
            operation: String::new(),
            read: BTreeMap::new(),
        }
    }

    pub(crate) async fn play(mut self, steps: &[Step]) {
        for (at, step) in steps.iter().enumerate() {
            let place = format!("#{at} {}", step.request);
            let reply = self.send(step).await;
            assert_eq!(reply.status.as_u16(), step.status, "{place}: {}", reply.body);
            assert!(
                contains(&reply.body, &step.shown),
                "{place}: {}\nis not in {}",
                step.shown,
                reply.body
            );
        }
    }

    async fn send(&mut self, step: &Step) -> Reply {
        let (method, path) = step.request.split_once(' ').unwrap();
        let method: Method = method.parse().unwrap();
        let path = self.resolved(path);
        let body = match &step.body {
            Body::None => None,
            Body::Sent(body) => Some(body.clone()),
            Body::AsRead(changes) => Some(merged(&self.read[&path], changes)),
        };
        let reply = self.arm.send(method.clone(), &path, body.as_ref(), &[]).await;
        if method == Method::GET {
            self.read.insert(path, reply.body.clone());
        }
        for header in ["location", "azure-asyncoperation"] {
            if let Some(url) = reply.header(header) {
                self.operation = url.to_owned();
            }
        }
        reply
    }

    fn resolved(&self, path: &str) -> String {
        path.replace("{registry}", registry("contoso").as_str())
            .replace("{build}", subnet("build").as_str())
            .replace("{aks}", subnet("aks").as_str())
            .replace("{subscription}", &format!("/subscriptions/{SUB}"))
            .replace("{operation}", &self.operation)
    }
}

fn seed() -> State {
    State::empty()
        .with_subnet(&subnet("build"))
        .with_subnet(&subnet("aks"))
}

/// Merges objects key by key. Everything else is replaced.
fn merged(read: &Value, changes: &Value) -> Value {
    let (Value::Object(read), Value::Object(changes)) = (read, changes) else {
        return changes.clone();
    };
    let mut result = read.clone();
    for (key, change) in changes {
        let old = read.get(key).unwrap_or(&Value::Null);
        result.insert(key.clone(), merged(old, change));
    }
    Value::Object(result)
}

/// Returns true if a body has all of `part`: each key of an object, and other values as they are.
fn contains(body: &Value, part: &Value) -> bool {
    match (body, part) {
        (_, Value::Null) => true,
        (Value::Object(body), Value::Object(part)) => part
            .iter()
            .all(|(key, value)| body.get(key).is_some_and(|found| contains(found, value))),
        _ => body == part,
    }
}
