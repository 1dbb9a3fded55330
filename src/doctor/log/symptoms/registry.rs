//! Words about a registry, its logins, the client's machine, and changes of a registry.

use crate::doctor::causes::{
    API_VERSION, BUSY, CMK, L2A, L2B, L4, L5, LC2, LC5, LX1, LX2, LX3, LX4, N4, N5A, N6, N7, N8, N9,
    N11, NC1, NC2, NO_DOCKER_ACCESS, NX5, NX8, S1, S3, S15, S16, S19, THROTTLED, TOO_MANY,
};
use crate::doctor::log::symptom::Origin::{Named, OnlyRegistries, Unnamed};
use crate::doctor::log::symptom::{Symptom, alone, followed};
use crate::doctor::types::Confidence::{High, Low, Medium};

const PROVIDER: &[&str] = &["microsoft.containerregistry"];
const FORBIDDEN_CHANGE: &[&str] = &["requestdisallowedbypolicy", "disallowed by policy", "scopelocked"];
const RATE_LIMIT: &[&str] = &["subscriptionrequeststhrottled", "resourcerequeststhrottled"];

pub(super) static REGISTRY: &[Symptom] = &[
    // The firewall of the registry, in its own words and in those of `az`.
    followed(
        &["client with IP"],
        &["is not allowed access"],
        OnlyRegistries,
        &[(NC2, High), (S19, Low)],
    ),
    followed(
        &["code: DENIED"],
        &["aka.ms/acr/firewall"],
        OnlyRegistries,
        &[(NC2, High), (S19, Low)],
    ),
    alone(
        &["looks like you don't have access to registry"],
        OnlyRegistries,
        &[(NC2, High)],
    ),
    alone(&["CONNECTIVITY_FORBIDDEN_ERROR"], OnlyRegistries, &[(NC2, High)]),
    alone(
        &["CONNECTIVITY_CHALLENGE_ERROR", "did not issue a challenge"],
        OnlyRegistries,
        &[(NC2, Medium), (N11, Low)],
    ),
    followed(
        &["CONNECTIVITY_REFRESH_TOKEN_ERROR"],
        &["response code: 403"],
        OnlyRegistries,
        &[(L5, High), (NC2, High)],
    ),
    followed(
        &["CONNECTIVITY_REFRESH_TOKEN_ERROR"],
        &["response code: 401"],
        OnlyRegistries,
        &[(L5, High), (LC5, Medium)],
    ),
    followed(
        &["CONNECTIVITY_REFRESH_TOKEN_ERROR"],
        &["response code: 429"],
        OnlyRegistries,
        &[(TOO_MANY, High)],
    ),
    alone(
        &["CONNECTIVITY_TOOMANYREQUESTS_ERROR"],
        OnlyRegistries,
        &[(TOO_MANY, High)],
    ),
    followed(
        &["failed to login, ran out of retries"],
        &["client with IP"],
        OnlyRegistries,
        &[(N9, High)],
    ),
    // A 403 whose words say nothing of an address.
    followed(
        &["login attempt"],
        &["failed with status: 403"],
        Unnamed,
        &[(NC2, Medium), (N5A, Medium)],
    ),
    followed(
        &["failed to fetch anonymous token"],
        &[": 403"],
        Named,
        &[(N4, Medium), (NC2, Medium)],
    ),
    alone(
        &[
            "error parsing HTTP 403 response body",
            "received unexpected HTTP status: 403",
        ],
        Unnamed,
        &[(N5A, Low), (NX5, Low), (NC1, Low)],
    ),
    followed(
        &[
            "unexpected status",
            "response status code",
            "invalid status code from registry",
        ],
        &["403 Forbidden", "403: Forbidden", "403 (Forbidden)"],
        Named,
        &[(NC2, Medium), (N5A, Low)],
    ),
    // Credentials and roles.
    followed(
        &["failed to fetch anonymous token"],
        &[": 401"],
        Named,
        &[(LC5, Medium), (LC2, Medium)],
    ),
    followed(
        &[
            "unexpected status",
            "response status code",
            "invalid status code from registry",
        ],
        &["401 Unauthorized", "401: Unauthorized", "401 (Unauthorized)"],
        Named,
        &[(L4, Medium), (LC2, Low)],
    ),
    alone(
        &["unauthorized: authentication required"],
        Named,
        &[(L4, Medium), (L2A, Medium)],
    ),
    followed(
        &["code: UNAUTHORIZED"],
        &["message: authentication required"],
        Named,
        &[(L2A, High), (L4, Medium)],
    ),
    // Podman and its like; Docker without a login; Jib.
    alone(
        &[
            "invalid username/password",
            "no basic auth credentials",
            "make sure your credentials for",
        ],
        Named,
        &[(L2A, High)],
    ),
    followed(
        &["unexpected status"],
        &["429 Too Many Requests"],
        Named,
        &[(TOO_MANY, High)],
    ),
    alone(
        &["NAME_UNKNOWN", "repository name not known to registry"],
        Named,
        &[(LC2, Medium)],
    ),
    alone(
        &["Application not registered with AAD"],
        OnlyRegistries,
        &[(L2B, High)],
    ),
    alone(
        &[
            "pull access denied",
            "insufficient_scope",
            "requested access to the resource is denied",
        ],
        Named,
        &[(LC5, Medium), (LC2, Low)],
    ),
    alone(
        &["CONNECTIVITY_ACCESS_TOKEN_ERROR"],
        OnlyRegistries,
        &[(LC5, High)],
    ),
    alone(
        &["does not have authorization to perform action 'Microsoft.ContainerRegistry/"],
        OnlyRegistries,
        &[(N7, High)],
    ),
    alone(
        &["unable to get admin user credentials"],
        OnlyRegistries,
        &[(L5, Medium)],
    ),
    // The client's machine, whatever it was to reach.
    alone(&["DOCKER_DAEMON_ERROR"], OnlyRegistries, &[(LX2, High)]),
    alone(
        &[
            "cannot connect to the Docker daemon",
            "Docker daemon is not running",
            "failed to connect to the docker API",
            "open //./pipe/docker_engine: the system cannot find the file",
        ],
        Unnamed,
        &[(LX2, High)],
    ),
    // moby/moby: client/request.go, in its words of before and after 2025.
    alone(
        &[
            "permission denied while trying to connect to the Docker daemon socket",
            "permission denied while trying to connect to the Docker API",
        ],
        Unnamed,
        &[(NO_DOCKER_ACCESS, High)],
    ),
    alone(
        &["DOCKER_COMMAND_ERROR", "DOCKER_VERSION_ERROR"],
        OnlyRegistries,
        &[(LX1, High)],
    ),
    alone(
        &[
            "docker: command not found",
            "exec: docker: executable file not found",
        ],
        Unnamed,
        &[(LX1, High)],
    ),
    alone(&["repository name must be lowercase"], Named, &[(LX3, High)]),
    alone(&["please run 'az login' to setup account"], Named, &[(LX4, High)]),
    followed(
        &["az acr "],
        &["please run 'az login'"],
        OnlyRegistries,
        &[(LX4, High)],
    ),
    alone(
        &[
            "LOGIN_SERVER_ERROR",
            "'Microsoft.ContainerRegistry/registries' could not be found",
        ],
        OnlyRegistries,
        &[(LC2, High)],
    ),
    followed(
        &["the resource 'Microsoft.ContainerRegistry/registries/"],
        &["was not found"],
        OnlyRegistries,
        &[(LC2, High)],
    ),
    // Changes that Azure refuses.
    alone(
        &[
            "failed to save firewall and virtual network settings",
            "taggedTrafficConsumers/validate/action",
        ],
        OnlyRegistries,
        &[(N6, High)],
    ),
    alone(
        &["subnets/joinViaServiceEndpoint/action"],
        Unnamed,
        &[(N6, Medium)],
    ),
    alone(
        &["do not have ServiceEndpoints for Microsoft.ContainerRegistry"],
        OnlyRegistries,
        &[(S15, High)],
    ),
    alone(
        &["NetworkRuleValidationError"],
        OnlyRegistries,
        &[(S15, Medium), (N6, Low)],
    ),
    alone(
        &["found duplicate virtual network rule"],
        OnlyRegistries,
        &[(S16, High)],
    ),
    alone(
        &[
            "NetworkRuleNotSupported",
            "network rules are only supported for managed registries",
            "DisablingPublicNetworkAccessNotSupported",
        ],
        OnlyRegistries,
        &[(S3, High)],
    ),
    followed(
        &["exceeds allowed quota"],
        &["for the SKU"],
        OnlyRegistries,
        &[(S1, High)],
    ),
    alone(&["has exports disabled"], OnlyRegistries, &[(N8, High)]),
    followed(FORBIDDEN_CHANGE, PROVIDER, OnlyRegistries, &[(N8, High)]),
    followed(PROVIDER, FORBIDDEN_CHANGE, OnlyRegistries, &[(N8, High)]),
    alone(&["RegistryStatusConflict"], OnlyRegistries, &[(BUSY, High)]),
    followed(
        &[
            "MissingSubscriptionRegistration",
            "not registered to use namespace",
        ],
        PROVIDER,
        OnlyRegistries,
        &[(NX8, High)],
    ),
    followed(RATE_LIMIT, PROVIDER, OnlyRegistries, &[(THROTTLED, High)]),
    followed(PROVIDER, RATE_LIMIT, OnlyRegistries, &[(THROTTLED, High)]),
    alone(RATE_LIMIT, Named, &[(THROTTLED, Medium)]),
    followed(
        &["NoRegisteredProviderFound"],
        &["microsoft.containerregistry", "type 'registries'"],
        OnlyRegistries,
        &[(API_VERSION, High)],
    ),
    // Encryption with a key of the customer.
    followed(
        &["failed to access KeyId"],
        &["aka.ms/acr/cmk"],
        OnlyRegistries,
        &[(CMK, High)],
    ),
    alone(&["CMK_ERROR"], OnlyRegistries, &[(CMK, High)]),
];
