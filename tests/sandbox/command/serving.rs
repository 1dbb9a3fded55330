//! `ringfence sandbox` without a command.

use std::io::Write;
use std::net::TcpStream;
use std::path::PathBuf;

use reqwest::Client;
use rustix::process::{Pid, Signal, kill_process};

use super::sandbox_process::{Process, command};

#[tokio::test]
async fn ready_line_is_printed_and_a_signal_stops_cleanly() {
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
fn non_loopback_address_warns_and_is_in_the_certificate() {
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
fn unreadable_file_or_used_address_is_an_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.json"), "[{\"fault\": 1}]").unwrap();
    let rows = [
        (["--listen", address.as_str()], "cannot listen on"),
        (["--seed", "missing.json"], "cannot read `missing.json`"),
        (["--state", "bad.json"], "is not a sandbox state"),
        (["--faults", "bad.json"], "unknown fault `1`"),
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

/// The sandbox serves the next client after garbage, half a handshake, and silence.
#[tokio::test]
async fn malformed_clients_do_not_stop_the_sandbox() {
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
async fn fifty_concurrent_clients_are_answered() {
    let process = Process::start(&[]);
    let token = process.token(&process.client()).await;
    let clients: Vec<Client> = (0..50).map(|_| process.client()).collect();
    let requests = clients.iter().map(|client| process.provider(client, &token));
    let statuses = futures::future::join_all(requests).await;
    assert_eq!(statuses, [200; 50]);
}

/// The ready line contains a secret, and clients trust the CA file.
#[test]
fn written_files_are_private_to_the_owner() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let ready = folder.path().join("ready.json");
    std::fs::write(&ready, "readable by all").unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let shown = "stat -c %a \"$(dirname \"$SSL_CERT_FILE\")\" \"$AZURE_CONFIG_DIR\"";
    let words = ["-q", "-o", "json=ready.json", "--", "sh", "-c", shown];
    let output = command(folder.path(), &words).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "700\n700\n");
    assert_eq!(mode(&ready), 0o600);
}

#[test]
fn help_names_the_only_output_format() {
    let folder = tempfile::tempdir().unwrap();
    let output = command(folder.path(), &["--help"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Format of the ready line: json;"), "{text}");
    let text = command(folder.path(), &["-o", "text"]).output().unwrap();
    assert_eq!(text.status.code(), Some(64));
}

/// No client can find a sandbox that could not print its ready line.
#[test]
fn closed_stdout_stops_the_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command(folder.path(), &[]).stdout(writer).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert_eq!(
        text.matches("cannot write `stdout`: Broken pipe").count(),
        1,
        "{text}"
    );
}

/// The exports work in a shell: a second process uses the sandbox of the first, which has the registries of the spec.
#[test]
fn exports_and_spec_serve_another_process() {
    let folder = tempfile::tempdir().unwrap();
    let id =
        "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";
    let spec = format!("version: 1\nregistries:\n  - id: {id}\n    trustedServices: false\n");
    std::fs::write(folder.path().join("spec.yaml"), spec).unwrap();
    let mut sandbox = command(folder.path(), &["--for", "spec.yaml", "--export"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // The last variable of the environment ends what is printed at once.
    let mut exports = String::new();
    let mut lines = std::io::BufReader::new(sandbox.stdout.take().unwrap());
    while !exports.contains("export AZURE_CONFIG_DIR=") {
        assert_ne!(
            std::io::BufRead::read_line(&mut lines, &mut exports).unwrap(),
            0,
            "{exports}"
        );
    }
    let binary = env!("CARGO_BIN_EXE_ringfence");
    let script = format!("{exports}\n'{binary}' plan spec.yaml --detailed-exitcode");
    let planned = std::process::Command::new("/bin/sh")
        .args(["-c", &script])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", folder.path())
        .current_dir(folder.path())
        .output()
        .unwrap();
    kill_process(Pid::from_child(&sandbox), Signal::TERM).unwrap();
    assert_eq!(sandbox.wait().unwrap().code(), Some(0));
    let stderr = String::from_utf8_lossy(&planned.stderr);
    assert_eq!(planned.status.code(), Some(2), "{stderr}");
}
