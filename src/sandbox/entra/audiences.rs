//! Audiences of tokens: the services that a client may ask a token for.

use super::identity::Identity;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::known_word;
use crate::sandbox::protocol::request::Request;
use crate::sandbox::protocol::response::Answer;

/// Audiences that ARM accepts, besides the sandbox's own origins.
pub(crate) const ARM_AUDIENCES: &[&str] = &[
    "https://management.azure.com",
    "https://management.core.windows.net",
    "https://management.usgovcloudapi.net",
    "https://management.core.usgovcloudapi.net",
    "https://management.chinacloudapi.cn",
    "https://management.core.chinacloudapi.cn",
];

/// Audiences of other services of Azure, whose tokens clients ask for in passing. The sandbox gives the tokens and
/// does not serve the services, but for the first (docs: the page on authentication of each service).
const OTHERS: &[&str] = &[
    "https://containerregistry.azure.net",
    "https://graph.microsoft.com",
    "https://api.loganalytics.io",
    "https://vault.azure.net",
    "https://storage.azure.com",
];

/// Returns true if ARM takes a token for `audience`. Clients write it with and without a `/` at its end.
pub(crate) fn is_arm(identity: &Identity, audience: &str, request: &Request) -> bool {
    let audience = audience.trim_end_matches('/');
    // The base of a request is an own origin of the sandbox, whatever host the client names.
    let own = [identity.own.base.as_str(), request.base.as_str()];
    known_word(&own, audience).is_some() || known_word(ARM_AUDIENCES, audience).is_some()
}

/// Refuses a token for a service that is not known: whether a tenant has it is not known either.
pub(crate) fn check(identity: &Identity, audience: &str, request: &Request) -> Result<(), Answer> {
    let known = known_word(OTHERS, audience.trim_end_matches('/')).is_some();
    if known || is_arm(identity, audience, request) {
        return Ok(());
    }
    Err(errors::not_established(&format!("a token for `{audience}`")))
}
