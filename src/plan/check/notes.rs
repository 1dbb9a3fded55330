//! What the reader must know although nothing changes by it: what was not done, and why.

use crate::live::{LiveSubnet, Reading, SubnetRules};
use crate::model::{Access, Cidr, Mode, SubnetId};
use crate::plan::rules::{ListDiff, ListDiffs};
use crate::plan::{Basis, Change, Note, Policy, Setting};
use crate::spec::{RegistrySpec, ServiceEndpoints, UnlistedRule};

/// Delegated subnets whose clients cannot use a service endpoint to a registry: the article supports clients on
/// virtual machines and AKS only (container-registry-vnet); inferred for these services.
const DELEGATIONS: [&str; 3] = [
    "Microsoft.ContainerInstance",
    "Microsoft.Web/serverFarms",
    "Microsoft.App",
];

/// IP rules up to which every page of the documentation agrees.
const UNDISPUTED_IP_RULES: usize = 100;

/// Everything worth a note on this registry.
pub(crate) fn notes(
    wanted: &RegistrySpec,
    reading: &Reading,
    lists: &ListDiffs,
    changes: &[Change],
    after: &Access,
    policy: &Policy,
) -> Vec<Note> {
    let mut notes = Vec::new();
    expired(wanted, &mut notes);
    left_alone(lists, &mut notes);
    hidden(wanted, reading, changes, policy, &mut notes);
    mode(changes, after, &mut notes);
    subnets(reading, changes, &mut notes);
    unchecked_subnets(wanted, reading, &mut notes);
    unreadable_rules(changes, &mut notes);
    not_restored(wanted, reading, &mut notes);
    unknown_values(reading, &mut notes);
    if policy.restore {
        restore(wanted, reading, changes, &mut notes);
    } else if changes.iter().any(|c| c.path == Setting::IpRules) && over_undisputed(after, reading) {
        notes.push(note("ip-rule-limit", format!(
            "{} IP rules: documentation gives the limit as 100 on one page and 200 on another, and this registry does \
             not report its own",
            after.ip_rules.len()
        )));
    }
    notes
}

fn note(code: &'static str, message: impl Into<String>) -> Note {
    Note {
        code: code.into(),
        message: message.into(),
    }
}

fn over_undisputed(after: &Access, reading: &Reading) -> bool {
    after.ip_rules.len() > UNDISPUTED_IP_RULES
        && reading.usages.as_ref().and_then(|u| u.ip_rules).is_none()
}

fn expired(wanted: &RegistrySpec, notes: &mut Vec<Note>) {
    for ip in &wanted.expired {
        let name = ip
            .network
            .as_ref()
            .map(|name| format!(" of `{name}`"))
            .unwrap_or_default();
        let day = ip.expires().map(|day| day.to_string()).unwrap_or_default();
        let stays = match wanted.unlisted_ip(ip.cidr) {
            UnlistedRule::Ignore => ", but `ignore` leaves it alone",
            UnlistedRule::Keep | UnlistedRule::Remove => "",
        };
        notes.push(note(
            "expired-rule",
            format!(
                "`{}`{name} expired on {day}: it is not wanted any more{stays}",
                ip.cidr
            ),
        ));
    }
}

fn left_alone(lists: &ListDiffs, notes: &mut Vec<Note>) {
    for ListDiff { ignored, kept, .. } in [&lists.ips, &lists.subnets].into_iter().flatten() {
        if !ignored.is_empty() {
            notes.push(note(
                "ignored-rules",
                format!("left alone as `ignore` says: {}", shown(ignored)),
            ));
        }
        if !kept.is_empty() {
            notes.push(note(
                "kept-rules",
                format!("not listed, kept as `ownership: additive` says: {}", shown(kept)),
            ));
        }
    }
}

/// The first few values; a list of hundreds helps nobody.
fn shown(values: &[String]) -> String {
    const MOST: usize = 5;
    let mut text: Vec<String> = values
        .iter()
        .take(MOST)
        .map(|value| format!("`{value}`"))
        .collect();
    if values.len() > MOST {
        text.push(format!("{} more", values.len() - MOST));
    }
    text.join(", ")
}

fn hidden(
    wanted: &RegistrySpec,
    reading: &Reading,
    changes: &[Change],
    policy: &Policy,
    notes: &mut Vec<Note>,
) {
    if reading.registry.subnet_rules != SubnetRules::Hidden {
        return;
    }
    let version = &reading.registry.api_version;
    if policy.restore && wanted.subnets.is_some() {
        notes.push(note(
            "subnet-rules-hidden",
            format!(
                "api-version `{version}` hides subnet rules: any that exist stay, dormant under `Allow`"
            ),
        ));
    } else if change(changes, Setting::IpRules).is_some() {
        notes.push(note("subnet-rules-hidden", format!(
            "api-version `{version}` hides subnet rules: the IP rules are sent alone, and what that does to hidden \
             subnet rules is not recorded anywhere"
        )));
    }
}

/// A rule that goes and that no spec can name is gone for good.
fn unreadable_rules(changes: &[Change], notes: &mut Vec<Note>) {
    let unreadable = |change: &Change, value: &str| match change.path {
        Setting::IpRules => value.parse::<Cidr>().is_err(),
        Setting::VirtualNetworkRules => SubnetId::parse(value).is_err(),
        _ => false,
    };
    let values: Vec<String> = changes
        .iter()
        .flat_map(|change| change.remove.iter().map(move |rule| (change, &rule.value)))
        .filter(|(change, value)| unreadable(change, value))
        .map(|(_, value)| value.clone())
        .collect();
    if !values.is_empty() {
        let message = format!(
            "no IPv4 range and no subnet id, so whom it admits is not known, and neither a spec nor the undo command can \
             bring it back once it is gone: {}",
            shown(&values)
        );
        notes.push(note("unreadable-rule", message));
    }
}

/// What was there when the snapshot was made, is gone, and cannot be wanted.
fn not_restored(wanted: &RegistrySpec, reading: &Reading, notes: &mut Vec<Note>) {
    let live = Basis::of(&reading.registry);
    let there = |value: &String| {
        let subnets = live.virtual_network_rules.iter().flatten();
        live.ip_rules.iter().chain(subnets).any(|rule| rule == value)
    };
    let stays = wanted.restore_hints.keep.iter();
    let gone: Vec<String> = stays.filter(|value| !there(value)).cloned().collect();
    if !gone.is_empty() {
        let message = format!(
            "the snapshot has what is no IPv4 range and no subnet id, and is not brought back: {}",
            shown(&gone)
        );
        notes.push(note("not-restored", message));
    }
}

fn mode(changes: &[Change], after: &Access, notes: &mut Vec<Note>) {
    if changes.is_empty() {
        return;
    }
    match after.mode() {
        Mode::Open { dormant } if dormant > 0 => notes.push(note("dormant-rules", format!(
            "`defaultAction` is `Allow`: {dormant} listed rule(s) admit nobody in particular until it is `Deny`"
        ))),
        Mode::PrivateOnly { dead } if dead > 0 => notes.push(note("dead-rules", format!(
            "`publicNetworkAccess` is `Disabled`: {dead} listed rule(s) admit nobody, subnets included"
        ))),
        _ => {}
    }
}

fn subnets(reading: &Reading, changes: &[Change], notes: &mut Vec<Note>) {
    let Some(added) =
        change(changes, Setting::VirtualNetworkRules).filter(|change| !change.add.is_empty())
    else {
        return;
    };
    notes.push(note(
        "service-endpoint-preview",
        "service endpoints for registries are a preview without further development; the trusted-services bypass does \
         not apply to a registry that uses them (container-registry-vnet)",
    ));
    for rule in &added.add {
        let found = reading
            .subnets
            .iter()
            .find(|(id, _)| id.as_str() == rule.value)
            .map(|(_, subnet)| subnet);
        let Some(LiveSubnet::Present(subnet)) = found else {
            continue;
        };
        let delegated = |to: &&String| {
            DELEGATIONS
                .iter()
                .any(|name| to.to_lowercase().starts_with(&name.to_lowercase()))
        };
        if let Some(to) = subnet.delegations.iter().find(delegated) {
            notes.push(note(
                "delegated-subnet",
                format!(
                    "subnet `{}` is delegated to `{to}`, whose clients are not among the supported ones",
                    rule.value
                ),
            ));
        }
    }
}

/// A subnet that somebody else owns may well be out of sight.
fn unchecked_subnets(wanted: &RegistrySpec, reading: &Reading, notes: &mut Vec<Note>) {
    if wanted.service_endpoints == ServiceEndpoints::Ensure {
        return;
    }
    for (id, subnet) in &reading.subnets {
        if let LiveSubnet::Unreadable(failure) = subnet {
            notes.push(note("subnet-not-checked", format!(
                "subnet `{id}` cannot be read ({}), so whether it has the service endpoint is not known", failure.code
            )));
        }
    }
}

/// A value that no known api-version has is taken for the closed one; the reader should know.
fn unknown_values(reading: &Reading, notes: &mut Vec<Note>) {
    let live = &reading.registry;
    let rows = [
        (
            Setting::PublicNetworkAccess,
            &live.public_network_access,
            ["Enabled", "Disabled"],
        ),
        (Setting::DefaultAction, &live.default_action, ["Allow", "Deny"]),
    ];
    for (setting, value, known) in rows {
        let Some(value) = value else { continue };
        if !known.iter().any(|known| value.eq_ignore_ascii_case(known)) {
            let (path, closed) = (setting.path(), known[1]);
            let message =
                format!("`{path}` is `{value}`, which is not known here; it is taken for `{closed}`");
            notes.push(note("unknown-value", message));
        }
    }
}

fn restore(wanted: &RegistrySpec, reading: &Reading, changes: &[Change], notes: &mut Vec<Note>) {
    if wanted.public_network_access.is_some() && reading.registry.public_network_access.is_none() {
        let version = &reading.registry.api_version;
        notes.push(note("setting-not-shown", format!(
            "api-version `{version}` does not show `publicNetworkAccess`: it stays as it is, whatever that is"
        )));
    }
    if !changes.is_empty() {
        notes.push(note(
            "policy-may-deny",
            "where the Azure Policy against unrestricted network access (d0793b48-0edc-4296-a390-4c75d1bdfd71) has the \
             effect Deny, Azure refuses this",
        ));
    }
    notes.push(note(
        "service-endpoints-stay",
        "service endpoints on subnets stay on: other registries and services may use them",
    ));
    if reading.registry.private_endpoint_connections > 0 {
        notes.push(note(
            "private-endpoints-stay",
            "private endpoints stay, and keep resolving to private addresses",
        ));
    }
}

/// The change to one setting.
fn change(changes: &[Change], path: Setting) -> Option<&Change> {
    changes.iter().find(|change| change.path == path)
}
