//! Errors of signing in, in our words.

use azure_core::error::Error;

use super::method::AuthMethod;
use crate::azure::connect::causes::causes;
use crate::azure::error::ArmError;

/// Makes the error for a sign-in with `method` that did not work.
pub(crate) fn failed(method: AuthMethod, message: String) -> ArmError {
    ArmError::Auth {
        method,
        message,
        help: method.help().to_owned(),
    }
}

/// Returns the credential's message on one line, without its link to a guide for SDK users.
pub(crate) fn message(error: &Error) -> String {
    let all = causes(error);
    let mut kept = Vec::new();
    // az prints several lines, and a report has one for the message.
    for line in all.lines().map(str::trim) {
        if !line.is_empty() && !line.starts_with("To troubleshoot") {
            kept.push(line);
        }
    }
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use azure_core::error::ErrorKind;

    use super::*;

    #[test]
    fn message_leaves_out_the_guide_for_sdk_users() {
        let error = Error::with_message(
            ErrorKind::Credential,
            "AzureCliCredential authentication failed. az not found on PATH\nTo troubleshoot, visit https://aka.ms/x",
        );
        assert_eq!(
            message(&error),
            "AzureCliCredential authentication failed. az not found on PATH"
        );
    }
}
