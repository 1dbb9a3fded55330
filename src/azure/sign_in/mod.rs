//! Asks the one credential of a run for a token: as seldom as possible, not for ever, and telling a no from silence.

pub(crate) mod credential;
pub(crate) mod github_oidc;
pub(crate) mod method;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::{Error, ErrorKind};
use tokio::time::Instant;

use super::error::ArmError;
use credential::{failed, message};
use method::AuthMethod;

/// How long a refusal stands.
const REFUSED_FOR: Duration = Duration::from_secs(60);
/// How long signing in may take. `az` needs several seconds on a slow machine.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(90);

/// Makes a credential that has no token yet.
pub(crate) type Make = Box<dyn Fn() -> azure_core::Result<Arc<dyn TokenCredential>> + Send + Sync>;

/// A credential that asks once: many registries that are read at the same time must not each start `az`, or each
/// hand the same wrong secret to the authority, which locks accounts for that.
pub(crate) struct SignIn {
    make: Make,
    inner: Mutex<Arc<dyn TokenCredential>>,
    /// When the credential was made anew last.
    renewed: Mutex<Option<Instant>>,
    method: AuthMethod,
    /// The host that issues tokens.
    authority: String,
    /// The longest that an operation may take.
    limit: Duration,
    /// The longest that signing in may take.
    patience: Duration,
    refused: Mutex<Option<Refused>>,
    /// Whether there has been a token.
    signed_in: AtomicBool,
}

/// Why there is no token.
#[derive(Clone, Debug)]
struct Refused {
    when: Instant,
    message: String,
    /// Nobody said no: there was no answer.
    silent: bool,
}

impl SignIn {
    pub(crate) fn new(
        make: Make,
        method: AuthMethod,
        authority: String,
        limit: Duration,
    ) -> azure_core::Result<Self> {
        Ok(Self {
            inner: Mutex::new(make()?),
            renewed: Mutex::default(),
            make,
            method,
            authority,
            limit,
            patience: SIGN_IN_TIMEOUT,
            refused: Mutex::default(),
            signed_in: AtomicBool::new(false),
        })
    }

    /// Forgets the token, which ARM does not take any more: credentials keep theirs until the time that is in it. Once a
    /// minute at most, so that a token that ARM never takes does not start `az` for every request.
    pub(crate) fn renew(&self) -> azure_core::Result<()> {
        let mut renewed = self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        if renewed.is_some_and(|when| when.elapsed() < REFUSED_FOR) {
            return Ok(());
        }
        *renewed = Some(Instant::now());
        *self.inner.lock().unwrap_or_else(PoisonError::into_inner) = (self.make)()?;
        Ok(())
    }

    fn inner(&self) -> Arc<dyn TokenCredential> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The error for a request that got no token.
    pub(crate) fn failed(&self, error: &Error) -> ArmError {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let silent = refused.as_ref().is_some_and(|refused| refused.silent);
        self.error(message(error), silent)
    }

    /// The error for an operation whose time ended before there ever was a token; `None` where there was one.
    pub(crate) fn too_slow(&self) -> Option<ArmError> {
        let waiting = !self.signed_in.load(Ordering::Relaxed);
        waiting.then(|| self.error(format!("no token within {:?}", self.limit), true))
    }

    fn error(&self, message: String, silent: bool) -> ArmError {
        let mut error = failed(self.method, message);
        if let (true, ArmError::Auth { message, help, .. }) = (silent, &mut error) {
            *help = self.unreachable(message);
        }
        error
    }

    /// The next step where nobody answered: the secret is not to blame.
    fn unreachable(&self, message: &str) -> String {
        // More time for the operation is none for signing in where that has its own limit.
        let time = if self.limit < self.patience {
            ", or allow more time with `--timeout`"
        } else {
            ""
        };
        match self.method {
            // Elsewhere than on Azure there is no such endpoint, so the method itself is the likely cause.
            AuthMethod::ManagedIdentity => self.method.help().to_owned(),
            _ if message.contains("certificate") => {
                "if a proxy or a sandbox signs with a CA of its own, name it with `--ca-file`".to_owned()
            }
            AuthMethod::Auto | AuthMethod::AzureCli => format!(
                "run `az account get-access-token` and see what it waits for; check the network and `HTTPS_PROXY`{time}"
            ),
            AuthMethod::Azd => format!(
                "run `azd auth token` and see what it waits for; check the network and `HTTPS_PROXY`{time}"
            ),
            _ => format!(
                "check the network, `HTTPS_PROXY` and `NO_PROXY`, and that `{}` can be reached (`--cloud` and \
                 `AZURE_AUTHORITY_HOST` choose it){time}",
                self.authority
            ),
        }
    }

    fn refused(&self) -> Option<Error> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = refused.as_ref()?;
        (refused.when.elapsed() < REFUSED_FOR)
            .then(|| Error::with_message(ErrorKind::Credential, refused.message.clone()))
    }

    fn refuse(&self, message: String, silent: bool) -> Error {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        *refused = Some(Refused {
            when: Instant::now(),
            message: message.clone(),
            silent,
        });
        Error::with_message(ErrorKind::Credential, message)
    }
}

/// Whether nobody answered: somewhere below is an exchange that failed.
fn is_silence(error: &Error) -> bool {
    let first: Option<&(dyn std::error::Error + 'static)> = Some(error);
    std::iter::successors(first, |error| error.source()).any(|error| error.is::<reqwest::Error>())
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenCredential for SignIn {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        if let Some(error) = self.refused() {
            return Err(error);
        }
        let inner = self.inner();
        match tokio::time::timeout(self.patience, inner.get_token(scopes, options)).await {
            Ok(Ok(token)) => {
                self.signed_in.store(true, Ordering::Relaxed);
                Ok(token)
            }
            Ok(Err(error)) => Err(self.refuse(message(&error), is_silence(&error))),
            Err(_) => Err(self.refuse(format!("no token within {:?}", self.patience), true)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Debug, Default)]
    struct Refuses(AtomicUsize);

    #[async_trait]
    impl TokenCredential for Refuses {
        async fn get_token(
            &self,
            _: &[&str],
            _: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<AccessToken> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Err(Error::with_message(ErrorKind::Credential, "no"))
        }
    }

    #[derive(Debug)]
    struct Silent;

    #[async_trait]
    impl TokenCredential for Silent {
        async fn get_token(
            &self,
            _: &[&str],
            _: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<AccessToken> {
            std::future::pending().await
        }
    }

    fn sign_in(inner: Arc<dyn TokenCredential>, method: AuthMethod) -> SignIn {
        let limit = Duration::from_millis(1);
        let make: Make = Box::new(move || Ok(inner.clone()));
        SignIn {
            patience: Duration::from_millis(2),
            ..SignIn::new(make, method, "login.example".into(), limit).unwrap()
        }
    }

    #[tokio::test]
    async fn a_refused_sign_in_is_not_repeated_for_each_registry() {
        let inner = Arc::new(Refuses::default());
        let sign_in = sign_in(inner.clone(), AuthMethod::ClientSecret);
        for _ in 0..3 {
            let error = sign_in.get_token(&["s"], None).await.unwrap_err();
            assert_eq!(message(&error), "no");
            let help = sign_in.failed(&error).help().unwrap();
            assert!(help.contains("expired"), "{help}");
        }
        assert_eq!(inner.0.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn silence_is_told_with_its_time_and_blames_the_network() {
        let rows = [
            (AuthMethod::ClientSecret, "`login.example`"),
            (AuthMethod::AzureCli, "`az account get-access-token`"),
            (AuthMethod::Azd, "`azd auth token`"),
            (AuthMethod::ManagedIdentity, "works on Azure only"),
        ];
        for (method, word) in rows {
            let sign_in = sign_in(Arc::new(Silent), method);
            let error = sign_in.get_token(&["s"], None).await.unwrap_err();
            let slow = sign_in.too_slow().unwrap();
            for (error, time) in [(sign_in.failed(&error), "2ms"), (slow, "1ms")] {
                let (text, help) = (error.to_string(), error.help().unwrap());
                assert!(text.ends_with(&format!("no token within {time}")), "{text}");
                assert!(help.contains(word) && !help.contains("expired"), "{help}");
            }
        }
    }
}
