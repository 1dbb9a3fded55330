//! Causes of the article about network problems.

use super::links::{ACCESS, CLIENT_FIREWALL, FIREWALL, PRIVATE_LINK};
use crate::doctor::cause::{Cause, FoundBy};

pub(in crate::doctor) const NETWORK: &[&Cause] = &[
    N1, N2, N3, N4, N5A, N5B, N6, N7, N8, N9, N10, N11, NC1, NC2, NC3, NC4, NX1, NX2, NX3, NX4, NX5,
    NX6, NX7, NX8, NX9, NX10, NX11,
];

pub(in crate::doctor) const N1: &Cause = &Cause {
    id: "N1",
    also: &[],
    found_by: FoundBy::Probes(""),
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
    also: &[],
    found_by: FoundBy::Probes(""),
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
    also: &["L3"],
    found_by: FoundBy::Probes(""),
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
    also: &["L6"],
    found_by: FoundBy::InPart("--aks ID"),
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
    also: &["L7"],
    found_by: FoundBy::Probes(""),
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
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "the client's proxy does not work",
    why: "its URL has the wrong scheme or port, it does not run, or the Docker daemon was not restarted after a change",
    remedies: &[
        "correct the proxy of the daemon (an HTTP proxy has a URL with http://, also for HTTPS traffic)",
        "restart the daemon: `sudo systemctl restart docker`",
    ],
    link: ACCESS,
};

pub(in crate::doctor) const N6: &Cause = &Cause {
    id: "N6",
    also: &[],
    found_by: FoundBy::Log,
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
    also: &["L8"],
    found_by: FoundBy::Probes(""),
    title: "you may not read or manage the registry",
    why: "the signed-in identity has no role on it",
    remedies: &["get a role on the registry, such as Reader to look or Contributor to change"],
    link: ACCESS,
};

pub(in crate::doctor) const N8: &Cause = &Cause {
    id: "N8",
    also: &[],
    found_by: FoundBy::InPart(""),
    title: "a policy, a lock or a setting forbids the change",
    why: "Azure Policy, a ReadOnly lock or the export policy protects the registry",
    remedies: &[
        "read which one the error names, and ask its owner for an exemption, or change the setting first",
    ],
    link: ACCESS,
};

pub(in crate::doctor) const N9: &Cause = &Cause {
    id: "N9",
    also: &[],
    found_by: FoundBy::Probes(""),
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
    also: &[],
    found_by: FoundBy::Probes(""),
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
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "a firewall or proxy on the client's side is in the way",
    why: "it does not allow the registry's host, or the host that the layers come from",
    remedies: &[
        "allow HTTPS to {registry} and to its data endpoints, or to *.blob.core.windows.net without dedicated data endpoints",
    ],
    link: CLIENT_FIREWALL,
};

pub(in crate::doctor) const NC2: &Cause = &Cause {
    id: "NC2",
    also: &["LC4"],
    found_by: FoundBy::Probes(""),
    title: "the registry's firewall refuses this client",
    why: "no rule admits the address that the registry saw, or public network access is disabled",
    remedies: &[
        "see why: `ringfence explain {name} --from {client}`",
        "for good: `{add_address}`, or the same line in `ipRules` of the spec",
        "for one job: `{with_access} -- COMMAND`",
    ],
    link: FIREWALL,
};

pub(in crate::doctor) const NX5: &Cause = &Cause {
    id: "NX5",
    also: &[],
    found_by: FoundBy::Probes(""),
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
    also: &["S13"],
    found_by: FoundBy::Probes(""),
    title: "Microsoft.ContainerRegistry is not registered in the subscription",
    why: "Azure takes no registry and no subnet rule from a subscription without it",
    remedies: &[
        "register it: `az provider register --namespace Microsoft.ContainerRegistry --subscription SUBSCRIPTION`",
    ],
    link: ACCESS,
};

pub(in crate::doctor) const N10: &Cause = &Cause {
    id: "N10",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "Microsoft Defender for Cloud cannot scan images",
    why: "trusted services have no bypass, or the registry has subnet rules, which cut trusted services off",
    remedies: &[
        "set `trustedServices: true` for the registry in the spec",
        "with subnet rules, replace them by a private endpoint: the bypass does not hold beside them",
    ],
    link: ACCESS,
};

pub(in crate::doctor) const NC3: &Cause = &Cause {
    id: "NC3",
    also: &[],
    found_by: FoundBy::InPart("--vnet ID or --from-subnet ID"),
    title: "the virtual network or the private endpoint is set up wrong",
    why: "the network lacks a rule, an endpoint, a DNS record or a route to the registry",
    remedies: &[
        "check the DNS of the private endpoints: `ringfence doctor {name} --vnet VNET_ID`",
        "check the way out of a subnet: `ringfence doctor {name} --from-subnet SUBNET_ID`",
    ],
    link: ACCESS,
};

pub(in crate::doctor) const NC4: &Cause = &Cause {
    id: "NC4",
    also: &[],
    found_by: FoundBy::InPart(""),
    title: "an Azure service does not get into the restricted registry",
    why: "the service is not a trusted one, or trusted services have no bypass",
    remedies: &[
        "see if trusted services get in: `ringfence explain {name} --from trusted-services`",
        "let the service come from a subnet or an address that a rule admits",
    ],
    link: ACCESS,
};

pub(in crate::doctor) const NX1: &Cause = &Cause {
    id: "NX1",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "subnet rules have no effect while public network access is disabled",
    why: "disabled public network access cuts service endpoints off too",
    remedies: &[
        "set `publicNetworkAccess: Enabled` with `defaultAction: Deny` for the registry in the spec",
        "or let the clients come through a private endpoint",
    ],
    link: ACCESS,
};

pub(in crate::doctor) const NX2: &Cause = &Cause {
    id: "NX2",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "IP rules do not concern clients of private endpoints",
    why: "a client that comes through a private endpoint gets in whatever the rules are",
    remedies: &["nothing to mend: see who gets in with `ringfence explain {name} --from ADDRESS`"],
    link: ACCESS,
};

pub(in crate::doctor) const NX3: &Cause = &Cause {
    id: "NX3",
    also: &[],
    found_by: FoundBy::Probes("--vnet ID"),
    title: "the private DNS of the virtual network is wrong or incomplete",
    why: "a name of the registry resolves to another address than that of its private endpoint",
    remedies: &[
        "check it: `ringfence doctor {name} --vnet VNET_ID`; from inside the network, `az acr check-health -n {name} --vnet VNET_ID{subscription_flag}` does so too",
    ],
    link: PRIVATE_LINK,
};

pub(in crate::doctor) const NX4: &Cause = &Cause {
    id: "NX4",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "the DNS servers mix public and private addresses of the registry",
    why: "a zone or a forwarder knows only a part of the private records",
    remedies: &[
        "compare the servers: `ringfence doctor {registry} --dns-server ADDRESS`",
        "forward the zone `privatelink.azurecr.io` to 168.63.129.16 on every DNS server",
    ],
    link: PRIVATE_LINK,
};

pub(in crate::doctor) const NX6: &Cause = &Cause {
    id: "NX6",
    also: &[],
    found_by: FoundBy::InPart("--from-subnet ID"),
    title: "an NSG or a route of the subnet stops the traffic to the registry",
    why: "a rule of a higher priority denies it, or the route table sends it elsewhere",
    remedies: &[
        "check it: `ringfence doctor {name} --from-subnet SUBNET_ID`",
        "allow TCP 443 to the service tag AzureContainerRegistry",
    ],
    link: CLIENT_FIREWALL,
};

pub(in crate::doctor) const NX7: &Cause = &Cause {
    id: "NX7",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "no rule admits the subnet of this client",
    why: "the registry saw a private address: the request came over a service endpoint, and its subnet has no rule",
    remedies: &[
        "add the rule: `{add_subnet}`, or the same line in `subnets` of the spec",
        "or let the client come through a private endpoint",
    ],
    link: ACCESS,
};

pub(in crate::doctor) const NX9: &Cause = &Cause {
    id: "NX9",
    also: &[],
    found_by: FoundBy::InPart(""),
    title: "Azure Firewall or another appliance stops the traffic",
    why: "it allows neither the service tag nor the hosts of the registry",
    remedies: &["list what it has to allow: `ringfence endpoints {name} --as azure-firewall`"],
    link: CLIENT_FIREWALL,
};

pub(in crate::doctor) const NX10: &Cause = &Cause {
    id: "NX10",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "nothing keeps the login events of the registry",
    why: "no diagnostic setting sends ContainerRegistryLoginEvents to a workspace",
    remedies: &[
        "make a diagnostic setting with the category ContainerRegistryLoginEvents and a workspace",
    ],
    link: ACCESS,
};

pub(in crate::doctor) const NX11: &Cause = &Cause {
    id: "NX11",
    also: &[],
    found_by: FoundBy::Advice,
    title: "none of this helps",
    why: "the problem may be one of Azure itself",
    remedies: &["ask Azure support or the community, with the correlation id of the refusal"],
    link: "https://azure.microsoft.com/support/create-ticket/",
};
