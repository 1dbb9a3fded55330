//! Faults of a proxy's URL.

/// The fault of a proxy's URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyUrlFault {
    /// A scheme that is none of a proxy.
    Scheme,
    NoHost,
    /// A port that is not a number up to 65535.
    Port,
    NotAUrl,
    /// A user or a password with characters that clients do not read in a URL.
    Characters,
    /// White space around the URL, which some clients do not read.
    Blanks,
}

impl ProxyUrlFault {
    /// Describes the fault.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Scheme => "its scheme is none of a proxy, such as http",
            Self::NoHost => "its URL has no host",
            Self::Port => "its port is not a number up to 65535",
            Self::NotAUrl => "its value is not a URL",
            Self::Characters => {
                "its user or password has a character that a URL has as %XX, such as %5E for ^"
            }
            Self::Blanks => "its value begins or ends with a blank or a line break",
        }
    }
}
