//! RF011: IP rules for private or reserved ranges.

use crate::model::{Cidr, Rule, Setting};
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
    remedy: "list the public addresses of the clients in place of every private or reserved range, or their \
             subnets by their resource ids under `subnets`",
    article: Some(articles::SELECTED_NETWORKS),
    policy: None,
    diagnostic: Some(DiagnosticCode::SpecialUseRange),
    find,
};

/// The next step on a registry that cannot have subnet rules.
const WITHOUT_SUBNETS: &str = "list the public addresses of the clients in place of every private or reserved range, or remove \
                               the ranges where they use a private endpoint";

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let all = reserved(subject);
    let mut found = Vec::new();
    for rule in &all {
        let Some(kind) = rule.cidr().and_then(Cidr::special_use) else {
            continue;
        };
        let name = subject.name(Setting::IpRules, rule);
        let message = format!("{name} is {kind}: no client reaches the registry from there");
        // Azure refuses every list with a private range, so all of them go at once.
        let violation = Violation::new(message)
            .at(subject.place_of(Setting::IpRules, rule))
            .about([rule])
            .removing(all.iter().copied())
            .first();
        found.push(match subject.takes_subnets() {
            true => violation,
            false => violation.remedied_by(WITHOUT_SUBNETS),
        });
    }
    found
}

/// Returns the rules for private and reserved ranges.
pub(in crate::posture::rules) fn reserved<'a>(subject: &'a Subject<'_>) -> Vec<&'a Rule> {
    let mut rules: Vec<&Rule> = subject.rules(Setting::IpRules).into_iter().collect();
    rules.retain(|rule| rule.cidr().and_then(Cidr::special_use).is_some());
    rules
}
