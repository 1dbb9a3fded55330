//! The state file: failed writes, and two sandboxes with one file.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use ringfence::sandbox::{Options, SandboxError, State, StateError, start};
use serde_json::json;

use crate::arm_requests::{NETWORK, NEWEST, SUB, registry, rule_set, subnet};
use crate::sandbox_client::Arm;

fn at(file: &Path) -> Options {
    Options {
        seed: State::empty()
            .with_registry(&registry("contoso"))
            .with_subnet(&subnet("build")),
        state_file: Some(file.to_owned()),
        ..Options::default()
    }
}

/// Each kind of write fails as on a full disk, then one can be saved again.
#[tokio::test]
async fn unsaved_write_is_undone_and_reads_continue() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    let file = inner.join("state.json");
    let arm = Arm::start(at(&file)).await;
    let (contoso, network) = (registry("contoso"), subnet("build"));
    let group = format!("/subscriptions/{SUB}/resourceGroups/new");
    let version = |path: &str, version: &str| format!("{path}?api-version={version}");
    let (registry, subnet) = (
        version(contoso.as_str(), NEWEST),
        version(network.as_str(), NETWORK),
    );
    let before = [
        arm.send(Method::GET, &registry, None, &[]).await.body,
        arm.send(Method::GET, &subnet, None, &[]).await.body,
    ];
    std::fs::remove_dir_all(&inner).unwrap();
    let deny = rule_set(json!({"defaultAction": "Deny"}));
    let writes = [
        (Method::PATCH, registry.clone(), deny.clone()),
        (
            Method::PUT,
            registry.clone(),
            json!({"location": "eastus", "sku": {"name": "Premium"}}),
        ),
        (Method::DELETE, registry.clone(), json!({})),
        (Method::DELETE, subnet.clone(), json!({})),
        (
            Method::PUT,
            version(&group, "2021-04-01"),
            json!({"location": "eastus"}),
        ),
    ];
    for (method, path, body) in writes {
        let refused = arm.send(method.clone(), &path, Some(&body), &[]).await;
        let text = refused.message();
        assert_eq!(refused.status, 500, "{method} {path}: {text}");
        assert!(
            text.contains("nothing was changed, because state file") && text.contains("No such file"),
            "{text}"
        );
        assert_eq!(
            arm.send(Method::GET, &registry, None, &[]).await.body,
            before[0],
            "{method} {path}"
        );
        assert_eq!(
            arm.send(Method::GET, &subnet, None, &[]).await.body,
            before[1],
            "{method} {path}"
        );
    }
    assert_eq!(arm.get(&group, "2021-04-01").await.status, 404);
    std::fs::create_dir(&inner).unwrap();
    let tags = json!({"tags": {"a": "b"}});
    assert_eq!(arm.patch(contoso.as_str(), NEWEST, &tags).await.status, 200);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("\"a\": \"b\"") && !text.contains("Deny") && !text.contains("/new"));
}

/// A read that ends an operation changes the state. It is answered even if the state cannot be saved.
#[tokio::test]
async fn unsaved_operation_end_is_saved_with_the_next_write() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    let file = inner.join("state.json");
    let arm = Arm::start(at(&file)).await;
    let id = subnet("build");
    let mut body = arm.get(id.as_str(), NETWORK).await.body;
    body["properties"]["serviceEndpoints"] = json!([{"service": "Microsoft.ContainerRegistry"}]);
    let begun = arm.put(id.as_str(), NETWORK, &body).await;
    let poll = begun.header("azure-asyncoperation").unwrap().to_owned();
    std::fs::remove_dir_all(&inner).unwrap();
    let ended = arm.send(Method::GET, &poll, None, &[]).await;
    assert_eq!(
        (ended.status.as_u16(), &ended.body["status"]),
        (200, &json!("Succeeded"))
    );
    assert_eq!(arm.get(id.as_str(), NETWORK).await.status, 200);
    std::fs::create_dir(&inner).unwrap();
    arm.patch(registry("contoso").as_str(), NEWEST, &json!({"tags": {}}))
        .await;
    let saved = std::fs::read_to_string(&file).unwrap();
    assert!(!saved.contains("Updating"), "{saved}");
}

#[tokio::test]
async fn unwritable_state_is_refused_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("no/state.json");
    let Err(SandboxError::State(error @ StateError::Write { .. })) = start(at(&file)).await else {
        panic!("taken");
    };
    assert!(error.source().unwrap().to_string().contains("No such file"));
}

#[tokio::test]
async fn state_has_one_sandbox_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let link = folder.path().join("link.json");
    #[cfg(unix)]
    std::os::unix::fs::symlink("state.json", &link).unwrap();
    let first = Arm::start(at(&file)).await;
    // Each write replaces the file.
    for round in 0..3 {
        for name in [&file, &link] {
            let second = start(at(name)).await;
            assert!(
                matches!(second, Err(SandboxError::State(StateError::InUse { .. }))),
                "round {round}"
            );
        }
        first
            .patch(
                registry("contoso").as_str(),
                NEWEST,
                &json!({"tags": {"round": "x"}}),
            )
            .await;
    }
    let names = || std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(names(), 2, "no lock lies about");
    let waiting = Options {
        state_wait: Duration::from_secs(60),
        ..at(&file)
    };
    let (second, ()) = futures::join!(start(waiting), first.sandbox.stop());
    let second = second.unwrap();
    drop(second);
    start(at(&file)).await.unwrap();
}
