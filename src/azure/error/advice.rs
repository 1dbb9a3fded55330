//! The next step for each error, as a line to show below it.

use super::ArmError;
use super::body::Fault;

/// The next step for `error`, where one is known.
pub(crate) fn help(error: &ArmError) -> Option<String> {
    match error {
        ArmError::Setup { help, .. } | ArmError::Auth { help, .. } => Some(help.clone()),
        ArmError::Transport { cause, .. } => Some(unreachable(cause)),
        ArmError::Service {
            status: 429,
            retry_after: Some(wait),
            ..
        } => Some(format!(
            "ARM asks to wait {}s; run again after that, or allow a longer wait with `--timeout`",
            wait.as_secs()
        )),
        ArmError::Service { status, fault, .. } => by_code(fault).or_else(|| by_status(*status)),
        ArmError::OperationFailed { fault, .. } => {
            Some(by_code(fault).unwrap_or_else(|| "run the same command again: it continues from what is there".into()))
        }
        ArmError::Timeout { .. } => Some(
            "the operation may still end in Azure; run the same command again, or allow more time with `--timeout`".into(),
        ),
        ArmError::ForeignLink { .. } => {
            Some("check `--arm-endpoint` and any proxy in between; the link was not followed".into())
        }
        ArmError::Decode { .. } => Some("check `--arm-endpoint`, and that no proxy answers in its place".into()),
    }
}

/// For a connection that did not work.
fn unreachable(cause: &str) -> String {
    if cause.contains("certificate") {
        "if a proxy or a sandbox signs with a CA of its own, name it with `--ca-file`".into()
    } else {
        "check the network, `HTTPS_PROXY` and `NO_PROXY`, and `--arm-endpoint`".into()
    }
}

/// For codes that have one clear way out.
fn by_code(fault: &Fault) -> Option<String> {
    let text = match fault.code.to_ascii_lowercase().as_str() {
        "authorizationfailed" | "linkedauthorizationfailed" => return Some(missing_right(fault)),
        "missingsubscriptionregistration" | "subscriptionnotregistered" => {
            return Some(unregistered(fault));
        }
        "networkrulevalidationerror" if fault.message.contains("taggedTrafficConsumers") => {
            "register `Microsoft.ContainerRegistry` in the virtual network's subscription: \
             `az provider register --namespace Microsoft.ContainerRegistry --subscription <id>`"
        }
        "networkrulevalidationerror" => {
            "set `serviceEndpoints: ensure`, so that the subnet gets its endpoint first"
        }
        "networkrulenotsupported" | "disablingpublicnetworkaccessnotsupported" => {
            "network rules need the Premium SKU: `az acr update --name <registry> --sku Premium`"
        }
        "requestdisallowedbypolicy" => {
            "change the spec to what the policy allows, or ask its owner for an exemption"
        }
        "scopelocked" => "remove the lock first: `az lock list --resource <id>`",
        "registrystatusconflict" | "anotheroperationinprogress" => {
            "another operation works on the resource; run the same command again when it has ended"
        }
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

/// For statuses whose code says nothing that we know.
fn by_status(status: u16) -> Option<String> {
    let text = match status {
        300..=399 => "the endpoint redirects, which ARM never does; check `--arm-endpoint`",
        401 => "sign in again, and check `--cloud` and the tenant: `az login --tenant <tenant>`",
        403 => "ask for a role that allows this; the README lists the rights that each command needs",
        404 => "check the id",
        409 => "another operation works on the resource; run the same command again when it has ended",
        412 => "the resource changed since it was read; run the same command again",
        429 => "ARM throttles this identity; run again a little later",
        500..=599 => {
            "the service failed; run the same command again, and quote the request id to Azure's support"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

/// Names the action and scope that ARM's message quotes: "does not have authorization to perform action 'A' over
/// scope 'S'" (Azure/acr troubleshooting guide). The refusal of a linked resource first names what the caller may do:
/// "has permission to perform action 'A' on scope 'S'; however, it does not have permission to perform action(s) 'B'
/// on the linked scope(s) 'L'" (Azure/azure-cli#14596).
fn missing_right(fault: &Fault) -> String {
    let message = fault.message.as_str();
    let lacks = message.find("does not have").map_or(message, |at| &message[at..]);
    let either = |one, many| quoted(lacks, one).or_else(|| quoted(lacks, many));
    match (either("action '", "action(s) '"), either("scope '", "scope(s) '")) {
        (Some(action), Some(scope)) => format!("ask for a role with `{action}` on `{scope}`"),
        (Some(action), None) => format!("ask for a role with `{action}`"),
        _ => {
            "ask for a role that allows this; the README lists the rights that each command needs".into()
        }
    }
}

/// Names the provider that the details point at (recorded: MissingSubscriptionRegistration, azure-cli).
fn unregistered(fault: &Fault) -> String {
    let namespace = fault
        .details
        .iter()
        .find_map(|detail| detail.target.clone())
        .or_else(|| quoted(&fault.message, "namespace '").map(str::to_owned))
        .unwrap_or_else(|| "<namespace>".to_owned());
    format!("register the provider: `az provider register --namespace {namespace} --subscription <id>`")
}

/// The text between `start`, which ends with a quote, and the next quote.
pub(crate) fn quoted<'a>(message: &'a str, start: &str) -> Option<&'a str> {
    let rest = &message[message.find(start)? + start.len()..];
    rest.split_once('\'').map(|(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(status: u16, fault: Fault) -> ArmError {
        ArmError::Service {
            call: "GET /x".into(),
            status,
            fault: Box::new(fault),
            retry_after: None,
            ids: std::sync::Arc::default(),
        }
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
                400,
                "NetworkRuleValidationError",
                "Could not validate network rule - Subnets s of virtual network v do not have ServiceEndpoints for Microsoft.ContainerRegistry resources configured.",
                "set `serviceEndpoints: ensure`, so that the subnet gets its endpoint first",
            ),
            (
                404,
                "ResourceGroupNotFound",
                "Resource group 'x' could not be found.",
                "check the resource group in the id, and the subscription",
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
                service(status, Fault::bare(code, message)).help().as_deref(),
                Some(help),
                "{code}"
            );
        }
    }

    #[test]
    fn an_untrusted_certificate_points_at_the_ca_file() {
        let error = ArmError::Transport {
            call: "GET /x".into(),
            cause: "invalid peer certificate: UnknownIssuer".into(),
            ids: std::sync::Arc::default(),
        };
        assert!(error.help().unwrap().contains("--ca-file"));
    }
}
