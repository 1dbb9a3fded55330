//! The audit as a table, a row for each registry that has findings or could not be compared.

use super::registry::{self, AuditedRegistry};
use crate::audit::{Audit, Drift};
use crate::model::grouped;
use crate::render::text::last_change::last_change;
use crate::render::text::table::table;
use crate::render::{Paint, safe};

const HEAD: [&str; 7] = ["NAME", "+", "~", "-", "!", "STATE", "LAST CHANGED"];

/// Renders a row for each registry: the number of findings by their sign, the state, and who changed it last. The last line
/// counts those in sync.
pub(in crate::render) fn overview(audit: &Audit, paint: Paint) -> String {
    let mut rows = Vec::new();
    for registry in registry::of_audit(audit) {
        rows.push(row(&registry, &audit.created));
    }
    for failure in &audit.failures {
        let [add, change, remove, broken] = ["-"; 4].map(str::to_owned);
        let (name, code) = (safe(failure.id.name()), safe(&failure.error.code));
        let state = "not compared".to_owned();
        rows.push([
            name.into_owned(),
            add,
            change,
            remove,
            broken,
            state,
            code.into_owned(),
        ]);
    }
    let summary = super::summary(&audit.summary);
    if rows.is_empty() {
        return summary + "\n";
    }
    format!("{}\n{summary}\n", table(HEAD, &rows, paint))
}

fn row(registry: &AuditedRegistry<'_>, now: &str) -> [String; 7] {
    let findings = &registry.findings;
    let [add, change, remove, broken] = [
        Drift::Missing,
        Drift::Different,
        Drift::Unexpected,
        Drift::Expectation,
    ]
    .map(|drift| {
        let same = findings.iter().filter(|finding| finding.drift == drift);
        grouped(same.count() as u64)
    });
    let state = match (findings.is_empty(), registry.uncompared.is_empty()) {
        (true, _) => "in part",
        (false, true) => "drifted",
        (false, false) => "drifted, in part",
    };
    let last = findings.iter().find_map(|finding| finding.last_modified.as_ref());
    let changed = match (last, registry.uncompared.first()) {
        (Some(last), _) => last_change(&last.at, &last.by, &last.by_type, now),
        (None, Some(part)) => safe(&part.error.code).into_owned(),
        (None, None) => String::new(),
    };
    let name = safe(registry.id.name()).into_owned();
    [name, add, change, remove, broken, state.to_owned(), changed]
}

#[cfg(test)]
mod tests {
    use crate::render::text::samples;
    use crate::render::{Document, Paint};

    #[test]
    fn each_drifted_registry_is_a_row() {
        insta::assert_snapshot!(samples::audit().table(Paint::PLAIN), @r"
        NAME       +  ~  -  !  STATE         LAST CHANGED
        contoso    4  1  0  0  drifted       18 h ago (2026-11-20 08:15 UTC) by user@example.com (User)
        fabrikam   1  0  5  0  drifted       18 h ago (2026-11-20 08:15 UTC) by user@example.com (User)
        northwind  -  -  -  -  not compared  AuthorizationFailed

        Audit: 11 findings; 2 of 4 registries drifted, 1 in sync. 1 registry could not be compared.
        ");
        let none = samples::plan_of(vec![samples::unchanged("contoso")], Vec::new());
        let none = crate::audit::audit(&none).table(Paint::PLAIN);
        assert_eq!(none, "No drift. 1 registry is in sync.\n");
    }
}
