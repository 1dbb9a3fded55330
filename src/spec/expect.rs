//! `expect`: whether a statement holds, and whether it can hold at all.

use super::context::Context;
use super::diagnostic::Diagnostic;
use super::node::At;
use super::resolve::Resolved;
use super::types::{Expectation, Ignored, Ownership, RegistrySpec};
use crate::model::{Access, AddressSet, Client, DefaultAction, Mode, PublicNetworkAccess};

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

/// Reports each statement that fails whatever the unmanaged settings and the live rules turn out to be.
pub(super) fn check(ctx: &mut Context, registry: &Resolved) {
    if registry.spec.expect.is_empty() {
        return;
    }
    let (open, closed) = (most_open(&registry.spec), most_closed(&registry.spec));
    for (expected, at) in registry.spec.expect.iter().zip(&registry.expect_at) {
        if expected.allowed && !may_be_let_in(&registry.spec, &open, &expected.client) {
            say(ctx, registry, expected, *at, &open);
        } else if !expected.allowed && !expected.holds(&closed) {
            say(ctx, registry, expected, *at, &closed);
        }
    }
    contradictions(ctx, registry);
}

/// The most open state that the spec leaves possible, of what the spec itself lists.
fn most_open(spec: &RegistrySpec) -> Access {
    completed(spec, PublicNetworkAccess::Enabled, DefaultAction::Allow)
}

/// The most closed state that the spec leaves possible.
fn most_closed(spec: &RegistrySpec) -> Access {
    completed(spec, PublicNetworkAccess::Disabled, DefaultAction::Deny)
}

fn completed(spec: &RegistrySpec, access: PublicNetworkAccess, action: DefaultAction) -> Access {
    let wanted = spec.ip_rules.iter().flat_map(|rules| &rules.value);
    let subnets = spec.subnets.iter().flat_map(|subnets| &subnets.value);
    Access {
        public_network_access: spec.public_network_access.as_ref().map_or(access, |it| it.value),
        default_action: spec.default_action.as_ref().map_or(action, |it| it.value),
        ip_rules: wanted.map(|rule| rule.cidr).collect(),
        subnets: subnets.map(|subnet| subnet.id.clone()).collect(),
    }
}

/// Whether some state that the spec leaves possible lets all of `client` in: live rules that stay may help.
fn may_be_let_in(spec: &RegistrySpec, open: &Access, client: &Client) -> bool {
    match open.mode() {
        Mode::PrivateOnly { .. } => return false,
        Mode::Open { .. } => return true,
        Mode::Closed | Mode::SelectedNetworks { .. } => {}
    }
    let additive = spec.ownership == Ownership::Additive;
    match client {
        Client::Address(range) => {
            let kept = spec.ignore.iter().filter_map(|it| match it {
                Ignored::Range(range) => Some(*range),
                Ignored::Subnet(_) => None,
            });
            let possible: AddressSet = open.ip_rules.iter().copied().chain(kept).collect();
            additive || spec.ip_rules.is_none() || possible.contains(*range)
        }
        Client::Subnet(id) => {
            let kept = spec.ignore.contains(&Ignored::Subnet(id.clone()));
            additive || spec.subnets.is_none() || kept || open.subnets.contains(id)
        }
    }
}

fn say(ctx: &mut Context, registry: &Resolved, expected: &Expectation, at: At, access: &Access) {
    let wanted = if expected.allowed { "allow" } else { "deny" };
    let written = super::node::short(&expected.written);
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
    match blamed(registry, expected) {
        Some((other, note)) => ctx.both(found, at, other, note),
        None => {
            let place = ctx.files.place(at);
            ctx.findings.push(found.at(place));
        }
    }
}

/// The setting or rule that makes the statement fail.
fn blamed(registry: &Resolved, expected: &Expectation) -> Option<(At, &'static str)> {
    let action = registry.spec.default_action.as_ref().map(|it| it.value);
    let disabled = registry.spec.public_network_access.as_ref().map(|it| it.value)
        == Some(PublicNetworkAccess::Disabled);
    if expected.allowed {
        let (at, note) = if disabled {
            (registry.public_network_access_at, "public access is disabled")
        } else {
            (registry.default_action_at, "only listed clients get in")
        };
        return at.map(|at| (at, note));
    }
    if action == Some(DefaultAction::Allow) {
        return registry.default_action_at.map(|at| (at, "everybody gets in"));
    }
    let Client::Address(range) = &expected.client else {
        return registry.subnets_at.map(|at| (at, "the subnet is listed"));
    };
    let meets = |rule: &&super::rules::Rule| {
        rule.wanted.cidr.contains(*range) || range.contains(rule.wanted.cidr)
    };
    registry
        .rules
        .iter()
        .find(meets)
        .map(|rule| (rule.at, "this rule lets it in"))
}

/// Reports clients that are to be allowed and denied.
fn contradictions(ctx: &mut Context, registry: &Resolved) {
    let statements = || registry.spec.expect.iter().zip(&registry.expect_at);
    let allowed: Vec<_> = statements().filter(|(expected, _)| expected.allowed).collect();
    for (denied, at) in statements().filter(|(expected, _)| !expected.allowed) {
        let clash = allowed
            .iter()
            .find(|(allow, _)| overlap(&allow.client, &denied.client));
        if let Some((allow, other)) = clash {
            let message = format!(
                "`{}` is expected to be denied and `{}` to be allowed",
                denied.written, allow.written
            );
            let found = Diagnostic::error("expect-contradiction", message).help("remove one of the two");
            ctx.both(found, *at, **other, "allowed here");
        }
    }
}

fn overlap(a: &Client, b: &Client) -> bool {
    match (a, b) {
        (Client::Address(a), Client::Address(b)) => a.contains(*b) || b.contains(*a),
        (Client::Subnet(a), Client::Subnet(b)) => a == b,
        _ => false,
    }
}
