//! The table of symptoms: the words of clients, and the causes that they speak for.
//!
//! Sources of the words: the articles named in `causes`; the error reference of `az acr check-health`; public reports,
//! such as docker/build-push-action#1214, Azure/AKS#4459, docker/login-action#718 and spotify/docker-maven-plugin#364.

use super::symptom::Origin::{Layers, Named, OnlyRegistries, Unnamed};
use super::symptom::{Symptom, alone, followed};
use crate::doctor::causes::{
    API_VERSION, BUSY, CMK, L2A, L2B, L4, L5, LC2, LC5, LX1, LX2, LX3, LX4, N1, N2, N3, N4, N5A, N5B,
    N6, N7, N8, N9, N11, NC1, NC2, NO_DOCKER_ACCESS, NX5, NX8, S1, S3, S15, S16, S19, THROTTLED,
    TOO_MANY,
};
use crate::doctor::types::Confidence::{High, Low, Medium};

/// The end of a request that did not come through.
const FAILED_REQUEST: &[&str] = &[
    ": EOF",
    "i/o timeout",
    ": 403",
    "no such host",
    "connection refused",
    "connection reset",
    "timed out",
    "timeout exceeded",
];
const PROVIDER: &[&str] = &["microsoft.containerregistry"];
const FORBIDDEN_CHANGE: &[&str] = &["requestdisallowedbypolicy", "disallowed by policy", "scopelocked"];
const RATE_LIMIT: &[&str] = &["subscriptionrequeststhrottled", "resourcerequeststhrottled"];

pub(super) static SYMPTOMS: &[Symptom] = &[
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
        &["unexpected status", "response status code"],
        &["403 Forbidden"],
        Named,
        &[(NC2, Medium), (N5A, Low)],
    ),
    // DNS.
    followed(
        &["lookup"],
        &["no such host", "server misbehaving"],
        Named,
        &[(N1, High)],
    ),
    alone(&["CONNECTIVITY_DNS_ERROR"], OnlyRegistries, &[(N1, High)]),
    alone(
        &[
            "could not resolve host",
            "name or service not known",
            "temporary failure in name resolution",
            "getaddrinfo ENOTFOUND",
            "getaddrinfo EAI_AGAIN",
            ": NXDOMAIN",
            "no such host is known",
            "remote name could not be resolved",
        ],
        Named,
        &[(N1, High)],
    ),
    // TCP, TLS and proxies.
    followed(
        &["dial tcp"],
        &[":443: i/o timeout", ":443: connect: connection timed out"],
        Named,
        &[(N2, Medium), (N11, Medium)],
    ),
    alone(
        &[
            "Client.Timeout exceeded while awaiting headers",
            "request canceled while waiting for connection",
            "TLS handshake timeout",
            "context deadline exceeded",
            "connection timed out",
            "ConnectTimeout",
        ],
        Named,
        &[(N2, Medium)],
    ),
    alone(
        &[
            "host is not reachable",
            "no route to host",
            "network is unreachable",
        ],
        Named,
        &[(N11, Medium), (N2, Low)],
    ),
    followed(
        &["certificate is valid for *.azurecr."],
        &["privatelink"],
        OnlyRegistries,
        &[(N11, High)],
    ),
    alone(
        &[
            "certificate signed by unknown authority",
            "CERTIFICATE_VERIFY_FAILED",
            "unable to get local issuer certificate",
            "self-signed certificate",
            "self signed certificate",
        ],
        Named,
        &[(N3, Medium), (NC1, Medium)],
    ),
    alone(
        &["CONNECTIVITY_SSL_ERROR"],
        OnlyRegistries,
        &[(N3, Medium), (NC1, Medium)],
    ),
    alone(&["proxyconnect tcp:"], Unnamed, &[(N5B, High)]),
    alone(
        &["could not connect to the registry login server"],
        OnlyRegistries,
        &[(N3, High)],
    ),
    // The host of the layers.
    followed(
        &["docker/registry/v2/blobs"],
        FAILED_REQUEST,
        Layers,
        &[(NX5, High), (NC1, Medium)],
    ),
    followed(
        &[".data.azurecr.io", ".data.azurecr.cn", ".data.azurecr.us"],
        FAILED_REQUEST,
        OnlyRegistries,
        &[(NX5, High), (NC1, Medium)],
    ),
    // Credentials and roles.
    followed(
        &["failed to fetch anonymous token"],
        &[": 401"],
        Named,
        &[(LC5, Medium), (LC2, Medium)],
    ),
    followed(
        &["unexpected status"],
        &["401 Unauthorized"],
        Named,
        &[(L4, Medium), (LC2, Low)],
    ),
    alone(
        &["unauthorized: authentication required"],
        Named,
        &[(L4, Medium), (L2A, Medium)],
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
    // The client's machine.
    alone(&["DOCKER_DAEMON_ERROR"], OnlyRegistries, &[(LX2, High)]),
    alone(
        &[
            "cannot connect to the Docker daemon",
            "Docker daemon is not running",
        ],
        Named,
        &[(LX2, High)],
    ),
    // moby/moby: client/request.go, in its words of before and after 2025.
    alone(
        &[
            "permission denied while trying to connect to the Docker daemon socket",
            "permission denied while trying to connect to the Docker API",
        ],
        Named,
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
        Named,
        &[(LX1, High)],
    ),
    alone(&["repository name must be lowercase"], Named, &[(LX3, High)]),
    alone(&["please run 'az login' to setup account"], Named, &[(LX4, High)]),
    alone(
        &[
            "LOGIN_SERVER_ERROR",
            "'Microsoft.ContainerRegistry/registries' could not be found",
        ],
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
