//! How a running sandbox is reached: as values, as a JSON line, as environment variables.

use std::path::Path;

use serde_json::{Value, json};

/// Variables that would send a client elsewhere than to the sandbox, or make it sign in otherwise.
const MISLEADING: &[&str] = &[
    "RINGFENCE_CLOUD",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_PASSWORD",
    "AZURE_SUBSCRIPTION_ID",
    "AZURE_USERNAME",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "IDENTITY_SERVER_THUMBPRINT",
    "IMDS_ENDPOINT",
    "MSI_ENDPOINT",
    "MSI_SECRET",
];

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
        json!({
            "arm": self.arm,
            "authority": self.authority,
            "ca_file": ca_file,
            "tenant_id": self.tenant_id,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "subscriptions": self.subscriptions,
        })
    }

    /// What a client's environment must have, and with `None` must not have, to use the sandbox and nothing else.
    ///
    /// `no_proxy` is what the variable of that name holds now.
    pub fn environment(&self, ca_file: &Path, no_proxy: &str) -> Vec<(&'static str, Option<String>)> {
        let ca = ca_file.display().to_string();
        let hosts = ["localhost", "127.0.0.1", "::1"].join(",");
        let no_proxy = [no_proxy, hosts.as_str()].map(str::to_owned);
        let no_proxy = no_proxy.iter().filter(|part| !part.is_empty());
        let no_proxy = no_proxy.cloned().collect::<Vec<_>>().join(",");
        let set = [
            ("RINGFENCE_ARM_ENDPOINT", self.arm.clone()),
            ("RINGFENCE_CA_FILE", ca.clone()),
            ("RINGFENCE_AUTH", "client-secret".to_owned()),
            ("AZURE_AUTHORITY_HOST", self.authority.clone()),
            ("AZURE_TENANT_ID", self.tenant_id.clone()),
            ("AZURE_CLIENT_ID", self.client_id.clone()),
            ("AZURE_CLIENT_SECRET", self.client_secret.clone()),
            // azure-cli reads `core.instance_discovery` from here.
            ("AZURE_CORE_INSTANCE_DISCOVERY", "false".to_owned()),
            ("SSL_CERT_FILE", ca.clone()),
            ("REQUESTS_CA_BUNDLE", ca.clone()),
            ("CURL_CA_BUNDLE", ca.clone()),
            ("NODE_EXTRA_CA_CERTS", ca),
            ("NO_PROXY", no_proxy.clone()),
            ("no_proxy", no_proxy),
        ];
        let unset = MISLEADING.iter().map(|name| (*name, None));
        let set = set.into_iter().map(|(name, value)| (name, Some(value)));
        unset.chain(set).chain(self.subscription()).collect()
    }

    /// Which subscription is meant, where there is one only.
    fn subscription(&self) -> Option<(&'static str, Option<String>)> {
        match self.subscriptions.as_slice() {
            [only] => Some(("AZURE_SUBSCRIPTION_ID", Some(only.clone()))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(subscriptions: &[&str]) -> Ready {
        Ready {
            arm: "https://127.0.0.1:1".to_owned(),
            authority: "https://127.0.0.1:1".to_owned(),
            ca_pem: String::new(),
            tenant_id: "t".to_owned(),
            client_id: "c".to_owned(),
            client_secret: "s".to_owned(),
            subscriptions: subscriptions.iter().map(|id| (*id).to_owned()).collect(),
        }
    }

    #[test]
    fn the_environment_names_a_subscription_only_where_there_is_one() {
        let rows: [(&[&str], Option<&str>); 3] = [(&[], None), (&["a"], Some("a")), (&["a", "b"], None)];
        for (subscriptions, want) in rows {
            let environment = ready(subscriptions).environment(Path::new("/ca.pem"), "corp");
            let last = |wanted: &str| environment.iter().rfind(|(name, _)| *name == wanted).unwrap();
            assert_eq!(last("AZURE_SUBSCRIPTION_ID").1.as_deref(), want);
            assert_eq!(
                last("NO_PROXY").1.as_deref(),
                Some("corp,localhost,127.0.0.1,::1")
            );
            assert_eq!(last("MSI_ENDPOINT").1, None);
        }
    }
}
