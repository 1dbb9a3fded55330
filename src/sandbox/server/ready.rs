//! How a running sandbox is reached: as values and as a JSON line.

use std::path::Path;

use serde_json::{Value, json};

/// What a client needs to talk to a running sandbox.
#[derive(Clone)]
pub struct Ready {
    /// The ARM endpoint, without a trailing `/` (azure-cli wants none).
    pub arm: String,
    /// The Entra authority host; the token endpoint is `{authority}/{tenant_id}/oauth2/v2.0/token`.
    pub authority: String,
    /// The certificate to trust, PEM.
    pub ca_pem: String,
    pub tenant_id: String,
    pub client_id: String,
    pub client_secret: String,
    /// Subscription ids of the state, as written there.
    pub subscriptions: Vec<String>,
    /// Where managed identity's tokens are, if asked for.
    pub managed_identity: Option<ManagedIdentity>,
}

/// The endpoints of a managed identity, plain http on loopback.
#[derive(Clone, PartialEq, Eq)]
pub struct ManagedIdentity {
    /// As App Service names it in `IDENTITY_ENDPOINT`.
    pub endpoint: String,
    /// As App Service names it in `IDENTITY_HEADER`; a secret.
    pub header: String,
    /// The base of the instance metadata service, `http://169.254.169.254` on a virtual machine.
    pub imds: String,
}

impl std::fmt::Debug for Ready {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ready")
            .field("arm", &self.arm)
            .field("authority", &self.authority)
            .field("tenant_id", &self.tenant_id)
            .field("client_id", &self.client_id)
            .field("subscriptions", &self.subscriptions)
            .finish_non_exhaustive()
    }
}

impl Ready {
    /// The line that says that the sandbox is ready: one JSON object.
    pub fn json(&self, ca_file: &Path) -> Value {
        let identity = self.managed_identity.as_ref().map(|identity| {
            json!({
                "identity_endpoint": identity.endpoint,
                "identity_header": identity.header,
                "imds": identity.imds,
            })
        });
        json!({
            "arm": self.arm,
            "authority": self.authority,
            "ca_file": ca_file,
            "tenant_id": self.tenant_id,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "subscriptions": self.subscriptions,
            "managed_identity": identity,
        })
    }
}
