//! The token of a pod: a file that Kubernetes replaces before the token expires.

use std::path::PathBuf;

use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;

use crate::local_file::{self, LARGEST_TOKEN};

/// The file in `AZURE_FEDERATED_TOKEN_FILE`. It is read for each Entra token.
#[derive(Debug)]
pub(crate) struct TokenFile {
    path: PathBuf,
}

impl TokenFile {
    /// Takes the path, and reads the file once, so that an unreadable one is reported before anything is asked.
    ///
    /// # Errors
    /// Returns an error if the path does not lead to a readable regular file of UTF-8 text.
    pub(crate) fn new(path: PathBuf) -> azure_core::Result<Self> {
        let file = Self { path };
        file.read()?;
        Ok(file)
    }

    fn read(&self) -> azure_core::Result<String> {
        let reason = match local_file::read(&self.path, LARGEST_TOKEN) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(token) => return Ok(token),
                Err(_) => "it is not UTF-8 text".to_owned(),
            },
            Err(error) => error.to_string(),
        };
        let path = self.path.display();
        let message =
            format!("cannot read the token in `{path}` (AZURE_FEDERATED_TOKEN_FILE): {reason}");
        Err(Error::with_message(ErrorKind::Credential, message))
    }
}

#[async_trait]
impl ClientAssertion for TokenFile {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        self.read()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_readable_text_file_is_a_token() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "token").unwrap();
        assert_eq!(TokenFile::new(path.clone()).unwrap().read().unwrap(), "token");
        std::fs::write(&path, b"\xff").unwrap();
        let error = TokenFile::new(path).unwrap_err().to_string();
        assert!(error.ends_with("it is not UTF-8 text"), "{error}");
        let error = TokenFile::new("/dev/zero".into()).unwrap_err().to_string();
        assert!(error.ends_with("not a regular file"), "{error}");
    }
}
