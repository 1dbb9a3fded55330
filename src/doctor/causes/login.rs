//! Causes of the article about login problems.

use super::links::SIGN_IN;
use crate::doctor::cause::Cause;

pub(in crate::doctor) const LOGIN: &[&Cause] = &[L2A, L2B, L4, L5, LC2, LC5, LX1, LX2, LX3, LX4];

pub(in crate::doctor) const L2A: &Cause = &Cause {
    id: "L2a",
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
    title: "the user name is not an application of this tenant",
    why: "the application id or the tenant is wrong, or the service principal was deleted",
    remedies: &[
        "use the application id (appId) of the service principal as user name, and its secret as password",
    ],
    link: SIGN_IN,
};

pub(in crate::doctor) const L4: &Cause = &Cause {
    id: "L4",
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
    title: "the registry or the repository does not exist under this name",
    why: "the name, the cloud or the subscription is wrong",
    remedies: &["compare the name: `az acr list --query '[].loginServer'`"],
    link: SIGN_IN,
};

pub(in crate::doctor) const LC5: &Cause = &Cause {
    id: "LC5",
    title: "the identity may not do this in the registry",
    why: "the client passed the firewall, and its identity has no role for the repository",
    remedies: &[
        "give the identity AcrPull or AcrPush; a registry in ABAC mode needs Container Registry Repository Reader or Writer",
        "for AKS: `az aks update -n CLUSTER -g GROUP --attach-acr {name}`",
    ],
    link: SIGN_IN,
};

pub(in crate::doctor) const LX1: &Cause = &Cause {
    id: "LX1",
    title: "the Docker client is missing or too old",
    why: "`az acr login` needs Docker 18.03 or later",
    remedies: &["install Docker, or get a token without it: `az acr login -n {name} --expose-token`"],
    link: SIGN_IN,
};

pub(in crate::doctor) const LX2: &Cause = &Cause {
    id: "LX2",
    title: "the Docker daemon does not run",
    why: "the client cannot reach its daemon, so no login and no pull can work",
    remedies: &["start the daemon: `sudo systemctl start docker`"],
    link: SIGN_IN,
};

pub(in crate::doctor) const LX3: &Cause = &Cause {
    id: "LX3",
    title: "the name of the registry or of the image is not in lower case",
    why: "Docker takes lower-case names only, and needs the full login server name",
    remedies: &["write the name in lower case: `docker login {registry}`"],
    link: SIGN_IN,
};

pub(in crate::doctor) const LX4: &Cause = &Cause {
    id: "LX4",
    title: "the Azure CLI is not signed in",
    why: "`az acr login` asks with the identity of `az login`",
    remedies: &["sign in first: `az login`, then `az acr login -n {name}`"],
    link: SIGN_IN,
};
