//! Texts that stand for a range, an id, a day or a prefix length; what is wrong with those that do not.

use jiff::civil::Date;

use crate::model::{Cidr, CidrError, ResourceIdError, SubnetId};
use crate::spec::loading::Loading;
use crate::spec::raw::deserialize::Spanned;
use crate::spec::yaml::node::{At, short};

/// Says why a text is no range.
pub(crate) fn bad_range(loading: &mut Loading, at: At, error: &CidrError) {
    let (code, help) = match error {
        CidrError::HostBits { corrected, .. } => ("host-bits", format!("write `{corrected}`")),
        CidrError::Ipv6(_) => (
            "ipv6",
            "use the public IPv4 address that the registry sees".to_owned(),
        ),
        CidrError::Syntax { .. } => (
            "bad-address",
            "write an address such as `203.0.113.7`, or a range such as `203.0.113.0/24`".to_owned(),
        ),
    };
    loading.error(at, code, short_error(error), help);
}

/// The error's words; a text of megabytes is not repeated whole.
fn short_error(error: &CidrError) -> String {
    const MOST: usize = 300;
    let message = error.to_string();
    if message.len() <= MOST {
        message
    } else {
        "this text is not an IPv4 address or CIDR range".to_owned()
    }
}

pub(crate) fn parse_subnet(loading: &mut Loading, text: &Spanned<String>) -> Option<Spanned<SubnetId>> {
    match SubnetId::parse(&text.value) {
        Ok(value) => Some(Spanned { at: text.at, value }),
        Err(error) => {
            let help = "copy it from `az network vnet subnet show --query id`";
            loading.error(text.at, "bad-id", short_id_error(&text.value, &error), help);
            None
        }
    }
}

/// The error's words; a text of megabytes is not repeated whole.
pub(crate) fn short_id_error(text: &str, error: &ResourceIdError) -> String {
    const MOST: usize = 1000;
    if text.len() <= MOST {
        error.to_string()
    } else {
        "this text is too long for a resource id".to_owned()
    }
}

pub(crate) fn parse_day(loading: &mut Loading, text: &Spanned<String>) -> Option<Date> {
    let day = has_day_shape(&text.value)
        .then(|| text.value.parse::<Date>().ok())
        .flatten();
    if day.is_none() {
        let message = format!("`{}` is not a day", short(&text.value));
        loading.error(
            text.at,
            "bad-date",
            message,
            "write `YYYY-MM-DD`, such as `2027-03-31`",
        );
    }
    day
}

/// Whether a text is `YYYY-MM-DD` in shape. ISO 8601 has more ways to write a day, which editors would refuse.
fn has_day_shape(text: &str) -> bool {
    let fits = |(index, byte): (usize, u8)| match index {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    text.len() == "2027-03-31".len() && text.bytes().enumerate().all(fits)
}

/// Whether a text was meant as an address, a range or an id rather than as a name.
pub(crate) fn looks_like_address(text: &str) -> bool {
    let numeric = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.contains(['/', ':'])
        || (numeric && text.contains('.'))
        || text.parse::<Cidr>().is_ok()
        || (text.starts_with(|c: char| c.is_ascii_digit()) && text.matches('.').count() == 3)
        || text.trim().parse::<Cidr>().is_ok()
}

/// `/0` to `/32`, without leading zeros.
pub(crate) fn parse_prefix(text: &str) -> Option<u8> {
    let digits = text.strip_prefix('/')?;
    let prefix = digits.parse::<u8>().ok().filter(|prefix| *prefix <= 32)?;
    (prefix.to_string() == digits).then_some(prefix)
}
