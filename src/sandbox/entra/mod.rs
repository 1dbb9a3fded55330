//! The authority, which answers like Entra: tenants, tokens, managed identities.

pub(crate) mod access_token;
pub(crate) mod audiences;
pub(crate) mod authority;
pub(crate) mod bearer;
pub(crate) mod client_credentials;
pub(crate) mod errors;
pub(crate) mod generation;
pub(crate) mod identity;
pub(crate) mod managed_identity;
pub(crate) mod metadata;
pub(crate) mod tenants;
