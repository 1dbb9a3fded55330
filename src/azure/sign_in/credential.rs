//! Makes the one credential of a run.

use std::sync::Arc;
use std::time::Duration;

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::error::Error;
use azure_core::http::ClientOptions;
use azure_identity as identity;
use url::Url;

use super::SignIn;
use super::github_oidc::GithubAssertion;
use super::method::{AuthMethod, missing, var};
use crate::azure::connect::Env;
use crate::azure::connect::cloud::{Cloud, check_https};
use crate::azure::connect::transport::causes;
use crate::azure::error::ArmError;

/// The credential for `method`. `limit`: the longest that an operation may take, signing in included.
pub(crate) fn credential(
    method: AuthMethod,
    cloud: &Cloud,
    env: &Env,
    options: ClientOptions,
    limit: Duration,
) -> Result<Arc<SignIn>, ArmError> {
    let lacking = missing(method, env);
    if !lacking.is_empty() {
        return Err(failed(
            method,
            format!(
                "{} not set",
                lacking
                    .iter()
                    .map(|name| format!("`{name}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        ));
    }
    let authority = authority(cloud, env)?;
    let host = authority.host_str().unwrap_or_default().to_owned();
    let mut custom = CustomConfiguration::default();
    custom.authority_host = authority.to_string();
    let options = ClientOptions {
        cloud: Some(Arc::new(custom.into())),
        ..options
    };
    let (cloud, env) = (cloud.clone(), env.clone());
    let make = Box::new(move || build(method, &cloud, &env, options.clone()));
    let sign_in = SignIn::new(make, method, host, limit);
    sign_in
        .map(Arc::new)
        .map_err(|error| failed(method, message(&error)))
}

/// Who issues tokens: `AZURE_AUTHORITY_HOST`, which pods and other tools set too, else the cloud's authority.
fn authority(cloud: &Cloud, env: &Env) -> Result<Url, ArmError> {
    let url = match var(env, "AZURE_AUTHORITY_HOST") {
        None => cloud.authority.clone(),
        Some(text) => Url::parse(text).map_err(|_| ArmError::Setup {
            message: format!("`AZURE_AUTHORITY_HOST` is `{text}`, which is no URL"),
            help: "set it to an https URL, or remove it".into(),
        })?,
    };
    check_https("the authority", &url)?;
    Ok(url)
}

/// Makes the credential; the variables that it needs are there.
fn build(
    method: AuthMethod,
    cloud: &Cloud,
    env: &Env,
    options: ClientOptions,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let needed = |name: &str| var(env, name).unwrap_or_default().to_owned();
    let (tenant, client) = (needed("AZURE_TENANT_ID"), needed("AZURE_CLIENT_ID"));
    Ok(match method {
        AuthMethod::Auto | AuthMethod::AzureCli => identity::AzureCliCredential::new(None)?,
        AuthMethod::Azd => identity::AzureDeveloperCliCredential::new(None)?,
        AuthMethod::ManagedIdentity => managed_identity(env, options)?,
        AuthMethod::WorkloadIdentity => {
            workload_identity(tenant, client, needed("AZURE_FEDERATED_TOKEN_FILE"), options)?
        }
        AuthMethod::ClientSecret => {
            let options = Some(identity::ClientSecretCredentialOptions {
                client_options: options,
            });
            let secret = Secret::new(needed("AZURE_CLIENT_SECRET"));
            identity::ClientSecretCredential::new(&tenant, client, secret, options)?
        }
        AuthMethod::GithubOidc => {
            let url = needed("ACTIONS_ID_TOKEN_REQUEST_URL");
            let assertion = GithubAssertion::new(
                &url,
                needed("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
                cloud,
                options.clone(),
            )?;
            identity::ClientAssertionCredential::new(
                tenant,
                client,
                assertion,
                Some(assertion_options(options)),
            )?
        }
        AuthMethod::AzurePipelines => azure_pipelines(needed, options)?,
    })
}

fn assertion_options(client_options: ClientOptions) -> identity::ClientAssertionCredentialOptions {
    identity::ClientAssertionCredentialOptions { client_options }
}

fn managed_identity(env: &Env, options: ClientOptions) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let id = var(env, "AZURE_CLIENT_ID").map(|id| identity::UserAssignedId::ClientId(id.to_owned()));
    // the credential has retries of its own, made for this endpoint
    let options = ClientOptions {
        per_call_policies: Vec::new(),
        ..options
    };
    Ok(identity::ManagedIdentityCredential::new(Some(
        identity::ManagedIdentityCredentialOptions {
            user_assigned_id: id,
            client_options: options,
        },
    ))?)
}

fn workload_identity(
    tenant: String,
    client: String,
    file: String,
    options: ClientOptions,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    Ok(identity::WorkloadIdentityCredential::new(Some(
        identity::WorkloadIdentityCredentialOptions {
            credential_options: assertion_options(options),
            client_id: Some(client),
            tenant_id: Some(tenant),
            token_file_path: Some(file.into()),
        },
    ))?)
}

fn azure_pipelines(
    needed: impl Fn(&str) -> String,
    options: ClientOptions,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    Ok(identity::AzurePipelinesCredential::new(
        needed("AZURESUBSCRIPTION_TENANT_ID"),
        needed("AZURESUBSCRIPTION_CLIENT_ID"),
        &needed("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"),
        Secret::new(needed("SYSTEM_ACCESSTOKEN")),
        Some(identity::AzurePipelinesCredentialOptions {
            credential_options: assertion_options(options),
        }),
    )?)
}

/// The error for a sign-in with `method` that did not work.
pub(crate) fn failed(method: AuthMethod, message: String) -> ArmError {
    ArmError::Auth {
        method,
        message,
        help: method.help().to_owned(),
    }
}

/// What the credential says, on one line and without its link to a guide for SDK users.
pub(crate) fn message(error: &Error) -> String {
    let all = causes(error);
    let lines = all.lines().map(str::trim);
    let kept: Vec<&str> = lines
        .filter(|line| !line.is_empty() && !line.starts_with("To troubleshoot"))
        .collect();
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use azure_core::error::ErrorKind;

    use super::*;

    /// Every variable that could be asked for.
    fn env() -> Env {
        let names = AuthMethod::ALL.into_iter().flat_map(AuthMethod::needs);
        names.map(|name| ((*name).to_owned(), "x".to_owned())).collect()
    }

    #[test]
    fn a_missing_variable_is_named() {
        let error = credential(
            AuthMethod::GithubOidc,
            &Cloud::public(),
            &Env::new(),
            ClientOptions::default(),
            Duration::MAX,
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot sign in with `github-oidc`: `ACTIONS_ID_TOKEN_REQUEST_URL`, `ACTIONS_ID_TOKEN_REQUEST_TOKEN`, \
             `AZURE_CLIENT_ID`, `AZURE_TENANT_ID` not set"
        );
        assert!(error.help().unwrap().contains("id-token: write"));
    }

    #[test]
    fn an_authority_that_is_not_https_is_refused() {
        for host in ["http://login.example", "login.example", "ftp://login.example"] {
            let mut env = env();
            env.insert("AZURE_AUTHORITY_HOST".into(), host.into());
            let made = credential(
                AuthMethod::ClientSecret,
                &Cloud::public(),
                &env,
                ClientOptions::default(),
                Duration::MAX,
            );
            assert!(matches!(made, Err(ArmError::Setup { .. })), "{host}");
        }
    }

    #[test]
    fn a_github_address_that_is_not_https_is_refused() {
        let mut env = env();
        env.insert(
            "ACTIONS_ID_TOKEN_REQUEST_URL".into(),
            "http://github.example".into(),
        );
        let made = credential(
            AuthMethod::GithubOidc,
            &Cloud::public(),
            &env,
            ClientOptions::default(),
            Duration::MAX,
        );
        assert!(made.unwrap_err().to_string().contains("not https"));
    }

    #[test]
    fn the_guide_for_sdk_users_is_left_out() {
        let error = Error::with_message(
            ErrorKind::Credential,
            "AzureCliCredential authentication failed. az not found on PATH\nTo troubleshoot, visit https://aka.ms/x",
        );
        assert_eq!(
            message(&error),
            "AzureCliCredential authentication failed. az not found on PATH"
        );
    }
}
