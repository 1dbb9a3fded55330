//! Writers with additive specs on one registry at the same time: when all are done, no rule is lost.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::access::moment;
use crate::azure_bodies::premium_registry;
use crate::cases::contoso;
use crate::matrix::full;
use crate::rig::{Rig, block_on};
use crate::spec_text::spec_of;
use crate::wanted_ips::wanted_ips;
use ringfence::apply::{ApplyOptions, Proof, ReadAgain, Report, apply};
use ringfence::azure::{ArmClient, AuthMethod, Cloud, CloudName, Connection, Env, Pace};
use ringfence::live::{AllChosen, ProgressEvent, ReadOptions, read_all};
use ringfence::model::{RegistryId, Setting};
use ringfence::plan::{Policy, diff};
use ringfence::spec::{Ownership, RegistrySpec, Spec};
use tokio_util::sync::CancellationToken;

/// Longer than a rival takes from its read to the end of its write: four requests of [`LATENCY`], plus reserve for a
/// busy machine.
const SETTLE: Duration = Duration::from_millis(600);

/// Long enough that the reads of all writers come before the first write.
const LATENCY: Duration = Duration::from_millis(20);

fn rig() -> Rig {
    let mut registry = premium_registry("contoso");
    registry["properties"]["networkRuleSet"]["ipRules"] =
        serde_json::json!([{"action": "Allow", "value": "198.51.100.1"}]);
    let state =
        serde_json::from_value(serde_json::json!({"subscriptions": [], "resources": [registry]}));
    Rig::build(&state.expect("a state"), Vec::new(), None, |options| {
        options.latency = LATENCY
    })
}

async fn client(rig: &Rig) -> ArmClient {
    let ready = rig.sandbox().ready();
    let env: Env = [
        ("AZURE_AUTHORITY_HOST", &ready.authority),
        ("AZURE_TENANT_ID", &ready.tenant_id),
        ("AZURE_CLIENT_ID", &ready.client_id),
        ("AZURE_CLIENT_SECRET", &ready.client_secret),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.clone()))
    .collect();
    let ca = ready.ca_pem.clone().into_bytes();
    let cloud = Cloud::find(&CloudName::Public, Some(&ca), &env)
        .await
        .expect("the public cloud is known");
    let fast = Duration::from_millis(5);
    ArmClient::connect(Connection {
        auth: AuthMethod::ClientSecret,
        ca_pem: Some(ca),
        pace: Pace {
            poll: fast,
            backoff: fast,
        },
        ..Connection::new(cloud.with_arm(ready.arm.parse().expect("a URL")), env)
    })
    .expect("it connects")
}

fn wanted(rules: &[String]) -> Spec {
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let id = RegistryId::parse(&contoso()).expect("an id");
    let mut spec = RegistrySpec::unmanaged(id);
    spec.ownership = Ownership::Additive;
    spec.settings.want_unsourced(Setting::IpRules, wanted_ips(&rules));
    Spec {
        files: Vec::new(),
        registries: vec![spec],
        ..Spec::default()
    }
}

/// Plans and applies in the library as one writer, and returns the number of its PATCH requests.
async fn write(rig: &Rig, folder: &Path, rules: &[String], writes: &AtomicUsize) -> Report {
    let client = client(rig).await;
    let spec = wanted(rules);
    let silent = |_: ProgressEvent<'_>| {};
    let say = |event: ProgressEvent<'_>| {
        if let ProgressEvent::Doing { activity, .. } = event {
            writes.fetch_add(usize::from(activity == "writing the registry"), Ordering::Relaxed);
        }
    };
    let live = read_all(&client, &spec, ReadOptions::default(), 1, &AllChosen, &silent).await;
    let plan = diff(&spec, &live, &Policy::default());
    let options = ApplyOptions {
        created: "2026-11-21T03:00:00Z",
        run: "20261121T030000-000000",
        parallel: 1,
        read: Some(&live),
        read_again: ReadAgain::Nothing,
        all_or_nothing: false,
        proof: Proof::ReadBack,
        effective: None,
        snapshots: folder,
        settle: SETTLE,
        cancel: CancellationToken::new(),
        abandon: CancellationToken::new(),
        service_flags: "",
        begin: &(),
        say: &say,
    };
    apply(&client, &plan, &options).await
}

/// Runs `count` writers `rounds` times, each with an own rule and a shared one. Returns the largest number of writes
/// that one of them needed.
fn compete(count: usize, rounds: usize) -> usize {
    let (rig, folder) = (rig(), tempfile::tempdir().expect("a folder"));
    let mut all: BTreeSet<String> = ["198.51.100.1".to_owned()].into();
    let mut most = 0;
    for round in 0..rounds {
        let rules = |writer: usize| {
            vec![
                format!("203.0.113.{}", 16 * round + writer),
                format!("192.0.2.{round}"),
            ]
        };
        let runs = (0..count).map(|writer| {
            let (rig, folder) = (&rig, folder.path().join(writer.to_string()));
            async move {
                let writes = AtomicUsize::new(0);
                let report = write(rig, &folder, &rules(writer), &writes).await;
                (report, writes.into_inner())
            }
        });
        for (report, writes) in block_on(futures::future::join_all(runs)) {
            assert_eq!(report.summary.verified, 1, "{report:?}");
            most = most.max(writes);
        }
        all.extend((0..count).flat_map(rules));
        let live = moment(&rig.state()).access.ip_rules;
        let live: BTreeSet<String> = live.iter().map(ToString::to_string).collect();
        let lost: Vec<&String> = all.difference(&live).collect();
        assert!(lost.is_empty(), "{count} writers, round {round}: {lost:?} lost");
    }
    most
}

#[test]
fn two_and_eight_writers_lose_no_rule() {
    let rounds = if full() { 10 } else { 3 };
    for count in [2, 8] {
        let most = compete(count, rounds);
        println!(
            "rivals: {count} writers, {rounds} rounds, 0 rules lost, quiet after at most {most} writes each"
        );
    }
}

/// The same through the binary, with the wait that it uses against Azure.
#[test]
fn two_processes_lose_no_rule() {
    let rig = rig();
    let specs = ["203.0.113.1", "203.0.113.2"];
    let children = specs.map(|rule| {
        let name = format!("{rule}.yaml");
        rig.write(
            &name,
            &spec_of(&format!("    ownership: additive\n    ipRules: [{rule}]\n")),
        );
        rig.command(&["apply", &name, "--yes"])
            .spawn()
            .expect("the binary runs")
    });
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let live = moment(&rig.state()).access.ip_rules;
    let live: BTreeSet<String> = live.iter().map(ToString::to_string).collect();
    assert_eq!(
        live,
        ["198.51.100.1", "203.0.113.1", "203.0.113.2"]
            .map(str::to_owned)
            .into()
    );
}
