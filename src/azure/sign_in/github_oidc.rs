//! GitHub's signed statement about the running workflow. It is asked for anew for each Entra token, because it lives
//! for minutes.

use std::fmt;

use async_trait::async_trait;
use azure_core::credentials::Secret;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::{ACCEPT, AUTHORIZATION};
use azure_core::http::{
    ClientMethodOptions, ClientOptions, Method, Pipeline, PipelineSendOptions, Request, Url,
};
use azure_identity::ClientAssertion;
use serde_json::Value;

use crate::azure::connect::cloud::Cloud;

/// Returns the audience that Entra expects in a federated token. Each national cloud has its own (docs:
/// workload-identity-federation-config-app-trust-managed-identity).
fn audience(cloud: &Cloud) -> &'static str {
    match cloud.name.as_str() {
        "AzureUSGovernment" => "api://AzureADTokenExchangeUSGov",
        "AzureChinaCloud" => "api://AzureADTokenExchangeChina",
        _ => "api://AzureADTokenExchange",
    }
}

/// Client of GitHub's token endpoint. A job with `id-token: write` gets its address and a token for it.
pub(crate) struct GithubAssertion {
    url: Url,
    token: Secret,
    pipeline: Pipeline,
}

impl GithubAssertion {
    /// Takes `ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN`. Fails if the URL is not https.
    pub(crate) fn new(
        url: &str,
        token: String,
        cloud: &Cloud,
        options: ClientOptions,
    ) -> azure_core::Result<Self> {
        let mut url =
            Url::parse(url).map_err(|_| refused("invalid URL in ACTIONS_ID_TOKEN_REQUEST_URL"))?;
        // The token goes over this address.
        if url.scheme() != "https" {
            return Err(refused("ACTIONS_ID_TOKEN_REQUEST_URL is not https"));
        }
        url.query_pairs_mut().append_pair("audience", audience(cloud));
        let pipeline = Pipeline::new(
            option_env!("CARGO_PKG_NAME"),
            option_env!("CARGO_PKG_VERSION"),
            options,
            Vec::new(),
            Vec::new(),
            None,
        );
        Ok(Self {
            url,
            token: Secret::new(token),
            pipeline,
        })
    }
}

#[async_trait]
impl ClientAssertion for GithubAssertion {
    async fn secret(&self, options: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let mut request = Request::new(self.url.clone(), Method::Get);
        request.insert_header(AUTHORIZATION, format!("bearer {}", self.token.secret()));
        request.insert_header(ACCEPT, "application/json");
        let options = options.unwrap_or_default();
        // The status is checked below, so that the error can name it.
        let unchecked = PipelineSendOptions {
            skip_checks: true,
            ..Default::default()
        };
        let answer = self
            .pipeline
            .send(&options.context.to_borrowed(), &mut request, Some(unchecked))
            .await?;
        let status = u16::from(answer.status());
        if status != 200 {
            return Err(refused(format!("GitHub's token endpoint answered {status}")));
        }
        match token(answer.body()) {
            Some(token) => Ok(token),
            None => Err(refused("GitHub's token endpoint answered without a token")),
        }
    }
}

/// Returns the token in an answer.
fn token(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    Some(body.get("value")?.as_str()?.to_owned())
}

fn refused(message: impl Into<String>) -> Error {
    Error::with_message(ErrorKind::Credential, message.into())
}

impl fmt::Debug for GithubAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GithubAssertion").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn national_clouds_have_own_audiences() {
        for (cloud, expected) in [
            (Cloud::public(), "api://AzureADTokenExchange"),
            (Cloud::us_government(), "api://AzureADTokenExchangeUSGov"),
            (Cloud::china(), "api://AzureADTokenExchangeChina"),
        ] {
            assert_eq!(audience(&cloud), expected);
        }
    }
}
