//! Rules about tokens of the registry, and about the login that Docker keeps.

use super::evidence::{CauseRule, Evidence};
use super::registry::access as settings;
use crate::doctor::causes::{L2A, L2B, L5, LC5, LC6, LC7, LX6, LX7, LX9, NC2, TOO_MANY};
use crate::doctor::facts::{AccessToken, Observations, StoredLogin, TokenAnswer};
use crate::doctor::steps::Step;
use crate::doctor::types::Confidence::{self, High, Medium};

pub(super) const RULES: &[CauseRule] = &[
    CauseRule {
        cause: L5,
        find: no_refresh_token,
        steps: &[Step::SignIn],
    },
    CauseRule {
        cause: TOO_MANY,
        find: too_many_logins,
        steps: &[Step::SignIn, Step::Repository],
    },
    CauseRule {
        cause: NC2,
        find: token_refused,
        steps: &[Step::Repository],
    },
    CauseRule {
        cause: LC7,
        find: abac_without_role,
        steps: &[Step::Repository],
    },
    CauseRule {
        cause: LC5,
        find: without_role,
        steps: &[Step::Repository],
    },
    CauseRule {
        cause: LX9,
        find: roles_cannot_be_assigned,
        steps: &[],
    },
    CauseRule {
        cause: LX7,
        find: stale_before_anonymous,
        steps: &[Step::Docker],
    },
    CauseRule {
        cause: LC6,
        find: expired,
        steps: &[Step::Docker],
    },
    CauseRule {
        cause: LX6,
        find: wrong_user_of_token,
        steps: &[Step::Docker],
    },
    CauseRule {
        cause: L2B,
        find: id_of_something_else,
        steps: &[Step::Docker],
    },
    CauseRule {
        cause: L2A,
        find: admin_user_that_is_off,
        steps: &[Step::Docker],
    },
];

/// User name of a registry's token (docs: `az acr login --expose-token`).
const TOKEN_USER: &str = "00000000-0000-0000-0000-000000000000";

/// The action that gives a role (docs: role-assignments-steps).
const ASSIGN: &str = "Microsoft.Authorization/roleAssignments/write";

fn no_refresh_token(facts: &Observations) -> Option<Evidence> {
    let status = match facts.login.exchange.as_ref()? {
        TokenAnswer::Refused(status @ (401 | 403)) => *status,
        _ => return None,
    };
    let is_open = settings(facts).is_some_and(|settings| settings.admits_everyone());
    let found = Evidence::cause(High).fact("POST /oauth2/exchange", status);
    Some(match status {
        403 if is_open => Evidence::cause(Medium)
            .fact("POST /oauth2/exchange", status)
            .because("the registry admits every client, so its firewall did not refuse this one: the identity has no role, tokens for ARM are switched off, or conditional access refuses it")
            .remedy("give the identity a role on the registry, such as AcrPull; it takes some minutes to count")
            .remedy("see whether it takes tokens for ARM: `az acr config authentication-as-arm show -r {name}{subscription_flag}`")
            .only_these(),
        401 => found
            .fact("network", "the registry's firewall lets this client in")
            .remedy("give the identity a role on the registry, such as AcrPull; it takes some minutes to count")
            .only_these(),
        _ => found,
    })
}

fn too_many_logins(facts: &Observations) -> Option<Evidence> {
    let exchange = facts.login.exchange.as_ref();
    let access = facts.login.access.as_ref().map(|access| &access.answer);
    for (request, answer) in [
        ("POST /oauth2/exchange", exchange),
        ("POST /oauth2/token", access),
    ] {
        if answer == Some(&TokenAnswer::Refused(429)) {
            return Some(Evidence::cause(Medium).fact(request, 429));
        }
    }
    None
}

/// How a 403 comes about where a token for a repository was asked for.
const NETWORK_OR_ROLE: &str = "a 403 to a request for a token comes from the firewall of the registry or from a missing role, and \
                               nothing in it tells which";

/// Finds a 403 that the firewall may have sent, although it let the client in a moment before.
fn token_refused(facts: &Observations) -> Option<Evidence> {
    let access = facts.login.access.as_ref()?;
    // A registry that admits everyone has no firewall to refuse.
    let is_open = settings(facts).is_some_and(|settings| settings.admits_everyone());
    let refused = access.answer == TokenAnswer::Refused(403) && !is_open;
    let found = Evidence::cause(Medium).fact("POST /oauth2/token", 403);
    refused.then(|| found.because(NETWORK_OR_ROLE))
}

/// Returns what shows that no token was given, so that nothing is known of its actions.
fn no_token(access: &AccessToken, confidence: Confidence, status: u16) -> Evidence {
    Evidence::cause(confidence)
        .fact("repository", &access.repository)
        .fact("POST /oauth2/token", status)
}

/// Returns what shows that the identity lacks a role: the token has not all actions, or there is none.
fn missing_actions(facts: &Observations) -> Option<Evidence> {
    let access = facts.login.access.as_ref()?;
    let missing = match &access.answer {
        TokenAnswer::Given => access.missing().join(", "),
        TokenAnswer::Refused(401) => return Some(no_token(access, High, 401)),
        TokenAnswer::Refused(403) => {
            return Some(no_token(access, Medium, 403).because(NETWORK_OR_ROLE));
        }
        TokenAnswer::Refused(_) | TokenAnswer::Failed(_) | TokenAnswer::Unreadable => return None,
    };
    let found = match (missing.is_empty(), access.actions.is_empty()) {
        (true, _) => return None,
        (false, true) => Evidence::cause(High),
        // An identity that only pulls is in order.
        (false, false) => Evidence::note(),
    };
    let found = found.fact("repository", &access.repository);
    Some(found.fact("actions that are missing", missing))
}

fn abac_without_role(facts: &Observations) -> Option<Evidence> {
    let found = missing_actions(facts)?;
    facts
        .is_abac()
        .then(|| found.fact("role assignment mode", "AbacRepositoryPermissions"))
}

fn without_role(facts: &Observations) -> Option<Evidence> {
    match facts.is_abac() {
        true => None,
        false => missing_actions(facts),
    }
}

/// Finds that this account cannot give the role that is missing.
fn roles_cannot_be_assigned(facts: &Observations) -> Option<Evidence> {
    let permissions = facts.surroundings.permissions.as_ref()?.as_ref().ok()?;
    let may = permissions.iter().any(|permission| permission.allows(ASSIGN));
    (!may).then(|| Evidence::note().fact("this account lacks", ASSIGN))
}

/// Returns the stored login if its token has expired.
fn expired_login(facts: &Observations) -> Option<&StoredLogin> {
    let stored = facts.docker.stored.as_ref()?;
    (stored.expires? <= facts.now).then_some(stored)
}

fn stale_before_anonymous(facts: &Observations) -> Option<Evidence> {
    let stored = expired_login(facts)?;
    let properties = &facts.reading()?.registry.body["properties"];
    if properties["anonymousPullEnabled"] != true {
        return None;
    }
    Some(
        Evidence::cause(High)
            .fact("expired", stored.expires?)
            .fact("anonymous pull", "enabled"),
    )
}

fn expired(facts: &Observations) -> Option<Evidence> {
    let stored = expired_login(facts)?;
    Some(Evidence::cause(High).fact("expired", stored.expires?))
}

fn wrong_user_of_token(facts: &Observations) -> Option<Evidence> {
    let stored = facts.docker.stored.as_ref()?;
    let user = stored.user.as_ref()?;
    if !stored.is_token || user.is_empty() || user == TOKEN_USER {
        return None;
    }
    Some(Evidence::cause(Medium).fact("user of the stored login", user))
}

fn id_of_something_else(facts: &Observations) -> Option<Evidence> {
    let user = facts.docker.stored.as_ref()?.user.as_ref()?;
    let subscription = facts.reading()?.registry.id.subscription();
    if !user.eq_ignore_ascii_case(subscription) {
        return None;
    }
    let found = Evidence::cause(High).fact("user of the stored login", user);
    Some(found.fact("what that is", "the id of the subscription"))
}

fn admin_user_that_is_off(facts: &Observations) -> Option<Evidence> {
    let user = facts.docker.stored.as_ref()?.user.as_ref()?;
    let registry = &facts.reading()?.registry;
    let enabled = &registry.body["properties"]["adminUserEnabled"];
    if !user.eq_ignore_ascii_case(registry.id.name()) || *enabled != false {
        return None;
    }
    let found = Evidence::cause(Medium).fact("user of the stored login", user);
    Some(
        found
            .fact("admin user", "off, as it should be")
            .remedy(
                "log in with an identity of its own: `az acr login -n {name}`, or a service principal",
            )
            .only_these(),
    )
}
