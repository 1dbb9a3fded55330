//! Plans of several registries.

use super::{at, flags, forty, leaving, named, plan_of};
use crate::render::text::samples;
use crate::render::{Document, Paint};

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
      registry last changed 18 h ago (2026-11-20 08:15 UTC) by user@example.com (User)

    ! northwind (group platform, registries.yaml:12): could not be read
        error[AuthorizationFailed]: the client does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read'
        --> registries.yaml:12:5
         = note: request id 6f1e2d3c-0000-4000-8000-000000000001
         = help: ask for the role Reader on the registry

    Plan: 4 to add, 2 to change, 5 to remove in 2 of 4 registries. 1 registry is up to date. 1 registry refused. 1 registry could not be read.
      refused      fabrikam (registries.yaml:5)
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
      registry last changed 18 h ago (2026-11-20 08:15 UTC) by user@example.com
        (User)

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
    Nothing will be written: a broken guard stops the whole run.
    ");
}
