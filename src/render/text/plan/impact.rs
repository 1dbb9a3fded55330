//! The callers of a registry beside its plan.

use crate::plan::{CallerImpact, Impact};
use crate::render::text::common;
use crate::render::{Paint, safe};

/// Callers that are shown one by one; the JSON has all.
const MOST_SHOWN: usize = 20;

/// Writes who called the registry and loses access, with what would admit each.
pub(super) fn block(impact: &Impact, paint: Paint) -> Vec<String> {
    let (name, from) = (paint.bold(safe(impact.registry.name())), safe(&impact.from));
    let when = when(impact);
    if let Some(events) = &impact.events {
        let line = format!(
            "callers of {name} {when} ({from}): no events of this registry, so nothing is judged; {}",
            safe(events)
        );
        return common::wrap(&line, 2, paint);
    }
    let lost: Vec<&CallerImpact> = impact.lost().collect();
    let all = common::count(impact.callers.len(), "caller", "callers");
    let mut lines = common::wrap(
        &format!(
            "callers of {name} {when} ({from}): {} of {all} would lose access",
            lost.len()
        ),
        2,
        paint,
    );
    for caller in lost.iter().take(MOST_SHOWN) {
        let line = format!("  {} {}", paint.bad("✘"), shown(caller));
        lines.extend(common::wrap(&line, 4, paint));
    }
    if lost.len() > MOST_SHOWN {
        let more = common::count(lost.len() - MOST_SHOWN, "more caller", "more callers");
        lines.push(format!("  and {more}"));
    }
    let unknown = impact.callers.iter().filter(|caller| caller.is_unknown()).count();
    if unknown > 0 {
        let line = format!(
            "  {} {} not judged: a private, masked or IPv6 address, which no rule names",
            paint.dim("?"),
            common::count(unknown, "caller", "callers"),
        );
        lines.extend(common::wrap(&line, 4, paint));
    }
    lines
}

fn when(impact: &Impact) -> String {
    match impact.days {
        Some(days) => format!("in the last {}", common::count(usize::from(days), "day", "days")),
        None => "in the file".to_owned(),
    }
}

fn shown(caller: &CallerImpact) -> String {
    let requests = common::count(
        usize::try_from(caller.events).unwrap_or(usize::MAX),
        "request",
        "requests",
    );
    let mut text = format!("{} {}: {requests}", safe(&caller.address), safe(identity(caller)));
    if let Some(time) = &caller.last_seen {
        text += &format!(", last {}", safe(time));
    }
    if let Some(admit) = &caller.admit {
        text += &format!("; {}", safe(admit));
    }
    text
}

fn identity(caller: &CallerImpact) -> &str {
    match caller.identity.as_str() {
        "" => "(no identity)",
        identity => identity,
    }
}
