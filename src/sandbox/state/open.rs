//! The state that a sandbox begins with: that of its file, or the seed.

use std::path::Path;
use std::time::{Duration, Instant};

use super::error::StateError;
use super::file::StateFile;
use super::store::Store;
use super::types::State;
use crate::sandbox::options::Options;
use crate::sandbox::server::error::SandboxError;

/// How often a state file that is in use is tried.
const AGAIN: Duration = Duration::from_millis(50);

/// Takes the state file, waiting for one that is in use as long as the options say.
pub(crate) async fn store(options: &Options, seed: State) -> Result<Store, SandboxError> {
    let Some(path) = &options.state_file else {
        return made(seed, options);
    };
    let until = Instant::now() + options.state_wait;
    loop {
        match kept(path, &seed, options) {
            Err(SandboxError::State(StateError::InUse { .. })) if Instant::now() < until => {
                tokio::time::sleep(AGAIN).await;
            }
            opened => return opened,
        }
    }
}

/// A file that was read is left as it is until something changes; one that is not there is made.
fn kept(path: &Path, seed: &State, options: &Options) -> Result<Store, SandboxError> {
    let (file, loaded) = StateFile::open(path)?;
    let found = loaded.is_some();
    let mut store = made(loaded.unwrap_or_else(|| seed.clone()), options)?;
    store.file = Some(file);
    store.dirty = !found;
    store.save()?;
    Ok(store)
}

fn made(mut state: State, options: &Options) -> Result<Store, SandboxError> {
    if options.default_subscription {
        state = state.or_default_subscription();
    }
    Store::new(state).map_err(|reason| SandboxError::Seed { reason })
}
