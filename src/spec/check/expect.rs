//! Checks the statements of `expect`.
//!
//! A spec leaves some settings and live rules open. The check compares each statement with the two extreme states that
//! the spec allows: if a statement fails even in the state that suits it best, it can never hold.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{
    Access, AddressSet, Admitted, Cidr, Client, DefaultAction, Mode, PublicNetworkAccess, Rule, Setting,
    SubnetId, decide,
};
use crate::spec::diagnostic::Diagnostic;
use crate::spec::diagnostic_code::DiagnosticCode;
use crate::spec::loading::Loading;
use crate::spec::resolve::ResolvedRegistry;
use crate::spec::types::{ExpectCase, Expectation, Ownership, RegistrySpec, SubnetEgress};
use crate::spec::yaml::node::short;
use crate::spec::yaml::place::At;

impl ExpectCase {
    /// Returns the key that makes a statement, with its case: `expect.allow` of the case `CI gets in` (SEC-142).
    pub(crate) fn key(case: Option<&Self>, allowed: bool) -> String {
        let mut key = format!("`expect.{}`", if allowed { "allow" } else { "deny" });
        let Some(Self { name, reason }) = case else {
            return key;
        };
        key += &format!(" of the case `{}`", short(name));
        if let Some(reason) = reason {
            key += &format!(" ({})", short(reason));
        }
        key
    }
}

impl Expectation {
    /// Returns the key of the file that makes the statement.
    pub(crate) fn key(&self) -> String {
        ExpectCase::key(self.case.as_deref(), self.allowed)
    }

    /// Returns true if the statement holds under `access`. An allowed range must be admitted as a whole. Of a denied
    /// range, no address may be admitted.
    pub fn holds(&self, access: &Access) -> bool {
        let admitted = decide(access, &self.client).admitted;
        admitted == if self.allowed { Admitted::Yes } else { Admitted::No }
    }
}

/// Returns true if a statement about a range holds where `admitted` get in. Special-use addresses are not clients: a rule
/// for them admits no client.
fn holds_for(range: Cidr, allowed: bool, admitted: &AddressSet) -> bool {
    let clients = range.public();
    let denied = clients.difference(admitted);
    if allowed {
        !clients.is_empty() && denied.is_empty()
    } else {
        denied == clients
    }
}

/// Most failing statements of a registry for which the cause is looked for.
const MOST_BLAMED: usize = 100;

/// Reports each statement that fails whatever the unmanaged settings and the live rules are.
pub(crate) fn check(loading: &mut Loading, registry: &ResolvedRegistry) {
    let spec = &registry.spec;
    if spec.expect.is_empty() {
        return;
    }
    let (open, closed) = (ExtremeState::most_open(spec), ExtremeState::most_closed(spec));
    let before_expiry = ExtremeState::before_expiry(spec);
    let mut failed = 0;
    // The entry that was reported last. A network of several ranges is one entry.
    let mut reported: Option<(At, bool)> = None;
    for (expected, at) in spec.expect.iter().zip(&registry.expect_at) {
        // An allowed client is compared with the most open state, a denied one with the most closed.
        let state = if expected.allowed { &open } else { &closed };
        if state.meets(expected) || reported == Some((*at, expected.allowed)) {
            continue;
        }
        // The calendar alone must not make a spec invalid: other registries would fail with this one.
        if expected.allowed && before_expiry.meets(expected) {
            warn_expired(loading, expected, *at);
            continue;
        }
        // Looking for a cause takes time, so it ends after some statements.
        let cause = if failed < MOST_BLAMED {
            cause(registry, expected)
        } else {
            None
        };
        failed += 1;
        reported = Some((*at, expected.allowed));
        report_failure(loading, registry, expected, *at, cause, &state.access);
    }
    contradictions(loading, registry);
}

/// The most open or the most closed state that a spec allows.
struct ExtremeState {
    /// The state with the rules that the spec lists.
    access: Access,
    /// The admitted addresses, also by live rules that may stay.
    addresses: AddressSet,
    subnets: AdmittedSubnets,
    /// Public addresses of subnets, which IP rules admit while the service endpoint is off.
    egress: Arc<SubnetEgress>,
}

enum AdmittedSubnets {
    All,
    These(BTreeSet<Rule>),
}

impl ExtremeState {
    /// Returns the state in which every unmanaged setting is open and every live rule that may stay exists.
    fn most_open(spec: &RegistrySpec) -> Self {
        let access = completed(spec, PublicNetworkAccess::Enabled, DefaultAction::Allow);
        // Under additive ownership, live rules may admit any client.
        let admits_all =
            access.default_action == DefaultAction::Allow || spec.ownership == Ownership::Additive;
        let (addresses, subnets);
        if access.public_network_access == Some(PublicNetworkAccess::Disabled) {
            addresses = AddressSet::default();
            subnets = AdmittedSubnets::These(BTreeSet::new());
        } else {
            // A live rule that `ignore` covers may stay beside the listed rules.
            addresses = if admits_all || !spec.settings.manages(Setting::IpRules) {
                AddressSet::all()
            } else {
                let rules = access.ip_rules.iter().chain(&spec.ignore);
                rules.filter_map(Rule::cidr).collect()
            };
            subnets = if admits_all || !spec.settings.manages(Setting::VirtualNetworkRules) {
                AdmittedSubnets::All
            } else {
                let rules = access.subnets.iter().chain(&spec.ignore);
                AdmittedSubnets::These(rules.cloned().collect())
            };
        }
        Self {
            access,
            addresses,
            subnets,
            egress: spec.egress.clone(),
        }
    }

    /// Returns the most open state as it was before any entry expired.
    fn before_expiry(spec: &RegistrySpec) -> Self {
        let mut state = Self::most_open(spec);
        if state.access.public_network_access == Some(PublicNetworkAccess::Enabled) {
            let expired: AddressSet = spec
                .expired
                .iter()
                .filter_map(|listed| listed.rule.cidr())
                .collect();
            state.addresses = state.addresses.union(&expired);
        }
        state
    }

    /// Returns the state in which every unmanaged setting is closed and only listed rules exist.
    fn most_closed(spec: &RegistrySpec) -> Self {
        let access = completed(spec, PublicNetworkAccess::Disabled, DefaultAction::Deny);
        // A subnet is admitted by its rule only where selected networks are admitted at all.
        let subnets = match access.mode() {
            Mode::Open { .. } => AdmittedSubnets::All,
            Mode::SelectedNetworks { .. } | Mode::AllAddresses { .. } => {
                AdmittedSubnets::These(access.subnets.clone())
            }
            Mode::Closed | Mode::PrivateOnly { .. } => AdmittedSubnets::These(BTreeSet::new()),
        };
        Self {
            addresses: access.addresses(),
            access,
            subnets,
            egress: spec.egress.clone(),
        }
    }

    /// Returns true if the subnet gets in by its public addresses, as far as the spec tells them.
    fn admits_egress(&self, id: &SubnetId) -> bool {
        let Some(egress) = self.egress.get(id) else {
            return false;
        };
        let clients: AddressSet = egress.iter().copied().collect();
        !clients.is_empty() && clients.difference(&self.addresses).is_empty()
    }

    /// Returns true if the statement holds in this state.
    fn meets(&self, expected: &Expectation) -> bool {
        match (&expected.client, &self.subnets) {
            (Client::Address(range), _) => holds_for(*range, expected.allowed, &self.addresses),
            (Client::Subnet(_), AdmittedSubnets::All) => expected.allowed,
            (Client::Subnet(id), AdmittedSubnets::These(subnets)) => {
                let listed = subnets.contains(&Rule::from(id.clone()));
                if expected.allowed {
                    listed || self.admits_egress(id)
                } else {
                    !listed
                }
            }
            // A spec cannot name these clients.
            (Client::Other(_), _) => !expected.allowed,
        }
    }
}

/// Returns the access that a spec asks for, with these values for unmanaged settings.
fn completed(spec: &RegistrySpec, access: PublicNetworkAccess, action: DefaultAction) -> Access {
    let public = spec.settings.word(Setting::PublicNetworkAccess);
    let default = spec.settings.word(Setting::DefaultAction);
    Access {
        public_network_access: Some(public.map_or(access, PublicNetworkAccess::of)),
        default_action: DefaultAction::of(default.or(Some(action.as_str()))),
        ip_rules: listed::<Vec<Rule>>(spec, Setting::IpRules).into(),
        subnets: listed(spec, Setting::VirtualNetworkRules),
        ..Access::default()
    }
}

/// Returns the wanted rules of a list; empty if the list is unmanaged.
fn listed<C: FromIterator<Rule>>(spec: &RegistrySpec, list: Setting) -> C {
    let rules = spec.settings.rules(list).unwrap_or_default();
    rules.iter().map(|listed| listed.rule.clone()).collect()
}

/// Warns about a client that gets in no longer, because its entry has expired. The registry's plan and audit say so too.
fn warn_expired(loading: &mut Loading, expected: &Expectation, at: At) {
    let written = short(&expected.written);
    let message = format!(
        "`{written}` no longer gets in, because an entry of `ipRules` has expired, but {} says it must",
        expected.key()
    );
    let help = "remove it from `expect.allow`, or change the date of the entry";
    loading.report(at, DiagnosticCode::ExpectExpired, message, help);
}

/// The place that makes a statement fail, and a note about it.
type Cause = (At, &'static str);

fn report_failure(
    loading: &mut Loading,
    registry: &ResolvedRegistry,
    expected: &Expectation,
    at: At,
    cause: Option<Cause>,
    access: &Access,
) {
    // A name is followed by the range or subnet that is meant.
    let written = short(&expected.written);
    let mut client = format!("`{written}`");
    if written != expected.client.to_string() {
        client += &format!(" ({})", expected.client);
    }
    let (name, mode, key) = (registry.spec.id.name(), access.mode(), expected.key());
    let (message, help) = if let Some(block) = special_use(expected) {
        (
            format!(
                "{client} is {block}: no client reaches the registry from there, but {key} says one must"
            ),
            "name the subnet of the client by its resource id, or its public address",
        )
    } else if expected.allowed {
        (
            format!("{client} does not get in, but {key} says it must: `{name}` would be {mode}"),
            "add a rule for it, or remove it from `expect.allow`",
        )
    } else {
        (
            format!("{client} gets in, but {key} says it must not: `{name}` would be {mode}"),
            "narrow the rule that admits it, or remove it from `expect.deny`",
        )
    };
    match cause {
        Some((other, note)) => {
            let found = Diagnostic::new(DiagnosticCode::ExpectFails, message, help);
            loading.report_with(found, at, other, note);
        }
        None => loading.report(at, DiagnosticCode::ExpectFails, message, help),
    }
}

/// Returns the name of the special-use block that an allowed range lies in.
fn special_use(expected: &Expectation) -> Option<&'static str> {
    match &expected.client {
        Client::Address(range) if expected.allowed => range.special_use(),
        Client::Address(_) | Client::Subnet(_) | Client::Other(_) => None,
    }
}

/// Finds the setting or rule that makes a statement fail.
fn cause(registry: &ResolvedRegistry, expected: &Expectation) -> Option<Cause> {
    let settings = &registry.spec.settings;
    // No setting is the cause where no client can have the address.
    if special_use(expected).is_some() {
        return None;
    }
    if expected.allowed {
        return if settings.word(Setting::PublicNetworkAccess) == Some("Disabled") {
            Some((registry.public_network_access_at?, "public access is disabled"))
        } else {
            Some((registry.default_action_at?, "only listed clients are admitted"))
        };
    }
    if settings.word(Setting::DefaultAction) == Some("Allow") {
        return Some((registry.default_action_at?, "every client is admitted"));
    }
    let Client::Address(range) = &expected.client else {
        return Some((registry.subnets_at?, "the subnet is listed"));
    };
    for rule in &registry.rules {
        if rule.cidr.contains(*range) || range.contains(rule.cidr) {
            return Some((rule.at, "this rule admits it"));
        }
    }
    None
}

/// Reports clients that are expected to be both allowed and denied.
fn contradictions(loading: &mut Loading, registry: &ResolvedRegistry) {
    let mut allowed: Vec<(&Expectation, At)> = Vec::new();
    let mut denied: Vec<(&Expectation, At)> = Vec::new();
    for (expected, at) in registry.spec.expect.iter().zip(&registry.expect_at) {
        let list = if expected.allowed {
            &mut allowed
        } else {
            &mut denied
        };
        list.push((expected, *at));
    }
    // The sets tell quickly that most statements clash with no other.
    let ranges: AddressSet = allowed
        .iter()
        .filter_map(|(allow, _)| address(&allow.client))
        .collect();
    let clients: BTreeSet<&Client> = allowed.iter().map(|(allow, _)| &allow.client).collect();
    let mut found = 0;
    for (deny, at) in denied {
        let clash = match &deny.client {
            Client::Address(range) => ranges.intersects(*range),
            Client::Subnet(_) | Client::Other(_) => clients.contains(&deny.client),
        };
        if !clash || found == MOST_BLAMED {
            continue;
        }
        found += 1;
        // One example is enough for the message.
        for (allow, other) in &allowed {
            if overlap(&allow.client, &deny.client) {
                report_contradiction(loading, deny, allow, at, *other);
                break;
            }
        }
    }
}

fn report_contradiction(
    loading: &mut Loading,
    deny: &Expectation,
    allow: &Expectation,
    at: At,
    other: At,
) {
    let (denied, allowed) = (short(&deny.written), short(&allow.written));
    let message = format!(
        "{} lists `{denied}`, but {} lists `{allowed}`",
        deny.key(),
        allow.key()
    );
    let help = "remove one of the two";
    let found = Diagnostic::new(DiagnosticCode::ExpectContradiction, message, help);
    loading.report_with(found, at, other, "allowed here");
}

fn address(client: &Client) -> Option<Cidr> {
    match client {
        Client::Address(range) => Some(*range),
        Client::Subnet(_) | Client::Other(_) => None,
    }
}

fn overlap(a: &Client, b: &Client) -> bool {
    match (a, b) {
        (Client::Address(a), Client::Address(b)) => a.contains(*b) || b.contains(*a),
        (Client::Subnet(a), Client::Subnet(b)) => a == b,
        _ => false,
    }
}
