//! `ringfence sandbox` by the real binary: its line, its environment, its signals, its end.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use reqwest::Client;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A sandbox that runs as a process of its own.
struct Process {
    child: Child,
    stdout: BufReader<ChildStdout>,
    ready: Value,
    _folder: TempDir,
}

fn command(folder: &Path, words: &[&str]) -> Command {
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
fn script(folder: &Path, words: &[&str], script: &str) -> Output {
    let tail = ["--", "sh", "-c", script];
    command(folder, &[words, &tail].concat()).output().unwrap()
}

impl Process {
    fn start(words: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), words)
    }

    fn start_in(folder: TempDir, words: &[&str]) -> Self {
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
            _folder: folder,
        }
    }

    fn text(&self, key: &str) -> &str {
        self.ready[key].as_str().unwrap()
    }

    fn client(&self) -> Client {
        let ca = std::fs::read(self.text("ca_file")).unwrap();
        let ca = reqwest::Certificate::from_pem(&ca).unwrap();
        Client::builder().tls_certs_only([ca]).no_proxy().build().unwrap()
    }

    async fn token(&self, client: &Client) -> String {
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
        let body: Value = serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }

    /// GET of the provider in the only subscription.
    async fn provider(&self, client: &Client, token: &str) -> u16 {
        let url = format!(
            "{}/subscriptions/{}/providers/Microsoft.ContainerRegistry?api-version=2021-04-01",
            self.text("arm"),
            self.ready["subscriptions"][0].as_str().unwrap()
        );
        let reply = client.get(url).bearer_auth(token).send().await.unwrap();
        reply.status().as_u16()
    }

    /// Sends a signal, and gives exit code, the rest of stdout, and stderr.
    fn end(mut self, signal: Signal) -> (Option<i32>, String, String) {
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
        (status.code(), out, err)
    }
}

fn kill(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

#[tokio::test]
async fn one_line_says_how_to_reach_it_and_a_signal_ends_it_cleanly() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let process = Process::start(&[]);
        let keys: Vec<&str> = process
            .ready
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let contract = [
            "arm",
            "authority",
            "ca_file",
            "tenant_id",
            "client_id",
            "client_secret",
            "subscriptions",
        ];
        assert_eq!(keys[..7], contract);
        assert!(process.text("arm").starts_with("https://127.0.0.1:"));
        let client = process.client();
        let token = process.token(&client).await;
        assert_eq!(process.provider(&client, &token).await, 200);
        let ca = PathBuf::from(process.text("ca_file"));
        assert!(ca.exists());
        let (code, out, err) = process.end(signal);
        assert_eq!((code, out.as_str(), err.as_str()), (Some(0), "", ""));
        assert!(!ca.parent().unwrap().exists(), "nothing stays behind");
    }
}

#[test]
fn a_command_gets_the_environment_and_its_exit_code_is_ours() {
    let folder = tempfile::tempdir().unwrap();
    let names = [
        "RINGFENCE_ARM_ENDPOINT",
        "RINGFENCE_CA_FILE",
        "AZURE_AUTHORITY_HOST",
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
        "AZURE_SUBSCRIPTION_ID",
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
    ];
    let checks: String = names
        .iter()
        .map(|name| format!("test -n \"${name}\" || echo {name};"))
        .collect();
    let text = format!(
        "{checks} test -f \"$RINGFENCE_CA_FILE\" || echo no file; echo \"$RINGFENCE_AUTH/$MSI_ENDPOINT\"; exit 7"
    );
    let mut command = command(folder.path(), &["--", "sh", "-c", &text]);
    let output = command.env("MSI_ENDPOINT", "http://elsewhere").output().unwrap();
    assert_eq!(output.status.code(), Some(7));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "client-secret/\n");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.starts_with("sandbox: this is not Azure but https://127.0.0.1:"),
        "{told}"
    );
    assert!(!told.contains("client_secret"));
}

#[test]
fn ringfence_inside_uses_the_sandbox_and_the_state_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";
    let spec = format!(
        "version: 1\nregistries:\n  - id: {id}\n    defaultAction: Deny\n    ipRules: [8.8.8.8]\n"
    );
    std::fs::write(folder.path().join("spec.yaml"), spec).unwrap();
    let registry = ringfence::model::RegistryId::parse(id).unwrap();
    let seed = ringfence::sandbox::State::empty().with_registry(&registry);
    seed.save(&folder.path().join("seed.json")).unwrap();
    let words = [
        "--seed",
        "seed.json",
        "--state",
        "state.json",
        "--request-log",
        "log.jsonl",
    ];
    let ringfence = env!("CARGO_BIN_EXE_ringfence");
    let output = script(
        folder.path(),
        &words,
        &format!("{ringfence} apply spec.yaml --yes"),
    );
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
    let state = std::fs::read_to_string(folder.path().join("state.json")).unwrap();
    let state: Value = serde_json::from_str(&state).unwrap();
    let set = &state["resources"][0]["properties"]["networkRuleSet"];
    assert_eq!(set["ipRules"], json!([{"action": "Allow", "value": "8.8.8.8"}]));
    let log = std::fs::read_to_string(folder.path().join("log.jsonl")).unwrap();
    assert!(log.contains("\"PATCH\""));
    let again = script(
        folder.path(),
        &words,
        &format!("{ringfence} plan spec.yaml --detailed-exitcode"),
    );
    assert_eq!(again.status.code(), Some(0), "the state, not the seed, counts");
}

#[test]
fn a_command_that_a_signal_kills_or_that_is_not_there_ends_as_in_a_shell() {
    let folder = tempfile::tempdir().unwrap();
    let killed = script(folder.path(), &[], "kill -KILL $$");
    assert_eq!(killed.status.code(), Some(137));
    let file = folder.path().join("plain");
    std::fs::write(&file, "text").unwrap();
    for (program, code) in [("./missing", 127), ("./plain", 126)] {
        let output = command(folder.path(), &["-q", "--", program]).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{program}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(
            text.starts_with(&format!("error: cannot run `{program}`: ")),
            "{text}"
        );
    }
}

#[test]
fn signals_go_on_to_the_command() {
    for (signal, name) in [(Signal::TERM, "TERM"), (Signal::INT, "INT")] {
        let folder = tempfile::tempdir().unwrap();
        // The shell says when its trap is set, then waits for something that never ends.
        let text = format!(
            "tail -f /dev/null & trap 'kill $!; echo got {name}; exit 9' {name}; echo set; wait $!"
        );
        let mut child = command(folder.path(), &["-q", "--", "sh", "-c", &text])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, "set\n");
        kill(&child, signal);
        let status = child.wait().unwrap();
        stdout.read_line(&mut line).unwrap();
        assert_eq!((status.code(), line), (Some(9), format!("set\ngot {name}\n")));
    }
}

#[test]
fn beyond_loopback_it_warns_and_its_certificate_covers_the_announced_name() {
    let process = Process::start(&["-q", "--listen", "0.0.0.0:0", "--announce", "sandbox.test"]);
    assert!(process.text("arm").starts_with("https://sandbox.test:"));
    let (code, _, err) = process.end(Signal::TERM);
    assert_eq!(code, Some(0));
    assert!(
        err.starts_with("warning: the sandbox listens on 0.0.0.0, not on loopback"),
        "{err}"
    );
}

#[test]
fn what_cannot_be_read_or_listened_on_is_an_error_with_a_way_out() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.json"), "[{\"fault\": 1}]").unwrap();
    let rows = [
        (["--listen", address.as_str()], "cannot listen on"),
        (["--seed", "missing.json"], "could not be read"),
        (["--state", "bad.json"], "is not a sandbox state"),
        (["--faults", "bad.json"], "`1` is no fault"),
        (
            ["--request-log", "no/log"],
            "request log `no/log` cannot be written",
        ),
    ];
    for (words, message) in rows {
        let output = command(folder.path(), &words).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(
            text.contains(message) && text.contains("help: "),
            "{words:?}: {text}"
        );
    }
}

/// Garbage, half a handshake, silence: none of it keeps the next client out.
#[tokio::test]
async fn clients_that_make_no_sense_do_not_bring_it_down() {
    let process = Process::start(&[]);
    let address = process.text("arm").strip_prefix("https://").unwrap();
    let senseless: [&[u8]; 4] = [
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        &[0xff; 4096],
    ];
    let mut open = Vec::new();
    for _ in 0..25 {
        for bytes in senseless {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(bytes).unwrap();
            open.push(stream);
        }
    }
    let client = process.client();
    let token = process.token(&client).await;
    let long = "x".repeat(1 << 20);
    let _ = client.get(format!("{}/{long}", process.text("arm"))).send().await;
    let _ = client
        .get(process.text("arm"))
        .header("x-long", &long)
        .send()
        .await;
    assert_eq!(process.provider(&client, &token).await, 200);
    drop(open);
    let (code, _, err) = process.end(Signal::TERM);
    assert_eq!((code, err.as_str()), (Some(0), ""));
}

#[tokio::test]
async fn fifty_clients_at_once_are_all_answered() {
    let process = Process::start(&[]);
    let token = process.token(&process.client()).await;
    let clients: Vec<Client> = (0..50).map(|_| process.client()).collect();
    let requests = clients.iter().map(|client| process.provider(client, &token));
    let statuses = futures::future::join_all(requests).await;
    assert_eq!(statuses, [200; 50]);
}

/// ringfence's own client, by the ways to sign in that the sandbox serves.
#[test]
fn ringfence_signs_in_by_secret_assertion_and_managed_identity() {
    let folder = tempfile::tempdir().unwrap();
    let id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";
    let registry = ringfence::model::RegistryId::parse(id).unwrap();
    let seed = ringfence::sandbox::State::empty().with_registry(&registry);
    seed.save(&folder.path().join("seed.json")).unwrap();
    let spec = format!("version: 1\nregistries:\n  - id: {id}\n    defaultAction: Allow\n");
    std::fs::write(folder.path().join("spec.yaml"), spec).unwrap();
    let claims = json!({"iss": "https://issuer.example", "sub": "me", "aud": "api://AzureADTokenExchange", "exp": 4_102_444_800_u32});
    let part = |value: &Value| BASE64.encode(value.to_string());
    let token = format!(
        "{}.{}.{}",
        part(&json!({"alg": "RS256"})),
        part(&claims),
        BASE64.encode("x")
    );
    std::fs::write(folder.path().join("token"), token).unwrap();
    let ringfence = env!("CARGO_BIN_EXE_ringfence");
    let plan = format!("{ringfence} plan spec.yaml --detailed-exitcode");
    let rows = [
        (vec![], plan.clone()),
        (vec!["--managed-identity"], plan.clone()),
        (
            vec![],
            format!("AZURE_FEDERATED_TOKEN_FILE=token {plan} --auth workload-identity"),
        ),
        (
            vec![],
            format!("unset RINGFENCE_ARM_ENDPOINT AZURE_AUTHORITY_HOST; {plan} --cloud $ENDPOINT"),
        ),
    ];
    for (flags, text) in rows {
        let text = format!("ENDPOINT=$RINGFENCE_ARM_ENDPOINT; {text}");
        let output = script(
            folder.path(),
            &[&["--seed", "seed.json"], flags.as_slice()].concat(),
            &text,
        );
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert_eq!(output.status.code(), Some(0), "{text}\n{out}{err}");
    }
}

/// ringfence's own client through faults, with `--sandbox`: what passes by is retried, what stays is reported.
#[test]
fn faults_strike_ringfence_itself() {
    let spec = "version: 1\nregistries:\n  - id: /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso\n    defaultAction: Deny\n    ipRules: [8.8.8.8]\n";
    let rows = [
        (
            json!({"match": {"method": "PATCH", "nth": 1}, "fault": 429, "retryAfter": 0}),
            0,
        ),
        (
            json!({"match": {"method": "GET", "path": "registries", "nth": 1}, "fault": 503, "retryAfter": 0}),
            0,
        ),
        (json!({"match": {"method": "PATCH"}, "fault": "lro"}), 0),
        (json!({"match": {"method": "PATCH"}, "fault": "lost-write"}), 4),
        (json!({"match": {"method": "PATCH"}, "fault": "policy-modify"}), 4),
        (json!({"match": {"method": "PATCH"}, "fault": "policy-deny"}), 1),
    ];
    for (fault, code) in rows {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("spec.yaml"), spec).unwrap();
        std::fs::write(folder.path().join("faults.json"), json!([fault]).to_string()).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_ringfence"))
            .env_clear()
            .env("HOME", folder.path())
            .current_dir(folder.path())
            .args([
                "apply",
                "spec.yaml",
                "--sandbox",
                "--faults",
                "faults.json",
                "--yes",
            ])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(code), "{fault}\n{text}");
    }
}
