//! RF028: trusted services are shut out by subnet rules.

use crate::model::{Gate, Setting};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::TrustedServicesCut,
    severity: Severity::Warning,
    judges: Judges::Both,
    about: "The bypass for trusted services is on, and the registry has subnet rules. The bypass does not apply to a registry \
            that uses service endpoints (container-registry-vnet), so trusted services do not get in.",
    remedy: "use private endpoints in place of the subnet rules; where no trusted service uses the registry, set `trustedServices: false`",
    article: Some(articles::TRUSTED_SERVICES),
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let Some(access) = subject.access_behind(Gate::Rules) else {
        return Vec::new();
    };
    let setting = Setting::NetworkRuleBypassOptions;
    if access.subnets.is_empty() || subject.word(setting) != Some("AzureServices") {
        return Vec::new();
    }
    let message = "trusted services do not get in: the bypass does not apply beside subnet rules";
    vec![Violation::new(message).at(subject.place(setting))]
}
