//! One authenticated ARM request, and the checks that services make of it.

use axum::http::StatusCode;

use super::errors;
use super::json::known_word;
use super::request::Request;
use super::response::Answer;
use crate::sandbox::entra::access_token::Claims;
use crate::sandbox::options::Options;
use crate::sandbox::resources::locations;
use crate::sandbox::state::store::Store;

/// An authenticated request, with everything that its handler needs.
pub(crate) struct Call<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) options: &'a Options,
    pub(crate) request: &'a Request,
    /// Subscription as the client wrote it; empty for a path outside of subscriptions.
    pub(crate) subscription: &'a str,
    /// Claims of the caller's token.
    pub(crate) claims: &'a Claims,
    /// Client id of the caller, which is also its object id in the sandbox.
    pub(crate) caller: &'a str,
    /// Api-version as the client wrote it; empty if it sent none.
    pub(crate) version: &'a str,
}

impl Call<'_> {
    /// Refuses an api-version at which the provider does not offer the type `kind`: ARM's 400 with `versions`.
    pub(crate) fn offered(&self, kind: &str, versions: &[&str]) -> Result<(), Answer> {
        if known_word(versions, self.version).is_some() {
            return Ok(());
        }
        // ARM tells an unknown version from a text that is not one.
        if !is_date(self.version) {
            return Err(invalid_version(self.version, versions));
        }
        let (_, kind) = kind.split_once('/').unwrap_or(("", kind));
        let message = format!(
            "No registered resource provider found for location '{}' and API version '{}' for type '{kind}'. The supported api-versions are '{}'. The supported locations are '{}'.",
            "eastus",
            self.version,
            versions.join(", "),
            locations::normalised().join(", ")
        );
        Err(errors::gateway(
            StatusCode::BAD_REQUEST,
            "NoRegisteredProviderFound",
            &message,
        ))
    }

    /// Refuses an api-version that one of ARM's own services does not have: ARM's 400 with `versions`.
    pub(crate) fn known_version(&self, versions: &[&str]) -> Result<(), Answer> {
        if self.version.is_empty() {
            return Err(missing_version());
        }
        if known_word(versions, self.version).is_some() {
            return Ok(());
        }
        Err(invalid_version(self.version, versions))
    }

    /// Refuses an api-version of a type of which the sandbox does not know all versions: 501.
    pub(crate) fn served_at(&self, versions: &[&str]) -> Result<(), Answer> {
        if known_word(versions, self.version).is_some() {
            return Ok(());
        }
        let Request { method, path, .. } = self.request;
        Err(errors::not_served(&format!(
            "{method} of `{path}` at api-version {}",
            self.version
        )))
    }

    /// Refuses a subscription in which a provider is not registered: 409.
    pub(crate) fn require_registered(&self, namespace: &str) -> Result<(), Answer> {
        if self.store.registered(self.subscription, namespace) {
            return Ok(());
        }
        Err(errors::not_registered(namespace))
    }

    /// Refuses a resource group that does not exist: 404.
    pub(crate) fn require_group(&self, group: &str) -> Result<(), Answer> {
        if self.store.group_exists(self.subscription, group) {
            return Ok(());
        }
        Err(errors::group_not_found(group))
    }
}

/// Returns ARM's 400 for a request without an api-version.
pub(crate) fn missing_version() -> Answer {
    let message = "The api-version query parameter (?api-version=) is required for all requests.";
    errors::gateway(StatusCode::BAD_REQUEST, "MissingApiVersionParameter", message)
}

fn invalid_version(version: &str, versions: &[&str]) -> Answer {
    let message = format!(
        "The api-version '{version}' is invalid. The supported versions are '{}'.",
        versions.join(",")
    );
    errors::gateway(StatusCode::BAD_REQUEST, "InvalidApiVersionParameter", &message)
}

/// Returns true if a version has the form of one: a date, and perhaps an end such as `-preview`.
fn is_date(version: &str) -> bool {
    let Some((date, end)) = version.split_at_checked(10) else {
        return false;
    };
    let valid_end = match end.strip_prefix('-') {
        Some(word) => word.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        None => end.is_empty(),
    };
    valid_end && date.parse::<jiff::civil::Date>().is_ok()
}
