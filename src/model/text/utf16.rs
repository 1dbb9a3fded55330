//! Text in UTF-16, as Windows PowerShell writes it when it redirects output.

use std::io::{self, BufRead, BufReader, Read};

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;

/// The byte order marks, and the encodings that they speak for. Without one, it is UTF-8.
static MARKS: [(&[u8], Option<&Encoding>); 3] = [
    (b"\xef\xbb\xbf", None),
    (b"\xff\xfe", Some(UTF_16LE)),
    (b"\xfe\xff", Some(UTF_16BE)),
];
/// Bytes at the start of a text that tell its encoding.
const START: usize = 512;

/// Returns a reader of the same text in UTF-8, without a byte order mark. Other bytes stay as they are.
///
/// # Errors
/// Any error of the reader.
pub fn as_utf8<'r>(mut text: impl BufRead + 'r) -> io::Result<Box<dyn BufRead + 'r>> {
    let start = text.fill_buf()?;
    let mark = MARKS.iter().find(|(mark, _)| start.starts_with(mark));
    let encoding = encoding_of(start, mark.and_then(|(_, encoding)| *encoding));
    if let Some((mark, marked)) = mark
        && *marked == encoding
    {
        text.consume(mark.len());
    }
    let Some(encoding) = encoding else {
        return Ok(Box::new(text));
    };
    let reader = DecodeReaderBytesBuilder::new()
        .encoding(Some(encoding))
        .bom_sniffing(false)
        .build(text);
    Ok(Box::new(BufReader::new(reader)))
}

/// Returns a whole text.
///
/// # Errors
/// The bytes are no text, with the line.
pub fn utf8_text(bytes: &[u8]) -> io::Result<String> {
    let mut text = Vec::new();
    as_utf8(bytes)?.read_to_end(&mut text)?;
    String::from_utf8(text).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = &error.as_bytes()[..at];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        io::Error::other(format!("line {line} is not UTF-8 text"))
    })
}

/// Returns the encoding if it is UTF-16. Half of the bytes of Latin text are zeros then, all of them at odd places or all of them at
/// even ones. Text in other scripts has fewer, but line breaks and names are Latin. A mark alone proves nothing: any two bytes can
/// begin a log.
fn encoding_of(bytes: &[u8], marked: Option<&'static Encoding>) -> Option<&'static Encoding> {
    let start = &bytes[..bytes.len().min(START)];
    let (mut even, mut odd) = (0, 0);
    for pair in start.chunks_exact(2) {
        even += usize::from(pair[0] == 0);
        odd += usize::from(pair[1] == 0);
    }
    let enough = start.len() / 2 / if marked.is_some() { 16 } else { 4 };
    let found = match (even > enough, odd > enough) {
        (false, true) if even == 0 => UTF_16LE,
        (true, false) if odd == 0 => UTF_16BE,
        _ => return None,
    };
    marked.is_none_or(|marked| marked == found).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> String {
        let mut text = Vec::new();
        as_utf8(bytes).unwrap().read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
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
        assert_eq!(read(b"\xff\xfe"), "\u{fffd}\u{fffd}");
        for text in ["", "a", "a\0b\0 and more text without zeros", "\0\0\0\0"] {
            assert_eq!(read(text.as_bytes()), text);
        }
    }

    #[test]
    fn whole_texts_of_windows_are_read() {
        let utf16: Vec<u8> = "\u{feff}192.0.2.1\r\n192.0.2.2\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for bytes in [&utf16[..], b"\xef\xbb\xbf192.0.2.1\r\n192.0.2.2\r\n"] {
            let text = utf8_text(bytes).unwrap();
            assert_eq!(text.lines().collect::<Vec<_>>(), ["192.0.2.1", "192.0.2.2"]);
        }
        let error = utf8_text(b"192.0.2.1\n\xff\xfe\xfd\n").unwrap_err();
        assert_eq!(error.to_string(), "line 2 is not UTF-8 text");
    }
}
