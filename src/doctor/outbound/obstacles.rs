//! What stops the traffic of a subnet on its way to the targets, and what takes it elsewhere.

use super::routes::{Hop, Taken, taken};
use super::security::{Passage, passage};
use super::target::Target;
use crate::live::surroundings::{Route, SecurityRule, SubnetPath};

/// Something that stops traffic to a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Obstacle {
    pub(crate) target: Target,
    /// The rules or the routes, in words.
    pub(crate) what: String,
    /// False if some of the traffic passes.
    pub(crate) whole: bool,
    /// True if routes drop it, and not rules.
    pub(crate) by_route: bool,
}

/// Rules and routes that one obstacle names.
const MOST_NAMED: usize = 3;

/// Returns what stops traffic: rules of the security group, and routes that drop it.
pub(crate) fn obstacles(path: &SubnetPath, targets: &[Target]) -> Vec<Obstacle> {
    let mut found = Vec::new();
    for target in targets {
        if let Some(Ok(rules)) = &path.security_rules {
            found.extend(by_rule(passage(rules, target, &path.prefixes), target));
        }
        if let Some(Ok(routes)) = &path.routes {
            let dropped = taken(routes, &path.service_endpoints, target, Hop::Dropped);
            found.extend(dropped.map(|taken| by_route(&taken, target)));
        }
    }
    found
}

fn by_rule(passage: Passage<'_>, target: &Target) -> Option<Obstacle> {
    let (rules, whole) = match passage {
        Passage::Denied(rules) => (rules, true),
        Passage::InPart(rules) => (rules, false),
        Passage::Allowed | Passage::Unknown => return None,
    };
    let mut names = Vec::new();
    for rule in &rules {
        names.push(rule_in_words(rule));
    }
    let (part, noun) = (in_part(whole), if rules.len() == 1 { "rule" } else { "rules" });
    Some(Obstacle {
        target: target.clone(),
        what: format!("denied{part} by the {noun} {}", listed(names)),
        whole,
        by_route: false,
    })
}

fn rule_in_words(rule: &SecurityRule) -> String {
    let ports = &rule.source_ports;
    let from = match ports.is_empty() || ports.iter().any(|ports| ports == "*") {
        true => String::new(),
        false => format!(" from the ports {}", ports.join(", ")),
    };
    format!(
        "{} (priority {}){from} to {}",
        rule.name,
        rule.priority,
        rule.destinations.join(", ")
    )
}

fn by_route(taken: &Taken<'_>, target: &Target) -> Obstacle {
    let mut names = Vec::new();
    for route in &taken.routes {
        names.push(format!("{} to {}", route.name, route.prefix));
    }
    let (part, noun) = (
        in_part(taken.whole),
        if names.len() == 1 { "route" } else { "routes" },
    );
    Obstacle {
        target: target.clone(),
        what: format!("dropped{part} by the {noun} {}", listed(names)),
        whole: taken.whole,
        by_route: true,
    }
}

fn in_part(whole: bool) -> &'static str {
    if whole { "" } else { " in part" }
}

/// Joins names, the first of many.
fn listed(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(MOST_NAMED);
    names.truncate(MOST_NAMED);
    match more {
        0 => names.join(" and "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// Returns the targets whose traffic goes through an appliance or a gateway, with the first route. Where only a part does, it is
/// not known whether the target is in it.
pub(crate) fn detours(path: &SubnetPath, targets: &[Target]) -> Vec<(Target, Route)> {
    let mut found = Vec::new();
    let Some(Ok(routes)) = &path.routes else {
        return found;
    };
    for target in targets {
        if let Some(taken) = taken(routes, &path.service_endpoints, target, Hop::Elsewhere)
            && taken.whole
            && let Some(first) = taken.routes.first()
        {
            found.push((target.clone(), (*first).clone()));
        }
    }
    found
}
