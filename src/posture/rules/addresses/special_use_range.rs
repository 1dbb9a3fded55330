//! RF011: IP rules for private or reserved ranges.

use crate::model::Setting;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{DiagnosticCode, PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::SpecialUseRange,
    severity: Severity::Warning,
    judges: Judges::Both,
    about: "The range is private or reserved, and no client reaches the public endpoint from there. Clients in a virtual network \
            need a subnet rule or a private endpoint instead.",
    remedy: "list the public address of the clients, or their subnet by its resource id under `subnets`",
    policy: None,
    diagnostic: Some(DiagnosticCode::SpecialUseRange),
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for rule in subject.rules(Setting::IpRules) {
        let Some(kind) = rule.cidr().and_then(|range| range.special_use()) else {
            continue;
        };
        let name = subject.name(Setting::IpRules, rule);
        let message = format!("{name} is {kind}: no client reaches the registry from there");
        let place = subject.place_of(Setting::IpRules, rule);
        found.push(Violation::new(message).at(place).about([rule]));
    }
    found
}
