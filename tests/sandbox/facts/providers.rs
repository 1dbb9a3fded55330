//! Resource providers.

use reqwest::Method;
use ringfence::sandbox::{Options, State};
use serde_json::json;

use crate::arm_requests::{NEWEST, SUB, registry};
use crate::sandbox_client::Arm;

fn unregistered() -> State {
    let mut seed = State::empty().with_registry(&registry("contoso"));
    seed.subscriptions[0].registered.clear();
    seed
}

/// Recorded: azure-libraries-for-net provider recording, 2021-08, and azure-cli provider register, 2021-04.
#[tokio::test]
async fn registration_takes_time_and_then_holds() {
    let arm = Arm::start(Options {
        seed: unregistered(),
        polls: 1,
        ..Options::default()
    })
    .await;
    let provider = format!("/subscriptions/{SUB}/providers/microsoft.containerregistry");
    assert_eq!(
        arm.get(&provider, "2021-04-01").await.body["registrationState"],
        "NotRegistered"
    );

    let refused = arm.get(registry("contoso").as_str(), NEWEST).await;
    let message = "The subscription is not registered to use namespace 'Microsoft.ContainerRegistry'. See https://aka.ms/rps-not-found for how to register subscriptions.";
    assert_eq!(
        (refused.status.as_u16(), refused.code(), refused.message()),
        (409, "MissingSubscriptionRegistration", message)
    );
    assert_eq!(
        refused.body["error"]["details"][0]["target"],
        "Microsoft.ContainerRegistry"
    );

    let register = arm
        .send(
            Method::POST,
            &format!("{provider}/register?api-version=2021-04-01"),
            None,
            &[],
        )
        .await;
    assert_eq!(
        (
            register.status.as_u16(),
            register.body["registrationState"].as_str()
        ),
        (200, Some("Registering"))
    );
    for state in ["Registering", "Registered", "Registered"] {
        assert_eq!(
            arm.get(&provider, "2021-04-01").await.body["registrationState"],
            state
        );
    }
    assert_eq!(arm.get(registry("contoso").as_str(), NEWEST).await.status, 200);
}

#[tokio::test]
async fn provider_lists_types_with_newest_versions_first() {
    let arm = Arm::contoso().await;
    let body = arm
        .get(
            &format!("/subscriptions/{SUB}/providers/Microsoft.ContainerRegistry"),
            "2021-04-01",
        )
        .await
        .body;
    assert_eq!(body["namespace"], "Microsoft.ContainerRegistry");
    assert_eq!(body["registrationPolicy"], "RegistrationRequired");
    let kind = &body["resourceTypes"][0];
    assert_eq!(kind["resourceType"], "registries");
    assert_eq!(kind["apiVersions"][0], NEWEST);
    let versions = kind["apiVersions"].as_array().unwrap();
    assert!(versions.contains(&json!("2019-05-01")) && !versions.contains(&json!("2017-03-01")));
    let other = arm
        .get(
            &format!("/subscriptions/{SUB}/providers/Microsoft.Compute"),
            "2021-04-01",
        )
        .await;
    assert_eq!((other.status.as_u16(), other.code()), (501, "NotServed"));
}
