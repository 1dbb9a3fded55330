//! RF011: IP rules for private or reserved ranges.

use crate::model::Setting;
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{DiagnosticCode, PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::SpecialUseRange,
    severity: Severity::Warning,
    judges: Judges::Both,
    about: "The range is private or reserved, and no client reaches the public endpoint from there. Clients in a virtual network \
            need a subnet rule or a private endpoint instead.",
    remedy: "list the public address of the clients in its place, or their subnet by its resource id under `subnets`",
    article: Some(articles::SELECTED_NETWORKS),
    policy: None,
    diagnostic: Some(DiagnosticCode::SpecialUseRange),
    find,
};

/// The next step on a registry that cannot have subnet rules.
const WITHOUT_SUBNETS: &str =
    "list the public address of the clients in its place, or remove the rule where they use a private endpoint";

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for rule in subject.rules(Setting::IpRules) {
        let Some(kind) = rule.cidr().and_then(|range| range.special_use()) else {
            continue;
        };
        let name = subject.name(Setting::IpRules, rule);
        let message = format!("{name} is {kind}: no client reaches the registry from there");
        let place = subject.place_of(Setting::IpRules, rule);
        let violation = Violation::new(message).at(place).about([rule]).removing([rule]);
        found.push(match subject.takes_subnets() {
            true => violation,
            false => violation.remedied_by(WITHOUT_SUBNETS),
        });
    }
    found
}
