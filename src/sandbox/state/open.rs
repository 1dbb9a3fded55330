//! Opens the state of a new sandbox: from its file, or from the seed.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::error::StateError;
use super::file::StateFile;
use super::store::Store;
use super::types::State;
use crate::sandbox::forms::stored::{self, relations};
use crate::sandbox::options::Options;
use crate::sandbox::protocol::json::id;
use crate::sandbox::server::error::SandboxError;

/// Time between two attempts to open a state file that is in use.
const RETRY_DELAY: Duration = Duration::from_millis(50);

/// Opens the state file, and waits for one that is in use as long as the options say.
pub(crate) async fn store(options: &Options, seed: State) -> Result<Store, SandboxError> {
    let Some(path) = &options.state_file else {
        return from_state(seed, options);
    };
    let until = Instant::now() + options.state_wait;
    loop {
        match from_file(path, &seed, options) {
            // Another sandbox has it, and may end in time.
            Err(SandboxError::State(StateError::InUse { .. })) if Instant::now() < until => {
                tokio::time::sleep(RETRY_DELAY).await;
            }
            opened => return opened,
        }
    }
}

/// Opens the state file or makes it from the seed. An existing file is not written until something changes.
fn from_file(path: &Path, seed: &State, options: &Options) -> Result<Store, SandboxError> {
    let (file, loaded) = StateFile::open(path)?;
    let is_new = loaded.is_none();
    let state = loaded.unwrap_or_else(|| seed.clone());
    let mut store = from_state(state, options)?;
    if is_new {
        check(&store).map_err(|reason| SandboxError::Seed { reason })?;
    }
    store.file = Some(file);
    store.dirty = is_new;
    store.save()?;
    Ok(store)
}

/// Refuses a state that could be written, and not be read again. The error is the reason as text.
fn check(store: &Store) -> Result<(), String> {
    for subscription in &store.subscriptions {
        stored::check_subscription(subscription)?;
    }
    let resources: Vec<&Value> = store.resources.values().collect();
    for resource in &resources {
        stored::check(resource).map_err(|reason| format!("{reason} (in `{}`)", id(resource)))?;
    }
    relations::check(&resources).map_err(|found| format!("{} (`{}`)", found.reason, found.id))
}

fn from_state(mut state: State, options: &Options) -> Result<Store, SandboxError> {
    if options.default_subscription {
        state = state.or_default_subscription();
    }
    Store::new(state).map_err(|reason| SandboxError::Seed { reason })
}
