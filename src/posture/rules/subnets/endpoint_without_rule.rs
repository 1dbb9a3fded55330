//! RF024: service endpoints without a rule.

use crate::live::LiveSubnet;
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::EndpointWithoutRule,
    severity: Severity::Note,
    judges: Judges::Live,
    about: "The service endpoint of the subnet is on, and no registry of this run shows a rule for the subnet. Its clients show every \
            registry a private address, which no IP rule matches.",
    remedy: "list the subnet under `subnets` of the registries that its clients use, or turn the endpoint off where no other \
             registry has a rule for it",
    article: Some(articles::SERVICE_ENDPOINTS),
    policy: None,
    diagnostic: None,
    find,
};

/// The next step on a registry that cannot have subnet rules.
const WITHOUT_RULES: &str = "turn the endpoint off where no other registry has a rule for it";

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let Some(reading) = subject.reading else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (id, subnet) in &reading.subnets {
        let is_on = matches!(subnet, LiveSubnet::Present(subnet) if subnet.has_endpoint);
        if is_on && !subject.run.admitted.contains(id) {
            let message = format!(
                "subnet `{}` has the service endpoint on, and no registry of this run shows a rule for it",
                id.short()
            );
            let violation = Violation::new(message).about([id]);
            found.push(match subject.takes_subnets() {
                true => violation,
                false => violation.remedied_by(WITHOUT_RULES),
            });
        }
    }
    found
}
