//! Access: the mode before and after, and the addresses and subnets that gain or lose access.

use ringfence::plan::plan_registry;
use serde_json::{Value, json};

use super::{live, planned, removing_unparsed, wanted, with};
use crate::readings::reading;

/// All IPv4 addresses.
/// Public IPv4 addresses.
const ALL: u64 = 3_702_259_200;

/// A live body, lines of YAML, and the expected modes, opened and closed addresses, and effect.
type Row<'a> = (Value, &'a str, [&'a str; 2], [u64; 2], &'a str);

fn check(rows: &[Row<'_>]) {
    for (body, lines, modes, [opened, closed], effect) in rows {
        let plan = serde_json::to_value(planned(lines, body)).unwrap();
        assert_eq!(
            plan["mode"],
            json!({"before": modes[0], "after": modes[1]}),
            "{lines}"
        );
        let access = &plan["access"];
        assert_eq!(
            (&access["opened"], &access["closed"], &access["effect"]),
            (&json!(opened), &json!(closed), &json!(effect)),
            "{lines}"
        );
    }
}

#[test]
fn closing_an_open_registry_narrows() {
    let open = live("Allow", &[], &[]);
    check(&[
        (
            open.clone(),
            "    defaultAction: Deny\n    ipRules: [203.0.113.0/24]\n",
            ["open", "selected networks (1 IP, 0 subnets)"],
            [0, ALL - 256],
            "narrows",
        ),
        (
            open.clone(),
            "    publicNetworkAccess: Disabled\n",
            ["open", "private only"],
            [0, ALL],
            "narrows",
        ),
        (
            open,
            "    defaultAction: Allow\n",
            ["open", "open"],
            [0, 0],
            "none",
        ),
    ]);
}

#[test]
fn opening_a_closed_registry_widens() {
    let private = with(
        live("Deny", &["203.0.113.7"], &[]),
        "publicNetworkAccess",
        json!("Disabled"),
    );
    check(&[
        (
            live("Deny", &["203.0.113.7"], &[]),
            "    defaultAction: Allow\n",
            ["selected networks (1 IP, 0 subnets)", "open (1 dormant rule)"],
            [ALL - 1, 0],
            "widens",
        ),
        (
            private.clone(),
            "    publicNetworkAccess: Enabled\n",
            [
                "private only (1 dead rule)",
                "selected networks (1 IP, 0 subnets)",
            ],
            [1, 0],
            "widens",
        ),
        (
            private,
            "    publicNetworkAccess: Enabled\n    defaultAction: Allow\n    ipRules: []\n",
            ["private only (1 dead rule)", "open"],
            [ALL, 0],
            "widens",
        ),
        (
            live("Deny", &[], &[]),
            "    ipRules: [203.0.113.0/30]\n",
            ["closed", "selected networks (1 IP, 0 subnets)"],
            [4, 0],
            "widens",
        ),
    ]);
}

#[test]
fn overlapping_rules_count_each_address_once() {
    let wide = live("Deny", &["203.0.113.0/24"], &[]);
    let one = "selected networks (1 IP, 0 subnets)";
    let two = "selected networks (2 IP, 0 subnets)";
    check(&[
        (
            wide.clone(),
            "    ipRules: [203.0.113.0/24, 203.0.113.7]\n",
            [one, two],
            [0, 0],
            "none",
        ),
        (
            wide.clone(),
            "    ipRules: [203.0.113.0/25, 203.0.113.128/25]\n",
            [one, two],
            [0, 0],
            "none",
        ),
        (
            wide.clone(),
            "    ipRules: [203.0.113.0/25]\n",
            [one, one],
            [0, 128],
            "narrows",
        ),
        (
            wide.clone(),
            "    ipRules: [203.0.112.0/23]\n",
            [one, one],
            [256, 0],
            "widens",
        ),
        (
            wide,
            "    ipRules: [203.0.113.0/25, 203.0.112.0/30]\n",
            [one, two],
            [4, 128],
            "both",
        ),
    ]);
}

#[test]
fn rules_without_force_change_no_access() {
    let open = live("Allow", &[], &[]);
    let private = with(
        live("Deny", &["198.51.100.1"], &[]),
        "publicNetworkAccess",
        json!("Disabled"),
    );
    check(&[
        (
            open,
            "    ipRules: [203.0.113.7, 203.0.113.8]\n",
            ["open", "open (2 dormant rules)"],
            [0, 0],
            "none",
        ),
        (
            private,
            "    ipRules: [203.0.113.7, 203.0.113.8]\n",
            ["private only (1 dead rule)", "private only (2 dead rules)"],
            [0, 0],
            "none",
        ),
    ]);
}

#[test]
fn bypasses_widen_and_narrow_without_addresses() {
    let closed = live("Deny", &["203.0.113.7"], &[]);
    let mode = "selected networks (1 IP, 0 subnets)";
    check(&[
        (
            closed.clone(),
            "    trustedServices: false\n",
            [mode, mode],
            [0, 0],
            "narrows",
        ),
        (
            with(closed.clone(), "networkRuleBypassOptions", json!("None")),
            "    trustedServices: true\n",
            [mode, mode],
            [0, 0],
            "widens",
        ),
        (
            closed.clone(),
            "    tasksBypass: true\n",
            [mode, mode],
            [0, 0],
            "widens",
        ),
        (
            closed.clone(),
            "    tasksBypass: true\n    trustedServices: false\n",
            [mode, mode],
            [0, 0],
            "both",
        ),
        (closed, "    dataEndpoint: true\n", [mode, mode], [0, 0], "none"),
    ]);
}

/// The flags of trusted services and tasks decide nothing where every client gets in.
#[test]
fn bypasses_of_open_registries_change_no_access() {
    let off = with(live("Allow", &[], &[]), "networkRuleBypassOptions", json!("None"));
    let mut basic = live("Allow", &[], &[]);
    basic["sku"]["name"] = json!("Basic");
    let one = "selected networks (1 IP, 0 subnets)";
    check(&[
        (
            live("Allow", &[], &[]),
            "    trustedServices: false\n",
            ["open", "open"],
            [0, 0],
            "none",
        ),
        (
            basic,
            "    trustedServices: false\n",
            ["open", "open"],
            [0, 0],
            "none",
        ),
        (
            off,
            "    defaultAction: Deny\n    ipRules: [203.0.113.7]\n    trustedServices: true\n    tasksBypass: true\n",
            ["open", one],
            [0, ALL - 1],
            "narrows",
        ),
        (
            live("Deny", &[], &[]),
            "    defaultAction: Allow\n    trustedServices: false\n",
            ["closed", "open"],
            [ALL, 0],
            "widens",
        ),
    ]);
}

#[test]
fn clients_that_no_rule_names_gain_and_lose_access() {
    let closed = || live("Deny", &["203.0.113.7"], &[]);
    let off = with(live("Allow", &[], &[]), "networkRuleBypassOptions", json!("None"));
    let dual = with(live("Allow", &[], &[]), "endpointProtocol", json!("IPv4AndIPv6"));
    let deny = "    defaultAction: Deny\n    ipRules: [203.0.113.7]\n";
    let rows = [
        // An open registry admits trusted services and tasks. Both depend on their flags under `Deny`.
        (
            off,
            deny,
            json!(null),
            json!(["trusted-services", "tasks", "unlisted-subnets"]),
        ),
        (
            live("Allow", &[], &[]),
            deny,
            json!(null),
            json!(["tasks", "unlisted-subnets"]),
        ),
        // Their source addresses are private, and no IP rule matches them.
        (
            live("Allow", &[], &[]),
            "    defaultAction: Deny\n    ipRules: [0.0.0.0/1, 128.0.0.0/1]\n    tasksBypass: true\n",
            json!(null),
            json!(["unlisted-subnets"]),
        ),
        // The first subnet rule cuts trusted services.
        (
            closed(),
            "    subnets: [$build]\n",
            json!(null),
            json!(["trusted-services"]),
        ),
        // Tasks do not work on dual-stack endpoints in any case.
        (dual, deny, json!(null), json!(["ipv6", "unlisted-subnets"])),
        (closed(), "    tasksBypass: true\n", json!(["tasks"]), json!(null)),
    ];
    for (body, lines, opened, closed) in rows {
        let plan = serde_json::to_value(planned(lines, &body)).unwrap();
        let of = |key: &str| plan["access"].get(key).cloned().unwrap_or_default();
        assert_eq!(of("othersOpened"), opened, "{lines}");
        assert_eq!(of("othersClosed"), closed, "{lines}");
    }
}

#[test]
fn unknown_values_count_as_closed() {
    let secured = with(
        live("Allow", &[], &[]),
        "publicNetworkAccess",
        json!("SecuredByPerimeter"),
    );
    check(&[
        (
            secured,
            "    publicNetworkAccess: Enabled\n",
            ["private only", "open"],
            [ALL, 0],
            "widens",
        ),
        (
            live("Audit", &["203.0.113.7"], &[]),
            "    defaultAction: Allow\n",
            ["selected networks (1 IP, 0 subnets)", "open (1 dormant rule)"],
            [ALL - 1, 0],
            "widens",
        ),
    ]);
}

/// The ends of subnet ids in a list of an access change.
fn names(list: &Value) -> Vec<&str> {
    let mut names = Vec::new();
    for id in list.as_array().unwrap() {
        names.push(id.as_str().unwrap().rsplit('/').next().unwrap());
    }
    names
}

#[test]
fn subnets_that_gain_and_lose_access_are_named() {
    let rows = [
        (
            live("Deny", &[], &["old"]),
            "    subnets: [$build]\n",
            &["build"][..],
            &["old"][..],
            "both",
        ),
        (
            live("Deny", &[], &["old"]),
            "    subnets: [$old, $build]\n",
            &["build"],
            &[],
            "widens",
        ),
        // Without a subnet rule, trusted services get in again.
        (
            live("Deny", &["203.0.113.7"], &["old"]),
            "    subnets: []\n",
            &[],
            &["old"],
            "both",
        ),
        (
            live("Allow", &[], &["old"]),
            "    subnets: [$build]\n",
            &[],
            &[],
            "none",
        ),
        // Under `Allow` every subnet gets in. Only `build` still does under `Deny`.
        (
            live("Allow", &[], &["old"]),
            "    defaultAction: Deny\n    subnets: [$build]\n",
            &[],
            &["old"],
            "narrows",
        ),
        // No page says if trusted services get in over subnet rules that are dead. Before, they did not.
        (
            live("Deny", &[], &["old"]),
            "    publicNetworkAccess: Disabled\n",
            &[],
            &["old"],
            "both",
        ),
    ];
    for (body, lines, opened, closed, effect) in rows {
        let plan = serde_json::to_value(planned(lines, &body)).unwrap();
        let access = &plan["access"];
        assert_eq!(names(&access["subnetsOpened"]), opened, "{lines}");
        assert_eq!(names(&access["subnetsClosed"]), closed, "{lines}");
        assert_eq!(access["effect"], effect, "{lines}");
    }
}

#[test]
fn unparsable_rules_in_force_count_as_access() {
    let strange = live("Deny", &["203.0.113.7", "2001:db8::/32"], &[]);
    let spec = wanted("    ipRules: [203.0.113.7]\n");
    let gone = plan_registry(&spec, &reading(&strange), &removing_unparsed());
    let gone = serde_json::to_value(gone).unwrap();
    assert_eq!(gone["access"]["unreadableClosed"], 1);
    assert_eq!(gone["access"]["effect"], "narrows");

    let dormant = live("Allow", &["2001:db8::/32"], &[]);
    let closing = "    defaultAction: Deny\n    ownership: additive\n    ipRules: [203.0.113.7]\n";
    let kept = serde_json::to_value(planned(closing, &dormant)).unwrap();
    // Everybody got in before, so the rule that comes into force admits no one new.
    assert_eq!(kept["access"].get("unreadableOpened"), None);
    assert_eq!(kept["access"]["effect"], "narrows");
}
