//! Causes of the article about network problems.

use super::links::{ACCESS, CLIENT_FIREWALL, FIREWALL, PRIVATE_LINK};
use crate::doctor::cause::Cause;

pub(in crate::doctor) const NETWORK: &[&Cause] =
    &[N1, N2, N3, N4, N5A, N5B, N6, N7, N8, N9, N11, NC1, NC2, NX5, NX8];

pub(in crate::doctor) const N1: &Cause = &Cause {
    id: "N1",
    title: "the registry's name does not resolve",
    why: "the name or the cloud's suffix is wrong, or a private DNS zone is linked that has no record for it",
    remedies: &[
        "look the name up: `nslookup {registry}`",
        "if it ends in a privatelink name, add the missing record to the zone `privatelink.azurecr.io`, or unlink the zone",
        "with DNS servers of your own, forward the zone to 168.63.129.16",
    ],
    link: PRIVATE_LINK,
};

pub(in crate::doctor) const N2: &Cause = &Cause {
    id: "N2",
    title: "the registry does not answer in time",
    why: "a firewall, an NSG or a route between the client and the registry drops the traffic",
    remedies: &[
        "try it from the same machine: `curl -sv https://{registry}/v2/`; 401 is the healthy answer",
        "allow HTTPS to the service tag AzureContainerRegistry, or to the registry's hosts",
    ],
    link: CLIENT_FIREWALL,
};

pub(in crate::doctor) const N3: &Cause = &Cause {
    id: "N3",
    title: "the client could not connect to the login server",
    why: "DNS, TCP, TLS or a proxy fails on the way, or there is no such registry",
    remedies: &[
        "try each step: `nslookup {registry}`, then `curl -sv https://{registry}/v2/`",
        "a certificate that Microsoft did not issue means that a proxy opens the connection: trust its CA, or exclude the registry from it",
    ],
    link: ACCESS,
};

pub(in crate::doctor) const N4: &Cause = &Cause {
    id: "N4",
    title: "an Azure service, such as AKS, cannot pull",
    why: "the registry does not admit the address or the subnet of the service, or its identity has no role",
    remedies: &[
        "ask the cluster: `az aks check-acr --acr {registry} -n CLUSTER -g GROUP`",
        "add the cluster's outbound address to `ipRules`, or its subnet to `subnets`",
    ],
    link: ACCESS,
};

pub(in crate::doctor) const N5A: &Cause = &Cause {
    id: "N5a",
    title: "something answers 403, perhaps a proxy on the way",
    why: "the client's proxy refuses, or the registry sees the proxy's address, which no rule admits",
    remedies: &[
        "compare the answer with and without the proxy: `curl -s https://{registry}/v2/`; the registry's own 403 names an address",
        "if the registry refuses, add the address that it names to `ipRules`",
    ],
    link: ACCESS,
};

pub(in crate::doctor) const N5B: &Cause = &Cause {
    id: "N5b",
    title: "the proxy of the Docker daemon does not work",
    why: "the proxy's URL has the wrong scheme or port, or the daemon was not restarted after a change",
    remedies: &[
        "correct the proxy of the daemon (an HTTP proxy has a URL with http://, also for HTTPS traffic)",
        "restart the daemon: `sudo systemctl restart docker`",
    ],
    link: ACCESS,
};

pub(in crate::doctor) const N6: &Cause = &Cause {
    id: "N6",
    title: "Azure refuses a subnet rule",
    why: "Microsoft.ContainerRegistry is not registered in the network's subscription, or you have no right to join the subnet",
    remedies: &[
        "register the provider there: `az provider register --namespace Microsoft.ContainerRegistry --subscription NETWORK_SUBSCRIPTION`",
        "get a role with Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action on the subnet",
    ],
    link: ACCESS,
};

pub(in crate::doctor) const N7: &Cause = &Cause {
    id: "N7",
    title: "you may not read or manage the registry",
    why: "the signed-in identity has no role on it",
    remedies: &["get a role on the registry, such as Reader to look or Contributor to change"],
    link: ACCESS,
};

pub(in crate::doctor) const N8: &Cause = &Cause {
    id: "N8",
    title: "a policy, a lock or a setting forbids the change",
    why: "Azure Policy, a ReadOnly lock or the export policy protects the registry",
    remedies: &[
        "read which one the error names, and ask its owner for an exemption, or change the setting first",
    ],
    link: ACCESS,
};

pub(in crate::doctor) const N9: &Cause = &Cause {
    id: "N9",
    title: "ACR Tasks do not get into the registry",
    why: "tasks come from Azure's addresses, and networkRuleBypassAllowedForTasks is false, the default since June 2025",
    remedies: &[
        "set `tasksBypass: true` for the registry in the spec, if its tasks have a system-assigned identity",
        "else run the tasks on an agent pool in a subnet that is admitted",
    ],
    link: "https://aka.ms/acr/tasks-network-rule-bypass-policy",
};

pub(in crate::doctor) const N11: &Cause = &Cause {
    id: "N11",
    title: "the path to the registry's private endpoint is broken",
    why: "the name resolves to an address that this client cannot reach, or to the public one while public access is off",
    remedies: &[
        "link the zone `privatelink.azurecr.io` to the client's network, and use the name {registry}",
        "check that the private endpoint's connection is approved, and that the networks are peered",
    ],
    link: PRIVATE_LINK,
};

pub(in crate::doctor) const NC1: &Cause = &Cause {
    id: "NC1",
    title: "a firewall or proxy on the client's side is in the way",
    why: "it does not allow the registry's host, or the host that the layers come from",
    remedies: &[
        "allow HTTPS to {registry} and to its data endpoints, or to *.blob.core.windows.net without dedicated data endpoints",
    ],
    link: CLIENT_FIREWALL,
};

pub(in crate::doctor) const NC2: &Cause = &Cause {
    id: "NC2",
    title: "the registry's firewall refuses this client",
    why: "no rule admits the address that the registry saw, or public network access is disabled",
    remedies: &[
        "see why: `ringfence explain {name} --from {address}`",
        "for good: `ringfence rule add -n {name} --ip-address {address}`, or the same line in `ipRules` of the spec",
        "for one job: `ringfence with-access {name} -- COMMAND`",
    ],
    link: FIREWALL,
};

pub(in crate::doctor) const NX5: &Cause = &Cause {
    id: "NX5",
    title: "the host of the layers cannot be reached",
    why: "layers come from a data endpoint or from Azure Storage, which the client's firewall or DNS does not know",
    remedies: &[
        "look up each host that `ringfence endpoints {name}` lists",
        "turn on dedicated data endpoints (`dataEndpoint: true`), and allow these hosts",
    ],
    link: CLIENT_FIREWALL,
};

pub(in crate::doctor) const NX8: &Cause = &Cause {
    id: "NX8",
    title: "Microsoft.ContainerRegistry is not registered in the subscription",
    why: "Azure takes no registry and no subnet rule from a subscription without it",
    remedies: &[
        "register it: `az provider register --namespace Microsoft.ContainerRegistry --subscription SUBSCRIPTION`",
    ],
    link: ACCESS,
};
