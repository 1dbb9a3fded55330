//! Signing in: asks the one credential of a run for a token, seldom, not for ever, and tells a refusal from silence.

pub(crate) mod credential;
pub(crate) mod github_oidc;
mod identity;
mod lifetime;
pub(crate) mod message;
pub(crate) mod method;
pub(crate) mod token_file;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::{Error, ErrorKind};
use tokio::time::Instant;

use super::connect::causes::TransportKind;
use super::error::ArmError;
use super::error::advice::NAME_THE_CA;
use message::{failed, message};
use method::AuthMethod;

/// Time for which a refusal stands.
const REFUSED_FOR: Duration = Duration::from_secs(60);

/// Longest time of signing in. `az` needs several seconds on a slow machine.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(90);

/// Makes a credential that has no token yet.
pub(crate) type MakeCredential =
    Box<dyn Fn() -> azure_core::Result<Arc<dyn TokenCredential>> + Send + Sync>;

/// Credential that asks once. Many registries that are read at the same time must not each start `az`, or each hand the
/// same wrong secret to the authority, which locks accounts for that.
pub(crate) struct SignIn {
    make: MakeCredential,
    inner: Mutex<Arc<dyn TokenCredential>>,
    /// Time when the credential was last made anew.
    renewed: Mutex<Option<Instant>>,
    method: AuthMethod,
    /// Host that issues tokens.
    authority: String,
    /// Longest time of an operation.
    limit: Duration,
    /// Longest time of signing in.
    patience: Duration,
    refused: Mutex<Option<Refused>>,
    /// True once there has been a token.
    signed_in: AtomicBool,
    /// The identity of the last token, if its claims name one.
    identity: Mutex<Option<String>>,
}

/// Reason for having no token.
#[derive(Clone, Debug)]
struct Refused {
    when: Instant,
    message: String,
    /// Kind of the missing answer. `None` if someone answered, and refused.
    silence: Option<TransportKind>,
}

impl SignIn {
    /// Makes the first credential. `authority` is the host that issues tokens, `limit` the longest time of an operation.
    pub(crate) fn new(
        make: MakeCredential,
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
            identity: Mutex::default(),
        })
    }

    /// Forgets a token that ARM does not accept any more. Credentials keep theirs until the time that is in it. Does so
    /// once a minute at most, so that a token that ARM never accepts does not start `az` for every request.
    pub(crate) fn renew(&self) -> azure_core::Result<()> {
        let mut renewed = self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        if renewed.is_some_and(|when| when.elapsed() < REFUSED_FOR) {
            return Ok(());
        }
        *renewed = Some(Instant::now());
        *self.inner.lock().unwrap_or_else(PoisonError::into_inner) = (self.make)()?;
        Ok(())
    }

    /// Returns the identity of the last token, if there was one and its claims name it.
    pub(crate) fn identity(&self) -> Option<String> {
        self.identity
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn inner(&self) -> Arc<dyn TokenCredential> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes the error for a request that got no token.
    pub(crate) fn failed(&self, error: &Error) -> ArmError {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let silence = refused.as_ref().and_then(|refused| refused.silence);
        self.error(message(error), silence)
    }

    /// Makes the error for an operation whose time ended before there was a token. Returns `None` if there was one.
    pub(crate) fn too_slow(&self) -> Option<ArmError> {
        if self.signed_in.load(Ordering::Relaxed) {
            return None;
        }
        let message = no_token_within(self.limit);
        Some(self.error(message, Some(TransportKind::Timeout)))
    }

    fn error(&self, message: String, silence: Option<TransportKind>) -> ArmError {
        // The method's own help blames the secret, which fits only a refusal.
        match silence {
            Some(kind) => ArmError::Auth {
                method: self.method,
                message,
                help: self.help_for_silence(kind),
            },
            None => failed(self.method, message),
        }
    }

    /// Returns the next step if no answer came. The secret is not to blame then.
    fn help_for_silence(&self, kind: TransportKind) -> String {
        // A longer operation gives signing in no more time than its own limit.
        let time = if self.limit < self.patience {
            ", or allow more time with `--timeout`"
        } else {
            ""
        };
        match self.method {
            // Elsewhere than on Azure there is no such endpoint, so the method itself is the likely cause.
            AuthMethod::ManagedIdentity => self.method.help().to_owned(),
            _ if kind == TransportKind::Certificate => NAME_THE_CA.to_owned(),
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

    /// Returns the last refusal while it stands.
    fn standing_refusal(&self) -> Option<Error> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = refused.as_ref()?;
        if refused.when.elapsed() >= REFUSED_FOR {
            return None;
        }
        Some(Error::with_message(
            ErrorKind::Credential,
            refused.message.clone(),
        ))
    }

    fn refuse(&self, message: String, silence: Option<TransportKind>) -> Error {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        *refused = Some(Refused {
            when: Instant::now(),
            message: message.clone(),
            silence,
        });
        Error::with_message(ErrorKind::Credential, message)
    }
}

fn no_token_within(time: Duration) -> String {
    format!("no token within {time:?}")
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
        // Do not hand the same wrong secret over again.
        if let Some(error) = self.standing_refusal() {
            return Err(error);
        }
        // The lock must not be held while the credential works.
        let inner = self.inner();
        match tokio::time::timeout(self.patience, inner.get_token(scopes, options)).await {
            Ok(Ok(token)) => {
                self.signed_in.store(true, Ordering::Relaxed);
                *self.identity.lock().unwrap_or_else(PoisonError::into_inner) =
                    identity::identity(token.token.secret());
                Ok(token)
            }
            Ok(Err(error)) => Err(self.refuse(message(&error), TransportKind::of(&error))),
            Err(_) => {
                let message = no_token_within(self.patience);
                Err(self.refuse(message, Some(TransportKind::Timeout)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::model::Failure;

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
    struct Hangs;

    #[async_trait]
    impl TokenCredential for Hangs {
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
        let make: MakeCredential = Box::new(move || Ok(inner.clone()));
        SignIn {
            patience: Duration::from_millis(2),
            ..SignIn::new(make, method, "login.example".into(), limit).unwrap()
        }
    }

    #[tokio::test]
    async fn refused_sign_in_is_not_repeated() {
        let inner = Arc::new(Refuses::default());
        let sign_in = sign_in(inner.clone(), AuthMethod::ClientSecret);
        for _ in 0..3 {
            let error = sign_in.get_token(&["s"], None).await.unwrap_err();
            assert_eq!(message(&error), "no");
            let help = Failure::from(sign_in.failed(&error)).help.unwrap();
            assert!(help.contains("expired"), "{help}");
        }
        assert_eq!(inner.0.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn silence_names_its_time_and_the_network() {
        let rows = [
            (AuthMethod::ClientSecret, "`login.example`"),
            (AuthMethod::AzureCli, "`az account get-access-token`"),
            (AuthMethod::Azd, "`azd auth token`"),
            (AuthMethod::ManagedIdentity, "works on Azure only"),
        ];
        for (method, word) in rows {
            let sign_in = sign_in(Arc::new(Hangs), method);
            let error = sign_in.get_token(&["s"], None).await.unwrap_err();
            let slow = sign_in.too_slow().unwrap();
            for (error, time) in [(sign_in.failed(&error), "2ms"), (slow, "1ms")] {
                let (text, help) = (error.to_string(), Failure::from(&error).help.unwrap());
                assert!(text.ends_with(&format!("no token within {time}")), "{text}");
                assert!(help.contains(word) && !help.contains("expired"), "{help}");
            }
        }
    }
}
