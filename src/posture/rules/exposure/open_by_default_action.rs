//! RF001: open to all by the default action.

use crate::model::{Gate, Setting};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::policies;
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::OpenByDefaultAction,
    severity: Severity::Error,
    judges: Judges::Both,
    about: "Public access is enabled, and the default action `Allow` admits every client, so the listed rules do nothing. \
            Credentials are then all that stands between the registry and the internet.",
    remedy: "list every client under {lists}, set `defaultAction: Deny`, and apply with --verify-endpoints; \
             `ringfence import {registry}{flags}` writes the spec to begin with",
    article: Some(articles::SELECTED_NETWORKS),
    policy: Some(&policies::UNRESTRICTED),
    diagnostic: None,
    find,
};

/// The next step for a registry that the spec names.
const LISTED: &str =
    "list every client under {lists}, set `defaultAction: Deny`, and apply with --verify-endpoints";

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let Some(access) = subject.access_behind(Gate::Open) else {
        return Vec::new();
    };
    let unless = match access.hides_public_access() {
        true => ", unless public access is disabled, which the spec leaves open",
        false => "",
    };
    let message = format!("open to all: `defaultAction` is `Allow`{unless}");
    let found = Violation::new(message).at(subject.place(Setting::DefaultAction));
    vec![match subject.spec {
        Some(_) => found.remedied_by(LISTED),
        None => found,
    }]
}
