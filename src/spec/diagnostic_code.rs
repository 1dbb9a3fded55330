//! The table of diagnostics: one row for each code.

use std::fmt;

use schemars::JsonSchema;

/// The severity of a diagnostic of a spec, or of a finding of an audit, from the worst down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The spec is invalid, so that nothing is planned or written; or the registry may admit clients that the spec does not.
    Error,
    /// The spec is valid, but probably does not do what its author meant; or clients that the spec admits may be shut out.
    Warning,
    /// Nothing is wrong; the reader should know it.
    Note,
}

/// Declares [`DiagnosticCode`] from rows of `severity Variant = "code"`, each with what it says as a doc comment.
macro_rules! diagnostic_codes {
    ($(#[doc = $about:literal] $severity:ident $variant:ident = $code:literal;)+) => {
        /// The kind of a diagnostic. Its code is stable, in kebab-case, and listed in `docs/spec.md`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum DiagnosticCode {
            $(#[doc = $about] $variant),+
        }

        impl DiagnosticCode {
            /// All codes, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns the code as programs see it, such as `unknown-key`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code),+
                }
            }

            /// Returns what a diagnostic with this code says, without a dot at the end.
            pub fn about(self) -> &'static str {
                match self {
                    $(Self::$variant => $about),+
                }
                .trim()
                .trim_end_matches('.')
            }

            /// Returns the severity of a diagnostic with this code.
            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$variant => Severity::$severity),+
                }
            }
        }
    };
}

diagnostic_codes! {
    /// A file or folder cannot be read, or a file is larger than the limit.
    Error Unreadable = "unreadable";
    /// A link leads out of the repository or folder of the spec.
    Error LinkOutside = "link-outside";
    /// A folder holds no YAML file.
    Error EmptyFolder = "empty-folder";
    /// A file has bytes that are not UTF-8.
    Error NotUtf8 = "not-utf-8";
    /// A file has a NUL byte.
    Error NulByte = "nul-byte";
    /// A file has no content.
    Error EmptyFile = "empty-file";
    /// A file has more than one YAML document.
    Error SeveralDocuments = "several-documents";
    /// A text is not YAML.
    Error YamlSyntax = "yaml-syntax";
    /// A line is indented with a tab.
    Error TabIndent = "tab-indent";
    /// A value has a YAML tag.
    Error UnsupportedTag = "unsupported-tag";
    /// A mapping has a key twice.
    Error DuplicateKey = "duplicate-key";
    /// Lists and mappings are nested too deeply.
    Error TooDeep = "too-deep";
    /// A file has too many values, or the registries have too many entries.
    Error TooLarge = "too-large";
    /// A key is not in the schema.
    Error UnknownKey = "unknown-key";
    /// A required key is missing.
    Error MissingKey = "missing-key";
    /// A value has another type than the schema says.
    Error WrongType = "wrong-type";
    /// A string is none of the values that the schema lists.
    Error UnknownValue = "unknown-value";
    /// A number is outside the limits of the schema.
    Error OutOfRange = "out-of-range";
    /// The file has a format version that this program does not support.
    Error UnsupportedVersion = "unsupported-version";
    /// A defect of this program: a file fits the schema and still cannot be read.
    Error UnreadableShape = "unreadable-shape";
    /// An included file cannot be read.
    Error IncludeUnreadable = "include-unreadable";
    /// Files include each other.
    Error IncludeCycle = "include-cycle";
    /// An included file is outside the folder that includes may reach.
    Error IncludeOutside = "include-outside";
    /// The chain of includes is too long.
    Error IncludeTooDeep = "include-too-deep";
    /// A name could be read as an address or an id.
    Error BadName = "bad-name";
    /// A name is both a network and a subnet.
    Error AmbiguousName = "ambiguous-name";
    /// Two files define a name differently.
    Error NameConflict = "name-conflict";
    /// A name is not defined.
    Error UnknownName = "unknown-name";
    /// A range has bits set after its prefix.
    Error HostBits = "host-bits";
    /// An address is IPv6.
    Error Ipv6 = "ipv6";
    /// A string is not an IPv4 address or range.
    Error BadAddress = "bad-address";
    /// An address under `egress` is private or reserved.
    Error EgressNotPublic = "egress-not-public";
    /// A string is not a resource id of the expected type.
    Error BadId = "bad-id";
    /// A string is not a valid name of a registry.
    Error BadRegistryName = "bad-registry-name";
    /// A string is not a date.
    Error BadDate = "bad-date";
    /// A string is not a prefix length.
    Error BadPrefix = "bad-prefix";
    /// A registry has no complete id, or more than one.
    Error RegistryIdentity = "registry-identity";
    /// A registry is declared twice.
    Error DuplicateRegistry = "duplicate-registry";
    /// An expectation cannot hold.
    Error ExpectFails = "expect-fails";
    /// A client is expected to be both allowed and denied.
    Error ExpectContradiction = "expect-contradiction";
    /// More diagnostics than are kept. It takes the severity of those that it counts.
    Error TooMany = "too-many";
    /// A rule is listed twice.
    Warning DuplicateRule = "duplicate-rule";
    /// A range is contained in another listed range.
    Warning ContainedRule = "contained-rule";
    /// A range is private or reserved.
    Warning SpecialUseRange = "special-use-range";
    /// A range is wider than `widestRule` allows a plan to add.
    Warning WideRule = "wide-rule";
    /// An expectation no longer holds, because an entry has expired.
    Warning ExpectExpired = "expect-expired";
    /// An expectation holds only while the service endpoint of a subnet is on.
    Warning ExpectEndpoint = "expect-endpoint";
    /// A listed range is also covered by `ignore`.
    Warning IgnoredRule = "ignored-rule";
    /// Rules have no effect because the default action admits every client.
    Warning DormantRules = "dormant-rules";
    /// Rules have no effect because public access is disabled.
    Warning DeadRules = "dead-rules";
    /// A registry may not accept this many rules.
    Warning ManyRules = "many-rules";
    /// The `expires` day of an entry has come.
    Warning Expired = "expired";
    /// The `expires` day of an entry of `suppress` has come.
    Warning SuppressExpired = "suppress-expired";
    /// No entry uses a name.
    Warning UnusedName = "unused-name";
    /// An included file declares registries.
    Warning IncludedRegistries = "included-registries";
    /// YAML files in subfolders of a named folder are not loaded.
    Warning UnloadedFiles = "unloaded-files";
    /// No file declares a registry.
    Warning NoRegistries = "no-registries";
}

impl fmt::Display for DiagnosticCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for DiagnosticCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_kebab_case() {
        let mut seen = BTreeSet::new();
        for code in DiagnosticCode::ALL {
            let text = code.as_str();
            let kebab = text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            assert!(kebab && seen.insert(text), "{text}");
        }
    }

    #[test]
    fn every_code_is_documented() {
        let page = include_str!("../../docs/spec.md");
        for code in DiagnosticCode::ALL {
            assert!(page.contains(&format!("`{code}`")), "{code}");
        }
    }
}
