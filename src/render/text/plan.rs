//! The plan as text.

use super::common::{self, grouped, header, page, registries};
use super::diff::diff;
use super::who;
use crate::plan::{Plan, RegistryPlan, Step, Summary};
use crate::render::{Paint, safe};

/// Renders the whole plan: registries, those that could not be read, one line of summary, and if nothing would be
/// written, why.
pub(in crate::render) fn plan(plan: &Plan, paint: Paint) -> String {
    let stopped = plan.registries.iter().any(RegistryPlan::breaks_guard);
    let (mut blocks, mut unchanged) = (Vec::new(), Vec::new());
    // Registries without changes stand together at the end, a line each.
    for registry in &plan.registries {
        if is_one_line(registry) {
            unchanged.push(self::unchanged(registry, paint));
        } else {
            blocks.push(self::registry(registry, stopped, paint));
        }
    }
    if !unchanged.is_empty() {
        blocks.push(unchanged);
    }
    blocks.extend(common::unread(&plan.failures, paint));
    let mut end = vec![paint.bold(summary(plan)).to_string()];
    if let Some(reason) = reason_for_no_write(plan) {
        end.push(paint.bad(reason).to_string());
    }
    blocks.push(end);
    page(&blocks)
}

/// Returns the reason why nothing of a plan with changes would be written.
fn reason_for_no_write(plan: &Plan) -> Option<String> {
    let mut guarded = Vec::new();
    for registry in &plan.registries {
        if registry.breaks_guard() {
            guarded.push(&registry.id);
        }
    }
    if !guarded.is_empty() {
        let names = common::names(guarded);
        return Some(format!(
            "Nothing will be written: a broken guard stops the whole run ({names})."
        ));
    }
    if plan.summary.changed == 0 || plan.writes() {
        return None;
    }
    Some("Nothing will be written: every registry with changes is refused.".to_owned())
}

/// Returns true if one line says all there is to say.
fn is_one_line(registry: &RegistryPlan) -> bool {
    registry.changes.is_empty() && registry.refusals.is_empty() && registry.notes.is_empty()
}

fn unchanged(registry: &RegistryPlan, paint: Paint) -> String {
    let what = format!("is up to date: {}", safe(&registry.mode.after));
    header("=", &registry.id, what, paint)
}

/// Describes one registry. `stopped` is true if a guard is broken somewhere, so that nothing is written anywhere.
fn registry(registry: &RegistryPlan, stopped: bool, paint: Paint) -> Vec<String> {
    let changes = !registry.changes.is_empty();
    let mut lines = vec![title(registry, stopped, paint)];
    if changes {
        lines.extend(mode(registry));
        lines.push(String::new());
        lines.extend(diff(registry, paint));
    }
    if !registry.steps.is_empty() {
        lines.push(String::new());
        lines.extend(steps(&registry.steps, paint));
    }
    let remarks = common::remarks(&registry.notes, &registry.refusals, paint);
    if changes && !remarks.is_empty() {
        lines.push(String::new());
    }
    lines.extend(remarks);
    lines
}

fn title(registry: &RegistryPlan, stopped: bool, paint: Paint) -> String {
    // A guard can be overridden and stops the whole run. A change that Azure would refuse stops its own registry only.
    let (sign, what) = if registry.breaks_guard() {
        let what = "breaks a guard: nothing will be written anywhere";
        (paint.bad("!"), paint.bad(what))
    } else if !registry.refusals.is_empty() {
        let what = "is refused: nothing will be written to it";
        (paint.bad("!"), paint.bad(what))
    } else if registry.changes.is_empty() {
        return unchanged(registry, paint);
    } else if stopped {
        let what = "would change, but a guard stops the whole run";
        (paint.warn("~"), paint.warn(what))
    } else {
        return header(paint.warn("~"), &registry.id, "will change", paint);
    };
    header(sign, &registry.id, what, paint)
}

/// Shows mode and access, before and after.
fn mode(registry: &RegistryPlan) -> Vec<String> {
    let (before, after) = (safe(&registry.mode.before), safe(&registry.mode.after));
    let mut lines = Vec::new();
    if before == after {
        lines.push(format!("    mode    {after}, as before"));
    } else {
        lines.push(format!("    mode    {before} → {after}"));
    }
    for (label, line) in access(registry) {
        lines.push(format!("    {label:<8}{line}"));
    }
    lines
}

/// Names those who gain and those who lose access, a line each.
fn access(registry: &RegistryPlan) -> Vec<(&'static str, String)> {
    let mut lines = who::who(&registry.access);
    if lines.is_empty() {
        lines.push(("access", "no client gains or loses access".to_owned()));
    }
    lines
}

/// Lists the steps, numbered, each with what it costs a client.
fn steps(steps: &[Step], paint: Paint) -> Vec<String> {
    let mut lines = vec!["    steps".to_owned()];
    for (at, Step { action, cost }) in steps.iter().enumerate() {
        lines.push(format!("    {:>3}. {}", at + 1, common::step(action)));
        if let Some(cost) = cost {
            let label = paint.warn("clients notice");
            lines.push(format!("         {label}: {}", safe(cost)));
        }
    }
    lines
}

fn summary(plan: &Plan) -> String {
    let summary = &plan.summary;
    let refused = plan.registries.iter().filter(|r| !r.refusals.is_empty()).count();
    let mut text = if summary.changed > 0 {
        format!(
            "Plan: {} to add, {} to change, {} to remove in {} of {}.",
            grouped(summary.add as u64),
            grouped(summary.change as u64),
            grouped(summary.remove as u64),
            grouped(summary.changed as u64),
            registries(summary.registries)
        )
    } else {
        unchanged_summary(summary, refused)
    };
    for (number, what) in [(refused, "refused"), (summary.failed, "could not be read")] {
        if number > 0 {
            text += &format!(" {} {what}.", registries(number));
        }
    }
    text.trim_start().to_owned()
}

/// Says how many registries are up to date. "No changes" is true only if every registry was compared.
fn unchanged_summary(summary: &Summary, refused: usize) -> String {
    let fine = summary.registries - summary.failed - refused;
    let verb = if fine == 1 { "is" } else { "are" };
    match (fine, summary.failed + refused) {
        (0, 0) => "No changes.".to_owned(),
        (0, _) => String::new(),
        (_, 0) => format!("No changes. {} {verb} up to date.", registries(fine)),
        _ => format!("{} {verb} up to date.", registries(fine)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::model::{Rule, Setting, SettingValue};
    use crate::plan::{Note, RegistryPlan};
    use crate::render::text::samples;
    use crate::render::{Document, Paint};
    use crate::spec::RuleInfo;

    #[test]
    fn plans_show_changes_reasons_and_access() {
        insta::assert_snapshot!(samples::plan().text(Paint::PLAIN), @r"
        ~ contoso would change, but a guard stops the whole run  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)
            mode    open → selected networks (2 IP, 1 subnet)
            loses   everyone but 257 addresses and subnet hub/build

              publicNetworkAccess: Enabled
        -     defaultAction: Allow
        +     defaultAction: Deny  # registries.yaml:7
        -     ipRules: []
        +     ipRules:
        +       - 192.0.2.7  # vendor: nightly scans; owner supply-chain; SEC-142; expires 2027-03-31; networks.yaml:6
        +       - 203.0.113.0/24  # offices; networks.yaml:3
        -     virtualNetworkRules: []
        +     virtualNetworkRules:
        +       - /subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/build  # build; networks.yaml:13
              serviceEndpoints:
        +       - /subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/build  # build; networks.yaml:13

            steps
              1. enable service endpoint Microsoft.ContainerRegistry on subnet hub/build (resource group net)
                 clients notice: the subnet's source address becomes private for every registry and its open connections drop
              2. PATCH the registry: defaultAction, ipRules, virtualNetworkRules

            note[expired-rule]: `198.51.100.9` of `lab` expired on 2026-01-31: it is not wanted any more

        ! fabrikam breaks a guard: nothing will be written anywhere  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)
            mode    selected networks (16 IP, 0 subnets) → selected networks (12 IP, 0 subnets)
            gains   1 address: 192.0.2.9
            loses   5 addresses: 203.0.113.40, 203.0.113.44, 203.0.113.48, 203.0.113.52, 203.0.113.56

              publicNetworkAccess: Enabled
              defaultAction: Deny
              ipRules:
        +       - 192.0.2.9  # registries.yaml:9
                … 9 unchanged rules
        -       - 203.0.113.40
        -       - 203.0.113.44
        -       - 203.0.113.48
        -       - 203.0.113.52
        -       - 203.0.113.56
                - 203.0.113.60
                - 203.0.113.64

            steps
              1. PATCH the registry: ipRules

            refused[removals]: 32 % of the live rules would be removed (5 of 16); `maxRemovalPercent` is 30
              measured: 32 %; limit: 30 %; override: --override removals

        = tailspin is up to date: selected networks (3 IP, 0 subnets)  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)

        ! northwind could not be read  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)
            error[AuthorizationFailed]: the client does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read'
            --> registries.yaml:12:5
             = note: request id 6f1e2d3c-0000-4000-8000-000000000001
             = help: ask for the role Reader on the registry

        Plan: 4 to add, 2 to change, 5 to remove in 2 of 4 registries. 1 registry refused. 1 registry could not be read.
        Nothing will be written: a broken guard stops the whole run (fabrikam).
        ");
    }

    /// A guard stops everything, what Azure itself would refuse only its own registry.
    #[test]
    fn plans_tell_guards_from_refusals_of_one_registry() {
        let titles = |registries: Vec<RegistryPlan>| -> Vec<String> {
            let text = samples::plan_of(registries, Vec::new()).text(Paint::PLAIN);
            let last = text.lines().last().unwrap().to_owned();
            let titles = text.lines().filter(|line| line.contains("(resource group"));
            let titles = titles.filter_map(|line| line.split("  (").next().map(str::to_owned));
            titles
                .filter(|line| !line.starts_with(' '))
                .chain([last])
                .collect()
        };
        let mut busy = samples::refused();
        busy.refusals[0].override_flag = None;
        assert_eq!(
            titles(vec![samples::closing(), busy.clone()]),
            [
                "~ contoso will change",
                "! fabrikam is refused: nothing will be written to it",
                "Plan: 4 to add, 2 to change, 5 to remove in 2 of 2 registries. 1 registry refused.",
            ]
        );
        assert_eq!(
            titles(vec![busy.clone()])[1],
            "Nothing will be written: every registry with changes is refused."
        );
        let mut other = samples::refused();
        other.id = samples::registry_id("adatum");
        assert_eq!(
            titles(vec![other, samples::closing(), busy]),
            [
                "! adatum breaks a guard: nothing will be written anywhere",
                "~ contoso would change, but a guard stops the whole run",
                "! fabrikam is refused: nothing will be written to it",
                "Nothing will be written: a broken guard stops the whole run (adatum).",
            ]
        );
    }

    #[test]
    fn failures_of_many_registries_are_told_once() {
        let failures = (1..=12).map(|n| {
            let mut failure = samples::failure();
            failure.id = samples::registry_id(&format!("registry{n:02}"));
            failure.error.request_id = Some(format!("request-{n}"));
            failure
        });
        let mut failures: Vec<_> = failures.collect();
        failures[11].error.code = "timeout".into();
        insta::assert_snapshot!(samples::plan_of(Vec::new(), failures).text(Paint::PLAIN), @r"
        ! 11 registries could not be read
            registry01 (registries.yaml:12), registry02 (registries.yaml:12),
            registry03 (registries.yaml:12), registry04 (registries.yaml:12),
            registry05 (registries.yaml:12), registry06 (registries.yaml:12),
            registry07 (registries.yaml:12), registry08 (registries.yaml:12),
            registry09 (registries.yaml:12), registry10 (registries.yaml:12),
            registry11 (registries.yaml:12)
            error[AuthorizationFailed]: the client does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read'
             |
             = note: request id request-1 (registry01)
             = help: ask for the role Reader on the registry

        ! registry12 could not be read  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)
            error[timeout]: the client does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read'
            --> registries.yaml:12:5
             = note: request id request-12
             = help: ask for the role Reader on the registry

        12 registries could not be read.
        ");
    }

    #[test]
    fn plans_without_changes_have_one_line_per_registry() {
        let registries = vec![samples::unchanged("contoso"), samples::unchanged("tailspin")];
        insta::assert_snapshot!(samples::plan_of(registries, Vec::new()).text(Paint::PLAIN), @r"
        = contoso is up to date: selected networks (3 IP, 0 subnets)  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)
        = tailspin is up to date: selected networks (3 IP, 0 subnets)  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)

        No changes. 2 registries are up to date.
        ");
    }

    #[test]
    fn plans_count_unreadable_registries() {
        let text = samples::plan_of(Vec::new(), vec![samples::failure()]).text(Paint::PLAIN);
        assert!(text.ends_with("\n\n1 registry could not be read.\n"), "{text}");
    }

    #[test]
    fn colours_only_add_escape_sequences() {
        let (plan, mut plain) = (samples::plan(), String::new());
        let mut rest = &*plan.text(Paint::new(true));
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            plain += before;
            rest = after.split_once('m').unwrap().1;
        }
        assert_eq!(plain + rest, plan.text(Paint::PLAIN));
    }

    /// Every text that a file or a service can choose is replaced; no line may start or act otherwise for it.
    #[test]
    fn hostile_text_stays_on_its_line() {
        let hostile = "x\n::error::pwned\n+     - 0.0.0.0/0\u{1b}[2J\u{202e}##vso[task.complete]";
        let mut registry = samples::closing();
        registry.mode.after = hostile.into();
        let word = SettingValue::Word(hostile.into());
        registry.basis.settings.set(Setting::PublicNetworkAccess, word);
        registry.notes.push(Note {
            code: "unknown-value".into(),
            message: hostile.into(),
        });
        registry.steps[0].cost = Some(hostile.into());
        for rule in registry
            .changes
            .settings
            .iter_mut()
            .flat_map(|change| &mut change.add)
        {
            rule.rule = Rule::parse(hostile);
            rule.name = Some(hostile.into());
            rule.info = Some(Arc::new(RuleInfo {
                owner: Some(hostile.into()),
                reason: Some(hostile.into()),
                ticket: Some(hostile.into()),
                expires: None,
            }));
            rule.source = samples::source(hostile, 1);
        }
        for change in &mut registry.changes.settings {
            change.before = change.before.as_ref().map(|_| hostile.into());
        }
        let mut refused = samples::refused();
        refused.refusals[0].message = hostile.into();
        refused.refusals[0].measured = Some(hostile.into());
        refused.refusals[0].limit = Some(hostile.into());
        refused.refusals[0].help = Some(hostile.into());
        let mut failure = samples::failure();
        failure.error.code = "::error::pwned".into();
        failure.error.message = hostile.into();
        failure.error.request_id = Some(hostile.into());
        failure.error.help = Some(hostile.into());
        let plan = samples::plan_of(vec![registry, refused], vec![failure]);
        for text in [plan.text(Paint::PLAIN), plan.json()] {
            assert!(
                !text.contains(['\u{1b}', '\u{202e}']) && !text.contains("##vso["),
                "{text}"
            );
            assert!(
                text.lines().all(|line| !line.trim_start().starts_with("::")),
                "{text}"
            );
            assert!(
                text.lines().all(|line| !line.starts_with("+     - 0.0.0.0/0")),
                "{text}"
            );
        }
    }
}
