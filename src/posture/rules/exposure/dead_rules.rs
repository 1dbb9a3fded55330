//! RF008: dead rules under disabled public access.

use crate::model::{Gate, Mode, Rule, Setting};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{DiagnosticCode, PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::DeadRules,
    severity: Severity::Warning,
    judges: Judges::Both,
    about: "Public access is disabled, so IP rules and subnet rules admit no one. They come into force again, unreviewed, when \
            somebody enables public access.",
    remedy: "remove the rules: `ipRules: []` and `subnets: []`",
    article: Some(articles::SELECTED_NETWORKS),
    policy: None,
    diagnostic: Some(DiagnosticCode::DeadRules),
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    // What an unknown value does with the rules is not known.
    if subject.unknown_value(Setting::PublicNetworkAccess).is_some() {
        return Vec::new();
    }
    let access = subject.access_behind(Gate::Disabled);
    let Some(Mode::PrivateOnly { dead: count @ 1.. }) = access.map(|access| access.mode()) else {
        return Vec::new();
    };
    let message = format!("public access is disabled, so the listed rules ({count}) have no effect");
    let rules: Vec<&Rule> = subject.settings.all_rules().collect();
    vec![
        Violation::new(message)
            .at(subject.place(Setting::PublicNetworkAccess))
            .removing(rules),
    ]
}
