//! Names of hosts.

use serde_json::Value;

use super::types::{Host, Purpose};
use crate::live::LiveRegistry;
use crate::model::{ErrorCode, Failure, is_host_name};

/// The hosts of a cloud that no registry has for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudHosts {
    /// The hosts that issue tokens.
    pub sign_in: Vec<String>,
    /// The suffix of storage accounts, such as `core.windows.net`.
    pub storage: Option<String>,
}

/// Returns a region as host names have it: `West US` is `westus`.
pub(super) fn in_host_names(region: &str) -> String {
    region.replace(' ', "").to_ascii_lowercase()
}

/// Returns the texts of a list of host names. An api-version that hides the list has none.
pub(super) fn listed<'a>(live: &'a LiveRegistry, key: &str) -> impl Iterator<Item = &'a str> {
    let list = live.body["properties"][key].as_array();
    list.into_iter().flatten().filter_map(Value::as_str)
}

/// Returns a host. Its name goes into rules of firewalls, so no other text may take its place.
pub(super) fn host(name: &str, purpose: Purpose) -> Result<Host, Failure> {
    if is_host_name(name) {
        let name = name.to_ascii_lowercase();
        return Ok(Host { name, purpose });
    }
    Err(Failure::new(
        ErrorCode::UnreadableAnswer,
        format!("Azure's answer has `{name}` for a host, which is not a host name"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_not_a_host_name_is_refused() {
        for text in [
            "contoso.azurecr.io\nhttp_access allow all",
            "contoso.azurecr.io other",
            "",
            "*",
            "10.0.0.1",
        ] {
            assert!(host(text, Purpose::LoginServer).is_err(), "{text}");
        }
        let kept = host("Contoso.azurecr.io", Purpose::LoginServer).unwrap();
        assert_eq!(kept.name, "contoso.azurecr.io");
    }
}
