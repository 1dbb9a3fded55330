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

/// The next step where the spec lists the subnet and leaves its endpoint to others.
const LISTED: &str = "remove it from `subnets`";

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let list = Setting::VirtualNetworkRules;
    let mut found = Vec::new();
    for id in subject.subnets() {
        let rule = Rule::from(id.clone());
        if !subject.is_gone(id) || subject.wants_endpoint(id) {
            continue;
        }
        let message = format!("subnet `{}` does not exist", id.short());
        // A rule that the spec lists has a line of its own.
        let place = subject.place_of(list, &rule);
        let violation = Violation::new(message).about([id]).removing([&rule]);
        found.push(match place {
            Some(_) => violation.at(place).remedied_by(LISTED),
            None => violation.at(subject.place(list)),
        });
    }
    found
}
