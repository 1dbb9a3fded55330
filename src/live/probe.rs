//! The registry's answer to this machine, and the address that it shows.

use std::net::IpAddr;

use serde_json::Value;

use crate::model::Cidr;

/// Answer of a registry to a request without credentials. Its firewall answers before authentication
/// (docs: container-registry-troubleshoot-access).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// 401, or 200: the request got past the firewall. The answer does not name the source address.
    Admitted,
    /// 403 with the address that the registry saw (recorded in many issues, e.g. docker/login-action#705).
    Denied(Cidr),
    /// Neither, with the reason.
    Unknown(String),
}

/// Reads the address in `client with IP '203.0.113.7' is not allowed access`.
pub fn denied_address(body: &str) -> Option<IpAddr> {
    let body: Value = serde_json::from_str(body).ok()?;
    let errors = body["errors"].as_array()?;
    let message = errors.iter().find_map(|error| error["message"].as_str())?;
    // The address stands in the text only.
    let (_, rest) = message.split_once("client with IP '")?;
    let (address, _) = rest.split_once('\'')?;
    let address: IpAddr = address.parse().ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads bodies as users quoted them.
    #[test]
    fn denied_address_is_read_from_the_body() {
        let rows = [
            // docker/login-action#705
            (
                r#"{"errors":[{"code":"DENIED","message":"client with IP '20.249.167.56' is not allowed access. Refer https://aka.ms/acr/firewall to grant access."}]}"#,
                Some("20.249.167.56"),
            ),
            // The quote may arrive as an escape.
            (
                r#"{"errors":[{"code":"DENIED","message":"client with IP \u002720.1.2.3\u0027 is not allowed access."}]}"#,
                Some("20.1.2.3"),
            ),
            (
                r#"{"errors":[{"code":"DENIED","message":"client with IP '2001:db8::1' is not allowed access."}]}"#,
                Some("2001:db8::1"),
            ),
            (
                r#"{"errors":[{"code":"DENIED","message":"access denied"}]}"#,
                None,
            ),
            (r#"{"errors":[]}"#, None),
            ("<html>", None),
        ];
        for (body, want) in rows {
            assert_eq!(
                denied_address(body).map(|address| address.to_string()).as_deref(),
                want,
                "{body}"
            );
        }
    }
}
