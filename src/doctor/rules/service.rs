//! Rules about a service of Azure that uses the registry (`--aks` and its like).

use super::bypasses::with_agent_pool;
use super::evidence::{CauseRule, Evidence, Significance};
use crate::doctor::causes::{LC5, LC7, N4, N9, N10};
use crate::doctor::facts::{AskedService, Observations, ServiceKind};
use crate::doctor::service_answers::{ServiceAnswer, service_answers};
use crate::doctor::services::command_inside;
use crate::doctor::steps::Step;
use crate::doctor::types::Confidence::{High, Low, Medium};
use crate::live::surroundings::{PullIdentity, RoleAssignment};
use crate::model::shell_word;
use crate::plan::Answer;

pub(super) const RULES: &[CauseRule] = &[
    CauseRule {
        cause: N10,
        find: defender_is_refused,
        steps: &[Step::ComesFrom],
    },
    CauseRule {
        cause: N9,
        find: tasks_are_refused,
        steps: &[Step::ComesFrom],
    },
    CauseRule {
        cause: N4,
        find: service_is_refused,
        steps: &[Step::ComesFrom],
    },
    CauseRule {
        cause: LC7,
        find: role_is_ignored,
        steps: &[Step::Roles],
    },
    CauseRule {
        cause: LC5,
        find: identity_has_no_role,
        steps: &[Step::Roles],
    },
];

/// Built-in roles that let an identity pull, outside of ABAC mode (docs: container-registry-rbac-built-in-roles-overview):
/// AcrPull, AcrPush, Contributor, Owner.
const LEGACY: [&str; 4] = [
    "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "8311e382-0749-4cb8-b61a-304f252e45ec",
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
];

/// Built-in roles that let an identity pull in ABAC mode (docs: same): Container Registry Repository Reader, Writer and
/// Contributor.
const ABAC: [&str; 3] = [
    "b93aa761-3e63-49ed-ac28-beffa264f7ac",
    "2a1e307c-b015-4ebd-883e-5b7698a07328",
    "2efddaa5-3f1f-4df3-97df-af3f13818f4c",
];

fn service(facts: &Observations) -> Option<&AskedService> {
    facts.surroundings.service.as_ref()
}

/// Returns the evidence that a service is refused, with everything that the settings say.
fn refused(facts: &Observations, service: &AskedService) -> Option<Evidence> {
    let answers = service_answers(facts, service);
    let mut worst = Answer::Allowed;
    let mut found = Vec::new();
    for one in &answers {
        // What is not known and cannot be mended is a step, and not a cause.
        let idle = one.answer == Answer::Unknown && one.remedies.is_empty();
        if one.answer == Answer::Allowed || idle {
            continue;
        }
        if one.answer == Answer::Denied || worst == Answer::Allowed {
            worst = one.answer;
        }
        found.push(one);
    }
    let confidence = match worst {
        Answer::Allowed => return None,
        Answer::Denied => High,
        Answer::InPart => Medium,
        Answer::Unknown => Low,
    };
    Some(described(Evidence::cause(confidence), &found))
}

fn described(mut evidence: Evidence, answers: &[&ServiceAnswer]) -> Evidence {
    for one in answers {
        evidence = evidence.fact("comes from", &one.from);
        for reason in &one.reasons {
            evidence = evidence.fact("settings", reason);
        }
        for remedy in &one.remedies {
            evidence = evidence.remedy(remedy.clone());
        }
    }
    evidence
}

fn defender_is_refused(facts: &Observations) -> Option<Evidence> {
    let service = service(facts)?;
    let found = (service.kind == ServiceKind::Defender).then(|| refused(facts, service))?;
    found.map(Evidence::only_these)
}

fn tasks_are_refused(facts: &Observations) -> Option<Evidence> {
    let service = service(facts)?;
    let found = (service.kind == ServiceKind::Tasks).then(|| refused(facts, service))??;
    Some(with_agent_pool(facts, found).only_these())
}

fn service_is_refused(facts: &Observations) -> Option<Evidence> {
    let service = service(facts)?;
    if matches!(service.kind, ServiceKind::Defender | ServiceKind::Tasks) {
        return None;
    }
    let found = refused(facts, service)?;
    let why = match found.significance {
        Significance::Cause(Low) => {
            "it is not known whether the registry admits every address that the service comes from"
        }
        _ => "the registry does not admit every address or subnet that the service comes from",
    };
    Some(
        found
            .because(why)
            .remedy(format!(
                "ask the service itself: `{}`",
                command_inside(facts, service)
            ))
            .only_these(),
    )
}

/// Returns the roles of the identity, and the built-in roles that the registry honours.
fn roles(facts: &Observations) -> Option<(&[RoleAssignment], &'static [&'static str])> {
    let roles = service(facts)?.roles.as_ref()?.as_ref().ok()?;
    let honoured: &[&str] = if facts.is_abac() { &ABAC } else { &LEGACY };
    Some((roles, honoured))
}

fn has_one(roles: &[RoleAssignment], of: &[&str]) -> bool {
    roles.iter().any(|assigned| of.contains(&assigned.role.as_str()))
}

fn role_is_ignored(facts: &Observations) -> Option<Evidence> {
    let (roles, honoured) = roles(facts)?;
    let ignored = facts.is_abac() && !has_one(roles, honoured) && has_one(roles, &LEGACY);
    ignored.then(|| with_identity(facts, Evidence::cause(High)))
}

fn identity_has_no_role(facts: &Observations) -> Option<Evidence> {
    let (roles, honoured) = roles(facts)?;
    if has_one(roles, honoured) || (facts.is_abac() && has_one(roles, &LEGACY)) {
        return None;
    }
    // A role of one's own, or of a group, may let it pull too.
    let confidence = if roles.is_empty() { High } else { Low };
    let mut found = with_identity(facts, Evidence::cause(confidence))
        .because("no role at the registry or above it lets the identity pull");
    for assigned in roles {
        found = found.fact("other role", format!("{} at {}", assigned.role, assigned.scope));
    }
    for remedy in role_remedies(facts)? {
        found = found.remedy(remedy);
    }
    Some(found.only_these())
}

/// Returns the commands that give the identity of the service a role.
fn role_remedies(facts: &Observations) -> Option<Vec<String>> {
    let service = service(facts)?;
    let registry = &facts.reading()?.registry.id;
    let role = if facts.is_abac() {
        "'Container Registry Repository Reader'"
    } else {
        "AcrPull"
    };
    let identity = match &service.pulls_as {
        Some(PullIdentity::Object(id)) => id.as_str(),
        _ => "PRINCIPAL_ID",
    };
    let mut remedies = vec![format!(
        "give the identity a role: `az role assignment create --assignee-object-id {} --assignee-principal-type \
         ServicePrincipal --role {role} --scope {}`",
        shell_word(identity),
        shell_word(registry.as_str())
    )];
    // The command gives AcrPull, which ABAC mode ignores.
    if let (ServiceKind::Aks, Some(id), false) = (service.kind, &service.id, facts.is_abac()) {
        remedies.push(format!(
            "or let AKS do it: `az aks update -n {} -g {} --subscription {} --attach-acr {}`",
            shell_word(id.name()),
            shell_word(id.resource_group()),
            id.subscription(),
            shell_word(registry.as_str())
        ));
    }
    Some(remedies)
}

fn with_identity(facts: &Observations, found: Evidence) -> Evidence {
    match service(facts).and_then(|service| service.pulls_as.as_ref()) {
        Some(PullIdentity::Object(id)) => found.fact("identity", id),
        _ => found,
    }
}
