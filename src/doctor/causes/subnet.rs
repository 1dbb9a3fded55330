//! Causes of the article about service endpoints.

use super::links::VNET;
use crate::doctor::cause::Cause;

pub(in crate::doctor) const SUBNET: &[&Cause] = &[S1, S3, S15, S16, S19];

pub(in crate::doctor) const S1: &Cause = &Cause {
    id: "S1",
    title: "the registry has no room for another rule",
    why: "the quota of the tier is used up; the error names it",
    remedies: &["merge neighbouring ranges: `ringfence validate` names those that contain each other"],
    link: VNET,
};

pub(in crate::doctor) const S3: &Cause = &Cause {
    id: "S3",
    title: "the registry's tier has no network rules",
    why: "only Premium registries have them",
    remedies: &["change the tier: `az acr update -n {name} --sku Premium`"],
    link: VNET,
};

pub(in crate::doctor) const S15: &Cause = &Cause {
    id: "S15",
    title: "the subnet has no service endpoint for registries",
    why: "Azure refuses a subnet rule until the subnet has the endpoint Microsoft.ContainerRegistry",
    remedies: &[
        "list the subnet in the spec: `ringfence apply` turns its endpoint on, and keeps the others",
    ],
    link: VNET,
};

pub(in crate::doctor) const S16: &Cause = &Cause {
    id: "S16",
    title: "a subnet is listed twice",
    why: "ids of resources have no case, so two spellings are one subnet",
    remedies: &["list each subnet once: `ringfence validate` names duplicates"],
    link: VNET,
};

pub(in crate::doctor) const S19: &Cause = &Cause {
    id: "S19",
    title: "a new rule may not be in effect yet",
    why: "a change takes some minutes to reach the registry's firewall",
    remedies: &[
        "try again for up to 10 minutes: `curl -s https://{registry}/v2/` answers 401 when it is in effect",
        "`--wait-effective` of `ringfence apply` and `ringfence rule add` waits for it",
    ],
    link: VNET,
};
