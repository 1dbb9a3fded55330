//! RF007: no client gets in.

use super::no_private_endpoint::approval;
use crate::model::{Access, Admitted, Client, Gate, OtherClient, Setting, decide};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::rules::addresses::special_use_range::reserved;
use crate::posture::rules::registry::exports_disabled::exports_are_disabled;
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::NoClient,
    severity: Severity::Warning,
    judges: Judges::Live,
    about: "No rule admits a public client or a subnet, and there is no approved private endpoint. Nobody can pull, as after \
            a restore or a migration that ended half way.",
    remedy: "list the clients under {lists} with `publicNetworkAccess: Enabled` and `defaultAction: Deny`, or create a private endpoint",
    article: Some(articles::PRIVATE_LINK),
    policy: None,
    diagnostic: None,
    find,
};

/// The first way to let clients in.
const LIST: &str = "list the clients under {lists}";
/// What it takes beside private and reserved ranges: Azure refuses every list with a private one.
const BESIDE_RESERVED: &str = " in place of every private or reserved range,";
const WITH: &str = " with `publicNetworkAccess: Enabled` and `defaultAction: Deny`";
/// Azure enables no public access before (data-loss-prevention).
const EXPORTS_FIRST: &str = ", once `az acr update --name {name} --subscription {subscription} --allow-exports true` has allowed exports";

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let (Some(registry), Some(access)) = (subject.registry(), subject.restricted_access()) else {
        return Vec::new();
    };
    // The rule of a subnet that does not exist admits no one.
    let mut access = access.clone();
    for id in subject.subnets() {
        if subject.is_gone(id) {
            access = access.with_endpoint(id, false);
        }
    }
    if registry.approved_private_endpoints > 0 || access.admits_anyone() != Admitted::No {
        return Vec::new();
    }
    let (why, setting) = match access.gate() {
        Gate::Disabled => ("public access is disabled", Setting::PublicNetworkAccess),
        Gate::Rules | Gate::Open => (
            "the default action is `Deny`, and no rule admits one",
            Setting::DefaultAction,
        ),
    };
    let (known, why) = match subject.unknown_value(setting) {
        Some(unknown) => ("is known to get in", unknown),
        None => ("gets in", why.to_owned()),
    };
    let but = but_bypasses(&access);
    let message = format!("no client{but} {known}: {why}, and no private endpoint is approved");
    let reserved = reserved(subject);
    let found = Violation::new(message)
        .at(subject.place(setting))
        .remedied_by(remedy(subject, setting, !reserved.is_empty()));
    vec![match reserved.is_empty() {
        true => found,
        false => found.removing(reserved).first(),
    }]
}

/// Names those that get in past the rules, or may.
fn but_bypasses(access: &Access) -> String {
    let mut names = Vec::new();
    for (kind, name) in [
        (OtherClient::TrustedServices, "trusted services"),
        (OtherClient::Tasks, "ACR Tasks"),
    ] {
        if decide(access, &Client::Other(kind)).admitted != Admitted::No {
            names.push(name);
        }
    }
    match names.is_empty() {
        true => String::new(),
        false => format!(" but {}", names.join(" and ")),
    }
}

/// Returns the next step. `setting` is the one that shuts the clients out.
fn remedy(subject: &Subject<'_>, setting: Setting, has_reserved: bool) -> String {
    let mut text = LIST.to_owned() + if has_reserved { BESIDE_RESERVED } else { "" } + WITH;
    if setting == Setting::PublicNetworkAccess && exports_are_disabled(subject) {
        text += EXPORTS_FIRST;
    }
    // The ranges go whatever the clients use.
    if has_reserved {
        return text;
    }
    match approval(subject) {
        Some(command) => text + ", or approve the private endpoint connection that waits: " + &command,
        None => text + ", or create a private endpoint",
    }
}
