//! The plan as a table, a row for each registry.

use super::summary;
use crate::model::grouped;
use crate::plan::{Plan, RegistryFailure, RegistryPlan, Summary};
use crate::render::text::table::table;
use crate::render::text::who::{self, Verbs};
use crate::render::{Paint, safe};

const HEAD: [&str; 7] = ["NAME", "MODE", "+", "~", "-", "STATE", "WHO"];

/// Renders each registry as a row: mode, rules that go in, values that change, rules that go out, state, and who gains and
/// loses access. The last line says why nothing would be written, if that is so.
pub(in crate::render) fn overview(plan: &Plan, paint: Paint) -> String {
    let (mut rows, is_stopped) = (Vec::new(), plan.is_stopped());
    for registry in &plan.registries {
        rows.push(row(registry, is_stopped));
    }
    for failure in &plan.failures {
        rows.push(unread(failure));
    }
    if rows.is_empty() {
        return format!("{}\n", summary::NONE_CHOSEN);
    }
    let mut text = table(HEAD, &rows, paint);
    for line in summary::no_write(plan, paint) {
        text += &format!("{line}\n");
    }
    text
}

fn row(registry: &RegistryPlan, is_stopped: bool) -> [String; 7] {
    let [before, after] = registry.modes().map(|mode| mode.name());
    let mode = if before == after {
        after.to_owned()
    } else {
        format!("{before} → {after}")
    };
    let count = Summary::of(std::slice::from_ref(registry), 0);
    let mut who = Vec::new();
    for (verb, clients) in who::who(&registry.access, Verbs::OF_CHANGE) {
        who.push(format!("{verb} {clients}"));
    }
    [
        safe(registry.id.name()).into_owned(),
        mode,
        number(count.add),
        number(count.change),
        number(count.remove),
        state(registry, is_stopped).to_owned(),
        who.join("; "),
    ]
}

/// Says how a registry stands to its spec. `is_stopped` is true if a guard stops the whole run.
pub(in crate::render) fn state(registry: &RegistryPlan, is_stopped: bool) -> &'static str {
    if !registry.refusals.is_empty() {
        "refused"
    } else if registry.changes.is_empty() {
        "up to date"
    } else if is_stopped {
        "stopped"
    } else {
        "changes"
    }
}

fn unread(failure: &RegistryFailure) -> [String; 7] {
    let name = safe(failure.id.name()).into_owned();
    let code = safe(&failure.error.code).into_owned();
    let [mode, add, change, remove] = ["-"; 4].map(str::to_owned);
    [name, mode, add, change, remove, "not read".to_owned(), code]
}

fn number(count: usize) -> String {
    grouped(count as u64)
}

#[cfg(test)]
mod tests {
    use crate::render::text::samples;
    use crate::render::{Document, Paint};

    #[test]
    fn each_registry_is_a_row() {
        let plan = samples::plan();
        insta::assert_snapshot!(plan.table(Paint::PLAIN), @r"
        NAME       MODE                      +  ~  -  STATE       WHO
        contoso    open → selected networks  3  2  0  stopped     loses everyone but 257 addresses and subnet hub/build
        fabrikam   selected networks         1  0  5  refused     gains 1 address: 192.0.2.9; loses 5 addresses: 203.0.113.40, 203.0.113.44, 203.0.113.48, 203.0.113.52, 203.0.113.56
        tailspin   selected networks         0  0  0  up to date
        northwind  -                         -  -  -  not read    AuthorizationFailed
        Nothing will be written: a broken guard stops the whole run.
        ");
        // The last column goes below its row where there is no room for it.
        insta::assert_snapshot!(plan.table(Paint::PLAIN.with_width(Some(80))), @r"
        NAME       MODE                      +  ~  -  STATE       WHO
        contoso    open → selected networks  3  2  0  stopped
            loses everyone but 257 addresses and subnet hub/build
        fabrikam   selected networks         1  0  5  refused
            gains 1 address: 192.0.2.9; loses 5 addresses: 203.0.113.40, 203.0.113.44,
            203.0.113.48, 203.0.113.52, 203.0.113.56
        tailspin   selected networks         0  0  0  up to date
        northwind  -                         -  -  -  not read
            AuthorizationFailed
        Nothing will be written: a broken guard stops the whole run.
        ");
        insta::assert_snapshot!(plan.table(Paint::PLAIN.with_width(Some(120))), @r"
        NAME       MODE                      +  ~  -  STATE       WHO
        contoso    open → selected networks  3  2  0  stopped     loses everyone but 257 addresses and subnet hub/build
        fabrikam   selected networks         1  0  5  refused     gains 1 address: 192.0.2.9; loses 5 addresses: 203.0.113.40,
                                                                  203.0.113.44, 203.0.113.48, 203.0.113.52, 203.0.113.56
        tailspin   selected networks         0  0  0  up to date
        northwind  -                         -  -  -  not read    AuthorizationFailed
        Nothing will be written: a broken guard stops the whole run.
        ");
    }
}
