//! The plan as text.

use super::common::{self, grouped, header, indent, page, registries};
use super::diff::diff;
use crate::model::{RegistryId, SubnetId};
use crate::plan::{AccessChange, Change, Effect, Plan, RegistryPlan, Setting, Step};
use crate::render::{Paint, safe};

/// The whole plan: registries, those that could not be read, one line of summary, and whether it would be written.
pub(in crate::render) fn plan(plan: &Plan, paint: Paint) -> String {
    let mut blocks = Vec::new();
    let stopped = plan.registries.iter().any(RegistryPlan::breaks_guard);
    let (quiet, loud): (Vec<_>, Vec<_>) = plan.registries.iter().partition(|r| is_quiet(r));
    blocks.extend(
        loud.into_iter()
            .map(|registry| self::registry(registry, stopped, paint)),
    );
    let unchanged: Vec<String> = quiet
        .into_iter()
        .map(|registry| unchanged(registry, paint))
        .collect();
    blocks.extend((!unchanged.is_empty()).then_some(unchanged));
    blocks.extend(common::unread(&plan.failures, paint));
    let mut end = vec![paint.bold(summary(plan)).to_string()];
    end.extend(nothing(plan).map(|text| paint.bad(text).to_string()));
    blocks.push(end);
    page(blocks)
}

/// Why nothing of a plan with changes would be written.
fn nothing(plan: &Plan) -> Option<String> {
    let guarded: Vec<&RegistryId> = plan
        .registries
        .iter()
        .filter(|registry| registry.breaks_guard())
        .map(|registry| &registry.id)
        .collect();
    if !guarded.is_empty() {
        let names = common::names(guarded);
        return Some(format!(
            "Nothing will be written: a broken guard stops the whole run ({names})."
        ));
    }
    let held_back = plan.summary.changed > 0 && !plan.writes();
    held_back.then(|| "Nothing will be written: every registry with changes is refused.".to_owned())
}

/// Whether one line says all there is to say.
fn is_quiet(registry: &RegistryPlan) -> bool {
    registry.changes.is_empty() && registry.refusals.is_empty() && registry.notes.is_empty()
}

fn unchanged(registry: &RegistryPlan, paint: Paint) -> String {
    let what = format!("is as wanted: {}", safe(&registry.mode.after));
    header("=", &registry.id, what, paint)
}

/// `stopped`: a guard is broken somewhere, so nothing is written anywhere.
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
    let remarks = remarks(registry, paint);
    if changes && !remarks.is_empty() {
        lines.push(String::new());
    }
    lines.extend(remarks);
    lines
}

/// A guard has a way past it and stops the whole run; what Azure itself would refuse stops its own registry only.
fn title(registry: &RegistryPlan, stopped: bool, paint: Paint) -> String {
    let (sign, what) = if registry.breaks_guard() {
        let what = "breaks a guard: nothing will be written anywhere";
        (paint.bad("!"), paint.bad(what))
    } else if !registry.refusals.is_empty() {
        (
            paint.bad("!"),
            paint.bad("is refused: nothing will be written to it"),
        )
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

/// Mode and access, before and after.
fn mode(registry: &RegistryPlan) -> Vec<String> {
    let (before, after) = (safe(&registry.mode.before), safe(&registry.mode.after));
    let mode = if before == after {
        format!("    mode    {after}, as before")
    } else {
        format!("    mode    {before} → {after}")
    };
    let access = access(registry).into_iter().enumerate().map(|(at, line)| {
        let label = if at == 0 { "access" } else { "" };
        format!("    {label:<8}{line}")
    });
    std::iter::once(mode).chain(access).collect()
}

/// Who gains and who loses access, a line each.
fn access(registry: &RegistryPlan) -> Vec<String> {
    let AccessChange {
        opened,
        closed,
        subnets_opened,
        subnets_closed,
        unreadable_opened,
        unreadable_closed,
        effect,
    } = &registry.access;
    let effect = match effect {
        Effect::None => return vec!["nobody gains or loses access".to_owned()],
        Effect::Widens => "widens",
        Effect::Narrows => "narrows",
        Effect::Both => "widens and narrows",
    };
    let sides = [
        (opened, subnets_opened, unreadable_opened, true, "gain"),
        (closed, subnets_closed, unreadable_closed, false, "lose"),
    ];
    let mut lines: Vec<String> = sides
        .into_iter()
        .filter_map(|(addresses, subnets, unreadable, on, verb)| {
            let mut others = whoever(*unreadable);
            others.extend(
                past_the_rules(&registry.changes, on)
                    .into_iter()
                    .map(str::to_owned),
            );
            whom(*addresses, subnets, others, verb)
        })
        .collect();
    if let Some(first) = lines.first_mut() {
        first.insert_str(0, &format!("{effect}: "));
    }
    lines
}

/// `260 addresses, subnet hub/build and trusted services lose access`
fn whom(addresses: u64, subnets: &[SubnetId], others: Vec<String>, verb: &str) -> Option<String> {
    let mut who = Vec::new();
    if addresses > 0 {
        let noun = if addresses == 1 { "address" } else { "addresses" };
        who.push(format!("{} {noun}", grouped(addresses)));
    }
    if !subnets.is_empty() {
        who.push(common::subnets(subnets));
    }
    let one = others.is_empty() && addresses + subnets.len() as u64 == 1;
    who.extend(others);
    let last = who.pop()?;
    let who = if who.is_empty() {
        last
    } else {
        format!("{} and {last}", who.join(", "))
    };
    Some(format!("{who} {verb}{} access", if one { "s" } else { "" }))
}

/// Those whom rules admit that are no IPv4 range and no subnet id.
fn whoever(rules: usize) -> Vec<String> {
    match rules {
        0 => Vec::new(),
        1 => vec!["whoever 1 unreadable rule admits".to_owned()],
        many => vec![format!("whoever {} unreadable rules admit", grouped(many as u64))],
    }
}

/// Who comes in past the rules, where that is switched `on`, or off.
fn past_the_rules(changes: &[Change], on: bool) -> Vec<&'static str> {
    let switched = |change: &&Change| match change.path {
        Setting::NetworkRuleBypassOptions => {
            let trusted = change.after.as_ref().and_then(serde_json::Value::as_str);
            (trusted == Some("AzureServices")) == on
        }
        Setting::NetworkRuleBypassAllowedForTasks => {
            change.after.as_ref().and_then(serde_json::Value::as_bool) == Some(on)
        }
        _ => false,
    };
    let who = |change: &Change| match change.path {
        Setting::NetworkRuleBypassOptions => "trusted services",
        _ => "ACR Tasks with a system-assigned identity",
    };
    changes.iter().filter(switched).map(who).collect()
}

/// The steps, numbered, each with what it costs a client.
fn steps(steps: &[Step], paint: Paint) -> Vec<String> {
    let mut lines = vec!["    steps".to_owned()];
    for (at, Step { action, cost }) in steps.iter().enumerate() {
        lines.push(format!("    {:>3}. {}", at + 1, common::step(action)));
        let cost = cost
            .as_ref()
            .map(|cost| format!("         {}: {}", paint.warn("clients notice"), safe(cost)));
        lines.extend(cost);
    }
    lines
}

fn remarks(registry: &RegistryPlan, paint: Paint) -> Vec<String> {
    let notes = registry.notes.iter().map(|note| common::note(note, paint));
    let refusals = registry
        .refusals
        .iter()
        .flat_map(|refusal| common::refusal(refusal, paint));
    indent(4, notes.chain(refusals)).collect()
}

fn summary(plan: &Plan) -> String {
    let summary = &plan.summary;
    let refused = plan.registries.iter().filter(|r| !r.refusals.is_empty()).count();
    let mut text = if summary.changed > 0 {
        format!(
            "Plan: {} to add, {} to change, {} to remove; {} of {} changed.",
            grouped(summary.add as u64),
            grouped(summary.change as u64),
            grouped(summary.remove as u64),
            grouped(summary.changed as u64),
            registries(summary.registries)
        )
    } else {
        match summary.registries - summary.failed - refused {
            0 => "No changes.".to_owned(),
            1 => "No changes. 1 registry is as wanted.".to_owned(),
            fine => format!("No changes. {} are as wanted.", registries(fine)),
        }
    };
    if refused > 0 {
        text += &format!(" {} refused.", registries(refused));
    }
    if summary.failed > 0 {
        text += &format!(" {} could not be read.", registries(summary.failed));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use crate::plan::{Effect, Note, RegistryPlan, Setting};
    use crate::render::text::samples::{self, single};
    use crate::render::{Document, Paint};
    use crate::spec::RuleInfo;

    #[test]
    fn a_plan_says_what_why_and_whom() {
        insta::assert_snapshot!(samples::plan().text(Paint::PLAIN), @r"
        ~ contoso would change, but a guard stops the whole run  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)
            mode    open → selected networks (2 IP, 1 subnet)
            access  narrows: 4,294,967,039 addresses lose access

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
                 clients notice: the subnet's source address becomes private and its open connections drop
              2. PATCH the registry: defaultAction, ipRules, virtualNetworkRules

            note[expired-rule]: `198.51.100.9` of `lab` expired on 2026-01-31: it is not wanted any more

        ! fabrikam breaks a guard: nothing will be written anywhere  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)
            mode    selected networks (16 IP, 0 subnets) → selected networks (12 IP, 0 subnets)
            access  widens and narrows: 1 address gains access
                    260 addresses and subnets hub/build, hub/test lose access

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

            refused[removals]: 32 % of the live rules would go out (5 of 16); `maxRemovalPercent` is 30
              measured: 32 %; limit: 30 %; override: --override removals

        = tailspin is as wanted: selected networks (3 IP, 0 subnets)  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)

        ! northwind could not be read  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)
            AuthorizationFailed: the client does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read'
            request id 6f1e2d3c-0000-4000-8000-000000000001
            help: ask for the role Reader on the registry

        Plan: 5 to add, 1 to change, 5 to remove; 2 of 4 registries changed. 1 registry refused. 1 registry could not be read.
        Nothing will be written: a broken guard stops the whole run (fabrikam).
        ");
    }

    #[test]
    fn who_comes_in_past_the_rules_is_named() {
        let trusted = |on| single(Setting::NetworkRuleBypassOptions, json!("x"), json!(on));
        let tasks = |on: bool| single(Setting::NetworkRuleBypassAllowedForTasks, json!(!on), json!(on));
        let mut plan = samples::unchanged("contoso");
        plan.changes = vec![trusted("AzureServices"), tasks(false)];
        plan.access.effect = Effect::Both;
        assert_eq!(
            super::access(&plan),
            [
                "widens and narrows: trusted services gain access",
                "ACR Tasks with a system-assigned identity lose access"
            ]
        );
        plan.changes = vec![trusted("None"), tasks(false)];
        plan.access.closed = 1;
        plan.access.effect = Effect::Narrows;
        assert_eq!(
            super::access(&plan),
            [
                "narrows: 1 address, trusted services and ACR Tasks with a system-assigned identity lose access"
            ]
        );
        plan.changes.clear();
        plan.access.unreadable_closed = 2;
        assert_eq!(
            super::access(&plan),
            ["narrows: 1 address and whoever 2 unreadable rules admit lose access"]
        );
    }

    /// A guard stops everything, what Azure itself would refuse only its own registry.
    #[test]
    fn a_plan_says_what_is_written_nowhere_and_what_is_not_written_to_one_registry() {
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
                "Plan: 5 to add, 1 to change, 5 to remove; 2 of 2 registries changed. 1 registry refused.",
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
    fn a_failure_that_many_registries_share_is_told_once() {
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
            registry01, registry02, registry03, registry04, registry05, registry06, registry07, registry08, registry09, registry10 and 1 more
            AuthorizationFailed: the client does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read'
            request id request-1 (registry01)
            help: ask for the role Reader on the registry

        ! registry12 could not be read  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)
            timeout: the client does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read'
            request id request-12
            help: ask for the role Reader on the registry

        No changes. 12 registries could not be read.
        ");
    }

    #[test]
    fn a_plan_without_changes_has_a_line_per_registry() {
        let registries = vec![samples::unchanged("contoso"), samples::unchanged("tailspin")];
        insta::assert_snapshot!(samples::plan_of(registries, Vec::new()).text(Paint::PLAIN), @r"
        = contoso is as wanted: selected networks (3 IP, 0 subnets)  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)
        = tailspin is as wanted: selected networks (3 IP, 0 subnets)  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)

        No changes. 2 registries are as wanted.
        ");
    }

    #[test]
    fn a_plan_that_could_read_nothing_says_so() {
        let text = samples::plan_of(Vec::new(), vec![samples::failure()]).text(Paint::PLAIN);
        assert!(
            text.ends_with("No changes. 1 registry could not be read.\n"),
            "{text}"
        );
    }

    #[test]
    fn colour_adds_nothing_but_escape_sequences() {
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
    fn hostile_text_cannot_leave_its_line() {
        let hostile = "x\n::error::pwned\n+     - 0.0.0.0/0\u{1b}[2J\u{202e}##vso[task.complete]";
        let mut registry = samples::closing();
        registry.mode.after = hostile.into();
        registry.basis.public_network_access = Some(hostile.into());
        registry.notes.push(Note {
            code: "unknown-value".into(),
            message: hostile.into(),
        });
        registry.steps[0].cost = Some(hostile.into());
        for rule in registry.changes.iter_mut().flat_map(|change| &mut change.add) {
            rule.value = hostile.into();
            rule.name = Some(hostile.into());
            rule.about = Some(Arc::new(RuleInfo {
                owner: Some(hostile.into()),
                reason: Some(hostile.into()),
                ticket: Some(hostile.into()),
                expires: None,
            }));
            rule.source = samples::source(hostile, 1);
        }
        for change in &mut registry.changes {
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
