//! What drift does not look at, counted.

use crate::audit::Audit;
use crate::render::text::common::count;

/// Counts the rules and settings of all registries that drift leaves out. Returns `None` if there are none.
pub(super) fn line(audit: &Audit) -> Option<String> {
    let (mut ignored, mut leased, mut kept, mut unmanaged, mut unseen) = (0, 0, 0, 0, 0);
    for registry in &audit.registries {
        ignored += registry.left.ignored;
        leased += registry.left.leased;
        kept += registry.left.kept;
        unmanaged += registry.left.unmanaged.len();
    }
    for hidden in &audit.hidden {
        unseen += hidden.settings.len();
    }
    let mut parts = Vec::new();
    for (number, one, many) in [
        (ignored, "ignored rule", "ignored rules"),
        (
            leased,
            "rule or setting of a lease",
            "rules and settings of leases",
        ),
        (kept, "rule of others", "rules of others"),
        (unmanaged, "unmanaged setting", "unmanaged settings"),
        (unseen, "setting that is not shown", "settings that are not shown"),
    ] {
        if number > 0 {
            parts.push(count(number, one, many));
        }
    }
    match parts.is_empty() {
        true => None,
        false => Some(format!("Left out: {}.", parts.join(", "))),
    }
}
