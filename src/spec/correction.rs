//! Corrections of a spec: bytes to replace in its files.

/// The text to write in the place of a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Line of the mistake, counted from 1.
    pub line: u32,
    /// Bytes of the file before the mistake, without a byte order mark.
    pub offset: usize,
    /// The mistake as the file has it.
    pub before: String,
    /// The text to write instead, as YAML.
    pub after: String,
}

impl serde::Serialize for Correction {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.after)
    }
}

/// Returns a file with its corrections. `None` if a mistake is no longer where it was, because the file has changed.
pub fn corrected(file: &[u8], corrections: &[Correction]) -> Option<Vec<u8>> {
    let mark: &[u8] = b"\xef\xbb\xbf";
    let start = if file.starts_with(mark) { mark.len() } else { 0 };
    let mut text = file[..start].to_vec();
    let mut rest = start;
    for correction in corrections {
        let from = start + correction.offset;
        let to = from + correction.before.len();
        if from < rest || file.get(from..to)? != correction.before.as_bytes() {
            return None;
        }
        text.extend(&file[rest..from]);
        text.extend(correction.after.as_bytes());
        rest = to;
    }
    text.extend(&file[rest..]);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn correction(offset: usize, before: &str, after: &str) -> Correction {
        Correction {
            line: 1,
            offset,
            before: before.to_owned(),
            after: after.to_owned(),
        }
    }

    #[test]
    fn corrections_leave_the_rest_byte_for_byte() {
        let file = b"\xef\xbb\xbfa: deny # why\r\nb: 'yes'\r\n";
        let all = [correction(3, "deny", "Deny"), correction(18, "'yes'", "true")];
        let after = corrected(file, &all).unwrap();
        assert_eq!(after, b"\xef\xbb\xbfa: Deny # why\r\nb: true\r\n");
    }

    #[test]
    fn file_that_has_changed_is_not_corrected() {
        let all = [correction(3, "deny", "Deny")];
        for file in ["a: Deny\n", "a: d", "", "xa: deny"] {
            assert_eq!(corrected(file.as_bytes(), &all), None, "{file}");
        }
        let overlapping = [correction(0, "abc", "x"), correction(1, "b", "y")];
        assert_eq!(corrected(b"abc", &overlapping), None);
    }
}
