//! Secrets in the log at its highest verbosity.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::stub::*;
use ringfence::model::RegistryId;

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Runs `work` on one thread and returns everything that it logged at any level.
fn logged(work: impl Future<Output = ()>) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    tracing::subscriber::with_default(subscriber, || runtime.block_on(work));
    let bytes = log.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn logs_contain_no_token_secret_or_signature() {
    // `tracing` decides for all threads at once which lines are logged, so no other test may run in parallel.
    assert_passes_alone("logs::log_at_trace_level_contains_no_secret", &[]);
}

#[test]
#[ignore = "runs alone, as a child of `logs_contain_no_token_secret_or_signature`"]
fn log_at_trace_level_contains_no_secret() {
    let log = logged(async {
        let stub = Stub::start();
        let link = stub.link("/subscriptions/s1/op?t=1&c=certificate&s=signature&h=hash");
        let started = answer(201, &json!({"secret": "b0dy"})).with("azure-asyncoperation", &link);
        stub.on("PATCH", REGISTRY, [started]);
        stub.on(
            "GET",
            "/subscriptions/s1/op",
            [answer(200, &json!({"status": "Succeeded"}))],
        );
        stub.on(
            "GET",
            REGISTRY,
            [answer(200, &registry(&open())).with("x-ms-request-id", "r-1")],
        );
        let id = RegistryId::parse(REGISTRY).unwrap();
        let body = json!({"properties": {}});
        stub.client()
            .patch_registry(&id, "2026-09-01-preview", &body)
            .await
            .unwrap();
    });
    for secret in ["t0ken", "s3cret", "signature", "certificate&", "b0dy"] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
    let told = log
        .lines()
        .find(|line| line.contains("answered") && line.contains("method=PATCH"))
        .unwrap();
    assert!(
        told.contains(&format!("path=\"{REGISTRY}\""))
            && told.contains("status=201")
            && told.contains("ms="),
        "{told}"
    );
    assert!(log.contains("request_id=\"r-1\""));
}
