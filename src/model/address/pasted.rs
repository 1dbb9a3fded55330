//! Corrects addresses and ranges that were pasted from a document, a table or another tool.

use std::net::Ipv4Addr;

use ipnet::{Ipv4Net, Ipv4Subnets};

/// Longest text that is corrected, in bytes. The longest range has 31.
const LONGEST: usize = 80;
/// Most ranges that a message repeats. A range `a-b` has up to 62.
const MOST_SHOWN: usize = 8;

/// The ranges that a malformed text most likely means.
struct Correction {
    /// How the ranges come from the text.
    reason: &'static str,
    ranges: Vec<Ipv4Net>,
}

/// Returns what is odd about a text that is not a range, and its corrected form, as the end of a message.
pub(crate) fn hint(text: &str) -> String {
    let mut hint = String::new();
    // Such a character may be invisible, or look like another one.
    let odd = text.chars().find(|c| !c.is_ascii());
    if let (Some(odd), true) = (odd, text.len() <= LONGEST) {
        hint += &format!("; it has the character U+{:04X}", u32::from(odd));
    }
    if let Some(Correction { reason, ranges }) = correct(text) {
        hint += &format!("; {reason} {}", listed(&ranges));
    } else if let Some((address, prefix)) = text.split_once('/')
        && address.parse::<Ipv4Addr>().is_ok()
    {
        hint += &format!("; `/{prefix}` is not a prefix length from 0 to 32");
    }
    hint
}

/// Returns the corrected form of a text that is not a range, such as `` `192.0.2.0/31`, `192.0.2.2` ``.
pub(crate) fn corrected(text: &str) -> Option<String> {
    Some(listed(&correct(text)?.ranges))
}

/// Returns true if a number of the text has a leading zero: `010` is 8 for some programs and 10 for others.
pub(crate) fn may_be_octal(text: &str) -> bool {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    numbers.any(|number| number.len() > 1 && number.starts_with('0'))
}

/// Returns the ranges that a malformed text most likely means.
pub(crate) fn ranges(text: &str) -> Vec<Ipv4Net> {
    correct(text).map_or_else(Vec::new, |correction| correction.ranges)
}

fn listed(ranges: &[Ipv4Net]) -> String {
    let mut shown = Vec::new();
    for range in ranges.iter().take(MOST_SHOWN) {
        shown.push(match range.prefix_len() {
            32 => format!("`{}`", range.addr()),
            _ => format!("`{range}`"),
        });
    }
    if ranges.len() > MOST_SHOWN {
        shown.push(format!("and {} more", ranges.len() - MOST_SHOWN));
    }
    shown.join(", ")
}

fn correct(text: &str) -> Option<Correction> {
    if text.len() > LONGEST {
        return None;
    }
    let clean = clean(text);
    if let Some((first, last)) = first_and_last(&clean) {
        return Some(Correction {
            reason: "in CIDR form it is",
            ranges: Ipv4Subnets::new(first, last, 0).collect(),
        });
    }
    if let Some((address, mask)) = clean.split_once('/')
        && let (Ok(address), Ok(mask)) = (address.parse(), mask.parse())
    {
        // The error says that a mask has a gap.
        let range = Ipv4Net::with_netmask(address, mask).ok()?;
        return Some(Correction {
            reason: "with a prefix length it is",
            ranges: vec![range.trunc()],
        });
    }
    let reason = if text.contains(is_quote) {
        "without the quotes it is"
    } else if text.contains([',', ';']) {
        "without the comma it is"
    } else if text.contains(is_space) {
        "without the spaces it is"
    } else {
        // `010.0.0.1` is octal in some tools and decimal in others, so it is refused.
        "without leading zeros it is"
    };
    Some(Correction {
        reason,
        ranges: vec![without_leading_zeros(&clean)?],
    })
}

/// Removes quotes, commas and spaces around the addresses of a text, and replaces characters that look like `-` or `/`.
fn clean(text: &str) -> String {
    let mut clean = String::new();
    for c in text.chars() {
        clean.push(match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            '\u{2044}' | '\u{2215}' | '\u{ff0f}' => '/',
            other => other,
        });
    }
    // Spaces inside of an address stay: `192.0.2.1 2` may be two addresses.
    let mut parts = Vec::new();
    for part in clean.split_inclusive(['-', '/']) {
        let (part, sign) = match part.strip_suffix(['-', '/']) {
            Some(before) => (before, &part[before.len()..]),
            None => (part, ""),
        };
        let part = part.trim_matches(|c| is_space(c) || is_quote(c) || matches!(c, ',' | ';'));
        parts.push(format!("{part}{sign}"));
    }
    parts.concat()
}

/// Returns true for spaces, and for invisible characters that are pasted with a text.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

fn is_quote(c: char) -> bool {
    matches!(
        c,
        '\'' | '"' | '`' | '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}'
    )
}

/// Parses `a.b.c.d-e.f.g.h`, or `a.b.c.d-h` for a last number.
fn first_and_last(text: &str) -> Option<(Ipv4Addr, Ipv4Addr)> {
    let (first, last) = text.split_once('-')?;
    let first: Ipv4Addr = first.parse().ok()?;
    let last = match last.parse() {
        Ok(last) => last,
        Err(_) => {
            let [a, b, c, _] = first.octets();
            Ipv4Addr::new(a, b, c, last.parse().ok()?)
        }
    };
    (first <= last).then_some((first, last))
}

fn without_leading_zeros(text: &str) -> Option<Ipv4Net> {
    let (address, prefix) = text.split_once('/').unwrap_or((text, "32"));
    let mut numbers = Vec::new();
    for number in address.split('.') {
        numbers.push(strip_zeros(number));
    }
    let prefix: u8 = match strip_zeros(prefix) {
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
        _ => return None,
    };
    let range = Ipv4Net::new(numbers.join(".").parse().ok()?, prefix).ok()?;
    Some(range.trunc())
}

fn strip_zeros(number: &str) -> &str {
    match number.trim_start_matches('0') {
        "" if !number.is_empty() => "0",
        rest => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_forms_are_corrected() {
        let rows = [
            (
                "203.0.113.1\u{2013}203.0.113.9",
                "; it has the character U+2013; in CIDR form it is `203.0.113.1`, `203.0.113.2/31`, `203.0.113.4/30`, `203.0.113.8/31`",
            ),
            (
                "203.0.113.16-203.0.113.31",
                "; in CIDR form it is `203.0.113.16/28`",
            ),
            ("203.0.113.16 - 31", "; in CIDR form it is `203.0.113.16/28`"),
            ("'203.0.113.10'", "; without the quotes it is `203.0.113.10`"),
            (
                "\u{201c}203.0.113.10\u{201d}",
                "; it has the character U+201C; without the quotes it is `203.0.113.10`",
            ),
            (
                "203.0.113.0\u{a0}/24",
                "; it has the character U+00A0; without the spaces it is `203.0.113.0/24`",
            ),
            ("203.0.113.11,", "; without the comma it is `203.0.113.11`"),
            (
                "203.0.113.64/255.255.255.192",
                "; with a prefix length it is `203.0.113.64/26`",
            ),
            ("010.1.2.3/08", "; without leading zeros it is `10.0.0.0/8`"),
            ("1.2.3.4/33", "; `/33` is not a prefix length from 0 to 32"),
            ("1.2.3.4/+8", "; `/+8` is not a prefix length from 0 to 32"),
            ("203.0.113.9-203.0.113.1", ""),
            ("192.0.2.1 2", ""),
            (
                "1.2.3.4/255.0.255.0",
                "; `/255.0.255.0` is not a prefix length from 0 to 32",
            ),
            ("offices", ""),
            ("10-20", ""),
            ("", ""),
            ("-/-/", ""),
        ];
        for (text, want) in rows {
            assert_eq!(hint(text), want, "{text}");
        }
        assert_eq!(hint(&"1".repeat(100_000)), "");
        let many = corrected("0.0.0.1-255.255.255.254").unwrap();
        assert!(many.ends_with("and 54 more"), "{many}");
    }
}
