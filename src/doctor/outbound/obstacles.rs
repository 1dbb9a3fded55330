//! What stops the traffic of a subnet on its way to the targets, and what takes it elsewhere.

use super::routes::{Hop, hop};
use super::security::{Passage, passage};
use super::target::Target;
use crate::live::surroundings::{Route, SecurityRule, SubnetPath};

/// Something that stops traffic to a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Obstacle {
    pub(crate) target: Target,
    /// The rule or the route, in words.
    pub(crate) what: String,
    /// False if some of the traffic passes.
    pub(crate) whole: bool,
    /// True if a route drops it, and not a rule.
    pub(crate) by_route: bool,
}

/// Returns what stops traffic: rules of the security group, and routes that drop it.
pub(crate) fn obstacles(path: &SubnetPath, targets: &[Target]) -> Vec<Obstacle> {
    let mut found = Vec::new();
    for target in targets {
        if let Some(Ok(rules)) = &path.security_rules {
            found.extend(by_rule(passage(rules, target, &path.prefixes), target));
        }
        if let Some(Ok(routes)) = &path.routes
            && let Hop::Dropped(route) = hop(routes, &path.service_endpoints, target)
        {
            found.push(Obstacle {
                target: target.clone(),
                what: format!("dropped by the route {} to {}", route.name, route.prefix),
                whole: true,
                by_route: true,
            });
        }
    }
    found
}

fn by_rule(passage: Passage<'_>, target: &Target) -> Option<Obstacle> {
    let (rule, whole) = match passage {
        Passage::Denied(rule) => (rule, true),
        Passage::InPart(rule) => (rule, false),
        Passage::Allowed(_) | Passage::Unknown => return None,
    };
    Some(Obstacle {
        target: target.clone(),
        what: in_words(rule, whole),
        whole,
        by_route: false,
    })
}

fn in_words(rule: &SecurityRule, whole: bool) -> String {
    let part = if whole { "denied" } else { "denied in part" };
    format!(
        "{part} by the rule {} (priority {}) to {}",
        rule.name,
        rule.priority,
        rule.destinations.join(", ")
    )
}

/// Returns the targets whose traffic goes through an appliance or a gateway, with the route.
pub(crate) fn detours(path: &SubnetPath, targets: &[Target]) -> Vec<(Target, Route)> {
    let mut found = Vec::new();
    let Some(Ok(routes)) = &path.routes else {
        return found;
    };
    for target in targets {
        if let Hop::Appliance(route) | Hop::Gateway(route) = hop(routes, &path.service_endpoints, target)
        {
            found.push((target.clone(), route.clone()));
        }
    }
    found
}
