//! `--announce`: the names under which clients reach the sandbox.

use std::io::Write;
use std::net::SocketAddr;
use std::process::Command;

use reqwest::Client;

use super::sandbox_process::Process;

/// Clients that know Azure's own names are led to the sandbox by a hosts file.
#[tokio::test]
async fn certificate_has_every_announced_name() {
    let names = ["management.azure.com", "login.microsoftonline.com"];
    let words: Vec<&str> = names.iter().flat_map(|name| ["--announce", name]).collect();
    let process = Process::start(&words);
    let address = process
        .text("arm")
        .strip_prefix("https://management.azure.com:")
        .unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], address.parse().unwrap()));
    let ca = std::fs::read(process.text("ca_file")).unwrap();
    let mut client = Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&ca).unwrap()])
        .no_proxy();
    for name in [names[0], names[1], "graph.microsoft.com"] {
        client = client.resolve(name, address);
    }
    let client = client.build().unwrap();
    let tenant = process.text("tenant_id");
    let path = format!("{tenant}/v2.0/.well-known/openid-configuration");
    let url = format!("https://{}:{}/{path}", names[1], address.port());
    let text = client.get(url).send().await.unwrap().text().await.unwrap();
    let endpoint = format!(
        "https://{}:{}/{tenant}/oauth2/v2.0/token",
        names[1],
        address.port()
    );
    assert!(text.contains(&endpoint), "{text}");
    let token = process.token(&client).await;
    assert_eq!(process.provider(&client, &token).await, 200);
    let other = format!("https://graph.microsoft.com:{}/", address.port());
    assert!(client.get(other).send().await.is_err(), "it is not announced");
}

/// ringfence for the public cloud, with no setting that names the sandbox but its CA. A network and a mount namespace give
/// it a free port 443 and a hosts file.
#[test]
fn hosts_file_leads_azures_own_names_to_the_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    let hosts = "127.0.0.1 localhost management.azure.com login.microsoftonline.com\n";
    std::fs::write(folder.path().join("hosts"), hosts).unwrap();
    let id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";
    let spec = format!(
        "version: 1\nregistries:\n  - id: {id}\n    defaultAction: Deny\n    ipRules: [8.8.8.8]\n"
    );
    std::fs::write(folder.path().join("spec.yaml"), spec).unwrap();
    let registry = ringfence::model::RegistryId::parse(id).unwrap();
    let seed = ringfence::sandbox::State::empty().with_registry(&registry);
    seed.save(&folder.path().join("seed.json")).unwrap();
    let mut unshare = Command::new("unshare");
    unshare
        .args(["--mount", "--net", "sh", "-c"])
        .current_dir(folder.path());
    let prepare = "ip link set lo up && mount --bind hosts /etc/hosts";
    let possible = Command::new("unshare")
        .args(["--mount", "--net", "sh", "-c", prepare])
        .current_dir(folder.path())
        .output();
    if !possible.is_ok_and(|output| output.status.success()) {
        // Writes to stderr directly, because the test harness captures `eprintln!`.
        let line =
            b"SKIPPED: no mount and network namespace (not root?): Azure's own names were not tried\n";
        std::io::stderr().write_all(line).unwrap();
        return;
    }
    let ringfence = env!("CARGO_BIN_EXE_ringfence");
    let inside = format!(
        "unset RINGFENCE_ARM_ENDPOINT AZURE_AUTHORITY_HOST; exec {ringfence} plan spec.yaml -vv"
    );
    let script = format!(
        "{prepare} && exec {ringfence} sandbox -q --listen 127.0.0.1:443 --seed seed.json \
         --announce management.azure.com --announce login.microsoftonline.com --request-log log -- sh -c '{inside}'"
    );
    let output = unshare.arg(script).env("HOME", folder.path()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(text.contains("8.8.8.8"), "{text}");
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    for host in ["management.azure.com", "login.microsoftonline.com"] {
        assert!(log.contains(&format!("\"host\":\"{host}\"")), "{log}");
    }
}
