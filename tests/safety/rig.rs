//! The built binary as a child of a sandbox that records requests and can kill it at a request.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use ringfence::sandbox::{
    Effect, Fault, Options, Phase, RequestEvent, RequestHook, Sandbox, State, start,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::proxy::{Answer, Proxy};

/// Time after which a run counts as one that hangs, also on a busy machine. No `--timeout` of a test is longer than 20 s.
const LONGEST_RUN: Duration = Duration::from_secs(300);

/// The request at which the child is killed, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kill {
    /// Before the request is processed.
    Before(u64),
    /// After the request is processed, before the answer is sent.
    After(u64),
    /// With a signal that can be caught, before the request is processed.
    Signal(u64, Signal),
}

/// Requests and states that the sandbox has seen.
struct Tape {
    requests: Vec<String>,
    /// The seed and the states after it in order, without repetitions.
    states: Vec<State>,
}

/// A sandbox, a folder for the child, and a record of both.
pub(crate) struct Rig {
    sandbox: Option<Sandbox>,
    folder: TempDir,
    tape: Arc<Mutex<Tape>>,
    child: Arc<Mutex<Option<Child>>>,
    /// The proxy through which the child reaches the sandbox, if there is one.
    proxy: Option<Proxy>,
}

/// Exit code and output of a run of the child.
#[derive(Debug)]
pub(crate) struct Run {
    /// `None` if the run was killed, or did not end.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(4).enable_all().build().expect("a runtime")
});

/// Runs on the shared runtime of the tests.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    RUNTIME.block_on(work)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Rig {
    /// A sandbox with this state that kills its child at a request.
    pub(crate) fn killing(state: &State, kill: Option<Kill>) -> Self {
        let faults = match kill {
            Some(Kill::Before(nth)) => vec![Fault::new(Effect::Reset).nth(nth)],
            _ => Vec::new(),
        };
        Self::build(state, faults, kill, |_| {})
    }

    /// A sandbox with this state and these faults.
    pub(crate) fn failing(state: &State, faults: Vec<Fault>) -> Self {
        Self::build(state, faults, None, |_| {})
    }

    pub(crate) fn build(
        state: &State,
        faults: Vec<Fault>,
        kill: Option<Kill>,
        more: impl FnOnce(&mut Options),
    ) -> Self {
        let tape = Arc::new(Mutex::new(Tape {
            requests: Vec::new(),
            states: vec![state.clone()],
        }));
        let child = Arc::<Mutex<Option<Child>>>::default();
        let (watched, victim) = (tape.clone(), child.clone());
        let observe = move |event: &RequestEvent<'_>| watch(event, &watched, &victim, kill);
        let mut options = Options {
            seed: state.clone(),
            faults,
            polls: 1,
            operation_time: Duration::ZERO,
            on_request: Some(RequestHook::new(observe)),
            ..Options::default()
        };
        more(&mut options);
        let sandbox = RUNTIME.block_on(start(options)).expect("the sandbox starts");
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("ca.pem"), &sandbox.ready().ca_pem).expect("it is writable");
        Self {
            sandbox: Some(sandbox),
            folder,
            tape,
            child,
            proxy: None,
        }
    }

    /// Puts a proxy between the child and the sandbox.
    pub(crate) fn behind(mut self, proxy: Proxy) -> Self {
        self.write("proxy.pem", proxy.ca_pem());
        self.proxy = Some(proxy);
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("the folder is writable");
    }

    pub(crate) fn sandbox(&self) -> &Sandbox {
        self.sandbox.as_ref().expect("it runs until the rig is dropped")
    }

    /// Runs the binary against the sandbox without the caller's environment.
    pub(crate) fn run(&self, words: &[&str]) -> Run {
        let mut command = self.command(words);
        let (mut stdout, mut stderr) = {
            // The lock is held until the child is stored, because its first request may come before this returns.
            let mut slot = lock(&self.child);
            let mut child = command.spawn().expect("the binary runs");
            let pipes = (
                child.stdout.take().expect("piped"),
                child.stderr.take().expect("piped"),
            );
            *slot = Some(child);
            pipes
        };
        let errors = std::thread::spawn(move || read(&mut stderr));
        let watchdog = self.watchdog();
        let stdout = read(&mut stdout);
        drop(watchdog);
        let stderr = errors.join().expect("reading does not panic");
        let status = lock(&self.child)
            .as_mut()
            .expect("it was put there")
            .wait()
            .expect("it ends");
        Run {
            code: status.code(),
            stdout,
            stderr,
        }
    }

    /// Kills the child if it still runs after [`LONGEST_RUN`]. Dropping the sender ends the watch.
    fn watchdog(&self) -> Sender<()> {
        let (ended, watched) = channel();
        let child = self.child.clone();
        std::thread::spawn(move || {
            if watched.recv_timeout(LONGEST_RUN) == Err(RecvTimeoutError::Timeout)
                && let Some(child) = lock(&child).as_mut()
            {
                // It may have ended in this moment.
                let _ = child.kill();
            }
        });
        ended
    }

    /// The binary with these words, its output piped, not started yet.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let ready = self.sandbox().ready();
        let (arm, authority, ca) = match &self.proxy {
            Some(proxy) => (proxy.url(), proxy.url(), "proxy.pem"),
            None => (&*ready.arm, &*ready.authority, "ca.pem"),
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
        command
            .env_clear()
            .env("HOME", self.folder.path())
            .env("PATH", "/nonexistent")
            .env("RINGFENCE_ARM_ENDPOINT", arm)
            .env("RINGFENCE_CA_FILE", self.path(ca))
            .env("RINGFENCE_AUTH", "client-secret")
            .env("AZURE_AUTHORITY_HOST", authority)
            .env("AZURE_TENANT_ID", &ready.tenant_id)
            .env("AZURE_CLIENT_ID", &ready.client_id)
            .env("AZURE_CLIENT_SECRET", &ready.client_secret)
            .current_dir(self.folder.path())
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// The number of requests that the proxy has seen.
    pub(crate) fn passed(&self) -> usize {
        self.proxy.as_ref().map_or(0, Proxy::requests)
    }

    /// The answers that have passed the proxy.
    pub(crate) fn answers(&self) -> Vec<Answer> {
        self.proxy.as_ref().map(Proxy::answers).unwrap_or_default()
    }

    /// `METHOD path` of each request so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        lock(&self.tape).requests.clone()
    }

    /// The states so far, without repetitions.
    pub(crate) fn states(&self) -> Vec<State> {
        lock(&self.tape).states.clone()
    }

    /// The state after the last request, or the seed if there was none: on a busy machine a short timeout can end a run
    /// before its first request.
    pub(crate) fn state(&self) -> State {
        lock(&self.tape)
            .states
            .last()
            .expect("the seed is the first state")
            .clone()
    }

    /// Files in the folders of the runs, sorted.
    pub(crate) fn snapshots(&self) -> Vec<PathBuf> {
        let services = files(&self.path(".ringfence/sandbox"));
        let runs = services.iter().flat_map(|service| files(service));
        let files = runs.flat_map(|run| files(&run));
        // A run that wrote something beside registries keeps a file of its own kind, too.
        files
            .filter(|file| file.extension().is_some_and(|extension| extension == "json"))
            .collect()
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _inside = RUNTIME.enter();
        drop(self.sandbox.take());
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    files.sort();
    files
}

fn read(from: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).expect("a pipe is readable");
    String::from_utf8(bytes).expect("output is UTF-8")
}

fn watch(
    event: &RequestEvent<'_>,
    tape: &Mutex<Tape>,
    child: &Mutex<Option<Child>>,
    kill: Option<Kill>,
) {
    let mut tape = lock(tape);
    let state = event.state();
    if tape.states.last() != Some(&state) {
        tape.states.push(state);
    }
    let before = event.phase == Phase::Before;
    if before {
        tape.requests.push(format!("{} {}", event.method, event.path));
    }
    let count = u64::try_from(tape.requests.len()).expect("few requests");
    let now = if before {
        Kill::Before(count)
    } else {
        Kill::After(count)
    };
    drop(tape);
    if let Some(Kill::Signal(nth, signal)) = kill
        && now == Kill::Before(nth)
        && let Some(child) = lock(child).as_ref()
    {
        kill_process(Pid::from_child(child), signal).expect("it is our child");
    }
    if kill == Some(now)
        && let Some(child) = lock(child).as_mut()
    {
        child.kill().expect("it is our child");
        child.wait().expect("a killed child ends");
    }
}
