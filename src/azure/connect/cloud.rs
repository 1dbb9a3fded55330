//! Azure clouds: their ARM endpoint, their token issuer, and what they lack.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;
use url::{Host, Url};

use super::env::Env;
use super::proxy::ProxySettings;
use super::transport::HttpTransport;
use crate::azure::error::ArmError;
use crate::azure::error::body::get;

/// A cloud. Endpoints and authorities are from azure-cli-core 2.91.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// Name as azure-cli has it, such as `AzureCloud`.
    pub name: String,
    /// ARM endpoint.
    pub arm: Url,
    /// Audience of a token, without `/.default`.
    pub audience: String,
    /// Issuer of tokens.
    pub authority: Url,
    /// True if subnets can reach registries over service endpoints here. Azure Government and 21Vianet have none
    /// (docs: container-registry-vnet).
    pub service_endpoints_supported: bool,
    /// Suffix of storage accounts, such as `core.windows.net`. A cloud given by URL may not name its own.
    pub storage: Option<String>,
}

/// A value of `--cloud`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloudName {
    Public,
    UsGov,
    China,
    /// An ARM endpoint that describes its cloud at `/metadata/endpoints`.
    Url(Url),
}

/// Error for a text that names no cloud.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown cloud `{0}`; expected `public`, `usgov`, `china` or the https URL of an ARM endpoint")]
pub struct UnknownCloud(String);

impl FromStr for CloudName {
    type Err = UnknownCloud;

    fn from_str(text: &str) -> Result<Self, UnknownCloud> {
        match text.to_ascii_lowercase().as_str() {
            "public" | "azurecloud" => return Ok(Self::Public),
            "usgov" | "azureusgovernment" => return Ok(Self::UsGov),
            "china" | "azurechinacloud" => return Ok(Self::China),
            _ => {}
        }
        // A typo such as `pubic` must not pass for a host.
        match Url::parse(text) {
            Ok(url) if url.scheme() == "https" && url.has_host() => Ok(Self::Url(url)),
            _ => Err(UnknownCloud(text.to_owned())),
        }
    }
}

impl Cloud {
    /// Returns Azure's public cloud.
    pub fn public() -> Self {
        Self::known(
            "AzureCloud",
            "https://management.azure.com",
            "https://login.microsoftonline.com",
            "core.windows.net",
            true,
        )
    }

    /// Returns Azure Government.
    pub fn us_government() -> Self {
        Self::known(
            "AzureUSGovernment",
            "https://management.usgovcloudapi.net",
            "https://login.microsoftonline.us",
            "core.usgovcloudapi.net",
            false,
        )
    }

    /// Returns Azure in China, operated by 21Vianet.
    pub fn china() -> Self {
        Self::known(
            "AzureChinaCloud",
            "https://management.chinacloudapi.cn",
            "https://login.chinacloudapi.cn",
            "core.chinacloudapi.cn",
            false,
        )
    }

    /// Returns the cloud that `name` stands for. A URL costs one request to it, which trusts the CAs in `ca_pem` too.
    pub async fn find(name: &CloudName, ca_pem: Option<&[u8]>, env: &Env) -> Result<Self, ArmError> {
        match name {
            CloudName::Public => Ok(Self::public()),
            CloudName::UsGov => Ok(Self::us_government()),
            CloudName::China => Ok(Self::china()),
            CloudName::Url(url) => Self::discover(url, ca_pem, env).await,
        }
    }

    /// Returns the same cloud with ARM at another address: a private endpoint for ARM, a proxy, a sandbox.
    pub fn with_arm(self, arm: Url) -> Self {
        Self { arm, ..self }
    }

    /// Returns the host of ARM: registries with one id at two hosts are two registries. It is `sandbox` for every address
    /// of this machine, because a sandbox changes its port from run to run.
    pub fn environment(&self) -> String {
        if self.is_here() {
            return "sandbox".to_owned();
        }
        self.arm.host_str().unwrap_or_default().to_owned()
    }

    /// Returns true if ARM is on this machine, which makes it a sandbox.
    pub fn is_here(&self) -> bool {
        // The host as a URL parser sees it: `[::1]` and `127.9.9.9` are this machine too.
        match self.arm.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        }
    }

    /// Returns the hosts where clients get tokens. In China, tools use either of two hosts (azure-cli-core 2.91 the first one,
    /// docs: authentication-national-cloud the other).
    pub fn sign_in_hosts(&self) -> Vec<String> {
        let mut hosts: Vec<String> = self.authority.host_str().map(str::to_owned).into_iter().collect();
        let partner = "login.partner.microsoftonline.cn";
        if self.name == "AzureChinaCloud" && hosts.iter().all(|host| host != partner) {
            hosts.push(partner.to_owned());
        }
        hosts
    }

    /// Returns the domain of this cloud's registries (azure-cli-core 2.91: suffixes of each cloud). It only stands in for a
    /// login server that Azure does not show.
    pub fn registry_suffix(&self) -> &'static str {
        match self.name.as_str() {
            "AzureUSGovernment" => "azurecr.us",
            "AzureChinaCloud" => "azurecr.cn",
            _ => "azurecr.io",
        }
    }

    /// Returns the scope to ask tokens for.
    pub fn scope(&self) -> String {
        format!("{}/.default", self.audience.trim_end_matches('/'))
    }

    fn known(
        name: &str,
        arm: &str,
        authority: &str,
        storage: &str,
        service_endpoints_supported: bool,
    ) -> Self {
        const PARSES: &str = "the URLs in this file parse, as a test shows";
        Self {
            name: name.to_owned(),
            arm: Url::parse(arm).expect(PARSES),
            audience: arm.to_owned(),
            authority: Url::parse(authority).expect(PARSES),
            service_endpoints_supported,
            storage: Some(storage.to_owned()),
        }
    }

    /// Asks the ARM endpoint `arm` which cloud it belongs to.
    async fn discover(arm: &Url, ca_pem: Option<&[u8]>, env: &Env) -> Result<Self, ArmError> {
        check_https("the ARM endpoint", arm)?;
        ProxySettings::of(env).check(arm)?;
        let http = HttpTransport::new(ca_pem, env)?;
        let mut url = arm.clone();
        url.set_path("/metadata/endpoints");
        url.set_query(Some("api-version=2022-09-01"));
        let body = http.get_json(&url).await?;
        Self::from_metadata(arm, &body).ok_or_else(|| ArmError::Setup {
            message: format!("`{arm}` does not describe its cloud at `/metadata/endpoints`"),
            help: "name a known cloud with `--cloud public|usgov|china`, and the address with `--arm-endpoint`".into(),
        })
    }

    /// Reads `/metadata/endpoints`: one object at 2022-09-01, a list at 2019-05-01 (azure-cli-core 2.91).
    fn from_metadata(arm: &Url, body: &Value) -> Option<Self> {
        // Older endpoints answer with a list of clouds.
        let entry = match body {
            Value::Array(entries) => entry_of(arm, entries)?,
            entry => entry,
        };
        let authentication = get(entry.as_object()?, "authentication")?.as_object()?;
        let authority = Url::parse(get(authentication, "loginEndpoint")?.as_str()?).ok()?;
        // The secret goes to the authority.
        if authority.scheme() != "https" {
            return None;
        }
        let name = entry.get("name").and_then(Value::as_str).unwrap_or("Custom");
        let storage = entry.pointer("/suffixes/storage").and_then(Value::as_str);
        Some(Self {
            name: name.to_owned(),
            arm: arm.clone(),
            audience: audience(get(authentication, "audiences")?, arm)?,
            authority,
            storage: storage.map(str::to_owned),
            service_endpoints_supported: !["AzureUSGovernment", "AzureChinaCloud"].contains(&name),
        })
    }
}

/// Finds the metadata entry of the ARM endpoint `arm`. A list of one entry needs no match.
fn entry_of<'a>(arm: &Url, entries: &'a [Value]) -> Option<&'a Value> {
    if let [only] = entries {
        return Some(only);
    }
    entries.iter().find(|entry| {
        let url = entry["resourceManager"]
            .as_str()
            .and_then(|text| Url::parse(text).ok());
        url.is_some_and(|url| url.origin() == arm.origin())
    })
}

/// Chooses the audience with ARM's own host, or the first if there is none.
fn audience(audiences: &Value, arm: &Url) -> Option<String> {
    let all: Vec<&str> = audiences.as_array()?.iter().filter_map(Value::as_str).collect();
    let own = all.iter().find(|text| {
        Url::parse(text).is_ok_and(|url| url.host_str().is_some() && url.host_str() == arm.host_str())
    });
    let chosen = own.or(all.first())?;
    Some(chosen.trim_end_matches('/').to_owned())
}

/// Refuses plain http: tokens and secrets go over this address. `what` names it in the message.
pub(crate) fn check_https(what: &str, url: &Url) -> Result<(), ArmError> {
    if url.scheme() == "https" && url.has_host() {
        return Ok(());
    }
    Err(ArmError::Setup {
        message: format!("{what} `{}` is not https", url.origin().ascii_serialization()),
        help: "use an https address; a private CA is named with `--ca-file`".into(),
    })
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environment_is_the_host_of_arm_or_the_sandbox() {
        for (arm, environment) in [
            ("https://management.azure.com", "management.azure.com"),
            ("https://Management.Azure.com:8443/x", "management.azure.com"),
            ("https://10.0.0.1", "10.0.0.1"),
            ("https://127.0.0.1:4321", "sandbox"),
            ("https://127.9.9.9", "sandbox"),
            ("https://[::1]:1", "sandbox"),
            ("https://localhost:1", "sandbox"),
            ("https://localhost.example", "localhost.example"),
        ] {
            let cloud = Cloud::public().with_arm(Url::parse(arm).unwrap());
            assert_eq!(cloud.environment(), environment);
        }
    }

    #[test]
    fn known_clouds_have_own_scope_and_authority() {
        for (cloud, scope, authority, endpoints) in [
            (
                Cloud::public(),
                "https://management.azure.com/.default",
                "login.microsoftonline.com",
                true,
            ),
            (
                Cloud::us_government(),
                "https://management.usgovcloudapi.net/.default",
                "login.microsoftonline.us",
                false,
            ),
            (
                Cloud::china(),
                "https://management.chinacloudapi.cn/.default",
                "login.chinacloudapi.cn",
                false,
            ),
        ] {
            assert_eq!(cloud.scope(), scope);
            assert_eq!(cloud.authority.host_str(), Some(authority));
            assert_eq!(cloud.service_endpoints_supported, endpoints);
        }
    }

    #[test]
    fn cloud_names_ignore_case_and_urls_need_https() {
        assert_eq!("Public".parse(), Ok(CloudName::Public));
        assert_eq!("azureusgovernment".parse(), Ok(CloudName::UsGov));
        assert!(matches!("https://arm.example".parse(), Ok(CloudName::Url(_))));
        for bad in ["", "pubic", "http://arm.example", "arm.example", "https://"] {
            assert!(bad.parse::<CloudName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn metadata_is_read_as_an_object_and_as_a_list() {
        let arm = Url::parse("https://arm.example:8443").unwrap();
        let entry = serde_json::json!({
            "name": "AzureStack", "resourceManager": "https://arm.example:8443/",
            "authentication": {"loginEndpoint": "https://login.example/", "audiences": ["https://core.example/", "https://arm.example/"]},
            "suffixes": {"storage": "storage.example"},
        });
        let mut other = entry.clone();
        other["resourceManager"] = "https://other.example/".into();
        other["name"] = "Other".into();
        for body in [entry.clone(), serde_json::json!([other, entry])] {
            let cloud = Cloud::from_metadata(&arm, &body).unwrap();
            assert_eq!(
                (
                    cloud.name.as_str(),
                    cloud.audience.as_str(),
                    cloud.authority.as_str()
                ),
                ("AzureStack", "https://arm.example", "https://login.example/")
            );
            assert_eq!(cloud.storage.as_deref(), Some("storage.example"));
        }
    }

    #[test]
    fn metadata_without_an_https_authority_is_refused() {
        let arm = Url::parse("https://arm.example").unwrap();
        for body in [
            serde_json::json!({}),
            serde_json::json!([]),
            serde_json::json!({"authentication": {"loginEndpoint": "http://login.example", "audiences": ["https://a"]}}),
            serde_json::json!({"authentication": {"loginEndpoint": "https://login.example", "audiences": []}}),
        ] {
            assert_eq!(Cloud::from_metadata(&arm, &body), None, "{body}");
        }
    }
}
