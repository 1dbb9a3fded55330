//! Numbers for people.

/// Writes a number with grouped thousands: `4,294,967,296`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Returns true for a number that a document leaves out.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the attribute of serde passes it so"
)]
pub(crate) fn is_zero(number: &usize) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        let rows = [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1 << 32, "4,294,967,296"),
            (65_536, "65,536"),
        ];
        for (number, want) in rows {
            assert_eq!(grouped(number), want);
        }
    }
}
