//! Methods of signing in. One is used, named or picked from the environment, never a chain of guesses.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::azure::connect::env::{Env, var};

/// A value of `--auth`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuthMethod {
    /// Picks one of the others from the environment.
    Auto,
    AzureCli,
    Azd,
    WorkloadIdentity,
    ManagedIdentity,
    ClientSecret,
    GithubOidc,
    AzurePipelines,
}

/// The method that is used, and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picked {
    pub method: AuthMethod,
    /// Reason for people, such as `AZURE_FEDERATED_TOKEN_FILE is set`.
    pub why: Cow<'static, str>,
}

/// Error for a text that names no method.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown sign-in method `{text}`; expected one of {}", AuthMethod::ALL.map(AuthMethod::as_str).join(", "))]
pub struct UnknownAuthMethod {
    text: String,
}

impl AuthMethod {
    pub const ALL: [Self; 8] = [
        Self::AzureCli,
        Self::Azd,
        Self::WorkloadIdentity,
        Self::ManagedIdentity,
        Self::ClientSecret,
        Self::GithubOidc,
        Self::AzurePipelines,
        Self::Auto,
    ];

    /// Returns the name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::AzureCli => "azure-cli",
            Self::Azd => "azd",
            Self::WorkloadIdentity => "workload-identity",
            Self::ManagedIdentity => "managed-identity",
            Self::ClientSecret => "client-secret",
            Self::GithubOidc => "github-oidc",
            Self::AzurePipelines => "azure-pipelines",
        }
    }

    /// Lists the variables without which the method cannot work.
    pub(crate) fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Auto | Self::AzureCli | Self::Azd | Self::ManagedIdentity => &[],
            Self::WorkloadIdentity => {
                &["AZURE_FEDERATED_TOKEN_FILE", "AZURE_CLIENT_ID", "AZURE_TENANT_ID"]
            }
            Self::ClientSecret => &["AZURE_CLIENT_SECRET", "AZURE_CLIENT_ID", "AZURE_TENANT_ID"],
            Self::GithubOidc => &[
                "ACTIONS_ID_TOKEN_REQUEST_URL",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
                "AZURE_CLIENT_ID",
                "AZURE_TENANT_ID",
            ],
            // The task AzureCLI@2 sets the last three (docs: Azure Pipelines, service connections).
            Self::AzurePipelines => &[
                "SYSTEM_OIDCREQUESTURI",
                "SYSTEM_ACCESSTOKEN",
                "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
                "AZURESUBSCRIPTION_CLIENT_ID",
                "AZURESUBSCRIPTION_TENANT_ID",
            ],
        }
    }

    /// Returns the next step if the method does not work.
    pub(crate) fn help(self) -> &'static str {
        match self {
            Self::Auto | Self::AzureCli => {
                "install the Azure CLI and run `az login`, or choose another way with `--auth`"
            }
            Self::Azd => "run `azd auth login`, or choose another way with `--auth`",
            Self::WorkloadIdentity => "check the pod's service account and its federated credential",
            Self::ManagedIdentity => {
                "this works on Azure only, where an identity is assigned; `AZURE_CLIENT_ID` chooses among several"
            }
            Self::ClientSecret => "check the three variables; a secret that has expired needs a new one",
            Self::GithubOidc => {
                "give the job `permissions: id-token: write`, and the app a federated credential for this repository"
            }
            Self::AzurePipelines => {
                "run inside `AzureCLI@2` with a service connection, and pass `SYSTEM_ACCESSTOKEN: $(System.AccessToken)`"
            }
        }
    }

    /// Returns the method to use in this environment: the first whose variables are all there, and the Azure CLI if there
    /// is none. The managed-identity address is never probed.
    pub fn pick(self, env: &Env) -> Picked {
        // A named method is never replaced by another.
        if self != Self::Auto {
            return Picked {
                method: self,
                why: "`--auth` names it".into(),
            };
        }
        // A file or an endpoint of the platform says more about the job than a secret that someone set.
        let candidates = [
            (Self::WorkloadIdentity, "AZURE_FEDERATED_TOKEN_FILE is set"),
            (
                Self::GithubOidc,
                "ACTIONS_ID_TOKEN_REQUEST_URL and AZURE_CLIENT_ID are set",
            ),
            (
                Self::AzurePipelines,
                "SYSTEM_OIDCREQUESTURI and a service connection are set",
            ),
            (Self::ClientSecret, "AZURE_CLIENT_SECRET is set"),
        ];
        for (method, why) in candidates {
            if missing(method, env).is_empty() {
                let why = why.into();
                return Picked { method, why };
            }
        }
        Picked {
            method: Self::AzureCli,
            why: incomplete(env),
        }
    }
}

impl fmt::Display for AuthMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AuthMethod {
    type Err = UnknownAuthMethod;

    fn from_str(text: &str) -> Result<Self, UnknownAuthMethod> {
        let found = Self::ALL.into_iter().find(|method| method.as_str() == text);
        found.ok_or_else(|| UnknownAuthMethod {
            text: text.to_owned(),
        })
    }
}

/// Returns the reason for the Azure CLI: no variables of another method, or not all of them. Variables of Terraform are
/// named too, because they look as if they were enough.
fn incomplete(env: &Env) -> Cow<'static, str> {
    let mut given = Vec::new();
    for name in ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"] {
        given.extend(var(env, name).map(|_| name));
    }
    let lacking = missing(AuthMethod::ClientSecret, env);
    if let Some(terraform) = TERRAFORM.iter().find(|name| var(env, name).is_some()) {
        return format!(
            "{terraform} is a variable of Terraform; ringfence reads {}",
            lacking.join(", ")
        )
        .into();
    }
    if given.is_empty() {
        return "the environment has no variables for another way".into();
    }
    format!(
        "{} is set, but a client secret also needs {}",
        given.join(", "),
        lacking.join(", ")
    )
    .into()
}

/// The variables with which Terraform's azurerm signs in.
const TERRAFORM: [&str; 3] = ["ARM_CLIENT_ID", "ARM_CLIENT_SECRET", "ARM_TENANT_ID"];

/// Lists the variables that `method` needs and the environment lacks.
pub(crate) fn missing(method: AuthMethod, env: &Env) -> Vec<&'static str> {
    let mut names = method.needs().to_vec();
    names.retain(|name| var(env, name).is_none());
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(names: &[&str]) -> Env {
        names
            .iter()
            .map(|name| ((*name).to_owned(), "x".to_owned()))
            .collect()
    }

    #[test]
    fn auto_picks_one_from_the_environment() {
        use AuthMethod::*;
        for (names, method) in [
            (&[][..], AzureCli),
            (WorkloadIdentity.needs(), WorkloadIdentity),
            (GithubOidc.needs(), GithubOidc),
            (AzurePipelines.needs(), AzurePipelines),
            (ClientSecret.needs(), ClientSecret),
            // GitHub without a client id: azure/login has signed the CLI in
            (&GithubOidc.needs()[..2], AzureCli),
            // every Azure Pipelines agent has this one
            (&AzurePipelines.needs()[..1], AzureCli),
            // a managed identity is never guessed
            (
                &["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "AZURE_CLIENT_ID"],
                AzureCli,
            ),
        ] {
            assert_eq!(Auto.pick(&env(names)).method, method, "{names:?}");
        }
        assert_eq!(Azd.pick(&env(ClientSecret.needs())).method, Azd);
    }

    #[test]
    fn empty_variable_counts_as_missing() {
        let mut env = env(AuthMethod::ClientSecret.needs());
        env.insert("AZURE_CLIENT_SECRET".into(), String::new());
        assert_eq!(AuthMethod::Auto.pick(&env).method, AuthMethod::AzureCli);
        assert_eq!(missing(AuthMethod::ClientSecret, &env), ["AZURE_CLIENT_SECRET"]);
    }

    #[test]
    fn incomplete_variables_are_the_reason_for_the_cli() {
        for (names, why) in [
            (&[][..], "the environment has no variables for another way"),
            (
                &["AZURE_CLIENT_ID", "AZURE_TENANT_ID"],
                "AZURE_CLIENT_ID, AZURE_TENANT_ID is set, but a client secret also needs AZURE_CLIENT_SECRET",
            ),
            (
                &["ARM_CLIENT_ID", "ARM_CLIENT_SECRET", "ARM_TENANT_ID"],
                "ARM_CLIENT_ID is a variable of Terraform; ringfence reads AZURE_CLIENT_SECRET, AZURE_CLIENT_ID, \
                 AZURE_TENANT_ID",
            ),
        ] {
            assert_eq!(AuthMethod::Auto.pick(&env(names)).why, why, "{names:?}");
        }
    }

    #[test]
    fn names_parse_back_to_their_method() {
        for method in AuthMethod::ALL {
            assert_eq!(method.as_str().parse(), Ok(method));
        }
        assert!("azure_cli".parse::<AuthMethod>().is_err());
    }
}
