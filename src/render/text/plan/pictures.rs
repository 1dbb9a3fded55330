//! Pictures of plans, in a pipe and on terminals of 80 and 120 columns.

use serde_json::json;

use crate::model::Setting;
use crate::plan::{ClientList, Plan, RegistryPlan, Who};
use crate::render::text::samples;
use crate::render::{Document, Paint};

/// Shows a plan on a terminal of this width.
fn at(width: usize, plan: &Plan) -> String {
    plan.text(Paint::PLAIN.with_width(Some(width)))
}

fn plan_of(registries: Vec<RegistryPlan>) -> Plan {
    samples::plan_of(registries, Vec::new())
}

/// Gives a registry another name, and the line of the spec that goes with it.
fn named(mut plan: RegistryPlan, name: &str, line: u32) -> RegistryPlan {
    plan.id = samples::registry_id(name);
    plan.source = samples::source("registries.yaml", line);
    plan
}

fn forty() -> Plan {
    let registries =
        (1..=40).map(|n| named(samples::closing(), &format!("crcontosoteam{n:02}prodweu"), n));
    plan_of(registries.collect())
}

/// A registry without changes, but with the step that writes some.
fn patched() -> RegistryPlan {
    let mut plan = samples::unchanged("contoso");
    plan.steps = samples::refused().steps;
    plan
}

/// A registry whose flags change.
fn flags() -> RegistryPlan {
    let mut plan = patched();
    let (off, on) = (json!(false), json!(true));
    plan.changes.settings = vec![
        samples::single(
            Setting::NetworkRuleBypassOptions,
            json!("None"),
            json!("AzureServices"),
        ),
        samples::single(Setting::NetworkRuleBypassAllowedForTasks, on.clone(), off.clone()),
        samples::single(Setting::DataEndpointEnabled, off, on),
    ];
    plan
}

/// A registry that loses a named network, and a part of another one.
fn leaving() -> RegistryPlan {
    let mut plan = patched();
    samples::set_ips(
        &mut plan,
        ["192.0.2.7", "198.51.100.0/25", "203.0.113.0/24", "203.0.113.9"].map(str::to_owned),
    );
    let gone = vec![
        samples::rule("198.51.100.0/25", Some("offices"), 3),
        samples::rule("203.0.113.9", None, 0),
    ];
    plan.changes.settings = vec![samples::list(Setting::IpRules, Vec::new(), gone)];
    plan.access.loses = Some(Who::Only(ClientList {
        addresses: 128,
        ranges: vec![samples::client_range("198.51.100.0/25", Some("offices"))],
        ..ClientList::default()
    }));
    plan
}

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
fn pipes_are_not_wrapped() {
    insta::assert_snapshot!(samples::plan().text(Paint::PLAIN), @r"
    ~ contoso (group platform, registries.yaml:5): would change, but a guard stops the whole run
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

    ! fabrikam (group platform, registries.yaml:5): breaks a guard, so nothing will be written anywhere
      mode      selected networks (16 IP, 0 subnets) → selected networks (12 IP, 0 subnets)
      gains     1 address: 192.0.2.9
      loses     5 addresses: 203.0.113.40, 203.0.113.44, 203.0.113.48, 203.0.113.52, 203.0.113.56
      ipRules:
        + 192.0.2.9     line 9
        - 203.0.113.40  1 address loses access
        - 203.0.113.44  1 address loses access
        - 203.0.113.48  1 address loses access
        - 203.0.113.52  1 address loses access
        - 203.0.113.56  1 address loses access
        … 11 unchanged rules
      refused[removals]: 32 % of the live rules would be removed (5 of 16); `maxRemovalPercent` is 30
        found: 32 %; allowed: 30 %; to go on: --override removals

    ! northwind (group platform, registries.yaml:12): could not be read
        error[AuthorizationFailed]: the client does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read'
        --> registries.yaml:12:5
         = note: request id 6f1e2d3c-0000-4000-8000-000000000001
         = help: ask for the role Reader on the registry

    Plan: 4 to add, 2 to change, 5 to remove in 2 of 4 registries. 1 registry is up to date. 1 registry refused. 1 registry could not be read.
      refused      fabrikam (registries.yaml:5)
      not read     northwind (registries.yaml:12)
    Nothing will be written: a broken guard stops the whole run.
    ");
}

#[test]
fn refusals_and_failures_come_last_and_are_named() {
    insta::assert_snapshot!(at(80, &samples::plan()), @r"
    ~ contoso (group platform, registries.yaml:5): would change, but a guard stops
        the whole run
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

    ! fabrikam (group platform, registries.yaml:5): breaks a guard, so nothing will
        be written anywhere
      mode      selected networks (16 IP, 0 subnets) → selected networks (12 IP, 0
                subnets)
      gains     1 address: 192.0.2.9
      loses     5 addresses: 203.0.113.40, 203.0.113.44, 203.0.113.48, 203.0.113.52,
                203.0.113.56
      ipRules:
        + 192.0.2.9     line 9
        - 203.0.113.40  1 address loses access
        - 203.0.113.44  1 address loses access
        - 203.0.113.48  1 address loses access
        - 203.0.113.52  1 address loses access
        - 203.0.113.56  1 address loses access
        … 11 unchanged rules
      refused[removals]: 32 % of the live rules would be removed (5 of 16);
        `maxRemovalPercent` is 30
        found: 32 %; allowed: 30 %; to go on: --override removals

    ! northwind (group platform, registries.yaml:12): could not be read
        error[AuthorizationFailed]: the client does not have authorization to
                                    perform action
                                    'Microsoft.ContainerRegistry/registries/read'
        --> registries.yaml:12:5
         = note: request id 6f1e2d3c-0000-4000-8000-000000000001
         = help: ask for the role Reader on the registry

    Plan: 4 to add, 2 to change, 5 to remove in 2 of 4 registries. 1 registry is up
      to date. 1 registry refused. 1 registry could not be read.
      refused      fabrikam (registries.yaml:5)
      not read     northwind (registries.yaml:12)
    Nothing will be written: a broken guard stops the whole run.
    ");
}

#[test]
fn forty_registries_with_one_change_fit_40_lines() {
    let text = at(80, &forty());
    insta::assert_snapshot!(text, @r"
    ~ crcontosoteam01prodweu (group platform, registries.yaml:1): will change
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
      the same for 39 more registries: crcontosoteam02prodweu,
        crcontosoteam03prodweu, crcontosoteam04prodweu, crcontosoteam05prodweu,
        crcontosoteam06prodweu, crcontosoteam07prodweu, crcontosoteam08prodweu,
        crcontosoteam09prodweu, crcontosoteam10prodweu, crcontosoteam11prodweu,
        crcontosoteam12prodweu, crcontosoteam13prodweu, crcontosoteam14prodweu,
        crcontosoteam15prodweu, crcontosoteam16prodweu, crcontosoteam17prodweu,
        crcontosoteam18prodweu, crcontosoteam19prodweu, crcontosoteam20prodweu,
        crcontosoteam21prodweu, crcontosoteam22prodweu, crcontosoteam23prodweu,
        crcontosoteam24prodweu, crcontosoteam25prodweu, crcontosoteam26prodweu,
        crcontosoteam27prodweu, crcontosoteam28prodweu, crcontosoteam29prodweu,
        crcontosoteam30prodweu, crcontosoteam31prodweu, crcontosoteam32prodweu,
        crcontosoteam33prodweu, crcontosoteam34prodweu, crcontosoteam35prodweu,
        crcontosoteam36prodweu, crcontosoteam37prodweu, crcontosoteam38prodweu,
        crcontosoteam39prodweu, crcontosoteam40prodweu

    Plan: 120 to add, 41 to change, 0 to remove in 40 of 40 registries.
    ");
    assert!(text.lines().count() <= 40);
}

#[test]
fn thousand_unchanged_registries_fit_5_lines() {
    let registries = (0..1000).map(|n| samples::unchanged(&format!("contoso{n}")));
    let text = at(80, &plan_of(registries.collect()));
    insta::assert_snapshot!(text, @"No changes. 1,000 registries are up to date.");
    assert!(text.lines().count() <= 5);
}

#[test]
fn all_registries_are_shown_on_request() {
    let plan = plan_of(vec![
        named(flags(), "fabrikam", 7),
        named(flags(), "northwind", 9),
        samples::unchanged("tailspin"),
    ]);
    insta::assert_snapshot!(at(80, &plan), @r"
    ~ fabrikam (group platform, registries.yaml:7): will change
      mode      selected networks (3 IP, 0 subnets), as before
      access    no client gains or loses access
      trustedServices: false → true  ARM: networkRuleBypassOptions AzureServices;
        line 7
      tasksBypass: true → false  ARM: networkRuleBypassAllowedForTasks; line 7
      dataEndpoint: false → true  ARM: dataEndpointEnabled; line 7
      the same for 1 more registry: northwind

    Plan: 0 to add, 6 to change, 0 to remove in 2 of 3 registries. 1 registry is up
      to date.
    ");
    insta::assert_snapshot!(plan.text(Paint::PLAIN.with_width(Some(80)).with_all(true)), @r"
    ~ fabrikam (group platform, registries.yaml:7): will change
      mode      selected networks (3 IP, 0 subnets), as before
      access    no client gains or loses access
      trustedServices: false → true  ARM: networkRuleBypassOptions AzureServices;
        line 7
      tasksBypass: true → false  ARM: networkRuleBypassAllowedForTasks; line 7
      dataEndpoint: false → true  ARM: dataEndpointEnabled; line 7

    ~ northwind (group platform, registries.yaml:9): will change
      mode      selected networks (3 IP, 0 subnets), as before
      access    no client gains or loses access
      trustedServices: false → true  ARM: networkRuleBypassOptions AzureServices;
        line 7
      tasksBypass: true → false  ARM: networkRuleBypassAllowedForTasks; line 7
      dataEndpoint: false → true  ARM: dataEndpointEnabled; line 7

    = tailspin (group platform, registries.yaml:5): is up to date: selected networks
        (3 IP, 0 subnets)

    Plan: 0 to add, 6 to change, 0 to remove in 2 of 3 registries. 1 registry is up
      to date.
    ");
}

#[test]
fn groups_leave_out_what_differs() {
    let mut other = named(leaving(), "fabrikam", 7);
    other.mode.after = "selected networks (3 IP, 2 subnets)".into();
    samples::set_ips(&mut other, ["198.51.100.0/25", "203.0.113.9"].map(str::to_owned));
    insta::assert_snapshot!(at(80, &plan_of(vec![leaving(), other])), @r"
    ~ contoso (group platform, registries.yaml:5): will change
      mode      selected networks (3 IP, 0 subnets), as before; the others differ
      loses     128 addresses: offices
      ipRules:
        - 198.51.100.0/25  128 addresses lose access; offices; networks.yaml:3
        - 203.0.113.9      no address loses access
      the same for 1 more registry: fabrikam

    Plan: 0 to add, 0 to change, 4 to remove in 2 of 2 registries.
    ");
}

#[test]
fn removed_rules_say_how_many_addresses_lose_access() {
    insta::assert_snapshot!(at(80, &plan_of(vec![leaving()])), @r"
    ~ contoso (group platform, registries.yaml:5): will change
      mode      selected networks (3 IP, 0 subnets), as before
      loses     128 addresses: offices
      ipRules:
        - 198.51.100.0/25  128 addresses lose access; offices; networks.yaml:3
        - 203.0.113.9      no address loses access
        … 2 unchanged rules

    Plan: 0 to add, 0 to change, 2 to remove in 1 of 1 registry.
    ");
}

#[test]
fn flags_have_the_words_of_the_spec_and_of_arm() {
    insta::assert_snapshot!(at(80, &plan_of(vec![flags()])), @r"
    ~ contoso (group platform, registries.yaml:5): will change
      mode      selected networks (3 IP, 0 subnets), as before
      access    no client gains or loses access
      trustedServices: false → true  ARM: networkRuleBypassOptions AzureServices;
        line 7
      tasksBypass: true → false  ARM: networkRuleBypassAllowedForTasks; line 7
      dataEndpoint: false → true  ARM: dataEndpointEnabled; line 7

    Plan: 0 to add, 3 to change, 0 to remove in 1 of 1 registry.
    ");
}

#[test]
fn lost_endpoints_stand_with_the_subnets() {
    let mut plan = samples::closing();
    plan.changes.settings.clear();
    plan.access = Default::default();
    insta::assert_snapshot!(at(80, &plan_of(vec![plan])), @r"
    ~ contoso (group platform, registries.yaml:5): will change
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

    Plan: 0 to add, 1 to change, 0 to remove in 1 of 1 registry.
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
    insta::assert_snapshot!(at(80, &plan_of(vec![plan])), @r"
    ~ contoso (group platform, registries.yaml:5): will change
      mode      selected networks (3 IP, 0 subnets), as before
      access    no client gains or loses access
      defaultAction: (absent) → Deny  line 7

    Plan: 0 to add, 1 to change, 0 to remove in 1 of 1 registry.
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
fn no_line_is_wider_than_the_terminal() {
    let plans = [samples::plan(), forty(), plan_of(vec![leaving(), flags()])];
    for width in [80, 120] {
        for plan in &plans {
            for line in at(width, plan).lines() {
                assert!(textwrap::core::display_width(line) <= width, "{line}");
            }
        }
    }
}

#[test]
fn two_hundred_thousand_rules_take_one_line_each() {
    let removed: Vec<_> = (0..200_000)
        .map(|n| samples::rule(&format!("20.{}.{}.{}", n >> 16, n >> 8 & 255, n & 255), None, 0))
        .collect();
    let mut plan = samples::unchanged("contoso");
    samples::set_ips(
        &mut plan,
        removed.iter().map(|listed| listed.rule.as_str().to_owned()),
    );
    let added = vec![
        samples::rule("10.0.0.1", None, 0),
        samples::rule("30.0.0.1", None, 0),
    ];
    plan.changes.settings = vec![samples::list(Setting::IpRules, added, removed)];
    let text = at(80, &plan_of(vec![plan]));
    let signs: String = text
        .lines()
        .filter_map(|line| line.trim_start().chars().next())
        .collect();
    assert_eq!(signs.matches('-').count(), 200_000);
    // By address, both kinds together.
    let rules = signs
        .find("+-")
        .expect("the first addition is before the removals");
    assert!(signs[rules..].contains("-+"), "{}", text.lines().count());
}
