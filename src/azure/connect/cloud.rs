//! Azure clouds: where ARM is, whom to ask for tokens, and what the cloud lacks.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;
use url::Url;

use super::transport;
use crate::azure::error::ArmError;
use crate::azure::error::body::get;

/// A cloud. Endpoints and authorities are from azure-cli-core 2.91.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// `AzureCloud` and so on, as azure-cli names them.
    pub name: String,
    /// Where ARM is.
    pub arm: Url,
    /// What a token is for, without `/.default`.
    pub audience: String,
    /// Who issues tokens.
    pub authority: Url,
    /// Whether subnets can reach registries over service endpoints here; Azure Government and 21Vianet have none
    /// (docs: container-registry-vnet).
    pub service_endpoints_supported: bool,
}

/// What `--cloud` takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloudName {
    Public,
    UsGov,
    China,
    /// An ARM endpoint that describes its cloud at `/metadata/endpoints`.
    Url(Url),
}

/// A text that names no cloud.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no cloud; expected `public`, `usgov`, `china` or the https URL of an ARM endpoint")]
pub struct UnknownCloud(String);

impl FromStr for CloudName {
    type Err = UnknownCloud;

    fn from_str(text: &str) -> Result<Self, UnknownCloud> {
        match text.to_ascii_lowercase().as_str() {
            "public" | "azurecloud" => Ok(Self::Public),
            "usgov" | "azureusgovernment" => Ok(Self::UsGov),
            "china" | "azurechinacloud" => Ok(Self::China),
            _ => Url::parse(text)
                .ok()
                .filter(|url| url.scheme() == "https" && url.has_host())
                .map(Self::Url)
                .ok_or_else(|| UnknownCloud(text.to_owned())),
        }
    }
}

impl Cloud {
    pub fn public() -> Self {
        Self::known(
            "AzureCloud",
            "https://management.azure.com",
            "https://login.microsoftonline.com",
            true,
        )
    }

    pub fn us_government() -> Self {
        let (arm, authority) = (
            "https://management.usgovcloudapi.net",
            "https://login.microsoftonline.us",
        );
        Self::known("AzureUSGovernment", arm, authority, false)
    }

    pub fn china() -> Self {
        let (arm, authority) = (
            "https://management.chinacloudapi.cn",
            "https://login.chinacloudapi.cn",
        );
        Self::known("AzureChinaCloud", arm, authority, false)
    }

    /// The cloud that `name` stands for; a URL is asked what it is.
    pub async fn find(name: &CloudName, ca_pem: Option<&[u8]>) -> Result<Self, ArmError> {
        match name {
            CloudName::Public => Ok(Self::public()),
            CloudName::UsGov => Ok(Self::us_government()),
            CloudName::China => Ok(Self::china()),
            CloudName::Url(url) => Self::discover(url, ca_pem).await,
        }
    }

    /// The same cloud, with ARM at another address: a private endpoint for ARM, a proxy, a sandbox.
    pub fn with_arm(self, arm: Url) -> Self {
        Self { arm, ..self }
    }

    /// The host of ARM: registries with one id at two hosts are two registries. `sandbox` for any address of this
    /// machine, where no Azure is, and where the port changes from run to run.
    pub fn environment(&self) -> String {
        let host = self.arm.host_str().unwrap_or_default();
        let is_here = match self.arm.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            _ => host == "localhost" || host.ends_with(".localhost"),
        };
        if is_here { "sandbox" } else { host }.to_owned()
    }

    /// The scope to ask tokens for.
    pub fn scope(&self) -> String {
        format!("{}/.default", self.audience.trim_end_matches('/'))
    }

    fn known(name: &str, arm: &str, authority: &str, service_endpoints_supported: bool) -> Self {
        let url = |text| Url::parse(text).expect("the URLs in this file parse, as a test shows");
        Self {
            name: name.to_owned(),
            arm: url(arm),
            audience: arm.to_owned(),
            authority: url(authority),
            service_endpoints_supported,
        }
    }

    /// Asks the ARM endpoint `arm` what cloud it belongs to.
    async fn discover(arm: &Url, ca_pem: Option<&[u8]>) -> Result<Self, ArmError> {
        check_https("the ARM endpoint", arm)?;
        let http = transport::Http::new(ca_pem)?;
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
        let entry = match body {
            Value::Array(entries) => entries
                .iter()
                .find(|entry| same_origin(entry, arm))
                .or_else(|| entries.first().filter(|_| entries.len() == 1))?,
            entry => entry,
        };
        let authentication = get(entry.as_object()?, "authentication")?.as_object()?;
        let authority = Url::parse(get(authentication, "loginEndpoint")?.as_str()?).ok()?;
        let name = entry.get("name").and_then(Value::as_str).unwrap_or("Custom");
        Some(Self {
            name: name.to_owned(),
            arm: arm.clone(),
            audience: audience(get(authentication, "audiences")?, arm)?,
            authority: Some(authority).filter(|url| url.scheme() == "https")?,
            service_endpoints_supported: !["AzureUSGovernment", "AzureChinaCloud"].contains(&name),
        })
    }
}

/// The audience with ARM's own host where there is one, else the first.
fn audience(audiences: &Value, arm: &Url) -> Option<String> {
    let all: Vec<&str> = audiences.as_array()?.iter().filter_map(Value::as_str).collect();
    let own = all.iter().find(|text| {
        Url::parse(text).is_ok_and(|url| url.host_str().is_some() && url.host_str() == arm.host_str())
    });
    Some((*own.or(all.first())?).trim_end_matches('/').to_owned())
}

/// Whether a metadata entry is that of the ARM endpoint `arm`.
fn same_origin(entry: &Value, arm: &Url) -> bool {
    entry
        .get("resourceManager")
        .and_then(Value::as_str)
        .and_then(|text| Url::parse(text).ok())
        .is_some_and(|url| url.origin() == arm.origin())
}

/// Refuses plain http: tokens and secrets go over this address.
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
    fn an_environment_is_the_host_of_arm_and_this_machine_is_the_sandbox() {
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
    fn known_clouds_have_their_own_scope_and_authority() {
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
    fn cloud_names_are_read_without_case_and_urls_must_be_https() {
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
