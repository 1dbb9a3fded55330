//! The sandbox of the built binary as a process, in a temporary folder and with a scrubbed environment.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use reqwest::Client;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// A running `ringfence sandbox` process.
pub(crate) struct Process {
    pub(crate) child: Child,
    stdout: BufReader<ChildStdout>,
    pub(crate) ready: Value,
    folder: Option<TempDir>,
}

pub(crate) fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command
        .env_clear()
        .env("HOME", folder)
        .env("PATH", "/usr/bin:/bin")
        .env("TMPDIR", folder)
        .current_dir(folder)
        .stdin(Stdio::null())
        .arg("sandbox")
        .args(words);
    command
}

/// Runs `ringfence sandbox … -- sh -c SCRIPT` to its end.
pub(crate) fn script(folder: &Path, words: &[&str], script: &str) -> Output {
    let tail = ["--", "sh", "-c", script];
    command(folder, &[words, &tail].concat()).output().unwrap()
}

impl Process {
    pub(crate) fn start(words: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), words)
    }

    pub(crate) fn start_in(folder: TempDir, words: &[&str]) -> Self {
        let mut child = command(folder.path(), words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        Self {
            child,
            stdout,
            ready: serde_json::from_str(&line).unwrap(),
            folder: Some(folder),
        }
    }

    /// The folder that it runs in.
    pub(crate) fn path(&self) -> &Path {
        self.folder.as_ref().unwrap().path()
    }

    pub(crate) fn text(&self, key: &str) -> &str {
        self.ready[key].as_str().unwrap()
    }

    pub(crate) fn client(&self) -> Client {
        let ca = std::fs::read(self.text("ca_file")).unwrap();
        let ca = reqwest::Certificate::from_pem(&ca).unwrap();
        Client::builder().tls_certs_only([ca]).no_proxy().build().unwrap()
    }

    pub(crate) async fn token(&self, client: &Client) -> String {
        let body = self.grant(client).await;
        body["access_token"].as_str().unwrap().to_owned()
    }

    /// Returns the authority's answer to the correct secret.
    pub(crate) async fn grant(&self, client: &Client) -> Value {
        let url = format!(
            "{}/{}/oauth2/v2.0/token",
            self.text("authority"),
            self.text("tenant_id")
        );
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", self.text("client_id")),
            ("client_secret", self.text("client_secret")),
            ("scope", "https://management.azure.com/.default"),
        ];
        let reply = client.post(url).form(&form).send().await.unwrap();
        serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap()
    }

    /// Returns the status of a GET of the provider in the only subscription.
    pub(crate) async fn provider(&self, client: &Client, token: &str) -> u16 {
        let url = format!(
            "{}/subscriptions/{}/providers/Microsoft.ContainerRegistry?api-version=2021-04-01",
            self.text("arm"),
            self.ready["subscriptions"][0].as_str().unwrap()
        );
        let reply = client.get(url).bearer_auth(token).send().await.unwrap();
        reply.status().as_u16()
    }

    /// Sends a signal. Returns the exit code, the rest of stdout, and stderr.
    pub(crate) fn end(self, signal: Signal) -> (Option<i32>, String, String) {
        let (code, out, err, _) = self.end_in(signal);
        (code, out, err)
    }

    /// The same, and its folder.
    pub(crate) fn end_in(mut self, signal: Signal) -> (Option<i32>, String, String, TempDir) {
        kill(&self.child, signal);
        let status = self.child.wait().unwrap();
        let (mut out, mut err) = (String::new(), String::new());
        self.stdout.read_to_string(&mut out).unwrap();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut err)
            .unwrap();
        (status.code(), out, err, self.folder.take().unwrap())
    }
}

impl Drop for Process {
    /// Kills the process, so that no test leaves one behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn kill(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}
