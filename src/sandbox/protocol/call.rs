//! One authenticated ARM request in a subscription, and the checks that handlers make of it.

use axum::http::StatusCode;

use super::errors;
use super::request::Request;
use super::response::Answer;
use crate::sandbox::entra::access_token::Claims;
use crate::sandbox::options::Options;
use crate::sandbox::resources::locations;
use crate::sandbox::state::store::Store;

/// One authenticated request in a subscription.
pub(crate) struct Call<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) options: &'a Options,
    pub(crate) request: &'a Request,
    /// The subscription as the client wrote it; empty outside of one.
    pub(crate) subscription: &'a str,
    pub(crate) claims: &'a Claims,
    /// The caller's client id, which is also its object id here.
    pub(crate) caller: &'a str,
    /// The api-version as the client wrote it; empty if it sent none.
    pub(crate) version: &'a str,
}

impl Call<'_> {
    /// The version, if `kind` is offered at it; else ARM's 400 with the list.
    pub(crate) fn offered(&self, kind: &str, versions: &[&str]) -> Result<(), Answer> {
        if versions
            .iter()
            .any(|known| known.eq_ignore_ascii_case(self.version))
        {
            return Ok(());
        }
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

    /// Refuses a version that ARM itself does not have, with the list of those that it has.
    pub(crate) fn known_version(&self, versions: &[&str]) -> Result<(), Answer> {
        if self.version.is_empty() {
            return Err(missing_version());
        }
        for known in versions {
            if known.eq_ignore_ascii_case(self.version) {
                return Ok(());
            }
        }
        Err(invalid_version(self.version, versions))
    }

    pub(crate) fn require_registered(&self, namespace: &str) -> Result<(), Answer> {
        let registered = self.store.registered(self.subscription, namespace);
        registered
            .then_some(())
            .ok_or_else(|| errors::not_registered(namespace))
    }

    pub(crate) fn require_group(&self, group: &str) -> Result<(), Answer> {
        let exists = self.store.group_exists(self.subscription, group);
        exists.then_some(()).ok_or_else(|| errors::group_not_found(group))
    }
}

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

/// Whether a version has the form of one: a date, then perhaps `-preview` or the like.
fn is_date(version: &str) -> bool {
    let (date, rest) = version.split_at_checked(10).unwrap_or(("", version));
    let plain = rest.is_empty()
        || (rest.starts_with('-') && rest[1..].bytes().all(|b| b.is_ascii_alphanumeric()));
    plain && date.parse::<jiff::civil::Date>().is_ok()
}
