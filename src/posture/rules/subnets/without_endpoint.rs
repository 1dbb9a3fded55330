//! RF019: subnet rules without service endpoint.

use crate::live::LiveSubnet;
use crate::model::{Rule, Setting};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::SubnetWithoutEndpoint,
    severity: Severity::Warning,
    judges: Judges::Live,
    about: "The rule admits a subnet whose service endpoint `Microsoft.ContainerRegistry` is off. Its clients come from other \
            addresses then, and the rule admits none of them.",
    remedy: "list the subnets that exist under `subnets` with `serviceEndpoints: ensure`, and apply with --verify-endpoints: one run \
             turns on the endpoints that are missing and then removes the rules of subnets that are gone",
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
        if subnet.has_endpoint || subnet.endpoint_pending || subject.wants_endpoint(id) {
            continue;
        }
        let rule = Rule::from(id.clone());
        let list = Setting::VirtualNetworkRules;
        let message = format!(
            "{} has no service endpoint for registries",
            subject.name(list, &rule)
        );
        found.push(
            Violation::new(message)
                .at(subject.place_of(list, &rule))
                .about([id]),
        );
    }
    found
}
