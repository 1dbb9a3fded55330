//! The table of checks, row by row: the smallest state where a check finds something, and the nearest one where it does
//! not. A check without rows here fails a test.

use std::collections::{BTreeMap, BTreeSet};

use ringfence::live::{Egress, Live, LiveSubnet, Quota, Reading, Usages, parse};
use ringfence::model::{Failure, FailureKind, Rule, Setting};
use ringfence::plan::{CHECKS, CheckKind, Policy, diff};
use ringfence::run::open_access;
use ringfence::spec::{self, ListedRule, LiveChange, RegistrySpec, Spec};
use serde_json::{Value, json};

use super::{hub, live, reading_with, wanted, with, without};
use crate::azure_bodies::{registry_id, subnet_body};
use crate::readings::{reading, reading_at};

/// A spec and a state to plan it on.
type Case = (RegistrySpec, Reading);

/// The kind and code of a check, a case where it finds something, and one where it finds nothing.
struct CheckRow {
    kind: CheckKind,
    code: &'static str,
    found: Case,
    absent: Case,
}

fn note(code: &'static str, found: Case, absent: Case) -> CheckRow {
    let kind = CheckKind::Note;
    CheckRow {
        kind,
        code,
        found,
        absent,
    }
}

fn refusal(code: &'static str, found: Case, absent: Case) -> CheckRow {
    let kind = CheckKind::Refusal;
    CheckRow {
        kind,
        code,
        found,
        absent,
    }
}

fn uncompared(code: &'static str, found: Case, absent: Case) -> CheckRow {
    let kind = CheckKind::Uncompared;
    CheckRow {
        kind,
        code,
        found,
        absent,
    }
}

/// Lines of YAML on a registry with this body.
fn on(lines: &str, body: &Value) -> Case {
    (wanted(lines), reading(body))
}

/// The restore of a registry with this body to Azure's defaults.
fn opened(body: &Value) -> Case {
    let mut spec = open_access(Vec::new(), [wanted("").id]);
    (spec.registries.remove(0), reading(body))
}

/// The same case while a job has this address open.
fn leased(address: &str, (mut spec, reading): Case) -> Case {
    let lease = "job, until 2026-11-29T03:20:00Z".to_owned();
    spec.leased.insert(Rule::parse(address), lease);
    (spec, reading)
}

/// Lines of YAML on a registry for which a running lease has enabled public access.
fn opened_by_a_lease(lines: &str) -> Case {
    let mut body = closed();
    let lease = "until=2026-11-29T03:20:00Z ip=203.0.113.7 was=Disabled/Allow";
    body["tags"] = json!({"ringfence-lease-job": lease});
    let (mut spec, reading) = on(lines, &body);
    spec.leases = Some(BTreeSet::from(["job".to_owned()]));
    (spec, reading)
}

/// The removal of a rule by the flags of a command.
fn removing(rule: &str) -> Case {
    let change = LiveChange {
        remove: vec![Rule::parse(rule)],
        ..LiveChange::default()
    };
    let mut spec = change.spec(wanted("").id);
    (spec.registries.remove(0), reading(&closed()))
}

/// A registry under `Deny` with one IP rule.
fn closed() -> Value {
    live("Deny", &["203.0.113.7"], &[])
}

/// The same at an api-version that hides subnet rules.
fn blind() -> Reading {
    let mut body = closed();
    let rules = body["properties"]["networkRuleSet"].as_object_mut().unwrap();
    rules.remove("virtualNetworkRules");
    reading_at("2025-11-01", &body)
}

fn private_endpoint(body: Value) -> Value {
    let connection = json!([{"id": "/subscriptions/s/x", "properties": {}}]);
    with(body, "privateEndpointConnections", connection)
}

fn rows_of_rules() -> Vec<CheckRow> {
    let mixed = live("Deny", &["203.0.113.7", "20.1.2.3"], &[]);
    let strange = live("Deny", &["203.0.113.7", "2001:db8::/32"], &[]);
    let private = with(closed(), "publicNetworkAccess", json!("Disabled"));
    let (one, two) = (
        "    ipRules: [203.0.113.7]\n",
        "    ipRules: [203.0.113.7, 203.0.113.8]\n",
    );
    let ignoring = |range| format!("{one}    ignore: [{range}]\n");
    let until = |day| format!("    ipRules: [203.0.113.7, {{cidr: 192.0.2.7, expires: {day}}}]\n");
    vec![
        note(
            "expired-rule",
            on(&until("2026-11-21"), &closed()),
            on(&until("2026-11-22"), &closed()),
        ),
        note(
            "ignored-rules",
            on(&ignoring("20.0.0.0/8"), &mixed),
            on(&ignoring("21.0.0.0/8"), &mixed),
        ),
        note(
            "leased-rules",
            leased("20.1.2.3", on(one, &mixed)),
            leased("20.1.2.4", on(one, &mixed)),
        ),
        note(
            "leased-access",
            opened_by_a_lease("    defaultAction: Allow\n"),
            opened_by_a_lease("    defaultAction: Deny\n"),
        ),
        note(
            "kept-rules",
            on(&format!("{one}    ownership: additive\n"), &mixed),
            on(one, &mixed),
        ),
        note("subnet-rules-hidden", (wanted(one), blind()), on(one, &closed())),
        note(
            "public-access-hidden",
            on(one, &without(closed(), "publicNetworkAccess")),
            on(one, &closed()),
        ),
        note(
            "dormant-rules",
            on(two, &live("Allow", &["203.0.113.7"], &[])),
            on(two, &closed()),
        ),
        note("dead-rules", on(two, &private), on(two, &closed())),
        note(
            "no-such-rule",
            removing("203.0.113.8"),
            removing("203.0.113.7/32"),
        ),
        note("unreadable-rule", opened(&strange), on(one, &strange)),
        note(
            "unreadable-rules-stay",
            on(one, &strange),
            on("    trustedServices: false\n", &strange),
        ),
        uncompared(
            "subnet-rules-hidden",
            (wanted("    subnets: []\n"), blind()),
            (wanted(two), blind()),
        ),
    ]
}

/// The spec that wants the subnet `build`, with this key for its endpoint.
fn subnet_spec(endpoints: &str) -> RegistrySpec {
    wanted(&format!(
        "    subnets: [$build]\n    serviceEndpoints: {endpoints}\n"
    ))
}

/// The state of [`closed`] with the subnet `build` read as this.
fn with_subnet(subnet: LiveSubnet) -> Reading {
    Reading {
        subnets: BTreeMap::from([(hub("build"), subnet)]),
        ..reading(&closed())
    }
}

/// A subnet that is delegated to this service.
fn delegated(service: &str) -> Reading {
    let mut body = subnet_body(&hub("build"));
    body["properties"]["delegations"] = json!([{"properties": {"serviceName": service}}]);
    with_subnet(LiveSubnet::Present(
        parse::subnet("2024-05-01", None, body).unwrap(),
    ))
}

fn rows_of_subnets() -> Vec<CheckRow> {
    let (ensure, assume) = (|| subnet_spec("ensure"), || subnet_spec("assume"));
    let on = || reading_with(&closed(), &[("build", true)]);
    let off = || reading_with(&closed(), &[("build", false)]);
    let unreadable = || with_subnet(LiveSubnet::Unreadable(Failure::new("AuthorizationFailed", "no")));
    let gone = with_subnet(LiveSubnet::Unreadable(Failure {
        kind: FailureKind::NotFound,
        ..Failure::new("NotFound", "no")
    }));
    let listed = reading_with(&live("Deny", &[], &["build"]), &[("build", true)]);
    let elsewhere = Reading {
        service_endpoints_supported: false,
        ..on()
    };
    let private = reading_with(&private_endpoint(closed()), &[("build", true)]);
    vec![
        note("service-endpoint-preview", (ensure(), on()), (ensure(), listed)),
        note(
            "delegated-subnet",
            (ensure(), delegated("Microsoft.ContainerInstance/containerGroups")),
            (ensure(), delegated("Microsoft.Sql/managedInstances")),
        ),
        note("subnet-not-checked", (assume(), unreadable()), (assume(), on())),
        uncompared("subnet-unreadable", (ensure(), unreadable()), (ensure(), off())),
        refusal("subnet-gone", (ensure(), gone), (ensure(), unreadable())),
        refusal("endpoint-missing", (assume(), off()), (assume(), on())),
        refusal("no-service-endpoints", (ensure(), elsewhere), (ensure(), on())),
        refusal("private-endpoint", (ensure(), private), (ensure(), on())),
    ]
}

fn rows_of_restores() -> Vec<CheckRow> {
    let kept = |rule| {
        let mut spec = wanted("");
        spec.restore_hints.keep = [Rule::parse(rule)].into();
        (spec, reading(&live("Deny", &["2001:db8::/32"], &[])))
    };
    let open = live("Allow", &[], &[]);
    let hidden = without(closed(), "publicNetworkAccess");
    vec![
        note("not-restored", kept("2001:db8:1::/48"), kept("2001:db8::/32")),
        note("setting-not-shown", opened(&hidden), opened(&closed())),
        note("policy-may-deny", opened(&closed()), opened(&open)),
        note(
            "service-endpoints-stay",
            opened(&closed()),
            on("    trustedServices: false\n", &closed()),
        ),
        note(
            "private-endpoints-stay",
            opened(&private_endpoint(closed())),
            opened(&closed()),
        ),
    ]
}

fn rows_of_settings() -> Vec<CheckRow> {
    let with_access = |word| with(closed(), "publicNetworkAccess", json!(word));
    let with_data = |on: bool| with(closed(), "dataEndpointEnabled", json!(on));
    let dual = "    endpointProtocol: IPv4AndIPv6\n";
    let mut standard = with(live("Allow", &[], &[]), "networkRuleBypassOptions", json!("None"));
    standard["sku"] = json!({"name": "Standard", "tier": "Standard"});
    let mut no_exports = with_access("Disabled");
    no_exports["properties"]["policies"]["exportPolicy"]["status"] = json!("disabled");
    let state = |word| with(closed(), "provisioningState", json!(word));
    let (enabled, off) = (
        "    publicNetworkAccess: Enabled\n",
        "    trustedServices: false\n",
    );
    vec![
        note(
            "unknown-value",
            on("", &with_access("SecuredByPerimeter")),
            on("", &with_access("disabled")),
        ),
        note(
            "dual-stack-limits",
            on(dual, &with_data(true)),
            on("    endpointProtocol: IPv4\n", &with_data(true)),
        ),
        uncompared(
            "setting-not-shown",
            on(off, &without(closed(), "networkRuleBypassOptions")),
            on(off, &without(closed(), "publicNetworkAccess")),
        ),
        refusal(
            "sku",
            on("    publicNetworkAccess: Disabled\n", &standard),
            on("    trustedServices: true\n", &standard),
        ),
        refusal("busy", on(off, &state("Updating")), on(off, &state("Canceled"))),
        refusal(
            "dual-stack",
            on(dual, &with_data(false)),
            on(dual, &with_data(true)),
        ),
        refusal(
            "held-by-lease",
            opened_by_a_lease("    ipRules: [203.0.113.7]\n"),
            opened_by_a_lease("    trustedServices: true\n"),
        ),
        refusal(
            "exports-disabled",
            on(enabled, &no_exports),
            on(enabled, &with_access("Disabled")),
        ),
    ]
}

/// A spec with this many IP rules on a registry without any that reports this limit.
fn many_ips(count: usize, limit: Option<u64>) -> Case {
    let ips: Vec<String> = (0..count)
        .map(|n| format!("203.0.{}.{}", n / 256, n % 256))
        .collect();
    let usages = limit.map(|limit| Usages {
        ip_rules: Some(Quota { limit, current: 0 }),
        subnet_rules: None,
    });
    let reading = Reading {
        usages,
        ..reading(&live("Deny", &[], &[]))
    };
    (wanted(&format!("    ipRules: [{}]\n", ips.join(", "))), reading)
}

/// A spec with this many subnets on a registry without any.
fn many_subnets(count: usize) -> Case {
    let ids: Vec<String> = (0..count).map(|n| hub(&format!("s{n:03}")).to_string()).collect();
    on(
        &format!("    subnets: [{}]\n", ids.join(", ")),
        &live("Deny", &[], &[]),
    )
}

/// Each limit with the last number that passes and the first one that does not.
fn rows_of_limits() -> Vec<CheckRow> {
    vec![
        note("ip-rule-limit", many_ips(101, None), many_ips(100, None)),
        note("ip-rule-limit", many_ips(101, None), many_ips(101, Some(200))),
        refusal("limit", many_ips(201, None), many_ips(200, None)),
        refusal("limit", many_ips(11, Some(10)), many_ips(10, Some(10))),
        refusal("limit", many_subnets(101), many_subnets(100)),
    ]
}

/// Subnets whose endpoint the run turns on, and the other registries of the spec.
fn rows_of_runs() -> Vec<CheckRow> {
    vec![
        note(
            "endpoint-elsewhere",
            on("", &live("Deny", &[MOVED], &[])),
            on("", &live("Deny", &["192.0.2.51"], &[])),
        ),
        note(
            "endpoint-beyond-run",
            switching("contoso", "other", MOVED),
            switching("contoso", "other", "192.0.2.51"),
        ),
    ]
}

fn rows() -> Vec<CheckRow> {
    let mut rows = rows_of_rules();
    rows.extend(rows_of_subnets());
    rows.extend(rows_of_restores());
    rows.extend(rows_of_settings());
    rows.extend(rows_of_limits());
    rows.extend(rows_of_runs());
    rows
}

/// The public address of the clients of the subnet that [`neighbour`] turns the endpoint on for.
const MOVED: &str = "192.0.2.50";

/// Another registry of the run.
fn neighbour() -> Case {
    switching("neighbour", "moved", MOVED)
}

/// A registry that wants a subnet whose endpoint is off, and whose clients have this public address.
fn switching(name: &str, subnet: &str, egress: &str) -> Case {
    let mut body = live("Deny", &[], &[]);
    body["id"] = json!(registry_id(name));
    let id = hub(subnet);
    let mut spec = RegistrySpec::unmanaged(reading(&body).registry.id);
    let rules: Vec<ListedRule> = vec![Rule::from(id.clone()).into()];
    spec.settings.want_unsourced(Setting::VirtualNetworkRules, rules);
    let mut reading = reading_with(&body, &[(subnet, false)]);
    let addresses = BTreeSet::from([egress.parse().unwrap()]);
    reading.egress.insert(id, Egress::Known(addresses));
    (spec, reading)
}

/// A registry that the run leaves out, which lists the address [`MOVED`] alone.
fn outsider() -> RegistrySpec {
    let text = format!(
        "version: 1\nregistries:\n  - id: {}\n    publicNetworkAccess: Enabled\n    defaultAction: Deny\n    \
         ipRules: [{MOVED}]\n    subnets: []\n",
        registry_id("outsider")
    );
    let mut loaded = spec::load_str("spec.yaml", &text, "2026-11-21".parse().unwrap()).unwrap();
    loaded.spec.registries.remove(0)
}

/// Returns the kinds and codes of what the plan of a case says, in a run beside [`neighbour`] and without [`outsider`].
fn said(case: &Case) -> BTreeSet<(CheckKind, String)> {
    let run = [case.clone(), neighbour()];
    let spec = Spec {
        files: Vec::new(),
        registries: run.iter().map(|(spec, _)| spec.clone()).collect(),
        left_out: vec![outsider()],
        ..Spec::default()
    };
    let id = case.0.id.clone();
    let registries = run.map(|(spec, reading)| (spec.id, Ok(reading)));
    let live = Live {
        registries: BTreeMap::from(registries),
        ..Live::default()
    };
    let plans = diff(&spec, &live, &Policy::default()).registries;
    let plan = plans.iter().find(|plan| plan.id == id).unwrap();
    let mut said = BTreeSet::new();
    for note in &plan.notes {
        said.insert((CheckKind::Note, note.code.to_string()));
    }
    for refusal in &plan.refusals {
        let kind = if refusal.leaves_uncompared() {
            CheckKind::Uncompared
        } else {
            CheckKind::Refusal
        };
        said.insert((kind, refusal.code.to_string()));
    }
    said
}

#[test]
fn checks_find_their_state_and_not_its_neighbour() {
    for CheckRow {
        kind,
        code,
        found,
        absent,
    } in rows()
    {
        let entry = (kind, code.to_owned());
        assert!(
            said(&found).contains(&entry),
            "{code} not found: {:?}",
            said(&found)
        );
        assert!(
            !said(&absent).contains(&entry),
            "{code} found: {:?}",
            said(&absent)
        );
    }
}

#[test]
fn every_check_has_a_row() {
    let tested: BTreeSet<(CheckKind, &str)> = rows().iter().map(|row| (row.kind, row.code)).collect();
    let checks: BTreeSet<(CheckKind, &str)> =
        CHECKS.iter().map(|check| (check.kind, check.code)).collect();
    assert_eq!(tested, checks);
}

/// A list that is over its limit may shrink, or swap one rule for another.
#[test]
fn limits_stop_only_lists_that_grow() {
    let ips: Vec<String> = (0..210).map(|n| format!("203.0.113.{n}")).collect();
    let body = live("Deny", &ips.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
    for (kept, more, refused) in [
        (209, "", false),
        (209, ", 192.0.2.1", false),
        (210, ", 192.0.2.1", true),
    ] {
        let lines = format!("    ipRules: [{}{more}]\n", ips[..kept].join(", "));
        let limit = (CheckKind::Refusal, "limit".to_owned());
        assert_eq!(said(&on(&lines, &body)).contains(&limit), refused, "{kept}{more}");
    }
}
