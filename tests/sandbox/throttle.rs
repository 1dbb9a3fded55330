//! Throttling over real HTTPS, with a clock that the test moves.

use std::time::Duration;

use crate::arm_requests::{NEWEST, SUB, registry};
use crate::sandbox_client::Arm;
use ringfence::sandbox::{ManualClock, Options, State};
use serde_json::json;

/// Azure/azure-cli#33660, 2026-09: code, text, `Retry-After` and remaining reads.
#[tokio::test]
async fn requests_over_the_limit_are_429_until_it_resets() {
    let clock = ManualClock::default();
    let arm = Arm::start(Options {
        seed: State::empty().with_registry(&registry("contoso")),
        throttle: Some("reads=2/1,wait=10".parse().unwrap()),
        clock: clock.clock(),
        ..Options::default()
    })
    .await;
    let id = registry("contoso");
    for (own, global) in [("1", "29"), ("0", "28")] {
        let read = arm.get(id.as_str(), NEWEST).await;
        assert_eq!(read.status, 200);
        let header = |name: &str| read.header(&format!("x-ms-ratelimit-remaining-subscription-{name}"));
        assert_eq!(
            (header("reads"), header("global-reads")),
            (Some(own), Some(global))
        );
    }
    let refused = arm.get(id.as_str(), NEWEST).await;
    assert_eq!(
        (
            refused.status.as_u16(),
            refused.code(),
            refused.header("retry-after")
        ),
        (429, "SubscriptionRequestsThrottled", Some("10"))
    );
    let remains = |name: &str| name.starts_with("x-ms-ratelimit-remaining");
    assert!(
        !refused.headers.keys().any(|name| remains(name.as_str())),
        "no source shows them on a 429"
    );
    let actor = &arm.sandbox.ready().client_id;
    assert_eq!(
        refused.message(),
        format!(
            "Number of 'read' requests for subscription '{SUB}' actor '{actor}' exceeded. Please try again after '10' seconds."
        )
    );
    let write = arm.patch(id.as_str(), NEWEST, &json!({})).await;
    assert_eq!(
        write.header("x-ms-ratelimit-remaining-subscription-writes"),
        Some("199")
    );
    clock.advance(Duration::from_secs(9));
    assert_eq!(arm.get(id.as_str(), NEWEST).await.status, 429, "too early");
    clock.advance(Duration::from_secs(10));
    assert_eq!(arm.get(id.as_str(), NEWEST).await.status, 200);
}
