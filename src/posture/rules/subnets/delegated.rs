//! RF022: subnet rules for delegated subnets.

use crate::live::LiveSubnet;
use crate::model::{Rule, Setting};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::DelegatedSubnet,
    severity: Severity::Warning,
    judges: Judges::Live,
    about: "The subnet is delegated to a service whose clients cannot use a service endpoint to a registry; only virtual machines \
            and AKS are supported. The rule does not help these clients.",
    remedy: "move these clients to a private endpoint, then remove the rule",
    article: Some(articles::SERVICE_ENDPOINTS),
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for id in subject.subnets() {
        let subnet = subject.reading.and_then(|reading| reading.subnets.get(id));
        let Some(LiveSubnet::Present(subnet)) = subnet else {
            continue;
        };
        if let Some(to) = subnet.unsupported_delegation() {
            let rule = Rule::from(id.clone());
            let list = Setting::VirtualNetworkRules;
            let message = format!("{} is delegated to `{to}`", subject.name(list, &rule));
            found.push(
                Violation::new(message)
                    .at(subject.place_of(list, &rule))
                    .about([id])
                    .removing([&rule]),
            );
        }
    }
    found
}
