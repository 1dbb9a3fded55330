//! `expect`: whether a statement holds, and whether it can hold at all.

use std::collections::BTreeSet;

use crate::model::{
    Access, AddressSet, Cidr, Client, DefaultAction, Mode, PublicNetworkAccess, Rule, Setting,
};
use crate::spec::diagnostic::Diagnostic;
use crate::spec::loading::Loading;
use crate::spec::resolve::ResolvedRegistry;
use crate::spec::types::{Expectation, Ownership, RegistrySpec};
use crate::spec::yaml::node::{At, short};

impl Expectation {
    /// Whether the statement holds under `access`: who is to be allowed gets in as a whole; of who is to be
    /// denied, nothing gets in.
    pub fn holds(&self, access: &Access) -> bool {
        match &self.client {
            Client::Subnet(id) => access.admits_subnet(id) == self.allowed,
            Client::Address(range) if self.allowed => access.addresses().contains(*range),
            Client::Address(range) => !access.addresses().intersects(*range),
        }
    }
}

/// Most failing statements of a registry for which the cause is looked for.
const MOST_BLAMED: usize = 100;

/// Reports each statement that fails whatever the unmanaged settings and the live rules turn out to be.
pub(crate) fn check(loading: &mut Loading, registry: &ResolvedRegistry) {
    if registry.spec.expect.is_empty() {
        return;
    }
    let (open, closed) = (
        ExtremeState::most_open(&registry.spec),
        ExtremeState::most_closed(&registry.spec),
    );
    let mut failed = 0;
    for (expected, at) in registry.spec.expect.iter().zip(&registry.expect_at) {
        let state = if expected.allowed { &open } else { &closed };
        if !state.meets(expected) {
            let blamed = if failed < MOST_BLAMED {
                blamed(registry, expected)
            } else {
                None
            };
            failed += 1;
            say(loading, registry, expected, (*at, blamed), &state.access);
        }
    }
    contradictions(loading, registry);
}

/// A state at one end of what a spec leaves possible.
struct ExtremeState {
    /// With the rules that the spec lists.
    access: Access,
    /// Who gets in, with the live rules that may stay.
    addresses: AddressSet,
    subnets: AllOr<BTreeSet<Rule>>,
}

enum AllOr<T> {
    All,
    These(T),
}

impl ExtremeState {
    /// The most open state: everything unmanaged is open, and every live rule that may stay is there.
    fn most_open(spec: &RegistrySpec) -> Self {
        let access = completed(spec, PublicNetworkAccess::Enabled, DefaultAction::Allow);
        let disabled = access.public_network_access == PublicNetworkAccess::Disabled;
        let everybody =
            access.default_action == DefaultAction::Allow || spec.ownership == Ownership::Additive;
        let addresses = match () {
            () if disabled => AddressSet::default(),
            () if everybody || !spec.settings.manages(Setting::IpRules) => AddressSet::all(),
            () => {
                let rules = access.ip_rules.iter().chain(&spec.ignore);
                rules.filter_map(Rule::cidr).collect()
            }
        };
        let subnets = match () {
            () if disabled => AllOr::These(BTreeSet::new()),
            () if everybody || !spec.settings.manages(Setting::VirtualNetworkRules) => AllOr::All,
            () => AllOr::These(access.subnets.iter().chain(&spec.ignore).cloned().collect()),
        };
        Self {
            access,
            addresses,
            subnets,
        }
    }

    /// The most closed state: everything unmanaged is closed, and only what the spec lists gets in.
    fn most_closed(spec: &RegistrySpec) -> Self {
        let access = completed(spec, PublicNetworkAccess::Disabled, DefaultAction::Deny);
        let subnets = match access.mode() {
            Mode::Open { .. } => AllOr::All,
            Mode::SelectedNetworks { .. } => AllOr::These(access.subnets.clone()),
            Mode::Closed | Mode::PrivateOnly { .. } => AllOr::These(BTreeSet::new()),
        };
        Self {
            addresses: access.addresses(),
            access,
            subnets,
        }
    }

    fn meets(&self, expected: &Expectation) -> bool {
        match (&expected.client, &self.subnets) {
            (Client::Address(range), _) if expected.allowed => self.addresses.contains(*range),
            (Client::Address(range), _) => !self.addresses.intersects(*range),
            (Client::Subnet(_), AllOr::All) => expected.allowed,
            (Client::Subnet(id), AllOr::These(subnets)) => {
                subnets.contains(&Rule::from(id.clone())) == expected.allowed
            }
        }
    }
}

fn completed(spec: &RegistrySpec, access: PublicNetworkAccess, action: DefaultAction) -> Access {
    let rules = |list| spec.settings.rules(list).unwrap_or_default().iter();
    let public = spec.settings.word(Setting::PublicNetworkAccess);
    let default = spec.settings.word(Setting::DefaultAction);
    Access {
        public_network_access: PublicNetworkAccess::of(public.or(Some(access.as_str()))),
        default_action: DefaultAction::of(default.or(Some(action.as_str()))),
        ip_rules: rules(Setting::IpRules)
            .map(|listed| listed.rule.clone())
            .collect(),
        subnets: rules(Setting::VirtualNetworkRules)
            .map(|listed| listed.rule.clone())
            .collect(),
    }
}

fn say(
    loading: &mut Loading,
    registry: &ResolvedRegistry,
    expected: &Expectation,
    (at, blamed): (At, Option<(At, &'static str)>),
    access: &Access,
) {
    let wanted = if expected.allowed { "allow" } else { "deny" };
    let written = short(&expected.written);
    let name = registry.spec.id.name();
    let part = if written == expected.client.to_string() {
        String::new()
    } else {
        format!(" ({})", expected.client)
    };
    let message = format!(
        "`{name}` must {wanted} `{written}`{part}, but would be {}",
        access.mode()
    );
    let found = Diagnostic::error("expect-fails", message).help(if expected.allowed {
        "add a rule for it, or drop it from `expect.allow`"
    } else {
        "narrow the rule that lets it in, or drop it from `expect.deny`"
    });
    match blamed {
        Some((other, note)) => loading.both(found, at, other, note),
        None => {
            let place = loading.files.place(at);
            loading.diagnostics.push(found.at(place));
        }
    }
}

/// The setting or rule that makes the statement fail.
fn blamed(registry: &ResolvedRegistry, expected: &Expectation) -> Option<(At, &'static str)> {
    let settings = &registry.spec.settings;
    let action = settings.word(Setting::DefaultAction);
    let disabled = settings.word(Setting::PublicNetworkAccess) == Some("Disabled");
    if expected.allowed {
        let (at, note) = if disabled {
            (registry.public_network_access_at, "public access is disabled")
        } else {
            (registry.default_action_at, "only listed clients get in")
        };
        return at.map(|at| (at, note));
    }
    if action == Some("Allow") {
        return registry.default_action_at.map(|at| (at, "everybody gets in"));
    }
    let Client::Address(range) = &expected.client else {
        return registry.subnets_at.map(|at| (at, "the subnet is listed"));
    };
    let meets = |rule: &&crate::spec::resolve::ip_rules::PlacedRange| {
        rule.cidr.contains(*range) || range.contains(rule.cidr)
    };
    registry
        .rules
        .iter()
        .find(meets)
        .map(|rule| (rule.at, "this rule lets it in"))
}

/// Reports clients that are to be allowed and denied.
fn contradictions(loading: &mut Loading, registry: &ResolvedRegistry) {
    let statements = || registry.spec.expect.iter().zip(&registry.expect_at);
    let allowed = || statements().filter(|(expected, _)| expected.allowed);
    let ranges: AddressSet = allowed()
        .filter_map(|(expected, _)| address(&expected.client))
        .collect();
    let subnets: BTreeSet<&Client> = allowed().map(|(expected, _)| &expected.client).collect();
    let clashes = statements().filter(|(denied, _)| {
        let clash = address(&denied.client).is_some_and(|range| ranges.intersects(range));
        !denied.allowed && (clash || subnets.contains(&denied.client))
    });
    for (denied, at) in clashes.take(MOST_BLAMED) {
        let Some((allow, other)) = allowed().find(|(allow, _)| overlap(&allow.client, &denied.client))
        else {
            continue;
        };
        let (denied, allow) = (short(&denied.written), short(&allow.written));
        let message = format!("`{denied}` is expected to be denied and `{allow}` to be allowed");
        let found = Diagnostic::error("expect-contradiction", message).help("remove one of the two");
        loading.both(found, *at, *other, "allowed here");
    }
}

fn address(client: &Client) -> Option<Cidr> {
    match client {
        Client::Address(range) => Some(*range),
        Client::Subnet(_) => None,
    }
}

fn overlap(a: &Client, b: &Client) -> bool {
    match (a, b) {
        (Client::Address(a), Client::Address(b)) => a.contains(*b) || b.contains(*a),
        (Client::Subnet(a), Client::Subnet(b)) => a == b,
        _ => false,
    }
}
