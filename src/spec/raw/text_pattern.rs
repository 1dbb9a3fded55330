//! Patterns for the strings of a spec, as an editor checks them. The loader checks the same strings with code.
//!
//! An editor knows ECMAScript's regular expressions, without flags.

/// Matches `0` to `255`, without leading zeros.
const OCTET: &str = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
/// Matches the multiples of 2 and of 4 in an octet. Of higher powers, a list is shorter.
const EVEN: &str = "(?:25[024]|2[0-4][02468]|1[0-9][02468]|[1-9]?[02468])";
const FOURTHS: &str =
    "(?:25[26]|2(?:[024][048]|[13][26])|1(?:[02468][048]|[13579][26])|[2468]?[048]|[13579][26])";

/// Matches an IPv4 address, or a range without host bits.
pub(crate) fn address() -> String {
    let shape = format!("{OCTET}(?:\\.{OCTET}){{3}}(?:/(?:3[0-2]|[12]?[0-9]))?");
    // A range ends in as many zero bits as its prefix leaves free: first the ranges that end in whole octets.
    let mut aligned =
        String::from("[^/]*|.*/32|.*\\.0/24|.*\\.0\\.0/16|.*\\.0\\.0\\.0/8|0\\.0\\.0\\.0/0");
    aligned += "|(?:.*\\.)?(?:";
    for free in 1..8 {
        let separator = if free == 1 { "" } else { "|" };
        let ends = format!(
            "(?:/{}|\\.0/{}|\\.0\\.0/{}|\\.0\\.0\\.0/{})",
            32 - free,
            24 - free,
            16 - free,
            8 - free
        );
        aligned += &format!("{separator}{}{ends}", multiples(1 << free));
    }
    aligned += ")";
    format!("(?={shape}$)(?:{aligned})")
}

/// Matches the multiples of a power of two in an octet.
fn multiples(step: usize) -> String {
    match step {
        2 => EVEN.to_owned(),
        4 => FOURTHS.to_owned(),
        _ => {
            let all: Vec<String> = (0..256).step_by(step).map(|number| number.to_string()).collect();
            format!("(?:{})", all.join("|"))
        }
    }
}

/// Matches the name of a network or subnet: a text that cannot be taken for an address or an id.
pub(crate) fn name() -> String {
    r"(?![0-9]+(?:\.[0-9]+){3})(?![0-9.]*\.[0-9.]*$)[^\s/:](?:[^/:]*[^\s/:])?".to_owned()
}

/// Matches the id of a registry.
pub(crate) fn registry_id() -> String {
    id("Microsoft.ContainerRegistry", &["registries"])
}

/// Matches the id of a subnet.
pub(crate) fn subnet_id() -> String {
    id("Microsoft.Network", &["virtualNetworks", "subnets"])
}

/// Matches the id of a resource. Its fixed words compare without case.
fn id(provider: &str, types: &[&str]) -> String {
    let segment = "[^/]+";
    let mut pattern = format!(
        "/{}/{segment}/{}/{segment}/{}/{}",
        caseless("subscriptions"),
        caseless("resourceGroups"),
        caseless("providers"),
        caseless(provider)
    );
    for word in types {
        pattern += &format!("/{}/{segment}", caseless(word));
    }
    pattern + "/?"
}

/// Matches a word in any case.
fn caseless(word: &str) -> String {
    let mut pattern = String::new();
    for letter in word.chars() {
        if letter.is_ascii_alphabetic() {
            let (lower, upper) = (letter.to_ascii_lowercase(), letter.to_ascii_uppercase());
            pattern += &format!("[{lower}{upper}]");
        } else {
            pattern += &format!("\\{letter}");
        }
    }
    pattern
}
