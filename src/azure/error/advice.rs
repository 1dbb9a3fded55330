//! The next step for each error, as a line to show below it.

use super::body::ErrorBody;
use super::worded::{MissingRight, WordedCause};
use super::{ArmError, NotSent};
use crate::azure::connect::causes::TransportKind;

/// Help for a server whose certificate is not trusted.
pub(crate) const NAME_THE_CA: &str =
    "if a proxy or a sandbox signs with a CA of its own, name it with `--ca-file`";

const ASK_FOR_A_ROLE: &str =
    "ask for a role that allows this; docs/runs.md lists the rights that each command needs";
const WAIT_FOR_THE_OTHER: &str =
    "another operation works on the resource; run the same command again when it has ended";

const MORE_TIME: &str = "run the same command again, or allow more time with `--timeout`";

/// Returns the next step after `error`, if one is known.
pub(crate) fn advice(error: &ArmError) -> Option<String> {
    let text = match error {
        ArmError::Setup { help, .. } | ArmError::Auth { help, .. } => help.as_str(),
        ArmError::Transport {
            kind: TransportKind::Certificate,
            ..
        } => NAME_THE_CA,
        ArmError::Transport { .. } => {
            "check the network, `HTTPS_PROXY` and `NO_PROXY`, and `--arm-endpoint`"
        }
        ArmError::Service {
            status: 429,
            retry_after: Some(wait),
            ..
        } => {
            let seconds = wait.as_secs();
            return Some(format!(
                "ARM asks to wait {seconds}s; run again after that, or allow a longer wait with `--timeout`"
            ));
        }
        // A code says more than its status.
        ArmError::Service {
            status, body, call, ..
        } => match by_code(body, call) {
            Some(text) => return Some(text),
            None => by_status(*status)?,
        },
        ArmError::OperationFailed { body, call, .. } => match by_code(body, call) {
            Some(text) => return Some(text),
            None => "run the same command again: it continues from what is there",
        },
        ArmError::NotSent { why, .. } => match why {
            NotSent::Interrupted => "run the same command again: it starts from the current state",
            NotSent::TooLate { .. } => MORE_TIME,
        },
        ArmError::Timeout { is_read: true, .. } => MORE_TIME,
        ArmError::Timeout { .. } => {
            "the operation may still end in Azure; run the same command again, or allow more time with `--timeout`"
        }
        ArmError::ForeignLink { .. } => {
            "check `--arm-endpoint` and any proxy in between; the link was not followed"
        }
        ArmError::Decode { .. } => "check `--arm-endpoint`, and that no proxy answers in its place",
    };
    Some(text.to_owned())
}

/// Returns the next step for codes that have a clear one.
fn by_code(error: &ErrorBody, call: &str) -> Option<String> {
    let text = match error.code.to_ascii_lowercase().as_str() {
        "authorizationfailed" | "linkedauthorizationfailed" => return Some(missing_right(error)),
        "missingsubscriptionregistration" | "subscriptionnotregistered" => {
            return Some(unregistered(error, call));
        }
        // One code for two causes. The help for the other one depends on the spec.
        "networkrulevalidationerror"
            if error.worded_cause() == Some(WordedCause::NetworkNotRegistered) =>
        {
            "register `Microsoft.ContainerRegistry` in the virtual network's subscription: \
             `az provider register --namespace Microsoft.ContainerRegistry --subscription <id>`"
        }
        "networkrulenotsupported" | "disablingpublicnetworkaccessnotsupported" => {
            "network rules need the Premium SKU: `az acr update --name <registry> --sku Premium`"
        }
        "requestdisallowedbypolicy" => "ask for what the policy allows, or its owner for an exemption",
        "resourcegroupbeingdeleted" => {
            "the resource group is being deleted, and the registry with it: nothing is left to do; take the registry \
             out of the spec"
        }
        "scopelocked" => "remove the lock first: `az lock list --resource <id>`",
        "registrystatusconflict" | "anotheroperationinprogress" => WAIT_FOR_THE_OTHER,
        "invalidauthenticationtokentenant" => {
            "sign in to the registry's tenant: `az login --tenant <tenant>`"
        }
        "expiredauthenticationtoken" | "invalidauthenticationtoken" => "sign in again: `az login`",
        "resourcenotfound" | "notfound" => "check the id; the resource may have been deleted or moved",
        "resourcegroupnotfound" => "check the resource group in the id, and the subscription",
        "subscriptionnotfound" | "invalidsubscriptionid" => {
            "check the subscription in the id, and that the signed-in identity may see it: `az account list`"
        }
        "noregisteredproviderfound" | "invalidapiversionparameter" => {
            "this cloud or location offers no api-version that ringfence knows; look for a newer ringfence"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

/// Returns the next step for statuses whose code is unknown.
fn by_status(status: u16) -> Option<&'static str> {
    Some(match status {
        300..=399 => "the endpoint redirects, which ARM never does; check `--arm-endpoint`",
        401 => "sign in again, and check `--cloud` and the tenant: `az login --tenant <tenant>`",
        403 => ASK_FOR_A_ROLE,
        404 => "check the id",
        409 => WAIT_FOR_THE_OTHER,
        412 => "the resource changed since it was read; run the same command again",
        429 => "ARM throttles this identity; run again a little later",
        501 => {
            "the service does not do this, and another try changes nothing; docs/sandbox.md lists what the sandbox serves"
        }
        500..=599 => {
            "the service failed; run the same command again, and quote the request id to Azure's support"
        }
        _ => return None,
    })
}

/// Names the action and scope that the caller lacks, as far as the error says them.
fn missing_right(error: &ErrorBody) -> String {
    let MissingRight { action, scope } = error.missing_right();
    match (action, scope) {
        (Some(action), Some(scope)) => format!("ask for a role with `{action}` on `{scope}`"),
        (Some(action), None) => format!("ask for a role with `{action}`"),
        _ => ASK_FOR_A_ROLE.to_owned(),
    }
}

/// Names the provider that the details point at (recorded: MissingSubscriptionRegistration, azure-cli).
fn unregistered(error: &ErrorBody, call: &str) -> String {
    let target = error.details.iter().find_map(|detail| detail.target.as_deref());
    let namespace = match target {
        Some(target) => target,
        None => error.unregistered_namespace().unwrap_or("<namespace>"),
    };
    let subscription = subscription_of(call).unwrap_or("<id>");
    format!(
        "register the provider: `az provider register --namespace {namespace} --subscription {subscription}`"
    )
}

/// Returns the subscription in the path of a call.
fn subscription_of(call: &str) -> Option<&str> {
    let (_, below) = call.split_once("/subscriptions/")?;
    below.split('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(status: u16, body: ErrorBody) -> ArmError {
        ArmError::Service {
            call: "GET /x".into(),
            status,
            body: Box::new(body),
            retry_after: None,
            ids: std::sync::Arc::default(),
        }
    }

    /// Only a write can end after its time.
    #[test]
    fn help_after_a_timeout_depends_on_the_request() {
        let ids = std::sync::Arc::default();
        let limit = std::time::Duration::from_secs(4);
        for (call, is_read) in [("GET /x", true), ("PATCH /x", false)] {
            let timeout = ArmError::Timeout {
                call: call.to_owned(),
                is_read,
                limit,
                last: "none".to_owned(),
                ids: std::sync::Arc::clone(&ids),
            };
            let help = advice(&timeout).unwrap();
            assert_eq!(help.contains("may still end in Azure"), !is_read, "{help}");
        }
        let why = NotSent::TooLate { limit };
        let call = "PATCH /x".to_owned();
        let unsent = ArmError::NotSent { call, why, ids };
        assert_eq!(
            unsent.to_string(),
            "`PATCH /x` was not sent within 4s: other requests of its subscription came first"
        );
        assert_eq!(advice(&unsent).unwrap(), MORE_TIME);
    }

    #[test]
    fn help_names_the_next_step() {
        let cases = [
            (
                403,
                "AuthorizationFailed",
                "The client 'c' with object id 'o' does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read' over scope '/subscriptions/s' or the scope is invalid.",
                "ask for a role with `Microsoft.ContainerRegistry/registries/read` on `/subscriptions/s`",
            ),
            (
                403,
                "LinkedAuthorizationFailed",
                "The client 'c' with object id 'o' has permission to perform action 'Microsoft.ContainerRegistry/registries/write' on scope '/registry'; however, it does not have permission to perform action(s) 'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action' on the linked scope(s) '/subnet' (respectively) or the linked scope(s) are invalid.",
                "ask for a role with `Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action` on `/subnet`",
            ),
            (
                409,
                "MissingSubscriptionRegistration",
                "The subscription is not registered to use namespace 'Microsoft.Network'. See https://aka.ms/rps-not-found for how to register subscriptions.",
                "register the provider: `az provider register --namespace Microsoft.Network --subscription <id>`",
            ),
            (
                404,
                "ResourceGroupNotFound",
                "Resource group 'x' could not be found.",
                "check the resource group in the id, and the subscription",
            ),
            (
                501,
                "NotEstablished",
                "",
                "the service does not do this, and another try changes nothing; docs/sandbox.md lists what the sandbox serves",
            ),
            (
                302,
                "Http302",
                "",
                "the endpoint redirects, which ARM never does; check `--arm-endpoint`",
            ),
        ];
        for (status, code, message, help) in cases {
            assert_eq!(
                advice(&service(status, ErrorBody::bare(code, message))).as_deref(),
                Some(help),
                "{code}"
            );
        }
    }

    #[test]
    fn untrusted_certificate_points_at_the_ca_file() {
        for (kind, word) in [
            (TransportKind::Certificate, "--ca-file"),
            (TransportKind::Connect, "HTTPS_PROXY"),
        ] {
            let error = ArmError::Transport {
                call: "GET /x".into(),
                kind,
                cause: "some text".into(),
                ids: std::sync::Arc::default(),
            };
            assert!(advice(&error).unwrap().contains(word), "{kind:?}");
        }
    }
}
