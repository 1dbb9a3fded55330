//! Checks of subnets and their service endpoints.

use std::collections::{BTreeMap, BTreeSet};

use super::input::{CheckInput, Found};
use crate::live::{LiveSubnet, Reading};
use crate::model::{AddressSet, Admitted, Client, Comparison, FailureKind, Setting, SubnetId, decide};
use crate::plan::switched::{admitted, first_addresses};
use crate::spec::{ListedRule, Origin, RegistrySpec, ServiceEndpoints};

/// Returns the subnet rules that the plan adds.
fn added<'a>(input: &CheckInput<'a>) -> &'a [ListedRule] {
    input.changes.added(Setting::VirtualNetworkRules)
}

/// Returns the subnets of these rules that were read. Others were read only because an expectation names them.
fn read<'a>(input: &CheckInput<'a>, rules: &'a [ListedRule]) -> Vec<(&'a SubnetId, &'a LiveSubnet)> {
    let mut found = BTreeMap::new();
    for id in rules.iter().filter_map(|listed| listed.rule.subnet()) {
        if let Some(subnet) = input.reading.subnets.get(id) {
            found.insert(id, subnet);
        }
    }
    found.into_iter().collect()
}

/// Notes that service endpoints for registries are a preview.
pub(super) fn preview(input: &CheckInput<'_>) -> Vec<Found> {
    if added(input).is_empty() {
        return Vec::new();
    }
    vec![Found::note(
        "service endpoints for registries are a preview without further development; the trusted-services bypass does \
         not apply to a registry that uses them (container-registry-vnet)",
    )]
}

/// Notes subnets whose endpoint is turned on for another registry and whose clients gain or lose this one, or may: they come
/// from private addresses then, which subnet rules match and no IP rule does (container-registry-vnet). What the change itself
/// causes is told by its effects.
pub(super) fn switched_elsewhere(input: &CheckInput<'_>) -> Vec<Found> {
    let mut found = lost_elsewhere(input);
    found.extend(gained_elsewhere(input));
    found
}

/// Notes subnets whose clients a subnet rule of this registry matches from now on.
fn gained_elsewhere(input: &CheckInput<'_>) -> Vec<Found> {
    let gains = Comparison::new(input.before, input.after);
    let (mut gaining, mut may_gain) = (Vec::new(), Vec::new());
    for switched in input.switched {
        let client = Client::Subnet(switched.subnet.clone());
        // The changes show a rule that they add.
        let is_added = added(input)
            .iter()
            .any(|listed| listed.rule.subnet() == Some(&switched.subnet));
        if is_added || input.changes.turns_on(&switched.subnet) || !gains.gains(&client) {
            continue;
        }
        // Without the endpoint they would not get in, or might not.
        let off = input.after.with_endpoint(&switched.subnet, false);
        if !Comparison::new(&off, input.after).gains(&client) {
            continue;
        }
        let sides = [input.before, input.after];
        let is_known = sides
            .iter()
            .all(|side| decide(side, &client).admitted != Admitted::Unknown);
        let names = if is_known { &mut gaining } else { &mut may_gain };
        names.push(switched.subnet.short());
    }
    let mut found = Vec::new();
    for (names, gain) in [(gaining, "gain"), (may_gain, "may gain")] {
        if !names.is_empty() {
            let rules = match names[..] {
                [_] => "a subnet rule lists it; to keep them out, take the rule out first",
                _ => "subnet rules list them; to keep their clients out, take the rules out first",
            };
            found.push(elsewhere(
                &names,
                &format!("clients {gain} this registry: {rules}"),
            ));
        }
    }
    found
}

fn lost_elsewhere(input: &CheckInput<'_>) -> Vec<Found> {
    let losses = Comparison::new(input.after, input.before);
    // Subnets of which the same is known are one note.
    let (mut known, mut addresses) = (Vec::new(), BTreeSet::new());
    let mut unknown: BTreeMap<Option<&str>, Vec<String>> = BTreeMap::new();
    for switched in input.switched {
        let client = Client::Subnet(switched.subnet.clone());
        if input.changes.turns_on(&switched.subnet) || !losses.gains(&client) {
            continue;
        }
        // Without the endpoint they would still get in, or might.
        let off = input.after.with_endpoint(&switched.subnet, false);
        if !Comparison::new(input.after, &off).gains(&client) {
            continue;
        }
        let name = switched.subnet.short();
        if let Some(egress) = &switched.egress {
            known.push(name);
            addresses.extend(admitted(egress, &off, &AddressSet::default()));
        } else {
            unknown.entry(switched.unknown.as_deref()).or_default().push(name);
        }
    }
    let mut found = Vec::new();
    if !known.is_empty() {
        let loses = format!(
            "clients ({}) lose this registry: no IP rule matches them any more; {}",
            first_addresses(&addresses),
            to_keep(&known)
        );
        found.push(elsewhere(&known, &loses));
    }
    for (reason, names) in unknown {
        let loses = format!(
            "clients lose this registry if an IP rule admits them today; name their public addresses with \
             `egress`{}; {}",
            bracketed(reason),
            to_keep(&names)
        );
        found.push(elsewhere(&names, &loses));
    }
    found
}

fn to_keep(subnets: &[String]) -> String {
    let (noun, _) = noun(subnets);
    format!("to keep them, add the {noun} to `subnets` here")
}

/// Makes the note about subnets whose endpoint is turned on for another registry.
fn elsewhere(subnets: &[String], effect: &str) -> Found {
    let (noun, whose) = noun(subnets);
    Found::note(format!(
        "this run turns on the service endpoint of {noun} {} for another registry, and {whose} {effect}",
        subnets.join(", ")
    ))
}

fn noun(subnets: &[String]) -> (&'static str, &'static str) {
    match subnets {
        [_] => ("subnet", "its"),
        _ => ("subnets", "their"),
    }
}

fn bracketed(reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!(" ({reason})"),
        None => String::new(),
    }
}

/// Notes new subnets that are delegated to a service whose clients are not supported.
pub(super) fn delegated(input: &CheckInput<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for listed in added(input) {
        // A subnet that was not read is judged by other checks.
        let subnet = listed.rule.subnet().and_then(|id| input.reading.subnets.get(id));
        let Some(LiveSubnet::Present(subnet)) = subnet else {
            continue;
        };
        if let Some(to) = subnet.unsupported_delegation() {
            found.push(Found::note(format!(
                "subnet `{}` is delegated to `{to}`, whose clients are not supported",
                listed.rule
            )));
        }
    }
    found
}

/// Notes subnets that cannot be read where their endpoints are assumed: they may well belong to someone else.
pub(super) fn not_checked(input: &CheckInput<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    if input.wanted.service_endpoints == ServiceEndpoints::Ensure {
        return found;
    }
    for (id, subnet) in read(input, added(input)) {
        if let LiveSubnet::Unreadable(failure) = subnet {
            found.push(Found::note(format!(
                "subnet `{id}` cannot be read ({}), so whether it has the service endpoint is not known",
                failure.code
            )));
        }
    }
    found
}

/// Refuses subnets that cannot be read where their endpoints must be ensured.
pub(super) fn unreadable(input: &CheckInput<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    if input.wanted.service_endpoints == ServiceEndpoints::Assume {
        return found;
    }
    let wanted = input.wanted.settings.rules(Setting::VirtualNetworkRules);
    for (id, subnet) in read(input, wanted.unwrap_or_default()) {
        let LiveSubnet::Unreadable(failure) = subnet else {
            continue;
        };
        if failure.kind == FailureKind::NotFound {
            continue;
        }
        // The request id stays out: two plans of one state are the same.
        let help = failure.help.as_deref().unwrap_or(match input.wanted.origin {
            Origin::Flags => {
                "correct the id, or give `--no-service-endpoint` where somebody else owns the subnet"
            }
            Origin::File | Origin::Snapshot => {
                "correct the id, or set `serviceEndpoints: assume` where somebody else owns the subnet"
            }
        });
        found.push(Found::refusal(
            format!(
                "subnet `{id}` cannot be read: {}: {}",
                failure.code, failure.message
            ),
            help,
        ));
    }
    found
}

/// Returns the wanted subnet rules whose subnet does not exist, where their endpoints must be ensured. Others are not read
/// for a plan.
pub(crate) fn gone_subnets(wanted: &RegistrySpec, reading: &Reading) -> Vec<ListedRule> {
    let mut gone = Vec::new();
    if wanted.service_endpoints == ServiceEndpoints::Assume {
        return gone;
    }
    for listed in wanted
        .settings
        .rules(Setting::VirtualNetworkRules)
        .unwrap_or_default()
    {
        let subnet = listed.rule.subnet().and_then(|id| reading.subnets.get(id));
        if let Some(LiveSubnet::Unreadable(failure)) = subnet
            && failure.kind == FailureKind::NotFound
        {
            gone.push(listed.clone());
        }
    }
    gone
}

/// Refuses wanted subnets that do not exist, where their endpoints must be ensured.
pub(super) fn gone(input: &CheckInput<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for listed in gone_subnets(input.wanted, input.reading) {
        let Some(id) = listed.rule.subnet() else {
            continue;
        };
        found.push(Found::refusal(
            format!("subnet `{}` does not exist: `{id}`", id.short()),
            match input.wanted.origin {
                Origin::Flags => {
                    "correct the id, or create the subnet; --vnet-name means a network in the resource group of the registry, so \
                     give the id of a subnet elsewhere"
                }
                Origin::File | Origin::Snapshot => {
                    "correct the id, create the subnet, or remove it from `subnets`"
                }
            },
        ));
    }
    found
}

/// Refuses subnets without the endpoint where someone else turns it on: it must be on before the rule is added
/// (`NetworkRuleValidationError`: hashicorp/terraform-provider-azurerm#13792).
pub(super) fn endpoint_missing(input: &CheckInput<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    if input.wanted.service_endpoints == ServiceEndpoints::Ensure {
        return found;
    }
    for (id, subnet) in read(input, added(input)) {
        if matches!(subnet, LiveSubnet::Present(live) if !live.has_endpoint) {
            let (why, mut help) = not_ours(id, input.wanted.origin);
            if input.turned_on.contains_key(id) {
                help = format!(
                    "this run turns it on for another registry: run the same command again after it; or {help}"
                );
            }
            found.push(Found::refusal(
                format!("subnet `{id}` lacks the service endpoint, and {why}"),
                help,
            ));
        }
    }
    found
}

/// Says why an endpoint is not turned on, and how to do it.
fn not_ours(id: &SubnetId, origin: Origin) -> (&'static str, String) {
    const OWNER: &str = "have its owner add Microsoft.ContainerRegistry to its service endpoints, or";
    match origin {
        Origin::Snapshot => {
            let help = format!(
                "turn it on and restore again; name the other endpoints too: az network vnet subnet update --ids {id} \
                 --service-endpoints Microsoft.ContainerRegistry [NAME …]"
            );
            ("a restore writes no subnet", help)
        }
        Origin::File => (
            "`serviceEndpoints: assume` leaves it to others",
            format!("{OWNER} set `serviceEndpoints: ensure`"),
        ),
        Origin::Flags => (
            "`--no-service-endpoint` leaves it to others",
            format!("{OWNER} leave out `--no-service-endpoint`"),
        ),
    }
}

/// Refuses new subnet rules in a cloud without service endpoints for registries.
pub(super) fn not_in_this_cloud(input: &CheckInput<'_>) -> Vec<Found> {
    if added(input).is_empty() || input.reading.service_endpoints_supported {
        return Vec::new();
    }
    vec![Found::refusal(
        "this cloud has no service endpoints for registries (container-registry-vnet)",
        "use a private endpoint or IP rules instead",
    )]
}

/// Refuses new subnet rules on a registry with private endpoints.
pub(super) fn private_endpoint(input: &CheckInput<'_>) -> Vec<Found> {
    let connections = input.live().private_endpoint_connections;
    if added(input).is_empty() || connections == 0 {
        return Vec::new();
    }
    vec![Found::refusal(
        format!(
            "the registry has private endpoint connections ({connections}); subnet rules are not supported together with \
             private endpoints (container-registry-vnet)"
        ),
        match input.wanted.origin {
            Origin::File => "remove `subnets` from the spec, or the private endpoints from the registry",
            Origin::Snapshot | Origin::Flags => "remove the private endpoints from the registry first",
        },
    )]
}
