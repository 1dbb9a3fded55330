//! Checks of single settings.

use super::input::{CheckInput, Found};
use crate::model::{PublicNetworkAccess, Setting, SettingValue};
use crate::plan::leased::openers;
use crate::spec::Origin;

/// Notes public access and a default action that stay as leases have set them, although the spec wants others.
pub(super) fn leased(input: &CheckInput<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for setting in [Setting::PublicNetworkAccess, Setting::DefaultAction] {
        let wanted = input.wanted.settings.word(setting);
        let live = input.live().settings.value(setting);
        let (Some(wanted), Some(live)) = (wanted, live.as_deref().and_then(SettingValue::word)) else {
            continue;
        };
        let differs = !live.eq_ignore_ascii_case(wanted) && input.changes.get(setting).is_none();
        for lease in openers(input.live()).iter().filter(|_| differs) {
            let comes_back = match lease.was_disabled {
                Some(action) if setting == Setting::DefaultAction => action.as_str(),
                _ => PublicNetworkAccess::Disabled.as_str(),
            };
            // The plan is refused where another value comes back.
            if comes_back != wanted {
                continue;
            }
            found.push(Found::note(format!(
                "`{}` stays `{live}` while public access is open by the lease {}, until {}: its job, or `close`, sets \
                 `{wanted}`",
                setting.spec_key(),
                lease.name,
                lease.until
            )));
        }
    }
    found
}

/// Notes a live value that no known api-version has and that decides who gets in. It is taken for the closed one.
pub(super) fn unknown_values(input: &CheckInput<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for setting in Setting::ALL.iter().copied() {
        let Some(value) = input.live().settings.word(setting) else {
            continue;
        };
        if let Some(closed) = setting.stand_in(value) {
            let path = setting.path();
            found.push(Found::note(format!(
                "`{path}` is `{value}`, which is not known here; it is taken for `{closed}`"
            )));
        }
    }
    found
}

/// Refuses managed settings that the api-version does not show: they can neither be compared nor written. All of them are one
/// refusal.
pub(super) fn not_shown(input: &CheckInput<'_>) -> Vec<Found> {
    // A hidden value does not stop the rest of a restore to Azure's defaults.
    if input.opens && !input.changes.is_empty() {
        return Vec::new();
    }
    let (mut paths, mut keys) = (Vec::new(), Vec::new());
    for setting in input.wanted.settings.managed() {
        // Hidden lists have a check of their own.
        if !setting.is_list() && input.live().settings.value(setting).is_none() {
            paths.push(format!("`{}`", setting.path()));
            keys.push(format!("`{}`", setting.spec_key()));
        }
    }
    if paths.is_empty() {
        return Vec::new();
    }
    let (version, paths) = (&input.live().api_version, paths.join(", "));
    let message = format!("api-version `{version}` does not show {paths}");
    if input.opens {
        return vec![open_as_far_as_shown(input, &message)];
    }
    if input.wanted.origin == Origin::Snapshot {
        return vec![Found::refusal(
            format!("{message}: the snapshot has values for them, and this version cannot restore them"),
            "restore again when Azure offers a newer api-version, or put the other settings of the snapshot into a spec \
             and apply that",
        )];
    }
    vec![Found::refusal(
        message,
        format!("leave {} out of the spec in this cloud", keys.join(", ")),
    )]
}

/// Refuses to call a registry open whose public access is hidden, and says how to look at it.
fn open_as_far_as_shown(input: &CheckInput<'_>, message: &str) -> Found {
    let name = input.wanted.id.name();
    Found::refusal(
        format!(
            "all that can be seen is open already, but {message}: whether public clients get in is not known"
        ),
        format!(
            "look at it in the portal; where it is `Disabled`, enable it there, or with: az acr update --name {name} \
             --public-network-enabled true"
        ),
    )
}

/// Notes that public access is hidden, where nothing else says so.
pub(super) fn public_access_hidden(input: &CheckInput<'_>) -> Vec<Found> {
    let managed = input.wanted.settings.manages(Setting::PublicNetworkAccess);
    if managed || !input.before.hides_public_access() {
        return Vec::new();
    }
    let version = &input.live().api_version;
    vec![Found::note(format!(
        "api-version `{version}` hides `publicNetworkAccess`: if it is `Disabled`, no public client gets in"
    ))]
}

/// The word of `endpointProtocol` for endpoints of both address families.
const DUAL_STACK: &str = "IPv4AndIPv6";

/// Refuses a state with dual-stack endpoints and without data endpoints: "The requested feature dual stack endpoints is
/// not supported without data endpoint enabled." (recorded: azure-cli test_acr_with_dual_stack_endpoints, 2026-09).
pub(super) fn dual_stack_needs_data_endpoint(input: &CheckInput<'_>) -> Vec<Found> {
    let after = input.settings_after;
    let dual = after.word(Setting::EndpointProtocol) == Some(DUAL_STACK);
    let data_endpoint = after.flag(Setting::DataEndpointEnabled) == Some(true);
    if !dual || data_endpoint {
        return Vec::new();
    }
    // Only a change of one of the two can break the rule.
    if input.changes.get(Setting::EndpointProtocol).is_some() {
        return vec![Found::refusal(
            format!(
                "`endpointProtocol: {DUAL_STACK}` needs data endpoints, and the registry would have none"
            ),
            "set `dataEndpoint: true` as well",
        )];
    }
    if input.changes.get(Setting::DataEndpointEnabled).is_some() {
        return vec![Found::refusal(
            format!("data endpoints cannot be turned off while `endpointProtocol` is `{DUAL_STACK}`"),
            "turn the protocol back first: set `endpointProtocol: IPv4`",
        )];
    }
    Vec::new()
}

/// Notes what dual-stack endpoints cost: ACR Tasks do not work on such a registry, and IP rules are IPv4 only (public
/// preview of dual-stack endpoints, 2026-06).
pub(super) fn dual_stack_limits(input: &CheckInput<'_>) -> Vec<Found> {
    let change = input.changes.get(Setting::EndpointProtocol);
    if change.and_then(|change| change.word()) != Some(DUAL_STACK) {
        return Vec::new();
    }
    vec![Found::note(
        "ACR Tasks do not work on a registry with dual-stack endpoints; clients that come over IPv6 are not counted here, \
         and under `Deny` no IP rule admits them",
    )]
}
