//! Hand-made values for the tests of the renderers.

mod results;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

pub(in crate::render) use results::{audit, report};

use crate::live::LastModified;
use crate::model::{Cidr, Failure, RegistryId, Rule, Setting, SettingValue, Settings, SubnetId};
use crate::plan::{
    self, AccessChange, Action, Basis, Change, Changes, ClientList, ClientRange, ClientSubnet,
    Direction, EndpointsChange, Guard, Guards, ModeChange, Note, Plan, Refusal, RegistryFailure,
    RegistryPlan, Step, StepAction, Summary, Who,
};
use crate::spec::{Guardrails, ListedRule, Ownership, RuleInfo, Source, SpecPart};

const SUBSCRIPTION: &str = "11111111-1111-1111-1111-111111111111";

pub(in crate::render) fn registry_id(name: &str) -> RegistryId {
    RegistryId::new(SUBSCRIPTION, "platform", name).unwrap()
}

pub(in crate::render) fn subnet(name: &str) -> SubnetId {
    SubnetId::parse(&format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/{name}"
    ))
    .unwrap()
}

pub(in crate::render) fn source(file: &str, line: u32) -> Option<Source> {
    Some(Source {
        file: file.into(),
        line,
        column: 5,
    })
}

pub(in crate::render) fn rule(value: &str, name: Option<&str>, line: u32) -> ListedRule {
    let source = name.and(source("networks.yaml", line));
    ListedRule {
        rule: Rule::parse(value),
        name: name.map(Into::into),
        source,
        info: None,
    }
}

pub(in crate::render) fn list(path: Setting, add: Vec<ListedRule>, remove: Vec<ListedRule>) -> Change {
    let action = match (add.is_empty(), remove.is_empty()) {
        (false, true) => Action::Add,
        (true, false) => Action::Remove,
        _ => Action::Change,
    };
    Change {
        path,
        action,
        add,
        remove,
        before: None,
        after: None,
        source: source("registries.yaml", 9),
    }
}

pub(in crate::render) fn single(path: Setting, before: Value, after: Value) -> Change {
    Change {
        path,
        action: Action::Change,
        add: Vec::new(),
        remove: Vec::new(),
        before: Some(before),
        after: Some(after),
        source: source("registries.yaml", 7),
    }
}

pub(in crate::render) fn endpoints(add: Vec<ListedRule>) -> EndpointsChange {
    EndpointsChange {
        add,
        source: source("registries.yaml", 9),
    }
}

/// Gives a registry other live IP rules.
pub(in crate::render) fn set_ips(plan: &mut RegistryPlan, ips: impl IntoIterator<Item = String>) {
    let rules: Vec<Rule> = ips.into_iter().map(|ip| Rule::parse(&ip)).collect();
    plan.basis
        .settings
        .set(Setting::IpRules, SettingValue::from(rules));
}

pub(in crate::render) fn client_range(range: &str, name: Option<&str>) -> ClientRange {
    let range: Cidr = range.parse().unwrap();
    ClientRange {
        range,
        name: name.map(Into::into),
        addresses: range.size(),
    }
}

fn client_subnet(name: &str) -> ClientSubnet {
    ClientSubnet {
        id: subnet(name),
        name: Some(name.into()),
    }
}

fn settings() -> Settings {
    let ips = ["8.8.8.8", "192.0.2.7", "20.0.0.0/8"].map(Rule::parse);
    Settings::from_iter([
        (Setting::PublicNetworkAccess, "Enabled".into()),
        (Setting::DefaultAction, "Deny".into()),
        (Setting::IpRules, ips.to_vec().into()),
        (Setting::VirtualNetworkRules, Vec::new().into()),
        (Setting::NetworkRuleBypassOptions, "AzureServices".into()),
        (Setting::NetworkRuleBypassAllowedForTasks, false.into()),
        (Setting::DataEndpointEnabled, false.into()),
    ])
}

/// A registry without changes.
pub(in crate::render) fn unchanged(name: &str) -> RegistryPlan {
    let mode = "selected networks (3 IP, 0 subnets)".to_owned();
    RegistryPlan {
        leases: Vec::new(),
        held_by_lease: Vec::new(),
        id: registry_id(name),
        source: source("registries.yaml", 5),
        mode: ModeChange {
            before: mode.clone(),
            after: mode,
        },
        access: AccessChange::default(),
        changes: Changes::default(),
        switched: Vec::new(),
        steps: Vec::new(),
        notes: Vec::new(),
        refusals: Vec::new(),
        managed: crate::model::Setting::ALL.to_vec(),
        ownership: Ownership::Exact,
        ignore: Vec::new(),
        leased: Vec::new(),
        listed: Vec::new(),
        broken: Vec::new(),
        gone: Vec::new(),
        unparsed: Vec::new(),
        unseen: Vec::new(),
        assumes_endpoints: false,
        may_leave_out: BTreeSet::new(),
        guardrails: Guardrails::default(),
        protect: false,
        basis: Basis {
            api_version: "2026-01-01-preview".into(),
            sku: "Premium".into(),
            provisioning_state: "Succeeded".into(),
            settings: settings(),
            export_policy: Some("enabled".into()),
            private_endpoint_connections: 0,
            approved_private_endpoints: Some(0),
            subnets: BTreeMap::new(),
            gone: BTreeSet::new(),
            egress: BTreeMap::new(),
            registrations: BTreeMap::new(),
            no_service_endpoints: false,
        },
        last_modified: Some(LastModified {
            by: "user@example.com".into(),
            by_type: "User".into(),
            at: "2026-11-20T08:15:00Z".into(),
        }),
    }
}

/// A registry that goes from Azure's defaults to selected networks.
pub(in crate::render) fn closing() -> RegistryPlan {
    let mut plan = unchanged("contoso");
    plan.mode.before = "open".into();
    plan.mode.after = "selected networks (2 IP, 1 subnet)".into();
    plan.access = AccessChange {
        closed: 3_702_258_943,
        effect: Direction::Narrows,
        loses: Some(Who::EveryoneBut(ClientList {
            addresses: 257,
            ranges: vec![
                client_range("203.0.113.0/24", Some("offices")),
                client_range("192.0.2.7", Some("vendor")),
            ],
            subnets: vec![client_subnet("build")],
            others: Vec::new(),
        })),
        ..AccessChange::default()
    };
    plan.basis
        .settings
        .set(Setting::DefaultAction, SettingValue::from("Allow"));
    set_ips(&mut plan, []);
    plan.basis.subnets = [(subnet("build").to_string(), Some(false))].into();
    let vendor = ListedRule {
        info: Some(Arc::new(RuleInfo {
            owner: Some("supply-chain".into()),
            reason: Some("nightly scans".into()),
            ticket: Some("SEC-142".into()),
            expires: Some("2027-03-31".parse().unwrap()),
        })),
        ..rule("192.0.2.7", Some("vendor"), 6)
    };
    let build = || rule(subnet("build").as_str(), Some("build"), 13);
    plan.changes.settings = vec![
        single(Setting::DefaultAction, json!("Allow"), json!("Deny")),
        list(
            Setting::IpRules,
            vec![vendor, rule("203.0.113.0/24", Some("offices"), 3)],
            Vec::new(),
        ),
        list(Setting::VirtualNetworkRules, vec![build()], Vec::new()),
    ];
    plan.changes.endpoints = Some(endpoints(vec![build()]));
    plan.steps = closing_steps();
    plan.notes = vec![Note {
        code: "expired-rule".into(),
        message: "`198.51.100.9` of `lab` expired on 2026-01-31: it is not wanted any more".into(),
    }];
    plan
}

fn closing_steps() -> Vec<Step> {
    use Setting::{DefaultAction, IpRules, VirtualNetworkRules};
    let cost =
        "the subnet's source address becomes private for every registry and its open connections drop";
    let endpoint = StepAction::EnableServiceEndpoint {
        subnet: subnet("build"),
    };
    let settings = vec![DefaultAction, IpRules, VirtualNetworkRules];
    let patch = StepAction::PatchRegistry { settings };
    let step = |action, cost: Option<&str>| Step {
        action,
        cost: cost.map(str::to_owned),
    };
    vec![step(endpoint, Some(cost)), step(patch, None)]
}

/// A registry with a broken guard: too many rules would be removed.
pub(in crate::render) fn refused() -> RegistryPlan {
    let mut plan = unchanged("fabrikam");
    plan.mode.after = "selected networks (12 IP, 0 subnets)".into();
    plan.mode.before = "selected networks (16 IP, 0 subnets)".into();
    plan.access = AccessChange {
        opened: 1,
        closed: 5,
        effect: Direction::Both,
        gains: Some(Who::Only(ClientList {
            addresses: 1,
            ranges: vec![client_range("192.0.2.9", None)],
            ..ClientList::default()
        })),
        loses: Some(Who::Only(ClientList {
            addresses: 5,
            ranges: [40, 44, 48, 52, 56]
                .map(|n| client_range(&format!("203.0.113.{n}"), None))
                .to_vec(),
            ..ClientList::default()
        })),
        ..AccessChange::default()
    };
    set_ips(&mut plan, (1..=16).map(|n| format!("203.0.113.{}", n * 4)));
    let gone = [40, 44, 48, 52, 56]
        .map(|n| rule(&format!("203.0.113.{n}"), None, 0))
        .to_vec();
    plan.changes.settings = vec![list(Setting::IpRules, vec![rule("192.0.2.9", None, 0)], gone)];
    plan.steps = vec![Step {
        action: StepAction::PatchRegistry {
            settings: vec![Setting::IpRules],
        },
        cost: None,
    }];
    plan.refusals = vec![Refusal {
        code: Guard::Removals.into(),
        message: "32 % of the live rules would be removed (5 of 16); `maxRemovalPercent` is 30".into(),
        measured: Some("32 %".into()),
        limit: Some("30 %".into()),
        override_flag: Some("--override removals".into()),
        help: None,
    }];
    plan
}

pub(in crate::render) fn failure() -> RegistryFailure {
    RegistryFailure {
        id: registry_id("northwind"),
        source: source("registries.yaml", 12),
        error: Failure {
            request_id: Some("6f1e2d3c-0000-4000-8000-000000000001".into()),
            ..Failure::new(
                "AuthorizationFailed",
                "the client does not have authorization to perform action \
                 'Microsoft.ContainerRegistry/registries/read'",
            )
            .with_help("ask for the role Reader on the registry")
        },
    }
}

pub(in crate::render) fn plan_of(registries: Vec<RegistryPlan>, failures: Vec<RegistryFailure>) -> Plan {
    let summary = Summary::of(&registries, failures.len());
    Plan {
        format: plan::FORMAT.to_owned(),
        checksum: "sha256:00".into(),
        created: "2026-11-21T03:00:00Z".into(),
        specs: vec!["registries.yaml".into()],
        spec: SpecPart::default(),
        guards: Guards::default(),
        registries,
        failures,
        impacts: Vec::new(),
        summary,
    }
}

pub(in crate::render) fn plan() -> Plan {
    plan_of(vec![closing(), refused(), unchanged("tailspin")], vec![failure()])
}
