//! Host names.

/// Returns true for a host name (RFC 1123), but not for the short form of an IPv4 address.
pub fn is_host_name(text: &str) -> bool {
    // A last label of digits would make it an IPv4 address (WHATWG URL, host parser).
    let last = text.rsplit('.').next().unwrap_or_default();
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 253 && !numeric && text.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let allowed = label
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    allowed && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
}
