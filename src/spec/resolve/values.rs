//! Strings that stand for a range, an id, a date or a prefix length.

use jiff::civil::Date;

use crate::model::{Cidr, CidrError, ResourceIdError, SubnetId};
use crate::spec::diagnostic_code::DiagnosticCode;
use crate::spec::help::Help;
use crate::spec::loading::Loading;
use crate::spec::raw::deserialize::Spanned;
use crate::spec::yaml::node::short;
use crate::spec::yaml::place::At;

/// Longest message of a [`CidrError`] that is repeated, in bytes.
const LONGEST_RANGE_ERROR: usize = 300;
/// Number of parts of a subnet's id.
const SUBNET_SEGMENTS: usize = 10;
/// Longest text that is repeated as a resource id, in bytes.
pub(crate) const LONGEST_ID: usize = 1000;

/// Reports an invalid range, with the corrected form if there is one.
pub(crate) fn bad_range(loading: &mut Loading, at: At, error: &CidrError) {
    let (code, example) = match error {
        CidrError::HostBits { .. } => (DiagnosticCode::HostBits, ""),
        CidrError::Ipv6(_) => (
            DiagnosticCode::Ipv6,
            "use the public IPv4 address that the registry sees",
        ),
        CidrError::Syntax { .. } => (
            DiagnosticCode::BadAddress,
            "write an address such as `203.0.113.7`, or a range such as `203.0.113.0/24`",
        ),
    };
    let help = match (error.ranges().as_slice(), error.corrected()) {
        ([only], _) => Help::write(only),
        (_, Some(corrected)) => format!("write {corrected}").into(),
        (_, None) => example.into(),
    };
    // The error repeats the text, which can have megabytes.
    let mut message = error.to_string();
    if message.len() > LONGEST_RANGE_ERROR {
        message = "this string is not an IPv4 address or CIDR range".to_owned();
    }
    loading.report(at, code, message, help);
}

/// Parses the id of a subnet. Reports an invalid id.
pub(crate) fn parse_subnet(loading: &mut Loading, text: &Spanned<String>) -> Option<Spanned<SubnetId>> {
    match SubnetId::parse(&text.value) {
        Ok(value) => Some(Spanned { at: text.at, value }),
        Err(error) => {
            let message = id_error_text(&text.value, &error);
            let help = match id_inside(&text.value, SUBNET_SEGMENTS, SubnetId::parse) {
                Some(id) => Help::write(id),
                None => "copy the id from `az network vnet subnet show --query id`".into(),
            };
            loading.report(text.at, DiagnosticCode::BadId, message, help);
            None
        }
    }
}

/// Returns the id inside a text, such as a link to a page of the portal, or an id with the rest of a path. `segments` is
/// the number of parts of such an id.
pub(crate) fn id_inside<T>(
    text: &str,
    segments: usize,
    parse: fn(&str) -> Result<T, ResourceIdError>,
) -> Option<T> {
    if text.len() > LONGEST_ID {
        return None;
    }
    let start = text.to_ascii_lowercase().find("/subscriptions/")?;
    let path = text[start..].split(['?', '#']).next()?;
    // The text before the first `/` is empty.
    let parts: Vec<&str> = path.split('/').take(segments + 1).collect();
    parse(&parts.join("/")).ok()
}

/// Returns the message for an invalid id, without repeating a very long text.
pub(crate) fn id_error_text(text: &str, error: &ResourceIdError) -> String {
    if text.len() <= LONGEST_ID {
        error.to_string()
    } else {
        "this string is too long for a resource id".to_owned()
    }
}

/// Parses a date. Reports an invalid one.
pub(crate) fn parse_day(loading: &mut Loading, text: &Spanned<String>) -> Option<Date> {
    if has_day_shape(&text.value)
        && let Ok(day) = text.value.parse()
    {
        return Some(day);
    }
    let message = format!("invalid date `{}`", short(&text.value));
    let help = match day_first(&text.value) {
        Some(day) => Help::write(day),
        None => "write `YYYY-MM-DD`, such as `2027-03-31`".into(),
    };
    loading.report(text.at, DiagnosticCode::BadDate, message, help);
    None
}

/// Reads `31.12.2026`. With another sign, the month could come first.
fn day_first(text: &str) -> Option<Date> {
    let mut parts = text.split('.');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// Returns true for the shape `YYYY-MM-DD`. ISO 8601 has other forms of a date, which the schema refuses.
fn has_day_shape(text: &str) -> bool {
    for (index, byte) in text.bytes().enumerate() {
        let fits = match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        };
        if !fits {
            return false;
        }
    }
    text.len() == "2027-03-31".len()
}

/// Returns true if a text was meant as an address, a range or an id rather than as a name.
pub(crate) fn looks_like_address(text: &str) -> bool {
    let numeric = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.contains(['/', ':'])
        || (numeric && text.contains('.'))
        || text.parse::<Cidr>().is_ok()
        || (text.starts_with(|c: char| c.is_ascii_digit()) && text.matches('.').count() == 3)
        || text.trim().parse::<Cidr>().is_ok()
}

/// Parses `/0` to `/32`, without leading zeros.
pub(crate) fn parse_prefix(text: &str) -> Option<u8> {
    let digits = text.strip_prefix('/')?;
    let prefix: u8 = digits.parse().ok()?;
    let canonical = prefix <= 32 && prefix.to_string() == digits;
    canonical.then_some(prefix)
}
