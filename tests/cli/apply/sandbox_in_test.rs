//! A sandbox in the test's own process, so that the test can act as everybody else while the binary runs.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use ringfence::sandbox::{Options, Phase, RequestEvent, RequestHook, Sandbox, start};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::ringfence_binary::{Run, Scenario};

/// As good as for ever.
const NEVER: Duration = Duration::from_secs(86_400);

pub(crate) struct Azure {
    sandbox: Sandbox,
    runtime: Runtime,
    polled: Mutex<Receiver<()>>,
}

impl Azure {
    /// Serves the state file of a scenario; what becomes of it goes there too.
    pub(crate) fn serve(scenario: &Scenario, options: Options) -> Self {
        let (tell, polled) = channel();
        let on_request = options.on_request.clone().unwrap_or_else(|| {
            RequestHook::new(move |event: &RequestEvent<'_>| {
                if event.phase == Phase::Before && event.path.contains("/operations/") {
                    // Nobody listens any more once the test has seen enough.
                    let _ = tell.send(());
                }
            })
        });
        let runtime = Runtime::new().unwrap();
        let options = Options {
            state_file: Some(scenario.path("state.json")),
            request_log: Some(scenario.path("requests.jsonl")),
            on_request: Some(on_request),
            ..options
        };
        let sandbox = runtime.block_on(start(options)).unwrap();
        std::fs::write(scenario.path("ca.pem"), &sandbox.ready().ca_pem).unwrap();
        let polled = Mutex::new(polled);
        Self {
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

    /// Waits until the binary has asked for an operation: its write is accepted, and it waits for the end.
    pub(crate) fn wait_for_a_poll(&self) {
        self.polled.lock().unwrap().recv().unwrap();
    }

    pub(crate) fn let_operations_end(&self) {
        self.sandbox
            .change(|options| options.operation_time = Duration::ZERO);
    }

    pub(crate) fn let_faults_end(&self) {
        self.sandbox.change(|options| options.faults.clear());
    }

    /// Writes a resource as another client would.
    pub(crate) fn put(&self, resource: Value) {
        self.sandbox.put(resource).unwrap();
    }

    /// The binary, sent to this sandbox and to nowhere else.
    pub(crate) fn command(&self, scenario: &Scenario, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
        command.args(words);
        self.prepare(scenario, &mut command);
        command
    }

    /// Gives a command the environment of this sandbox.
    pub(crate) fn prepare(&self, scenario: &Scenario, command: &mut Command) {
        // The sandbox goes on appending to it.
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

    /// Ends, so that all is written.
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

/// A run that is under way.
pub(crate) struct Running {
    pub(crate) child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    said: String,
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
            stderr: self.said,
        }
    }
}
