//! Text in UTF-16, as Windows PowerShell writes it when it redirects output.

use std::io::{self, BufRead, BufReader};

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;

/// Bytes at the start of a text that tell its encoding.
const START: usize = 512;

/// Returns a reader of the same text in UTF-8. A byte order mark tells UTF-16, and so do zeros in every other byte. Other bytes
/// stay as they are.
///
/// # Errors
/// Any error of the reader.
pub fn as_utf8(mut text: impl BufRead) -> io::Result<impl BufRead> {
    let encoding = without_mark(text.fill_buf()?);
    let reader = DecodeReaderBytesBuilder::new()
        .encoding(encoding)
        .bom_override(true)
        .utf8_passthru(true)
        .strip_bom(true)
        .build(text);
    Ok(BufReader::new(reader))
}

/// Returns the encoding of UTF-16 without a mark: half of the bytes of Latin text are zeros, all of them at odd places or all of
/// them at even ones.
fn without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = &bytes[..bytes.len().min(START)];
    let (mut even, mut odd) = (0, 0);
    for pair in start.chunks_exact(2) {
        even += usize::from(pair[0] == 0);
        odd += usize::from(pair[1] == 0);
    }
    let pairs = start.len() / 2;
    // Text in other scripts has fewer zeros, but line breaks and names are Latin.
    match (even * 4 > pairs, odd * 4 > pairs) {
        (false, true) if even == 0 => Some(UTF_16LE),
        (true, false) if odd == 0 => Some(UTF_16BE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn read(bytes: &[u8]) -> String {
        let mut text = String::new();
        as_utf8(bytes).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn utf_16_is_told_with_and_without_a_mark() {
        for text in [
            "client with IP '203.0.113.7'\r\n",
            "accès refusé : contoso.azurecr.io",
            "接続 contoso.azurecr.io",
        ] {
            let units: Vec<u16> = text.encode_utf16().collect();
            let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            assert_eq!(read(&little), text);
            assert_eq!(read(&big), text);
            assert_eq!(read(&[&[0xff, 0xfe], &little[..]].concat()), text);
            assert_eq!(read(&[&[0xfe, 0xff], &big[..]].concat()), text);
            assert_eq!(read(text.as_bytes()), text);
            assert_eq!(read(&[b"\xef\xbb\xbf", text.as_bytes()].concat()), text);
        }
        for text in ["", "a", "a\0b\0 and more text without zeros", "\0\0\0\0"] {
            assert_eq!(read(text.as_bytes()), text);
        }
    }
}
