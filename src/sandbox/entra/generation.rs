//! The two generations of Entra's endpoints.

/// Paths of one generation of Entra's endpoints, below the tenant.
#[derive(Clone, Copy)]
pub(crate) struct Generation {
    pub(crate) token_path: &'static str,
    pub(crate) authorize_path: &'static str,
    pub(crate) keys_path: &'static str,
    pub(crate) issuer_path: &'static str,
    /// True if a token request has a `scope`; false if it has a `resource`.
    pub(crate) scoped: bool,
}

pub(crate) const V1: Generation = Generation {
    token_path: "oauth2/token",
    authorize_path: "oauth2/authorize",
    keys_path: "discovery/keys",
    issuer_path: "",
    scoped: false,
};

pub(crate) const V2: Generation = Generation {
    token_path: "oauth2/v2.0/token",
    authorize_path: "oauth2/v2.0/authorize",
    keys_path: "discovery/v2.0/keys",
    issuer_path: "v2.0",
    scoped: true,
};
