//! Names of repositories.

use std::sync::LazyLock;

use regex::Regex;

/// The grammar of a name (OCI distribution specification, "Pulling manifests").
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    let part = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*";
    Regex::new(&format!("^{part}(?:/{part})*$"))
        .expect("the pattern is a constant, and a test compiles it")
});

/// Longest name, in bytes, that clients take (same, "Pulling manifests").
const LONGEST: usize = 255;

/// Reads the name of a repository. It becomes a part of the scope of a token, where `:` and `,` mean something else.
pub(crate) fn repository(text: &str) -> Result<String, &'static str> {
    // A login server fits the grammar too.
    let begins_with_host = [".azurecr.io/", ".azurecr.cn/", ".azurecr.us/"]
        .iter()
        .any(|domain| text.contains(domain));
    match text.len() <= LONGEST && NAME.is_match(text) && !begins_with_host {
        true => Ok(text.to_owned()),
        false => Err(
            "expected the name of a repository, such as app/web: in lower case, without a host, a tag or a digest",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_grammar_of_the_specification() {
        for name in ["web", "app/web", "a.b/c_d/e__f/g--h", "0", &"a".repeat(255)] {
            assert_eq!(repository(name).as_deref(), Ok(name));
        }
        for name in [
            "",
            "App/Web",
            "../x",
            "a b",
            "app/web:v1",
            "app/web@sha256:00",
            "a:*,push repository:x",
            "/a",
            "a/",
            "a//b",
            "a._b",
            "-a",
            "web\n",
            "contoso.azurecr.io/web",
            &"a".repeat(256),
        ] {
            assert!(repository(name).is_err(), "{name}");
        }
    }
}
