//! Parsers of single values. The parser shows the value itself, made harmless, so the messages leave it out.

use std::ffi::OsStr;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use jiff::civil::Date;
use url::Url;

use crate::azure::{AuthMethod, CloudName};
use crate::explain::AskedClient;
use crate::lease::{LeaseName, LeaseNameError};
use crate::model::{A_YEAR, Cidr, CidrError, Client, OtherClient, RegistryId, SubnetId, is_host_name};
use crate::run::{CLIENTS, ChosenClient};
use crate::sandbox::{self, LegacySubnetKey};
use crate::spec::{Selector, SelectorError, Severity, Shard, ShardError};

/// Takes the names of the sign-in methods.
pub(crate) fn sign_in_methods() -> impl TypedValueParser<Value = AuthMethod> {
    PossibleValuesParser::new(AuthMethod::ALL.map(AuthMethod::as_str)).map(|name| {
        let method = AuthMethod::ALL.into_iter().find(|method| method.as_str() == name);
        method.expect("the possible values are the names of all methods")
    })
}

/// A parser of one value, with the names that completions and help offer. Other values are taken too.
#[derive(Clone)]
pub(crate) struct WithNames<T> {
    pub parse: fn(&str) -> Result<T, String>,
    pub names: &'static [&'static str],
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for WithNames<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        self.parse.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.names.iter().map(PossibleValue::new)))
    }
}

/// Takes the JSON keys that a subnet rule's id can have.
pub(crate) fn subnet_keys() -> impl TypedValueParser<Value = LegacySubnetKey> {
    let names = ["id", "virtualNetworkSubnetResourceId"];
    PossibleValuesParser::new(names).map(|name| match name.as_str() {
        "id" => LegacySubnetKey::Id,
        _ => LegacySubnetKey::SubnetResourceId,
    })
}

/// Reads one segment of a resource id, such as a subscription or a resource group.
pub(crate) fn segment(text: &str) -> Result<String, String> {
    match RegistryId::new(text, text, "name") {
        Ok(_) if !text.contains('/') => Ok(text.to_owned()),
        _ => Err("expected a name or id without slashes, as it stands in resource ids".to_owned()),
    }
}

/// Reads the id of a subscription. Azure takes no name in its place, and a lookup of the name would take a request.
pub(crate) fn subscription_id(text: &str) -> Result<String, String> {
    match uuid::Uuid::try_parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(
            "expected the id of a subscription, not its name: az account show --subscription NAME --query id"
                .to_owned(),
        ),
    }
}

/// Takes a cloud's name, or the URL of its Resource Manager.
pub(crate) fn clouds() -> WithNames<CloudName> {
    let names = &["public", "usgov", "china"];
    WithNames { parse: cloud, names }
}

fn cloud(text: &str) -> Result<CloudName, String> {
    if text.contains("://") {
        return https_url(text).map(CloudName::Url);
    }
    match text.parse() {
        Ok(cloud) => Ok(cloud),
        Err(_) => Err("expected public, usgov, china or an https URL".to_owned()),
    }
}

/// Reads a URL. Every request carries a token, so only https is accepted.
pub(crate) fn https_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if url.scheme() != "https" {
        return Err(format!(
            "expected https, not {}: tokens travel with every request",
            url.scheme()
        ));
    }
    // A user or a query can be a secret, and messages show URLs.
    let has_user = !url.username().is_empty() || url.password().is_some();
    if has_user || url.query().is_some() || !url.has_host() {
        return Err("expected a URL without user and query".to_owned());
    }
    Ok(url)
}

/// Reads a number of days or weeks, such as `14d` or `2w`.
pub(crate) fn days(text: &str) -> Result<u16, String> {
    let number = match (text.strip_suffix('d'), text.strip_suffix('w')) {
        (Some(days), _) => days.parse::<u16>().ok(),
        (_, Some(weeks)) => weeks.parse::<u16>().ok().and_then(|weeks| weeks.checked_mul(7)),
        _ => None,
    };
    number.ok_or_else(|| "expected days or weeks, such as 14d or 2w".to_owned())
}

/// Takes the names of the severities of findings.
pub(crate) fn severities() -> impl TypedValueParser<Value = Severity> {
    const NAMES: [(&str, Severity); 3] = [
        ("note", Severity::Note),
        ("warning", Severity::Warning),
        ("error", Severity::Error),
    ];
    PossibleValuesParser::new(NAMES.map(|(name, _)| name)).map(|chosen| {
        let severity = NAMES.into_iter().find(|(name, _)| *name == chosen);
        severity
            .expect("the possible values are the names of all severities")
            .1
    })
}

/// Reads a time longer than zero, of a year at most.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    match unbounded(text) {
        Ok(time) if time > A_YEAR => Err("expected a time of a year at most, which is 8760h".to_owned()),
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err(EXPECTED_TIME.to_owned()),
    }
}

const EXPECTED_TIME: &str = "expected a time such as 90s, 15m or 1h30m";

/// Reads a time that the sandbox waits. It may be zero.
pub(crate) fn delay(text: &str) -> Result<Duration, String> {
    let time = unbounded(text)?;
    if time > sandbox::LONGEST_WAIT {
        return Err("expected at most 24h".to_owned());
    }
    Ok(time)
}

fn unbounded(text: &str) -> Result<Duration, String> {
    let signed: Option<jiff::SignedDuration> = text.parse().ok();
    match signed.map(Duration::try_from) {
        Some(Ok(time)) => Ok(time),
        _ => Err(EXPECTED_TIME.to_owned()),
    }
}

/// Reads an address or a range whose clients are admitted.
pub(crate) fn range(text: &str) -> Result<Cidr, String> {
    let error = match text.parse::<Cidr>() {
        Ok(range) => return Ok(range),
        Err(error) => error,
    };
    Err(match error.corrected() {
        Some(corrected) => format!("did you mean {corrected}?"),
        None => "expected an IPv4 address or a range such as 203.0.113.0/24".to_owned(),
    })
}

/// Reads an address or a range at which a registry can see a client.
pub(crate) fn public_range(text: &str) -> Result<Cidr, String> {
    let range = range(text)?;
    match range.special_use() {
        Some(kind) => Err(format!("it lies in {kind}: no registry sees a machine there")),
        None => Ok(range),
    }
}

/// Reads the name of a lease.
pub(crate) fn lease_name(text: &str) -> Result<LeaseName, LeaseNameError> {
    text.parse()
}

/// Reads an address with a port.
pub(crate) fn socket(text: &str) -> Result<SocketAddr, String> {
    let parsed = text.parse();
    parsed.map_err(|_| "expected an address and a port, such as 127.0.0.1:8443".to_owned())
}

/// Reads a client of a registry: an address, a range, a subnet id, the name of another kind, or a name of the spec.
pub(crate) fn chosen_client(text: &str) -> Result<ChosenClient, String> {
    let other = match text {
        "trusted-services" => Some(OtherClient::TrustedServices),
        "tasks" => Some(OtherClient::Tasks),
        "ipv6" => Some(OtherClient::Ipv6),
        _ => None,
    };
    let client = match other {
        Some(kind) => Client::Other(kind),
        None if text.starts_with('/') => {
            Client::Subnet(SubnetId::parse(text).map_err(|error| error.to_string())?)
        }
        None => match text.parse::<Cidr>() {
            Ok(range) => Client::Address(range),
            Err(error) => return name_or_mistake(text, &error),
        },
    };
    Ok(ChosenClient::Client(AskedClient {
        written: text.to_owned(),
        client,
    }))
}

fn name_or_mistake(text: &str, error: &CidrError) -> Result<ChosenClient, String> {
    match (error, error.corrected()) {
        (_, Some(corrected)) => Err(format!("did you mean {corrected}?")),
        (CidrError::Ipv6(_), None) => {
            Err("rules of registries are IPv4 only; `ipv6` asks for all IPv6 clients".to_owned())
        }
        (CidrError::Syntax { .. }, None) if text.chars().any(char::is_alphabetic) => {
            Ok(ChosenClient::Name(text.to_owned()))
        }
        (_, None) => Err(format!("expected {CLIENTS}")),
    }
}

/// Reads a day.
pub(crate) fn day(text: &str) -> Result<Date, String> {
    let has_shape = text.len() == "2027-03-31".len();
    match text.parse() {
        Ok(day) if has_shape => Ok(day),
        _ => Err("expected YYYY-MM-DD, such as 2027-03-31".to_owned()),
    }
}

/// Reads one way to choose registries.
pub(crate) fn selector(text: &str) -> Result<Selector, SelectorError> {
    text.parse()
}

/// Reads the shard of a spec.
pub(crate) fn shard(text: &str) -> Result<Shard, ShardError> {
    text.parse()
}

/// Reads the checksum of a plan.
pub(crate) fn checksum(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    if digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text.to_owned());
    }
    Err("expected sha256: and 64 hexadecimal digits, as in the plan's JSON".to_owned())
}

/// Reads the lifetime of tokens, which say it in whole seconds. It has no bound, because it is not added to a clock
/// here: a client must bear any.
pub(crate) fn token_lifetime(text: &str) -> Result<Duration, String> {
    let time = unbounded(text)?;
    if time < Duration::from_secs(1) {
        return Err("expected a second or more".to_owned());
    }
    Ok(time)
}

/// Reads a host name or an address, without port and scheme. Names of registries lead to registries.
pub(crate) fn host(text: &str) -> Result<String, String> {
    if !is_host_name(text) && text.parse::<IpAddr>().is_err() {
        return Err("expected a host name or an address, without port".to_owned());
    }
    if text
        .parse::<IpAddr>()
        .is_ok_and(|address| address.is_unspecified())
    {
        return Err(format!(
            "expected an address that clients can connect to; {text} is one to listen on"
        ));
    }
    if sandbox::is_registry_host(&text.to_ascii_lowercase()) {
        return Err(
            "expected another name than a registry's: those lead to the registry's data plane"
                .to_owned(),
        );
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_positive_and_have_a_unit() {
        let rows = [
            ("90s", Some(90)),
            ("15m", Some(900)),
            ("1h30m", Some(5400)),
            ("8760h", Some(A_YEAR.as_secs())),
            ("8760h1s", None),
            ("2500000000000000h", None),
            ("0s", None),
            ("-5s", None),
            ("90", None),
            ("", None),
            ("soon", None),
        ];
        for (text, want) in rows {
            assert_eq!(duration(text).ok().map(|time| time.as_secs()), want, "{text}");
        }
    }

    #[test]
    fn delay_is_from_zero_to_a_day() {
        let rows = [
            ("0s", Some(0)),
            ("24h", Some(86_400)),
            ("24h1s", None),
            ("0ms", Some(0)),
            ("2s", Some(2)),
            ("0", None),
            ("-1s", None),
        ];
        for (text, want) in rows {
            assert_eq!(delay(text).ok().map(|time| time.as_secs()), want, "{text}");
        }
    }

    #[test]
    fn tokens_live_for_a_second_or_more() {
        let rows = [("1s", true), ("999ms", false), ("0s", false), ("1h", true)];
        for (text, taken) in rows {
            assert_eq!(token_lifetime(text).is_ok(), taken, "{text}");
        }
    }

    #[test]
    fn days_and_checksums_have_one_form() {
        let digits = "0a".repeat(32);
        for (text, taken) in [
            ("2027-03-31", true),
            ("31.3.2027", false),
            ("20270331", false),
            ("2027-02-30", false),
        ] {
            assert_eq!(day(text).is_ok(), taken, "{text}");
        }
        for (text, taken) in [
            (format!("sha256:{digits}"), true),
            (digits, false),
            ("sha256:abc".to_owned(), false),
        ] {
            assert_eq!(checksum(&text).is_ok(), taken, "{text}");
        }
    }

    #[test]
    fn clouds_are_names_or_https_urls() {
        assert_eq!(cloud("usgov"), Ok(CloudName::UsGov));
        assert!(matches!(
            cloud("https://management.example"),
            Ok(CloudName::Url(_))
        ));
        for bad in [
            "mars",
            "",
            "http://management.example",
            "https://user@host",
            "https://",
        ] {
            assert!(cloud(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn announced_names_are_host_names_or_addresses() {
        let long = "a".repeat(64);
        let rows = [
            ("sandbox", true),
            ("Lab-1.corp.test", true),
            ("10.0.0.1", true),
            ("2001:db8::1", true),
            ("", false),
            (".", false),
            ("-", false),
            ("a..b", false),
            ("a.b.", false),
            ("-a.test", false),
            ("1.2.3", false),
            ("0x7f.1", false),
            ("a b", false),
            ("a:443", false),
            ("https://a", false),
            ("[::1]", false),
            ("contoso.azurecr.io", false),
            ("CONTOSO.AZURECR.IO", false),
            (long.as_str(), false),
        ];
        for (text, taken) in rows {
            assert_eq!(host(text).is_ok(), taken, "{text}");
        }
    }
}
