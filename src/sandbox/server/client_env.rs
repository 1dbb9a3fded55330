//! Environment variables that make a client use the sandbox.

use std::path::Path;

use super::ready::Ready;

/// Variables to remove: they would send a client to another place than the sandbox, make it sign in differently, or
/// switch off its certificate checks. They are read by azure-cli 2.91, azure-identity for Python 1.27, JavaScript 4.14
/// and Rust 1.0, msal, Node.js, Terraform's azurerm 5.2 and azapi 2.12, and ringfence.
const REMOVED: &[&str] = &[
    "ADAL_PYTHON_SSL_NO_VERIFY",
    "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID",
    "ARM_AUXILIARY_TENANT_IDS",
    "ARM_CLIENT_CERTIFICATE",
    "ARM_CLIENT_CERTIFICATE_PASSWORD",
    "ARM_CLIENT_CERTIFICATE_PATH",
    "ARM_CLIENT_ID_FILE_PATH",
    "ARM_CLIENT_SECRET_FILE_PATH",
    "ARM_CLOUD_METADATA_URL",
    "ARM_ENVIRONMENT",
    "ARM_MSI_API_VERSION",
    "ARM_MSI_ENDPOINT",
    "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID",
    "ARM_OIDC_REQUEST_TOKEN",
    "ARM_OIDC_REQUEST_URL",
    "ARM_OIDC_TOKEN",
    "ARM_OIDC_TOKEN_FILE_PATH",
    "ARM_SUBSCRIPTION_ID",
    "ARM_USE_AKS_WORKLOAD_IDENTITY",
    "ARM_USE_MSI",
    "ARM_USE_OIDC",
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

/// A variable and its value, `None` to remove it.
type Variable = (&'static str, Option<String>);

impl Ready {
    /// Returns the variables with which a client uses the sandbox and nothing else. A later entry wins over an
    /// earlier one of the same name.
    ///
    /// `no_proxy` is the current value of the variable of that name.
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
            // Terraform's azurerm and azapi.
            ("ARM_METADATA_HOSTNAME", self.arm.replace("https://", "")),
            ("ARM_RESOURCE_MANAGER_ENDPOINT", self.arm.clone()),
            ("ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST", self.authority.clone()),
            ("ARM_DISABLE_INSTANCE_DISCOVERY", "true".to_owned()),
            ("ARM_TENANT_ID", self.tenant_id.clone()),
            ("ARM_CLIENT_ID", self.client_id.clone()),
            ("ARM_CLIENT_SECRET", self.client_secret.clone()),
            ("ARM_USE_CLI", "false".to_owned()),
            ("SSL_CERT_FILE", ca.clone()),
            // Go and .NET read a folder as well, by default the system's.
            ("SSL_CERT_DIR", folder),
            ("REQUESTS_CA_BUNDLE", ca.clone()),
            ("CURL_CA_BUNDLE", ca.clone()),
            ("NODE_EXTRA_CA_CERTS", ca),
            ("NO_PROXY", no_proxy.clone()),
            ("no_proxy", no_proxy),
        ];
        let mut variables: Vec<Variable> = Vec::new();
        for name in REMOVED {
            variables.push((name, None));
        }
        for (name, value) in set {
            variables.push((name, Some(value)));
        }
        // With several subscriptions the client must choose one itself.
        if let [only] = self.subscriptions.as_slice() {
            variables.push(("AZURE_SUBSCRIPTION_ID", Some(only.clone())));
            variables.push(("ARM_SUBSCRIPTION_ID", Some(only.clone())));
        }
        variables
    }

    /// Changes the result of [`Ready::environment`] so that clients sign in with the managed identity.
    ///
    /// Returns it unchanged if the sandbox serves no managed identity.
    pub fn with_managed_identity(
        &self,
        mut environment: Vec<(&'static str, Option<String>)>,
    ) -> Vec<(&'static str, Option<String>)> {
        let Some(identity) = &self.managed_identity else {
            return environment;
        };
        // These come last and so win over the application's id and secret.
        environment.extend([
            ("AZURE_CLIENT_ID", None),
            ("AZURE_CLIENT_SECRET", None),
            ("RINGFENCE_AUTH", Some("managed-identity".to_owned())),
            ("IDENTITY_ENDPOINT", Some(identity.endpoint.clone())),
            ("IDENTITY_HEADER", Some(identity.header.clone())),
        ]);
        environment
    }

    /// Returns the hosts to reach without a proxy: those of `no_proxy`, loopback, and the sandbox under all its names.
    fn without_proxy(&self, no_proxy: &str) -> String {
        let mut hosts = vec!["localhost", "127.0.0.1", "::1"];
        let url = url::Url::parse(&self.arm).ok();
        let own = url.as_ref().and_then(url::Url::host_str).unwrap_or_default();
        let own = own.trim_matches(['[', ']']);
        for name in self.announced.iter().map(String::as_str).chain([own]) {
            if !name.is_empty() && !hosts.contains(&name) {
                hosts.push(name);
            }
        }
        if !no_proxy.is_empty() {
            hosts.insert(0, no_proxy);
        }
        hosts.join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(subscriptions: &[&str]) -> Ready {
        Ready {
            arm: "https://127.0.0.1:1".to_owned(),
            authority: "https://127.0.0.1:1".to_owned(),
            announced: Vec::new(),
            ca_pem: String::new(),
            tenant_id: "t".to_owned(),
            client_id: "c".to_owned(),
            client_secret: "s".to_owned(),
            subscriptions: subscriptions.iter().map(|id| (*id).to_owned()).collect(),
            managed_identity: None,
        }
    }

    #[test]
    fn environment_names_the_only_subscription() {
        let rows: [(&[&str], Option<&str>); 3] = [(&[], None), (&["a"], Some("a")), (&["a", "b"], None)];
        for (subscriptions, want) in rows {
            let environment = ready(subscriptions).environment(Path::new("/ca.pem"), "corp");
            let last = |wanted: &str| environment.iter().rfind(|(name, _)| *name == wanted).unwrap();
            assert_eq!(last("AZURE_SUBSCRIPTION_ID").1.as_deref(), want);
            assert_eq!(
                last("NO_PROXY").1.as_deref(),
                Some("corp,localhost,127.0.0.1,::1")
            );
            assert_eq!(last("ARM_SUBSCRIPTION_ID").1.as_deref(), want);
            assert_eq!(last("ARM_METADATA_HOSTNAME").1.as_deref(), Some("127.0.0.1:1"));
            assert_eq!(last("ARM_CLIENT_SECRET").1.as_deref(), Some("s"));
            for name in [
                "MSI_ENDPOINT",
                "ARM_USE_OIDC",
                "ARM_OIDC_TOKEN",
                "ARM_ENVIRONMENT",
            ] {
                assert_eq!(last(name).1, None, "{name}");
            }
        }
    }

    #[test]
    fn no_proxy_has_every_name_of_the_sandbox() {
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
        let announced = vec!["lab.test".to_owned(), "login.lab.test".to_owned()];
        let ready = Ready {
            arm: "https://lab.test".to_owned(),
            announced,
            ..ready(&[])
        };
        let want = "localhost,127.0.0.1,::1,lab.test,login.lab.test";
        assert_eq!(ready.without_proxy(""), want);
    }
}
