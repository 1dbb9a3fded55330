//! Takes out of a line what loggers, runners and shells added to the client's words.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// The start of a line that a logger adds: a time, a stream, a step of a build.
static PREFIX: LazyLock<Regex> = LazyLock::new(|| {
    // GitHub and Azure Pipelines: `2026-11-29T01:02:03.1234567Z `; Kubernetes: `… stderr F `; BuildKit: `#12 3.456 `.
    let time = r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,0-9]*(?:Z|[+-]\d\d:?\d\d)?\]?\s*";
    let others = r"std(?:out|err) [FP] |#\d+ (?:[\d.]+ )?|##\[\w+\]|::\w+::|[>|]\s";
    compiled(&format!(r"^(?:\s|{time}|{others})+"))
});

/// Texts that can be a secret: values of such parameters, variables, flags and headers, tokens, and signed URLs. The groups hold
/// what stands before the secret.
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    // Values of these words are secrets however short they are.
    let words = r#"(?:\bauth|(?:access|api|bearer|github|gitlab|id|identity|refresh|registry)_?token|password|passwd|passphrase|pwd|secret|sig|signature|(?:access|account|api)[_-]?key|["'\\]token)["'\\]*\s*[=:]"#;
    // These are words of messages too (`failed to fetch token: unexpected status`).
    let in_urls = "(?:token|credential|authorization|[?&]code)=";
    let key = format!(r"(?:{words}|{in_urls})\s*(?:(?:bearer|basic)\s+)?");
    let flag = r"(?:^|\s)(?:-p(?:=|\s+)|--[a-z-]*(?:password|secret|token)\s+)";
    // A value in quotes may have blanks.
    let mut forms = Vec::new();
    for name in [key.as_str(), flag] {
        forms.push(format!(r#"({name}\\*")[^"\\]+"#));
        forms.push(format!(r"({name}\\*')[^'\\]+"));
        forms.push(format!(r#"({name})[^\s"'&,;\\]+"#));
    }
    let headers = r"((?:bearer|basic|cookie:)\s+)[A-Za-z0-9+/=._~%-]{8,}";
    // Tokens of registries, of GitHub and GitLab, and secrets of Entra, by their form.
    let tokens = r"()\b(?:eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*|gh[pousr]_[A-Za-z0-9]{16,}|glpat-[A-Za-z0-9_-]{16,}|[A-Za-z0-9+/]{20,}\+ACR[A-Za-z0-9+/]+|[A-Za-z0-9_~.-]{3}8Q~[A-Za-z0-9_~.-]{16,})";
    compiled(&format!("(?i){}|{headers}|{tokens}", forms.join("|")))
});

/// A password right behind the flag of a login.
static GLUED: LazyLock<Regex> = LazyLock::new(|| compiled(r#"(\slogin\s[^|;&]{0,200}?\s-p)[^\s"'=]+"#));

/// User and password of a URL. A token can stand in the place of either.
static AUTHORITY: LazyLock<Regex> = LazyLock::new(|| compiled(r"://[^/?#\s@]+@"));

/// User and password before a host without a scheme, as in variables of proxies. The digest of an image is not a host.
static BARE_AUTHORITY: LazyLock<Regex> = LazyLock::new(|| {
    let pair = r#"[^\s/@:="'\\]+:[^\s/"'\\][^\s"'\\]*@"#;
    compiled(&format!(
        r"(?i){pair}((?:[a-z0-9-]+\.)+[a-z0-9]+|[a-z0-9-]+:\d{{1,5}})\b"
    ))
});

/// A control sequence of a terminal, as it is or as a text that stands for it: colours, titles, links, and sets of characters
/// (ECMA-48; `tput sgr0` writes two of them).
static COLOUR: LazyLock<Regex> = LazyLock::new(|| {
    let sequence = r"(?:\[[0-?]*[ -/]*[@-~]|[()][0-9A-Z])";
    let command = r"\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)";
    compiled(&format!(
        r"\x1b(?:{sequence}|{command})?|\x{{9b}}[0-?]*[ -/]*[@-~]|(?:\\(?:033|e|x1[bB]|u001[bB])|\^\[){sequence}"
    ))
});

fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant, and a test compiles it")
}

/// Returns a line without the prefix of its logger.
pub(super) fn without_prefix(line: &str) -> &str {
    match PREFIX.find(line) {
        Some(found) => &line[found.end()..],
        None => line,
    }
}

/// Returns a text with `***` for each secret.
pub(crate) fn without_secrets(text: &str) -> String {
    let text = AUTHORITY.replace_all(text, "://***@");
    let text = BARE_AUTHORITY.replace_all(&text, "***@${1}");
    let text = SECRET.replace_all(&text, "${1}${2}${3}${4}${5}${6}${7}${8}***");
    GLUED.replace_all(&text, "$1***").into_owned()
}

/// Returns a line without the control sequences of a terminal: they stand inside of names too.
pub(super) fn without_colours(line: &str) -> Cow<'_, str> {
    COLOUR.replace_all(line, "")
}

/// Escapes of quotes and blanks in JSON, shells and HTML.
const ESCAPES: [&str; 12] = [
    r"\u0027", r"\u0022", r"\u003c", r"\u003e", r"\u0026", "&#39;", "&#34;", "&quot;", "&apos;", r"\n",
    r"\r", r"\t",
];

/// Appends a text in lower case without blanks, quotes and escapes. `origins` gets the place of each byte in the readable
/// text, which `readable` begins at `start` of.
pub(super) fn push_squeezed(
    readable: &str,
    start: usize,
    squeezed: &mut String,
    origins: &mut Vec<u32>,
) {
    let mut rest = readable;
    while let Some(c) = rest.chars().next() {
        let at = start + readable.len() - rest.len();
        let mut length = c.len_utf8();
        if (c == '\\' || c == '&')
            && let Some(escape) = ESCAPES.iter().find(|escape| starts_with(rest, escape))
        {
            length = escape.len();
        } else if !is_dropped(c) {
            let c = c.to_ascii_lowercase();
            squeezed.push(c);
            // A block has less than 4 GiB.
            let origin = u32::try_from(at).unwrap_or(u32::MAX);
            origins.extend(std::iter::repeat_n(origin, c.len_utf8()));
        }
        rest = &rest[length..];
    }
}

fn is_dropped(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\'' | '"' | '`' | '\\' | '\u{2018}'..='\u{201d}')
}

fn starts_with(text: &str, escape: &str) -> bool {
    text.get(..escape.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(escape))
}

/// Returns a text as it is searched: in lower case, without blanks, quotes and escapes.
pub(super) fn squeezed(text: &str) -> String {
    let (mut squeezed, mut origins) = (String::new(), Vec::new());
    push_squeezed(text, 0, &mut squeezed, &mut origins);
    squeezed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_escapes_are_dropped() {
        let rows = [
            (r#"client with IP '203.0.113.7'"#, "clientwithip203.0.113.7"),
            (
                r"client with IP \u0027203.0.113.7\u0027",
                "clientwithip203.0.113.7",
            ),
            (r#"{\"code\":\"DENIED\"}"#, "{code:denied}"),
            (r"a\nb &#39;c&#39; &d", "abc&d"),
            ("ünï ‘x’", "ünïx"),
        ];
        for (text, want) in rows {
            assert_eq!(squeezed(text), want, "{text}");
        }
    }

    #[test]
    fn colours_are_dropped() {
        let rows = [
            ("\x1b[31mcontoso\x1b[0m.azurecr.io", "contoso.azurecr.io"),
            ("plain", "plain"),
            (r"\033[1mcontoso\u001b[0m", "contoso"),
            ("a\x1b", "a"),
            ("contoso\x1b(B\x1b[m.azurecr.io", "contoso.azurecr.io"),
            (
                "\x1b]8;;https://x.example\x1b\\contoso\x1b]8;;\x07.azurecr.io",
                "contoso.azurecr.io",
            ),
            ("^[[1mcontoso^[[0m.azurecr.io", "contoso.azurecr.io"),
            ("\u{9b}1mcontoso", "contoso"),
            ("a[0m", "a[0m"),
        ];
        for (line, want) in rows {
            assert_eq!(without_colours(line), want);
        }
    }

    #[test]
    fn prefixes_of_loggers_are_stripped() {
        let rows = [
            ("2026-11-29T01:02:03.1234567Z denied: x", "denied: x"),
            ("2026-11-29T01:02:03.123456789Z stderr F denied", "denied"),
            ("#12 3.456 denied", "denied"),
            ("##[error]denied", "denied"),
            ("  denied", "denied"),
            ("denied", "denied"),
            ("2026 is a year", "2026 is a year"),
        ];
        for (line, want) in rows {
            assert_eq!(without_prefix(line), want);
        }
    }

    #[test]
    fn secrets_are_hidden() {
        let rows = [
            (
                "https://x/y?sv=1&sig=abc%2F&se=2",
                "https://x/y?sv=1&sig=***&se=2",
            ),
            (
                "Authorization: Bearer eyJhbGciOi.eyJzdWI.sig",
                "Authorization: Bearer ***",
            ),
            (r#""auth": "dXNlcjpwYXNz""#, r#""auth": "***""#),
            (
                "docker login -u x --password=s3cret host",
                "docker login -u x --password=*** host",
            ),
            (
                "login to https://u:s3cret@contoso.azurecr.io/v2/ failed",
                "login to https://***@contoso.azurecr.io/v2/ failed",
            ),
            (
                "docker login -u x -p s3cret host",
                "docker login -u x -p *** host",
            ),
            (
                "az acr login --password 's3cret'",
                "az acr login --password '***'",
            ),
            (
                "at https://contoso.azurecr.io:443/v2/",
                "at https://contoso.azurecr.io:443/v2/",
            ),
            (
                r#"export ACR_PASSWORD="two words, and more" next"#,
                r#"export ACR_PASSWORD="***" next"#,
            ),
            (
                r#"{\"refresh_token\": \"0.AXyz\"}"#,
                r#"{\"refresh_token\": \"***\"}"#,
            ),
            (
                "az login --service-principal --client-secret abc~1 -t x",
                "az login --service-principal --client-secret *** -t x",
            ),
            (
                "docker login --password-stdin contoso.azurecr.io",
                "docker login --password-stdin contoso.azurecr.io",
            ),
            ("Authorization: Basic dTpzM2NyZXQ=", "Authorization: Basic ***"),
            (
                "x-api-key: s3cret; docker login -p=s3cret",
                "x-api-key: ***; docker login -p=***",
            ),
            (r#"{"token": "s3cret", "x": 1}"#, r#"{"token": "***", "x": 1}"#),
            ("docker login -u x -ps3cret host", "docker login -u x -p*** host"),
            ("https://x/?code=s3cret&y=1", "https://x/?code=***&y=1"),
            (
                "AccountKey=abc/def==;EndpointSuffix=x",
                "AccountKey=***;EndpointSuffix=x",
            ),
            ("used ghp_0123456789abcdefABCD here", "used *** here"),
            ("with abcdefghijklmnopqrstuvwx+ACRDabcdef here", "with *** here"),
            (
                "lookup corp\\u:s3c/ret@proxy.example.com: no such host",
                "lookup corp\\***@proxy.example.com: no such host",
            ),
            (
                "HTTPS_PROXY=u:s3cret@proxy:3128 docker pull",
                "HTTPS_PROXY=***@proxy:3128 docker pull",
            ),
            (
                "contoso.azurecr.io/web:1@sha256:4f53cda18c2b at 01:02:03.4",
                "contoso.azurecr.io/web:1@sha256:4f53cda18c2b at 01:02:03.4",
            ),
            ("got eyJhbGciOiJSUzI1.eyJ1c2Vy.abc there", "got *** there"),
            (
                "failed to fetch anonymous token: 403",
                "failed to fetch anonymous token: 403",
            ),
        ];
        for (text, want) in rows {
            assert_eq!(without_secrets(text), want);
        }
    }
}
