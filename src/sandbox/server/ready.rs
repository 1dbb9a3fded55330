//! Address and credentials of a running sandbox, as values and as a JSON line.

use std::path::Path;

use serde_json::{Value, json};

/// Address and credentials of a running sandbox.
#[derive(Clone)]
pub struct Ready {
    /// ARM endpoint, without a trailing `/` (azure-cli wants none).
    pub arm: String,
    /// Entra authority host. The token endpoint is `{authority}/{tenant_id}/oauth2/v2.0/token`.
    pub authority: String,
    /// Names of `Options::announce`.
    pub announced: Vec<String>,
    /// Certificate to trust, in PEM.
    pub ca_pem: String,
    /// Tenant of the application.
    pub tenant_id: String,
    /// Client id of the application.
    pub client_id: String,
    /// Secret of the application.
    pub client_secret: String,
    /// Subscription ids of the state, as written there.
    pub subscriptions: Vec<String>,
    /// Endpoints of the managed identity, if the options ask for one.
    pub managed_identity: Option<ManagedIdentity>,
}

/// Endpoints of a managed identity, in plain http on loopback.
#[derive(Clone, PartialEq, Eq)]
pub struct ManagedIdentity {
    /// Value of `IDENTITY_ENDPOINT` in App Service.
    pub endpoint: String,
    /// Value of `IDENTITY_HEADER` in App Service. It is a secret.
    pub header: String,
    /// Base of the instance metadata service, `http://169.254.169.254` on a virtual machine.
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
    /// Returns the line that announces the sandbox: one JSON object.
    pub fn json(&self, ca_file: &Path) -> Value {
        let identity = self.managed_identity.as_ref().map(|identity| {
            json!({
                "identity_endpoint": identity.endpoint,
                "identity_header": identity.header,
                "imds": identity.imds,
            })
        });
        // The certificate itself stays out of the line: clients take a file.
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
