//! RF040: leases that cannot be read, because someone has damaged their tag.

use crate::lease::unreadable_leases_of;
use crate::model::shell_word;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::UnreadableLease,
    severity: Severity::Error,
    judges: Judges::Live,
    about: "A tag of `open` or `with-access` has been damaged, so what its job opened and until when is not known. `close` cannot \
            tell which rules are its own, and leaves them.",
    remedy: "take out the rules that its job added, and remove the tag: `az tag update --resource-id {registry} --operation \
             Delete --tags TAG`",
    article: None,
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let Some(registry) = subject.registry() else {
        return found;
    };
    for lease in unreadable_leases_of(registry) {
        let message = format!(
            "the tag {} of a lease cannot be read: `{}`",
            lease.tag, lease.value
        );
        let tag = shell_word(format!("{}={}", lease.tag, lease.value));
        let violation = Violation::new(message).about([&lease.tag]);
        found.push(violation.remedied_by(CHECK.remedy.replace("TAG", &tag)));
    }
    found
}
