//! Makes the one credential of a run.

use std::sync::Arc;
use std::time::Duration;

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::ClientOptions;
use azure_identity as identity;
use url::Url;

use super::SignIn;
use super::github_oidc::GithubAssertion;
use super::lifetime::BoundedLifetime;
use super::message::{failed, message};
use super::method::{AuthMethod, missing};
use super::token_file::TokenFile;
use crate::azure::connect::cloud::{Cloud, check_https};
use crate::azure::connect::env::{Env, var};
use crate::azure::error::ArmError;

/// Makes the credential for `method`. `limit` is the longest time of an operation, signing in included. Fails if a
/// variable is missing or the authority is not https.
pub(crate) fn credential(
    method: AuthMethod,
    cloud: &Cloud,
    env: &Env,
    options: ClientOptions,
    limit: Duration,
) -> Result<Arc<SignIn>, ArmError> {
    // All missing variables at once, not one for each run.
    let lacking = missing(method, env);
    if !lacking.is_empty() {
        let names = lacking.join("`, `");
        return Err(failed(method, format!("`{names}` not set")));
    }
    let authority = authority(cloud, env)?;
    let host = authority.host_str().unwrap_or_default().to_owned();
    let mut per_try_policies = options.per_try_policies.clone();
    per_try_policies.push(Arc::new(BoundedLifetime));
    // The credentials take the authority from their options.
    let mut custom = CustomConfiguration::default();
    custom.authority_host = authority.to_string();
    let options = ClientOptions {
        cloud: Some(Arc::new(custom.into())),
        per_try_policies,
        ..options
    };
    // A credential that ARM refuses is made anew from the same settings.
    let (cloud, env) = (cloud.clone(), env.clone());
    let make = Box::new(move || build(method, &cloud, &env, options.clone()));
    match SignIn::new(make, method, host, limit) {
        Ok(sign_in) => Ok(Arc::new(sign_in)),
        Err(error) => Err(failed(method, message(&error))),
    }
}

/// Returns the issuer of tokens: `AZURE_AUTHORITY_HOST`, which pods and other tools set too, else the cloud's authority.
fn authority(cloud: &Cloud, env: &Env) -> Result<Url, ArmError> {
    let url = match var(env, "AZURE_AUTHORITY_HOST") {
        None => cloud.authority.clone(),
        Some(text) => Url::parse(text).map_err(|_| ArmError::Setup {
            message: format!("invalid URL `{text}` in `AZURE_AUTHORITY_HOST`"),
            help: "set it to an https URL, or remove it".into(),
        })?,
    };
    check_https("the authority", &url)?;
    Ok(url)
}

/// Makes a credential without a token. The variables that it needs are there.
fn build(
    method: AuthMethod,
    cloud: &Cloud,
    env: &Env,
    options: ClientOptions,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    Ok(match method {
        AuthMethod::Auto | AuthMethod::AzureCli => identity::AzureCliCredential::new(None)?,
        AuthMethod::Azd => identity::AzureDeveloperCliCredential::new(None)?,
        AuthMethod::ManagedIdentity => managed_identity(env, options)?,
        AuthMethod::WorkloadIdentity => workload_identity(env, options)?,
        AuthMethod::ClientSecret => client_secret(env, options)?,
        AuthMethod::GithubOidc => github_oidc(cloud, env, options)?,
        AuthMethod::AzurePipelines => azure_pipelines(env, options)?,
    })
}

/// Returns a variable that [`missing`] has found to be there.
fn needed(env: &Env, name: &str) -> String {
    var(env, name).unwrap_or_default().to_owned()
}

fn managed_identity(env: &Env, options: ClientOptions) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let id = var(env, "AZURE_CLIENT_ID");
    let options = identity::ManagedIdentityCredentialOptions {
        user_assigned_id: id.map(|id| identity::UserAssignedId::ClientId(id.to_owned())),
        // The credential has retries of its own, made for this endpoint.
        client_options: ClientOptions {
            per_call_policies: Vec::new(),
            ..options
        },
    };
    Ok(identity::ManagedIdentityCredential::new(Some(options))?)
}

fn workload_identity(
    env: &Env,
    client_options: ClientOptions,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let token = TokenFile::new(needed(env, "AZURE_FEDERATED_TOKEN_FILE").into())?;
    Ok(identity::ClientAssertionCredential::new(
        needed(env, "AZURE_TENANT_ID"),
        needed(env, "AZURE_CLIENT_ID"),
        token,
        Some(identity::ClientAssertionCredentialOptions { client_options }),
    )?)
}

fn client_secret(
    env: &Env,
    client_options: ClientOptions,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    Ok(identity::ClientSecretCredential::new(
        &needed(env, "AZURE_TENANT_ID"),
        needed(env, "AZURE_CLIENT_ID"),
        Secret::new(needed(env, "AZURE_CLIENT_SECRET")),
        Some(identity::ClientSecretCredentialOptions { client_options }),
    )?)
}

fn github_oidc(
    cloud: &Cloud,
    env: &Env,
    client_options: ClientOptions,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let assertion = GithubAssertion::new(
        &needed(env, "ACTIONS_ID_TOKEN_REQUEST_URL"),
        needed(env, "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
        cloud,
        client_options.clone(),
    )?;
    Ok(identity::ClientAssertionCredential::new(
        needed(env, "AZURE_TENANT_ID"),
        needed(env, "AZURE_CLIENT_ID"),
        assertion,
        Some(identity::ClientAssertionCredentialOptions { client_options }),
    )?)
}

fn azure_pipelines(
    env: &Env,
    client_options: ClientOptions,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let credential_options = identity::ClientAssertionCredentialOptions { client_options };
    Ok(identity::AzurePipelinesCredential::new(
        needed(env, "AZURESUBSCRIPTION_TENANT_ID"),
        needed(env, "AZURESUBSCRIPTION_CLIENT_ID"),
        &needed(env, "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"),
        Secret::new(needed(env, "SYSTEM_ACCESSTOKEN")),
        Some(identity::AzurePipelinesCredentialOptions { credential_options }),
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Failure;

    /// Returns every variable that a method can need.
    fn env() -> Env {
        let names = AuthMethod::ALL.into_iter().flat_map(AuthMethod::needs);
        names.map(|name| ((*name).to_owned(), "x".to_owned())).collect()
    }

    #[test]
    fn missing_variables_are_named() {
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
        assert!(Failure::from(&error).help.unwrap().contains("id-token: write"));
    }

    #[test]
    fn authority_that_is_not_https_is_refused() {
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
    fn github_address_that_is_not_https_is_refused() {
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
}
