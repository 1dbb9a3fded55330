//! `suppress`: posture findings that are accepted.

use std::sync::Arc;

use super::values::parse_day;
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
    let mut resolved = Vec::new();
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
            let message = format!("expired on {day}: findings of {} are reported again", raw.rule);
            let help = "remove the entry, or change the date";
            loading.report(text.at, DiagnosticCode::SuppressExpired, message, help);
        }
        resolved.push(Suppression {
            rule: raw.rule,
            reason: Arc::from(raw.reason.value.as_str()),
            expires,
            source: Some(loading.files.source(entry.at)),
        });
    }
    resolved
}
