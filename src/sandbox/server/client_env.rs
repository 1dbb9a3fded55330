//! The environment that leads a client to the sandbox.

use std::path::Path;

use crate::sandbox::Ready;

/// Variables that would send a client elsewhere than to the sandbox, make it sign in otherwise, or have it trust
/// anybody. Read by azure-cli 2.91, azure-identity for Python 1.27, JavaScript 4.14 and Rust 1.0, msal, Node.js, and
/// ringfence.
const MISLEADING: &[&str] = &[
    "ADAL_PYTHON_SSL_NO_VERIFY",
    "ARM_CLOUD_METADATA_URL",
    "AZURE_AUTH_LOCATION",
    "AZURE_CLI_DISABLE_CONNECTION_VERIFICATION",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN",
    // azure-cli reads `cloud.name`, the cloud in use, from here.
    "AZURE_CLOUD_NAME",
    "AZURE_ENVIRONMENT",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_KUBERNETES_CA_DATA",
    "AZURE_KUBERNETES_CA_FILE",
    "AZURE_KUBERNETES_SNI_NAME",
    "AZURE_KUBERNETES_TOKEN_PROXY",
    "AZURE_PASSWORD",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "AZURE_REGIONAL_AUTHORITY_NAME",
    "AZURE_SUBSCRIPTION_ID",
    "AZURE_TOKEN_CREDENTIALS",
    "AZURE_USERNAME",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "IDENTITY_SERVER_THUMBPRINT",
    "IMDS_ENDPOINT",
    "MSAL_FORCE_REGION",
    "MSI_ENDPOINT",
    "MSI_SECRET",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "RINGFENCE_CLOUD",
];

impl Ready {
    /// What a client's environment must have, and with `None` must not have, to use the sandbox and nothing else.
    ///
    /// `no_proxy` is what the variable of that name holds now.
    pub fn environment(&self, ca_file: &Path, no_proxy: &str) -> Vec<(&'static str, Option<String>)> {
        let ca = ca_file.display().to_string();
        let folder = ca_file.parent().unwrap_or(ca_file).display().to_string();
        let no_proxy = self.without_proxy(no_proxy);
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
            // Go and .NET read a folder besides: unset it would be the system's.
            ("SSL_CERT_DIR", folder),
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

    /// What [`Ready::environment`] becomes where clients shall sign in with the managed identity and with nothing else.
    pub fn with_managed_identity(
        &self,
        mut environment: Vec<(&'static str, Option<String>)>,
    ) -> Vec<(&'static str, Option<String>)> {
        let Some(identity) = &self.managed_identity else {
            return environment;
        };
        environment.extend([
            ("AZURE_CLIENT_ID", None),
            ("AZURE_CLIENT_SECRET", None),
            ("RINGFENCE_AUTH", Some("managed-identity".to_owned())),
            ("IDENTITY_ENDPOINT", Some(identity.endpoint.clone())),
            ("IDENTITY_HEADER", Some(identity.header.clone())),
        ]);
        environment
    }

    /// Hosts that are reached without a proxy: those of `no_proxy` and the sandbox.
    fn without_proxy(&self, no_proxy: &str) -> String {
        let loopback = ["localhost", "127.0.0.1", "::1"];
        let url = url::Url::parse(&self.arm).ok();
        let own = url.as_ref().and_then(url::Url::host_str).unwrap_or_default();
        let own = own.trim_matches(['[', ']']);
        let own = (!loopback.contains(&own)).then_some(own);
        let hosts = std::iter::once(no_proxy).chain(loopback).chain(own);
        let hosts: Vec<&str> = hosts.filter(|host| !host.is_empty()).collect();
        hosts.join(",")
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
            managed_identity: None,
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

    #[test]
    fn no_proxy_stands_between_a_client_and_the_name_that_is_announced() {
        let rows = [
            ("https://localhost:1", "localhost,127.0.0.1,::1"),
            ("https://[::1]:1", "localhost,127.0.0.1,::1"),
            ("https://lab.test:1", "localhost,127.0.0.1,::1,lab.test"),
            ("https://[2001:db8::1]:1", "localhost,127.0.0.1,::1,2001:db8::1"),
        ];
        for (arm, want) in rows {
            let ready = Ready {
                arm: arm.to_owned(),
                ..ready(&[])
            };
            assert_eq!(ready.without_proxy(""), want);
        }
    }
}
