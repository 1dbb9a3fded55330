//! A sandbox in the test's own process: the test can change it, or hold a request back, while the binary runs.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use ringfence::sandbox::{Options, Phase, RequestEvent, RequestHook, Sandbox, start};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::ringfence_binary::{Run, Scenario};

/// Longer than any test.
const NEVER: Duration = Duration::from_secs(86_400);
/// Time between two looks at a child that should reach some point.
const LOOK: Duration = Duration::from_millis(50);

pub(crate) struct Azure {
    /// Dropping it lets a held request go on. It is dropped before the runtime, which waits for its threads.
    release: Option<Sender<()>>,
    sandbox: Sandbox,
    runtime: Runtime,
    /// Tells of each poll of an operation, unless the options have a hook of their own.
    pub(crate) polled: Receiver<()>,
}

/// Returns a hook that reports each matching event to the receiver.
pub(crate) fn report_when(
    matches: impl Fn(&RequestEvent<'_>) -> bool + Send + Sync + 'static,
) -> (RequestHook, Receiver<()>) {
    let (tell, told) = channel();
    let hook = RequestHook::new(move |event: &RequestEvent<'_>| {
        if matches(event) {
            // The test may have ended.
            let _ = tell.send(());
        }
    });
    (hook, told)
}

/// Returns true once a request of this method is processed.
pub(crate) fn is_processed(event: &RequestEvent<'_>, method: &str) -> bool {
    event.method == method && matches!(event.phase, Phase::After { .. })
}

impl Azure {
    /// Serves the state file of a scenario and saves each change there.
    pub(crate) fn serve(scenario: &Scenario, options: Options) -> Self {
        let (on_poll, polled) =
            report_when(|event| event.phase == Phase::Before && event.path.contains("/operations/"));
        let runtime = Runtime::new().unwrap();
        let options = Options {
            state_file: Some(scenario.path("state.json")),
            request_log: Some(scenario.path("requests.jsonl")),
            on_request: Some(options.on_request.unwrap_or(on_poll)),
            ..options
        };
        let sandbox = runtime.block_on(start(options)).unwrap();
        std::fs::write(scenario.path("ca.pem"), &sandbox.ready().ca_pem).unwrap();
        Self {
            release: None,
            sandbox,
            runtime,
            polled,
        }
    }

    /// Serves the same, with operations that go on until [`Azure::let_operations_end`].
    pub(crate) fn serve_slowly(scenario: &Scenario) -> Self {
        let options = Options {
            polls: u32::MAX,
            operation_time: NEVER,
            ..Options::default()
        };
        Self::serve(scenario, options)
    }

    /// Serves the same, and holds matching requests back until [`Azure::release_requests`]. The receiver tells of
    /// each of them.
    pub(crate) fn serve_holding(
        scenario: &Scenario,
        matches: impl Fn(&RequestEvent<'_>) -> bool + Send + Sync + 'static,
    ) -> (Self, Receiver<()>) {
        let (tell, held) = channel();
        let (release, released) = channel::<()>();
        let released = Mutex::new(released);
        let hold = move |event: &RequestEvent<'_>| {
            if matches(event) {
                // The test may have ended, by a failed assertion too: then nothing is held back.
                let _ = tell.send(());
                let _ = released.lock().unwrap().recv();
            }
        };
        let options = Options {
            on_request: Some(RequestHook::new(hold)),
            ..Options::default()
        };
        let azure = Self {
            release: Some(release),
            ..Self::serve(scenario, options)
        };
        (azure, held)
    }

    /// Lets held requests go on, and all later ones.
    pub(crate) fn release_requests(&mut self) {
        self.release = None;
    }

    pub(crate) fn let_operations_end(&self) {
        self.sandbox
            .change(|options| options.operation_time = Duration::ZERO);
    }

    pub(crate) fn let_faults_end(&self) {
        self.sandbox.change(|options| options.faults.clear());
    }

    /// Writes a resource as another client.
    pub(crate) fn put(&self, resource: Value) {
        self.sandbox.put(resource).unwrap();
    }

    /// Returns the command of the binary with the environment of this sandbox.
    pub(crate) fn command(&self, scenario: &Scenario, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
        command.args(words);
        self.prepare(scenario, &mut command);
        command
    }

    /// Gives a command the environment of this sandbox.
    pub(crate) fn prepare(&self, scenario: &Scenario, command: &mut Command) {
        // The sandbox continues to append to this file.
        std::fs::File::create(scenario.path("requests.jsonl")).unwrap();
        command
            .env_clear()
            .env("HOME", scenario.path(""))
            .env("PATH", "/nonexistent")
            .current_dir(scenario.path(""))
            .stdin(Stdio::null());
        let environment = self.sandbox.ready().environment(&scenario.path("ca.pem"), "");
        for (name, value) in environment {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
    }

    pub(crate) fn run(&self, scenario: &Scenario, words: &[&str]) -> Run {
        ended(&mut self.command(scenario, words))
    }

    /// Stops the sandbox, so that all of its state is saved.
    pub(crate) fn stop(self) {
        self.runtime.block_on(self.sandbox.stop());
    }
}

/// Runs a command to its end.
pub(crate) fn ended(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A run that is under way. It is killed when a test fails before its end.
pub(crate) struct Running {
    pub(crate) child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    said: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self {
            child,
            stderr,
            said: String::new(),
        }
    }

    /// Waits until the sandbox reports a request of this run. Panics when the run ends without it.
    pub(crate) fn wait_until(&mut self, reported: &Receiver<()>) {
        loop {
            match reported.recv_timeout(LOOK) {
                Ok(()) => return,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => panic!("the sandbox has ended"),
            }
            if self.child.try_wait().unwrap().is_some() {
                self.stderr.read_to_string(&mut self.said).unwrap();
                panic!("the run ended early:\n{}", self.said);
            }
        }
    }

    /// Waits until stderr has had this text, which may be a question without an end of line.
    pub(crate) fn wait_for(&mut self, text: &str) {
        while !self.said.contains(text) {
            let read = self.stderr.fill_buf().unwrap();
            assert!(!read.is_empty(), "no `{text}` in\n{}", self.said);
            self.said += std::str::from_utf8(read).unwrap();
            let count = read.len();
            self.stderr.consume(count);
        }
    }

    pub(crate) fn end(mut self) -> Run {
        let mut stdout = String::new();
        if let Some(mut out) = self.child.stdout.take() {
            out.read_to_string(&mut stdout).unwrap();
        }
        self.stderr.read_to_string(&mut self.said).unwrap();
        Run {
            code: self.child.wait().unwrap().code().unwrap_or(-1),
            stdout,
            stderr: std::mem::take(&mut self.said),
        }
    }
}
