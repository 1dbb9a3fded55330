//! Causes of the article about service endpoints.

use super::links::VNET;
use crate::doctor::cause::{Cause, FoundBy};

pub(in crate::doctor) const SUBNET: &[&Cause] = &[
    S1, S2, S3, S4, S5, S6, S7, S8, S9, S10, S11, S12, S14, S15, S16, S17, S18, S19, S20, S21, S22, S23,
    S24, S25, S26,
];

pub(in crate::doctor) const S1: &Cause = &Cause {
    id: "S1",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "the registry has no room for another rule",
    why: "the quota of the tier is used up; the error names it",
    remedies: &["merge neighbouring ranges: `ringfence validate` names those that contain each other"],
    link: VNET,
};

pub(in crate::doctor) const S3: &Cause = &Cause {
    id: "S3",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "the registry's tier has no network rules",
    why: "only Premium registries have them",
    remedies: &["change the tier: `az acr update -n {name} --sku Premium{subscription_flag}`"],
    link: VNET,
};

pub(in crate::doctor) const S15: &Cause = &Cause {
    id: "S15",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "the subnet has no service endpoint for registries",
    why: "Azure refuses a subnet rule until the subnet has the endpoint Microsoft.ContainerRegistry",
    remedies: &[
        "list the subnet in the spec: `ringfence apply` turns its endpoint on, and keeps the others",
    ],
    link: VNET,
};

pub(in crate::doctor) const S16: &Cause = &Cause {
    id: "S16",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "a subnet is listed twice",
    why: "ids of resources have no case, so two spellings are one subnet",
    remedies: &["list each subnet once: `ringfence validate` names duplicates"],
    link: VNET,
};

pub(in crate::doctor) const S19: &Cause = &Cause {
    id: "S19",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "a new rule may not be in effect yet",
    why: "a change takes some minutes to reach the registry's firewall",
    remedies: &[
        "try again for up to 10 minutes: `curl -s https://{registry}/v2/` answers 401 when it is in effect",
        "`--wait-effective` of `ringfence apply` and `ringfence rule add` waits for it",
    ],
    link: VNET,
};

pub(in crate::doctor) const S2: &Cause = &Cause {
    id: "S2",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "the registry has private endpoints and subnet rules",
    why: "Azure does not support both on one registry",
    remedies: &["remove the subnet rules: `subnets: []` in the spec"],
    link: VNET,
};

pub(in crate::doctor) const S4: &Cause = &Cause {
    id: "S4",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "the registry has subnet rules, a preview that is not developed further",
    why: "Microsoft advises private endpoints instead",
    remedies: &["plan private endpoints for the clients of these subnets"],
    link: VNET,
};

pub(in crate::doctor) const S5: &Cause = &Cause {
    id: "S5",
    also: &[],
    found_by: FoundBy::Advice,
    title: "the portal does not show subnet rules",
    why: "it cannot set up service endpoints of registries",
    remedies: &["list them: `ringfence rule list -n {name}`"],
    link: VNET,
};

pub(in crate::doctor) const S6: &Cause = &Cause {
    id: "S6",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "a subnet belongs to a service whose clients no subnet rule admits",
    why: "only virtual machines and AKS clusters reach a registry over a service endpoint",
    remedies: &["move the client to a subnet without delegation, or admit its public address"],
    link: VNET,
};

pub(in crate::doctor) const S7: &Cause = &Cause {
    id: "S7",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "this cloud has no service endpoints for registries",
    why: "Azure Government and Azure in China do not have them",
    remedies: &["use private endpoints"],
    link: VNET,
};

pub(in crate::doctor) const S8: &Cause = &Cause {
    id: "S8",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "trusted services are cut off",
    why: "public network access is disabled, and trusted services have no bypass",
    remedies: &["set `trustedServices: true` for the registry in the spec"],
    link: VNET,
};

pub(in crate::doctor) const S9: &Cause = &Cause {
    id: "S9",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "services without a private endpoint are cut off, such as Azure DevOps Services",
    why: "public network access is disabled",
    remedies: &["use self-hosted agents in a network with a private endpoint"],
    link: VNET,
};

pub(in crate::doctor) const S10: &Cause = &Cause {
    id: "S10",
    also: &[],
    found_by: FoundBy::Advice,
    title: "Microsoft-hosted agents do not reach private endpoints",
    why: "they run in networks of Microsoft",
    remedies: &[
        "use self-hosted agents",
        "or open the registry for the time of a job: `{with_access} -- COMMAND`",
    ],
    link: VNET,
};

pub(in crate::doctor) const S11: &Cause = &Cause {
    id: "S11",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "repositories and tags cannot be listed from outside the virtual network",
    why: "the registry has a private endpoint and disabled public network access, so this is by design",
    remedies: &["list them from inside the network"],
    link: VNET,
};

pub(in crate::doctor) const S12: &Cause = &Cause {
    id: "S12",
    also: &[],
    found_by: FoundBy::Advice,
    title: "an old Azure CLI has no network rules",
    why: "they came with version 2.0.58",
    remedies: &["nothing to mend: ringfence does not use the Azure CLI for rules"],
    link: VNET,
};

pub(in crate::doctor) const S14: &Cause = &Cause {
    id: "S14",
    also: &[],
    found_by: FoundBy::Advice,
    title: "the test needs a virtual machine with Docker in the subnet",
    why: "only a client in the subnet comes over its service endpoint",
    remedies: &["run `ringfence doctor {name}` there: it needs no Docker"],
    link: VNET,
};

pub(in crate::doctor) const S17: &Cause = &Cause {
    id: "S17",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "the rules of the registry are dormant",
    why: "its default action is Allow, so everyone gets in",
    remedies: &["set `defaultAction: Deny` in the spec, and see who loses access: `ringfence plan`"],
    link: VNET,
};

pub(in crate::doctor) const S18: &Cause = &Cause {
    id: "S18",
    also: &[],
    found_by: FoundBy::Advice,
    title: "a rule was added and does not show",
    why: "the change failed, or the reader uses an api-version that hides subnet rules",
    remedies: &["`ringfence apply` and `ringfence rule add` read back what they wrote"],
    link: VNET,
};

pub(in crate::doctor) const S20: &Cause = &Cause {
    id: "S20",
    also: &[],
    found_by: FoundBy::InPart(""),
    title: "login and pull from the subnet are still to be tried",
    why: "only a client in the subnet can prove its way",
    remedies: &["run it there: `ringfence doctor {registry}`"],
    link: VNET,
};

pub(in crate::doctor) const S21: &Cause = &Cause {
    id: "S21",
    also: &[],
    found_by: FoundBy::Advice,
    title: "every other client gets 403, as it should",
    why: "the registry admits only clients of its rules",
    remedies: &["see who gets in: `ringfence explain {name} --from ADDRESS`"],
    link: VNET,
};

pub(in crate::doctor) const S22: &Cause = &Cause {
    id: "S22",
    also: &[],
    found_by: FoundBy::Advice,
    title: "restoring the defaults takes several steps",
    why: "rules are removed first, then the default action changes",
    remedies: &["undo the last run in one write: `ringfence restore --from last`"],
    link: VNET,
};

pub(in crate::doctor) const S23: &Cause = &Cause {
    id: "S23",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "the api-version hides the subnet rules",
    why: "only some api-versions show them",
    remedies: &["list them with a version that shows them: `ringfence rule list -n {name}`"],
    link: VNET,
};

pub(in crate::doctor) const S24: &Cause = &Cause {
    id: "S24",
    also: &[],
    found_by: FoundBy::Advice,
    title: "the last rule cannot be removed with some clients",
    why: "they leave an empty list out of the request",
    remedies: &["remove it with `ringfence rule remove -n {name} --subnet SUBNET_ID`"],
    link: VNET,
};

pub(in crate::doctor) const S25: &Cause = &Cause {
    id: "S25",
    also: &[],
    found_by: FoundBy::Advice,
    title: "the default action is still Deny after the rules are gone",
    why: "removing rules does not change it",
    remedies: &["set `defaultAction` in the spec, and see who gains access: `ringfence plan`"],
    link: VNET,
};

pub(in crate::doctor) const S26: &Cause = &Cause {
    id: "S26",
    also: &[],
    found_by: FoundBy::Advice,
    title: "the resources of a test are still there",
    why: "ringfence deletes no resources",
    remedies: &["delete the resource group of the test yourself"],
    link: VNET,
};
