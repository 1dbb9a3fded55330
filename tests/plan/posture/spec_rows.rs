//! Rows about specs alone, and about entries of specs.

use ringfence::spec::PostureRule;

use super::Row;
use super::case::lines;

fn row(rule: PostureRule, found: &str, absent: &str, boundary: (&str, usize)) -> Row {
    Row {
        rule,
        found: lines(found),
        absent: lines(absent),
        boundary: (lines(boundary.0), boundary.1),
    }
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows = rows_of_exposure();
    rows.extend(rows_of_addresses());
    rows.extend(rows_of_entries());
    rows.extend(rows_of_bypass());
    rows
}

const OPEN: &str = "    defaultAction: Allow\n";
const ONE: &str = "    defaultAction: Deny\n    ipRules: [203.0.113.7]\n    subnets: []\n";
const DISABLED: &str = "    publicNetworkAccess: Disabled\n    ipRules: [203.0.113.7]\n";

fn rows_of_exposure() -> Vec<Row> {
    use PostureRule::*;
    vec![
        row(
            OpenByDefaultAction,
            OPEN,
            ONE,
            ("    ipRules: [203.0.113.7]\n", 0),
        ),
        row(
            OpenByUnion,
            "    defaultAction: Deny\n    ipRules: [0.0.0.0/1, 128.0.0.0/1]\n",
            "    defaultAction: Deny\n    ipRules: [0.0.0.0/0]\n",
            // Every default action lets all of them in.
            ("    ipRules: [0.0.0.0/1, 128.0.0.0/1]\n", 1),
        ),
        row(
            OpenByRule,
            "    ipRules: [0.0.0.0/0]\n",
            ONE,
            ("    publicNetworkAccess: Disabled\n    ipRules: [0.0.0.0/0]\n", 0),
        ),
        row(
            PublicAccess,
            "    publicNetworkAccess: Enabled\n",
            DISABLED,
            (ONE, 0),
        ),
        row(
            DeadRules,
            DISABLED,
            ONE,
            ("    publicNetworkAccess: Disabled\n    ipRules: []\n", 0),
        ),
        row(
            DormantRules,
            "    defaultAction: Allow\n    ipRules: [203.0.113.7]\n",
            ONE,
            (OPEN, 0),
        ),
    ]
}

fn rows_of_addresses() -> Vec<Row> {
    use PostureRule::*;
    vec![
        row(
            WideRule,
            "    ipRules: [8.0.0.0/9]\n",
            "    ipRules: [8.8.0.0/17]\n",
            ("    ipRules: [8.8.0.0/16]\n", 1),
        ),
        row(
            SpecialUseRange,
            "    ipRules: [10.0.0.0/8]\n",
            ONE,
            ("    ipRules: [172.0.0.0/11]\n", 0),
        ),
        row(
            ContainedRule,
            "    ipRules: [192.0.2.0/24, 192.0.2.7]\n",
            "    ipRules: [192.0.2.0/24, 192.0.3.0/24]\n",
            ("    ipRules: [192.0.2.0/24, 192.0.2.255]\n", 1),
        ),
        row(
            MergeableRules,
            "    ipRules: [192.0.2.0/25, 192.0.2.128/25]\n",
            ONE,
            ("    ipRules: [192.0.2.1, 192.0.2.2]\n", 0),
        ),
        row(RuleQuota, &listing(101), &listing(89), (&listing(90), 1)),
        row(
            HiddenAddress,
            "    ipRules: [198.51.100.7]\n    subnets: [aks]\nsubnets:\n  aks: {id: $build, egress: [198.51.100.7]}\n",
            ONE,
            // The subnet belongs to others.
            (
                "    ipRules: [198.51.100.7]\n    subnets: [aks]\n    serviceEndpoints: assume\nsubnets:\n  aks: {id: $build, \
                 egress: [198.51.100.7]}\n",
                0,
            ),
        ),
    ]
}

/// A spec with this number of rules, none of which touches another one.
fn listing(number: usize) -> String {
    let ranges: Vec<String> = (0..number).map(|host| format!("198.51.{}.1", host * 2)).collect();
    format!("    ipRules: [{}]\n", ranges.join(", "))
}

fn rows_of_entries() -> Vec<Row> {
    use PostureRule::*;
    let until =
        |day: &str| format!("    ipRules: [{{cidr: 192.0.2.7, owner: a, reason: b, expires: {day}}}]\n");
    vec![
        row(
            ExpiredEntry,
            &until("2026-11-20"),
            &until("2026-11-22"),
            (&until("2026-11-21"), 1),
        ),
        row(
            ExpiringEntry,
            &until("2026-11-22"),
            &until("2026-12-06"),
            (&until("2026-12-05"), 1),
        ),
        row(
            UnownedEntry,
            "    ipRules: [{cidr: 192.0.2.9, owner: ' ', reason: lab}]\n",
            &until("2099-01-01"),
            ("    subnets: [$build]\n", 0),
        ),
    ]
}

fn rows_of_bypass() -> Vec<Row> {
    use PostureRule::*;
    let with = |lines: &str| format!("{ONE}{lines}");
    let open = |lines: &str| format!("{OPEN}{lines}");
    vec![
        row(
            TrustedServicesOff,
            &with("    trustedServices: false\n"),
            &with("    trustedServices: true\n"),
            (&open("    trustedServices: false\n"), 0),
        ),
        row(
            TrustedServicesCut,
            "    defaultAction: Deny\n    subnets: [$build]\n    trustedServices: true\n",
            &with("    trustedServices: true\n"),
            ("    defaultAction: Deny\n    subnets: [$build]\n", 0),
        ),
        row(
            TasksOff,
            &with("    tasksBypass: false\n"),
            &with("    tasksBypass: true\n"),
            (ONE, 0),
        ),
        row(
            TasksBypass,
            &with("    tasksBypass: true\n"),
            &with("    tasksBypass: false\n"),
            (&open("    tasksBypass: true\n"), 0),
        ),
        row(
            DualStackTasks,
            "    tasksBypass: true\n    dataEndpoint: true\n    endpointProtocol: IPv4AndIPv6\n",
            "    tasksBypass: true\n    endpointProtocol: IPv4\n",
            ("    dataEndpoint: true\n    endpointProtocol: IPv4AndIPv6\n", 0),
        ),
        row(
            NoDataEndpoints,
            "    dataEndpoint: false\n",
            "    dataEndpoint: true\n",
            (ONE, 0),
        ),
    ]
}
