//! Plans of one registry.

use serde_json::json;

use super::{at, between, flags, leaving, patched, plan_of};
use crate::model::Setting;
use crate::render::text::samples;
use crate::render::{Document, Paint};

#[test]
fn one_registry_fits_25_lines_of_80_columns() {
    let text = at(80, &plan_of(vec![samples::closing()]));
    insta::assert_snapshot!(text, @r"
    ~ contoso (group platform, registries.yaml:5): will change
      mode      open → selected networks (2 IP, 1 subnet)
      loses     everyone but 257 addresses and subnet hub/build
      defaultAction: Allow → Deny  line 7
      ipRules:
        + 192.0.2.7       vendor: nightly scans; owner supply-chain; SEC-142;
                          expires 2027-03-31; networks.yaml:6
        + 203.0.113.0/24  offices; networks.yaml:3
      subnets:  ARM: virtualNetworkRules
        + hub/build  its service endpoint is turned on; build; networks.yaml:13
      steps
        1. enable service endpoint Microsoft.ContainerRegistry on subnet hub/build
           (resource group net)
           clients notice: the subnet's source address becomes private for every
             registry and its open connections drop
        2. PATCH the registry: defaultAction, ipRules, subnets
      note[expired-rule]: `198.51.100.9` of `lab` expired on 2026-01-31: it is not
        wanted any more

    Plan: 3 to add, 2 to change, 0 to remove in 1 of 1 registry.
    ");
    assert!(text.lines().count() <= 25);
}

#[test]
fn wide_terminals_keep_remarks_on_their_line() {
    insta::assert_snapshot!(at(120, &plan_of(vec![samples::closing()])), @r"
    ~ contoso (group platform, registries.yaml:5): will change
      mode      open → selected networks (2 IP, 1 subnet)
      loses     everyone but 257 addresses and subnet hub/build
      defaultAction: Allow → Deny  line 7
      ipRules:
        + 192.0.2.7       vendor: nightly scans; owner supply-chain; SEC-142; expires 2027-03-31; networks.yaml:6
        + 203.0.113.0/24  offices; networks.yaml:3
      subnets:  ARM: virtualNetworkRules
        + hub/build  its service endpoint is turned on; build; networks.yaml:13
      steps
        1. enable service endpoint Microsoft.ContainerRegistry on subnet hub/build (resource group net)
           clients notice: the subnet's source address becomes private for every registry and its open connections drop
        2. PATCH the registry: defaultAction, ipRules, subnets
      note[expired-rule]: `198.51.100.9` of `lab` expired on 2026-01-31: it is not wanted any more

    Plan: 3 to add, 2 to change, 0 to remove in 1 of 1 registry.
    ");
}

#[test]
fn removed_rules_say_how_many_addresses_lose_access() {
    insta::assert_snapshot!(between(leaving()), @r"
      mode      selected networks (3 IP, 0 subnets), as before
      loses     128 addresses: offices
      ipRules:
        - 198.51.100.0/25  128 addresses lose access; offices; networks.yaml:3
        - 203.0.113.9      no address loses access
        … 2 unchanged rules
      registry last changed 18 h ago (2026-11-20 08:15 UTC) by user@example.com
        (User)
    ");
}

#[test]
fn flags_have_the_words_of_the_spec_and_of_arm() {
    insta::assert_snapshot!(between(flags()), @r"
      mode      selected networks (3 IP, 0 subnets), as before
      access    no client gains or loses access
      trustedServices: false → true  ARM: networkRuleBypassOptions AzureServices;
        line 7
      tasksBypass: true → false  ARM: networkRuleBypassAllowedForTasks; line 7
      dataEndpoint: false → true  ARM: dataEndpointEnabled; line 7
    ");
}

#[test]
fn lost_endpoints_stand_with_the_subnets() {
    let mut plan = samples::closing();
    plan.changes.settings.clear();
    plan.access = Default::default();
    insta::assert_snapshot!(between(plan), @r"
      mode      open → selected networks (2 IP, 1 subnet)
      access    no client gains or loses access
      subnets:  ARM: virtualNetworkRules
        ~ hub/build  its service endpoint is turned on; build; networks.yaml:13
      steps
        1. enable service endpoint Microsoft.ContainerRegistry on subnet hub/build
           (resource group net)
           clients notice: the subnet's source address becomes private for every
             registry and its open connections drop
        2. PATCH the registry: defaultAction, ipRules, subnets
      note[expired-rule]: `198.51.100.9` of `lab` expired on 2026-01-31: it is not
        wanted any more
    ");
}

#[test]
fn whole_ids_are_shown_on_request() {
    let mut plan = samples::closing();
    plan.changes.settings.drain(..2);
    plan.notes.clear();
    let text = plan_of(vec![plan]).text(Paint::PLAIN.with_ids(true));
    insta::assert_snapshot!(text, @r"
    ~ contoso (group platform, subscription 11111111-1111-1111-1111-111111111111, registries.yaml:5): will change
      mode      open → selected networks (2 IP, 1 subnet)
      loses     everyone but 257 addresses and subnet hub/build
      subnets:  ARM: virtualNetworkRules
        + /subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/build  its service endpoint is turned on; build; networks.yaml:13
      steps
        1. enable service endpoint Microsoft.ContainerRegistry on subnet hub/build (resource group net)
           clients notice: the subnet's source address becomes private for every registry and its open connections drop
        2. PATCH the registry: defaultAction, ipRules, subnets

    Plan: 1 to add, 1 to change, 0 to remove in 1 of 1 registry.
    ");
}

#[test]
fn values_that_were_not_shown_are_absent() {
    let mut plan = patched();
    plan.changes.settings = vec![samples::single(
        Setting::DefaultAction,
        json!(null),
        json!("Deny"),
    )];
    insta::assert_snapshot!(between(plan), @r"
      mode      selected networks (3 IP, 0 subnets), as before
      access    no client gains or loses access
      defaultAction: (absent) → Deny  line 7
    ");
}

#[test]
fn numbers_of_guards_are_grouped() {
    let mut plan = samples::refused();
    plan.refusals[0].measured = Some("4294967007".into());
    plan.refusals[0].limit = Some("0".into());
    let text = at(80, &plan_of(vec![plan]));
    assert!(
        text.contains("found: 4,294,967,007; allowed: 0; to go on: --override removals"),
        "{text}"
    );
}

#[test]
fn removed_subnets_lose_access() {
    let mut plan = patched();
    let id = samples::subnet("build");
    let gone = vec![samples::rule(id.as_str(), Some("build"), 0)];
    plan.changes.settings = vec![samples::list(Setting::VirtualNetworkRules, Vec::new(), gone)];
    plan.access.subnets_closed = vec![id.clone()];
    let text = at(80, &plan_of(vec![plan.clone()]));
    assert!(text.contains("    - hub/build  loses access; build"), "{text}");
    plan.access.uncertain.subnets = vec![id];
    let text = at(80, &plan_of(vec![plan]));
    assert!(text.contains("    - hub/build  may lose access; build"), "{text}");
}
