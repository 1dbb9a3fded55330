//! A change of each kind: the state before, the command, and the resulting access.

use std::path::Path;

use ringfence::model::{Cidr, SubnetId};
use ringfence::sandbox::State;
use serde_json::{Value, json};

use crate::access::{Moment, fingerprint, moment};
use crate::azure_bodies::{SUBSCRIPTION, premium_registry, registry_id, subnet_id};
use crate::rig::{Kill, Rig};
use crate::spec_text::spec_of;
use crate::virtual_network::vnet_body;

/// Another subscription than the registry's. A subnet here needs the provider to be registered.
const OTHER: &str = "00000000-0000-0000-0000-000000000002";

/// A change, before it is tried.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) state: State,
    pub(crate) spec: String,
    pub(crate) words: Vec<&'static str>,
    /// Name and text of the file for `restore --from`.
    pub(crate) source: Option<(&'static str, String)>,
    /// Subnets with the public address of their clients while the endpoint is off.
    pub(crate) nats: Vec<(SubnetId, Cidr)>,
    /// The expected mode after the change, written by hand.
    pub(crate) mode: &'static str,
}

/// A change, and the result of an undisturbed run.
pub(crate) struct Known {
    pub(crate) case: Case,
    pub(crate) requests: u64,
    pub(crate) old: Moment,
    pub(crate) new: Moment,
    pub(crate) before: Value,
    pub(crate) wanted: Value,
}

impl Case {
    /// A sandbox in the state before, with the files that the command names.
    pub(crate) fn rig(&self, kill: Option<Kill>) -> Rig {
        self.furnish(Rig::killing(&self.state, kill))
    }

    /// Adds the files that the command names.
    pub(crate) fn furnish(&self, rig: Rig) -> Rig {
        rig.write("spec.yaml", &self.spec);
        if let Some((name, text)) = &self.source {
            rig.write(name, text);
        }
        rig
    }

    /// Runs the case undisturbed, and checks the state of the sandbox.
    pub(crate) fn known(self) -> Known {
        let rig = self.rig(None);
        let run = rig.run(&self.words);
        assert_eq!(run.code, Some(0), "{}: {}{}", self.name, run.stdout, run.stderr);
        let (states, end) = (rig.states(), rig.state());
        let known = Known {
            requests: u64::try_from(rig.requests().len()).expect("few"),
            old: moment(&states[0]),
            new: moment(&end),
            before: fingerprint(&states[0]),
            wanted: fingerprint(&end),
            case: self,
        };
        assert_eq!(
            known.new.access.mode().to_string(),
            known.case.mode,
            "{}",
            known.case.name
        );
        assert_ne!(known.before, known.wanted, "{}", known.case.name);
        known
    }
}

/// All cases.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = registry_cases();
    cases.extend(subnet_cases());
    cases.push(restore());
    cases.extend(bring_back());
    cases
}

/// The case of this name.
pub(crate) fn named(name: &str) -> Case {
    let found = all().into_iter().find(|case| case.name == name);
    found.expect("there is a case of this name")
}

const NETS: [(&str, &str, &str); 2] = [("hub", "build", "192.0.2.11"), ("spoke", "run", "192.0.2.12")];

fn hubs() -> Vec<(SubnetId, Cidr)> {
    let net = |(vnet, subnet, nat): (&str, &str, &str)| {
        (subnet_id(vnet, subnet), nat.parse().expect("an address"))
    };
    NETS.into_iter().map(net).collect()
}

/// A registry with these settings.
fn registry(public: &str, action: &str, ips: &[&str], subnets: &[&SubnetId]) -> Value {
    let mut body = premium_registry("contoso");
    let rule = |ip: &&str| json!({"action": "Allow", "value": ip});
    let subnet = |id: &&SubnetId| json!({"action": "Allow", "id": id.as_str(), "state": "Succeeded"});
    body["properties"]["publicNetworkAccess"] = json!(public);
    body["properties"]["networkRuleSet"] = json!({
        "defaultAction": action,
        "ipRules": ips.iter().map(rule).collect::<Vec<_>>(),
        "virtualNetworkRules": subnets.iter().map(subnet).collect::<Vec<_>>(),
    });
    body
}

fn state(resources: Vec<Value>) -> State {
    let subscription = |id, registered: &[&str]| json!({"id": id, "tenant": "00000000-0000-0000-0000-00000000000f", "registered": registered});
    let both = ["Microsoft.ContainerRegistry", "Microsoft.Network"];
    let state = json!({
        "subscriptions": [subscription(SUBSCRIPTION, &both), subscription(OTHER, &["Microsoft.Network"])],
        "resources": resources,
    });
    serde_json::from_value(state).expect("a state")
}

/// A spec that manages every key that decides access, so that the next run repairs the traces of a fault.
fn spec(public: &str, action: &str, ips: &[&str], subnets: &[&SubnetId]) -> String {
    let ids: Vec<&str> = subnets.iter().map(|id| id.as_str()).collect();
    let (ips, ids) = (ips.join(", "), ids.join(", "));
    spec_of(&format!(
        "    publicNetworkAccess: {public}\n    defaultAction: {action}\n    ipRules: [{ips}]\n    subnets: [{ids}]\n"
    ))
}

fn apply(name: &'static str, mode: &'static str, resources: Vec<Value>, spec: String) -> Case {
    Case {
        name,
        state: state(resources),
        spec,
        words: vec!["apply", "spec.yaml", "--yes", "-o", "json"],
        source: None,
        nats: Vec::new(),
        mode,
    }
}

fn registry_cases() -> Vec<Case> {
    let (a, b) = (
        ["203.0.113.1", "203.0.113.2", "198.51.100.0/25"],
        ["203.0.113.2", "198.51.100.0/24", "203.0.113.9"],
    );
    let case = |name, mode, from: (&str, &str, &[&str]), to: (&str, &str, &[&str])| {
        apply(
            name,
            mode,
            vec![registry(from.0, from.1, from.2, &[])],
            spec(to.0, to.1, to.2, &[]),
        )
    };
    vec![
        case(
            "IP rules",
            "selected networks (3 IP, 0 subnets)",
            ("Enabled", "Deny", &a),
            ("Enabled", "Deny", &b),
        ),
        case(
            "Allow to Deny",
            "selected networks (3 IP, 0 subnets)",
            ("Enabled", "Allow", &a),
            ("Enabled", "Deny", &b),
        ),
        case(
            "Deny to Allow",
            "open (3 dormant rules)",
            ("Enabled", "Deny", &a),
            ("Enabled", "Allow", &b),
        ),
        case(
            "public access off",
            "private only (3 dead rules)",
            ("Enabled", "Deny", &a),
            ("Disabled", "Deny", &a),
        ),
        case(
            "public access on",
            "selected networks (3 IP, 0 subnets)",
            ("Disabled", "Allow", &a),
            ("Enabled", "Deny", &b),
        ),
    ]
}

fn subnet_cases() -> Vec<Case> {
    let nets = hubs();
    let ids: Vec<&SubnetId> = nets.iter().map(|(id, _)| id).collect();
    let ips = ["192.0.2.11", "192.0.2.12", "203.0.113.1"];
    let networks = || nets.iter().map(|(id, _)| vnet_body(std::slice::from_ref(id)));
    let with = |registry: Value| std::iter::once(registry).chain(networks()).collect();
    let foreign = SubnetId::parse(&ids[0].as_str().replace(SUBSCRIPTION, OTHER)).expect("an id");
    let wanted = spec("Enabled", "Deny", &ips, &ids);
    let two = "selected networks (3 IP, 2 subnets)";
    vec![
        Case {
            nats: nets.clone(),
            ..apply(
                "subnets in two networks",
                two,
                with(registry("Enabled", "Deny", &ips, &[])),
                wanted.clone(),
            )
        },
        Case {
            nats: nets.clone(),
            ..apply(
                "lock down an open registry",
                two,
                with(registry("Enabled", "Allow", &[], &[])),
                wanted.clone(),
            )
        },
        Case {
            // The rules are there, so no PATCH follows that proves the endpoints.
            words: vec!["apply", "spec.yaml", "--yes", "--verify-endpoints", "-o", "json"],
            ..apply(
                "endpoints below rules",
                two,
                with(registry("Enabled", "Deny", &ips, &ids)),
                wanted,
            )
        },
        apply(
            "provider registration",
            "selected networks (3 IP, 1 subnet)",
            vec![
                registry("Enabled", "Deny", &ips, &[]),
                vnet_body(std::slice::from_ref(&foreign)),
            ],
            spec("Enabled", "Deny", &ips, &[&foreign]),
        ),
    ]
}

/// A closed registry with rules of both kinds, whose subnets have their endpoints.
fn closed() -> State {
    let nets = hubs();
    let ids: Vec<&SubnetId> = nets.iter().map(|(id, _)| id).collect();
    let networks = ids.iter().map(|id| vnet_body(std::slice::from_ref(id)));
    let registry = registry("Disabled", "Deny", &["203.0.113.1"], &ids);
    let state = state(std::iter::once(registry).chain(networks).collect());
    ids.iter().fold(state, |state, id| state.with_endpoint(id))
}

fn restore() -> Case {
    Case {
        state: closed(),
        words: vec!["restore", "--default-allow", "spec.yaml", "--yes", "-o", "json"],
        ..apply(
            "restore",
            "open",
            Vec::new(),
            spec_of("    {}\n").replace("    {}\n", ""),
        )
    }
}

/// The undo of an apply, from the snapshot that the apply wrote and from its report.
fn bring_back() -> [Case; 2] {
    let first = Case {
        state: closed(),
        ..apply(
            "",
            "",
            Vec::new(),
            spec("Enabled", "Deny", &["198.51.100.7", "198.51.100.8"], &[]),
        )
    };
    let rig = first.rig(None);
    let run = rig.run(&first.words);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    let snapshots = rig.snapshots();
    assert_eq!(snapshots.len(), 1);
    let sources = [
        ("restore --from", ("snapshot.json", read(&snapshots[0]))),
        ("restore --from a report", ("report.json", run.stdout)),
    ];
    sources.map(|(name, source)| Case {
        words: vec!["restore", "--from", source.0, "--yes", "-o", "json"],
        source: Some(source),
        state: rig.state(),
        ..apply(
            name,
            "private only (3 dead rules)",
            Vec::new(),
            first.spec.clone(),
        )
    })
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("it is there")
}

/// The id of the one registry of all cases.
pub(crate) fn contoso() -> String {
    registry_id("contoso")
}
