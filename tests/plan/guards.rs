//! Guards on access: protected addresses, and kinds of change that a run refuses.

use std::collections::BTreeSet;

use crate::azure_bodies::{premium_registry, subnet_id};
use crate::readings::{reading, unmanaged, wanted_subnets};
use crate::wanted_ips::wanted_ips;
use ringfence::live::Reading;
use ringfence::model::{Cidr, DefaultAction, PublicNetworkAccess, Setting};
use ringfence::plan::{FailOn, OwnAddress, Policy, RegistryPlan, plan_registry};
use ringfence::spec::RegistrySpec;
use serde_json::{Value, json};

/// A registry with these rules and, if asked for, the subnet `hub/build`, and a spec that manages none of its settings.
fn live(action: &str, ips: &[&str], subnet: bool) -> (RegistrySpec, Reading) {
    let mut body = premium_registry("contoso");
    let ip = |value: &&str| json!({"action": "Allow", "value": value});
    let id = subnet_id("hub", "build");
    let rules = if subnet {
        vec![json!({"action": "Allow", "virtualNetworkSubnetResourceId": id.as_str()})]
    } else {
        Vec::new()
    };
    body["properties"]["networkRuleSet"] = json!({
        "defaultAction": action,
        "virtualNetworkRules": rules,
        "ipRules": ips.iter().map(ip).collect::<Vec<Value>>(),
    });
    (unmanaged(&body), reading(&body))
}

fn cidr(text: &str) -> Cidr {
    text.parse().expect("a range")
}

fn protecting(texts: &[&str]) -> Policy {
    Policy {
        protect: texts.iter().map(|text| cidr(text)).collect(),
        ..Policy::default()
    }
}

/// Code, measured value and limit of each refusal.
fn refused(plan: &RegistryPlan) -> Vec<(&str, &str, &str)> {
    let facts = plan.refusals.iter().map(|refusal| {
        assert!(refusal.override_flag.is_some(), "{refusal:?}");
        let measured = refusal.measured.as_deref().expect("it is measured");
        (
            refusal.code.name(),
            measured,
            refusal.limit.as_deref().expect("it has a limit"),
        )
    });
    facts.collect()
}

/// The registry admits 198.51.100.0/25 and 203.0.113.7 before, and 198.51.100.0/26 and 203.0.113.8 after.
#[test]
fn protected_range_keeps_every_admitted_address() {
    let rows = [
        ("198.51.100.0/26", None),
        ("198.51.100.0/25", Some("64")),
        ("198.51.100.0/24", Some("64")),
        ("198.51.100.128/25", None),
        ("203.0.113.7", Some("1")),
        ("203.0.113.8", None),
        ("203.0.113.0/24", Some("1")),
        ("8.8.8.8", None),
        ("0.0.0.0/0", Some("65")),
    ];
    for (range, lost) in rows {
        let (mut spec, reading) = live("Deny", &["198.51.100.0/25", "203.0.113.7"], false);
        spec.settings
            .want_unsourced(Setting::IpRules, wanted_ips(&["198.51.100.0/26", "203.0.113.8"]));
        let plan = plan_registry(&spec, &reading, &protecting(&[range]));
        let want: Vec<_> = lost.map(|lost| ("own-address", lost, "0")).into_iter().collect();
        assert_eq!(refused(&plan), want, "{range}");
    }
    let (mut spec, reading) = live("Deny", &["198.51.100.0/25"], false);
    spec.settings
        .want_unsourced(Setting::IpRules, wanted_ips(&["198.51.100.0/26"]));
    let plan = plan_registry(&spec, &reading, &protecting(&["198.51.100.0/24"]));
    assert_eq!(
        plan.refusals[0].message,
        "64 of the 256 addresses of the protected range `198.51.100.0/24` would lose access"
    );
}

/// The answer of a registry to this machine.
enum Said {
    Admitted,
    Unknown,
    Nothing,
}

fn asked(said: &Said, reading: &Reading, named: &[&str]) -> Policy {
    let mut own = OwnAddress {
        named: named.iter().map(|text| cidr(text)).collect(),
        ..OwnAddress::default()
    };
    let id = reading.registry.id.clone();
    match said {
        Said::Admitted => drop(own.admitted.insert(id)),
        Said::Unknown => drop(own.unknown.insert(id, "no such host".to_owned())),
        Said::Nothing => {}
    }
    Policy {
        own: Some(own),
        ..Policy::default()
    }
}

/// Changes of a registry with 203.0.113.7, 192.0.2.1 and a subnet, each closing something else. A subnet rule would cut
/// trusted services already.
fn change(name: &str) -> (RegistrySpec, Reading) {
    change_with(name, name != "bypass")
}

/// The same of a registry with or without the subnet.
fn change_with(name: &str, subnet: bool) -> (RegistrySpec, Reading) {
    let from = if name.starts_with("Allow to Deny") {
        "Allow"
    } else {
        "Deny"
    };
    let ips = match name {
        "Allow to Deny for all" => ["0.0.0.0/1", "128.0.0.0/1"],
        _ => ["203.0.113.7", "192.0.2.1"],
    };
    let (mut spec, reading) = live(from, &ips, subnet);
    let settings = &mut spec.settings;
    match name {
        "add" => {
            let ips = wanted_ips(&["203.0.113.7", "192.0.2.1", "192.0.2.2"]);
            settings.want_unsourced(Setting::IpRules, ips);
        }
        "open" => {
            settings.want_unsourced(Setting::DefaultAction, DefaultAction::Allow);
            settings.want_unsourced(Setting::IpRules, wanted_ips(&[]));
        }
        "bypass" => settings.want_unsourced(Setting::NetworkRuleBypassOptions, "None"),
        "remove" => settings.want_unsourced(Setting::IpRules, wanted_ips(&["203.0.113.7"])),
        "subnet out" => settings.want_unsourced(Setting::VirtualNetworkRules, wanted_subnets(&[])),
        "Allow to Deny" | "Allow to Deny for all" => {
            settings.want_unsourced(Setting::DefaultAction, DefaultAction::Deny)
        }
        _ => settings.want_unsourced(Setting::PublicNetworkAccess, PublicNetworkAccess::Disabled),
    }
    (spec, reading)
}

#[test]
fn unknown_own_address_refuses_narrowing_changes() {
    // A machine in a subnet over a service endpoint is not among the clients of rules for all addresses.
    let closing = [
        "remove",
        "subnet out",
        "Allow to Deny",
        "Allow to Deny for all",
        "disable",
    ];
    for name in ["add", "open", "bypass"].iter().chain(&closing) {
        let (spec, reading) = change(name);
        for said in [Said::Admitted, Said::Unknown] {
            for protect in [&[][..], &["203.0.113.7"]] {
                let mut policy = asked(&said, &reading, &[]);
                policy.protect = protecting(protect).protect;
                let plan = plan_registry(&spec, &reading, &policy);
                let unknown = refused(&plan).contains(&("own-address", "unknown", "known to stay in"));
                assert_eq!(unknown, closing.contains(name), "{name}: {plan:?}");
            }
        }
        let plan = plan_registry(&spec, &reading, &asked(&Said::Nothing, &reading, &[]));
        assert!(plan.refusals.is_empty(), "{name}");
    }
}

/// An address named by another registry counts for a registry that admits the machine by its rules. It does not count
/// for a registry that gave no usable answer.
#[test]
fn address_named_by_another_registry_replaces_the_unknown() {
    let rows = [
        (Said::Admitted, "203.0.113.7", &[][..]),
        (Said::Admitted, "192.0.2.1", &["1"]),
        (Said::Admitted, "8.8.8.8", &["unknown"]),
        (Said::Unknown, "203.0.113.7", &["unknown"]),
        (Said::Unknown, "192.0.2.1", &["1", "unknown"]),
    ];
    for (said, named, want) in rows {
        let (spec, reading) = change("remove");
        let plan = plan_registry(&spec, &reading, &asked(&said, &reading, &[named]));
        let measured: Vec<&str> = refused(&plan).iter().map(|(_, measured, _)| *measured).collect();
        assert_eq!(measured, want, "{named}");
    }
}

/// A registry sees an address that is not public over a service endpoint, and no IP rule admits it.
#[test]
fn address_that_is_not_public_is_protected_by_subnet_rules_alone() {
    for (name, listed, measured) in [
        ("Allow to Deny", true, Some("unknown")),
        ("Allow to Deny", false, Some("1")),
        ("Allow to Deny for all", false, Some("1")),
        ("subnet out", true, Some("unknown")),
        ("disable", true, Some("unknown")),
        ("remove", true, None),
        ("open", true, None),
    ] {
        let (spec, reading) = change_with(name, listed);
        let plan = plan_registry(&spec, &reading, &protecting(&["10.0.0.4"]));
        let found: Vec<&str> = refused(&plan).iter().map(|(_, measured, _)| *measured).collect();
        assert_eq!(found, Vec::from_iter(measured), "{name}: {plan:?}");
    }
}

/// The other registry does not admit this machine, so the address says nothing of a change there.
#[test]
fn named_address_that_is_not_public_explains_no_admission() {
    for (name, said, is_refused) in [
        ("Allow to Deny for all", Said::Admitted, true),
        ("subnet out", Said::Admitted, true),
        ("subnet out", Said::Nothing, false),
    ] {
        let (spec, reading) = change(name);
        let plan = plan_registry(&spec, &reading, &asked(&said, &reading, &["10.0.0.4"]));
        let refusal = plan.refusals.first();
        assert_eq!(refusal.is_some(), is_refused, "{name}: {plan:?}");
        if let Some(refusal) = refusal {
            let told = "another registry sees it at `10.0.0.4`, which is not public";
            assert!(refusal.message.contains(told), "{}", refusal.message);
            assert!(
                refusal
                    .help
                    .as_ref()
                    .unwrap()
                    .contains("`subnets` lists the subnet")
            );
        }
    }
}

#[test]
fn fail_on_distinguishes_widening_and_narrowing() {
    let failing = |name: &str, kind| {
        let (mut spec, reading) = change(name);
        if name == "tasks" {
            spec = unmanaged(&premium_registry("contoso"));
            spec.settings
                .want_unsourced(Setting::NetworkRuleBypassAllowedForTasks, true);
        }
        let policy = Policy {
            fail_on: BTreeSet::from([kind]),
            ..Policy::default()
        };
        let plan = plan_registry(&spec, &reading, &policy);
        plan.refusals[0].measured.clone().expect("it is measured")
    };
    let rows = [
        (
            "tasks",
            FailOn::Widens,
            "access widens: ACR Tasks with a system-assigned identity",
        ),
        ("bypass", FailOn::Narrows, "access narrows: trusted services"),
        ("add", FailOn::Widens, "access widens: 1 address"),
        ("subnet out", FailOn::Narrows, "access narrows: 1 subnet"),
    ];
    for (name, kind, want) in rows {
        assert_eq!(failing(name, kind), want);
    }
}
