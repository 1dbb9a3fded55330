//! The plan as text.

use super::common::{self, grouped, header, indent, page, registries};
use super::diff::diff;
use crate::plan::{AccessChange, Effect, Plan, RegistryPlan, Step};
use crate::render::{Paint, safe};

/// The whole plan: registries, those that could not be read, one line of summary.
pub(in crate::render) fn plan(plan: &Plan, paint: Paint) -> String {
    let mut blocks = Vec::new();
    let (quiet, loud): (Vec<_>, Vec<_>) = plan.registries.iter().partition(|r| is_quiet(r));
    blocks.extend(loud.into_iter().map(|registry| self::registry(registry, paint)));
    let unchanged: Vec<String> = quiet
        .into_iter()
        .map(|registry| unchanged(registry, paint))
        .collect();
    blocks.extend((!unchanged.is_empty()).then_some(unchanged));
    blocks.extend(plan.failures.iter().map(|failure| common::unread(failure, paint)));
    blocks.push(vec![paint.bold(summary(plan)).to_string()]);
    page(blocks)
}

/// Whether one line says all there is to say.
fn is_quiet(registry: &RegistryPlan) -> bool {
    registry.changes.is_empty() && registry.refusals.is_empty() && registry.notes.is_empty()
}

fn unchanged(registry: &RegistryPlan, paint: Paint) -> String {
    let what = format!("is as wanted: {}", safe(&registry.mode.after));
    header("=", &registry.id, what, paint)
}

fn registry(registry: &RegistryPlan, paint: Paint) -> Vec<String> {
    let changes = !registry.changes.is_empty();
    let mut lines = vec![match (changes, registry.refusals.is_empty()) {
        (true, true) => header(paint.warn("~"), &registry.id, "will change", paint),
        (_, false) => {
            let what = paint.bad("is refused: nothing will be written");
            header(paint.bad("!"), &registry.id, what, paint)
        }
        (false, true) => unchanged(registry, paint),
    }];
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

/// Mode and access, before and after.
fn mode(registry: &RegistryPlan) -> Vec<String> {
    let (before, after) = (safe(&registry.mode.before), safe(&registry.mode.after));
    let mode = if before == after {
        format!("    mode    {after}, as before")
    } else {
        format!("    mode    {before} → {after}")
    };
    let access = access(&registry.access)
        .into_iter()
        .enumerate()
        .map(|(at, line)| {
            let label = if at == 0 { "access" } else { "" };
            format!("    {label:<8}{line}")
        });
    std::iter::once(mode).chain(access).collect()
}

/// Who gains and who loses access, a line each.
fn access(access: &AccessChange) -> Vec<String> {
    let AccessChange {
        opened,
        closed,
        subnets_opened,
        subnets_closed,
        effect,
    } = access;
    let effect = match effect {
        Effect::None => return vec!["nobody gains or loses access".to_owned()],
        Effect::Widens => "widens",
        Effect::Narrows => "narrows",
        Effect::Both => "widens and narrows",
    };
    let mut lines = Vec::new();
    for (addresses, subnets, verb) in
        [(opened, subnets_opened, "gain"), (closed, subnets_closed, "lose")]
    {
        let mut who = Vec::new();
        if *addresses > 0 {
            let noun = if *addresses == 1 { "address" } else { "addresses" };
            who.push(format!("{} {noun}", grouped(*addresses)));
        }
        if !subnets.is_empty() {
            who.push(common::subnets(subnets));
        }
        if !who.is_empty() {
            let one = *addresses + subnets.len() as u64 == 1;
            lines.push(format!(
                "{} {verb}{} access",
                who.join(" and "),
                if one { "s" } else { "" }
            ));
        }
    }
    if let Some(first) = lines.first_mut() {
        first.insert_str(0, &format!("{effect}: "));
    }
    lines
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

    use super::super::samples;
    use crate::plan::Note;
    use crate::render::{Document, Paint};
    use crate::spec::About;

    #[test]
    fn a_plan_says_what_why_and_whom() {
        insta::assert_snapshot!(samples::plan().text(Paint::PLAIN), @r"
        ~ contoso will change  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)
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

        ! fabrikam is refused: nothing will be written  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)
            mode    selected networks (16 IP, 0 subnets) → selected networks (12 IP, 0 subnets)
            access  widens and narrows: 1 address gains access
                    260 addresses and subnets hub/build, hub/test lose access

              publicNetworkAccess: Enabled
              defaultAction: Deny
              ipRules:
        +       - 192.0.2.9
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

            refused[removals]: 31 % of the live rules would go out (5 of 16); `maxRemovalPercent` is 30
              measured: 31 %; limit: 30 %; override: --override removals

        = tailspin is as wanted: selected networks (3 IP, 0 subnets)  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)

        ! northwind could not be read  (resource group platform, subscription 11111111-1111-1111-1111-111111111111)
            AuthorizationFailed: the client does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read'
            request id 6f1e2d3c-0000-4000-8000-000000000001
            help: ask for the role Reader on the registry

        Plan: 5 to add, 1 to change, 5 to remove; 2 of 4 registries changed. 1 registry refused. 1 registry could not be read.
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
            rule.about = Some(Arc::new(About {
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
