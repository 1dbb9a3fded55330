//! RF032: artifact cache without the bypass.

use crate::model::{Admitted, Client, OtherClient, Setting, decide};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::CacheWithoutBypass,
    severity: Severity::Warning,
    judges: Judges::Live,
    about: "The registry is restricted, has artifact cache rules, and does not admit trusted services. The artifact cache needs \
            the bypass on a restricted registry, so it brings in nothing new.",
    remedy: "set `trustedServices: true`",
    article: Some(articles::TRUSTED_SERVICES),
    policy: None,
    diagnostic: None,
    find,
};

/// The next step beside subnet rules, where the bypass does not apply.
const BESIDE_SUBNETS: &str = "use private endpoints in place of the subnet rules, and set `subnets: []` and `trustedServices: true`";

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let setting = Setting::NetworkRuleBypassOptions;
    let rules = subject
        .reading
        .and_then(|reading| reading.cache_rules)
        .unwrap_or(0);
    let Some(access) = subject.restricted_access() else {
        return Vec::new();
    };
    let trusted = Client::Other(OtherClient::TrustedServices);
    if rules == 0 || decide(access, &trusted).admitted != Admitted::No {
        return Vec::new();
    }
    let message = format!("artifact cache rules ({rules}) without the bypass for trusted services");
    let found = Violation::new(message).at(subject.place(setting));
    vec![match subject.takes_bypass() {
        true => found,
        false => found
            .remedied_by(BESIDE_SUBNETS)
            .removing(subject.rules(Setting::VirtualNetworkRules)),
    }]
}
