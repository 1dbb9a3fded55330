//! Findings as text, by registry.

use super::common::{self, count, header, page, place, registries};
use super::report::plain;
use crate::audit::{Audit, AuditSummary, Drift, Finding};
use crate::plan::Setting;
use crate::render::{Paint, safe};

/// The whole audit: registries with findings, those that could not be compared, one line of summary.
pub(in crate::render) fn audit(audit: &Audit, paint: Paint) -> String {
    let groups = audit.findings.chunk_by(|a, b| a.registry == b.registry);
    let mut blocks: Vec<Vec<String>> = groups.map(|findings| registry(findings, paint)).collect();
    blocks.extend(
        audit
            .failures
            .iter()
            .map(|failure| common::unread(failure, paint)),
    );
    blocks.push(vec![paint.bold(summary(&audit.summary)).to_string()]);
    page(blocks)
}

fn registry(findings: &[Finding], paint: Paint) -> Vec<String> {
    let Some(first) = findings.first() else {
        return Vec::new();
    };
    let mut lines = vec![header(paint.warn("~"), &first.registry, "has drifted", paint)];
    lines.extend(
        findings
            .iter()
            .map(|finding| format!("    {}", self::finding(finding, paint))),
    );
    lines.extend(first.last_modified.as_ref().map(|last| {
        let who = format!(
            "    last modified {} by {} ({})",
            safe(&last.at),
            safe(&last.by),
            safe(&last.by_type)
        );
        paint.dim(who).to_string()
    }));
    lines
}

fn finding(finding: &Finding, paint: Paint) -> String {
    let value =
        |value: &Option<serde_json::Value>| value.as_ref().map_or_else(|| "(absent)".into(), plain);
    let noun = noun(finding.path);
    let text = match finding.drift {
        Drift::Different => {
            let (live, wanted) = (value(&finding.live), value(&finding.wanted));
            paint.warn(format!("~ {noun}: live {live}, wanted {wanted}"))
        }
        Drift::Missing => paint.bad(format!("- missing {noun} {}", value(&finding.wanted))),
        Drift::Unexpected => paint.good(format!("+ unexpected {noun} {}", value(&finding.live))),
    };
    let mut about: Vec<String> = finding.name.iter().map(|name| safe(name).into_owned()).collect();
    about.extend(finding.source.iter().map(place));
    if about.is_empty() {
        text.to_string()
    } else {
        format!("{text}  ({})", about.join(", "))
    }
}

/// ARM's name of the setting, for lists that of one element.
fn noun(setting: Setting) -> &'static str {
    match setting {
        Setting::IpRules => "ipRule",
        Setting::VirtualNetworkRules => "virtualNetworkRule",
        Setting::ServiceEndpoints => "service endpoint Microsoft.ContainerRegistry on",
        other => common::key(other),
    }
}

fn summary(summary: &AuditSummary) -> String {
    let AuditSummary {
        registries: total,
        in_sync,
        drifted,
        findings,
        failed,
    } = *summary;
    if findings + failed == 0 {
        let verb = if total == 1 { "is" } else { "are" };
        return format!("No drift. {} {verb} in sync.", registries(total));
    }
    let mut text = format!(
        "Audit: {}; {drifted} of {} drifted, {in_sync} in sync.",
        count(findings, "finding", "findings"),
        registries(total)
    );
    if failed > 0 {
        text += &format!(" {} could not be compared.", registries(failed));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use crate::render::{Document, Paint};

    #[test]
    fn an_audit_says_what_differs_and_where_the_spec_says_so() {
        insta::assert_snapshot!(samples::audit().text(Paint::PLAIN), @"");
    }
}
