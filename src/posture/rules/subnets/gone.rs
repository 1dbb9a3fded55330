//! RF020: subnet rules for subnets that do not exist.

use crate::model::{Rule, Setting};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::GoneSubnet,
    severity: Severity::Warning,
    judges: Judges::Live,
    about: "The rule names a subnet that does not exist any more. It admits no one, and Azure may refuse every later write of the \
            list because of it.",
    remedy: "list the subnets that exist under `subnets` with `serviceEndpoints: ensure`, and apply with --verify-endpoints: one run \
             turns on the endpoints that are missing and then removes this rule",
    article: Some(articles::SERVICE_ENDPOINTS),
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let list = Setting::VirtualNetworkRules;
    let mut found = Vec::new();
    for id in subject.subnets() {
        let rule = Rule::from(id.clone());
        // Drift reports a gone subnet that the spec wants.
        if !subject.is_gone(id) || subject.listed(list, &rule).is_some() {
            continue;
        }
        let message = format!("subnet `{}` does not exist", id.short());
        let violation = Violation::new(message).at(subject.place(list)).about([id]);
        found.push(violation.removing([&rule]));
    }
    found
}
