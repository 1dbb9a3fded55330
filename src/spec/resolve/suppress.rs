//! `suppress`: posture findings that are accepted.

use std::sync::Arc;

use jiff::civil::Date;

use super::values::parse_day;
use crate::spec::PostureRule;
use crate::spec::diagnostic_code::DiagnosticCode;
use crate::spec::loading::Loading;
use crate::spec::raw::RawSuppression;
use crate::spec::raw::deserialize::Spanned;
use crate::spec::types::Suppression;

/// Resolves the entries of `suppress`. Refuses one without a reason. Warns about one whose day has come; its findings are reported again.
pub(super) fn suppressions(
    loading: &mut Loading,
    entries: &[Spanned<RawSuppression>],
) -> Vec<Suppression> {
    let (mut resolved, mut expired) = (Vec::new(), Vec::new());
    for entry in entries {
        let raw = &entry.value;
        if raw.reason.value.trim().is_empty() {
            let message = format!("the `reason` for accepting {} is empty", raw.rule);
            let help = "say why its findings are accepted";
            loading.report(raw.reason.at, DiagnosticCode::MissingKey, message, help);
        }
        let expires = raw.expires.as_ref().and_then(|text| parse_day(loading, text));
        if let (Some(day), Some(text)) = (expires, &raw.expires)
            && day <= loading.today
        {
            expired.push((text.at, day, raw.rule));
        }
        resolved.push(Suppression {
            rule: raw.rule,
            reason: Arc::from(raw.reason.value.as_str()),
            expires,
            source: Some(loading.files.source(entry.at)),
        });
    }
    for (at, day, rule) in expired {
        // Another entry may accept the findings still.
        let consequence = match holds(&resolved, rule, loading.today) {
            true => format!("another entry accepts the findings of {rule}"),
            false => format!("findings of {rule} are reported again"),
        };
        let message = format!("expired on {day}: {consequence}");
        let help = "remove the entry, or change the date";
        loading.report(at, DiagnosticCode::SuppressExpired, message, help);
    }
    resolved
}

fn holds(entries: &[Suppression], rule: PostureRule, today: Date) -> bool {
    entries
        .iter()
        .any(|entry| entry.rule == rule && entry.expires.is_none_or(|day| today < day))
}
