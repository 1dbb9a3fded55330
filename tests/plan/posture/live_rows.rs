//! Rows about live state.

use std::collections::BTreeMap;

use ringfence::live::{LiveSubnet, Quota, Reading, Usages};
use ringfence::model::{Failure, FailureKind};
use ringfence::spec::PostureRule;
use serde_json::{Value, json};

use super::Row;
use super::case::{Case, body, connection, delegated, premium, read, with_subnet};
use crate::azure_bodies::SUBSCRIPTION;
use crate::diff::{live, reading_with, with};
use crate::readings::{reading, reading_at};

fn row(rule: PostureRule, found: Case, absent: Case, boundary: (Case, usize)) -> Row {
    Row {
        rule,
        found,
        absent,
        boundary,
    }
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows = rows_of_exposure();
    rows.extend(rows_of_addresses());
    rows.extend(rows_of_subnets());
    rows.extend(rows_of_bypass());
    rows.extend(rows_of_registry());
    rows
}

fn disabled(state: Value) -> Value {
    with(state, "publicNetworkAccess", json!("Disabled"))
}

fn standard() -> Value {
    let mut body = premium(json!({}));
    body["sku"]["name"] = json!("Standard");
    body
}

/// A subnet that does not exist.
fn gone() -> LiveSubnet {
    LiveSubnet::Unreadable(Failure {
        kind: FailureKind::NotFound,
        ..Failure::new("NotFound", "no")
    })
}

fn rows_of_exposure() -> Vec<Row> {
    use PostureRule::*;
    let open = || live("Allow", &[], &[]);
    let one = || live("Deny", &["203.0.113.7"], &[]);
    let approved = |state| with(state, "privateEndpointConnections", connection("Approved"));
    let pending = |state| with(state, "privateEndpointConnections", connection("Pending"));
    vec![
        row(
            OpenByDefaultAction,
            body(&open()),
            body(&one()),
            (body(&disabled(open())), 0),
        ),
        row(
            OpenByUnion,
            body(&live("Deny", &["0.0.0.0/1", "128.0.0.0/1"], &[])),
            body(&live("Deny", &["0.0.0.0/0"], &[])),
            // One public address is missing.
            (
                body(&live("Deny", &["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/4"], &[])),
                0,
            ),
        ),
        row(
            OpenByRule,
            body(&live("Deny", &["203.0.113.7", "0.0.0.0/0"], &[])),
            body(&live("Deny", &["0.0.0.0/1"], &[])),
            (body(&disabled(live("Deny", &["0.0.0.0/0"], &[]))), 0),
        ),
        row(
            OpenBySku,
            body(&standard()),
            body(&open()),
            (body(&disabled(standard())), 1),
        ),
        row(
            PublicAccess,
            body(&one()),
            body(&disabled(one())),
            (body(&standard()), 0),
        ),
        row(
            NoPrivateEndpoint,
            body(&one()),
            body(&approved(one())),
            (body(&pending(one())), 1),
        ),
        row(
            NoClient,
            read(with_subnet(reading(&live("Deny", &[], &["build"])), gone())),
            body(&approved(disabled(one()))),
            // No client has a private address.
            (body(&live("Deny", &["10.0.0.0/8"], &[])), 1),
        ),
        row(
            DeadRules,
            body(&approved(disabled(one()))),
            body(&one()),
            // Before the rules go, a client has to get in.
            (body(&disabled(one())), 0),
        ),
        row(
            DormantRules,
            body(&live("Allow", &["203.0.113.7"], &[])),
            body(&one()),
            (body(&open()), 0),
        ),
    ]
}

fn rows_of_addresses() -> Vec<Row> {
    use PostureRule::*;
    let ips = |ips: &[&str]| body(&live("Deny", ips, &[]));
    let many = |number: usize| {
        let texts: Vec<String> = (0..number).map(|host| format!("198.51.{}.1", host * 2)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        reading(&live("Deny", &texts, &[]))
    };
    let granted = |number, limit| Reading {
        usages: Some(Usages {
            ip_rules: Some(Quota { limit, current: 0 }),
            subnet_rules: None,
        }),
        ..many(number)
    };
    vec![
        row(
            WideRule,
            ips(&["8.0.0.0/9"]),
            ips(&["8.8.0.0/17"]),
            (ips(&["8.8.0.0/16"]), 1),
        ),
        row(
            SpecialUseRange,
            ips(&["10.0.0.0/8", "192.168.1.7"]),
            ips(&["203.0.113.7"]),
            // Half of it has public addresses.
            (ips(&["172.0.0.0/11"]), 0),
        ),
        row(
            DuplicateRule,
            ips(&["192.0.2.7", "192.0.2.7/32"]),
            ips(&["192.0.2.7", "192.0.2.8"]),
            (ips(&["192.0.2.0/24", "192.0.2.0/25"]), 0),
        ),
        row(
            ContainedRule,
            ips(&["192.0.2.0/24", "192.0.2.7"]),
            ips(&["192.0.2.0/24", "192.0.3.0/24"]),
            // A duplicate is not contained.
            (ips(&["192.0.2.7", "192.0.2.7/32"]), 0),
        ),
        row(
            MergeableRules,
            ips(&["192.0.2.0/25", "192.0.2.128/25"]),
            ips(&["192.0.2.0/25", "192.0.3.0/25"]),
            // The range that replaces them is wider than `widestRule`.
            (ips(&["8.0.0.0/8", "9.0.0.0/8", "0.0.0.0/1", "128.0.0.0/1"]), 0),
        ),
        row(
            RuleQuota,
            read(granted(95, 100)),
            read(granted(95, 200)),
            (read(many(90)), 1),
        ),
    ]
}

fn rows_of_subnets() -> Vec<Row> {
    use PostureRule::*;
    let subnets = || live("Deny", &[], &["build"]);
    let on = || reading_with(&subnets(), &[("build", true)]);
    let off = || reading_with(&subnets(), &[("build", false)]);
    let unreadable = |kind, code: &str| {
        let failure = Failure {
            kind,
            ..Failure::new(code, "no")
        };
        with_subnet(reading(&subnets()), LiveSubnet::Unreadable(failure))
    };
    let registered = |state: &str| Reading {
        registrations: BTreeMap::from([(SUBSCRIPTION.to_owned(), state.to_owned())]),
        ..on()
    };
    let delegated = |to| read(with_subnet(reading(&subnets()), delegated(to)));
    let elsewhere = |body: &Value| Reading {
        service_endpoints_supported: false,
        ..reading(body)
    };
    let private = |state| body(&with(state, "privateEndpointConnections", connection("Pending")));
    let spare = || read(reading_with(&live("Deny", &[], &[]), &[("build", true)]));
    let egress = |reading| read(reading).wanting(EGRESS);
    vec![
        row(
            SubnetWithoutEndpoint,
            read(off()),
            read(on()),
            // Drift reports it.
            (read(off()).wanting("    subnets: [$build]\n"), 0),
        ),
        row(
            GoneSubnet,
            read(unreadable(FailureKind::NotFound, "NotFound")),
            read(on()),
            (read(unreadable(FailureKind::Local, "AuthorizationFailed")), 0),
        ),
        row(
            UnregisteredSubnet,
            read(registered("NotRegistered")),
            read(registered("registered")),
            (read(registered("Registering")), 1),
        ),
        row(
            DelegatedSubnet,
            delegated("Microsoft.Web/serverFarms"),
            read(on()),
            (delegated("Microsoft.Sql/managedInstances"), 0),
        ),
        row(
            SubnetsWithPrivateEndpoints,
            private(subnets()),
            private(live("Deny", &["203.0.113.7"], &[])),
            (body(&subnets()), 0),
        ),
        row(
            EndpointWithoutRule,
            spare(),
            read(on()),
            (spare().beside("    subnets: [$build]\n"), 0),
        ),
        row(
            HiddenAddress,
            egress(reading_with(
                &live("Deny", &["198.51.100.7"], &["build"]),
                &[("build", true)],
            )),
            egress(reading_with(
                &live("Deny", &["198.51.100.8"], &["build"]),
                &[("build", true)],
            )),
            (
                egress(reading_with(
                    &live("Deny", &["198.51.100.7"], &["build"]),
                    &[("build", false)],
                )),
                0,
            ),
        ),
        row(
            UnsupportedEndpoints,
            read(elsewhere(&subnets())),
            body(&subnets()),
            (read(elsewhere(&live("Deny", &["203.0.113.7"], &[]))), 0),
        ),
    ]
}

/// A spec that knows the public address of the subnet.
const EGRESS: &str =
    "    ipRules: [198.51.100.7]\nsubnets:\n  build: {id: $build, egress: [198.51.100.7]}\n";

fn rows_of_bypass() -> Vec<Row> {
    use PostureRule::*;
    let one = || live("Deny", &["203.0.113.7"], &[]);
    let open = || live("Allow", &[], &[]);
    let off = |state| with(state, "networkRuleBypassOptions", json!("None"));
    let tasks = |state| with(state, "networkRuleBypassAllowedForTasks", json!(true));
    let dual = |state| with(state, "endpointProtocol", json!("IPv4AndIPv6"));
    let caching = |state: &Value, number| {
        read(Reading {
            cache_rules: Some(number),
            ..reading(state)
        })
    };
    vec![
        row(
            TrustedServicesOff,
            body(&off(one())),
            body(&one()),
            (body(&off(open())), 0),
        ),
        row(
            TrustedServicesCut,
            body(&live("Deny", &[], &["build"])),
            body(&one()),
            (body(&disabled(live("Deny", &[], &["build"]))), 0),
        ),
        row(TasksOff, body(&one()), body(&tasks(one())), (body(&open()), 0)),
        row(
            TasksBypass,
            body(&tasks(one())),
            body(&one()),
            (body(&tasks(open())), 0),
        ),
        row(
            DualStackTasks,
            body(&dual(tasks(one()))),
            body(&dual(one())),
            (body(&tasks(one())), 0),
        ),
        row(
            CacheWithoutBypass,
            caching(&off(one()), 2),
            caching(&one(), 2),
            (caching(&off(one()), 0), 0),
        ),
    ]
}

fn rows_of_registry() -> Vec<Row> {
    use PostureRule::*;
    let fresh = || premium(json!({}));
    let exports = |status: &str| {
        body(&premium(
            json!({"policies": {"exportPolicy": {"status": status}}}),
        ))
    };
    let lease = |until: &str| {
        let mut state = fresh();
        state["tags"]["ringfence-lease-ci"] = json!(format!("until={until} ip=198.51.100.7"));
        body(&state)
    };
    let mut damaged = fresh();
    damaged["tags"]["ringfence-lease-ci"] = json!("until=never");
    let counted = |current, state: &Value| {
        read(Reading {
            usages: Some(Usages {
                ip_rules: None,
                subnet_rules: Some(Quota { limit: 100, current }),
            }),
            ..reading_at("2025-11-01", state)
        })
    };
    let mut blind = live("Deny", &[], &[]);
    let rules = blind["properties"]["networkRuleSet"].as_object_mut().unwrap();
    rules.remove("virtualNetworkRules");
    let other = "    defaultAction: Deny\n";
    vec![
        row(
            NoDataEndpoints,
            body(&fresh()),
            body(&premium(json!({"dataEndpointEnabled": true}))),
            (body(&standard()), 0),
        ),
        row(
            ExportsDisabled,
            exports("disabled"),
            exports("enabled"),
            (exports("Disabled"), 1),
        ),
        row(
            AnonymousPull,
            body(&premium(json!({"anonymousPullEnabled": true}))),
            body(&fresh()),
            (body(&premium(json!({"anonymousPullEnabled": null}))), 0),
        ),
        row(
            AdminUser,
            body(&premium(json!({"adminUserEnabled": true}))),
            body(&fresh()),
            (body(&premium(json!({"adminUserEnabled": null}))), 0),
        ),
        row(
            LeaseLeftOpen,
            lease("2026-11-20T00:00:00Z"),
            lease("2026-11-22T00:00:00Z"),
            (lease("2026-11-21T12:00:00Z"), 1),
        ),
        row(
            UnreadableLease,
            body(&damaged),
            lease("2026-11-20T00:00:00Z"),
            (lease("2026-11-22T00:00:00Z"), 0),
        ),
        row(
            UnreadableRule,
            body(&live("Deny", &["203.0.113.7", "::/0"], &[])),
            body(&live("Deny", &["203.0.113.7/32"], &["build"])),
            // Host bits: no one knows whether Azure takes it for an address or for a range.
            (body(&live("Allow", &["203.0.113.7/24", "Internet"], &[])), 2),
        ),
        row(
            HiddenSubnetRules,
            counted(3, &blind),
            counted(0, &blind),
            (counted(1, &live("Deny", &[], &["build"])), 0),
        ),
        row(
            UnlistedRegistry,
            body(&fresh()).beside(other),
            body(&fresh()).wanting(other),
            // Without any spec there is nothing that could name it.
            (body(&fresh()), 0),
        ),
    ]
}
