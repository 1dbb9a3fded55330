//! Causes of the article about login problems.

use super::links::SIGN_IN;
use crate::doctor::cause::{Cause, FoundBy};

pub(in crate::doctor) const LOGIN: &[&Cause] = &[
    L2A, L2B, L4, L5, LC2, LC5, LC6, LC7, LX1, LX2, LX3, LX4, LX6, LX7, LX9, LX10, LX12, LX13, LX14,
    LX15,
];

pub(in crate::doctor) const L2A: &Cause = &Cause {
    id: "L2a",
    also: &["LC3"],
    found_by: FoundBy::InPart(""),
    title: "the registry does not accept the login",
    why: "there is no login for this registry, it has expired, or its secret is wrong",
    remedies: &[
        "log in again: `az acr login -n {name}`; such a login lasts 3 hours",
        "for a service principal, check that its secret has not expired",
    ],
    link: SIGN_IN,
};

pub(in crate::doctor) const L2B: &Cause = &Cause {
    id: "L2b",
    also: &["LX5"],
    found_by: FoundBy::InPart(""),
    title: "the user name is not an application of this tenant",
    why: "the application id or the tenant is wrong, or the service principal was deleted",
    remedies: &[
        "use the application id (appId) of the service principal as user name, and its secret as password",
    ],
    link: SIGN_IN,
};

pub(in crate::doctor) const L4: &Cause = &Cause {
    id: "L4",
    also: &[],
    found_by: FoundBy::Log,
    title: "the login is not enough for this push or pull",
    why: "the identity has no role for it, the login has expired, or an old login stands in the way of anonymous pull",
    remedies: &[
        "give the identity AcrPull or AcrPush; a registry in ABAC mode needs Container Registry Repository Reader or Writer",
        "log in again: `docker logout {registry}`, then `az acr login -n {name}`",
    ],
    link: SIGN_IN,
};

pub(in crate::doctor) const L5: &Cause = &Cause {
    id: "L5",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "the registry gave `az acr login` no token",
    why: "with 403 its firewall refused the client; with 401 the identity has no role, or tokens for ARM are switched off",
    remedies: &[
        "with 403, see which address the registry sees: `curl -s https://{registry}/v2/`",
        "with 401, give the identity a role on the registry",
    ],
    link: SIGN_IN,
};

pub(in crate::doctor) const LC2: &Cause = &Cause {
    id: "LC2",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "the registry or the repository does not exist under this name",
    why: "the name, the cloud or the subscription is wrong",
    remedies: &["compare the name: `az acr list --query '[].loginServer'`"],
    link: SIGN_IN,
};

pub(in crate::doctor) const LC5: &Cause = &Cause {
    id: "LC5",
    also: &["LX8"],
    found_by: FoundBy::Probes("--repository NAME"),
    title: "the identity may not do this in the registry",
    why: "its identity has no role for the repository, or the role does not count yet",
    remedies: &[
        "give the identity AcrPull or AcrPush; a registry in ABAC mode needs Container Registry Repository Reader or Writer",
        "for AKS: `az aks update -n CLUSTER -g GROUP --attach-acr {name}`",
    ],
    link: SIGN_IN,
};

pub(in crate::doctor) const LX1: &Cause = &Cause {
    id: "LX1",
    also: &["L1", "LC1"],
    found_by: FoundBy::Probes(""),
    title: "the Docker client is missing or too old",
    why: "`az acr login` needs Docker 18.03 or later",
    remedies: &["install Docker, or get a token without it: `az acr login -n {name} --expose-token`"],
    link: SIGN_IN,
};

pub(in crate::doctor) const LX2: &Cause = &Cause {
    id: "LX2",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "the Docker daemon does not run",
    why: "the client cannot reach its daemon, so no login and no pull can work",
    remedies: &["start the daemon: `sudo systemctl start docker`"],
    link: SIGN_IN,
};

pub(in crate::doctor) const LX3: &Cause = &Cause {
    id: "LX3",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "the name of the registry or of the image is not one that Docker takes",
    why: "Docker takes lower-case names only, and needs the full login server name",
    remedies: &["write the name in lower case: `docker login {registry}`"],
    link: SIGN_IN,
};

pub(in crate::doctor) const LX4: &Cause = &Cause {
    id: "LX4",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "the Azure CLI is not signed in",
    why: "`az acr login` asks with the identity of `az login`",
    remedies: &["sign in first: `az login`, then `az acr login -n {name}`"],
    link: SIGN_IN,
};

pub(in crate::doctor) const LC6: &Cause = &Cause {
    id: "LC6",
    also: &["LX11"],
    found_by: FoundBy::Probes(""),
    title: "the stored login has expired",
    why: "a token of the registry lasts 3 hours, and Docker keeps sending the old one",
    remedies: &["log in again: `az acr login -n {name}`"],
    link: SIGN_IN,
};

pub(in crate::doctor) const LC7: &Cause = &Cause {
    id: "LC7",
    also: &[],
    found_by: FoundBy::Probes("--repository NAME"),
    title: "the registry is in ABAC mode, which ignores AcrPull and AcrPush",
    why: "its role assignment mode is AbacRepositoryPermissions: only the Container Registry Repository roles count",
    remedies: &[
        "give the identity Container Registry Repository Reader or Writer, with a condition if it needs only some repositories",
    ],
    link: "https://learn.microsoft.com/azure/container-registry/container-registry-rbac-abac-repository-permissions",
};

pub(in crate::doctor) const LX6: &Cause = &Cause {
    id: "LX6",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "the token is stored under the wrong user name",
    why: "a token of `az acr login --expose-token` needs the user 00000000-0000-0000-0000-000000000000",
    remedies: &[
        "log in with it: `docker login {registry} -u 00000000-0000-0000-0000-000000000000 --password-stdin`",
    ],
    link: SIGN_IN,
};

pub(in crate::doctor) const LX7: &Cause = &Cause {
    id: "LX7",
    also: &[],
    found_by: FoundBy::Probes(""),
    title: "an old login stands in the way of anonymous pull",
    why: "the registry allows anonymous pull, but Docker sends a login that has expired",
    remedies: &["remove it: `docker logout {registry}`"],
    link: SIGN_IN,
};

pub(in crate::doctor) const LX9: &Cause = &Cause {
    id: "LX9",
    also: &[],
    found_by: FoundBy::Probes("--repository NAME"),
    title: "you may not assign roles",
    why: "assigning a role needs Microsoft.Authorization/roleAssignments/write on the registry",
    remedies: &["ask an owner, or somebody with Role Based Access Control Administrator"],
    link: SIGN_IN,
};

pub(in crate::doctor) const LX10: &Cause = &Cause {
    id: "LX10",
    also: &[],
    found_by: FoundBy::Advice,
    title: "the portal does not know of a new role yet",
    why: "the browser keeps its token until it expires",
    remedies: &["open the portal in a private window"],
    link: SIGN_IN,
};

pub(in crate::doctor) const LX12: &Cause = &Cause {
    id: "LX12",
    also: &[],
    found_by: FoundBy::Advice,
    title: "the secret of the service principal has expired",
    why: "a secret has an end date, after which Entra refuses it",
    remedies: &[
        "see the dates: `az ad app credential list --id APPLICATION_ID`",
        "make a new secret: `az ad app credential reset --id APPLICATION_ID`",
    ],
    link: SIGN_IN,
};

pub(in crate::doctor) const LX13: &Cause = &Cause {
    id: "LX13",
    also: &[],
    found_by: FoundBy::Advice,
    title: "the password of a repository-scoped token has expired",
    why: "such a password can have an end date",
    remedies: &[
        "see the dates: `az acr token show -n TOKEN -r {name}{subscription_flag} --query credentials.passwords`",
        "make a new one: `az acr token credential generate -n TOKEN -r {name}{subscription_flag} --password1`",
    ],
    link: SIGN_IN,
};

pub(in crate::doctor) const LX14: &Cause = &Cause {
    id: "LX14",
    also: &[],
    found_by: FoundBy::Probes("--workspace ID"),
    title: "the registry refused callers",
    why: "the login events name the identity and the address of each refusal; the firewall or a missing role refuses",
    remedies: &[
        "ask about an address: `ringfence explain {name} --from ADDRESS`",
        "see who would lose access: `ringfence plan SPEC --impact WORKSPACE_ID`",
    ],
    link: SIGN_IN,
};

pub(in crate::doctor) const LX15: &Cause = &Cause {
    id: "LX15",
    also: &[],
    found_by: FoundBy::Advice,
    title: "none of this helps with the login",
    why: "the problem may be one of Azure itself",
    remedies: &["ask Azure support, with the correlation id of the refusal"],
    link: "https://azure.microsoft.com/support/create-ticket/",
};
