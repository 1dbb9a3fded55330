//! Causes without a row in the articles, by the code of the service or of `az acr check-health`.

use super::links::{CLIENT_FIREWALL, HEALTH};
use crate::doctor::cause::{Cause, FoundBy};

pub(in crate::doctor) const SERVICE: &[&Cause] = &[
    CMK,
    BUSY,
    THROTTLED,
    TOO_MANY,
    API_VERSION,
    NO_DOCKER_ACCESS,
    NOT_A_REGISTRY,
    UNKNOWN,
];

pub(in crate::doctor) const CMK: &Cause = &Cause {
    id: "CMK_ERROR",
    also: &[],
    found_by: FoundBy::Log,
    title: "the registry cannot use its encryption key",
    why: "its identity has no access to the key vault, or the vault's own firewall refuses the registry",
    remedies: &[
        "in the key vault, admit trusted services, and give the registry's identity get, wrap and unwrap",
    ],
    link: HEALTH,
};

pub(in crate::doctor) const BUSY: &Cause = &Cause {
    id: "RegistryStatusConflict",
    also: &[],
    found_by: FoundBy::InPart(""),
    title: "another operation changes the registry",
    why: "Azure makes one change of a registry at a time",
    remedies: &["try again when it is done; `ringfence apply` waits for it"],
    link: "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors",
};

pub(in crate::doctor) const THROTTLED: &Cause = &Cause {
    id: "SubscriptionRequestsThrottled",
    also: &[],
    found_by: FoundBy::InPart(""),
    title: "Azure Resource Manager limits the rate of requests",
    why: "the caller sent more requests than its subscription allows in that time",
    remedies: &["wait as long as the answer says; an early try starts the wait again"],
    link: "https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling",
};

pub(in crate::doctor) const TOO_MANY: &Cause = &Cause {
    id: "CONNECTIVITY_TOOMANYREQUESTS_ERROR",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "the registry limits the rate of requests",
    why: "many clients ask at the same time, or one asks very often",
    remedies: &["wait, and ask less often; a higher tier allows more"],
    link: HEALTH,
};

pub(in crate::doctor) const API_VERSION: &Cause = &Cause {
    id: "NoRegisteredProviderFound",
    also: &[],
    found_by: FoundBy::Log,
    title: "the api-version or the location is not known to Azure",
    why: "the client asks with an api-version that this cloud does not have",
    remedies: &["update the client, or choose an api-version that the error lists"],
    link: "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors",
};

pub(in crate::doctor) const NO_DOCKER_ACCESS: &Cause = &Cause {
    id: "DOCKER_DAEMON_ERROR",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "this user may not use the Docker daemon",
    why: "the socket of the daemon belongs to root and to the group docker, and the user is in neither",
    remedies: &[
        "add the user to the group, and sign in to the machine again: `sudo usermod -aG docker $USER`",
        "or run the command as root: `sudo docker login {registry}`",
    ],
    link: "https://docs.docker.com/engine/install/linux-postinstall/",
};

pub(in crate::doctor) const NOT_A_REGISTRY: &Cause = &Cause {
    id: "NOT_A_REGISTRY",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "the host is not an Azure registry, or another server answers in its place",
    why: "a wrong name leads to another server, and a gateway or a portal on the way can answer for the registry",
    remedies: &[
        "use a login server that Azure shows: `az acr list --query '[].loginServer'`",
        "compare with a healthy answer, a 401: `curl -si https://{registry}/v2/`",
    ],
    link: CLIENT_FIREWALL,
};

pub(in crate::doctor) const UNKNOWN: &Cause = &Cause {
    id: "UNKNOWN_CAUSE",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "a step fails, and its cause is not known",
    why: "the service may be in trouble, or something on the way may change its answers",
    remedies: &[
        "try again in some minutes: `ringfence doctor {registry}`",
        "if it fails again, ask Azure support, with the result of `ringfence doctor {registry} -o markdown`",
    ],
    link: "https://azure.microsoft.com/support/create-ticket/",
};
