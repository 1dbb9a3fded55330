//! The variables of a running sandbox, as lines for a shell and for people.

use crate::cli::io::child::Variables;
use crate::model::shell_word;

/// Returns one line per variable, for a POSIX shell to read.
pub(crate) fn exports(variables: &Variables) -> String {
    let mut lines = String::new();
    for (name, value) in variables {
        lines += &match value {
            Some(value) => format!("export {name}={}\n", shell_word(value)),
            None => format!("unset {name}\n"),
        };
    }
    lines
}

/// Returns the address and the variables that ringfence and the Azure SDKs need, for people on a terminal.
pub(crate) fn for_people(arm: &str, variables: &Variables) -> String {
    let mut lines = format!(
        "sandbox: a local stand-in for Azure at {arm}\n\nIn another shell, for ringfence and the Azure SDKs:\n\n"
    );
    for (name, value) in variables {
        let is_shown = name.starts_with("RINGFENCE_") || name.starts_with("AZURE_");
        if let Some(value) = value
            && is_shown
        {
            lines += &format!("  export {name}={}\n", shell_word(value));
        }
    }
    lines += "\nAll variables: --export. Ctrl-C stops the sandbox.\n";
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        vec![
            ("AZURE_USERNAME", None),
            ("RINGFENCE_CA_FILE", Some("/tmp/it's/ca.pem".to_owned())),
            ("ARM_USE_CLI", Some("false".to_owned())),
        ]
    }

    #[test]
    fn exports_are_quoted_and_removed_variables_unset() {
        insta::assert_snapshot!(exports(&variables()), @r"
        unset AZURE_USERNAME
        export RINGFENCE_CA_FILE='/tmp/it'\''s/ca.pem'
        export ARM_USE_CLI=false
        ");
    }

    #[test]
    fn people_see_the_variables_of_ringfence_and_the_sdks() {
        insta::assert_snapshot!(for_people("https://127.0.0.1:1", &variables()), @r"
        sandbox: a local stand-in for Azure at https://127.0.0.1:1

        In another shell, for ringfence and the Azure SDKs:

          export RINGFENCE_CA_FILE='/tmp/it'\''s/ca.pem'

        All variables: --export. Ctrl-C stops the sandbox.
        ");
    }
}
