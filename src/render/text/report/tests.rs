//! Reports as text.

use crate::apply::{Beside, Outcome, ReportSummary};
use crate::plan::AnyChange;
use crate::render::text::samples;
use crate::render::{Document, Paint};

#[test]
fn reports_end_with_failures_and_counts() {
    insta::assert_snapshot!(samples::report().text(Paint::PLAIN), @r"
    ~ contoso (registries.yaml:5): applied and verified
        open → selected networks (2 IP, 1 subnet)

    ! fabrikam (registries.yaml:5): refused, nothing was written
        removals, as the plan says

    ! adatum (registries.yaml:5): changed only in part
        open, as before
        done       enable service endpoint Microsoft.ContainerRegistry on subnet hub/build (resource group net)
        failed     PATCH the registry: defaultAction, ipRules, subnets
        error[NetworkRuleValidationError]: Could not validate network rule
        --> registries.yaml:5:5
         = note: request id 6f1e2d3c-0000-4000-8000-000000000002
         = help: grant `joinViaServiceEndpoint/action` on the subnet

    help: fix the cause and run the same command again, or plan again if the plan is stale. Finished changes stay, and only the missing ones are written
    Apply: 3 added, 2 changed, 0 removed, 6 skipped, 4 failed; 2 of 5 registries verified. 1 registry needed nothing. 1 registry refused. 1 registry could not be read.
      refused      fabrikam (registries.yaml:5)
      not read     northwind (registries.yaml:12)
      in part      adatum (registries.yaml:5)
    Undo: ringfence restore --from 20261121T030000-000000
    The service endpoint of subnet hub/build stays on. To turn it off, name the endpoints that stay: az network vnet subnet update --ids /subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/build --service-endpoints [NAME …]
    ");
}

#[test]
fn reports_break_at_the_width_of_the_terminal() {
    let at = |width| samples::report().text(Paint::PLAIN.with_width(Some(width)));
    insta::assert_snapshot!(at(80), @r"
    ~ contoso (registries.yaml:5): applied and verified
        open → selected networks (2 IP, 1 subnet)

    ! fabrikam (registries.yaml:5): refused, nothing was written
        removals, as the plan says

    ! adatum (registries.yaml:5): changed only in part
        open, as before
        done       enable service endpoint Microsoft.ContainerRegistry on subnet
          hub/build (resource group net)
        failed     PATCH the registry: defaultAction, ipRules, subnets
        error[NetworkRuleValidationError]: Could not validate network rule
        --> registries.yaml:5:5
         = note: request id 6f1e2d3c-0000-4000-8000-000000000002
         = help: grant `joinViaServiceEndpoint/action` on the subnet

    help: fix the cause and run the same command again, or plan again if the plan is
          stale. Finished changes stay, and only the missing ones are written
    Apply: 3 added, 2 changed, 0 removed, 6 skipped, 4 failed; 2 of 5 registries
      verified. 1 registry needed nothing. 1 registry refused. 1 registry could not
      be read.
      refused      fabrikam (registries.yaml:5)
      not read     northwind (registries.yaml:12)
      in part      adatum (registries.yaml:5)
    Undo: ringfence restore --from 20261121T030000-000000
    The service endpoint of subnet hub/build stays on. To turn it off, name the
        endpoints that stay: az network vnet subnet update --ids
        /subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/build
        --service-endpoints [NAME …]
    ");
    insta::assert_snapshot!(at(120), @r"
    ~ contoso (registries.yaml:5): applied and verified
        open → selected networks (2 IP, 1 subnet)

    ! fabrikam (registries.yaml:5): refused, nothing was written
        removals, as the plan says

    ! adatum (registries.yaml:5): changed only in part
        open, as before
        done       enable service endpoint Microsoft.ContainerRegistry on subnet hub/build (resource group net)
        failed     PATCH the registry: defaultAction, ipRules, subnets
        error[NetworkRuleValidationError]: Could not validate network rule
        --> registries.yaml:5:5
         = note: request id 6f1e2d3c-0000-4000-8000-000000000002
         = help: grant `joinViaServiceEndpoint/action` on the subnet

    help: fix the cause and run the same command again, or plan again if the plan is stale. Finished changes stay, and only
          the missing ones are written
    Apply: 3 added, 2 changed, 0 removed, 6 skipped, 4 failed; 2 of 5 registries verified. 1 registry needed nothing. 1
      registry refused. 1 registry could not be read.
      refused      fabrikam (registries.yaml:5)
      not read     northwind (registries.yaml:12)
      in part      adatum (registries.yaml:5)
    Undo: ringfence restore --from 20261121T030000-000000
    The service endpoint of subnet hub/build stays on. To turn it off, name the endpoints that stay: az network vnet subnet
        update --ids
        /subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/build
        --service-endpoints [NAME …]
    ");
}

#[test]
fn changed_registries_are_names_and_failed_ones_have_places() {
    let mut report = samples::report();
    for n in 0..12 {
        for at in [0, 1] {
            let mut again = report.registries[at].clone();
            again.id = samples::registry_id(&format!("cr{at}contosoteam{n:02}prodwesteurope"));
            report.registries.push(again);
        }
    }
    insta::assert_snapshot!(report.text(Paint::PLAIN.with_width(Some(80))), @r"
    ~ 13 registries: applied and verified
        contoso, cr1contosoteam00prodwesteurope, cr1contosoteam01prodwesteurope,
        cr1contosoteam02prodwesteurope, cr1contosoteam03prodwesteurope,
        cr1contosoteam04prodwesteurope, cr1contosoteam05prodwesteurope,
        cr1contosoteam06prodwesteurope, cr1contosoteam07prodwesteurope,
        cr1contosoteam08prodwesteurope, cr1contosoteam09prodwesteurope,
        cr1contosoteam10prodwesteurope, cr1contosoteam11prodwesteurope
        open → selected networks (2 IP, 1 subnet)

    ! fabrikam (registries.yaml:5): refused, nothing was written
        removals, as the plan says

    ! 13 registries: changed only in part
        adatum (registries.yaml:5),
        cr0contosoteam00prodwesteurope (registries.yaml:5),
        cr0contosoteam01prodwesteurope (registries.yaml:5),
        cr0contosoteam02prodwesteurope (registries.yaml:5),
        cr0contosoteam03prodwesteurope (registries.yaml:5),
        cr0contosoteam04prodwesteurope (registries.yaml:5),
        cr0contosoteam05prodwesteurope (registries.yaml:5),
        cr0contosoteam06prodwesteurope (registries.yaml:5),
        cr0contosoteam07prodwesteurope (registries.yaml:5),
        cr0contosoteam08prodwesteurope (registries.yaml:5),
        cr0contosoteam09prodwesteurope (registries.yaml:5),
        cr0contosoteam10prodwesteurope (registries.yaml:5),
        cr0contosoteam11prodwesteurope (registries.yaml:5)
        open, as before
        done       enable service endpoint Microsoft.ContainerRegistry on subnet
          hub/build (resource group net)
        failed     PATCH the registry: defaultAction, ipRules, subnets
        error[NetworkRuleValidationError]: Could not validate network rule
         |
         = note: request id 6f1e2d3c-0000-4000-8000-000000000002 (adatum)
         = help: grant `joinViaServiceEndpoint/action` on the subnet

    help: fix the cause and run the same command again, or plan again if the plan is
          stale. Finished changes stay, and only the missing ones are written
    Apply: 3 added, 2 changed, 0 removed, 6 skipped, 4 failed; 2 of 5 registries
      verified. 1 registry needed nothing. 1 registry refused. 1 registry could not
      be read.
      refused      fabrikam (registries.yaml:5)
      not read     northwind (registries.yaml:12)
      in part      adatum (registries.yaml:5),
                   cr0contosoteam00prodwesteurope (registries.yaml:5),
                   cr0contosoteam01prodwesteurope (registries.yaml:5),
                   cr0contosoteam02prodwesteurope (registries.yaml:5),
                   cr0contosoteam03prodwesteurope (registries.yaml:5),
                   cr0contosoteam04prodwesteurope (registries.yaml:5),
                   cr0contosoteam05prodwesteurope (registries.yaml:5),
                   cr0contosoteam06prodwesteurope (registries.yaml:5),
                   cr0contosoteam07prodwesteurope (registries.yaml:5),
                   cr0contosoteam08prodwesteurope (registries.yaml:5),
                   cr0contosoteam09prodwesteurope (registries.yaml:5),
                   cr0contosoteam10prodwesteurope (registries.yaml:5),
                   cr0contosoteam11prodwesteurope (registries.yaml:5)
    Undo: ringfence restore --from 20261121T030000-000000
    The service endpoint of subnet hub/build stays on. To turn it off, name the
        endpoints that stay: az network vnet subnet update --ids
        /subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/build
        --service-endpoints [NAME …]
    ");
}

#[test]
fn errors_of_several_registries_are_told_once() {
    let mut report = samples::report();
    let mut again = report.registries[0].clone();
    again.id = samples::registry_id("wingtip");
    if let Outcome::Failed { error } = &mut again.steps[1].outcome {
        error.request_id = Some("another".into());
    }
    report.registries.push(again);
    let text = report.text(Paint::PLAIN);
    assert_eq!(
        text.matches("Could not validate network rule").count(),
        1,
        "{text}"
    );
    assert!(
        text.contains("! 2 registries: changed only in part\n    adatum (registries.yaml:5), wingtip"),
        "{text}"
    );
}

#[test]
fn reports_without_changes_are_one_line() {
    let mut report = samples::report();
    report
        .registries
        .retain(|registry| registry.id.name() == "tailspin");
    report.failures.clear();
    report.undo = None;
    report.beside = Beside::default();
    report.summary = ReportSummary {
        registries: 1,
        verified: 1,
        ..ReportSummary::default()
    };
    insta::assert_snapshot!(report.text(Paint::PLAIN), @"Nothing to do. 1 registry is up to date.");
}

#[test]
fn hostile_text_stays_on_its_line() {
    let hostile = "x\n::error::pwned\u{1b}[2J";
    let mut report = samples::report();
    let registry = &mut report.registries[0];
    registry.mode.after = hostile.into();
    registry.steps[0].outcome = Outcome::Skipped {
        reason: hostile.into(),
    };
    if let AnyChange::Setting(change) = &mut registry.changes[0].change {
        change.after = Some(hostile.into());
    }
    let text = report.text(Paint::PLAIN);
    assert!(!text.contains('\u{1b}') && !text.contains("\n::"), "{text}");
    assert_eq!(
        text.matches("x\\u{a}::error::pwned\\u{1b}[2J").count(),
        2,
        "{text}"
    );
}
