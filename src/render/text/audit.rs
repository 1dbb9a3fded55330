//! Findings as text, by registry.

use serde_json::Value;

use super::common::{self, count, header, indent, page, place, plain_or_absent, registries};
use crate::audit::{Audit, AuditSummary, Drift, Finding, HiddenSettings};
use crate::model::Setting;
use crate::plan::RowPath;
use crate::render::{Paint, safe};

/// Renders the whole audit: registries with findings, those that could not be compared, one line of summary.
pub(in crate::render) fn audit(audit: &Audit, paint: Paint) -> String {
    let mut blocks = Vec::new();
    for findings in audit.findings.chunk_by(|a, b| a.registry == b.registry) {
        blocks.push(registry(findings, paint));
    }
    blocks.extend(common::unread(&audit.failures, paint));
    for HiddenSettings { registry, settings } in &audit.hidden {
        for setting in settings {
            let what = match setting {
                Setting::VirtualNetworkRules => {
                    "hides its subnet rules at this api-version: any that exist were not compared"
                        .to_owned()
                }
                setting => format!(
                    "hides `{}` at this api-version: it was not compared",
                    setting.path()
                ),
            };
            blocks.push(vec![header(paint.warn("?"), registry, None, what, paint)]);
        }
    }
    blocks.push(vec![paint.bold(summary(&audit.summary)).to_string()]);
    page(&blocks)
}

fn registry(findings: &[Finding], paint: Paint) -> Vec<String> {
    let Some(first) = findings.first() else {
        return Vec::new();
    };
    // Service endpoints belong to the subnet: the last writer of the registry did not change them.
    let (mut own, mut endpoints, mut last_modified, mut help) = (Vec::new(), Vec::new(), None, None);
    for finding in findings {
        if finding.path == Some(RowPath::ServiceEndpoints) {
            endpoints.push(self::finding(finding, paint));
        } else {
            own.push(self::finding(finding, paint));
            last_modified = last_modified.or(finding.last_modified.as_ref());
        }
        help = help.or(finding.help.as_deref());
    }
    if let Some(last) = last_modified {
        let who = format!(
            "registry last modified {} by {} ({})",
            safe(&last.at),
            safe(&last.by),
            safe(&last.by_type)
        );
        own.push(paint.dim(who).to_string());
    }
    let mut lines = vec![header(
        paint.warn("~"),
        &first.registry,
        None,
        "has drifted",
        paint,
    )];
    lines.extend(indent(4, own));
    lines.extend(indent(4, endpoints));
    if let Some(text) = help {
        lines.extend(indent(4, vec![common::help(text, paint)]));
    }
    lines
}

/// Writes one finding, with the name and the line of the spec that it is about.
fn finding(finding: &Finding, paint: Paint) -> String {
    let live = plain_or_absent(finding.live.as_ref());
    let wanted = plain_or_absent(finding.wanted.as_ref());
    let name = finding.name.as_deref().map(safe);
    let noun = match finding.path {
        Some(path) => noun(path),
        None => "",
    };
    let mut about = Vec::new();
    let text = match finding.drift {
        Drift::Different => paint.warn(format!("~ {noun}: live {live}, wanted {wanted}")),
        Drift::Missing => paint.bad(format!("- missing {noun} {wanted}")),
        Drift::Unexpected => paint.good(format!("+ unexpected {noun} {live}")),
        Drift::Expectation => {
            let client = name.as_deref().unwrap_or_default();
            let text = if finding.wanted.as_ref().and_then(Value::as_str) == Some("allowed") {
                format!("! {client} does not get in, but `expect.allow` says it must")
            } else {
                format!("! {client} gets in, but `expect.deny` says it must not")
            };
            paint.bad(text)
        }
    };
    // An expectation has its client as its name, which the text has named.
    if let (Some(name), true) = (&name, finding.drift != Drift::Expectation) {
        about.push(name.to_string());
    }
    if let Some(source) = &finding.source {
        about.push(place(source));
    }
    if about.is_empty() {
        text.to_string()
    } else {
        format!("{text}  ({})", about.join(", "))
    }
}

/// Returns ARM's name of the setting, for lists that of one element.
fn noun(path: RowPath) -> &'static str {
    match path {
        RowPath::Setting(Setting::IpRules) => "ipRule",
        RowPath::Setting(Setting::VirtualNetworkRules) => "virtualNetworkRule",
        RowPath::ServiceEndpoints => "service endpoint Microsoft.ContainerRegistry on",
        other => other.key(),
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
    use crate::render::text::samples;
    use crate::render::{Document, Paint};

    #[test]
    fn audits_name_drift_and_the_line_of_the_spec() {
        insta::assert_snapshot!(samples::audit().text(Paint::PLAIN), @r"
        ~ contoso (group platform, subscription 11111111-1111-1111-1111-111111111111): has drifted
            ~ defaultAction: live Allow, wanted Deny  (registries.yaml:7)
            - missing ipRule 192.0.2.7  (vendor, networks.yaml:6)
            - missing ipRule 203.0.113.0/24  (offices, networks.yaml:3)
            - missing virtualNetworkRule /subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/build  (build, networks.yaml:13)
            registry last modified 2026-11-20T08:15:00Z by user@example.com (User)
            - missing service endpoint Microsoft.ContainerRegistry on /subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/build  (build, networks.yaml:13)
            help: apply --verify-endpoints turns it on again

        ~ fabrikam (group platform, subscription 11111111-1111-1111-1111-111111111111): has drifted
            - missing ipRule 192.0.2.9  (registries.yaml:9)
            + unexpected ipRule 203.0.113.40  (registries.yaml:9)
            + unexpected ipRule 203.0.113.44  (registries.yaml:9)
            + unexpected ipRule 203.0.113.48  (registries.yaml:9)
            + unexpected ipRule 203.0.113.52  (registries.yaml:9)
            + unexpected ipRule 203.0.113.56  (registries.yaml:9)
            registry last modified 2026-11-20T08:15:00Z by user@example.com (User)

        ! northwind (group platform, registries.yaml:12): could not be read
            error[AuthorizationFailed]: the client does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read'
            --> registries.yaml:12:5
             = note: request id 6f1e2d3c-0000-4000-8000-000000000001
             = help: ask for the role Reader on the registry

        Audit: 11 findings; 2 of 4 registries drifted, 1 in sync. 1 registry could not be compared.
        ");
    }

    #[test]
    fn lost_service_endpoints_have_help_and_no_last_writer() {
        let mut registry = samples::closing();
        registry.changes.settings.drain(..3);
        let plan = samples::plan_of(vec![registry], Vec::new());
        let text = crate::audit::audit(&plan).text(Paint::PLAIN);
        assert!(text.contains("- missing service endpoint"), "{text}");
        assert!(
            text.contains("\n    help: apply --verify-endpoints turns it on again\n"),
            "{text}"
        );
        assert!(!text.contains("modified"), "{text}");
    }

    #[test]
    fn broken_expectations_name_their_client() {
        let mut registry = samples::unchanged("contoso");
        registry.broken = vec![crate::plan::BrokenExpectation {
            client: "203.0.113.0/24".into(),
            allowed: false,
            source: None,
        }];
        let plan = samples::plan_of(vec![registry], Vec::new());
        let text = crate::audit::audit(&plan).text(Paint::PLAIN);
        assert!(
            text.contains("    ! 203.0.113.0/24 gets in, but `expect.deny` says it must not\n"),
            "{text}"
        );
    }

    #[test]
    fn audits_without_findings_are_one_line() {
        let plan = samples::plan_of(vec![samples::unchanged("contoso")], Vec::new());
        assert_eq!(
            crate::audit::audit(&plan).text(Paint::PLAIN),
            "No drift. 1 registry is in sync.\n"
        );
    }

    #[test]
    fn hostile_text_stays_on_its_line() {
        let mut plan = samples::plan();
        plan.registries[0].changes.settings[0].before = Some("a\n##[error]b".into());
        if let Some(last) = &mut plan.registries[0].last_modified {
            last.by = "\u{1b}[2Jroot\n::warning::x".into();
        }
        let text = crate::audit::audit(&plan).text(Paint::PLAIN);
        assert!(
            text.contains("live a\\u{a}\\u{23}#[error]b, wanted Deny"),
            "{text}"
        );
        assert!(
            text.contains("by \\u{1b}[2Jroot\\u{a}::warning::x (User)"),
            "{text}"
        );
    }
}
