//! RF021: subnet rules in unregistered subscriptions.

use std::collections::BTreeMap;

use crate::model::{Setting, SubnetId};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::UnregisteredSubnet,
    severity: Severity::Warning,
    judges: Judges::Live,
    about: "The subscription of the subnet is not registered for `Microsoft.ContainerRegistry`. Service endpoints of another \
            subscription need the registration (container-registry-vnet).",
    remedy: "register it: `az provider register --namespace Microsoft.ContainerRegistry --subscription ID`",
    article: Some(articles::SERVICE_ENDPOINTS),
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let Some(reading) = subject.reading else {
        return Vec::new();
    };
    let mut subnets: BTreeMap<String, Vec<&SubnetId>> = BTreeMap::new();
    for id in subject.subnets() {
        let subscription = id.subscription().to_ascii_lowercase();
        subnets.entry(subscription).or_default().push(id);
    }
    let mut found = Vec::new();
    for (subscription, ids) in subnets {
        let state = reading.registrations.get(&subscription);
        let Some(state) = state.filter(|state| !state.eq_ignore_ascii_case("Registered")) else {
            continue;
        };
        let message = format!(
            "subscription `{subscription}` of subnet `{}` is `{state}` for Microsoft.ContainerRegistry",
            ids[0].short()
        );
        let place = subject.place(Setting::VirtualNetworkRules);
        let remedy = CHECK.remedy.replace("ID", &subscription);
        let violation = Violation::new(message).at(place).about([subscription]);
        found.push(violation.remedied_by(remedy));
    }
    found
}
