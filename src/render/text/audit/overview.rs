//! The audit as a table, a row for each registry.

use std::collections::{BTreeMap, BTreeSet};

use super::posture::counts;
use crate::audit::{Audit, AuditState, AuditedRegistry, Drift, Finding};
use crate::model::{RegistryId, grouped};
use crate::plan::RegistryFailure;
use crate::posture::PostureCount;
use crate::render::text::common;
use crate::render::text::last_change::last_change;
use crate::render::text::table::table;
use crate::render::text::who::against_spec;
use crate::render::{Paint, safe};

const HEAD: [&str; 8] = ["NAME", "MODE", "+", "~", "-", "!", "STATE", "WHO"];

/// Renders a row for each registry: its mode, the number of findings by their sign, the state, the clients that get in
/// or not against the spec, who changed it last, and the number of its posture findings. The last line is the summary.
pub(in crate::render) fn overview(audit: &Audit, paint: Paint) -> String {
    let mut findings: BTreeMap<&RegistryId, Vec<&Finding>> = BTreeMap::new();
    for finding in &audit.findings {
        findings.entry(&finding.registry).or_default().push(finding);
    }
    let mut parts: BTreeMap<&RegistryId, &RegistryFailure> = BTreeMap::new();
    for part in &audit.uncompared {
        parts.entry(&part.id).or_insert(part);
    }
    let mut posture: BTreeMap<&RegistryId, PostureCount> = BTreeMap::new();
    // The findings are sorted by registry.
    for judged in audit.posture.chunk_by(|a, b| a.registry == b.registry) {
        posture.insert(&judged[0].registry, PostureCount::of(judged));
    }
    let unjudged: BTreeSet<&RegistryId> = audit.unjudged.iter().map(|part| &part.id).collect();
    let mut rows = Vec::new();
    for registry in &audit.registries {
        let findings = findings.remove(&registry.id).unwrap_or_default();
        let part = parts.get(&registry.id).copied();
        let mut row = row(registry, &findings, part, audit);
        let judged = posture.remove(&registry.id).unwrap_or_default();
        if let Some(counts) = counts(judged) {
            let start = if row[7].is_empty() { "" } else { "; " };
            row[7] += &format!("{start}posture: {counts}");
        }
        if unjudged.contains(&registry.id) {
            let start = if row[7].is_empty() { "" } else { "; " };
            row[7] += &format!("{start}judged only in part");
        }
        rows.push(row);
    }
    for failure in &audit.failures {
        rows.push(unread(failure));
    }
    let summary = common::wrap(&super::summary(audit), 2, paint).join("\n");
    if rows.is_empty() {
        return summary + "\n";
    }
    format!("{}\n{summary}\n", table(HEAD, &rows, paint))
}

fn row(
    registry: &AuditedRegistry,
    findings: &[&Finding],
    part: Option<&RegistryFailure>,
    audit: &Audit,
) -> [String; 8] {
    let [add, change, remove, broken] = [
        &[Drift::Missing][..],
        &[Drift::Different],
        &[Drift::Unexpected],
        &[Drift::Expectation],
    ]
    .map(|drifts| {
        let same = findings.iter().filter(|finding| drifts.contains(&finding.drift));
        grouped(same.count() as u64)
    });
    let mut who = Vec::new();
    for (verb, clients) in against_spec(&registry.access) {
        who.push(format!("{verb} {clients}"));
    }
    who.extend(part.map(|part| safe(&part.error.code).into_owned()));
    let last = findings.iter().find_map(|finding| finding.last_modified.as_ref());
    if let Some(last) = last {
        let changed = last_change(&last.at, &last.by, &last.by_type, &audit.created);
        who.push(format!("last changed {changed}"));
    }
    let name = safe(registry.id.name()).into_owned();
    let mode = safe(&registry.mode).into_owned();
    let state = match (registry.state, part) {
        (AuditState::Drifted, Some(_)) => "drifted, in part",
        (AuditState::NotCompared, _) => "in part",
        (other, _) => state(other, &audit.since),
    };
    [
        name,
        mode,
        add,
        change,
        remove,
        broken,
        state.to_owned(),
        who.join("; "),
    ]
}

/// Says how a registry stands to its spec.
pub(in crate::render) fn state(state: AuditState, since: &[String]) -> &'static str {
    match state {
        AuditState::InSync if !since.is_empty() => "as before",
        AuditState::Drifted if !since.is_empty() => "changed",
        AuditState::InSync => "in sync",
        AuditState::Drifted => "drifted",
        AuditState::BreaksExpectation => "breaks expect",
        AuditState::NotCompared => "not compared",
        AuditState::NoSpec => "no spec",
    }
}

fn unread(failure: &RegistryFailure) -> [String; 8] {
    let name = safe(failure.id.name()).into_owned();
    let code = safe(&failure.error.code).into_owned();
    let [mode, add, change, remove, broken] = ["-"; 5].map(str::to_owned);
    let state = state(AuditState::NotCompared, &[]).to_owned();
    [name, mode, add, change, remove, broken, state, code]
}

#[cfg(test)]
mod tests {
    use crate::render::text::samples;
    use crate::render::{Document, Paint};

    #[test]
    fn each_registry_is_a_row() {
        insta::assert_snapshot!(samples::audit().table(Paint::PLAIN), @r"
        NAME       MODE                                  +  ~  -  !  STATE         WHO
        contoso    open                                  4  1  0  0  drifted       lets in everyone but 257 addresses and subnet hub/build; last changed 18 h ago (2026-11-20 08:15 UTC) by user@example.com (User)
        fabrikam   selected networks (16 IP, 0 subnets)  1  0  5  0  drifted       shuts out 1 address: 192.0.2.9; lets in 5 addresses: 203.0.113.40, 203.0.113.44, 203.0.113.48, 203.0.113.52, 203.0.113.56; last changed 18 h ago (2026-11-20 08:15 UTC) by user@example.com (User)
        tailspin   selected networks (3 IP, 0 subnets)   0  0  0  0  in sync
        northwind  -                                     -  -  -  -  not compared  AuthorizationFailed

        Audit: 11 findings; 2 of 4 registries drifted, 1 in sync. 1 registry could not be compared.
        ");
        insta::assert_snapshot!(samples::audit().table(Paint::PLAIN.with_width(Some(80))), @r"
        NAME       MODE                                  +  ~  -  !  STATE         WHO
        contoso    open                                  4  1  0  0  drifted
            lets in everyone but 257 addresses and subnet hub/build; last changed 18 h
            ago (2026-11-20 08:15 UTC) by user@example.com (User)
        fabrikam   selected networks (16 IP, 0 subnets)  1  0  5  0  drifted
            shuts out 1 address: 192.0.2.9; lets in 5 addresses: 203.0.113.40,
            203.0.113.44, 203.0.113.48, 203.0.113.52, 203.0.113.56; last changed 18 h
            ago (2026-11-20 08:15 UTC) by user@example.com (User)
        tailspin   selected networks (3 IP, 0 subnets)   0  0  0  0  in sync
        northwind  -                                     -  -  -  -  not compared
            AuthorizationFailed

        Audit: 11 findings; 2 of 4 registries drifted, 1 in sync. 1 registry could not
          be compared.
        ");
        let none = samples::plan_of(Vec::new(), Vec::new());
        let none = crate::audit::audit(&none).table(Paint::PLAIN);
        assert_eq!(none, "No registry was audited.\n");
    }
}
