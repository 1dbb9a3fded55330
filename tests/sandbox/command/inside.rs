//! `ringfence sandbox -- CMD`.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rustix::process::Signal;
use serde_json::{Value, json};

use super::sandbox_process::{command, kill, script};

#[test]
fn command_gets_the_environment_and_sets_the_exit_code() {
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
        told.starts_with("sandbox: using a local stand-in at https://127.0.0.1:"),
        "{told}"
    );
    assert!(!told.contains("client_secret"));
}

#[test]
fn ringfence_in_the_command_uses_the_sandbox() {
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
fn token_that_outlives_the_calendar_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";
    let registry = ringfence::model::RegistryId::parse(id).unwrap();
    let seed = ringfence::sandbox::State::empty().with_registry(&registry);
    seed.save(&folder.path().join("seed.json")).unwrap();
    let spec = format!("version: 1\nregistries:\n  - id: {id}\n    ipRules: [8.8.8.8]\n");
    std::fs::write(folder.path().join("spec.yaml"), spec).unwrap();
    let plan = format!(
        "{} plan spec.yaml --timeout 8760h",
        env!("CARGO_BIN_EXE_ringfence")
    );
    for lifetime in ["100000000h", "2500000000000000h"] {
        let words = ["--seed", "seed.json", "--token-lifetime", lifetime];
        let output = script(folder.path(), &words, &plan);
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{lifetime}: {text}");
    }
}

#[test]
fn killed_or_missing_command_exits_as_in_a_shell() {
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
            text.starts_with(&format!("error[io]: cannot run `{program}`: ")),
            "{text}"
        );
    }
}

#[test]
fn signals_are_forwarded_to_the_command() {
    for (signal, name) in [(Signal::TERM, "TERM"), (Signal::INT, "INT")] {
        let folder = tempfile::tempdir().unwrap();
        // The shell reports that its trap is set, and then waits forever.
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

/// Runs ringfence's own client with every sign-in method that the sandbox serves.
#[test]
fn ringfence_signs_in_by_every_method() {
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

/// Runs ringfence's own client with `--sandbox` and faults: short faults are retried, lasting ones are reported.
#[test]
fn faults_apply_to_ringfence_itself() {
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

/// Each of these variables would send a client elsewhere, or make it trust any server.
#[test]
fn environment_leads_no_client_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let gone = [
        "ARM_CLOUD_METADATA_URL",
        "AZURE_CLI_DISABLE_CONNECTION_VERIFICATION",
        "AZURE_CLIENT_CERTIFICATE_PATH",
        "AZURE_CLOUD_NAME",
        "AZURE_FEDERATED_TOKEN_FILE",
        "AZURE_KUBERNETES_TOKEN_PROXY",
        "AZURE_POD_IDENTITY_AUTHORITY_HOST",
        "AZURE_REGIONAL_AUTHORITY_NAME",
        "AZURE_TOKEN_CREDENTIALS",
        "AZURE_USERNAME",
        "IDENTITY_ENDPOINT",
        "MSAL_FORCE_REGION",
        "MSI_ENDPOINT",
        "NODE_TLS_REJECT_UNAUTHORIZED",
        "RINGFENCE_CLOUD",
    ];
    let shown: String = gone
        .iter()
        .map(|name| format!("echo \"{name}=${name}\";"))
        .collect();
    let text = format!(
        "{shown} test \"$SSL_CERT_DIR/ca.pem\" = \"$SSL_CERT_FILE\" && ls \"$SSL_CERT_DIR\"; ls -A \"$AZURE_CONFIG_DIR\"; echo \"$NO_PROXY\""
    );
    let words = ["-q", "--announce", "lab.test", "--", "sh", "-c", &text];
    let mut command = command(folder.path(), &words);
    // ringfence reads these variables itself, and refuses them.
    let ours = ["RINGFENCE_CLOUD"];
    let elsewhere = gone.iter().filter(|name| !ours.contains(name));
    command.envs(elsewhere.map(|name| (name, "elsewhere")));
    command.env("RINGFENCE_CLOUD", "china");
    command
        .env("SSL_CERT_DIR", "/etc/ssl/certs")
        .env("NO_PROXY", "corp.test");
    command.env("AZURE_CONFIG_DIR", "/etc");
    let output = command.output().unwrap();
    let want: String = gone.iter().map(|name| format!("{name}=\n")).collect();
    let want = format!("{want}ca.pem\ncorp.test,localhost,127.0.0.1,::1,lab.test\n");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), want);
}

/// stdout belongs to CMD, which never ran.
#[test]
fn errors_before_the_command_go_to_stderr() {
    let folder = tempfile::tempdir().unwrap();
    for words in [["--state", "no/lab.json"], ["--faults", "missing.json"]] {
        let files = ["-o", "json=error.json", "--", "true"];
        let output = command(folder.path(), &[words, ["-o", "json"]].concat())
            .output()
            .unwrap();
        assert!(
            String::from_utf8(output.stdout)
                .unwrap()
                .contains("ringfence.error/1")
        );
        let output = command(folder.path(), &[&words[..], &files].concat())
            .output()
            .unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
        assert!(!output.stderr.is_empty());
        let error = std::fs::read_to_string(folder.path().join("error.json")).unwrap();
        assert!(error.contains("ringfence.error/1"), "{error}");
    }
}
