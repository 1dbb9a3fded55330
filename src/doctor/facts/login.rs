//! Tokens of a registry.

use crate::model::Failure;

/// What the registry gave the identity of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginFacts {
    /// The run has no credential, with the reason.
    pub no_credential: Option<Failure>,
    /// True if the host must not see a token of Entra: it is outside of this cloud's registries, or its challenge leads
    /// to another host.
    pub withheld: bool,
    /// The answer to `POST /oauth2/exchange`.
    pub exchange: Option<TokenAnswer>,
    /// The answer to `POST /oauth2/token` for the repository that was asked for.
    pub access: Option<AccessToken>,
}

/// The registry's answer to a request for a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenAnswer {
    Given,
    Refused(u16),
    /// There was no answer, or one without a token.
    Failed(String),
    /// It gave a token that says nothing of rights.
    Unreadable,
}

/// An access token for a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    pub repository: String,
    pub answer: TokenAnswer,
    /// The actions that were asked for.
    pub asked: Vec<String>,
    /// The actions that the token has.
    pub actions: Vec<String>,
}

impl AccessToken {
    /// Returns the actions that were asked for and not given.
    pub fn missing(&self) -> Vec<&str> {
        let mut missing = Vec::new();
        for action in &self.asked {
            if !self.actions.contains(action) {
                missing.push(action.as_str());
            }
        }
        missing
    }
}
